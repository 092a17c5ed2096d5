"""One process at a time, also when it dies without a word."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import UnavailableError
from store.lock import Leader, Lock

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from store.database import open_database
from store.lock import Lock
assert Lock(open_database(sys.argv[1]), "engine").try_acquire()
print("held", flush=True)
time.sleep(600)
"""


def test_a_second_does_not_get_what_the_first_holds(database):
    first, second = Lock(database, "engine"), Lock(database, "engine")
    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()


def test_locks_of_different_names_know_nothing_of_each_other(database):
    with Lock(database, "engine"), Lock(database, "forwarder"):
        assert not Lock(database, "engine").try_acquire()


def test_who_holds_it_may_ask_again(database):
    with Lock(database, "engine") as lock:
        assert lock.try_acquire()


def test_waiting_ends_with_the_timeout(database):
    with Lock(database, "engine"):
        assert not Lock(database, "engine").acquire(timeout=0)


def test_a_second_waits_until_the_first_releases(database):
    first, second = Lock(database, "engine"), Lock(database, "engine")
    first.acquire()
    waiting = threading.Thread(target=second.acquire)
    waiting.start()
    first.release()
    waiting.join(60)
    assert not waiting.is_alive()
    second.release()


def test_kill_9_frees_the_lock(database):
    url = database.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", HOLDER, url], cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        lock = Lock(database, "engine")
        assert not lock.try_acquire()
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        assert lock.acquire(timeout=60)
        lock.release()


def test_one_leads_and_its_term_is_confirmed(database):
    first, second = Leader(database, "engine"), Leader(database, "engine")
    assert first.try_lead()
    assert not second.try_lead()
    assert not second.lead(timeout=0)
    with database.begin() as connection:
        first.confirm(connection)
    first.resign()
    assert second.lead(timeout=60)
    assert second.term == first.term + 1
    second.resign()


def test_who_lost_the_lead_unknowingly_is_stopped_at_its_next_transaction(database):
    first, second = Leader(database, "engine"), Leader(database, "engine")
    first.try_lead()
    first._lock.release()  # as when PostgreSQL restarts: the process does not notice
    assert second.try_lead()
    with (
        pytest.raises(UnavailableError, match="another process leads: term 2, this one had 1"),
        database.begin() as own,
    ):
        first.confirm(own)
    second.resign()


def test_a_leader_takes_its_lock_again_after_the_server_freed_it(postgresql_database):
    leader = Leader(postgresql_database, "engine")
    leader.try_lead()
    with postgresql_database.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
    assert leader.keep()
    assert not Lock(postgresql_database, "engine").try_acquire()
    with postgresql_database.begin() as connection:
        leader.confirm(connection)
    leader.resign()


def test_a_confirmed_term_lasts_until_the_transaction_ends(postgresql_database):
    first, second = Leader(postgresql_database, "engine"), Leader(postgresql_database, "engine")
    first.try_lead()
    first._lock.release()
    with postgresql_database.begin() as connection:
        first.confirm(connection)
        taking_over = threading.Thread(target=second.try_lead)
        taking_over.start()
        taking_over.join(0.2)
        assert taking_over.is_alive()
    taking_over.join(60)
    assert second.term == 2
    second.resign()
