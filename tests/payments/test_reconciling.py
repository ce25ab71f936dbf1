"""Our books against a provider's: each difference is found once, heals where it can, and goes when it agrees."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from bookapp.booking.models import Booking
from bookapp.infra.db import db
from bookapp.payments import actions
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState, ListedCharge
from bookapp.payments.models import MoneyCase, Payment, Refund, SandboxCharge, SandboxRefund
from bookapp.payments.policy import Decision
from bookapp.payments.queries import last_runs, payments_of
from bookapp.payments.rules.reconciling import Side, Verdict, compare
from bookapp.values.errors import NotAllowed
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, pay
from tests.builders.identity import a_user, actor_of
from tests.support.jobs import promised, work_off

pytestmark = pytest.mark.usefixtures("app")
HOUR = dt.timedelta(hours=1)
# The tests' NOW is long after the database's clock; everything below happened at NOW, and is compared later.
LATER = NOW + 24 * HOUR
TEN, PRICE = Money(1000, "EUR"), Money(5400, "EUR")


def happened_now() -> None:
    for table in (Payment, Refund, SandboxCharge, SandboxRefund):
        db.session.execute(update(table).values(created_at=NOW))
    db.session.commit()


def compared() -> list[tuple[str, str]]:
    """(what is about, verdict) of every difference found now."""
    happened_now()
    return [(found.subject.partition(":")[0], found.verdict.value) for found in actions.reconcile("sandbox", now=LATER)]


def open_differences() -> list[MoneyCase]:
    return list(db.session.scalars(select(MoneyCase).where(MoneyCase.closed_at.is_(None))))


def a_refunded_booking() -> tuple[Booking, Payment, Refund]:
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    refund = actions.refund(payment.id, TEN, cause="goodwill:1", now=NOW)
    actions.send_refund(refund.id, now=NOW)
    db.session.refresh(refund)
    return booking, payment, refund


MOVED, OPEN, OVER = Side(PRICE, moved=True), Side(PRICE, moved=False, open=True), Side(PRICE, moved=False)


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        (MOVED, MOVED, Verdict.AGREES),
        (MOVED, Side(TEN, moved=True), Verdict.OTHER_AMOUNT),
        (MOVED, Side(Money(5400, "USD"), moved=True), Verdict.OTHER_AMOUNT),
        (OPEN, MOVED, Verdict.BEHIND),
        (OVER, MOVED, Verdict.OTHER_STATE),
        (MOVED, OVER, Verdict.OTHER_STATE),
        (OPEN, OVER, Verdict.AGREES),
        (None, MOVED, Verdict.MISSING_HERE),
        (None, OVER, Verdict.AGREES),
        (MOVED, None, Verdict.MISSING_THERE),
        (OPEN, None, Verdict.AGREES),
        (None, None, Verdict.AGREES),
    ],
)
def test_each_pair_of_words_has_one_verdict(ours: Side | None, theirs: Side | None, verdict: Verdict) -> None:
    assert compare(ours, theirs) is verdict
    assert verdict.label


def test_books_that_agree_open_nothing_and_the_run_is_noted() -> None:
    a_refunded_booking()
    a_booking(state="cancelled")
    a_hold()
    work_off("payments.send_refund")
    assert compared() == []
    assert open_differences() == []
    (run,) = last_runs()
    assert (run.subject, run.facts["charges"], run.facts["refunds"], run.facts["differences"]) == (
        "gateway:sandbox", 2, 2, 0,
    )  # fmt: skip


def test_what_was_paid_there_and_not_heard_of_here_heals() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    pay(held, guest)
    assert compared() == []
    db.session.refresh(held)
    assert held.state == "confirmed"


def test_a_refund_that_was_done_there_and_not_heard_of_here_heals() -> None:
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    refund = actions.refund(payment.id, TEN, cause="goodwill:1", now=NOW)
    sandbox.SandboxGateway().refund(payment.provider_id or "", key=refund.key, amount=TEN)
    assert compared() == []
    db.session.refresh(refund)
    assert refund.state == "processed"


def test_each_difference_is_a_case_once_and_goes_when_it_agrees() -> None:
    booking, payment, refund = a_refunded_booking()
    db.session.execute(update(SandboxCharge).values(amount_minor=5500))
    db.session.execute(update(SandboxRefund).values(amount_minor=900))
    for _ in range(2):
        assert sorted(compared()) == [("payment", "other_amount"), ("refund", "other_amount")]
    cases = open_differences()
    assert {case.subject for case in cases} == {f"payment:{payment.id}", f"refund:{refund.id}"}
    assert {(case.kind, case.reference, case.merchant_id) for case in cases} == {
        ("difference", booking.ref, booking.merchant_id)
    }
    db.session.execute(update(SandboxCharge).values(amount_minor=5400))
    db.session.execute(update(SandboxRefund).values(amount_minor=1000))
    assert compared() == []
    assert open_differences() == []


def test_what_only_one_side_has_is_found() -> None:
    _, payment, _ = a_refunded_booking()
    db.session.execute(update(SandboxRefund).values(key=uuid.uuid4(), id="sbr_unknown"))
    db.session.execute(update(Refund).values(refunded_at=NOW))
    db.session.execute(update(SandboxCharge).values(key=uuid.uuid4()))
    db.session.execute(update(Payment).values(provider_id="sbx_elsewhere"))
    assert sorted(compared()) == [
        ("charge_at", "missing_here"), ("payment", "missing_there"),
        ("refund", "missing_there"), ("refund_at", "missing_here"),
    ]  # fmt: skip
    assert {case.merchant_id for case in open_differences() if "_at:" in case.subject} == {None}
    assert payment.merchant_id in {case.merchant_id for case in open_differences()}


def test_another_state_there_is_found() -> None:
    a_refunded_booking()
    db.session.execute(update(SandboxCharge).values(state="failed"))
    db.session.execute(update(Refund).values(state="failed"))
    assert sorted(compared()) == [("payment", "other_state"), ("refund", "other_state")]


def test_a_declined_card_before_the_paid_one_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    _, payment, _ = a_refunded_booking()
    states = (ChargeState.PAID, ChargeState.FAILED)
    listed = [ListedCharge(f"ch_{state}", payment.key, payment.reference, PRICE, state) for state in states]
    for order in (listed, listed[::-1]):
        monkeypatch.setattr(sandbox.SandboxGateway, "charges_between", lambda *_, order=order: iter(order))
        assert compared() == []


def test_what_a_person_has_decided_is_not_asked_again() -> None:
    a_refunded_booking()
    admin = actor_of(a_user(is_admin=True))
    db.session.execute(update(SandboxCharge).values(amount_minor=5500))
    compared()
    (case,) = open_differences()
    actions.decide(admin, case.id, Decision.CLOSE, note="Put right at the provider", key="k" * 8, now=NOW)
    compared()
    assert open_differences() == []
    db.session.execute(update(SandboxCharge).values(state="failed"))
    compared()
    assert len(open_differences()) == 1, "it is another difference now"


def test_only_an_admin_asks_for_it() -> None:
    with pytest.raises(NotAllowed):
        actions.ask_to_reconcile(actor_of(a_user()), names=["sandbox"], now=NOW)
    actions.ask_to_reconcile(actor_of(a_user(is_admin=True)), names=["sandbox"], now=NOW)
    assert promised("payments.reconcile") == [["sandbox"]]
