"""Mail by a real SMTP conversation, and kept where there is no server."""

import pytest

from bookapp.app import create_app
from bookapp.infra import mail
from bookapp.infra.mail import Attachment, Mail
from bookapp.infra.processes import free_port
from bookapp.infra.queue import Permanent, Retryable
from config import Settings
from tests.support.mailbox import Mailbox, attachments, html_of, text_of

LETTER = Mail(
    to="ada@example.org",
    to_name="Ada Löwe",
    subject="Bestätigt: Linden",
    text="Hello Ada,\nsee you: https://book.example.org/bookings/B7K2QF\n",
    html="<h1>Hello Ada</h1>",
    attachments=(
        Attachment("booking.ics", b"BEGIN:VCALENDAR\r\n", "text/calendar", (("method", "REQUEST"),)),
        Attachment("booking.pdf", b"%PDF-1.7", "application/pdf"),
    ),
    message_id="booking-7-confirmed",
    reply_to="house@example.org",
)


@pytest.fixture(scope="module")
def mailbox():
    with Mailbox() as opened:
        yield opened


@pytest.fixture
def app_with(tmp_path):
    def make(**env):
        base = {"BOOKAPP_ENV": "test", "BOOKAPP_DATA": str(tmp_path), "MAIL_FROM": "bookings@book.example.org"}
        return create_app(Settings.from_env(base | env))

    return make


def test_a_letter_arrives_whole(app_with, mailbox):
    with app_with(SMTP_URL=mailbox.url).app_context():
        mail.send(LETTER)
    (arrived,) = mailbox.to("ada@example.org")
    assert arrived["From"] == "Bookapp <bookings@book.example.org>"
    assert arrived["To"] == "Ada Löwe <ada@example.org>"
    assert arrived["Subject"] == "Bestätigt: Linden"
    assert arrived["Message-ID"] == "<booking-7-confirmed@book.example.org>"
    assert arrived["Reply-To"] == "house@example.org"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert "see you: https" in text_of(arrived) and "<h1>Hello Ada</h1>" in html_of(arrived)
    files = attachments(arrived)
    assert files["booking.pdf"] == b"%PDF-1.7"
    assert files["booking.ics"].startswith(b"BEGIN:VCALENDAR")
    calendar = next(part for part in arrived.iter_attachments() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"


@pytest.mark.parametrize("answer", ["451 try later", "421 too many"])
def test_put_off_is_tried_again(app_with, mailbox, answer):
    mailbox.refuse(answer)
    with app_with(SMTP_URL=mailbox.url).app_context(), pytest.raises(Retryable, match=answer[:3]):
        mail.send(LETTER)


def test_refused_for_good_is_final(app_with, mailbox):
    mailbox.refuse("554 no such thing here")
    with app_with(SMTP_URL=mailbox.url).app_context(), pytest.raises(Permanent, match="554"):
        mail.send(LETTER)


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_a_server_that_is_away_is_tried_again(app_with, scheme):
    with app_with(SMTP_URL=f"{scheme}://127.0.0.1:{free_port()}").app_context(), pytest.raises(Retryable):
        mail.send(LETTER)


def test_a_server_without_tls_is_not_trusted_where_tls_was_asked_for(app_with, mailbox):
    url = mailbox.url.replace("smtp://", "smtp+starttls://")
    with app_with(SMTP_URL=url).app_context(), pytest.raises(Retryable):
        mail.send(LETTER)


def test_a_wrong_password_of_ours_is_not_the_letters_fault(app_with, mailbox):
    url = mailbox.url.replace("smtp://", "smtp://user:pass@")
    with app_with(SMTP_URL=url).app_context(), pytest.raises(Retryable):
        mail.send(LETTER)


@pytest.mark.parametrize(
    "fields",
    [{"subject": "x\r\nBcc: all@example.org"}, {"to": "a@b\nBcc: c@d"}, {"to": "no address"}, {"reply_to": "x\ny"}],
)
def test_a_header_cannot_be_smuggled_in(app_with, mailbox, fields):
    letter = Mail(**{"to": "ada@example.org", "subject": "x", "text": "y"} | fields)
    with app_with(SMTP_URL=mailbox.url).app_context(), pytest.raises(Permanent):
        mail.send(letter)


def test_without_a_server_mail_is_kept(app_with, tmp_path):
    folder = tmp_path / "mail"
    with app_with().app_context():
        mail.send(LETTER)
        mail.send(Mail(to="bob@example.org", subject="Second", text="x"))
    kept = mail.kept(folder)
    assert [message["subject"] for _, message in kept] == ["Second", "Bestätigt: Linden"]
    name = kept[1][0]
    assert attachments(mail.kept_one(folder, name))["booking.pdf"] == b"%PDF-1.7"
    assert mail.kept_one(folder, "../../config") is None
    assert mail.kept_one(folder, "20260101T000000000000-abcd") is None


def test_only_the_newest_are_kept(app_with, tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "KEPT_AT_MOST", 3)
    with app_with().app_context():
        for number in range(5):
            mail.send(Mail(to="bob@example.org", subject=f"Letter {number}", text="x"))
    assert [message["subject"] for _, message in mail.kept(tmp_path / "mail")] == ["Letter 4", "Letter 3", "Letter 2"]
