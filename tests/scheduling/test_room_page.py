"""/rooms/<slug>: when it is free, what it would cost, and the nearest yes."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask

from bookapp.catalog.models import Room, Venue
from bookapp.infra.db import db
from bookapp.scheduling.actions.occupancy import Wanted, occupy
from bookapp.scheduling.models import Closure
from bookapp.scheduling.views import drawing
from bookapp.values.timespan import Span
from tests.builders import a_merchant, a_room, a_venue, an_addon, opens
from tests.scheduling.calendars import at, span
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, select, texts

# A Friday morning; the Tuesday after is the day most of this is about.
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
DATE = "2026-11-24"
BOOK = "#book"


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def venue(app: Flask) -> Venue:
    made = a_venue(a_merchant(), name="Kastanienhof Mitte")
    opens(made, at="09:00", until="18:00", weekdays=range(6))
    return made


@pytest.fixture
def room(venue: Venue) -> Room:
    return a_room(venue, name="Linden", capacity=12, buffer_minutes=30, amenities=("projector", "step_free"))


def take(room: Room, used: Span) -> None:
    padded = used.padded(after=dt.timedelta(minutes=room.buffer_minutes))
    assert occupy([Wanted(room.resource_id, padded, used.end)], uuid.uuid4(), now=NOW) == []


def show(client: Client, room: Room, status: int = 200, **asked: str | int) -> str:
    query = {name.rstrip("_"): value for name, value in ({"date": DATE} | asked).items()}
    response = client.get(f"/rooms/{room.slug}", query_string=query)
    assert response.status_code == status
    return response.text


def chosen(html: str) -> dict[str, str]:
    """What the form would ask for."""
    picked = {name: one(html, f"#{name} option[selected]")["value"] for name in ("from", "to")}
    return picked | {"date": one(html, "#date")["value"]}


def address(href: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(href).query).items()}


def test_it_says_what_it_is_and_whose_clocks_count(client: Client, room: Room) -> None:
    html = show(client, room)
    assert one(html, "h1").text == "Linden"
    assert "Berlin time" in texts(html, "#calendar .small")
    assert [fact for fact in texts(html, ".factlist li") if fact] == [
        "Meeting room",
        "Up to 12 people",
        "1 h to 10 h, 30 min between",
        "Projector",
        "Step-free",
    ]
    assert select(html, f'a[href="/venues/{room.venue.slug}"]')
    assert client.get("/rooms/nowhere").status_code == 404


def test_without_a_time_the_first_free_one_is_shown_with_its_price(client: Client, room: Room) -> None:
    take(room, span("09:00", "10:00"))
    html = show(client, room)
    assert chosen(html) == {"date": DATE, "from": "10:30", "to": "11:30"}
    assert one(html, f"{BOOK} .big").text == "€27"
    assert texts(html, f"{BOOK} .lines dt") == ["1 h at €27 an hour", "Total, tax included"]
    assert one(html, f"{BOOK} .lines dd.sum").text == "€27.00"


def test_without_a_day_the_next_free_one_is_shown(client: Client, room: Room) -> None:
    html = client.get(f"/rooms/{room.slug}").text
    # It is 10:00 in Berlin, and the room opened an hour ago.
    assert chosen(html) == {"date": "2026-11-20", "from": "10:00", "to": "11:00"}
    take(room, Span(NOW, at("18:00", dt.date(2026, 11, 20))))
    html = client.get(f"/rooms/{room.slug}").text
    assert chosen(html) == {"date": "2026-11-21", "from": "09:00", "to": "10:00"}
    assert one(html, "#calendar-title").text == "Sat 21 Nov"


def test_one_total_drives_headline_lines_button_and_bar(client: Client, room: Room) -> None:
    lunch = an_addon(room.venue, name="Lunch", kind="consumable", stock=None, price_minor=1400)
    html = show(client, room, from_="14:00", to="16:00", people=8, **{f"addon-{lunch.id}": 2})
    assert one(html, f"{BOOK} .big").text == "€82"
    assert texts(html, f"{BOOK} .lines dt")[:2] == ["2 h at €27 an hour", "Lunch × 2"]
    assert one(html, f"{BOOK} .lines dd.sum").text == "€82.00"
    assert "Reserve €82" in texts(html, f"{BOOK} button")
    assert one(html, ".bottom-bar b").text == "€82"
    assert form_values(html, BOOK)["total"] == "8200"
    assert "You are not charged yet." in one(html, BOOK).text


def test_the_form_carries_everything_to_the_hold(client: Client, room: Room) -> None:
    addon = an_addon(room.venue)
    html = show(client, room, from_="14:00", to="16:00", people=3, **{f"addon-{addon.id}": 1})
    assert (one(html, BOOK)["method"], one(html, BOOK)["action"]) == ("post", "/hold")
    sent = form_values(html, BOOK) | chosen(html)
    assert {name: sent[name] for name in ("kind", "room", "date", "from", "to", "people", f"addon-{addon.id}")} == {
        "kind": "room",
        "room": room.slug,
        "date": DATE,
        "from": "14:00",
        "to": "16:00",
        "people": "3",
        f"addon-{addon.id}": "1",
    }
    assert sent["csrf_token"]
    assert re.fullmatch("[0-9a-f]{32}", sent["idempotency_key"])
    held = client.post("/hold", data=sent)
    assert held.status_code == 303
    assert held.location.startswith("/checkout/")
    # Now it is theirs, and says so.
    html = show(client, room, from_="14:00", to="16:00")
    assert one(html, "td[data-state=yours]").text == "Held for you 14:00–16:00"
    assert select(html, f'{BOOK} a[href="/bookings"]')
    assert not [words for words in texts(html, f"{BOOK} button") if words.startswith("Reserve")]


def test_without_a_script_the_price_has_an_address(client: Client, room: Room) -> None:
    html = show(client, room)
    again = one(html, f"{BOOK} button[formaction]")
    sent = form_values(html, BOOK) | {"date": DATE, "from": "15:00", "to": "17:00", "people": "4"}
    response = client.post(again["formaction"], data=sent)
    assert response.status_code == 303
    assert response.location == f"/rooms/{room.slug}?date={DATE}&from=15:00&to=17:00&people=4"


def test_htmx_gets_what_changes_alone(client: Client, room: Room) -> None:
    response = client.htmx(f"/rooms/{room.slug}?date={DATE}&from=14:00&to=16:00")
    assert "<h1" not in response.text
    assert one(response.text, "#choice")
    assert {"HX-Request", "HX-Request-Type"} <= set(response.vary)


def test_the_day_shows_every_room_this_one_first(client: Client, room: Room) -> None:
    other = a_room(room.venue, name="Atrium", capacity=30, rate_minor=3650, notice_minutes=7 * 24 * 60)
    take(room, span("12:00", "14:00"))
    html = show(client, room, from_="10:00", to="11:00", people=2)
    assert texts(html, "tbody th") == ["Linden12 people · €27/h", "Atrium30 people · €36.50/h"]
    own = [cell.text for cell in select(html, "tr.own td")]
    assert own == ["Free 09:00–11:30", "Cleaning", "Booked until 14:00", "Cleaning", "Free 14:30–18:00"]
    assert [cell.attributes.get("colspan", "1") for cell in select(html, "tr.own td")] == ["5", "1", "4", "1", "7"]
    assert texts(html, "tbody tr:not(.own) td") == ["Needs 168 h notice"]
    assert [hour["colspan"] for hour in select(html, "thead th[colspan]")] == ["2"] * 9
    first, second = select(html, "tr.own a.run")
    assert first["href"].startswith(f"/rooms/{room.slug}?")
    assert address(first["href"]) == {"date": DATE, "from": "09:00", "to": "10:00", "people": "2"}
    assert address(second["href"])["from"] == "14:30"
    assert one(html, "tbody tr:not(.own) th a")["href"].startswith(f"/rooms/{other.slug}?date={DATE}&from=10:00")
    assert one(html, "table[data-grid]")["data-asked"] == "2 2"


def test_each_grey_cell_says_why(client: Client, room: Room) -> None:
    db.session.add(Closure(room_id=room.id, starts_at=at("09:00"), ends_at=at("11:00"), reason="new floor"))
    db.session.commit()
    a_room(room.venue, name="Ahorn")
    html = show(client, room)
    assert texts(html, "tr.own td")[0] == "Closed: new floor"
    assert texts(show(client, room, date="2026-11-22"), "tr.own td") == ["Closed on Sundays"]
    assert "Nothing is left on Sun 22 Nov." in texts(show(client, room, date="2026-11-22"), ".notice b")


def test_a_gap_that_is_too_short_is_no_link(client: Client, room: Room) -> None:
    take(room, span("09:00", "10:00"))
    take(room, span("11:30", "18:00"))
    html = show(client, room)
    assert texts(html, "tr.own td") == [
        "Booked",
        "Cleaning",
        "Too short a gap",
        "Cleaning",
        "Booked until 18:00",
    ]
    assert not select(html, "tr.own a.run")


def test_a_refusal_says_why_and_names_the_nearest_three(client: Client, room: Room) -> None:
    a_room(room.venue, name="Birke", capacity=8)
    a_room(room.venue, name="Stube", capacity=2)
    take(room, span("14:00", "16:00"))
    html = show(client, room, from_="14:00", to="16:00", people=3)
    notice = one(html, ".answer .notice")
    assert notice.text.startswith("Booked until 16:00")
    assert texts(html, ".answer .nearest a") == [
        "11:30–13:30",
        "14:00–16:00 in Birke",
        "Wed 25 Nov, 09:00–11:00",
    ]
    assert address(select(html, ".answer .nearest a")[0]["href"])["people"] == "3"
    assert not [words for words in texts(html, f"{BOOK} button") if words.startswith("Reserve")]
    for link in select(html, ".answer .nearest a"):
        assert "Reserve" in one(client.get(link["href"]).text, BOOK).text


def test_more_people_than_seats(client: Client, room: Room) -> None:
    a_room(room.venue, name="Hall", capacity=40)
    html = show(client, room, from_="14:00", to="16:00", people=30)
    assert one(html, ".answer b").text == "Linden seats up to 12 people."
    assert texts(html, ".answer .nearest a") == ["14:00–16:00 in Hall", "12 people here"]


def test_an_extra_that_is_used_up(client: Client, room: Room) -> None:
    projector = an_addon(room.venue, name="Projector", stock=1)
    asked = {"from_": "14:00", "to": "16:00", f"addon-{projector.id}": 1}
    html = show(client, room, **asked)
    assert "1 left" in one(html, f"#addon-{projector.id}-hint").text
    other = a_room(room.venue, name="Birke")
    held = show(client, other, **asked)
    client.post("/hold", data=form_values(held, BOOK) | chosen(held))
    html = show(client, room, **asked)
    assert one(html, f"#addon-{projector.id}-error").text == "Projector: only 0 left at that time."
    assert one(html, ".answer b").text == "Projector: only 0 left at that time."


def test_terms_are_dates_and_amounts(client: Client, room: Room) -> None:
    html = show(client, room, from_="14:00", to="16:00")
    assert texts(html, ".terms li") == [
        "75 %until Sun 22 Nov, 14:00 (Berlin): €40.50 back",
        "50 %until Mon 23 Nov, 14:00 (Berlin): €27 back",
        "25 %after that: €13.50 back",
    ]
    html = show(client, room, date="2026-11-20", from_="14:00", to="16:00")
    assert texts(html, ".terms li") == ["25 %until it begins: €13.50 back"]


def test_the_week_shows_this_room_alone(client: Client, room: Room) -> None:
    take(room, span("12:00", "14:00"))
    html = show(client, room, from_="10:00", to="11:00", view="week")
    assert one(html, "#calendar-title").text == "Week of Mon 23 Nov"
    assert texts(html, ".week-day h3") == ["Mon 23", "Tue 24", "Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 29"]
    tuesday = select(html, ".week-day")[1]
    assert "Booked 12:00–14:00" in " ".join(tuesday.text.split()).replace("Booked12", "Booked 12")
    assert "Closed on Sundays" in select(html, ".week-day")[6].text
    assert "view=week" in select(html, ".week-day a.run")[0]["href"]


def test_the_month_says_what_is_left(client: Client, room: Room) -> None:
    take(room, span("09:00", "17:30"))
    html = show(client, room, date="2026-11-25", view="month")
    assert one(html, "#calendar-title").text == "November 2026"
    days = {cell.text for cell in select(html, ".month a, .month .day")}
    assert "Wednesday 25 November, 259 h left" in days
    assert "Tuesday 24 November, 24Full" in days
    assert "Sunday 22 November, 22Closed" in days
    assert "Thursday 19 November, 19" in days
    wednesday = next(link for link in select(html, ".month a") if "25 November" in link.text)
    assert address(wednesday["href"]) == {"date": "2026-11-25"}


def test_neighbouring_days_keep_what_was_chosen(client: Client, room: Room) -> None:
    html = show(client, room, from_="14:00", to="16:00", people=3)
    later = one(html, "#calendar a[rel=next]")
    assert address(later["href"]) == {"date": "2026-11-25", "from": "14:00", "to": "16:00", "people": "3"}
    week = next(link for link in select(html, ".tabs a") if link.text == "Week")
    assert address(week["href"]) == address(later["href"]) | {"date": DATE, "view": "week"}


def test_a_start_behind_the_end_keeps_the_day(client: Client, room: Room) -> None:
    html = show(client, room, from_="15:00", to="14:00")
    assert chosen(html) == {"date": DATE, "from": "15:00", "to": "16:00"}


@pytest.mark.parametrize(
    "asked",
    [
        {"date": "never", "from_": "x", "people": "-3"},
        {"date": "0001-01-01"},
        {"date": "9999-12-31", "from_": "23:00", "to": "22:00"},
        {"from_": "25:00", "to": "26:00"},
        {"from_": "14:00", "to": "\x00"},
        {"people": "99999999999999"},
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(client: Client, room: Room, asked: dict[str, str]) -> None:
    for view in ("day", "week", "month"):
        html = show(client, room, 422, **asked, view=view)
        assert select(html, f"{BOOK} .error")


def test_nonsense_that_harms_nobody_is_passed_over(client: Client, room: Room) -> None:
    html = show(client, room, view="year", **{"addon-999": "3", "addon-x": "1", "other": "1"})
    assert one(html, "table.daygrid")


def test_a_time_the_clocks_jump_over(client: Client, app: Flask) -> None:
    room = round_the_clock("Europe/London")
    html = show(client, room, 422, date="2027-03-28", from_="01:30", to="03:00")
    assert one(html, "#from-error").text == "There is no 01:30 on that day: the clocks go forward over it."
    assert texts(html, ".answer .nearest a")[0] == "02:00–03:00"
    assert one(html, "#from option[selected]")["value"] == "01:30"
    hours = texts(html, "thead th[colspan]")
    assert len(hours) == 23
    assert "01:00" not in hours


def test_a_time_that_comes_twice_asks_which(client: Client, app: Flask) -> None:
    room = round_the_clock("Europe/London")
    html = show(client, room, 422, date="2027-10-31", from_="01:30", to="03:00")
    assert one(html, "#from-error").text.startswith("01:30 comes twice on that day")
    first, second = select(html, ".answer .nearest a")
    assert address(first["href"])["from"] == "01:30+01:00"
    assert one(client.get(first["href"]).text, f"{BOOK} .big").text == "€67.50"
    html = client.get(second["href"]).text
    assert one(html, f"{BOOK} .big").text == "€40.50"
    assert one(html, "#from option[selected]").text == "01:30 (UTC+00:00)"
    assert texts(html, "thead th[colspan]").count("01:00") == 2
    held = client.post("/hold", data=form_values(html, BOOK) | chosen(html))
    assert held.status_code == 303


@pytest.mark.parametrize(("zone", "date"), [("America/Santiago", "2027-09-05"), ("Africa/Cairo", "2027-04-30")])
def test_a_day_without_midnight(client: Client, app: Flask, zone: str, date: str) -> None:
    room = round_the_clock(zone)
    for view in ("day", "week", "month"):
        html = show(client, room, date=date, view=view)
        assert chosen(html)["from"] == "01:00"


def round_the_clock(zone: str) -> Room:
    merchant = a_merchant(zone=zone)
    venue = a_venue(merchant)
    opens(venue, at="00:00", until="00:00")
    return a_room(venue, horizon_days=1000)


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rooms(client: Client, room: Room, view: str) -> None:
    address = f"/rooms/{room.slug}?date={DATE}&from=14:00&to=16:00&view={view}"

    def queries() -> int:
        client.get(address)
        with counted() as seen:
            client.get(address)
        return len(seen)

    alone = queries()
    for _ in range(12):
        take(a_room(room.venue, buffer_minutes=15), span("10:00", "12:00"))
    assert queries() == alone
    assert alone <= 10


def test_a_day_of_fifty_rooms_stays_small(client: Client, room: Room) -> None:
    for _ in range(49):
        busy = a_room(room.venue, buffer_minutes=30)
        for start, end in (("09:30", "11:00"), ("12:30", "13:30"), ("15:00", "16:30")):
            take(busy, span(start, end))
    html = show(client, room, from_="09:00", to="10:00", people=2)
    assert len(select(html, "tbody tr")) == 50
    assert len(html.encode()) < 60_000


def test_a_row_that_is_kept_is_made_anew_when_something_of_it_changes(
    client: Client, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "MOST_KEPT", 2)
    monkeypatch.setattr(drawing, "_kept", {})
    other = a_room(room.venue, name="Ahorn", capacity=6, buffer_minutes=30)

    def states() -> tuple[list[str], list[str]]:
        html = show(client, room)
        own, others = (select(html, f"tbody tr{which} td") for which in (".own", ":not(.own)"))
        return tuple([cell.attributes.get("data-state", "free") for cell in cells] for cells in (own, others))

    assert states() == states() == (["free"], ["free"])
    assert len(drawing._kept) == 2
    take(other, span("12:00", "13:00"))
    assert states() == (["free"], ["free", "buffer", "booked", "buffer", "free"])
    db.session.add(Closure(room_id=room.id, starts_at=at("09:00"), ends_at=at("12:00"), reason=""))
    db.session.flush()
    assert states()[0] == ["closed", "free"]
