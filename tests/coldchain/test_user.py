"""`coldchain user`: people are registered, let in and kept out from the command line."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.people.sign_in import LOCKED_AFTER, link_owner, sign_in
from coldchain.commands.user import command
from domain.errors import ColdchainError, ConflictError, InvalidError, NotFoundError
from store.database import open_database

PASSWORD = "correct horse battery"
NOW = 10**15


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDCHAIN_DATABASE_URL", f"sqlite:///{tmp_path}/coldchain.db")
    monkeypatch.setenv("COLDCHAIN_PUBLIC_URL", "https://cold.example.org/")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def database(data_dir):
    opened = open_database(f"sqlite:///{data_dir}/coldchain.db")
    yield opened
    opened.close()


def run(*arguments, given=None):
    result = CliRunner().invoke(command, arguments, input=given)
    if isinstance(result.exception, ColdchainError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def lets_in(database, name="quentin", password=PASSWORD):
    return sign_in(database, name, password, NOW) is not None


def test_a_person_without_a_password_gets_a_link_alone_on_standard_output(database):
    added = run("add", "Quentin", "--role", "qa", "--full-name", "Quentin Quill")
    found = re.fullmatch(r"https://cold\.example\.org/sign-in/link\?key=([\w-]{43})\n", added.stdout)
    assert "added quentin, qa" in added.stderr and "this link works once, within 1 h" in added.stderr
    with database.read() as connection:
        assert link_owner(connection, found[1], NOW).full_name == "Quentin Quill"


def test_a_password_comes_by_standard_input_and_then_there_is_no_link(database):
    added = run("add", "quentin", "--role", "qa", "--password-stdin", given=f"{PASSWORD}\nmore\n")
    assert added.stdout == ""
    assert lets_in(database)


def test_people_are_listed_by_name(database):
    run("add", "quentin", "--role", "qa", "--password-stdin", given=PASSWORD)
    run("add", "anna", "--role", "viewer", "--full-name", "Anna Ahm")
    run("add", "zoe", "--role", "viewer")
    run("disable", "zoe")
    anna, quentin, zoe = run("list").stdout.splitlines()
    assert re.fullmatch(r"anna  Anna Ahm  viewer  since \S+Z  has no password", anna)
    assert re.fullmatch(r"quentin  quentin  qa  since \S+Z  may sign in", quentin)
    assert re.fullmatch(r"zoe  zoe  viewer  since \S+Z  disabled \S+Z", zoe)
    anna, quentin, zoe = json.loads(run("list", "--json").stdout)
    assert (quentin["name"], quentin["role"], quentin["client"], quentin["has_password"]) == (
        "quentin",
        "qa",
        None,
        True,
    )
    assert anna["has_password"] is False and anna["disabled_at"] is None
    assert zoe["disabled_at"].endswith("Z")


def test_a_disabled_person_is_kept_out_until_enabled(database):
    run("add", "quentin", "--role", "qa", "--password-stdin", given=PASSWORD)
    assert run("disable", "quentin").stdout == "disabled quentin\n"
    assert not lets_in(database)
    with pytest.raises(ConflictError, match="quentin is disabled"):
        run("link", "quentin")
    assert run("enable", "QUENTIN").stdout == "enabled quentin\n"
    assert lets_in(database)


def test_enabling_ends_a_lock(database):
    run("add", "quentin", "--role", "qa", "--password-stdin", given=PASSWORD)
    for _ in range(LOCKED_AFTER):
        assert not lets_in(database, password="wrong")
    assert not lets_in(database)
    run("enable", "quentin")
    assert lets_in(database)


def test_a_new_password_is_asked_for_twice_and_never_shown(database):
    run("add", "quentin", "--role", "qa")
    result = run("password", "quentin", given=f"{PASSWORD}\n{PASSWORD}\n")
    assert "quentin has a new password" in result.stdout
    assert PASSWORD not in result.output
    assert lets_in(database)
    run("password", "quentin", "--password-stdin", given="staple of the north pole\n")
    assert lets_in(database, password="staple of the north pole") and not lets_in(database)


@pytest.mark.parametrize(
    ("arguments", "error", "why"),
    [
        (("add", "a b", "--role", "qa"), InvalidError, "'a b' is no name"),
        (("add", "x" * 65, "--role", "qa"), InvalidError, "is no name"),
        (("add", "anna", "--role", "qa"), ConflictError, "there is a person 'anna', perhaps disabled"),
        (("add", "ANNA", "--role", "qa"), ConflictError, "there is a person 'anna'"),
        (("add", "engine", "--role", "qa"), ConflictError, "knows 'engine' already as no person"),
        (("add", "eve", "--role", "qa", "--full-name", "a\nb"), InvalidError, "is no full name"),
        (("add", "eve", "--role", "client"), InvalidError, "needs a client"),
        (("add", "eve", "--role", "qa", "--client", "acme"), InvalidError, "has none"),
        (("add", "eve", "--role", "client", "--client", "acme"), InvalidError, "no client 'acme'; known: none"),
        (("add", "eve", "--role", "qa", "--password-stdin"), InvalidError, "12 to 1000 characters, this one has 5"),
        (("password", "eve", "--password-stdin"), InvalidError, "12 to 1000 characters"),
        (("disable", "nobody-knows"), NotFoundError, "no person 'nobody-knows'"),
        (("enable", "nobody-knows"), NotFoundError, "no person 'nobody-knows'"),
        (("link", "nobody-knows"), NotFoundError, "no person 'nobody-knows'"),
    ],
)
def test_what_makes_no_sense_is_refused(database, arguments, error, why):
    run("add", "anna", "--role", "qa")
    with pytest.raises(error, match=re.escape(why)):
        run(*arguments, given="short\n")
    assert [person["name"] for person in json.loads(run("list", "--json").stdout)] == ["anna"]


def test_a_person_is_disabled_once(database):
    run("add", "anna", "--role", "qa")
    run("disable", "anna")
    with pytest.raises(ConflictError, match="anna is disabled already"):
        run("disable", "anna")


@pytest.mark.parametrize("name", sorted(command.commands))
def test_every_subcommand_is_in_the_documentation(name):
    assert f"coldchain user {name}" in (Path(__file__).parents[2] / "docs/operating.md").read_text()
