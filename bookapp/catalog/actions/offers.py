"""Services with their lengths, hosts, rooms and questions. What was booked keeps what it was booked with."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, select

from bookapp.audit.actions import record
from bookapp.catalog.actions.checked import (
    allowed,
    checked,
    existing,
    keep_made,
    made_before,
    take_slug,
    usable_terms,
)
from bookapp.catalog.errors import OfferChanged
from bookapp.catalog.models import (
    Facilitator,
    Merchant,
    Room,
    Service,
    ServiceFacilitator,
    ServiceLength,
    ServiceQuestion,
    ServiceRoom,
    Venue,
)
from bookapp.catalog.policy import may_run_merchant
from bookapp.catalog.queries.managed import service_to_change, version_of_questions, version_of_service
from bookapp.catalog.rules import QuestionDraft, ServiceDraft, slug_of
from bookapp.catalog.rules.questions import MOST_QUESTIONS
from bookapp.identity.actor import Actor
from bookapp.infra.db import action, db
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_

_LISTS = ("lengths", "hosts", "rooms")


@action
def create_service(actor: Actor, merchant_id: int, draft: ServiceDraft, *, key: str | None = None) -> Service:
    """A service with its lengths and prices, the people who host it and the rooms it may use, first choice first.

    With `key`, asking twice is once. Raises NotAllowed, NotFound, KeyReused, and NotValid, also for a host that does
    not exist or a room of another merchant.
    """
    allowed(may_run_merchant(actor, merchant_id))
    checked(draft)
    merchant = existing(Merchant, merchant_id)
    if made := made_before(actor, "service", key, merchant_id, draft):
        return existing(Service, made)
    _check_whole(draft, merchant_id)
    slug = take_slug(Service, _slugs(draft, merchant))
    service = Service(merchant=merchant, merchant_id=merchant_id, slug=slug, **_facts(draft))
    if draft.private:
        service.link_key = _new_key()
    service.lengths = [ServiceLength(minutes=minutes, price_minor=price) for minutes, price in sorted(draft.lengths)]
    db.session.add(service)
    db.session.flush()
    _write_people_and_rooms(service.id, draft)
    facts = {"merchant_id": merchant_id, "lengths": draft.lengths}
    record(actor, "service.created", f"service:{service.id}", facts)
    keep_made(actor, "service", key, service.id)
    return service


@action
def change_service(actor: Actor, service_id: int, draft: ServiceDraft, *, version: str) -> Service:
    """Offer something else under the same address, for bookings and sessions to come.

    `version` is `version_of_service` of what it was made of. Its kind stays: sessions and appointments are not one
    another. Raises NotFound (also for whoever may not), NotValid, and OfferChanged when it is another meanwhile.
    """
    service = _locked(actor, service_id)
    if version != version_of_service(service):
        raise OfferChanged
    checked(draft)
    if draft.kind != service.kind:
        raise NotValid({"kind": N_("What a service is stays. Make a new one, and take this one off the list.")})
    _check_whole(draft, service.merchant_id)
    before = _told(service)
    for name, value in _facts(draft).items():
        setattr(service, name, value)
    if draft.private and service.link_key is None:
        service.link_key = _new_key()
    if [(each.minutes, each.price_minor) for each in service.lengths] != sorted(draft.lengths):
        db.session.execute(delete(ServiceLength).where(ServiceLength.service_id == service_id))
        db.session.add_all(
            ServiceLength(service_id=service_id, minutes=minutes, price_minor=price) for minutes, price in draft.lengths
        )
    for link in (ServiceFacilitator, ServiceRoom):
        db.session.execute(delete(link).where(link.service_id == service_id))
    _write_people_and_rooms(service_id, draft)
    db.session.flush()
    service = service_to_change(service_id)
    after = _told(service)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        facts = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
        record(actor, "service.changed", f"service:{service_id}", facts)
    return service


@action
def renew_link(actor: Actor, service_id: int) -> Service:
    """Give a private service another link; the one there was opens nothing any more. Raises NotFound, NotValid."""
    service = _locked(actor, service_id)
    if not service.private:
        raise NotValid({}, N_("Only a private service has a link of its own."))
    service.link_key = _new_key()
    record(actor, "service.link_renewed", f"service:{service_id}")
    return service


@action
def set_questions(actor: Actor, service_id: int, drafts: Sequence[QuestionDraft], *, version: str) -> Service:
    """What is asked at checkout from now on, in this order. What was answered stays with its booking.

    `version` is `version_of_questions` of what it was made of. Raises NotFound (also for whoever may not), NotValid
    ("words-2": of the third draft), and OfferChanged.
    """
    service = _locked(actor, service_id)
    if version != version_of_questions(service):
        raise OfferChanged
    _check_questions(drafts)
    known = {question.id: question for question in service.questions}
    kept = set()
    for position, draft in enumerate(drafts):
        question = known.get(draft.id or 0)
        if question is None:
            question = ServiceQuestion(service_id=service_id)
            db.session.add(question)
        else:
            kept.add(question.id)
        question.position, question.words, question.kind = position, draft.words.strip(), draft.kind
        question.options, question.required = list(draft.options), draft.required
    if gone := set(known) - kept:
        db.session.execute(delete(ServiceQuestion).where(ServiceQuestion.id.in_(gone)))
    record(actor, "service.questions_set", f"service:{service_id}", {"count": len(drafts)})
    db.session.flush()
    return service_to_change(service_id)


def _locked(actor: Actor, service_id: int) -> Service:
    """The service with everything about it, its row locked: of two who save at once, the second is told."""
    db.session.execute(select(Service.id).where(Service.id == service_id).with_for_update())
    service = service_to_change(service_id)
    if not may_run_merchant(actor, service.merchant_id):
        raise NotFound
    return service


def _facts(draft: ServiceDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if name not in _LISTS}


def _told(service: Service) -> dict[str, Any]:
    """What the audit trail compares: words by their length only, the rest as it is."""
    plain = ("name", "theme", "capacity", "online", "buffer_minutes", "notice_minutes", "horizon_days",
             "step_minutes", "terms_id", "private", "listed")  # fmt: skip
    return {name: getattr(service, name) for name in plain} | {
        "words": [len(service.tagline), len(service.about), len(service.bring)],
        "lengths": [[each.minutes, each.price_minor] for each in service.lengths],
        "hosts": sorted(each.id for each in service.hosts),
        "rooms": [each.id for each in service.rooms],
    }


def _check_whole(draft: ServiceDraft, merchant_id: int) -> None:
    usable_terms(draft.terms_id, merchant_id)
    _check_hosts(draft.hosts)
    _check_rooms(draft.rooms, merchant_id)


def _write_people_and_rooms(service_id: int, draft: ServiceDraft) -> None:
    db.session.add_all(
        ServiceFacilitator(service_id=service_id, facilitator_id=host) for host in dict.fromkeys(draft.hosts)
    )
    db.session.add_all(
        ServiceRoom(service_id=service_id, room_id=room, position=position)
        for position, room in enumerate(dict.fromkeys(draft.rooms))
    )
    db.session.flush()


def _check_questions(drafts: Sequence[QuestionDraft]) -> None:
    if len(drafts) > MOST_QUESTIONS:
        raise NotValid({"questions": N_("At most %(most)s questions, please.")}, most=MOST_QUESTIONS)
    problems = {
        f"{problem.field}-{number}": problem.words
        for number, draft in enumerate(drafts)
        for problem in draft.problems()
    }
    if problems:
        raise NotValid(problems)


def _check_hosts(ids: tuple[int, ...]) -> None:
    if ids and db.session.scalar(select(func.count()).select_from(Facilitator).where(Facilitator.id.in_(ids))) != len(
        set(ids)
    ):
        raise NotValid({"hosts": N_("One of these people does not exist.")})


def _check_rooms(ids: tuple[int, ...], merchant_id: int) -> None:
    if ids and db.session.scalar(
        select(func.count()).select_from(Room).join(Venue).where(Room.id.in_(ids), Venue.merchant_id == merchant_id)
    ) != len(set(ids)):
        raise NotValid({"rooms": N_("One of these rooms does not belong to this merchant.")})


def _slugs(draft: ServiceDraft, merchant: Merchant) -> list[str]:
    name = slug_of(draft.name, otherwise="service")
    return [name, f"{name}-{merchant.slug}"]


def _new_key() -> str:
    return secrets.token_urlsafe(18)
