"""A part as a child of `coldchain run`: it ends when the pipe from its supervisor closes, even by a kill -9.

python -m coldchain.child ingest
"""

import os
import signal
import sys
import threading
import time

from coldchain.__main__ import main

GRACE_S = 10


def end_with_supervisor() -> None:
    """Begin to watch the pipe that is this process's input."""
    threading.Thread(target=_watch, name="supervisor's pipe", daemon=True).start()


def _watch() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # as a person would: cleanly
    time.sleep(GRACE_S)
    os._exit(1)


if __name__ == "__main__":
    end_with_supervisor()
    sys.argv[0] = "coldchain"
    main()
