"""The desk's price rules: who sees and changes them, the form of each kind, next week's prices before saving."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from bookapp.booking import actions as bookings
from bookapp.catalog.actions import grant_role
from bookapp.catalog.models import Merchant, Room, Venue
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.pricing.actions import create_price_rule, switch_price_rule
from bookapp.pricing.models import PriceRule
from bookapp.pricing.queries import all_rules_of, version_of_rule
from bookapp.pricing.states import RuleKind
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_venue, opens, works
from tests.builders.booking import NOW, a_guest, a_wish
from tests.identity.people import a_person, come_in
from tests.support.client import Client
from tests.support.select import one, select, submit, texts

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
EVENING = {"name": "Evening", "weekdays": ["0", "1", "2", "3", "4"], "from": "18:00", "to": "20:00", "percent": "+10"}
TYPED = {
    RuleKind.PEAK: EVENING,
    RuleKind.WEEKEND: {"percent": "-5 %"},
    RuleKind.LEVEL: {"junior_percent": "0", "senior_percent": "+25", "expert_percent": "50"},
    RuleKind.EARLY_BIRD: {"days_before": "30", "percent": "−10"},
    RuleKind.LAST_MINUTE: {"hours_before": "6", "percent": "-10"},
    RuleKind.DURATION: {"hours": "2,5", "percent": "-10"},
    RuleKind.DEMAND: {"taken_percent": "80", "percent": "10"},
    RuleKind.FLOOR: {"amount": "20,50"},
    RuleKind.CAP: {"amount": "200"},
}
KEPT = {
    RuleKind.PEAK: {"weekdays": [0, 1, 2, 3, 4], "from_minute": 1080, "to_minute": 1200, "percent": 10},
    RuleKind.WEEKEND: {"percent": -5},
    RuleKind.LEVEL: {"junior_percent": 0, "senior_percent": 25, "expert_percent": 50},
    RuleKind.EARLY_BIRD: {"days_before": 30, "percent": -10},
    RuleKind.LAST_MINUTE: {"hours_before": 6, "percent": -10},
    RuleKind.DURATION: {"from_minutes": 150, "percent": -10},
    RuleKind.DEMAND: {"taken_percent": 80, "percent": 10},
    RuleKind.FLOOR: {"amount_minor": 2050, "currency": "EUR"},
    RuleKind.CAP: {"amount_minor": 20000, "currency": "EUR"},
}


@pytest.fixture(autouse=True)
def then():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def merchant(app) -> Merchant:
    return a_merchant(name="Kastanienhof")


@pytest.fixture
def house(merchant: Merchant) -> Venue:
    venue = a_venue(merchant, name="Mitte")
    opens(venue, at="16:00", until="20:00")
    return venue


@pytest.fixture
def room(house: Venue) -> Room:
    return a_room(house, name="Linden")


def works_there(client: Client, merchant: Merchant, role: str) -> Client:
    user = a_person()
    grant_role(SYSTEM, user_id=user.id, merchant_id=merchant.id, role=role)
    return come_in(client, user)


def weekend(merchant: Merchant, name: str = "Weekend") -> PriceRule:
    return create_price_rule(SYSTEM, merchant.id, kind=RuleKind.WEEKEND, name=name, parameters={"percent": 20})


def rules(merchant: Merchant) -> list[str]:
    return [rule.name for rule in all_rules_of(merchant.id)]


def prices(html: str) -> list[list[str]]:
    rows = len(select(html, ".prices tbody tr"))
    return [texts(html, f".prices tbody tr:nth-child({number + 1}) td") for number in range(rows)]


def test_the_list_says_what_each_rule_does_and_for_what(
    client: Client, merchant: Merchant, house: Venue, room: Room
) -> None:
    create_price_rule(
        SYSTEM, merchant.id, kind=RuleKind.PEAK, name="Evening", room_id=room.id, parameters=KEPT[RuleKind.PEAK],
        valid_until=dt.date(2027, 12, 31),
    )  # fmt: skip
    works_there(client, merchant, "owner")
    (row,) = select(client.get("/desk/prices").text, ".rules tbody tr")
    words = row.text
    for said in ("Evening", "Peak hours", "+10 %, 18:00–20:00, Mon–Fri", "Linden, Mitte", "until Fri 31 Dec", "On"):
        assert said in words, said


@pytest.mark.parametrize("kind", RuleKind)
def test_each_kind_is_typed_in_words_and_reads_back_as_typed(
    client: Client, merchant: Merchant, house: Venue, kind: RuleKind
) -> None:
    works_there(client, merchant, "owner")
    page = f"/desk/prices/new?merchant={merchant.slug}&kind={kind}"
    answer = submit(client, page, "#rule", act="save", active="1", **({"name": "Rule"} | TYPED[kind]))
    assert answer.status_code == 303
    (rule,) = all_rules_of(merchant.id)
    assert (rule.kind, rule.parameters, rule.active) == (kind.value, KEPT[kind], True)
    again = submit(client, f"/desk/prices/{rule.id}", "#rule", act="save", active="1", weekdays=EVENING["weekdays"])
    assert again.status_code == 303
    db.session.refresh(rule)
    assert rule.parameters == KEPT[kind], "saved untouched, it is the same"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"percent": "a lot"}, "percent"), ({"percent": "-100"}, "percent"), ({"percent": "0"}, "percent"),
        ({"from": "6 pm"}, "from"), ({"to": "18:00"}, "to"), ({"to": "25:00"}, "to"), ({"weekdays": []}, "weekdays"),
        ({"name": ""}, "name"), ({"scope": "moon-1"}, "scope"), ({"valid_from": "soon"}, "valid_from"),
        ({"valid_from": "2027-05-02", "valid_until": "2027-05-01"}, "valid_until"), ({"scope": "room-99999"}, "scope"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(
    client: Client, merchant: Merchant, house: Venue, typed: dict, field: str
) -> None:
    works_there(client, merchant, "owner")
    page = f"/desk/prices/new?merchant={merchant.slug}&kind=peak"
    answer = submit(client, page, "#rule", act="save", active="1", **(EVENING | typed))
    assert answer.status_code == 422
    assert [link["href"] for link in select(answer.text, "[role=alert] a")] == [f"#{field}"]
    assert rules(merchant) == []


def test_the_preview_shows_old_and_new_and_saves_nothing(
    client: Client, merchant: Merchant, house: Venue, room: Room
) -> None:
    works_there(client, merchant, "owner")
    page = f"/desk/prices/new?merchant={merchant.slug}&kind=peak"
    answer = submit(client, page, "#rule", act="preview", active="1", **EVENING)
    assert answer.status_code == 200
    days = texts(answer.text, ".prices thead th")
    assert (days[1], days[-1]) == ("Mon 8 Mar", "Sun 14 Mar"), "the week after this one"
    table = prices(answer.text)
    assert texts(answer.text, ".prices tbody th") == ["16:00", "17:00", "18:00", "19:00"]
    assert table[1] == ["€27"] * 7
    assert table[2] == ["€27 €29.70"] * 5 + ["€27"] * 2
    assert "10 of 28 prices change." in answer.text
    assert rules(merchant) == []


def test_the_preview_follows_what_is_chosen_in_it_and_what_is_typed(
    client: Client, merchant: Merchant, house: Venue, room: Room
) -> None:
    rule = weekend(merchant)
    works_there(client, merchant, "owner")
    other = a_room(house, name="Birke", rate_minor=1000)
    fields = {"name": "Weekend", "percent": "50", "active": "1", "act": "preview", "target": f"room-{other.id}",
              "minutes": "120", "version": version_of_rule(rule)}  # fmt: skip
    part = client.post(f"/desk/prices/{rule.id}", data=fields, headers=PARTIAL)
    assert not select(part.text, "h1")
    assert prices(part.text)[0] == ["€20"] * 5 + ["€24 €30"] * 2
    off = client.post(f"/desk/prices/{rule.id}", data=fields | {"active": ""}, headers=PARTIAL)
    assert prices(off.text)[0] == ["€20"] * 5 + ["€24 €20"] * 2, "off is shown as well"
    theirs = client.post(f"/desk/prices/{rule.id}", data=fields | {"target": f"room-{a_room().id}"}, headers=PARTIAL)
    assert one(theirs.text, "#target option[selected]").text.startswith("Birke"), "the first of one's own"


def test_the_preview_of_sessions_and_of_an_hour_of_somebody(client: Client, merchant: Merchant, house: Venue) -> None:
    works_there(client, merchant, "owner")
    classes = a_service(merchant, name="Slow flow")
    a_session(classes, starts_at=NOW + dt.timedelta(days=8), seats_taken=10, online=True)
    a_session(classes, starts_at=NOW + dt.timedelta(days=9), seats_taken=9, online=True)
    host = a_facilitator(merchant, name="Jonas", level="expert")
    works(host)
    hour = a_service(merchant, kind="appointment", name="First hour", hosts=(host,), lengths=((60, 12000),))
    base = f"/desk/prices/new?merchant={merchant.slug}&kind="
    demand = submit(client, base + "demand", "#rule", act="preview", active="1", target=f"service-{classes.id}",
                    name="Nearly full", taken_percent="80", percent="10")  # fmt: skip
    assert prices(demand.text) == [["2", "€16", "€17.60"], ["3", "€16", "€16"]]
    level = submit(client, base + "level", "#rule", act="preview", active="1", target=f"service-{hour.id}",
                   name="Level", junior_percent="0", senior_percent="25", expert_percent="50")  # fmt: skip
    assert prices(level.text)[0] == ["€120 €180"] * 7


def test_who_saves_later_sees_what_stands_and_keeps_what_was_typed(
    client: Client, merchant: Merchant, house: Venue
) -> None:
    rule = weekend(merchant)
    works_there(client, merchant, "owner")
    stale = version_of_rule(rule)
    switch_price_rule(SYSTEM, rule.id, active=False, version=stale)
    answer = client.post(f"/desk/prices/{rule.id}", data={"name": "Mine", "percent": "5", "version": stale})
    assert answer.status_code == 409
    assert "Weekend: +20 %" in one(answer.text, "[role=alert]").text
    assert one(answer.text, "#name")["value"] == "Mine"
    assert submit_again(client, rule, answer.text).status_code == 303, "the second time it is meant"
    late = client.post(f"/desk/prices/{rule.id}/standing", data={"act": "on", "version": stale})
    assert late.status_code == 409


def submit_again(client: Client, rule: PriceRule, html: str):
    version = one(html, "#rule [name=version]")["value"]
    return client.post(f"/desk/prices/{rule.id}", data={"name": "Mine", "percent": "5", "version": version})


def test_rules_change_places_and_are_switched_off(client: Client, merchant: Merchant, house: Venue) -> None:
    weekend(merchant, "First")
    weekend(merchant, "Second")
    works_there(client, merchant, "owner")
    assert submit(client, "/desk/prices", ".rules tr:last-child form", act="up").status_code == 303
    assert rules(merchant) == ["Second", "First"]
    submit(client, "/desk/prices", ".rules tbody tr:first-child form", act="off")
    assert [rule.active for rule in all_rules_of(merchant.id)] == [False, True]


def test_a_rule_that_is_switched_off_can_be_removed_and_what_was_booked_stays(
    client: Client, merchant: Merchant, house: Venue, room: Room
) -> None:
    rule = weekend(merchant, "Saturdays")
    held = bookings.hold(a_guest(), a_wish(room, start=dt.datetime(2027, 3, 6, 16, tzinfo=dt.UTC)), now=NOW, key="sat")
    said, total = [(verdict.label, verdict.amount) for verdict in held.verdicts], held.total_minor
    assert total > 5400
    works_there(client, merchant, "owner")
    assert "Remove" not in client.get("/desk/prices").text, "first it is switched off"
    submit(client, "/desk/prices", ".rules tbody tr:first-child form", act="off")
    stale = client.post(f"/desk/prices/{rule.id}/standing", data={"act": "remove", "version": "old"})
    assert stale.status_code == 409
    assert submit(client, "/desk/prices", ".rules tbody tr:first-child form", act="remove").status_code == 303
    assert rules(merchant) == []
    db.session.refresh(held)
    assert ([(verdict.label, verdict.amount) for verdict in held.verdicts], held.total_minor) == (said, total)
    assert "The rule is gone" in client.get("/desk/prices").text


def test_managers_look_owners_change_and_others_find_nothing(client: Client, merchant: Merchant, house: Venue) -> None:
    rule = weekend(merchant)
    works_there(client, merchant, "manager")
    seen = client.get("/desk/prices")
    assert (seen.status_code, select(seen.text, ".rules form, .rules a")) == (200, [])
    theirs = weekend(a_merchant(name="Elsewhere"))
    for address in (f"/desk/prices/{rule.id}", f"/desk/prices/{theirs.id}", f"/desk/prices/{rule.id + 9999}"):
        assert client.get(address).status_code == 404
        assert client.post(address, data={"name": "x", "percent": "5"}).status_code == 404
        assert client.post(f"{address}/standing", data={"act": "off"}).status_code == 404
    new = f"merchant={merchant.slug}&kind=weekend"
    assert client.get(f"/desk/prices/new?{new}").status_code == 403
    assert client.post("/desk/prices/new", data={"merchant": merchant.slug, "kind": "weekend"}).status_code == 403
    assert client.get("/desk/prices?merchant=elsewhere").status_code == 404


def test_the_kinds_to_choose_from_and_a_house_without_rules(client: Client, merchant: Merchant, house: Venue) -> None:
    works_there(client, merchant, "owner")
    assert "No price rules yet" in client.get("/desk/prices").text
    assert len(select(client.get("/desk/prices/new").text, ".choice")) == len(RuleKind)
    assert client.post("/desk/prices/new", data={"kind": "moon"}).status_code == 404


def test_a_new_rule_counts_for_the_next_booking(client: Client, merchant: Merchant, house: Venue, room: Room) -> None:
    works_there(client, merchant, "owner")
    page = f"/desk/prices/new?merchant={merchant.slug}&kind=peak"
    submit(client, page, "#rule", act="save", active="1", **EVENING)
    wish = a_wish(room, start=dt.datetime(2027, 3, 9, 16, tzinfo=dt.UTC))
    held = bookings.hold(a_guest(), wish, now=NOW, key="evening")
    assert held.total_minor == 5400 + 270, "one of the two hours"
