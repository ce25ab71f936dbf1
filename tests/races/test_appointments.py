"""A person and a room at once, wanted in opposite order: nobody may wait for somebody who waits for them."""

import datetime as dt
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Thread

import psycopg2
import pytest

from bookapp.catalog.models import Facilitator, Service
from bookapp.infra.db import db
from bookapp.scheduling.models import WorkingHours
from tests.builders import a_facilitator, a_room, a_service, a_venue
from tests.builders.booking import always_open
from tests.support.eventually import ended, eventually
from tests.support.races import (
    a_day,
    a_key,
    assert_refused_with_a_way_on,
    double_bookings,
    rush,
    won,
)
from tests.support.stack import Stack

pytestmark = pytest.mark.stack

# guarantees.md asks for two hundred in `make torture`.
WISHES = 60
NOON = dt.time(12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Practice:
    """Two people who share two rooms: the number of one is below those of the rooms, of the other above."""

    services: tuple[Service, Service]
    people: tuple[Facilitator, Facilitator]

    def form(self, number: int) -> dict[str, str]:
        """Every other wish is for the other person; each at noon or half an hour beside it."""
        which = number % 2
        start = dt.datetime.combine(a_day(), NOON) + dt.timedelta(minutes=30 * (number // 2 % 3 - 1))
        return {
            "kind": "appointment", "service": self.services[which].slug, "facilitator": self.people[which].slug,
            "start": start.isoformat(), "minutes": "60", "idempotency_key": a_key(),
        }  # fmt: skip


@pytest.fixture
def practice(stack: Stack) -> Practice:
    return a_practice(stack)


def a_practice(stack: Stack) -> Practice:
    """Open and at work around the clock."""
    with stack.app.app_context():
        venue = always_open(a_venue())
        before = _at_work(a_facilitator(venue.merchant))
        rooms = [a_room(venue), a_room(venue)]
        after = _at_work(a_facilitator(venue.merchant))
        assert before.resource_id < rooms[0].resource_id < after.resource_id
        services = [
            a_service(venue.merchant, kind="appointment", lengths=((60, 7000),), hosts=[host], rooms=rooms)
            for host in (before, after)
        ]
        return Practice((services[0], services[1]), (before, after))


def _at_work(person: Facilitator) -> Facilitator:
    db.session.add_all(
        WorkingHours(facilitator_id=person.id, weekday=day, starts=dt.time(0), ends=dt.time(0)) for day in range(7)
    )
    db.session.commit()
    return person


@pytest.mark.usefixtures("calm")
def test_appointments_with_room_and_person_in_opposite_order(stack: Stack, practice: Practice) -> None:
    assert_whole_or_not_at_all(stack, practice, WISHES)


def assert_whole_or_not_at_all(stack: Stack, practice: Practice, wishes: int) -> None:
    """The same with any number of wishes."""
    replies = rush(stack, [practice.form(number) for number in range(wishes)], table="occupancy")
    assert_refused_with_a_way_on(replies)
    assert not double_bookings(stack)
    taken = stack.rows(
        "SELECT o.claim_id FROM occupancy o JOIN booking b ON b.claim_id = o.claim_id"
        " WHERE o.active AND b.ref = ANY(%s)",
        won(replies),
    )
    assert len(taken) == 2 * len(won(replies)), "a booking without its person or without its room"
    # At each person's most two hours fit between 11:30 and 13:30.
    assert 2 <= len(won(replies)) <= 4


def test_plain_inserts_in_opposite_order_do_deadlock(stack: Stack, practice: Practice) -> None:
    """What `occupy` avoids by its order and by ON CONFLICT, and proof that a deadlock would be noticed."""
    one, two = (person.resource_id for person in practice.people)
    before = stack.servers.deadlocks()
    with (
        closing(psycopg2.connect(stack.database_url)) as first,
        closing(psycopg2.connect(stack.database_url)) as second,
    ):
        _insert_plainly(first, one)
        _insert_plainly(second, two)
        waiting = Thread(target=_insert_plainly, args=(first, two))
        waiting.start()
        _insert_plainly(second, one)
        ended(waiting)
        eventually(lambda: stack.servers.deadlocks() > before)


def _insert_plainly(connection: psycopg2.extensions.connection, resource_id: int) -> None:
    with suppress(psycopg2.errors.DeadlockDetected, psycopg2.errors.ExclusionViolation), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO occupancy (resource_id, claim_id, kind, during, used_until) VALUES (%s, gen_random_uuid(),"
            " 'booking', tstzrange('2030-01-01 10:00Z', '2030-01-01 11:00Z'), '2030-01-01 11:00Z')",
            (resource_id,),
        )
