"""Addresses of the web UI, and those that sign in whoever opens them."""

from ipaddress import ip_address
from urllib.parse import quote, urlsplit


def address(url: str) -> str:
    """Where the UI of a server is."""
    return f"{url.rstrip('/')}/"


def link(url: str, token: str) -> str:
    """An address that holds the token, for its owner alone. What follows `#` is never sent to a server."""
    return f"{address(url)}#token={quote(token, safe='')}"


def is_local(url: str) -> bool:
    """Whether a server is on this machine: what is sent to it crosses no network."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
