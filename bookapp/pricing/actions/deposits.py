"""A merchant's deposits."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.policy import may_run_merchant
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.pricing.actions.scopes import scope_problem
from bookapp.pricing.models import DepositRule
from bookapp.pricing.rules.deposits import Deposit
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_

_MOST_DAYS = 365


@action
def set_deposit(actor: Actor, merchant_id: int, deposit: Deposit) -> DepositRule:
    """Ask for part now and the rest later, from now on; one for each scope. Raises NotAllowed or NotValid."""
    if not may_run_merchant(actor, merchant_id):
        raise NotAllowed
    problems = _problems(deposit)
    scope = scope_problem(merchant_id, deposit.room_id, deposit.service_id)
    if scope:
        problems["scope"] = scope
    if problems:
        raise NotValid(problems)
    values = {
        "percent": deposit.percent,
        "amount_minor": deposit.amount_minor,
        "rest_days_before": deposit.rest_days_before,
    }
    rule_id = db.session.scalars(
        insert(DepositRule)
        .values(merchant_id=merchant_id, room_id=deposit.room_id, service_id=deposit.service_id, **values)
        .on_conflict_do_update(index_elements=["merchant_id", "room_id", "service_id"], set_=values)
        .returning(DepositRule.id)
    ).one()
    record(actor, "deposit.set", f"deposit_rule:{rule_id}", values)
    return db.session.get_one(DepositRule, rule_id, populate_existing=True)


@action
def remove_deposit(actor: Actor, rule_id: int) -> int:
    """Ask for everything at once again. Answers whose it was. Raises NotFound or NotAllowed."""
    rule = db.session.get(DepositRule, rule_id)
    if rule is None:
        raise NotFound
    if not may_run_merchant(actor, rule.merchant_id):
        raise NotAllowed
    db.session.delete(rule)
    record(actor, "deposit.removed", f"deposit_rule:{rule_id}")
    return rule.merchant_id


def _problems(deposit: Deposit) -> dict[str, str]:
    problems: dict[str, str] = {}
    if (deposit.percent is None) == (deposit.amount_minor is None):
        problems["percent"] = N_("Give either a percentage or an amount.")
    elif deposit.percent is not None and not 1 <= deposit.percent <= 99:
        problems["percent"] = N_("A percentage lies between 1 and 99.")
    elif deposit.amount_minor is not None and deposit.amount_minor <= 0:
        problems["amount"] = N_("Give an amount above zero.")
    if not 0 <= deposit.rest_days_before <= _MOST_DAYS:
        problems["rest_days_before"] = N_("Give a number of days from 0 to 365.")
    return problems
