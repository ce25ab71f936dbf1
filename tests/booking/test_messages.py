"""What is said about a booking, word for word, and what a mail must never let through."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from bookapp.booking import messages
from bookapp.booking.messages.summary import money, summary_of, when_words, zone_words
from bookapp.booking.queries import manage_url
from bookapp.values.money import Money
from tests.booking.booked import MADE, a_booked_room, a_booked_seat, a_retreat, an_appointment
from tests.builders import a_session, a_user

FOOT = "\n--\nBookapp\nAll times are shown in the place's own zone.\n"
FACTS = """\
What: Linden, 8 people
When: Tuesday 24 November 2026, 14:00–16:00 (Berlin time)
Where: Kastanienhof Mitte, Linienstraße 40, 10119 Berlin
Booking: B7K2QF
"""


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.UTC)


def test_confirmation(app: Flask) -> None:
    booking = a_booked_room()
    said = messages.booking_confirmed(booking)

    assert said.subject == "Booked: Linden, Tue 24 Nov"
    assert (
        said.text
        == f"""\
Hello Miriam Łukasiewicz,

here is everything about your booking. The calendar file and the confirmation as a PDF are attached.

{FACTS}
How to find it: Through the yard, second door on the left.

What it costs
- Linden, 2 h at €27.00: €54.00
- Projector: €9.00
- Total: €63.00

If plans change
- 75 % back if you cancel until Sun 22 Nov, 14:00 (Berlin time)
- 50 % back if you cancel until Mon 23 Nov, 14:00 (Berlin time)
- 25 % back after that, until it begins

See or cancel this booking:
{manage_url(booking)}

Keep that link to yourself: whoever has it can cancel the booking.

Questions? Kastanienhof, hallo@kastanienhof.example, +49 30 1234567
{FOOT}"""
    )
    assert (said.kind, said.cause) == ("booking.confirmed", "booking:B7K2QF")
    assert (said.recipient_email, said.recipient_name) == ("miriam@example.org", "Miriam Łukasiewicz")
    assert [(file.maker, file.argument, file.filename) for file in said.attachments] == [
        ("booking.calendar", "B7K2QF", "booking-B7K2QF.ics"),
        ("booking.confirmation_pdf", "B7K2QF", "booking-B7K2QF.pdf"),
    ]


def test_html_says_the_same(app: Flask) -> None:
    booking = a_booked_room()
    html = messages.booking_confirmed(booking).html
    for words in ("Linden is booked", "14:00–16:00", "Berlin time", "Linienstraße 40", "€63.00", "75 %", "B7K2QF"):
        assert words in html
    assert f'href="{manage_url(booking)}"' in html


def test_retreat_names_its_parts_and_counts_terms_from_the_first(app: Flask) -> None:
    text = messages.booking_confirmed(a_booked_seat(a_retreat())).text
    assert "What: Winter retreat, 2 seats, with Dr. Priya Sharma\n" in text
    assert "When: Fri 4 Dec 2026, 16:00 – Sun 6 Dec 2026, 12:00 (Berlin time)\n" in text
    assert "Where: Big studio, Kastanienhof Mitte, Linienstraße 40, 10119 Berlin\n" in text
    assert "- Fri 4 Dec, 16:00–18:00: Arrival, first practice\n- Sat 5 Dec, 08:00–12:00: Morning silence\n" in text
    assert "- Winter retreat, 2 seats at €320.00: €640.00\n" in text
    assert "until Wed 2 Dec, 16:00 (Berlin time)" in text


def test_what_is_online_says_so(app: Flask) -> None:
    session = a_session(starts_at=at(24, 13), online=True)
    assert "Where: Online\n" in messages.booking_confirmed(a_booked_seat(session)).text


def test_terms_that_were_over_when_it_was_booked_are_not_mentioned(app: Flask) -> None:
    booking = a_booked_room(confirmed_at=at(23, 20))
    assert summary_of(booking).terms == (("25 %", "back if you cancel before it begins"),)


def test_terms_that_end_before_the_start_say_that_nothing_comes_back(app: Flask) -> None:
    booking = a_booked_room(terms={"name": "Strict", "tiers": [{"hours": 168, "percent": 50}]})
    assert summary_of(booking).terms == (
        ("50 %", "back if you cancel until Tue 17 Nov, 14:00 (Berlin time)"),
        ("0 %", "back after that, until it begins"),
    )


@pytest.mark.parametrize(
    ("facts", "refund", "sentence"),
    [
        (
            {"cancelled_by": "customer", "fee_minor": 1575},
            4725,
            "€47.25 goes back to you, the way you paid. With a card it takes 5 to 10 days."
            " €15.75 is kept, by the terms of the booking.",
        ),
        (
            {"cancelled_by": "merchant"},
            6300,
            "€63.00 goes back to you, the way you paid. With a card it takes 5 to 10 days.",
        ),
        ({"fee_minor": 6300}, 0, "By the terms of the booking nothing comes back: €63.00 is kept."),
        ({"fee_minor": 0}, 0, "Nothing was charged, so there is nothing to give back."),
    ],
)
def test_cancellation_says_what_comes_back(app: Flask, facts: dict[str, object], refund: int, sentence: str) -> None:
    booking = a_booked_room(state="cancelled", **facts)
    said = messages.booking_cancelled(booking, Money(refund, "EUR"))
    assert said.subject == "Cancelled: Linden, Tue 24 Nov"
    by = (
        "we are sorry: Kastanienhof had to cancel this booking."
        if facts.get("cancelled_by") == "merchant"
        else "this booking is cancelled, as you asked."
    )
    assert (
        said.text
        == f"""\
Hello Miriam Łukasiewicz,

{by}

{FACTS}
{sentence}

The attached file takes it out of your calendar.

See the booking:
{manage_url(booking)}

Questions? Kastanienhof, hallo@kastanienhof.example, +49 30 1234567
{FOOT}"""
    )
    assert sentence in said.html
    assert by in said.html
    assert [file.maker for file in said.attachments] == ["booking.calendar"]


def test_refund(app: Flask) -> None:
    booking = a_booked_room()
    said = messages.booking_refunded(booking, Money(4725, "EUR"), cause="refund:17")
    assert (said.subject, said.cause) == ("€47.25 is on its way back to you", "refund:17")
    assert (
        said.text
        == f"""\
Hello Miriam Łukasiewicz,

we have sent €47.25 back, the way you paid. With a card it takes 5 to 10 days to appear.

It belongs to this booking:

{FACTS}
See the booking:
{manage_url(booking)}
{FOOT}"""
    )


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("expired", "by then somebody else had taken the place. So this is not booked"),
        ("cancelled", "after the booking had been cancelled"),
        ("confirmed", "The booking stays, and the second payment goes back."),
    ],
)
def test_a_payment_that_goes_back_is_explained(app: Flask, state: str, why: str) -> None:
    said = messages.payment_returned(a_booked_room(state=state), Money(6300, "EUR"), payment_id=9)
    assert (said.subject, said.cause) == ("€63.00 goes back to you: Linden", "payment:9")
    assert why in said.text
    assert why in said.html
    assert "All of the €63.00 goes back, the way you paid." in said.text
    other_times = "Other times are here:\nhttp://127.0.0.1:8000/search"
    assert (other_times in said.text) is (state == "expired")
    assert ("/search" in said.html) is (state == "expired")


def test_links_are_mailed_again_each_time_they_are_asked_for(app: Flask) -> None:
    first, second = a_booked_room(), a_booked_seat(a_retreat())
    once = messages.find_my_booking("miriam@example.org", [first, second], asked_at=MADE)
    again = messages.find_my_booking("miriam@example.org", [first, second], asked_at=MADE + dt.timedelta(minutes=1))
    assert once.subject == "Your 2 bookings"
    assert (
        once.text
        == f"""\
Somebody, hopefully you, asked us for the bookings made with this address.

Linden
Tuesday 24 November 2026, 14:00–16:00 (Berlin time)
Booking B7K2QF: {manage_url(first)}

Winter retreat
Fri 4 Dec 2026, 16:00 – Sun 6 Dec 2026, 12:00 (Berlin time)
Booking S3SS8N: {manage_url(second)}

Keep these links to yourself: whoever has one can see and cancel that booking. \
If it was not you who asked, there is nothing to do: only you have got this mail.
{FOOT}"""
    )
    assert manage_url(first) in once.html
    assert again.cause != once.cause
    assert once.notice == ""  # links belong into the mail, not into a list on a page


def test_a_person_with_an_account_hears_the_bell_too(app: Flask) -> None:
    user = a_user()
    said = messages.booking_confirmed(a_booked_room(customer_id=user.id))
    assert (said.user_id, said.notice) == (user.id, "Booked: Linden, Tue 24 Nov")


def test_names_are_words_and_nothing_else(app: Flask) -> None:
    booking = a_booked_room(name="<b>Eve</b>\r\nBcc: all@example.org", title="Linden & <Eiche> {{ 7*7 }}\nX: y")
    said = messages.booking_confirmed(booking)
    assert said.subject == "Booked: Linden & <Eiche> {{ 7*7 }} X: y, Tue 24 Nov"
    assert said.text.startswith("Hello <b>Eve</b> Bcc: all@example.org,\n")
    assert "<b>Eve</b>" not in said.html
    assert "Linden &amp; &lt;Eiche&gt; {{ 7*7 }}" in said.html


def test_without_a_name_it_still_greets(app: Flask) -> None:
    assert messages.booking_confirmed(a_booked_room(name="")).text.startswith("Hello,\n\nhere is everything")


@pytest.mark.parametrize(
    ("start", "end", "zone", "line", "hours"),
    [
        (
            at(27, 21), at(28, 1), "Europe/Berlin",
            "Friday 27 November 2026, 22:00 – Sat 02:00 (Berlin time)", "22:00 – Sat 02:00",
        ),
        # Until midnight is not the next day.
        (at(27, 20), at(27, 23), "Europe/Berlin", "Friday 27 November 2026, 21:00–00:00 (Berlin time)", "21:00–00:00"),
        # The hour that comes twice says which of the two it is.
        (
            at(25, 0, 30, month=10), at(25, 1, 30, month=10), "Europe/Berlin",
            "Sunday 25 October 2026, 02:30 CEST–02:30 CET (Berlin time)", "02:30 CEST–02:30 CET",
        ),
        (at(24, 13), at(24, 15), "UTC", "Tuesday 24 November 2026, 13:00–15:00 (UTC)", "13:00–15:00"),
        (
            at(24, 13), at(24, 15), "America/New_York",
            "Tuesday 24 November 2026, 08:00–10:00 (New York time)", "08:00–10:00",
        ),
        (
            at(29, 15), at(2, 11, month=12), "Europe/Berlin",
            "Sun 29 Nov 2026, 16:00 – Wed 2 Dec 2026, 12:00 (Berlin time)", "Sun 16:00 – Wed 12:00",
        ),
    ],
)  # fmt: skip
def test_when_in_words(app: Flask, start: dt.datetime, end: dt.datetime, zone: str, line: str, hours: str) -> None:
    when = when_words(start, end, zone)
    assert (when.line, when.hours) == (line, hours)


def test_days_and_amounts_in_words(app: Flask) -> None:
    assert when_words(at(4, 15), at(6, 11), "Europe/Berlin").date == "4 – 6 Nov 2026"
    assert when_words(at(29, 15), at(2, 11, month=12), "Europe/Berlin").date == "29 Nov – 2 Dec 2026"
    assert money(Money(1200, "JPY")) == "¥1,200"
    assert zone_words("Asia/Kolkata") == "Kolkata time"


@pytest.mark.parametrize(
    ("unit", "quantity", "label"),
    [
        ("hour", "2.0000", "Linden, 2 h at €10.00"),
        ("hour", "10", "Linden, 10 h at €10.00"),
        ("hour", "1.5000", "Linden, 1.5 h at €10.00"),
        ("day", "1", "Linden, 1 day at €10.00"),
        ("day", "3", "Linden, 3 days at €10.00"),
        ("seat", "1", "Linden"),
        ("seat", "2", "Linden, 2 seats at €10.00"),
        ("piece", "1", "Linden"),
        ("piece", "4", "Linden × 4"),
        ("", "1", "Linden"),
    ],
)
def test_lines_say_how_much(app: Flask, unit: str, quantity: str, label: str) -> None:
    booking = a_booked_room(lines=[("Linden", unit, quantity, 1000, 1000)])
    assert summary_of(booking).lines == ((label, "€10.00"),)


def test_an_appointment_is_with_somebody_and_not_for_a_number(app: Flask) -> None:
    told = summary_of(an_appointment())
    assert (told.people, told.host) == ("", "Jonas Weber")
    assert told.where == ("Room 3", "Kastanienhof Mitte", "Linienstraße 40", "10119 Berlin")
