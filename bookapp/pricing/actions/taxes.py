"""A merchant's tax."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.policy import may_run_merchant
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.pricing.models import Tax
from bookapp.pricing.rules.lines import TaxRate
from bookapp.pricing.rules.tax import percent_words
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.words import N_

_LONGEST_NAME = 40
_MOST_DECIMALS = 3


@action
def set_tax(actor: Actor, merchant_id: int, rate: TaxRate) -> None:
    """Tax what is sold from now on; bookings keep the tax they were made with. Raises NotAllowed or NotValid."""
    if not may_run_merchant(actor, merchant_id):
        raise NotAllowed
    problems: dict[str, str] = {}
    if not 0 < len(rate.name) <= _LONGEST_NAME:
        problems["name"] = N_("Give the tax its name, such as VAT: customers read it.")
    if not 0 < rate.percent < 100 or round(rate.percent, _MOST_DECIMALS) != rate.percent:
        problems["percent"] = N_("Give a percentage above 0 and below 100, with up to three decimals.")
    if problems:
        raise NotValid(problems)
    values = {
        "name": rate.name,
        "percent": rate.percent,
        "inclusive": rate.inclusive,
        "registration": rate.registration,
    }
    db.session.execute(
        insert(Tax)
        .values(merchant_id=merchant_id, **values)
        .on_conflict_do_update(index_elements=["merchant_id"], set_=values)
    )
    record(
        actor,
        "tax.set",
        f"merchant:{merchant_id}",
        {"name": rate.name, "percent": percent_words(rate.percent), "inclusive": rate.inclusive},
    )


@action
def remove_tax(actor: Actor, merchant_id: int) -> None:
    """Sell without tax from now on. Raises NotAllowed."""
    if not may_run_merchant(actor, merchant_id):
        raise NotAllowed
    gone = db.session.scalar(delete(Tax).where(Tax.merchant_id == merchant_id).returning(Tax.name))
    if gone is not None:
        record(actor, "tax.removed", f"merchant:{merchant_id}")
