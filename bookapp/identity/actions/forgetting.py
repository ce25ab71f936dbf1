"""What is dropped in time: links and tokens nobody can use, and sign-ins nobody can come back to."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, or_

from bookapp.identity import rules
from bookapp.identity.models import ApiToken, EmailLink, SignIn, SignInStep
from bookapp.infra.db import action, db

# Long enough to answer "why did this link not work?", and far beyond the window in which letters are counted.
KEPT = dt.timedelta(days=30)


@action
def forget_expired(*, now: dt.datetime) -> int:
    """Drop links and sign-ins that ended a month ago and more, tokens and steps that expired; returns how many."""
    links = db.session.scalars(delete(EmailLink).where(EmailLink.expires_at < now - KEPT).returning(EmailLink.id)).all()
    sign_ins = db.session.scalars(
        delete(SignIn)
        .where(or_(SignIn.ended_at < now - KEPT, SignIn.created_at < now - rules.SIGN_IN_LIFETIME - KEPT))
        .returning(SignIn.id)
    ).all()
    # A used refresh token is kept only to be noticed when it comes again, and it is good for a week at most.
    tokens = db.session.scalars(delete(ApiToken).where(ApiToken.expires_at < now).returning(ApiToken.id)).all()
    steps = db.session.scalars(delete(SignInStep).where(SignInStep.expires_at < now).returning(SignInStep.id)).all()
    return len(links) + len(sign_ins) + len(tokens) + len(steps)
