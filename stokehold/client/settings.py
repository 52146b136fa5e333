"""Where the server is and who asks: arguments, then the vendor's variables, then a file, then this machine."""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from stokehold.client.errors import BadInput, NotConfigured

#: The variables of the vendor's clients, and ours.
VARIABLES = {
    "url": "QARNOT_CLUSTER_URL",
    "token": "QARNOT_CLIENT_TOKEN",
    "storage": "QARNOT_STORAGE_URL",
    "email": "QARNOT_ACCOUNT_EMAIL",
    "unsafe": "QARNOT_CLUSTER_UNSAFE",
    "storage_unsafe": "QARNOT_USE_STORAGE_UNSAFE_SSL",
    "timeout_s": "QARNOT_CLUSTER_TIMEOUT",
}
UNSAFE_TOO = "QARNOT_USE_UNSAFE_SSL"  # what the vendor's command line calls it
FILE = "STOKE_CLIENT_CONFIG"
DATA = "STOKE_SERVER_DATA"


class Settings(Struct, frozen=True):
    """Everything that a client must know. `sources` says where each value comes from."""

    url: str
    token: str
    storage: str = ""  # empty: the server tells
    email: str = ""  # the S3 access key; empty: the server tells
    unsafe: bool = False  # do not verify certificates
    storage_unsafe: bool = False
    timeout_s: float = 60.0
    sources: dict[str, str] = {}


def find(given: Mapping[str, object] | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """The settings in force. Raises NotConfigured, BadInput."""
    env = os.environ if env is None else env
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    for source, some in (
        ("argument", {k: v for k, v in (given or {}).items() if v is not None}),
        ("environment", _environment(env)),
        (str(config_file(env)), _file(config_file(env))),
    ):
        for name, value in some.items():
            if name not in values:
                values[name], sources[name] = value, source
    _this_machine(values, sources, data_folder(env))
    if "url" not in values:
        raise NotConfigured("Where is the server? No URL is set, and no server of this machine was found.")
    if not values.get("token"):
        raise NotConfigured(f"Who asks {values['url']}? No token is set.")
    return _checked(values, sources)


def config_file(env: Mapping[str, str]) -> Path:
    """The file that `stoke config set` writes."""
    if env.get(FILE):
        return Path(env[FILE])
    folder = env.get("XDG_CONFIG_HOME") or str(Path(env.get("HOME", "~")).expanduser() / ".config")
    return Path(folder) / "stokehold" / "client.toml"


def data_folder(env: Mapping[str, str]) -> Path:
    """Where `stoke serve` keeps its data unless told otherwise."""
    home = Path(env.get("HOME", "~")).expanduser()
    return Path(env[DATA]).expanduser() if env.get(DATA) else home / ".local/share/stokehold"


def _environment(env: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {name: env[key] for name, key in VARIABLES.items() if env.get(key)}
    if env.get(UNSAFE_TOO):
        found.setdefault("unsafe", env[UNSAFE_TOO])
    return found


def _file(path: Path) -> dict[str, object]:
    try:
        found: dict[str, object] = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None
    unknown = found.keys() - VARIABLES.keys()
    if unknown:
        raise BadInput(
            f"{path}: there is no setting {sorted(unknown)[0]!r}; there are {', '.join(VARIABLES)}."
        )
    return found


def _this_machine(values: dict[str, object], sources: dict[str, str], folder: Path) -> None:
    """A server of this machine lends its address to those who named none, its token to those who mean it."""
    try:
        told = json.loads((folder / "endpoints.json").read_text())
        token = (folder / "admin.token").read_text().strip()
        api = str(told["api"])
    except (OSError, ValueError, KeyError):
        return
    if "url" not in values:
        values["url"], sources["url"] = api, str(folder / "endpoints.json")
    if str(values["url"]).rstrip("/") == api and "token" not in values:
        values["token"], sources["token"] = token, str(folder / "admin.token")


def _checked(values: dict[str, object], sources: dict[str, str]) -> Settings:
    url = str(values["url"]).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"The URL must begin with http:// or https://, {url!r} does not.")
    return Settings(
        url=url,
        token=str(values["token"]),
        storage=str(values.get("storage", "")).rstrip("/"),
        email=str(values.get("email", "")),
        unsafe=_true(values.get("unsafe")),
        storage_unsafe=_true(values.get("storage_unsafe")),
        timeout_s=_seconds(values.get("timeout_s", 60.0)),
        sources=sources,
    )


def _true(value: object) -> bool:
    return str(value).lower() in {"true", "1", "yes", "on"}


def _seconds(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise BadInput(f"timeout_s must be a number of seconds, not {value!r}.") from None
