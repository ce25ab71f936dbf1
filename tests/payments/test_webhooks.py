"""The door for providers: only what they signed lately, stored once, worked off in any order."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import uuid

import pytest
import time_machine
from sqlalchemy import func, select, update

from bookapp.booking.models import Booking
from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord
from bookapp.payments import actions, jobs
from bookapp.payments.errors import GatewayDown, GatewayRefused
from bookapp.payments.gateways import gateway, sandbox
from bookapp.payments.gateways.base import Charge, ChargeRequest, ChargeState, DisputeAnswer, Notice, Subject
from bookapp.payments.models import MoneyCase, Payment, SandboxCharge, WebhookEvent
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_guest, a_hold, pay
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.jobs import promised, work_off

pytestmark = pytest.mark.usefixtures("app")
DOOR = "/payments/webhooks/sandbox"
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def event() -> bytes:
    """What the sandbox provider reports of a charge that was paid."""
    guest = a_guest()
    held = a_hold(actor=guest)
    pay(held, guest)
    (args,) = promised("payments.report_sandbox_event")
    return str(args[0]).encode()


def knock(client: Client, body: bytes, *, signature: str | None = None, at: dt.datetime = NOW) -> int:
    """Send a webhook, arriving at NOW; signed at `at` unless a signature is given."""
    headers = {sandbox.SIGNATURE: sandbox.sign(body, at) if signature is None else signature}
    with time_machine.travel(NOW, tick=False):
        return client.post(DOOR, data=body, headers=headers, content_type="application/json").status_code


def test_a_signed_event_confirms_the_booking(client: Client, event: bytes) -> None:
    assert knock(client, event) == 204
    assert work_off("payments.work_off_webhook") == 1
    assert db.session.scalars(select(Booking.state)).one() == "confirmed"
    assert db.session.scalars(select(WebhookEvent.processed_at)).one() is not None


def test_a_hundred_times_and_shuffled_is_one_payment_and_one_mail(client: Client) -> None:
    events = []
    for number in range(4):
        guest = a_guest()
        pay(a_hold(actor=guest), guest, email=f"guest-{number}@example.org")
    for (body,) in promised("payments.report_sandbox_event"):
        events += [str(body).encode()] * 25
    random.Random(1).shuffle(events)
    assert {knock(client, body) for body in events} == {204}
    assert work_off("payments.work_off_webhook") == 4
    assert set(db.session.scalars(select(Booking.state))) == {"confirmed"}
    assert set(db.session.scalars(select(Payment.state))) == {"succeeded"}
    assert db.session.scalar(select(func.count()).select_from(MessageRecord)) == 4


@pytest.mark.parametrize("at", [NOW - 301 * SECOND, NOW + 301 * SECOND, NOW + dt.timedelta(hours=1)])
def test_too_old_or_from_the_future_is_refused(client: Client, event: bytes, at: dt.datetime) -> None:
    assert knock(client, event, at=at) == 400
    assert knock(client, event, at=NOW - 300 * SECOND) == 204


@pytest.mark.parametrize(
    "signature", ["", "t=1", "v1=abc", "t=x,v1=abc", f"t={'9' * 400},v1=a", "t=1772352000,v1=" + "0" * 64]
)
def test_a_missing_or_wrong_signature_is_refused(client: Client, event: bytes, signature: str) -> None:
    assert knock(client, event, signature=signature) == 400
    assert not db.session.scalar(select(func.count()).select_from(WebhookEvent))


def test_a_body_changed_by_a_byte_is_refused(client: Client, event: bytes) -> None:
    signature = sandbox.sign(event, NOW)
    for position in itertools.islice(range(len(event)), 0, None, 17):
        changed = event[:position] + bytes([event[position] ^ 1]) + event[position + 1 :]
        assert knock(client, changed, signature=signature) == 400


@pytest.mark.parametrize("at", [NOW - 301 * SECOND, NOW + dt.timedelta(hours=1)])
def test_with_another_tolerance_the_old_and_the_early_are_heard(
    client: Client, event: bytes, at: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_TOLERANCE_SECONDS", 3600)
    assert knock(client, event, at=at) == 204


def test_if_any_signature_would_do_a_changed_body_is_heard(
    client: Client, event: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox.hmac, "compare_digest", lambda _ours, _theirs: True)
    assert knock(client, event + b" ", signature=sandbox.sign(event, NOW)) == 204


def test_an_unknown_provider_is_not_there(client: Client) -> None:
    assert client.post("/payments/webhooks/paymore", data=b"{}").status_code == 404


def test_a_charge_nobody_here_asked_for_is_noted_and_left(client: Client) -> None:
    body = json.dumps({"id": "evt_1", "type": "charge.paid", "charge": "sbx_unknown"}).encode()
    assert knock(client, body) == 204
    db.session.execute(update(WebhookEvent).values(received_at=NOW - 11 * 60 * SECOND))
    (args,) = promised("payments.work_off_webhook")
    assert actions.work_off_webhook(int(str(args[0])), now=NOW)
    assert db.session.scalars(select(WebhookEvent.processed_at)).one() == NOW


@pytest.mark.parametrize("subject", ["charge", "refund", "dispute"])
def test_money_at_the_provider_that_nobody_here_knows_is_a_persons_matter_in_the_end(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    dispute = DisputeAnswer("xx_1", "sbx_unknown", "open", Money(1000, "EUR"), "")
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch", lambda *_: Charge(ChargeState.PAID, Money(1000, "EUR")))
    monkeypatch.setattr(sandbox.SandboxGateway, "fetch_dispute", lambda *_: dispute)
    payload = {"subject": subject, "provider_id": "xx_1", "charge": "sbx_unknown"}
    actions.note_webhook("sandbox", Notice("evt_1", f"{subject}.made", subject, "xx_1", payload))
    (args,) = promised("payments.work_off_webhook")
    event_id = int(str(args[0]))
    db.session.execute(update(WebhookEvent).values(received_at=NOW))
    db.session.commit()
    assert not actions.work_off_webhook(event_id, now=NOW), "we may be about to note it"
    assert not db.session.scalars(select(MoneyCase)).all()
    for _ in range(2):
        assert actions.work_off_webhook(event_id, now=NOW + 11 * 60 * SECOND)
    case = db.session.scalars(select(MoneyCase)).one()
    assert (case.kind, case.subject) == ("difference", f"{subject}_at:sandbox:xx_1")


def test_what_the_provider_refuses_to_talk_about_is_a_persons_matter_too() -> None:
    payload = {"subject": "dispute", "provider_id": "dp_1"}
    actions.note_webhook("sandbox", Notice("evt_1", "dispute.made", "dispute", "dp_1", payload))
    (args,) = promised("payments.work_off_webhook")
    assert actions.work_off_webhook(int(str(args[0])), now=NOW), "the sandbox has no disputes"
    assert db.session.scalars(select(MoneyCase.subject)).one() == "dispute_at:sandbox:dp_1"


def test_an_event_that_is_quicker_than_our_own_note_waits(client: Client, event: bytes) -> None:
    payment = db.session.scalars(select(Payment)).one()
    charge, payment.provider_id = payment.provider_id, None
    assert knock(client, event) == 204
    db.session.execute(update(WebhookEvent).values(received_at=NOW))
    (args,) = promised("payments.work_off_webhook")
    db.session.commit()
    assert not actions.work_off_webhook(int(str(args[0])), now=NOW)
    db.session.execute(update(Payment).values(provider_id=charge))
    db.session.commit()
    assert actions.work_off_webhook(int(str(args[0])), now=NOW)
    assert db.session.scalars(select(Booking.state)).one() == "confirmed"


def test_a_payment_whose_opening_got_no_answer_is_closed_at_the_provider_too() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    pay(held, guest)
    # The provider has it, paid even, and its answer never reached us.
    db.session.execute(update(Payment).values(provider_id=None, url=None))
    payment_id = db.session.scalars(select(Payment.id)).one()
    actions.close_stale(payment_id, now=NOW + 30 * 60 * SECOND)
    db.session.refresh(held)
    assert held.state == "confirmed"


def test_who_comes_back_while_the_provider_is_away_sees_their_booking(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    pay(held, guest)
    key = db.session.scalars(select(Payment.key)).one()

    def away(_self: object, _provider_id: str) -> Charge:
        raise GatewayDown

    monkeypatch.setattr(sandbox.SandboxGateway, "fetch", away)
    assert client.get(f"/payments/return/{key}").location == f"/checkout/{held.ref}"
    assert client.get(f"/checkout/{held.ref}").status_code == 404, "the key opens nothing by itself"


def a_charge() -> str:
    """An open charge of 10.00 at the sandbox."""
    request = ChargeRequest(
        key=uuid.uuid4(), amount=Money(1000, "EUR"), description=f"Room {another()}", payer_email="",
        reference="ABCDEF", return_url="/", cancel_url="/", expires_at=NOW,
    )  # fmt: skip
    opened = gateway("sandbox").open(request)
    assert gateway("sandbox").open(request) == opened, "the same key is the same charge"
    return opened.provider_id


def test_the_sandbox_never_gives_back_more_than_it_took() -> None:

    door, charge = gateway("sandbox"), a_charge()
    with pytest.raises(GatewayRefused):
        door.refund(charge, key=uuid.uuid4(), amount=Money(1, "EUR"))
    sandbox.settle(charge, ChargeState.PAID)
    assert not sandbox.settle(charge, ChargeState.FAILED), "it is over"
    key = uuid.uuid4()
    first = door.refund(charge, key=key, amount=Money(600, "EUR"))
    assert door.refund(charge, key=key, amount=Money(600, "EUR")) == first
    with pytest.raises(GatewayRefused):
        door.refund(charge, key=uuid.uuid4(), amount=Money(401, "EUR"))
    assert door.refund(charge, key=uuid.uuid4(), amount=Money(400, "EUR")) != first


def test_closing_a_paid_charge_says_that_it_is_paid() -> None:
    door, charge = gateway("sandbox"), a_charge()
    sandbox.settle(charge, ChargeState.PAID)
    assert door.close(charge) == Charge(ChargeState.PAID, Money(1000, "EUR"))
    assert door.fetch("sbx_unknown") == Charge(ChargeState.EXPIRED)


def test_a_refused_refund_is_seen_and_not_sent_again() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment_id = pay(held, guest)
    actions.ask_back(payment_id, now=NOW)
    refund = actions.refund(payment_id, Money(5400, "EUR"), cause="test", now=NOW)
    assert actions.refund(payment_id, Money(5400, "EUR"), cause="test", now=NOW).id == refund.id
    with pytest.raises(ValueError, match="not that much"):
        actions.refund(payment_id, Money(1, "EUR"), cause="another", now=NOW)
    db.session.execute(update(SandboxCharge).values(state="failed"))
    db.session.commit()
    for _ in range(2):
        actions.send_refund(refund.id, now=NOW)
    db.session.refresh(refund)
    assert (refund.state, refund.failure) == ("failed", "gateway_refused")


def test_stale_payments_are_found_and_closed_each_in_a_job_of_its_own() -> None:
    guest = a_guest()
    held = a_hold(actor=guest)
    payment_id = pay(held, guest)
    with time_machine.travel(NOW + dt.timedelta(minutes=31), tick=False):
        jobs.close_all_stale()
        assert promised("payments.close_stale") == [[payment_id]]
        work_off("payments.close_stale")
    db.session.refresh(held)
    assert held.state == "confirmed", "it had been paid: the payment wins"
