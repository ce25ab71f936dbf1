"""Bookings: what is wished for, and what became of it."""

from __future__ import annotations

import json
import math
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from bookapp.api.schemas.base import Answer, Input, Paged, page_of
from bookapp.api.schemas.fields import Choice, Flag, Instant, Line, Moment, Text, Whole, said
from bookapp.api.schemas.money import MoneySchema
from bookapp.api.schemas.payments import PaymentSchema
from bookapp.booking.forms import LONGEST_NAME, LONGEST_REASON, MOST_COMPANIONS, MOST_PEOPLE, MOST_PIECES, MOST_SEATS
from bookapp.booking.queries.destinations import TO_ORIGINAL, TO_WALLET
from bookapp.booking.states import BookingKind, BookingState
from bookapp.catalog.rules.questions import LONGEST_ANSWER, MOST_QUESTIONS
from bookapp.identity.rules import email_address
from bookapp.values.words import N_
from bookapp.web.forms import has_control

PAYMENT_STATUSES = ("pending", "paid", "partly_refunded", "refunded", "failed")
MOST_ADDONS = 20
LONGEST_TYPE = 50
LONGEST_NOTES = 2000
_LONGEST_METADATA, _DEEPEST_METADATA = 8000, 5
_LONGEST_CODE = 40
_DAY = 24 * 60
REF = r"^[0-9A-Za-z]{1,12}$"

_NO_EMAIL = N_("This is no email address; one looks like miriam@example.org.")
_ONE_THING = N_("Name one thing: room_id, session_id or service_id.")
_NEEDED = N_("Please fill this in.")
_NOT_FOR_THIS = N_("This does not go with %(thing)s.")
_BACKWARDS = N_("The end must lie after the start.")


class Email(Line):
    """An email address, in the one spelling we compare by."""

    default_error_messages = {"email": _NO_EMAIL}

    def __init__(self, words: str, example: str | None = "miriam@example.org", **more: Any) -> None:
        super().__init__(words, example, longest=254, **more)
        self.metadata["format"] = "email"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        address = email_address(super()._deserialize(value, attr, data, **kwargs))
        if address is None:
            raise self.make_error("email")
        return address


class Metadata(fields.Dict):
    """A free JSON object of a program's own, given back as it came."""

    default_error_messages = {
        "invalid": N_("Please give an object."),
        "large": N_("At most 8000 characters as JSON, at most 5 levels deep."),
        "control": N_("Some characters in here cannot be used."),
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, attr, data, **kwargs)
        self._check(found, _DEEPEST_METADATA)
        if len(json.dumps(found, ensure_ascii=False)) > _LONGEST_METADATA:
            raise self.make_error("large")
        return found

    def _check(self, value: Any, levels: int) -> None:
        if not levels and isinstance(value, dict | list):
            raise self.make_error("large")
        match value:
            case dict():
                for name, inner in value.items():
                    self._check(name, levels)
                    self._check(inner, levels - 1)
            case list():
                for inner in value:
                    self._check(inner, levels - 1)
            case str():
                if has_control(value, lines=True) or any("\ud800" <= sign <= "\udfff" for sign in value):
                    raise self.make_error("control")
            case float() if not math.isfinite(value):
                raise self.make_error("large")


class AddonInput(Input):
    """So many pieces of an extra."""

    addon_id = Whole("Which extra, of `GET rooms/{id}`.", 3, required=True)
    quantity = Whole("How many.", 1, high=MOST_PIECES, required=True)


class AnswerInput(Input):
    """What is answered to one question of the service."""

    question_id = Whole("Which question, of `GET services`, or of the problem that asks for it.", 7, required=True)
    answer = Text("The answer; `yes` or `no` where that is asked.", "No nuts, please.", longest=LONGEST_ANSWER,
                  required=True)  # fmt: skip


class CompanionInput(Input):
    """Somebody who comes along."""

    name = Line("What they are called.", "Jonas Weber", longest=LONGEST_NAME, required=True)
    email = Email("They then see the booking in their own account, read-only.", load_default="")


_NEEDED_FOR = {
    "room_id": ("start", "end"),
    "session_id": (),
    "service_id": ("facilitator_id", "start"),
}
_MAY_HAVE = {"room_id": ("people", "addons"), "session_id": ("seats",), "service_id": ("duration_minutes",)}
_OF_A_WISH = (
    "start", "end", "people", "addons", "seats", "facilitator_id", "duration_minutes",
)  # fmt: skip


def _shape(thing: str) -> dict[str, Any]:
    """A wish for one thing, as JSON Schema: what it needs, and what does not go with it."""
    belongs = {*_NEEDED_FOR[thing], *_MAY_HAVE[thing]}
    others = [name for name in (*_NEEDED_FOR, *_OF_A_WISH) if name not in belongs and name != thing]
    return {"required": [thing, *_NEEDED_FOR[thing]], "properties": dict.fromkeys(others, False)}


class BookingInput(Input):
    """A wish: a room (`room_id`, `start`, `end`), seats (`session_id`, `seats`), or an hour of a person (`service_id`,
    `facilitator_id`, `start`); and who it is for."""

    rule = {"oneOf": [_shape(thing) for thing in _NEEDED_FOR]}
    room_id = Whole("The room to hire.", 7)
    end = Instant("When the hire of the room ends.", "2026-11-24T16:00:00+01:00")
    people = Whole("How many people come into the room.", 8, high=MOST_PEOPLE)
    addons = fields.List(
        fields.Nested(AddonInput),
        metadata=said("Extras of the room."),
        validate=validate.Length(max=MOST_ADDONS, error=N_("Please name each extra once.")),
    )
    session_id = Whole("The session to take seats in.", 12)
    seats = Whole("How many seats.", 2, high=MOST_SEATS)
    service_id = Whole("The service of an appointment.", 4)
    facilitator_id = Whole("Whose appointment it is.", 2)
    start = Instant("When the room's hire or the appointment begins.", "2026-11-24T14:00:00+01:00")
    duration_minutes = Whole("How long, where the service has several lengths.", 60, high=_DAY * 13)
    notes = Text("What the house should know.", "We bring our own cables.", longest=LONGEST_NOTES, load_default="")
    metadata = Metadata(metadata=said("Free facts of your own program.", {"crm_id": "4711"}), load_default=dict)
    answers = fields.List(
        fields.Nested(AnswerInput),
        metadata=said("What the service asks of who books it; a question that needs an answer is named otherwise."),
        validate=validate.Length(max=MOST_QUESTIONS, error=N_("Please answer each question once.")),
        load_default=list,
    )
    service_key = Line("The key out of the link of a private service.", None, longest=100, load_default="")
    booking_type = Line(
        "A word of your own for the kind of booking.", "workshop", longest=LONGEST_TYPE, load_default=""
    )
    participants = fields.List(
        fields.Nested(CompanionInput),
        metadata=said("Who comes along."),
        validate=validate.Length(max=MOST_COMPANIONS, error=N_("Please name up to 40 people.")),
        load_default=list,
    )
    coupon = Line("The code of a coupon, or of a gift card that fills the wallet.", "SPRING10", longest=_LONGEST_CODE,
                  load_default="")  # fmt: skip
    wallet = Flag("Pay from the wallet as far as it goes.", load_default=False)
    gateway = Line("Who collects the rest; without it the merchant's usual one.", "stripe", longest=40, load_default="")
    name = Line("Who books; of an account its own name otherwise.", "Miriam Okafor", longest=LONGEST_NAME)
    email = Email("Where the confirmation goes; needed of a guest, of an account its own otherwise.")
    phone = Line("For the house, if there are questions.", "+44 20 7946 0958", longest=30, load_default="")

    @validates_schema
    def one_wish(self, data: dict[str, Any], **_: Any) -> None:
        """One thing, with what belongs to it and nothing else."""
        things = [name for name in _NEEDED_FOR if name in data]
        if len(things) != 1:
            raise ValidationError(_ONE_THING, things[-1] if things else "room_id")
        thing = things[0]
        missing = {name: [_NEEDED] for name in _NEEDED_FOR[thing] if name not in data}
        belongs = {*_NEEDED_FOR[thing], *_MAY_HAVE[thing], thing}
        foreign = {
            name: [_NOT_FOR_THIS % {"thing": thing}] for name in _OF_A_WISH if name in data and name not in belongs
        }
        if missing or foreign:
            raise ValidationError(missing | foreign)
        if thing == "room_id" and data["end"] <= data["start"]:
            raise ValidationError(_BACKWARDS, "end")
        ids = [each["addon_id"] for each in data.get("addons", ())]
        if len(set(ids)) != len(ids):
            raise ValidationError(N_("Please name each extra once."), "addons")


class BookingsAsked(Paged):
    """Which of one's bookings."""

    status = Choice(BookingState, "Only those in this state.", "confirmed")


class MoveInput(Input):
    """Where a booking is to go: the same thing at another time, in another room, session or with another person."""

    rule = {"anyOf": [{"required": ["start"]}, {"required": ["session_id"]}], "dependentRequired": {"end": ["start"]}}
    start = Instant("The new start, of a room's hire or an appointment.", "2026-11-25T14:00:00+01:00")
    end = Instant("The new end, of a room's hire.", "2026-11-25T16:00:00+01:00")
    room_id = Whole("Another room of the house.", 8)
    session_id = Whole("Another session of the same service.", 13)
    facilitator_id = Whole("Another person who gives the same service.", 3)
    reason = Line("Why; kept with the booking.", "The train was cancelled.", longest=LONGEST_REASON, load_default="")
    version = Whole("The version that was read: another one is answered with 409.", 1)
    refund_to = Choice(
        (TO_ORIGINAL, TO_WALLET), "Where card money goes that comes back.", TO_ORIGINAL, load_default=TO_ORIGINAL
    )
    wallet = Flag("Pay a difference from the wallet as far as it goes.", load_default=False)
    gateway = Line("Who collects the rest of a difference.", "stripe", longest=40, load_default="")

    @validates_schema
    def somewhere(self, data: dict[str, Any], **_: Any) -> None:
        """A time or a session, and no end before its start."""
        if "session_id" not in data and "start" not in data:
            raise ValidationError(_NEEDED, "start")
        if "end" in data and ("start" not in data or data["end"] <= data["start"]):
            raise ValidationError(_BACKWARDS, "end")


class CancelInput(Input):
    """Why, and where card money goes."""

    reason = Line("Why. The house must say it: its customer reads it.", "Ill.", longest=LONGEST_REASON, load_default="")
    refund_to = Choice((TO_ORIGINAL, TO_WALLET), "Where card money goes; the last choice is remembered.", TO_ORIGINAL)


class LineSchema(Answer):
    """One priced part as it holds now."""

    kind = fields.String(metadata=said("base, rule, addon, discount or tax.", "base"))
    label = fields.String(metadata=said("What it is for.", "Linden"))
    unit = fields.String(metadata=said("What the quantity counts: hour, day, seat, piece; or nothing.", "hour"))
    quantity = fields.String(metadata=said("How many, exact.", "2"))
    unit_price = fields.Nested(MoneySchema)
    subtotal = fields.Nested(MoneySchema)
    addon_id = fields.Integer(allow_none=True, metadata=said("Of an extra."))


class CustomerSchema(Answer):
    """A person on a booking."""

    participant_id = fields.Integer(metadata=said("For `POST sessions/{id}/attendance`.", 21))
    role = fields.String(metadata=said("organiser or participant.", "organiser"))
    name = fields.String(metadata=said("What they are called.", "Miriam Okafor"))
    email = fields.String(
        allow_none=True, metadata=said("Null for whoever only comes along, and where none was given.")
    )
    attendance = fields.String(metadata=said("unknown, arrived, late or absent.", "unknown"))


class PlaceSchema(Answer):
    """Where a booking stood before or after it was moved."""

    starts_at = Moment("When it begins.")
    ends_at = Moment("When it ends.")
    title = fields.String(metadata=said("What it is.", "Linden"))
    place = fields.String(metadata=said("Where it is, empty online.", "Kastanienhof Mitte, Berlin"))
    room_id = fields.Integer(allow_none=True)
    session_id = fields.Integer(allow_none=True)
    facilitator_id = fields.Integer(allow_none=True)


class MoveSchema(Answer):
    """One row of the history of moves."""

    old = fields.Nested(PlaceSchema)
    new = fields.Nested(PlaceSchema)
    price_difference = fields.Nested(MoneySchema, metadata=said("Above zero: dearer."))
    refunded = fields.Nested(MoneySchema, metadata=said("What of a lower price came back."))
    by = fields.String(metadata=said("customer or merchant.", "customer"))
    at = Moment("When it was moved.", allow_none=True)
    reason = fields.String(metadata=said("Why, if it was said.", ""))


class BookingSchema(Answer):
    """A booking in a list."""

    ref = fields.String(metadata=said("The public code.", "B7K2QF"))
    kind = Choice(BookingKind, "room, session or appointment.", "room")
    status = Choice(BookingState, "How it stands.", "confirmed")
    payment_status = Choice(PAYMENT_STATUSES, "How its money stands.", "paid")
    title = fields.String(metadata=said("What is booked.", "Linden"))
    place = fields.String(metadata=said("Where, empty online.", "Kastanienhof Mitte, Berlin"))
    host = fields.String(metadata=said("With whom, empty without.", ""))
    merchant_id = fields.Integer()
    venue_id = fields.Integer(allow_none=True)
    room_id = fields.Integer(allow_none=True)
    session_id = fields.Integer(allow_none=True)
    service_id = fields.Integer(allow_none=True)
    facilitator_id = fields.Integer(allow_none=True)
    starts_at = Moment("When it begins, on the clock of the place.", "2026-11-24T14:00:00+01:00")
    ends_at = Moment("When it ends.", "2026-11-24T16:00:00+01:00")
    zone = fields.String(metadata=said("The IANA zone of the place.", "Europe/Berlin"))
    people = fields.Integer(metadata=said("People in the room, or seats.", 8))
    total = fields.Nested(MoneySchema, metadata=said("All of it, tax included."))
    created_at = Moment("When it was held.")
    hold_expires_at = Moment("While pending: until when it is held.", allow_none=True)


_BookingPage = page_of(BookingSchema)


class BookingPageSchema(_BookingPage):  # type: ignore[misc, valid-type]
    """A page of bookings, and how many there are in each state."""

    counts = fields.Dict(
        keys=Choice(BookingState),
        values=fields.Integer(),
        metadata=said("By status, over all pages.", {"confirmed": 3}),
    )


class BookingInFullSchema(BookingSchema):
    """One booking with everything about it."""

    name = fields.String(metadata=said("Who booked.", "Miriam Okafor"))
    email = fields.String(metadata=said("Where its mails go.", "miriam@example.org"))
    phone = fields.String(metadata=said("Empty if none was given.", ""))
    notes = fields.String(metadata=said("What the house should know.", ""))
    answers = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        metadata=said("What the service asked, in the words of then.", [{"question": "Allergies?", "answer": "Nuts"}]),
    )
    metadata = fields.Dict(keys=fields.String(), metadata=said("As it was given.", {"crm_id": "4711"}))
    booking_type = fields.String(metadata=said("As it was given.", "workshop"))
    version = fields.Integer(metadata=said("Send it along with a change, and nothing newer is overwritten.", 3))
    due_now = fields.Nested(MoneySchema, metadata=said("What has to be paid for it to be confirmed."))
    rest_due_at = Moment("Until when the rest is to be paid, with a deposit.", allow_none=True)
    confirmed_at = Moment("When it was confirmed.", allow_none=True)
    ended_at = Moment("When it was over, cancelled or let go.", allow_none=True)
    policy = fields.String(metadata=said("The cancellation terms in words.", "Standard: 75 % back if …"))
    lines = fields.List(fields.Nested(LineSchema), metadata=said("What it costs, part by part; the sum is the total."))
    customers = fields.List(fields.Nested(CustomerSchema), metadata=said("The people on it, the organiser first."))
    reschedule_history = fields.List(fields.Nested(MoveSchema), metadata=said("Every move, oldest first."))
    pending_move = fields.Nested(
        PlaceSchema, allow_none=True, metadata=said("A dearer time that is held until its difference is paid.")
    )
    payments = fields.List(fields.Nested(PaymentSchema), metadata=said("Every attempt to pay, oldest first."))


class BookedSchema(BookingInFullSchema):
    """A booking that was just made."""

    payment = fields.Nested(
        PaymentSchema, allow_none=True, metadata=said("Send its payer to `url`; null when nothing is to be paid.")
    )
    booking_token = fields.String(
        allow_none=True,
        metadata=said("For guests: the key to this booking, as in the link of its mail. Shown here only."),
    )


class MovedSchema(BookingInFullSchema):
    """A booking after it was moved, or while a dearer time waits to be paid."""

    payment = fields.Nested(
        PaymentSchema, allow_none=True, metadata=said("What is to be paid before it moves; null when it has moved.")
    )


class CancelledSchema(Answer):
    """What cancelling came to; asked again, the same."""

    ref = fields.String(metadata=said("The public code.", "B7K2QF"))
    status = Choice(BookingState, "How it stands now.", "cancelled")
    payment_status = Choice(PAYMENT_STATUSES, "How its money stands.", "partly_refunded")
    refund_amount = fields.Nested(MoneySchema, metadata=said("What goes back in all."))
    wallet_credited = fields.Nested(MoneySchema, metadata=said("What of it is in the wallet already."))
    cancellation_fee = fields.Nested(MoneySchema, metadata=said("What the house keeps."))
    refund_percent = fields.Integer(metadata=said("The share of the price that comes back.", 75))
    policy = fields.String(metadata=said("The terms it was cancelled by, in words.", "Standard: 75 % back if …"))
