"""What an email, a username, a password and a code may be, and how long what proves them is good.

Numbers: product.md.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import pyotp
from email_validator import EmailNotValidError, validate_email

from bookapp.values.words import N_

LEAST_PASSWORD, LONGEST_PASSWORD = 8, 128
LONGEST_NAME, LONGEST_EMAIL, LONGEST_USERNAME = 100, 254, 30
LONGEST_AGENT = 300
SIGN_IN_LIFETIME = dt.timedelta(days=30)
ACCESS_LIFETIME = dt.timedelta(minutes=30)
REFRESH_LIFETIME = dt.timedelta(days=7)
IMPERSONATION_LIFETIME = dt.timedelta(minutes=30)
# Between the password and the code, and between asking for a passkey and its answer.
STEP_LIFETIME = dt.timedelta(minutes=10)
# Between showing an app's secret and the first code of it.
APP_SETUP_LIFETIME = dt.timedelta(minutes=30)
MOST_WRONG_CODES = 5
CODES_PAUSE = dt.timedelta(minutes=15)
MOST_PASSKEYS = 20
LONGEST_PASSKEY_NAME = 60
RECOVERY_CODES = 10

# One impatient person gets one letter; somebody who wants to fill a stranger's mailbox gets five an hour.
MAIL_PAUSE = dt.timedelta(minutes=1)
MAIL_WINDOW = dt.timedelta(hours=1)
MAILS_PER_WINDOW = 5

_STEP_SECONDS = 30
# Clocks of phones run apart: the step before and the one after are taken as well.
_STEPS_APART = 1
# Without letters and digits that look alike; sixteen of them are 79 random bits.
_RECOVERY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH, _RECOVERY_GROUP = 16, 4
_LOOPBACK = ("127.0.0.1", "::1")
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


class Factor(StrEnum):
    """What proves somebody beside their password."""

    APP = "app"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


class StepFor(StrEnum):
    """What a step that was begun waits for: a code, a new passkey, or an answer of a passkey that is known."""

    CODE = "code"
    CREATE = "create"
    GET = "get"


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody shows as a second factor: a code of the app or from paper, or what a passkey has signed.

    `credential` is the browser's JSON, `step` the token of the step whose challenge it answers.
    """

    code: str = ""
    credential: str = ""
    step: str = ""


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


def app_step(secret: str, code: str, *, now: dt.datetime, last: int | None) -> int | None:
    """The step of thirty seconds `code` belongs to; None when it is wrong, or not later than the `last` one taken."""
    app, here = pyotp.TOTP(secret), int(now.timestamp()) // _STEP_SECONDS
    for step in range(here - _STEPS_APART, here + _STEPS_APART + 1):
        if (last is None or step > last) and hmac.compare_digest(app.generate_otp(step).encode(), code.encode()):
            return step
    return None


def app_address(secret: str, *, email: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Bookapp")


def canonical_code(text: str) -> str:
    """A code as it was meant: without the spaces and dashes that make it readable."""
    return re.sub(r"[\s-]", "", text).lower()


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes to keep on paper, as they are shown: "k7mq-2xwd-9fht-vb4n"."""
    return tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))


def _new_recovery_code() -> str:
    letters = "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH))
    return "-".join(letters[at : at + _RECOVERY_GROUP] for at in range(0, _RECOVERY_LENGTH, _RECOVERY_GROUP))


def passkey_home(public_base_url: str) -> tuple[str, str]:
    """The name passkeys are tied to, and the origin they answer to.

    Browsers tie none to a number: at a computer's own address it is "localhost".
    """
    parts = urlsplit(public_base_url)
    host = "localhost" if parts.hostname in _LOOPBACK else str(parts.hostname)
    port = f":{parts.port}" if parts.port else ""
    return host, f"{parts.scheme}://{host}{port}"


def browser(agent: str) -> str:
    """A browser as its owner would call it ("Firefox, Linux"), from its User-Agent; empty when it says nothing."""
    program = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return ", ".join(part for part in (program, system) if part)
