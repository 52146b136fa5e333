"""Secrets at rest: AES-GCM under the master key of the data folder."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Vault:
    """Seals and opens small secrets. `key` is 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(key)

    @classmethod
    def fleeting(cls) -> "Vault":
        """One whose key nobody has: what it seals cannot be opened once it is gone."""
        return cls(os.urandom(32))

    def seal(self, text: str, bound: str = "") -> bytes:
        """`text` under the key; it opens with the same `bound` only, which says where it belongs."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), bound.encode())

    def open(self, sealed: bytes, bound: str = "") -> str:
        """What was sealed. Raises InvalidTag when it was changed, moved, or sealed under another key."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound.encode()).decode()

    def derive(self, purpose: str) -> str:
        """A secret that follows from the master key and `purpose`, the same at every start."""
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).hexdigest()
