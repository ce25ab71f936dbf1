"""Price rules are data: written by one action, read in the order in which they apply."""

import datetime as dt

import pytest

from bookapp.identity.actor import ANONYMOUS, SYSTEM
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.queries import price_rules_of
from bookapp.pricing.states import RuleKind
from bookapp.values.errors import NotAllowed, NotValid
from tests.builders import a_merchant

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
        ({"parameters": {"percent": 10}}, "parameters"),
        ({"parameters": PEAK | {"percent": -100}}, "parameters"),
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


def test_every_kind_has_a_word_and_its_numbers() -> None:
    assert all(kind.label and "percent" in " ".join(kind.parameters) for kind in RuleKind)
