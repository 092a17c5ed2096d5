"""The supervisor: what dies is started again with growing pauses, and everything stops in the opposite order."""

from pathlib import Path

import pytest

from coldchain.supervisor import LONGEST_PAUSE_S, PROVEN_S, Child, Supervisor
from tests.servers.process import PATIENCE_S, wait_until


class Fake:
    """A program that ends when the test says so."""

    def __init__(self, name: str, happened: list[str]) -> None:
        self.name = name
        self.happened = happened
        self.code: int | None = None
        self.refuses = False

    def start(self) -> None:
        if self.refuses:
            raise OSError("port in use")
        self.code = None
        self.happened.append(f"start {self.name}")

    def exit_code(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.happened.append(f"stop {self.name}")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_programs_start_in_order_and_stop_in_the_opposite_one(happened: list[str], clock: Clock) -> None:
    supervisor = Supervisor([Fake("broker", happened), Fake("ingest", happened)], clock)
    supervisor.start()
    supervisor.stop()
    assert happened == ["start broker", "start ingest", "stop ingest", "stop broker"]


def test_if_one_cannot_be_started_the_others_are_stopped(happened: list[str], clock: Clock) -> None:
    broken = Fake("ingest", happened)
    broken.refuses = True
    with pytest.raises(OSError, match="port in use"):
        Supervisor([Fake("broker", happened), broken], clock).start()
    assert happened == ["start broker", "stop broker"]


def test_what_dies_is_started_again_after_a_pause(happened: list[str], clock: Clock) -> None:
    ingest, work = Fake("ingest", happened), Fake("work", happened)
    supervisor = Supervisor([ingest, work], clock)
    supervisor.start()
    happened.clear()
    ingest.code = -9
    supervisor.look()
    clock.now = 0.49
    supervisor.look()
    assert happened == []
    clock.now = 0.5
    supervisor.look()
    supervisor.look()
    assert happened == ["start ingest"]


def pauses(supervisor: Supervisor, program: Fake, clock: Clock, lives: float, deaths: int) -> list[float]:
    """How long it stays down after each death, having lived so long."""
    found = []
    for _ in range(deaths):
        clock.now += lives
        program.code = 1
        died_at = clock.now
        supervisor.look()
        while program.code is not None:
            clock.now += 0.125
            supervisor.look()
        found.append(clock.now - died_at)
    return found


def test_pauses_double_for_what_dies_soon(happened: list[str], clock: Clock) -> None:
    program = Fake("ingest", happened)
    supervisor = Supervisor([program], clock)
    supervisor.start()
    assert pauses(supervisor, program, clock, PROVEN_S - 1, 8) == [
        0.5,
        1,
        2,
        4,
        8,
        16,
        LONGEST_PAUSE_S,
        LONGEST_PAUSE_S,
    ]


def test_what_ran_long_enough_starts_again_quickly(happened: list[str], clock: Clock) -> None:
    program = Fake("ingest", happened)
    supervisor = Supervisor([program], clock)
    supervisor.start()
    assert pauses(supervisor, program, clock, PROVEN_S, 3) == [0.5, 0.5, 0.5]


def test_what_cannot_be_started_again_is_tried_like_a_death(happened: list[str], clock: Clock) -> None:
    program = Fake("broker", happened)
    supervisor = Supervisor([program], clock)
    supervisor.start()
    program.code, program.refuses = 1, True
    supervisor.look()
    clock.now = 0.5
    supervisor.look()  # refused: one second now
    program.refuses = False
    clock.now = 1.49
    supervisor.look()
    assert happened == ["start broker"]
    clock.now = 1.5
    supervisor.look()
    assert happened == ["start broker", "start broker"]


def test_a_part_imports_nothing_from_where_it_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "click.py").write_text("open('imported', 'w')")
    monkeypatch.chdir(tmp_path)
    part = Child("verify", "coldchain", "--version")
    part.start()
    wait_until(lambda: part.exit_code() is not None, PATIENCE_S, "the end of the part")
    part.stop()
    assert part.exit_code() == 0 and not (tmp_path / "imported").exists()
