"""How long an invitation is good, how many letters a house may send, and what a change of roles comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from bookapp.catalog.states import Role
from bookapp.members.states import Step
from bookapp.values.words import N_

INVITATION_LIFETIME = dt.timedelta(days=7)
# One impatient owner sends one letter a minute to somebody; a house that is used to write to strangers, twenty an hour.
LETTER_PAUSE = dt.timedelta(minutes=1)
LETTER_WINDOW = dt.timedelta(hours=1)
LETTERS_PER_WINDOW = 20


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """A role at a merchant; a manager's may be limited to one venue."""

    role: str
    venue_id: int | None = None


def posts_problem(posts: Collection[Post]) -> str | None:
    """Why somebody cannot have all of these, as a marked sentence."""
    managed = [post.venue_id for post in posts if post.role == Role.MANAGER]
    if None in managed and len(managed) > 1:
        return N_("Who manages every venue needs none by name.")
    return None


def may_send(sent_at: dt.datetime, now: dt.datetime) -> bool:
    """Whether the last letter of an invitation is old enough for another one."""
    return now - sent_at >= LETTER_PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a house has of what it takes to sell."""

    has_venue: bool
    has_room: bool
    has_hours: bool
    has_price: bool
    has_service: bool
    has_payment: bool
    is_listed: bool

    def is_done(self, step: Step) -> bool:
        """Whether this step is behind it; the door is the last one."""
        if step is Step.DOOR:
            return self.can_sell
        return {
            Step.VENUE: self.has_venue,
            Step.ROOM: self.has_room,
            Step.HOURS: self.has_hours,
            Step.PRICE: self.has_price,
            Step.PAYMENT: self.has_payment,
        }[step]

    @property
    def missing(self) -> list[Step]:
        """What keeps it from selling. Who offers sessions or appointments needs no room to let."""
        places = [] if self.has_service else [Step.VENUE, Step.ROOM, Step.HOURS, Step.PRICE]
        lacking = [step for step in (*places, Step.PAYMENT) if not self.is_done(step)]
        return lacking if self.is_listed else [*lacking, Step.DOOR]

    @property
    def can_sell(self) -> bool:
        """Whether somebody could book something of it now."""
        return not self.missing

    @property
    def next_step(self) -> Step | None:
        """What to do now; None when there is nothing left."""
        return next(iter(self.missing), None)
