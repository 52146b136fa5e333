"""The object storage, by S3: buckets, objects, and folders that are brought to it and back."""
# Written by `make docs` from asynchronous/storage.py: change that one.

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from stokehold.client import local_files, signing
from stokehold.client.errors import NotFound, Unreachable
from stokehold.client.facts import Stored
from stokehold.client.local_files import LocalFile
from stokehold.client.synchronous.transport import Answer, Transport


class Storage:
    """Signed requests to one storage, for one account."""

    def __init__(self, transport: Transport, endpoint: str, key: signing.Key) -> None:
        self._transport, self.endpoint, self._key = transport, endpoint.rstrip("/"), key
        self.each = transport.each

    def close(self) -> None:
        self._transport.close()

    def bucket_names(self) -> list[str]:
        return signing.bucket_names((self._send("GET", "/")).content)

    def create_bucket(self, name: str) -> None:
        """Nothing happens when it is there already."""
        self._send("PUT", f"/{name}")

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket with all that is in it."""
        keys = [one.key for one in self.objects(name)]
        self.each(partial(self.delete, name), keys)
        self._send("DELETE", f"/{name}")

    def objects(self, bucket: str, prefix: str = "") -> Iterator[Stored]:
        """The objects of a bucket in the order of their keys, page by page."""
        token = ""
        while True:
            query = [("list-type", "2"), ("prefix", prefix)]
            query += [("continuation-token", token)] if token else []
            page = signing.listing((self._send("GET", f"/{bucket}", query)).content)
            yield from page.objects
            token = page.next
            if not token:
                return

    def put(self, bucket: str, key: str, content: bytes) -> None:
        digest = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        self._send("PUT", f"/{bucket}/{key}", content=content, headers={"content-md5": digest})

    def get(self, bucket: str, key: str) -> bytes:
        return (self._send("GET", f"/{bucket}/{key}")).content

    def head(self, bucket: str, key: str) -> Stored | None:
        """What is there; None for nothing."""
        try:
            answer = self._send("HEAD", f"/{bucket}/{key}")
        except NotFound:
            return None
        size = int(answer.headers.get("content-length", 0))
        return Stored(key, size, answer.headers.get("etag", "").strip('"'))

    def delete(self, bucket: str, key: str) -> None:
        self._send("DELETE", f"/{bucket}/{key}")

    def copy(self, bucket: str, source: str, key: str) -> bool:
        """Copy within a bucket, without the content coming here; False when there is no source."""
        told = {"x-amz-copy-source": signing.quoted(f"{bucket}/{source}")}
        try:
            self._send("PUT", f"/{bucket}/{key}", headers=told)
        except NotFound:
            return False
        return True

    def upload(self, bucket: str, path: Path, key: str) -> None:
        """Bring a file, in parts when it is large."""
        size = path.stat().st_size
        pieces = local_files.parts(path, size)
        if len(pieces) == 1:
            self.put(bucket, key, local_files.read(path, 0, size))
            return
        where = f"/{bucket}/{key}"
        upload = signing.upload_id((self._send("POST", where, [("uploads", "")])).content)
        send = partial(self._part, where, upload, path)
        try:
            etags = self.each(send, list(enumerate(pieces, 1)))
            self._send("POST", where, [("uploadId", upload)], content=signing.completion(etags))
        except BaseException:
            self._send("DELETE", where, [("uploadId", upload)])
            raise

    def download(self, bucket: str, one: Stored, folder: Path) -> Path:
        """Bring an object to its place in a folder; nothing is fetched that is there already."""
        path = local_files.target(folder, one.key)
        if not local_files.same(path, one.size, one.etag):
            self.save(bucket, one.key, path)
        return path

    def save(self, bucket: str, key: str, path: Path) -> None:
        """Write an object to a file."""
        request = self._signed("GET", f"/{bucket}/{key}")
        _accepted(self._transport.save(request, path), f"GET {bucket}/{key}")

    def bring(self, bucket: str, files: Sequence[LocalFile]) -> list[LocalFile]:
        """Upload the files whose content is not there yet; which these were."""
        there = {one.key: one for one in self.objects(bucket)}
        changed = [file for file in files if not _same(file, there.get(file.key))]
        self.each(partial(self._upload_file, bucket), changed)
        return changed

    def _upload_file(self, bucket: str, file: LocalFile) -> None:
        self.upload(bucket, file.path, file.key)

    def _part(self, where: str, upload: str, path: Path, piece: tuple[int, tuple[int, int]]) -> str:
        number, (offset, length) = piece
        content = local_files.read(path, offset, length)
        query = [("partNumber", str(number)), ("uploadId", upload)]
        etag = (self._send("PUT", where, query, content=content)).headers["etag"].strip('"')
        if etag != hashlib.md5(content, usedforsecurity=False).hexdigest():
            raise Unreachable(f"Part {number} of {path} was damaged on its way.", "Try again.")
        return etag

    def _signed(
        self, method: str, path: str, query: signing.PAIRS = (), *, content: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> signing.Request:  # fmt: skip
        now = datetime.now(UTC)
        return signing.sign(
            self._key, method, self.endpoint, path, query, at=now, content=content, headers=headers
        )

    def _send(
        self, method: str, path: str, query: signing.PAIRS = (), *, content: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        request = self._signed(method, path, query, content=content, headers=headers)
        return _accepted(self._transport.send(request), f"{method} {path}")


def _accepted(answer: Answer, what: str) -> Answer:
    if not answer.is_success:
        raise signing.refusal(answer.status_code, answer.content, what)
    return answer


def _same(file: LocalFile, there: Stored | None) -> bool:
    return there is not None and local_files.same(file.path, there.size, there.etag)
