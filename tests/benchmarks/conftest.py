"""Who runs benchmarks, and a record for them."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.benchmarks.small")  # its assertions say what is missing

from tests.benchmarks.small import Bench  # noqa: E402


@pytest.fixture
def bench(request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    threshold = gc.get_threshold()
    yield Bench(request, capfd)
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a logger's record."""
    (tmp_path / "data").mkdir()
    rows = [f"2026-01-01T00:{minute:02}," + ("9.5" if minute > 20 else "5.0") + ",0" for minute in range(0, 60, 5)]
    text = "\n".join(["timestamp_device_local,temperature_c,out_of_limits", *rows, "2026-01-01T01:00,,0"])
    (tmp_path / "data/logger.csv").write_text(text)
    return tmp_path
