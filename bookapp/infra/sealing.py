"""Secrets that must be read again are stored sealed: who copies the database without SECRET_KEY has nothing."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bookapp.infra.settings import current_settings

_KEY_BYTES = 32


def seal(secret: str, purpose: str) -> str:
    """`secret` as it may be stored. Each `purpose` has a key of its own, derived from SECRET_KEY."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, purpose: str) -> str | None:
    """What was sealed; None when SECRET_KEY is another one by now, or somebody has changed what was stored."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _box(purpose: str) -> Fernet:
    derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"bookapp {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(current_settings().secret_key.encode())))
