"""/desk/money/reconciliation: our books against the providers', what the last runs found, and a button to run now."""

from __future__ import annotations

from flask import Response, flash
from flask_babel import gettext as _

from bookapp.infra import clock
from bookapp.infra.settings import current_settings
from bookapp.payments import actions, policy, queries
from bookapp.payments.desk_views import telling
from bookapp.payments.desk_views.area import blueprint
from bookapp.payments.gateways import available
from bookapp.payments.queries import CaseFilter
from bookapp.payments.states import CaseKind
from bookapp.values.errors import NotFound
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/money/reconciliation")
def show_reconciliation() -> Response:
    """The differences that are open, and the last comparisons."""
    actor = current_actor()
    if not policy.may_reconcile(actor):
        raise NotFound
    found = queries.cases(actor, CaseFilter(kind=CaseKind.DIFFERENCE))
    return page(
        "payments/desk/reconciliation.html",
        rows=telling.rows(found),
        total=found.total,
        runs=[(run.at, telling.provider(run.subject.partition(":")[2]), run.facts) for run in queries.last_runs()],
        providers=[telling.provider(name) for name in available(current_settings())],
    )


@blueprint.post("/desk/money/reconciliation")
def start_reconciliation() -> Response:
    """Have a worker compare now; pressed twice it compares twice, which changes nothing."""
    actor = current_actor()
    if not policy.may_reconcile(actor):
        raise NotFound
    actions.ask_to_reconcile(actor, names=available(current_settings()), now=clock.now())
    flash(_("The comparison has begun. What it finds is here in a minute; load the page again."), "good")
    return redirect_to("/desk/money/reconciliation")
