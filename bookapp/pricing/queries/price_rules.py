"""Reads of price rules."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from bookapp.catalog.models import Merchant
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.pricing.models import PriceRule, Tax
from bookapp.pricing.rules import Rule, TaxRate
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.pricing.states import RuleKind
from bookapp.values.errors import NotFound

_RULE = PriceRule.__table__.c
# Columns and not entities: every page that shows a price reads these.
_TARIFFS = (
    select(
        Merchant.id.label("merchant_id"),
        *(_RULE[name] for name in Rule.__dataclass_fields__),
        Tax.name.label("tax_name"),
        Tax.percent,
        Tax.inclusive,
        Tax.registration,
    )
    .outerjoin(PriceRule, and_(PriceRule.merchant_id == Merchant.id, PriceRule.active))
    .outerjoin(Tax, Tax.merchant_id == Merchant.id)
    .order_by(PriceRule.position, PriceRule.id)
)


def price_rules_of(merchant_id: int, *, on: dt.date) -> Sequence[PriceRule]:
    """The merchant's active rules that are valid on a day, in the order in which they apply."""
    return db.session.scalars(
        select(PriceRule)
        .where(
            PriceRule.merchant_id == merchant_id,
            PriceRule.active,
            or_(PriceRule.valid_from.is_(None), PriceRule.valid_from <= on),
            or_(PriceRule.valid_until.is_(None), PriceRule.valid_until >= on),
        )
        .order_by(PriceRule.position, PriceRule.id)
    ).all()


def all_rules_of(merchant_id: int) -> Sequence[PriceRule]:
    """Every rule of the merchant, also those that are switched off or over, in the order in which they apply."""
    return db.session.scalars(
        select(PriceRule).where(PriceRule.merchant_id == merchant_id).order_by(PriceRule.position, PriceRule.id)
    ).all()


def price_rule_by_id(rule_id: int) -> PriceRule:
    """One rule. Raises NotFound."""
    rule = db.session.get(PriceRule, rule_id)
    if rule is None:
        raise NotFound
    return rule


def tariffs_of(merchant_ids: Collection[int]) -> Mapping[int, Tariff]:
    """What decides the prices of each merchant, its active rules and its tax: remembered, else one query for all."""
    return _tariffs(tuple(sorted(set(merchant_ids)))) if merchant_ids else {}


@remembered(most=1024)
def _tariffs(merchant_ids: tuple[int, ...]) -> Mapping[int, Tariff]:
    rules: dict[int, list[Rule]] = {merchant_id: [] for merchant_id in merchant_ids}
    taxes: dict[int, TaxRate] = {}
    for row in db.session.execute(_TARIFFS.where(Merchant.id.in_(merchant_ids))):
        if row.percent is not None:
            taxes[row.merchant_id] = TaxRate(row.tax_name, row.percent, row.inclusive, row.registration)
        if row.id is not None:
            rules[row.merchant_id].append(as_rule(row))
    return {merchant_id: Tariff(tuple(found), taxes.get(merchant_id)) for merchant_id, found in rules.items()}


def tariff_of(merchant_id: int) -> Tariff:
    """What decides the prices of one merchant."""
    return tariffs_of([merchant_id])[merchant_id]


def as_rule(row: Any) -> Rule:
    """A PriceRule, or a row with its columns, as the engine takes it."""
    return Rule(
        id=row.id,
        kind=RuleKind(row.kind),
        name=row.name,
        parameters=row.parameters,
        position=row.position,
        venue_id=row.venue_id,
        room_id=row.room_id,
        service_id=row.service_id,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def as_data(row: PriceRule) -> dict[str, Any]:
    """Everything of a rule that can be changed, as plain data: for the audit trail, and for its version."""
    return {
        "name": row.name,
        "kind": row.kind,
        "parameters": dict(row.parameters),
        "position": row.position,
        "venue_id": row.venue_id,
        "room_id": row.room_id,
        "service_id": row.service_id,
        "valid_from": row.valid_from and row.valid_from.isoformat(),
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "active": row.active,
    }


def version_of_rule(row: PriceRule) -> str:
    """What a form was made of: whoever saves it later is told when the rule has changed meanwhile."""
    return hashlib.sha256(json.dumps(as_data(row), sort_keys=True).encode()).hexdigest()[:16]
