"""The checkout page: the code, the wallet, the deposit, the tax and the gateways, and what was typed stays."""

import pytest
import time_machine

from bookapp.booking.models import Booking
from bookapp.booking.queries.links import manage_token
from bookapp.booking.views import paying
from bookapp.identity.actions import create_user
from bookapp.infra.db import db
from bookapp.infra.settings import current_settings
from bookapp.payments import actions as payments
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.gateways import sandbox
from bookapp.payments.gateways.base import ChargeState
from bookapp.payments.models import Payment
from bookapp.payments.queries import wallet_balance
from bookapp.values.money import Money
from tests.booking.paid import a_coupon, a_deposit, a_gift_code, a_tax
from tests.builders.booking import NOW, an_open_room
from tests.builders.numbers import another
from tests.support.client import Client
from tests.support.select import one, select

WHO = {"name": "Miriam Okafor", "email": "miriam@example.org", "phone": "+49 30 123456"}


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def room():
    """A room that never closes."""
    return an_open_room()


def held(client: Client, room, *, day: str = "2027-03-22", total: str = "") -> str:
    """Two hours of the room, three weeks from now, held by the browser; the ref."""
    fields = {
        "kind": "room", "room": room.slug, "date": day, "from": "09:00", "to": "11:00", "people": "2",
        "idempotency_key": f"key-{another():08}",
    }  # fmt: skip
    answer = client.post("/hold", data=fields | ({"total": total} if total else {}))
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


def customer(client: Client, *, wallet: int = 0) -> int:
    """Somebody signs in at the browser; their id."""
    name = f"person{another()}"
    user = create_user(name="Bo", email=f"{name}@example.org", username=name, password="correct-horse-9", now=NOW)
    if wallet:
        ledger.post("credit", f"test:{user.id}", Money(wallet, "EUR"), AccountOf.platform(), AccountOf.wallet(user.id),
                    now=NOW, user_id=user.id)  # fmt: skip
    client.post("/login", data={"login": name, "password": "correct-horse-9"})
    return user.id


def booking(ref: str) -> Booking:
    found = db.session.scalars(db.select(Booking).where(Booking.ref == ref)).one()
    db.session.refresh(found)
    return found


def words(page: str) -> str:
    """The summary as it reads."""
    return one(page, "#summary").text


def button(page: str) -> str:
    return one(page, "#checkout .btn--wide").text


def test_a_coupon_is_used_and_taken_off_and_what_was_typed_stays(client: Client, room) -> None:
    a_coupon(room)
    ref = held(client, room)
    used = client.post(f"/checkout/{ref}/code", data=WHO | {"code": "spring10", "notes": "Two of us come early."})
    assert used.status_code == 200
    assert "takes €5.40 off" in one(used.text, ".notice[role=alert]").text
    assert "Coupon SPRING10 −10 %" in words(used.text)
    assert button(used.text) == "Pay €48.60 now"
    assert one(used.text, "#name")["value"] == "Miriam Okafor"
    assert one(used.text, "#notes").text.strip() == "Two of us come early."
    assert not select(used.text, "#code"), "one code at a time"
    assert client.get(f"/checkout/{ref}/code").location == f"/checkout/{ref}"
    off = client.post(f"/checkout/{ref}/code/removal", data=WHO)
    assert button(off.text) == "Pay €54 now"
    assert one(off.text, "#email")["value"] == "miriam@example.org"


def test_a_code_that_was_typed_and_not_used_is_used_before_anybody_pays(client: Client, room) -> None:
    a_coupon(room)
    ref = held(client, room)
    answer = client.post(f"/checkout/{ref}", data=WHO | {"code": "SPRING10"})
    assert (answer.status_code, button(answer.text)) == (200, "Pay €48.60 now")
    assert db.session.scalar(db.select(db.func.count()).select_from(Payment)) == 0


@pytest.mark.parametrize(
    ("code", "said"), [("NOSUCH", "do not know this code"), ("", "type the code first"), ("ONCE", "fill in your email")]
)
def test_a_refused_code_is_said_at_the_field_and_stays_in_it(client: Client, room, code: str, said: str) -> None:
    a_coupon(room, "ONCE", most_per_customer=1)
    ref = held(client, room)
    answer = client.post(f"/checkout/{ref}/code", data={"name": "Miriam", "email": "", "code": code})
    assert answer.status_code == 422
    assert said in one(answer.text, "#code-error").text
    assert one(answer.text, "#code")["value"] == code
    assert one(answer.text, "#name")["value"] == "Miriam"


def test_once_per_customer_is_asked_again_when_the_email_changes(client: Client, room) -> None:
    a_coupon(room, "ONCE", most_per_customer=1)
    ref = held(client, room)
    client.post(f"/checkout/{ref}/code", data=WHO | {"code": "ONCE"})
    assert client.post(f"/checkout/{ref}", data=WHO).status_code == 303
    second = held(client, room, day="2027-03-23")
    client.post(f"/checkout/{second}/code", data=WHO | {"code": "ONCE", "email": "bo@example.org"})
    refused = client.post(f"/checkout/{second}", data=WHO)
    assert refused.status_code == 422
    assert "once per customer" in one(refused.text, ".notice[role=alert]").text


def test_guessing_codes_ends_after_ten(client: Client, room, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = held(client, room)
    settings = current_settings()
    monkeypatch.setitem(
        client.application.extensions, "bookapp.settings", type(settings)(**{**vars_of(settings), "rate_limits": True})
    )
    answers = [client.post(f"/checkout/{ref}/code", data=WHO | {"code": f"GUESS{n}"}) for n in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert "many codes in a short time" in answers[-1].text
    assert one(answers[-1].text, "#name")["value"] == "Miriam Okafor"
    assert client.post(f"/checkout/{ref}", data=WHO | {"code": "GUESS"}).status_code == 429, "nor by the other door"


def vars_of(settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


def test_a_gift_card_needs_an_account_and_then_fills_the_wallet(client: Client, room) -> None:
    code = a_gift_code(2000)
    ref = held(client, room)
    asked = client.post(f"/checkout/{ref}/code", data=WHO | {"code": code})
    assert "sign in first" in one(asked.text, "#code-error").text
    user_id = customer(client)
    ref = held(client, room, day="2027-03-23")
    filled = client.post(f"/checkout/{ref}/code", data=WHO | {"code": code})
    assert "€20.00 from the gift card" in one(filled.text, ".notice[role=alert]").text
    assert "checked" in one(filled.text, "#wallet").attributes
    assert "It pays €20.00 of this; €34.00 are paid as chosen below" in filled.text
    paid = client.post(f"/checkout/{ref}", data=WHO | {"wallet": "y", "gateway": "sandbox"})
    assert "/sandbox/pay/" in paid.location
    assert wallet_balance(user_id, "EUR") == Money(0, "EUR"), "taken aside while the payment is open"


def test_the_wallet_is_offered_to_who_has_something_in_it(client: Client, room) -> None:
    assert not select(client.get(f"/checkout/{held(client, room)}").text, "#wallet")
    customer(client)
    assert not select(client.get(f"/checkout/{held(client, room, day='2027-03-23')}").text, "#wallet")
    user_id = customer(client, wallet=6000)
    ref = held(client, room, day="2027-03-24")
    page = client.get(f"/checkout/{ref}").text
    assert "that pays all of it" in page
    done = client.post(f"/checkout/{ref}", data=WHO | {"wallet": "y", "gateway": "sandbox"})
    assert done.location == f"/bookings/{ref}/confirmed"
    assert wallet_balance(user_id, "EUR") == Money(600, "EUR")


def test_a_deposit_says_what_is_due_now_and_later_until_when(client: Client, room) -> None:
    a_deposit(room)
    ref = held(client, room)
    page = client.get(f"/checkout/{ref}").text
    assert button(page) == "Pay €16.20 now"
    assert "€37.80" in words(page)
    assert "Fri 19 Mar, 09:00 (Berlin time)" in words(page)
    pay_at_sandbox(client, client.post(f"/checkout/{ref}", data=WHO | {"gateway": "sandbox"}).location)
    shown = client.get(f"/bookings/{ref}").text
    assert "€37.80 still open" in shown
    link = one(shown, f'a[href="/bookings/{ref}/rest"]')
    assert link.text == "Pay the rest"


def test_the_rest_is_paid_on_its_page(client: Client, room) -> None:
    a_deposit(room)
    ref = held(client, room)
    pay_at_sandbox(client, client.post(f"/checkout/{ref}", data=WHO | {"gateway": "sandbox"}).location)
    page = client.get(f"/bookings/{ref}/rest").text
    assert one(page, "#rest .btn--wide").text == "Pay €37.80 now"
    pay_at_sandbox(client, client.post(f"/bookings/{ref}/rest", data={"gateway": "sandbox"}).location)
    assert client.get(f"/bookings/{ref}/rest").location == f"/bookings/{ref}"
    assert client.post(f"/bookings/{ref}/rest", data={"gateway": "sandbox"}).location == f"/bookings/{ref}"
    assert "still open" not in client.get(f"/bookings/{ref}").text


def test_the_link_of_a_mail_leads_a_stranger_to_it(client: Client, room) -> None:
    a_deposit(room)
    ref = held(client, room)
    pay_at_sandbox(client, client.post(f"/checkout/{ref}", data=WHO | {"gateway": "sandbox"}).location)
    other = client.application.test_client()
    assert other.get(f"/bookings/{ref}/rest").status_code == 404
    assert other.get(f"/manage/{manage_token(booking(ref))}/rest").location == f"/bookings/{ref}/rest"
    assert other.get(f"/bookings/{ref}/rest").status_code == 200
    assert other.get("/manage/nonsense/rest").status_code == 404


@pytest.mark.parametrize("inclusive", [True, False])
def test_tax_is_in_every_total_from_the_first_page_on(client: Client, room, inclusive: bool) -> None:
    a_tax(room, inclusive=inclusive)
    total = "€54.00" if inclusive else "€64.26"
    first = client.get(f"/rooms/{room.slug}?date=2027-03-22&from=09:00&to=11:00&people=2").text
    assert total in first
    assert ("of which VAT 19 %: €8.62" in first) == inclusive
    ref = held(client, room, total=str(5400 if inclusive else 6426))
    page = client.get(f"/checkout/{ref}").text
    assert total in words(page)
    assert ("of which VAT 19 %: €8.62" in words(page)) == inclusive
    assert ("VAT 19 %€10.26" in words(page)) != inclusive


def test_the_merchants_gateways_are_the_choice(client: Client, room) -> None:
    ref = held(client, room)
    page = client.get(f"/checkout/{ref}").text
    choices = select(page, "#checkout input[name=gateway]")
    assert [choice["value"] for choice in choices] == ["sandbox"]
    assert "checked" in choices[0].attributes
    # What is not offered is not taken: the first that is.
    assert "/sandbox/pay/" in client.post(f"/checkout/{ref}", data=WHO | {"gateway": "stripe"}).location


def test_while_a_payment_is_open_nothing_of_the_price_can_be_changed(client: Client, room) -> None:
    a_coupon(room)
    ref = held(client, room)
    client.post(f"/checkout/{ref}", data=WHO | {"gateway": "sandbox"})
    page = client.get(f"/checkout/{ref}").text
    assert (button(page), select(page, "#code")) == ("Go on paying", [])
    assert client.post(f"/checkout/{ref}/code", data=WHO | {"code": "SPRING10"}).status_code == 409


def test_the_enter_key_presses_the_button_that_pays(client: Client, room) -> None:
    page = client.get(f"/checkout/{held(client, room)}").text
    first = select(page, "#checkout button")[0]
    assert "formaction" not in first.attributes


def test_a_gift_card_can_be_redeemed_in_the_wallet(client: Client) -> None:
    user_id, code = customer(client), a_gift_code(2500)
    assert client.get("/wallet").status_code == 200
    for typed, said in (("", "type the code"), ("nonsense", "do not know this code")):
        refused = client.post("/wallet/gift-cards", data={"code": typed})
        assert refused.status_code == 422
        assert said in one(refused.text, "#code-error").text
    for _twice in range(2):
        assert client.post("/wallet/gift-cards", data={"code": code}).location == "/wallet?currency=EUR"
    assert wallet_balance(user_id, "EUR") == Money(2500, "EUR")


def pay_at_sandbox(client: Client, address: str) -> None:
    """Pay on the sandbox's page and come back."""
    assert "/sandbox/pay/" in address, address
    charge = address.rpartition("/")[2]
    assert sandbox.settle(charge, ChargeState.PAID)
    payment = db.session.scalars(db.select(Payment).where(Payment.provider_id == charge)).one()
    payments.ask_back(payment.id, now=NOW)


def test_where_nothing_takes_a_card_the_page_says_so_and_keeps_what_was_typed(client, room, monkeypatch):
    monkeypatch.setattr(paying, "gateways_for", lambda _booking: ())
    ref = held(client, room)
    assert client.get(f"/checkout/{ref}").status_code == 200
    answer = client.post(f"/checkout/{ref}", data=WHO)
    assert answer.status_code == 503
    assert "payment provider cannot be reached" in one(answer.text, "[role=alert]").text
    assert one(answer.text, "#email")["value"] == WHO["email"]
    assert db.session.query(Payment).filter_by(reference=ref).count() == 0
