"""The thread that keeps in the background what is foreseen up to date."""

import logging
import threading

from api.forecast.cache import Foresight
from domain.errors import UnavailableError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0


class Foreseeing:
    """Looks again and again, from `start` to `stop`."""

    def __init__(self, foresight: Foresight, look_every_s: float = LOOK_EVERY_S) -> None:
        self._foresight = foresight
        self._look_every_s = look_every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="foresight", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and return after the sensor that is looked at."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._foresight.look(self._pause)
            except _Stopped:
                return
            except UnavailableError as error:
                log.warning("nothing is foreseen: %s", error)
            except Exception:  # of one round; the next may do
                log.exception("nothing is foreseen")
            self._stopped.wait(self._look_every_s)

    def _pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise _Stopped


class _Stopped(Exception):
    """It is to end in the middle of a round."""
