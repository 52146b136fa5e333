"""The configuration: one frozen struct, from a TOML file, the environment, then the command line."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, inspect
from msgspec.structs import fields

from stokehold.domain.errors import Invalid
from stokehold.domain.quota import Quota, Quotas

Port = Annotated[int, Meta(ge=0, le=65535)]
Amount = Annotated[int, Meta(ge=0)]
Origin = Annotated[str, Meta(pattern=r"^\*$|^[a-z][a-z0-9+.-]*://[^/]+$")]


class Server(Struct, frozen=True):
    """What `stoke serve` listens on and where it keeps things."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port of the REST API; 0 takes a free one.")] = 8080
    s3_port: Annotated[Port, Meta(description="Port of the built-in S3 storage; 0 takes a free one.")] = 8081
    data: Annotated[str, Meta(description="Folder of the database, the objects and the keys.")] = (
        "~/.local/share/stokehold"
    )
    database: Annotated[
        str,
        Meta(
            pattern=r"^$|^(postgres|postgresql|postgresql\+psycopg|sqlite)://",
            title="a URL that begins with postgresql:// or sqlite://",
            description="URL of a PostgreSQL database; empty means SQLite in the data folder.",
        ),
    ] = ""
    s3_url: Annotated[
        str,
        Meta(
            pattern="^$|^https?://",
            title="a URL that begins with http:// or https://",
            description="URL of the storage as clients reach it; empty means the address it listens on.",
        ),
    ] = ""
    output_mb: Annotated[
        float,
        Meta(
            gt=0,
            title="a number above 0",
            description="What is kept of each of an instance's outputs, in MiB; the oldest is forgotten first.",
        ),
    ] = 10.0
    base_domains: Annotated[
        tuple[str, ...],
        Meta(description="Domains under which `bucket.domain` names a bucket. In a variable: with commas."),
    ] = ()
    cors_origins: Annotated[
        tuple[Origin, ...],
        Meta(
            title='a list of origins, such as "https://ui.example.org", or "*"',
            description="Origins whose web pages may use the S3 storage, with signed requests; "
            '"*" is every one, an empty list none.',
        ),
    ] = ("*",)

    @property
    def folder(self) -> Path:
        return Path(self.data).expanduser().absolute()

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.folder / 'stokehold.db'}"


class Runner(Struct, frozen=True):
    """What this machine gives to instances, and what carries them out."""

    enabled: Annotated[bool, Meta(description="Whether `stoke serve` starts a runner on its machine.")] = True
    runtime: Annotated[
        Literal["auto", "process", "podman", "docker", "dummy"],
        Meta(
            description="What carries out instances; auto takes containers where they work, else processes."
        ),
    ] = "auto"
    sandbox: Annotated[
        Literal["auto", "bwrap", "none"],
        Meta(description="What encloses an instance of the process runtime; auto takes bwrap when it works."),
    ] = "auto"
    slots: Annotated[Amount, Meta(description="Instances at a time; 0 means one for each core.")] = 0
    memory_mb: Annotated[
        Amount, Meta(description="Memory that an instance may use; 0 means the node's, divided by its slots.")
    ] = 0
    grace_s: Annotated[
        float,
        Meta(
            ge=0, description="Time that a stopped instance has between being asked to end and being killed."
        ),
    ] = 5.0
    sample_s: Annotated[
        float,
        Meta(ge=0, description="Seconds between measurements of running instances; 0 measures nothing."),
    ] = 3.0
    cache_mb: Annotated[
        Amount, Meta(description="Disk for inputs kept between instances; 0 keeps none once unused.")
    ] = 10240
    reservation: Annotated[
        str, Meta(description="Name under which this machine is reserved; empty: it is for all.")
    ] = ""
    specification: Annotated[
        str, Meta(description="The machine's specification key; empty: made from its cores, memory and CPU.")
    ] = ""
    cores: Annotated[Amount, Meta(description="Cores that the machine tells; 0: those it has.")] = 0
    total_memory_mb: Annotated[Amount, Meta(description="Memory that the machine tells; 0: what it has.")] = 0
    cpu_model: Annotated[str, Meta(description="Model of CPU that the machine tells; empty: its own.")] = ""
    gpus: Annotated[int, Meta(ge=-1, description="GPUs that the machine tells; -1: those it has.")] = -1
    gpu_model: Annotated[str, Meta(description="Model of its GPUs; empty: their own.")] = ""
    ssd: Annotated[
        Literal["auto", "yes", "no"],
        Meta(description="Whether work is on an SSD; auto asks the system."),
    ] = "auto"


class Hardware(Struct, frozen=True):
    """Machines that are not here but may come: tasks may ask for them, and wait."""

    machines: Annotated[
        tuple[str, ...],
        Meta(
            description="Their specification keys, each with what more is known of it: "
            "`96c-512g-amd-epyc9654-ssd \\| AMD EPYC 9654 \\| gpu:MODEL \\| reservation:NAME`."
        ),
    ] = ()


class Limits(Struct, frozen=True):
    """How much one account may have at once. Instances and cores that go beyond it wait."""

    tasks: Annotated[
        Amount,
        Meta(description="Tasks that an account may have, finished ones included; 0 means no limit."),
    ] = 0
    flex_instances: Annotated[Amount, Meta(description="Flex instances at work; 0 means no limit.")] = 0
    flex_cores: Annotated[Amount, Meta(description="Cores of these; 0 means no limit.")] = 0
    on_demand_instances: Annotated[
        Amount, Meta(description="OnDemand instances at work; 0 means no limit.")
    ] = 0
    on_demand_cores: Annotated[Amount, Meta(description="Cores of these; 0 means no limit.")] = 0
    reserved_instances: Annotated[
        Amount, Meta(description="Reserved instances at work; 0 means no limit.")
    ] = 0
    reserved_cores: Annotated[Amount, Meta(description="Cores of these; 0 means no limit.")] = 0

    def quotas(self) -> Quotas:
        return Quotas(
            Quota(self.flex_instances, self.flex_cores),
            Quota(self.on_demand_instances, self.on_demand_cores),
            Quota(self.reserved_instances, self.reserved_cores),
        )


class Log(Struct, frozen=True):
    """What is written to standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="The least weighty event that is written."),
    ] = "info"
    format: Annotated[
        Literal["auto", "text", "json"],
        Meta(description="auto writes text to a terminal and JSON elsewhere."),
    ] = "auto"


class Config(Struct, frozen=True):
    """Every setting."""

    server: Server = Server()
    runner: Runner = Runner()
    hardware: Hardware = Hardware()
    limits: Limits = Limits()
    log: Log = Log()


class Setting(Struct, frozen=True):
    """One key of the configuration, as documents and messages speak of it."""

    section: str
    name: str
    type: Any
    default: object
    rule: str
    description: str

    @property
    def key(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        return f"STOKE_{self.section}_{self.name}".upper()

    def read(self, value: object, source: str) -> object:
        """`value` in the setting's type. Raises Invalid naming the key, the rule and `source`."""
        text = source == self.variable
        if text and isinstance(value, str) and isinstance(self.default, tuple):
            value = [part.strip() for part in value.split(",") if part.strip()]
        try:
            return msgspec.convert(value, self.type, strict=not text)
        except msgspec.ValidationError:
            given = "what was given" if "://" in str(value) else repr(value)  # URLs may hold passwords
            raise Invalid(self.key, f"must be {self.rule}, not {given} ({source})") from None


def settings() -> Iterator[Setting]:
    """Every key, in the order of the documents."""
    for section in fields(Config):
        for field in fields(section.type):
            info = inspect.type_info(field.type)
            words = info.extra_json_schema or {} if isinstance(info, inspect.Metadata) else {}
            rule = words.get("title") or _rule(info)
            yield Setting(section.name, field.name, field.type, field.default, rule, words["description"])


def load(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Config:
    """Read the configuration.

    `environ` holds STOKE_SECTION_KEY variables, `flags` holds `{"server.port": 0}`; None in `flags` means not
    given. Raises Invalid, naming the key and the rule that was broken.
    """
    known = {setting.key: setting for setting in settings()}
    values: dict[str, object] = {}
    for key, value, source in (*_filed(file), *_environment(environ or {}, known), *_flagged(flags or {})):
        if key not in known:
            raise Invalid(key, _unknown(key, known, source))
        values[key] = known[key].read(value, source)
    return msgspec.convert(_tree(values), Config)


Given = tuple[str, object, str]  # key, value, where it was given


def _filed(file: Path | None) -> Iterator[Given]:
    if file is None:
        return
    try:
        document = tomllib.loads(file.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(str(file), f"cannot be read: {error}") from None
    for section, table in document.items():
        if not isinstance(table, dict):
            yield section, table, str(file)
            continue
        for name, value in table.items():
            yield f"{section}.{name}", value, str(file)


def _environment(environ: Mapping[str, str], known: Mapping[str, Setting]) -> Iterator[Given]:
    named = {setting.variable: setting.key for setting in known.values()}
    prefixes = tuple(f"STOKE_{section.name}_".upper() for section in fields(Config))
    for name, value in environ.items():
        if name in named:
            yield named[name], value, name
        elif name.startswith(prefixes):
            raise Invalid(name, _unknown(name, named, "the environment"))


def _flagged(flags: Mapping[str, object]) -> Iterator[Given]:
    return ((key, value, "the command line") for key, value in flags.items() if value is not None)


def _tree(values: Mapping[str, object]) -> dict[str, dict[str, object]]:
    tree: dict[str, dict[str, object]] = {}
    for key, value in values.items():
        section, name = key.split(".", 1)
        tree.setdefault(section, {})[name] = value
    return tree


def _unknown(key: str, known: Iterable[str], source: str) -> str:
    near = difflib.get_close_matches(key, list(known), 1, 0)
    return f"there is no such setting ({source}). The nearest one is {near[0]}"


def _rule(info: inspect.Type) -> str:
    """What a value must be, in words."""
    match info:
        case inspect.Metadata(type=inner):
            return _rule(inner)
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(str(value) for value in values)
        case inspect.IntType(ge=least, le=most):
            return f"a whole number {_bounds(least, most)}"
        case inspect.FloatType(ge=least, le=most):
            return f"a number {_bounds(least, most)}"
        case inspect.VarTupleType():
            return "a list of texts"
        case _:
            return "text"


def _bounds(least: float | None, most: float | None) -> str:
    return f"from {least} to {most}" if most is not None else f"of {least} or more"
