"""A program that uses the API."""

from __future__ import annotations

from functools import cache
from typing import Any

from werkzeug.test import TestResponse

from bookapp.identity import actions
from bookapp.identity.models import User
from bookapp.identity.passwords import hashed
from bookapp.identity.rules import Scope
from bookapp.infra import clock
from tests.builders import a_user
from tests.support.client import Client

PASSWORD = "quiet lake at noon"
_hash = cache(lambda: hashed(PASSWORD))


def an_account(**facts: Any) -> User:
    """Somebody who signs in with PASSWORD."""
    return a_user(**({"password_hash": _hash()} | facts))


class Program:
    """Calls /api/v1 with the tokens of `user`, or as nobody in particular."""

    def __init__(self, client: Client, user: User | None = None, *scopes: Scope) -> None:
        self.client, self.user = client, user
        self.token = ""
        if user is not None:
            issued = actions.issue_tokens(
                user.email, PASSWORD, scopes=scopes or tuple(Scope), agent="test", now=clock.now()
            )
            self.token = issued.access_token

    def call(self, method: str, path: str, *, key: str | None = None, **kwargs: Any) -> TestResponse:
        """`path` below /api/v1; an answer that is no success is problem+json and nothing else."""
        headers = kwargs.pop("headers", {})
        headers |= {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        answer = self.client.open(f"/api/v1/{path}", method=method, headers=headers, **kwargs)
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json"
            assert answer.json["status"] == answer.status_code < 500, answer.text
            assert answer.json["title"] and answer.json["detail"] and answer.json["code"]
        return answer

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """GET."""
        return self.call("GET", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> TestResponse:
        """PUT."""
        return self.call("PUT", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        """POST."""
        return self.call("POST", path, **kwargs)
