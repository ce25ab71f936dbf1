"""Coming back from a payment page, the door for providers, and the sandbox provider's own page."""

from __future__ import annotations

import uuid
from contextlib import suppress

from flask import Response, make_response, redirect, request

from bookapp.infra import clock
from bookapp.infra.settings import current_settings
from bookapp.payments import actions, queries
from bookapp.payments.errors import BadSignature, GatewayDown
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import SandboxCharge
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from bookapp.web.areas import MACHINE, PUBLIC, area
from bookapp.web.hypermedia import page

blueprint = area("payments", __name__, PUBLIC)
doors = area("payment_doors", __name__, MACHINE)


@blueprint.get("/payments/return/<uuid:key>")
def come_back(key: uuid.UUID) -> Response:
    """Ask the provider how it went, then show the booking; the webhook may have been faster."""
    payment = queries.payment_by_key(key)
    if payment is None:
        raise NotFound
    reference = payment.reference
    # A hold goes on at its checkout; what is paid later, for a rest or a move, belongs to the booking's page.
    onwards = f"/checkout/{reference}" if payment.purpose == "booking" else f"/bookings/{reference}"
    # When the provider cannot be asked, its webhook tells; the page says how far we are until then.
    with suppress(GatewayDown):
        actions.ask_back(payment.id, now=clock.now())
    return make_response(redirect(onwards, code=303))


@doors.post("/payments/webhooks/<gateway_name>")
def webhook(gateway_name: str) -> Response:
    """Verify the raw body, store it once, answer; a worker does the rest."""
    try:
        actions.receive_webhook(gateway_name, request.get_data(), request.headers, now=clock.now())
    except KeyError:
        raise NotFound from None
    except BadSignature:
        return make_response({"error": "bad signature"}, 400)
    return make_response("", 204)


@blueprint.get("/sandbox/pay/<charge_id>")
def sandbox_page(charge_id: str) -> Response:
    """The pretend provider's payment page."""
    return _sandbox_page(_charge(charge_id))


@blueprint.post("/sandbox/pay/<charge_id>")
def sandbox_answer(charge_id: str) -> Response:
    """What the person chose there: pay, pay with the answer sent twice, be declined, or walk away."""
    charge = _charge(charge_id)
    answer = request.form.get("answer", "")
    if answer not in ("pay", "pay_twice", "decline", "leave"):
        return _sandbox_page(charge, status=422)
    if answer == "leave":
        return make_response(redirect(charge.cancel_url, code=303))
    state = ChargeState.FAILED if answer == "decline" else ChargeState.PAID
    sandbox.settle(charge.id, state, answers=2 if answer == "pay_twice" else 1)
    return make_response(redirect(charge.return_url, code=303))


def _charge(charge_id: str) -> SandboxCharge:
    charge = queries.sandbox_charge(charge_id)
    if charge is None or not current_settings().sandbox_gateway:
        raise NotFound
    return charge


def _sandbox_page(charge: SandboxCharge, status: int = 200) -> Response:
    return page(
        "payments/sandbox.html", charge=charge, amount=Money(charge.amount_minor, charge.currency), status=status
    )
