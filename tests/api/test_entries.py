"""Entries of the site: told, corrected, replaced, removed; each is a correction that the engine takes."""

from urllib.parse import quote

import pytest

from api.models.site import given_doc, shown_doc
from api.people.tokens import add_token
from api.resources import RESOURCES
from ledger.requests import Correct, Item
from rules.kinds.base import KINDS
from tests.api.world import NOW

# One value for always comes back as a list of one step.
DATED = {"parent", "profile", "quantities"}
KEYS = {
    **dict.fromkeys(("location", "sensor", "client", "party", "product"), ("id",)),
    "mount": ("sensor", "location", "from"),
    "placement": ("product", "lot", "unit", "location", "from"),
    "batch": ("product", "lot"),
    "profile": ("id", "version"),
    "quiet": ("location", "daily", "for", "reason"),
}
BY_KIND = {resource.kind: resource for resource in RESOURCES}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_what_is_told_is_there_and_can_be_corrected_and_removed(site, resource):
    api = site.api("admin")
    told = api.post(resource.path, dict(resource.example))
    assert told.status_code == 201, told.text
    entry = told.json()
    assert told.headers["location"] == entry["href"]
    dated = {name: [{"value": resource.example.get(name), "from": None}] for name in DATED & resource.example.keys()}
    assert entry["doc"] == {**entry["doc"], **resource.example, **dated}
    assert (entry["origin"], entry["changed_by"]) == ("person", "zzadmin")
    url = entry["href"].removeprefix("/api/v1")
    assert api.get(url).json() == entry
    assert entry in api.items(resource.path)
    again = api.post(resource.path, entry["doc"])
    assert (again.status_code, again.json()["doc"]) == (200, entry["doc"])
    assert api.put(url, entry["doc"]).json()["doc"] == entry["doc"]
    removed = api.delete(url)
    assert (removed.status_code, removed.content) == (204, b"")
    assert api.get(url).status_code == 404
    assert api.put(url, entry["doc"]).status_code == 404
    assert api.delete(url).status_code == 404


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_a_second_post_keeps_what_it_does_not_name_and_put_replaces(site, resource):
    api = site.api("admin")
    doc = api.post(resource.path, dict(resource.example)).raise_for_status().json()["doc"]
    key = {name: resource.example[name] for name in KEYS[resource.kind]}
    for fields in (key, *({**key, name: value} for name, value in resource.example.items() if name not in key)):
        again = api.post(resource.path, fields)
        assert (again.status_code, again.json().get("doc")) == (200, doc), fields


def test_what_a_second_post_names_is_changed_and_null_empties_it(site):
    api = site.api("admin")
    doc = api.get("/batches/VAX/A1").json()["doc"]
    key = {"product": "VAX", "lot": "A1"}
    changed = api.post("/batches", {**key, "expires_on": "2028-01-31"}).json()["doc"]
    assert changed == {**doc, "expires_on": "2028-01-31"}
    assert api.post("/batches", {**key, "expires_on": None}).json()["doc"] == {**doc, "expires_on": None}
    assert api.put("/batches/VAX/A1", key).json()["doc"] == {**doc, "expires_on": None, "client": None, "made_at": None}
    wrong = api.post("/batches", {**key, "exires_on": "2028-01-31"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "exires_on")


def test_two_posts_at_once_change_their_own_fields_only(site):
    """What is kept is what is there when the engine takes it, not what the caller saw."""
    key = {"product": "VAX", "lot": "A1"}
    for fields in ({"expires_on": "2028-01-31"}, {"client": "zzcorp"}):
        site.desk.ask("quinn", Correct(put=[Item("batch", {**key, **fields}, keeps=True)]), NOW)
    doc = site.api("admin").get("/batches/VAX/A1").json()["doc"]
    assert (doc["expires_on"], doc["client"], doc["made_at"]) == ("2028-01-31", "zzcorp", "2026-01-01T00:00:00Z")


def test_a_correction_is_in_the_audit_trail_under_the_tokens_name(site):
    site.api("admin").post("/locations", {"id": "ROOM-9"}).raise_for_status()
    last = site.desk.rows("audit")[-1]
    assert (last.who, last.kind, last.at) == ("zzadmin", "location", NOW)


def test_an_entry_cannot_become_another_by_put(site):
    response = site.api("admin").put("/locations/ROOM-1", {"id": "ROOM-9"})
    assert response.status_code == 422
    assert response.json()["detail"] == "this is /api/v1/locations/ROOM-9, not /api/v1/locations/ROOM-1"


def test_a_placement_with_an_id_can_even_change_where_it_begins(site):
    api = site.api("qa")
    (item,) = [item for item in api.items("/placements") if item["doc"]["id"] == "zz-placement"]
    doc = {**item["doc"], "from": "2026-01-01T01:00:00Z"}
    changed = api.put(item["href"].removeprefix("/api/v1"), doc).json()
    assert changed["href"] == item["href"]
    assert changed["doc"]["from"] == "2026-01-01T01:00:00Z"


def test_a_lot_may_hold_a_slash(shared_site):
    api = shared_site.api("qa")
    (href,) = [item["href"] for item in api.items("/batches") if item["doc"]["lot"] == "A/3"]
    assert href == "/api/v1/batches/VAX/" + quote("A/3", safe="")
    assert api.get(href.removeprefix("/api/v1")).json()["doc"]["lot"] == "A/3"
    assert api.get("/batches/VAX/A%2F3/verdict").json()["lot"] == "A/3"


def test_removing_what_others_rest_on_is_refused_whole(site):
    response = site.api("admin").delete("/locations/ROOM-1")
    assert response.status_code == 422
    assert len(response.json()["errors"]) > 1
    assert site.api("admin").get("/locations/ROOM-1").status_code == 200


def test_the_same_profile_version_with_other_rules_is_refused(site):
    api = site.api("admin")
    doc = api.get("/profiles/vaccine-2-8/1").json()["doc"]
    doc["rules"][0]["above"] = 8.5
    response = api.put("/profiles/vaccine-2-8/1", doc)
    assert response.status_code in (409, 422)
    assert api.get("/profiles/vaccine-2-8/1").json()["doc"]["rules"][0]["above"] == 8.0


def test_a_corrected_place_is_seen_by_the_next_question(site):
    api = site.api("qa")
    body = {"product": "VAX", "lot": "A1-B", "location": "ROOM-1", "from": "2026-01-01T04:00:00Z"}
    assert api.get("/batches/VAX/A1-B/verdict").json()["verdict"] == "unknown"
    api.post("/placements", body).raise_for_status()
    verdict = api.get("/batches/VAX/A1-B/verdict").json()
    assert verdict["verdict"] == "hold"
    assert [hold["state"] for hold in verdict["units"][0]["holds"]] == ["held"]
    api.post("/placements", {**body, "to": "2026-01-01T05:00:00Z"}).raise_for_status()
    verdict = api.get("/batches/VAX/A1-B/verdict").json()
    assert verdict["verdict"] == "ok"
    assert [hold["founded"] for hold in verdict["units"][0]["holds"]] == [False]


ASKED = (
    ("/batches", {"product": "ZZPROD"}, 1),
    ("/batches", {"client": "acme"}, 4),
    ("/batches", {"client": "acme", "product": "ZZPROD"}, 0),
    ("/placements", {"location": "ROOM-1"}, 3),
    ("/placements", {"lot": "A1", "unit": "PALLET-7"}, 2),
    ("/mounts", {"sensor": "S1"}, 1),
    ("/mounts", {"location": "ZZROOM", "sensor": "S1"}, 0),
    ("/profiles", {"id": "zzroom"}, 1),
)


def test_lists_can_be_asked_for_what_matters(any_site):
    api = any_site.api("viewer")
    for path, filters, count in ASKED:
        assert len(api.items(path, **filters)) == count, (path, filters)


def test_numbers_go_in_and_out_as_numbers_and_durations_as_words():
    given = {"id": "p", "rules": [{"id": "r", "above": 8, "deadband": 0.2, "for": "60min"}, "wrong"]}
    assert given_doc("profile", given)["rules"] == [
        {"id": "r", "above": "8", "deadband": "0.2", "for": "60min"},
        "wrong",
    ]
    assert given_doc("location", {"rules": [{"above": 8}]}) == {"rules": [{"above": 8}]}
    doc = {"version": "2", "min_coverage": "0.95", "rules": [{"above": "8", "below": None, "total": "2d", "id": "8"}]}
    shown = shown_doc("profile", doc)
    assert shown == {
        "version": 2,
        "min_coverage": 0.95,
        "rules": [{"above": 8, "below": None, "total": "2d", "id": "8"}],
    }


OF_EVERY_KIND = [
    {"id": "a", "kind": "limit", "above": 8.5, "deadband": 0.2, "for": "60min"},
    {"id": "b", "kind": "cumulative", "above": 8, "at_or_below": 25, "total": "2d", "at_kinds": ["truck"]},
    {"id": "c", "kind": "mkt", "above": 8, "window": "1d", "activation_energy_kj_mol": 83.144, "floor": 5.5},
    {"id": "d", "kind": "rate", "rise": 6, "window": "30min", "min_readings": 4},
    {"id": "e", "kind": "cooling", "from": 57.0, "reach": ["21.0 in 2h", "5.0 in 6h"]},
    {"id": "f", "kind": "gap", "total": "2h"},
    {"id": "g", "kind": "silence", "after": "30min"},
    {"id": "h", "kind": "stuck", "resolution": 0.1, "for": "12h"},
    {"id": "i", "kind": "spread", "by": 2.0},
    {"id": "j", "kind": "plausible", "from": -40, "to": 60.5, "sentinels": [-127, 85]},
    {
        "id": "k",
        "kind": "life",
        "life": "30d",
        "reference": 25,
        "q10": 2,
        "studied_from": 0,
        "studied_to": 40,
        "left": 0.2,
    },
    {"id": "l", "kind": "dew", "margin": 1.5, "surface": 5},
]


def test_a_rule_of_every_kind_is_told_and_shown_with_its_numbers_as_numbers(site):
    assert sorted(rule["kind"] for rule in OF_EVERY_KIND) == KINDS.names()
    doc = {**BY_KIND["profile"].example, "rules": OF_EVERY_KIND}
    response = site.api("admin").post("/profiles", doc)
    assert response.status_code == 201, response.text
    assert response.json()["doc"]["rules"] == OF_EVERY_KIND
    again = site.api("admin").put("/profiles/vaccine-2-8/2", response.json()["doc"])
    assert (again.status_code, again.json()["doc"]) == (200, response.json()["doc"])


def test_sentinels_may_be_one_text_with_commas(site):
    rule = {"id": "j", "kind": "plausible", "sentinels": "-127, 85"}
    response = site.api("admin").post("/profiles", {**BY_KIND["profile"].example, "rules": [rule]})
    assert response.status_code == 201, response.text
    assert site.api("viewer").get("/profiles/vaccine-2-8/2").status_code == 200


BAD = {
    **BY_KIND["profile"].example,
    "effective_from": "2026-01-01",
    "max_gp": "1h",
    "rules": [
        {"id": "a", "kind": "limt", "above": 8},
        {"id": "a", "kind": "limit", "above": 8, "for": "5mins"},
        {"id": "b", "kind": "limit", "quantity": "humidty", "above": 8},
        {"id": "c", "kind": "limit", "above": 25, "at_or_below": 8},
    ],
}
REFUSED = {
    "effective_from": "not an RFC 3339 time with a zone: '2026-01-01'",
    "max_gp": 'did you mean "max_gap"',
    "rules[0].kind": 'did you mean "limit"',
    "rules[1].for": 'did you mean "5min"',
    "rules[2].quantity": 'did you mean "humidity"',
    "rules[3].at_or_below": "can never both hold",
    "rules[1].id": "is already the id of rules[0]",
}


@pytest.mark.parametrize("how", ["told", "activated"])
def test_a_bad_profile_is_refused_whole_with_every_problem_at_its_place(site, how):
    api = site.api("admin")
    activation = {"profiles": [BAD], "reason": "stability data"}
    told = api.post("/profiles", BAD) if how == "told" else api.post("/profiles/activations", activation)
    assert told.status_code == 422
    found = {each["field"].removeprefix("profile[0]."): each["message"] for each in told.json()["errors"]}
    assert found.keys() == REFUSED.keys()
    assert all(REFUSED[field] in message for field, message in found.items())
    assert api.get("/profiles/vaccine-2-8/2").status_code == 404


def test_a_version_is_put_in_force_with_who_why_and_from_when(site):
    doc = {**BY_KIND["profile"].example, "effective_from": "2026-02-01T00:00:00Z"}
    activation = {"profiles": [doc], "reason": "stability data"}
    for role, status in (("qa", 403), ("viewer", 403)):
        assert site.api(role).post("/profiles/activations", activation).status_code == status
    response = site.api("admin").post("/profiles/activations", activation)
    assert response.status_code == 201, response.text
    [entry] = response.json()
    assert (entry["href"], entry["doc"]["effective_from"]) == ("/api/v1/profiles/vaccine-2-8/2", "2026-02-01T00:00:00Z")
    row = site.desk.rows("audit")[-1]
    assert (row.who, row.what, row.kind, row.reason) == ("zzadmin", "activated", "profile", "stability data")
    assert site.api("admin").post("/profiles/activations", activation).status_code == 409
    assert site.api("admin").post("/profiles/activations", {**activation, "reason": " "}).status_code == 422
    assert site.api("admin").post("/profiles/activations", {"profiles": [doc]}).status_code == 422


@pytest.mark.parametrize("above", ["warm", True, [8.0], {"value": 8}])
def test_a_bound_that_is_no_number_is_refused(site, above):
    doc = {**BY_KIND["profile"].example, "rules": [{"id": "r", "kind": "limit", "above": above}]}
    response = site.api("admin").post("/profiles", doc)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"].startswith("rules[0].above")


@pytest.mark.parametrize("key", ["!", "x" * 3, "ü", "e30"])
def test_an_address_that_was_never_given_is_not_there(shared_site, key):
    assert shared_site.api("qa").get(f"/placements/{key}").status_code == 404


def test_a_batch_says_whether_it_may_be_used_in_its_list_and_alone(shared_site):
    api = shared_site.api("viewer")
    listed = {item["doc"]["lot"]: item["may_be_used"] for item in api.items("/batches")}
    assert listed["A2"] == {"allowed": False, "code": "held", "words": "on hold"}
    assert (listed["A1"]["code"], listed["A1-B"]["code"]) == ("released", "ok")
    assert all(api.get(f"/batches/VAX/{lot}").json()["may_be_used"] == listed[lot] for lot in ("A1", "A2", "A1-B"))
    assert all("may_be_used" not in item for item in api.items("/products"))


# --- profiles that extend one of the library ---

OURS = {
    "use": "eu-gdp-2-8",
    "use_version": 2,
    "id": "ours",
    "version": 1,
    "effective_from": "2026-05-01T00:00:00Z",
    "min_coverage": 0.99,
    "rules": [{"id": "too-warm", "above": 7.5, "for": "15min"}, {"id": "silent", "remove": True}],
}


def test_a_profile_of_the_library_is_extended_and_shown_with_what_differs(site):
    api = site.api("admin")
    told = api.post("/profiles", OURS)
    assert told.status_code == 201, told.text
    entry = told.json()
    assert (entry["doc"]["extends"], entry["doc"]["min_coverage"]) == ("eu-gdp-2-8@2", 0.99)
    assert [rule["id"] for rule in entry["doc"]["rules"]] == ["too-warm", "too-cold", "implausible", "stuck"]
    assert entry["differences"] == [
        {"rule": None, "field": "min_coverage", "source": "0.95", "here": "0.99"},
        {"rule": "too-warm", "field": "above", "source": "8.0", "here": "7.5"},
        {"rule": "too-warm", "field": "for", "source": None, "here": "15min"},
        {
            "rule": "silent",
            "field": "",
            "source": "silence, quantity temperature, after 30min, severity warning, action notify",
            "here": None,
        },
    ]
    url = entry["href"].removeprefix("/api/v1")
    assert api.put(url, entry["doc"]).json() == api.get(url).json()
    assert site.api("admin").items("/profiles")[0]["differences"] is not None


def test_what_is_wrong_with_an_extension_is_refused_by_its_field(site):
    wrong = {**OURS, "rules": [{"id": "to-warm", "for": "5min"}]}
    response = site.api("admin").post("/profiles", wrong)
    assert response.status_code == 422
    [problem] = response.json()["errors"]
    assert problem["field"] == "rules[0].kind"
    assert 'is missing: "to-warm" is no rule of eu-gdp-2-8@2 (did you mean "too-warm"?)' in str(problem)


def test_an_extension_is_activated_like_any_version(site):
    answer = site.api("admin").post("/profiles/activations", {"profiles": [OURS], "reason": "agreed with the maker"})
    assert answer.status_code == 201, answer.text
    [entry] = answer.json()
    assert entry["doc"]["extends"] == "eu-gdp-2-8@2" and len(entry["differences"]) == 4


def test_a_version_that_reaches_holds_names_them_waits_for_a_second_person_and_is_then_active(site):
    version = {
        "id": "vaccine-2-8",
        "version": 2,
        "effective_from": "2026-01-01T00:00:00Z",
        "rules": [{"id": "too-warm", "kind": "limit", "above": 9.0, "for": "60min", "action": "hold"}],
    }
    admin, qa = site.api("admin"), site.api("qa")
    with site.database.begin() as connection:
        other = site.api(token=add_token(connection, "anna", "admin", None, NOW)[1])
    asked = {"profiles": [version], "reason": "stability data"}
    refused = admin.post("/profiles/activations", asked)
    assert refused.status_code == 409
    named = {error["message"] for error in refused.json()["errors"]}
    held = [hold for hold in qa.items("/holds") if hold["product"] == "VAX"]
    assert len(named) == len(held) == 4
    for hold in held:
        assert any(each.startswith(f"hold {hold['id']} (VAX {hold['lot']}") for each in named)
    for way in (("POST", "/profiles", version), ("DELETE", "/profiles/vaccine-2-8/1", None)):
        assert admin.ask(way[0], way[1], json=way[2]).status_code == 409
    asked["over"] = [hold["id"] for hold in held]
    first = admin.post("/profiles/activations", asked)
    assert (first.status_code, first.json()) == (202, [])
    (waiting,) = qa.get("/profiles/activations").json()
    assert (waiting["who"], waiting["reason"], waiting["doc"]["version"]) == ("zzadmin", "stability data", 2)
    assert admin.post("/profiles/activations", asked).status_code == 409
    second = other.post("/profiles/activations", asked)
    assert (second.status_code, second.json()[0]["href"]) == (201, "/api/v1/profiles/vaccine-2-8/2")
    assert qa.get("/profiles/activations").json() == []
