"""What changes something: holds, sign-ins, webhooks, a booking from end to end, and a race for one slot.

Whatever is written goes into a copy of the town. Holds lie beyond the last booking of the town, where every place is
free: a refusal would be a quicker answer than a hold.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bookapp.infra import clock
from bookapp.payments.gateways import sandbox
from tests.bench.lines import Town
from tests.bench.load import Ask
from tests.support.crowd import Press, storm
from tests.support.races import a_key, strangers
from tests.support.stack import Stack
from tests.support.visitor import Visitor

# Nobody has booked beyond this; how many places a room has there on a day.
BEYOND_DAYS, DAYS, HOURS = 100, 60, (8, 11, 14, 17)
# Whoever reserves a room has just looked at its page: what rarely changes of it is remembered by then.
ROOMS = 24
WHO = {"name": "Miriam Okafor", "email": "miriam@example.org"}


@dataclass(frozen=True, slots=True)
class Tour:
    """A booking from end to end: how many requests, and how long all of them took (half, and the slowest)."""

    requests: int
    p50_ms: float
    worst_ms: float
    times: int


@dataclass(frozen=True, slots=True)
class Race:
    """So many people for one slot, again and again: how often exactly one had it, and how long they waited."""

    people: int
    races: int
    one_winner: int
    p50_ms: float
    p99_ms: float


def places(town: Town, today: dt.date) -> Iterator[dict[str, str]]:
    """Forms for hiring rooms at times that are free, each once."""
    rooms = town.column("SELECT slug FROM room WHERE type = 'meeting' AND capacity >= 6 ORDER BY id LIMIT %s", ROOMS)
    for day, hour, slug in itertools.product(range(DAYS), HOURS, rooms):
        date = (today + dt.timedelta(days=BEYOND_DAYS + day)).isoformat()
        yield {"kind": "room", "room": slug, "date": date, "from": f"{hour:02}:00", "to": f"{hour + 1:02}:00",
               "people": "2", "idempotency_key": a_key()}  # fmt: skip


def holds(stack: Stack, free: Iterator[Mapping[str, str]], count: int) -> list[Ask]:
    """So many different people who each press the reserve button of another place."""
    asks = []
    for who, form in zip(strangers(stack, count), free, strict=False):
        asks.append(Ask("/hold", cookie=_cookie(who["cookies"]), form={"csrf_token": who["token"], **form}))
    return asks


def checkouts(stack: Stack, free: Iterator[Mapping[str, str]], count: int) -> list[Ask]:
    """The checkout of so many holds, seen by those who hold."""
    asks = []
    for _ in range(count):
        visitor = Visitor(stack.url)
        held = visitor.post("/hold", next(free))
        assert held.status == 303, (held.status, held.text[:300])
        asks.append(Ask(held.location.removeprefix(stack.url), cookie=_cookie(visitor.cookies)))
    return asks


def sign_ins(stack: Stack, town: Town, password: str, count: int) -> list[Ask]:
    """People who sign in."""
    emails = town.column("SELECT email FROM user_account ORDER BY id DESC LIMIT %s", count)
    return [
        Ask("/login", cookie=_cookie(who["cookies"]),
            form={"csrf_token": who["token"], "login": email, "password": password})
        for who, email in zip(strangers(stack, len(emails)), emails, strict=True)
    ]  # fmt: skip


def signed_in(stack: Stack, email: str, password: str) -> str:
    """The cookie of somebody who has signed in."""
    visitor = Visitor(stack.url)
    visitor.get("/login")
    answer = visitor.post("/login", {"login": email, "password": password})
    assert answer.status == 303, (email, answer.status)
    return _cookie(visitor.cookies)


def webhooks(stack: Stack, town: Town, count: int) -> list[Ask]:
    """The provider's reports of charges that were paid, each another one."""
    charges = town.column("SELECT id FROM sandbox_charge ORDER BY id LIMIT 100")
    asks = []
    with stack.app.app_context():
        for number, charge in zip(range(count), itertools.cycle(charges), strict=False):
            body = json.dumps({"id": f"evt_bench_{number}_{a_key()}", "type": "charge.paid", "charge": charge})
            signature = {sandbox.SIGNATURE: sandbox.sign(body.encode(), clock.now())}
            asks.append(Ask("/payments/webhooks/sandbox", body=body, headers=signature))
    return asks


def free_of_charge(stack: Stack) -> list[str]:
    """Make some rooms cost nothing, and return them: what is booked there is confirmed at once."""
    made = stack.rows(
        "UPDATE room SET rate_minor = 0, day_rate_minor = NULL WHERE id IN (SELECT id FROM room"
        " WHERE type = 'meeting' AND capacity >= 6 AND venue_id > 1 ORDER BY id DESC LIMIT 3) RETURNING slug"
    )
    return [row["slug"] for row in made]


def end_to_end(stack: Stack, slugs: list[str], today: dt.date, times: int) -> Tour:
    """Search, the room, the hold, and the button that confirms it."""
    took, steps = [], 0
    for number in range(times):
        visitor = Visitor(stack.url)
        visitor.connect()
        day = (today + dt.timedelta(days=BEYOND_DAYS + DAYS + number // 3)).isoformat()
        hours = {"date": day, "from": f"{9 + 3 * (number % 3):02}:00", "to": f"{10 + 3 * (number % 3):02}:00"}
        slug = slugs[number % len(slugs)]
        replies = [
            visitor.get(f"/search?{urlencode({'where': 'Berlin', 'people': 2, **hours})}"),
            visitor.get(f"/rooms/{slug}?{urlencode(hours)}"),
            visitor.post("/hold", {"kind": "room", "room": slug, "people": "2", "idempotency_key": a_key(), **hours}),
        ]
        assert replies[-1].status == 303, (replies[-1].status, replies[-1].text[-1500:])
        replies.append(visitor.post(replies[-1].location.removeprefix(stack.url), WHO | {"phone": ""}))
        assert replies[-1].status == 303, (replies[-1].status, replies[-1].text[:300])
        took.append(1000 * sum(reply.seconds for reply in replies))
        steps = len(replies)
    took = took[1:] or took  # the first finds the connections cold
    return Tour(steps, statistics.median(took), max(took), len(took))


def race(stack: Stack, free: Iterator[Mapping[str, str]], *, people: int, races: int) -> Race:
    """Everybody presses the button of one place at the same moment."""
    waits: list[float] = []
    fair = 0
    for form in itertools.islice(free, races):
        presses = [
            Press("/hold", {**form, "idempotency_key": a_key()}, who["cookies"], who["token"])
            for who in strangers(stack, people)
        ]
        replies = storm(stack.url, presses)
        statuses = [reply.status for reply in replies]
        fair += statuses.count(303) == 1 and statuses.count(409) == people - 1
        waits += [1000 * reply.seconds for reply in replies]
    waits.sort()
    return Race(people, races, fair, waits[len(waits) // 2], waits[int(len(waits) * 0.99)])


def _cookie(cookies: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
