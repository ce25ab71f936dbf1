"""Coupons: making them, switching them off, and counting their uses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from bookapp.audit.actions import record
from bookapp.catalog.policy import may_run_merchant
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.pricing.actions.scopes import scope_problem
from bookapp.pricing.errors import CodeRefused
from bookapp.pricing.models import Coupon, CouponUse
from bookapp.pricing.rules.codes import CouponTerms, plain_code
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_

_CODE = re.compile(r"[A-Z0-9]{3,20}")


@dataclass(frozen=True, slots=True)
class CouponDraft(CouponTerms):
    """A coupon to be: `percent` (1 to 100) or `amount`, and what it is limited to."""

    most_per_customer: int | None = None


@action
def create_coupon(actor: Actor, merchant_id: int, draft: CouponDraft, *, key: str = "") -> Coupon:
    """Make a coupon for a merchant's bookings; the same form sent twice makes one (`key`).

    Raises NotAllowed, or NotValid naming the fields that do not fit.
    """
    if not may_run_merchant(actor, merchant_id):
        raise NotAllowed
    scope_of_key = f"coupon:{actor.label}"
    if key:
        stored = idempotency.claim(scope_of_key, key, idempotency.fingerprint(merchant=merchant_id, draft=repr(draft)))
        if stored is not None:
            return db.session.get_one(Coupon, stored["id"])
    code = plain_code(draft.code)
    problems = _problems(draft, code)
    scope = scope_problem(merchant_id, draft.room_id, draft.service_id)
    if scope:
        problems["scope"] = scope
    if problems:
        raise NotValid(problems)
    coupon_id = db.session.scalar(
        insert(Coupon)
        .values(
            merchant_id=merchant_id,
            code=code,
            percent=draft.percent,
            amount_minor=draft.amount.minor if draft.amount else None,
            currency=draft.amount.currency if draft.amount else None,
            room_id=draft.room_id,
            service_id=draft.service_id,
            valid_from=draft.valid_from,
            valid_until=draft.valid_until,
            most_uses=draft.most_uses,
            most_per_customer=draft.most_per_customer,
        )
        .on_conflict_do_nothing(index_elements=["merchant_id", "code"])
        .returning(Coupon.id)
    )
    if coupon_id is None:
        raise NotValid({"code": N_("There is a coupon with this code already.")})
    record(actor, "coupon.created", f"coupon:{coupon_id}", {"percent": draft.percent,
           "amount_minor": draft.amount.minor if draft.amount else None})  # fmt: skip
    if key:
        idempotency.keep(scope_of_key, key, {"id": coupon_id})
    return db.session.get_one(Coupon, coupon_id)


@action
def switch_coupon_off(actor: Actor, coupon_id: int) -> Coupon:
    """Nobody can use it any more; who has it in a hold keeps it. Twice is once. Raises NotFound or NotAllowed."""
    coupon = _own(actor, coupon_id)
    if coupon.active:
        coupon.active = False
        record(actor, "coupon.switched_off", f"coupon:{coupon_id}")
    return coupon


@action
def remove_coupon(actor: Actor, coupon_id: int) -> bool:
    """Take a coupon away for good, if no booking has ever had it; else it is switched off, and the answer is False.

    Raises NotFound or NotAllowed.
    """
    coupon = _own(actor, coupon_id)
    try:
        with db.session.begin_nested():
            db.session.execute(delete(Coupon).where(Coupon.id == coupon_id, Coupon.uses == 0))
            gone = db.session.scalar(select(Coupon.id).where(Coupon.id == coupon_id)) is None
    except IntegrityError:
        # A booking that ended unpaid, or was called off, has given its use back and still says which coupon it had.
        gone = False
    if not gone:
        switch_coupon_off(actor, coupon_id)
        return False
    db.session.expunge(coupon)
    record(actor, "coupon.removed", f"coupon:{coupon_id}")
    return True


@action
def take_use(coupon_id: int, reference: str, customer: str) -> None:
    """Count one use of a coupon for a booking, never beyond its limits; a booking that has its use keeps it.

    `customer` is "user:<id>" or the normalised email; an unknown one ("") is refused by a coupon that counts per
    customer. Raises CodeRefused.
    """
    if _has_use(coupon_id, reference):
        return
    _count(coupon_id, reference, customer, Coupon.active.is_(True))


@action
def take_use_again(coupon_id: int, reference: str, customer: str) -> bool:
    """Count the use of a hold that had lapsed and was paid all the same; False when none is left.

    It was agreed while the coupon was in use: that it was switched off meanwhile does not matter.
    """
    if _has_use(coupon_id, reference):
        return True
    try:
        _count(coupon_id, reference, customer, true())
    except CodeRefused:
        return False
    return True


@action
def give_back_use(reference: str) -> bool:
    """The use a booking had can be had by others again; False when it had none."""
    coupon_id = db.session.scalar(
        delete(CouponUse).where(CouponUse.reference == reference).returning(CouponUse.coupon_id)
    )
    if coupon_id is None:
        return False
    db.session.execute(
        update(Coupon)
        .where(Coupon.id == coupon_id)
        .values(uses=Coupon.uses - 1)
        .execution_options(synchronize_session=False)
    )
    return True


@action
def name_customer(coupon_id: int, reference: str, customer: str) -> None:
    """Say whose use it is, now that we know: a guest's email comes last. Raises CodeRefused when it is one too many."""
    known = db.session.scalar(
        select(CouponUse.customer).where(CouponUse.coupon_id == coupon_id, CouponUse.reference == reference)
    )
    if known is None or known == customer:
        return
    # Locked, so that two bookings of one customer count one after the other.
    row = db.session.execute(
        select(Coupon.code, Coupon.most_per_customer).where(Coupon.id == coupon_id).with_for_update()
    ).one()
    _check_customer(coupon_id, customer, row.code, row.most_per_customer, but=reference)
    db.session.execute(
        update(CouponUse)
        .where(CouponUse.coupon_id == coupon_id, CouponUse.reference == reference)
        .values(customer=customer)
        .execution_options(synchronize_session=False)
    )


def _own(actor: Actor, coupon_id: int) -> Coupon:
    coupon = db.session.get(Coupon, coupon_id)
    if coupon is None:
        raise NotFound
    if not may_run_merchant(actor, coupon.merchant_id):
        raise NotAllowed
    return coupon


def _has_use(coupon_id: int, reference: str) -> bool:
    same = (CouponUse.coupon_id == coupon_id, CouponUse.reference == reference)
    return db.session.scalar(select(CouponUse.customer).where(*same)) is not None


def _count(coupon_id: int, reference: str, customer: str, allowed: ColumnElement[bool]) -> None:
    """The one conditional UPDATE; it locks the row, so that what is counted after it is counted one by one."""
    row = db.session.execute(
        update(Coupon)
        .where(Coupon.id == coupon_id, allowed, or_(Coupon.most_uses.is_(None), Coupon.uses < Coupon.most_uses))
        .values(uses=Coupon.uses + 1)
        .returning(Coupon.code, Coupon.most_per_customer)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        code = db.session.scalar(select(Coupon.code).where(Coupon.id == coupon_id)) or ""
        raise CodeRefused(N_("%(code)s has been used as often as it could be."), code=code)
    _check_customer(coupon_id, customer, row.code, row.most_per_customer, but=reference)
    db.session.add(CouponUse(coupon_id=coupon_id, reference=reference, customer=customer))
    db.session.flush()


def _check_customer(coupon_id: int, customer: str, code: str, most: int | None, *, but: str) -> None:
    if most is None:
        return
    if not customer:
        raise CodeRefused(
            N_("%(code)s is counted per customer: please fill in your email first, then use the code."), code=code
        )
    used = db.session.scalar(
        select(func.count())
        .select_from(CouponUse)
        .where(CouponUse.coupon_id == coupon_id, CouponUse.customer == customer, CouponUse.reference != but)
    )
    if (used or 0) >= most:
        if most == 1:
            raise CodeRefused(N_("%(code)s is good once per customer, and you have used it."), code=code)
        raise CodeRefused(
            N_("%(code)s is good %(most)s times per customer, and you have used them."), code=code, most=most
        )


def _problems(draft: CouponDraft, code: str) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not _CODE.fullmatch(code):
        problems["code"] = N_("A code has 3 to 20 letters and digits.")
    if (draft.percent is None) == (draft.amount is None):
        problems["percent"] = N_("Give either a percentage or an amount.")
    elif draft.percent is not None and not 1 <= draft.percent <= 100:
        problems["percent"] = N_("A percentage lies between 1 and 100.")
    elif draft.amount is not None and draft.amount.minor <= 0:
        problems["amount"] = N_("Give an amount above zero.")
    if draft.valid_from and draft.valid_until and draft.valid_until < draft.valid_from:
        problems["valid_until"] = N_("A coupon ends after it begins.")
    for name in ("most_uses", "most_per_customer"):
        limit = getattr(draft, name)
        if limit is not None and limit < 1:
            problems[name] = N_("Give a number of at least 1, or leave it empty.")
    return problems
