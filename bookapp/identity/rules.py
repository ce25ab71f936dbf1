"""What an email, a username and a password may be, and how long what proves them is good. Numbers: product.md."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from bookapp.values.words import N_

LEAST_PASSWORD, LONGEST_PASSWORD = 8, 128
LONGEST_NAME, LONGEST_EMAIL, LONGEST_USERNAME = 100, 254, 30
LONGEST_AGENT = 300
SIGN_IN_LIFETIME = dt.timedelta(days=30)
ACCESS_LIFETIME = dt.timedelta(minutes=30)
REFRESH_LIFETIME = dt.timedelta(days=7)

# One impatient person gets one letter; somebody who wants to fill a stranger's mailbox gets five an hour.
MAIL_PAUSE = dt.timedelta(minutes=1)
MAIL_WINDOW = dt.timedelta(hours=1)
MAILS_PER_WINDOW = 5

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,29}")
# The order decides: Edge calls itself Chrome as well, and Chrome calls itself Safari.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


class Purpose(StrEnum):
    """What a mailed link is for."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE = "change"


class TokenKind(StrEnum):
    """What an API token opens: the doors, or the next pair of tokens."""

    ACCESS = "access"
    REFRESH = "refresh"


class Scope(StrEnum):
    """What a program may do with an account."""

    READ = "read"
    WRITE = "write"


TOKEN_LIFETIME = {TokenKind.ACCESS: ACCESS_LIFETIME, TokenKind.REFRESH: REFRESH_LIFETIME}

LINK_LIFETIME = {
    Purpose.VERIFY: dt.timedelta(days=3),
    Purpose.RESET: dt.timedelta(hours=1),
    Purpose.CHANGE: dt.timedelta(days=1),
}


def email_address(text: str) -> str | None:
    """The one spelling of an address we store and compare: lower case, the domain in ASCII. None when it is none.

    Whether it exists only a letter can tell. Domains for tests are taken: nothing sent there goes astray.
    """
    try:
        parts = validate_email(
            text.strip(), allow_smtputf8=False, check_deliverability=False, strict=True, test_environment=True
        )
    except EmailNotValidError:
        return None
    return f"{parts.local_part}@{parts.ascii_domain}".lower()


def username_problem(username: str) -> str | None:
    """Why `username` (lower case) cannot be one, as a marked sentence; None when it can. Never contains an @."""
    if _USERNAME.fullmatch(username):
        return None
    return N_("Use 3 to 30 letters, digits, dots, dashes or underscores, beginning with a letter.")


def password_problem(password: str, *, email: str, is_common: bool) -> str | None:
    """Why `password` cannot be taken, as a marked sentence; None when it can. Length, the list, the email: no more."""
    if len(password) < LEAST_PASSWORD:
        return N_("Use at least 8 characters. A short sentence is easy to remember and hard to guess.")
    if len(password) > LONGEST_PASSWORD:
        return N_("Use at most 128 characters.")
    if password.casefold() in (email, email.partition("@")[0]):
        return N_("Your email is the first thing somebody would try. Please choose something else.")
    if is_common:
        return N_("Many people use this one, so it is tried first. Please choose something less usual.")
    return None


def canonical_password(password: str) -> str:
    """The same characters however a keyboard composed them."""
    return unicodedata.normalize("NFKC", password)


def can_mail(sent: Sequence[dt.datetime], now: dt.datetime) -> bool:
    """Whether one more letter of a kind may go to somebody who got the others at `sent`."""
    recent = [at for at in sent if now - at < MAIL_WINDOW]
    return len(recent) < MAILS_PER_WINDOW and all(now - at >= MAIL_PAUSE for at in recent)


def token_hash(token: str) -> str:
    """What is stored of a random token: SHA-256, in hex. It has 256 random bits, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def browser(agent: str) -> str:
    """A browser as its owner would call it ("Firefox, Linux"), from its User-Agent; empty when it says nothing."""
    program = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (program, system) if part)
