"""A series seen before it is written: each date by wall time, free, clashing, in another room, or closed."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import func, select

from bookapp.catalog.models import Facilitator, Merchant, Room, Service, Venue
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.actions.occupancy import Wanted, occupy
from bookapp.scheduling.actions.sessions import create_series, create_session, preview_series, preview_session
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.models import Occupancy, Session
from bookapp.scheduling.rules import ClockChange, PlannedDay, SessionDraft, Standing, Weekly, occurrences, shifted
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.timespan import wall
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_user, a_venue, actor_of, opens
from tests.scheduling.calendars import BERLIN, CAIRO, LONDON, LORD_HOWE, NOW, SANTIAGO, TUESDAY, at, span
from tests.support.queries import counted

EVERY_DAY = frozenset(range(7))
WEEK = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)


def starts(first: str, days: int, clock: str, zone: str) -> list[tuple[str, int, str]]:
    """(wall time, UTC minutes since midnight, what the clocks do) of each date of a daily series."""
    day = dt.date.fromisoformat(first)
    weekly = Weekly(day, day + dt.timedelta(days=days - 1), EVERY_DAY, dt.time.fromisoformat(clock), minutes=60)
    return [
        (f"{wall(one.span.start, zone):%d %H:%M}", one.span.start.hour * 60 + one.span.start.minute, one.clock.value)
        for one in occurrences(weekly, zone)
    ]


@pytest.mark.parametrize(
    ("zone", "first", "clock", "expected"),
    [
        (LONDON, "2027-03-27", "09:00", [("27 09:00", 540, ""), ("28 09:00", 480, ""), ("29 09:00", 480, "")]),
        (LONDON, "2027-03-27", "01:30", [("27 01:30", 90, ""), ("28 02:00", 60, "missing"), ("29 01:30", 30, "")]),
        (LONDON, "2027-10-30", "01:30", [("30 01:30", 30, ""), ("31 01:30", 30, "twice"), ("01 01:30", 90, "")]),
        # Half an hour, from 02:00 to 02:30 in October and back in April.
        (
            LORD_HOWE,
            "2027-10-02",
            "02:15",
            [("02 02:15", 945, ""), ("03 02:30", 930, "missing"), ("04 02:15", 915, "")],
        ),
        (LORD_HOWE, "2027-04-03", "01:45", [("03 01:45", 885, ""), ("04 01:45", 885, "twice"), ("05 01:45", 915, "")]),
        # No midnight on that day.
        (SANTIAGO, "2027-09-04", "00:00", [("04 00:00", 240, ""), ("05 01:00", 240, "missing"), ("06 00:00", 180, "")]),
        (CAIRO, "2027-04-29", "00:30", [("29 00:30", 1350, ""), ("30 01:00", 1320, "missing"), ("01 00:30", 1290, "")]),
    ],
)
def test_a_class_keeps_its_wall_time_and_says_when_there_is_none(
    zone: str, first: str, clock: str, expected: list[tuple[str, int, str]]
) -> None:
    assert starts(first, 3, clock, zone) == expected


def test_what_moves_along_keeps_its_wall_time() -> None:
    friday, part = at("16:00", dt.date(2027, 3, 26)), at("08:00", dt.date(2027, 3, 27))
    moved = shifted(part, before=friday, after=at("16:00", dt.date(2027, 3, 27)), zone=BERLIN)
    assert moved == at("08:00", dt.date(2027, 3, 28))
    assert moved - part == dt.timedelta(hours=23)
    assert shifted(friday, before=friday, after=part, zone=BERLIN) == part


@pytest.fixture
def merchant(app: object) -> Merchant:
    return a_merchant()


@pytest.fixture
def venue(merchant: Merchant) -> Venue:
    made = a_venue(merchant)
    opens(made, at="08:00", until="20:00", weekdays=range(6))
    return made


@pytest.fixture
def room(venue: Venue) -> Room:
    return a_room(venue, name="Linden", buffer_minutes=30)


@pytest.fixture
def host(merchant: Merchant) -> Facilitator:
    return a_facilitator(merchant, name="Asha")


@pytest.fixture
def service(merchant: Merchant, host: Facilitator, room: Room) -> Service:
    return a_service(merchant, name="Slow flow", hosts=[host], rooms=[room])


def tuesdays(weeks: int = 4, clock: str = "10:00", **facts: object) -> Weekly:
    last = TUESDAY + (weeks - 1) * WEEK
    return Weekly(TUESDAY, last, frozenset({1}), dt.time.fromisoformat(clock), **{"minutes": 60} | facts)  # type: ignore[arg-type]


def standings(rows: list[PlannedDay]) -> list[str]:
    return [row.standing.value for row in rows]


def said(row: PlannedDay) -> list[str]:
    return [reason.sentence % reason.params for reason in row.reasons]


def test_every_date_with_what_it_meets_and_nothing_is_written(
    service: Service, venue: Venue, room: Room, host: Facilitator
) -> None:
    second, third, fourth = (TUESDAY + n * WEEK for n in (1, 2, 3))
    create_session(SYSTEM, service.id, span=span("10:30", "11:30", second), now=NOW, room_id=room.id)
    other = a_service(service.merchant, name="Breathing", hosts=[host])
    create_session(
        SYSTEM, other.id, span=span("09:30", "10:30", third), now=NOW, room_id=a_room(venue).id, facilitator_id=host.id
    )
    add_closure(SYSTEM, span("00:00", "24:00", fourth), venue_id=venue.id, reason="Inventory")
    draft = SessionDraft(service.id, room.id, host.id)
    before = db.session.scalar(select(func.count()).select_from(Session))
    rows = preview_series(SYSTEM, draft, tuesdays(), now=NOW)
    assert standings(rows) == ["free", "clash", "clash", "closed"]
    assert [row.is_possible for row in rows] == [True, False, False, True]
    assert [said(row) for row in rows] == [
        [],
        ["Linden: Slow flow, 10:30 to 11:30"],
        ["Asha: Breathing, 09:30 to 10:30"],
        ["Closed: Inventory"],
    ]
    assert [row.day for row in preview_series(SYSTEM, draft, tuesdays(), now=NOW, skip_closed=True)] == [
        TUESDAY, second, third,
    ]  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(Session)) == before


def test_another_room_of_the_services_own_is_named(service: Service, venue: Venue, room: Room) -> None:
    ahorn, birke = a_room(venue, name="Ahorn"), a_room(venue, name="Birke")
    service = a_service(service.merchant, rooms=[room, ahorn, birke])
    for taken in (room, ahorn):
        create_session(SYSTEM, service.id, span=span("10:00", "11:00"), now=NOW, room_id=taken.id)
    draft = SessionDraft(service.id, room.id)
    first, second = preview_series(SYSTEM, draft, tuesdays(2), now=NOW)
    assert (first.standing, first.room, first.room_id, first.is_possible) == (
        Standing.OTHER_ROOM, "Birke", birke.id, True,
    )  # fmt: skip
    made = create_series(
        SYSTEM, draft, tuesdays(2), now=NOW, key="in-two-rooms",
        chosen=[(row.day, row.room_id) for row in (first, second)],
    )  # fmt: skip
    assert [session.room_id for session in made] == [birke.id, room.id]


def test_buffers_belong_to_what_they_follow(service: Service, room: Room) -> None:
    create_session(SYSTEM, service.id, span=span("11:15", "12:00"), now=NOW, room_id=room.id)
    create_session(SYSTEM, service.id, span=span("11:30", "12:00", TUESDAY + WEEK), now=NOW, room_id=room.id)
    rows = preview_series(SYSTEM, SessionDraft(service.id, room.id), tuesdays(2), now=NOW)
    assert standings(rows) == ["clash", "free"]


def test_of_another_merchant_nobody_learns_more_than_busy(service: Service, room: Room, host: Facilitator) -> None:
    abroad = a_merchant()
    theirs = a_service(abroad, name="Secret circle", hosts=[host])
    elsewhere = a_room(a_venue(abroad))
    create_session(
        SYSTEM, theirs.id, span=span("10:00", "11:00"), now=NOW, room_id=elsewhere.id, facilitator_id=host.id
    )
    hour = span("10:00", "11:00", TUESDAY + WEEK)
    occupy([Wanted(host.resource_id, hour, hour.end, "booking")], uuid.uuid4(), now=NOW)
    blocked = span("10:00", "11:00", TUESDAY + 2 * WEEK)
    occupy([Wanted(host.resource_id, blocked, blocked.end, "block")], uuid.uuid4(), now=NOW)
    hired = span("09:00", "10:15", TUESDAY + 3 * WEEK)
    occupy([Wanted(room.resource_id, hired, hired.end, "booking")], uuid.uuid4(), now=NOW)
    rows = preview_series(SYSTEM, SessionDraft(service.id, room.id, host.id), tuesdays(), now=NOW)
    assert [said(row) for row in rows] == [
        ["Asha is busy from 10:00 to 11:00"],
        ["Asha is busy from 10:00 to 11:00"],
        ["Asha is blocked from 10:00 to 11:00"],
        ["Linden is booked from 09:00 to 10:15"],
    ]


def test_time_off_and_what_is_over(service: Service, room: Room, host: Facilitator) -> None:
    add_closure(SYSTEM, span("08:00", "18:00"), facilitator_id=host.id, reason="dentist")
    weekly = Weekly(TUESDAY - WEEK, TUESDAY, frozenset({1, 6}), dt.time(10), minutes=60)
    rows = preview_series(SYSTEM, SessionDraft(service.id, room.id, host.id), weekly, now=NOW)
    assert [said(row) for row in rows] == [["This time is over"], ["Closed on Sundays"], ["Away: dentist"]]
    assert [row.is_possible for row in rows] == [False, True, True]


def test_online_only_the_host_counts(merchant: Merchant, host: Facilitator) -> None:
    service = a_service(merchant, online=True, hosts=[host])
    create_session(SYSTEM, service.id, span=span("10:00", "11:00"), now=NOW, facilitator_id=host.id)
    rows = preview_series(SYSTEM, SessionDraft(service.id, None, host.id), tuesdays(2), now=NOW)
    assert standings(rows) == ["clash", "free"]
    assert standings(preview_series(SYSTEM, SessionDraft(service.id), tuesdays(2), now=NOW)) == ["free", "free"]


def test_a_year_is_asked_for_in_as_many_queries_as_a_week(service: Service, room: Room, host: Facilitator) -> None:
    draft = SessionDraft(service.id, room.id, host.id)
    create_session(SYSTEM, service.id, span=span("10:30", "11:30"), now=NOW, room_id=room.id)
    preview_series(SYSTEM, draft, tuesdays(1), now=NOW)  # what is remembered is read once
    with counted() as few:
        preview_series(SYSTEM, draft, tuesdays(1), now=NOW)
    with counted() as many:
        assert len(preview_series(SYSTEM, draft, tuesdays(52), now=NOW)) == 52
    assert len(many) == len(few) < 20


def test_what_was_confirmed_is_written_once_all_or_none(service: Service, room: Room) -> None:
    draft, weekly = SessionDraft(service.id, room.id), tuesdays(3)
    chosen = [(TUESDAY, room.id), (TUESDAY + 2 * WEEK, room.id)]
    made = create_series(SYSTEM, draft, weekly, now=NOW, key="three-weeks", chosen=chosen)
    again = create_series(SYSTEM, draft, weekly, now=NOW, key="three-weeks", chosen=chosen)
    assert [one.id for one in again] == [one.id for one in made]
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 2
    with pytest.raises(KeyReused):
        create_series(SYSTEM, draft, weekly, now=NOW, key="three-weeks", chosen=chosen[:1])
    with pytest.raises(PlaceOccupied, match=str(TUESDAY)):
        create_series(SYSTEM, draft, weekly, now=NOW, key="once-more")
    assert db.session.scalar(select(func.count()).select_from(Session)) == 2
    with pytest.raises(NotValid):
        create_series(SYSTEM, draft, weekly, now=NOW, key="wednesday", chosen=[(TUESDAY + DAY, room.id)])
    abroad = a_room(a_venue(service.merchant, zone=LONDON))
    with pytest.raises(NotValid):
        create_series(SYSTEM, draft, weekly, now=NOW, key="in-london", chosen=[(TUESDAY, abroad.id)])


def test_one_session_with_the_nearest_times_instead(service: Service, room: Room, host: Facilitator) -> None:
    create_session(SYSTEM, service.id, span=span("10:00", "12:00"), now=NOW, room_id=room.id)
    draft = SessionDraft(service.id, room.id, host.id)
    row, instead = preview_session(SYSTEM, draft, span("10:30", "11:30"), now=NOW)
    assert row.standing is Standing.CLASH
    assert instead == [at("08:30"), at("12:30"), at("08:00")]
    row, instead = preview_session(SYSTEM, draft, span("14:00", "15:00"), now=NOW)
    assert (row.standing, row.clock, instead) == (Standing.FREE, ClockChange.NONE, [])
    online = a_service(service.merchant, online=True, hosts=[host])
    assert preview_session(SYSTEM, SessionDraft(online.id), span("14:00", "15:00"), now=NOW)[1] == []


def test_the_same_click_twice_is_one_session(service: Service, room: Room) -> None:
    one, two = (
        create_session(SYSTEM, service.id, span=span("10:00", "11:00"), now=NOW, room_id=room.id, key="the-button")
        for _ in range(2)
    )
    assert one.id == two.id


def test_who_may_look(service: Service, room: Room, host: Facilitator, merchant: Merchant) -> None:
    user = a_user()
    own = a_facilitator(merchant, user_id=user.id)
    draft = SessionDraft(service.id, room.id, own.id)
    assert preview_series(actor_of(user), draft, tuesdays(1), now=NOW)
    for actor in (actor_of(a_user()), Actor()):
        with pytest.raises(NotAllowed):
            preview_series(actor, draft, tuesdays(1), now=NOW)
    with pytest.raises(NotFound):
        preview_series(SYSTEM, SessionDraft(10**9), tuesdays(1), now=NOW)
    theirs = a_service(a_merchant())
    with pytest.raises(NotValid) as refused:
        preview_series(actor_of(user), SessionDraft(theirs.id, room.id, own.id), tuesdays(1), now=NOW)
    assert set(refused.value.fields) == {"room", "facilitator"}
