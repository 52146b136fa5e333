"""The REST API as one ASGI application: find the route, let the caller in, answer or tell what is wrong."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stokehold.api.access import Gate
from stokehold.api.call import Call
from stokehold.api.errors import render
from stokehold.api.operations import OPERATIONS
from stokehold.api.routes import Mounted, Router, Target
from stokehold.api.services import Services
from stokehold.api.web import FOLDER, Web, wants_page


def build(services: Services, extra_routes: Sequence[BaseRoute] = (), ui: Path = FOLDER) -> ASGIApp:
    """The application; `extra_routes` are Starlette's, and see to their own authentication. `ui`: the built pages."""
    web = Web(ui, services.storage.endpoint)
    return _App(services, Router([*web.targets(), *OPERATIONS, *_mounted(extra_routes)]), web)


class _App:
    def __init__(self, services: Services, router: Router, web: Web) -> None:
        self._services, self._router, self._web = services, router, web
        self._gate = Gate(services.database, services.clock, services.vault)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        pattern, status = "-", 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            target, params = self._router.find(scope["method"], scope["path"])
            pattern = target.path
            await self._serve(target, params, scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:  # every error has one rendering
            if status:  # too late for another answer
                raise
            await render(error, scope["path"])(scope, receive, noting)
        self._services.answered(pattern, status)

    async def _serve(
        self, target: Target, params: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        if isinstance(target, Mounted):
            scope["path_params"] = params
            await target.app(scope, receive, send)
            return
        request = Request(scope, receive)
        if target.path == "/" and wants_page(request.headers):
            response = await self._web.front(request.headers)
        else:
            caller = None if target.open else await self._gate.account(request, in_query=target.stream)
            response = await target.handler(Call(request, self._services, params, caller))
        await response(scope, receive, send)


def _mounted(routes: Sequence[BaseRoute]) -> list[Target]:
    return [
        Mounted(method, route.path, route.app)
        for route in routes
        if isinstance(route, StarletteRoute)
        for method in sorted(route.methods or {"GET"})
    ]


async def _live(receive: Receive, send: Send) -> None:
    """There is nothing to start or stop: what the application uses belongs to its maker."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
