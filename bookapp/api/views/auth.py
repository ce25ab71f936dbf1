"""Opening an account, and the tokens of a program that acts for one."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext as _

from bookapp.api.errors import WrongLogin, WrongLoginCode
from bookapp.api.schemas import auth as schemas
from bookapp.api.views.area import ApiArea
from bookapp.api.views.bearer import current_bearer
from bookapp.api.views.keys import once
from bookapp.identity import actions
from bookapp.identity.errors import WrongCode, WrongSignIn
from bookapp.identity.rules import Scope
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.values.words import N_
from bookapp.web.areas import MACHINE, SIGNED_IN

views = ApiArea("auth", __name__, title=N_("Accounts"), about=N_("Open an account, sign a program in and out."))


@views.post("/auth/register", audience=MACHINE)
@limiter.limit(limits.SIGN_UP)
@views.arguments(schemas.RegisterInput)
@views.response(201, schemas.RegisteredSchema)
@views.idempotent
def register(asked: dict[str, Any], key: str) -> dict[str, Any]:
    """Open an account.

    We write to the email: the link in the letter proves that it is yours. One can sign in before, and what was booked
    as a guest joins the account afterwards. The answer is the same for an email that has an account.
    """

    def work() -> dict[str, Any]:
        actions.register(**asked, now=clock.now())
        return {"email": asked["email"]}

    return {
        "email": once(key, asked, work)["email"],
        "message": _("We have written to this address. Open the link in the letter to confirm it."),
    }


@views.post("/auth/login", audience=MACHINE)
@limiter.limit(limits.SIGN_IN)
@views.arguments(schemas.LoginInput)
@views.response(200, schemas.TokensSchema)
@views.alt_response(401, "PROBLEM_401")
@views.alt_response(403, "PROBLEM_403")
def login(asked: dict[str, Any]) -> dict[str, Any]:
    """Sign a program in.

    Answers an access token (30 minutes) and a refresh token (7 days, good once). A wrong login or password is 401
    without a word about which of the two it was. An account with a second factor needs its `code` as well, and says
    so (`second_factor_needed`) only after the right password.
    """
    try:
        issued = actions.issue_tokens(
            asked["login"],
            asked["password"],
            code=asked["code"],
            scopes=schemas.scopes_in(asked["scope"]),
            agent=request.user_agent.string,
            now=clock.now(),
        )
    except WrongSignIn:
        raise WrongLogin() from None
    except WrongCode:
        raise WrongLoginCode() from None
    return schemas.tokens(issued)


@views.post("/auth/refresh", audience=MACHINE)
@limiter.limit(limits.SIGN_IN)
@views.arguments(schemas.RefreshInput)
@views.response(200, schemas.TokensSchema)
@views.alt_response(401, "PROBLEM_401")
def refresh(asked: dict[str, Any]) -> dict[str, Any]:
    """Exchange a refresh token for the next pair of tokens.

    A refresh token is good once. One that comes a second time ends every token of this sign-in, because it is in two
    hands: sign in again then.
    """
    return schemas.tokens(actions.rotate_tokens(asked["refresh_token"], now=clock.now()))


@views.post("/auth/logout", audience=SIGNED_IN, scope=Scope.READ)
@views.response(204)
def logout() -> Response:
    """Sign this program out: its access and refresh tokens end."""
    bearer = current_bearer()
    actions.revoke_family(bearer.actor, bearer.family, now=clock.now())
    return Response(status=204)
