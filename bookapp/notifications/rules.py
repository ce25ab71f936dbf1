"""What a message is, and how free text becomes safe in a header line. Plain values: no database, no clock."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

# A header line longer than this helps nobody, and some servers refuse it.
LONGEST_LINE = 200
# Characters that turn the reading direction: they can make a name or a subject read as something else.
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# How the kinds begin of what is said to those who serve a booking or look after its money.
FOR_STAFF = ("staff.", "payments.")
# Where what is about no booking is read on, by its kind.
_PAGES = {
    "members.accepted": "/desk/members",
    "members.applied": "/desk/merchants",
    "members.approved": "/desk",
    "members.refused": "/sell",
    "members.roles": "/desk",
}
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file made at delivery: `maker` is a name in `notifications.attachments`, `argument` what it is given."""

    maker: str
    argument: str
    filename: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to say to one person, because of `cause` ("booking:B7K2QF"); said once per kind, cause and recipient.

    `reference` is the ref of the booking it is about, wherever there is one: its story is found by it. `text` is the
    whole of it in plain words, `html` the same for mail programs that show it. `notice` is the one sentence for the
    bell of a person with an account (`user_id`); without it, mail is all they get. `reply_to` is the address that gets
    their answer, when it is not ours.
    """

    kind: str
    cause: str
    reference: str = ""
    recipient_email: str
    recipient_name: str = ""
    reply_to: str = ""
    user_id: int | None = None
    subject: str
    text: str
    html: str = ""
    notice: str = ""
    attachments: tuple[Attachment, ...] = ()


def path_of(kind: str, reference: str) -> str:
    """Where one reads more: about a booking on its page, at the desk what staff were told; "" for what has none."""
    if not reference:
        return _PAGES.get(kind, "")
    return f"/desk/bookings/{reference}" if kind.startswith(FOR_STAFF) else f"/bookings/{reference}"


def one_line(text: str) -> str:
    """`text` as one line that is safe in a header: no line breaks, no control or direction characters, cut if long."""
    printable = (" " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char for char in text)
    line = _SPACES.sub(" ", _DIRECTION.sub("", "".join(printable))).strip()
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1].rstrip()}…"


def message_key(*, kind: str, cause: str, recipient: str) -> str:
    """What the Message-ID of a mail begins with: the same each time it is sent, so that a second copy is recognised.

    Made from what makes the message unique, not from a serial number: those come again after a restore.
    """
    return hashlib.sha256(f"{kind}\n{cause}\n{recipient}".encode()).hexdigest()[:32]
