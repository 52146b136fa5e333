"""A web page of another origin may use the gateway, when its requests are signed."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stokehold.store.database import Database
from tests.s3 import wire
from tests.s3.gateway import Gateway, serving

PAGE = "http://ui.example.org:8080"
ASKING = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,x-amz-content-sha256,x-amz-date",
}


@pytest.mark.parametrize("target", ["/", "/buck", "/missing/a%20key?uploads"])
def test_a_browser_may_ask_without_a_signature(gateway: Gateway, target: str) -> None:
    reply = wire.send(gateway, "OPTIONS", target, ASKING)
    assert (reply.status, reply.body, "connection" in reply.headers) == (204, b"", False)
    assert reply.headers["access-control-allow-origin"] == PAGE
    assert set(reply.headers["access-control-allow-methods"].split(", ")) == {
        "GET", "HEAD", "PUT", "POST", "DELETE",
    }  # fmt: skip
    assert reply.headers["access-control-allow-headers"] == ASKING["Access-Control-Request-Headers"]
    assert reply.headers["access-control-max-age"] == "86400"
    assert "access-control-allow-private-network" not in reply.headers


def test_a_page_of_a_public_site_may_reach_a_private_network_when_its_browser_asks(gateway: Gateway) -> None:
    asking = {**ASKING, "Access-Control-Request-Private-Network": "true"}
    assert (
        wire.send(gateway, "OPTIONS", "/buck/k", asking).headers["access-control-allow-private-network"]
        == "true"
    )


def test_options_that_no_browser_sends_are_refused(gateway: Gateway) -> None:
    reply = wire.send(gateway, "OPTIONS", "/buck/k", {"Origin": PAGE})
    assert (reply.status, reply.code) == (403, "AccessDenied")


def test_a_page_writes_and_reads_with_signed_requests_and_sees_every_header(
    gateway: Gateway, s3: Any
) -> None:
    meta = {"x-amz-meta-kind": "picture", "Content-Type": "image/png"}
    signed = wire.sign(gateway, "PUT", "/buck/k", meta, b"hello")
    assert wire.send(gateway, "PUT", "/buck/k", {**signed, "Origin": PAGE}, b"hello").status == 200
    signed = wire.sign(gateway, "GET", "/buck/k", {"Range": "bytes=1-3"})
    reply = wire.send(gateway, "GET", "/buck/k", {**signed, "Origin": PAGE})
    assert (reply.status, reply.body) == (206, b"ell")
    assert (reply.headers["access-control-allow-origin"], reply.headers["vary"]) == (PAGE, "Origin")
    shown = set(reply.headers["access-control-expose-headers"].split(", "))
    assert shown >= {
        "content-length", "content-range", "content-type", "etag", "last-modified", "x-amz-meta-kind",
        "x-amz-request-id",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "target", "status"), [("GET", "/missing", 403), ("HEAD", "/buck/k", 403), ("GET", "/%zz", 400)]
)
def test_a_page_can_read_why_it_was_refused(gateway: Gateway, method: str, target: str, status: int) -> None:
    reply = wire.send(gateway, method, target, {"Origin": PAGE})
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (status, PAGE)
    assert "x-amz-request-id" in reply.headers["access-control-expose-headers"]


def test_what_a_cache_keeps_for_an_image_is_not_given_to_a_script(gateway: Gateway, s3: Any) -> None:
    reply = wire.call(gateway, "GET", "/buck")
    assert reply.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in reply.headers


def test_only_the_origins_of_the_configuration_are_let_in(sqlite_url: str, tmp_path: Path) -> None:
    with (
        closing(Database(sqlite_url)) as database,
        serving(database, tmp_path, cors_origins=[PAGE]) as gateway,
    ):
        assert wire.send(gateway, "OPTIONS", "/", ASKING).status == 204
        stranger = {**ASKING, "Origin": "http://elsewhere.example.org"}
        reply = wire.send(gateway, "OPTIONS", "/", stranger)
        assert (reply.status, reply.headers["vary"]) == (403, "Origin")
        assert "access-control-allow-origin" not in reply.headers


def test_an_empty_list_turns_it_off(sqlite_url: str, tmp_path: Path) -> None:
    with closing(Database(sqlite_url)) as database, serving(database, tmp_path, cors_origins=[]) as gateway:
        reply = wire.send(gateway, "OPTIONS", "/", ASKING)
        assert reply.status == 403
        assert not {"vary", "access-control-allow-origin"} & set(reply.headers)
