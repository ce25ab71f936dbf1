"""The papers of a booking: whatever happens to it, invoices less credit notes are what is owed or paid."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from bookapp.audit.queries import story_of
from bookapp.booking import actions
from bookapp.booking.actions.move_payment import begin_move_payment
from bookapp.booking.actions.moving import move
from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.queries.links import manage_token
from bookapp.booking.queries.papers import owed
from bookapp.booking.rules import NewTime
from bookapp.catalog.models import Venue
from bookapp.identity.actor import Actor
from bookapp.infra import outbox
from bookapp.infra.db import db
from bookapp.payments import actions as payments
from bookapp.payments.actions.papers import invoiced
from bookapp.payments.actions.refunding import note_refund
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Paper, Refund
from bookapp.payments.queries import balance, papers_of, payments_of
from bookapp.values.money import Money
from tests.builders import a_merchant
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, a_wish, an_open_room, at, pay
from tests.support.client import Client
from tests.support.jobs import promised, work_off
from tests.support.staff import sign_in

VAT = {"name": "VAT", "percent": "19", "inclusive": True, "minor": 862, "registration": "DE123456789"}


def issued(ref: str) -> list[tuple[str, str, int]]:
    """(kind, cause, amount) of every paper, in order."""
    return [(paper.kind, paper.cause.partition(":")[0], paper.total_minor) for paper in papers_of(ref)]


def bring_up_to_date(booking: Booking) -> list[tuple[str, str, int]]:
    """Do what the outbox promised about papers, twice; the papers."""
    work_off("booking.issue_papers")
    first = issued(booking.ref)
    actions.issue_papers(booking.ref, now=NOW)
    assert issued(booking.ref) == first
    return first


def on_paper(booking: Booking) -> Money:
    """Invoices less credit notes."""
    return invoiced(papers_of(booking.ref), booking.currency)


def send_refunds(state: str = "processed") -> list[Refund]:
    """What the provider says about every refund that is under way."""
    refunds = list(db.session.query(Refund).filter_by(state="initiated"))
    for refund in refunds:
        note_refund(refund.id, state, now=NOW)
    return refunds


def a_deposit_booking(**facts: Any) -> Booking:
    """54.00, of which 20.00 were due now and are paid."""
    actor = a_guest()
    booking = a_hold(a_wish(), actor=actor)
    booking.due_now_minor, booking.rest_due_at = 2000, at(days=3)
    for name, value in facts.items():
        setattr(booking, name, value)
    db.session.commit()
    payments.ask_back(pay(booking, actor), now=NOW)
    db.session.refresh(booking)
    assert booking.state == "confirmed"
    return booking


def change(booking: Booking, number: int, difference: int) -> None:
    """What a move writes into the lines."""
    db.session.add(
        BookingLine(
            booking_id=booking.id,
            position=50 + number,
            kind="base",
            label="Moved",
            quantity=Decimal(1),
            unit_price_minor=difference,
            subtotal_minor=difference,
            cause=f"change:{number}",
        )
    )
    booking.total_minor += difference
    outbox.later("booking.issue_papers", booking.ref)
    db.session.commit()


def test_a_confirmed_booking_is_invoiced_by_a_job(app: Flask) -> None:
    booking = a_booking()
    assert promised("booking.issue_papers") == [[booking.ref]]
    assert issued(booking.ref) == []  # the confirmation waits for no number
    assert bring_up_to_date(booking) == [("invoice", "booking", 5400)]
    facts = papers_of(booking.ref)[0].facts
    assert facts["buyer"] == {"name": "Miriam Okafor", "lines": ["miriam@example.org"]}
    assert (facts["seller"]["lines"], facts["seller"]["country"]) == (["Kastanienallee 12", "10435 Berlin"], "DE")
    assert [(line["quantity"], line["amount_minor"]) for line in facts["lines"]] == [("2", 5400)]
    assert (facts["open_minor"], facts["tax"]) == (0, None)


def test_what_was_said_stays_said(app: Flask) -> None:
    room = an_open_room()
    booking = a_booking(a_wish(room))
    bring_up_to_date(booking)
    before = dict(papers_of(booking.ref)[0].facts)
    venue = db.session.get_one(Venue, booking.venue_id)
    venue.address, booking.name, booking.title = "Elsewhere 1", "Somebody Else", "Other"
    db.session.commit()
    actions.issue_papers(booking.ref, now=at(days=30))
    assert papers_of(booking.ref)[0].facts == before


def test_free_and_unconfirmed_bookings_get_no_paper(app: Flask) -> None:
    actor, room = a_guest(), an_open_room(rate_minor=0)
    free = a_hold(a_wish(room), actor=actor)
    actions.confirm_free(actor, free.ref, now=NOW)
    expired = a_booking(state="expired")
    for booking in (free, expired):
        assert bring_up_to_date(booking) == []


def test_the_tax_is_that_of_the_booking(app: Flask) -> None:
    booking = a_booking()
    booking.tax = VAT
    db.session.commit()
    bring_up_to_date(booking)
    assert papers_of(booking.ref)[0].facts["tax"] == VAT


def test_a_refund_is_credited_once_it_is_sent(app: Flask) -> None:
    booking = a_booking(state="cancelled")
    assert bring_up_to_date(booking) == [("invoice", "booking", 5400)]
    send_refunds()
    assert bring_up_to_date(booking) == [("invoice", "booking", 5400), ("credit_note", "refund", 4050)]
    assert on_paper(booking) == Money(1350, "EUR") == owed(booking)[0]


def test_a_refund_that_never_went_is_no_paper(app: Flask) -> None:
    booking = a_booking(state="cancelled")
    send_refunds("failed")
    assert bring_up_to_date(booking) == [("invoice", "booking", 5400)]


def test_a_refund_that_came_back_is_corrected(app: Flask) -> None:
    booking = a_booking(state="cancelled")
    (refund,) = send_refunds()
    bring_up_to_date(booking)
    note_refund(refund.id, "failed", now=NOW)
    assert bring_up_to_date(booking)[2:] == [("invoice", "refund_failed", 4050)]
    assert on_paper(booking) == Money(5400, "EUR") == owed(booking)[0]


def test_goodwill_is_credited_too(app: Flask) -> None:
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    payments.refund(payment.id, Money(1000, "EUR"), cause="goodwill:1", reason="The heating was off", now=NOW)
    send_refunds()
    assert bring_up_to_date(booking)[1:] == [("credit_note", "refund", 1000)]
    assert papers_of(booking.ref)[1].facts["reason"] == "The heating was off"


def test_a_payment_nobody_needed_goes_back_without_a_paper(app: Flask) -> None:
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    payments.refund(payment.id, Money(1000, "EUR"), cause=f"not_needed:{payment.id}", now=NOW)
    send_refunds()
    assert bring_up_to_date(booking) == [("invoice", "booking", 5400)]


def test_a_deposit_is_invoiced_whole_with_what_is_open(app: Flask) -> None:
    booking = a_deposit_booking()
    assert bring_up_to_date(booking) == [("invoice", "booking", 5400)]
    facts = papers_of(booking.ref)[0].facts
    assert facts["open_minor"] == 3400
    assert dt.datetime.fromisoformat(facts["open_until"]) == at(days=3)


def test_the_open_rest_of_a_cancelled_deposit_is_credited(app: Flask) -> None:
    booking = a_deposit_booking()
    bring_up_to_date(booking)
    actions.cancel(Actor(visitor=booking.visitor), booking.ref, now=NOW)
    db.session.refresh(booking)
    send_refunds()
    bring_up_to_date(booking)
    assert on_paper(booking) == owed(booking)[0]
    assert ("credit_note", "cancelled") in [paper[:2] for paper in issued(booking.ref)]


def test_a_dearer_change_is_invoiced_and_a_cheaper_one_credited(app: Flask) -> None:
    booking = a_deposit_booking()
    bring_up_to_date(booking)
    change(booking, 1, 600)
    assert bring_up_to_date(booking)[1:] == [("invoice", "change", 600)]
    change(booking, 2, -1000)
    assert bring_up_to_date(booking)[2:] == [("credit_note", "change", 1000)]
    assert on_paper(booking) == owed(booking)[0] == Money(5000, "EUR")


def test_a_cheaper_change_that_is_paid_back_is_credited_by_its_refund(app: Flask) -> None:
    booking = a_booking()
    bring_up_to_date(booking)
    change(booking, 3, -1000)
    (payment,) = payments_of(booking.ref)
    payments.refund(payment.id, Money(1000, "EUR"), cause="change:3", now=NOW)
    assert bring_up_to_date(booking)[1:] == []
    send_refunds()
    assert bring_up_to_date(booking)[1:] == [("credit_note", "refund", 1000)]
    assert on_paper(booking) == owed(booking)[0]


@pytest.mark.parametrize("late", [False, True], ids=["one by one", "all at the end"])
def test_the_order_of_jobs_does_not_matter(app: Flask, late: bool) -> None:
    booking = a_booking()
    for step in (lambda: change(booking, 1, 900), lambda: change(booking, 2, -400), send_refunds):
        step()
        if not late:
            bring_up_to_date(booking)
    bring_up_to_date(booking)
    assert sorted(issued(booking.ref)) == [
        ("credit_note", "change", 400),
        ("invoice", "booking", 5400),
        ("invoice", "change", 900),
    ]


def test_its_owner_gets_every_paper_and_nobody_else(client: Client) -> None:
    booking = a_booking(state="cancelled")
    send_refunds()
    bring_up_to_date(booking)
    numbers = {paper.kind: paper.number for paper in papers_of(booking.ref)}
    paths = (
        "invoice.pdf",
        f"invoices/{numbers['invoice']}.pdf",
        f"credit-notes/{numbers['credit_note']}.pdf",
        "receipt.pdf",
    )
    for path in paths:
        assert client.get(f"/bookings/{booking.ref}/{path}").status_code == 404
    client.get(f"/manage/{manage_token(booking)}")
    shown = client.get(f"/bookings/{booking.ref}").text
    for path in paths:
        answer = client.get(f"/bookings/{booking.ref}/{path}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert b"pdfuaid:part" in answer.data
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert path in shown or path.startswith("invoices/")
    for path in ("invoices/99.pdf", "credit-notes/99.pdf"):
        assert client.get(f"/bookings/{booking.ref}/{path}").status_code == 404


def test_who_serves_a_booking_reads_its_papers(client: Client) -> None:
    booking = a_booking()
    bring_up_to_date(booking)
    for merchant_id, expected in ((booking.merchant_id, 200), (a_merchant().id, 404)):
        sign_in(client, merchant_id=merchant_id)
        for path in ("invoice.pdf", "receipt.pdf"):
            assert client.get(f"/bookings/{booking.ref}/{path}").status_code == expected
        desk = client.get(f"/desk/bookings/{booking.ref}")
        assert (desk.status_code, "invoice.pdf" in desk.text) == (expected, expected == 200)
        client.post("/logout")


def test_the_page_says_that_the_invoice_is_coming(client: Client) -> None:
    booking = a_booking()
    client.get(f"/manage/{manage_token(booking)}")
    assert "The invoice is being written" in client.get(f"/bookings/{booking.ref}").text
    assert client.get(f"/bookings/{booking.ref}/invoice.pdf").status_code == 404


def test_the_books_hold_no_name(app: Flask) -> None:
    booking = a_booking()
    bring_up_to_date(booking)
    told = [entry for entry in story_of(f"booking:{booking.ref}") if entry.action.startswith("paper.")]
    assert [entry.facts for entry in told] == [
        {"paper": db.session.query(Paper).filter_by(reference=booking.ref).one().id, "amount_minor": 5400}
    ]


def test_real_moves_and_a_cancellation_add_up_on_paper(app: Flask) -> None:
    actor = a_guest()
    booking = a_booking(actor=actor)
    for number, hours in enumerate((3, 1), start=1):
        until = booking.starts_at + dt.timedelta(hours=hours)
        move(actor, booking.ref, NewTime(start=booking.starts_at, end=until), now=NOW, key=f"papers-{number}")
        dearer = begin_move_payment(actor, booking.ref, gateway_name="sandbox", now=NOW) if hours == 3 else None
        if dearer is not None:
            payments.open_at_provider(dearer.id, now=NOW)
            db.session.refresh(dearer)
            assert sandbox.settle(dearer.provider_id or "", ChargeState.PAID)
            payments.ask_back(dearer.id, now=NOW)
        db.session.refresh(booking)
        send_refunds()
        bring_up_to_date(booking)
        assert on_paper(booking) == owed(booking)[0]
    # 54.00, an hour more for 27.00, two hours less: 75 % of 54.00 go back and the rest is kept by the terms.
    assert issued(booking.ref)[:2] == [("invoice", "booking", 5400), ("invoice", "change", 2700)]
    assert sum(amount for kind, _cause, amount in issued(booking.ref) if kind == "credit_note") == 4050
    actions.cancel(actor, booking.ref, now=NOW)
    db.session.refresh(booking)
    send_refunds()
    bring_up_to_date(booking)
    assert on_paper(booking) == owed(booking)[0] == balance(booking.ref, "EUR").kept
