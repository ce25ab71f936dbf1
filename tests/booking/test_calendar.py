"""The calendar file, read back by a calendar library as a calendar program would."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from icalendar import Calendar, Event

from bookapp.booking import messages
from bookapp.booking.calendar import calendar_file, calendar_maker
from bookapp.booking.models import Booking
from bookapp.infra import settings as infra_settings
from bookapp.infra.settings import current_settings
from bookapp.notifications.actions import deliver, send
from tests.booking.booked import MADE, a_booked_room, a_booked_seat, a_retreat
from tests.builders import a_merchant, a_venue
from tests.support.mailbox import Mailbox, attachments

BERLIN = ZoneInfo("Europe/Berlin")


def read(booking: Booking) -> tuple[Calendar, list[Event]]:
    calendar = Calendar.from_ical(calendar_file(booking))
    return calendar, list(calendar.walk("VEVENT"))


def test_one_booking_is_one_event(app: Flask) -> None:
    booking = a_booked_room(sequence=2)
    calendar, [event] = read(booking)

    assert calendar["method"] == "PUBLISH"
    assert calendar["version"] == "2.0"
    assert event["uid"] == "B7K2QF@127.0.0.1"
    assert event["sequence"] == 2
    assert event["status"] == "CONFIRMED"
    assert event.decoded("dtstamp") == MADE
    assert event.decoded("dtstart") == dt.datetime(2026, 11, 24, 14, tzinfo=BERLIN)
    assert event.decoded("dtend") == dt.datetime(2026, 11, 24, 16, tzinfo=BERLIN)
    assert event["dtstart"].params["tzid"] == "Europe/Berlin"
    assert event["summary"] == "Linden"
    assert event["location"] == "Kastanienhof Mitte, Linienstraße 40, 10119 Berlin"
    assert event["url"] == "http://127.0.0.1:8000/bookings/B7K2QF"
    assert event["organizer"] == "mailto:hallo@kastanienhof.example"
    assert event["organizer"].params["cn"] == "Kastanienhof"
    assert event["description"].splitlines() == [
        "Booking B7K2QF",
        "8 people",
        "Through the yard, second door on the left.",
        "http://127.0.0.1:8000/bookings/B7K2QF",
    ]
    assert not list(event.walk("VALARM"))


def test_no_link_in_it_opens_the_booking(app: Flask) -> None:
    assert b"/manage/" not in calendar_file(a_booked_room())


def test_the_zone_comes_with_its_rules(app: Flask) -> None:
    calendar, _ = read(a_booked_room())
    [zone] = calendar.walk("VTIMEZONE")
    assert zone["tzid"] == "Europe/Berlin"
    offsets = {part.name: part.decoded("tzoffsetto") for part in zone.subcomponents}
    assert offsets == {"STANDARD": dt.timedelta(hours=1), "DAYLIGHT": dt.timedelta(hours=2)}
    assert len(calendar_file(a_booked_room(ref="C8M3RG"))) < 2500  # not every change of the clocks since 1970


def test_a_change_keeps_the_uid_and_a_cancellation_takes_it_back(app: Flask) -> None:
    booking = a_booked_room()
    _, [before] = read(booking)
    booking.state, booking.sequence, booking.ended_at = "cancelled", 1, MADE + dt.timedelta(days=1)
    calendar, [after] = read(booking)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstamp") > before.decoded("dtstamp")
    assert (calendar["method"], after["status"]) == ("PUBLISH", "CANCELLED")


def test_a_hold_is_tentative(app: Flask) -> None:
    _, [event] = read(a_booked_room(state="pending", confirmed_at=None))
    assert event["status"] == "TENTATIVE"


def test_the_same_booking_gives_the_same_bytes(app: Flask) -> None:
    booking = a_booked_room()
    assert calendar_file(booking) == calendar_file(booking)


def test_a_retreat_is_its_parts_and_leaves_the_nights_free(app: Flask) -> None:
    retreat = a_retreat()
    booking = a_booked_seat(retreat)
    _, events = read(booking)
    assert [event["summary"] for event in events] == [
        "Winter retreat: Arrival, first practice",
        "Winter retreat: Morning silence",
        "Winter retreat: Closing circle",
    ]
    assert [event["uid"] for event in events] == [f"S3SS8N-{part.id}@127.0.0.1" for part in retreat.parts]
    assert events[1].decoded("dtstart") == dt.datetime(2026, 12, 5, 8, tzinfo=BERLIN)
    assert events[1].decoded("dtend") == dt.datetime(2026, 12, 5, 12, tzinfo=BERLIN)
    assert "With Dr. Priya Sharma" in events[0]["description"]


def test_whatever_people_write_stays_text(app: Flask) -> None:
    merchant = a_merchant(name='Grün; "Söhne": GmbH')
    venue = a_venue(merchant, how_to_find="Erst links, dann rechts;\r\nEND:VEVENT\nzweite Tür \\ Hof " + "ü" * 200)
    booking = a_booked_room(venue, title="Größe, Über; \\ Straße\nATTACH:http://evil.example\n" + "ö" * 100)
    raw = calendar_file(booking)
    _, [event] = read(booking)

    assert event["summary"] == booking.title
    assert "END:VEVENT\nzweite Tür \\ Hof üüü" in event["description"].replace("\r", "")
    assert "attach" not in event
    assert event["organizer"].params["cn"] == 'Grün; "Söhne": GmbH'
    # Without an address of its own the merchant is reached through us.
    assert event["organizer"] == f"mailto:{current_settings().mail_from}"
    for line in raw.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # folding never cuts a letter in two
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_the_second_of_two_equal_hours_is_written_as_an_instant(app: Flask) -> None:
    booking = a_booked_room(
        starts_at=dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC),
        ends_at=dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC),
    )
    _, [event] = read(booking)
    assert b"DTSTART;TZID=Europe/Berlin:20261025T023000" in calendar_file(booking)
    assert event.decoded("dtend") == booking.ends_at  # wall time would have said 02:30 again


def test_a_place_without_summer_time_and_one_on_utc(app: Flask) -> None:
    _, [event] = read(a_booked_room(zone="Asia/Kathmandu"))
    assert event.decoded("dtstart").utcoffset() == dt.timedelta(hours=5, minutes=45)
    assert b"DTSTART:20261124T130000Z" in calendar_file(a_booked_room(ref="C8M3RG", zone="UTC"))


def test_the_maker_reads_the_booking_as_it_is_now(app: Flask) -> None:
    booking = a_booked_room()
    content, content_type = calendar_maker(booking.ref)
    assert content == calendar_file(booking)
    assert content_type == "text/calendar; charset=utf-8; method=PUBLISH"


def test_the_confirmation_carries_calendar_and_paper(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with Mailbox() as post:
        settings = dataclasses.replace(current_settings(), smtp_url=post.url)
        monkeypatch.setitem(app.extensions, infra_settings.EXTENSION, settings)
        booking = a_booked_room()
        message_id = send(messages.booking_confirmed(booking))
        assert message_id is not None
        deliver(message_id, now=MADE)
        [mail] = post.to("miriam@example.org", "Booked: Linden")
    files = attachments(mail)
    assert files["booking-B7K2QF.ics"] == calendar_file(booking)
    assert files["booking-B7K2QF.pdf"].startswith(b"%PDF")
    assert [part["content-type"].params.get("method") for part in mail.iter_attachments()] == ["PUBLISH", None]
