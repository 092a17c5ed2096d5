"""Take the pictures of docs/screens: the demonstration is started, and its pages are photographed in Chromium.

    make screens            # all of them, about three minutes
    .venv/bin/python tools/screens.py now wall     # only those

Needs Debian's `chromium` (or Chrome) on PATH. What is shown is real: the simulated site an hour into its life, with the
times of the day at which it was taken.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
SCREENS = ROOT / "docs" / "screens"
WORK = ROOT / ".build" / "screens"
PASSWORD = "a long and harmless one"
PATIENCE_S = 300
WIDE, PHONE, WALL = (1280, 860), (360, 740), (1920, 1080)


@dataclass(frozen=True)
class Screen:
    """One picture: who looks at which page, how large. `{problem}` and `{hold}` are the newest ones."""

    name: str
    path: str
    role: str = "qa"
    size: tuple[int, int] = WIDE
    dark: bool = False
    opened: str = ""  # a `details` element to open first
    scroll_to: str = ""
    paper: bool = False


SCREENS_TAKEN = (
    # First: this pick stands stopped for a minute only.
    Screen("pick-phone", "/orders/SO-1/pick", role="warehouse", size=PHONE),
    Screen("sign-in", "/", role=""),
    Screen("now", "/"),
    Screen("now-dark", "/", dark=True),
    Screen("now-phone", "/", size=PHONE),
    Screen("wall", "/?wall=1", size=WALL),
    Screen("problems", "/problems"),
    Screen("problem", "/problems/{problem}"),
    Screen("problem-phone", "/problems/{problem}", size=PHONE),
    Screen("release", "/problems/{problem}", scroll_to="#decide"),
    Screen("why", "/holds/{hold}"),
    Screen("holds", "/holds"),
    Screen("batches", "/batches"),
    Screen("batch", "/batches/VAX/A102"),
    Screen("batch-print", "/batches/VAX/A102", paper=True),
    Screen("problem-print", "/problems/{problem}", paper=True),
    Screen("places", "/places"),
    Screen("place", "/places/COLD-1"),
    Screen("search", "/search?q=A101"),
    Screen("stock", "/stock"),
    Screen("movement-phone", "/movements/new", role="warehouse", size=PHONE),
    Screen("orders", "/orders"),
    Screen("recall", "/recall?units=SER/S102"),
    Screen("genealogy", "/genealogy?product=SER&lot=S103"),
    Screen("expiry", "/expiry"),
    Screen("audit", "/audit"),
    Screen("setup-sensors", "/setup/sensors", role="admin"),
    Screen("setup-sources", "/setup/sources", role="admin"),
    Screen("setup-profiles", "/setup/profiles", role="admin"),
    Screen("profile-form", "/setup/profiles/vaccine-2-8/rules", role="admin"),
    Screen("setup-channels", "/setup", role="admin"),
    Screen("setup-health", "/setup/health", role="admin"),
    Screen("client", "/batches", role="client"),
    Screen("client-batch", "/batches/VAX/A102", role="client"),
)


@dataclass
class Demonstration:
    """The demonstration while it runs."""

    url: str
    token: str
    settings: Path

    def get(self, path: str) -> Any:
        """Ask the API."""
        asked = urllib.request.Request(f"{self.url}/api/v1{path}", headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)

    def add_person(self, role: str) -> str:
        """Add a person of a role with a password; return their name."""
        name, full_name = {
            "qa": ("nora", "Nora Quist"),
            "admin": ("adam", "Adam Reyes"),
            "warehouse": ("wanda", "Wanda Moss"),
        }.get(role, ("cleo", "Cleo Acme"))
        client = ["--client", "acme"] if role == "client" else []
        command = [sys.executable, "-m", "coldchain", "user", "add", name, "--role", role]
        environment = {**os.environ, "COLDCHAIN_CONFIG": str(self.settings)}
        command += ["--full-name", full_name, "--password-stdin", *client]
        subprocess.run(
            command, env=environment, input=f"{PASSWORD}\n", text=True, check=True, stdout=subprocess.DEVNULL
        )
        return name


@contextmanager
def demonstration() -> Iterator[Demonstration]:
    """Run the demonstration until its warm room holds stock."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    log = WORK / "demo.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "simulators.demo", "--directory", str(WORK / "demo")]
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT)
    try:
        said = _wait(lambda: _greeting(log, process), "the demonstration")
        url = said["API"].split("/api/")[0]
        found = Demonstration(url, said["token"], WORK / "demo" / "coldchain.toml")
        _wait(lambda: len(found.get("/holds")["items"]) >= 4, "stock on hold")
        yield found
    finally:
        process.terminate()
        process.wait()


def _greeting(log: Path, process: subprocess.Popen[bytes]) -> dict[str, str]:
    if process.poll() is not None:
        sys.exit(f"the demonstration ended:\n{log.read_text()}")
    lines = (line.split(None, 2) for line in log.read_text().splitlines())
    said = {words[0]: words[1] for words in lines if len(words) > 1 and words[0] in ("API", "token")}
    return said if len(said) == 2 else {}


def _wait(condition: Any, what: str) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            sys.exit(f"waited {PATIENCE_S} s for {what}")
        time.sleep(0.5)
    return found


class Camera:
    """Signs people in once and photographs what they see."""

    def __init__(self, browser: Browser, demo: Demonstration) -> None:
        self._browser = browser
        self._demo = demo
        self._states: dict[str, Any] = {"": None}
        self._named = {"problem": _worst(demo), "hold": demo.get("/holds")["items"][-1]["id"]}

    def take(self, screen: Screen) -> Path:
        """Take one picture."""
        width, height = screen.size
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if screen.dark else "light",
            storage_state=self._state(screen.role),
            locale="en-GB",
        )
        page = context.new_page()
        page.goto(self._demo.url + screen.path.format(**self._named))
        page.wait_for_timeout(1500)  # the chart's script draws, the first live event comes
        if screen.scroll_to:
            page.locator(screen.scroll_to).scroll_into_view_if_needed()
        path = SCREENS / f"{screen.name}.png"
        if screen.paper:
            self._print(page, path)
        else:
            page.screenshot(path=path)
        context.close()
        return path

    @staticmethod
    def _print(page: Page, path: Path) -> None:
        pdf = WORK / "page.pdf"
        page.pdf(path=pdf, prefer_css_page_size=True)
        command = ["pdftoppm", "-png", "-r", "80", "-f", "1", "-l", "1", "-singlefile", str(pdf)]
        subprocess.run([*command, str(path.with_suffix(""))], check=True)

    def _state(self, role: str) -> Any:
        if role not in self._states:
            context = self._browser.new_context(locale="en-GB")
            page = context.new_page()
            page.goto(self._demo.url)
            page.get_by_label("Name", exact=True).fill(self._demo.add_person(role))
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.locator("nav.main").wait_for()
            self._states[role] = context.storage_state()
            context.close()
        return self._states[role]


def _worst(demo: Demonstration) -> int:
    """Return the problem that holds the most units."""
    alerts = demo.get("/alerts")["items"]
    return int(max(alerts, key=lambda alert: sum(lot["hold"] is not None for lot in alert["lots"]))["id"])


def main(names: list[str]) -> None:
    """Take the pictures named, or all."""
    wanted = [screen for screen in SCREENS_TAKEN if not names or screen.name in names]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None or shutil.which("pdftoppm") is None:
        sys.exit("needs chromium and pdftoppm (poppler-utils) on PATH")
    SCREENS.mkdir(exist_ok=True)
    with demonstration() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        camera = Camera(browser, demo)
        for screen in wanted:
            path = camera.take(screen)
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB", flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
