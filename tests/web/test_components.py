"""The parts on their specimen sheet: rendered strictly, and tried in a real browser under the strict policy."""

import gzip
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, HiddenField, RadioField, SelectField, StringField, validators

from bookapp.web.uploads import picture_set
from config import ROOT
from tests.support.browser import Complaints, assert_accessible, assert_no_sideways_scroll
from tests.support.pages import assert_well_made

HOME = "http://specimen.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ELSEWHERE = {"attrs", "src", "field"}  # seen inside other parts, or tried with real forms below
SOMEONE = SimpleNamespace(user_id=7, name="Miriam Okafor", is_admin=False, grants=())
NOBODY = SimpleNamespace(user_id=None, name="", is_admin=False, grants=())


def asset(path: str) -> str:
    assert (ROOT / "static" / path).is_file(), path
    return f"/static/{path}"


@pytest.fixture
def bare() -> Environment:
    """Jinja as the application has it, without the application."""
    folders = [ROOT / "templates", ROOT / "tests/web"]
    env = Environment(
        loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=True, extensions=["jinja2.ext.i18n"]
    )
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(asset=asset, csrf_token=lambda: "token", get_flashed_messages=lambda **_: [("info", "Saved.")])
    env.globals["picture_set"] = picture_set
    env.globals["ui"] = env.get_template("components/ui.html").module
    env.globals.update(bell_count=lambda: "3", acting_as=lambda: None)
    return env


@pytest.fixture
def render(bare: Environment) -> Callable[..., str]:
    def rendered(template: str, *, path: str = "/search", actor: SimpleNamespace = SOMEONE, **context: object) -> str:
        request = SimpleNamespace(path=path, args={}, cookies={"theme": "dark"})
        return bare.get_template(template).render(request=request, actor=actor, demo_mode=True, **context)

    return rendered


@pytest.fixture
def ui(bare: Environment) -> Callable[[str], str]:
    """What `{{ … }}` comes to."""
    return lambda source, **context: bare.from_string(f"{{{{ {source} }}}}").render(**context)


def test_the_specimen_is_well_made(render):
    assert_well_made(render("specimen.html"), "specimen")


def test_every_part_is_on_the_specimen(bare):
    shown = set(re.findall(r"\bui\.(\w+)\(", (ROOT / "tests/web/specimen.html").read_text()))
    parts = {name for name in vars(bare.globals["ui"]) if not name.startswith("_")}
    assert parts - ELSEWHERE == shown


def test_every_icon_asked_for_exists():
    known = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons.svg").read_text()))
    written = [path.read_text() for path in [*(ROOT / "templates").rglob("*.html"), ROOT / "tests/web/specimen.html"]]
    asked = {name for text in written for name in re.findall(r'icon\("([\w-]+)"|\#([\w-]+)"/></svg>', text)}
    assert {one or other for one, other in asked} <= known


@pytest.mark.parametrize(("actor", "words"), [(NOBODY, "Sign in"), (SOMEONE, "Sign out")])
def test_the_menu_knows_who_looks(render, actor, words):
    html = render("specimen.html", actor=actor)
    assert words in html
    assert ">Desk<" not in html


def test_the_chosen_theme_is_written_by_the_server(render):
    assert '<html lang="en" data-theme="dark">' in render("specimen.html")


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 429])
def test_refusals_have_a_page(render, status):
    context = {"title": "No.", "sentence": "Because.", "request_id": "8f3a", "now": "Fri 20 Nov"}
    html = render("errors/error.html", status=status, alternatives=[("14:30 in Linden", "/x")], **context)
    assert_well_made(html, str(status))
    assert '<a class="slot" href="/x">14:30 in Linden</a>' in html


@pytest.mark.parametrize("status", [500, 503])
def test_failures_have_a_page_that_needs_nothing(bare, status):
    del bare.globals["csrf_token"], bare.globals["get_flashed_messages"], bare.globals["ui"]
    context = {"title": "Ours.", "sentence": "Sorry.", "alternatives": [], "request_id": "8f3a", "now": "Fri 20 Nov"}
    html = bare.get_template("errors/error.html").render(status=status, **context)
    assert_well_made(html, str(status))
    assert "8f3a" in html
    assert "<script" not in html


class Guest(Form):
    name = StringField("Name", [validators.InputRequired()], description="As on the invoice")
    phone = StringField("Phone", [validators.Optional()])
    city = SelectField("City", choices=["Berlin", "London"])
    terms = BooleanField("I agree", [validators.InputRequired()])
    to = RadioField("Where to", choices=["wallet", "card"])
    key = HiddenField()


def test_a_field_names_its_hint_and_its_error(ui):
    form = Guest(MultiDict({"name": ""}))
    form.validate()
    html = ui('ui.field(form.name, autocomplete="name")', form=form)
    assert 'aria-describedby="name-hint name-error"' in html
    assert 'aria-invalid="true"' in html
    assert 'autocomplete="name"' in html
    assert "As on the invoice" in html
    assert "(optional)" not in html


def test_all_kinds_of_fields_are_labelled(ui):
    form = Guest()
    fields = "".join(ui(f"ui.field(form.{name})", form=form) for name in form._fields)
    assert_well_made(fields, "fields")
    assert re.findall(r"(\w+) <span class=\"optional\">", fields) == ["Phone"]
    assert "<legend>Where to</legend>" in fields


@pytest.mark.parametrize("kind", ["input", "textarea", "select"])
def test_attributes_and_errors_reach_the_control(ui, kind):
    options = '[("a", "A")], ' if kind == "select" else ""
    html = ui(f'ui.{kind}("note", "Note", {options}error="No.", hint="Short", hx_get="/x", required=true, lang=none)')
    control = re.search(r'<(?:input|textarea|select) class="input"[^>]*>', html).group()
    assert 'hx-get="/x"' in control
    assert re.search(r"\brequired\b", control)
    assert "lang" not in control
    assert 'aria-describedby="note-hint note-error"' in control


def test_what_is_typed_is_escaped(ui):
    assert "&lt;b&gt;" in ui('ui.input("q", "Search", typed)', typed='"><b>')
    assert "<b>Taken" in ui("ui.notice('bad', words)", words="Taken <script>")
    assert "<script>" not in ui("ui.notice('bad', words)", words="Taken <script>")


def test_a_slot_without_an_address_is_a_submit_button(ui):
    slot = {"words": "09:00", "href": "", "value": "9", "state": "free", "note": "", "hidden": ""}
    assert '<button class="slot" name="start" value="9">' in ui("ui.slots([slot], name='start')", slot=slot)


def test_a_day_of_fifty_rooms_stays_light(ui):
    runs = [("free", 4, "Free", "08:00–10:00", "/rooms/room-12?date=2026-11-24&from=08:00&to=09:00"),
            ("booked", 6, "Booked", "10:00–13:00", ""), ("buffer", 1, "Cleaning", "13:00–13:30", ""),
            ("free", 5, "Free", "13:30–16:00", "/rooms/room-12?date=2026-11-24&from=13:30&to=14:30"),
            ("booked", 4, "Booked", "16:00–18:00", ""), ("closed", 2, "Closed", "18:00–19:00", "")]  # fmt: skip
    row = {"name": "Room 12", "href": "/rooms/room-12", "facts": "12 people · €27/h", "runs": runs}
    html = ui("ui.day_grid('Day', hours, times, rows)", hours=[("08:00", 22)], times=["08:00"] * 23, rows=[row] * 50)
    assert len(html.encode()) < 60_000
    assert html.count('class="run"') == 50 * len(runs)  # one element for each run


def test_first_load_is_light():
    files = [*(ROOT / "static/css").glob("*.css"), *(ROOT / "static/js").rglob("*.js")]
    files += (ROOT / "static/vendor").glob("*.js")
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 100_000


@pytest.fixture
def sheet(browser: Browser, render: Callable[..., str]) -> Iterator[Callable[..., Page]]:
    """Open the specimen in a window of its own; fails if the page complains."""
    opened, complaints, posted = [], Complaints(), []
    html = render("specimen.html").replace(' data-theme="dark"', "")

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOME).partition("?")[0]
        if route.request.method == "POST":
            posted.append(route.request)
            route.fulfill(status=204)
        elif path.startswith("/static/"):
            route.fulfill(path=ROOT / path[1:])
        elif path == "/live":
            route.fulfill(body="retry: 60000\n\n", content_type="text/event-stream")
        else:
            route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    def open_(**options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "timezone_id": "America/New_York"} | options
        context = browser.new_context(**options)
        context.route("**/*", answer)
        opened.append(context)
        page = context.new_page()
        page.posted = posted
        complaints.listen(page)
        page.goto(HOME)
        return page

    yield open_
    for context in opened:
        context.close()
    assert not complaints.heard, "\n".join(complaints.heard)


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1440, "light"), (1920, "dark")])
def test_the_specimen_is_accessible(sheet, width, scheme):
    page = sheet(viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert_no_sideways_scroll(page)
    assert_accessible(page)


def voice(page: Page):
    return page.locator("body > .vh[role=status]")


def test_a_time_is_chosen_in_the_day_grid_by_keyboard(sheet):
    page = sheet()
    page.locator("table.timegrid a.run").nth(1).focus()
    page.keyboard.press("ArrowRight")
    expect(voice(page)).to_have_text("Linden, 11:30–12:30")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(voice(page)).to_have_text("12:00–13:30")
    page.keyboard.press("ArrowDown")
    expect(voice(page)).to_have_text("Ahorn, 12:00–13:00")
    page.keyboard.press("Escape")
    expect(page.locator(".cursor")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"from=10%3A00&to=11%3A00"))


def test_a_time_is_chosen_by_pointer_and_lengthened_by_a_second_click(sheet):
    page = sheet()
    run = page.locator("table.timegrid tbody tr:nth-child(1) a.run").nth(1)  # asked: 11:30-12:30, free until 14:00
    box = run.bounding_box()
    run.click(position={"x": box["width"] - 8, "y": 10})
    page.wait_for_url(re.compile(r"from=11%3A30&to=14%3A00"))
    other = page.locator("table.timegrid tbody tr:nth-child(2) a.run").first  # 10:00-15:30
    other.click(position={"x": other.bounding_box()["width"] / 2, "y": 10})
    page.wait_for_url(re.compile(r"from=12%3A30&to=13%3A30"))


def test_weeks_and_months_are_walked_by_arrows(sheet):
    page = sheet()
    page.locator(".week-day").nth(1).locator("a.run").first.focus()
    page.keyboard.press("ArrowDown")
    expect(voice(page)).to_have_text("Tue 24, 10:00–12:00")
    page.keyboard.press("ArrowRight")
    expect(voice(page)).to_have_text("Thu 26, 11:30–12:00")  # Wednesday is closed, Thursday 10:00 is taken
    page.locator("[data-month] a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_contain_text("Tuesday 3 November")


def test_on_a_phone_grids_are_lists_of_links(sheet):
    page = sheet(viewport={"width": 390, "height": 844})
    page.locator("table.timegrid a.run").nth(1).click()
    page.wait_for_url(re.compile(r"from=11:30&to=12:30"))


def test_the_hold_counts_down_and_asks_in_time(sheet):
    page = sheet()
    page.clock.install()
    page.goto(HOME)
    expect(page.get_by_role("timer")).to_have_text("14:32")
    expect(page.locator("#more-time")).to_be_hidden()
    page.clock.fast_forward("12:33")
    expect(page.get_by_role("timer")).to_have_text("1:59")
    expect(page.locator("#more-time")).to_be_visible()
    expect(voice(page)).to_contain_text("Two minutes left")
    page.clock.fast_forward("02:00")
    expect(page.get_by_role("timer")).to_have_text("time is up")


def test_steppers_stop_at_their_ends(sheet):
    page = sheet()
    for _ in range(4):
        page.get_by_label("One more: People").click()
    expect(page.get_by_label("People", exact=True)).to_have_value("12")
    expect(page.get_by_label("One more: People")).to_have_attribute("aria-disabled", "true")


def test_focus_begins_at_what_is_wrong(sheet):
    expect(sheet().get_by_role("alert").first).to_be_focused()


def test_the_visitors_own_time_is_named(sheet):
    expect(sheet().locator("[data-zone-note]")).to_have_text("08:00 your time")
    expect(sheet(timezone_id="Europe/Berlin").locator("[data-zone-note]")).to_be_empty()


def test_a_toast_can_be_undone_once(sheet):
    page = sheet()
    page.evaluate("""document.dispatchEvent(new CustomEvent("toast", {detail: {text: "Moved.", undo: "/undo"}}))""")
    page.locator("#toasts").get_by_role("button", name="Undo").dblclick()
    expect(page.locator("#toasts [aria-busy]")).to_have_count(1)
    assert [request.post_data for request in page.posted] == ["csrf_token=token"]


def test_the_theme_is_the_readers_choice(sheet):
    page = sheet(color_scheme="light")
    button = page.get_by_role("button", name="Colours:")
    button.click()
    button.click()
    expect(button).to_contain_text("Dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert [(one["name"], one["value"]) for one in page.context.cookies()] == [("theme", "dark")]


def test_without_script_everything_is_there(sheet):
    page = sheet(java_script_enabled=False, viewport={"width": 390, "height": 844})
    expect(page.locator("#more-time")).to_be_visible()
    expect(page.get_by_label("One more: People")).to_be_hidden()
    page.get_by_text("Menu").click()
    expect(page.get_by_role("link", name="Sessions")).to_be_visible()
