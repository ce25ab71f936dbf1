"""Monthly statements: every movement of a merchant's receivable stands on exactly one, and each is paid out once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from bookapp.app import create_app
from bookapp.audit.queries import story_of
from bookapp.catalog.models import Membership, Merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.infra.db import db
from bookapp.payments import actions, queries, rules
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.documents.statements import MOST_LINES, sheet
from bookapp.payments.errors import NothingToPayOut
from bookapp.payments.models import Account, Statement, Transfer
from bookapp.payments.rules import Section
from bookapp.values.errors import NotAllowed, NotFound
from bookapp.values.money import Money
from bookapp.web.files import defused
from config import Settings
from tests.builders import a_merchant, a_user
from tests.builders.numbers import another
from tests.builders.staff import an_owner_of
from tests.support import databases
from tests.support.client import Client
from tests.support.databases import Servers
from tests.support.eventually import PATIENCE_SECONDS
from tests.support.jobs import promised, work_off
from tests.support.staff import sign_in

APRIL = dt.date(2027, 4, 1)


def at(day: int, month: int = 3, hour: int = 12) -> dt.datetime:
    """A moment in 2027."""
    return dt.datetime(2027, month, day, hour, tzinfo=dt.UTC)


def earn(merchant: Merchant, minor: int, now: dt.datetime, ref: str = "B7K2QF") -> None:
    """A card payment arrives."""
    card, owed = AccountOf.clearing("sandbox"), AccountOf.receivable(merchant.id)
    _post("payment", f"payment:{another()}", minor, card, owed, now, merchant, ref)


def give_back(merchant: Merchant, minor: int, now: dt.datetime, ref: str = "B7K2QF") -> None:
    """A refund is processed."""
    card, owed = AccountOf.clearing("sandbox"), AccountOf.receivable(merchant.id)
    _post("refund", f"refund:{another()}", minor, owed, card, now, merchant, ref)


def _post(
    kind: str,
    cause: str,
    minor: int,
    source: AccountOf,
    target: AccountOf,
    now: dt.datetime,
    merchant: Merchant,
    ref: str,
) -> None:
    ledger.post(kind, cause, Money(minor, "EUR"), source, target, now=now, merchant_id=merchant.id, reference=ref)


def receivable(merchant: Merchant) -> Account:
    """Its account in euros."""
    mine = (Account.kind == "receivable", Account.owner_id == merchant.id)
    return db.session.scalars(select(Account).where(*mine)).one()


def make(merchant: Merchant, now: dt.datetime) -> list[Statement]:
    """What the job does at `now`."""
    return actions.make_statements(receivable(merchant).id, now=now)


def a_march() -> tuple[Merchant, Statement]:
    """A merchant that earned 90.00 in March and gave 15.00 back."""
    merchant = a_merchant(name="Kastanienhof", email="hallo@kastanienhof.example")
    earn(merchant, 5400, at(3))
    earn(merchant, 3600, at(4), "C8M3RG")
    give_back(merchant, 1500, at(20))
    (statement,) = make(merchant, at(2, 4))
    return merchant, statement


def test_a_month_is_summed_up_by_what_moved(app: Flask) -> None:
    merchant, statement = a_march()
    assert (statement.month, statement.opening, statement.closing) == (
        dt.date(2027, 3, 1), Money(0, "EUR"), Money(7500, "EUR"),
    )  # fmt: skip
    assert statement.facts["sections"] == {"earned": 9000, "refunded": -1500}
    assert statement.facts["movements"] == 3
    assert statement.closing_minor == receivable(merchant).balance_minor
    lines = queries.movements(statement)
    assert [(line.section, line.reference, line.amount.minor) for line in lines] == [
        (Section.EARNED, "B7K2QF", 5400),
        (Section.EARNED, "C8M3RG", 3600),
        (Section.REFUNDED, "B7K2QF", -1500),
    ]


def test_each_kind_of_movement_has_its_section(app: Flask) -> None:
    merchant = a_merchant()
    owed, card, house = AccountOf.receivable(merchant.id), AccountOf.clearing("sandbox"), AccountOf.platform()
    earn(merchant, 10000, at(1))
    _post("debit", "venue:1", 1000, owed, card, at(2), merchant, "B7K2QF")
    _post("debit", "dispute:1", 2000, owed, card, at(3), merchant, "B7K2QF")
    _post("credit", "gift_card:1", 300, owed, house, at(4), merchant, "")
    _post("adjustment", "by_hand:1", 40, house, owed, at(5), merchant, "")
    _post("payout", "statement:0", 5, owed, house, at(6), merchant, "")
    (statement,) = make(merchant, at(2, 4))
    assert statement.facts["sections"] == {
        "earned": 10000, "collected": -1000, "disputed": -2000, "other": -260, "paid_out": -5,
    }  # fmt: skip
    assert statement.closing_minor == receivable(merchant).balance_minor


def test_months_follow_each_other_without_a_gap(app: Flask) -> None:
    merchant = a_merchant()
    for month in (1, 2, 4):
        earn(merchant, 1000 * month, at(28, month, 23))
    earn(merchant, 1, dt.datetime(2027, 4, 30, 23, 59, 59, 999999, tzinfo=dt.UTC))
    earn(merchant, 7, at(1, 5, 0))
    statements = make(merchant, at(1, 6))
    assert [one.month.month for one in statements] == [1, 2, 3, 4, 5]
    assert [one.closing_minor for one in statements] == [1000, 3000, 3000, 7001, 7008]
    assert all(after.opening_minor == before.closing_minor for before, after in pairwise(statements))
    assert sum(one.facts["movements"] for one in statements) == 5
    assert make(merchant, at(1, 6)) == []


def test_what_was_reserved_counts_when_it_is_captured(app: Flask) -> None:
    merchant, user = a_merchant(), a_user()
    wallet = AccountOf.wallet(user.id)
    ledger.post("credit", "gift_card:9", Money(500, "EUR"), AccountOf.platform(), wallet, now=at(1), user_id=user.id)
    ledger.reserve("payment:99", Money(500, "EUR"), user.id, now=at(31, 3, 23), merchant_id=merchant.id, reference="X")
    ledger.finish("payment:99", target=AccountOf.receivable(merchant.id), now=at(1, 4, 0))
    (statement,) = make(merchant, at(1, 5))
    assert (statement.month, statement.closing_minor, statement.facts["movements"]) == (APRIL, 500, 1)


def test_an_idle_month_with_nothing_owed_has_none(app: Flask) -> None:
    merchant = a_merchant()
    earn(merchant, 1000, at(1, 1))
    give_back(merchant, 1000, at(2, 1))
    earn(merchant, 500, at(1, 4))
    assert [one.month.month for one in make(merchant, at(1, 6))] == [1, 4, 5]


def test_the_job_makes_what_is_missing_once(app: Flask) -> None:
    merchant = a_merchant()
    earn(merchant, 1000, at(3))
    assert actions.promise_statements(now=at(1, 4, 1)) == 1  # too early for March, and February is asked for
    work_off("payments.make_statements")
    assert db.session.scalar(select(func.count()).select_from(Statement)) == 0
    for _ in range(2):
        actions.promise_statements(now=at(1, 4, 3))
    account = receivable(merchant).id
    assert promised("payments.make_statements") == [[account]] * 2
    actions.make_statements(account, now=at(1, 4, 3))
    actions.make_statements(account, now=at(1, 4, 3))
    assert [one.month for one in db.session.scalars(select(Statement))] == [dt.date(2027, 3, 1)]
    assert actions.promise_statements(now=at(1, 4, 3)) == 0


def test_two_jobs_at_once_make_each_month_once(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("statements")
    real = create_app(Settings.from_env(databases.settings_for(folder, servers.fresh_database(), servers.redis.url)))
    with real.app_context():
        merchant = a_merchant()
        for month in (1, 2, 3):
            earn(merchant, 1000, at(1, month))
        account = receivable(merchant).id
    start = threading.Barrier(6, timeout=PATIENCE_SECONDS)

    def one(_number: int) -> int:
        with real.app_context():
            start.wait()
            return len(actions.make_statements(account, now=at(2, 4)))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(one, range(6))) == [0, 0, 0, 0, 0, 3]


def test_paying_out_is_booked_and_audited_once(app: Flask) -> None:
    merchant, statement = a_march()
    for _ in range(2):
        actions.pay_out(SYSTEM, statement.id, now=at(5, 4))
    assert receivable(merchant).balance_minor == 0
    transfers = db.session.scalars(select(Transfer).where(Transfer.kind == "payout")).all()
    assert [(one.cause, one.amount_minor) for one in transfers] == [(f"statement:{statement.id}", 7500)]
    assert (statement.paid_out_at, statement.paid_out_by) == (at(5, 4), "system")
    told = [entry for entry in story_of(f"statement:{statement.id}") if entry.action == "statement.paid_out"]
    assert [entry.facts for entry in told] == [{"merchant": merchant.id, "amount_minor": 7500, "currency": "EUR"}]
    (april,) = make(merchant, at(1, 5))
    assert (april.facts["sections"], april.closing_minor) == ({"paid_out": -7500}, 0)


def test_what_the_next_statement_took_over_is_not_paid_twice(app: Flask) -> None:
    merchant, march = a_march()
    (april,) = make(merchant, at(1, 5))
    assert april.closing == march.closing
    for statement, now in ((march, at(1, 5, 0)), (march, at(1, 6)), (april, at(1, 6, 0))):
        with pytest.raises(NothingToPayOut):
            actions.pay_out(SYSTEM, statement.id, now=now)
    actions.pay_out(SYSTEM, april.id, now=at(31, 5, 23))
    assert receivable(merchant).balance_minor == 0


def test_nothing_owed_is_not_paid_out(app: Flask) -> None:
    merchant = a_merchant()
    earn(merchant, 1000, at(3))
    give_back(merchant, 1500, at(4))
    (statement,) = make(merchant, at(2, 4))
    assert statement.closing_minor == -500
    with pytest.raises(NothingToPayOut):
        actions.pay_out(SYSTEM, statement.id, now=at(3, 4))


def test_an_owner_sees_their_own_and_pays_nothing_out(app: Flask) -> None:
    merchant, statement = a_march()
    owner, other = an_owner_of(merchant), an_owner_of(a_merchant())
    assert [row[0] for row in queries.statements(owner).rows] == [statement]
    assert queries.receivables(owner) == [("Kastanienhof", Money(7500, "EUR"))]
    assert queries.statements(other).rows == queries.receivables(other) == []
    assert queries.statements(Actor()).rows == []
    with pytest.raises(NotFound):
        actions.pay_out(other, statement.id, now=at(5, 4))
    with pytest.raises(NotAllowed):
        actions.pay_out(owner, statement.id, now=at(5, 4))
    assert statement.paid_out_at is None


@pytest.mark.parametrize(
    ("now", "month"),
    [
        (at(1, 4, 0), dt.date(2027, 2, 1)),
        (at(1, 4, 1), dt.date(2027, 2, 1)),
        (at(1, 4, 2), dt.date(2027, 3, 1)),
        (at(30, 4, 23), dt.date(2027, 3, 1)),
        (at(1, 1, 2), dt.date(2026, 12, 1)),
    ],
)
def test_a_month_closes_two_hours_after_it_ends(now: dt.datetime, month: dt.date) -> None:
    assert rules.last_closed_month(now) == month


def test_months_and_their_ends() -> None:
    assert rules.month_after(dt.date(2026, 12, 31)) == dt.date(2027, 1, 1)
    assert rules.month_after(dt.date(2027, 1, 31)) == dt.date(2027, 2, 1)
    span = rules.month_span(dt.date(2027, 2, 1))
    assert (span.start, span.end) == (at(1, 2, 0), at(1, 3, 0))


def test_a_statement_on_paper(app: Flask) -> None:
    _merchant, statement = a_march()
    said = sheet(statement, queries.each_movement(statement))
    assert said.heading == "Statement March 2027"
    assert said.parties[0].lines == ("hallo@kastanienhof.example",)
    summary, lines = said.tables
    assert list(summary.rows) == [
        ("Owed when it began", "€0.00"),
        ("Earned from bookings", "€90.00"),
        ("Refunded to customers", "-€15.00"),
    ]
    assert summary.sum == ("Owed when it ended", "€75.00")
    assert lines.rows[2] == ("20 March 2027", "Refunded to customers", "B7K2QF", "-€15.00")
    assert b"pdfuaid:part" in said.pdf()


def test_a_statement_nobody_could_read_on_paper_has_a_line_a_day(app: Flask) -> None:
    _merchant, statement = a_march()
    statement.facts = statement.facts | {"movements": MOST_LINES + 1}
    lines = sheet(statement, queries.each_movement(statement)).tables[1]
    assert [row[1:] for row in lines.rows] == [("1", "€54.00"), ("1", "€36.00"), ("1", "-€15.00")]


def signed_in(client: Client, merchant: Merchant | None = None) -> None:
    """An admin at the desk, or with a merchant its owner."""
    sign_in(client, merchant_id=merchant.id if merchant else None, is_admin=merchant is None)


@pytest.fixture
def _in_april() -> Iterator[None]:
    with time_machine.travel(at(5, 4), tick=False):
        yield


@pytest.mark.usefixtures("_in_april")
def test_the_desk_shows_a_statement_and_an_admin_notes_the_payout(client: Client) -> None:
    _merchant, statement = a_march()
    signed_in(client)
    address = f"/desk/statements/{statement.id}"
    listed = client.get("/desk/statements").text
    assert "Kastanienhof" in listed
    assert f'href="{address}"' in listed
    shown = client.get(address).text
    assert "Mark €75.00 as paid out" in shown
    assert "/desk/bookings/C8M3RG" in shown
    for _ in range(2):
        assert client.post(f"{address}/payout").location == address
    assert "Mark" not in client.get(address).text
    assert client.get("/desk/statements?open=1").text.count(address) == 0
    assert db.session.scalar(select(func.count()).where(Transfer.kind == "payout")) == 1


@pytest.mark.usefixtures("_in_april")
def test_an_owner_reads_their_own_and_others_read_as_none_at_all(client: Client) -> None:
    merchant, statement = a_march()
    theirs = a_march()[1]
    signed_in(client, merchant)
    assert client.get("/desk/statements").text.count("/desk/statements/") == 1
    assert "Mark" not in client.get(f"/desk/statements/{statement.id}").text
    assert client.post(f"/desk/statements/{statement.id}/payout").status_code == 403
    for path in ("", ".pdf", ".csv"):
        assert client.get(f"/desk/statements/{statement.id}{path}").status_code == 200
        assert client.get(f"/desk/statements/{theirs.id}{path}").status_code == 404
    assert client.post(f"/desk/statements/{theirs.id}/payout").status_code == 404


def test_what_is_to_be_paid_out_is_what_no_later_month_took_over(app: Flask) -> None:
    merchant, march = a_march()
    assert [row[0] for row in queries.statements(SYSTEM, payable_at=at(5, 4)).rows] == [march]
    (april,) = make(merchant, at(1, 5))
    assert [row[0] for row in queries.statements(SYSTEM, payable_at=at(5, 5)).rows] == [april]
    assert [row[0] for row in queries.statements(SYSTEM).rows] == [april, march]
    assert queries.statements(SYSTEM, payable_at=at(5, 6)).total == 0


@pytest.mark.usefixtures("_in_april")
def test_a_manager_is_told_that_statements_are_not_theirs(client: Client) -> None:
    merchant, statement = a_march()
    signed_in(client, merchant)
    db.session.execute(update(Membership).values(role="manager"))
    assert client.get("/desk/statements").status_code == 403
    assert client.get(f"/desk/statements/{statement.id}").status_code == 404


@pytest.mark.usefixtures("_in_april")
def test_a_spreadsheet_gets_every_line_as_plain_numbers(client: Client) -> None:
    merchant, statement = a_march()
    signed_in(client, merchant)
    answer = client.get(f"/desk/statements/{statement.id}.csv")
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert table[0] == ["Day", "What", "Booking", "Amount", "Currency"]
    assert table[1] == ["2027-03-01", "Owed when it began", "", "0.00", "EUR"]
    assert table[4] == ["2027-03-20", "Refunded to customers", "B7K2QF", "-15.00", "EUR"]
    assert table[5] == ["", "Owed when it ended", "", "75.00", "EUR"]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 123", "'+49 30 123"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("  =1", "'  =1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-15.00", "-15.00"),
        ("B7K2QF", "B7K2QF"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    assert defused(cell) == written
