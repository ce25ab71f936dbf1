"""Inviting somebody by mail, and what becomes of the letter."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.catalog.actions import check_role, grant_role, link_account
from bookapp.catalog.actions.checked import allowed
from bookapp.catalog.models import Facilitator, Merchant
from bookapp.catalog.policy import may_run_merchant, may_see_merchant
from bookapp.identity.actor import SYSTEM, Actor
from bookapp.identity.rules import email_address, token_hash
from bookapp.infra.db import action, db
from bookapp.members import messages
from bookapp.members.errors import (
    InvitationAccepted,
    InvitationForSomebodyElse,
    InvitationGone,
    LetterTooSoon,
    TooManyInvitations,
)
from bookapp.members.models import Invitation
from bookapp.members.queries.invitations import has_post, invited, letters_lately, opened
from bookapp.members.queries.merchants import owners_of
from bookapp.members.rules import INVITATION_LIFETIME, LETTERS_PER_WINDOW, Post, may_send
from bookapp.notifications.actions import send
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_


@action
def invite(
    actor: Actor, merchant_id: int, post: Post, *, email: str, host_id: int | None = None, now: dt.datetime
) -> Invitation:
    """Write to `email`: whoever opens the link as that address gets the post. `host_id` is the facilitator they are.

    Asked again it renews the letter that is under way, and the second click of a minute does nothing. Raises
    NotAllowed, NotFound, NotValid, TooManyInvitations.
    """
    allowed(may_run_merchant(actor, merchant_id))
    # One at a time: two clicks are one letter, and a hundred of them are counted.
    if db.session.scalar(select(Merchant.id).where(Merchant.id == merchant_id).with_for_update()) is None:
        raise NotFound
    address = email_address(email)
    if address is None:
        raise NotValid({"email": N_("Please enter an email address such as name@example.org.")})
    check_role(post.role, merchant_id, post.venue_id)
    _check_host(merchant_id, post, host_id)
    if has_post(merchant_id, address, post.role, post.venue_id):
        raise NotValid({"email": N_("They have this role already.")})
    found: Invitation | None = db.session.scalar(
        select(Invitation).where(
            Invitation.merchant_id == merchant_id,
            Invitation.email == address,
            Invitation.role == post.role,
            Invitation.venue_id.is_not_distinct_from(post.venue_id),
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
    )
    if found is not None:
        found.facilitator_id = host_id or found.facilitator_id
        return _send_again(actor, found, now) if may_send(found.sent_at, now) else found
    _check_count(merchant_id, now)
    token = secrets.token_urlsafe(32)
    made = Invitation(
        merchant_id=merchant_id,
        email=address,
        role=post.role,
        venue_id=post.venue_id,
        facilitator_id=host_id,
        token_hash=token_hash(token),
        sent_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    db.session.add(made)
    db.session.flush()
    facts = {"merchant_id": merchant_id, "role": post.role, "venue_id": post.venue_id}
    record(actor, "invitation.sent", f"invitation:{made.id}", facts)
    send(messages.invited(invited(made.id), token))
    return made


@action
def renew(actor: Actor, invitation_id: int, *, now: dt.datetime) -> Invitation:
    """Send it again with a new link, good for another week; the old link is void.

    Raises NotFound, NotAllowed, LetterTooSoon, TooManyInvitations, and InvitationAccepted or InvitationGone when
    there is nothing to renew.
    """
    invitation = _locked(actor, invitation_id)
    if invitation.accepted_at is not None:
        raise InvitationAccepted
    if invitation.withdrawn_at is not None:
        raise InvitationGone
    if not may_send(invitation.sent_at, now):
        raise LetterTooSoon
    return _send_again(actor, invitation, now)


@action
def withdraw(actor: Actor, invitation_id: int, *, now: dt.datetime) -> Invitation:
    """Make its link worthless; twice is once. Raises NotFound, NotAllowed, InvitationAccepted."""
    invitation = _locked(actor, invitation_id)
    if invitation.accepted_at is not None:
        raise InvitationAccepted
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = now
        record(actor, "invitation.withdrawn", f"invitation:{invitation.id}", {"merchant_id": invitation.merchant_id})
    return invitation


@action
def accept(actor: Actor, token: str, *, now: dt.datetime) -> Invitation:
    """Become what the letter says; a second time changes nothing.

    Whoever has the token reads that mailbox, so the address need not be proved once more. Raises InvitationGone, and
    InvitationForSomebodyElse when `actor` has another address.
    """
    invitation: Invitation | None = db.session.scalar(
        select(Invitation)
        .where(Invitation.token_hash == token_hash(token), Invitation.withdrawn_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise InvitationGone
    if invitation.accepted_at is not None:
        if invitation.accepted_by != actor.user_id:
            raise InvitationGone
        return invitation
    if invitation.expires_at <= now:
        raise InvitationGone
    if actor.email != invitation.email:
        raise InvitationForSomebodyElse(email=invitation.email)
    assert actor.user_id is not None
    # The house has said yes when it wrote the letter; the catalogue's door opens for it, not for who comes in.
    grant_role(
        SYSTEM,
        user_id=actor.user_id,
        merchant_id=invitation.merchant_id,
        role=invitation.role,
        venue_id=invitation.venue_id,
    )
    invitation.accepted_at, invitation.accepted_by = now, actor.user_id
    facts = {"merchant_id": invitation.merchant_id, "role": invitation.role, "linked": _link(invitation, actor)}
    record(actor, "invitation.accepted", f"invitation:{invitation.id}", facts)
    db.session.flush()
    about = opened(token)
    assert about is not None
    for owner in owners_of(invitation.merchant_id):
        if owner.id != actor.user_id:
            send(messages.accepted(about, owner, actor.name))
    return invitation


def _locked(actor: Actor, invitation_id: int) -> Invitation:
    invitation = db.session.get(Invitation, invitation_id, populate_existing=True, with_for_update=True)
    if invitation is None or not may_see_merchant(actor, invitation.merchant_id):
        raise NotFound
    allowed(may_run_merchant(actor, invitation.merchant_id))
    return invitation


def _send_again(actor: Actor, invitation: Invitation, now: dt.datetime) -> Invitation:
    _check_count(invitation.merchant_id, now)
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.sent_at = token_hash(token), now
    invitation.expires_at = now + INVITATION_LIFETIME
    invitation.sent_count += 1
    record(actor, "invitation.renewed", f"invitation:{invitation.id}", {"merchant_id": invitation.merchant_id})
    db.session.flush()
    send(messages.invited(invited(invitation.id), token))
    return invitation


def _check_count(merchant_id: int, now: dt.datetime) -> None:
    if letters_lately(merchant_id, now) >= LETTERS_PER_WINDOW:
        raise TooManyInvitations


def _check_host(merchant_id: int, post: Post, host_id: int | None) -> None:
    if host_id is None:
        return
    person = db.session.get(Facilitator, host_id)
    if person is None or person.merchant_id != merchant_id or post.role != "facilitator":
        raise NotValid({"host": N_("Please choose a facilitator of this house.")})
    if person.user_id is not None:
        raise NotValid({"host": N_("Somebody else signs in as this person.")})


def _link(invitation: Invitation, actor: Actor) -> bool:
    """Whether the account could become the facilitator's: meanwhile either may belong to somebody else."""
    if invitation.facilitator_id is None:
        return False
    try:
        link_account(SYSTEM, invitation.facilitator_id, actor.user_id)
    except NotValid:
        return False
    return True
