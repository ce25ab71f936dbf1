"""What a notification can be about."""

from __future__ import annotations

from enum import StrEnum

from bookapp.values.words import N_


class NotificationKind(StrEnum):
    """What became of the booking."""

    CONFIRMED = "confirmed"
    MOVED = "moved"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its badge."""
        return {"confirmed": "good", "moved": "wait", "cancelled": "bad"}[self]

    @property
    def mark(self) -> str:
        """The icon of its badge."""
        return {"confirmed": "tick", "moved": "calendar", "cancelled": "cross"}[self]


_LABELS = {
    NotificationKind.CONFIRMED: N_("Booked"),
    NotificationKind.MOVED: N_("Moved"),
    NotificationKind.CANCELLED: N_("Cancelled"),
}
