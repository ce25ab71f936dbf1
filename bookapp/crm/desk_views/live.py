"""/desk/live: the stream every page of the desk listens to."""

from __future__ import annotations

from flask import Response

from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.queries.inbox import facilitator_id_of
from bookapp.infra import live
from bookapp.web.security import current_actor


@blueprint.get("/desk/live")
def listen() -> Response:
    """Events for one's own account, and for those who host: what concerns their day and their inbox."""
    actor = current_actor()
    facilitator_id = facilitator_id_of(actor.user_id)
    own = [] if facilitator_id is None else [f"facilitator:{facilitator_id}"]
    return live.answer(f"user:{actor.user_id}", *own)
