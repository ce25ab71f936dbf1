"""Passwords at rest: Argon2id, checked in the same time whether or not there is an account behind them."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from bookapp.identity import rules

# OWASP's minimum for Argon2id (19 MiB, two passes, one lane): 15 to 30 ms here.
_MEMORY_KIB, _PASSES, _LANES = 19456, 2, 1
_hasher = PasswordHasher(memory_cost=_MEMORY_KIB, time_cost=_PASSES, parallelism=_LANES)


def _no_ones_hash() -> str:
    salt, digest = (base64.b64encode(bytes(length)).decode().rstrip("=") for length in (16, 32))
    return f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p={_LANES}${salt}${digest}"


# Of the same cost as everybody's, and of no password: unknown emails are checked against it.
_NO_ONE = _no_ones_hash()


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(rules.canonical_password(password))


def fits(password: str, stored: str | None) -> bool:
    """Whether `password` belongs to `stored`; None (nobody, or no password set) takes as long and never fits."""
    try:
        matches = _hasher.verify(stored or _NO_ONE, rules.canonical_password(password))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return matches and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether `stored` was made with other costs than today's and should be made again at the next sign-in."""
    return _hasher.check_needs_rehash(stored)


def problem(password: str, *, email: str) -> str | None:
    """Why `password` cannot be the password of the account with `email`, as a marked sentence; None when it can."""
    password = rules.canonical_password(password)
    return rules.password_problem(password, email=email, is_common=password.casefold() in common())


@cache
def common() -> frozenset[str]:
    """The passwords tried first by everybody who tries: words, names and keyboard walks with their usual endings."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text("utf-8").split())
