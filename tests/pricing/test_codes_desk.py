"""/desk/codes and /desk/gift-cards: owners change, managers look, others find nothing."""

import datetime as dt

import pytest

from bookapp.booking import actions as bookings
from bookapp.catalog.models import Merchant
from bookapp.infra.db import db
from bookapp.payments.models import GiftCard
from bookapp.pricing.models import Coupon
from bookapp.pricing.queries import coupon_by_code, coupons_of, deposit_rules_of, tax_of
from tests.builders import a_merchant, a_room, a_venue
from tests.builders.booking import NOW, a_guest, a_wish, always_open, at
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.jobs import work_off
from tests.support.select import one
from tests.support.select import select as find
from tests.support.staff import sign_in


def signed_in(client: Client, merchant: Merchant, role: str) -> Merchant:
    """The browser belongs to somebody with this role at the merchant."""
    sign_in(client, merchant_id=merchant.id, role=role)
    return merchant


@pytest.fixture
def house(client: Client) -> Merchant:
    """A merchant whose owner sits at the browser."""
    return signed_in(client, a_merchant(), "owner")


def coupon_fields(house: Merchant, **more: str) -> dict[str, str]:
    return {"merchant": house.slug, "coupon-code": "SPRING10", "coupon-percent": "10"} | more


def test_an_empty_house_is_told_what_there_could_be(client: Client, house: Merchant) -> None:
    page = client.get("/desk/codes").text
    assert "No coupon yet" in page
    assert "Sold without tax" in page
    assert "Everything is paid at once" in page


def test_a_coupon_nobody_has_used_is_removed_and_any_other_switched_off(client: Client, house: Merchant) -> None:
    room = a_room(always_open(a_venue(house)))
    for code in ("UNUSED", "USED", "ONCE"):
        client.post("/desk/codes/coupons", data=coupon_fields(house, **{"coupon-code": code}))
    for day, code in enumerate(("USED", "ONCE")):
        guest = a_guest()
        held = bookings.hold(guest, a_wish(room, start=at(7 + day)), now=NOW, key=f"key-{another()}")
        bookings.use_code(guest, held.ref, code, email="", now=NOW)
        if code == "ONCE":  # the use comes back, and the booking still says which coupon it had
            bookings.expire_holds(now=NOW + dt.timedelta(minutes=15))
            work_off("booking.return_code")
    left = {}
    for code in ("UNUSED", "USED", "ONCE"):
        coupon = coupon_by_code(house.id, code)
        assert coupon is not None
        sent = {"merchant": house.slug, "act": "remove"}
        assert client.post(f"/desk/codes/coupons/{coupon.id}/ending", data=sent).status_code == 303
        db.session.expire_all()
        again = coupon_by_code(house.id, code)
        left[code] = (again is not None, again is not None and again.active)
    assert left == {"UNUSED": (False, False), "USED": (True, False), "ONCE": (True, False)}
    page = client.get("/desk/codes").text
    assert "It was used before" in page
    assert "The coupon is gone." in page


def test_a_coupon_is_made_listed_and_switched_off(client: Client, house: Merchant) -> None:
    room = a_room(a_venue(house))
    fields = coupon_fields(house, **{"coupon-scope": f"room-{room.id}", "coupon-most_uses": "50"})
    assert client.post("/desk/codes/coupons", data=fields).location.endswith(f"/desk/codes?merchant={house.slug}")
    coupon = coupon_by_code(house.id, "SPRING10")
    assert coupon is not None
    assert (coupon.percent, coupon.room_id, coupon.most_uses) == (10, room.id, 50)
    page = client.get("/desk/codes").text
    assert room.name in page
    assert "0 / 50" in page
    client.post(f"/desk/codes/coupons/{coupon.id}/ending", data={"merchant": house.slug})
    db.session.refresh(coupon)
    assert not coupon.active


def test_the_same_form_twice_is_one_coupon(client: Client, house: Merchant) -> None:
    fields = coupon_fields(house, **{"coupon-idempotency_key": "key-key-key-1"})
    answers = [client.post("/desk/codes/coupons", data=fields) for _twice in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(coupons_of(house.id)) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"coupon-code": ""}, "Please give the code."),
        ({"coupon-code": "x"}, "3 to 20 letters"),
        ({"coupon-percent": "ten"}, "whole number"),
        ({"coupon-percent": "", "coupon-amount": "1.234"}, "an amount such as"),
        ({"coupon-amount": "5"}, "either a percentage or an amount"),
        ({"coupon-valid_from": "soon"}, "a date such as"),
        ({"coupon-scope": "room-999999"}, "from the list"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_what_was_typed_stays(
    client: Client, house: Merchant, fields: dict[str, str], words: str
) -> None:
    answer = client.post("/desk/codes/coupons", data=coupon_fields(house, **{"coupon-most_uses": "77"}) | fields)
    assert answer.status_code == 422
    assert words in one(answer.text, ".notice[role=alert]").text
    assert one(answer.text, "#coupon-most_uses")["value"] == "77"
    assert not coupons_of(house.id)


def test_the_tax_is_set_changed_and_taken_away(client: Client, house: Merchant) -> None:
    client.post("/desk/codes/tax", data={"merchant": house.slug, "tax-name": "VAT", "tax-percent": "7,7"})
    page = client.get("/desk/codes").text
    assert "VAT 7.7 %, added to every price" in page
    assert one(page, "#tax-percent")["value"] == "7.7"
    fields = {"merchant": house.slug, "tax-name": "VAT", "tax-percent": "19", "tax-inclusive": "y"}
    client.post("/desk/codes/tax", data=fields)
    assert "VAT 19 %, held in every price already" in client.get("/desk/codes").text
    refused = client.post("/desk/codes/tax", data=fields | {"tax-percent": "lots"})
    assert (refused.status_code, one(refused.text, "#tax-percent")["value"]) == (422, "lots")
    client.post("/desk/codes/tax/removal", data={"merchant": house.slug})
    assert tax_of(house.id) is None


def test_a_deposit_is_set_and_removed(client: Client, house: Merchant) -> None:
    fields = {"merchant": house.slug, "deposit-amount": "50", "deposit-rest_days_before": "14"}
    client.post("/desk/codes/deposits", data=fields)
    client.post("/desk/codes/deposits", data=fields | {"deposit-amount": "60"})
    (rule,) = deposit_rules_of(house.id)
    assert (rule.amount_minor, rule.rest_days_before) == (6000, 14)
    assert "€60.00" in client.get("/desk/codes").text
    assert client.post("/desk/codes/deposits", data=fields | {"deposit-rest_days_before": "400"}).status_code == 422
    client.post(f"/desk/codes/deposits/{rule.id}/removal", data={"merchant": house.slug})
    assert not deposit_rules_of(house.id)


def test_a_gift_cards_code_is_shown_once_and_kept_as_a_hash(client: Client, house: Merchant) -> None:
    fields = {"merchant": house.slug, "amount": "50", "idempotency_key": "key-key-key-2"}
    code = one(client.post("/desk/gift-cards", data=fields).text, "#gift-code").text
    assert len(code.replace("-", "")) == 16
    again = client.post("/desk/gift-cards", data=fields)
    assert "cannot be shown again" in again.text
    (card,) = db.session.scalars(db.select(GiftCard))
    assert (card.amount_minor, card.currency, card.merchant_id) == (5000, "EUR", house.id)
    assert code.replace("-", "") not in card.code_hash
    listed = client.get("/desk/gift-cards").text
    assert code not in listed
    assert card.hint in listed
    client.post(f"/desk/gift-cards/{card.id}/ending", data={"merchant": house.slug})
    assert "Over" in client.get("/desk/gift-cards").text


@pytest.mark.parametrize("fields", [{"amount": "much"}, {"amount": "0"}, {"amount": "5", "expires_on": "2020-01-01"}])
def test_what_is_no_gift_card_is_refused(client: Client, house: Merchant, fields: dict[str, str]) -> None:
    answer = client.post("/desk/gift-cards", data={"merchant": house.slug} | fields)
    assert answer.status_code == 422
    assert one(answer.text, "#amount")["value"] == fields["amount"]


CHANGES = (
    "/desk/codes/coupons", "/desk/codes/tax", "/desk/codes/tax/removal", "/desk/codes/deposits", "/desk/gift-cards",
)  # fmt: skip


def test_a_manager_sees_it_all_and_changes_nothing(client: Client) -> None:
    house = signed_in(client, a_merchant(), "manager")
    for path in ("/desk/codes", "/desk/gift-cards"):
        page = client.get(path)
        assert page.status_code == 200
        assert not find(page.text, "main form[method=post]")
    for path in CHANGES:
        assert client.post(path, data=coupon_fields(house)).status_code == 403
    assert db.session.scalar(db.select(db.func.count()).select_from(Coupon)) == 0


def test_another_house_is_not_there(client: Client, house: Merchant) -> None:
    other = a_merchant()
    for path in ("/desk/codes", "/desk/gift-cards"):
        assert client.get(f"{path}?merchant={other.slug}").status_code == 404
    for path in CHANGES:
        assert client.post(path, data=coupon_fields(other)).status_code == 404
