"""Changing what somebody is at a house; giving and taking go through the catalogue's two doors."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from bookapp.catalog.actions import check_role, grant_role, link_account, revoke_role
from bookapp.catalog.actions.checked import allowed
from bookapp.catalog.models import Merchant
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.db import action, db
from bookapp.members import messages
from bookapp.members.errors import MembersChanged
from bookapp.members.queries.members import Member, member_of
from bookapp.members.rules import Post, posts_problem
from bookapp.notifications.actions import send
from bookapp.values.errors import NotFound, NotValid


@action
def set_posts(
    actor: Actor, merchant_id: int, user_id: int, posts: Collection[Post], *, version: str, host_id: int | None = None
) -> Member | None:
    """Let a member be just these, none to remove them; `host_id` is the facilitator they sign in as.

    Returns what they are now, None for no member any more. They are told by mail. Raises NotAllowed, NotFound (also
    for who is no member: those are invited), NotValid, LastOwner, and MembersChanged when `version` is not that of
    the member who stands.
    """
    allowed(may_run_merchant(actor, merchant_id))
    # One at a time, as the doors do it.
    merchant = db.session.scalar(select(Merchant).where(Merchant.id == merchant_id).with_for_update())
    if merchant is None:
        raise NotFound
    member = member_of(merchant_id, user_id)
    if member.version != version:
        raise MembersChanged
    wanted, current = set(posts), {post for post, _venue in member.posts}
    for post in wanted:
        check_role(post.role, merchant_id, post.venue_id)
    if problem := posts_problem(wanted):
        raise NotValid({"venues": problem})
    # Who becomes an owner is one before somebody stops to be.
    for post in sorted(wanted - current, key=repr):
        grant_role(actor, user_id=user_id, merchant_id=merchant_id, role=post.role, venue_id=post.venue_id)
    hosts = Post(Role.FACILITATOR.value) in wanted
    _link(actor, member, host_id if hosts else None)
    gone = sorted(current - wanted, key=repr)
    for post in gone:
        revoke_role(actor, user_id=user_id, merchant_id=merchant_id, role=post.role, venue_id=post.venue_id)
    db.session.flush()
    after = member_of(merchant_id, user_id) if wanted else None
    if wanted != current:
        user = db.session.get_one(User, user_id)
        # Rows of roles never come again, so a change that is made twice is told twice.
        cause = f"members:{merchant_id}:{user_id}:{member.newest}:{after.newest if after else 0}"
        send(messages.roles_changed(merchant, user, after, cause))
    return after


def _link(actor: Actor, member: Member, host_id: int | None) -> None:
    before = member.host[0] if member.host else None
    if before == host_id:
        return
    if before is not None:
        link_account(actor, before, None)
        db.session.flush()
    if host_id is not None:
        link_account(actor, host_id, member.user_id)
