"""Facilitators, and who may do what at a merchant."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed, checked, existing, keep_made, made_before, take_slug
from bookapp.catalog.errors import LastOwner, OfferChanged, ProfileChanged
from bookapp.catalog.models import Facilitator, Membership, Merchant, Resource, Venue
from bookapp.catalog.policy import may_change_profile, may_run_merchant
from bookapp.catalog.queries.managed import version_of_person
from bookapp.catalog.queries.people import version_of_profile
from bookapp.catalog.rules import FacilitatorDraft, ProfileDraft, slug_of
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_


@action
def create_facilitator(
    actor: Actor, merchant_id: int, draft: FacilitatorDraft, *, key: str | None = None
) -> Facilitator:
    """A person who hosts, with the resource that makes them bookable. With `key`, asking twice is once.

    Raises NotAllowed, NotFound, NotValid, KeyReused.
    """
    allowed(may_run_merchant(actor, merchant_id))
    checked(draft)
    merchant = existing(Merchant, merchant_id)
    if made := made_before(actor, "facilitator", key, merchant_id, draft):
        return existing(Facilitator, made)
    resource = Resource(kind="person")
    db.session.add(resource)
    db.session.flush()
    facts = asdict(draft)
    facts["zone"] = draft.zone or merchant.zone
    _check_account(draft.user_id)
    person = Facilitator(
        merchant=merchant,
        merchant_id=merchant_id,
        resource_id=resource.id,
        slug=take_slug(Facilitator, [slug_of(draft.name, otherwise="person")]),
        **facts,
    )
    db.session.add(person)
    db.session.flush()
    record(actor, "facilitator.created", f"facilitator:{person.id}", {"merchant_id": merchant_id, "level": draft.level})
    keep_made(actor, "facilitator", key, person.id)
    return person


@action
def change_facilitator(actor: Actor, facilitator_id: int, draft: FacilitatorDraft, *, version: str) -> Facilitator:
    """What the house says of somebody: name, level, account and all that they say of themselves.

    `version` is `version_of_person` of what it was made of. Raises NotFound (also for whoever may not), NotValid, and
    OfferChanged when it says something else meanwhile.
    """
    person = db.session.get(Facilitator, facilitator_id, populate_existing=True, with_for_update=True)
    if person is None or not may_run_merchant(actor, person.merchant_id):
        raise NotFound
    if version != version_of_person(person):
        raise OfferChanged
    checked(draft)
    _check_account(draft.user_id, but=person.id)
    facts = asdict(draft)
    facts["zone"] = draft.zone or existing(Merchant, person.merchant_id).zone
    changed = [name for name, value in facts.items() if getattr(person, name) != value]
    told = [name for name in ("level", "listed", "user_id", "zone") if name in changed]
    before = {name: getattr(person, name) for name in told}
    for name in changed:
        setattr(person, name, facts[name])
    if changed:
        after = {name: facts[name] for name in told}
        record(actor, "facilitator.changed", f"facilitator:{person.id}",
               {"fields": changed, "before": before, "after": after})  # fmt: skip
    return person


@action
def change_profile(actor: Actor, facilitator_id: int, draft: ProfileDraft, *, version: str) -> Facilitator:
    """Let a facilitator say something else of themselves. `version` is `version_of_profile` of what it was made of.

    Raises NotFound, NotAllowed, NotValid, and ProfileChanged when it says something else meanwhile.
    """
    person = db.session.get(Facilitator, facilitator_id, populate_existing=True, with_for_update=True)
    if person is None:
        raise NotFound
    allowed(may_change_profile(actor, person.merchant_id, person.user_id))
    checked(draft)
    if version != version_of_profile(person):
        raise ProfileChanged
    changed = [name for name, value in asdict(draft).items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, getattr(draft, name))
    if changed:
        record(actor, "facilitator.changed", f"facilitator:{person.id}", {"fields": changed})
    return person


@action
def grant_role(actor: Actor, *, user_id: int, merchant_id: int, role: str, venue_id: int | None = None) -> Membership:
    """Make a user owner, manager (of one venue, if given) or facilitator of a merchant; asking twice changes nothing.

    Raises NotAllowed, NotFound, and NotValid for a role that does not exist or a venue of somebody else.
    """
    allowed(may_run_merchant(actor, merchant_id))
    check_role(role, merchant_id, venue_id)
    existing(User, user_id)
    existing(Merchant, merchant_id)
    values = {"user_id": user_id, "merchant_id": merchant_id, "venue_id": venue_id, "role": role}
    new_id = db.session.scalar(insert(Membership).values(values).on_conflict_do_nothing().returning(Membership.id))
    membership = db.session.scalars(select(Membership).filter_by(**values)).one()
    if new_id is not None:
        record(
            actor, "role.granted", f"user:{user_id}", {key: values[key] for key in ("merchant_id", "venue_id", "role")}
        )
    return membership


@action
def revoke_role(actor: Actor, *, user_id: int, merchant_id: int, role: str, venue_id: int | None = None) -> bool:
    """Take a role away; True if there was one. Raises NotAllowed, and LastOwner for the only owner."""
    allowed(may_run_merchant(actor, merchant_id))
    # One at a time: two owners who take each other's role away must not both succeed.
    db.session.execute(select(Merchant.id).where(Merchant.id == merchant_id).with_for_update())
    values = {"user_id": user_id, "merchant_id": merchant_id, "venue_id": venue_id, "role": role}
    membership = db.session.scalars(select(Membership).filter_by(**values)).one_or_none()
    if membership is None:
        return False
    if role == Role.OWNER and not _has_other_owner(merchant_id, user_id):
        raise LastOwner()
    db.session.delete(membership)
    record(actor, "role.revoked", f"user:{user_id}", {key: values[key] for key in ("merchant_id", "venue_id", "role")})
    return True


@action
def link_account(actor: Actor, facilitator_id: int, user_id: int | None) -> Facilitator:
    """Let this account sign in as the person (None: nobody does). Raises NotAllowed, NotFound, and NotValid for one
    that is somebody else's already, or an account that is another person's."""
    person = db.session.get(Facilitator, facilitator_id, populate_existing=True, with_for_update=True)
    if person is None:
        raise NotFound
    allowed(may_run_merchant(actor, person.merchant_id))
    if person.user_id == user_id:
        return person
    if user_id is not None:
        if person.user_id is not None:
            raise NotValid({"user_id": N_("Somebody else signs in as this person.")})
        _check_account(user_id, but=person.id)
    record(actor, "facilitator.linked", f"facilitator:{person.id}", {"before": person.user_id, "after": user_id})
    person.user_id = user_id
    return person


def check_role(role: str, merchant_id: int, venue_id: int | None) -> None:
    """Raises NotValid for a role that does not exist, or a venue that is not theirs to be limited to."""
    if role not in set(Role):
        raise NotValid({"role": N_("There is no such role.")})
    if venue_id is None:
        return
    if role != Role.MANAGER:
        raise NotValid({"venue_id": N_("Only a manager can be limited to one venue.")})
    if existing(Venue, venue_id).merchant_id != merchant_id:
        raise NotValid({"venue_id": N_("This venue belongs to another merchant.")})


def _check_account(user_id: int | None, *, but: int = 0) -> None:
    """One account is one facilitator: whose day, hours and inbox it is must be clear."""
    if user_id is None:
        return
    existing(User, user_id)
    taken = select(Facilitator.id).where(Facilitator.user_id == user_id, Facilitator.id != but)
    if db.session.scalar(taken) is not None:
        raise NotValid({"user_id": N_("This account belongs to another facilitator.")})


def _has_other_owner(merchant_id: int, user_id: int) -> bool:
    """Whether somebody else owns it who can sign in: an account that was closed answers for nothing."""
    others = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.merchant_id == merchant_id,
            Membership.role == Role.OWNER.value,
            Membership.user_id != user_id,
            User.disabled_at.is_(None),
        )
    )
    return db.session.scalar(select(others.exists())) or False
