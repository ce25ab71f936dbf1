"""Price rules are written here, and every change is on record with what stood before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.catalog.models import Room, Service, Venue
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.pricing.errors import RuleChanged
from bookapp.pricing.models import PriceRule
from bookapp.pricing.policy import may_change_prices
from bookapp.pricing.queries.price_rules import as_data, version_of_rule
from bookapp.pricing.rules.drafts import RuleDraft
from bookapp.pricing.states import RuleKind
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_


@action
def create_price_rule(
    actor: Actor,
    merchant_id: int,
    *,
    kind: RuleKind,
    name: str,
    parameters: Mapping[str, Any],
    position: int | None = None,
    venue_id: int | None = None,
    room_id: int | None = None,
    service_id: int | None = None,
    valid_from: dt.date | None = None,
    valid_until: dt.date | None = None,
    active: bool = True,
) -> PriceRule:
    """Add a rule to a merchant's prices, the last one unless `position` says where.

    Raises NotAllowed, or NotValid naming the fields that do not fit.
    """
    if not may_change_prices(actor, merchant_id):
        raise NotAllowed
    draft = RuleDraft(kind, name, dict(parameters), venue_id, room_id, service_id, valid_from, valid_until, active)
    _check(draft, merchant_id)
    if position is None:
        position = max((rule.position for rule in _locked(merchant_id)), default=0) + 1
    rule = PriceRule(merchant_id=merchant_id, position=position, **_columns(draft))
    db.session.add(rule)
    db.session.flush()
    record(actor, "price_rule.created", f"price_rule:{rule.id}", {"after": as_data(rule)})
    return rule


@action
def change_price_rule(actor: Actor, rule_id: int, draft: RuleDraft, *, version: str) -> PriceRule:
    """Make a rule what `draft` says, for bookings to come. The kind stays.

    Raises NotFound, NotAllowed, RuleChanged when it is not what was read as `version`, or NotValid by field.
    """
    rule = _own(actor, rule_id, version)
    if draft.kind.value != rule.kind:
        raise NotValid({"kind": N_("A rule keeps its kind. Switch it off and make another one.")})
    _check(draft, rule.merchant_id)
    before = as_data(rule)
    for name, value in _columns(draft).items():
        setattr(rule, name, value)
    _note(actor, "price_rule.changed", rule, before)
    return rule


@action
def switch_price_rule(actor: Actor, rule_id: int, *, active: bool, version: str) -> PriceRule:
    """Switch a rule on or off. Raises as `change_price_rule`."""
    rule = _own(actor, rule_id, version)
    before = as_data(rule)
    rule.active = active
    _note(actor, "price_rule.switched_on" if active else "price_rule.switched_off", rule, before)
    return rule


@action
def remove_price_rule(actor: Actor, rule_id: int, *, version: str) -> None:
    """Take a rule away for good. Bookings keep their lines and their reasons in words, so nothing needs it any more.

    Raises as `change_price_rule`.
    """
    rule = _own(actor, rule_id, version)
    record(actor, "price_rule.removed", f"price_rule:{rule.id}", {"before": as_data(rule)})
    db.session.delete(rule)


@action
def move_price_rule(actor: Actor, rule_id: int, *, up: bool, version: str) -> PriceRule:
    """Let a rule count before the one above it, or after the one below. At the end of the list nothing happens.

    Raises NotFound, NotAllowed or RuleChanged.
    """
    rule = _own(actor, rule_id, version)
    ordered = sorted(_locked(rule.merchant_id), key=lambda each: (each.position, each.id))
    before, place = as_data(rule), ordered.index(rule)
    other = place - 1 if up else place + 1
    if 0 <= other < len(ordered):
        ordered[place], ordered[other] = ordered[other], ordered[place]
        for number, each in enumerate(ordered, start=1):
            each.position = number
        _note(actor, "price_rule.moved", rule, before)
    return rule


def _own(actor: Actor, rule_id: int, version: str) -> PriceRule:
    """The rule, locked together with its merchant's other ones, as it was read."""
    merchant_id = db.session.scalar(select(PriceRule.merchant_id).where(PriceRule.id == rule_id))
    if merchant_id is None:
        raise NotFound
    if not may_change_prices(actor, merchant_id):
        raise NotAllowed
    rule = next((each for each in _locked(merchant_id) if each.id == rule_id), None)
    if rule is None:
        raise NotFound
    if version_of_rule(rule) != version:
        raise RuleChanged
    return rule


def _locked(merchant_id: int) -> Sequence[PriceRule]:
    return db.session.scalars(
        select(PriceRule)
        .where(PriceRule.merchant_id == merchant_id)
        .order_by(PriceRule.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _check(draft: RuleDraft, merchant_id: int) -> None:
    problems = draft.problems()
    if not problems and not _is_theirs(draft, merchant_id):
        problems["scope"] = N_("This is not one of your places, rooms or services.")
    if problems:
        raise NotValid(problems)


def _is_theirs(draft: RuleDraft, merchant_id: int) -> bool:
    if draft.venue_id is not None:
        owner = select(Venue.merchant_id).where(Venue.id == draft.venue_id)
    elif draft.room_id is not None:
        owner = select(Venue.merchant_id).join(Room, Room.venue_id == Venue.id).where(Room.id == draft.room_id)
    elif draft.service_id is not None:
        owner = select(Service.merchant_id).where(Service.id == draft.service_id)
    else:
        return True
    return db.session.scalar(owner) == merchant_id


def _columns(draft: RuleDraft) -> dict[str, Any]:
    return {
        "kind": draft.kind.value,
        "name": draft.name,
        "parameters": dict(draft.parameters),
        "venue_id": draft.venue_id,
        "room_id": draft.room_id,
        "service_id": draft.service_id,
        "valid_from": draft.valid_from,
        "valid_until": draft.valid_until,
        "active": draft.active,
    }


def _note(actor: Actor, what: str, rule: PriceRule, before: dict[str, Any]) -> None:
    db.session.flush()
    after = as_data(rule)
    differs = [name for name in after if after[name] != before[name]]
    facts = {"before": {name: before[name] for name in differs}, "after": {name: after[name] for name in differs}}
    record(actor, what, f"price_rule:{rule.id}", facts)
