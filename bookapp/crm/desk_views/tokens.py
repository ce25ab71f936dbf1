"""/desk/tokens: which programs may write into inboxes. Admins make tokens and revoke them."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.catalog.queries.terms import merchants_among
from bookapp.crm.actions.tokens import make_token, revoke_token
from bookapp.crm.desk_views.area import admin
from bookapp.crm.forms.tokens import EVERYBODY, TokenForm
from bookapp.crm.queries.tokens import all_tokens
from bookapp.infra import clock
from bookapp.infra.settings import public_url
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@admin.get("/desk/tokens")
def list_tokens() -> Response:
    """Every token, and the form for another."""
    return _page(_form(blank=True))


@admin.post("/desk/tokens")
def create_token() -> Response:
    """Make one and show it: here and never again."""
    form = _form()
    if not form.validate():
        return _page(form, status=422)
    token = make_token(
        current_actor(), name=form.name.data, merchant_id=form.merchant_id, key=form.idempotency_key.data
    )
    response = _page(_form(blank=True), made=(form.name.data, token), status=201)
    response.headers["Cache-Control"] = "no-store"
    return response


@admin.post("/desk/tokens/<int:token_id>/revocation")
def end_token(token_id: int) -> Response:
    """It opens nothing any more."""
    token = revoke_token(current_actor(), token_id, now=clock.now())
    flash(_("“%(name)s” is revoked: whoever uses it is refused from now on.", name=token.name))
    return redirect_to(url_for("crm_admin.list_tokens"))


def _form(*, blank: bool = False) -> TokenForm:
    form = TokenForm(formdata=None) if blank else TokenForm()
    form.merchant.choices = [
        (EVERYBODY, _("Everybody on the platform")),
        *((str(each.id), each.name) for each in merchants_among(None)),
    ]
    return form


def _page(form: TokenForm, *, made: tuple[str, str] | None = None, status: int = 200) -> Response:
    return page(
        "crm/desk/tokens/index.html", status=status, form=form, made=made, tokens=all_tokens(),
        door=public_url("/notify"),
    )  # fmt: skip
