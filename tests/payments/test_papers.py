"""Invoices and credit notes: numbers without a gap, given once per cause, and facts that stay as they were."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from bookapp.app import create_app
from bookapp.infra.db import action, db
from bookapp.payments import rules
from bookapp.payments.actions import papers
from bookapp.payments.documents import paper_pdf, receipts
from bookapp.payments.documents.papers import sheet
from bookapp.payments.models import Paper, Payment, Refund
from bookapp.payments.queries import CREDIT_NOTE, INVOICE, paper_of, papers_of
from bookapp.values.errors import NotFound
from bookapp.values.money import Money
from config import Settings
from tests.builders import a_merchant
from tests.support import databases
from tests.support.databases import Servers
from tests.support.eventually import PATIENCE_SECONDS

NOW = dt.datetime(2027, 3, 1, 8, tzinfo=dt.UTC)
VAT = {"name": "VAT", "percent": "19", "inclusive": True, "minor": 1006, "registration": "DE123456789"}


def a_line(label: str, unit: str, quantity: str, each: int, amount: int, kind: str = "base") -> dict[str, Any]:
    """A priced line as it is frozen."""
    return {
        "kind": kind,
        "label": label,
        "unit": unit,
        "quantity": quantity,
        "unit_price_minor": each,
        "amount_minor": amount,
    }


LINES = [a_line("Linden", "hour", "2", 2700, 5400), a_line("Projector", "piece", "1", 900, 900, kind="addon")]


def facts(**more: Any) -> dict[str, Any]:
    """What a booking of 63.00 in Berlin says of itself."""
    return {
        "seller": {
            "name": "Kastanienhof",
            "lines": ["Linienstraße 40", "10119 Berlin"],
            "country": "DE",
            "contact": "hallo@kastanienhof.example",
        },
        "buyer": {"name": "Miriam Łukasiewicz", "lines": ["miriam@example.org"]},
        "zone": "Europe/Berlin",
        "service": {
            "title": "Linden",
            "place": "Kastanienhof Mitte, Berlin",
            "starts_at": "2027-03-08T13:00:00+00:00",
            "ends_at": "2027-03-08T15:00:00+00:00",
        },
        "lines": LINES,
        "tax": VAT,
        "open_minor": 0,
        "open_until": None,
    } | more


def an_invoice(merchant_id: int, ref: str = "B7K2QF", minor: int = 6300, **more: Any) -> Paper:
    """The invoice of a booking."""
    return papers.issue_invoice(
        merchant_id=merchant_id,
        reference=ref,
        cause=f"booking:{ref}",
        amount=Money(minor, "EUR"),
        facts=facts(**more),
        now=NOW,
    )


@pytest.fixture(scope="module")
def real(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application whose threads each have a connection of their own."""
    environment = databases.settings_for(tmp_path_factory.mktemp("papers"), servers.fresh_database(), servers.redis.url)
    return create_app(Settings.from_env(environment))


def at_once(app: Flask, refs: list[str], merchant_id: int) -> list[int]:
    """An invoice for each of `refs`, all at the same moment; their numbers."""
    start = threading.Barrier(len(refs), timeout=PATIENCE_SECONDS)

    def one(ref: str) -> int:
        with app.app_context():
            start.wait()
            return an_invoice(merchant_id, ref).number

    with ThreadPoolExecutor(len(refs)) as pool:
        return list(pool.map(one, refs))


def of_a_new_merchant(app: Flask) -> int:
    with app.app_context():
        merchant_id: int = a_merchant().id
        return merchant_id


@contextmanager
def no_lock_on_the_series(monkeypatch: pytest.MonkeyPatch, pause: threading.Barrier) -> Iterator[None]:
    """The negative control: everybody reads the last number before anybody writes the next."""

    def read(merchant_id: int, kind: str) -> Any:
        last = papers.PaperSeries(merchant_id=merchant_id, kind=kind, last_number=0)
        pause.wait()
        return last

    with monkeypatch.context() as patched:
        patched.setattr(papers, "_lock_series", read)
        yield


def test_twenty_jobs_at_once_give_twenty_numbers_without_a_gap(real: Flask) -> None:
    numbers = at_once(real, [f"REF{number:03}" for number in range(20)], of_a_new_merchant(real))
    assert sorted(numbers) == list(range(1, 21))


def test_one_job_twenty_times_at_once_gives_one_number(real: Flask) -> None:
    assert at_once(real, ["SAME22"] * 20, of_a_new_merchant(real)) == [1] * 20


def test_it_is_the_locked_series_that_keeps_numbers_apart(real: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant_id = of_a_new_merchant(real)
    with (
        no_lock_on_the_series(monkeypatch, threading.Barrier(2, timeout=PATIENCE_SECONDS)),
        pytest.raises(Exception, match="uq_paper_merchant_id"),
    ):
        at_once(real, ["LOCK22", "LOCK33"], merchant_id)


def test_what_was_undone_leaves_no_gap(app: Flask) -> None:
    merchant = a_merchant()

    @action
    def refused() -> None:
        an_invoice(merchant.id, "AAAAAA")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        refused()
    assert an_invoice(merchant.id, "BBBBBB").number == 1


def test_each_merchant_and_each_kind_has_a_series_of_its_own(app: Flask) -> None:
    first, second = a_merchant(name="Stillwater Yoga"), a_merchant(name="Kastanienhof")
    an_invoice(first.id, "AAAAAA")
    numbers = [an_invoice(first.id, "CCCCCC").facts["label"], an_invoice(second.id, "DDDDDD").facts["label"]]
    assert numbers == ["SY-000002", "KAS-000001"]
    credited = papers.credit("CCCCCC", Money(100, "EUR"), cause="refund:1", why="refund", now=NOW)
    assert credited is not None
    assert credited.facts["label"] == "SY-C-000001"


def test_a_label_stays_when_the_merchant_is_renamed(app: Flask) -> None:
    merchant = a_merchant(name="Kastanienhof")
    issued = an_invoice(merchant.id)
    merchant.slug = "elsewhere"
    db.session.commit()
    assert (issued.facts["label"], an_invoice(merchant.id, "CCCCCC").facts["label"]) == ("KAS-000001", "ELS-000002")


def test_a_credit_note_refers_to_the_invoice_and_takes_its_share_of_the_tax(app: Flask) -> None:
    an_invoice(a_merchant(name="Kastanienhof").id)
    half = papers.credit("B7K2QF", Money(3150, "EUR"), cause="refund:1", why="refund", now=NOW)
    rest = papers.credit("B7K2QF", Money(3150, "EUR"), cause="refund:2", why="refund", now=NOW)
    again = papers.credit("B7K2QF", Money(3150, "EUR"), cause="refund:2", why="refund", now=NOW)
    assert half is not None
    assert rest is not None
    assert half.facts["on"] == ["KAS-000001"]
    assert half.facts["buyer"]["name"] == "Miriam Łukasiewicz"
    assert [each.facts["tax"]["minor"] for each in (half, rest)] == [503, 503]
    assert again is rest
    assert papers.invoiced(papers_of("B7K2QF"), "EUR") == Money(0, "EUR")


def test_nothing_is_credited_that_was_never_invoiced(app: Flask) -> None:
    assert papers.credit("N0NE22", Money(100, "EUR"), cause="refund:9", why="refund", now=NOW) is None


def test_a_refund_that_did_not_arrive_is_corrected_with_all_its_tax(app: Flask) -> None:
    an_invoice(a_merchant(name="Kastanienhof").id)
    credited = papers.credit("B7K2QF", Money(3150, "EUR"), cause="refund:1", why="refund", now=NOW)
    assert credited is not None
    corrections = [papers.take_back(credited, cause="refund_failed:1", now=NOW) for _ in range(2)]
    assert [each.facts["label"] for each in corrections] == ["KAS-000002"] * 2
    assert (corrections[0].total_minor, corrections[0].facts["tax"]["minor"]) == (3150, 503)
    assert papers.invoiced(papers_of("B7K2QF"), "EUR") == Money(6300, "EUR")


def test_papers_are_found_by_booking_and_number_only(app: Flask) -> None:
    merchant = a_merchant()
    mine, theirs = an_invoice(merchant.id, "AAAAAA"), an_invoice(merchant.id, "BBBBBB")
    assert paper_of("AAAAAA", INVOICE) is mine
    assert paper_of("BBBBBB", INVOICE, 2) is theirs
    for ref, kind, number in (("AAAAAA", INVOICE, 2), ("AAAAAA", CREDIT_NOTE, 1), ("CCCCCC", INVOICE, None)):
        with pytest.raises(NotFound):
            paper_of(ref, kind, number)


def test_an_invoice_in_words(app: Flask) -> None:
    said = sheet(an_invoice(a_merchant(name="Kastanienhof").id))
    assert said.heading == "Invoice KAS-000001"
    assert said.parties[0].lines == (
        "Linienstraße 40",
        "10119 Berlin",
        "Germany",
        "hallo@kastanienhof.example",
        "Tax number DE123456789",
    )
    assert ("When", "8 March 2027, 14:00–16:00 (Berlin)") in said.facts
    table = said.tables[0]
    assert list(table.rows) == [("Linden", "2 h", "€27.00", "€54.00"), ("Projector", "1", "€9.00", "€9.00")]
    assert (table.sum, list(table.after)) == (
        ("Total", "€63.00"),
        [("of which VAT 19 %", "€10.06"), ("Net amount", "€52.94")],
    )
    assert said.notes == ("Paid in full.",)


def test_tax_that_is_added_stands_before_the_total(app: Flask) -> None:
    taxed = [*LINES, {**LINES[0], "kind": "tax", "label": "VAT 19 %", "amount_minor": 1197}]
    tax = VAT | {"inclusive": False, "minor": 1197}
    table = sheet(an_invoice(a_merchant().id, minor=7497, lines=taxed, tax=tax)).tables[0]
    assert len(table.rows) == 2
    assert (list(table.parts), table.sum) == (
        [("Net amount", "€63.00"), ("VAT 19 %", "€11.97")],
        ("Total", "€74.97"),
    )


def test_a_deposit_says_what_is_open_and_until_when(app: Flask) -> None:
    said = sheet(an_invoice(a_merchant().id, open_minor=4300, open_until="2027-03-01T13:00:00+00:00"))
    assert said.notes == ("Paid so far: €20.00. Still open: €43.00, due by 1 March 2027.",)


def test_a_credit_note_in_words(app: Flask) -> None:
    an_invoice(a_merchant(name="Kastanienhof").id)
    credited = papers.credit(
        "B7K2QF", Money(3150, "EUR"), cause="refund:1", why="refund", reason="The heating was off", now=NOW
    )
    assert credited is not None
    said = sheet(credited)
    assert (said.heading, said.notes) == ("Credit note KAS-C-000001", ("The heating was off",))
    assert ("Refers to", "KAS-000001") in said.facts
    assert list(said.tables[0].rows) == [("Refund", "€31.50")]


def a_payment(
    gateway: str, minor: int, day: int, *, state: str = "succeeded", back: int = 0, to: str = "original"
) -> Payment:
    """Money of a gateway that arrived on a day of March, and perhaps went back a day later."""
    arrived = NOW.replace(day=day)
    payment = Payment(
        reference="B7K2QF", gateway=gateway, state=state, amount_minor=minor, currency="EUR", settled_at=arrived
    )
    if back:
        sent = arrived + dt.timedelta(days=1)
        payment.refunds = [
            Refund(amount_minor=back, currency="EUR", state="processed", destination=to, refunded_at=sent),
            Refund(amount_minor=5, currency="EUR", state="failed", destination=to),
        ]
    return payment


def test_a_receipt_tells_what_came_and_went_in_the_order_of_time(app: Flask) -> None:
    payments = [
        a_payment("stripe", 4300, 5),
        a_payment("wallet", 2000, 1, back=700, to="wallet"),
        a_payment("venue", 1000, 4, back=300),
        a_payment("stripe", 9900, 2, state="failed"),
    ]
    price, still_open = Money(6300, "EUR"), Money(0, "EUR")
    said = receipts.sheet(facts(reference="B7K2QF"), payments, price=price, still_open=still_open, now=NOW)
    assert list(said.tables[0].rows) == [
        ("1 March 2027", "Paid from the wallet", "€20.00"),
        ("2 March 2027", "Refunded to the wallet", "-€7.00"),
        ("4 March 2027", "Paid at the venue", "€10.00"),
        ("5 March 2027", "Paid online", "€43.00"),
        ("5 March 2027", "Refunded to where it came from", "-€3.00"),
    ]
    assert (said.tables[0].sum, list(said.tables[0].after)) == (("Received", "€63.00"), [])
    owing = receipts.sheet(facts(reference="B7K2QF"), [], price=price, still_open=price, now=NOW)
    assert list(owing.tables[0].after) == [("Still open", "€63.00")]
    assert b"pdfuaid:part" in said.pdf()


@pytest.mark.parametrize("many", [1, 80], ids=["one page", "several pages"])
def test_it_is_an_accessible_pdf(app: Flask, many: int) -> None:
    hostile = '#panic("x") $1/0$ Łódź Зал ' + "Donaudampfschifffahrt" * 6
    lines = [{**LINES[0], "label": f"{hostile} {number}"} for number in range(many)]
    pdf = paper_pdf(an_invoice(a_merchant().id, lines=lines, minor=5400 * many))
    assert b"pdfuaid:part" in pdf
    assert (len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) > 1) == (many > 1)


@pytest.mark.parametrize(
    ("slug", "prefix"),
    [("stillwater-yoga", "SY"), ("kastanienhof", "KAS"), ("a-b-c-d", "ABC"), ("ox", "OX"), ("merchant-12", "M1")],
)
def test_numbers_begin_with_the_merchants_letters(slug: str, prefix: str) -> None:
    assert rules.prefix_of(slug) == prefix


def test_a_label_says_its_kind() -> None:
    assert rules.paper_label("KAS", "invoice", 123) == "KAS-000123"
    assert rules.paper_label("KAS", "credit_note", 1_234_567) == "KAS-C-1234567"


@given(
    whole=st.integers(1, 10**9),
    percent=st.decimals(0, 99, places=2),
    cuts=st.lists(st.integers(1, 10**9), max_size=8),
)
def test_however_an_invoice_is_credited_its_tax_goes_with_it_to_the_cent(
    whole: int, percent: Decimal, cuts: list[int]
) -> None:
    left, tax = Money(whole, "EUR"), Money(whole, "EUR").times(percent / (100 + percent))
    parts = [Money(min(cut, left.minor), "EUR") for cut in cuts]
    for part in [*parts, left]:
        part = min(part, left)
        share = rules.share_of_tax(tax, left, part)
        assert 0 <= share.minor <= part.minor
        left, tax = left - part, tax - share
        assert 0 <= tax.minor <= left.minor
    rest = rules.share_of_tax(tax, left, left)
    assert (left - left, tax - rest) == (Money(0, "EUR"), Money(0, "EUR"))


def test_nothing_left_means_no_tax() -> None:
    assert rules.share_of_tax(Money(0, "EUR"), Money(0, "EUR"), Money(50, "EUR")) == Money(0, "EUR")
