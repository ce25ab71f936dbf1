"""The picture of whatever is shown."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.sql.selectable import LateralFromClause

from bookapp.catalog.models import Photo


def first_photo(whose: Any) -> LateralFromClause:
    """The first picture of each row it is joined to (laterally)."""
    query = select(Photo.path, Photo.alt).where(whose).order_by(Photo.position, Photo.id).limit(1)
    return query.lateral("first_photo")
