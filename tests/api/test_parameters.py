"""A parameter that an address does not take is refused, wherever it is: a misspelt one never means "all"."""

import re

from api.parameters import unknown


def test_every_address_refuses_what_it_does_not_take(shared_site):
    api = shared_site.api("admin")
    asked = 0
    for path, operations in shared_site.app.openapi()["paths"].items():
        for method in operations.keys() - {"parameters"}:
            address = "/" + re.sub(r"\{[^}]*\}", "1", path)
            answer = api.ask(method.upper(), address, params={"colour": "red"}, json={})
            body = answer.json()
            assert (answer.status_code, method, path) == (422, method, path)
            assert body["detail"].startswith("colour: there is no such parameter here"), (method, path, body)
            assert body["errors"] == [{"field": "colour", "message": body["detail"].removeprefix("colour: ")}]
            asked += 1
    assert asked > 60


def test_the_parameter_that_is_meant_is_proposed(shared_site):
    detail = shared_site.api("viewer").get("/holds", prodct="VAX").json()["detail"]
    assert detail == 'prodct: there is no such parameter here (did you mean "product"?)'


def test_a_filter_of_a_kind_of_entries_is_none_of_another(shared_site):
    api = shared_site.api("viewer")
    assert api.get("/placements", lot="A1").status_code == 200
    assert api.get("/sensors", lot="A1").status_code == 422


def test_who_may_not_ask_is_told_so_first(shared_site):
    assert shared_site.api().get("/holds", colour="red").status_code == 401
    assert shared_site.api("client").get("/audit", colour="red").status_code == 403


def test_what_there_is_is_listed():
    assert unknown("zzz", ("limit", "cursor")) == "there is no such parameter here; there are limit, cursor"
    assert unknown("zzz", ()) == "there is no such parameter here; this address takes none"
