"""The gateway as a whole: connections, errors, full disks, and the SDKs' own way of using it."""

import errno
import io
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from stokehold.s3.errors import TABLE
from stokehold.store.blobs import Blobs, BlobWriter
from stokehold.store.database import Database
from tests.s3 import wire
from tests.s3.gateway import Gateway, serving
from tests.waiting import wait_until


def test_an_error_is_a_document_with_code_resource_and_request_id(gateway: Gateway, s3: Any) -> None:
    reply = wire.call(gateway, "GET", "/buck/a%26b")
    assert reply.headers["content-type"] == "application/xml"
    assert reply.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>')
    assert f"<RequestId>{reply.headers['x-amz-request-id']}</RequestId>".encode() in reply.body
    assert b"<Key>a&amp;b</Key>" in reply.body
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_a_missing_bucket_is_named_in_the_error(s3: Any) -> None:
    with pytest.raises(wire.ClientError) as failure:
        s3.list_objects(Bucket="missing")
    assert failure.value.response["Error"]["BucketName"] == "missing"


def test_the_error_of_a_head_has_no_body(gateway: Gateway, s3: Any) -> None:
    reply = wire.call(gateway, "HEAD", "/buck/missing")
    assert (reply.status, reply.body) == (404, b"")


@pytest.mark.parametrize("size", [100, 10_000_000])
def test_a_refusal_comes_before_the_body_and_ends_the_connection(
    gateway: Gateway, s3: Any, size: int
) -> None:
    signed = wire.sign(gateway, "PUT", "/buck/k", secret="wrong", payload="UNSIGNED-PAYLOAD")
    reply = wire.send_expecting(gateway, "/buck/k", {**signed, "Content-Length": str(size)}, b"never sent")
    assert (reply.status, reply.headers["connection"]) == (403, "close")


def test_a_large_body_for_a_missing_bucket_is_refused_before_it_is_sent(gateway: Gateway) -> None:
    signed = wire.sign(gateway, "PUT", "/nobucket/k", payload="UNSIGNED-PAYLOAD")
    reply = wire.send_expecting(gateway, "/nobucket/k", {**signed, "Content-Length": "10000000"}, b"")
    assert reply.code == "NoSuchBucket"


def test_a_small_refused_body_keeps_the_connection(gateway: Gateway, s3: Any) -> None:
    reply = wire.call(gateway, "PUT", "/buck/k?tagging", {}, b"<Tagging/>")
    assert (reply.code, "connection" in reply.headers) == ("NotImplemented", False)


def test_a_client_that_goes_away_leaves_nothing(gateway: Gateway, s3: Any) -> None:

    signed = wire.sign(gateway, "PUT", "/buck/k", payload="UNSIGNED-PAYLOAD")
    head = f"PUT /buck/k HTTP/1.1\r\nHost: {gateway.endpoint[7:]}\r\nContent-Length: 9000000\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in signed.items()) + "\r\n"
    with socket.create_connection(gateway.address) as sock:
        sock.sendall(head.encode() + b"x" * 4_000_000)
        wait_until(gateway.files, what="the upload has begun")
    wait_until(lambda: not gateway.files(), what="the temporary file is gone")


def test_a_reader_that_goes_away_lets_go_of_the_file(gateway: Gateway, s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=os.urandom(30_000_000))
    body = s3.get_object(Bucket="buck", Key="k")["Body"]
    body.read(10)
    wait_until(lambda: _open_blobs(gateway), what="the blob is open")
    body.close()
    wait_until(lambda: not _open_blobs(gateway), what="the blob is closed")


def _open_blobs(gateway: Gateway) -> list[str]:
    links = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
    return [link for link in links if link.startswith(f"{gateway.blobs.folder}/")]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_507_and_leaves_nothing(
    gateway: Gateway, s3: Any, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def write(self: BlobWriter, data: bytes) -> None:
        original(self, data[:10])
        raise OSError(number, os.strerror(number))

    original = BlobWriter.write
    monkeypatch.setattr(BlobWriter, "write", write)
    with pytest.raises(wire.ClientError) as failure:
        s3.put_object(Bucket="buck", Key="k", Body=b"hello")
    assert wire.code(failure) == (507, "InsufficientStorage")
    assert gateway.files() == []


def test_a_bug_is_500_without_its_details(gateway: Gateway, s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Blobs) -> BlobWriter:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(Blobs, "writer", fail)
    reply = wire.call(gateway, "PUT", "/buck/k", {}, b"x")
    assert (reply.status, reply.code) == (500, "InternalError")
    assert b"inner secret" not in reply.body


def test_clients_at_the_same_time_each_get_their_own(gateway: Gateway, s3: Any) -> None:
    wrong: list[int] = []

    def work(number: int, client: Any) -> None:
        for turn in range(10):
            body = f"{number}-{turn}".encode() * 100
            client.put_object(Bucket="buck", Key=f"{number}/{turn % 3}", Body=body)
            if client.get_object(Bucket="buck", Key=f"{number}/{turn % 3}")["Body"].read() != body:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number, gateway.client())) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    head = s3.head_bucket(Bucket="buck")["ResponseMetadata"]["HTTPHeaders"]
    assert (head["x-rgw-object-count"], len(gateway.files())) == ("18", 18)


def test_of_two_racing_writes_once_exactly_one_succeeds(gateway: Gateway, s3: Any) -> None:
    outcomes: list[int] = []

    def write(body: bytes, client: Any) -> None:
        try:
            client.put_object(Bucket="buck", Key="once", Body=body, IfNoneMatch="*")
            outcomes.append(200)
        except wire.ClientError as error:
            outcomes.append(wire.code(error)[0])

    threads = [threading.Thread(target=write, args=(b"%d" % n, gateway.client())) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [200, 412, 412, 412, 412]
    assert len(gateway.files()) == 1


def test_large_files_go_up_and_down_in_parts_at_the_same_time(gateway: Gateway, s3: Any) -> None:
    body = os.urandom(20 * 1024**2 + 12345)
    s3.upload_fileobj(io.BytesIO(body), "buck", "large")
    found = io.BytesIO()
    s3.download_fileobj("buck", "large", found)
    assert found.getvalue() == body


def test_the_table_of_errors_holds_only_answers_to_refused_requests() -> None:
    assert all(300 <= status < 600 and message for status, message in TABLE.values())


def test_the_gateway_works_on_either_database(database: Database, tmp_path: Path) -> None:
    with serving(database, tmp_path) as gateway:
        s3 = gateway.client()
        s3.create_bucket(Bucket="buck")
        s3.put_object(Bucket="buck", Key="dir/é", Body=b"hello")
        s3.put_object(Bucket="buck", Key="dir/é", Body=b"again")
        body = os.urandom(9 * 1024**2)
        s3.upload_fileobj(io.BytesIO(body), "buck", "large")
        s3.copy_object(Bucket="buck", Key="copy", CopySource="buck/large")
        page = s3.list_objects_v2(Bucket="buck", Delimiter="/")
        assert [item["Key"] for item in page["Contents"]] == ["copy", "large"]
        assert page["CommonPrefixes"] == [{"Prefix": "dir/"}]
        assert s3.get_object(Bucket="buck", Key="copy")["Body"].read() == body
        keys = [{"Key": key} for key in ("copy", "large", "dir/é")]
        s3.delete_objects(Bucket="buck", Delete={"Objects": keys})
        s3.delete_bucket(Bucket="buck")
        assert gateway.files() == []
