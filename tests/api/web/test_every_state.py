"""Problems, holds and batches in every state of their record, by every page and route: no errors.

A client and QA look at every state, an administrator and a viewer at every other one.
"""

import re
from urllib.parse import quote

from fastapi.routing import iter_route_contexts

from tests.api.web.states import STATES, as_it_is, faulty, in_every_state
from tests.api.web.test_page_access import pages

ANSWERS = {200, 204, 303, 403, 404, 422}
IN_TURN = ("admin", "viewer")


def addresses(site, unknown=False):
    """Every page and route of problems, holds and batches, for each of them that is on record; and for unknown ones."""
    alerts = [row.id for row in site.desk.rows("alerts")] + [999] * unknown
    holds = [row.id for row in site.desk.rows("holds")] + [999] * unknown
    lots = [("VAX", "A1"), ("VAX", "A2"), ("VAX", "ZZ1"), ("ZZPROD", "ZZ2")] + [("VAX", "none")] * unknown
    routes = [path for method, path, _ in pages(site.app) if method == "GET"]
    routes += [
        route.path for route in iter_route_contexts(site.app.routes) if "GET" in (getattr(route, "methods", None) or ())
    ]
    for path in sorted(set(routes)):
        if "{" not in path:
            continue
        named = set(re.findall(r"\{(\w+)", path))
        if re.search(r"/(problems|alerts)/\{", path):
            yield from (re.sub(r"\{.*?\}", str(number), path) for number in alerts)
        elif re.search(r"/holds/\{", path):
            yield from (re.sub(r"\{.*?\}", str(number), path) for number in holds)
        elif re.search(r"/batches/\{", path) and len(named) == 2:
            yield from (
                re.sub(r"\{.*?\}", quote(lot), re.sub(r"\{.*?\}", product, path, count=1)) for product, lot in lots
            )


LISTS = ("/", "/problems?show=all", "/holds?state=unfounded", "/holds", "/batches", "/api/v1/alerts", "/api/v1/holds")


def answer_of(site, browser, role, address):
    """Ask as this role, a page by its session and the API by its token."""
    own = {"headers": {"Authorization": f"Bearer {site.tokens[role]}"}} if address.startswith("/api/") else {}
    answer = browser.get(address, **own)
    return browser.get(answer.headers["location"]) if answer.status_code in (303, 307) else answer


@in_every_state
def test_every_page_answers_in_every_state(site, browse, state):
    state(site)
    found = [*addresses(site, unknown=state is as_it_is), *LISTS]
    assert len(found) > 40
    wrong = []
    for role in ("client", "qa", IN_TURN[STATES.index(state) % 2]):
        browser = browse(role)
        for address in found:
            if address.startswith("/api/") and role == "qa":
                continue  # answered as for the rest of the staff: see below
            status = answer_of(site, browser, role, address).status_code
            if status not in ANSWERS:
                wrong.append((role, address, status))
    assert wrong == []


def test_the_api_answers_the_staff_of_a_site_alike(site, browse):
    faulty(site)
    browser = browse("admin")
    found = [address for address in (*addresses(site, unknown=True), *LISTS) if address.startswith("/api/")]
    for address in found:
        first, *others = [answer_of(site, browser, role, address) for role in ("admin", "qa", "viewer")]
        assert {(each.status_code, each.text) for each in others} == {(first.status_code, first.text)}, address
    assert len(found) > 20
