"""Razorpay: payment links, which unlike its orders can be closed (guarantees.md 12); refunds; signed webhooks.

Spoken to over plain HTTP: Razorpay's own library prints to standard output and turns every error into one of three
exceptions without a status, so that a rate limit looks like a refusal.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import itertools
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import requests
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
from bookapp.payments.gateways.calling import TOLERANCE_SECONDS, as_key, ends_at, key_in, labels, notice, patience
from bookapp.values.money import Money, decimals_of
from bookapp.values.words import N_

SIGNATURE = "X-Razorpay-Signature"
EVENT_ID = "X-Razorpay-Event-Id"

_A_PAGE = 100
_LONGEST_DESCRIPTION = 2048
_THREE_DECIMALS = 3
_THEIR_FAULT = ("GATEWAY_ERROR", "SERVER_ERROR")

_LINK_STATES = {"paid": ChargeState.PAID, "expired": ChargeState.EXPIRED, "cancelled": ChargeState.EXPIRED}
_PAYMENT_STATES = {"captured": ChargeState.PAID, "refunded": ChargeState.PAID, "failed": ChargeState.FAILED}
_REFUND_STATES: dict[str, RefundState] = {"processed": "processed", "failed": "failed"}
_DISPUTE_STATES: dict[str, DisputeState] = {"won": "won", "lost": "lost"}

log = structlog.get_logger("bookapp.payments")


class RazorpayGateway:
    """The protocol of `base`, over Razorpay's API."""

    label = N_("UPI, card or net banking")

    def open(self, request: ChargeRequest) -> Opened:
        """Make a payment link, or answer the one with this key: Razorpay takes a reference_id once, for ever."""
        try:
            link = _call(
                "POST",
                "/v1/payment_links",
                body={
                    "amount": _number(request.amount),
                    "currency": request.amount.currency,
                    "accept_partial": False,
                    "reference_id": str(request.key),
                    "description": request.description[:_LONGEST_DESCRIPTION],
                    "customer": {"email": request.payer_email} if request.payer_email else {},
                    # What there is to say to the customer we say ourselves.
                    "notify": {"sms": False, "email": False},
                    "reminder_enable": False,
                    "notes": labels(request.key, request.reference),
                    "callback_url": request.return_url,
                    "callback_method": "get",
                    "expire_by": ends_at(request),
                },
            )
        except GatewayRefused:
            earlier = self.find_charge(request.key, since=request.expires_at)
            if earlier is None:
                raise
            return earlier
        return Opened(link["id"], link["short_url"])

    def fetch(self, provider_id: str) -> Charge:
        """Ask for the payment link."""
        return _charge(_call("GET", f"/v1/payment_links/{provider_id}"))

    def close(self, provider_id: str) -> Charge:
        """Cancel the payment link. One that is over already says how it ended."""
        try:
            return _charge(_call("POST", f"/v1/payment_links/{provider_id}/cancel"))
        except GatewayRefused:
            return self.fetch(provider_id)

    def find_charge(self, key: uuid.UUID, *, since: dt.datetime) -> Opened | None:
        """Ask for the link with this reference_id, whenever it was made."""
        for link in _links(reference_id=str(key)):
            if link.get("reference_id") == str(key):
                return Opened(link["id"], link["short_url"])
        return None

    def refund(self, provider_id: str, *, key: uuid.UUID, amount: Money, capture_id: str | None = None) -> RefundAnswer:
        """Refund part of the payment, or answer the refund that this key made.

        Razorpay knows the key again by a header. What its page does not say is for how long, so a refusal is only
        believed when there is no refund with our key as its receipt.
        """
        payment = capture_id or self._payment_of(provider_id)
        try:
            refund = _call(
                "POST",
                f"/v1/payments/{payment}/refund",
                body={"amount": _number(amount), "speed": "normal", "receipt": str(key), "notes": labels(key)},
                headers={"X-Refund-Idempotency": str(key)},
            )
        except GatewayRefused:
            earlier = self.find_refund(provider_id, key=key, capture_id=payment)
            if earlier is None:
                raise
            return earlier
        return _refund(refund)

    def fetch_refund(self, provider_id: str) -> RefundAnswer:
        """Ask for the refund."""
        return _refund(_call("GET", f"/v1/refunds/{provider_id}"))

    def find_refund(self, provider_id: str, *, key: uuid.UUID, capture_id: str | None = None) -> RefundAnswer | None:
        """Look through the refunds of the payment."""
        payment = capture_id or self._payment_of(provider_id)
        for refund in _pages(f"/v1/payments/{payment}/refunds"):
            if refund.get("receipt") == str(key):
                return _refund(refund)
        return None

    def fetch_dispute(self, provider_id: str) -> DisputeAnswer:
        """Ask for the dispute. One that was closed without a verdict is lost if it took money."""
        dispute = _call("GET", f"/v1/disputes/{provider_id}")
        state = _DISPUTE_STATES.get(dispute["status"], "open")
        if dispute["status"] == "closed":
            state = "lost" if dispute.get("amount_deducted") else "won"
        return DisputeAnswer(
            provider_id=dispute["id"],
            capture_id=dispute["payment_id"],
            state=state,
            amount=_amount(dispute["amount"], dispute["currency"]),
            reason=dispute.get("reason_code") or "",
        )

    def charges_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedCharge]:
        """The payments made in that time. What we wrote on a link need not be on its payment."""
        for payment in _pages("/v1/payments", **_made(since, until)):
            noted = payment.get("notes")
            if key_in(noted) is None:
                noted = next(
                    (link.get("notes") for link in _links(payment_id=payment["id"]) if _is_of(payment, link)), None
                )
            yield ListedCharge(
                provider_id=payment["id"],
                key=key_in(noted),
                reference=noted.get("reference", "") if isinstance(noted, Mapping) else "",
                amount=_amount(payment["amount"], payment["currency"]),
                state=_PAYMENT_STATES.get(payment["status"], ChargeState.OPEN),
            )

    def refunds_between(self, since: dt.datetime, until: dt.datetime) -> Iterator[ListedRefund]:
        """The refunds made in that time."""
        for refund in _pages("/v1/refunds", **_made(since, until)):
            yield ListedRefund(
                provider_id=refund["id"],
                charge_id=refund["payment_id"],
                key=as_key(refund.get("receipt")),
                amount=_amount(refund["amount"], refund["currency"]),
                state=_refund(refund).state,
            )

    def verify(self, body: bytes, headers: Mapping[str, str], now: dt.datetime) -> Notice:
        """Check the HMAC-SHA256 of the body with each of our secrets.

        The signature has no time of its own, and an event may rightly come a day late: each is stored once and only
        makes us ask, so that an old one does nothing. One that says it was made in the future is refused.
        """
        signature = headers.get(SIGNATURE, "").encode()
        if not any(hmac.compare_digest(signature, _signature(body, secret)) for secret in _webhook_secrets()):
            raise BadSignature
        event = json.loads(body)
        if event.get("entity") != "event" or event.get("created_at", 0) > now.timestamp() + TOLERANCE_SECONDS:
            raise BadSignature
        # The event's id is in a header that nobody signed. With the digest of what was signed nobody can give one
        # event the id of another, which would then be taken for a repetition.
        digest = hashlib.sha256(body).hexdigest()[:16]
        return _notice(f"{headers.get(EVENT_ID, '')}.{digest}", event)

    def _payment_of(self, link_id: str) -> str:
        payment = self.fetch(link_id).capture_id
        if payment is None:
            raise GatewayRefused("not_paid")
        return payment


def _call(
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """One request; answers its JSON. Raises GatewayDown or GatewayRefused."""
    settings = current_settings()
    try:
        answer = requests.request(
            method,
            settings.razorpay_api_base + path,
            params=query,
            json=body,
            headers=headers,
            auth=(settings.razorpay_key_id or "", settings.razorpay_key_secret or ""),
            timeout=patience(),
            allow_redirects=False,
        )
        told = answer.json()
    except requests.JSONDecodeError as error:
        log.warning("gateway.error", gateway="razorpay", status=answer.status_code, reason="no_json")
        raise GatewayDown from error
    except requests.RequestException as error:
        log.warning("gateway.unreachable", gateway="razorpay")
        raise GatewayDown from error
    if answer.status_code == requests.codes.ok:
        return told
    problem = told.get("error") or {}
    code = str(problem.get("code", ""))
    # "NA" is how it says that there is no more to say.
    reason = next(
        (said for said in (problem.get("reason"), code) if said and said != "NA"), f"http_{answer.status_code}"
    )
    log.warning("gateway.error", gateway="razorpay", status=answer.status_code, reason=reason)
    # 409: the same refund is being worked on this very moment.
    if answer.status_code in (409, 429) or answer.status_code >= 500 or code in _THEIR_FAULT:
        raise GatewayDown
    raise GatewayRefused(reason)


def _pages(path: str, **query: Any) -> Iterator[Any]:
    for skip in itertools.count(step=_A_PAGE):
        items = _call("GET", path, query={**query, "count": _A_PAGE, "skip": skip})["items"]
        yield from items
        if len(items) < _A_PAGE:
            return


def _links(**query: str) -> list[Any]:
    links: list[Any] = _call("GET", "/v1/payment_links", query=query)["payment_links"]
    return links


def _is_of(payment: Any, link: Any) -> bool:
    return bool(payment.get("order_id")) and payment["order_id"] == link.get("order_id")


def _made(since: dt.datetime, until: dt.datetime) -> dict[str, int]:
    # Both ends belong to what Razorpay answers; ours does not.
    return {"from": int(since.timestamp()), "to": int(until.timestamp()) - 1}


def _number(amount: Money) -> int:
    """Razorpay counts in the smallest unit, as we do; where that is a thousandth, the last digit must be 0."""
    if decimals_of(amount.currency) == _THREE_DECIMALS and amount.minor % 10:
        raise GatewayRefused("amount_not_representable")
    return amount.minor


def _amount(number: int, currency: str) -> Money:
    return Money(number, currency.upper())


def _charge(link: Any) -> Charge:
    state = _LINK_STATES.get(link["status"], ChargeState.OPEN)
    if state is not ChargeState.PAID:
        return Charge(state)
    captured = [payment["payment_id"] for payment in link.get("payments") or [] if payment["status"] == "captured"]
    return Charge(state, _amount(link["amount_paid"], link["currency"]), captured[-1] if captured else None)


def _refund(refund: Any) -> RefundAnswer:
    state = _REFUND_STATES.get(refund["status"], "pending")
    return RefundAnswer(refund["id"], state, "failed" if state == "failed" else None)


def _webhook_secrets() -> list[str]:
    given = current_settings().razorpay_webhook_secret or ""
    return [secret.strip() for secret in given.split(",") if secret.strip()]


def _signature(body: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()


def _notice(event_id: str, event: Any) -> Notice:
    kind = event["event"]
    ids = {name: part["entity"].get("id") for name, part in event["payload"].items() if isinstance(part, dict)}
    capture = ids.get("payment")
    if kind.startswith("payment_link."):
        return notice(event_id, kind, "charge", ids["payment_link"], charge=ids["payment_link"], capture=capture)
    if kind.startswith("refund."):
        return notice(event_id, kind, "refund", ids["refund"], capture=capture)
    if kind.startswith("payment.dispute."):
        return notice(event_id, kind, "dispute", ids["dispute"], capture=capture)
    return notice(event_id, kind, "other", capture)
