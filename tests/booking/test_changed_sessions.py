"""The house changes a session: what is booked follows at once, everybody is told, nobody is worse off."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, update

from bookapp.audit.models import AuditEntry
from bookapp.booking import actions
from bookapp.booking.calendar import calendar_file
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.bookings import cancellation_today
from bookapp.booking.rules import NewTime, SeatWish
from bookapp.catalog.models import Facilitator, Merchant, Venue
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.scheduling.actions.sessions import create_session
from bookapp.scheduling.errors import (
    PlaceOccupied,
    SessionBegun,
    SessionBehindUs,
    SessionChangedMeanwhile,
    StaleSession,
)
from bookapp.scheduling.models import Occupancy, Session
from bookapp.scheduling.rules import SessionChanges
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.timespan import Span, wall
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_user, a_venue, actor_of
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, at, seats_taken
from tests.builders.staff import a_manager_of
from tests.support.jobs import promised, work_off
from tests.support.queries import counted

pytestmark = pytest.mark.usefixtures("app")
HOUR = dt.timedelta(hours=1)
JOB = "booking.tell_of_session"


def a_class(**facts: object) -> Session:
    """Twelve seats in a room with a host, in a week; it occupies both."""
    room = a_room(name="Linden")
    host = a_facilitator(room.venue.merchant, name="Asha")
    service = a_service(room.venue.merchant, name="Slow flow", hosts=[host], rooms=[room])
    return create_session(
        SYSTEM, service.id, span=Span(at(), at(hours=1)), now=NOW, room_id=room.id, facilitator_id=host.id, **facts
    )  # type: ignore[arg-type]


def change(session: Session, *, actor: Actor = SYSTEM, version: int = 1, reason: str = "", **what: object) -> Session:
    changes = SessionChanges(**what)  # type: ignore[arg-type]
    return actions.change_session(actor, session.id, changes, version=version, now=NOW, reason=reason)


def house(session: Session) -> tuple[Merchant, Venue]:
    venue = db.session.get_one(Venue, session.venue_id)
    return db.session.get_one(Merchant, session.merchant_id), venue


def places(session: Session) -> list[Span]:
    """What it occupies of its room."""
    assert session.room_id is not None
    rows = db.session.scalars(
        select(Occupancy.during)
        .where(Occupancy.claim_id == session.claim_id, Occupancy.active)
        .order_by(func.lower(Occupancy.during), Occupancy.resource_id)
    )
    return [Span(each.lower, each.upper) for each in rows]


def seats(session: Session, count: int = 1) -> list[Booking]:
    return [a_booking(SeatWish(session.id, 1), email=f"guest{number}@example.org") for number in range(count)]


def mails() -> list[MessageRecord]:
    return list(
        db.session.scalars(
            select(MessageRecord)
            .where(MessageRecord.kind == "booking.session_changed", MessageRecord.channel == "email")
            .order_by(MessageRecord.id)
        )
    )


def test_a_new_time_takes_everybody_along_and_tells_them() -> None:
    session, user = a_class(), a_user()
    booking = a_booking(SeatWish(session.id, 2), actor=actor_of(user), email=user.email)
    later = at(hours=0.5)
    changed = change(session, starts_at=later, reason="The heating is mended in the morning.")
    assert (changed.starts_at, changed.ends_at, changed.version) == (later, later + HOUR, 2)
    assert places(session) == [Span(later, later + HOUR)] * 2, (
        "half of it is where it was: a session may overlap itself"
    )
    db.session.refresh(booking)
    assert (booking.starts_at, booking.ends_at, booking.sequence) == (later, later + HOUR, 1)
    row = db.session.scalars(select(BookingChange)).one()
    assert (row.kind, row.state, row.by_merchant, row.difference_minor) == ("move", "done", True, 0)
    assert (row.before["starts_at"], row.after["starts_at"]) == (at().isoformat(), later.isoformat())
    assert mails() == [], "words are made by workers"
    assert work_off(JOB) == 2
    (mail,) = mails()
    assert mail.recipient == user.email
    assert "The heating is mended in the morning." in mail.text
    assert "Monday 8 March 2027, 09:30–10:30" in mail.text
    assert "- Monday 8 March 2027, 09:00–10:00" in mail.text
    assert [file["maker"] for file in mail.attachments] == ["booking.calendar", "booking.confirmation_pdf"]
    told = select(MessageRecord.channel).where(
        MessageRecord.kind == "booking.session_changed", MessageRecord.user_id == user.id
    )
    assert sorted(db.session.scalars(told)) == ["email", "in_app"]
    assert b"SEQUENCE:1" in calendar_file(booking)
    subjects = select(AuditEntry.subject).where(AuditEntry.action.in_(("session.changed", "booking.moved")))
    assert sorted(db.session.scalars(subjects)) == sorted([f"session:{session.id}", f"booking:{booking.ref}"])


def test_told_once_however_often_the_work_is_done() -> None:
    session = a_class()
    seats(session, 3)
    change(session, starts_at=at(hours=2))
    work_off(JOB)
    for arguments in promised(JOB):
        assert actions.tell_of_session(*arguments) == 0  # type: ignore[arg-type]
    assert len(mails()) == 3
    assert len(promised("booking.issue_papers")) == 6, "confirmed and moved, each once"


def test_many_bookings_are_few_statements() -> None:
    one, many = a_class(), a_class()
    seats(one, 1)
    seats(many, 8)
    db.session.expire_all()
    with counted() as few:
        change(one, starts_at=at(hours=3))
    db.session.expire_all()
    with counted() as more:
        change(many, starts_at=at(hours=3))
    assert len(more) == len(few)
    assert len(more) < 30


def test_another_room_and_host_are_taken_before_the_old_ones_are_freed() -> None:
    session = a_class()
    booking = seats(session)[0]
    merchant, venue = house(session)
    old, room, host = session.room_id, a_room(venue, name="Ahorn"), a_facilitator(merchant, name="Noor")
    change(session, room_id=room.id, facilitator_id=host.id, title="Slow flow, outside")
    db.session.refresh(booking)
    assert (booking.room_id, booking.facilitator_id, booking.host) == (room.id, host.id, "Noor")
    assert booking.title == "Slow flow, outside"
    taken = db.session.scalars(
        select(Occupancy.resource_id).where(Occupancy.claim_id == session.claim_id, Occupancy.active)
    )
    assert sorted(taken) == sorted([room.resource_id, host.resource_id])
    work_off(JOB)
    assert all(word in mails()[0].text for word in ("Ahorn", "- Linden", "with Noor", "- with Asha", "- Slow flow"))
    row = db.session.scalars(select(BookingChange)).one()
    assert (row.before["room"], row.after["room"]) == ("Linden", "Ahorn")
    create_session(SYSTEM, session.service_id, span=Span(at(), at(hours=1)), now=NOW, room_id=old)


def test_nobody_hosts_it_any_more() -> None:
    session = a_class()
    booking = seats(session)[0]
    assert change(session, facilitator_id=0).facilitator_id is None
    db.session.refresh(booking)
    assert (booking.facilitator_id, booking.host) == (None, "")


def test_what_is_taken_is_not_taken_and_nothing_has_changed() -> None:
    session = a_class()
    booking = seats(session)[0]
    other = create_session(
        SYSTEM, session.service_id, span=Span(at(hours=4), at(hours=5)), now=NOW, room_id=session.room_id
    )
    with pytest.raises(PlaceOccupied):
        change(session, starts_at=at(hours=4.5))
    db.session.expire_all()
    assert (session.starts_at, session.version, booking.sequence) == (at(), 1, 0)
    assert places(session) == [Span(at(), at(hours=1))] * 2
    assert places(other) == [Span(at(hours=4), at(hours=5))]


def test_a_retreat_moves_with_all_its_parts_on_the_clocks_of_its_place() -> None:
    room = a_room()
    service = a_service(room.venue.merchant, lengths=((2880, 28000),), rooms=[room])
    # Berlin puts its clocks forward on 28 March 2027.
    day = dt.datetime(2027, 3, 19, 15, tzinfo=dt.UTC)
    parts = [("Arriving", Span(day, day + HOUR)), ("Leaving", Span(day + 40 * HOUR, day + 42 * HOUR))]
    session = create_session(SYSTEM, service.id, span=Span(day, day + 42 * HOUR), now=NOW, room_id=room.id, parts=parts)
    booking = seats(session)[0]
    change(session, starts_at=day + dt.timedelta(days=8))
    walls = [f"{wall(at_, session.zone):%d %H:%M}" for part in session.parts for at_ in (part.starts_at, part.ends_at)]
    assert walls == ["27 16:00", "27 17:00", "29 08:00", "29 10:00"]
    assert f"{wall(session.ends_at, session.zone):%d %H:%M}" == "29 10:00"
    assert places(session) == [Span(part.starts_at, part.ends_at) for part in session.parts]
    db.session.refresh(booking)
    assert (booking.ends_at, booking.terms_from) == (session.ends_at, session.starts_at)


def test_seats_and_price_are_for_bookings_to_come() -> None:
    session = a_class()
    booking = seats(session)[0]
    change(session, capacity=20, price_minor=2000)
    db.session.refresh(booking)
    assert (booking.total_minor, booking.sequence) == (1600, 0)
    assert promised(JOB) == []
    assert a_hold(SeatWish(session.id, 1)).total_minor == 2000
    with pytest.raises(NotValid) as refused:
        change(session, version=2, capacity=1)
    assert set(refused.value.fields) == {"capacity"}
    assert change(session, version=2, capacity=2).capacity == 2


def test_the_second_editor_is_shown_what_is_now_and_nothing_is_lost() -> None:
    session = a_class()
    change(session, capacity=10)
    with pytest.raises(StaleSession) as refused:
        change(session, title="Slower flow")
    assert (refused.value.status, refused.value.session.capacity, refused.value.session.version) == (409, 10, 2)
    assert change(session, capacity=10).version == 2, "the same click twice is done already"
    assert change(session, version=2).version == 2, "nothing to change is no change"


def test_the_share_that_comes_back_is_never_worse_than_before() -> None:
    session = a_class()
    booking = seats(session)[0]  # Standard: 75 % until 48 hours before
    change(session, starts_at=NOW + 30 * HOUR)
    db.session.refresh(booking)
    assert (booking.starts_at, booking.terms_from) == (NOW + 30 * HOUR, at())
    assert cancellation_today(booking, NOW).percent == 75
    change(session, version=2, starts_at=at(days=20))
    db.session.refresh(booking)
    assert booking.terms_from == at(days=20)


def test_a_hold_follows_and_one_that_lapsed_comes_back_to_where_it_is_now() -> None:
    session = a_class()
    held, lapsed = a_hold(SeatWish(session.id, 1)), a_booking(SeatWish(session.id, 1), state="expired")
    change(session, starts_at=at(hours=3))
    for booking in (held, lapsed):
        db.session.refresh(booking)
        assert booking.starts_at == at(hours=3)
    work_off(JOB)
    assert mails() == [], "a hold has no address yet"


def test_a_seat_wanted_as_it_was_is_not_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    session = a_class()

    def meanwhile(*_: object, **__: object) -> None:
        """Between the plan and the seat; in a transaction of its own, so that nobody here has seen it."""
        quietly = update(Session).where(Session.id == session.id).values(version=2)
        db.session.execute(quietly.execution_options(synchronize_session=False))

    monkeypatch.setattr("bookapp.booking.actions.holding.check_stock", meanwhile)
    with pytest.raises(SessionChangedMeanwhile):
        a_hold(SeatWish(session.id, 1))
    assert seats_taken(session) == 0


def test_who_pays_to_come_here_arrives_where_it_is_now() -> None:
    cheap = a_class()
    dear = create_session(
        SYSTEM, cheap.service_id, span=Span(at(9), at(9, 1)), now=NOW, room_id=cheap.room_id, price_minor=3000
    )
    guest = a_guest()
    booking = a_booking(SeatWish(cheap.id, 1), actor=guest)
    waiting = actions.move(guest, booking.ref, NewTime(session_id=dear.id), now=NOW, key="to-the-dear-one")
    assert waiting.state == "pending"
    change(dear, starts_at=at(9, 5))
    db.session.refresh(waiting)
    assert waiting.after["starts_at"] == at(9, 5).isoformat()
    assert waiting.after["terms_from"] == at(9, 5).isoformat()


def test_who_may() -> None:
    session = a_class()
    merchant, venue = house(session)
    own, other = a_user(), a_user()
    host = db.session.get_one(Facilitator, session.facilitator_id)
    host.user_id = own.id
    colleague = a_facilitator(merchant, user_id=other.id)
    for stranger in (actor_of(other), actor_of(a_user()), a_manager_of(merchant, a_venue(merchant)), Actor()):
        with pytest.raises(NotFound):
            change(session, actor=stranger, capacity=9)
    with pytest.raises(NotFound):
        actions.change_session(SYSTEM, 10**9, SessionChanges(), version=1, now=NOW)
    assert change(session, actor=actor_of(own), capacity=9).capacity == 9
    with pytest.raises(NotValid) as refused:
        change(session, actor=actor_of(own), version=2, facilitator_id=colleague.id)
    assert set(refused.value.fields) == {"facilitator"}
    manager = a_manager_of(merchant, venue)
    assert change(session, actor=manager, version=2, facilitator_id=colleague.id).version == 3
    elsewhere = a_room(a_venue(merchant))
    with pytest.raises(NotValid) as refused:
        change(session, actor=manager, version=3, room_id=elsewhere.id)
    assert set(refused.value.fields) == {"room"}


def test_what_cannot_be() -> None:
    session = a_class()
    stranger = a_facilitator(a_merchant())
    abroad = a_room(a_venue(house(session)[0], currency="GBP"))
    for wrong, field in (
        ({"starts_at": NOW}, "starts_at"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 14 * 24 * 60}, "minutes"),
        ({"capacity": 0}, "capacity"),
        ({"price_minor": -1}, "price"),
        ({"facilitator_id": stranger.id}, "facilitator"),
        ({"room_id": a_room().id}, "room"),
        ({"room_id": abroad.id}, "room"),
    ):
        with pytest.raises(NotValid) as refused:
            change(session, **wrong)  # type: ignore[arg-type]
        assert set(refused.value.fields) == {field}, wrong
    with pytest.raises(NotFound):
        change(session, room_id=10**9)


def test_what_has_begun_stays_where_it_is_and_what_is_over_stays_as_it_was() -> None:
    session = a_session(starts_at=NOW - HOUR / 2)
    with pytest.raises(SessionBegun):
        change(session, starts_at=at())
    assert change(session, capacity=15).capacity == 15
    for gone in (a_session(starts_at=NOW - 2 * HOUR), a_session(starts_at=at(), state="cancelled")):
        with pytest.raises(SessionBehindUs):
            change(gone, capacity=15)


def test_who_has_left_meanwhile_is_not_told() -> None:
    session = a_class()
    stays, leaves = seats(session, 2)
    change(session, starts_at=at(hours=3))
    actions.cancel(Actor(visitor=leaves.visitor), leaves.ref, now=NOW)
    work_off(JOB)
    assert [mail.recipient for mail in mails()] == [stays.email]
