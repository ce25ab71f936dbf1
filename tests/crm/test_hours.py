"""Working hours and time off of a facilitator: the week as typed, what is refused, and what stays booked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bookapp.booking.queries.standing import standing_in
from bookapp.booking.rules import AppointmentWish
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.actions.hours import add_closure, remove_closure, set_working_hours
from bookapp.scheduling.errors import HoursChanged
from bookapp.scheduling.forms.hours import MOST_STRETCHES, ClosureInput, WeekInput
from bookapp.scheduling.models import Closure
from bookapp.scheduling.queries.opening import closures_of_person, version_of_week, working_hours
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.timespan import UTC, Span
from tests.builders import a_service, a_user, actor_of, works
from tests.builders.booking import NOW, a_booking, at
from tests.builders.staff import an_owner_of
from tests.crm.hosts import Host, a_host, enter
from tests.scheduling.calendars import week
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, select, submit, texts

BERLIN = "Europe/Berlin"


@pytest.fixture
def host(client: Client) -> Host:
    """Signed in, with Monday mornings."""
    made = a_host(name="Priya Sharma")
    works(made.person, at="09:00", until="12:00", weekdays=[0])
    enter(client, made)
    return made


def test_who_saves_second_is_told(host: Host) -> None:
    version = version_of_week(working_hours(host.person.id))
    set_working_hours(host.actor, host.person.id, week("1 09:00-12:00"), version=version)
    with pytest.raises(HoursChanged):
        set_working_hours(host.actor, host.person.id, week("2 09:00-12:00"), version=version)
    assert working_hours(host.person.id) == week("1 09:00-12:00")
    with pytest.raises(NotValid) as refusal:
        set_working_hours(host.actor, host.person.id, week("2 09:00-12:00", "2 10:00-11:00"))
    assert list(refusal.value.fields) == ["hours-1"]


def test_the_week_stands_there_and_is_saved(client: Client, host: Host) -> None:
    shown = client.get("/desk/hours").text
    assert "All times are Berlin time." in texts(shown, "main .muted")[0]
    assert (one(shown, "#from-0-0")["value"], one(shown, "#to-0-0")["value"]) == ("09:00", "12:00")
    assert select(shown, "#week form button")[0]["value"] == "save", "Enter presses the first one"
    answer = submit(client, "/desk/hours", "#week form", **{"from-3-0": "20:00", "to-3-0": "02:00"})
    assert answer.location == "/desk/hours"
    assert working_hours(host.person.id) == week("0 09:00-12:00", "3 20:00-02:00")
    again = client.get("/desk/hours").text
    assert "Saved." in again
    assert "until the next day" in texts(again, ".workday")[3]
    submit(client, "/desk/hours", "#week form", **{"from-0-0": "", "to-0-0": ""})
    assert working_hours(host.person.id) == week("3 20:00-02:00")


def test_what_cannot_be_saved_stays_typed_with_the_reason(client: Client, host: Host) -> None:
    typed = {"from-0-1": "11:00", "to-0-1": "13:00", "from-4-0": "soon", "to-4-0": ""}
    answer = submit(client, "/desk/hours", "#week form", **typed)
    assert answer.status_code == 422
    assert one(answer.text, "#from-4-0-error").text == "Please give a time such as 09:00."
    assert {name: form_values(answer.text, "#week form")[name] for name in typed} == typed
    answer = submit(client, "/desk/hours", "#week form", **(typed | {"from-4-0": "", "to-4-0": ""}))
    assert answer.status_code == 422
    assert one(answer.text, "#from-0-1-error").text == "This overlaps another stretch of your week."
    assert select(answer.text, "[role=alert] a[href='#from-0-1']")
    assert working_hours(host.person.id) == week("0 09:00-12:00")


def test_two_who_change_one_week_both_see_both(client: Client, host: Host) -> None:
    old = form_values(client.get("/desk/hours").text, "#week form")
    set_working_hours(host.actor, host.person.id, week("1 08:00-10:00"))
    answer = client.post("/desk/hours", data=old | {"from-2-0": "09:00", "to-2-0": "10:00", "act": "save"})
    assert answer.status_code == 409
    assert texts(answer.text, "[role=alert] dt, [role=alert] dd") == ["Tue", "08:00–10:00"]
    assert one(answer.text, "#from-2-0")["value"] == "09:00"
    assert client.post("/desk/hours", data=form_values(answer.text, "#week form") | {"act": "save"}).status_code == 303
    assert working_hours(host.person.id) == week("0 09:00-12:00", "2 09:00-10:00")


def test_a_day_is_copied_and_lengthened_before_anything_is_saved(client: Client, host: Host) -> None:
    fields = form_values(client.get("/desk/hours").text, "#week form")
    part = client.htmx("/desk/hours", "POST", data=fields | {"act": "copy", "copy": "0", "onto": ["1", "4", "9"]}).text
    assert not select(part, "h1")
    values = form_values(part, "#week form")
    assert [values[f"from-{day}-0"] for day in range(7)] == ["09:00", "09:00", "", "", "09:00", "", ""]
    assert "Copied, not saved yet." in one(part, "#week .notice").text
    assert working_hours(host.person.id) == week("0 09:00-12:00")
    more = client.post("/desk/hours", data=values | {"act": "more-0"}).text
    assert select(more, "#from-0-1")
    assert not select(more, "#from-1-1")
    full = WeekInput(days=[[("09:00", "10:00")] * MOST_STRETCHES, *([] for _ in range(6))])
    full.lengthen(0)
    assert len(full.days[0]) == MOST_STRETCHES
    assert client.post("/desk/hours", data=values | {"act": "more-x"}).status_code == 303


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("9", "09:00"), ("930", "09:30"), ("0930", "09:30"), ("9:30", "09:30"), ("9.30", "09:30"), ("23:59", "23:59"),
     ("09:00:00", "09:00"), ("24:00", "00:00"), ("24", "00:00"), ("24:30", ""), ("25", ""), ("9:60", ""), ("9h", "")],
)  # fmt: skip
@pytest.mark.usefixtures("app")
def test_a_time_is_understood_however_it_is_typed(typed: str, meant: str) -> None:
    given = WeekInput(days=[[(typed, "08:00")], *([] for _ in range(6))])
    assert [f"{one.opens:%H:%M}" for one in given.understood()] == ([meant] if meant else [])
    assert bool(given.errors) is not bool(meant)


def off(first: str, first_time: str = "", last: str = "", last_time: str = "", reason: str = "") -> ClosureInput:
    return ClosureInput(first, first_time, last, last_time, reason)


def instant_of(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "start", "end"),
    [
        (off("2027-03-08"), "2027-03-07T23:00", "2027-03-08T23:00"),
        (off("2027-03-08", last="2027-03-12"), "2027-03-07T23:00", "2027-03-12T23:00"),
        (off("2027-03-08", "14:00", last_time="16:30"), "2027-03-08T13:00", "2027-03-08T15:30"),
        (off("2027-03-28"), "2027-03-27T23:00", "2027-03-28T22:00"),
        (off("2027-10-31", "02:30", last_time="02:30"), "2027-10-31T00:30", "2027-10-31T01:30"),
        (off("2027-02-20", last="2027-03-02"), "2027-02-19T23:00", "2027-03-02T23:00"),
    ],
)
def test_time_off_is_whole_days_or_hours_of_the_persons_zone(given: ClosureInput, start: str, end: str) -> None:
    assert given.understood(BERLIN, now=NOW) == Span(instant_of(start), instant_of(end))


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (off(""), "first", "date"),
        (off("2127-01-01"), "first", "date"),
        (off("2027-03-08", last="soon"), "last", "date"),
        (off("2027-03-08", "nine"), "first_time", "09:00"),
        (off("2027-03-28", "02:30"), "first_time", "go forward"),
        (off("2027-03-08", last="2027-03-07"), "last", "after the start"),
        (off("2027-03-08", "12:00", last_time="12:00"), "last", "after the start"),
        (off("2027-02-08"), "last", "over already"),
        (off("2027-03-08", last="2028-04-08"), "last", "a year"),
        (off("2027-03-08", reason="x" * 101), "reason", "100"),
    ],
)
def test_what_is_no_time_off_is_refused_where_it_is_typed(given: ClosureInput, field: str, words: str) -> None:
    assert given.understood(BERLIN, now=NOW) is None
    assert list(given.errors) == [field]
    assert words in given.errors[field]
    assert given.problems


def test_time_off_warns_of_what_is_booked_and_leaves_it(client: Client, host: Host) -> None:
    day = (clock.now() + dt.timedelta(days=20)).date()
    starts_at = dt.datetime.combine(day, dt.time(10), UTC)
    session = a_session_at(host, starts_at)
    facts = {"first": str(day), "reason": "Holiday"}
    answer = submit(client, "/desk/hours", "#time-off form", **facts)
    assert answer.location == "/desk/hours#time-off"
    shown = client.get("/desk/hours").text
    assert "1 session or appointment stands in it, and stays until you move or cancel it." in shown
    assert texts(shown, "#time-off li b")[0] == "Holiday"
    assert one(shown, f"#time-off a[href='/sessions/{session.id}']").text == session.title
    db.session.refresh(session)
    assert session.state == "scheduled"
    wrong = submit(client, "/desk/hours", "#time-off > form", first="soon", reason="Typed")
    assert wrong.status_code == 422
    assert one(wrong.text, "#reason")["value"] == "Typed"
    removal = one(client.get("/desk/hours").text, "#time-off li form")["action"]
    assert client.post(removal).location == "/desk/hours#time-off"
    assert db.session.scalars(sa.select(Closure)).all() == []
    assert client.post(removal).status_code == 404


def a_session_at(host: Host, starts_at: dt.datetime) -> Any:
    session = host.session()
    session.starts_at, session.ends_at = starts_at, starts_at + dt.timedelta(hours=1)
    db.session.commit()
    return session


def test_time_off_in_free_time_says_so_and_a_second_click_is_harmless(client: Client, host: Host) -> None:
    day = str((clock.now() + dt.timedelta(days=20)).date())
    fields = form_values(client.get("/desk/hours").text, "#time-off form") | {"first": day}
    for _ in range(2):
        assert client.post("/desk/hours/time-off", data=fields).status_code == 303
    assert len(closures_of_person(host.person.id, since=clock.now())) == 1
    assert "Nothing is booked in that time." in client.get("/desk/hours").text


def test_what_stands_in_it_is_theirs_live_and_overlapping(host: Host) -> None:
    service = a_service(host.merchant, kind="appointment", hosts=[host.person], online=True)
    works(host.person, weekdays=range(1, 7))
    wish = AppointmentWish(service.id, host.person.id, at(8, hours=2), 60)
    appointment = a_booking(wish)
    session, gone = host.session(8), host.session(8)
    gone.state = "cancelled"
    a_host(host.merchant).session(8)
    host.session(9)
    spans = [Span(at(8), at(8, hours=4)), Span(at(20), at(21)), Span(at(8, hours=1), at(8, hours=2))]
    with counted() as asked:
        found = standing_in(host.person.id, spans)
    assert [[one.href for one in each] for each in found] == [
        [f"/sessions/{session.id}", f"/desk/bookings/{appointment.ref}"],
        [],
        [],
    ]
    assert len(asked) <= 3
    assert standing_in(host.person.id, []) == []


def test_nobody_else_removes_time_off(host: Host) -> None:
    closure = add_closure(host.actor, Span(at(1), at(2)), facilitator_id=host.person.id)
    for stranger in (actor_of(a_user()), a_host(host.merchant).actor):
        with pytest.raises(NotFound):
            remove_closure(stranger, closure.id)
    remove_closure(an_owner_of(host.merchant), closure.id)
    venue_id = host.session().venue_id
    of_venue = add_closure(an_owner_of(host.merchant), Span(at(1), at(2)), venue_id=venue_id)
    with pytest.raises(NotFound):
        remove_closure(host.actor, of_venue.id)
    remove_closure(an_owner_of(host.merchant), of_venue.id)
    assert db.session.scalars(sa.select(Closure)).all() == []
