"""The gateway as an ASGI application."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import structlog

from stokehold.observe.metrics import answered
from stokehold.s3 import documents
from stokehold.s3.answer import Answer, Receive, Send, document, new_request_id
from stokehold.s3.auth import Credential, FindCredential, authenticate
from stokehold.s3.body import Body
from stokehold.s3.call import Call
from stokehold.s3.cors import ANY, Cors
from stokehold.s3.errors import Disconnected, S3Error, translate
from stokehold.s3.request import Request, parse
from stokehold.s3.routing import refuse_unbuilt, route
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database

__all__ = ["Credential", "S3App"]

log = structlog.get_logger("s3")

Scope = dict[str, Any]


class S3App:
    """Serves the buckets of every account at one address, in path style; as host names below `base_domains` too.

    `find_credential` gives the account and the secret of an access key. Pages of `cors_origins` may use it.
    `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        find_credential: FindCredential,
        base_domains: Sequence[str] = (),
        cors_origins: Sequence[str] = (ANY,),
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.database, self.blobs = database, blobs
        self._find, self._clock = find_credential, clock
        self._domains = tuple(domain.lower().strip(".") for domain in base_domains)
        self._cors = Cors(cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(scope)
        try:
            answer = await self._answer(exchange, receive)
        except Disconnected:
            return
        except Exception as error:
            answer = exchange.refusal(error)
        exchange.stamp(answer)
        self._cors.stamp(scope, answer)
        answered("s3", scope["method"], answer.status)
        await answer.send(receive, send, with_body=scope["method"] != "HEAD")

    async def _answer(self, exchange: "_Exchange", receive: Receive) -> Answer:
        now = self._clock()
        request = exchange.request = parse(exchange.scope, self._domains)
        if preflight := self._cors.preflight(request):
            return preflight
        caller = await authenticate(request, self._find, now)
        body = exchange.body = Body(request, caller.payload, receive, self.blobs.executor)
        refuse_unbuilt(request, caller.account_id)
        operation = route(request)
        now_us = int(now * 1_000_000)
        return await operation(Call(request, caller.account_id, body, self.database, self.blobs, now_us))


class _Exchange:
    """One request and its answer, as far as it has come."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.id = new_request_id()
        self.request: Request | None = None
        self.body: Body | None = None

    def refusal(self, error: Exception) -> Answer:
        failure = translate(error)
        if failure is None:
            log.exception("s3.failed", request_id=self.id, method=self.scope["method"], exc_info=error)
            failure = S3Error("InternalError")
        if failure.code == "InsufficientStorage":
            log.error("s3.storage-full", request_id=self.id)
        if failure.status == 304:
            return Answer(304, dict(failure.headers))
        resource = quote(self.request.path if self.request else b"")
        return document(documents.error(failure, resource, self.id), failure.status, dict(failure.headers))

    def stamp(self, answer: Answer) -> None:
        answer.headers["x-amz-request-id"] = self.id
        answer.headers["x-content-type-options"] = "nosniff"
        if self._spoiled():
            answer.headers["connection"] = "close"

    def _spoiled(self) -> bool:
        """Whether what is left of the request would be taken for the next one."""
        if self.request is None:
            return True
        if self.body is None:
            headers = self.request.headers
            return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        return self.body.spoils_connection()


async def _live(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
