"""Profiles: the environments that a task may ask for, and the constants that each understands."""

from collections.abc import Mapping

from msgspec import Struct

from stokehold.domain.errors import Invalid
from stokehold.domain.progress import PATTERNS
from stokehold.domain.secret import FORCED, is_secret, plain_name
from stokehold.domain.task import Spec


class Default(Struct, frozen=True, omit_defaults=True):
    """A constant that a profile understands, and what it is unless the task says otherwise."""

    name: str
    value: str
    description: str = ""


class Profile(Struct, frozen=True):
    """A template of an execution environment. `network`: instances may reach the outside."""

    name: str
    constants: tuple[Default, ...]
    network: bool = False

    def merged(self, spec: Spec, secrets: Mapping[str, str]) -> dict[str, str]:
        """The constants of a task's instances, their `${…}` still in place. `secrets` as `conceal_all` gave them.

        The task covers the profile, and what is forced covers both. A secret stands in for the profile's constant
        whose name it has after its prefix, as QARNOT_SECRET__DOCKER_REGISTRY_PASSWORD does.
        """
        defaults = {default.name: default.value for default in self.constants}
        given = {c.key: secrets.get(c.key, c.value) for c in spec.constants}
        merged = defaults | given
        for key in filter(is_secret, given):
            name = plain_name(key)
            if (name in defaults or name in UNDERSTOOD) and merged.get(name, "") == defaults.get(name, ""):
                merged[name] = f"${{{key}}}"
        for forced in spec.forced_constants:
            if forced.forced_value is not None:
                name = forced.constant_name
                merged[name] = secrets.get(FORCED + name, forced.forced_value)
        return merged


#: Constants that runtimes understand and that have no default.
UNDERSTOOD = frozenset(
    {
        "DOCKER_REGISTRY_LOGIN",
        "DOCKER_REGISTRY_PASSWORD",
        "DOCKER_USER",
        "DOCKER_WORKDIR",
        "DOCKER_HOST",
    }
)

_DOCKER = (
    Default("DOCKER_REPO", "library/ubuntu", "The image, without its tag."),
    Default("DOCKER_TAG", "latest", "The tag of the image."),
    Default("DOCKER_SRV", "https://registry-1.docker.io", "The registry that has the image."),
    Default("DOCKER_CMD", "", "The command. Its words are split as a shell would; no shell runs it."),
    *(
        Default(name, "", "A regular expression: its group finds the progress, in percent, in what is printed.")
        for name in PATTERNS
    ),
)  # fmt: skip

#: Every profile by its name.
PROFILES: dict[str, Profile] = {
    "docker-batch": Profile("docker-batch", _DOCKER),
    "docker-network": Profile("docker-network", _DOCKER, network=True),
}


def find(name: str, field: str = "profile") -> Profile:
    """The profile of that name. Raises Invalid naming `field` and the profiles there are."""
    if name not in PROFILES:
        raise Invalid(field, f"there is no profile {name[:80]!r}; there are {', '.join(PROFILES)}")
    return PROFILES[name]
