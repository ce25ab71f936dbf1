"""Who may do what to a booking. Whether it is possible at the moment is for `rules`."""

from __future__ import annotations

from bookapp.booking.models import Booking
from bookapp.booking.queries.bookings import by_ref
from bookapp.booking.queries.desk import booking_at_desk, goodwill_given, host_of
from bookapp.booking.queries.plans import Plan
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.infra.db import db
from bookapp.payments.queries import balance
from bookapp.scheduling.models import Session
from bookapp.scheduling.policy import may_plan_session
from bookapp.values.errors import NotFound
from bookapp.values.money import Money


def owns(actor: Actor, booking: Booking) -> bool:
    """The customer, the browser that holds it as a guest, or who has the mailed link or the address it went to."""
    if actor.user_id is not None and booking.customer_id == actor.user_id:
        return True
    if (booking.ref, booking.link_version) in actor.links:
        return True
    if not booking.is_guest:
        return False
    if actor.email_verified and booking.confirmed_at is not None and booking.email == actor.email:
        return True
    return actor.visitor is not None and booking.visitor == actor.visitor


def may_cancel(actor: Actor, booking: Booking) -> bool:
    """Its owner; a participant sees it read-only."""
    return owns(actor, booking)


def may_move(actor: Actor, booking: Booking) -> bool:
    """Its owner, within the terms; who serves it at the desk may at any time (`may_serve`)."""
    return owns(actor, booking)


def may_pay(actor: Actor, booking: Booking) -> bool:
    """Its owner."""
    return owns(actor, booking)


def may_choose_wallet(actor: Actor, booking: Booking) -> bool:
    """Where card money goes is the customer's choice, and only an account has a wallet."""
    return actor.user_id is not None and actor.user_id == booking.customer_id


def may_serve(actor: Actor, booking: Booking) -> bool:
    """See a booking at the desk: who hosts it, the manager of its venue, the owner, an admin."""
    return may_plan_session(actor, booking.merchant_id, booking.venue_id, host_of(booking.facilitator_id))


def is_override(actor: Actor, booking: Booking) -> bool:
    """Whether it is the platform that acts here, for a house it does not belong to: only with a reason (product.md)."""
    if not actor.is_admin:
        return False
    hosts = actor.user_id is not None and actor.user_id == host_of(booking.facilitator_id)
    return not hosts and not actor.has_role(booking.merchant_id, booking.venue_id, Role.OWNER, Role.MANAGER)


def may_book_for(actor: Actor, plan: Plan) -> bool:
    """Book something for a client: who hosts it, the manager of its venue, the owner, an admin."""
    columns = plan.columns
    host = host_of(columns.get("facilitator_id"))
    return may_plan_session(actor, columns["merchant_id"], columns.get("venue_id"), host)


def clients_of(actor: Actor, plan: Plan) -> int | None:
    """Whose clients an actor may book for by their account: only those of the host (then their id), or the house's."""
    columns = plan.columns
    runs_it = may_plan_session(actor, columns["merchant_id"], columns.get("venue_id"), None)
    return None if runs_it else columns.get("facilitator_id")


def seen_by(actor: Actor, ref: str) -> tuple[Booking, bool]:
    """A booking with its lines and participants, and whether it is the house that looks at it: one's own comes first.

    Raises NotFound, also when it is somebody else's.
    """
    try:
        return by_ref(ref, visible_to_actor=actor), False
    except NotFound:
        booking = booking_at_desk(ref)
        if not may_serve(actor, booking):
            raise
        return booking, True


def must_say_why(actor: Actor, merchant_id: int, venue_id: int | None) -> bool:
    """Whether booking something new there would be an override, as `is_override` is for what is booked."""
    return actor.is_admin and not actor.has_role(merchant_id, venue_id, Role.OWNER, Role.MANAGER)


def is_new_override(actor: Actor, plan: Plan) -> bool:
    """Whether booking this for somebody is the platform's doing, for a house and a host that are not the actor."""
    columns = plan.columns
    hosts = actor.user_id is not None and actor.user_id == host_of(columns.get("facilitator_id"))
    return not hosts and must_say_why(actor, columns["merchant_id"], columns.get("venue_id"))


def may_call_off(actor: Actor, session: Session) -> bool:
    """Cancel a session with everything booked in it: whoever may plan it."""
    return may_plan_session(actor, session.merchant_id, session.venue_id, host_of(session.facilitator_id))


def goodwill_left(actor: Actor, booking: Booking) -> Money:
    """How much this actor may still give back out of goodwill; never more than is left of what was paid.

    Owners and admins as they see fit; a manager of its venue up to the merchant's limit, which is one per booking,
    however many refunds it is given in, and in the merchant's currency; nobody else (product.md, "People").
    """
    kept = balance(booking.ref, booking.currency).kept
    if may_run_merchant(actor, booking.merchant_id):
        return kept
    merchant = db.session.get_one(Merchant, booking.merchant_id)
    is_manager = actor.has_role(booking.merchant_id, booking.venue_id, Role.MANAGER)
    if not is_manager or merchant.currency != booking.currency:
        return Money.zero(booking.currency)
    left = merchant.goodwill_limit_minor - goodwill_given(booking.ref)
    return min(kept, Money(max(0, left), booking.currency))
