"""Each of the three shapes, from the search to the refund's mail, by a guest and by somebody with an account."""

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import steps
from tests.journeys.world import World
from tests.support.books import assert_balanced
from tests.support.browser import a_window
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

# Hours of one day (for a seat: days), so that no journey is in another's way.
GUEST = {"room": 12, "seat": 0, "person": 17}
# With an account it is the same way but for who pays and where it is found: walked once.
CUSTOMER = {"person": 19}


def there_and_back(
    stack: Stack, page: Page, world: World, shape: str, when: int, *, email: str, name: str = ""
) -> None:
    """Booked, paid, confirmed, read about, found again, cancelled, refunded."""
    chosen = steps.CHOICES[shape](page, world, when)
    ref = steps.check_out(page, chosen, name=name, email=email)
    steps.answer_as_the_bank(page, "^Pay €")
    steps.see_it_confirmed(page, ref)
    steps.read_the_mail(stack, email, chosen, ref)
    steps.find_it_under_my_bookings(page, chosen, ref)
    steps.cancel(page, chosen, ref)
    steps.get_the_money_back(stack, page, email, chosen, ref)


@pytest.mark.parametrize("shape", steps.CHOICES)
def test_a_guest_books_and_cancels(stack: Stack, page: Page, world: World, shape: str) -> None:
    email = f"guest.{shape}@example.org"
    there_and_back(stack, page, world, shape, GUEST[shape], email=email, name="Miriam Okafor")


@pytest.mark.parametrize("shape", CUSTOMER)
def test_a_customer_books_and_cancels(stack: Stack, page: Page, world: World, shape: str) -> None:
    steps.sign_in(page, "tom")
    there_and_back(stack, page, world, shape, CUSTOMER[shape], email="tom@example.org")


def test_without_javascript_it_is_the_same_journey(stack: Stack, browser: Browser, world: World) -> None:
    context = a_window(browser, stack.url, java_script_enabled=False)
    page = context.new_page()
    there_and_back(stack, page, world, "room", 18, email="plain@example.org", name="Plain Reader")
    context.close()


def test_the_books_agree_after_all_that(stack: Stack) -> None:
    assert_balanced(stack)
