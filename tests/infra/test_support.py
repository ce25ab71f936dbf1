"""The ground tests stand on, tested: a helper that cannot fail proves nothing."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bookapp.infra.db import action, db
from bookapp.infra.outbox import OutboxRow, later
from tests.support.browser import assert_accessible, assert_no_sideways_scroll
from tests.support.eventually import eventually
from tests.support.mailbox import Mailbox, attachments, html_of, links_in, text_of
from tests.support.pages import problems_of
from tests.support.stack import Stack

GOOD = """<html lang="en"><head><title>Hall</title></head><body><main><h1 id="top">Hall</h1>
<form method="post" action="/x"><label for="n">Name</label><input id="n" name="n"><label>People <input name="p"></label>
<input type="hidden" name="h"><button>Book</button></form>
<a href="/"><img src="x" alt="Home"></a></main></body></html>"""


@pytest.fixture
def stack(stack: Stack) -> Iterator[Stack]:
    """The one that all share, afterwards without the work that was given up here on purpose."""
    yield stack
    stack.rows("DELETE FROM outbox WHERE name = 'tests.nothing'")


@action
def promise(key: str) -> None:
    later("tests.nothing", key=key)


def promised() -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxRow)) or 0


@pytest.mark.parametrize("time", ["first", "second"])
def test_what_a_test_commits_is_gone_in_the_next(app: Flask, time: str) -> None:
    assert promised() == 0, time
    promise("once")
    promise("twice")
    assert promised() == 2


def test_a_refused_statement_undoes_its_own_action_only(app: Flask) -> None:
    promise("kept")

    @action
    def broken() -> None:
        later("tests.nothing", key="undone")
        db.session.add(OutboxRow(name="tests.nothing", args=[], state="no such state"))

    with pytest.raises(IntegrityError):
        broken()
    assert promised() == 1


def test_a_good_page_has_no_problems() -> None:
    assert list(problems_of(GOOD)) == []


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        (' lang="en"', "", "no language"),
        ("<title>Hall", "<title>", "no title"),
        ("<h1 id", "<h1>Two</h1><h1 id", "2 <h1>"),
        ("main>", "div>", "0 <main>"),
        ('for="n"', 'for="m"', "no label"),
        ("<label>People <input", "<input", "no label"),
        ('id="top"', 'id="n"', "2 elements"),
        ('alt="Home"', "", "without alt"),
        ('alt="Home"', 'alt=""', "<a> without words"),
        ("Book</button>", "</button>", "<button> without words"),
        ("<button", "<button onclick='x()'", "inline handler"),
        ("<button", "<button style='x'", "inline style"),
        ("<button", "<script>x()</script><button", "inline <script>"),
        ("<button", "<form></form><button", "form inside"),
        (' action="/x"', "", "without saying where"),
        ('href="/"', 'href="javascript:x()"', "javascript:"),
        ("<button", "<button aria-describedby='gone'", "names an id"),
        ("</main>", "</section></main>", "closes nothing"),
    ],
)
def test_each_fault_of_a_page_is_found(good: str, bad: str, problem: str) -> None:
    assert good in GOOD
    assert any(problem in found for found in problems_of(GOOD.replace(good, bad)))


def test_the_mailbox_takes_real_mail_and_refuses_on_request() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "us@example.org", "ana@example.org", "Größe bestätigt"
    mail.set_content("See https://example.org/a?b=c and write back.\n")
    mail.add_alternative("<p>See</p>", subtype="html")
    mail.add_attachment(b"BEGIN", maintype="text", subtype="calendar", filename="a.ics")
    with Mailbox() as box:
        host, _, port = box.url.removeprefix("smtp://").partition(":")
        with smtplib.SMTP(host, int(port)) as server:
            box.refuse("451 later")
            with pytest.raises(smtplib.SMTPDataError, match="later"):
                server.send_message(mail)
            assert box.to("ana@example.org") == []
            server.send_message(mail)
        arrived = box.wait_for("ana@example.org", "bestätigt")
        with pytest.raises(AssertionError, match="0 of 1 mails"):
            box.wait_for("ben@example.org", timeout=0)
    assert links_in(arrived) == ["https://example.org/a?b=c"]
    assert "write back" in text_of(arrived)
    assert "<p>" in html_of(arrived)
    assert list(attachments(arrived)) == ["a.ics"]


@pytest.mark.stack
def test_the_stack_runs_what_was_promised(stack: Stack) -> None:
    with stack.app.app_context():
        promise("by the test")

    def settled() -> bool:
        return stack.value("SELECT state FROM outbox WHERE key = %s", "by the test") == "dead"

    eventually(settled)
    assert any(line.get("job") == "tests.nothing" for line in stack.log_lines())
    assert '"ready":true' in stack.get("/readyz")


@pytest.mark.stack
def test_a_part_can_be_lost_and_started_again(stack: Stack) -> None:
    stack.kill("worker")
    with stack.app.app_context():
        promise("while away")
    assert stack.value("SELECT state FROM outbox WHERE key = %s", "while away") == "due"
    stack.start("worker")
    eventually(lambda: stack.value("SELECT state FROM outbox WHERE key = %s", "while away") == "dead")


@pytest.mark.journey
def test_even_the_page_that_is_not_there_is_accessible(page: Page) -> None:
    answer = page.goto("/nowhere")
    assert answer is not None
    assert answer.status == 404
    assert_accessible(page)
    assert_no_sideways_scroll(page)
