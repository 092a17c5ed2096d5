"""Subscriber and pipeline as a process to be killed: what is committed is in a file before anything is acknowledged.

python -m tests.ingest.child URL FILE
"""

import os
import sys
import threading
import time
from pathlib import Path

from ingest.decoding import Decoder
from ingest.pipeline import Pipeline
from ingest.sources import Sources
from ingest.subscriber import Subscriber
from ledger.inputs import Batch
from tests.ingest.fakes import Done, source

CLIENT = "killed"


class FileWriter:
    """Commits by appending payloads to a file."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("ab")
        self.file.write(b"\n")  # a process that was killed may have left half a line

    def step(self, batch: Batch, now: int) -> Done:
        if batch.messages:
            self.file.write(b"".join(message.payload + b"\n" for message in batch.messages))
            self.file.flush()
            os.fsync(self.file.fileno())
            time.sleep(0.002)  # between the commit and the acknowledgement it can be killed, too
        return Done()


def main() -> None:
    url, path = sys.argv[1:]
    sources = Sources([("k", source("site/#"))])
    subscriber = Subscriber(url, CLIENT, sources.topics)
    subscriber.start()
    Pipeline(subscriber, FileWriter(Path(path)), Decoder(sources), lambda: time.time_ns() // 1000).run(
        threading.Event()
    )


if __name__ == "__main__":
    main()
