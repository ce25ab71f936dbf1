"""Who came: noted on the day, corrected later with a reason, and what that makes of a booking."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.errors import NotBegun, NotMarkedNow, WrongState
from bookapp.booking.models import Booking, Participant
from bookapp.booking.rules import SeatWish
from bookapp.booking.rules.attendance import Attendance, can_mark, marks_close_at, marks_open_at, outcome
from bookapp.catalog.models import Merchant
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.timespan import UTC
from tests.builders import a_service, a_session, a_user, actor_of
from tests.builders.booking import NOW, a_guest, a_hold, at, details
from tests.builders.staff import a_host, a_manager_of, an_owner_of


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2027, 3, day, hour, minute, tzinfo=UTC)


class TestWhen:
    def test_from_the_morning_of_its_day_until_midnight_there(self) -> None:
        begins, ends = utc(10, 18), utc(10, 19)  # in Auckland it is the 11th already, 07:00 to 08:00
        assert marks_open_at(begins, "Pacific/Auckland") == utc(10, 11)
        assert marks_close_at(ends, "Pacific/Auckland") == utc(11, 11)

    def test_doors_of_what_begins_at_midnight_open_the_evening_before(self) -> None:
        assert marks_open_at(utc(10, 0, 30), "UTC") == utc(9, 22, 30)

    def test_what_ends_at_midnight_is_of_the_day_before(self) -> None:
        assert marks_close_at(utc(11, 0), "UTC") == utc(11, 0)
        assert marks_close_at(utc(11, 0, 1), "UTC") == utc(12, 0)

    @pytest.mark.parametrize(
        ("state", "now", "can"),
        [
            ("confirmed", utc(10, 0), True),
            ("confirmed", utc(9, 23, 59), False),
            ("completed", utc(10, 23, 59), True),
            ("no_show", utc(11, 0), False),
            ("cancelled", utc(10, 18), False),
            ("pending", utc(10, 18), False),
        ],
    )
    def test_only_what_stands_and_only_that_day(self, state: str, now: dt.datetime, can: bool) -> None:
        assert can_mark(state=state, starts_at=utc(10, 18), ends_at=utc(10, 19), zone="UTC", now=now) is can

    @pytest.mark.parametrize(
        ("seen", "then"),
        [
            (("absent",), "no_show"),
            (("absent", "absent"), "no_show"),
            (("absent", "late"), "completed"),
            (("unknown",), "completed"),
            (("unknown", "absent"), "completed"),
            ((), "completed"),
        ],
    )
    def test_a_no_show_is_one_where_nobody_came(self, seen: tuple[str, ...], then: str) -> None:
        assert outcome(seen) == then

    def test_every_mark_has_a_word(self) -> None:
        assert [one.label for one in Attendance] == ["Not marked", "Arrived", "Late", "No-show"]


def a_seat(*companions: str) -> tuple[Actor, Booking]:
    """A free class of a host in a week, and who has seats in it."""
    person, host = a_host()
    service = a_service(person.merchant, lengths=((60, 0),), hosts=[person])
    session = a_session(service, facilitator=person, starts_at=at())
    guest = a_guest()
    booking = a_hold(SeatWish(session.id, 1 + len(companions)), actor=guest)
    named = details(companions=[(name, "") for name in companions])
    actions.check_out(guest, booking.ref, named, gateway_name="sandbox", now=NOW)
    return host, booking


def people(booking: Booking) -> list[Participant]:
    return list(
        db.session.scalars(select(Participant).where(Participant.booking_id == booking.id).order_by(Participant.id))
    )


def seen(booking: Booking) -> list[str]:
    return [each.attendance for each in people(booking)]


def told(booking: Booking, what: str) -> list[AuditEntry]:
    return list(
        db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"booking:{booking.ref}", AuditEntry.action == what)
        )
    )


@pytest.mark.usefixtures("app")
class TestMarking:
    def test_one_person_at_a_time_and_twice_is_once(self) -> None:
        host, booking = a_seat("Ola")
        for _ in range(2):
            actions.mark(host, people(booking)[1].id, "late", now=at())
        assert seen(booking) == ["unknown", "late"]
        (entry,) = told(booking, "booking.attendance")
        assert (entry.user_id, entry.facts["attendance"]) == (host.user_id, "late")

    def test_checking_in_is_for_everybody_and_leaves_who_was_late(self) -> None:
        host, booking = a_seat("Ola", "Per")
        actions.mark(host, people(booking)[2].id, "late", now=at())
        for _ in range(2):
            actions.check_in(host, booking.ref.lower(), now=at())
        assert seen(booking) == ["arrived", "arrived", "late"]
        assert len(told(booking, "booking.attendance")) == 2

    def test_nobody_has_missed_what_has_not_begun(self) -> None:
        host, booking = a_seat()
        with pytest.raises(NotBegun):
            actions.mark(host, people(booking)[0].id, "absent", now=at(hours=-1))
        actions.mark(host, people(booking)[0].id, "arrived", now=at(hours=-1))
        assert seen(booking) == ["arrived"]

    def test_another_day_is_too_early_or_too_late(self) -> None:
        host, booking = a_seat()
        for now in (NOW, at(8)):
            with pytest.raises(NotMarkedNow):
                actions.mark(host, people(booking)[0].id, "arrived", now=now)
            with pytest.raises(NotMarkedNow):
                actions.check_in(host, booking.ref, now=now)

    def test_only_the_known_marks(self) -> None:
        host, booking = a_seat()
        with pytest.raises(NotValid):
            actions.mark(host, people(booking)[0].id, "asleep", now=at())

    def test_whoever_does_not_serve_it_finds_nothing(self) -> None:
        _, booking = a_seat()
        _, stranger = a_host()
        for actor in (stranger, actor_of(a_user()), a_guest()):
            with pytest.raises(NotFound):
                actions.mark(actor, people(booking)[0].id, "arrived", now=at())
            with pytest.raises(NotFound):
                actions.check_in(actor, booking.ref, now=at())
            with pytest.raises(NotFound):
                actions.correct_attendance(actor, booking.ref, came=True, reason="x", now=at())
        with pytest.raises(NotFound):
            actions.mark(stranger, 999_999_999, "arrived", now=at())


@pytest.mark.usefixtures("app")
class TestAfterwards:
    def test_a_booking_that_is_over_follows_its_people_until_midnight(self) -> None:
        host, booking = a_seat()
        actions.complete_past(now=at(hours=1))
        actions.mark(host, people(booking)[0].id, "absent", now=at(hours=2))
        db.session.refresh(booking)
        assert booking.state == "no_show"
        actions.mark(host, people(booking)[0].id, "late", now=at(hours=3))
        db.session.refresh(booking)
        assert booking.state == "completed"
        assert len(told(booking, "booking.no_show")) == 1

    def test_a_no_show_is_marked_when_the_session_ends(self) -> None:
        host, booking = a_seat("Ola")
        for each in people(booking):
            actions.mark(host, each.id, "absent", now=at())
        actions.complete_past(now=at(hours=1))
        db.session.refresh(booking)
        assert booking.state == "no_show"

    def test_the_next_day_it_is_a_correction_with_a_reason(self) -> None:
        host, booking = a_seat("Ola")
        actions.complete_past(now=at(hours=1))
        with pytest.raises(NotValid):
            actions.correct_attendance(host, booking.ref, came=False, reason="  ", now=at(9))
        actions.correct_attendance(host, booking.ref, came=False, reason="Nobody was there.", now=at(9))
        db.session.refresh(booking)
        assert (booking.state, seen(booking)) == ("no_show", ["absent", "absent"])
        assert [entry.reason for entry in told(booking, "booking.no_show")] == ["Nobody was there."]
        actions.correct_attendance(host, booking.ref, came=True, reason="They sat at the back.", now=at(9))
        db.session.refresh(booking)
        assert (booking.state, seen(booking)) == ("completed", ["arrived", "arrived"])

    def test_that_somebody_came_leaves_what_was_noted_of_the_others(self) -> None:
        host, booking = a_seat("Ola")
        actions.mark(host, people(booking)[0].id, "absent", now=at())
        actions.complete_past(now=at(hours=1))
        actions.correct_attendance(host, booking.ref, came=True, reason="One of two.", now=at(9))
        assert seen(booking) == ["absent", "unknown"]

    def test_what_is_not_over_is_not_corrected(self) -> None:
        host, booking = a_seat()
        with pytest.raises(WrongState):
            actions.correct_attendance(host, booking.ref, came=False, reason="Early.", now=at())


@pytest.mark.usefixtures("app")
def test_owner_manager_and_admin_note_it_as_well() -> None:
    _, booking = a_seat("Ola", "Per")
    merchant = db.session.get_one(Merchant, booking.merchant_id)
    allowed = (an_owner_of(merchant), a_manager_of(merchant), actor_of(a_user(is_admin=True)))
    for actor, each in zip(allowed, people(booking), strict=True):
        actions.mark(actor, each.id, "arrived", now=at())
    assert seen(booking) == ["arrived"] * 3
