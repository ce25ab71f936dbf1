"""The papers of a booking about its money, for whoever sees it as theirs or serves it."""

from __future__ import annotations

from flask import Response

from bookapp.booking.queries.papers import owed, paper_facts
from bookapp.booking.views.area import blueprint
from bookapp.booking.views.whose import whose
from bookapp.infra import clock
from bookapp.payments.documents import paper_pdf, receipt_pdf
from bookapp.payments.models import Paper
from bookapp.payments.queries import CREDIT_NOTE, INVOICE, paper_of, payments_of
from bookapp.values.errors import NotFound
from bookapp.web.files import download

_PDF = "application/pdf"


@blueprint.get("/bookings/<ref>/invoice.pdf")
def invoice(ref: str) -> Response:
    """The invoice of what was booked, as it was issued; a moment after the confirmation there may be none yet."""
    booking = whose(ref).booking
    return _paper(paper_of(booking.ref, INVOICE))


@blueprint.get("/bookings/<ref>/invoices/<int:number>.pdf")
def later_invoice(ref: str, number: int) -> Response:
    """One of its invoices: that of a change, or a correction."""
    booking = whose(ref).booking
    return _paper(paper_of(booking.ref, INVOICE, number))


@blueprint.get("/bookings/<ref>/credit-notes/<int:number>.pdf")
def credit_note(ref: str, number: int) -> Response:
    """What was taken back of its invoices."""
    booking = whose(ref).booking
    return _paper(paper_of(booking.ref, CREDIT_NOTE, number))


@blueprint.get("/bookings/<ref>/receipt.pdf")
def receipt(ref: str) -> Response:
    """What was paid and what went back, as of now."""
    booking = whose(ref).booking
    payments = payments_of(booking.ref)
    if not any(payment.has_money for payment in payments):
        raise NotFound
    body = receipt_pdf(
        paper_facts(booking), payments, price=booking.total, still_open=owed(booking)[1], now=clock.now()
    )
    return download(body, _PDF, f"{booking.ref}-receipt.pdf")


def _paper(paper: Paper) -> Response:
    return download(paper_pdf(paper), _PDF, f"{paper.facts['label']}.pdf")
