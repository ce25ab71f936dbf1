"""Cancellation terms: the platform's presets, a merchant's own, and what uses which.

Bookings keep the terms they were made with: none of this changes what was agreed (invariant 6).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import allowed, existing, usable_terms
from bookapp.catalog.errors import TermsChanged
from bookapp.catalog.models import Merchant, Room, Service, Terms, Venue
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.queries.terms import version_of_terms
from bookapp.catalog.rules import PRESETS, terms_problem
from bookapp.catalog.rules.terms import LONGEST_HOURS, Tiers
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

MOVE_UNTIL_HOURS = 24
_LONGEST_NAME = 60


@action
def ensure_terms_presets() -> dict[str, Terms]:
    """Standard, Flexible and Strict by name, made if they are missing. What exists is left as it is."""
    rows = [
        {"merchant_id": None, "name": name, "tiers": [dict(tier) for tier in tiers]} for name, tiers in PRESETS.items()
    ]
    db.session.execute(
        insert(Terms).values(rows).on_conflict_do_nothing(index_elements=[Terms.merchant_id, Terms.name])
    )
    presets = db.session.scalars(select(Terms).where(Terms.merchant_id.is_(None), Terms.name.in_(PRESETS)))
    return {terms.name: terms for terms in presets}


@action
def create_terms(
    actor: Actor, merchant_id: int, *, name: str, tiers: Tiers, move_until_hours: int = MOVE_UNTIL_HOURS
) -> Terms:
    """A merchant's own terms. Raises NotAllowed, and NotValid when cancelling later would bring more."""
    allowed(may_run_merchant(actor, merchant_id))
    _check(name, tiers, move_until_hours)
    terms_id = db.session.scalar(
        insert(Terms)
        .values(merchant_id=merchant_id, name=name.strip(), tiers=_plain(tiers), move_until_hours=move_until_hours)
        .on_conflict_do_nothing(index_elements=[Terms.merchant_id, Terms.name])
        .returning(Terms.id)
    )
    if terms_id is None:
        raise NotValid({"name": _NAME_TAKEN})
    terms = db.session.get_one(Terms, terms_id)
    record(actor, "terms.created", f"terms:{terms.id}", {"merchant_id": merchant_id, "tiers": terms.tiers})
    return terms


@action
def change_terms(actor: Actor, terms_id: int, *, name: str, tiers: Tiers, move_until_hours: int, version: str) -> Terms:
    """Change a merchant's own terms for bookings to come. `version` is that of the terms the editor saw.

    Raises NotFound (also for a preset: those are nobody's to change), NotAllowed, NotValid, and TermsChanged when
    somebody was faster.
    """
    terms: Terms | None = db.session.scalar(
        select(Terms).where(Terms.id == terms_id).with_for_update().execution_options(populate_existing=True)
    )
    if terms is None or terms.merchant_id is None:
        raise NotFound
    allowed(may_run_merchant(actor, terms.merchant_id))
    if version != version_of_terms(terms):
        raise TermsChanged
    _check(name, tiers, move_until_hours)
    same_name = select(Terms.id).where(
        Terms.merchant_id == terms.merchant_id, Terms.name == name.strip(), Terms.id != terms.id
    )
    if db.session.scalar(same_name) is not None:
        raise NotValid({"name": _NAME_TAKEN})
    before = terms.tiers
    terms.name, terms.tiers, terms.move_until_hours = name.strip(), _plain(tiers), move_until_hours
    record(actor, "terms.changed", f"terms:{terms.id}", {"before": before, "after": terms.tiers})
    return terms


@action
def choose_terms(
    actor: Actor,
    merchant_id: int,
    default: int,
    *,
    rooms: Mapping[int, int | None] | None = None,
    services: Mapping[int, int | None] | None = None,
) -> None:
    """Say which terms hold: `default` for the whole house, and by id for rooms and services of its own (None: as the
    house). Those not named stay as they are. Raises NotAllowed, NotFound, NotValid for somebody else's terms."""
    allowed(may_run_merchant(actor, merchant_id))
    merchant = existing(Merchant, merchant_id)
    for terms_id in {default, *(rooms or {}).values(), *(services or {}).values()}:
        usable_terms(terms_id, merchant_id)
    if merchant.terms_id != default:
        record(
            actor, "merchant.terms_chosen", f"merchant:{merchant_id}", {"before": merchant.terms_id, "after": default}
        )
        merchant.terms_id = default
    for room_id, terms_id in (rooms or {}).items():
        room = existing(Room, room_id)
        if existing(Venue, room.venue_id).merchant_id != merchant_id:
            raise NotFound
        _choose(actor, room, f"room:{room_id}", terms_id)
    for service_id, terms_id in (services or {}).items():
        service = existing(Service, service_id)
        if service.merchant_id != merchant_id:
            raise NotFound
        _choose(actor, service, f"service:{service_id}", terms_id)


@action
def set_goodwill_limit(actor: Actor, merchant_id: int, limit_minor: int) -> None:
    """Up to how much (minor units of the merchant's currency) of one booking its managers may give back.

    Raises NotAllowed, NotFound, NotValid.
    """
    allowed(may_run_merchant(actor, merchant_id))
    merchant = existing(Merchant, merchant_id)
    if limit_minor < 0:
        raise NotValid({"limit": N_("A limit is nothing or more.")})
    if merchant.goodwill_limit_minor != limit_minor:
        facts = {"before": merchant.goodwill_limit_minor, "after": limit_minor}
        merchant.goodwill_limit_minor = limit_minor
        record(actor, "merchant.goodwill_limit_set", f"merchant:{merchant_id}", facts)


_NAME_TAKEN = N_("You have terms of this name already.")


def _check(name: str, tiers: Tiers, move_until_hours: int) -> None:
    problems = {}
    if not name.strip() or len(name) > _LONGEST_NAME:
        problems["name"] = N_("Terms need a name of at most 60 characters.")
    if problem := terms_problem(tiers):
        problems["tiers"] = problem
    if not 0 <= move_until_hours <= LONGEST_HOURS:
        problems["move_until_hours"] = N_("A booking can be moved until 0 to 8760 hours before.")
    if problems:
        raise NotValid(problems)


def _plain(tiers: Tiers) -> list[dict[str, int]]:
    return [{"hours": int(tier["hours"]), "percent": int(tier["percent"])} for tier in tiers]


def _choose(actor: Actor, thing: Room | Service, subject: str, terms_id: int | None) -> None:
    if thing.terms_id != terms_id:
        record(actor, "terms.chosen", subject, {"before": thing.terms_id, "after": terms_id})
        thing.terms_id = terms_id
