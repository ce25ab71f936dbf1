"""/desk/money: what waits for a person, and each case with the whole story of its payment."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.booking.queries.desk import booking_at_desk
from bookapp.infra import clock
from bookapp.payments import actions, policy, queries
from bookapp.payments.desk_views import telling
from bookapp.payments.desk_views.area import blueprint
from bookapp.payments.forms import DecisionForm
from bookapp.payments.models import MoneyCase
from bookapp.payments.policy import Decision
from bookapp.payments.queries import CLOSED, OPEN, CaseFilter
from bookapp.payments.states import CaseKind
from bookapp.values.errors import NotFound, NotPossibleNow
from bookapp.values.money import Money
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_MOST = 10_000_000


@blueprint.get("/desk/money")
def list_cases() -> Response:
    """The queue, filtered by what the address says."""
    actor, query = current_actor(), Query(request.args)
    if not policy.may_see_cases(actor):
        raise NotFound
    wanted = CaseFilter(
        state=query.choice("state", (OPEN, CLOSED), OPEN),
        kind=query.choice("kind", tuple(CaseKind)),
        merchant_id=query.integer("merchant", low=1, high=_MOST),
        text=query.text("q"),
    )
    number = query.integer("page", low=1, high=_MOST) or 1
    found = queries.cases(actor, wanted, number)
    counts = queries.case_counts(actor)
    return page(
        "payments/desk/index.html",
        "queue",
        rows=telling.rows(found),
        found=found,
        wanted=wanted,
        kinds=[(kind, counts[kind]) for kind in CaseKind if counts.get(kind)],
        every_kind=[(kind.value, _(kind.label)) for kind in CaseKind],
        merchants=queries.case_merchants(actor),
        page_number=number,
        pages_url=_pages_url(wanted),
        may_reconcile=policy.may_reconcile(actor),
    )


@blueprint.get("/desk/money/cases/<int:case_id>")
def show_case(case_id: int) -> Response:
    """One case: what happened, to whose payment, and what can be done."""
    return _page(queries.case_by_id(case_id, visible_to_actor=current_actor()), DecisionForm())


@blueprint.post("/desk/money/cases/<int:case_id>/decision")
def decide_case(case_id: int) -> Response:
    """Send it again, put it into the wallet, pay it by hand, ask again, or close the case with a note."""
    actor, form = current_actor(), DecisionForm()
    case = queries.case_by_id(case_id, visible_to_actor=actor)
    if not form.validate():
        return _page(case, form, status=422)
    decision = Decision(form.decision.data)
    try:
        actions.decide(
            actor, case_id, decision, note=form.note.data, key=form.idempotency_key.data, now=clock.now()
        )  # fmt: skip
    except NotPossibleNow as refusal:
        return _page(queries.case_by_id(case_id, visible_to_actor=actor), form, refusal=refusal, status=409)
    flash(telling.after(decision), "good")
    return redirect_to(f"/desk/money/cases/{case_id}" if decision is Decision.ASK else "/desk/money")


def _page(case: MoneyCase, form: DecisionForm, *, refusal: NotPossibleNow | None = None, status: int = 200) -> Response:
    payment_id, refund = queries.payment_of_case(case), queries.refund_of_case(case)
    story = queries.story(payment_id) if payment_id else None
    booking = booking_at_desk(case.reference) if case.reference else None
    possible = policy.decisions(current_actor(), case, refund)
    if booking is not None and booking.is_guest:
        possible = [one for one in possible if one is not Decision.WALLET]
    return page(
        "payments/desk/case.html",
        status=status,
        case=case,
        kind=CaseKind(case.kind),
        told=telling.of_case(case),
        subject=telling.of_subject(case),
        story=story,
        events=telling.of_story(story) if story else [],
        disputes=[(one, Money(one.amount_minor, one.currency)) for one in story.disputes] if story else [],
        state_word=telling.of_state,
        provider=telling.provider,
        booking=booking,
        choices=[(one.value, *telling.of_decision(one)) for one in possible],
        form=form,
        refusal=_(refusal.sentence, **refusal.params) if refusal else "",
    )


def _pages_url(wanted: CaseFilter) -> str:
    given = {"state": wanted.state, "kind": wanted.kind, "merchant": wanted.merchant_id, "q": wanted.text}
    return f"/desk/money?{urlencode({name: value for name, value in given.items() if value})}&page={{page}}"
