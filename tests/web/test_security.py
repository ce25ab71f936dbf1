"""Sessions, CSRF, headers, and where nobody is sent."""

import pytest
from flask import request

from bookapp.web.security import current_actor, local_path


@pytest.mark.parametrize(
    "url", ["/", "/rooms/linden?day=2026-11-24&people=2", "/a//b", "/%2F%2Fevil.example", "/search?next=https://evil"]
)
def test_a_local_path_is_kept(url):
    assert local_path(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None, "", "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)", "/\tevil", "/a\r\nSet-Cookie: x=1", " /x", "evil.example", "http:/evil", "http://[",
        "/" + "x" * 2001, "/\x00",
    ],
)  # fmt: skip
def test_anywhere_else_is_not(url):
    assert local_path(url, "/home") == "/home"


def post(client, path, **data):
    return client.post(path, data=data | {"csrf_token": client.get("/try/token").text})


def test_a_form_without_the_token_is_refused(browser_on):
    assert browser_on.post("/try/post", data={"name": "x"}).status_code == 400
    assert browser_on.post("/try/post", data={"name": "x", "csrf_token": "made-up"}).status_code == 400
    assert post(browser_on, "/try/post", name="x").text == "x"


def test_the_token_may_come_in_a_header(browser_on):
    token = browser_on.get("/try/token").text
    answer = browser_on.post("/try/post", data={"name": "x"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_programs_need_no_token(browser_on):
    assert browser_on.post("/try/machine").status_code == 200


def test_the_cookie_is_for_us_alone(make_site):
    plain = make_site().test_client().get("/try/token").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    secure = make_site(PUBLIC_BASE_URL="https://book.example.org").test_client()
    cookie = secure.get("/try/token", base_url="https://book.example.org").headers["Set-Cookie"]
    assert cookie.startswith("__Host-") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie


def test_reading_leaves_no_trace_and_a_first_form_makes_a_visitor(browser_on):
    assert browser_on.get("/try/me").json["visitor"] is None
    assert "Set-Cookie" not in browser_on.get("/try/me").headers
    post(browser_on, "/try/sign-out")  # any form that asks who is acting
    visitor = browser_on.get("/try/me").json["visitor"]
    assert len(visitor) == 64
    assert browser_on.get("/try/me").json["visitor"] == visitor


def test_signing_in_begins_a_new_session_that_keeps_what_the_visitor_holds(browser_on):
    with browser_on.session_transaction() as session:
        session["visitor"] = "key"
        session["something"] = "old"
    before = browser_on.get("/try/me").json
    old_token = browser_on.get("/try/token").text
    assert post(browser_on, "/try/sign-in/customer").text == "Ada"
    after = browser_on.get("/try/me").json
    assert (after["name"], after["token"]) == ("Ada", "customer")
    assert after["visitor"] == before["visitor"] is not None
    with browser_on.session_transaction() as session:
        assert "something" not in session
    assert browser_on.post("/try/post", data={"csrf_token": old_token}).status_code == 400


def test_signing_out_forgets_everything(browser_on):
    post(browser_on, "/try/sign-in/customer")
    before = browser_on.get("/try/me").json
    assert post(browser_on, "/try/sign-out").text == ""
    after = browser_on.get("/try/me").json
    assert (after["name"], after["token"]) == ("", None)
    assert after["visitor"] != before["visitor"]


def test_a_sign_in_that_has_ended_is_nobody(browser_on):
    with browser_on.session_transaction() as session:
        session["_user_id"] = "ended"
    assert browser_on.get("/try/me").json["name"] == ""
    assert post(browser_on, "/try/sign-in/ended").status_code == 500


def test_outside_a_request_nobody_acts(site):
    with site.app_context():
        assert not current_actor().is_signed_in


def test_every_answer_forbids_what_no_page_of_ours_needs(browser_on):
    for path in ("/try/page", "/nothing-here", "/healthz", "/static/icons.svg"):
        headers = browser_on.get(path).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_https_and_gateways_show_in_the_headers(make_site):
    site = make_site(
        PUBLIC_BASE_URL="https://book.example.org", STRIPE_SECRET_KEY="sk_test_1", STRIPE_WEBHOOK_SECRET="whsec_1"
    )
    headers = site.test_client().get("/healthz", base_url="https://book.example.org").headers
    assert "max-age" in headers["Strict-Transport-Security"]
    assert "form-action 'self' https://checkout.stripe.com" in headers["Content-Security-Policy"]


def test_behind_a_proxy_the_visitors_own_address_counts(make_site):
    seen = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https"}
    for count, address in (("0", "127.0.0.1"), ("1", "203.0.113.9"), ("2", "198.51.100.7")):
        site = make_site(PROXY_COUNT=count)
        found = []
        site.before_request(lambda found=found: found.append(request.remote_addr))
        site.test_client().get("/healthz", headers=seen)
        assert found == [address]
