"""The signed, revocable link in a guest's mail: whoever holds it may see and cancel that one booking."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from bookapp.booking.models import Booking
from bookapp.infra.settings import current_settings


def manage_url(booking: Booking) -> str:
    """The link that goes into mails. Raising `link_version` makes every earlier one void."""
    return f"{current_settings().public_base_url}/manage/{manage_token(booking)}"


def manage_token(booking: Booking) -> str:
    """The signed part of the manage link."""
    return _signer().dumps([booking.ref, booking.link_version])


def read_manage_token(token: str) -> tuple[str, int] | None:
    """The ref and link version that were signed, or None when nobody of us signed this."""
    try:
        ref, version = _signer().loads(token)
    except (BadSignature, ValueError, TypeError):
        return None
    return ref, version


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt="booking.manage")
