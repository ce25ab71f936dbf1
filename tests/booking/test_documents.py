"""The confirmation on paper: made quickly, readable by everyone, and never built from what people typed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import segno
import structlog
import typst
from flask import Flask

from bookapp.booking import documents
from bookapp.booking.documents import confirmation_maker, confirmation_pdf
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.infra import pdf
from config import ROOT
from tests.booking.booked import a_booked_room, a_booked_seat, a_retreat


def paper(booking: Booking) -> dict[str, Any]:
    """What is handed to the template."""
    return documents._confirmation(summary_of(booking))


def heading_of(booking: Booking) -> str:
    """The first heading of the finished sheet."""
    templates = ROOT / "templates"
    found = typst.query(
        templates / "documents/booking-confirmation.typ",
        "heading.where(level: 1)",
        field="body",
        one=True,
        root=templates,
        font_paths=pdf.fonts(),
        sys_inputs={"data": json.dumps(paper(booking))},
    )
    text: str = json.loads(found)["text"]
    return text


def test_it_is_an_accessible_pdf_on_one_page(app: Flask) -> None:
    pdf = confirmation_pdf(a_booked_room())
    assert pdf.startswith(b"%PDF-1.7")
    assert b"pdfuaid:part" in pdf  # PDF/UA: tagged, with a title, a language and words for the picture
    assert b"/Lang(en)" in pdf.replace(b" ", b"")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    assert len(pdf) < 100_000


def test_it_says_everything_the_mail_says(app: Flask) -> None:
    booking = a_booked_room()
    told, said = summary_of(booking), paper(booking)
    assert said["heading"] == "Linden is booked"
    assert said["when"] == {
        "weekday": "Tuesday",
        "date": "24 Nov 2026",
        "hours": "14:00–16:00",
        "zone": "Berlin time",
    }
    assert said["lines"] == (("Linden, 2 h at €27.00", "€54.00"), ("Projector", "€9.00"))
    assert (said["total"], said["terms"]) == ("€63.00", told.terms)
    assert said["contact"] == "Kastanienhof, hallo@kastanienhof.example, +49 30 1234567"
    assert said["page_url"] == "http://127.0.0.1:8000/bookings/B7K2QF"
    assert "/manage/" not in json.dumps(said)  # paper is shown around


def test_the_code_leads_to_the_booking(app: Flask) -> None:
    expected = segno.make("http://127.0.0.1:8000/bookings/B7K2QF", error="m", micro=False)
    path = re.search(r' d="([^"]+)"', documents._qr("http://127.0.0.1:8000/bookings/B7K2QF"))
    assert path is not None
    assert path[1] in expected.svg_inline(border=0)


def test_a_retreat_shows_its_parts(app: Flask) -> None:
    said = paper(a_booked_seat(a_retreat()))
    assert said["agenda"][1] == ("Sat 5 Dec, 08:00–12:00", "Morning silence")
    assert said["facts"] == "2 seats, with Dr. Priya Sharma"
    assert b"pdfuaid:part" in confirmation_pdf(a_booked_seat(a_retreat(), ref="C8M3RG"))


def test_a_cancelled_booking_is_not_confirmed_on_paper(app: Flask) -> None:
    said = paper(a_booked_room(state="cancelled"))
    assert said["heading"] == "Linden was cancelled"
    assert said["terms"] == ()
    assert b"pdfuaid:part" in confirmation_pdf(a_booked_room(ref="C8M3RG", state="cancelled"))


@pytest.mark.parametrize(
    "title",
    [
        '#panic("x") $1/0$ *b* _i_ @ref <label> `raw` \\ //c',
        "]]}} #let x = 1",
        '#read("/etc/passwd")',
        '#image("http://evil.example/x.png")',
    ],
)
def test_what_people_write_is_never_markup(app: Flask, title: str) -> None:
    booking = a_booked_room(title=title)
    assert heading_of(booking) == f"{title} is booked"
    assert b"pdfuaid:part" in confirmation_pdf(booking)


def test_letters_of_many_languages_are_in_our_fonts(app: Flask) -> None:
    booking = a_booked_room(title="Łódź Čapek Şişli Ñuñoa Œuvre Þór €100 – “x”")
    assert b"pdfuaid:part" in confirmation_pdf(booking)


def test_letters_no_font_has_cost_the_mark_but_not_the_sheet(app: Flask) -> None:
    with structlog.testing.capture_logs() as logs:
        pdf = confirmation_pdf(a_booked_room(title="Room \U000e0001\U0001fae8"))
    assert pdf.startswith(b"%PDF-1.7")
    if b"pdfuaid:part" not in pdf:  # the machine may have a font for it
        assert [line["event"] for line in logs] == ["document.not_accessible"]


def test_the_maker_reads_the_booking_by_its_ref(app: Flask) -> None:
    content, content_type = confirmation_maker(a_booked_room().ref)
    assert content.startswith(b"%PDF")
    assert content_type == "application/pdf"
