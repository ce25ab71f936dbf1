"""Applications to sell here."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, func, select

from bookapp.catalog.models import Merchant
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.members.models import MerchantApplication
from bookapp.values.errors import NotFound

MOST_SHOWN = 100


def latest_application(user_id: int) -> tuple[MerchantApplication, str] | None:
    """Somebody's last application and the slug of the merchant it became ("" for none yet)."""
    row = db.session.execute(
        select(MerchantApplication, func.coalesce(Merchant.slug, ""))
        .outerjoin(Merchant, Merchant.id == MerchantApplication.merchant_id)
        .where(MerchantApplication.user_id == user_id)
        .order_by(MerchantApplication.id.desc())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def applications_open() -> Sequence[Row[tuple[MerchantApplication, str]]]:
    """Those that wait for an answer with the applicant's name, the oldest first; the first hundred."""
    return db.session.execute(
        select(MerchantApplication, User.name)
        .join(User, User.id == MerchantApplication.user_id)
        .where(MerchantApplication.state == "open")
        .order_by(MerchantApplication.created_at, MerchantApplication.id)
        .limit(MOST_SHOWN)
    ).all()


def application_by_id(application_id: int) -> tuple[MerchantApplication, User]:
    """One of them and who applied. Raises NotFound."""
    row = db.session.execute(
        select(MerchantApplication, User)
        .join(User, User.id == MerchantApplication.user_id)
        .where(MerchantApplication.id == application_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def application_of_merchant(merchant_id: int) -> int | None:
    """The id of the application a merchant came from; None for one that an admin made."""
    return db.session.scalar(select(MerchantApplication.id).where(MerchantApplication.merchant_id == merchant_id))


def origin_of_merchant(merchant_id: int) -> tuple[str, str, str]:
    """City, country and phone of the application a merchant came from; empty for one that an admin made."""
    row = db.session.execute(
        select(MerchantApplication.city, MerchantApplication.country, MerchantApplication.phone).where(
            MerchantApplication.merchant_id == merchant_id
        )
    ).one_or_none()
    return (row.city, row.country, row.phone) if row else ("", "", "")
