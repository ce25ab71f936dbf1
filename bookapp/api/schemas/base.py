"""What every schema does: refuse what it does not know, and promise every field of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, fields, missing

from bookapp.api.schemas.fields import Whole, said
from bookapp.values.words import N_

MOST_PAGES = 10_000
PER_PAGE, MOST_PER_PAGE = 25, 100

_MESSAGES = {
    "required": N_("Please fill this in."),
    "null": N_("This may not be null."),
    "type": N_("Please give an object."),
}
UNKNOWN = N_("There is no such field here.")


class Input(Schema):
    """A JSON body. A field it does not know is refused, so that a slip of the pen is noticed."""

    error_messages = {"unknown": UNKNOWN, "type": _MESSAGES["type"]}
    # What the description says besides: JSON Schema for what no field can say alone.
    rule: ClassVar[Mapping[str, Any]] = {}

    class Meta:
        """Refuse unknown fields."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Say what is missing in our words, and do not describe "not said" as if it were a value."""
        if field_obj.load_default in (None, "", ()):
            nothing = field_obj.load_default
            field_obj.load_default = lambda: nothing
        for code, words in _MESSAGES.items():
            field_obj.error_messages[code] = words


class Asked(Input):
    """What stands behind the question mark of an address."""

    from_address = True

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """An address has no null: what is not said is not there."""
        super().on_bind_field(field_name, field_obj)
        field_obj.allow_none = False


class Paged(Asked):
    """Which page of a list."""

    page = Whole("Which page, the first one is 1.", 1, high=MOST_PAGES, load_default=1)
    limit = Whole("How many on a page.", PER_PAGE, high=MOST_PER_PAGE, load_default=PER_PAGE)


class Answer(Schema):
    """JSON that goes out. Every field is there, so the description says so; null where `allow_none` is said."""

    class Meta:
        """What is not described does not go out."""

        unknown = RAISE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Every field is promised."""
        field_obj.required = True

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """The value of a field. Raises LookupError for one that was forgotten: it would silently be left out."""
        value = super().get_attribute(obj, attr, default)
        if value is missing:
            raise LookupError(f"{type(self).__name__}: the answer has no {attr}")
        return value


@cache
def page_of(item: type[Answer]) -> type[Answer]:
    """The schema of a page of these: items, page, limit, total."""
    name = item.__name__.removesuffix("Schema")
    return type(
        f"{name}PageSchema",
        (Answer,),
        {
            "__module__": item.__module__,
            "items": fields.List(fields.Nested(item), metadata=said("What is on this page.")),
            "page": fields.Integer(metadata=said("Which page this is.", 1)),
            "limit": fields.Integer(metadata=said("How many fit on a page.", PER_PAGE)),
            "total": fields.Integer(metadata=said("How many there are on all pages.", 1)),
        },
    )


def paginated(items: Sequence[Any], asked: dict[str, Any], total: int) -> dict[str, Any]:
    """The rows of this page as `page_of` writes them; `asked` is what `Paged` understood."""
    return {"items": items, "page": asked["page"], "limit": asked["limit"], "total": total}


def offset_of(asked: dict[str, Any]) -> int:
    """How many rows come before this page."""
    return int((asked["page"] - 1) * asked["limit"])
