"""/desk/members: who works for a house, who is invited, and changing what they are."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog.errors import LastOwner
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import house_of, houses_of, may_run_merchant
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.members import actions
from bookapp.members.desk_views.area import members as blueprint
from bookapp.members.errors import MembersChanged
from bookapp.members.forms import InviteForm, RolesForm
from bookapp.members.messages import list_of_roles, role_words
from bookapp.members.queries.invitations import invitations_under_way
from bookapp.members.queries.members import Member, hosts_without_account, member_of, members_of, venue_names
from bookapp.members.rules import Post
from bookapp.values.errors import NotValid, Refusal, TooFast
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/members")
def index() -> Response:
    """Everybody of the house, and the letters under way."""
    merchant = _house(Query(request.args))
    return _index(merchant, InviteForm(formdata=None))


@blueprint.post("/desk/members/invitations")
@limiter.limit(limits.BOOKINGS)
def invite() -> Response:
    """Write to somebody."""
    merchant = _house(Query(request.form), to_change=True)
    form = InviteForm()
    form.offer(venue_names(merchant.id), hosts_without_account(merchant.id))
    try:
        if not form.validate():
            raise NotValid({})
        sent = actions.invite(
            current_actor(), merchant.id, form.post, email=form.email.data, host_id=form.host_id, now=clock.now()
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _index(merchant, form, status=422)
    except TooFast as refusal:
        return _index(merchant, form, refusal=refusal, status=refusal.status)
    flash(_("We have written to %(email)s.", email=sent.email), "good")
    return _back(merchant)


@blueprint.post("/desk/members/invitations/<int:invitation_id>/renewal")
@limiter.limit(limits.BOOKINGS)
def renew(invitation_id: int) -> Response:
    """Write once more; the link of the last letter is void."""
    sent = actions.renew(current_actor(), invitation_id, now=clock.now())
    flash(_("We have written to %(email)s once more.", email=sent.email), "good")
    return _back(_house_by_id(sent.merchant_id))


@blueprint.post("/desk/members/invitations/<int:invitation_id>/withdrawal")
def withdraw(invitation_id: int) -> Response:
    """Make the link of the letter worthless."""
    gone = actions.withdraw(current_actor(), invitation_id, now=clock.now())
    flash(_("The invitation of %(email)s is taken back.", email=gone.email))
    return _back(_house_by_id(gone.merchant_id))


@blueprint.get("/desk/members/<int:user_id>")
def edit(user_id: int) -> Response:
    """All that one member is, to be changed."""
    merchant = _house(Query(request.args), to_change=True)
    member = member_of(merchant.id, user_id)
    form = _offered(RolesForm(formdata=None), merchant, member).show(member)
    return _form(merchant, member, form)


@blueprint.post("/desk/members/<int:user_id>")
def change(user_id: int) -> Response:
    """Let them be just that, or remove them."""
    merchant = _house(Query(request.form), to_change=True)
    member = member_of(merchant.id, user_id)
    form, removes = _offered(RolesForm(), merchant, member), request.form.get("act") == "remove"
    posts, host_id = (set[Post](), None) if removes else (form.posts, form.host_id)
    try:
        if not removes and not form.validate():
            raise NotValid({})
        actions.set_posts(
            current_actor(), merchant.id, user_id, posts, version=form.version.data or "", host_id=host_id
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _form(merchant, member, form, status=422)
    except LastOwner as refusal:
        return _form(merchant, member, form, refusal=refusal, status=refusal.status)
    except MembersChanged as refusal:
        now = member_of(merchant.id, user_id)
        form.version.data = now.version
        return _form(merchant, now, form, refusal=refusal, stands=list_of_roles(now.posts), status=refusal.status)
    flash(
        _("%(name)s no longer works for %(merchant)s.", name=member.name, merchant=merchant.name)
        if removes
        else _("Saved, and %(name)s is told by mail.", name=member.name)
    )
    # Who has taken their own role away has nothing more to see here.
    return redirect_to("/bookings") if user_id == current_actor().user_id and not posts else _back(merchant)


def _house(query: Query, *, to_change: bool = False) -> Merchant:
    return house_of(current_actor(), query.text("merchant"), to_change=to_change)


def _house_by_id(merchant_id: int) -> Merchant:
    return next(each for each in houses_of(current_actor()) if each.id == merchant_id)


def _back(merchant: Merchant) -> Response:
    return redirect_to(url_for("members_desk.index", merchant=merchant.slug))


def _offered(form: RolesForm, merchant: Merchant, member: Member) -> RolesForm:
    hosts = [*([member.host] if member.host else []), *hosts_without_account(merchant.id)]
    return form.offer(venue_names(merchant.id), hosts)


def _index(merchant: Merchant, form: InviteForm, *, refusal: Refusal | None = None, status: int = 200) -> Response:
    actor, now = current_actor(), clock.now()
    may_change = may_run_merchant(actor, merchant.id)
    form.offer(venue_names(merchant.id), hosts_without_account(merchant.id))
    under_way = invitations_under_way(merchant.id) if may_change else []
    return page(
        "members/desk/members/index.html",
        status=status,
        merchant=merchant,
        houses=[(each.slug, each.name) for each in houses_of(actor)],
        members=[(each, list_of_roles(each.posts)) for each in members_of(merchant.id)],
        invitations=[
            (each, role_words(Post(each.invitation.role, each.invitation.venue_id), each.venue),
             each.invitation.expires_at <= now)
            for each in under_way
        ],
        form=form,
        may_change=may_change,
        refusal=of_refusal(refusal).sentence if refusal else "",
    )  # fmt: skip


def _form(
    merchant: Merchant, member: Member, form: RolesForm, *, refusal: Refusal | None = None,
    stands: list[str] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    return page(
        "members/desk/members/form.html",
        status=status,
        merchant=merchant,
        member=member,
        form=form,
        refusal=of_refusal(refusal).sentence if refusal else "",
        stands=stands or [],
        is_self=member.user_id == current_actor().user_id,
    )
