"""One address, two answers: the page for a browser, its blocks for htmx."""

import pytest
from jinja2 import UndefinedError

from bookapp.web.hypermedia import page
from tests.support.client import HTMX


def test_a_browser_gets_the_page_and_htmx_the_block(browser_on):
    whole, part = browser_on.get("/try/page"), browser_on.htmx("/try/page")
    assert "<html" in whole.text and "<title>Kept mail" in whole.text
    assert part.text == "Kept mail"
    for answer in (whole, part):
        assert {"HX-Request", "HX-Request-Type"} <= set(answer.vary)


@pytest.mark.parametrize("headers", [{"HX-Request-Type": "full"}, {"HX-Request": "true"}])
def test_htmx_gets_the_page_where_it_wants_all_of_it(browser_on, headers):
    assert "<html" in browser_on.get("/try/page", headers=headers).text


def test_a_form_is_led_on_by_303_and_htmx_by_its_header(browser_on):
    token = browser_on.get("/try/token").text
    data = {"to": "https://checkout.example/pay", "csrf_token": token}
    form = browser_on.post("/try/redirect", data=data)
    assert (form.status_code, form.location) == (303, "https://checkout.example/pay")
    part = browser_on.post("/try/redirect", data=data, headers=HTMX)
    assert (part.status_code, part.headers["HX-Redirect"]) == (200, "https://checkout.example/pay")
    assert part.location is None


def test_a_name_that_is_not_there_is_an_error(site):
    with site.test_request_context(), pytest.raises(UndefinedError):
        page("operations/dev_mail/index.html")


def test_the_parts_are_there_for_a_block_rendered_alone(site):
    with site.app_context():
        template = site.jinja_env.from_string('{{ ui.icon("clock") }}')
        assert "#clock" in template.render()
