"""A merchant's statement of a month: sums first, then every movement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from flask_babel import gettext as _

from bookapp.payments.documents.sheets import Sheet, Table, day, money, month, party
from bookapp.payments.models import Statement
from bookapp.payments.queries import Movement
from bookapp.payments.rules import Section
from bookapp.values.money import Money, total

# More lines than these nobody reads on paper: then each day has one, and the CSV has them all.
MOST_LINES = 2000
_UTC = "UTC"


def statement_pdf(statement: Statement, movements: Iterable[Movement]) -> bytes:
    """The statement on paper."""
    return sheet(statement, movements).pdf()


def sheet(statement: Statement, movements: Iterable[Movement]) -> Sheet:
    """A statement in words."""
    name = month(statement.month)
    return Sheet(
        heading=_("Statement %(month)s", month=name),
        foot=_("%(merchant)s · %(month)s · Days are UTC", merchant=statement.facts["merchant"]["name"], month=name),
        parties=(party(_("For"), statement.facts["merchant"]),),
        facts=[(_("Currency"), statement.currency), (_("State"), _state(statement))],
        tables=(
            Table(
                (_("Month"), _("Amount")),
                [(_("Owed when it began"), money(statement.opening)), *sums(statement)],
                sum=(_("Owed when it ended"), money(statement.closing)),
            ),
            _lines(statement, movements),
        ),
    )


def sums(statement: Statement) -> list[tuple[str, str]]:
    """What moved in the month, by section: (words, amount)."""
    sections = statement.facts["sections"]
    return [(_(each.label), money(sections[each], statement.currency)) for each in Section if sections.get(each)]


def _lines(statement: Statement, movements: Iterable[Movement]) -> Table:
    if statement.facts["movements"] > MOST_LINES:
        head = (_("Day"), _("Movements"), _("Amount"))
        return Table(head, _by_day(statement, movements), title=_("Day by day"))
    head = (_("Day"), _("What"), _("Booking"), _("Amount"))
    rows = [(day(each.at, _UTC), _(each.section.label), each.reference, money(each.amount)) for each in movements]
    return Table(head, rows, title=_("Line by line"), left=3)


def _by_day(statement: Statement, movements: Iterable[Movement]) -> Sequence[tuple[str, ...]]:
    rows = []
    for at, group in groupby(movements, key=lambda each: day(each.at, _UTC)):
        amounts: list[Money] = [each.amount for each in group]
        rows.append((at, str(len(amounts)), money(total(amounts, statement.currency))))
    return rows


def _state(statement: Statement) -> str:
    if statement.paid_out_at is None:
        return _("not paid out")
    return _("paid out on %(day)s", day=day(statement.paid_out_at, _UTC))
