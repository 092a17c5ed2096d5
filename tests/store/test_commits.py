"""Who waits in a process learns that others have committed: of his topic, soon, and also after a connection broke."""

import threading
import time

import pytest
from sqlalchemy import text

from store.changes import announce
from store.database import open_database
from store.state import move_cursor
from tests.servers.process import wait_until

PATIENCE_S = 60


@pytest.fixture
def commits(database):
    found = database.commits("news")
    wait_until(lambda: found.count() is not None, PATIENCE_S, "somebody who hears")
    return found


def commit(database, topic="news"):
    with database.begin() as connection:
        move_cursor(connection, "a", 1)
        announce(connection, topic)


def test_who_waits_is_woken_by_a_commit(database, commits):
    seen, woken = commits.count(), threading.Event()

    def wait():
        while commits.count() == seen:
            commits.wait(seen, PATIENCE_S)
        woken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not woken.wait(0.1)
    commit(database)
    assert woken.wait(PATIENCE_S)
    waiter.join()


def test_what_was_committed_before_is_not_waited_for(database, commits):
    seen = commits.count()
    commit(database)
    start = time.monotonic()
    while commits.count() == seen:
        commits.wait(seen, PATIENCE_S)
    assert time.monotonic() - start < PATIENCE_S / 2


def test_without_a_commit_the_number_stays(database, commits):
    seen = commits.count()
    with database.read():
        commits.wait(seen, 0.1)
    assert commits.count() == seen


def test_all_who_ask_for_a_topic_share_what_counts_it(database, commits):
    assert database.commits("news") is commits
    assert database.commits("others") is not commits


@pytest.mark.servers
def test_on_postgresql_other_topics_count_apart(postgresql_database):
    database = postgresql_database
    news, others = database.commits("news"), database.commits("others")
    wait_until(lambda: None not in (news.count(), others.count()), PATIENCE_S, "both to hear")
    seen, before = others.count(), news.count()
    commit(database, "others")
    wait_until(lambda: others.count() != seen, PATIENCE_S, "the announcement")
    assert news.count() == before


@pytest.mark.servers
def test_a_connection_that_broke_is_made_anew(postgresql_database):
    commits = postgresql_database.commits("news")
    wait_until(lambda: commits.count() is not None, PATIENCE_S, "somebody who hears")
    with postgresql_database.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))
    wait_until(lambda: commits.count() is None, PATIENCE_S, "the end of the connection")
    wait_until(lambda: commits.count() is not None, PATIENCE_S, "the next connection")
    seen = commits.count()
    commit(postgresql_database)
    wait_until(lambda: commits.count() != seen, PATIENCE_S, "the announcement")


def test_after_a_close_nothing_is_counted_and_nobody_waits_for_ever(postgresql_database):
    commits = postgresql_database.commits("elsewhere")
    wait_until(lambda: commits.count() is not None, PATIENCE_S, "somebody who hears")
    commits.close()
    assert commits.count() is None
    commits.wait(0, PATIENCE_S)


def test_of_a_file_that_is_not_there_nothing_is_known(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/gone.db")
    assert database.commits("news").count() is None
    database.close()
