"""Folders of this machine as inputs: stored by content, so that nothing goes up twice and no task sees a change."""
# Written by `make docs` from asynchronous/inputs.py: change that one.

from functools import partial
from pathlib import Path

from msgspec import Struct

from stokehold.client import local_files
from stokehold.client.errors import BadInput
from stokehold.client.local_files import LocalFile
from stokehold.client.submission import Mount
from stokehold.client.synchronous.storage import Storage

BUCKET = "stoke-inputs"


class Brought(Struct, frozen=True):
    """A folder in the storage: what tasks mount, and how much of it had to be sent."""

    mount: Mount
    files: int
    sent: int
    sent_bytes: int


def bring(storage: Storage, root: Path) -> Brought:
    """Store a folder or a file under a name made of its content. What is there already is not sent."""
    tagged = [(file, local_files.etag(file.path)) for file in local_files.walk(root)]
    if not tagged:
        raise BadInput(f"{root} holds no files.")
    prefix = f"trees/{local_files.tree_digest((file.key, tag) for file, tag in tagged)}/"
    storage.create_bucket(BUCKET)
    there = {one.key for one in storage.objects(BUCKET, prefix)}
    missing = [(file, tag) for file, tag in tagged if prefix + file.key not in there]
    sent = storage.each(partial(_bring_one, storage, prefix), missing)
    return Brought(
        Mount(BUCKET, prefix), len(tagged), sum(size >= 0 for size in sent), sum(max(0, s) for s in sent)
    )


def _bring_one(storage: Storage, prefix: str, tagged: tuple[LocalFile, str]) -> int:
    """Bytes that were sent; -1 when the content was there under another name."""
    file, tag = tagged
    blob = f"blobs/{tag}"
    if storage.copy(BUCKET, blob, prefix + file.key):
        return -1
    storage.upload(BUCKET, file.path, blob)
    storage.copy(BUCKET, blob, prefix + file.key)
    return file.size
