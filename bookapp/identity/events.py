"""What has happened to an account, told upwards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UserRegistered:
    """A new account; its email is not verified yet."""

    user_id: int


@dataclass(frozen=True, slots=True)
class EmailVerified:
    """The user proved that `email` (normalised) is theirs: what was booked with it as a guest may join the account."""

    user_id: int
    email: str
