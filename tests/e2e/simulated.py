"""The scenario of every fault: its site, its truth file, and what must hold of an installation that heard it."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from store.tables import conflicts, dead_letters
from tests.coldchain.tree import ROOT
from tests.e2e.installation import PATIENCE_S, Installation
from tests.e2e.real_records import Object, ordered
from tests.e2e.said import check_said

SCENARIO = ROOT / "simulators/scenarios/everything.yaml"
# Well after the last reading: nothing happens between then and today.
UNTIL = "2026-03-05T00:00:00Z"
# Fast enough for a test, slow enough that something can be killed meanwhile.
SPEED = "20000"
# A fridge is too warm for the frozen goods in it. Neither when its data end for two hours nor when the goods leave is a
# value in range heard: for people that is one problem, until its data end for good.
WARM = ("FRIDGE-1", "high")
WARM_UNTIL = "2026-03-03T02:25:25Z"


class Simulated:
    """What `python -m simulators scenario` writes of the scenario, and who plays it."""

    def __init__(self, directory: Path) -> None:
        self.site, self._truth = directory / "site.yaml", directory / "truth.json"
        self._command("--site", str(self.site), "--truth", str(self._truth), "--until", UNTIL).wait(PATIENCE_S)
        self.found: Object = json.loads(self._truth.read_text())

    def _command(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "simulators", "scenario", str(SCENARIO), *options]
        return subprocess.Popen(command, cwd=ROOT)

    def play(self, installation: Installation, speed: str) -> subprocess.Popen[bytes]:
        """Begin to send all messages and tell all moves, which happens once only."""
        token = installation.directory / "token"
        if not token.exists():
            token.write_text(installation.run("token", "add", "warehouse", "--role", "admin"))
        to = ("--api", f"127.0.0.1:{installation.http_port}", "--token-file", str(token))
        return self._command("--mqtt", f"mqtt://127.0.0.1:{installation.broker_port}", *to, "--speed", speed)

    def send_again(self, installation: Installation) -> None:
        """Send all messages once more, as soon as somebody hears them."""
        installation.wait_hearing()
        ended(self._command("--mqtt", f"mqtt://127.0.0.1:{installation.broker_port}"))

    @property
    def expected(self) -> Object:
        """What the live system must say in the end, in the shape of `said.said_by`."""
        units = [
            ({"product": batch["product"], "lot": batch["lot"], "unit": unit["unit"]}, unit)
            for batch in self.found["batches"]
            for unit in batch["units"]
        ]
        return {
            "excursions": ordered(self.found["excursions"]),
            "exposures": ordered({**name, **each} for name, unit in units for each in unit["exposures"]),
            "verdicts": self.found["batches"],
            "fired for units": ordered({**name, **each} for name, unit in units for each in unit["fired"]),
            "fired for locations": ordered(self.found["fired_for_locations"]),
            "founded holds": ordered(self.found["holds"]),
            "founded alerts": ordered(self.problems),
        }

    @property
    def problems(self) -> list[Object]:
        """What people must be told of: the problems on record, but that those of `WARM` are one."""
        warm = [each for each in self.found["problems"] if (each["place"], each["direction"]) == WARM]
        first, second = sorted(warm, key=lambda each: str(each["since"]))
        assert first["lots"] == second["lots"]
        rules, worst = sorted({*first["rules"], *second["rules"]}), max(warm, key=_severity)["severity"]
        joined = {**first, "until": WARM_UNTIL, "rules": rules, "severity": worst}
        return [joined, *(each for each in self.found["problems"] if each not in warm)]

    def check(self, installation: Installation, notifier_lived: bool = True) -> None:
        """What is found is what must be found: no more, no less, and each problem told once."""
        installation.wait_all_taken()
        installation.wait_told(self.problems)
        batches = [(batch["product"], batch["lot"]) for batch in self.found["batches"]]
        check_said(installation, self.expected, batches, UNTIL, notifier_lived)
        assert installation.count(conflicts) == len(self.found["conflicts"]) > 0
        assert installation.count(dead_letters) == 0
        journal, record, derived = installation.run("verify").splitlines()
        assert journal.startswith("the journal is whole") and record.startswith("the record is whole")
        assert derived == "readings, verdicts, holds and alerts are what follows from them"
        assert installation.run("rebuild", "verdicts") == "nothing differed\n"


def _severity(problem: Object) -> int:
    return ("info", "warning", "critical").index(problem["severity"])


def ended(player: subprocess.Popen[bytes]) -> None:
    """Wait until all is sent and told."""
    assert player.wait(PATIENCE_S) == 0


class Fate:
    """What is killed, and when: by a seed that is printed, so that it can be had again."""

    def __init__(self, victims: list[str], seed: int | None) -> None:
        self.seed = random.SystemRandom().randrange(10_000) if seed is None else seed
        chance = random.Random(self.seed)
        self.victim = chance.choice(victims)
        self.after_s = chance.uniform(0, 6)
        print(f"COLDCHAIN_FATE={self.seed}: {self.victim} is killed after {self.after_s:.2f} s")


def kill(installation: Installation, name: str, servers: dict[str, Any]) -> None:
    """Kill -9, and start again what nobody else does."""
    if name in servers:
        servers[name].kill9()
        servers[name].start()
    elif name == "coldchain run":
        assert installation.process is not None
        installation.process.send_signal(signal.SIGKILL)
        installation.process.wait()
        installation.wait_orphans_ended()
        installation.begin()
    else:
        installation.kill(name)
