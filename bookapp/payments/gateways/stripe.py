"""Stripe: Checkout Sessions on its own page, refunds against the payment intent, signed webhooks.

Stripe keeps the first answer to an idempotency key for a day, errors included, and refuses the same key with other
parameters. Ours are the same at every try but for the request id among the labels: then what the first try made is
looked for instead.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe
import structlog

from bookapp.infra.settings import current_settings
from bookapp.payments.errors import BadSignature, GatewayDown, GatewayRefused
from bookapp.payments.gateways.base import (
    Charge,
    ChargeRequest,
    ChargeState,
    DisputeAnswer,
    DisputeState,
    ListedCharge,
    ListedRefund,
    Notice,
    Opened,
    RefundAnswer,
    RefundState,
)
from bookapp.payments.gateways.calling import TOLERANCE_SECONDS, ends_at, key_in, labels, notice, patience
from bookapp.values.money import Money, decimals_of
from bookapp.values.words import N_

SIGNATURE = "Stripe-Signature"

# https://docs.stripe.com/currencies: amounts are in the smallest unit, as ours are, with these exceptions. Two that
# have no decimals are still sent with two, one that has them is sent without, and the third decimal is always 0.
_DECIMALS = {"ISK": 2, "UGX": 2, "MGA": 0}
_THREE_DECIMALS = 3

_A_PAGE = 100
_LONGEST_NAME = 250
# Who could not be told apart by key was opened by an attempt of the same checkout, not long ago.
_LOOKING_BACK = dt.timedelta(hours=1)

_REFUND_STATES: dict[str, RefundState] = {"succeeded": "processed", "failed": "failed", "canceled": "failed"}
# An inquiry that was closed and a dispute that was prevented leave the money where it is.
_DISPUTE_STATES: dict[str, DisputeState] = {
    "won": "won", "warning_closed": "won", "prevented": "won", "lost": "lost",
}  # fmt: skip

log = structlog.get_logger("bookapp.payments")


class StripeGateway:
    """The protocol of `base`, over Stripe's API."""

    label = N_("Card")

    def open(self, request: ChargeRequest) -> Opened:
        """Start a Checkout Session, or answer the one that this key started."""
        try:
            with _answered():
                return _opened(_create_session(request))
        except (_AskedBefore, GatewayRefused) as problem:
            # Refused may also mean: too late to begin, and begun by a try of ours that got no answer.
            earlier = self.find_charge(request.key, since=request.expires_at - _LOOKING_BACK)
            if earlier is not None:
                return earlier
            if isinstance(problem, GatewayRefused):
                raise
            raise GatewayDown from None

    def fetch(self, provider_id: str) -> Charge:
        """Ask for the session."""
        with _answered():
            session = _client().v1.checkout.sessions.retrieve(provider_id)
            if session.status == "complete" and session.payment_status == "unpaid" and session.payment_intent:
                # The bank answers later, or has answered by now: the session does not say which.
                return _later(_client().v1.payment_intents.retrieve(session.payment_intent))
        return _charge(session)

    def close(self, provider_id: str) -> Charge:
        """Expire the session. One that is over already says how it ended."""
        try:
            with _answered():
                session = _client().v1.checkout.sessions.expire(provider_id)
        except GatewayRefused:
            return self.fetch(provider_id)
        return _charge(session)

    def find_charge(self, key: uuid.UUID, *, since: dt.datetime) -> Opened | None:
        """Look through the sessions made since then; Stripe cannot search them by what we wrote on them."""
        with _answered():
            sessions = _client().v1.checkout.sessions.list(
                {"created": {"gte": int(since.timestamp())}, "limit": _A_PAGE}
            )
            for session in sessions.auto_paging_iter():
                if key_in(_noted(session)) == key:
                    return _opened(session)
        return None

    def refund(self, provider_id: str, *, key: uuid.UUID, amount: Money, capture_id: str | None = None) -> RefundAnswer:
        """Refund part of the payment intent, or answer the refund that this key made."""
        intent = capture_id or self._intent_of(provider_id)
        try:
            with _answered():
                return _refund(_create_refund(intent, key, amount))
        except (_AskedBefore, GatewayRefused) as problem:
            # Refused may also mean: done by a try of ours more than a day ago, whose key is forgotten by now.
            earlier = self.find_refund(provider_id, key=key, capture_id=intent)
            if earlier is not None:
                return earlier
            if isinstance(problem, GatewayRefused):
                raise
            raise GatewayDown from None

    def fetch_refund(self, provider_id: str) -> RefundAnswer:
        """Ask for the refund."""
        with _answered():
            refund = _client().v1.refunds.retrieve(provider_id)
        return _refund(refund)

    def find_refund(self, provider_id: str, *, key: uuid.UUID, capture_id: str | None = None) -> RefundAnswer | None:
        """Look through the refunds of the payment intent."""
        intent = capture_id or self._intent_of(provider_id)
        with _answered():
            for refund in _client().v1.refunds.list({"payment_intent": intent, "limit": _A_PAGE}).auto_paging_iter():
                if key_in(_noted(refund)) == key:
                    return _refund(refund)
        return None

    def fetch_dispute(self, provider_id: str) -> DisputeAnswer:
        """Ask for the dispute."""
        with _answered():
            dispute = _client().v1.disputes.retrieve(provider_id)
        return DisputeAnswer(
            provider_id=dispute.id,
            capture_id=str(dispute.payment_intent or ""),
            state=_DISPUTE_STATES.get(dispute.status, "open"),
            amount=amount_from_stripe(dispute.amount, dispute.currency),
            reason=dispute.reason,
        )

    def charges_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedCharge]:
        """The payment intents made in that time: a session makes its own when its page is paid on."""
        with _answered():
            for intent in _client().v1.payment_intents.list(_made(since, until)).auto_paging_iter():
                noted = _noted(intent)
                paid = intent.status == "succeeded"
                yield ListedCharge(
                    provider_id=intent.id,
                    key=key_in(noted),
                    reference=noted.get("reference", ""),
                    amount=amount_from_stripe(intent.amount_received if paid else intent.amount, intent.currency),
                    state=_intent_state(intent),
                )

    def refunds_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedRefund]:
        """The refunds made in that time."""
        with _answered():
            for refund in _client().v1.refunds.list(_made(since, until)).auto_paging_iter():
                yield ListedRefund(
                    provider_id=refund.id,
                    charge_id=str(refund.payment_intent or ""),
                    key=key_in(_noted(refund)),
                    amount=amount_from_stripe(refund.amount, refund.currency),
                    state=_refund(refund).state,
                )

    def verify(self, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> Notice:
        """Check the signature with each of our secrets, and its time in both directions.

        stripe-python refuses what is too old by its own clock, and nothing for being from the future.
        """
        header = headers.get(SIGNATURE, "")
        stamps = re.findall(r"(?:^|,)t=([^,]*)", header)
        if len(stamps) != 1 or not re.fullmatch(r"[0-9]{1,12}", stamps[0]):
            raise BadSignature
        if abs(now.timestamp() - int(stamps[0])) > TOLERANCE_SECONDS:
            raise BadSignature
        if not any(_is_signed(body, header, secret) for secret in _webhook_secrets()):
            raise BadSignature
        return _notice(json.loads(body))

    def _intent_of(self, session_id: str) -> str:
        intent = self.fetch(session_id).capture_id
        if intent is None:
            raise GatewayRefused("not_paid")
        return intent


def amount_for_stripe(amount: Money) -> int:
    """`amount` in the unit Stripe counts its currency in. Raises GatewayRefused when it cannot be said there."""
    digits = decimals_of(amount.currency)
    shift = _DECIMALS.get(amount.currency, digits) - digits
    if shift >= 0:
        number, rest = amount.minor * _ten_to(shift), 0
    else:
        number, rest = divmod(amount.minor, _ten_to(-shift))
    if rest or (digits == _THREE_DECIMALS and number % 10):
        raise GatewayRefused("amount_not_representable")
    return number


def amount_from_stripe(number: int, currency: str) -> Money:
    """The amount Stripe calls `number` of `currency` (in any case). Half a unit of ours is rounded down."""
    code = currency.upper()
    shift = decimals_of(code) - _DECIMALS.get(code, decimals_of(code))
    return Money(number * _ten_to(shift) if shift >= 0 else number // _ten_to(-shift), code)


def _ten_to(power: int) -> int:
    return int(10**power)


@functools.lru_cache(maxsize=8)
def _client_for(key: str, base: str, wait: tuple[float, float]) -> stripe.StripeClient:
    """A client keeps its connections and connects when first called. Our outbox tries again, not the client."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=wait),
        max_network_retries=0,
    )


def _client() -> stripe.StripeClient:
    settings = current_settings()
    return _client_for(settings.stripe_secret_key or "", settings.stripe_api_base, patience())


class _AskedBefore(Exception):
    """The key came with other parameters before: an earlier try, in another request of ours, did the work."""


@contextmanager
def _answered() -> Iterator[None]:
    """Turn Stripe's errors into ours."""
    try:
        yield
    except stripe.APIConnectionError as error:
        log.warning("gateway.unreachable", gateway="stripe")
        raise GatewayDown from error
    except stripe.IdempotencyError as error:
        raise _AskedBefore from error
    except stripe.StripeError as error:
        status = error.http_status or 0
        reason = error.code or f"http_{status}"
        log.warning("gateway.error", gateway="stripe", status=status, reason=reason, their_id=error.request_id)
        # 409: the same key is being worked on this very moment.
        if status in (0, 409, 429) or status >= 500:
            raise GatewayDown from error
        raise GatewayRefused(reason) from error


def _create_session(request: ChargeRequest) -> Any:
    noted = labels(request.key, request.reference)
    price = {
        "currency": request.amount.currency.lower(),
        "unit_amount": amount_for_stripe(request.amount),
        "product_data": {"name": (request.description or request.reference)[:_LONGEST_NAME]},
    }
    wanted: Any = {
        "mode": "payment",
        # Only what answers at once: a held place cannot wait days for a bank.
        "allowed_payment_method_types": ["card"],
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": request.reference,
        "metadata": noted,
        "payment_intent_data": {"metadata": noted},
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "expires_at": ends_at(request),
    }
    # It refuses addresses beyond ASCII, and asks for one where it is given none.
    if request.payer_email and request.payer_email.isascii():
        wanted["customer_email"] = request.payer_email
    return _client().v1.checkout.sessions.create(wanted, {"idempotency_key": str(request.key)})


def _create_refund(intent: str, key: uuid.UUID, amount: Money) -> Any:
    return _client().v1.refunds.create(
        {
            "payment_intent": intent,
            "amount": amount_for_stripe(amount),
            "reason": "requested_by_customer",
            "metadata": labels(key),
        },
        {"idempotency_key": str(key)},
    )


def _made(since: dt.datetime, until: dt.datetime) -> Any:
    return {"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": _A_PAGE}


def _noted(thing: Any) -> dict[str, str]:
    return thing.metadata.to_dict() if thing.metadata else {}


def _opened(session: Any) -> Opened:
    # A session that is over has no page any more: who goes there is led on as after paying, where we ask how it ended.
    return Opened(session.id, session.url or session.success_url)


def _charge(session: Any) -> Charge:
    intent = session.payment_intent
    if session.payment_status == "paid":
        return Charge(ChargeState.PAID, amount_from_stripe(session.amount_total, session.currency), intent)
    # Completed and unpaid: the money is on its way.
    return Charge(ChargeState.EXPIRED if session.status == "expired" else ChargeState.OPEN, capture_id=intent)


def _later(intent: Any) -> Charge:
    """The charge of a session that was completed and not paid at once."""
    state = _intent_state(intent)
    if state is ChargeState.PAID:
        return Charge(state, amount_from_stripe(intent.amount_received, intent.currency), intent.id)
    if state is ChargeState.OPEN:
        return Charge(state, capture_id=intent.id)
    error = intent.last_payment_error
    return Charge(ChargeState.FAILED, capture_id=intent.id, failure=getattr(error, "code", None), bounced=True)


def _intent_state(intent: Any) -> ChargeState:
    if intent.status == "succeeded":
        return ChargeState.PAID
    if intent.status == "canceled":
        return ChargeState.EXPIRED
    return ChargeState.FAILED if intent.last_payment_error else ChargeState.OPEN


def _refund(refund: Any) -> RefundAnswer:
    state = _REFUND_STATES.get(refund.status or "", "pending")
    failure = getattr(refund, "failure_reason", None) or refund.status
    return RefundAnswer(refund.id, state, failure if state == "failed" else None)


def _webhook_secrets() -> list[str]:
    return [secret.strip() for secret in (current_settings().stripe_webhook_secret or "").split(",") if secret.strip()]


def _is_signed(body: bytes, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _notice(event: Any) -> Notice:
    if event.get("object") != "event":
        raise BadSignature  # signed, and not of the kind that this door was registered for
    kind, thing = event["type"], event["data"]["object"]
    subject, told = thing.get("object"), {"capture": thing.get("payment_intent")}
    if subject == "checkout.session":
        return notice(event["id"], kind, "charge", thing["id"], charge=thing["id"], **told)
    if subject == "refund":
        return notice(event["id"], kind, "refund", thing["id"], **told)
    if subject == "dispute":
        return notice(event["id"], kind, "dispute", thing["id"], **told)
    return notice(event["id"], kind, "other", thing.get("id"))
