"""The way into the desk."""

from __future__ import annotations

from flask import Response

from bookapp.catalog.states import Role
from bookapp.members.queries.beginning import not_selling_yet
from bookapp.values.errors import NotFound
from bookapp.web.areas import STAFF, area
from bookapp.web.hypermedia import redirect_to
from bookapp.web.security import current_actor

views = area("desk", __name__, audience=STAFF)


@views.get("/desk")
def enter() -> Response:
    """To the first section that is theirs: a facilitator's day, the owners' and admins' money, a manager's prices.

    Who hosts and runs things has the day first: it is what does not wait. An owner whose house cannot sell yet is led
    to what is missing.
    """
    actor = current_actor()
    roles = {grant.role for grant in actor.grants}
    if Role.FACILITATOR in roles:
        return redirect_to("/desk/day")
    if actor.is_admin:
        return redirect_to("/desk/money")
    if Role.OWNER in roles:
        beginner = not_selling_yet({grant.merchant_id for grant in actor.grants if grant.role == Role.OWNER})
        return redirect_to(f"/desk/beginning?merchant={beginner}" if beginner else "/desk/money")
    if Role.MANAGER in roles:
        return redirect_to("/desk/prices")
    raise NotFound
