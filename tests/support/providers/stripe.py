"""A stand-in for Stripe: Checkout Sessions and their page, payment intents, refunds, disputes, lists, webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stripe import WebhookSignature

from tests.support.providers.page import payment_page
from tests.support.providers.parameters import unflattened, unknown_in
from tests.support.providers.server import Answer, Call, Problem, Route, StandIn, route, seen_to

SECRET_KEY = "sk_test_stand_in"
WEBHOOK_SECRET = "whsec_stand_in"
_VERSION = "2026-10-28.endive"
_HALF_AN_HOUR, _A_DAY = 30 * 60, 24 * 60 * 60
# The smallest charges (docs.stripe.com/currencies) in the currencies our tests use.
_LEAST = {"eur": 50, "usd": 50, "gbp": 30, "jpy": 50}

_LONGEST_NAME = 250

Thing = dict[str, Any]


class StandInStripe(StandIn):
    """Stripe as `STRIPE_API_BASE`. What happens outside of its API is a method: `pay`, `fail_refund`, `dispute`."""

    def __init__(self, webhook_secret: str = WEBHOOK_SECRET) -> None:
        super().__init__()
        self.webhook_secret = webhook_secret
        self.refunds_begin: str = "succeeded"
        self.things: dict[str, Thing] = {}

    @property
    def settings(self) -> dict[str, str]:
        """The environment that leads Bookapp here."""
        return {
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            "STRIPE_API_BASE": self.url,
        }

    def routes(self) -> list[Route]:
        """The part of Stripe's API that there is."""
        return [
            route("POST", "/v1/checkout/sessions", self._create_session),
            route("GET", "/v1/checkout/sessions", self._list("checkout.session")),
            route("GET", "/v1/checkout/sessions/<id>", self._read("checkout.session")),
            route("POST", "/v1/checkout/sessions/<id>/expire", self._expire),
            route("GET", "/v1/payment_intents", self._list("payment_intent")),
            route("GET", "/v1/payment_intents/<id>", self._read("payment_intent")),
            route("POST", "/v1/refunds", self._create_refund),
            route("GET", "/v1/refunds", self._list("refund")),
            route("GET", "/v1/refunds/<id>", self._read("refund")),
            route("GET", "/v1/disputes", self._list("dispute")),
            route("GET", "/v1/disputes/<id>", self._read("dispute")),
            route("GET", "/pay/<id>", self._show_page),
            route("POST", "/pay/<id>", self._answer_page),
        ]

    def all(self, kind: str) -> list[Thing]:
        """Every `checkout.session`, `payment_intent`, `refund` or `dispute`, newest first, as the API shows it."""
        return [_shown(thing) for thing in self._newest_first(kind)]

    # What people and banks do

    def pay(self, session_id: str, *, amount: int | None = None, currency: str | None = None) -> str:
        """The card is charged; answers the payment intent. Another amount or currency is what really arrived."""
        with self.lock:
            session = self._get(session_id, "checkout.session")
            if session["status"] != "open":
                raise self.problem(400, "session_not_open", f"You cannot pay this Session: {session['status']}")
            if amount is not None:
                session["amount_total"] = amount
            if currency is not None:
                session["currency"] = currency
            intent = self._add("payment_intent", "pi", {
                "amount": session["amount_total"], "amount_received": session["amount_total"],
                "currency": session["currency"], "status": "succeeded", "metadata": session["_intent_metadata"],
                "latest_charge": self.new_id("ch"), "last_payment_error": None, "capture_method": "automatic",
                "confirmation_method": "automatic", "payment_method_types": ["card"], "_refunded": 0,
            })  # fmt: skip
            session.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None)
        self._happened("payment_intent.succeeded", intent)
        self._happened("checkout.session.completed", session)
        return str(intent["id"])

    def pay_later(self, session_id: str) -> str:
        """The payer is done and led back, and their bank has not answered yet; answers the payment intent."""
        with self.lock:
            session = self._get(session_id, "checkout.session")
            intent = self._add("payment_intent", "pi", {
                "amount": session["amount_total"], "amount_received": 0, "currency": session["currency"],
                "status": "processing", "metadata": session["_intent_metadata"], "latest_charge": self.new_id("ch"),
                "last_payment_error": None, "capture_method": "automatic", "confirmation_method": "automatic",
                "payment_method_types": ["sepa_debit"], "_refunded": 0,
            })  # fmt: skip
            session.update(status="complete", payment_status="unpaid", payment_intent=intent["id"], url=None)
        self._happened("checkout.session.completed", session)
        return str(intent["id"])

    def answer_later(self, session_id: str, *, paid: bool) -> None:
        """The bank answers a payment that was under way."""
        with self.lock:
            session = self._get(session_id, "checkout.session")
            intent = self.things[session["payment_intent"]]
            if paid:
                intent.update(status="succeeded", amount_received=intent["amount"])
                session["payment_status"] = "paid"
            else:
                error = {"code": "payment_method_provider_decline", "type": "invalid_request_error", "message": "No."}
                intent.update(status="requires_payment_method", last_payment_error=error)
        self._happened(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)

    def succeed_refund(self, refund_id: str) -> None:
        """A pending refund arrives."""
        self._end_refund(refund_id, "succeeded", None)

    def fail_refund(self, refund_id: str, reason: str = "expired_or_canceled_card") -> None:
        """A refund that was pending, or even had succeeded, comes back."""
        self._end_refund(refund_id, "failed", reason)

    def dispute(self, intent_id: str, *, amount: int | None = None, reason: str = "fraudulent") -> str:
        """The payer's bank takes the money back."""
        intent = self._get(intent_id, "payment_intent")
        dispute = self._add("dispute", "du", {
            "amount": intent["amount"] if amount is None else amount, "currency": intent["currency"],
            "charge": intent["latest_charge"], "payment_intent": intent_id, "status": "needs_response",
            "reason": reason, "metadata": {}, "is_charge_refundable": False, "balance_transactions": [],
            "evidence": {}, "evidence_details": {}, "enhanced_eligibility_types": [],
        })  # fmt: skip
        self._happened("charge.dispute.created", dispute)
        return str(dispute["id"])

    def close_dispute(self, dispute_id: str, status: str) -> None:
        """It ends: `won` or `lost`."""
        dispute = self._get(dispute_id, "dispute")
        dispute["status"] = status
        self._happened("charge.dispute.closed", dispute)

    # Stripe's ways

    def key_of(self, call: Call) -> str | None:
        """Stripe has a header for it."""
        return call.headers.get("Idempotency-Key")

    def problem(
        self, status: int, code: str, message: str, *, kept: bool = False, kind: str | None = None, **more: str
    ) -> Problem:
        """`{"error": {"type": …, "code": …, "message": …}}`."""
        kinds = {409: "idempotency_error", 429: "rate_limit_error", 500: "api_error", 503: "api_error"}
        error = {"type": kind or kinds.get(status, "invalid_request_error"), "code": code, "message": message, **more}
        return Problem(Answer(status, {"error": error}), kept=kept)

    def other_words(self) -> Problem:
        """400, of a type of its own."""
        message = "Keys for idempotent requests can only be used with the same parameters they were first used with."
        return self.problem(400, "idempotency_mismatch", message, kind="idempotency_error")

    def signed(self, event: Thing, *, at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """With Stripe's own code."""
        body = json.dumps(event)
        stamp = int(self.clock() if at is None else at)
        return body.encode(), {
            "Stripe-Signature": WebhookSignature.generate_signature_header(body, self.webhook_secret, stamp)
        }

    def _create_session(self, call: Call) -> Answer:
        wanted = self._understood(call, "stripe.params.checkout", "SessionCreateParams")
        line = wanted["line_items"][0]
        price, now = line["price_data"], self.now()
        total, currency = int(price["unit_amount"]) * int(line["quantity"]), price["currency"]
        expires_at = int(wanted.get("expires_at", now + _A_DAY))
        if currency != currency.lower():
            raise self.problem(400, "invalid_currency", f"Invalid currency: {currency}")
        if not wanted.get("customer_email", "a").isascii():
            raise self.problem(400, "email_invalid", f"Invalid email address: {wanted['customer_email']}")
        if len(price["product_data"]["name"]) > _LONGEST_NAME:
            raise self.problem(400, "parameter_invalid", "Invalid string: must be at most 250 characters")
        if total < _LEAST.get(currency, 1):
            raise self.problem(400, "amount_too_small", "The Checkout Session's total amount due is too small.")
        if expires_at < now + _HALF_AN_HOUR:
            raise self.problem(400, "parameter_invalid", "`expires_at` must be at least 30 minutes from now.")
        if expires_at > now + _A_DAY:
            raise self.problem(400, "parameter_invalid", "`expires_at` must be less than 24 hours from now.")
        session = self._add("checkout.session", "cs_test", {
            "mode": wanted["mode"], "status": "open", "payment_status": "unpaid", "amount_total": total,
            "amount_subtotal": total, "currency": currency, "metadata": wanted.get("metadata", {}),
            "client_reference_id": wanted.get("client_reference_id"), "expires_at": expires_at,
            "customer_email": wanted.get("customer_email"), "success_url": wanted["success_url"],
            "cancel_url": wanted.get("cancel_url"), "payment_intent": None, "payment_method_types": ["card"],
            "automatic_tax": {"enabled": False, "status": None}, "custom_fields": [], "custom_text": {},
            "shipping_options": [], "_name": price["product_data"]["name"],
            "_intent_metadata": wanted.get("payment_intent_data", {}).get("metadata", {}),
        })  # fmt: skip
        session["url"] = f"{self.url}/pay/{session['id']}"
        return Answer(200, _shown(session))

    def _expire(self, call: Call, session_id: str) -> Answer:
        self._understood(call, "stripe.params.checkout", "SessionExpireParams")
        session = self._get(session_id, "checkout.session")
        if session["status"] != "open":
            message = f'Only Checkout Sessions with a status in ["open"] can be expired: {session["status"]}'
            raise self.problem(400, "session_not_open", message)
        self._end_session(session)
        return Answer(200, _shown(session))

    def _create_refund(self, call: Call) -> Answer:
        wanted = self._understood(call, "stripe.params", "RefundCreateParams")
        intent = self._get(wanted["payment_intent"], "payment_intent")
        left = intent["amount_received"] - intent["_refunded"]
        amount = int(wanted.get("amount", left))
        if any(one["payment_intent"] == intent["id"] and one["status"] != "won" for one in self.all("dispute")):
            raise self.problem(400, "charge_disputed", "This charge has been charged back.", kept=True)
        if left == 0:
            raise self.problem(400, "charge_already_refunded", "Charge has already been refunded.", kept=True)
        if not 0 < amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise self.problem(400, "amount_too_large", message, kept=True, param="amount")
        intent["_refunded"] += amount
        refund = self._add("refund", "re", {
            "amount": amount, "currency": intent["currency"], "status": self.refunds_begin,
            "payment_intent": intent["id"], "charge": intent["latest_charge"], "reason": wanted.get("reason"),
            "metadata": wanted.get("metadata", {}),
        })  # fmt: skip
        self._happened("refund.created", refund)
        self._happened("charge.refunded", {
            "id": intent["latest_charge"], "object": "charge", "amount": intent["amount"],
            "amount_refunded": intent["_refunded"], "refunded": intent["_refunded"] == intent["amount"],
            "payment_intent": intent["id"], "currency": intent["currency"], "metadata": intent["metadata"],
        })  # fmt: skip
        return Answer(200, _shown(refund))

    def _end_refund(self, refund_id: str, status: str, reason: str | None) -> None:
        with self.lock:
            refund = self._get(refund_id, "refund")
            if status == "failed" and refund["status"] != "failed":
                self.things[refund["payment_intent"]]["_refunded"] -= refund["amount"]
                refund["failure_reason"] = reason
            refund["status"] = status
        self._happened("refund.failed" if status == "failed" else "refund.updated", refund)

    def _end_session(self, session: Thing) -> None:
        session.update(status="expired", url=None)
        self._happened("checkout.session.expired", session)

    def _show_page(self, _call: Call, session_id: str, notice: str = "") -> Answer:
        session = self._get(session_id, "checkout.session")
        if session["status"] != "open":
            return Answer(410, payment_page("Stripe", "This page is over", "", back=session["cancel_url"] or ""))
        amount = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
        back = session["cancel_url"] or ""
        page = payment_page("Stripe", amount, session["_name"], back=back, notice=notice)
        return Answer(402 if notice else 200, page)

    def _answer_page(self, call: Call, session_id: str) -> Answer:
        session = self._get(session_id, "checkout.session")
        if session["status"] != "open":
            return self._show_page(call, session_id)
        if call.form.get("do") != "pay":
            return self._show_page(call, session_id, "Your card was declined.")
        self.pay(session_id)
        return seen_to(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session_id))

    def _understood(self, call: Call, module: str, name: str) -> Thing:
        self._check_key(call)
        wanted = unflattened(call.form.items())
        unknown = unknown_in(wanted, module, name)
        if unknown:
            raise self.problem(400, "parameter_unknown", f"Received unknown parameter: {unknown}", param=unknown)
        return wanted

    def _check_key(self, call: Call) -> None:
        if call.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
            raise self.problem(401, "api_key_invalid", "Invalid API Key provided.")

    def _read(self, kind: str) -> Any:
        def read(call: Call, thing_id: str) -> Answer:
            self._check_key(call)
            return Answer(200, _shown(self._get(thing_id, kind)))

        return read

    def _list(self, kind: str) -> Any:
        def answer(call: Call) -> Answer:
            self._check_key(call)
            query, found = call.query, self.all(kind)
            if "created[gte]" in query:
                found = [thing for thing in found if thing["created"] >= int(query["created[gte]"])]
            if "created[lt]" in query:
                found = [thing for thing in found if thing["created"] < int(query["created[lt]"])]
            if "payment_intent" in query:
                found = [thing for thing in found if thing["payment_intent"] == query["payment_intent"]]
            if "starting_after" in query:
                ids = [thing["id"] for thing in found]
                found = found[ids.index(query["starting_after"]) + 1 :]
            size = min(int(query.get("limit", 10)), 100)
            return Answer(200, {
                "object": "list", "url": call.path, "has_more": len(found) > size, "data": found[:size]
            })  # fmt: skip

        return answer

    def _newest_first(self, kind: str) -> Iterator[Thing]:
        return (thing for thing in reversed(list(self.things.values())) if thing["object"] == kind)

    def _get(self, thing_id: str, kind: str) -> Thing:
        thing = self.things.get(thing_id)
        if thing is None or thing["object"] != kind:
            raise self.problem(404, "resource_missing", f"No such {kind}: '{thing_id}'", param="id")
        if kind == "checkout.session" and thing["status"] == "open" and thing["expires_at"] <= self.now():
            self._end_session(thing)
        return thing

    def _add(self, kind: str, prefix: str, facts: Thing) -> Thing:
        thing = {"id": self.new_id(prefix), "object": kind, "created": self.now(), "livemode": False, **facts}
        self.things[thing["id"]] = thing
        return thing

    def _happened(self, kind: str, thing: Thing) -> None:
        self.emit({
            "id": self.new_id("evt"), "object": "event", "api_version": _VERSION, "created": self.now(),
            "livemode": False, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
            "type": kind, "data": {"object": _shown(thing)},
        })  # fmt: skip


def _shown(thing: Thing) -> Thing:
    return {name: value for name, value in thing.items() if not name.startswith("_")}
