"""How large the town is."""

from __future__ import annotations

from dataclasses import dataclass

# What lies between the first and the last day that something takes place on, and how often a day a place can be had.
DAYS, PLACES_A_DAY = 730, 4
LEAST_ROOMS, LEAST_SESSIONS = 40, 20


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each; the same `seed` makes the same town on the same day."""

    users: int
    bookings: int
    rooms: int
    sessions: int
    seed: int = 1

    @property
    def staff(self) -> int:
        """Of the users, how many work here: an admin, owners, teachers and other hosts."""
        return 1 + max(1, self.rooms // 40) + self.rooms // 10 + self.rooms // 5

    def problem(self) -> str | None:
        """Why there can be no such town, or None."""
        if self.rooms < LEAST_ROOMS or self.sessions < LEAST_SESSIONS:
            return f"A town has at least {LEAST_ROOMS} rooms and {LEAST_SESSIONS} sessions."
        if self.users < 2 * self.staff:
            return f"{self.rooms} rooms have {self.staff} people who work there; there must be as many who book."
        # Three quarters of the rooms are hired by the hour, for thirteen of twenty bookings; hosts talk for three.
        if self.bookings * 13 // 20 > self.rooms * 3 // 4 * DAYS * PLACES_A_DAY:
            return "So many bookings do not fit into so few rooms."
        if self.bookings * 3 // 20 > self.rooms // 5 * DAYS * PLACES_A_DAY:
            return "So many bookings do not fit into so few rooms."
        if self.sessions > self.rooms // 20 * DAYS * PLACES_A_DAY:
            return "So many sessions do not fit into so few rooms."
        return None
