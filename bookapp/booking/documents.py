"""The paper of a booking: the confirmation as a PDF, made by typst from data and a template that holds no words."""

from __future__ import annotations

import functools
import io
import json
from typing import Any

import segno
import structlog
import typst
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select

from bookapp.booking.messages.summary import Summary, summary_of
from bookapp.booking.models import Booking
from bookapp.booking.states import BookingState
from bookapp.infra.db import action, db
from config import ROOT

_TEMPLATES = ROOT / "templates"

log = structlog.get_logger("bookapp.documents")


def confirmation_maker(ref: str) -> tuple[bytes, str]:
    """For `notifications.attachments`: the confirmation of the booking `ref`, read now, and its MIME type."""
    return _paper(_read(ref)), "application/pdf"


def confirmation_pdf(booking: Booking) -> bytes:
    """The confirmation of `booking` as an accessible PDF (PDF/UA-1), in a few hundredths of a second."""
    return _paper(summary_of(booking))


def _paper(summary: Summary) -> bytes:
    return _render("documents/booking-confirmation.typ", _confirmation(summary))


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
        "qr": _qr(summary.page_url),
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


def _render(template: str, data: dict[str, Any]) -> bytes:
    """Data goes in as JSON through sys.inputs, never into the source, so no text can become markup."""
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        return _compile(template, inputs, "ua-1")
    except typst.TypstError as error:
        # PDF/UA refuses a text that no font at hand can show. A sheet with a gap is better than none.
        log.warning("document.not_accessible", template=template, reason=error.message)
        return _compile(template, inputs, "1.7")


def _compile(template: str, inputs: dict[str, str], standard: str) -> bytes:
    return typst.compile(
        _TEMPLATES / template,
        root=_TEMPLATES,
        font_paths=_fonts(),
        sys_inputs=inputs,
        format="pdf",
        pdf_standards=[standard],
    )


@functools.cache
def _fonts() -> typst.Fonts:
    """Ours, those inside typst, and the machine's own for scripts that neither has."""
    return typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=True, font_paths=[_TEMPLATES / "documents" / "fonts"]
    )
