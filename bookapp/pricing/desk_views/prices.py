"""/desk/prices: the rules of a house in their order, and a form that shows next week's prices before it saves."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.catalog.models import Merchant
from bookapp.catalog.queries import venues_of_merchant
from bookapp.catalog.queries.terms import merchants_among, uses_of_terms
from bookapp.infra import clock
from bookapp.pricing import actions
from bookapp.pricing.desk_views.area import blueprint
from bookapp.pricing.desk_views.effects import effect, validity
from bookapp.pricing.desk_views.houses import house, houses
from bookapp.pricing.desk_views.preview import preview
from bookapp.pricing.errors import RuleChanged
from bookapp.pricing.forms.price_rules import RuleInput
from bookapp.pricing.models import PriceRule
from bookapp.pricing.policy import may_change_prices
from bookapp.pricing.queries import all_rules_of, price_rule_by_id, version_of_rule
from bookapp.pricing.rules.drafts import RuleDraft
from bookapp.pricing.states import RuleKind
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import Weekdays
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

LONGEST_PREVIEW = 14 * 24 * 60


@blueprint.get("/desk/prices")
def prices() -> Response:
    """Every rule of a house, in the order in which they count."""
    return _index(house(Query(request.args)))


@blueprint.get("/desk/prices/new")
def new_rule() -> Response:
    """An empty form for a kind of rule; without a kind, the choice of one."""
    query = Query(request.args)
    merchant = house(query, to_change=True)
    kind = query.choice("kind", list(RuleKind))
    if not kind:
        return page("pricing/desk/prices/kinds.html", merchant=merchant, kinds=list(RuleKind))
    return _form(merchant, RuleInput.new(RuleKind(kind), merchant.currency))


@blueprint.post("/desk/prices/new")
def create_rule() -> Response:
    """Write the rule down, or look at what it would do."""
    query = Query(request.form)
    merchant = house(query, to_change=True)
    kind = query.choice("kind", list(RuleKind))
    if not kind:
        raise NotFound
    given = RuleInput.read(request.form, RuleKind(kind), merchant.currency)
    if given.draft is None or request.form.get("act") == "preview":
        return _form(merchant, given)
    try:
        actions.create_price_rule(current_actor(), merchant.id, **_facts(given.draft))
    except NotValid as refusal:
        return _refused(merchant, given, refusal)
    flash(_("“%(name)s” counts from now on. What was booked before stays as it was.", name=given.text("name")))
    return redirect_to(url_for("pricing_desk.prices", merchant=merchant.slug))


@blueprint.get("/desk/prices/<int:rule_id>")
def edit_rule(rule_id: int) -> Response:
    """A rule, to be changed."""
    rule, merchant = _own(rule_id)
    return _form(merchant, RuleInput.of(rule, merchant.currency, version_of_rule(rule)), rule=rule)


@blueprint.post("/desk/prices/<int:rule_id>")
def change_rule(rule_id: int) -> Response:
    """Change it for bookings to come, or look at what that would do."""
    rule, merchant = _own(rule_id)
    currency = str(rule.parameters.get("currency", merchant.currency))
    given = RuleInput.read(request.form, RuleKind(rule.kind), currency)
    if given.draft is None or request.form.get("act") == "preview":
        return _form(merchant, given, rule=rule)
    try:
        actions.change_price_rule(current_actor(), rule_id, given.draft, version=given.version)
    except NotValid as refusal:
        return _refused(merchant, given, refusal, rule=rule)
    except RuleChanged as refusal:
        given.version = version_of_rule(price_rule_by_id(rule_id))
        return _form(merchant, given, rule=rule, stale=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Saved. What was booked before stays as it was."))
    return redirect_to(url_for("pricing_desk.prices", merchant=merchant.slug))


@blueprint.post("/desk/prices/<int:rule_id>/standing")
def change_standing(rule_id: int) -> Response:
    """Let a rule count earlier or later than its neighbour, switch it on or off, or take it away."""
    _rule, merchant = _own(rule_id)
    query, actor = Query(request.form), current_actor()
    act, version = query.choice("act", ("up", "down", "on", "off", "remove")), query.text("version")
    try:
        if act in ("up", "down"):
            actions.move_price_rule(actor, rule_id, up=act == "up", version=version)
        elif act == "remove":
            actions.remove_price_rule(actor, rule_id, version=version)
            flash(_("The rule is gone. What was booked before stays as it was."))
        elif act:
            actions.switch_price_rule(actor, rule_id, active=act == "on", version=version)
    except RuleChanged as refusal:
        return _index(merchant, stale=of_refusal(refusal).sentence, status=refusal.status)
    return redirect_to(url_for("pricing_desk.prices", merchant=merchant.slug))


def _own(rule_id: int) -> tuple[PriceRule, Merchant]:
    """The rule and its house, for those who may change it; for all others there is no such thing."""
    rule = price_rule_by_id(rule_id)
    if not may_change_prices(current_actor(), rule.merchant_id):
        raise NotFound
    return rule, merchants_among([rule.merchant_id])[0]


def _index(merchant: Merchant, *, stale: str = "", status: int = 200) -> Response:
    places = dict(_scopes(merchant))
    rows = [
        {
            "rule": rule,
            "kind": RuleKind(rule.kind).label,
            "effect": effect(rule),
            "scope": places.get(_scope(rule), ""),
            "validity": validity(rule),
            "version": version_of_rule(rule),
        }
        for rule in all_rules_of(merchant.id)
    ]
    return page(
        "pricing/desk/prices/index.html",
        status=status,
        merchant=merchant,
        houses=[(each.slug, each.name) for each in houses()],
        rows=rows,
        may_change=may_change_prices(current_actor(), merchant.id),
        stale=stale,
    )


def _form(
    merchant: Merchant, given: RuleInput, *, rule: PriceRule | None = None, stale: str = "", status: int = 0
) -> Response:
    query = Query(request.values)
    shown = None
    if given.draft is not None:
        shown = preview(
            merchant,
            given.draft,
            rule_id=rule.id if rule else None,
            target=query.text("target"),
            minutes=query.integer("minutes", low=1, high=LONGEST_PREVIEW),
            now=clock.now(),
        )
    return page(
        "pricing/desk/prices/form.html",
        "preview",
        status=status or (422 if given.errors else 200),
        merchant=merchant,
        given=given,
        rule=rule,
        stands=f"{rule.name}: {effect(rule)}" if rule else "",
        stale=stale,
        scopes=_scopes(merchant),
        days=[(day, filters.weekdays(Weekdays((day,)))) for day in range(7)],
        shown=shown,
    )


def _refused(merchant: Merchant, given: RuleInput, refusal: NotValid, *, rule: PriceRule | None = None) -> Response:
    given.refuse(of_refusal(refusal).fields)
    return _form(merchant, given, rule=rule, status=refusal.status)


def _scopes(merchant: Merchant) -> list[tuple[str, str]]:
    """What a rule can be about: (as in the form, words)."""
    venues = [(f"venue-{venue.id}", venue.name) for venue in venues_of_merchant(merchant.id)]
    uses = [(use.field, f"{use.name}, {use.place}" if use.place else use.name) for use in uses_of_terms(merchant.id)]
    return [("", _("Everything")), *venues, *uses]


def _scope(rule: PriceRule) -> str:
    for what in ("venue", "room", "service"):
        if (number := getattr(rule, f"{what}_id")) is not None:
            return f"{what}-{number}"
    return ""


def _facts(draft: RuleDraft) -> dict[str, object]:
    return {name: getattr(draft, name) for name in draft.__dataclass_fields__}
