"""Profiles: the environments that a task may ask for, and the constants that each understands."""

from msgspec import Struct

from stokehold.domain.errors import Invalid
from stokehold.domain.progress import PATTERNS


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
