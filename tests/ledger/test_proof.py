"""What was changed past the product is found, whatever it is: a filled database of a release, forged at one place."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import delete

from coldchain.engine import load_sources
from ingest.decoding import Decoder
from ledger.proof.everything import wrong, wrong_record
from store import journal, proof
from store.database import Database, open_database
from store.evidence import COMMENTS, note
from store.proof import wrong_links
from store.tables import evidence
from tests.store.release_database import RELEASES, load
from tests.thrift import SHIPPED_MIGRATE

AHEAD = 5 * 60_000_000


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    """A database as 0.5.0 left it, brought to this schema."""
    file = tmp_path_factory.mktemp("released") / "coldchain.db"
    load(RELEASES / "schema-0030.sql.gz", file)
    database = open_database(f"sqlite:///{file}")
    SHIPPED_MIGRATE(database)
    database.close()
    return file


@contextmanager
def forged(released: Path, folder: Path, statements: str) -> Iterator[Database]:
    """A copy in which some SQL was executed, as somebody does who has the file."""
    file = folder / "coldchain.db"
    shutil.copy(released, file)
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements.split("; "):
            assert connection.execute(statement).rowcount, statement
        connection.commit()
    database = open_database(f"sqlite:///{file}")
    yield database
    database.close()


def found(database: Database) -> list[str]:
    """All that `coldchain verify` finds."""
    decoder = Decoder(load_sources(database))
    with database.read() as connection:
        assert journal.verify(connection) is None
        return [str(each) for each in wrong(connection, decoder.again, AHEAD, None)]


def test_nothing_is_wrong_with_what_a_release_left(released, tmp_path):
    with forged(released, tmp_path, "SELECT 1") as database:
        assert found(database) == []


# What is done, and what is said of it.
OF_THE_RECORD = {
    "a hold is released": (
        "UPDATE holds SET state = 'released', disposed_by = 'anna' WHERE id = 1",
        "holds 1: is released by anna, on record it is held",
    ),
    "a decision is another's": (
        "UPDATE holds SET disposed_by = 'anna' WHERE id = 9",
        "holds 9: is released by anna, on record it is released by quinn",
    ),
    "a hold is deleted": ("DELETE FROM holds WHERE id = 2", "holds 2: is missing"),
    "a hold is added": (
        "CREATE TEMP TABLE new AS SELECT * FROM holds WHERE id = 1; UPDATE new SET id = 99;"
        " INSERT INTO holds SELECT * FROM new",
        "holds 99: was never placed",
    ),
    "an alert is deleted": ("DELETE FROM alerts WHERE id = 1", "alerts 1: is missing"),
    "an alert was acknowledged": (
        "UPDATE alerts SET acknowledged_by = 'anna' WHERE acknowledged_by IS NULL",
        "acknowledged by anna, on record by nobody",
    ),
    "the audit trail is emptied": ("DELETE FROM audit", "audit [1]: is missing"),
    "an act is somebody else's": ("UPDATE audit SET who = 'anna' WHERE who = 'quinn'", "is not what was put on record"),
    "a profile is raised": (
        "UPDATE entries SET doc = replace(doc, '8', '12') WHERE kind = 'profile'",
        'entries ["profile",',
    ),
    "a mount is deleted": ("DELETE FROM entries WHERE kind = 'mount'", 'entries ["mount",'),
    "a lot is another client's": ("UPDATE lots SET client = NULL WHERE client IS NOT NULL", "lots ["),
    "a storage record is moved": ("UPDATE placements SET location = 'ROOM-9'", "placements ["),
    "a movement is deleted": ("DELETE FROM movements WHERE number = 1", "movements [1]: is missing"),
    "a movement is another's": ("UPDATE movements SET who = 'anna' WHERE number = 1", "movements [1]: is not what"),
    "a signature is another's": ("UPDATE decisions SET who = 'anna'", "decisions [1]: is not what was put on record"),
    "a signature is deleted": ("DELETE FROM decisions", "decisions [1]: is missing"),
    "a comment is rewritten": ("UPDATE comments SET text = 'all well'", "comments [1]: is not what"),
    "a token may do more": ("UPDATE tokens SET role = 'viewer'", "tokens ["),
    "a person is added": (
        "INSERT INTO people (name, full_name, role, created_at, failures) VALUES ('eve', 'Eve', 'admin', 1, 0)",
        'people ["eve"]: was never put on record',
    ),
    "a link is cut out": ("DELETE FROM evidence WHERE number = 5", "evidence 5: does not follow"),
    "a link is rewritten": ("UPDATE evidence SET content = x'00' WHERE number = 5", "evidence 5: does not follow"),
    "the journal's end is cut with what came of it": (
        "DELETE FROM journal WHERE id > 5; DELETE FROM readings; DELETE FROM chunks; DELETE FROM dead_letters",
        "journal 23: is missing",
    ),
}

DERIVED = {
    "a reading is cooled": ("UPDATE readings SET value = value - 1000000", "the journal says"),
    "readings are deleted": ("DELETE FROM readings", "stored nothing"),
    "a day of readings is deleted": ("DELETE FROM chunks", "stored nothing"),
    "a hold has no reason any more": (
        "UPDATE holds SET founded = NOT founded WHERE id = 1",
        "holds 1: does not follow",
    ),
    "an exposure is shortened": ("UPDATE exposures SET minutes = 1 WHERE until IS NOT NULL", "verdicts VAX"),
    "an exposure is deleted": ("DELETE FROM exposures", "was missing"),
    "a firing is deleted": ("DELETE FROM firings", "was missing: fired"),
    "an alert is milder": ("UPDATE alerts SET severity = 'info' WHERE id = 1", "alerts 1: does not follow"),
}


@pytest.mark.parametrize("name", OF_THE_RECORD)
def test_a_forgery_of_what_is_on_record_is_found_and_named(name, released, tmp_path):
    statements, expected = OF_THE_RECORD[name]
    with forged(released, tmp_path, statements) as database, database.read() as connection:
        lines = [str(each) for each in wrong_record(connection)]
        assert any(expected in line for line in lines), lines


@pytest.mark.parametrize("name", DERIVED)
def test_a_forgery_of_what_follows_is_found_and_named(name, released, tmp_path):
    statements, expected = DERIVED[name]
    with forged(released, tmp_path, statements) as database:
        lines = found(database)
        assert any(expected in line for line in lines), lines


def test_a_chain_that_is_made_anew_from_a_forged_row_is_not_the_one_that_was_noted(released, tmp_path):
    with forged(released, tmp_path, "SELECT 1") as database:
        with database.read() as connection:
            noted = proof.head(connection)
        with database.begin() as connection:
            connection.execute(delete(evidence).where(evidence.c.number > noted.id - 3))
            note(connection, COMMENTS, [{"id": 7, "text": "another"}] * 5)
        with database.read() as connection:
            assert [str(each) for each in wrong_links(connection)] == []
            assert [str(each) for each in wrong_links(connection, noted)] == [
                f"evidence {noted.id}: is not the one that was noted"
            ]
            [cut] = wrong_links(connection, journal.Head(noted.id + 9, noted.hash))
            assert str(cut) == f"evidence {noted.id + 3}: is missing: the chain was noted up to {noted.id + 9}"
