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

    def seal(self, text: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str:
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()

    def derive(self, purpose: str) -> str:
        """A secret that follows from the master key and `purpose`, the same at every start."""
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).hexdigest()
