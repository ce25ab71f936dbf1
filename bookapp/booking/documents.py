"""The paper of a booking: its confirmation as a PDF."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from bookapp.booking.messages.summary import Summary, summary_of
from bookapp.booking.models import Booking
from bookapp.booking.states import BookingState
from bookapp.infra.db import action, db
from bookapp.infra.pdf import render


def confirmation_maker(ref: str) -> tuple[bytes, str]:
    """For `notifications.attachments`: the confirmation of the booking `ref`, read now, and its MIME type."""
    return _paper(_read(ref)), "application/pdf"


def confirmation_pdf(booking: Booking) -> bytes:
    """The confirmation of `booking` as an accessible PDF (PDF/UA-1), in a few hundredths of a second."""
    return _paper(summary_of(booking))


def _paper(summary: Summary) -> bytes:
    return render("documents/booking-confirmation.typ", _confirmation(summary))


@action
def _read(ref: str) -> Summary:
    # Its own transaction, over before anything is rendered.
    return summary_of(db.session.scalars(select(Booking).where(Booking.ref == ref)).one())


def _confirmation(summary: Summary) -> dict[str, Any]:
    when = summary.when
    return {
        "lang": str(get_locale() or "en").partition("_")[0],
        "brand": "Bookapp",
        "title": _("Booking %(ref)s: %(what)s", ref=summary.ref, what=summary.title),
        "heading": _heading(summary),
        "foot": _("Booking %(ref)s · All times are shown in the place's own zone.", ref=summary.ref),
        "ref": summary.ref,
        "what": summary.title,
        "facts": ", ".join(part for part in (summary.people, _host(summary)) if part),
        "when": {"weekday": when.weekday, "date": when.date, "hours": when.hours, "zone": when.zone},
        "where": summary.where,
        "agenda": summary.agenda,
        "lines": summary.lines,
        "total": summary.total,
        "terms": () if summary.state is BookingState.CANCELLED else summary.terms,
        "how_to_find": summary.how_to_find,
        "contact": summary.contact,
        "page_url": summary.page_url,
        "qr": _qr(summary.door_url),
        "words": {
            "booking": _("Booking"),
            "qr": _("QR code that leads to booking %(ref)s", ref=summary.ref),
            "agenda": _("What happens when"),
            "costs": _("What it costs"),
            "columns": [_("For"), _("Amount")],
            "total": _("Total"),
            "terms": _("If plans change"),
            "how_to_find": _("How to find it"),
            "questions": _("Questions"),
            "see": _("See, print or cancel this booking:"),
        },
    }


def _heading(summary: Summary) -> str:
    if summary.state is BookingState.CANCELLED:
        return _("%(what)s was cancelled", what=summary.title)
    return _("%(what)s is booked", what=summary.title)


def _host(summary: Summary) -> str:
    return _("with %(name)s", name=summary.host) if summary.host else ""


def _qr(address: str) -> str:
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(picture, kind="svg", border=0, dark="#1b2520", xmldecl=False)
    return picture.getvalue().decode()
