"""The pages: what stands on them, what they say when something is wrong, and what they weigh."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
import time_machine

from bookapp.app import create_app
from bookapp.booking.models import Booking
from bookapp.catalog.models import Photo, Venue
from bookapp.infra.db import db
from config import Settings
from tests.builders import a_merchant, a_room, a_service, a_session
from tests.identity.people import a_person as an_account
from tests.identity.people import come_in
from tests.search.houses import DAY, NOW, a_person, an_open_venue, at, closed, rated, rooms_in, taken
from tests.support.client import Client
from tests.support.databases import Servers, settings_for
from tests.support.queries import counted
from tests.support.select import one, select, texts

ASKED = f"/search?what=room&where=Berlin&date={DAY}&from=14:00&to=16:00&people=8"


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house() -> Venue:
    return an_open_venue(name="Kastanienhof")


@pytest.fixture(autouse=True)
def _house(client: Client) -> None:
    """Everything here happens in the application's context."""


def show(client: Client, address: str = ASKED, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.text[:500]
    return response.text


def count_line(html: str) -> str:
    return one(html, ".found-line [role=status]").text


# Rooms


def test_a_card_says_all_that_one_needs_to_choose(client: Client, house: Venue) -> None:
    (room,) = rooms_in(house, "Linden", capacity=12, amenities=("coffee", "projector"), buffer_minutes=30)
    rated(room, 5, 5, 4)
    db.session.add(Photo(room_id=room.id, path="scenes/meeting.svg", alt="Long table and screen"))
    taken(room, at("09:00"), at("11:00"), buffer_minutes=30)
    html = show(client)
    card = one(html, ".result")
    assert one(html, ".result h3").text == "Linden"
    assert one(html, ".result .pic")["alt"] == "Long table and screen"
    assert one(html, ".result .rating").text == "Rated 4.7 (3 reviews)"
    assert one(html, ".result .facts").text == "Kastanienhof · up to 12 · coffee, projector"
    assert texts(html, ".result .badge") == ["Free 14–16"]
    assert "€54 for 2 h" in card.text
    assert "cleaning included · €27 an hour" in card.text
    assert "75 % back until Mon 22 Mar, 14:00 (Berlin)" in card.text
    assert one(html, ".result p.vh").text == "Free 8–8:30 and 11:30–20."
    see = one(html, ".result a")
    assert (see.text, see["href"]) == (
        "See room Linden",
        "/rooms/linden?date=2027-03-24&from=14:00&to=16:00&people=8",
    )


def test_the_day_is_a_ruler_with_the_asked_hours_outlined(client: Client, house: Venue) -> None:
    (room,) = rooms_in(house, "Linden")
    taken(room, at("09:00"), at("11:00"))
    html = show(client)
    runs = [(run["data-state"], run["class"]) for run in select(html, ".strip .bar i")]
    assert runs == [("free", "n2"), ("booked", "n4"), ("free", "n18")]
    assert [part["class"] for part in select(html, ".strip .asked *")] == ["n12", "n4"]
    assert texts(html, ".strip .hours i") == ["08", "12", "16"]


def test_the_button_holds_exactly_what_was_shown(client: Client, house: Venue) -> None:
    rooms_in(house, "Ahorn", "Linden")
    html = show(client)
    button = one(html, ".result:last-child button")
    assert button.text == "Book 14–16 Linden"
    form = {field["name"]: field["value"] for field in select(html, "#take input")} | {"choice": button["value"]}
    first = client.post("/hold", data=form)
    again = client.post("/hold", data=form)
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    booking = db.session.query(Booking).one()
    assert (booking.title, booking.starts_at, booking.people, booking.total_minor) == ("Linden", at("14:00"), 8, 5400)
    html = show(client)
    assert texts(html, ".result .badge") == ["Free 14–16", "Held for you"]
    assert texts(html, ".result button") == ["Book 14–16 Ahorn"]


def test_the_counts_say_why_the_others_are_not_free(client: Client, house: Venue) -> None:
    _, booked = rooms_in(house, "Linden", "Booked")
    taken(booked, at("14:00"), at("16:00"))
    rooms_in(house, "Soon", "Later", notice_minutes=4 * 24 * 60)
    shut = an_open_venue()
    closed(shut, at("13:00"), at("15:00"))
    rooms_in(shut, "Shut")
    rooms_in(house, "Long", min_minutes=180)
    assert count_line(show(client)) == (
        "1 free · 1 taken at that time · 2 need notice · 1 closed · 1 not for that long · Berlin time"
    )


def test_what_lacks_something_is_named_on_its_card(client: Client, house: Venue) -> None:
    rooms_in(house, "Small", capacity=30, amenities=("projector",))
    rooms_in(house, "Plain", capacity=40, amenities=("stage",))
    html = show(client, f"{ASKED[:-1]}40&amenity=projector&amenity=stage")
    assert count_line(html) == "None has everything you asked · 2 lack something · Berlin time"
    assert texts(html, ".result h3") == ["Plain", "Small"]
    assert texts(html, ".result .badge") == [
        "Free 14–16",
        "Without projector",
        "Free 14–16",
        "Without stage",
        "Seats 30 of your 40",
    ]
    assert texts(html, ".result button") == ["Book 14–16 Plain", "Book 14–16 for 30 Small"]
    assert parse_qs(select(html, ".result button")[1]["value"])["people"] == ["30"]


def test_nearly_has_its_own_cards_and_buttons(client: Client, house: Venue) -> None:
    (room,) = rooms_in(house, "Birke")
    taken(room, at("12:00"), at("14:30"))
    html = show(client)
    assert texts(html, ".near h3") == ["Birke"]
    assert texts(html, ".near .badge") == ["30 min later"]
    button = one(html, ".near button")
    assert button.text == "Book 14:30–16:30 Birke"
    assert parse_qs(button["value"])["from"] == ["14:30"]


def test_any_time_shows_from_when_and_leads_to_the_room(client: Client, house: Venue) -> None:
    (room,) = rooms_in(house, "Linden")
    taken(room, at("08:00"), at("10:30"))
    html = show(client, f"/search?date={DAY}")
    assert texts(html, ".result .badge") == ["Free from 10:30"]
    assert texts(html, ".result button") == []
    assert one(html, ".result a")["href"] == "/rooms/linden?date=2027-03-24"
    assert texts(show(client, "/search"), ".result .badge") == ["Free today from 10"]


def test_places_in_two_zones_are_said_to_be(client: Client, house: Venue) -> None:
    rooms_in(house, "Linden")
    rooms_in(an_open_venue(zone="Europe/London", city="London"), "Ferry")
    assert count_line(show(client, f"/search?date={DAY}")) == "2 free · each in its own time zone"


# Asking


def test_everything_typed_is_kept_and_errors_stand_at_their_fields(client: Client, house: Venue) -> None:
    rooms_in(house, "Linden")
    html = show(client, "/search?where=Berlin&date=soon&from=25:00&to=16:00&people=many", 422)
    assert one(html, "#q-where")["value"] == "Berlin"
    assert one(html, "#q-date")["value"] == "soon"
    assert one(html, "#q-people")["value"] == "many"
    assert one(html, "#q-from [selected]").text == "25:00"
    for name in ("date", "from", "people"):
        assert one(html, f"#q-{name}")["aria-invalid"] == "true"
        assert one(html, f"#q-{name}-error").text
    assert len(select(html, "[role=alert] li")) == 3
    assert texts(html, ".result h3") == ["Linden"]


def test_hours_that_are_over_are_said_to_be(client: Client, house: Venue) -> None:
    rooms_in(house, "Linden")
    html = show(client, "/search?date=2027-03-22&from=08:00&to=09:30", 422)
    assert one(html, "#q-from-error").text == "This time is over. Please choose a later one."


def test_a_missing_hour_is_refused_and_a_double_one_asked_about(client: Client) -> None:
    rooms_in(an_open_venue("00:00", "00:00"), "Linden")
    html = show(client, "/search?date=2027-03-28&from=02:30&to=04:00", 422)
    assert one(html, "#q-from-error").text.startswith("Berlin: There is no 02:30 on that day")
    html = show(client, "/search?date=2027-10-31&from=01:00&to=02:30", 422)
    first, second = select(html, ".nearest a")
    assert first.text == "the first time, before the clocks go back"
    html = show(client, second["href"])
    assert "€67.50 for 2 h 30 min" in one(html, ".result").text


def test_favourites_need_an_account(client: Client, house: Venue) -> None:
    rooms_in(house, "Linden")
    html = show(client, "/search?favourites=1", 422)
    assert texts(html, "[role=alert] li") == ["Sign in to search among what you keep."]
    assert "Favourites" not in texts(html, ".chips a.chip")
    come_in(client, an_account())
    html = show(client, "/search?favourites=1")
    assert texts(html, ".result h3") == []
    assert "Favourites (on, take away)" in texts(html, ".chips a.chip")


def test_filters_are_links_that_carry_the_search(client: Client, house: Venue) -> None:
    rooms_in(house, "Linden", amenities=("projector", "step_free"))
    html = show(client, f"{ASKED}&amenity=projector&max_price=60&sort=price")
    links = {link.text: link["href"] for link in select(html, ".chips a")}
    assert links["Projector (on, take away)"] == f"{ASKED}&max_price=60&sort=price"
    assert links["Step-free"] == f"{ASKED}&amenity=projector&max_price=60&accessible=1&sort=price"
    assert links["Clear filters"] == f"{ASKED}&sort=price"
    assert links["Best rated"].endswith("&sort=rating")
    assert one(html, '#ask input[type=hidden][name="sort"]')["value"] == "price"
    assert [box["value"] for box in select(html, "#p-amenities input")] == ["projector", "step_free"]
    assert one(html, "#p-amenities [checked]")["form"] == "ask"
    assert "Up to €60" in texts(html, ".chip[aria-pressed]")


@pytest.mark.parametrize(
    ("address", "title", "ways"),
    [
        ("/search?where=Hamburg", "We know no place called “Hamburg” yet.", ["Berlin"]),
        (
            f"{ASKED}&rating=4.5",
            "Nothing is free for exactly this.",
            ["Any time that day", "Thursday 25 March", "Without filters", "Everywhere"],
        ),
        ("/search?what=session", "Nothing is free for exactly this.", []),
    ],
)
def test_an_empty_answer_says_what_to_try(
    client: Client, house: Venue, address: str, title: str, ways: list[str]
) -> None:
    rooms_in(house, "Linden")
    html = show(client, address)
    assert one(html, ".empty h2").text == title
    assert texts(html, ".ways a") == ways


def test_pages_keep_the_question(client: Client, house: Venue) -> None:
    rooms_in(house, *(f"Room {number:02}" for number in range(20)))
    html = show(client)
    assert len(select(html, ".result")) == 15
    assert one(html, ".pager [rel=next]")["href"] == f"{ASKED}&page=2"
    assert len(select(show(client, f"{ASKED}&page=2"), ".result")) == 5


# Sessions and people


def test_sessions_say_what_is_left_and_can_be_taken_at_once(client: Client, house: Venue) -> None:
    room = a_room(house)
    service = rated(a_service(house.merchant), 5, 4)
    a_session(service, starts_at=at("18:00"), room=room, title="Slow flow", seats_taken=9)
    a_session(service, starts_at=at("19:00"), room=room, title="Full", seats_taken=12)
    html = show(client, f"/search?what=session&date={DAY}&people=2")
    assert count_line(html) == "1 session with seats · 1 fully booked · Berlin time"
    line = one(html, ".agenda li").text
    assert all(words in line for words in ("18:00", "1 h", "Slow flow", "4.5", "3 of 12 left", "€32"))
    button = one(html, ".agenda button")
    fields = {field["name"]: field["value"] for field in select(html, "#take input")}
    assert client.post("/hold", data=fields | {"choice": button["value"]}).status_code == 303
    html = show(client, f"/search?what=session&date={DAY}&people=1")
    assert texts(html, ".agenda .badge") == ["Held for you"]
    assert one(html, ".agenda .do a")["href"].startswith("/checkout/")


def test_fewer_seats_and_other_days_are_nearly(client: Client, house: Venue) -> None:
    room, service = a_room(house), a_service(house.merchant)
    a_session(service, starts_at=at("18:00"), room=room, title="Two left", seats_taken=10)
    a_session(service, starts_at=at("18:00", dt.date(2027, 3, 25)), room=room, title="Thursday")
    html = show(client, f"/search?what=session&date={DAY}&people=4")
    assert texts(html, "section h3") == ["Two left", "Thursday"]
    assert texts(html, "section .badge") == ["2 of 12 left"]
    assert "Thu 25 Mar" in texts(html, "section .when")[1]


def test_a_retreat_is_looked_at_before_it_is_booked(client: Client, house: Venue) -> None:
    a_session(a_service(house.merchant), starts_at=at("18:00"), minutes=3 * 24 * 60, room=a_room(house))
    html = show(client, f"/search?what=session&date={DAY}")
    assert one(html, ".agenda .do a").text.startswith("See retreat")


def test_people_show_three_times_and_each_is_a_button(client: Client) -> None:
    rated(a_person(a_merchant(), name="Dr. Priya Sharma"), 5, 4)
    html = show(client, "/search?what=person")
    assert count_line(html) == "1 person free · Berlin time"
    assert texts(html, ".slots button") == [f"Today {hour}:00 with Dr. Priya Sharma" for hour in ("10", "11", "12")]
    assert "€70 for 1 h · online" in one(html, ".person").text
    fields = {field["name"]: field["value"] for field in select(html, "#take input")}
    choice = select(html, ".slots button")[1]["value"]
    assert client.post("/hold", data=fields | {"choice": choice}).status_code == 303
    assert db.session.query(Booking).one().starts_at == at("11:00", dt.date(2027, 3, 22))


def test_people_who_are_busy_then_are_shown_with_their_next_times(client: Client) -> None:
    taken(a_person(name="Busy"), at("10:00"), at("12:00"))
    html = show(client, f"/search?what=person&date={DAY}&from=10:00&to=12:00")
    assert count_line(html) == "0 people free · 1 busy then · Berlin time"
    assert texts(html, "section h3") == ["Busy"]
    assert texts(html, ".slots button")[0] == "Wed 12:00 with Busy"


# Home


def test_home_asks_one_question_and_shows_what_one_could_do(client: Client, house: Venue) -> None:
    rated(rooms_in(house, "Linden", amenities=("screen", "step_free", "coffee"))[0], 5, 4)
    a_session(a_service(house.merchant), starts_at=at("18:00", NOW.date()), room=a_room(house), title="Slow flow")
    a_person(name="Priya")
    html = show(client, "/")
    assert one(html, "h1").text == "A room, a seat, an hour of someone good."
    assert one(html, "#ask")["action"] == "/search"
    assert texts(html, "section h2") == ["On today and tomorrow", "Rooms people come back to", "An hour of a person"]
    assert "today" in one(html, ".agenda .when").text
    assert "Kastanienhof, Berlin · up to 8 · screen, step-free" in texts(html, ".offer .facts")
    assert select(html, '.slots button[form="take"]')


def test_a_quiet_week_shows_what_is_next_and_an_empty_house_says_so(client: Client) -> None:
    assert one(show(client, "/"), ".empty h2").text == "Nothing is listed yet."
    a_session(starts_at=at("18:00", dt.date(2027, 3, 29)), title="Next week")
    html = show(client, "/")
    assert "On soon" in texts(html, "h2")
    assert "Mon 29 Mar" in one(html, ".agenda .when").text


# How it is answered


def test_htmx_gets_the_found_part_with_a_title(client: Client, house: Venue) -> None:
    rooms_in(house, "Linden")
    response = client.htmx(ASKED)
    assert "<html" not in response.text
    assert one(response.text, "#found h1").text == "Any room in Berlin, Wednesday 24 March, 14:00–16:00, 8 people"
    assert "<title>Any room in Berlin" in response.text
    assert {"HX-Request", "HX-Request-Type"} <= set(response.vary)


def test_a_hundred_searches_a_minute_are_enough(servers: Servers) -> None:
    environment = settings_for(
        servers.folder / "search", servers.fresh_database(), servers.fresh_redis(), RATE_LIMITS="on"
    )
    visitor = create_app(Settings.from_env(environment)).test_client()
    answers = [visitor.get("/search?what=session").status_code for _ in range(101)]
    assert answers == [200] * 100 + [429]


@pytest.mark.parametrize(
    ("address", "most"),
    [(ASKED, 3), ("/search", 2), ("/search?what=session", 2), ("/search?what=person", 4), ("/", 6)],
)
def test_the_number_of_queries_is_the_same_for_a_village_and_a_town(
    client: Client, house: Venue, address: str, most: int
) -> None:
    merchant = house.merchant

    def fill(name: str, count: int) -> None:
        rooms_in(house, *(f"{name} {number}" for number in range(count)))
        service = a_service(merchant)
        for number in range(count):
            a_session(service, starts_at=at("18:00", NOW.date()), room=a_room(house), title=f"{name} {number}")
            a_person(name=f"{name} {number}")

    def queries() -> int:
        show(client, address)
        with counted() as seen:
            show(client, address)
        return len(seen)

    fill("Village", 2)
    few = queries()
    fill("Town", 12)
    assert queries() == few <= most


def test_a_page_of_results_stays_light(client: Client, house: Venue) -> None:
    rooms = rooms_in(
        house, *(f"Lindenzimmer {n}" for n in range(20)), amenities=("projector", "step_free", "coffee"),
        buffer_minutes=30,
    )  # fmt: skip
    for room in rooms:
        rated(room, 5, 4, 5)
        db.session.add(Photo(room_id=room.id, path="scenes/meeting.svg", alt="A long table and a screen"))
        taken(room, at("09:00"), at("11:00"), buffer_minutes=30)
        taken(room, at("18:00"), at("19:00"), buffer_minutes=30)
    assert len(show(client).encode()) < 40_000
