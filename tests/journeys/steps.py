"""What people do on the way to a booking and back, one function a step; each checks that the step did what it says."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from icalendar import Calendar, Event
from playwright.sync_api import Page, expect

from tests.journeys.world import BERLIN, PASSWORD, World
from tests.support.eventually import eventually
from tests.support.mailbox import attachments, html_of, links_in, text_of
from tests.support.stack import Stack


@dataclass(frozen=True)
class Chosen:
    """What a journey is after: its name, when it begins, what it costs and what comes back in time, as pages say it."""

    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    price: str
    back: str


def at(world: World, hour: int, days: int = 0) -> dt.datetime:
    """An hour of the world's day, or of one after it; wall time in Berlin."""
    return dt.datetime.combine(world.day + dt.timedelta(days=days), dt.time(hour), BERLIN)


def choose_room(page: Page, world: World, hour: int) -> Chosen:
    """From the home page through search to the room's page, and two hours of it reserved."""
    page.goto("/")
    page.get_by_label("What", exact=True).select_option(label="Any room")
    page.get_by_label("Where", exact=True).fill("Berlin")
    page.get_by_label("When", exact=True).fill(world.day.isoformat())
    page.get_by_label("From", exact=True).select_option(f"{hour}:00")
    page.get_by_label("To", exact=True).select_option(f"{hour + 2}:00")
    page.get_by_label("People").fill("4")
    page.get_by_role("button", name="Show free times").click()
    found = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Linden"))
    expect(found).to_contain_text("€54 for 2 h")
    found.get_by_role("link", name="See room").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Linden")
    _reserve(page, "Reserve €54")
    return Chosen("Linden", at(world, hour), at(world, hour + 2), "€54", "€40.50")


def choose_seat(page: Page, world: World, hour: int) -> Chosen:
    """From the timetable to the session's page, and two seats of it reserved; `hour` counts days after the first."""
    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="Sessions").click()
    day = world.day + dt.timedelta(days=hour)
    when = f"{day:%a} {day.day} {day:%b}"
    page.goto(f"/sessions?date={day.isoformat()}")
    page.get_by_role("link", name="Morning yoga").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Morning yoga")
    expect(page.locator(".when-line")).to_contain_text(when)
    page.get_by_label("Seats", exact=True).fill("2")
    _reserve(page, "Reserve €")
    return Chosen("Morning yoga", at(world, 9, hour), at(world, 10, hour), "€32", "€24")


def choose_person(page: Page, world: World, hour: int) -> Chosen:
    """From the search for people to their page, and an hour of theirs reserved."""
    page.goto("/search?what=person")
    page.get_by_role("link", name="Dr. Priya Sharma").first.click()
    page.goto(f"{world.person}?date={world.day.isoformat()}")
    page.get_by_role("link", name=f"{hour}:00", exact=True).click()
    _reserve(page, "Reserve €70")
    return Chosen("A first talk", at(world, hour), at(world, hour + 1), "€70", "€52.50")


CHOICES: dict[str, Callable[[Page, World, int], Chosen]] = {
    "room": choose_room,
    "seat": choose_seat,
    "person": choose_person,
}


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    """At the door, with a password."""
    page.goto("/login")
    page.get_by_label("Email or username").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Welcome back")


def check_out(page: Page, chosen: Chosen, *, name: str = "", email: str = "") -> str:
    """At the checkout: see what it is, say who one is (unless the house knows), go to the payment page. The ref."""
    summary = page.get_by_role("complementary", name="Summary")
    expect(summary).to_contain_text(chosen.title)
    expect(summary).to_contain_text(f"{chosen.starts_at:%H:%M}")
    expect(page.locator(".held")).to_contain_text(re.compile(r"1[45]:\d\d"))
    if name:
        page.get_by_label("Name").fill(name)
        page.get_by_label("Email").fill(email)
    ref = page.url.rpartition("/")[2]
    page.get_by_role("button", name=f"Pay {chosen.price} now").click()
    expect(page.get_by_text("This is a sandbox.")).to_be_visible()
    return ref


def answer_as_the_bank(page: Page, button: str) -> None:
    """On the sandbox provider's page."""
    page.get_by_role("button", name=re.compile(button)).click()


def see_it_confirmed(page: Page, ref: str) -> None:
    """Back from the payment page."""
    expect(page).to_have_url(re.compile(f"/bookings/{ref}/confirmed$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("It is yours.")
    expect(page.locator(".ref")).to_have_text(ref)


def mail_about(stack: Stack, email: str, subject: str, ref: str) -> EmailMessage:
    """The mail of that subject about this booking, waited for."""

    def arrived() -> list[EmailMessage]:
        found = [mail for mail in stack.mailbox.to(email, subject) if ref in text_of(mail)]
        assert found, f"no mail for {email} about {subject!r} of {ref}"
        return found

    return eventually(arrived, 40)[0]


def read_the_mail(stack: Stack, email: str, chosen: Chosen, ref: str) -> str:
    """The confirmation arrives, in words, as a calendar file and on paper. Answers the link that manages it."""
    mail = mail_about(stack, email, "Booked", ref)
    assert chosen.title in str(mail["subject"])
    assert ref in html_of(mail)
    assert chosen.title in html_of(mail)
    files = attachments(mail)
    (paper,) = [content for name, content in files.items() if name.endswith(".pdf")]
    assert paper.startswith(b"%PDF")
    (event,) = events_in([content for name, content in files.items() if name.endswith(".ics")])
    assert event.start == chosen.starts_at
    assert event.end == chosen.ends_at
    assert ref in str(event["UID"])
    return next(link for link in links_in(mail) if "/manage/" in link or f"/bookings/{ref}" in link)


def events_in(files: list[bytes]) -> list[Event]:
    """The events of the only calendar file, which must say what its zone is."""
    (content,) = files
    calendar = Calendar.from_ical(content)
    assert calendar.walk("VTIMEZONE")
    return [part for part in calendar.walk("VEVENT") if isinstance(part, Event)]


def find_it_under_my_bookings(page: Page, chosen: Chosen, ref: str) -> None:
    """From any page to the booking's own."""
    page.goto("/")
    page.get_by_role("link", name="My bookings").first.click()
    page.locator(f"a[href='/bookings/{ref}']").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(chosen.title)
    expect(page.locator("main")).to_contain_text("Confirmed")


def cancel(page: Page, chosen: Chosen, ref: str) -> None:
    """Cancel it, having read beforehand what comes back."""
    page.get_by_role("link", name="Cancel", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(
        f"Cancel today and {chosen.back} of the {chosen.price} you paid comes back."
    )
    page.get_by_role("button", name=f"Cancel booking, {chosen.back} back").click()
    expect(page).to_have_url(re.compile(f"/bookings/{ref}$"))
    expect(page.get_by_role("main")).to_contain_text("This booking is cancelled.")


def get_the_money_back(stack: Stack, page: Page, email: str, chosen: Chosen, ref: str) -> None:
    """The worker takes the refund to the provider; the page and a mail say so, and calendars hear of it."""
    gone = mail_about(stack, email, "Cancelled", ref)
    (event,) = events_in([content for name, content in attachments(gone).items() if name.endswith(".ics")])
    assert str(event["STATUS"]) == "CANCELLED"
    assert int(event["SEQUENCE"]) > 0
    sent = mail_about(stack, email, "on its way back to you", ref)
    assert chosen.back.removeprefix("€") in str(sent["subject"])
    refunds = stack.rows(
        "SELECT s.amount_minor, s.currency FROM (SELECT r.*, c.currency FROM sandbox_refund r"
        " JOIN sandbox_charge c ON c.id = r.charge_id) s JOIN refund ON refund.key = s.key"
        " JOIN payment p ON p.id = refund.payment_id WHERE p.reference = %s AND refund.state = 'processed'",
        ref,
    )
    assert [(row["amount_minor"], row["currency"]) for row in refunds] == [(_minor(chosen.back), "EUR")]
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("sent on")


def wait_until(stack: Stack, ref: str, state: str) -> None:
    """The booking gets there by itself."""
    eventually(lambda: stack.value("SELECT state FROM booking WHERE ref = %s", ref) == state, 30)


def _reserve(page: Page, button: str) -> None:
    page.get_by_role("button", name=re.compile(button)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Make it yours")


def _minor(words: str) -> int:
    return round(float(words.removeprefix("€")) * 100)
