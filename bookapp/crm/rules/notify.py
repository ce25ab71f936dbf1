"""What a notification says, and what a token of the notify door is. Plain values: no database, no clock."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from bookapp.crm.states import NotificationKind

LONGEST_TOKEN = 200
LONGEST_TEXT = 200
LARGEST_ID = 2**63 - 1
# Whoever finds one somewhere knows what it opens.
_PREFIX = "notify_"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell a facilitator; `booking_id` is the sender's own number."""

    booking_id: int
    user: str
    event: str
    facilitator_id: int
    kind: NotificationKind = NotificationKind.CONFIRMED


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the holder of a token, or (without one) this application itself. `merchant_id` limits to whom."""

    token_id: int | None = None
    merchant_id: int | None = None


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_token(secret_key: str, purpose: str) -> str:
    """A token that whoever knows the application's secret can make again, and nobody else can guess."""
    digest = hmac.new(secret_key.encode(), f"notify {purpose}".encode(), hashlib.sha256).digest()
    return _PREFIX + urlsafe_b64encode(digest).decode().rstrip("=")


def platform_token(configured: str | None, secret_key: str) -> str:
    """The application's own: the one its operator has set, else one both sides derive and nobody stores."""
    return configured or derived_token(secret_key, "platform")
