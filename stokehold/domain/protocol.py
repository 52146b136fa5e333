"""The runner's protocol: one call, `POST /runner/v1/sync`, in MessagePack. See docs/runner-protocol.md.

Moments are microseconds since 1970 (UTC); durations are microseconds.
"""

from typing import Literal

from msgspec import Struct

from stokehold.domain.errors import Failure
from stokehold.domain.states import Phase

Stream = Literal[1, 2]  # stdout, stderr

OUTPUT_KEPT = 10 * 1024 * 1024  # bytes of one instance's stream, unless the server says otherwise


class Inventory(Struct, omit_defaults=True):
    """What a node is made of, told once a session."""

    name: str
    cores: int
    memory_mb: int
    disk_mb: int = 0
    slots: int = 1
    cpu_model: str = ""
    max_ghz: float = 0.0
    runtime: str = "process"
    runtime_note: str = ""  # what that means for users, and why no other one was taken
    instance_memory_mb: int = 0  # what one instance may use; 0: its share of the node's
    gpus: int = 0
    gpu_model: str = ""
    ssd: bool = False
    specification: str = ""  # the kind of machine, when its owner names it otherwise than by its parts
    reservation: str = ""  # the name under which the machine is reserved


class Phased(Struct, tag="phase", omit_defaults=True):
    """An attempt has come to `phase`."""

    token: str
    phase: Phase
    at: int


class Printed(Struct, tag="output", omit_defaults=True):
    """A piece of an attempt's output: `data` begins `position` bytes into the stream.

    `again`: a restarted runner reads the stream from its beginning; what was told before counts once.
    """

    token: str
    stream: Stream
    position: int
    data: bytes
    again: bool = False


class Produced(Struct, tag="produced", omit_defaults=True):
    """The files an attempt wants to store: (path under the results directory, size in bytes).

    Of a snapshot they come in pieces; `piece` is a number of the runner's choice that comes back with the answer.
    """

    token: str
    files: list[tuple[str, int]]
    snapshot: int = 0  # the one they belong to; 0: the final results
    piece: int = 0


class Saved(Struct, tag="saved", omit_defaults=True):
    """How far a snapshot of an attempt is. `size` and `sent` are bytes."""

    token: str
    snapshot: int
    at: int
    size: int = 0
    sent: int = 0
    files: int = 0  # stored
    left: int = 0  # files that would not hold still: the next snapshot, or the end, has them
    keys: list[str] = []  # some of those stored, in the snapshot's bucket
    over: bool = False
    reason: str = ""  # why it failed


class Refreshed(Struct, tag="refreshed", omit_defaults=True):
    """The inputs of `revision` have arrived; with a `reason`, they have not."""

    token: str
    revision: int
    at: int
    reason: str = ""


class Ended(Struct, tag="ended", omit_defaults=True):
    """An attempt is over: everything it printed was reported before, its results are in the bucket."""

    token: str
    at: int
    exit_code: int | None = None
    failure: Failure | None = None  # None: the command succeeded
    stopped: bool = False  # ended because it was told to stop
    download_us: int = 0
    environment_us: int = 0
    execution_us: int = 0
    upload_us: int = 0
    cpu_us: int = 0
    peak_memory_mb: float = 0.0
    average_ghz: float = 0.0  # of the node's cores while it ran; 0: it was never measured
    results: list[str] = []  # keys in the result bucket


class Returned(Struct, tag="returned", omit_defaults=True):
    """A lease that was never begun is given back."""

    token: str


class Lost(Struct, tag="lost", omit_defaults=True):
    """A restarted runner cannot find this attempt again."""

    token: str
    reason: str = ""


Report = Phased | Printed | Produced | Saved | Refreshed | Ended | Returned | Lost


class Sample(Struct, array_like=True):
    """What one running attempt uses. Rates are those since the sample before."""

    token: str
    cores: float = 0.0  # that were busy
    memory_mb: float = 0.0
    peak_mb: float = 0.0
    in_kbps: float = 0.0  # kilobits a second, of its own network
    out_kbps: float = 0.0
    ghz: float = 0.0  # of the node's cores
    progress: float = 0.0  # percent, as far as the program tells
    download_us: int = 0
    environment_us: int = 0


class Measured(Struct, omit_defaults=True):
    """What a node's running attempts use at a moment. It has no number: one that is lost is not sent again."""

    at: int
    samples: list[Sample]


class Sync(Struct, omit_defaults=True):
    """What a runner says.

    `seq` is the number of the first report; the others follow it. `want` asks for up to that many leases,
    waiting up to `wait_s` for the first. `held`, sent in the first call of a session and after a call whose answer was
    lost, is every lease the runner knows of: the server takes back those of this node that are not in it.
    """

    node: str
    session: str
    seq: int = 0
    reports: list[Report] = []
    want: int = 0
    wait_s: float = 0.0
    action: int = 0  # the last command that arrived
    held: list[str] | None = None
    inventory: Inventory | None = None
    measured: Measured | None = None


class Input(Struct, array_like=True):
    """One object to bring to the job directory."""

    path: str
    etag: str
    size: int
    bucket: str
    key: str
    url: str


class Work(Struct, omit_defaults=True):
    """What the leases of one task have in common. `constants` still hold their `${…}`."""

    task: str
    profile: str
    constants: dict[str, str]
    instance_count: int
    network: bool = False
    inputs: list[Input] = []
    results: bool = False  # there is a result bucket
    results_whitelist: str = ""
    results_blacklist: str = ""
    results_when_stopped: bool = False  # what there is is stored when the instance is told to stop
    failure: Failure | None = None  # the inputs cannot be had: end the attempts with this
    output_kept: int = OUTPUT_KEPT  # bytes that the server keeps of one instance's stream
    unexported: list[str] = []  # constants that instances do not see in their environment


class Lease(Struct, array_like=True):
    """The right to one attempt."""

    token: str
    task: str
    instance_id: int
    attempt: int
    exports: dict[str, str] = {}  # beneath the constants: credentials that live as long as the attempt


class Stop(Struct, tag="stop"):
    """End this attempt; idempotent."""

    id: int
    token: str


class Snapshot(Struct, tag="snapshot", omit_defaults=True):
    """Store the files that are new or changed, without stopping the program; idempotent.

    The filters still hold their `${…}`. What was stored under the same `target` and has not changed is not sent again.
    """

    id: int
    token: str
    snapshot: int
    target: str
    whitelist: str = ""
    blacklist: str = ""


class Refresh(Struct, tag="refresh", omit_defaults=True):
    """Bring the inputs that are new or changed; delete none; idempotent."""

    id: int
    token: str
    revision: int
    inputs: list[Input] = []
    reason: str = ""  # why they cannot be had


class Part(Struct, array_like=True):
    """A piece of a large result, to be PUT to `url`."""

    url: str
    offset: int
    size: int


class Destination(Struct, array_like=True):
    """Where one result goes: one PUT to `url`, or every part and then a POST to `complete`."""

    path: str
    key: str
    url: str
    parts: list[Part] = []
    complete: str = ""


class Upload(Struct, tag="upload", omit_defaults=True):
    """The answer to Produced, with its `snapshot` and `piece`."""

    token: str
    destinations: list[Destination]
    snapshot: int = 0
    piece: int = 0


class Refused(Struct, tag="refused", omit_defaults=True):
    """The answer to a Produced that cannot be carried out."""

    token: str
    reason: str
    snapshot: int = 0
    piece: int = 0


Order = Stop | Snapshot | Refresh  # kept by the server until it is carried out
Command = Order | Upload | Refused


class Answer(Struct, omit_defaults=True):
    """What the server says. `unknown_session`: introduce yourself again with `held` and `inventory`."""

    acked: int = 0
    unknown_session: bool = False
    work: list[Work] = []
    leases: list[Lease] = []
    commands: list[Command] = []
