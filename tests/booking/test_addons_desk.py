"""Add-ons at the desk: made and changed, never fewer than are promised, and two editors at once."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from bookapp.booking.actions.stocking import change_stocked
from bookapp.booking.errors import StockPromised
from bookapp.booking.queries.stock import most_promised
from bookapp.catalog.models import Addon
from bookapp.catalog.queries.managed import addon_to_change, version_of_addon
from bookapp.catalog.rules import AddonDraft
from bookapp.identity.actor import SYSTEM
from bookapp.infra.db import db
from bookapp.values.errors import NotFound, NotValid
from tests.builders import a_merchant, a_room, a_venue, actor_of, an_addon
from tests.builders.booking import NOW, a_booking, a_hold, a_wish, always_open, an_open_room, at
from tests.support.client import Client
from tests.support.select import form_values, one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


pytestmark = pytest.mark.usefixtures("app")


def with_stock(addon: Addon, stock: int | None) -> AddonDraft:
    return AddonDraft(name=addon.name, kind=addon.kind, price_minor=addon.price_minor, stock=stock)


def test_an_owner_makes_changes_and_unlists_an_addon(client: Client) -> None:
    venue = a_venue()
    sign_in(client, merchant_id=venue.merchant_id)
    typed = {"name": "Projector", "kind": "reusable", "price": "12,50", "stock": "", "listed": "y"}
    nothing = submit(client, "/desk/addons/new", "form#addon", **typed)
    assert (nothing.status_code, "how many there are" in one(nothing.text, "#stock-error").text) == (422, True)
    assert one(nothing.text, "#price")["value"] == "12,50"
    assert submit(client, "/desk/addons/new", "form#addon", **(typed | {"stock": "3"})).status_code == 303
    addon = db.session.scalars(db.select(Addon).where(Addon.venue_id == venue.id)).one()
    assert (addon.name, addon.kind, addon.price_minor, addon.stock, addon.listed) == (
        "Projector",
        "reusable",
        1250,
        3,
        True,
    )
    page = f"/desk/addons/{addon.id}"
    assert submit(client, page, "form#addon", price="nothing", listed="y").status_code == 422
    assert submit(client, page, "form#addon", kind="consumable").status_code == 422
    assert submit(client, page, "form#addon", price="15", hint="with cable").status_code == 303
    changed = addon_to_change(addon.id)
    assert (changed.price_minor, changed.hint, changed.listed) == (1500, "with cable", False)
    listing = client.get("/desk/addons").text
    assert "not offered" in listing
    assert "3 at a time" in listing


def test_there_are_never_fewer_than_are_promised(client: Client) -> None:
    room = an_open_room()
    addon, other, house = an_addon(room.venue, stock=5), a_room(room.venue), room.venue.merchant_id
    a_booking(a_wish(room, addons=((addon.id, 2),)))
    a_hold(a_wish(other, start=at() + dt.timedelta(hours=1), addons=((addon.id, 1),)))
    a_hold(a_wish(room, start=at(9), addons=((addon.id, 2),)))
    assert most_promised(addon, now=NOW) == 3, "two and one overlap for an hour"
    sign_in(client, merchant_id=house)
    page = f"/desk/addons/{addon.id}"
    assert "3 are promised" in client.get(page).text
    refused = submit(client, page, "form#addon", stock="2", listed="y")
    assert refused.status_code == 422
    assert "3 of them are promised" in one(refused.text, "#stock-error").text
    assert addon_to_change(addon.id).stock == 5
    assert submit(client, page, "form#addon", stock="3", listed="y").status_code == 303
    assert most_promised(addon, now=NOW + dt.timedelta(minutes=16)) == 2, "the holds have lapsed"


def test_what_is_used_up_is_counted_by_the_day_of_its_venue() -> None:
    room = an_open_room()
    addon = an_addon(room.venue, kind="consumable", stock=None)
    late = dt.datetime(2027, 3, 9, 22, tzinfo=dt.UTC)
    for hours, pieces in ((-2, 4), (0, 3), (2, 6)):
        a_booking(a_wish(room, start=late + dt.timedelta(hours=hours), addons=((addon.id, pieces),)))
    assert most_promised(an_addon(a_venue(), kind="consumable", stock=2), now=NOW) == 0
    assert most_promised(addon, now=NOW) == 7, "22:00 UTC is 23:00 in Berlin, and midnight the next day"
    seen = version_of_addon(addon_to_change(addon.id))
    with pytest.raises(StockPromised):
        change_stocked(SYSTEM, addon.id, with_stock(addon, 6), version=seen, now=NOW)
    assert change_stocked(SYSTEM, addon.id, with_stock(addon, 7), version=seen, now=NOW).stock == 7
    seen = version_of_addon(addon_to_change(addon.id))
    assert change_stocked(SYSTEM, addon.id, with_stock(addon, None), version=seen, now=NOW).stock is None


def test_whether_it_comes_back_stays() -> None:
    addon = an_addon(a_venue())
    draft = AddonDraft(name="x", kind="consumable", price_minor=1, stock=2)
    with pytest.raises(NotValid):
        change_stocked(SYSTEM, addon.id, draft, version=version_of_addon(addon), now=NOW)
    with pytest.raises(NotFound):
        change_stocked(SYSTEM, 10**9, draft, version="", now=NOW)


def test_two_editors_the_second_is_shown_both(client: Client) -> None:
    addon = an_addon(a_venue(), name="Projector")
    sign_in(client, merchant_id=addon.merchant_id)
    page = f"/desk/addons/{addon.id}"
    typed = form_values(client.get(page).text, "form#addon") | {"name": "Beamer", "listed": "y"}
    change_stocked(SYSTEM, addon.id, with_stock(addon, 9), version=typed["version"], now=NOW)
    late = client.post(page, data=typed)
    assert late.status_code == 409
    assert texts(late.text, ".notice dd") == ["Projector", "9"]
    assert one(late.text, "#name")["value"] == "Beamer"
    again = typed | {"version": one(late.text, "input[name=version]")["value"]}
    assert client.post(page, data=again).status_code == 303


def test_it_is_nobody_elses_and_managers_look(client: Client) -> None:
    addon = an_addon(always_open(a_venue()))
    other = sign_in(client, merchant_id=a_merchant().id)
    assert client.get(f"/desk/addons/{addon.id}").status_code == 404
    with pytest.raises(NotFound):
        change_stocked(actor_of(other), addon.id, with_stock(addon, 0), version=version_of_addon(addon), now=NOW)
    assert "No venue yet" in client.get("/desk/addons/new").text
    client.post("/logout")
    sign_in(client, merchant_id=addon.merchant_id, role="manager")
    assert not css(client.get("/desk/addons").text, "main a[href^='/desk/addons/']")
