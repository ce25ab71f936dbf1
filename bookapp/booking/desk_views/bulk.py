"""/desk/bookings/acts: one act on many bookings: what it would do, the button, and what came of it for each."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request, url_for
from flask_babel import gettext as _

from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.desk_views.register import asked
from bookapp.booking.forms import BulkForm
from bookapp.booking.models import Booking
from bookapp.booking.queries import bulk
from bookapp.booking.queries import register as registers
from bookapp.booking.queries.destinations import everything_back
from bookapp.booking.rules.bulk import Act
from bookapp.booking.states import BookingState
from bookapp.infra import clock
from bookapp.values.errors import NotFound, NotPossibleNow, NotValid
from bookapp.values.money import Money, total
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/bookings/acts/new")
def ask_bulk() -> Response:
    """Which bookings it is about, what goes back for each, and the one button."""
    actor, query = current_actor(), Query(request.args)
    act = query.choice("act", tuple(Act))
    if not act:
        raise NotFound
    form = BulkForm(formdata=None, act=act)
    if query.choice("all", ("1",)):
        wanted, _days = asked(query, registers.zone_of_register(actor))
        refs = bulk.refs_that_fit(actor, wanted)
    else:
        refs = [ref.upper() for ref in request.args.getlist("ref")[: bulk.MOST_AT_ONCE + 1] if registers.is_ref(ref)]
    if len(refs) > bulk.MOST_AT_ONCE:
        words = _("More than %(most)s bookings fit. Please narrow the filter first.", most=bulk.MOST_AT_ONCE)
        return _page(Act(act), form, (), refused=words)
    return _page(Act(act), form, bulk.chosen_bookings(actor, refs))


@blueprint.post("/desk/bookings/acts")
def begin_bulk() -> Response:
    """Promise it for each of them; workers do it."""
    actor, form = current_actor(), BulkForm()
    usable = form.validate()
    if form.act.data not in tuple(Act):
        raise NotFound
    act = Act(form.act.data)
    if not usable:
        return _page(act, form, bulk.chosen_bookings(actor, form.chosen), status=422)
    try:
        begun = actions.begin_bulk(
            actor, act, form.chosen, reason=form.reason.data or "", key=form.idempotency_key.data, now=clock.now()
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(act, form, bulk.chosen_bookings(actor, form.chosen), status=refusal.status)
    except NotPossibleNow as refusal:
        refused = _(refusal.sentence, **refusal.params)
        return _page(act, form, bulk.chosen_bookings(actor, form.chosen), refused=refused, status=refusal.status)
    return redirect_to(url_for("booking_desk.show_bulk", bulk_id=begun.id))


@blueprint.get("/desk/bookings/acts/<int:bulk_id>")
def show_bulk(bulk_id: int) -> Response:
    """How far it is; htmx asks for the block "progress" again and again."""
    found = bulk.bulk_act(current_actor(), bulk_id)
    return page(
        "booking/desk/bulk/show.html",
        "progress",
        bulk=found,
        act=Act(found.act),
        progress=bulk.bulk_progress(found),
        state_of=BookingState,
    )


def _page(act: Act, form: BulkForm, bookings: Sequence[Booking], *, refused: str = "", status: int = 200) -> Response:
    able = [one for one in bookings if act is not Act.CANCEL or _can_cancel(one)]
    form.refs.data = ",".join(one.ref for one in able)
    back = everything_back(able) if act is Act.CANCEL else {}
    return page(
        "booking/desk/bulk/new.html",
        status=status,
        act=act,
        form=form,
        bookings=able,
        left_out=len(bookings) - len(able),
        back=back,
        sums=_sums(able, {ref: goes.whole for ref, goes in back.items()}),
        state_of=BookingState,
        refused=refused,
    )


def _can_cancel(booking: Booking) -> bool:
    """What is over, or was cancelled, stays as it is: nothing of it goes back."""
    stands = booking.state == BookingState.CONFIRMED and clock.now() < booking.ends_at
    return stands or booking.state == BookingState.PENDING


def _sums(bookings: Sequence[Booking], back: dict[str, Money]) -> list[Money]:
    """What goes back in each currency."""
    currencies = sorted({one.currency for one in bookings if back.get(one.ref)})
    return [total((back[one.ref] for one in bookings if one.currency == each), each) for each in currencies]
