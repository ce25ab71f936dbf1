"""What a person typed, on days when the clocks change as well; and weekly hours on those days."""

import datetime as dt

import pytest

from bookapp.scheduling.rules import ComesTwice, Hours, Missing, asked_span, open_spans, typed
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span, day_span, wall
from tests.scheduling.calendars import BERLIN, CAIRO, LONDON, LORD_HOWE, SANTIAGO, TUESDAY, at, every_day, span

LONDON_FORWARD, LONDON_BACK = dt.date(2026, 3, 29), dt.date(2026, 10, 25)
LORD_HOWE_FORWARD, LORD_HOWE_BACK = dt.date(2026, 10, 4), dt.date(2026, 4, 5)
SANTIAGO_FORWARD = dt.date(2026, 9, 6)  # 00:00 becomes 01:00
CAIRO_FORWARD = dt.date(2026, 4, 24)  # 00:00 becomes 01:00
CHANGES = [
    (LONDON, LONDON_FORWARD, 23 * 60),
    (LONDON, LONDON_BACK, 25 * 60),
    (LORD_HOWE, LORD_HOWE_FORWARD, 23 * 60 + 30),
    (LORD_HOWE, LORD_HOWE_BACK, 24 * 60 + 30),
    (SANTIAGO, SANTIAGO_FORWARD, 23 * 60),
    (CAIRO, CAIRO_FORWARD, 23 * 60),
]


def test_an_ordinary_afternoon() -> None:
    assert asked_span(TUESDAY, "14:00", "16:00", BERLIN) == span("14:00", "16:00")
    assert asked_span(TUESDAY, " 9:00", "9:30 ", BERLIN) == span("09:00", "09:30")


def test_the_end_of_the_day_and_the_next_day() -> None:
    midnight = Span(at("22:00"), at("24:00"))
    assert asked_span(TUESDAY, "22:00", "24:00", BERLIN) == midnight
    assert asked_span(TUESDAY, "22:00", "00:00", BERLIN) == midnight
    assert asked_span(TUESDAY, "00:00", "24:00", BERLIN) == day_span(TUESDAY, BERLIN)
    wednesday = TUESDAY + dt.timedelta(days=1)
    assert asked_span(TUESDAY, "22:00", "01:30", BERLIN) == Span(at("22:00"), at("01:30", wednesday))
    assert asked_span(TUESDAY, "10:00", "10:00", BERLIN) == Span(at("10:00"), at("10:00", wednesday))


@pytest.mark.parametrize("text", ["", "14", "14.00", "25:00", "12:60", "24:30", "٠٩:٠٠", "14:00:00", "now"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(NotValid) as refused:
        asked_span(TUESDAY, text, "16:00", BERLIN)
    assert list(refused.value.fields) == ["from"]
    with pytest.raises(NotValid) as refused:
        asked_span(TUESDAY, "10:00", text, BERLIN)
    assert list(refused.value.fields) == ["to"]


def test_a_day_does_not_start_at_its_end() -> None:
    with pytest.raises(NotValid):
        asked_span(TUESDAY, "24:00", "01:00", BERLIN)


@pytest.mark.parametrize(
    ("zone", "day", "clock"),
    [
        (LONDON, LONDON_FORWARD, "01:30"),
        (LORD_HOWE, LORD_HOWE_FORWARD, "02:15"),
        (SANTIAGO, SANTIAGO_FORWARD, "00:30"),
        (CAIRO, CAIRO_FORWARD, "00:00"),
    ],
)
def test_a_time_that_does_not_exist_is_refused_in_words(zone: str, day: dt.date, clock: str) -> None:
    with pytest.raises(Missing, match=f"There is no {clock} on that day") as refused:
        asked_span(day, clock, "05:00", zone)
    assert refused.value.name == "from"
    if clock != "00:00":
        with pytest.raises(Missing) as refused:
            asked_span(day - dt.timedelta(days=1), "23:00", clock, zone)
        assert refused.value.name == "to"


def test_the_day_before_a_missing_midnight_still_ends() -> None:
    before = SANTIAGO_FORWARD - dt.timedelta(days=1)
    assert asked_span(before, "23:00", "24:00", SANTIAGO).length == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "choices"),
    [
        (LONDON, LONDON_BACK, "01:30", ("01:30+01:00", "01:30+00:00")),
        (LORD_HOWE, LORD_HOWE_BACK, "01:45", ("01:45+11:00", "01:45+10:30")),
    ],
)
def test_a_time_that_comes_twice_asks_which(zone: str, day: dt.date, clock: str, choices: tuple[str, str]) -> None:
    with pytest.raises(ComesTwice, match=f"{clock} comes twice") as asked:
        asked_span(day, clock, "05:00", zone)
    assert (asked.value.name, asked.value.choices) == ("from", choices)
    first, second = (asked_span(day, choice, "05:00", zone) for choice in choices)
    assert first.start < second.start
    assert wall(first.start, zone).time() == wall(second.start, zone).time()
    assert [typed(first.start, zone), typed(second.start, zone)] == list(choices)


def test_an_hour_from_the_first_half_past_one_to_the_second() -> None:
    asked = asked_span(LONDON_BACK, "01:30+01:00", "01:30+00:00", LONDON)
    assert asked.minutes == 60
    asked = asked_span(LONDON_BACK, "01:45+01:00", "01:15+00:00", LONDON)
    assert asked.minutes == 30
    with pytest.raises(ComesTwice) as again:
        asked_span(LONDON_BACK, "00:30", "01:30", LONDON)
    assert again.value.name == "to"


def test_an_offset_is_ignored_where_it_is_not_needed_and_asked_again_where_it_is_wrong() -> None:
    assert asked_span(TUESDAY, "14:00+05:00", "16:00", BERLIN) == span("14:00", "16:00")
    with pytest.raises(ComesTwice):
        asked_span(LONDON_BACK, "01:30+05:00", "05:00", LONDON)


def test_an_ordinary_time_is_typed_without_an_offset() -> None:
    assert typed(at("14:00"), BERLIN) == "14:00"


@pytest.mark.parametrize(("zone", "day", "minutes"), CHANGES)
def test_days_are_as_long_as_they_are(zone: str, day: dt.date, minutes: int) -> None:
    whole = day_span(day, zone)
    assert whole.minutes == minutes
    assert open_spans(every_day("00:00", "00:00"), whole, zone) == (whole,)
    nine_to_five = open_spans(every_day("09:00", "17:00"), whole, zone)
    assert [(wall(one.start, zone).hour, wall(one.end, zone).hour) for one in nine_to_five] == [(9, 17)]


@pytest.mark.parametrize(("zone", "day", "minutes"), CHANGES)
def test_a_night_over_a_change_is_longer_or_shorter(zone: str, day: dt.date, minutes: int) -> None:
    evening = day - dt.timedelta(days=1)
    window = Span(at("12:00", evening, zone), at("12:00", day, zone))
    nights = open_spans([Hours(evening.weekday(), dt.time(22), dt.time(6))], window, zone)
    assert [night.minutes for night in nights] == [8 * 60 + minutes - 24 * 60]


def test_hours_inside_the_jump_are_none_and_hours_at_its_edge_begin_with_it() -> None:
    day = day_span(LONDON_FORWARD, LONDON)
    assert open_spans(every_day("01:00", "01:30"), day, LONDON) == ()
    (morning,) = open_spans(every_day("01:30", "03:00"), day, LONDON)
    assert (wall(morning.start, LONDON).hour, morning.minutes) == (2, 60)


def test_a_night_that_reaches_into_the_window_is_part_of_it() -> None:
    (early,) = open_spans(every_day("18:00", "02:00"), span("00:00", "12:00"), BERLIN)
    assert early == span("00:00", "02:00")


def test_without_hours_it_is_never_open() -> None:
    assert open_spans([], span("00:00", "24:00"), BERLIN) == ()


def test_from_the_second_half_past_one_to_the_first_a_quarter_to_two_is_backwards() -> None:
    with pytest.raises(NotValid) as refusal:
        asked_span(LONDON_BACK, "01:30+00:00", "01:45+01:00", LONDON)
    said = "This is before the start, because the clocks go back in between."
    assert (refusal.value.fields, refusal.value.sentence) == ({"to": said}, said)


def test_the_same_time_again_is_a_day_later_and_a_wrong_offset_asks_about_the_end() -> None:
    asked = asked_span(LONDON_BACK, "01:30+01:00", "01:30+01:00", LONDON)
    assert asked.minutes == 25 * 60
    with pytest.raises(ComesTwice) as again:
        asked_span(LONDON_BACK, "02:30", "01:30+05:00", LONDON)
    assert again.value.name == "to"
