"""API tokens: what is kept of them, and who they let in."""

import hashlib
import re

import pytest
from sqlalchemy import select

from api.people.register import add_account
from api.people.tokens import add_token, list_tokens, recognise, revoke_token
from domain.errors import ConflictError, InvalidError, NotFoundError, UnauthenticatedError
from store.tables import tokens


def add(site, name="n", role="qa", client=None):
    with site.database.begin() as connection:
        return add_token(connection, name, role, client, 7)


def test_a_token_has_256_random_bits_and_is_stored_as_its_hash_only(site):
    token, secret = add(site)
    assert re.fullmatch(r"cc_[A-Za-z0-9_-]{43}", secret)
    with site.database.read() as connection:
        row = connection.execute(select(tokens).where(tokens.c.id == token.id)).one()
    assert row.hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(row)
    assert add(site, "m")[1] != secret


def test_a_token_is_recognised_until_it_is_revoked(site):
    token, secret = add(site)
    api = site.api(token=secret)
    assert api.get("/me").json()["name"] == "n"
    with site.database.begin() as connection:
        revoke_token(connection, token.id, 8)
    assert api.get("/me").status_code == 401
    with site.database.read() as connection, pytest.raises(UnauthenticatedError):
        recognise(connection, secret)


def test_its_hash_is_no_token(site):
    _, secret = add(site)
    assert site.api(token=hashlib.sha256(secret.encode()).hexdigest()).get("/me").status_code == 401


@pytest.mark.parametrize(
    ("name", "role", "client", "why"),
    [
        ("n", "boss", None, "unknown role 'boss'; known: admin, qa, warehouse, viewer, client"),
        ("n", "client", None, "needs a client"),
        ("n", "qa", "acme", "has none"),
        ("n", "client", "nobody", "no client 'nobody'; known: acme, zzcorp"),
        (" ", "qa", None, "needs a name"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(site, name, role, client, why):
    with pytest.raises(InvalidError, match=re.escape(why)):
        add(site, name, role, client)


def test_a_name_is_given_once_until_its_token_is_revoked(site):
    add(site)
    with pytest.raises(ConflictError):
        add(site)
    with site.database.begin() as connection:
        revoke_token(connection, "n", 8)
    again, _ = add(site)
    with site.database.begin() as connection:
        assert {t.revoked_at for t in list_tokens(connection) if t.name == "n"} == {8, None}
        assert revoke_token(connection, "n", 9).id == again.id
        with pytest.raises(NotFoundError):
            revoke_token(connection, "n", 9)


def test_a_token_and_a_person_never_have_the_same_name(site):
    with site.database.begin() as connection:
        add_account(connection, "ann", None, "qa", None, "test", 7)
    with pytest.raises(ConflictError, match="there is a person 'Ann'"):
        add(site, "Ann")
    add(site, "Scanner")
    with site.database.begin() as connection, pytest.raises(ConflictError, match="knows 'scanner' already"):
        add_account(connection, "scanner", None, "qa", None, "test", 7)


def test_me_says_what_the_role_may_do(shared_site):
    assert shared_site.api("client").get("/me").json() == {
        "name": "acme-qa",
        "role": "client",
        "client": "acme",
        "permissions": ["known", "public", "see_stock"],
    }
    assert "configure" in shared_site.api("admin").get("/me").json()["permissions"]
