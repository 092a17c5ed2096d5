"""Who waits for changes is woken by a commit, and by nothing worse than the timeout."""

import threading
import time

import pytest
from sqlalchemy import insert, text

from store.changes import Changes, announce
from store.database import open_database
from store.tables import cursors, inbox

PROBE = "SELECT count(*) FROM cursors"


@pytest.fixture
def changes(database):
    found = Changes(database, "news", PROBE)
    found.wait(0)  # what was before
    yield found
    found.close()


def commit(database, name, topic="news"):
    with database.begin() as connection:
        connection.execute(insert(cursors).values(name=name, position=1))
        announce(connection, topic)


def seconds(changes, timeout):
    start = time.monotonic()
    changes.wait(timeout)
    return time.monotonic() - start


def test_a_commit_wakes_who_waits(database, changes):
    woken = threading.Event()

    def wait():
        changes.wait(60)
        woken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not woken.wait(0.1)
    commit(database, "a")
    assert woken.wait(60)
    waiter.join()


def test_what_was_committed_since_the_last_call_is_not_missed(database, changes):
    commit(database, "a")
    assert seconds(changes, 60) < 30


def test_without_news_it_waits_for_the_timeout(changes):
    assert seconds(changes, 0.2) >= 0.2


def test_a_rollback_wakes_nobody(database, changes):
    with pytest.raises(RuntimeError), database.begin() as connection:
        connection.execute(insert(cursors).values(name="a", position=1))
        announce(connection, "news")
        raise RuntimeError
    assert seconds(changes, 0.2) >= 0.2


def test_a_commit_of_something_else_wakes_nobody(database, changes):
    with database.begin() as connection:
        connection.execute(insert(inbox).values(who="x", request={}, submitted_at=1))
    assert seconds(changes, 0.2) >= 0.2


@pytest.mark.servers
def test_on_postgresql_other_topics_wake_nobody(postgresql_database):
    changes = Changes(postgresql_database, "news", PROBE)
    changes.wait(0)
    commit(postgresql_database, "a", "other")
    assert seconds(changes, 0.2) >= 0.2
    changes.close()


def test_after_a_close_it_can_wait_again(database, changes):
    changes.close()
    changes.wait(0)
    commit(database, "b")
    assert seconds(changes, 60) < 30
    changes.close()


def test_a_file_that_is_not_there_costs_the_timeout(tmp_path):
    changes = Changes(open_database(f"sqlite:///{tmp_path}/gone.db"), "news", PROBE)
    assert seconds(changes, 0.1) >= 0.1


@pytest.mark.servers
def test_a_connection_that_broke_costs_a_timeout_and_is_made_anew(postgresql_database):
    changes = Changes(postgresql_database, "news", PROBE)
    changes.wait(0)
    with postgresql_database.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))
    assert seconds(changes, 0.1) >= 0.1
    changes.wait(0)  # listens again
    commit(postgresql_database, "a")
    assert seconds(changes, 60) < 30
    changes.close()


def test_a_topic_is_a_word(database):
    with pytest.raises(ValueError, match="no topic"):
        Changes(database, "x; DROP TABLE alerts", PROBE)
