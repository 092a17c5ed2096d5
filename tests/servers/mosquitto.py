"""mosquitto with the shipped mosquitto.conf; only the port and the places of its files differ."""

import re
import signal
import time
from pathlib import Path

from tests.servers.process import PATIENCE_S, Server, ServerError, accepts_connections, find_program, wait_until

SHIPPED_CONF = Path(__file__).parents[2] / "mosquitto.conf"


class Mosquitto(Server):
    """`overrides` replaces settings of the shipped file, for tests of what happens without them."""

    def __init__(self, directory: Path, port: int | None = None, overrides: dict[str, str] | None = None) -> None:
        super().__init__(directory, port)
        self.program = find_program("mosquitto", "Debian: apt-get install mosquitto")
        self.database = directory / "mosquitto.db"
        self.conf = directory / "mosquitto.conf"
        places = {"listener": f"{self.port} 127.0.0.1", "persistence_location": f"{directory}/"}
        text = replaced(SHIPPED_CONF.read_text(), places | (overrides or {}))
        # Only of meaning as root: mosquitto would become the user `mosquitto`, who may not write here.
        self.conf.write_text(f"{text}\nuser root\n")

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [self.program, "-c", str(self.conf)]

    def ready(self) -> bool:
        return accepts_connections(self.port)

    def wait_saved(self, seconds: float = PATIENCE_S) -> None:
        """Returns after the next autosave; what was acknowledged before the call is on disk then."""
        before = time.time_ns()
        wait_until(lambda: self._saved_at() > before, seconds, "mosquitto's autosave")

    def save(self) -> None:
        """Like wait_saved, but at once."""
        assert self.process is not None
        before = time.time_ns()
        self.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: self._saved_at() > before, PATIENCE_S, "mosquitto to save")

    def _saved_at(self) -> int:
        return self.database.stat().st_mtime_ns if self.database.exists() else 0


def replaced(conf: str, values: dict[str, str]) -> str:
    """The configuration with these settings' values; a setting that it does not have is an error, not an addition."""
    for key, value in values.items():
        conf, count = re.subn(rf"^{key} .*$", f"{key} {value}", conf, flags=re.MULTILINE)
        if count != 1:
            raise ServerError(f"mosquitto.conf has {count} lines for {key!r}, expected one")
    return conf
