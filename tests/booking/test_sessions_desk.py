"""The desk's pages of sessions: the list, a new one or a series of them, and changing one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from bookapp.booking.rules import SeatWish
from bookapp.catalog.models import Facilitator, Merchant, Room, Service, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.scheduling.actions.sessions import change_session, create_session
from bookapp.scheduling.models import Session, SessionPart
from bookapp.scheduling.rules import SessionChanges
from bookapp.values.timespan import Span, wall
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, opens
from tests.builders.booking import a_booking
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import select as css
from tests.support.staff import sign_in

BERLIN = "Europe/Berlin"
DAY = dt.date(2027, 3, 8)  # a Monday
NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookapp.infra.clock.now", lambda: NOW)


@pytest.fixture
def merchant(app: object) -> Merchant:
    return a_merchant(name="Stillwater")


@pytest.fixture
def venue(merchant: Merchant) -> Venue:
    made = a_venue(merchant, name="Hof", zone=BERLIN)
    opens(made)
    return made


@pytest.fixture
def room(venue: Venue) -> Room:
    return a_room(venue, name="Linden")


@pytest.fixture
def priya(client: Client, merchant: Merchant) -> tuple[User, Facilitator]:
    """A facilitator of the house, signed in."""
    user = sign_in(client, merchant_id=merchant.id, role="facilitator")
    return user, a_facilitator(merchant, name="Priya", user_id=user.id)


@pytest.fixture
def service(merchant: Merchant, priya: tuple[User, Facilitator], room: Room, venue: Venue) -> Service:
    return a_service(merchant, name="Slow flow", hosts=[priya[1]], rooms=[room, a_room(venue, name="Ahorn")])


def span(clock: str, day: dt.date = DAY, minutes: int = 60) -> Span:
    start = dt.datetime.combine(day, dt.time.fromisoformat(clock)).replace(tzinfo=dt.UTC) - dt.timedelta(
        hours=1 if day < dt.date(2027, 3, 28) else 2
    )
    return Span(start, start + dt.timedelta(minutes=minutes))


def planned(service: Service, host: Facilitator | None, room: Room, clock: str = "09:00", **facts: Any) -> Session:
    return create_session(
        SYSTEM, service.id, span=span(clock, facts.pop("day", DAY)), now=NOW, room_id=room.id,
        facilitator_id=host.id if host else None, **facts,
    )  # fmt: skip


def typed(service: Service, room: Room, host: Facilitator, **more: Any) -> dict[str, Any]:
    return {
        "service": service.id, "room": room.id, "facilitator": host.id, "day": DAY.isoformat(), "time": "09:00",
        "minutes": "60", "repeat": "once", "act": "preview", "idempotency_key": "key-12345678",
    } | more  # fmt: skip


def weekly(service: Service, room: Room, host: Facilitator, **more: Any) -> dict[str, Any]:
    last = DAY + dt.timedelta(days=28)
    return typed(service, room, host, **{"repeat": "weekly", "weekdays": ["0"], "last": last.isoformat()} | more)


def seen(html: str) -> dict[str, Any]:
    """What the browser sends of a preview: what it is about, and the ticked dates."""
    ticked = [box["value"] for box in css(html, "input[name=dates][checked]")]
    (about,) = css(html, "input[name=seen]")
    return {"seen": about["value"], "dates": ticked, "act": "save"}


def standings(html: str) -> list[str]:
    return [cell.text.split()[0] for cell in css(html, "table.dates td .badge")]


def titles(html: str) -> list[str]:
    return [link.text for link in css(html, ".planned h3 a")]


# The list


def test_ones_own_sessions_by_day(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator], merchant: Merchant
) -> None:
    host = priya[1]
    own = planned(service, host, room)
    planned(service, a_facilitator(merchant), room, "11:00", title="Not hers")
    a_booking(SeatWish(own.id, 2), now=NOW)
    html = client.get("/desk/sessions").text
    assert titles(html) == ["Slow flow"]
    assert "Linden, Hof · Priya" in html
    assert [span.text for span in css(html, ".seats")] == ["2 of 12 seats"]
    links = {link["href"] for link in css(html, ".planned .do a")}
    assert links == {f"/desk/sessions/{own.id}/{page}" for page in ("roster", "edit", "cancellation")}


def test_tabs_and_filters_stand_in_the_address(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator], merchant: Merchant
) -> None:
    host, other = priya[1], a_service(merchant, name="Breathing", hosts=[priya[1]])
    planned(service, host, room)
    planned(other, host, room, "11:00", day=DAY + dt.timedelta(days=1))
    a_session(service, starts_at=NOW - dt.timedelta(days=1), facilitator=host, title="Yesterday")
    a_session(service, starts_at=NOW - dt.timedelta(hours=0.5), facilitator=host, title="Running now")
    a_session(service, starts_at=NOW + dt.timedelta(days=2), facilitator=host, title="Called off", state="cancelled")

    def listed(query: str = "") -> list[str]:
        return titles(client.get(f"/desk/sessions?{query}").text)

    assert listed() == ["Running now", "Slow flow", "Breathing"]
    assert listed("tab=past") == ["Yesterday"]
    assert listed("tab=cancelled") == ["Called off"]
    assert listed("q=breath") == ["Breathing"]
    assert listed(f"service={service.id}&date=2027-03-02") == ["Slow flow"]
    assert listed(f"date={DAY}&until={DAY}") == ["Slow flow"]
    assert listed(f"date={DAY}&until={DAY + dt.timedelta(days=1)}") == ["Slow flow", "Breathing"]
    assert listed(f"room={room.id}") == ["Slow flow", "Breathing"]
    assert listed(f"person={host.id + 1000}") == []
    assert listed("date=nonsense&page=x") == ["Running now", "Slow flow", "Breathing"]
    assert listed("date=0001-01-01") == ["Running now", "Slow flow", "Breathing"]
    assert "Give" not in client.get("/desk/sessions?q=%00").text


def test_who_sees_which(client: Client, merchant: Merchant, venue: Venue, room: Room) -> None:
    service = a_service(merchant, name="Here", rooms=[room])
    there = a_room(a_venue(merchant))
    planned(service, None, room, title="Here")
    planned(service, None, there, title="There")
    foreign = a_room(a_venue(a_merchant()))
    planned(a_service(foreign.venue.merchant), None, foreign, title="Foreign")
    for who, expected in (
        ({"merchant_id": merchant.id, "role": "manager", "venue_id": venue.id}, ["Here"]),
        ({"merchant_id": merchant.id, "role": "manager"}, ["Here", "There"]),
        ({"merchant_id": merchant.id}, ["Here", "There"]),
        ({"is_admin": True}, ["Foreign", "Here", "There"]),
        ({"merchant_id": merchant.id, "role": "facilitator"}, []),
    ):
        sign_in(client, **who)  # type: ignore[arg-type]
        assert sorted(titles(client.get("/desk/sessions").text)) == expected, who


def test_long_lists_have_pages_and_the_same_number_of_queries(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            a_session(service, starts_at=NOW + dt.timedelta(hours=number), room=room, facilitator=priya[1])

    add(1, 3)
    client.get("/desk/sessions")
    with counted() as few:
        client.get("/desk/sessions")
    add(3, 33)
    with counted() as many:
        html = client.get("/desk/sessions").text
    assert len(titles(html)) == 30
    assert len(many) == len(few) <= 9
    (following,) = css(html, "a[rel=next]")
    html = client.get(following["href"]).text
    assert len(titles(html)) == 2
    assert css(html, "a[rel=prev]")


def test_nothing_to_plan_is_said(client: Client, merchant: Merchant) -> None:
    sign_in(client, merchant_id=merchant.id)
    assert "Nothing here" in client.get("/desk/sessions").text
    assert "No session fits" in client.get("/desk/sessions?q=tango").text
    assert "No service to plan yet" in client.get("/desk/sessions/new").text


# A new one


def test_once(client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]) -> None:
    host = priya[1]
    html = client.get("/desk/sessions/new?date=2027-03-08&time=09:00").text
    assert css(html, "#time")[0]["value"] == "09:00"
    form = typed(service, room, host, title="With cushions", capacity="8", price="19,50")
    preview = client.post("/desk/sessions/new", data=form)
    assert preview.status_code == 200
    assert standings(preview.text) == ["Free"]
    assert db.session.scalars(select(Session)).all() == [], "nothing is written yet"
    done = client.post("/desk/sessions/new", data=form | seen(preview.text))
    assert (done.status_code, done.location) == (303, "/desk/sessions")
    assert "1 session is on the timetable." in client.get("/desk/sessions").text
    (made,) = db.session.scalars(select(Session)).all()
    assert (made.title, made.capacity, made.price_minor, made.room_id) == ("With cushions", 8, 1950, room.id)
    assert made.starts_at == span("09:00").start
    again = client.post("/desk/sessions/new", data=form | {"seen": seen(preview.text)["seen"], "act": "save"})
    assert again.status_code in (303, 422)
    assert len(db.session.scalars(select(Session)).all()) == 1


def test_a_clash_names_it_and_the_nearest_times(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    planned(service, priya[1], room)
    form = typed(service, room, priya[1])
    html = client.post("/desk/sessions/new", data=form).text
    assert standings(html) == ["Clash"]
    assert "Linden: Slow flow, 09:00 to 10:00" in html
    assert len(css(html, "input[name=dates][disabled]")) == 1
    nearest = [button["value"] for button in css(html, "button[name=at]")]
    assert nearest[0] in ("2027-03-08 08:00", "2027-03-08 10:00")
    html = client.post("/desk/sessions/new", data=form | {"at": "2027-03-08 10:00", "act": ""}).text
    assert (standings(html), css(html, "#time")[0]["value"]) == (["Free"], "10:00")
    refused = client.post("/desk/sessions/new", data=form | {"act": "save", "seen": "other"})
    assert refused.status_code == 409
    assert "Please look at the dates first" in refused.text


def test_a_series_over_the_clock_change_with_what_it_meets(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    host = priya[1]
    planned(service, None, room, day=DAY + dt.timedelta(days=7))
    planned(service, host, room, "09:30", day=DAY + dt.timedelta(days=14))
    form = weekly(service, room, host)
    preview = client.post("/desk/sessions/new", data=form)
    assert standings(preview.text) == ["Free", "Other", "Clash", "Free", "Free"]
    assert "3 of 5" not in preview.text
    assert "4 of 5 dates are chosen" in preview.text
    done = client.post("/desk/sessions/new", data=form | seen(preview.text))
    assert done.status_code == 303
    made = db.session.scalars(
        select(Session).where(Session.facilitator_id == host.id).order_by(Session.starts_at)
    ).all()
    assert [f"{wall(one.starts_at, BERLIN):%d %b %H:%M}" for one in made] == [
        "08 Mar 09:00", "15 Mar 09:00", "22 Mar 09:30", "29 Mar 09:00", "05 Apr 09:00",
    ]  # fmt: skip
    assert made[1].room_id != room.id
    assert client.post("/desk/sessions/new", data=form | seen(preview.text)).status_code in (303, 409)
    assert len(db.session.scalars(select(Session)).all()) == 6


def test_ticks_stay_while_the_dates_do(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    form = weekly(service, room, priya[1])
    first = seen(client.post("/desk/sessions/new", data=form).text)
    fewer = form | first | {"dates": first["dates"][:2], "act": "preview"}
    html = client.post("/desk/sessions/new", data=fewer).text
    assert seen(html)["dates"] == first["dates"][:2]
    html = client.post("/desk/sessions/new", data=fewer | {"time": "10:00"}).text
    assert len(seen(html)["dates"]) == 5, "other dates, other ticks"
    none = client.post("/desk/sessions/new", data=form | first | {"dates": ["2027-13-77:1", "x"]})
    assert (none.status_code, "tick at least one" in none.text) == (422, True)


def test_what_was_taken_since_is_seen_before_anything_is_written(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator], monkeypatch: pytest.MonkeyPatch
) -> None:
    form = weekly(service, room, priya[1])
    first = seen(client.post("/desk/sessions/new", data=form).text)
    planned(service, priya[1], room, title="A moment faster")
    from_before = client.post("/desk/sessions/new", data=form | first)
    assert from_before.status_code == 409
    assert standings(from_before.text)[0] == "Clash"
    assert len(db.session.scalars(select(Session)).all()) == 1


def test_times_that_are_none_or_two(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    night = typed(service, room, priya[1], day="2027-03-28", time="02:30")
    html = client.post("/desk/sessions/new", data=night | {"act": "save"})
    assert (html.status_code, "There is no 02:30 on that day" in html.text) == (422, True)
    assert "comes twice" in client.post("/desk/sessions/new", data=night | {"day": "2027-10-31"}).text
    series = weekly(service, room, priya[1], day="2027-03-21", weekdays=["6"], last="2027-04-04", time="02:30")
    html = client.post("/desk/sessions/new", data=series | {"skip_closed": ""}).text
    assert "The clocks jump over this time: it begins at 03:00." in html
    series |= {"day": "2027-10-31", "last": "2027-10-31"}
    assert "This time comes twice that night" in client.post("/desk/sessions/new", data=series).text
    assert "No date is left" in client.post("/desk/sessions/new", data=series | {"skip_closed": "1"}).text


def test_everything_typed_is_kept_and_said(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    wrong = weekly(
        service, room, priya[1], title="Kept", minutes="0", capacity="none", price="a lot", weekdays=[], last="",
        time="25:00", day="1000-01-01",
    )  # fmt: skip
    answer = client.post("/desk/sessions/new", data=wrong | {"act": "save"})
    assert answer.status_code == 422
    assert css(answer.text, "#title")[0]["value"] == "Kept"
    fields = {link["href"] for link in css(answer.text, ".notice li a")}
    assert fields >= {"#minutes", "#capacity", "#price", "#weekdays", "#last", "#day"}
    answer = client.post("/desk/sessions/new", data=weekly(service, room, priya[1], time="25:00", act="save"))
    assert (answer.status_code, "such as 14:00" in answer.text) == (422, True)
    over = typed(service, room, priya[1], day="2027-02-01", act="save", price="-5")
    assert "such as 12.50" in client.post("/desk/sessions/new", data=over).text
    over = typed(service, room, priya[1], day="2027-02-01", act="save")
    assert "A session begins in the future" in client.post("/desk/sessions/new", data=over).text


def test_nobody_plans_with_what_is_not_theirs(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator], merchant: Merchant
) -> None:
    foreign = a_merchant()
    theirs = a_service(foreign)
    colleague = a_facilitator(merchant)
    for forged in (
        {"service": theirs.id}, {"facilitator": colleague.id}, {"facilitator": 0},
        {"room": a_room(a_venue(foreign)).id}, {"room": "x"},
    ):  # fmt: skip
        assert (
            client.post("/desk/sessions/new", data=typed(service, room, priya[1], act="save") | forged).status_code
            == 422
        )
    assert client.get(f"/desk/sessions/new?merchant={foreign.slug}").status_code == 404
    sign_in(client)
    assert client.get("/desk/sessions").status_code == 403


# Changing one


def edited(session: Session, **more: Any) -> dict[str, Any]:
    return {
        "version": session.version, "title": session.title, "day": DAY.isoformat(), "time": "09:00", "minutes": "60",
        "room": session.room_id, "facilitator": session.facilitator_id or 0, "capacity": "12", "price": "16.00",
        "act": "save",
    } | more  # fmt: skip


def test_the_form_says_who_will_be_told_and_what_the_change_meets(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    session = planned(service, priya[1], room)
    planned(service, None, room, "11:00", title="Other class")
    for number in range(2):
        a_booking(SeatWish(session.id, 1), now=NOW, email=f"guest{number}@example.org")
    html = client.get(f"/desk/sessions/{session.id}/edit").text
    assert "2 people will be told" in html
    assert css(html, "#price")[0]["value"] == "16.00"
    path = f"/desk/sessions/{session.id}/edit"
    html = client.post(path, data=edited(session, act="preview", time="09:30")).text
    assert [badge.text for badge in css(html, ".meets .badge")] == ["Free"]
    html = client.post(path, data=edited(session, act="preview", time="10:30")).text
    assert "Linden: Other class, 11:00 to 12:00" in html
    assert "Free instead: Ahorn" in html
    refused = client.post(path, data=edited(session, time="10:30"))
    assert (refused.status_code, "taken at that time" in refused.text) == (409, True)
    assert css(refused.text, "#time")[0]["value"] == "10:30"
    done = client.post(path, data=edited(session, time="09:30", reason="The sun"))
    assert (done.status_code, done.location) == (303, "/desk/sessions")
    assert "2 people are told" in client.get("/desk/sessions").text
    db.session.refresh(session)
    assert (session.starts_at, session.version) == (span("09:30").start, 2)


def test_two_editors(client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]) -> None:
    session = planned(service, priya[1], room)
    mine = edited(session, title="Slower flow", capacity="8", reason="Mine")
    change_session(SYSTEM, session.id, SessionChanges(capacity=10), version=1, now=NOW)
    answer = client.post(f"/desk/sessions/{session.id}/edit", data=mine)
    assert answer.status_code == 409
    text = answer.text
    assert [cell.text for cell in css(text, "main table tbody td")] == ["Slow flow", "Slower flow", "10", "8"]
    assert css(text, "#capacity")[0]["value"] == "8"
    assert css(text, "#reason")[0].text.strip() == "Mine"
    (version,) = css(text, "input[name=version]")
    done = client.post(f"/desk/sessions/{session.id}/edit", data=mine | {"version": version["value"]})
    assert done.status_code == 303
    db.session.refresh(session)
    assert (session.title, session.capacity, session.version) == ("Slower flow", 8, 3)
    mangled = client.post(f"/desk/sessions/{session.id}/edit", data=mine | {"version": "x", "title": "Other"})
    assert mangled.status_code == 409


def test_what_is_wrong_is_said_and_kept(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    session = planned(service, priya[1], room)
    a_booking(SeatWish(session.id, 3), now=NOW)
    path = f"/desk/sessions/{session.id}/edit"
    few = client.post(path, data=edited(session, capacity="2"))
    assert (few.status_code, "3 seats are taken" in few.text) == (422, True)
    assert client.post(path, data=edited(session, title="")).status_code == 422
    past = client.post(path, data=edited(session, day="2027-02-01"))
    assert (past.status_code, css(past.text, "#time")[0]["aria-invalid"]) == (422, "true")
    assert client.post(path, data=edited(session, title="", act="preview")).status_code == 200
    assert "Saved." in client.post(path, data=edited(session, capacity="20"), follow_redirects=True).text


def test_a_retreat_shows_that_its_parts_move_along(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator]
) -> None:
    parts = [("Arriving", span("16:00")), ("Leaving", span("10:00", DAY + dt.timedelta(days=2)))]
    whole = Span(parts[0][1].start, parts[1][1].end)
    session = create_session(
        SYSTEM, service.id, span=whole, now=NOW, room_id=room.id, facilitator_id=priya[1].id, parts=parts
    )
    path = f"/desk/sessions/{session.id}/edit"
    html = client.get(path).text
    assert "Its 2 parts move along" in html
    assert css(html, "#minutes") == []
    html = client.post(path, data=edited(session, time="17:00", act="preview")).text
    assert [badge.text for badge in css(html, ".meets .badge")] == ["Free", "Free"]
    assert client.post(path, data=edited(session, time="17:00")).status_code == 303
    begins = db.session.scalars(select(SessionPart.starts_at).order_by(SessionPart.starts_at)).all()
    assert [f"{wall(at, BERLIN):%H:%M}" for at in begins] == ["17:00", "11:00"]


def test_what_is_over_or_not_theirs(
    client: Client, service: Service, room: Room, priya: tuple[User, Facilitator], merchant: Merchant
) -> None:
    over = a_session(service, starts_at=NOW - dt.timedelta(days=1), facilitator=priya[1], room=room)
    assert "can no longer be changed" in client.get(f"/desk/sessions/{over.id}/edit").text
    late = client.post(f"/desk/sessions/{over.id}/edit", data=edited(over, capacity="20"))
    assert late.status_code == 409
    others = planned(service, a_facilitator(merchant), room)
    for session_id in (others.id, 10**9):
        assert client.get(f"/desk/sessions/{session_id}/edit").status_code == 404
        assert client.post(f"/desk/sessions/{session_id}/edit", data=edited(others)).status_code == 404
