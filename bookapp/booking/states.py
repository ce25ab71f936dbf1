"""What a booking can be, and how it may change. Only `booking.models` moves it."""

from __future__ import annotations

from enum import StrEnum

from bookapp.values.words import N_


class BookingState(StrEnum):
    """The states of product.md, "States"."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """The tone of its badge: good, wait, bad, open, off or done."""
        return _TONES[self]


_LABELS = {
    BookingState.PENDING: N_("Waiting for payment"),
    BookingState.CONFIRMED: N_("Confirmed"),
    BookingState.EXPIRED: N_("Expired"),
    BookingState.CANCELLED: N_("Cancelled"),
    BookingState.COMPLETED: N_("Completed"),
    BookingState.NO_SHOW: N_("No-show"),
}
_TONES = {
    BookingState.PENDING: "wait",
    BookingState.CONFIRMED: "good",
    BookingState.EXPIRED: "off",
    BookingState.CANCELLED: "off",
    BookingState.COMPLETED: "done",
    BookingState.NO_SHOW: "bad",
}

MOVES: dict[BookingState, frozenset[BookingState]] = {
    BookingState.PENDING: frozenset({BookingState.CONFIRMED, BookingState.EXPIRED, BookingState.CANCELLED}),
    # A payment that arrives late wins as long as the place is still free.
    BookingState.EXPIRED: frozenset({BookingState.CONFIRMED}),
    BookingState.CONFIRMED: frozenset({BookingState.COMPLETED, BookingState.NO_SHOW, BookingState.CANCELLED}),
    BookingState.COMPLETED: frozenset({BookingState.NO_SHOW}),
    BookingState.NO_SHOW: frozenset({BookingState.COMPLETED}),
    BookingState.CANCELLED: frozenset(),
}


def may_become(now: BookingState, then: BookingState) -> bool:
    """Whether the table of moves knows this one."""
    return then in MOVES[now]


class BookingKind(StrEnum):
    """The three shapes."""

    ROOM = "room"
    SESSION = "session"
    APPOINTMENT = "appointment"
