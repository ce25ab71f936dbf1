"""Work a worker does for accounts."""

from __future__ import annotations

import datetime as dt

from bookapp.identity import actions
from bookapp.infra import clock
from bookapp.infra.queue import job


@job("identity.mail_reset_link")
def mail_reset_link(user_id: int, asked_at: str) -> None:
    """Send the letter somebody asked for; an id of 0 stands for an email nobody has."""
    actions.mail_reset_link(user_id, asked_at=dt.datetime.fromisoformat(asked_at), now=clock.now())
