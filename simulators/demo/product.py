"""The program under demonstration: `coldchain run` as a process, with its embedded defaults."""

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from simulators.errors import InputError, ProductError
from simulators.times import format_time

HTTP_PORT = 8000
MQTT_PORT = 1883
PORTS_TRIED = 100
STOP_S = 40.0
# What is told of a demonstration in its directory.
SITE, START = "site.yaml", "start"
SHOWN_LOG = 2000


class Product:
    """Runs in a directory of its own, on ports of its own; what was there from the time before is deleted."""

    def __init__(self, directory: Path) -> None:
        """Prepare the directory. Raises InputError if another demonstration uses it."""
        self.directory = directory.absolute()
        self.log = self.directory / "coldchain.log"
        self.http = f"127.0.0.1:{free_port(HTTP_PORT)}"
        self.mqtt = f"127.0.0.1:{free_port(MQTT_PORT)}"
        self._process: subprocess.Popen[bytes] | None = None
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.directory / "lock")
        shutil.rmtree(self.directory / "data", ignore_errors=True)
        self._site = self.directory / SITE
        self.secret = self.directory / "hook.key"
        self.settings = self.directory / "coldchain.toml"
        self.settings.write_text(self._settings(), encoding="utf-8")
        # Settings of whoever runs this are for another installation.
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("COLDCHAIN_")}
        self._environment["COLDCHAIN_CONFIG"] = str(self.settings)

    def write_site(self, site: str) -> None:
        """Set the site file, and a new secret for its webhook."""
        self._site.write_text(site, encoding="utf-8")
        self.secret.write_text(secrets.token_hex(), encoding="utf-8")

    def write_start(self, start: int) -> None:
        """Set when the history begins: of it follows all that must be so."""
        (self.directory / START).write_text(format_time(start), encoding="utf-8")

    def add_token(self, name: str, role: str) -> str:
        """Make an API token. Raises ProductError."""
        return self._asked("token", "add", name, "--role", role)

    def add_person(self, name: str) -> str:
        """Make a person; return the link that signs in once. Raises ProductError."""
        return self._asked("user", "add", name, "--role", "qa", "--full-name", name.title())

    def _asked(self, *arguments: str) -> str:
        done = subprocess.run(self._command(*arguments), env=self._environment, capture_output=True, text=True)
        if done.returncode:
            command = " ".join(arguments[:2])
            raise ProductError(f"coldchain {command} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout.strip()

    def start(self) -> None:
        """Start it. Ctrl-C at the terminal reaches only the demonstration, which then stops it."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command("run", "--site", str(self._site)),
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise ProductError with the end of its log if it has ended."""
        if self._process and self._process.poll() is not None:
            end = self.log.read_text(encoding="utf-8", errors="replace")[-SHOWN_LOG:]
            raise ProductError(f"coldchain run ended with {self._process.returncode}; {self.log} ends with:\n{end}")

    def stop(self) -> None:
        """Stop it cleanly, or at last not."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._lock.close()

    def _settings(self) -> str:
        settings = {"data_dir": str(self.directory / "data"), "http_address": self.http, "broker_address": self.mqtt}
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())

    @staticmethod
    def _command(*arguments: str) -> list[str]:
        """`coldchain.child` ends with whoever started it, even when that one is killed."""
        return [sys.executable, "-P", "-m", "coldchain.child" if arguments[0] == "run" else "coldchain", *arguments]


def free_port(first: int) -> int:
    """Return this port of 127.0.0.1, or the next one that is free."""
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ProductError(f"no port from {first} to {first + PORTS_TRIED - 1} is free on 127.0.0.1")


def _locked(path: Path) -> TextIO:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise InputError(f"another demonstration runs in {path.parent}; choose another with --directory") from None
    return file
