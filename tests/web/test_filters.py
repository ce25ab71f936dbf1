"""How amounts and times are written."""

import datetime as dt

import pytest
import time_machine

from bookapp.values.money import Money
from bookapp.values.timespan import Span
from bookapp.values.words import Weekdays, Word
from bookapp.web import filters

AT = dt.datetime(2026, 11, 24, 13, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def reader(site):
    with time_machine.travel(dt.datetime(2026, 6, 1, tzinfo=dt.UTC), tick=False), site.test_request_context():
        yield


@pytest.mark.parametrize(
    ("minor", "currency", "full", "short"),
    [
        (5400, "EUR", "€54.00", "€54"),
        (5450, "EUR", "€54.50", "€54.50"),
        (123456700, "GBP", "£1,234,567.00", "£1,234,567"),
        (500, "JPY", "¥500", "¥500"),
        (-2000, "EUR", "-€20.00", "-€20"),
    ],
)
def test_money(minor, currency, full, short):
    assert filters.money(Money(minor, currency)) == full
    assert filters.money_short(Money(minor, currency)) == short


def test_money_has_the_decimals_of_its_currency():
    assert filters.money(Money(1500, "KWD")).endswith("1.500")


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", "Tue 24 Nov, 14:00 (Berlin)"),
        ("America/New_York", "Tue 24 Nov, 08:00 (New York)"),
        ("Pacific/Auckland", "Wed 25 Nov, 02:00 (Auckland)"),
        ("UTC", "Tue 24 Nov, 13:00 (UTC)"),
    ],
)
def test_the_zone_stands_beside_the_time(zone, words):
    assert filters.when(AT, zone) == words


def test_the_year_is_said_where_it_is_another():
    assert filters.day(AT.date()) == "Tue 24 Nov"
    assert filters.day(dt.date(2027, 1, 2)) == "Sat 2 Jan 2027"
    assert filters.day_long(AT, "Europe/Berlin") == "Tuesday 24 November"
    assert filters.weekday(AT, "Pacific/Auckland") == "Wed"


def test_spans():
    evening = Span(AT, AT + dt.timedelta(hours=2))
    night = Span(AT, AT + dt.timedelta(hours=12))
    assert filters.span(evening, "Europe/Berlin") == "Tue 24 Nov, 14:00–16:00 (Berlin)"
    assert filters.span(night, "Europe/Berlin") == "Tue 24 Nov, 14:00 to Wed 25 Nov, 02:00 (Berlin)"
    assert filters.hours(evening, "UTC") == "13:00–15:00"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(30, "30 min"), (60, "1 h"), (90, "1 h 30 min"), (1500, "25 h"), (2880, "2 days"), (1440, "24 h")],
)
def test_durations(minutes, words):
    assert filters.duration(minutes) == filters.duration(dt.timedelta(minutes=minutes)) == words


def test_for_machines():
    assert filters.iso(AT) == "2026-11-24T13:00:00+00:00"
    assert filters.local_iso(AT, "Europe/Berlin") == "2026-11-24T14:00:00+01:00"
    assert filters.number(1234.5) == "1,234.5"
    assert filters.time(dt.time(9)) == "09:00"


def test_templates_know_them(site):
    template = site.jinja_env.from_string("{{ at|when('Europe/Berlin') }} {{ price|money_short }}")
    assert template.render(at=AT, price=Money(100, "EUR")) == "Tue 24 Nov, 14:00 (Berlin) €1"


def test_a_marked_sentence_with_everything_that_may_stand_in_one():
    params = {
        "amount": Money(2950, "EUR"), "length": dt.timedelta(minutes=90), "first": dt.time(18), "day": AT.date(),
        "days": Weekdays((0, 1, 2, 4)), "level": Word("expert"), "count": 3,
    }  # fmt: skip
    sentence = "%(amount)s %(length)s %(first)s %(day)s %(days)s %(level)s %(count)s"
    told = type("Told", (), {"sentence": sentence, "params": params})
    assert filters.said(told) == "€29.50 1 h 30 min 18:00 Tue 24 Nov Mon–Wed, Fri expert 3"
    assert filters.weekdays(Weekdays((5, 6))) == "Sat, Sun"
