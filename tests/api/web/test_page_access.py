"""Which page is whose; forms of other sites; cookies and tokens, which do not stand in for each other."""

import re

import pytest
from fastapi import Request
from fastapi.routing import iter_route_contexts

from api.deps import Needs
from api.people.roles import ROLES, Permission
from api.web.frame.session import COOKIE, PageNeeds, Visitor, whoever

PUBLIC = {
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/link"),
    ("POST", "/sign-in/link"),
    ("GET", "/api/v1/docs"),
}


def pages(app):
    """Return (method, path, what it declares) of every page."""
    for route in iter_route_contexts(app.state.pages.routes):
        if route.path != "/static":
            declared = [each.call for each in route.dependant.dependencies if isinstance(each.call, Needs)]
            for method in sorted(route.methods - {"HEAD"}):
                yield method, route.path, declared


def address(path):
    return re.sub(r"\{.*?\}", "1", path)


def test_every_page_declares_exactly_one_permission(shared_site):
    found = list(pages(shared_site.app))
    assert len(found) >= 8
    assert [page for page in found if [type(needs) for needs in page[2]] != [PageNeeds]] == []


def test_only_signing_in_and_the_reference_are_public(shared_site):
    found = {
        (method, path)
        for method, path, (needs,) in pages(shared_site.app)
        if needs.permission is Permission.PUBLIC
    }  # fmt: skip
    assert found == PUBLIC


def test_who_is_not_signed_in_is_sent_to_sign_in_from_every_other_page(site, browser):
    for method, path, (needs,) in pages(site.app):
        if needs.permission is not Permission.PUBLIC:
            answer = browser.ask(method, address(path))
            assert answer.status_code == 303, (method, path)
            assert answer.headers["location"].startswith("/sign-in"), (method, path)


@pytest.mark.parametrize("role", ["admin", "qa", "viewer", "client"])
def test_a_page_is_forbidden_exactly_to_roles_without_its_permission(site, browse, role):
    browser = browse(role)
    for method, path, (needs,) in pages(site.app):
        if path in ("/sign-out", "/account/sign-out-everywhere") or needs.permission is Permission.PUBLIC:
            continue
        headers = {"X-CSRF-Token": csrf_of(browser)} if method != "GET" else {}
        if method == "GET" and "{" not in path and needs.permission in ROLES[role]:
            continue  # what a page shows is its own test's affair, and a stream would not end
        status = browser.ask(method, address(path), headers=headers).status_code
        assert (status == 403) == (needs.permission not in ROLES[role]), (method, path, status)


def csrf_of(browser):
    return browser.form("/account", "/sign-out")["csrf"]


def test_a_form_without_the_sessions_own_proof_is_refused_on_every_page(site, browse):
    browser, other = browse("admin"), browse("qa")
    proofs = ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": csrf_of(other)})
    for method, path, (needs,) in pages(site.app):
        if method != "GET" and needs.permission is not Permission.PUBLIC:
            for proof in proofs:
                answer = browser.ask(method, address(path), headers=proof)
                assert answer.status_code == 403, (method, path)
                assert "load its page again" in answer.text
    assert browser.get("/account").status_code == 200


def test_the_proof_is_taken_from_field_or_header(browse):
    browser = browse("qa")
    proof = csrf_of(browser)
    wrong = {"new": "a", "again": "b"}
    assert browser.post("/account/password", {"csrf": proof, **wrong}).status_code == 422
    assert browser.post("/account/password", wrong, headers={"X-CSRF-Token": proof}).status_code == 422
    assert browser.post("/account/password", {"csrf": proof, **wrong}, headers={"X-CSRF-Token": "x"}).status_code == 403
    assert browser.post("/account/password", {"csrf": "ü", **wrong}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "http://test:8000"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://test"},
    ],
)
def test_a_form_of_another_site_is_refused_even_at_sign_in(site, browser, browse, headers):
    for path in ("/sign-in", "/sign-in/link"):
        answer = browser.post(path, headers=headers)
        assert answer.status_code == 403
        assert "not sent from a page of this site" in answer.text
    known = browse("qa")
    assert known.post("/sign-out", {"csrf": csrf_of(known)}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "http://test"}, {}]
)
def test_our_own_forms_are_taken(browser, headers):
    assert browser.post("/sign-in", headers=headers).status_code == 422


def test_the_cookie_never_opens_the_api(site, browse):
    browser = browse("admin")
    for path in ("/api/v1/me", "/api/v1/batches", "/metrics"):
        assert browser.get(path).status_code == 401
        bearer = {"Authorization": f"Bearer {browser.cookie}"}
        assert browser.get(path, headers=bearer).status_code == 401


def test_a_token_never_opens_a_page(site, browser):
    token = site.tokens["admin"]
    answer = browser.get("/account", headers={"Authorization": f"Bearer {token}"})
    assert answer.headers["location"] == "/sign-in?next=%2Faccount"
    browser.cookie = token
    assert browser.get("/account").status_code == 303


def visitor(world, browser):
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [(b"cookie", f"{COOKIE}={browser.cookie}".encode())],
        "app": world.app.state.pages,
    }
    return whoever(Request(scope))


def test_a_clients_session_sees_its_own_batches_only(site, browse):
    found = visitor(site, browse("client"))
    assert (found.person.role, found.person.client) == ("client", "acme")
    with found.look() as view:
        assert view.policy.may_see(("VAX", "A1"))
        assert not view.policy.may_see(("VAX", "ZZ1"))


def test_a_visitor_can_be_asked_again_whether_the_session_is_in_force(site, browse):
    browser = browse("qa")
    found = visitor(site, browser)
    assert found.is_still_signed_in()
    browser.send("/account", "/sign-out")
    assert not found.is_still_signed_in()
    assert not Visitor(found.person, found.services).is_still_signed_in()


def test_a_part_of_a_page_that_a_script_asks_for_leads_the_whole_page_to_sign_in(browser):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://test/account?changed=true"}
    answer = browser.get("/account", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in?next=%2Faccount%3Fchanged%3Dtrue"
    answer = browser.get("/account", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"})
    assert answer.headers["hx-redirect"] == "/sign-in"


def test_data_that_a_script_asks_for_is_refused_plainly(browser):
    answer = browser.get("/account", headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 401
    assert "location" not in answer.headers


def test_a_form_sent_too_late_comes_back_to_its_page_after_signing_in(browser):
    answer = browser.post("/sign-out", headers={"Referer": "http://test/account?changed=true"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Faccount%3Fchanged%3Dtrue")
    for referer in ("https://evil.example/x", "http://test:8000/x", "nonsense", "http://[/x"):
        assert browser.post("/sign-out", headers={"Referer": referer}).headers["location"] == "/sign-in"


def test_pages_are_kept_nowhere_and_shown_in_no_frame(browser, browse):
    for answer in (browser.get("/sign-in"), browse("qa").get("/account"), browser.get("/account")):
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "unsafe-inline" not in answer.headers["content-security-policy"].split("script-src")[1].split(";")[0]
