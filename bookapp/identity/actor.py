"""Who is doing something: a frozen value that policies read. Carries no database object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at a merchant: `owner`, `manager` (of one venue when `venue_id` is set) or `facilitator`."""

    role: str
    merchant_id: int
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in user, a visitor (`visitor` is the hash of the browser session), or the system."""

    user_id: int | None = None
    name: str = ""
    email: str = ""
    email_verified: bool = False
    is_admin: bool = False
    grants: tuple[Grant, ...] = ()
    visitor: str | None = None
    # Bookings a mailed manage link opened in this browser: (ref, link version).
    links: tuple[tuple[str, int], ...] = ()
    kind: str = "visitor"
    # The admin who acts as this user; what is forbidden then is listed in app.py.
    impersonator_id: int | None = None
    has_second_factor: bool = False
    # An admin who has none, where the house asks for one: may do nothing before.
    must_add_factor: bool = False

    @property
    def is_signed_in(self) -> bool:
        """Whether there is an account behind this actor."""
        return self.user_id is not None

    def has_role(self, merchant_id: int, venue_id: int | None, *roles: str) -> bool:
        """Whether the actor holds one of `roles` at this merchant; a manager's grant may name one venue."""
        return any(
            grant.role in roles and grant.merchant_id == merchant_id and grant.venue_id in (None, venue_id)
            for grant in self.grants
        )

    @property
    def label(self) -> str:
        """How the audit trail names this actor: never a personal value."""
        return f"user:{self.user_id}" if self.user_id is not None else self.kind


ANONYMOUS = Actor()
SYSTEM = Actor(name="Bookapp", kind="system")
