"""What the secret files of sources hold. It is never kept, logged or answered: only the file's name is."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from domain.errors import InvalidError

# Returns what a secret file holds. Raises InvalidError, which says no more of it than its name.
ReadSecret: TypeAlias = Callable[[str], str]


def reader(folders: Sequence[Path]) -> ReadSecret:
    """Return what reads secret files; those without a full path are looked for in the folders, in order."""

    def read(named: str) -> str:
        for folder in folders:
            try:
                secret = (folder / named).read_text(encoding="utf-8").strip()  # an absolute path stays what it is
            except (OSError, UnicodeDecodeError):
                continue
            if secret:
                return secret
            raise InvalidError(f"its secret_file {named!r} is empty")
        raise InvalidError(f"its secret_file {named!r} cannot be read")

    return read


def unread(named: str) -> str:
    """Read nothing: where only what is said of a source counts."""
    return ""
