"""Calendar feeds: what stands in them, who reads them, and that a token is a secret."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar, Event
from werkzeug.test import TestResponse

from bookapp.booking import actions as booking
from bookapp.booking.calendar import calendar_file
from bookapp.booking.models import Booking
from bookapp.booking.rules import AppointmentWish, SeatWish
from bookapp.catalog.actions import revoke_role
from bookapp.crm.actions.feeds import make_feed, revoke_feed
from bookapp.crm.models import CalendarFeed
from bookapp.crm.queries.feeds import BOOKINGS, HOSTING, around, hosting, own_bookings
from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure
from bookapp.scheduling.actions.occupancy import Wanted, occupy
from bookapp.scheduling.models import SessionPart
from bookapp.values.errors import NotFound
from bookapp.values.timespan import UTC, Span, day_span
from tests.builders import a_service, a_session, a_user, actor_of, works
from tests.builders.booking import a_booking
from tests.crm.hosts import Host, a_host, enter
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import one, select

pytestmark = pytest.mark.usefixtures("app")
NOW = dt.datetime(2026, 12, 1, 8, tzinfo=UTC)
HOUR = dt.timedelta(hours=1)


def at(days: float, hours: float = 0) -> dt.datetime:
    return NOW + dt.timedelta(days=days, hours=hours)


def a_class(host: Host, starts_at: dt.datetime, **facts: Any) -> Any:
    return a_session(a_service(host.merchant, name="Breath"), starts_at=starts_at, facilitator=host.person, **facts)


def an_appointment(host: Host, name: str, starts_at: dt.datetime, *, now: dt.datetime = NOW) -> Booking:
    works(host.person, at="00:00", until="23:30")
    service = a_service(host.merchant, kind="appointment", name="A first talk", hosts=[host.person], online=True)
    wish = AppointmentWish(service.id, host.person.id, starts_at, 60)
    customer = a_user(name=name)
    made = a_booking(wish, actor=actor_of(customer), now=now, email=customer.email)
    made.name = name
    db.session.commit()
    return made


def read(client: Client, token: str, **headers: str) -> TestResponse:
    return client.get(f"/feeds/{token}.ics", headers=headers)


def events(answer: TestResponse) -> list[Event]:
    return [part for part in Calendar.from_ical(answer.data).walk("VEVENT") if isinstance(part, Event)]


def test_a_day_of_hosting_with_everything_that_takes_their_time(client: Client) -> None:
    host = a_host(name="Priya Sharma")
    start = (clock.now() + dt.timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
    session = a_class(host, start, capacity=12)
    gone = a_class(host, start + HOUR)
    gone.state = "cancelled"
    parts = (("Arriving", start + 5 * HOUR, start + 6 * HOUR), ("Leaving", start + 29 * HOUR, start + 30 * HOUR))
    retreat = a_class(host, start + 5 * HOUR, minutes=25 * 60, parts=parts, title="Three quiet days")
    appointment = an_appointment(host, "Miriam Okafor", start + 2 * HOUR, now=clock.now())
    block = uuid.uuid4()
    assert not occupy(
        [Wanted(host.person.resource_id, Span(start + 3 * HOUR, start + 4 * HOUR), start + 4 * HOUR, "block")],
        block, now=clock.now(),
    )  # fmt: skip
    away = add_closure(
        host.actor, Span(start + 50 * HOUR, start + 60 * HOUR), facilitator_id=host.person.id, reason="Dentist"
    )  # fmt: skip
    a_class(a_host(host.merchant), start)
    answer = read(client, make_feed(host.actor, HOSTING, now=NOW))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    found = {str(event["UID"]).partition("@")[0]: str(event["SUMMARY"]) for event in events(answer)}
    arriving, leaving = db.session.scalars(sa.select(SessionPart.id).order_by(SessionPart.starts_at))
    assert found == {
        f"session-{session.id}": "Breath (0 of 12)",
        f"appointment-{appointment.ref}": "A first talk, Miriam",
        f"block-{block}": "Blocked",
        f"session-{retreat.id}-{arriving}": "Three quiet days: Arriving (0 of 12)",
        f"session-{retreat.id}-{leaving}": "Three quiet days: Leaving (0 of 12)",
        f"away-{away.id}": "Blocked: Dentist",
    }
    assert "Okafor" not in answer.text
    first = events(answer)[0]
    assert (first.start.astimezone(UTC), first.end.astimezone(UTC)) == (start, start + HOUR)
    assert str(first["DTSTART"].params["TZID"]) == "Europe/Berlin"
    assert Calendar.from_ical(answer.data).walk("VTIMEZONE")


def test_a_change_keeps_the_uid_and_raises_the_sequence() -> None:
    host = a_host()
    session = a_class(host, at(3))
    (before,) = hosting(host.person, around(NOW))
    session.starts_at, session.ends_at, session.version = at(4), at(4, 1), session.version + 1
    db.session.commit()
    (after,) = hosting(host.person, around(NOW))
    assert (before.uid, before.sequence, after.uid, after.sequence) == (after.uid, 0, before.uid, 1)
    assert after.span == Span(at(4), at(4, 1))


def test_it_reaches_ninety_days_back_and_a_year_ahead_and_moves_once_a_day() -> None:
    host, within = a_host(), around(NOW)
    assert within == Span(NOW.replace(hour=0) - dt.timedelta(days=90), NOW.replace(hour=0) + dt.timedelta(days=366))
    assert around(NOW + 15 * HOUR) == within
    inside = [a_class(host, at(days)) for days in (-89, 0, 364)]
    for days in (-106, 367):
        a_class(host, at(days))
    assert [entry.uid for entry in hosting(host.person, within)] == [f"session-{one.id}" for one in inside]


def test_the_number_of_questions_does_not_grow_with_what_stands_in_it() -> None:
    host, within = a_host(), around(NOW)
    counts = []
    for days in (3, 5):
        a_class(host, at(days), parts=(("One", at(days), at(days, 1)),))
        an_appointment(host, "Tom Alder", at(days, 5))
        db.session.refresh(host.person)
        with counted() as asked:
            hosting(host.person, within)
        counts.append(len(asked))
    assert counts == [5, 5]


def test_the_same_is_answered_with_304_and_a_change_is_not(client: Client) -> None:
    host = a_host()
    token = make_feed(host.actor, HOSTING, now=NOW)
    tag = read(client, token).headers["ETag"]
    again = read(client, token, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    a_class(host, clock.now() + 50 * HOUR)
    assert read(client, token, **{"If-None-Match": tag}).status_code == 200


def test_days_on_which_the_clocks_change_read_as_they_are(client: Client) -> None:
    host = a_host()
    starts = [dt.datetime(2027, 3, 28, 0, tzinfo=UTC), dt.datetime(2027, 10, 31, 0, tzinfo=UTC) + HOUR]
    for start in starts:
        a_class(host, start)
    away = day_span(dt.date(2027, 3, 28), "Europe/Berlin")
    add_closure(host.actor, away, facilitator_id=host.person.id)
    found = events(read(client, make_feed(host.actor, HOSTING, now=NOW)))
    assert sorted(event.start.astimezone(UTC) for event in found) == sorted([*starts, away.start])
    assert max(event.end.astimezone(UTC) - event.start.astimezone(UTC) for event in found) == 23 * HOUR


@pytest.mark.parametrize("how", ["revoked", "remade", "password", "disabled", "left the house", "unlinked"])
def test_a_token_is_void_once_its_owner_is_done_with_it(client: Client, how: str) -> None:
    host = a_host()
    token = make_feed(host.actor, HOSTING, now=NOW)
    assert read(client, token).status_code == 200
    match how:
        case "revoked":
            revoke_feed(host.actor, HOSTING)
            revoke_feed(host.actor, HOSTING)
        case "remade":
            assert read(client, make_feed(host.actor, HOSTING, now=NOW)).status_code == 200
        case "password":
            host.user.version += 1
        case "disabled":
            host.user.disabled_at = NOW
        case "left the house":
            revoke_role(SYSTEM, user_id=host.user.id, merchant_id=host.merchant.id, role="facilitator")
        case "unlinked":
            host.person.user_id = None
    db.session.commit()
    assert read(client, token).status_code == 404
    assert read(client, "x" * 43).status_code == 404


def test_only_who_hosts_has_a_feed_of_hosting() -> None:
    for actor in (actor_of(a_user()), ANONYMOUS):
        with pytest.raises(NotFound):
            make_feed(actor, HOSTING, now=NOW)
    with pytest.raises(NotFound):
        make_feed(ANONYMOUS, BOOKINGS, now=NOW)
    with pytest.raises(NotFound):
        make_feed(actor_of(a_user()), "everything", now=NOW)


def test_the_token_is_stored_nowhere_and_shown_once(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    host = a_host()
    enter(client, host)
    assert "No address yet" in client.get("/desk/feed").text
    answer = client.post("/desk/feed")
    assert answer.headers["Cache-Control"] == "private, no-store"
    url = one(answer.text, "#feed-url")["value"]
    token = url.rpartition("/")[2].removesuffix(".ics")
    assert one(answer.text, "a[href^='webcal://']")["href"].endswith(f"{token}.ics")
    (feed,) = db.session.scalars(sa.select(CalendarFeed))
    assert token not in (feed.token_hash, "")
    assert token not in client.get("/desk/feed").text
    for path in (f"/feeds/{token}.ics", f"/feeds/{token}", f"/FEEDS/{token}.ics", f"/feeds/{token}.ics/"):
        client.get(path)
    assert token not in capsys.readouterr().out
    assert select(client.get("/desk/feed").text, "form[action='/desk/feed/removal']")
    assert client.post("/desk/feed/removal").location == "/desk/feed"
    assert read(client, token).status_code == 404


def test_a_customer_reads_their_bookings_under_the_names_of_the_confirmation(client: Client) -> None:
    host = a_host(name="Priya Sharma")
    enter(client, host)  # a host has a customer's account as well
    start = (clock.now() + dt.timedelta(days=3)).replace(microsecond=0)
    parts = (("Arriving", start + 50 * HOUR, start + 51 * HOUR), ("Leaving", start + 70 * HOUR, start + 71 * HOUR))
    session = a_class(host, start)
    retreat = a_class(host, start + 50 * HOUR, minutes=21 * 60, parts=parts)
    cancelled = a_class(host, start + 30 * HOUR)
    made = [
        a_booking(SeatWish(each.id), actor=host.actor, now=clock.now(), email=host.user.email)
        for each in (session, retreat, cancelled)
    ]
    a_booking(SeatWish(session.id), now=clock.now())
    booking.cancel(host.actor, made[2].ref, now=clock.now())
    assert one(client.get("/bookings").text, "a[href='/bookings/feed']").text == "Calendar feed"
    assert select(client.get("/bookings/feed").text, "form[action='/bookings/feed']")
    url = one(client.post("/bookings/feed").text, "#feed-url")["value"]
    found = events(client.get(url[url.index("/feeds/") :]))
    files = [Calendar.from_ical(calendar_file(each)) for each in made[:2]]
    wanted = {str(event["UID"]) for file in files for event in file.walk("VEVENT")}
    assert {str(event["UID"]) for event in found} == wanted
    assert len(wanted) == 3
    assert str(found[0]["DESCRIPTION"]) == "With Priya Sharma"
    assert str(found[0]["URL"]).endswith(f"/bookings/{made[0].ref}")
    customer_id = host.user.id
    with counted() as asked:
        own_bookings(customer_id, around(clock.now()))
    assert len(asked) == 2
    assert client.post("/bookings/feed/removal").location == "/bookings/feed"
    assert client.get(url[url.index("/feeds/") :]).status_code == 404
