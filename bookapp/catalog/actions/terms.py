"""Cancellation terms: the platform's presets, and a merchant's own."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed
from bookapp.catalog.models import Terms
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.rules import PRESETS, terms_problem
from bookapp.catalog.rules.terms import Tiers
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

MOVE_UNTIL_HOURS = 24
_LONGEST_NAME = 60


@action
def ensure_terms_presets() -> dict[str, Terms]:
    """Standard, Flexible and Strict by name, made if they are missing. What exists is left as it is."""
    rows = [
        {"merchant_id": None, "name": name, "tiers": [dict(tier) for tier in tiers]} for name, tiers in PRESETS.items()
    ]
    db.session.execute(
        insert(Terms).values(rows).on_conflict_do_nothing(index_elements=[Terms.merchant_id, Terms.name])
    )
    presets = db.session.scalars(select(Terms).where(Terms.merchant_id.is_(None), Terms.name.in_(PRESETS)))
    return {terms.name: terms for terms in presets}


@action
def create_terms(
    actor: Actor, merchant_id: int, *, name: str, tiers: Tiers, move_until_hours: int = MOVE_UNTIL_HOURS
) -> Terms:
    """A merchant's own terms. Raises NotAllowed, and NotValid when cancelling later would bring more."""
    allowed(may_run_merchant(actor, merchant_id))
    problems = {}
    if not name.strip() or len(name) > _LONGEST_NAME:
        problems["name"] = N_("Terms need a name of at most 60 characters.")
    if problem := terms_problem(tiers):
        problems["tiers"] = problem
    if problems:
        raise NotValid(problems)
    terms = Terms(
        merchant_id=merchant_id,
        name=name.strip(),
        tiers=[{"hours": int(tier["hours"]), "percent": int(tier["percent"])} for tier in tiers],
        move_until_hours=move_until_hours,
    )
    db.session.add(terms)
    db.session.flush()
    record(actor, "terms.created", f"terms:{terms.id}", {"merchant_id": merchant_id, "tiers": terms.tiers})
    return terms
