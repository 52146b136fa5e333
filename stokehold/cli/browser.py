"""A browser of this machine, which is shown an address that nobody else may see."""

import secrets
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

PATIENCE_S = 30.0  # for a browser to start


def show(where: str) -> bool:
    """Open an address in a browser; whether one has come.

    Other users can read the command line of a browser, so it names a door that leads there and opens once.
    """
    with _Door(where) as door:
        watching = threading.Thread(target=door.watch)
        watching.start()
        try:
            return webbrowser.open(door.address) and door.passed.wait(PATIENCE_S)
        finally:
            door.closing.set()
            watching.join()


class _Door(TCPServer):
    """A server that tells once, to who knows its path, where to go."""

    timeout = 0.1

    def __init__(self, where: str) -> None:
        super().__init__(("127.0.0.1", 0), _Doorkeeper)
        self.where, self.path = where, f"/{secrets.token_urlsafe(16)}"
        self.passed, self.closing = threading.Event(), threading.Event()
        self.address = f"http://127.0.0.1:{self.server_address[1]}{self.path}"

    def watch(self) -> None:
        while not (self.passed.is_set() or self.closing.is_set()):
            self.handle_request()


class _Doorkeeper(BaseHTTPRequestHandler):
    server: _Door
    timeout = 5.0  # for a request to come whole

    def do_GET(self) -> None:  # the name that http.server calls
        known = self.path == self.server.path
        self.send_response(303 if known else 404)
        if known:
            self.send_header("Location", self.server.where)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", "0")
        self.end_headers()
        if known:
            self.server.passed.set()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # as http.server has it
        """Nothing is written: the path is a secret."""
