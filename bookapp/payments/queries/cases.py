"""Reads of the queue: what waits for a person, and the whole story of a payment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import selectinload

from bookapp.audit.models import AuditEntry
from bookapp.catalog.models import Membership, Merchant
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.payments.models import Dispute, MoneyCase, Payment, Refund, Transfer, WebhookEvent
from bookapp.payments.states import CaseKind
from bookapp.values.errors import NotFound

PER_PAGE = 50
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What of the queue is wanted; empty values want everything."""

    state: str = OPEN
    kind: str = ""
    merchant_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of the queue: each case with its merchant's name ("" for the platform's own), and how many there are."""

    rows: Sequence[tuple[MoneyCase, str]]
    total: int

    @property
    def pages(self) -> int:
        """How many pages, one at least."""
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Alerted:
    """Somebody who looks after payments and gets a letter when one is in trouble."""

    user_id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Story:
    """A payment from its opening to now."""

    payment: Payment
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    transfers: Sequence[Transfer]
    events: Sequence[WebhookEvent]
    audit: Sequence[AuditEntry]


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Admins see every case, owners those of their merchants, nobody else any."""
    if actor.is_admin or actor.kind == "system":
        return true()
    mine = [grant.merchant_id for grant in actor.grants if grant.role == "owner"]
    return MoneyCase.merchant_id.in_(mine) if mine else false()


def case_by_id(case_id: int, *, visible_to_actor: Actor) -> MoneyCase:
    """One case, as the database has it now; raises NotFound."""
    case = db.session.scalar(
        select(MoneyCase)
        .where(MoneyCase.id == case_id, visible_to(visible_to_actor))
        .execution_options(populate_existing=True)
    )
    if case is None:
        raise NotFound
    return case


def cases_about(reference: str) -> Sequence[MoneyCase]:
    """Every case about one booking, whoever may see it, oldest first."""
    return db.session.scalars(
        select(MoneyCase)
        .where(MoneyCase.reference == reference)
        .order_by(MoneyCase.id)
        .execution_options(populate_existing=True)
    ).all()


def cases(actor: Actor, wanted: CaseFilter, page: int = 1) -> CasePage:
    """The queue as `actor` sees it, oldest first while open, the latest closed first."""
    where = [
        visible_to(actor),
        MoneyCase.closed_at.is_(None) if wanted.state == OPEN else MoneyCase.closed_at.is_not(None),
    ]
    if wanted.kind:
        where.append(MoneyCase.kind == wanted.kind)
    if wanted.merchant_id is not None:
        where.append(MoneyCase.merchant_id == wanted.merchant_id)
    if wanted.text:
        where.append(or_(MoneyCase.reference == wanted.text.upper(), MoneyCase.subject == wanted.text.lower()))
    total = db.session.scalar(select(func.count()).select_from(MoneyCase).where(*where)) or 0
    order = MoneyCase.opened_at.asc() if wanted.state == OPEN else MoneyCase.closed_at.desc()
    rows = db.session.execute(
        select(MoneyCase, func.coalesce(Merchant.name, ""))
        .outerjoin(Merchant, Merchant.id == MoneyCase.merchant_id)
        .where(*where)
        .order_by(order, MoneyCase.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return CasePage([(case, name) for case, name in rows], total)


def open_subjects(kind: str, prefix: str) -> list[str]:
    """What the open cases of a kind are about, where that begins with `prefix`."""
    return list(
        db.session.scalars(
            select(MoneyCase.subject).where(
                MoneyCase.kind == kind, MoneyCase.closed_at.is_(None), MoneyCase.subject.startswith(prefix)
            )
        )
    )


def decided_differences(subjects: Collection[str]) -> set[tuple[str, str]]:
    """(subject, what) of the differences that a person has looked at and closed: nobody is asked twice."""
    found = db.session.execute(
        select(MoneyCase.subject, MoneyCase.facts["what"].astext).where(
            MoneyCase.kind == CaseKind.DIFFERENCE,
            MoneyCase.subject.in_(subjects),
            MoneyCase.closed_by.startswith("user:"),
        )
    )
    return {(subject, what) for subject, what in found}


def case_counts(actor: Actor) -> dict[str, int]:
    """Open cases by kind, as `actor` sees them; a kind without any is not in it."""
    counted = db.session.execute(
        select(MoneyCase.kind, func.count().label("open"))
        .where(visible_to(actor), MoneyCase.closed_at.is_(None))
        .group_by(MoneyCase.kind)
    )
    return {row.kind: row.open for row in counted}


def case_merchants(actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of the merchants that have cases `actor` sees, by name."""
    seen = select(MoneyCase.merchant_id).where(visible_to(actor))
    found = db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(seen)).order_by(Merchant.name))
    return [(merchant_id, name) for merchant_id, name in found]


def who_is_alerted(merchant_id: int) -> list[Alerted]:
    """The owners of a merchant and every admin, each once."""
    owners = select(Membership.user_id).where(Membership.merchant_id == merchant_id, Membership.role == "owner")
    people = db.session.execute(
        select(User.id, User.name, User.email)
        .where(or_(User.is_admin.is_(True), User.id.in_(owners)))
        .order_by(User.id)
    )
    return [Alerted(user_id, name, email) for user_id, name, email in people]


def payment_of_case(case: MoneyCase) -> int | None:
    """The id of the payment a case is about, by its subject; None where it is about none of ours."""
    kind, _, number = case.subject.partition(":")
    if not number.isdigit():
        return None
    match kind:
        case "payment":
            return db.session.scalar(select(Payment.id).where(Payment.id == int(number)))
        case "refund":
            return db.session.scalar(select(Refund.payment_id).where(Refund.id == int(number)))
        case "dispute":
            return db.session.scalar(select(Dispute.payment_id).where(Dispute.id == int(number)))
        case _:
            return None


def refund_of_case(case: MoneyCase) -> Refund | None:
    """The refund a case is about, with its payment; None where it is about something else."""
    kind, _, number = case.subject.partition(":")
    if kind != "refund" or not number.isdigit():
        return None
    return db.session.scalar(
        select(Refund)
        .where(Refund.id == int(number))
        .options(selectinload(Refund.payment))
        .execution_options(populate_existing=True)
    )


def story(payment_id: int) -> Story:
    """Everything that happened to one payment, each part oldest first."""
    payment = db.session.scalars(
        select(Payment)
        .where(Payment.id == payment_id)
        .options(selectinload(Payment.refunds))
        .execution_options(populate_existing=True)
    ).one()
    disputes = db.session.scalars(select(Dispute).where(Dispute.payment_id == payment_id).order_by(Dispute.id)).all()
    causes = [f"payment:{payment_id}", *(f"refund:{refund.id}" for refund in payment.refunds)]
    causes += [f"{cause}:reversed" for cause in causes] + [f"dispute:{dispute.id}" for dispute in disputes]
    return Story(
        payment=payment,
        refunds=payment.refunds,
        disputes=disputes,
        transfers=db.session.scalars(select(Transfer).where(Transfer.cause.in_(causes)).order_by(Transfer.id)).all(),
        events=_events(payment),
        audit=_audit(payment),
    )


def _events(payment: Payment) -> Sequence[WebhookEvent]:
    ids = [one for one in (payment.provider_id, payment.capture_id) if one]
    about = [WebhookEvent.payload[name].astext.in_(ids) for name in ("charge", "capture")]
    return db.session.scalars(
        select(WebhookEvent)
        .where(WebhookEvent.gateway == payment.gateway, or_(*about))
        .order_by(WebhookEvent.id)
        .limit(PER_PAGE)
    ).all()


def _audit(payment: Payment) -> Sequence[AuditEntry]:
    refunds = [refund.id for refund in payment.refunds]
    about = [AuditEntry.facts["payment"].as_integer() == payment.id]
    if refunds:
        about.append(AuditEntry.facts["refund"].as_integer().in_(refunds))
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"booking:{payment.reference}", or_(*about))
        .order_by(AuditEntry.id)
        .limit(PER_PAGE)
    ).all()
