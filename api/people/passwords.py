"""Passwords: what one must be, and argon2id. A hash is made of every password given, whether there is one to compare
or not, so that the time tells nothing of who is known; few at once, because each takes 64 MiB."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import InvalidError, UnavailableError

SHORTEST = 12
LONGEST = 1000
AT_ONCE = 2
WAIT_S = 10.0

_hasher = PasswordHasher()
_places = threading.BoundedSemaphore(AT_ONCE)


def check_new(password: str, name: str) -> None:
    """Raise InvalidError for a password that cannot be chosen by the person of that name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidError(f"a password has {SHORTEST} to {LONGEST} characters, this one has {len(password)}")
    if len(set(password)) < 4:
        raise InvalidError("a password has at least 4 different characters")
    if name in password.lower() and len(password) < len(name) + SHORTEST:
        raise InvalidError(f"a password has at least {SHORTEST} characters besides your name")


def hash_password(password: str) -> str:
    """Return what is kept of a password. Raises UnavailableError if too many wait for the same."""
    with _place():
        return _hasher.hash(_bytes(password))


def fits(hashed: str | None, password: str) -> bool:
    """Tell whether it is the password; without a hash it takes as long and is none. Raises UnavailableError."""
    stand_in = _stand_in()
    with _place():
        try:
            return _hasher.verify(hashed or stand_in, _bytes(password)) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(hashed: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


@cache
def _stand_in() -> str:
    return hash_password("nobody's password")


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_S):
        raise UnavailableError("too many people sign in at this moment")
    try:
        yield
    finally:
        _places.release()


def _bytes(password: str) -> bytes:
    """The same bytes from every keyboard."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
