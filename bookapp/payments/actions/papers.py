"""Invoices and credit notes: numbered without a gap per merchant and kind, and never changed afterwards.

Numbers are given by a job after the booking's own transaction, so that nobody who books waits for a merchant's series.
What the papers about one booking say adds up: invoices less credit notes is what its customer owes or has paid. A
refund that the provider reversed later leaves its credit note where it is; a correction, numbered as an invoice, takes
its amount back, and the refund that replaces it gets a credit note of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.models import Merchant
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import action, db
from bookapp.payments import queries, rules
from bookapp.payments.models import Paper, PaperSeries
from bookapp.payments.queries import CREDIT_NOTE, INVOICE
from bookapp.values.money import Money, total

# Of the first invoice, what every later paper about the same booking repeats.
_REPEATED = ("seller", "buyer", "zone", "service")


@action
def issue_invoice(
    *, merchant_id: int, reference: str, cause: str, amount: Money, facts: Mapping[str, Any], now: dt.datetime
) -> Paper:
    """Give an invoice over `amount` the next number, once per `cause`; a repeat answers the one that is there.

    `facts` (JSON values) are: seller and buyer {name, lines, country, contact}, zone, service {title, place,
    starts_at, ends_at}, lines [{kind, label, unit, quantity, unit_price_minor, amount_minor}], tax {name, percent,
    inclusive, minor, registration} or None, open_minor and open_until.
    """
    return _issue(INVOICE, merchant_id, reference, cause, amount, facts, now)


@action
def credit(reference: str, amount: Money, *, cause: str, why: str, now: dt.datetime, reason: str = "") -> Paper | None:
    """A credit note over `amount` on what was invoiced for `reference`, once per `cause`, with its share of the tax.

    `why` is a word of `documents` ("refund", "not_due"), `reason` what a person gave as theirs. None when nothing was
    invoiced: there is nothing to take back then.
    """
    known = queries.paper_by_cause(cause)
    if known is not None:
        return known
    papers = queries.papers_of(reference)
    invoices = [paper for paper in papers if paper.kind == INVOICE]
    if not invoices:
        return None
    tax = rules.share_of_tax(_tax(papers, amount.currency), invoiced(papers, amount.currency), amount)
    facts = _repeated(invoices[0]) | {
        "on": [paper.facts["label"] for paper in invoices],
        "why": why,
        "reason": reason,
        "lines": [],
        "tax": _tax_of(invoices[0], tax),
    }
    return _issue(CREDIT_NOTE, invoices[0].merchant_id, reference, cause, amount, facts, now)


@action
def take_back(credited: Paper, *, cause: str, now: dt.datetime) -> Paper:
    """The correction of a credit note whose refund did not arrive after all, once per `cause`."""
    tax = credited.facts["tax"]
    facts = _repeated(credited) | {
        "on": [credited.facts["label"]],
        "why": "reversed",
        "reason": "",
        "lines": [],
        "tax": tax,
        "open_minor": 0,
        "open_until": None,
    }
    amount = Money(credited.total_minor, credited.currency)
    return _issue(INVOICE, credited.merchant_id, credited.reference, cause, amount, facts, now)


def invoiced(papers: Sequence[Paper], currency: str) -> Money:
    """Invoices less credit notes."""
    return total((Money(_signed(paper) * paper.total_minor, currency) for paper in papers), currency)


def _issue(
    kind: str, merchant_id: int, reference: str, cause: str, amount: Money, facts: Mapping[str, Any], now: dt.datetime
) -> Paper:
    if amount.minor <= 0:
        raise ValueError("a paper is over something")
    series = _lock_series(merchant_id, kind)
    # Asked only now: whoever held the series may have issued it.
    known = queries.paper_by_cause(cause)
    if known is not None:
        return known
    series.last_number += 1
    prefix = rules.prefix_of(db.session.get_one(Merchant, merchant_id).slug)
    paper = Paper(
        merchant_id=merchant_id,
        kind=kind,
        number=series.last_number,
        reference=reference,
        cause=cause,
        currency=amount.currency,
        total_minor=amount.minor,
        facts={**facts, "label": rules.paper_label(prefix, kind, series.last_number)},
        issued_at=now,
    )
    db.session.add(paper)
    db.session.flush()
    record(SYSTEM, f"paper.{kind}", f"booking:{reference}", {"paper": paper.id, "amount_minor": amount.minor})
    return paper


def _lock_series(merchant_id: int, kind: str) -> PaperSeries:
    db.session.execute(
        insert(PaperSeries)
        .values(merchant_id=merchant_id, kind=kind)
        .on_conflict_do_nothing(index_elements=["merchant_id", "kind"])
    )
    return db.session.scalars(
        select(PaperSeries)
        .where(PaperSeries.merchant_id == merchant_id, PaperSeries.kind == kind)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _signed(paper: Paper) -> int:
    return 1 if paper.kind == INVOICE else -1


def _tax(papers: Sequence[Paper], currency: str) -> Money:
    """The tax that is invoiced and not credited."""
    return total(
        (Money(_signed(paper) * (paper.facts["tax"] or {"minor": 0})["minor"], currency) for paper in papers), currency
    )


def _tax_of(paper: Paper, minor: Money) -> dict[str, Any] | None:
    frozen: dict[str, Any] | None = paper.facts["tax"]
    return frozen and frozen | {"minor": minor.minor}


def _repeated(paper: Paper) -> dict[str, Any]:
    return {name: paper.facts[name] for name in _REPEATED}
