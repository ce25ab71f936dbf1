"""Who has booked what: months that are over, with what people said, and a week that is visibly busy.

Every booking goes through hold, checkout, the sandbox provider and its answer, at the moment in which it would have
been made. A fixed seed makes two demo worlds of one day alike.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence

from sqlalchemy import func, update

from bookapp.booking import actions as booking
from bookapp.booking.models import Booking
from bookapp.booking.rules import AppointmentWish, Details, RoomWish, SeatWish, Wish
from bookapp.catalog.models import Facilitator, Room, Service
from bookapp.catalog.queries import service_by_id
from bookapp.demo.counsel import Counsel
from bookapp.demo.houses import Kastanienhof
from bookapp.demo.stillwater import Stillwater
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.identity.queries import actor_of
from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.queries import without_statement
from bookapp.payments.rules import last_closed_month
from bookapp.reviews.actions import write_review
from bookapp.scheduling.models import Session
from bookapp.values.errors import Refusal
from bookapp.values.timespan import Span, instant_near

_DAYS_BACK, _DAYS_AHEAD = 28, 7
_OF_A_ROOM = (
    (5, "Quiet, warm, everything worked on the first try. The person at the door knew our names."),
    (5, "We came for two hours and would have stayed for four."),
    (4, "Good light, good chairs, coffee a little thin."),
    (5, "Exactly as in the pictures, which is rarer than it should be."),
    (4, "Easy to find once you have found the gate."),
    (3, "Nice place; the tram is louder than we thought."),
    (5, "Booked on the phone in the queue, and it simply worked."),
    (4, "Big enough, warm enough, and the door closes."),
)
_OF_A_PERSON = (
    (5, "I slept through the night for the first time in weeks."),
    (5, "Clear, kind, and to the point. Worth every penny."),
    (4, "Started three minutes late and ended right on time."),
    (5, "The first time somebody explained it so that I could say it back."),
    (4, "Calm voice, warm room, cold floor: bring socks."),
    (5, "I came with a question and left with an answer in writing."),
    (3, "Good, but faster than the name promises."),
    (5, "An hour that was really about us."),
)


class Life:
    """Everybody's bookings, made one after the other; each step answers what it was about, for the progress line."""

    def __init__(
        self, house: Kastanienhof, stillwater: Stillwater, counsel: Counsel, users: dict[str, User], now: dt.datetime
    ) -> None:
        self.house, self.stillwater, self.counsel, self.now = house, stillwater, counsel, now
        self.people = [actor_of(user) for name, user in users.items() if name.startswith("regular-")]
        self.miriam = actor_of(users["miriam"])
        self.chance = random.Random(20)  # noqa: S311 - a repeatable shop, not a secret

    def steps(self) -> list[tuple[str, Wish, Actor, dt.datetime]]:
        """Every wish with who has it and when they book it, oldest booking first."""
        wishes = [*self._room_days(), *self._seats(), *self._hours_of_people(), *self._miriams()]
        return sorted(wishes, key=lambda wish: wish[3])

    def live(self, what: str, wish: Wish, actor: Actor, booked_at: dt.datetime) -> None:
        """Book it, and if it is over by now, say what it was like. What is taken already is simply not booked."""
        try:
            made = book_and_pay(wish, actor, booked_at)
        except Refusal:
            return
        if made.ends_at <= self.now:
            booking.complete_past(now=made.ends_at)
            if self.chance.random() < 0.6:
                stars, words = self.chance.choice(_OF_A_ROOM if made.service_id is None else _OF_A_PERSON)
                _review(made, actor, stars, words, made.ends_at + dt.timedelta(hours=20))

    def _someone(self) -> Actor:
        return self.chance.choice(self.people)

    def _before(self, start: dt.datetime) -> dt.datetime:
        """When one books something that starts then: some days ahead, but not in the future."""
        ahead = dt.timedelta(days=self.chance.randint(3, 12), hours=self.chance.randint(0, 9))
        return min(start - ahead, self.now - dt.timedelta(minutes=self.chance.randint(5, 500)))

    def _room_days(self) -> Iterator[tuple[str, Wish, Actor, dt.datetime]]:
        for room in self.house.rooms:
            for offset in range(-_DAYS_BACK, _DAYS_AHEAD, 1 if room.capacity < 50 else 3):
                # The past is thin, the week ahead is busy.
                for _ in range(1 if offset < 0 else 2):
                    if self.chance.random() < (0.8 if offset < 0 else 0.35):
                        continue
                    day = self.now.date() + dt.timedelta(days=offset)
                    start = instant_near(day, dt.time(self.chance.choice((9, 10, 11, 13, 14, 16))), "Europe/Berlin")
                    hours = self.chance.choice((1, 2, 2, 3))
                    wish = RoomWish(
                        room.id, Span(start, start + dt.timedelta(hours=hours)), self.chance.randint(1, room.capacity)
                    )
                    yield room.name, wish, self._someone(), self._before(start)

    def _seats(self) -> Iterator[tuple[str, Wish, Actor, dt.datetime]]:
        for session in (*self.stillwater.sessions, *self.house.games):
            near = abs((session.starts_at - self.now).days) < 4
            far = abs((session.starts_at - self.now).days) > _DAYS_AHEAD
            crowd = session.capacity if near and self.chance.random() < 0.2 else session.capacity // 4
            wanted = int(self.chance.random() < 0.4) if far else crowd
            for actor in self.chance.sample(self.people, min(wanted, len(self.people))):
                yield session.title, SeatWish(session.id), actor, self._before(session.starts_at)

    def _hours_of_people(self) -> Iterator[tuple[str, Wish, Actor, dt.datetime]]:
        for made in (*self.stillwater.appointments, *self.counsel.services):
            service = service_by_id(made.id)
            for offset in range(-21, _DAYS_AHEAD):
                if self.chance.random() < (0.8 if offset < 0 else 0.4):
                    continue
                yield self._appointment(service, offset)

    def _appointment(self, service: Service, offset: int) -> tuple[str, Wish, Actor, dt.datetime]:
        host: Facilitator = self.chance.choice(service.hosts)
        day = self.now.date() + dt.timedelta(days=offset)
        start = instant_near(day, dt.time(self.chance.randint(10, 15)), host.zone)
        wish = AppointmentWish(service.id, host.id, start, service.lengths[0].minutes)
        return service.name, wish, self._someone(), self._before(start)

    def _miriams(self) -> Iterator[tuple[str, Wish, Actor, dt.datetime]]:
        """What the demo's customer finds under My bookings: something of each shape, past and to come."""
        linden: Room = self.house.rooms[0]
        for offset in (-9, 4):
            day = self.now.date() + dt.timedelta(days=offset)
            start = instant_near(day, dt.time(17), "Europe/Berlin")
            wish = RoomWish(linden.id, Span(start, start + dt.timedelta(hours=2)), 8)
            yield linden.name, wish, self.miriam, start - dt.timedelta(days=20)
        soon: Sequence[Session] = [each for each in self.stillwater.sessions if each.starts_at > self.now]
        yield soon[3].title, SeatWish(soon[3].id), self.miriam, self.now - dt.timedelta(days=30)


@action
def forget_old_post() -> None:
    """Nobody waits for last month's letters, or for the provider's reports of it: they count as sent and heard."""
    db.session.execute(update(MessageRecord).where(MessageRecord.state == "due").values(state="delivered"))
    db.session.execute(update(OutboxRow).where(OutboxRow.state == "due").values(state="done", finished_at=func.now()))


def close_months(now: dt.datetime) -> None:
    """Every merchant's statements of the months that are over."""
    for account_id in without_statement(last_closed_month(now)):
        payments.make_statements(account_id, now=now)


def book_and_pay(wish: Wish, actor: Actor, at: dt.datetime) -> Booking:
    """Hold, checkout, the sandbox provider and its answer, all at one moment. Raises what holding raises."""
    held = booking.hold(actor, wish, now=at, key=f"demo-{actor.user_id}-{wish!r}"[:190])
    payment = booking.check_out(
        actor, held.ref, Details(name=actor.name, email=actor.email), gateway_name="sandbox", now=at
    )
    if payment is not None:
        payments.open_at_provider(payment.id, now=at)
        db.session.refresh(payment)
        sandbox.settle(payment.provider_id or "", ChargeState.PAID)
        payments.ask_back(payment.id, now=at)
    booking.issue_papers(held.ref, now=at)
    return held


def _review(made: Booking, actor: Actor, stars: int, words: str, at: dt.datetime) -> None:
    try:
        write_review(actor, made.id, stars=stars, words=words, now=at)
    except Refusal:
        return  # they have said it before
