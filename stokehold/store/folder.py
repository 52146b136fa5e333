"""The data folder: who may enter it, and the keys in it."""

import fcntl
import json
import os
import secrets
import string
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path

from stokehold.domain.errors import Conflict

ALPHABET = string.ascii_letters + string.digits  # some clients put the token where HTTP allows little else
TOKEN_LENGTH = 40


class Folder:
    """DIR of `stoke serve --data DIR`, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock: BufferedWriter | None = None

    def lock(self) -> None:
        """Keep it for this server. Raises Conflict when another one has it."""
        self._lock = (self.path / "serve.lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(f"Another server uses {self.path}: stop it, or give another --data.") from None

    def master_key(self) -> bytes:
        """32 bytes that seal what is secret; made at the first start."""
        return bytes.fromhex(self.secret("master.key", secrets.token_hex(32)))

    def token(self, name: str) -> str:
        """The token kept in a file; made at the first start."""
        return self.secret(name, "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH)))

    def secret(self, name: str, fresh: str) -> str:
        """What the file holds, after writing `fresh` to it when it is not there. Mode 0600 from its first moment."""
        path = self.path / name
        if not path.exists():
            self._write(path, fresh)
        return path.read_text().strip()

    def announce(self, api: str, storage: str) -> None:
        """Write endpoints.json in one step."""
        fresh = self.path / "endpoints.json.new"
        fresh.write_text(json.dumps({"api": api, "storage": storage, "pid": os.getpid()}) + "\n")
        fresh.replace(self.path / "endpoints.json")

    def _write(self, path: Path, fresh: str) -> None:
        """Make the file whole or not at all: half a key, after a crash, would be taken for the key."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(fresh + "\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # whoever was first has decided
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
