"""A bucket: objects in, objects out, folders kept alike."""
# Written by `make docs` from asynchronous/bucket.py: change that one.

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from stokehold.client import local_files
from stokehold.client.facts import Stored
from stokehold.client.local_files import LocalFile
from stokehold.client.synchronous.storage import Storage


class Bucket:
    """One bucket. Nothing is asked until something is done with it."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage, self.name = storage, name

    def __repr__(self) -> str:
        return f"<Bucket {self.name}>"

    def objects(self, prefix: str = "") -> Iterator[Stored]:
        """What is in it, in the order of the keys."""
        yield from self._storage.objects(self.name, prefix)

    def put(self, key: str, content: bytes | str) -> None:
        """Store a few bytes, or text as UTF-8."""
        self._storage.put(self.name, key, content.encode() if isinstance(content, str) else content)

    def get(self, key: str) -> bytes:
        """The content of an object. Raises NotFound."""
        return self._storage.get(self.name, key)

    def remove(self, *keys: str) -> None:
        """Delete objects; those that are not there are as good as deleted."""
        self._storage.each(partial(self._storage.delete, self.name), keys)

    def upload(self, path: str | Path, prefix: str = "") -> list[LocalFile]:
        """Bring a file, or everything in a folder, under a prefix; answers what was not there already."""
        return self._storage.bring(self.name, list(local_files.walk(Path(path), prefix)))

    def download(self, folder: str | Path, prefix: str = "", *, strip: str = "") -> list[Path]:
        """Bring what begins with a prefix to a folder; `strip` is taken off the keys first."""
        chosen = list(self._storage.objects(self.name, prefix))
        return self._storage.each(partial(self.fetch, Path(folder), strip), chosen)

    def fetch(self, folder: Path, strip: str, one: Stored) -> Path:
        """Bring one object to its place in a folder, unless it is there."""
        path = local_files.target(folder, one.key.removeprefix(strip))
        if not local_files.same(path, one.size, one.etag):
            self._storage.save(self.name, one.key, path)
        return path

    def sync_to(self, folder: str | Path, prefix: str = "", *, delete: bool = False) -> list[Path]:
        """Make a folder like the bucket. `delete`: files that the bucket does not have go."""
        root = Path(folder)
        fetched = self.download(root, prefix, strip=prefix)
        if delete and root.is_dir():
            kept = {path.resolve() for path in fetched}
            for file in local_files.walk(root):
                if file.path.resolve() not in kept:
                    file.path.unlink()
        return fetched

    def sync_from(self, folder: str | Path, prefix: str = "", *, delete: bool = False) -> list[LocalFile]:
        """Make the bucket like a folder. `delete`: objects that the folder does not have go."""
        files = list(local_files.walk(Path(folder), prefix))
        changed = self._storage.bring(self.name, files)
        if delete:
            kept = {file.key for file in files}
            self.remove(*[one.key for one in self.objects(prefix) if one.key not in kept])
        return changed

    def delete(self) -> None:
        """Delete the bucket with all that is in it."""
        self._storage.delete_bucket(self.name)
