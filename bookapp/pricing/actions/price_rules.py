"""Price rules are written here, and every change is on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bookapp.audit.actions import record
from bookapp.catalog.policy import may_run_merchant
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.pricing.models import PriceRule
from bookapp.pricing.states import RuleKind
from bookapp.values.errors import NotAllowed, NotValid
from bookapp.values.words import N_

LONGEST_NAME = 80


@action
def create_price_rule(
    actor: Actor,
    merchant_id: int,
    *,
    kind: RuleKind,
    name: str,
    parameters: Mapping[str, Any],
    position: int = 0,
    venue_id: int | None = None,
    room_id: int | None = None,
    service_id: int | None = None,
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
) -> PriceRule:
    """Add a rule to a merchant's prices. Raises NotAllowed, or NotValid naming the fields that do not fit."""
    if not may_run_merchant(actor, merchant_id):
        raise NotAllowed
    problems = _problems(kind, name, parameters, valid_from, valid_until)
    if problems:
        raise NotValid(problems)
    rule = PriceRule(
        merchant_id=merchant_id,
        venue_id=venue_id,
        room_id=room_id,
        service_id=service_id,
        kind=kind.value,
        name=name,
        parameters=dict(parameters),
        position=position,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    db.session.add(rule)
    db.session.flush()
    record(actor, "price_rule.created", f"price_rule:{rule.id}", {"kind": kind.value, "parameters": dict(parameters)})
    return rule


def _problems(
    kind: RuleKind,
    name: str,
    parameters: Mapping[str, Any],
    valid_from: dt.date | None,
    valid_until: dt.date | None,
) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not 0 < len(name) <= LONGEST_NAME:
        problems["name"] = N_("Give the rule a name of up to 80 characters: customers read it.")
    if set(parameters) != kind.parameters:
        problems["parameters"] = N_("This kind of rule needs other numbers.")
    elif any(not -100 < value <= 1000 for key, value in parameters.items() if key.endswith("percent")):
        problems["parameters"] = N_("A percentage lies between -99 and 1000.")
    if valid_from and valid_until and valid_until < valid_from:
        problems["valid_until"] = N_("A rule ends after it begins.")
    return problems
