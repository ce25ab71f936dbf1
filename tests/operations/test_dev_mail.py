"""The post of a demonstration, shown without letting it do anything; not there where mail is really sent."""

import pytest
from flask.testing import FlaskClient

from bookapp.app import create_app
from bookapp.infra import mail
from bookapp.infra.mail import Attachment, Mail
from config import Settings
from tests.support.client import Client

HTML = "<!doctype html><html><head><style>h1 { color: red }</style></head><body><h1>Hi</h1></body></html>"


@pytest.fixture
def post(tmp_path):
    app = create_app(Settings.from_env({"BOOKAPP_DATA": str(tmp_path), "RATE_LIMITS": "off"}))
    app.test_client_class = Client
    return app


def write(post, **fields):
    letter = {"to": "ada@example.org", "subject": "Confirmed: <Linden>", "text": "See http://127.0.0.1:8000/x?a=1\n"}
    with post.app_context():
        mail.send(Mail(**letter | fields))
    (name, _), *_ = mail.kept(post.extensions["bookapp.settings"].data_dir / "mail")
    return name


def test_an_empty_box_says_what_to_do(post):
    assert "No mail yet" in post.test_client().get("/dev/mail").text


def test_letters_are_listed_and_read(post):
    name = write(post, html=HTML, attachments=(Attachment("plan <x>.pdf", b"%PDF", "application/pdf"),))
    client = post.test_client()
    assert f'href="/dev/mail/{name}"' in client.get("/dev/mail").text
    page = client.get(f"/dev/mail/{name}")
    assert "Confirmed: &lt;Linden&gt;" in page.text
    assert 'href="http://127.0.0.1:8000/x?a=1"' in page.text
    assert 'sandbox=""' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    file = client.get(f"/dev/mail/{name}/files/0")
    assert file.data == b"%PDF"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/dev/mail/{name}/files/1").status_code == 404


def test_the_page_of_a_letter_can_do_nothing_but_look_like_itself(post):
    name = write(post, html=HTML)
    # A letter is no page of ours: the checks of all pages do not apply to it.
    answer = FlaskClient(post, post.response_class).get(f"/dev/mail/{name}/page")
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "unsafe" not in policy
    assert "'sha256-" in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<h1>Hi</h1>" in answer.text


def test_a_letter_without_a_page_has_no_frame(post):
    name = write(post)
    assert "<iframe" not in post.test_client().get(f"/dev/mail/{name}").text


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fconfig", "20260101T000000000000-abcd"])
def test_there_is_nothing_else(post, name):
    assert post.test_client().get(f"/dev/mail/{name}").status_code == 404


@pytest.mark.parametrize(
    "env",
    [
        {"SMTP_URL": "smtp://127.0.0.1:1"},
        {
            "BOOKAPP_ENV": "production", "SECRET_KEY": "k" * 40, "PUBLIC_BASE_URL": "https://book.example.org",
            "DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1",
            "SMTP_URL": "smtp://127.0.0.1:1",
        },
    ],
)  # fmt: skip
def test_where_mail_is_sent_there_are_no_such_pages(env):
    answer = create_app(Settings.from_env(env)).test_client().get("/dev/mail")
    assert answer.status_code == 404
