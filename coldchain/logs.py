"""The log: one line an event on standard error, times in UTC, whatever is in the message."""

import logging
import sys
import threading
import traceback
from types import TracebackType

from domain.times import format_instant

_FRAMES = 4
# Their own chatter: what matters of it is said by whoever calls them, without addresses that may hold a secret.
_QUIET = (
    "alembic",
    "apscheduler",
    "httpcore",
    "httpx",
    "influxdb_client",
    "iotcore",
    "reactivex",
    "sqlalchemy",
    "urllib3",
)


class OneLine(logging.Formatter):
    """Time, level, where, what; an exception as its last frames, line breaks escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = format_instant(int(record.created * 1000) * 1000)
        text = f"{at} {record.levelname.lower()} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1]:
            text += f" ({_exception(record.exc_info[1])})"
        return text.replace("\\", "\\\\").translate({code: repr(chr(code))[1:-1] for code in range(32)})


def set_up(level: str) -> None:
    """Log to standard error from `level` on: debug, info, warning or error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    sys.excepthook = _log_death
    threading.excepthook = lambda fate: _log_death(fate.exc_type, fate.exc_value, fate.exc_traceback)


def _log_death(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    where = threading.current_thread()
    thread = "" if where is threading.main_thread() else f" of thread {where.name}"
    logging.getLogger("coldchain").critical("unexpected end%s", thread, exc_info=error)


def _exception(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__}: {error}; {where}"
