"""The money queue at the desk: who sees what, what each button does, and that it does it once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bookapp.audit.models import AuditEntry
from bookapp.booking.models import Booking
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.payments import actions
from bookapp.payments.models import Account, MoneyCase, Refund
from bookapp.payments.queries import balance, payments_of, wallet_balance
from bookapp.payments.states import CaseKind
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_booking
from tests.builders.identity import a_user, actor_of
from tests.support.client import Client
from tests.support.jobs import promised, work_off
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")
TEN = Money(1000, "EUR")


def a_failed_refund(customer: User | None = None) -> tuple[Booking, Refund, MoneyCase]:
    booking = a_booking(actor=actor_of(customer) if customer else None)
    (payment,) = payments_of(booking.ref)
    refund = actions.refund(payment.id, TEN, cause="goodwill:1", now=NOW, reason="The heating was off")
    actions.note_refund(refund.id, "failed", now=NOW, failure="expired_card")
    return booking, refund, db.session.scalars(select(MoneyCase)).one()


def decide(client: Client, case: MoneyCase, decision: str, note: str = "", key: str = "a-key-of-ours") -> TestResponse:
    facts = {"decision": decision, "note": note, "idempotency_key": key}
    return client.post(f"/desk/money/cases/{case.id}/decision", data=facts)


def refunds() -> list[tuple[str, str, int]]:
    rows = db.session.execute(select(Refund.cause, Refund.state, Refund.amount_minor).order_by(Refund.id))
    return [(cause.partition(":")[0], state, minor) for cause, state, minor in rows]


def test_the_queue_says_what_of_which_booking_and_what_to_do(client: Client) -> None:
    booking, refund, case = a_failed_refund()
    sign_in(client, is_admin=True)
    text = client.get("/desk/money").text
    for words in ("Refund failed", "€10.00, expired_card", booking.ref, "Send it again, put it into the wallet"):
        assert words in text
    assert "1 Refund failed" in text
    assert booking.ref in client.get(f"/desk/money?kind=refund_failed&q={booking.ref.lower()}").text
    assert booking.ref not in client.get("/desk/money?kind=dispute").text
    assert booking.ref not in client.get("/desk/money?state=closed").text
    assert booking.ref in client.htmx(f"/desk/money?q=refund:{refund.id}").text
    shown = client.get(f"/desk/money/cases/{case.id}").text
    for words in ("Refund promised", "expired_card", "€54.00", "The heating was off", "Send it again"):
        assert words in shown


def test_a_quiet_house_says_so(client: Client) -> None:
    sign_in(client, is_admin=True)
    assert "Nothing waits for you" in client.get("/desk/money").text
    assert "No such case" in client.get("/desk/money?kind=dispute").text


def test_an_owner_sees_their_own_and_others_read_as_none_at_all(client: Client) -> None:
    booking, _, case = a_failed_refund()
    db.session.add(MoneyCase(kind="difference", subject="books:kept:X", facts={"what": "Money was kept for nothing"}))
    sign_in(client, merchant_id=booking.merchant_id)
    assert booking.ref in client.get("/desk/money").text
    assert "Money was kept for nothing" not in client.get("/desk/money").text
    assert client.get(f"/desk/money/cases/{case.id}").status_code == 200
    assert client.get("/desk/money/reconciliation").status_code == 404
    client.post("/logout")
    sign_in(client, merchant_id=a_booking().merchant_id)
    assert booking.ref not in client.get("/desk/money").text
    for answer in (client.get(f"/desk/money/cases/{case.id}"), decide(client, case, "retry")):
        assert answer.status_code == 404
    client.post("/logout")
    sign_in(client, merchant_id=booking.merchant_id, role="manager")
    for path in ("/desk/money", f"/desk/money/cases/{case.id}", "/desk/money/reconciliation"):
        assert client.get(path).status_code == 404
    assert refunds() == [("goodwill", "failed", 1000)]


def test_sent_again_it_is_a_new_order_once(client: Client) -> None:
    booking, _, case = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id)
    for _ in range(2):
        assert decide(client, case, "retry").location == "/desk/money"
    work_off("payments.send_refund")
    assert refunds() == [("goodwill", "failed", 1000), ("instead", "processed", 1000)]
    keys = db.session.scalars(select(Refund.key)).all()
    assert len(set(keys)) == 2
    assert balance(booking.ref, "EUR").processed == TEN
    db.session.refresh(case)
    assert case.closed_at is not None
    assert decide(client, case, "retry", key="another-key").status_code == 409
    assert len(refunds()) == 2
    audited = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == f"case:{case.id}")).all()
    assert list(audited) == ["case.opened", "case.retry", "case.closed"]


def test_a_second_failure_comes_back_into_the_queue(client: Client) -> None:
    booking, _, case = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id)
    decide(client, case, "retry")
    second = db.session.scalars(select(Refund).order_by(Refund.id.desc())).first()
    assert second is not None
    actions.note_refund(second.id, "failed", now=NOW, failure="expired_card")
    still = db.session.scalars(select(MoneyCase).where(MoneyCase.closed_at.is_(None))).one()
    assert still.subject == f"refund:{second.id}"


def test_it_can_go_into_the_wallet_of_a_customer_at_once(client: Client) -> None:
    customer = a_user()
    booking, _, case = a_failed_refund(customer)
    sign_in(client, merchant_id=booking.merchant_id)
    assert "customer&#39;s wallet" in client.get(f"/desk/money/cases/{case.id}").text
    assert decide(client, case, "wallet").location == "/desk/money"
    assert wallet_balance(customer.id, "EUR") == TEN
    assert refunds() == [("goodwill", "failed", 1000), ("instead", "processed", 1000)]


def test_a_guest_has_no_wallet(client: Client) -> None:
    booking, _, case = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id)
    assert "wallet</b>" not in client.get(f"/desk/money/cases/{case.id}").text
    answer = decide(client, case, "wallet")
    assert answer.status_code == 409
    assert "booked by a guest" in answer.text
    db.session.refresh(case)
    assert case.closed_at is None, "it was undone as a whole"


def test_paid_by_hand_needs_a_note_and_is_booked_against_the_house(client: Client) -> None:
    booking, _, case = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id)
    assert decide(client, case, "by_hand", "By bank transfer today").status_code == 403, "not an owner's to promise"
    client.post("/logout")
    sign_in(client, is_admin=True)
    answer = decide(client, case, "by_hand")
    assert answer.status_code == 422
    assert "Please say in a few words" in answer.text
    assert decide(client, case, "by_hand", "By bank transfer today").location == "/desk/money"
    work_off("payments.send_refund")
    assert refunds() == [("goodwill", "failed", 1000), ("instead", "processed", 1000)]
    accounts = {one.kind: one.balance_minor for one in db.session.scalars(select(Account))}
    assert accounts == {"clearing": -5400, "receivable": 4400, "platform": 1000}
    reasons = db.session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "case.by_hand")).all()
    assert list(reasons) == ["By bank transfer today"]


def test_what_the_till_gave_back_is_between_the_merchant_and_its_till(client: Client) -> None:
    booking = a_booking()
    payment = actions.take_at_venue(
        reference=booking.ref, merchant_id=booking.merchant_id, amount=TEN, description="", now=NOW, purpose="rest"
    )
    assert payment.id, "nobody needs it: the booking was paid already, so it goes back by itself"
    work_off("payments.send_refund")
    case = db.session.scalars(select(MoneyCase)).one()
    assert case.facts["failure"] == "by_hand"
    sign_in(client, merchant_id=booking.merchant_id)
    assert decide(client, case, "retry").status_code == 403
    assert decide(client, case, "by_hand", "From the till").location == "/desk/money"
    accounts = db.session.execute(select(Account.kind, Account.gateway, Account.balance_minor)).all()
    assert ("clearing", "venue", 0) in [tuple(one) for one in accounts]
    assert ("receivable", "", 5400) in [tuple(one) for one in accounts]


@pytest.mark.parametrize("decision", ["retry", "wallet", "by_hand"])
def test_what_went_back_another_way_does_not_go_back_twice(client: Client, decision: str) -> None:
    booking, first, case = a_failed_refund(a_user())
    actions.refund(first.payment_id, Money(5400, "EUR"), cause="cancelled", now=NOW)
    sign_in(client, is_admin=True)
    answer = decide(client, case, decision, "Again")
    assert answer.status_code == 409
    assert "not left of this payment" in answer.text
    assert balance(booking.ref, "EUR").refunded == Money(5400, "EUR")
    db.session.refresh(case)
    assert case.closed_at is None


def test_closing_needs_a_note(client: Client) -> None:
    booking, _, case = a_failed_refund()
    sign_in(client, merchant_id=booking.merchant_id)
    assert decide(client, case, "close").status_code == 422
    assert decide(client, case, "close", "The customer waived it").location == "/desk/money"
    assert "The customer waived it" in client.get("/desk/money?state=closed").text
    assert "The customer waived it" in client.get(f"/desk/money/cases/{case.id}").text


@pytest.mark.parametrize(
    ("kind", "job"), [("refund", "payments.ask_about_refund"), ("payment", "payments.close_stale")]
)
def test_asking_again_leaves_the_case_open_until_there_is_an_answer(client: Client, kind: str, job: str) -> None:
    booking = a_booking()
    actions.open_case(f"{kind}_unclear", f"{kind}:7", merchant_id=booking.merchant_id, now=NOW)
    case = db.session.scalars(select(MoneyCase)).one()
    sign_in(client, merchant_id=booking.merchant_id)
    assert decide(client, case, "ask").location == f"/desk/money/cases/{case.id}"
    assert promised(job) == [[7]]
    db.session.refresh(case)
    assert case.closed_at is None


@pytest.mark.parametrize("kind", list(CaseKind))
def test_each_kind_has_words_and_a_page(client: Client, kind: CaseKind) -> None:
    sign_in(client, is_admin=True)
    actions.open_case(kind, "refund:7", facts={"amount_minor": 5, "currency": "EUR", "received_minor": 1,
        "received_currency": "USD", "asked_minor": 5, "what": "other_state", "gateway": "sandbox", "ours": "initiated",
        "theirs": "failed"}, now=NOW)  # fmt: skip
    case = db.session.scalars(select(MoneyCase)).one()
    for path in ("/desk/money", f"/desk/money/cases/{case.id}"):
        assert kind.label in client.get(path).text
    assert kind.tone in ("bad", "wait")


def test_the_page_of_comparisons_lists_runs_and_differences_and_starts_one(client: Client) -> None:
    a_booking()
    sign_in(client, is_admin=True)
    assert "None yet" in client.get("/desk/money/reconciliation").text
    answer = client.post("/desk/money/reconciliation")
    assert answer.location == "/desk/money/reconciliation"
    assert work_off("payments.reconcile") == 1
    actions.open_case(
        "difference",
        "charge_at:sandbox:ch_1",
        facts={"what": "missing_here", "gateway": "sandbox", "provider_id": "ch_1"},
        now=NOW,
    )
    text = client.get("/desk/money/reconciliation").text
    assert "At the provider, not in our books" in text
    assert "None yet" not in text
    case = db.session.scalars(select(MoneyCase)).one()
    shown = client.get(f"/desk/money/cases/{case.id}").text
    assert "<code>ch_1</code>" in shown
    assert "Close the case" in shown


def test_a_long_queue_has_pages(client: Client) -> None:
    sign_in(client, is_admin=True)
    for number in range(51):
        actions.open_case("difference", f"books:kept:{number}", facts={"what": "other_state"}, now=NOW)
    assert db.session.scalar(select(func.count()).select_from(MoneyCase)) == 51
    assert "page=2" in client.get("/desk/money?kind=difference").text
    assert client.get("/desk/money?page=2").text.count("Books differ</span>") == 1
