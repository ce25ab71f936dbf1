"""A provider that says everything a hundred times, in any order."""

from __future__ import annotations

import datetime as dt
import json
import random
import secrets
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bookapp.booking import actions
from bookapp.booking.rules import RoomWish
from bookapp.infra import clock
from bookapp.payments import actions as payments
from bookapp.payments.gateways import sandbox
from bookapp.values.timespan import Span
from tests.builders.booking import a_guest, a_hold, an_open_room, details
from tests.builders.numbers import another
from tests.support.eventually import eventually
from tests.support.stack import Stack

HANDS = 8


@dataclass(frozen=True)
class Charge:
    """A charge at the sandbox provider that was paid a moment ago; we have not heard of it."""

    id: str
    ref: str
    email: str


def a_paid_charge(stack: Stack) -> Charge:
    """Somebody holds a room and has paid for it."""
    now = clock.now()
    start = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=5)
    email = f"webhook-{another()}@example.org"
    with stack.app.app_context():
        guest = a_guest()
        held = a_hold(RoomWish(an_open_room().id, Span(start, start + dt.timedelta(hours=2)), 2), actor=guest, now=now)
        payment = actions.check_out(guest, held.ref, details(email), gateway_name="sandbox", now=now)
        assert payment is not None
        payment_id, ref = payment.id, held.ref
        payments.open_at_provider(payment_id, now=now)
    charge_id = str(stack.value("SELECT provider_id FROM payment WHERE id = %s", payment_id))
    # Past the sandbox's own page, which would report it once by itself.
    stack.rows("UPDATE sandbox_charge SET state = 'paid' WHERE id = %s", charge_id)
    return Charge(charge_id, ref, email)


def shower(stack: Stack, charges: list[Charge], *, times: int) -> list[int]:
    """Report each charge so often, all of them mixed, several at once; the statuses that came back."""
    with stack.app.app_context():
        bodies = [
            json.dumps({"id": f"evt_{secrets.token_hex(12)}", "type": "charge.paid", "charge": charge.id}).encode()
            for charge in charges
        ]
        letters = [(body, sandbox.sign(body, clock.now())) for body in bodies * times]
    random.shuffle(letters)

    def post(letter: tuple[bytes, str]) -> int:
        body, signature = letter
        headers = {"Content-Type": "application/json", sandbox.SIGNATURE: signature}
        request = urllib.request.Request(f"{stack.url}/payments/webhooks/sandbox", data=body, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    with ThreadPoolExecutor(HANDS) as hands:
        return list(hands.map(post, letters))


def settled_once(stack: Stack, charge: Charge) -> None:
    """One payment, one ledger entry, one mail. Raises AssertionError."""
    stack.mailbox.wait_for(charge.email, timeout=60)
    settled = "SELECT count(*) FROM audit_entry WHERE action = 'payment.succeeded' AND subject = %s"
    assert stack.value(settled, f"booking:{charge.ref}") == 1
    assert stack.value("SELECT count(*) FROM payment WHERE reference = %s AND state = 'succeeded'", charge.ref) == 1
    assert stack.value("SELECT count(*) FROM transfer WHERE reference = %s AND kind = 'payment'", charge.ref) == 1
    eventually(lambda: not stack.rows("SELECT FROM outbox WHERE state = 'due' AND name = 'payments.work_off_webhook'"))
    assert len(stack.mailbox.to(charge.email)) == 1
