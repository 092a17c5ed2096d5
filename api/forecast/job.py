"""The background thread that keeps the forecasts current."""

import logging
import threading

from api.forecast.cache import ForecastCache
from domain.errors import UnavailableError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0


class ForecastJob:
    """Looks again and again, from `start` to `stop`."""

    def __init__(self, forecasts: ForecastCache, look_every_s: float = LOOK_EVERY_S) -> None:
        self._forecasts = forecasts
        self._look_every_s = look_every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forecast", daemon=True)

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
                self._forecasts.look(self._pause)
            except _Stopped:
                return
            except UnavailableError as error:
                log.warning("no forecast: %s", error)
            except Exception:  # of one round; the next may do
                log.exception("no forecast")
            self._stopped.wait(self._look_every_s)

    def _pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise _Stopped


class _Stopped(Exception):
    """It is to end in the middle of a round."""
