"""A whole journey without a pointer: every control is reached by Tab, seen to have the focus, and worked by keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import steps
from tests.journeys.world import World
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

EMAIL = "keys@example.org"
MOST_TABS = 120
FOCUSED = """() => {
  const node = document.activeElement;
  // A control that fills its row or its box may have its ring around that.
  const looks = [getComputedStyle(node), getComputedStyle(node, "::after"), getComputedStyle(node.parentElement)];
  const labels = [...(node.labels ?? [])].map((label) => label.textContent);
  const words = [node.getAttribute("aria-label"), ...labels, node.textContent, node.value].filter(Boolean).join(" ");
  const ring = (look) => look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 1;
  return { words: words.replace(/\\s+/g, " ").trim(), seen: looks.some(ring) };
}"""


class Keys:
    """Somebody who has a keyboard."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, words: str) -> None:
        """Tab until the focus is on what is called so."""
        passed = []
        for _ in range(MOST_TABS):
            self._page.keyboard.press("Tab")
            focused = self._page.evaluate(FOCUSED)
            if re.search(words, focused["words"]):
                assert focused["seen"], f"nobody sees that {focused['words']!r} has the focus"
                return
            passed.append(focused["words"][:30])
        pytest.fail(f"no {words!r} among {passed}")

    def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            self._page.keyboard.press(key)

    def fill(self, words: str, text: str) -> None:
        """Go to a field and type."""
        self.to(words)
        self._page.keyboard.type(text)


def test_a_room_is_booked_and_cancelled_by_keys_alone(stack: Stack, page: Page, world: World) -> None:
    keys, title = Keys(page), page.locator("h1")
    page.goto("/")
    keys.to("Skip to")
    keys.fill("^Where", "Berlin")
    keys.to("Show free times")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/search"))
    keys.to("See room Ahorn")
    keys.press("Enter")
    expect(title).to_have_text("Ahorn")

    later = page.locator("#calendar a[rel=next]")
    keys.to(later.get_attribute("aria-label") or "")
    for _ in range(3):
        day = later.get_attribute("aria-label") or ""
        keys.press("Enter")
        expect(later).not_to_have_attribute("aria-label", day)
        expect(later).to_be_focused()
    keys.to("^Free 08:00")
    keys.press(*["ArrowRight"] * 5, *["Shift+ArrowRight"] * 2)
    expect(page.get_by_role("status").filter(has_text="10:00–12:00")).to_be_attached()
    keys.press("Enter")
    expect(page.locator("#book")).to_contain_text("€84")
    expect(page).to_have_url(re.compile("from=10%3A00|from=10:00"))
    keys.to("^Reserve €84")
    keys.press("Enter")

    expect(title).to_have_text("Make it yours")
    keys.fill("^Name", "Kay Board")
    keys.fill("^Email", EMAIL)
    ref = page.url.rpartition("/")[2]
    keys.to("^Pay €84 now")
    keys.press("Enter")
    expect(page.get_by_text("This is a sandbox.")).to_be_visible()
    keys.to("^Pay €84.00$|^Pay €84.00 pay$")
    keys.press("Enter")
    steps.see_it_confirmed(page, ref)
    keys.to("See the booking")
    keys.press("Enter")
    expect(page).to_have_url(re.compile(f"/bookings/{ref}$"))
    keys.to("^Cancel$")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("/cancellation$"))
    keys.to("^Cancel booking, €63 back")
    keys.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("This booking is cancelled.")
    stack.mailbox.wait_for(EMAIL, "on its way back to you", timeout=40)


def test_the_grid_lets_go_by_escape(page: Page, world: World) -> None:
    page.goto(f"/rooms/ahorn?date={world.day.isoformat()}")
    keys, cursor = Keys(page), page.locator(".cursor")
    keys.to("^Free 08:00")
    keys.press("ArrowRight")
    expect(cursor).to_be_attached()
    keys.press("Escape")
    expect(cursor).to_have_count(0)
