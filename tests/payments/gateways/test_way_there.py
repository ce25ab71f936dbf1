"""From a form of ours to the provider's page and back, in a real browser and under our real policy.

Chromium applies `form-action` to every redirect after a POST: a provider that the policy does not name cannot be
reached, although nothing on the page says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, redirect
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from bookapp.infra.settings import EXTENSION
from bookapp.payments.gateways import gateway
from bookapp.values.money import Money
from bookapp.web import headers
from config import Settings
from tests.payments.gateways.conftest import World, a_request
from tests.support.browser import PATIENCE_MS

PAGE = '<!doctype html><title>Checkout</title><form method="post"><button>Continue to payment</button></form>'


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@contextmanager
def a_shop(world: World, settings: Settings) -> Iterator[str]:
    """A form that leads to the provider, with the headers of all our pages under `settings`."""
    shop = Flask("shop")
    shop.extensions[EXTENSION] = Settings.from_env({"BOOKAPP_ENV": "test", **world.stand_in.settings})
    headers.init_app(shop, settings)

    @shop.get("/")
    def show() -> str:
        return PAGE

    @shop.post("/")
    def go() -> Response:
        here = f"http://127.0.0.1:{server.port}"
        wanted = a_request(Money(26250, world.currency), return_url=f"{here}/thanks", cancel_url=f"{here}/")
        return redirect(gateway(world.name).open(wanted).url, 303)

    @shop.get("/thanks")
    def thanks() -> str:
        return "<!doctype html><title>Thanks</title><h1>Thank you</h1>"

    server = make_server("127.0.0.1", 0, shop, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/"
    finally:
        server.shutdown()
        server.server_close()


def test_there_and_back(world: World, page: Page) -> None:
    settings = Settings.from_env({"BOOKAPP_ENV": "test", **world.stand_in.settings})
    with a_shop(world, settings) as url:
        page.goto(url)
        page.get_by_role("button", name="Continue to payment").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"262.50 {world.currency}")
        page.get_by_role("button", name="Decline").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_role("button", name="Pay").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert world.charges() == 1


def test_a_provider_the_policy_does_not_name_is_out_of_reach(world: World, page: Page) -> None:
    """The negative control."""
    with a_shop(world, Settings.from_env({"BOOKAPP_ENV": "test"})) as url:
        page.goto(url)
        with page.expect_console_message(lambda message: "form-action" in message.text):
            page.get_by_role("button", name="Continue to payment").click()
        assert page.url == url
