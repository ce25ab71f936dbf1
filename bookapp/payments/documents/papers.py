"""Invoices and credit notes: only what was frozen in them is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.payments.documents.sheets import Sheet, Table, day, locale, money, party, span
from bookapp.payments.models import Paper
from bookapp.values.words import N_

# What a paper without lines of its own is about.
_WHY = {
    "refund": N_("Refund"),
    "not_due": N_("No longer due"),
    "reversed": N_("Correction: this refund did not arrive"),
}


def paper_pdf(paper: Paper) -> bytes:
    """The paper as it was issued, however often it is asked for."""
    return sheet(paper).pdf()


def sheet(paper: Paper) -> Sheet:
    """An invoice or a credit note in words."""
    facts, zone = paper.facts, paper.facts["zone"]
    label, tax = facts["label"], facts["tax"] or {}
    return Sheet(
        heading=_heading(paper),
        foot=_("%(label)s · Booking %(ref)s", label=label, ref=paper.reference),
        parties=(party(_("From"), facts["seller"], tax.get("registration", "")), party(_("To"), facts["buyer"])),
        facts=_facts(paper, zone),
        tables=(_table(paper),),
        notes=_notes(paper, zone),
    )


def _heading(paper: Paper) -> str:
    label = paper.facts["label"]
    if paper.kind == "credit_note":
        return _("Credit note %(number)s", number=label)
    return _("Invoice %(number)s", number=label)


def _facts(paper: Paper, zone: str) -> list[tuple[str, str]]:
    service = paper.facts["service"]
    starts_at, ends_at = (dt.datetime.fromisoformat(service[name]) for name in ("starts_at", "ends_at"))
    told = [(_("Date"), day(paper.issued_at, zone)), (_("Booking"), paper.reference)]
    if on := paper.facts.get("on"):
        told.append((_("Refers to"), ", ".join(on)))
    told += [(_("For"), service["title"]), (_("When"), span(starts_at, ends_at, zone))]
    return told + ([(_("Where"), service["place"])] if service["place"] else [])


def _table(paper: Paper) -> Table:
    facts, currency = paper.facts, paper.currency
    tax, whole = facts["tax"], money(paper.total_minor, currency)
    parts, after = _tax(tax, paper.total_minor, currency)
    if not facts["lines"]:
        what = _(_WHY[facts["why"]])
        head = (_("For"), _("Amount"))
        return Table(head, [(what, whole)], parts=parts, sum=(_("Total"), whole), after=after)
    rows = [
        (
            line["label"],
            _quantity(line),
            money(line["unit_price_minor"], currency),
            money(line["amount_minor"], currency),
        )
        for line in facts["lines"]
        if line["kind"] != "tax"
    ]
    head = (_("For"), _("Quantity"), _("Price"), _("Amount"))
    return Table(head, rows, parts=parts, sum=(_("Total"), whole), after=after)


def _row(line: Mapping[str, Any], currency: str) -> tuple[str, str, str, str]:
    each, amount = money(line["unit_price_minor"], currency), money(line["amount_minor"], currency)
    return line["label"], _quantity(line), each, amount


def _tax(
    tax: Mapping[str, Any] | None, whole: int, currency: str
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Tax that is added stands before the total; tax that the prices hold is told after it."""
    if not tax:
        return [], []
    name = _("%(name)s %(percent)s %%", name=tax["name"], percent=tax["percent"])
    net = money(whole - tax["minor"], currency)
    if tax["inclusive"]:
        within = _("of which %(tax)s", tax=name)
        return [], [(within, money(tax["minor"], currency)), (_("Net amount"), net)]
    return [(_("Net amount"), net), (name, money(tax["minor"], currency))], []


def _quantity(line: Mapping[str, Any]) -> str:
    number = Decimal(line["quantity"])
    if not number:
        return ""
    written = format_decimal(number, locale=locale())
    match line["unit"]:
        case "hour":
            return _("%(number)s h", number=written)
        case "day":
            return ngettext("%(num)s day", "%(num)s days", int(number))
        case "seat":
            return ngettext("%(num)s seat", "%(num)s seats", int(number))
        case _:
            return written


def _notes(paper: Paper, zone: str) -> tuple[str, ...]:
    facts, currency = paper.facts, paper.currency
    if "why" in facts:
        return (facts["reason"],) if facts["reason"] else ()
    opened = facts["open_minor"]
    if not opened:
        return (_("Paid in full."),)
    left = money(opened, currency)
    paid = money(paper.total_minor - opened, currency)
    if facts["open_until"] is None:
        return (_("Paid so far: %(paid)s. Still open: %(open)s.", paid=paid, open=left),)
    until = day(dt.datetime.fromisoformat(facts["open_until"]), zone)
    return (_("Paid so far: %(paid)s. Still open: %(open)s, due by %(day)s.", paid=paid, open=left, day=until),)
