"""A query string becomes an Ask; every bad value has its sentence, and the rest still counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from bookapp.search.forms import Asked, read
from bookapp.search.rules.address import pairs
from bookapp.search.rules.ask import Ask, Hours, Kind, Sort

NOW = dt.datetime(2027, 3, 20, 12, tzinfo=dt.UTC)
DAY = dt.date(2027, 3, 24)


@pytest.fixture(autouse=True)
def _in_english(app: Flask) -> None:
    """Sentences need a language."""


def ask(**typed: str | list[str]) -> Asked:
    names = {"begins": "from", "ends": "to"}
    return read(MultiDict({names.get(name, name): value for name, value in typed.items()}), NOW)


def test_nothing_asked_is_any_room() -> None:
    asked = ask()
    assert asked.ask == Ask()
    assert asked.problems == {}


def test_everything_asked_is_understood() -> None:
    asked = ask(
        what="hall",
        where=" Berlin ",
        date="2027-03-24",
        begins="14:00",
        ends="24:00",
        people="40",
        amenity=["stage", "piano", "stage"],
        min_price="10",
        max_price="37,50",
        currency="eur",
        rating="4.5",
        favourites="on",
        accessible="1",
        sort="price",
        page="2",
    )
    assert asked.problems == {}
    assert asked.ask == Ask(
        Kind.ROOM,
        "hall",
        "Berlin",
        DAY,
        Hours(DAY, "14:00", "24:00"),
        40,
        ("stage", "piano"),
        Decimal(10),
        Decimal("37.50"),
        "EUR",
        Decimal("4.5"),
        favourites=True,
        accessible=True,
        sort=Sort.PRICE,
        page=2,
    )
    assert read(MultiDict(pairs(asked.ask)), NOW).ask == asked.ask


def test_a_currency_without_a_price_narrows_nothing() -> None:
    assert ask(currency="EUR", max_price="").ask == Ask()


def test_a_room_type_can_stand_in_what_or_in_type() -> None:
    assert ask(what="room", type="studio").ask == ask(what="studio").ask
    assert ask(what="session", type="retreat").ask.type == "retreat"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"what": "boat"}, "what"),
        ({"type": "boat"}, "type"),
        ({"what": "session", "type": "<b>"}, "type"),
        ({"where": "x" * 81}, "where"),
        ({"where": "Ber\x00lin"}, "where"),
        ({"date": "24.03.2027"}, "date"),
        ({"date": "2027-02-30"}, "date"),
        ({"date": "2027-03-19"}, "date"),
        ({"date": "2031-01-01"}, "date"),
        ({"date": "9999-12-31"}, "date"),
        ({"date": "2027-03-24", "begins": "14", "ends": "15:00"}, "from"),
        ({"date": "2027-03-24", "begins": "24:00", "ends": "15:00"}, "from"),
        ({"date": "2027-03-24", "begins": "14:00", "ends": "25:00"}, "to"),
        ({"date": "2027-03-24", "begins": "14:00"}, "to"),
        ({"date": "2027-03-24", "ends": "14:00"}, "from"),
        ({"begins": "14:00", "ends": "15:00"}, "date"),
        ({"people": "0"}, "people"),
        ({"people": "8 of us"}, "people"),
        ({"people": "10001"}, "people"),
        ({"people": "²"}, "people"),
        ({"amenity": ["stage", "pool"]}, "amenity"),
        ({"max_price": "1e5"}, "max_price"),
        ({"max_price": "-1"}, "max_price"),
        ({"min_price": "60", "max_price": "40"}, "max_price"),
        ({"currency": "euro"}, "currency"),
        ({"rating": "6"}, "rating"),
        ({"favourites": "maybe"}, "favourites"),
        ({"accessible": "maybe"}, "accessible"),
        ({"sort": "newest"}, "sort"),
        ({"page": "0"}, "page"),
    ],
)
def test_a_bad_value_has_a_sentence_at_its_field_and_the_rest_counts(
    typed: dict[str, str | list[str]], field: str
) -> None:
    asked = ask(**({"people": "8"} | typed))
    assert list(asked.problems) == [field]
    assert asked.problems[field].endswith((".", "?"))
    if field != "people":
        assert asked.ask.people == 8


def test_what_was_typed_is_kept_also_when_it_is_wrong() -> None:
    asked = ask(people="eight", where="Ber\x00lin", date="tomorrow")
    assert (asked.shown("people"), asked.shown("where"), asked.shown("date")) == ("eight", "Berlin", "tomorrow")


def test_yesterday_is_still_today_somewhere() -> None:
    early = dt.datetime(2027, 3, 20, 3, tzinfo=dt.UTC)
    assert read(MultiDict({"date": "2027-03-19"}), early).problems == {}


@given(
    st.dictionaries(st.sampled_from([name for name, _ in pairs(Ask())] + ["from", "to", "date", "people"]), st.text())
)
def test_no_text_breaks_it(typed: dict[str, str]) -> None:
    asked = read(MultiDict(typed), NOW)
    again = read(MultiDict(pairs(asked.ask)), NOW)
    assert again.ask == asked.ask
    assert again.problems == {}
