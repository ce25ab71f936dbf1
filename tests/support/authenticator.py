"""A passkey in Python: answers what a browser is asked, as a phone or a security key would."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


class Authenticator:
    """One key pair. `verifies` whether it checks its owner; `counts` whether it counts its uses."""

    def __init__(
        self, origin: str, *, home: str = "localhost", verifies: bool = True, counts: bool = True, id_: bytes = b""
    ) -> None:
        self.origin, self.home, self.verifies, self.counts = origin, home, verifies, counts
        self.id = id_ or secrets.token_bytes(16)
        self.uses = 0
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: Mapping[str, Any]) -> str:
        """What the browser sends when a passkey is made."""
        point = self._key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        made = {"fmt": "none", "attStmt": {}, "authData": self._data(_ATTESTED) + attested}
        return self._said(
            clientDataJSON=self._client("webauthn.create", options["challenge"]),
            attestationObject=cbor2.dumps(made),
            transports=["internal"],
        )

    def answer(self, options: Mapping[str, Any]) -> str:
        """What the browser sends when the passkey is used."""
        self.uses += self.counts
        client, data = self._client("webauthn.get", options["challenge"]), self._data(0)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._said(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, more: int) -> bytes:
        flags = _PRESENT | (_VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(self.home.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _said(self, **response: Any) -> str:
        words = {name: _text(value) if isinstance(value, bytes) else value for name, value in response.items()}
        return json.dumps({"id": _text(self.id), "rawId": _text(self.id), "type": "public-key", "response": words})


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
