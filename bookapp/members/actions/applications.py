"""Applying to sell here, and the answer."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from bookapp.audit.actions import record
from bookapp.catalog.actions import create_merchant, grant_role
from bookapp.catalog.actions.checked import allowed
from bookapp.catalog.policy import may_run_platform
from bookapp.catalog.rules import MerchantDraft, VenueDraft
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor
from bookapp.identity.models import User
from bookapp.infra.db import action, db
from bookapp.members import messages
from bookapp.members.errors import ApplicationDecided, EmailNotProved
from bookapp.members.models import MerchantApplication
from bookapp.members.states import ApplicationState
from bookapp.notifications.actions import send
from bookapp.values.errors import NotFound, NotValid


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody would like to sell, and where: codes and zones as in the catalogue's drafts."""

    name: str
    about: str
    city: str
    country: str
    currency: str
    zone: str
    phone: str = ""


@action
def apply(actor: Actor, wish: Wish, *, now: dt.datetime) -> MerchantApplication:
    """Ask to sell here; whoever has asked already gets that application back. The admins are told.

    Raises EmailNotProved, and NotValid for what no merchant could be made of.
    """
    if not actor.email_verified:
        raise EmailNotProved
    _check(wish)
    values = asdict(wish) | {"user_id": actor.user_id, "created_at": now}
    made = db.session.scalar(
        insert(MerchantApplication).values(values).on_conflict_do_nothing().returning(MerchantApplication.id)
    )
    application = db.session.scalars(
        select(MerchantApplication).where(
            MerchantApplication.user_id == actor.user_id, MerchantApplication.state == ApplicationState.OPEN.value
        )
    ).one()
    if made is not None:
        record(actor, "merchant_application.made", f"merchant_application:{made}")
        for admin in db.session.scalars(select(User).where(User.is_admin, User.disabled_at.is_(None))):
            send(messages.applied(application, admin))
    return application


@action
def approve(actor: Actor, application_id: int, *, now: dt.datetime) -> MerchantApplication:
    """There is a merchant with that owner now, and they are told; twice is once.

    Raises NotAllowed, NotFound, NotValid, and ApplicationDecided when it was refused.
    """
    application, user = _undecided(actor, application_id, ApplicationState.APPROVED)
    if application.state == ApplicationState.APPROVED:
        return application
    merchant = create_merchant(
        actor,
        MerchantDraft(
            name=application.name,
            currency=application.currency,
            zone=application.zone,
            about=application.about,
            email=user.email,
            phone=application.phone,
        ),
    )
    grant_role(actor, user_id=user.id, merchant_id=merchant.id, role=Role.OWNER.value)
    application.state, application.decided_at = ApplicationState.APPROVED.value, now
    application.merchant_id = merchant.id
    record(
        actor, "merchant_application.approved", f"merchant_application:{application.id}", {"merchant_id": merchant.id}
    )
    send(messages.approved(application, user, merchant))
    return application


@action
def refuse(actor: Actor, application_id: int, *, reason: str, now: dt.datetime) -> MerchantApplication:
    """Not so, and the applicant reads why; they may apply again. Twice is once.

    Raises NotAllowed, NotFound, and ApplicationDecided when it was approved.
    """
    application, user = _undecided(actor, application_id, ApplicationState.REFUSED)
    if application.state == ApplicationState.REFUSED:
        return application
    application.state, application.decided_at = ApplicationState.REFUSED.value, now
    application.reason = reason
    record(actor, "merchant_application.refused", f"merchant_application:{application.id}", reason=reason)
    send(messages.refused(application, user))
    return application


def _undecided(actor: Actor, application_id: int, wanted: ApplicationState) -> tuple[MerchantApplication, User]:
    """The application, locked, open or already what is wanted, and who applied."""
    allowed(may_run_platform(actor))
    application = db.session.get(MerchantApplication, application_id, populate_existing=True, with_for_update=True)
    if application is None:
        raise NotFound
    if application.state not in (ApplicationState.OPEN, wanted):
        raise ApplicationDecided
    return application, db.session.get_one(User, application.user_id)


def _check(wish: Wish) -> None:
    """What a merchant and its first venue will need, by the catalogue's own rules. Raises NotValid."""
    house = MerchantDraft(
        name=wish.name, currency=wish.currency, zone=wish.zone, about=wish.about, phone=wish.phone
    ).problems()
    place = VenueDraft(name=wish.name, address=wish.city, city=wish.city, country=wish.country).problems()
    problems = {problem.field: problem.words for problem in (*house, *place) if problem.field != "address"}
    if problems:
        raise NotValid(problems)
