"""Who may ask for what, and that nothing of another client is ever in an answer."""

import itertools
import re

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.deps import Needs
from api.people.roles import ROLES, Permission
from api.people.tokens import add_token
from tests.api.world import HIDDEN_VALUES, MARK

POSTED = "/ingest/{source}"
METHODS = ("GET", "POST", "PUT", "DELETE")
# What stands in a path: something of acme's own, something of another's, something that is nobody's.
VALUES = {
    "product": ("VAX", "ZZPROD", "NOBODY"),
    "lot": ("A1", "A2", "ZZ1", "ZZ2", "ZZ3", "NOBODY"),
    "id": ("acme", "zzcorp", "VAX", "ZZPROD", "ROOM-1", "ROOM-2", "ZZROOM", "S1", "ZZS2", "vaccine-2-8", "zzprofile"),
    "version": ("1",),
    "serial": ("SN1", "ZZSN1"),
    "source": ("efento",),
    "number": tuple(str(number) for number in range(9)),
}


def declared(app):
    """Return (path, methods, permission or None) of every route the application answers."""
    for route in iter_route_contexts(app.routes):
        needs = {type(call) and call.permission for call in calls(getattr(route, "dependant", None))}
        yield route.path, sorted((route.methods or set()) - {"HEAD"}), needs


def calls(dependant: Dependant | None):
    if dependant is not None:
        yield from [each.call for each in dependant.dependencies if isinstance(each.call, Needs)]


def routes(app):
    for path, methods, needs in declared(app):
        for method in methods:
            (permission,) = needs
            yield method, path, permission


def test_every_route_declares_exactly_one_permission(shared_site):
    found = list(declared(shared_site.app))
    assert len(found) > 40
    assert [(path, methods) for path, methods, needs in found if len(needs) != 1] == []


def test_only_probes_the_index_and_the_description_are_public(shared_site):
    public = {path for _, path, permission in routes(shared_site.app) if permission is Permission.PUBLIC}
    assert public == {"/healthz", "/readyz", "/api/v1", "/api/v1/openapi.json", POSTED}


def test_a_client_may_write_nothing_and_a_viewer_neither():
    writing = {Permission.MOVE_STOCK, Permission.DISPOSE, Permission.ACKNOWLEDGE, Permission.CONFIGURE}
    assert not ROLES["client"] & writing
    assert not ROLES["viewer"] & writing


@pytest.mark.parametrize("role", ["admin", "qa", "warehouse", "viewer", "client", None])
def test_a_route_is_forbidden_exactly_to_roles_without_its_permission(site, role):
    api = site.api(role)
    for method, path, permission in routes(site.app):
        url = "/" + re.sub(r"\{.*?\}", "nobody", path)
        status = api.ask(method, url, json={"nonsense": True} if method in ("POST", "PUT") else None).status_code
        if permission is Permission.PUBLIC:
            assert status in (200, 503), (method, path)
        elif role is None:
            assert status == 401, (method, path)
        else:
            assert (status == 403) == (permission not in ROLES[role]), (method, path, status)
            assert status != 401


def urls(app, keys):
    """Return every address of every route, filled with own, foreign and unknown names."""
    for method, path, _ in routes(app):
        names = re.findall(r"\{(\w+)(?::path)?\}", path)
        template = re.sub(r":path\}", "}", path)
        for values in itertools.product(*(keys if name == "key" else VALUES[name] for name in names)):
            yield method, template.format(**dict(zip(names, values, strict=True))), values


FILTERS = (
    "/batches?client=zzcorp",
    "/batches?product=ZZPROD",
    "/placements?location=ZZROOM",
    "/placements?lot=ZZ1",
    "/placements?location=ROOM-1",
    "/holds?lot=ZZ1",
    "/holds?state=held",
    "/exposures?product=ZZPROD",
    "/exposures?rule=zzrule",
    "/alerts?open=false",
    "/profiles?id=zzprofile",
    "/locations/ROOM-1/history?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z&buckets=5000",
    "/locations/ROOM-1/history?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z&buckets=2",
    "/locations/SITE-A/history?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z",
    "/batches/VAX/A1/history?buckets=5000",
    "/batches/VAX/A1/history?buckets=1",
    "/batches/VAX/A1/history?since=2025-01-01T00:00:00Z",
    "/batches/VAX/A1/history?unit=ZZUNIT",
)


@pytest.fixture
def placement_keys(site):
    hrefs = [item["href"] for path in ("/placements", "/mounts") for item in site.api("qa").items(path)]
    return [href.rpartition("/")[2] for href in hrefs]


def told(response, *given):
    """Return what an answer says beyond what was asked."""
    text = response.text
    for value in sorted(given, key=len, reverse=True):
        text = text.replace(value, "")
    return text.lower()


def test_no_answer_to_a_client_names_anything_of_another(site, placement_keys):
    api = site.api("client")
    asked = 0
    for method, url, given in urls(site.app, placement_keys):
        body = {"nonsense": True} if method in ("POST", "PUT") else None
        response = api.ask(method, "/" + url, json=body)
        assert response.status_code in (200, 401, 403, 404, 422, 503), (method, url, response.text)
        assert MARK not in told(response, *given, url), (method, url, response.text)
        asked += 1
    for url in FILTERS:
        response = api.ask("GET", url)
        assert MARK not in told(response, *re.findall(r"(?<==)[^&]+", url)), (url, response.text)
        assert not any(value in response.text for value in HIDDEN_VALUES), (url, response.text)
    assert asked > 300


def test_the_same_answers_to_staff_do_name_it(site):
    api = site.api("viewer")
    for path in ("/batches", "/placements", "/holds", "/alerts", "/exposures", "/locations", "/products", "/profiles"):
        assert MARK in api.get(path).text.lower(), path
    assert HIDDEN_VALUES[0] in api.ask("GET", FILTERS[11]).text


def test_what_is_anothers_answers_like_what_is_not_there(site, placement_keys):
    api = site.api("client")
    pairs = [
        ("/batches/VAX/ZZ1", "/batches/VAX/NONE"),
        ("/batches/VAX/ZZ1/verdict", "/batches/VAX/NONE/verdict"),
        ("/batches/ZZPROD/ZZ2/history", "/batches/NONE/NONE/history"),
        ("/locations/ZZROOM", "/locations/NONE"),
        ("/locations/ZZROOM/history", "/locations/NONE/history"),
        ("/products/ZZPROD", "/products/NONE"),
        ("/profiles/zzprofile/1", "/profiles/none/1"),
        ("/clients/zzcorp", "/clients/none"),
        ("/holds/3", "/holds/99"),
        (f"/placements/{placement_keys[-3]}", "/placements/WyJub25lIl0"),
    ]
    for foreign, missing in pairs:
        theirs, none = api.get(foreign), api.get(missing)
        assert theirs.status_code == none.status_code == 404, foreign
        strip = re.compile(r"ZZ\w+|zz\w+|NONE|none|\d+|WyJ[\w-]+")
        assert strip.sub("", theirs.text) == strip.sub("", none.text)


def test_every_list_shows_a_client_its_own(any_site):
    api = any_site.api("client")
    assert [item["doc"]["lot"] for item in api.items("/batches")] == ["A/3", "A1", "A1-B", "A2"]
    assert {item["doc"]["lot"] for item in api.items("/placements")} == {"A1", "A2"}
    assert {item["doc"]["id"] for item in api.items("/locations")} == {"ROOM-1", "ROOM-2", "SITE-A"}
    assert [item["doc"]["id"] for item in api.items("/products")] == ["VAX"]
    assert [item["doc"]["id"] for item in api.items("/profiles")] == ["vaccine-2-8"]
    assert [item["doc"]["id"] for item in api.items("/clients")] == ["acme"]
    assert {item["lot"] for item in api.items("/holds")} == {"A1", "A2"}
    assert {item["lot"] for item in api.items("/exposures")} == {"A1", "A2"}
    assert [[lot["lot"] for lot in item["lots"]] for item in api.items("/alerts")] == [["A2"], ["A1"]]


def test_an_alert_is_told_to_a_client_with_its_own_lots_times_and_rules_only(site):
    theirs, own = site.api("client").items("/alerts")
    assert own["place"] == "ROOM-1"
    assert own["rules"] == ["too-warm"]
    assert (own["acknowledged_at"], own["acknowledged_by"], own["comment"]) == ("2026-01-03T00:00:00Z", None, None)
    assert theirs["place"] is None
    assert "your stock" in theirs["sentence"]


def test_a_foreign_ancestor_shows_intervals_and_numbers_without_names(site):
    api = site.api("client")
    before, after = api.get("/batches/VAX/A2/history").json()["stretches"]
    assert (before["location"], before["inherited"]) == (None, True)
    assert [line["sensor"] for line in before["lines"]] == [None]
    assert max(point["max"] for point in before["lines"][0]["points"]) == 9.4
    assert (after["location"], after["inherited"]) == ("ROOM-2", False)
    assert api.get("/batches/VAX/A2").json()["doc"]["parents"] == []
    exposures = api.get("/batches/VAX/A2/verdict").json()["units"][0]["exposures"]
    assert [(each["from"], each["peak"]) for each in exposures] == [("2026-01-01T01:00:00Z", 9.4)]


def test_a_rooms_readings_are_a_clients_for_the_hours_of_its_stay_half_open(site):
    url = "/locations/ROOM-1/history?since=2026-01-01T00:00:00Z&until=2026-01-03T00:00:00Z&buckets=5000"
    (stretch,) = site.api("client").ask("GET", url).json()["stretches"]
    assert (stretch["from"], stretch["to"]) == ("2026-01-01T02:00:00Z", "2026-01-01T20:00:00Z")
    instants = [point["at"] for line in stretch["lines"] for point in line["points"]]
    assert (instants[0], instants[-1]) == ("2026-01-01T02:00:00Z", "2026-01-01T19:50:00Z")


def test_a_batch_that_changes_its_owner_changes_hands_whole(site):
    doc = site.api("admin").get("/batches/VAX/A1").json()["doc"]
    site.api("admin").put("/batches/VAX/A1", {**doc, "client": "zzcorp"}).raise_for_status()
    acme, other = site.api("client"), site.api("other")
    assert acme.get("/batches/VAX/A1").status_code == 404
    assert {item["lot"] for item in acme.items("/holds")} == {"A2"}
    assert [[lot["lot"] for lot in item["lots"]] for item in acme.items("/alerts")] == [["A2"]]
    assert "ROOM-1" not in acme.get("/locations").text
    assert "A1" in {item["lot"] for item in other.items("/holds")}
    assert "A1" in {lot["lot"] for item in other.items("/alerts") for lot in item["lots"]}


def test_a_client_without_batches_sees_empty_lists(site):
    site.api("admin").post("/clients", {"id": "newcomer"}).raise_for_status()
    with site.database.begin() as connection:
        token = add_token(connection, "n", "client", "newcomer", 0)[1]
    api = site.api(token=token)
    for path in ("/batches", "/placements", "/locations", "/holds", "/alerts", "/exposures", "/products", "/profiles"):
        assert api.get(path).json() == {"items": [], "next": None}, path
