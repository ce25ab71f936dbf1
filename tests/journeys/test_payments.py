"""What goes otherwise on the way to a booking: a declined card, a walk away, a hold that nobody paid."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.world import World
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]


def test_a_card_is_declined_and_another_one_pays(stack: Stack, page: Page, world: World) -> None:
    email = "declined@example.org"
    chosen = steps.choose_seat(page, world, 2)
    ref = steps.check_out(page, chosen, name="Rosa Lehmann", email=email)
    steps.answer_as_the_bank(page, "Decline the card")
    expect(page.get_by_role("alert")).to_contain_text("The payment did not go through.")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Rosa Lehmann")
    assert steps.check_out(page, chosen) == ref
    steps.answer_as_the_bank(page, "report it twice")
    steps.see_it_confirmed(page, ref)
    steps.read_the_mail(stack, email, chosen, ref)
    paid = stack.rows("SELECT state FROM payment WHERE reference = %s ORDER BY id", ref)
    assert [row["state"] for row in paid] == ["failed", "succeeded"]


def test_who_walks_away_keeps_the_place_until_the_payment_is_closed(stack: Stack, page: Page, world: World) -> None:
    chosen = steps.choose_seat(page, world, 3)
    ref = steps.check_out(page, chosen, name="Peter Holm", email="away@example.org")
    steps.answer_as_the_bank(page, "Walk away")
    expect(page.get_by_role("main")).to_contain_text("A payment page is open for this booking.")
    payment_page = stack.value("SELECT url FROM payment WHERE reference = %s", ref)
    page.get_by_role("button", name="Let it go").click()
    expect(page.locator("#toasts")).to_contain_text("is free again. Nothing was charged.")
    steps.wait_until(stack, ref, "expired")
    page.goto(payment_page)
    expect(page.get_by_role("main")).to_contain_text("This payment is closed.")
    page.goto(f"/checkout/{ref}")
    expect(page.get_by_role("heading", level=1)).to_have_text("The hold has ended")
    assert stack.value("SELECT state FROM payment WHERE reference = %s", ref) == "abandoned"


def test_who_asks_for_more_time_gets_it_once_and_keeps_what_was_typed(stack: Stack, page: Page, world: World) -> None:
    steps.choose_seat(page, world, 3)
    ref = page.url.rpartition("/")[2]
    stack.rows("UPDATE booking SET hold_expires_at = now() + interval '110 s' WHERE ref = %s", ref)
    page.reload()
    page.get_by_role("button", name="Keep 10 min").click()
    expect(page.locator(".held")).to_contain_text("11:")
    expect(page.get_by_role("button", name="Keep 10 min")).to_have_count(0)
    page.get_by_role("button", name="Let it go").click()
    steps.wait_until(stack, ref, "expired")
