"""The stand-ins keep the promises of the providers' documentation that our own are built on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.support.eventually import eventually
from tests.support.providers import StandInRazorpay, StandInStripe
from tests.support.providers.razorpay import KEY_ID, KEY_SECRET
from tests.support.providers.stripe import SECRET_KEY

Told = tuple[str, bytes]


class Ear:
    """A door for webhooks that answers as it is told to."""

    def __init__(self) -> None:
        self.heard: list[Told] = []
        self.answers: list[int] = []
        self.changed = threading.Condition()
        self.server = make_server("127.0.0.1", 0, self.hear, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}/"

    @Request.application
    def hear(self, request: Request) -> Response:
        with self.changed:
            self.heard.append((str(request.get_json().get("type")), request.get_data()))
            self.changed.notify_all()
        return Response(status=self.answers.pop(0) if self.answers else 204)

    def wait_for(self, count: int) -> list[Told]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, timeout=15)
            return self.heard


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()


def a_session(stripe: StandInStripe, key: str = "key-1", **facts: object) -> requests.Response:
    form = {
        "mode": "payment",
        "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": 26250,
        "line_items[0][price_data][product_data][name]": "Linden",
        "success_url": "http://127.0.0.1/thanks",
        "expires_at": int(time.time()) + 1860,
    } | facts
    headers = {"Idempotency-Key": key, "Authorization": f"Bearer {SECRET_KEY}"}
    return requests.post(f"{stripe.url}/v1/checkout/sessions", form, headers=headers, timeout=10)


def test_a_key_is_kept_with_its_answer(stripe: StandInStripe) -> None:
    first, second = a_session(stripe, expires_at=2**31), a_session(stripe, expires_at=2**31)
    assert (first.status_code, second.headers.get("Idempotent-Replayed")) == (400, None), "not begun, not kept"
    moment = int(time.time()) + 1900
    first, second = a_session(stripe, expires_at=moment), a_session(stripe, expires_at=moment)
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    stripe.pay(first.json()["id"])
    assert a_session(stripe, expires_at=moment).json()["status"] == "open", "the answer of then"


def test_a_key_with_other_words_is_refused(stripe: StandInStripe) -> None:
    a_session(stripe)
    other = a_session(stripe, customer_email="somebody@example.org")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(stripe.all("checkout.session")) == 1


def test_a_key_in_use_is_a_conflict(stripe: StandInStripe) -> None:
    moment = int(time.time()) + 1900
    stripe.fault("hanging")
    first: list[requests.Response] = []
    waiting = threading.Thread(target=lambda: first.append(a_session(stripe, expires_at=moment)))
    waiting.start()
    eventually(lambda: stripe.calls)
    assert a_session(stripe, expires_at=moment).status_code == 409
    stripe.release()
    waiting.join(10)
    assert first[0].status_code == 200
    assert len(stripe.all("checkout.session")) == 1


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"customer_mail": "a@b.c"}, "parameter_unknown"),
        ({"line_items[0][price_data][prize]": 1}, "parameter_unknown"),
        ({"payment_intent_data[metadatas][key]": 1}, "parameter_unknown"),
        ({"expires_at": 100}, "parameter_invalid"),
        ({"line_items[0][price_data][currency]": "EUR"}, "invalid_currency"),
        ({"line_items[0][price_data][unit_amount]": 49}, "amount_too_small"),
    ],
)
def test_what_stripe_would_refuse_is_refused(stripe: StandInStripe, facts: dict[str, object], code: str) -> None:
    answer = a_session(stripe, **facts)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_without_the_key_of_the_account_nothing_is_answered(stripe: StandInStripe, razorpay: StandInRazorpay) -> None:
    for url in (f"{stripe.url}/v1/checkout/sessions", f"{razorpay.url}/v1/payment_links"):
        assert requests.get(url, timeout=10).status_code == 401
    good = requests.get(f"{razorpay.url}/v1/payment_links", auth=(KEY_ID, KEY_SECRET), timeout=10)
    assert good.json() == {"payment_links": []}


def test_webhooks_go_out_by_themselves_until_they_are_taken(stripe: StandInStripe, ear: Ear) -> None:
    stripe.webhook_url = ear.url
    ear.answers = [500]
    stripe.pay(a_session(stripe).json()["id"])
    kinds = [kind for kind, _ in ear.wait_for(3)]
    assert set(kinds) == {"payment_intent.succeeded", "checkout.session.completed"}


def test_webhooks_can_be_held_repeated_and_shuffled(stripe: StandInStripe, ear: Ear) -> None:
    stripe.webhook_url, stripe.holds_webhooks = ear.url, True
    for key in ("1", "2", "3"):
        stripe.pay(a_session(stripe, key).json()["id"])
    assert not ear.heard
    assert stripe.deliver(times=5, shuffled=1) == [204] * 30
    heard = [json.loads(body)["id"] for _, body in ear.heard]
    happened = [event["id"] for event in stripe.events]
    assert sorted(heard) == sorted(happened * 5)
    assert heard != [event_id for event_id in happened for _ in range(5)]
    assert stripe.deliver() == [], "what was sent waits no more"


def test_a_link_can_be_made_once_with_a_reference(razorpay: StandInRazorpay) -> None:
    link = {"amount": 100, "currency": "INR", "reference_id": "one", "expire_by": int(time.time()) + 1900}
    url, who = f"{razorpay.url}/v1/payment_links", (KEY_ID, KEY_SECRET)
    assert requests.post(url, json=link, auth=who, timeout=10).status_code == 200
    again = requests.post(url, json=link, auth=who, timeout=10)
    assert (again.status_code, "already exists" in again.text) == (400, True)
    for wrong in ({"reference": "two"}, {"reference_id": "x" * 41}, {"expire_by": 100}, {"callback_url": "http://a"}):
        told = {**link, "reference_id": "two", **wrong}
        assert requests.post(url, json=told, auth=who, timeout=10).status_code == 400


def test_a_page_that_is_over_takes_no_money(stripe: StandInStripe, razorpay: StandInRazorpay) -> None:
    session = a_session(stripe, cancel_url="http://127.0.0.1/back").json()
    page = requests.get(session["url"], timeout=10)
    assert "262.50 EUR" in page.text
    assert "http://127.0.0.1/back" in page.text
    stripe.pay(session["id"])
    over = requests.post(session["url"], {"do": "pay"}, timeout=10)
    assert (over.status_code, len(stripe.all("payment_intent"))) == (410, 1)
    assert requests.get(f"{stripe.url}/nowhere", timeout=10).status_code == 404
