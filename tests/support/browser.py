"""Chromium, started once, and what is asked of every page it shows."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

import dev
from config import ROOT
from tests.support.eventually import PATIENCE_SECONDS
from tests.support.pages import assert_well_made

AXE = Path(__file__).parents[1] / "vendor" / "axe-4.14.1.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_RUN = (
    """rules => axe.run(document, {runOnly: rules, resultTypes: ["violations"]}).then(found => found.violations)"""
)
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# No sandbox, as tests run as root in containers; /dev/shm is tiny there.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
PICTURES = ROOT / "test-results"
PATIENCE_MS = PATIENCE_SECONDS * 1000

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser `dev.py` finds, started without a window."""
    found = dev.browser()
    environment: dict[str, str | float | bool] = {**os.environ}
    if home := found.get("CHROMIUM_HOME", os.environ.get("CHROMIUM_HOME")):
        environment |= {"LD_LIBRARY_PATH": f"{home}/lib", "FONTCONFIG_PATH": home}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found["CHROMIUM"], args=ARGUMENTS, env=environment)
        yield browser
        browser.close()


def a_window(browser: Browser, address: str, **options: Any) -> BrowserContext:
    """Somebody with a fresh browser on the site at `address`: relative addresses work."""
    desk = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Europe/Berlin"}
    context = browser.new_context(base_url=address, **(desk | options))
    context.set_default_timeout(PATIENCE_MS)
    return context


@contextmanager
def watched(page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """`page` for one test, which fails if the page complains; a picture is kept of what it showed when one failed."""
    complaints = Complaints()
    complaints.listen(page)
    yield page
    if request.session.testsfailed:
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=PICTURES / f"{request.node.name}.png", full_page=True)
    complaints.stop_listening(page)
    assert not complaints.heard, "\n".join(complaints.heard)


@dataclass
class Complaints:
    """What a page said on its console that it should not have: errors, refused styles and scripts."""

    heard: list[str] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        """Collect from `page` from now on."""
        page.on("console", self._console)
        page.on("pageerror", self._error)

    def stop_listening(self, page: Page) -> None:
        """Collect no more from `page`."""
        page.remove_listener("console", self._console)
        page.remove_listener("pageerror", self._error)

    def _console(self, message: ConsoleMessage) -> None:
        # The browser reports each 4xx this way; whether it was meant is for the test to say.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.heard.append(message.text)

    def _error(self, error: Error) -> None:
        self.heard.append(str(error))


def assert_accessible(page: Page) -> None:
    """No violation that axe-core knows, and nothing `tests.support.pages` objects to."""
    assert_well_made(page.content(), page.url)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())  # a script tag would be stopped by the Content-Security-Policy
    found = page.evaluate(AXE_RUN, RULES)
    told = [
        f"{rule['id']} ({rule['impact']}): {rule['help']}\n      {node['html']}\n      {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"][:3]
    ]
    assert not told, f"{page.url}:\n" + "\n".join(f"  - {line}" for line in told)


def assert_no_sideways_scroll(page: Page) -> None:
    """The page is no wider than the window."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
