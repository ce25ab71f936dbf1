"""Gift cards: money that waits for somebody's wallet, behind a code that is shown once and kept as a hash."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import or_, select, update

from bookapp.audit.actions import record
from bookapp.catalog.policy import may_run_merchant, may_run_platform
from bookapp.identity.actor import Actor
from bookapp.infra import idempotency
from bookapp.infra.db import action, db
from bookapp.payments.actions import ledger
from bookapp.payments.actions.ledger import AccountOf
from bookapp.payments.errors import GiftCardRefused
from bookapp.payments.models import GiftCard
from bookapp.payments.queries import gift_card_by_code
from bookapp.payments.queries.gifts import code_hash
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.money import Money
from bookapp.values.words import N_

# No I, L, O, 0, 1: a code is typed from a card. 16 of 31 characters are not to be guessed.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 16
_GROUP = 4


@action
def issue_gift_card(
    actor: Actor,
    merchant_id: int | None,
    amount: Money,
    *,
    expires_at: dt.datetime | None,
    now: dt.datetime,
    key: str = "",
) -> tuple[GiftCard, str]:
    """Issue a card that `merchant_id` pays for, or the platform for None. Answers it with its code, for the only time.

    The same form sent twice issues one (`key`); the second answer has "" for the code, which nobody knows any more.
    Raises NotAllowed or NotValid.
    """
    if not (may_run_platform(actor) if merchant_id is None else may_run_merchant(actor, merchant_id)):
        raise NotAllowed
    scope = f"gift_card:{actor.label}"
    if key:
        said = idempotency.fingerprint(merchant=merchant_id, amount=repr(amount), expires_at=expires_at)
        stored = idempotency.claim(scope, key, said)
        if stored is not None:
            return db.session.get_one(GiftCard, stored["id"]), ""
    problems: dict[str, str] = {}
    if amount.minor <= 0:
        problems["amount"] = N_("Give an amount above zero.")
    if expires_at is not None and expires_at <= now:
        problems["expires_on"] = N_("A card that is over already is no present.")
    if problems:
        raise NotValid(problems)
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    card = GiftCard(
        code_hash=code_hash(plain),
        hint=plain[-_GROUP:],
        merchant_id=merchant_id,
        amount_minor=amount.minor,
        currency=amount.currency,
        expires_at=expires_at,
        issued_by=actor.label,
        created_at=now,
    )
    db.session.add(card)
    db.session.flush()
    record(actor, "gift_card.issued", f"gift_card:{card.id}",
           {"amount_minor": amount.minor, "currency": amount.currency, "merchant": merchant_id})  # fmt: skip
    if key:
        idempotency.keep(scope, key, {"id": card.id})
    return card, "-".join(plain[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


@action
def redeem_gift_card(actor: Actor, typed: str, *, now: dt.datetime) -> GiftCard:
    """Put a card's money into the wallet of who is signed in, once. Redeeming one's own card again changes nothing.

    Raises NotAllowed without an account, or GiftCardRefused when it is unknown, over, or somebody else's by now.
    """
    if actor.user_id is None:
        raise NotAllowed
    card_id = db.session.scalar(
        update(GiftCard)
        .where(
            GiftCard.code_hash == code_hash(typed),
            GiftCard.redeemed_at.is_(None),
            or_(GiftCard.expires_at.is_(None), GiftCard.expires_at > now),
        )
        .values(redeemed_by=actor.user_id, redeemed_at=now)
        .returning(GiftCard.id)
        .execution_options(synchronize_session=False)
    )
    card = gift_card_by_code(typed)
    if card is None:
        raise GiftCardRefused(N_("We do not know this code. Please check it letter by letter."))
    if card_id is None:
        if card.redeemed_by == actor.user_id:
            return card
        if card.redeemed_by is not None:
            raise GiftCardRefused(N_("This gift card has been redeemed already."))
        raise GiftCardRefused(N_("This gift card is no longer valid."))
    issuer = AccountOf.platform() if card.merchant_id is None else AccountOf.receivable(card.merchant_id)
    ledger.post(
        "credit",
        f"gift_card:{card.id}",
        card.amount,
        issuer,
        AccountOf.wallet(actor.user_id),
        now=now,
        user_id=actor.user_id,
        merchant_id=card.merchant_id,
        note=f"gift_card:{card.hint}",
    )
    record(actor, "gift_card.redeemed", f"gift_card:{card.id}", {"amount_minor": card.amount_minor})
    return card


@action
def void_gift_card(actor: Actor, card_id: int, *, now: dt.datetime) -> GiftCard:
    """A lost card can no longer be redeemed; one that was redeemed stays so. Raises NotFound or NotAllowed."""
    card: GiftCard | None = db.session.scalar(
        select(GiftCard).where(GiftCard.id == card_id).with_for_update().execution_options(populate_existing=True)
    )
    if card is None:
        raise NotFound
    if not (may_run_platform(actor) if card.merchant_id is None else may_run_merchant(actor, card.merchant_id)):
        raise NotAllowed
    if card.redeemed_at is None and (card.expires_at is None or card.expires_at > now):
        card.expires_at = now
        record(actor, "gift_card.voided", f"gift_card:{card_id}")
    return card
