"""The books checker finds nothing in a world where everything happened, and everything that is broken by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from bookapp.booking import actions as booking_actions
from bookapp.booking.rules import SeatWish
from bookapp.infra.db import db
from bookapp.infra.outbox import OutboxRow
from bookapp.operations import actions, jobs, queries
from bookapp.operations.actions import LOOK_AGAIN
from bookapp.payments import actions as payments
from bookapp.payments.models import MoneyCase
from bookapp.payments.policy import Decision
from bookapp.payments.queries import payments_of
from bookapp.scheduling.models import OCCUPANCY_CONSTRAINT
from bookapp.values.money import Money
from tests.builders.booking import NOW, a_booking, a_guest, a_hold, at, pay
from tests.builders.identity import a_user, actor_of
from tests.builders.scheduling import a_session
from tests.support.databases import forgotten_afterwards
from tests.support.jobs import promised, work_off


@pytest.fixture(scope="module")
def made(unforgetting_app: Flask) -> Iterator[Flask]:
    """Bookings in every state, with money kept, sent back, and on its way."""
    with forgotten_afterwards(unforgetting_app) as app:
        everything_happens()
        assert queries.differences() == []
        db.session.commit()
        yield app


@pytest.fixture
def world(made: Flask) -> Iterator[Flask]:
    """The same for every test: what one breaks is whole again for the next."""
    before = db.engine.begin_nested()
    yield made
    db.session.remove()
    before.rollback()


def everything_happens() -> None:
    a_booking()
    a_booking(state="cancelled")
    a_booking(state="expired")
    a_booking(SeatWish(a_session(starts_at=at(), capacity=3).id, 2))
    booking = a_booking()
    (payment,) = payments_of(booking.ref)
    payments.refund(payment.id, Money(1000, "EUR"), cause="goodwill:1", now=NOW, reason="The heating was off")
    guest = a_guest()
    late = a_hold(actor=guest)
    payment_id = pay(late, guest)
    booking_actions.cancel(guest, late.ref, now=NOW)
    payments.close_stale(payment_id, now=NOW)
    work_off("payments.send_refund")
    a_hold()


# Each rule, and a statement that breaks what it guards and nothing that it does not look at.
BREAKS = {
    "balance": "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE kind = 'receivable'",
    "currency": "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE kind = 'receivable'",
    "leg": """INSERT INTO ledger_entry (transfer_id, leg, account_id, amount_minor)
        SELECT min(t.id), 'reserve', min(a.id), 5 FROM transfer t, ledger_account a""",
    "below_zero": """ALTER TABLE ledger_account DROP CONSTRAINT ck_ledger_account_never_below_zero;
        INSERT INTO ledger_account (kind, owner_id, currency, balance_minor) VALUES ('wallet', 1, 'EUR', -1)""",
    "reserved": """INSERT INTO transfer (kind, cause, state, amount_minor, currency)
        VALUES ('payment', 'payment:0', 'pending', 5, 'EUR')""",
    "payment_booked": "UPDATE transfer SET amount_minor = amount_minor + 1 WHERE kind = 'payment'",
    "refund_booked": "UPDATE transfer SET amount_minor = amount_minor + 1 WHERE kind = 'refund'",
    "dispute_booked": """INSERT INTO dispute (payment_id, provider_id, state, amount_minor, currency, opened_at)
        SELECT min(id), 'dp', 'lost', 5400, 'EUR', now() FROM payment WHERE state = 'succeeded'""",
    "charge": "UPDATE sandbox_charge SET state = 'failed' WHERE state = 'paid'",
    "charge (amount)": "UPDATE sandbox_charge SET amount_minor = amount_minor + 1 WHERE state = 'paid'",
    "charge (ours is gone)": "UPDATE payment SET state = 'abandoned'",
    "provider_refunds": "UPDATE sandbox_refund SET amount_minor = 5401",
    "refunds": "UPDATE refund SET amount_minor = 5401",
    "refund": "DELETE FROM sandbox_refund",
    "refund (not ours)": """INSERT INTO sandbox_refund (id, key, charge_id, amount_minor)
        SELECT 'sbr_x', gen_random_uuid(), min(id), 1 FROM sandbox_charge""",
    "refund_stuck": "UPDATE refund SET state = 'failed'",
    "confirmed": "UPDATE booking SET total_minor = total_minor + 1 WHERE state = 'confirmed'",
    "kept": "UPDATE booking SET state = 'expired' WHERE state = 'confirmed'",
    "fee": "UPDATE booking SET fee_minor = fee_minor - 1 WHERE fee_minor > 0",
    "change": """INSERT INTO booking_change (booking_id, kind, state, before, after, difference_minor)
        SELECT min(id), 'move', 'expired', '{}', '{}', 0 FROM booking;
        UPDATE payment SET purpose = 'change:' || (SELECT max(id) FROM booking_change)""",
    "wrong": "UPDATE payment SET received_minor = 5300, received_currency = 'EUR' WHERE state = 'succeeded'",
    "audit": "UPDATE booking SET ref = reverse(ref) WHERE state = 'confirmed'",
    "numbers": """INSERT INTO paper
        (merchant_id, kind, number, reference, cause, currency, total_minor, facts, issued_at)
        SELECT min(id), 'invoice', 2, 'B7K2QF', 'test', 'EUR', 1, '{}', now() FROM merchant""",
    "statement": """INSERT INTO statement (merchant_id, month, currency, opening_minor, closing_minor, facts)
        SELECT owner_id, '2027-03-01', currency, 0, balance_minor + 1, '{}' FROM ledger_account
        WHERE kind = 'receivable' ORDER BY id LIMIT 1""",
    "no_place": "UPDATE occupancy SET active = false",
    "place_for_nobody": """UPDATE occupancy SET active = true WHERE claim_id IN
        (SELECT claim_id FROM booking WHERE state IN ('cancelled', 'expired'))""",
    "place_twice": f"""ALTER TABLE occupancy DROP CONSTRAINT {OCCUPANCY_CONSTRAINT};
        UPDATE occupancy SET resource_id = (SELECT min(resource_id) FROM occupancy)""",
    "seats": "UPDATE session SET seats_taken = seats_taken + 1",
    "given_up": "INSERT INTO outbox (name, args, state) VALUES ('payments.send_refund', '[0]', 'dead')",
}


def test_every_rule_has_a_break() -> None:
    assert {name.partition(" ")[0] for name in BREAKS} == {rule.name for rule in queries.RULES}


@pytest.mark.parametrize("broken", sorted(BREAKS))
def test_what_is_broken_is_found(world: Flask, broken: str) -> None:
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in BREAKS[broken].split(";"):
        db.session.execute(text(statement))
    found = queries.differences()
    assert broken.partition(" ")[0] in {one.rule.name for one in found}
    assert all(one.subject.startswith("books:") and str(one) for one in found)


def test_the_command_says_it_in_words_and_by_its_exit_code(world: Flask) -> None:
    runner = world.test_cli_runner()
    clean = runner.invoke(args=["payments", "check-books"])
    assert (clean.exit_code, clean.output) == (0, f"{len(queries.RULES)} rules, no difference\n")
    db.session.execute(text(BREAKS["kept"]))
    db.session.commit()
    broken = runner.invoke(args=["payments", "check-books"])
    assert broken.exit_code == 1
    assert "Money was kept for nothing: ref " in broken.output


def test_what_is_still_wrong_after_ten_minutes_is_a_case_once_until_it_is_right(world: Flask) -> None:
    with time_machine.travel(NOW, tick=False):
        jobs.check_books()
        assert promised("operations.confirm_differences") == [[[]]]
        db.session.execute(text(BREAKS["confirmed"]))
        db.session.commit()
        jobs.check_books()
    *_, (suspected,) = promised("operations.confirm_differences")
    assert isinstance(suspected, list)
    assert suspected
    for minutes in (10, 20):
        assert actions.confirm_differences(suspected, now=NOW + dt.timedelta(minutes=minutes)) == len(suspected)
    cases = db.session.scalars(select(MoneyCase)).all()
    assert {case.subject for case in cases} == set(suspected)
    assert all(case.closed_at is None and case.merchant_id is None for case in cases)
    db.session.execute(text("UPDATE booking SET total_minor = total_minor - 1 WHERE state = 'confirmed'"))
    db.session.commit()
    assert actions.confirm_differences([], now=NOW + LOOK_AGAIN) == 0
    db.session.expire_all()
    assert all(case.closed_at is not None for case in db.session.scalars(select(MoneyCase)))


def test_what_was_only_under_way_is_no_case(world: Flask) -> None:
    guest = a_guest()
    payment_id = pay(a_hold(actor=guest), guest)
    found = actions.check_books(now=NOW)
    assert [one.rule.name for one in found] == ["charge"], "paid there, and we have not heard of it yet"
    payments.ask_back(payment_id, now=NOW)
    assert actions.confirm_differences([one.subject for one in found], now=NOW + LOOK_AGAIN) == 0
    run_at = db.session.scalars(select(OutboxRow.run_at).where(OutboxRow.name == "operations.confirm_differences"))
    assert set(run_at) == {NOW + LOOK_AGAIN}
    assert not db.session.scalars(select(MoneyCase)).all()


def test_what_a_person_has_closed_is_not_asked_again(world: Flask) -> None:
    db.session.execute(text(BREAKS["kept"]))
    db.session.commit()
    suspected = [one.subject for one in queries.differences()]
    actions.confirm_differences(suspected, now=NOW)
    admin = actor_of(a_user(is_admin=True))
    for case in db.session.scalars(select(MoneyCase)).all():
        payments.decide(admin, case.id, Decision.CLOSE, note="Known", key=f"key-{case.id:06}", now=NOW)
    assert actions.confirm_differences(suspected, now=NOW + LOOK_AGAIN) == len(suspected)
    assert not db.session.scalars(select(MoneyCase).where(MoneyCase.closed_at.is_(None))).all()
