"""`make setup` where a step of it fails, is slow or is interrupted; pip and npm are scripts that do as told."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASSETS = ("htmx.org/dist/htmx.min.js", "idiomorph/dist/idiomorph-ext.min.js")
CHARTS = ("uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css")
PIP = """#!/usr/bin/env bash
echo "python $*" >> calls
[ "$3" = --version ] && exit 0
{pip}
"""
PYTHON = """#!/usr/bin/env bash
echo "base $*" >> calls
case "$*" in
  --version) echo "Python 3.11.0" ;;
  *--clear*) mkdir -p .venv/bin && rm -f .venv/.unfinished && cp pip .venv/bin/python ;;
esac
"""
NPM = """#!/usr/bin/env bash
echo "npm $*" >> calls
[ "$1" = --version ] && exit 0
{npm}
for file in {files}; do mkdir -p "$2/node_modules/$(dirname "$file")" && touch "$2/node_modules/$file"; done
"""


class Place:
    """A copy of the scripts, with a Python, a pip and an npm of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.started: list[subprocess.Popen[str]] = []
        shutil.copytree(ROOT / "tools", root / "tools")
        (root / "api/web").mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            (root / "api/web" / name).write_text(name)
        self.program("bin/python3", PYTHON)
        self.pip("true")
        self.npm("true")

    def program(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def pip(self, does: str) -> None:
        """Set what `pip install` does from now on, in a .venv that is there too."""
        self.program("pip", PIP.format(pip=does))
        if (self.root / ".venv").exists():
            self.program(".venv/bin/python", PIP.format(pip=does))

    def npm(self, does: str) -> None:
        self.program("bin/npm", NPM.format(npm=does, files=" ".join((*ASSETS, *CHARTS))))

    def start(self) -> "subprocess.Popen[str]":
        environment = os.environ | {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "TELL_EVERY_S": "0.1"}
        environment.pop("PYTHON", None)
        process = subprocess.Popen(
            [self.root / "tools/setup.sh"],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_ctrl_c,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """End what was started and all that it started: a Ctrl-C that came too early leaves a pip at work."""
        for process in self.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def run(self) -> tuple[int, str, str]:
        """Run it to its end; return exit status, output and errors."""
        process = self.start()
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    def calls(self, word: str) -> list[str]:
        return [line for line in (self.root / "calls").read_text().splitlines() if word in line]

    def is_done(self) -> bool:
        files = [self.root / "api/web/static/vendor" / Path(name).name for name in (*ASSETS, *CHARTS)]
        return (self.root / ".venv/.stamp").exists() and all(file.exists() for file in files)


def _hear_ctrl_c() -> None:
    """What is started in the background inherits that Ctrl-C is ignored; a shell cannot undo that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.end()


def test_all_well_it_says_each_step_and_makes_everything(place: Place) -> None:
    status, output, errors = place.run()
    assert (status, errors) == (0, "") and place.is_done()
    assert [line for line in output.splitlines() if line.endswith(" ...")] == [
        "making .venv with Python 3.11.0 ...",
        "installing the locked dependencies ...",
        "installing coldchain itself ...",
        "taking the pages' assets from npm ...",
    ]


def test_what_pip_says_when_it_fails_is_shown_and_its_status_is_that_of_make_setup(place: Place) -> None:
    place.pip('echo "Collecting numpy"; echo "ERROR: no matching distribution for numpy==9" >&2; exit 3')
    status, _, errors = place.run()
    assert status == 3 and not place.is_done()
    assert "ERROR: no matching distribution for numpy==9" in errors
    assert "make setup: installing the locked dependencies failed with exit status 3" in errors


def test_what_npm_says_when_it_fails_is_shown_and_its_status_is_that_of_make_setup(place: Place) -> None:
    place.npm('echo "npm error code ENOTFOUND" >&2; echo "npm error network no such host" >&2; exit 4')
    status, _, errors = place.run()
    assert status == 4 and not place.is_done()
    assert "npm error code ENOTFOUND\nnpm error network no such host\n" in errors
    assert "make setup: taking the pages' assets from npm failed with exit status 4" in errors


def test_an_npm_package_without_its_file_fails(place: Place) -> None:
    place.npm("exit 0")
    status, _, errors = place.run()
    assert status != 0 and "htmx.min.js" in errors and not place.is_done()


def test_after_a_failure_it_runs_to_its_end_once_that_is_mended(place: Place) -> None:
    place.npm("exit 4")
    place.run()
    place.npm("true")
    assert place.run()[0] == 0 and place.is_done()


def test_a_slow_step_says_that_it_goes_on_and_what_it_does(place: Place) -> None:
    place.pip('echo "Downloading numpy (20 MB)"; while [ ! -e seen ]; do sleep 0.05; done')
    process = place.start()
    assert process.stdout is not None
    line = next(line for line in process.stdout if "Downloading" in line)
    (place.root / "seen").touch()
    process.communicate(timeout=60)
    assert re.fullmatch(r"  \d+ s: Downloading numpy \(20 MB\)\n", line) and process.returncode == 0


def test_interrupted_while_pip_installs_it_makes_the_environment_again(place: Place) -> None:
    # Nothing but built-in commands and exec: a shell that hears of Ctrl-C just as a program it waited for has ended by
    # itself would go on.
    place.pip("echo half >> .venv/half; : > begun; exec sleep 600")
    process = place.start()
    assert process.stdout is not None
    for line in process.stdout:
        if (place.root / "begun").exists() and line.startswith("  "):
            break
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0 and not place.is_done()
    place.pip("true")
    assert place.run()[0] == 0 and place.is_done()
    assert len(place.calls("--clear")) == 2


def test_run_again_with_nothing_to_do_it_makes_no_environment_and_asks_npm_for_nothing(place: Place) -> None:
    place.run()
    (place.root / "calls").unlink()
    assert place.run()[0] == 0
    assert place.calls("--clear") == place.calls("npm") == []


def test_without_a_python_it_says_what_to_install(place: Place) -> None:
    place.program("bin/python3", '#!/usr/bin/env bash\n[ "$1" = --version ] && echo Python 3.9.2 || exit 1\n')
    status, _, errors = place.run()
    assert status == 1
    assert errors == (
        "make setup: 'python3' is Python 3.9.2, but 3.11 or newer is needed; say PYTHON=/path/to/a/newer/python3\n"
    )
