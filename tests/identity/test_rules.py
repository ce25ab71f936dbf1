"""What an email, a username and a password may be."""

import datetime as dt

import pytest

from bookapp.identity import passwords, rules

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ann@example.org", "ann@example.org"),
        ("  Ann.Lee+yoga@EXAMPLE.org ", "ann.lee+yoga@example.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@mail.test", "ann@mail.test"),
    ],
)
def test_an_email_has_one_spelling(typed, stored):
    assert rules.email_address(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "ann", "ann@", "@example.org", "ann@localhost", "a b@example.org", "ann@example..org", "ann@exa mple.org",
     "ann@example.org\nBcc: x@example.org", "änn@example.org", "a" * 65 + "@example.org", "ann@" + "x" * 300 + ".org"],
)  # fmt: skip
def test_what_is_no_email_is_none(typed):
    assert rules.email_address(typed) is None


@pytest.mark.parametrize("name", ["ann", "priya", "ann.lee", "a-b_c.9", "a" * 30])
def test_a_username(name):
    assert rules.username_problem(name) is None


@pytest.mark.parametrize("name", ["", "an", "9ann", "Ann", "a@b", "ann lee", "a" * 31, "änn", ".ann", "ann\n"])
def test_what_is_no_username(name):
    assert "3 to 30" in rules.username_problem(name)


@pytest.mark.parametrize(("length", "fits"), [(7, False), (8, True), (128, True), (129, False)])
def test_a_password_has_8_to_128_characters(length, fits):
    password = ("xk7 " * 40)[:length]
    assert (passwords.problem(password, email="ann@example.org") is None) is fits


def test_length_counts_characters_not_bytes():
    assert passwords.problem("ñandú über", email="ann@example.org") is None
    assert passwords.problem("ñandúüö", email="ann@example.org") is not None


@pytest.mark.parametrize("password", ["ann.longer@example.org", "Ann.Longer@Example.org", "ann.longer"])
def test_the_email_is_no_password(password):
    assert "first thing" in passwords.problem(password, email="ann.longer@example.org")


@pytest.mark.parametrize(
    "password",
    ["password", "PassWord1", "12345678", "qwertyuiop", "iloveyou", "11111111", "1q2w3e4r", "letmein123", "sunshine",
     "ｐassword"],
)  # fmt: skip
def test_a_common_password_is_refused(password):
    assert "Many people" in passwords.problem(password, email="ann@example.org")


@pytest.mark.parametrize("password", ["priya123", "arjun123", "kavya123", "correct horse battery"])
def test_others_are_not(password):
    assert passwords.problem(password, email="somebody@example.org") is None


def test_the_list_holds_only_what_the_length_lets_through():
    assert len(passwords.common()) > 10_000
    assert all(len(word) >= rules.LEAST_PASSWORD and word == word.casefold() for word in passwords.common())


def test_a_second_letter_waits_a_minute_and_a_sixth_an_hour():
    minutes = [NOON - dt.timedelta(minutes=count) for count in (50, 40, 30, 20)]
    assert rules.can_mail([], NOON)
    assert rules.can_mail([*minutes], NOON)
    assert rules.can_mail([*minutes, NOON - dt.timedelta(hours=1)], NOON)
    assert not rules.can_mail([*minutes, NOON - dt.timedelta(minutes=10)], NOON)
    assert not rules.can_mail([NOON - dt.timedelta(seconds=59)], NOON)
    assert rules.can_mail([NOON - dt.timedelta(seconds=60)], NOON)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_called_as_its_owner_would(agent, name):
    assert rules.browser(agent) == name
