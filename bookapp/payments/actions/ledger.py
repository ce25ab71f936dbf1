"""The one place where money moves in our books: double entry, once per cause, append only (guarantees.md 11).

Accounts are hot rows (a merchant's receivable changes with every sale), so an action posts after it has locked
bookings and places: whoever waits for an account then holds nothing that its holder could want.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from bookapp.infra.db import action, db
from bookapp.payments.errors import WalletTooLow
from bookapp.payments.models import Account, LedgerEntry, Transfer
from bookapp.values.money import Money


@dataclass(frozen=True, slots=True)
class AccountOf:
    """Which account: of a user, a merchant, a gateway, or the platform's own. The currency is the amount's."""

    kind: str
    owner_id: int | None = None
    gateway: str = ""

    @classmethod
    def wallet(cls, user_id: int) -> AccountOf:
        """A customer's money, free to spend."""
        return cls("wallet", user_id)

    @classmethod
    def reserved(cls, user_id: int) -> AccountOf:
        """A customer's money that an open payment has taken aside."""
        return cls("reserved", user_id)

    @classmethod
    def receivable(cls, merchant_id: int) -> AccountOf:
        """What a merchant has earned and not been paid out."""
        return cls("receivable", merchant_id)

    @classmethod
    def clearing(cls, gateway: str) -> AccountOf:
        """What a provider holds for us; negative, as it is owed to others."""
        return cls("clearing", gateway=gateway)

    @classmethod
    def platform(cls) -> AccountOf:
        """The house's own."""
        return cls("platform")


@action
def post(
    kind: str,
    cause: str,
    amount: Money,
    source: AccountOf,
    target: AccountOf,
    *,
    now: dt.datetime,
    user_id: int | None = None,
    merchant_id: int | None = None,
    reference: str = "",
    note: str = "",
) -> bool:
    """Move `amount` from `source` to `target`, once per (kind, cause); False when it was posted before.

    `user_id` and `merchant_id` say in whose list it shows, `reference` which booking it is about. Raises WalletTooLow
    when a wallet would fall below zero, ValueError for an amount that is not positive.
    """
    transfer_id = _transfer(kind, cause, amount, "completed", now, user_id, merchant_id, reference, note)
    if transfer_id is None:
        return False
    _enter(transfer_id, "post", amount, source, target)
    return True


@action
def reserve(
    cause: str, amount: Money, user_id: int, *, now: dt.datetime, merchant_id: int | None = None, reference: str = ""
) -> bool:
    """Take `amount` of a wallet aside for an open payment, once per cause. Raises WalletTooLow."""
    transfer_id = _transfer("payment", cause, amount, "pending", now, user_id, merchant_id, reference, "")
    if transfer_id is None:
        return False
    _enter(transfer_id, "reserve", amount, AccountOf.wallet(user_id), AccountOf.reserved(user_id))
    return True


@action
def finish(cause: str, *, target: AccountOf | None, now: dt.datetime) -> bool:
    """End a reservation: its money goes to `target`, or with None back to the wallet. False when it had ended."""
    transfer = db.session.scalar(
        update(Transfer)
        .where(Transfer.kind == "payment", Transfer.cause == cause, Transfer.state == "pending")
        .values(state="completed" if target else "failed", finished_at=now)
        .returning(Transfer)
        .execution_options(populate_existing=True)
    )
    if transfer is None:
        return False
    user_id = transfer.user_id
    back = AccountOf.wallet(user_id)
    _enter(transfer.id, "capture" if target else "release", transfer.amount, AccountOf.reserved(user_id),
           target or back)  # fmt: skip
    return True


def _transfer(
    kind: str,
    cause: str,
    amount: Money,
    state: str,
    now: dt.datetime,
    user_id: int | None,
    merchant_id: int | None,
    reference: str,
    note: str,
) -> int | None:
    if amount.minor <= 0:
        raise ValueError("only a positive amount can move")
    return db.session.scalar(
        insert(Transfer)
        .values(
            kind=kind,
            cause=cause,
            state=state,
            amount_minor=amount.minor,
            currency=amount.currency,
            user_id=user_id,
            merchant_id=merchant_id,
            reference=reference,
            note=note,
            created_at=now,
            finished_at=now if state == "completed" else None,
        )
        .on_conflict_do_nothing(index_elements=["kind", "cause"])
        .returning(Transfer.id)
    )


def _enter(transfer_id: int, leg: str, amount: Money, source: AccountOf, target: AccountOf) -> None:
    """Write both entries and change both balances; the only code that does."""
    changes = {_account_id(source, amount.currency): -amount.minor, _account_id(target, amount.currency): amount.minor}
    # In the order of ids, so that two transfers between the same accounts never wait for each other in a circle.
    for account_id, minor in sorted(changes.items()):
        changed = db.session.scalar(
            update(Account)
            .where(
                Account.id == account_id,
                or_(Account.kind.not_in(("wallet", "reserved")), Account.balance_minor + minor >= 0),
            )
            .values(balance_minor=Account.balance_minor + minor)
            .returning(Account.id)
            .execution_options(synchronize_session=False)
        )
        if changed is None:
            raise WalletTooLow
        db.session.execute(
            insert(LedgerEntry).values(transfer_id=transfer_id, leg=leg, account_id=account_id, amount_minor=minor)
        )


def _account_id(wanted: AccountOf, currency: str) -> int:
    same = (
        Account.kind == wanted.kind,
        Account.owner_id.is_(None) if wanted.owner_id is None else Account.owner_id == wanted.owner_id,
        Account.gateway == wanted.gateway,
        Account.currency == currency,
    )
    known = db.session.scalar(select(Account.id).where(*same))
    if known is not None:
        return known
    db.session.execute(
        insert(Account)
        .values(kind=wanted.kind, owner_id=wanted.owner_id, gateway=wanted.gateway, currency=currency)
        .on_conflict_do_nothing(index_elements=["kind", "owner_id", "gateway", "currency"])
    )
    return db.session.scalars(select(Account.id).where(*same)).one()
