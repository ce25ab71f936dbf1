"""Reads of invoices and credit notes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.payments.models import Paper
from bookapp.values.errors import NotFound

INVOICE, CREDIT_NOTE = "invoice", "credit_note"


def papers_of(reference: str) -> Sequence[Paper]:
    """Every invoice and credit note about `reference`, in the order in which they were issued."""
    return db.session.scalars(select(Paper).where(Paper.reference == reference).order_by(Paper.id)).all()


def paper_of(reference: str, kind: str, number: int | None = None) -> Paper:
    """The paper with this number about `reference`, without a number the first of its kind. Raises NotFound."""
    wanted = select(Paper).where(Paper.reference == reference, Paper.kind == kind)
    if number is not None:
        wanted = wanted.where(Paper.number == number)
    paper = db.session.scalars(wanted.order_by(Paper.id).limit(1)).one_or_none()
    if paper is None:
        raise NotFound
    return paper


def paper_by_cause(cause: str) -> Paper | None:
    """What was issued because of `cause` ("booking:B7K2QF", "refund:17"), if it was."""
    return db.session.scalar(select(Paper).where(Paper.cause == cause))
