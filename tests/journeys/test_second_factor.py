"""A second factor, from setting it up to signing in with it; and an admin who acts as somebody."""

from __future__ import annotations

import datetime as dt
import re

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bookapp.identity.actions import create_user
from bookapp.infra import clock
from tests.journeys import steps
from tests.journeys.world import PASSWORD
from tests.support.browser import PHONE, assert_accessible, assert_no_sideways_scroll
from tests.support.stack import Stack

pytestmark = [pytest.mark.journey, pytest.mark.stack]

NARROWEST, WIDE = {"width": 320, "height": 700}, {"width": 1440, "height": 900}
A_PHONE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
HERE = "/account/security"


@pytest.fixture
def somebody(stack: Stack) -> str:
    """The username of an account that no other journey uses."""
    made = stack.value("SELECT count(*) FROM user_account")
    with stack.app.app_context():
        create_user(
            name="Nora Quill", email=f"nora{made}@example.org", username=f"nora{made}", password=PASSWORD,
            now=clock.now(),
        )  # fmt: skip
    return f"nora{made}"


def look(page: Page) -> None:
    """What axe-core says on a phone in light and on a desk in dark, and nothing too wide."""
    for colours, size in (("light", PHONE), ("dark", WIDE)):
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        page.set_viewport_size(size)
        assert_accessible(page)
    page.set_viewport_size(NARROWEST)
    assert_no_sideways_scroll(page)
    page.set_viewport_size(WIDE)


def give_password(page: Page, login: str) -> None:
    """The first step."""
    page.goto(re.sub(r"(//[^/]+).*", r"\1/login", page.url))
    page.get_by_label("Email or username").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()


def leave(page: Page) -> None:
    """Sign out, from the menu."""
    page.locator(".account-btn").last.click()
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(page.locator("#toasts")).to_contain_text("You are signed out.")


def test_an_app_from_the_qr_code_to_the_next_sign_in(stack: Stack, page: Page, somebody: str) -> None:
    steps.sign_in(page, somebody)
    page.goto("/account")
    page.get_by_role("link", name="Second factor and sign-ins").click()
    look(page)
    page.get_by_role("link", name="Set up an authenticator app").click()
    look(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Show me the QR code").click()
    expect(page.locator(".scan img")).not_to_have_js_property("naturalWidth", 0)
    look(page)
    app = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
    first = app.at(clock.now())
    page.get_by_label("The six digits it shows now").fill(first)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)
    paper = page.locator(".codes code").first.inner_text()
    look(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("#factor-title + div")).to_contain_text("On")
    look(page)
    stack.mailbox.wait_for(f"{somebody}@example.org", "An authenticator app was added")
    leave(page)

    give_password(page, somebody)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    expect(page.get_by_text("Nora")).to_have_count(0)
    look(page)
    page.get_by_label("Code").fill(first)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("was used before")
    look(page)
    page.goto("/wallet")
    expect(page).to_have_url(re.compile(r"/login/second-step\?next=%2Fwallet"))
    page.get_by_label("Code").fill(app.at(clock.now() + dt.timedelta(seconds=30)))
    page.get_by_role("button", name="Go on").click()
    expect(page).to_have_url(re.compile("/wallet$"))

    page.goto(f"{HERE}/proof/app")
    look(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_label("Code").fill(paper)
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator("#factor-title + div")).to_contain_text("Off")


def test_a_passkey_beside_the_password_and_alone(
    stack: Stack, page: Page, visitor: BrowserContext, somebody: str
) -> None:
    device = visitor.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": A_PHONE})
    home = f"http://localhost:{stack.port}"  # browsers tie no passkey to a number
    page.goto(f"{home}/login")
    give_password(page, somebody)
    page.goto(f"{home}{HERE}/passkeys/new")
    look(page)
    page.get_by_label("Name").fill("My phone")
    page.get_by_label("Your password").fill("not the password")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("status").filter(has_text="not your password")).to_be_visible()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".codes li")).to_have_count(10)
    leave(page)

    give_password(page, somebody)
    look(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{home}/bookings")
    page.goto(f"{home}{HERE}")
    expect(page.locator("#browsers")).to_contain_text("with a passkey")
    expect(page.get_by_role("link", name="Remove My phone")).to_be_visible()
    leave(page)

    page.goto(f"{home}/login?next=/wallet")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{home}/wallet")
    uses = "SELECT sign_count FROM passkey JOIN user_account u ON u.id = user_id WHERE username = %s"
    assert stack.value(uses, somebody) > 1

    page.goto(f"{home}{HERE}")
    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Use a passkey instead of the code").click()
    expect(page.locator("#factor-title + div")).to_contain_text("Off")


def test_an_admin_acts_as_somebody_and_nobody_can_overlook_it(stack: Stack, page: Page, somebody: str) -> None:
    admin = f"chief-of-{somebody}"
    with stack.app.app_context():
        create_user(
            name="Ada Chief", email=f"{admin}@example.org", username=admin, password=PASSWORD, is_admin=True,
            now=clock.now(),
        )  # fmt: skip
    steps.sign_in(page, admin)
    page.goto(f"/desk/users?q={somebody}")
    page.get_by_role("link", name="Nora Quill").click()
    page.get_by_label("Why").last.fill("She cannot find her booking")
    page.get_by_role("button", name="Act as Nora Quill").click()
    expect(page).to_have_url(re.compile("/bookings$"))
    banner = page.get_by_role("region", name="Acting as somebody else")
    for address in ("/", "/bookings", "/search", HERE, "/nowhere", "/checkout/B7K2QF"):
        page.goto(address)
        expect(banner).to_contain_text("You act as Nora Quill")
        look(page)
        page.set_viewport_size(PHONE)
        page.mouse.wheel(0, 3000)
        expect(banner).to_be_in_viewport()
        expect(banner.get_by_role("button", name="Stop")).to_be_in_viewport()
        page.set_viewport_size(WIDE)
    page.goto("/account")
    page.get_by_text("Change my password").click()
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password").fill("seven green bottles")
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_role("main")).to_contain_text("theirs alone")
    page.goto("/search")
    banner.get_by_role("button", name="Stop").click()
    expect(page.locator("#toasts")).to_contain_text("You are yourself again.")
    expect(banner).to_have_count(0)
    page.goto(f"/desk/audit?who={admin}")
    expect(page.get_by_role("row").filter(has_text="user.impersonated")).to_contain_text("She cannot find her booking")
    page.goto("/")
    leave(page)

    steps.sign_in(page, somebody)
    page.goto(HERE)
    expect(page.locator("#impersonations")).to_contain_text("She cannot find her booking")
    look(page)
