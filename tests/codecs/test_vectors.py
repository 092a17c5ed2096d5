"""The shared gateway vectors of every format that there is a codec for, through the command line."""

import json
import subprocess
import sys
from pathlib import Path

from ingest import codecs


def test_the_shared_vectors_are_decoded_right(shared_vectors: Path, tmp_path: Path) -> None:
    cases = [json.loads(line) for line in (shared_vectors / "gateways.jsonl").read_text().splitlines() if line.strip()]
    chosen = [case for case in cases if case["format"] in codecs.names()]
    assert {case["format"] for case in chosen} >= {"senml", "plain_scalar"}
    file = tmp_path / "cases.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in chosen))
    score = [
        sys.executable,
        str(shared_vectors / "score_gateways.py"),
        str(file),
        "--",
        sys.executable,
        "-m",
        "coldchain",
    ]
    done = subprocess.run(score, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"total {len(chosen)}/{len(chosen)}" in done.stdout
