"""/desk/statements: what merchants are owed, month by month, on the page, on paper and for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.infra import clock
from bookapp.payments import queries
from bookapp.payments.actions.statements import pay_out
from bookapp.payments.desk_views.area import blueprint
from bookapp.payments.documents import month, statement_pdf, sums
from bookapp.payments.models import Statement
from bookapp.payments.policy import may_pay_out, may_see_statements
from bookapp.payments.rules import can_pay_out, payable_since
from bookapp.values.errors import NotAllowed
from bookapp.web import filters
from bookapp.web.files import csv_download, download
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000


@blueprint.get("/desk/statements")
def list_statements() -> Response:
    """The statements one may see, the latest first, and what is owed right now."""
    actor, query = current_actor(), Query(request.args)
    if not may_see_statements(actor):
        raise NotAllowed
    number, now = query.integer("page", low=1, high=_MOST_PAGES) or 1, clock.now()
    open_only = query.flag("open")
    return page(
        "payments/statements/index.html",
        found=queries.statements(actor, payable_at=now if open_only else None, page=number),
        owed=queries.receivables(actor),
        open_only=open_only,
        page_number=number,
        payable_since=payable_since(now),
        month=month,
    )


@blueprint.get("/desk/statements/<int:statement_id>")
def show_statement(statement_id: int) -> Response:
    """One month of one merchant: its sums, its lines, and whether it was paid out."""
    statement, actor = _statement(statement_id), current_actor()
    number = Query(request.args).integer("page", low=1, high=_MOST_PAGES) or 1
    payable = can_pay_out(statement.month, statement.closing_minor, clock.now())
    return page(
        "payments/statements/show.html",
        statement=statement,
        month=month,
        sums=sums(statement),
        movements=queries.movements(statement, page=number),
        page_number=number,
        pages=max(1, -(-statement.facts["movements"] // queries.PER_PAGE)),
        can_pay_out=payable and statement.paid_out_at is None,
        may_pay_out=may_pay_out(actor),
    )


@blueprint.post("/desk/statements/<int:statement_id>/payout")
def note_payout(statement_id: int) -> Response:
    """An admin has paid it; the statement itself makes a second click harmless."""
    statement = pay_out(current_actor(), statement_id, now=clock.now())
    flash(_("%(amount)s is marked as paid out.", amount=filters.money(statement.closing)))
    return redirect_to(url_for("payments_desk.show_statement", statement_id=statement.id))


@blueprint.get("/desk/statements/<int:statement_id>.pdf")
def statement_on_paper(statement_id: int) -> Response:
    """The same as a PDF."""
    statement = _statement(statement_id)
    body = statement_pdf(statement, queries.each_movement(statement))
    return download(body, "application/pdf", f"{_name(statement)}.pdf")


@blueprint.get("/desk/statements/<int:statement_id>.csv")
def statement_as_csv(statement_id: int) -> Response:
    """Every line for a spreadsheet: days in UTC, amounts as plain decimals."""
    statement = _statement(statement_id)
    head = (_("Day"), _("What"), _("Booking"), _("Amount"), _("Currency"))
    return csv_download(f"{_name(statement)}.csv", head, _rows(statement))


def _rows(statement: Statement) -> Iterator[tuple[str, ...]]:
    currency = statement.currency
    yield statement.month.isoformat(), _("Owed when it began"), "", str(statement.opening.amount), currency
    for each in queries.each_movement(statement):
        yield each.at.date().isoformat(), _(each.section.label), each.reference, str(each.amount.amount), currency
    yield "", _("Owed when it ended"), "", str(statement.closing.amount), currency


def _statement(statement_id: int) -> Statement:
    return queries.statement_by_id(statement_id, visible_to_actor=current_actor())


def _name(statement: Statement) -> str:
    return f"statement-{statement.month:%Y-%m}-{statement.currency}-{statement.id}"
