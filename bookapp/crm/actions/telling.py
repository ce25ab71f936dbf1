"""Writing to everybody who comes to one thing: by mail, and to the bell of those with an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bookapp.audit.actions import record
from bookapp.booking.queries.desk import host_of
from bookapp.crm import messages
from bookapp.crm.errors import NobodyToTell, TooLateToTell
from bookapp.crm.queries.roster import Address, Gathering, addresses, gathering
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action
from bookapp.notifications.actions import send
from bookapp.notifications.rules import Message
from bookapp.scheduling.policy import may_plan_session
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

LATE_MINUTES = (5, 10, 15, 20)


@action
def say_late(actor: Actor, key: str, minutes: int, *, now: dt.datetime, click: str) -> int:
    """Tell everybody on `key` ("session:12", "booking:B7K2QF") that it begins `minutes` late; answers how many.

    `click` makes the same click twice one message. Raises NotFound (also for what is not the actor's), NotValid,
    TooLateToTell when it is over, NobodyToTell.
    """
    if minutes not in LATE_MINUTES:
        raise NotValid({"minutes": N_("Please choose one of the times on offer.")})

    def words(of: Gathering, to: Address, cause: str) -> Message:
        return messages.running_late(of, to, minutes, cause=cause)

    return _tell(actor, key, "late", words, {"minutes": minutes}, now=now, click=click)


@action
def tell_everyone(actor: Actor, key: str, said: str, *, now: dt.datetime, click: str) -> int:
    """Tell everybody on `key` something in the host's own words; answers how many. As `say_late`.

    What is said is in the mail only: the audit trail notes that something was.
    """
    if not said.strip():
        raise NotValid({"words": N_("Please write something.")})

    def words(of: Gathering, to: Address, cause: str) -> Message:
        return messages.told_by_host(of, to, said.strip(), cause=cause)

    return _tell(actor, key, "told", words, {}, now=now, click=click, said=said)


def _tell(
    actor: Actor,
    key: str,
    what: str,
    words: Callable[[Gathering, Address, str], Message],
    facts: dict[str, int],
    *,
    now: dt.datetime,
    click: str,
    said: str = "",
) -> int:
    found = gathering(key)
    if not may_plan_session(actor, found.merchant_id, found.venue_id, host_of(found.facilitator_id)):
        raise NotFound
    scope = f"tell:{actor.label}"
    stored = idempotency.claim(scope, click, idempotency.fingerprint(key=key, what=what, said=said, **facts))
    if stored is not None:
        return int(stored["told"])
    if found.span.end <= now:
        raise TooLateToTell
    people = addresses([one for one in found.bookings if one.state == "confirmed"])
    if not people:
        raise NobodyToTell
    for one in people:
        send(words(found, one, f"{what}:{key}:{click}"))
    record(actor, f"gathering.{what}", key, facts | {"people": len(people)})
    idempotency.keep(scope, click, {"told": len(people)})
    return len(people)
