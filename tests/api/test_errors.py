"""Every error is a problem, and none says more than it should."""

import inspect
import json

import pytest

import domain.errors
from api.errors import MEDIA_TYPE, STATUS
from domain.errors import ColdchainError
from ledger.inbox import submit as submit_to_inbox


def problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == MEDIA_TYPE
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert body["status"] == status
    assert body["type"] == f"urn:coldchain:problem:{body['code']}"
    assert body["title"] and body["detail"]
    return body


def test_every_error_of_the_domain_has_its_status():
    errors = [
        each for _, each in inspect.getmembers(domain.errors, inspect.isclass) if issubclass(each, ColdchainError)
    ]
    assert {error.code for error in errors} <= STATUS.keys()
    assert len(errors) >= 8


def test_no_token_is_told_how_to_give_one(shared_site):
    response = shared_site.api().get("/me")
    assert problem(response, 401)["code"] == "unauthenticated"
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["cc_" + "x" * 43, "cc_short", "ü", "cc_" + "x" * 5000])
def test_every_wrong_token_gets_the_same_answer(shared_site, token):
    headers = {"Authorization": b"Bearer " + token.encode("latin-1")}
    response = shared_site.api().ask("GET", "/me", headers=headers)
    assert problem(response, 401)["detail"] == "the token is not valid"


@pytest.mark.parametrize("given", ["Basic YTpi", "Bearer", "Bearer ", "cc_" + "x" * 43])
def test_what_is_no_bearer_token_counts_as_none(shared_site, given):
    response = shared_site.api().ask("GET", "/me", headers={"Authorization": given})
    assert "a token is needed" in problem(response, 401)["detail"]


def test_an_unknown_address_is_a_problem(shared_site):
    assert problem(shared_site.api("qa").get("/nothing"), 404)["detail"] == "there is nothing at /api/v1/nothing"
    assert problem(shared_site.api("qa").get("//api/"), 404)["code"] == "not_found"


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(shared_site):
    response = shared_site.api("qa").delete("/holds")
    assert problem(response, 405)["code"] == "method_not_allowed"
    assert response.headers["allow"] == "GET"


def test_wrong_fields_are_all_listed_by_path(shared_site):
    body = {"product": "VAX", "unit": 7, "at": "yesterday", "colour": "red"}
    body = problem(shared_site.api("qa").post("/placements/move", body), 422)
    assert body["detail"] == "5 fields are wrong"
    assert {(each["field"], each["message"]) for each in body["errors"]} == {
        ("lot", "is missing"),
        ("location", "is missing"),
        ("unit", "Input should be a valid string"),
        ("at", "not an RFC 3339 time with a zone: 'yesterday'"),
        ("colour", "there is no such field"),
    }


def test_one_wrong_field_is_the_detail(shared_site):
    body = problem(shared_site.api("qa").get("/holds", limit="0"), 422)
    assert body["detail"].startswith("limit: ")


def test_an_entry_is_refused_in_the_words_of_the_site_file(site):
    doc = {"id": "ROOM-9", "parent": "NOWHERE", "profile": "vaccine-2-8"}
    body = problem(site.api("admin").post("/locations", doc), 422)
    assert "NOWHERE" in body["detail"]
    (error,) = body["errors"]
    assert error["field"].startswith('locations["ROOM-9"].parent')
    body = problem(site.api("admin").post("/locations", {"id": "ROOM-9", "knid": "room", "inherits": 3}), 422)
    assert [each["field"] for each in body["errors"]] == ["inherits", "knid"]
    assert 'did you mean "kind"' in body["errors"][1]["message"]


@pytest.mark.parametrize(("body", "at"), [(b"{", 1), (b"nan", 0), (b'{"id": "X",}', 11)])
def test_a_body_that_is_no_json_cannot_be_read(shared_site, body, at):
    api = shared_site.api("admin")
    response = api.ask("POST", "/locations", content=body, headers={"Content-Type": "application/json"})
    said = problem(response, 400)
    assert said["code"] == "bad_request"
    assert said["detail"].startswith("the body is not JSON: ")
    assert said["detail"].endswith(f"at character {at}")


@pytest.mark.parametrize("body", [b"", b"[1]", b'"text"', b"null"])
def test_a_body_that_is_no_object_is_a_problem(shared_site, body):
    api = shared_site.api("admin")
    response = api.ask("POST", "/locations", content=body, headers={"Content-Type": "application/json"})
    assert problem(response, 422)["code"] == "invalid"


@pytest.mark.parametrize("body", [b'{"a":' * 100_000, b"\xff"])
def test_what_is_no_text_or_nests_too_deep_is_a_problem_and_no_crash(shared_site, body):
    api = shared_site.api("admin")
    response = api.ask("POST", "/locations", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.headers["content-type"] == MEDIA_TYPE


def test_a_body_over_the_limit_is_refused_declared_or_not(shared_site):
    api = shared_site.api("admin")
    large = b'{"id": "' + b"x" * (1 << 20) + b'"}'
    headers = {"Content-Type": "application/json"}
    assert problem(api.ask("POST", "/locations", content=large, headers=headers), 413)["code"] == "too_large"

    async def parts():
        for _ in range(20):
            yield large[: 1 << 16]

    assert problem(api.ask("POST", "/locations", content=parts(), headers=headers), 413)["code"] == "too_large"


def test_an_address_with_a_zero_character_cannot_be_looked_up(shared_site):
    for path in ("/locations/a%00b", "/batches?product=%00"):
        assert problem(shared_site.api("qa").ask("GET", path), 400)["code"] == "bad_request"


@pytest.mark.parametrize("text", ["\0", "\x1b[31m", "\ud800"])
def test_text_that_cannot_be_kept_is_refused(any_site, text):
    qa, admin = any_site.api("qa"), any_site.api("admin")
    for api, path, body in (
        (qa, "/holds/release", {"ids": [2], "reason": text}),
        (qa, "/alerts/2/acknowledge", {"comment": text}),
        (qa, "/placements/move", {"product": "VAX", "lot": text, "location": "ROOM-1", "at": "2026-01-01T00:00:00Z"}),
        (admin, "/locations", {"id": text}),
        (admin, "/locations", {text: "x", "id": "x"}),
        (admin, "/profiles", {"id": "p", "version": 1, "effective_from": text, "rules": [{text: text}]}),
    ):
        content = json.dumps(body).encode()
        response = api.ask("POST", path, content=content, headers={"Content-Type": "application/json"})
        assert problem(response, 422)["errors"], path


def test_the_text_of_an_unexpected_error_stays_inside(site, caplog):
    def broken(*asked):
        raise RuntimeError("sentinel inside")

    site.desk.submit = broken
    response = site.api("qa").post("/holds/release", {"ids": [1], "reason": "r"})
    assert "sentinel" not in response.text
    assert problem(response, 500)["detail"] == "Internal error."
    assert "sentinel inside" in caplog.text


def test_an_error_without_a_code_of_its_own_stays_inside_too(site, caplog):
    def broken(*asked):
        raise ColdchainError("sentinel inside")

    site.desk.submit = broken
    response = site.api("qa").post("/holds/release", {"ids": [1], "reason": "r"})
    assert "sentinel" not in response.text
    assert problem(response, 500)["code"] == "internal"


def test_without_an_engine_a_correction_is_unavailable_and_nothing_is_done(site):
    site.desk.submit = lambda database, who, request, wait_s: submit_to_inbox(database, who, request, 0.0)
    response = site.api("qa").post("/holds/release", {"ids": [2], "reason": "r"})
    assert "no engine runs" in problem(response, 503)["detail"]
    assert response.headers["retry-after"] == "5"
    assert site.api("qa").get("/holds/2").json()["state"] == "held"
    assert [row for row in site.desk.rows("inbox") if row.state == "waiting"] == []
