"""How many messages a second each gateway format decodes on one core, by its first recorded case with a reading.

python -m benchmarks.codecs [FORMAT …] [--messages N]
"""

import argparse
import os
import time

from ingest import codecs
from ingest.decoded import UNCHANGED
from tests.codecs.cases import Case, all_cases

_ROUNDS = 5


def main() -> None:
    """Print a line a format: messages a second of CPU time, the best of some rounds, and the size of the message."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("formats", nargs="*", metavar="FORMAT")
    parser.add_argument("--messages", type=int, default=5000)
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{'format':24}{'messages/s':>12}{'bytes':>8}{'readings':>10}")
    for case in _first_cases():
        if not given.formats or case.format in given.formats:
            _print(case, given.messages)


def _first_cases() -> list[Case]:
    """Return the first case with a reading of each format, of one message that nothing precedes."""
    found: dict[str, Case] = {}
    for case in all_cases():
        if case.error is None and not case.preceding and _readings(case):
            found.setdefault(case.format, case)
    return list(found.values())


def _readings(case: Case) -> int:
    return len(case.expected.get("readings", ())) if isinstance(case.expected, dict) else 0


def _print(case: Case, messages: int) -> None:
    decode, message, source = codecs.get(case.format).decode, case.message, case.source
    best = 0.0
    for _ in range(_ROUNDS):
        start = time.process_time()
        for _ in range(messages):
            decode(message, source, UNCHANGED)
        best = max(best, messages / max(time.process_time() - start, 1e-9))
    print(
        f"{case.format:24}{best:12,.0f}{len(message.payload):8}{len(decode(message, source, UNCHANGED)[0].readings):10}"
    )


if __name__ == "__main__":
    main()
