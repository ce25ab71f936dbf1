"""What the links in letters lead to."""

import pytest
from sqlalchemy import func
from sqlalchemy import select as select_rows

from bookapp.identity import actions
from bookapp.identity.models import EmailLink
from bookapp.identity.queries import actor_of, user_by_email
from bookapp.infra import clock
from bookapp.infra.db import db
from tests.identity.people import ANOTHER, PASSWORD, a_person, come_in, letters, path_in
from tests.support.select import one, select, submit


@pytest.fixture
def ann(app):
    """Somebody who has registered, and the path of the link in her letter."""
    actions.register(name="Ann", email="ann@example.org", password=PASSWORD, now=clock.now())
    return user_by_email("ann@example.org")


def verify_path():
    return path_in(letters("verify")[-1], "/email/verify/")


def reset_path(user):
    actions.mail_reset_link(user.id, asked_at=clock.now(), now=clock.now())
    return path_in(letters("reset")[-1], "/password/reset/")


def change_path(user, email="new@example.org"):
    actions.request_email_change(actor_of(user), email=email, password=PASSWORD, now=clock.now())
    return path_in(letters("change")[-1], "/email/change/")


def is_secret(answer):
    return (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")


def test_registering_ends_signed_in_where_one_was_going(client):
    submit(client, "/register?next=/checkout/B7K2QF", name="Ann", email="ann@example.org", password=PASSWORD)
    path = verify_path()
    page = client.get(path)
    assert "ann@example.org" in one(page.text, "main").text
    assert is_secret(page)
    answer = submit(client, path, password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/checkout/B7K2QF")
    assert is_secret(answer)
    assert user_by_email("ann@example.org").email_verified_at is not None
    assert "Confirmed" in client.get("/account").text


def test_looking_uses_nothing_up(client, ann):
    """Programs that read mail open every link in it; one that runs where its owner is signed in, too."""
    paths = [verify_path(), reset_path(ann), change_path(ann)]
    for visitor in (client, come_in(client.application.test_client(), ann)):
        for path in paths * 2:
            assert visitor.get(path).status_code == 200
            assert visitor.head(path).status_code == 200
    assert db.session.scalar(select_rows(func.count()).where(EmailLink.used_at.is_not(None))) == 0
    assert (ann.email, ann.email_verified_at) == ("ann@example.org", None)


def test_a_wrong_password_confirms_nothing(client, ann):
    answer = submit(client, verify_path(), password="wrong password")
    assert answer.status_code == 422
    assert one(answer.text, ".error")["id"] == "password-error"
    assert submit(client, verify_path()).status_code == 422
    db.session.refresh(ann)
    assert ann.email_verified_at is None
    assert client.get("/account").status_code == 303


def test_who_is_signed_in_just_clicks(client, ann):
    come_in(client, ann)
    page = client.get(verify_path()).text
    assert select(page, "main input[type=password]") == []
    answer = submit(client, verify_path())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert client.get(verify_path()).headers["Location"] == "/bookings"


def test_somebody_else_in_this_browser_has_to_be_the_owner_first(client, ann):
    other = a_person(verified=False)
    come_in(client, other)
    assert submit(client, verify_path()).status_code == 422
    assert submit(client, verify_path(), password=PASSWORD).status_code == 303
    assert "ann@example.org" in one(client.get("/account").text, "main").text


@pytest.mark.parametrize(
    ("path", "again"),
    [("/password/reset/made-up", "/password/forgotten"), ("/email/verify/made-up", "/account"),
     ("/email/change/made-up", "/account")],
)  # fmt: skip
def test_a_link_that_is_no_more_offers_another(client, path, again):
    page = client.get(path)
    assert page.status_code == 409
    assert one(page.text, f"main a.slot[href='{again}']")
    assert is_secret(page)


def test_a_forgotten_password_is_set_and_signs_in(client, ann):
    path = reset_path(ann)
    assert is_secret(client.get(path))
    refused = submit(client, path, password="short")
    assert refused.status_code == 422 and one(refused.text, ".error")["id"] == "password-error"
    assert submit(client, path).status_code == 422
    answer = submit(client, path, password=ANOTHER)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/bookings")
    assert one(client.get("/account/security").text, "#browsers .badge").text == "This browser"
    assert client.get(path).status_code == 409
    assert client.post(path, data={"password": ANOTHER}).status_code == 409


def test_an_email_is_changed_by_its_owner(client, ann):
    path = change_path(ann)
    assert "new@example.org" in one(client.get(path).text, "main").text
    assert submit(client, path, password="wrong password").status_code == 422
    assert submit(client, path, password=PASSWORD).status_code == 303
    db.session.refresh(ann)
    assert ann.email == "new@example.org"
    assert client.get(path).status_code == 409


def test_an_email_taken_meanwhile_is_refused_in_words(client, ann):
    path = change_path(ann)
    come_in(client, ann)
    a_person(email="new@example.org")
    page = submit(client, path)
    assert page.status_code == 409
    assert "another account with this email" in page.text


def test_every_letter_reads_well_in_both_forms(client, ann):
    user = a_person(name="<b>Bo</b>", username="bo")
    reset_path(user)
    change_path(user)
    actions.register(name="x", email=a_person(username="cy").email, password=PASSWORD, now=clock.now())
    actions.change_password(actor_of(user), current=PASSWORD, password=ANOTHER, agent="", now=clock.now())
    actions.request_email_change(actor_of(ann), email="annie@example.org", password=PASSWORD, now=clock.now())
    come_in(client, ann)
    submit(client, path_in(letters("change")[-1], "/email/change/"))
    kinds = {letter.kind.removeprefix("identity.") for letter in letters()}
    assert kinds == {"verify", "known", "reset", "change", "changed", "password"}
    for letter in letters():
        assert letter.subject and "\n" not in letter.subject
        assert "{{" not in letter.text + letter.html and "<p>" not in letter.text
        assert "\n\n\n" not in letter.text and letter.text == letter.text.strip() + "\n"
        assert "<b>Bo" not in letter.html
