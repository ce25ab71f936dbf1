"""Price rules are data: written by one action, read in the order in which they apply."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from bookapp.audit.models import AuditEntry
from bookapp.catalog.models import Merchant
from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.infra.db import db
from bookapp.pricing.actions import (
    change_price_rule,
    create_price_rule,
    move_price_rule,
    set_tax,
    switch_price_rule,
)
from bookapp.pricing.errors import RuleChanged
from bookapp.pricing.models import PriceRule
from bookapp.pricing.queries import all_rules_of, price_rules_of, tariff_of, tariffs_of, version_of_rule
from bookapp.pricing.rules import TaxRate
from bookapp.pricing.rules.drafts import RuleDraft
from bookapp.pricing.rules.tariffs import Tariff
from bookapp.pricing.states import RuleKind
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.builders import a_merchant, a_room, a_service, a_venue

pytestmark = pytest.mark.usefixtures("app")
PEAK = {"weekdays": [0, 1, 2, 3, 4], "from_minute": 1080, "to_minute": 1320, "percent": 10}


def test_rules_are_read_in_their_order_and_while_they_are_valid() -> None:
    merchant = a_merchant()
    create_price_rule(SYSTEM, merchant.id, kind=RuleKind.PEAK, name="Evening", parameters=PEAK, position=2)
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.WEEKEND, name="Weekend", parameters={"percent": 20}, position=1,
        valid_until=dt.date(2026, 12, 31),
    )  # fmt: skip
    assert [rule.name for rule in price_rules_of(merchant.id, on=dt.date(2026, 12, 31))] == ["Weekend", "Evening"]
    assert [rule.name for rule in price_rules_of(merchant.id, on=dt.date(2027, 1, 1))] == ["Evening"]
    assert not price_rules_of(a_merchant().id, on=dt.date(2026, 12, 31))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"parameters": {"percent": 10}}, "kind"),
        ({"parameters": PEAK | {"percent": -100}}, "percent"),
        ({"parameters": PEAK | {"percent": 0}}, "percent"),
        ({"parameters": PEAK | {"weekdays": []}}, "weekdays"),
        ({"parameters": PEAK | {"to_minute": 1080}}, "to_minute"),
        ({"parameters": PEAK | {"from_minute": None}}, "from_minute"),
        ({"venue_id": 1, "room_id": 2}, "scope"),
        ({"valid_from": dt.date(2026, 2, 1), "valid_until": dt.date(2026, 1, 1)}, "valid_until"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_by_field(changed: dict, field: str) -> None:
    facts = {"kind": RuleKind.PEAK, "name": "Evening", "parameters": PEAK} | changed
    with pytest.raises(NotValid) as refusal:
        create_price_rule(SYSTEM, a_merchant().id, **facts)
    assert list(refusal.value.fields) == [field]


def test_only_those_who_run_the_merchant() -> None:
    with pytest.raises(NotAllowed):
        create_price_rule(ANONYMOUS, a_merchant().id, kind=RuleKind.WEEKEND, name="Weekend", parameters={"percent": 20})


def test_every_kind_has_its_words_and_its_numbers() -> None:
    assert all(kind.label and kind.meaning and kind.parameters for kind in RuleKind)
    assert [kind for kind in RuleKind if kind.is_limit] == [RuleKind.FLOOR, RuleKind.CAP]


def weekend(merchant: Merchant, name: str = "Weekend", **facts: Any) -> PriceRule:
    return create_price_rule(SYSTEM, merchant.id, kind=RuleKind.WEEKEND, name=name, parameters={"percent": 20}, **facts)


def names(merchant: Merchant) -> list[str]:
    return [rule.name for rule in all_rules_of(merchant.id)]


def test_a_rule_is_about_ones_own_places_only() -> None:
    merchant, other = a_merchant(), a_merchant()
    theirs = a_room(a_venue(other))
    for scope in ({"room_id": theirs.id}, {"venue_id": theirs.venue_id}, {"service_id": a_service().id}):
        with pytest.raises(NotValid) as refusal:
            weekend(merchant, **scope)
        assert list(refusal.value.fields) == ["scope"]
    assert weekend(other, room_id=theirs.id).room_id == theirs.id


def test_a_change_is_on_record_with_what_stood_before() -> None:
    rule = weekend(a_merchant())
    draft = RuleDraft(RuleKind.WEEKEND, "Saturday and Sunday", {"percent": 25})
    change_price_rule(SYSTEM, rule.id, draft, version=version_of_rule(rule))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "price_rule.changed")).one()
    assert entry.facts == {
        "before": {"name": "Weekend", "parameters": {"percent": 20}},
        "after": {"name": "Saturday and Sunday", "parameters": {"percent": 25}},
    }
    other = RuleDraft(RuleKind.DEMAND, "x", {"percent": 25, "taken_percent": 80})
    with pytest.raises(NotValid):
        change_price_rule(SYSTEM, rule.id, other, version=version_of_rule(rule))


def test_who_saves_later_is_told_that_it_changed() -> None:
    rule = weekend(a_merchant())
    seen = version_of_rule(rule)
    switch_price_rule(SYSTEM, rule.id, active=False, version=seen)
    draft = RuleDraft(RuleKind.WEEKEND, "Weekend", {"percent": 30})
    for late in (
        lambda: change_price_rule(SYSTEM, rule.id, draft, version=seen),
        lambda: switch_price_rule(SYSTEM, rule.id, active=False, version=seen),
        lambda: move_price_rule(SYSTEM, rule.id, up=True, version=seen),
    ):
        with pytest.raises(RuleChanged):
            late()
    with pytest.raises(NotFound):
        switch_price_rule(SYSTEM, 2**40, active=False, version=seen)
    with pytest.raises(NotAllowed):
        switch_price_rule(ANONYMOUS, rule.id, active=False, version=version_of_rule(rule))


def test_rules_change_places_with_their_neighbours() -> None:
    merchant = a_merchant()
    first, second, third = (weekend(merchant, name) for name in ("First", "Second", "Third"))
    assert names(merchant) == ["First", "Second", "Third"]
    move_price_rule(SYSTEM, third.id, up=True, version=version_of_rule(third))
    assert names(merchant) == ["First", "Third", "Second"]
    move_price_rule(SYSTEM, first.id, up=False, version=version_of_rule(first))
    assert names(merchant) == ["Third", "First", "Second"]
    move_price_rule(SYSTEM, second.id, up=False, version=version_of_rule(second))
    assert names(merchant) == ["Third", "First", "Second"], "the last one stays"


def test_a_rule_that_is_off_counts_no_more_and_tax_is_part_of_the_tariff() -> None:
    merchant, other = a_merchant(), a_merchant()
    rule = weekend(merchant)
    set_tax(SYSTEM, merchant.id, TaxRate("VAT", Decimal(19), inclusive=False))
    assert [one.name for one in tariff_of(merchant.id).rules] == ["Weekend"]
    switch_price_rule(SYSTEM, rule.id, active=False, version=version_of_rule(rule))
    found = tariffs_of([merchant.id, other.id])
    assert (found[merchant.id].rules, found[other.id]) == ((), Tariff())
    assert found[merchant.id].tax is not None
    assert tariffs_of([]) == {}
