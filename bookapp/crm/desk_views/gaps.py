"""A gap of the day: block it, book a client into it, or tell people that it is free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, flash, request, url_for

from bookapp.booking import actions as booking
from bookapp.booking.queries import AppointmentWish
from bookapp.catalog.models import Facilitator, Service
from bookapp.catalog.queries import services_of_facilitator
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.desk_views.whose import address, asked_day, carried, person_asked_for
from bookapp.crm.forms.day import BlockForm, BookForm
from bookapp.crm.policy import may_see_all_of
from bookapp.crm.rules.day import next_step
from bookapp.infra import clock
from bookapp.infra.settings import public_url
from bookapp.scheduling.actions.hours import add_closure, remove_closure
from bookapp.scheduling.policy import may_set_hours_of_person
from bookapp.scheduling.queries import appointment_calendars
from bookapp.scheduling.rules import asked_span
from bookapp.scheduling.rules.walltimes import typed
from bookapp.values.errors import NotPossibleNow, NotValid
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Offer:
    """One length of a service in the gap: the first time at which everybody may book it, and the link that leads there.

    `at` is "" when nobody can: it is too short, or too soon.
    """

    words: str
    at: str
    href: str
    url: str


@blueprint.get("/desk/day/gap")
def show_gap() -> Response:
    """What can be done with a free time (?from=15:00&to=16:30, else the next full hour)."""
    person = person_asked_for()
    day = asked_day(person)
    start, end = _wanted(person, day)
    block, client = BlockForm(formdata=None, start=start, end=end), carried(person)
    known = {"what": client.what, "name": client.name, "email": client.email} if client else {}
    return _page(person, day, block=block, book=BookForm(formdata=None, start=start, **known))


@blueprint.post("/desk/day/block")
def block() -> Response:
    """Nobody is booked into it; everybody who looks reads the reason."""
    person = person_asked_for()
    day, form = asked_day(person), BlockForm()
    if not form.validate():
        return _page(person, day, block=form, status=422)
    try:
        span = asked_span(day, form.start.data or "", form.end.data or "", person.zone)
        if span.end > day_span(day, person.zone).end:
            raise NotValid({"to": N_("This ends on another day: please block each day for itself.")})
    except NotValid as refusal:
        _refuse(form, refusal)
        return _page(person, day, block=form, status=refusal.status)
    closure = add_closure(
        current_actor(),
        span,
        facilitator_id=person.id,
        reason=form.reason.data or "",
        key=form.idempotency_key.data,
    )
    return redirect_to(address("crm.show_day", person, day, blocked=closure.id))


@blueprint.post("/desk/day/block/<int:closure_id>/removal")
def open_again(closure_id: int) -> Response:
    """What was blocked can be booked again."""
    person = person_asked_for()
    closure = remove_closure(current_actor(), closure_id)
    flash(_("%(span)s is open again.", span=filters.span(Span(closure.starts_at, closure.ends_at), person.zone)))
    return redirect_to(address("crm.show_day", person, wall(closure.starts_at, person.zone).date()))


@blueprint.post("/desk/day/booking")
def book() -> Response:
    """A client for an appointment in the gap: it stands at once, and is paid when they come."""
    person = person_asked_for()
    day, form = asked_day(person), BookForm()
    form.offer(_choices(_services(person)))
    if not form.validate():
        return _page(person, day, book=form, status=422)
    service_id, minutes = form.service_and_minutes
    client = carried(person)
    try:
        start = asked_span(day, form.start.data or "", "24:00", person.zone).start
        wish = AppointmentWish(service_id, person.id, start, minutes)
        made = booking.book_for_client(
            current_actor(),
            wish,
            name=form.name.data,
            email=form.email.data or "",
            # Whoever is typed over the client's address is somebody else.
            customer_id=client.id if client and client.email == form.email.data else None,
            now=clock.now(),
            key=form.idempotency_key.data,
            reason=form.reason.data or "",
        )
    except NotValid as refusal:
        _refuse(form, refusal)
        return _page(person, day, book=form, status=refusal.status)
    except NotPossibleNow as refusal:
        return _page(person, day, book=form, refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    words = _("Booked for %(name)s: %(when)s.", name=made.name, when=filters.span(made.span, person.zone))
    if made.total:
        words += " " + _("%(amount)s is due when they come.", amount=filters.money_short(made.total))
    flash(words)
    return redirect_to(address("crm.show_day", person, day, client=None))


def _page(
    person: Facilitator,
    day: dt.date,
    *,
    block: BlockForm | None = None,
    book: BookForm | None = None,
    refused: str = "",
    status: int = 200,
) -> Response:
    """The page with one of its forms as it was typed; the other starts where that one does."""
    typed_form = block or book
    assert typed_form is not None
    start = typed_form.start.data or ""
    services = _services(person)
    book = book or BookForm(formdata=None, start=start)
    book.offer(_choices(services))
    span = _gap(person, day, block or book)
    return page(
        "crm/desk/day/gap.html",
        status=status,
        person=person,
        day=day,
        span=span,
        block=block or BlockForm(formdata=None, start=start, end=typed(span.end, person.zone) if span else ""),
        book=book,
        may_block=may_set_hours_of_person(current_actor(), person.merchant_id, person.user_id),
        offers=_offers(person, services, span) if span else [],
        profile=public_url(f"/people/{person.slug}"),
        refused=refused,
        back=address("crm.show_day", person, day),
        to_block=address("crm.block", person, day),
        to_book=address("crm.book", person, day),
    )


def _wanted(person: Facilitator, day: dt.date) -> tuple[str, str]:
    """From and to as typed into the address; else the next hour of today, or an hour in the morning."""
    query = Query(request.args)
    start, end = query.text("from", longest=12), query.text("to", longest=12)
    if start and end:
        return start, end
    window, now = day_span(day, person.zone), clock.now()
    first = next_step(now) if window.start <= now < window.end - 2 * _HOUR else window.start + 9 * _HOUR
    return typed(first, person.zone), typed(first + _HOUR, person.zone)


def _gap(person: Facilitator, day: dt.date, form: BlockForm | BookForm) -> Span | None:
    """The time the page is about, as far as what was typed can be read."""
    end = form.end.data if isinstance(form, BlockForm) else ""
    try:
        return asked_span(day, form.start.data or "", end or "24:00", person.zone)
    except NotValid:
        return None


def _services(person: Facilitator) -> Sequence[Service]:
    """The appointments with this person that the actor may book for somebody."""
    found = services_of_facilitator(person.id)
    return [one for one in found if may_see_all_of(current_actor(), person, one.merchant_id, None)]


def _choices(services: Sequence[Service]) -> list[tuple[str, str]]:
    return [
        (
            f"{service.id}:{length.minutes}",
            f"{service.name} · {filters.duration(length.minutes)} · "
            f"{filters.money_short(Money(length.price_minor, service.merchant.currency))}",
        )
        for service in services
        for length in service.lengths
    ]


def _offers(person: Facilitator, services: Sequence[Service], span: Span) -> list[Offer]:
    """What everybody may book in `span`, each length with its first time."""
    both = appointment_calendars([(one, person) for one in services], span, now=clock.now())
    offers = []
    for service in services:
        for length in service.lengths:
            starts = both[service.id, person.id].starts(span, length.minutes)
            fits = [at for at in starts if at + dt.timedelta(minutes=length.minutes) <= span.end]
            words = f"{service.name} · {filters.duration(length.minutes)}"
            if not fits:
                offers.append(Offer(words, "", "", ""))
                continue
            path = url_for(
                "scheduling.show_person",
                slug=person.slug,
                service=service.slug,
                minutes=length.minutes,
                start=fits[0].isoformat(),
            )
            offers.append(Offer(words, filters.time(fits[0], person.zone), path, public_url(path)))
    return offers


def _refuse(form: BlockForm | BookForm, refusal: NotValid) -> None:
    """The sentences of a refusal beside the fields, which have other names in Python."""
    for name, words in refusal.fields.items():
        field = form.end if name == "to" and isinstance(form, BlockForm) else form._fields.get(name, form.start)
        field.errors = [*field.errors, _(words, **refusal.params)]
