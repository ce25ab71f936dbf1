"""The themes of what is on offer, to narrow sessions and people by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from bookapp.catalog.models import Merchant, Service
from bookapp.catalog.states import ServiceKind
from bookapp.infra.db import db
from bookapp.infra.remembering import remembered
from bookapp.search.rules.ask import Kind

MOST = 12
_SERVICES = {Kind.SESSION: ServiceKind.SESSION, Kind.PERSON: ServiceKind.APPOINTMENT}


def themes(kind: Kind) -> Sequence[str]:
    """In alphabetical order; none for rooms, which have types instead (and no query)."""
    return [] if kind is Kind.ROOM else _themes(_SERVICES[kind])


@remembered()
def _themes(kind: ServiceKind) -> Sequence[str]:
    return tuple(
        db.session.scalars(
            select(Service.theme)
            .join(Merchant, Merchant.id == Service.merchant_id)
            .where(
                Service.kind == kind.value,
                Service.listed,
                Service.private.is_(False),
                Merchant.listed,
                Service.theme != "",
            )
            .distinct()
            .order_by(Service.theme)
            .limit(MOST)
        )
    )
