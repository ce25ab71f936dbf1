"""/desk/users: everybody with an account, what they may do where, and what an admin may do about it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.audit.queries import TrailFilter, trail
from bookapp.catalog.queries import roles_of
from bookapp.identity import actions
from bookapp.identity.errors import NotActingAs
from bookapp.identity.models import User
from bookapp.identity.queries import sign_ins_of, user_by_id, users_found
from bookapp.identity.rules import IMPERSONATION_LIFETIME
from bookapp.infra import clock
from bookapp.operations.desk_views.area import blueprint
from bookapp.operations.forms import StandingForm
from bookapp.values.errors import NotFound, NotPossibleNow
from bookapp.values.words import N_
from bookapp.web import security
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000
_ONLY = ("admins", "closed")
_DONE = {
    "close": N_("The account is closed and signed out everywhere."),
    "open": N_("The account is open again."),
    "sign_out": N_("They are signed out everywhere."),
    "make_admin": N_("They are an admin from their next sign-in on."),
    "unmake_admin": N_("They are no admin any more."),
    "reset_factors": N_("Their second factor is gone; they are signed out everywhere, and told by mail."),
}


@blueprint.get("/desk/users")
def list_users() -> Response:
    """Accounts, the newest first, found by how a name, an email or a username begins."""
    query = Query(request.args)
    text, only = query.text("q"), query.choice("only", _ONLY)
    number = query.integer("page", low=1, high=_MOST_PAGES) or 1
    here = urlencode({name: value for name, value in (("q", text), ("only", only)) if value})
    return page(
        "operations/desk/users.html",
        "users",
        found=users_found(text, only=only, page=number),
        text=text,
        only=only,
        page_number=number,
        pages_url=f"/desk/users?{here}&page={{page}}",
    )


@blueprint.get("/desk/users/<int:user_id>")
def show_user(user_id: int) -> Response:
    """One account: roles, browsers, what was done with it lately."""
    return _page(_user(user_id), StandingForm(formdata=None))


@blueprint.post("/desk/users/<int:user_id>/standing")
def change_standing(user_id: int) -> Response:
    """Close or open it, sign it out, make it an admin or not, remove its second factor, act as it; with a reason."""
    user, form, by, now = _user(user_id), StandingForm(), current_actor(), clock.now()
    if not form.validate():
        return _page(user, form, status=422)
    act, reason = form.act.data, form.reason.data
    try:
        if act == "close":
            actions.disable(user.id, by=by, reason=reason, now=now)
        elif act == "open":
            actions.enable(user.id, by=by, reason=reason)
        elif act == "impersonate":
            return _act_as(user, reason)
        elif act == "reset_factors":
            actions.reset_factors(user.id, by=by, reason=reason, now=now)
        elif act == "sign_out":
            actions.end_sign_ins_of(user.id, by=by, reason=reason, now=now)
        else:
            actions.set_admin(user.id, is_admin=act == "make_admin", by=by, reason=reason, now=now)
    except (NotPossibleNow, NotActingAs) as refusal:
        return _page(user, form, refusal=_(refusal.sentence), status=refusal.status)
    flash(_(_DONE[act]))
    return redirect_to(url_for("operations_desk.show_user", user_id=user.id))


def _act_as(user: User, reason: str) -> Response:
    now = clock.now()
    token = actions.impersonate(
        user.id, by=current_actor(), own_token=security.browser_token(), reason=reason,
        agent=request.user_agent.string, address=security.address(), now=now,
    )  # fmt: skip
    security.act_as(token, name=user.name, until=now + IMPERSONATION_LIFETIME)
    return redirect_to("/bookings")


def _user(user_id: int) -> User:
    user = user_by_id(user_id)
    if user is None:
        raise NotFound
    return user


def _page(user: User, form: StandingForm, *, refusal: str = "", status: int = 200) -> Response:
    entries, _older = trail(TrailFilter(subject=f"user:{user.id}"))
    acts = [
        ("open", _("Open the account again")) if user.disabled_at else ("close", _("Close the account")),
        ("sign_out", _("Sign out everywhere")),
        *([("reset_factors", _("Remove their second factor"))] if user.second_factor_at else []),
        ("unmake_admin", _("Take the admin's role away")) if user.is_admin else ("make_admin", _("Make them an admin")),
    ]
    return page(
        "operations/desk/user.html",
        status=status,
        user=user,
        roles=roles_of(user.id),
        browsers=sign_ins_of(user, now=clock.now()),
        entries=entries[:20],
        acts=acts,
        form=form,
        refusal=refusal,
        is_self=user.id == current_actor().user_id,
    )
