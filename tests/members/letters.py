"""What was written to members, and the secrets in it."""

from __future__ import annotations

import re

from sqlalchemy import select

from bookapp.infra.db import db
from bookapp.notifications.models import MessageRecord


def letters(to: str = "", kind: str = "") -> list[MessageRecord]:
    """What was promised to be sent, oldest first."""
    wanted = (
        select(MessageRecord)
        .where(MessageRecord.kind.startswith(f"members.{kind}"), MessageRecord.channel == "email")
        .order_by(MessageRecord.id)
    )
    return [letter for letter in db.session.scalars(wanted) if to in ("", letter.recipient)]


def token_in(letter: MessageRecord) -> str:
    """The secret of the invitation in a letter."""
    (found,) = re.findall(r"/invitations/(\S+)", letter.text)
    return str(found)
