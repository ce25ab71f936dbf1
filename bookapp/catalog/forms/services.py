"""A service as it is typed: what it is, its lengths with their prices, who hosts it and where, and how it is booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Length, Optional

from bookapp.catalog.forms.drafted import DraftForm
from bookapp.catalog.forms.lengths import LengthField
from bookapp.catalog.models import Service
from bookapp.catalog.rules import ServiceDraft
from bookapp.catalog.rules.checks import LONG, SHORT
from bookapp.catalog.rules.drafts import MOST_LENGTHS
from bookapp.catalog.states import ServiceKind
from bookapp.values.money import Money

MOST_ROOMS = 12
_NEEDED = lazy_gettext("This is needed.")
_NUMBER = lazy_gettext("Please give a whole number.")
_LENGTH = lazy_gettext("Please give a time such as 90, 1 h 30 or 2 d.")
Named = Sequence[tuple[int, str]]


class ChecksField(SelectMultipleField):
    """Several of a few, as checkboxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class ServiceForm(DraftForm):
    """A service. Amounts are of `currency`; `terms`, `people` and `rooms` are (id, name) of what can be chosen.

    Lengths and rooms are numbered fields ("minutes_0", "price_0", "room_0"): as many as are filled in, and two more.
    """

    name = StringField(lazy_gettext("Name"), [InputRequired(_NEEDED), Length(max=SHORT)])
    kind = SelectField(lazy_gettext("Kind"))
    theme = StringField(
        lazy_gettext("Theme"),
        [Length(max=SHORT)],
        description=lazy_gettext("A word to filter by: class, retreat, talk."),
    )
    tagline = StringField(lazy_gettext("In one line"), [Length(max=SHORT)])
    about = TextAreaField(lazy_gettext("What it is like"), [Length(max=LONG)])
    bring = TextAreaField(lazy_gettext("What to bring"), [Length(max=LONG)])
    capacity = IntegerField(
        lazy_gettext("Seats"), [InputRequired(_NUMBER)], default=1,
        description=lazy_gettext("Of a session, unless it says otherwise."),
    )  # fmt: skip
    hosts = ChecksField(lazy_gettext("Who hosts it"))
    online = BooleanField(lazy_gettext("It takes place online"))
    buffer_minutes = LengthField(lazy_gettext("Kept free afterwards"), [InputRequired(_LENGTH)], default=0)
    notice_minutes = LengthField(lazy_gettext("Notice"), [InputRequired(_LENGTH)], default=0)
    horizon_days = IntegerField(lazy_gettext("Days ahead"), [InputRequired(_NUMBER)], default=90)
    step_minutes = LengthField(lazy_gettext("Begins every"), [InputRequired(_LENGTH)], default=30)
    terms_id = SelectField(lazy_gettext("Cancellation terms"))
    listed = BooleanField(lazy_gettext("Offered: it can be found and booked"), default=True)
    private = BooleanField(lazy_gettext("Private: in no list and no search, only for who has its link"))

    drafted = {"lengths": "minutes_0", "rooms": "room_0"}

    def __init__(
        self, *args: Any, currency: str, terms: Named = (), people: Named = (), rooms: Named = (),
        kind: str = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        """`kind` is that of the service as it stands: it stays."""
        super().__init__(*args, **({"kind": kind} if kind else {}), **kwargs)
        self.currency = currency
        kinds = [ServiceKind(kind)] if kind else list(ServiceKind)
        self.kind.choices = [(one.value, _(one.label)) for one in kinds]
        self.hosts.choices = [(str(one), name) for one, name in people]
        self.terms_id.choices = [("", _("as the house")), *((str(one), name) for one, name in terms)]
        for field in self._rooms():
            field.choices = [("", "–"), *((str(one), name) for one, name in rooms)]

    @classmethod
    def of(cls, service: Service, *, version: str, **choices: Any) -> ServiceForm:
        """The form of a service as it stands, as `service_to_change` loads it."""
        currency = service.merchant.currency
        numbered: dict[str, Any] = {}
        for number, length in enumerate(service.lengths[:MOST_LENGTHS]):
            numbered[f"minutes_{number}"] = length.minutes
            numbered[f"price_{number}"] = str(Money(length.price_minor, currency).amount)
        for number, room in enumerate(service.rooms[:MOST_ROOMS]):
            numbered[f"room_{number}"] = str(room.id)
        form = cls(
            formdata=None,
            obj=_Words(service),
            currency=currency,
            kind=service.kind,
            version=version,
            **numbered,
            **choices,
        )
        form.hosts.data = [str(host.id) for host in service.hosts]
        form.terms_id.data = str(service.terms_id or "")
        return form

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every field can be read; a length has its price, and a price its length."""
        self._prices: list[tuple[int, int]] = []
        for minutes, price in self.length_rows:
            if price.data and minutes.data is None and not (minutes.raw_data and minutes.raw_data[0].strip()):
                minutes.process_errors = [_("How long for this price?")]
                minutes.validators = ()
            elif minutes.data is not None:
                self._prices.append((minutes.data, self._minor(price)))
        return super().validate(extra_validators)

    @property
    def length_rows(self) -> list[tuple[Any, Any]]:
        """The fields of (length, price): those that are filled in, and two more."""
        rows = [(self[f"minutes_{number}"], self[f"price_{number}"]) for number in range(MOST_LENGTHS)]
        return rows[: _shown(rows)]

    @property
    def room_rows(self) -> list[Any]:
        """The fields of the rooms, first choice first: those that are filled in, and two more."""
        fields = self._rooms()
        return fields[: _shown([(field,) for field in fields])]

    @property
    def draft(self) -> ServiceDraft:
        """What was typed, in minor units and minutes."""
        return ServiceDraft(
            name=self.name.data or "",
            kind=self.kind.data or "",
            lengths=tuple(self._prices),
            theme=self.theme.data or "",
            tagline=self.tagline.data or "",
            about=self.about.data or "",
            bring=self.bring.data or "",
            capacity=self.capacity.data or 0,
            online=self.online.data,
            buffer_minutes=self.buffer_minutes.data or 0,
            notice_minutes=self.notice_minutes.data or 0,
            horizon_days=self.horizon_days.data or 0,
            step_minutes=self.step_minutes.data or 0,
            terms_id=int(self.terms_id.data) if self.terms_id.data else None,
            private=self.private.data,
            listed=self.listed.data,
            hosts=tuple(int(one) for one in self.hosts.data or ()),
            rooms=tuple(dict.fromkeys(int(field.data) for field in self._rooms() if field.data)),
        )

    def _rooms(self) -> list[Any]:
        return [self[f"room_{number}"] for number in range(MOST_ROOMS)]

    def _minor(self, field: Field) -> int:
        try:
            return Money.parse((field.data or "0").replace(",", "."), self.currency).minor
        except ValueError:
            field.process_errors = [_("Please give an amount such as 27 or 12.50.")]
            return 0


_COLUMNS = (
    "name", "theme", "tagline", "about", "bring", "capacity", "online", "buffer_minutes", "notice_minutes",
    "horizon_days", "step_minutes", "listed", "private",
)  # fmt: skip


class _Words:
    """The plain columns of a service: its lists have fields of their own."""

    def __init__(self, service: Service) -> None:
        for column in _COLUMNS:
            setattr(self, column, getattr(service, column))


def _shown(rows: Sequence[Sequence[Any]]) -> int:
    """How many rows there are to be seen: up to the last with something in it, and two more."""
    last = max((number for number, row in enumerate(rows, 1) if any(_is_filled(field) for field in row)), default=0)
    return min(len(rows), last + 2)


def _is_filled(field: Field) -> bool:
    return bool(field.data or (field.raw_data and field.raw_data[0]))


for _number in range(MOST_LENGTHS):
    _words = {"number": _number + 1}
    setattr(ServiceForm, f"minutes_{_number}", LengthField(lazy_gettext("Length %(number)s", **_words), [Optional()]))
    setattr(ServiceForm, f"price_{_number}", StringField(lazy_gettext("Price %(number)s", **_words), [Length(max=20)]))
for _number in range(MOST_ROOMS):
    _label = lazy_gettext("Room, choice %(number)s", number=_number + 1)
    setattr(ServiceForm, f"room_{_number}", SelectField(_label, default=""))
