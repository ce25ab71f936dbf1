"""A small world for the matrix of routes and roles: one house, its people, their customers, and others like them."""

from __future__ import annotations

import contextvars
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any, TypeVar

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, func, select
from werkzeug.test import TestResponse

from bookapp.booking.actions import begin_bulk, issue_papers
from bookapp.booking.models import Participant
from bookapp.booking.queries.links import manage_token
from bookapp.booking.rules import SeatWish
from bookapp.booking.rules.bulk import Act
from bookapp.catalog.actions import add_photo, create_terms, grant_role
from bookapp.catalog.models import Merchant
from bookapp.catalog.rules.terms import STANDARD
from bookapp.crm.actions.clients import add_note
from bookapp.crm.actions.feeds import make_feed
from bookapp.crm.actions.inbox import store
from bookapp.crm.actions.tokens import make_token
from bookapp.crm.models import NotifyToken
from bookapp.crm.queries.feeds import HOSTING
from bookapp.crm.rules.notify import Notice, Sender
from bookapp.identity.actions import links, sign_ins
from bookapp.identity.actions.tokens import open_family
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import ApiToken, AuthenticatorApp, Passkey, SignIn, User
from bookapp.identity.queries import APP_SECRET
from bookapp.identity.rules import Purpose, Scope
from bookapp.infra import clock, mail, storage
from bookapp.infra.db import db
from bookapp.infra.sealing import seal
from bookapp.infra.settings import current_settings
from bookapp.members.actions import apply, invite
from bookapp.members.actions.applications import Wish
from bookapp.members.rules import Post
from bookapp.notifications.models import MessageRecord
from bookapp.payments.actions.cases import open_case
from bookapp.payments.actions.gifts import issue_gift_card
from bookapp.payments.actions.papers import credit
from bookapp.payments.actions.refunding import note_refund, refund
from bookapp.payments.models import Payment, SandboxCharge, Statement, WebhookEvent
from bookapp.pricing.actions import create_price_rule
from bookapp.pricing.actions.codes import CouponDraft, create_coupon
from bookapp.pricing.actions.deposits import set_deposit
from bookapp.pricing.rules.deposits import Deposit
from bookapp.pricing.states import RuleKind
from bookapp.scheduling.actions.hours import add_closure
from bookapp.values.money import Money
from bookapp.values.timespan import Span
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_session, a_user, a_venue, actor_of, an_addon
from tests.builders.booking import a_booking, a_hold, a_wish, always_open

# Who asks, in the order of the columns in matrix.py.
PEOPLE = (
    "nobody",
    "customer A", "customer B",
    "facilitator A", "facilitator B",
    "manager here", "manager elsewhere",
    "owner here", "owner elsewhere",
    "admin",
    "disabled",
)  # fmt: skip
_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
_NEVER = {"int": "987654", "uuid": "00000000-0000-4000-8000-000000000000"}
_WRITE = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM) \w+")

API = "/api/v1/"
Answer = TypeVar("Answer")


class World:
    """Everything the matrix needs, made once. `facts` fill the placeholders of routes and forms.

    A key is a placeholder's name, or "/first/part name" where it stands for something else in those routes.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._cookies: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self.facts: dict[str, Any] = {}
        now = clock.now()
        people = {name: a_user() for name in PEOPLE[1:]}
        self._people = people
        house, elsewhere = a_merchant(), a_merchant()
        house.goodwill_limit_minor = 5000
        self._places(house, people, now)
        self._roles(house, elsewhere, people, now)
        self._bookings(people, now)
        self._money(house, now)
        self._letters(people["customer A"], now)
        self._news(now)
        self._members(house, people, now)
        db.session.commit()

    def path(self, rule: str) -> str:
        """A route with the things of this world in place of its placeholders."""
        return _PLACE.sub(lambda found: str(self._fact(rule, found[2])), rule)

    def ask(self, person: str, method: str, path: str, form: str = "", *, token: str | None = None) -> TestResponse:
        """What a browser of `person`, or a program with their token, is answered. Nothing it changes lasts.

        `form` is written `merchant={house} act=off`; of a GET it is the query. A program may show another `token`, or
        with "" none, and then it has only the cookie.
        """
        fields = {
            name: value.format_map(self.facts) for name, _is, value in (one.partition("=") for one in form.split())
        }
        client = self.visitor()
        sent: dict[str, Any] = {"query_string": fields} if method == "GET" else {"data": fields}
        if path.startswith(API):
            # A program shows a token and sends JSON; the cookie is there all the same, and must not count.
            sent = sent if method == "GET" else {"json": {name: _value(text) for name, text in fields.items()}}
            headers = self.bearer(person) if token is None else {"Authorization": f"Bearer {token}"} if token else {}
            sent |= {"headers": headers}
        if person in self._cookies:
            client.set_cookie(self._app.config["SESSION_COOKIE_NAME"], self._cookies[person])
        return self.undone(lambda: client.open(path, method=method, **sent))

    def other_tokens(self, person: str) -> dict[str, str]:
        """Tokens that are less than an access token for everything: of one scope, to refresh with, of another door."""
        user, now = self._people[person], clock.now()
        pairs = {scope: open_family(user, (scope,), agent="", now=now) for scope in Scope}
        db.session.commit()
        return {scope.value: pair.access_token for scope, pair in pairs.items()} | {
            "refresh": pairs[Scope.READ].refresh_token,
            "notify": make_token(SYSTEM, name=f"Of {person}", merchant_id=None, key=person),
        }

    def bearer(self, person: str) -> dict[str, str]:
        """What a program of `person` shows; nobody shows nothing."""
        return {"Authorization": f"Bearer {self._tokens[person]}"} if person in self._tokens else {}

    def visitor(self) -> FlaskClient:
        """Somebody without a cookie."""
        return FlaskClient(self._app, self._app.response_class)

    def undone(self, call: Callable[[], Answer]) -> Answer:
        """What a call is answered, in a context of its own; nothing it changes lasts."""
        before = db.engine.begin_nested()
        try:
            return contextvars.Context().run(call)
        finally:
            before.rollback()

    def _fact(self, rule: str, name: str) -> Any:
        special = (key for key in self.facts if key.endswith(f" {name}") and rule.startswith(key.split()[0]))
        return self.facts[next(special, name)]

    def _places(self, house: Merchant, people: dict[str, User], now: dt.datetime) -> None:
        venue, other_venue = a_venue(house), a_venue(house)
        always_open(venue)
        room = a_room(venue)
        host = a_facilitator(house, user_id=people["facilitator A"].id)
        a_facilitator(house, user_id=people["facilitator B"].id)
        service = a_service(house, hosts=[host], rooms=[room])
        a_service(house, kind="appointment", hosts=[host], online=True)
        start = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=7)
        session = a_session(service, starts_at=start, room=room, facilitator=host)
        closed = Span(start - dt.timedelta(days=1), start)
        closure = add_closure(actor_of(people["facilitator A"]), closed, facilitator_id=host.id)
        self._venue, self._other_venue, self._room, self._start, self._session = (
            venue,
            other_venue,
            room,
            start,
            session,
        )
        self.facts |= {
            "house": house.slug,
            "/at slug": house.slug,
            "/venues slug": venue.slug,
            "/rooms slug": room.slug,
            "/services slug": service.slug,
            "/people slug": host.slug,
            "room_slug": room.slug,
            "session_id": session.id,
            "/desk/day key": f"session:{session.id}",
            "host": host.slug,
            "service_id": service.id,
            "addon_id": an_addon(venue).id,
            "closure_id": closure.id,
            "room": room.id,
            "venue_id": venue.id,
            "venue_slug": venue.slug,
            "facilitator_id": host.id,
            "price": '{"amount":"10.00","currency":"EUR"}',
            "room_id": room.id,
            "filename": "css/tokens.css",
            "/uploads name": _an_upload(),
            "/desk/photos kind": "room",
            "thing_id": room.id,
            "photo_id": add_photo(SYSTEM, room, path="scenes/hall.svg", alt="A hall").id,
            "gateway_name": "sandbox",
        }

    def _roles(self, house: Merchant, elsewhere: Merchant, people: dict[str, User], now: dt.datetime) -> None:
        for name, merchant, role, venue in (
            ("facilitator A", house, "facilitator", None),
            ("facilitator B", house, "facilitator", None),
            ("manager here", house, "manager", self._venue),
            ("manager elsewhere", house, "manager", self._other_venue),
            ("owner here", house, "owner", None),
            ("owner elsewhere", elsewhere, "owner", None),
            ("disabled", house, "owner", None),
        ):
            venue_id = venue.id if venue else None
            grant_role(SYSTEM, user_id=people[name].id, merchant_id=merchant.id, role=role, venue_id=venue_id)
        people["admin"].is_admin = True
        writer = self._app.session_interface.get_signing_serializer(self._app)
        for name, user in people.items():
            token = sign_ins.open_sign_in(user, agent="", now=now)
            self._cookies[name] = writer.dumps({"_user_id": token, "_fresh": True, "_permanent": True})
            self._tokens[name] = open_family(user, tuple(Scope), agent="", now=now).access_token
        people["disabled"].disabled_at = now
        self._factors(people["customer A"], now)
        whose = SignIn.user_id == people["customer A"].id
        theirs = ApiToken.user_id == people["customer A"].id
        self.facts["family"] = db.session.scalar(select(ApiToken.family).where(theirs).limit(1))
        self.facts["sign_in_id"] = db.session.scalar(select(func.max(SignIn.id)).where(whose))

    def _factors(self, user: User, now: dt.datetime) -> None:
        """A passkey in use, an app that is being set up."""
        key = Passkey(
            user_id=user.id, name="Phone", credential_id=b"id", public_key=b"key", sign_count=0, transports=[]
        )
        db.session.add_all(
            [key, AuthenticatorApp(user_id=user.id, secret=seal(pyotp.random_base32(), APP_SECRET), created_at=now)]
        )
        user.second_factor_at = now
        db.session.flush()
        self.facts |= {"passkey_id": key.id, "act": "codes", "/account/security/proof/<act>/ act": "passkey"}

    def _bookings(self, people: dict[str, User], now: dt.datetime) -> None:
        customer = actor_of(people["customer A"])
        booked = a_booking(SeatWish(self._session.id), actor=customer, now=now, email=customer.email)
        held = a_hold(a_wish(self._room, start=self._start + dt.timedelta(days=1)), actor=customer, now=now)
        payment = db.session.scalars(select(Payment).where(Payment.reference == booked.ref)).one()
        charge = db.session.scalars(select(SandboxCharge)).first()
        assert charge is not None
        issue_papers(booked.ref, now=now)
        credit(booked.ref, Money(100, "EUR"), cause="refund:1", why="refund", now=now)
        self.facts |= {
            "ref": booked.ref,
            "/checkout ref": held.ref,
            "participant_id": db.session.scalars(
                select(Participant.id).where(Participant.booking_id == booked.id)
            ).first(),
            "/manage token": manage_token(booked),
            "key": payment.key,
            "charge_id": charge.id,
            "number": 1,
            "/feeds token": make_feed(actor_of(people["facilitator A"]), HOSTING, now=now),
            "client_id": people["customer A"].id,
            "event_id": self._webhook(),
            "refund_id": self._failed_refund(payment, now),
            "bulk_id": begin_bulk(
                actor_of(people["owner here"]), Act.MESSAGE, [booked.ref], reason="Hello", key="world-act", now=now
            ).id,
            "user_id": people["customer B"].id,
            "closure_id": add_closure(
                SYSTEM, a_wish(self._room, start=self._start).span, facilitator_id=self._session.facilitator_id
            ).id,
            "/desk/closures closure_id": add_closure(
                SYSTEM, a_wish(self._room, start=self._start).span, room_id=self._room.id
            ).id,
            "note_id": add_note(
                actor_of(people["facilitator A"]), people["customer A"].id, "Slowly", key="a-note", now=now
            ),
        }

    def _webhook(self) -> int:
        event = WebhookEvent(gateway="sandbox", event_id="evt_1", kind="tried", payload={})
        db.session.add(event)
        db.session.flush()
        return event.id

    def _failed_refund(self, payment: Payment, now: dt.datetime) -> int:
        promise = refund(payment.id, Money(100, "EUR"), cause="tried", now=now)
        note_refund(promise.id, "failed", now=now)
        return promise.id

    def _money(self, house: Merchant, now: dt.datetime) -> None:
        month = now.date().replace(day=1) - dt.timedelta(days=1)
        facts = {"merchant": {"name": house.name, "lines": []}, "sections": {}, "movements": 0}
        statement = Statement(
            merchant_id=house.id,
            month=month.replace(day=1),
            currency="EUR",
            opening_minor=0,
            closing_minor=0,
            facts=facts,
        )
        db.session.add(statement)
        card, _code = issue_gift_card(SYSTEM, house.id, Money(1000, "EUR"), expires_at=None, now=now)
        rule = create_price_rule(SYSTEM, house.id, kind=RuleKind.WEEKEND, name="Weekend", parameters={"percent": 10})
        self.facts |= {
            "statement_id": statement.id,
            "case_id": open_case(
                "rest_unpaid", "booking:1", reference=self.facts["ref"], merchant_id=house.id, now=now
            ),
            "card_id": card.id,
            "coupon_id": create_coupon(SYSTEM, house.id, CouponDraft("WINTER", percent=10)).id,
            "/desk/codes/deposits rule_id": set_deposit(SYSTEM, house.id, Deposit(percent=30)).id,
            "rule_id": rule.id,
            "terms_id": create_terms(SYSTEM, house.id, name="Ours", tiers=STANDARD).id,
        }

    def _news(self, now: dt.datetime) -> None:
        make_token(SYSTEM, name="Kiosk", merchant_id=None, key="world")
        self.facts["notify_tokens"] = {
            "any house": make_token(SYSTEM, name="All", merchant_id=None, key="all"),
            "this house": make_token(SYSTEM, name="Here", merchant_id=self._session.merchant_id, key="here"),
            "another house": make_token(SYSTEM, name="There", merchant_id=a_merchant().id, key="there"),
        }
        self.facts["token_id"] = db.session.scalars(select(NotifyToken.id).where(NotifyToken.name == "Kiosk")).one()
        news = Notice(1, "Bhavin", "Yoga", self._session.facilitator_id)
        self.facts["notification_id"] = store(Sender(), news, key=None, now=now)[0].id

    def _members(self, house: Merchant, people: dict[str, User], now: dt.datetime) -> None:
        invitation = invite(
            SYSTEM, house.id, Post("manager"), email="invited@example.org", now=now - dt.timedelta(days=1)
        )
        letter = db.session.scalars(select(MessageRecord).where(MessageRecord.recipient == invitation.email)).one()
        wish = Wish(name="Loft", about="Rooms", city="Berlin", country="DE", currency="EUR", zone="Europe/Berlin")
        self.facts |= {
            "invitation_id": invitation.id,
            "/invitations token": re.findall(r"/invitations/(\S+)", letter.text)[0],
            "/desk/members user_id": people["manager here"].id,
            "merchant_id": house.id,
            "application_id": apply(actor_of(people["customer A"]), wish, now=now).id,
        }

    def _letters(self, customer: User, now: dt.datetime) -> None:
        for path, purpose, email in (
            ("/email/verify", Purpose.VERIFY, customer.email),
            ("/email/change", Purpose.CHANGE, "new@example.org"),
            ("/password/reset", Purpose.RESET, customer.email),
        ):
            self.facts[f"{path} token"] = links.issue(customer, purpose, email, now=now)[1]
        letter = EmailMessage()
        letter.set_content("Hello")
        letter.add_attachment("BEGIN:VCALENDAR", filename="booking.ics")
        self.facts["/dev/mail name"] = mail.keep(letter, mail.mail_folder(current_settings())).stem
        self.facts["/dev/mail number"] = 0


def _an_upload() -> str:
    """The name of a file in the storage."""
    (name, *_others) = storage.files_of(storage.address_of(storage.new_name()))
    storage.put(name, b"RIFF")
    return name


def _value(text: str) -> Any:
    """A number or an object where it reads as one."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def path_to_nothing(rule: str) -> str:
    """The same route about things that never were."""
    return _PLACE.sub(lambda found: _NEVER.get(found[1], "B7K2QF"), rule)


@contextmanager
def lasting_writes() -> Iterator[list[str]]:
    """The statements that changed rows meanwhile, without those that were rolled back at once."""
    kept: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("ROLLBACK"):
            kept.clear()
        elif found := _WRITE.search(statement):
            kept.append(found[0])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield kept
    finally:
        event.remove(Engine, "before_cursor_execute", note)
