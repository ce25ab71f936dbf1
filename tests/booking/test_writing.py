"""A new booking is written in one statement; what that statement could not do is done, and only that."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from sqlalchemy import func, select

from bookapp.booking import actions
from bookapp.booking.actions import writing
from bookapp.booking.errors import SlotTaken
from bookapp.booking.queries import AppointmentWish
from bookapp.catalog.models import Facilitator, Room, Service
from bookapp.infra.db import db
from bookapp.scheduling.models import Occupancy, WorkingHours
from tests.builders import a_facilitator, a_merchant, a_service
from tests.builders.booking import NOW, a_guest, a_hold, a_wish, an_open_room, at
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")

LAPSED = NOW + dt.timedelta(minutes=15)


def test_a_hold_takes_few_statements_and_a_refusal_not_many_more() -> None:
    room, guest, other = an_open_room(), a_guest(), a_guest()
    actions.reserve(a_guest(), a_wish(room, start=at(9)), now=NOW, key="warm")
    with counted() as seen:
        actions.reserve(guest, a_wish(room), now=NOW, key="mine")
    writes = [each for each in seen if "INSERT" in each]
    assert len(writes) == 2, "the key, and everything else"
    assert len(seen) <= 8
    with counted() as lost, pytest.raises(SlotTaken):
        actions.reserve(other, a_wish(room), now=NOW, key="too late")
    assert len(lost) <= len(seen) + 1, "only whether something lapsed stands there is asked besides"


def test_a_ref_that_exists_is_drawn_again_and_the_place_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    room = an_open_room()
    letters = itertools.chain("AAAAAA", "AAAAAA", itertools.cycle("B"))
    monkeypatch.setattr(writing.secrets, "choice", lambda _alphabet: next(letters))
    assert a_hold(a_wish(room)).ref == "AAAAAA"
    second = a_hold(a_wish(room, start=at(8)))
    assert second.ref == "BBBBBB"
    assert len(second.lines) == 1
    taken = select(func.count()).select_from(Occupancy).where(Occupancy.claim_id == second.claim_id)
    assert db.session.scalar(taken) == 1


def practice() -> tuple[Service, Facilitator, Room]:
    """An hour of somebody who always works, in one room."""
    merchant = a_merchant()
    room, host = an_open_room(), a_facilitator(merchant)
    db.session.add_all(
        WorkingHours(facilitator_id=host.id, weekday=day, starts=dt.time(0), ends=dt.time(0)) for day in range(7)
    )
    db.session.commit()
    service = a_service(
        room.venue.merchant, kind="appointment", lengths=((60, 7000),), hosts=[host], rooms=[room], buffer_minutes=0
    )
    return service, host, room


def test_of_person_and_room_the_one_that_was_free_waits_for_the_lapsed_other() -> None:
    service, host, room = practice()
    before = a_hold(a_wish(room, hours=1))
    booking = a_hold(AppointmentWish(service.id, host.id, at(), 60), now=LAPSED)
    taken = db.session.scalars(
        select(Occupancy.resource_id).where(Occupancy.claim_id == booking.claim_id, Occupancy.active)
    ).all()
    assert sorted(taken) == sorted([room.resource_id, host.resource_id])
    db.session.refresh(before)
    assert before.state == "expired"
