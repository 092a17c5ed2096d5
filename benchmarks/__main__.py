"""`make bench`: every measurement, one after the other, each in a process of its own.

python -m benchmarks [NAME …]
"""

import subprocess
import sys

NAMES = (
    "engine",
    "judge",
    "backtest",
    "codecs",
    "store",
    "step",
    "flapping",
    "ingest_transport",
    "ingest",
    "alerting",
    "memory",
    "forgetting",
    "pages",
    "importing",
    "history",
    "correcting",
    "moving",
    "forecast",
    "forecast_job",
    "trail",
    "stock",
    "recording",
    "settling",
    "steady",
    "looking",
)

ALIASES = {"import": "importing"}  # no module can have that name


def main(wanted: list[str]) -> None:
    """Run them all, or those that are named; goes on when one cannot run here."""
    wanted = [ALIASES.get(name, name) for name in wanted]
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        sys.exit(f"no benchmark {unknown[0]!r}; known: {', '.join(NAMES)}")
    failed = [name for name in wanted or NAMES if not _run(name)]
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def _run(name: str) -> bool:
    print(f"\n--- python -m benchmarks.{name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"]).returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
