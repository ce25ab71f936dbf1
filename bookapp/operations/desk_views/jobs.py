"""/desk/jobs: the work that was promised and given up, and having it tried again."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, flash, request
from flask_babel import ngettext

from bookapp.infra import clock, queue
from bookapp.operations import actions, queries
from bookapp.operations.desk_views.area import blueprint
from bookapp.operations.forms import RetryForm
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000
_DEAD = "dead"


@blueprint.get("/desk/jobs")
def list_jobs() -> Response:
    """Rows of the outbox in one state, the newest first; those that were given up, unless asked otherwise."""
    return _page(RetryForm(formdata=None))


@blueprint.post("/desk/jobs/retry")
def retry_jobs() -> Response:
    """Make the chosen rows due again. One that somebody else has retried meanwhile is left alone."""
    form = RetryForm()
    if not form.validate():
        return _page(form, status=422)
    revived = actions.retry(current_actor(), form.row_ids, now=clock.now())
    queue.ring(form.row_ids)
    flash(ngettext("%(num)s job is due again.", "%(num)s jobs are due again.", revived))
    return redirect_to("/desk/jobs")


def _page(form: RetryForm, *, status: int = 200) -> Response:
    query = Query(request.args)
    state, name = query.choice("state", queries.STATES, _DEAD), query.text("name")
    number = query.integer("page", low=1, high=_MOST_PAGES) or 1
    here = urlencode({key: value for key, value in (("state", state), ("name", name)) if value})
    return page(
        "operations/desk/jobs.html",
        "rows",
        status=status,
        found=queries.outbox_page(state, name=name, page=number),
        state=state,
        name=name,
        names=[(one, one) for one in sorted(queue.job_names())],
        form=form,
        page_number=number,
        pages_url=f"/desk/jobs?{here}&page={{page}}",
    )
