"""Money at a provider over HTTP, beside a wallet, in two parts, and back again; in a real browser, against a stand-in
that behaves like Stripe's documentation and says that it is one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from bookapp.booking.rules import RoomWish
from bookapp.catalog.actions import ensure_terms_presets
from bookapp.catalog.models import Room
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.payments.actions.wallet import adjust
from bookapp.pricing.actions.codes import CouponDraft, create_coupon
from bookapp.pricing.actions.deposits import set_deposit
from bookapp.pricing.rules.deposits import Deposit
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import a_merchant, a_room, a_venue
from tests.builders.booking import a_booking, always_open
from tests.journeys import steps
from tests.journeys.world import World, build
from tests.support.books import assert_balanced
from tests.support.databases import Servers
from tests.support.eventually import eventually
from tests.support.providers.stripe import StandInStripe
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]


@pytest.fixture(scope="module")
def stripe() -> Iterator[StandInStripe]:
    """The provider."""
    with StandInStripe() as standing_in:
        yield standing_in


@pytest.fixture(scope="module")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory, stripe: StandInStripe) -> Iterator[Stack]:
    """A Bookapp with an account at Stripe."""
    with running_stack(servers, tmp_path_factory.mktemp("money"), **stripe.settings) as started:
        stripe.webhook_url = f"{started.url}/payments/webhooks/stripe"
        yield started


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    """The house, where card payments go to Stripe."""
    made = build(stack.app)
    stack.rows("UPDATE merchant SET gateways = '{stripe}'")
    return made


def pay_by_card(page: Page, button: str = "Pay") -> None:
    """On the provider's page, which is another origin: the browser's policy has to let us go there."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("EUR")
    page.get_by_role("button", name=button, exact=True).click()


def to_the_provider(page: Page, price: str, *, email: str, name: str) -> str:
    """Through the checkout; the ref."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Email").fill(email)
    ref = page.url.rpartition("/")[2]
    page.get_by_role("button", name=f"Pay {price} now").click()
    return ref


def test_paid_by_card_and_refunded_at_the_provider(
    stack: Stack, page: Page, world: World, stripe: StandInStripe
) -> None:
    chosen = steps.choose_room(page, world, 12)
    ref = to_the_provider(page, "€54", email="card@example.org", name="Carla Ardent")
    pay_by_card(page)
    steps.see_it_confirmed(page, ref)
    steps.read_the_mail(stack, "card@example.org", chosen, ref)
    steps.find_it_under_my_bookings(page, chosen, ref)
    steps.cancel(page, chosen, ref)
    steps.mail_about(stack, "card@example.org", "on its way back to you", ref)
    assert [refund["amount"] for refund in stripe.all("refund")] == [4050]
    assert_balanced(stack)


def test_a_card_is_declined_there_and_the_place_is_still_held(stack: Stack, page: Page, world: World) -> None:
    steps.choose_room(page, world, 15)
    ref = to_the_provider(page, "€54", email="again@example.org", name="Dora Again")
    pay_by_card(page, "Decline")
    expect(page.get_by_role("alert")).to_be_visible()
    pay_by_card(page)
    steps.see_it_confirmed(page, ref)
    assert_balanced(stack)


def test_part_from_the_wallet_and_the_rest_by_card(
    stack: Stack, page: Page, world: World, stripe: StandInStripe
) -> None:
    with stack.app.app_context():
        tom = db.session.query(User).filter_by(username="tom").one()
        adjust(SYSTEM, tom.id, Money(2000, "EUR"), reason="For the rain in the hall", key="rain", now=clock.now())
    steps.sign_in(page, "tom")
    steps.choose_room(page, world, 18)
    ref = page.url.rpartition("/")[2]
    page.get_by_label("Use your wallet").check()
    page.get_by_role("button", name=re.compile("^Pay €")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("34")
    pay_by_card(page)
    steps.see_it_confirmed(page, ref)
    page.goto("/wallet")
    expect(page.get_by_role("main")).to_contain_text("€0.00")
    expect(page.get_by_role("row").filter(has_text=ref)).to_contain_text("-€20.00")
    expect(page.get_by_role("row").filter(has_text="For the rain in the hall")).to_contain_text("+€20.00")
    assert stripe.all("checkout.session")[0]["amount_total"] == 3400
    assert_balanced(stack)


def test_a_coupon_and_a_deposit_now_and_the_rest_by_the_link_in_the_mail(
    stack: Stack, page: Page, world: World
) -> None:
    with stack.app.app_context():
        room = db.session.query(Room).filter_by(slug="ahorn").one()
        merchant_id = stack.value("SELECT merchant_id FROM venue WHERE id = %s", room.venue_id)
        create_coupon(SYSTEM, merchant_id, CouponDraft(code="SPRING10", percent=10, room_id=room.id))
        set_deposit(SYSTEM, merchant_id, Deposit(percent=25, rest_days_before=2, room_id=room.id))
    page.goto(f"/rooms/ahorn?date={world.day + dt.timedelta(days=3)}&from=10:00&to=12:00&people=4")
    page.get_by_role("button", name=re.compile("Reserve €")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Make it yours")
    ref = page.url.rpartition("/")[2]
    page.get_by_label("Name").fill("Della Posit")
    page.get_by_label("Email").fill("deposit@example.org")
    page.locator("#code").fill("spring10")
    page.get_by_role("button", name="Use code").click()
    expect(page.get_by_label("Summary")).to_contain_text("€75.60")
    page.get_by_role("button", name="Pay €18.90 now").click()
    pay_by_card(page)
    steps.see_it_confirmed(page, ref)
    page.goto(f"/bookings/{ref}/rest")
    page.get_by_role("button", name="Pay €56.70 now").click()
    pay_by_card(page)
    expect(page).to_have_url(re.compile(f"/bookings/{ref}$"))
    paid = "SELECT coalesce(sum(amount_minor), 0) FROM payment WHERE reference = %s AND state = 'succeeded'"
    eventually(lambda: stack.value(paid, ref) == 7560)
    assert_balanced(stack)


TERMS = [
    ("Standard", 49, "€40.50"),
    ("Standard", 47, "€27"),
    ("Standard", 23, "€13.50"),
    ("Flexible", 25, "€54"),
    ("Flexible", 7, "€27"),
    ("Flexible", 5, ""),
]


@pytest.mark.parametrize(("terms", "hours", "back"), TERMS)
def test_what_comes_back_so_many_hours_before(
    stack: Stack, page: Page, world: World, terms: str, hours: int, back: str
) -> None:
    email = f"{terms.lower()}{hours}@example.org"
    now = clock.now()
    # The next full hour: no later than an hour after what the name says, which is the same step of the terms.
    start = (now + dt.timedelta(hours=hours + 1)).replace(minute=0, second=0, microsecond=0)
    with stack.app.app_context():
        merchant = a_merchant(terms_id=ensure_terms_presets()[terms].id)
        room = a_room(always_open(a_venue(merchant)))
        span = Span(start, start + dt.timedelta(hours=2))
        booking = a_booking(RoomWish(room.id, span, 2), now=now, email=email)
        ref = booking.ref
    link = steps.mail_about(stack, email, "Booked", ref)
    page.goto(next(each for each in steps.links_in(link) if "/manage/" in each))
    page.goto(f"/bookings/{ref}/cancellation")
    page.get_by_role("button", name=f"Cancel booking, {back} back" if back else "Cancel booking").click()
    expect(page.get_by_role("main")).to_contain_text("This booking is cancelled.")
    if back:
        steps.mail_about(stack, email, "on its way back to you", ref)
    assert_balanced(stack)
