"""What a list may say of a price before a time is chosen."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookapp.identity.actor import SYSTEM
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.rules.facts import Rule
from bookapp.pricing.rules.leaning import Leaning, leaning
from bookapp.pricing.states import RuleKind
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_venue
from tests.support.client import Client
from tests.support.select import one, texts

TODAY = dt.date(2027, 3, 1)


def a_rule(kind: str, percent: int | dict[str, int] = 0, **facts: Any) -> Rule:
    parameters: dict[str, Any] = {"percent": percent} if isinstance(percent, int) else dict(percent)
    if kind in ("floor", "cap"):
        parameters = {"amount_minor": 1000, "currency": "EUR"}
    return Rule(1, RuleKind(kind), kind, parameters, **facts)


LEVELS = {"junior_percent": 0, "senior_percent": 25, "expert_percent": 50}


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], Leaning.EXACT),
        ([a_rule("weekend", 25)], Leaning.FROM),
        ([a_rule("floor")], Leaning.FROM),
        ([a_rule("early_bird", -10)], Leaning.ABOUT),
        ([a_rule("cap")], Leaning.ABOUT),
        ([a_rule("weekend", 25), a_rule("duration", -20)], Leaning.ABOUT),
        ([a_rule("early_bird", -10, valid_until=dt.date(2027, 2, 28))], Leaning.EXACT),
        ([a_rule("early_bird", -10, valid_until=TODAY)], Leaning.ABOUT),
        ([a_rule("early_bird", -10, valid_from=dt.date(2027, 5, 1))], Leaning.ABOUT),
        ([a_rule("early_bird", -10, room_id=8)], Leaning.EXACT),
        ([a_rule("weekend", 25, room_id=7)], Leaning.FROM),
        ([a_rule("weekend", 25, service_id=7)], Leaning.EXACT),
        ([a_rule("level", LEVELS)], Leaning.EXACT),
    ],
)
def test_of_a_room(rules: list[Rule], said: Leaning) -> None:
    assert leaning(rules, on=TODAY, room_id=7) is said


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        (LEVELS, Leaning.FROM),
        (LEVELS | {"junior_percent": -5}, Leaning.ABOUT),
        (dict.fromkeys(LEVELS, 0), Leaning.EXACT),
    ],
)
def test_levels_are_about_who_hosts(levels: dict[str, int], said: Leaning) -> None:
    assert leaning([a_rule("level", levels)], on=TODAY, service_id=3) is said


def test_cards_and_pages_say_it(client: Client) -> None:
    merchant = a_merchant()
    venue = a_venue(merchant)
    room = a_room(venue)
    service = a_service(merchant, kind="appointment")
    a_facilitator(merchant)

    def seen() -> tuple[str, str, str, str]:
        return (
            texts(client.get(f"/venues/{venue.slug}").text, "main")[0].partition(" an hour")[0].split()[-2],
            next(row for row in texts(client.get(f"/rooms/{room.slug}").text, ".row--base") if "an hour" in row),
            texts(client.get(f"/at/{merchant.slug}").text, "main")[0],
            one(client.get(f"/services/{service.slug}").text, "aside dd").text,
        )

    def rule(percent: int) -> None:
        create_price_rule(
            SYSTEM, merchant.id, kind=RuleKind.WEEKEND, name=f"By {percent}", parameters={"percent": percent}
        )

    *_, length = seen()
    assert length.startswith("€")
    rule(25)
    card, own, house, length = seen()
    assert (card, length.split()[0]) == ("from", "from")
    assert own.startswith("from")
    assert "from €" in house
    rule(-25)
    card, own, house, length = seen()
    assert (card, length.split()[0]) == ("about", "about")
    assert own.startswith("about")
    assert "about €" in house
