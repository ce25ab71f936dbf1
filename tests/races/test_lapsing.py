"""A hold ends while others want its place, the sweeper comes by, and its holder is about to keep it or to pay."""

from dataclasses import dataclass

import pytest

from bookapp.catalog.models import Room
from bookapp.infra.db import action
from bookapp.infra.outbox import later
from tests.builders import a_room
from tests.builders.booking import an_open_room
from tests.support.books import assert_balanced
from tests.support.crowd import Press, storm
from tests.support.races import a_key, double_bookings, room_form, states, strangers, won
from tests.support.stack import Stack
from tests.support.visitor import Reply, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.usefixtures("calm")]

ROOMS = 5
CONTENDERS = 6
DETAILS = {"name": "Miriam Okafor", "email": "miriam@example.org"}


@dataclass(frozen=True)
class Held:
    """A room, and who holds its noon."""

    room: Room
    holder: Visitor
    ref: str


@pytest.fixture
def held(stack: Stack) -> list[Held]:
    """A house of rooms, each held by somebody."""
    with stack.app.app_context():
        first = an_open_room()
        rooms = [first, *(a_room(first.venue) for _ in range(ROOMS - 1))]
    found = []
    for room in rooms:
        holder = Visitor(stack.url)
        reply = holder.post("/hold", room_form(room, "12:00", "13:00"))
        assert reply.status == 303, reply.text
        found.append(Held(room, holder, reply.location.rpartition("/")[2]))
    return found


def to_the_payment_page(one: Held) -> str:
    """The holder goes as far as the provider's page; its address."""
    reply = one.holder.post(f"/checkout/{one.ref}", DETAILS)
    assert reply.status == 303, reply.text
    one.holder.token = ""
    return reply.location


def lapse(stack: Stack, one: Held, seconds: float) -> None:
    """Let the hold end in so many seconds from now, whether or not a payment was begun."""
    stack.rows(
        "UPDATE booking SET hold_expires_at = now() + %s * interval '1 s', paying_until = NULL WHERE ref = %s",
        seconds, one.ref,
    )  # fmt: skip
    stack.rows(
        "UPDATE occupancy SET blocks_until = now() + %s * interval '1 s'"
        " WHERE claim_id = (SELECT claim_id FROM booking WHERE ref = %s)",
        seconds, one.ref,
    )  # fmt: skip


def sweep(stack: Stack) -> None:
    """Have the worker look for holds that are over, as the scheduler does every ten seconds."""

    @action
    def promise() -> None:
        later("booking.expire_holds")

    with stack.app.app_context():
        promise()


def contenders(stack: Stack, one: Held) -> list[Press]:
    """Others who want the same hour."""
    form = room_form(one.room, "12:00", "13:00")
    return [Press("/hold", form | {"idempotency_key": a_key()}, **who) for who in strangers(stack, CONTENDERS)]


def chunks(replies: list[Reply]) -> list[tuple[Reply, list[Reply]]]:
    """Room by room: what the holder was told, and what the others were."""
    size = CONTENDERS + 1
    return [(replies[at], replies[at + 1 : at + size]) for at in range(0, len(replies), size)]


def test_a_hold_that_is_over_goes_to_exactly_one_of_those_who_ask(stack: Stack, held: list[Held]) -> None:
    presses = []
    for number, one in enumerate(held):
        keep = Press.by(one.holder, f"/checkout/{one.ref}/extension")
        pay = Press.by(one.holder, f"/checkout/{one.ref}", DETAILS)
        presses += [(keep, pay)[number % 2], *contenders(stack, one)]

    def all_over() -> None:
        for one in held:
            lapse(stack, one, 0)

    replies = storm(stack.url, presses, before=all_over, meanwhile=lambda: sweep(stack))
    for one, (holder, others) in zip(held, chunks(replies), strict=True):
        assert holder.status == 409
        assert sorted(reply.status for reply in others) == [303] + [409] * (CONTENDERS - 1)
        assert states(stack, [one.ref, *won(others)]) == {one.ref: "expired", won(others)[0]: "pending"}
    assert_balanced(stack)


def test_at_the_very_moment_it_ends_it_is_kept_or_lost_but_never_both(stack: Stack, held: list[Held]) -> None:
    presses = []
    for number, one in enumerate(held):
        keep = Press.by(one.holder, f"/checkout/{one.ref}/extension")
        pay = Press.by(one.holder, f"/checkout/{one.ref}", DETAILS)
        presses += [(keep, pay)[number % 2], *contenders(stack, one)]

    def one_after_the_other() -> None:
        for number, one in enumerate(held):
            lapse(stack, one, 0.05 + 0.1 * number)

    replies = storm(stack.url, presses, before=one_after_the_other, meanwhile=lambda: sweep(stack))
    for one, (holder, others) in zip(held, chunks(replies), strict=True):
        kept, lost = holder.status == 303, len(won(others))
        assert kept + lost <= 1
        assert {holder.status, *(reply.status for reply in others)} <= {303, 409}
        if kept:
            assert states(stack, [one.ref]) == {one.ref: "pending"}
        elif not lost:  # the others came while it ran, the holder afterwards: now it is anybody's
            assert Visitor(stack.url).post("/hold", room_form(one.room, "12:00", "13:00")).status == 303
    assert not double_bookings(stack)
    assert_balanced(stack)


def test_money_that_comes_late_gets_the_place_or_goes_back(stack: Stack, held: list[Held]) -> None:
    pages = [to_the_payment_page(one) for one in held]
    presses = []
    for one, page in zip(held, pages, strict=True):
        one.holder.get(page)
        presses += [Press.by(one.holder, page, {"answer": "pay_twice"}), *contenders(stack, one)]

    def all_over() -> None:
        for one in held:
            lapse(stack, one, 0)

    replies = storm(stack.url, presses, before=all_over, meanwhile=lambda: sweep(stack))
    assert_balanced(stack)
    for one, (holder, others) in zip(held, chunks(replies), strict=True):
        assert holder.status == 303
        confirmed = states(stack, [one.ref])[one.ref] == "confirmed"
        assert confirmed + len(won(others)) == 1
    assert stack.value("SELECT count(*) FROM sandbox_charge WHERE state = 'paid'") >= ROOMS
