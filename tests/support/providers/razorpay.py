"""A stand-in for Razorpay: payment links and their page, payments, refunds, disputes, lists, webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import urllib.parse
from typing import Any

from tests.support.providers.page import payment_page
from tests.support.providers.server import Answer, Call, Problem, Route, StandIn, route, seen_to

KEY_ID = "rzp_test_stand_in"
KEY_SECRET = "a-key-secret"
WEBHOOK_SECRET = "a-webhook-secret"
_A_QUARTER_OF_AN_HOUR = 15 * 60
_MAY_ASK = {
    "amount", "currency", "accept_partial", "first_min_partial_amount", "description", "reference_id", "customer",
    "expire_by", "notify", "notes", "callback_url", "callback_method", "reminder_enable", "upi_link", "options",
}  # fmt: skip

Thing = dict[str, Any]


class StandInRazorpay(StandIn):
    """Razorpay as `RAZORPAY_API_BASE`. What happens outside of its API is a method: `pay`, `fail_refund`, `dispute`."""

    def __init__(self, webhook_secret: str = WEBHOOK_SECRET) -> None:
        super().__init__()
        self.webhook_secret = webhook_secret
        self.refunds_begin: str = "processed"
        self.labels_payments = False
        self.links: dict[str, Thing] = {}
        self.payments: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self.disputes: dict[str, Thing] = {}

    @property
    def settings(self) -> dict[str, str]:
        """The environment that leads Bookapp here."""
        return {
            "RAZORPAY_KEY_ID": KEY_ID,
            "RAZORPAY_KEY_SECRET": KEY_SECRET,
            "RAZORPAY_WEBHOOK_SECRET": self.webhook_secret,
            "RAZORPAY_API_BASE": self.url,
        }

    def routes(self) -> list[Route]:
        """The part of Razorpay's API that there is."""
        return [
            route("POST", "/v1/payment_links", self._create_link),
            route("GET", "/v1/payment_links", self._list_links),
            route("GET", "/v1/payment_links/<id>", self._read_link),
            route("POST", "/v1/payment_links/<id>/cancel", self._cancel),
            route("GET", "/v1/payments", self._list_payments),
            route("POST", "/v1/payments/<id>/refund", self._create_refund),
            route("GET", "/v1/payments/<id>/refunds", self._list_refunds),
            route("GET", "/v1/refunds", self._list_refunds),
            route("GET", "/v1/refunds/<id>", self._read_refund),
            route("GET", "/v1/disputes/<id>", self._read_dispute),
            route("GET", "/pay/<id>", self._show_page),
            route("POST", "/pay/<id>", self._answer_page),
        ]

    # What people and banks do

    def pay(self, link_id: str, *, amount: int | None = None, currency: str | None = None) -> str:
        """The money is captured; answers the payment. Another amount or currency is what really arrived."""
        with self.lock:
            link = self._link(link_id)
            if link["status"] != "created":
                raise self.problem(400, "BAD_REQUEST_ERROR", f"The payment link is {link['status']}.")
            link["currency"] = currency or link["currency"]
            paid = link["amount"] if amount is None else amount
            payment = self._payment(link, paid, "captured")
            link["payments"] = [*(link["payments"] or []), {
                "amount": paid, "created_at": self.now(), "method": "card", "payment_id": payment["id"],
                "plink_id": link_id, "status": "captured",
            }]  # fmt: skip
            link.update(status="paid", amount_paid=paid)
        order = {"id": link["order_id"], "entity": "order", "amount": link["amount"], "status": "paid"}
        self._happened("payment.captured", payment=payment)
        self._happened("order.paid", payment=payment, order=order)
        self._happened("payment_link.paid", payment=payment, order=order, payment_link=link)
        return str(payment["id"])

    def decline(self, link_id: str) -> None:
        """The bank says no; the link stays open."""
        self._happened("payment.failed", payment=self._payment(self._link(link_id), 0, "failed"))

    def process_refund(self, refund_id: str) -> None:
        """A pending refund arrives."""
        self._end_refund(refund_id, "processed")

    def fail_refund(self, refund_id: str) -> None:
        """A refund comes back."""
        self._end_refund(refund_id, "failed")

    def dispute(self, payment_id: str, *, amount: int | None = None, reason: str = "chargeback_authorization") -> str:
        """The payer's bank takes the money back."""
        payment = self._known(self.payments, payment_id)
        dispute = self._add(self.disputes, "disp", "dispute", {
            "payment_id": payment_id, "amount": payment["amount"] if amount is None else amount,
            "currency": payment["currency"], "amount_deducted": 0, "reason_code": reason, "phase": "chargeback",
            "status": "open",
        })  # fmt: skip
        self._happened("payment.dispute.created", payment=payment, dispute=dispute)
        return str(dispute["id"])

    def close_dispute(self, dispute_id: str, status: str, *, deducted: int = 0) -> None:
        """It ends: `won`, `lost` or `closed`."""
        dispute = self._known(self.disputes, dispute_id)
        dispute.update(status=status, amount_deducted=deducted)
        payment = self.payments[dispute["payment_id"]]
        self._happened(f"payment.dispute.{status}", payment=payment, dispute=dispute)

    # Razorpay's ways

    def key_of(self, call: Call) -> str | None:
        """Only refunds have keys."""
        return call.headers.get("X-Refund-Idempotency")

    def problem(self, status: int, code: str, message: str, *, kept: bool = False, reason: str = "NA") -> Problem:
        """`{"error": {"code": …, "description": …, "reason": …}}`; a rate limit is a BAD_REQUEST_ERROR as well."""
        named = {500: "SERVER_ERROR", 503: "GATEWAY_ERROR"}.get(status, "BAD_REQUEST_ERROR")
        told = {"code": code if code.isupper() else named, "description": message, "source": "business",
                "step": "NA", "reason": reason, "metadata": {}}  # fmt: skip
        return Problem(Answer(status, {"error": told}), kept=kept)

    def other_words(self) -> Problem:
        """400 like any other."""
        message = "Different request body sent for the same Idempotency Header"
        return self.problem(400, "BAD_REQUEST_ERROR", message)

    def signed(self, event: Thing, *, at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """HMAC of the body; the event's id is beside it. `at` is the moment the event says it was made."""
        told = {name: value for name, value in event.items() if name != "id"}
        if at is not None:
            told["created_at"] = int(at)
        body = json.dumps(told).encode()
        signature = hmac.new(self.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        return body, {"X-Razorpay-Signature": signature, "X-Razorpay-Event-Id": event["id"]}

    def _create_link(self, call: Call) -> Answer:
        wanted = self._understood(call)
        if unknown := sorted(wanted.keys() - _MAY_ASK):
            raise self._bad(f"{unknown[0]} is/are not required and should not be sent")
        if not isinstance(wanted["amount"], int) or wanted["amount"] < 100:
            raise self._bad("amount must be atleast INR 1")
        if wanted.get("callback_url") and wanted.get("callback_method") != "get":
            raise self._bad("callback_method must be get")
        if wanted["expire_by"] < self.now() + _A_QUARTER_OF_AN_HOUR:
            raise self._bad("expire_by should be at least 15 minutes after current time")
        reference = wanted.get("reference_id", "")
        if len(reference) > 40:
            raise self._bad("The reference id may not be greater than 40 characters.")
        if reference and any(link["reference_id"] == reference for link in self.links.values()):
            raise self._bad(
                f"payment link with given reference_id: {reference} already exists."
                " Please create a payment link with a different reference_id"
            )
        link = self._add(self.links, "plink", "payment_link", {
            "amount": wanted["amount"], "amount_paid": 0, "currency": wanted.get("currency", "INR"),
            "accept_partial": wanted.get("accept_partial", False), "description": wanted.get("description", ""),
            "reference_id": reference, "customer": wanted.get("customer", {}), "notes": wanted.get("notes", []),
            "notify": wanted.get("notify", {}), "reminder_enable": wanted.get("reminder_enable", False),
            "callback_url": wanted.get("callback_url", ""), "callback_method": wanted.get("callback_method", ""),
            "expire_by": wanted["expire_by"], "expired_at": 0, "cancelled_at": 0, "payments": None,
            "status": "created", "order_id": self.new_id("order"),
        })  # fmt: skip
        del link["entity"]
        link["short_url"] = f"{self.url}/pay/{link['id']}"
        return Answer(200, link)

    def _list_links(self, call: Call) -> Answer:
        self._check_key(call)
        found = list(reversed(self.links.values()))
        if "reference_id" in call.query:
            found = [link for link in found if link["reference_id"] == call.query["reference_id"]]
        if "payment_id" in call.query:
            paid = self.payments.get(call.query["payment_id"], {})
            found = [link for link in found if link["order_id"] == paid.get("order_id")]
        return Answer(200, {"payment_links": [{**link, "payments": []} for link in found[:10]]})

    def _read_link(self, call: Call, link_id: str) -> Answer:
        self._check_key(call)
        return Answer(200, self._link(link_id))

    def _cancel(self, call: Call, link_id: str) -> Answer:
        self._check_key(call)
        link = self._link(link_id)
        if link["status"] != "created":
            raise self._bad(f"Payment Link could not be cancelled, as it is already {link['status']}.")
        link.update(status="cancelled", cancelled_at=self.now())
        self._happened("payment_link.cancelled", payment_link=link)
        return Answer(200, link)

    def _list_payments(self, call: Call) -> Answer:
        self._check_key(call)
        return self._page(call, list(self.payments.values()))

    def _create_refund(self, call: Call, payment_id: str) -> Answer:
        wanted, payment = self._understood(call), self._known(self.payments, payment_id)
        if payment["status"] not in ("captured", "refunded"):
            raise self._bad("The payment has not been captured and cannot be refunded.")
        if wanted["amount"] > payment["amount"] - payment["amount_refunded"]:
            message = "The total refund amount is greater than the refund payment amount"
            raise self.problem(400, "BAD_REQUEST_ERROR", message, kept=True, reason="amount_exceeds_payment")
        payment["amount_refunded"] += wanted["amount"]
        if payment["amount_refunded"] == payment["amount"]:
            payment.update(status="refunded", refund_status="full")
        refund = self._add(self.refunds, "rfnd", "refund", {
            "amount": wanted["amount"], "currency": payment["currency"], "payment_id": payment_id,
            "notes": wanted.get("notes", []), "receipt": wanted.get("receipt"), "status": self.refunds_begin,
            "speed_requested": wanted.get("speed", "normal"), "speed_processed": "normal",
        })  # fmt: skip
        self._happened("refund.created", payment=payment, refund=refund)
        if refund["status"] == "processed":
            self._happened("refund.processed", payment=payment, refund=refund)
        return Answer(200, refund)

    def _list_refunds(self, call: Call, payment_id: str | None = None) -> Answer:
        self._check_key(call)
        return self._page(
            call, [one for one in self.refunds.values() if payment_id is None or one["payment_id"] == payment_id]
        )

    def _read_refund(self, call: Call, refund_id: str) -> Answer:
        self._check_key(call)
        return Answer(200, self._known(self.refunds, refund_id))

    def _read_dispute(self, call: Call, dispute_id: str) -> Answer:
        self._check_key(call)
        return Answer(200, self._known(self.disputes, dispute_id))

    def _end_refund(self, refund_id: str, status: str) -> None:
        with self.lock:
            refund = self._known(self.refunds, refund_id)
            payment = self.payments[refund["payment_id"]]
            if status == "failed" and refund["status"] != "failed":
                payment["amount_refunded"] -= refund["amount"]
                payment["status"] = "captured"
            refund["status"] = status
        self._happened(f"refund.{status}", payment=payment, refund=refund)

    def _show_page(self, _call: Call, link_id: str, notice: str = "") -> Answer:
        link = self._link(link_id)
        if link["status"] != "created":
            return Answer(200, payment_page("Razorpay", f"This payment link is {link['status']}", ""))
        amount = f"{link['amount'] / 100:.2f} {link['currency']}"
        return Answer(200, payment_page("Razorpay", amount, link["description"], notice=notice))

    def _answer_page(self, call: Call, link_id: str) -> Answer:
        link = self._link(link_id)
        if link["status"] != "created":
            return self._show_page(call, link_id)
        if call.form.get("do") != "pay":
            self.decline(link_id)
            return self._show_page(call, link_id, "Your payment could not be completed.")
        payment_id = self.pay(link_id)
        signed = f"{link_id}|{link['reference_id']}|paid|{payment_id}".encode()
        told = {
            "razorpay_payment_id": payment_id,
            "razorpay_payment_link_id": link_id,
            "razorpay_payment_link_reference_id": link["reference_id"],
            "razorpay_payment_link_status": "paid",
            "razorpay_signature": hmac.new(KEY_SECRET.encode(), signed, hashlib.sha256).hexdigest(),
        }
        return seen_to(f"{link['callback_url']}?{urllib.parse.urlencode(told)}")

    def _payment(self, link: Thing, amount: int, status: str) -> Thing:
        return self._add(self.payments, "pay", "payment", {
            "amount": amount or link["amount"], "currency": link["currency"], "status": status,
            "order_id": link["order_id"], "amount_refunded": 0, "refund_status": None, "method": "card",
            "captured": status == "captured", "description": f"#{link['id'].removeprefix('plink_')}",
            "email": link["customer"].get("email"), "contact": "+919000090000",
            # A link's notes need not be on its payment.
            "notes": link["notes"] if self.labels_payments else [],
        })  # fmt: skip

    def _link(self, link_id: str) -> Thing:
        link = self._known(self.links, link_id)
        if link["status"] == "created" and link["expire_by"] <= self.now():
            link.update(status="expired", expired_at=link["expire_by"])
            self._happened("payment_link.expired", payment_link=link)
        return link

    def _known(self, things: dict[str, Thing], thing_id: str) -> Thing:
        if thing_id not in things:
            raise self._bad("The id provided does not exist")
        return things[thing_id]

    def _bad(self, message: str) -> Problem:
        return self.problem(400, "BAD_REQUEST_ERROR", message)

    def _understood(self, call: Call) -> Thing:
        self._check_key(call)
        wanted: Thing = json.loads(call.body)
        return wanted

    def _check_key(self, call: Call) -> None:
        expected = base64.b64encode(f"{KEY_ID}:{KEY_SECRET}".encode()).decode()
        if call.headers.get("Authorization") != f"Basic {expected}":
            raise self.problem(401, "BAD_REQUEST_ERROR", "The api key provided is invalid")

    def _page(self, call: Call, things: list[Thing]) -> Answer:
        begin, end = int(call.query.get("from", 0)), int(call.query.get("to", 2**40))
        found = [thing for thing in reversed(things) if begin <= thing["created_at"] <= end]
        skip, count = int(call.query.get("skip", 0)), min(int(call.query.get("count", 10)), 100)
        items = found[skip : skip + count]
        return Answer(200, {"entity": "collection", "count": len(items), "items": items})

    def _add(self, things: dict[str, Thing], prefix: str, entity: str, facts: Thing) -> Thing:
        thing = {"id": self.new_id(prefix), "entity": entity, "created_at": self.now(), **facts}
        things[thing["id"]] = thing
        return thing

    def _happened(self, kind: str, **about: Thing) -> None:
        self.emit({
            "id": self.new_id("event"), "entity": "event", "account_id": "acc_stand_in", "event": kind,
            "contains": list(about), "created_at": self.now(),
            "payload": {name: {"entity": thing} for name, thing in about.items()},
        })  # fmt: skip
