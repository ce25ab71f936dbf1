"""Who can sign in to the demo world. Printed at start, and shown on the sign-in page in demo mode only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bookapp.catalog import actions as catalog
from bookapp.identity import actions as identity
from bookapp.identity.actor import SYSTEM
from bookapp.identity.models import User


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody to sign in as."""

    role: str
    name: str
    username: str
    password: str


_PEOPLE = (
    Account("customer", "Miriam Okafor", "miriam", "miriam-demo-1"),
    Account("customer", "Tom Lindqvist", "tom", "tom-demo-123"),
    Account("facilitator", "Dr. Priya Sharma", "priya", "priya123"),
    Account("facilitator", "Arjun Patel", "arjun", "arjun123"),
    Account("facilitator", "Kavya Reddy", "kavya", "kavya123"),
    Account("manager", "Karla Vogt", "karla", "karla-demo-1"),
    Account("owner", "Otto Kastan", "otto", "otto-demo-12"),
    Account("admin", "Ada Admin", "ada", "ada-demo-123"),
)
# What the supervisor prints and the sign-in page offers: (role, login, password).
ACCOUNTS = [(account.role, account.username, account.password) for account in _PEOPLE]

# Guests of the past, who gave the reviews; they have accounts, but nobody knows their passwords.
_REGULARS = (
    "Jana Pohl", "Samuel Ade", "Ines Marquez", "Peter Holm", "Yuki Tanaka", "Rosa Lehmann", "Daniel Cohen", "Mei Lin",
    "Olu Bankole", "Greta Sommer", "Ivan Petrov", "Clara Weiss", "Noah Evans", "Fatima Zahra", "Luca Bianchi",
    "Hanna Berg", "Tariq Aziz", "Eva Novak", "Ben Carter", "Sofia Rossi", "Max Huber", "Aisha Khan", "Leo Dubois",
    "Nina Falk",
)  # fmt: skip


def create_accounts(now: dt.datetime) -> dict[str, User]:
    """Make everybody; answers them by username, the regulars as regular-1, regular-2, …"""
    users = {
        account.username: identity.create_user(
            name=account.name,
            email=f"{account.username}@example.org",
            username=account.username,
            password=account.password,
            is_admin=account.role == "admin",
            now=now,
        )
        for account in _PEOPLE
    }
    for number, name in enumerate(_REGULARS, start=1):
        email = f"{name.lower().replace(' ', '.')}@example.org"
        users[f"regular-{number}"] = identity.create_user(name=name, email=email, now=now)
    return users


def regulars(users: dict[str, User]) -> list[User]:
    """Those who come often."""
    return [user for username, user in users.items() if username.startswith("regular-")]


def give_role(user: User, merchant_id: int, role: str, venue_id: int | None = None) -> None:
    """Let `user` work for a merchant."""
    catalog.grant_role(SYSTEM, user_id=user.id, merchant_id=merchant_id, role=role, venue_id=venue_id)
