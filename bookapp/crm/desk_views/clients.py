"""/desk/clients: the people who booked, one's own or a house's, and the card of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, request, url_for

from bookapp.crm.actions import clients as actions
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.forms.clients import NoteForm, TagForm, WriteForm
from bookapp.crm.queries import clients as queries
from bookapp.crm.queries.circles import OWN, Circle, circle, circles_of
from bookapp.crm.queries.clients import SORTS, Client, Wanted
from bookapp.infra import clock
from bookapp.values.errors import NotFound, NotValid, Refusal
from bookapp.values.timespan import wall
from bookapp.web.errors import of_refusal
from bookapp.web.files import csv_download
from bookapp.web.forms import Query
from bookapp.web.hypermedia import is_partial, page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000


@blueprint.get("/desk/clients")
def list_clients() -> Response:
    """The list, narrowed and sorted by what the address says."""
    actor, query = current_actor(), Query(request.args)
    known = circles_of(actor)
    at, wanted = _among(known, query.text("of")), _wanted(query)
    found = queries.clients(at, wanted, now=clock.now())
    if actor.is_admin and not at.is_own:
        actions.note_look(actor, at, "clients.listed", count=found.total)
    return page(
        "crm/desk/clients/index.html",
        "list",
        at=at,
        circles=[(one.key, _("My clients") if one.is_own else one.name) for one in known],
        wanted=wanted,
        found=found,
        tags=queries.tags_in(at),
        errors=query.errors,
        href=lambda **changes: _href(known, at, wanted, **changes),
    )


@blueprint.get("/desk/clients.csv")
def clients_as_csv() -> Response:
    """Everybody on the list for a spreadsheet: times as the circle's clocks show them, amounts as plain decimals."""
    actor, query = current_actor(), Query(request.args)
    at = circle(actor, query.text("of"))
    everybody = list(queries.every_client(at, _wanted(query), now=clock.now()))
    actions.note_look(actor, at, "clients.exported", count=len(everybody))
    head = (_("Name"), _("Email"), _("Visits"), _("Paid"), _("Last visit"), _("Next visit"), _("Tags"))
    return csv_download("clients.csv", head, _rows(everybody, at.zone))


@blueprint.get("/desk/clients/<int:client_id>")
def show_client(client_id: int) -> Response:
    """One client's card. Nobody's notes are shown to a house."""
    actor, query = current_actor(), Query(request.args)
    known = circles_of(actor)
    at = _among(known, query.text("of"))
    if not at.is_own:
        queries.client_card(at, client_id, now=clock.now())  # only what is there is looked at
        actions.note_look(actor, at, "client.seen", client_id=client_id)
    return _card(at, client_id)


@blueprint.post("/desk/clients/<int:client_id>/tags")
def add_tag(client_id: int) -> Response:
    """Put a tag on a client."""
    at, form = _own(client_id), TagForm()
    if not form.validate():
        return _card(at, client_id, "tags", tag_form=form, status=422)
    try:
        actions.add_tag(current_actor(), client_id, form.tag.data)
    except NotValid as refusal:
        form.refuse(refusal)
        return _card(at, client_id, "tags", tag_form=form, status=refusal.status)
    return _done(at, client_id, "tags")


@blueprint.post("/desk/clients/<int:client_id>/tags/removal")
def remove_tag(client_id: int) -> Response:
    """Take a tag away."""
    at = _own(client_id)
    actions.remove_tag(current_actor(), client_id, Query(request.form).text("tag"))
    return _done(at, client_id, "tags")


@blueprint.post("/desk/clients/<int:client_id>/notes")
def add_note(client_id: int) -> Response:
    """Write something down."""
    at, form = _own(client_id), NoteForm()
    if not form.validate():
        return _card(at, client_id, "notes", note_form=form, status=422)
    actions.add_note(current_actor(), client_id, form.text.data, key=form.idempotency_key.data, now=clock.now())
    return _done(at, client_id, "notes")


@blueprint.post("/desk/clients/<int:client_id>/notes/<int:note_id>/removal")
def remove_note(client_id: int, note_id: int) -> Response:
    """Remove a note."""
    at = _own(client_id)
    actions.remove_note(current_actor(), client_id, note_id)
    return _done(at, client_id, "notes")


@blueprint.post("/desk/clients/<int:client_id>/messages")
def write_to_client(client_id: int) -> Response:
    """Send a mail to a client; what was typed stays when it cannot be sent."""
    at, form = _own(client_id), WriteForm()
    if not form.validate():
        return _card(at, client_id, write_form=form, status=422)
    try:
        actions.write_to_client(
            current_actor(), client_id, subject=form.subject.data, text=form.words.data,
            key=form.idempotency_key.data, now=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        problem = of_refusal(refusal)
        answer = _card(at, client_id, write_form=form, refused=problem.sentence, status=problem.status)
        answer.headers.update(problem.headers)
        return answer
    flash(_("Your message is on its way."), "good")
    return redirect_to(_address(client_id))


def _own(client_id: int) -> Circle:
    """The reader's own circle with this client in it. Raises NotFound."""
    own = circle(current_actor(), OWN)
    if not queries.is_client(own, client_id):
        raise NotFound
    return own


def _among(known: list[Circle], key: str) -> Circle:
    found = next((one for one in known if not key or one.key == key), None)
    if found is None:
        raise NotFound
    return found


def _wanted(query: Query) -> Wanted:
    return Wanted(
        text=query.text("q"),
        tag=query.text("tag"),
        sort=query.choice("sort", SORTS, SORTS[0]),
        page=query.integer("page", low=1, high=_MOST_PAGES) or 1,
    )


def _href(known: list[Circle], at: Circle, wanted: Wanted, *, path: str = "/desk/clients", **changes: Any) -> str:
    """The address of this list with something else in it; every change but of the page begins at the first one."""
    given = {
        "of": "" if at is known[0] else at.key,
        "q": wanted.text,
        "tag": wanted.tag,
        "sort": "" if wanted.sort == SORTS[0] else wanted.sort,
    } | changes
    arguments = urlencode({name: value for name, value in given.items() if value}, safe="{}")
    return f"{path}?{arguments}" if arguments else path


def _address(client_id: int) -> str:
    return url_for("crm.show_client", client_id=client_id)


def _done(at: Circle, client_id: int, block: str) -> Response:
    return _card(at, client_id, block) if is_partial() else redirect_to(_address(client_id))


def _card(at: Circle, client_id: int, *blocks: str, status: int = 200, **given: Any) -> Response:
    card = queries.client_card(at, client_id, now=clock.now())
    context = {
        "tag_form": TagForm(formdata=None),
        "note_form": NoteForm(formdata=None),
        "write_form": WriteForm(formdata=None),
        "refused": "",
    } | given
    return page(
        "crm/desk/clients/show.html",
        *blocks,
        status=status,
        at=at,
        card=card,
        client=card.client,
        suggestions=[tag for tag, _count in queries.tags_in(at) if tag not in card.client.tags],
        **context,
    )


def _rows(everybody: list[Client], zone: str) -> Iterator[tuple[str, ...]]:
    for client in everybody:
        paid = " + ".join(f"{amount.amount} {amount.currency}" for amount in client.paid)
        at = [wall(one, zone).strftime("%Y-%m-%d %H:%M") if one else "" for one in (client.last_at, client.next_at)]
        yield client.name, client.email, str(client.visits), paid, *at, ", ".join(client.tags)
