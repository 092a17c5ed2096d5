"""Messages of topics that are known to carry no readings: they are kept in the journal, counted, and never read.

They are kept because the choice may have been a mistake: with the right format `coldchain rebuild readings` reads them.
"""

from domain.errors import InvalidError
from ingest import codecs
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source

NAME = "ignore"
_NOTHING = Decoded()


def check(source: Source) -> None:
    """Raise InvalidError for a mapping: nothing is read by it."""
    if source.mapping:
        raise InvalidError(f"the format {NAME} reads nothing and has no mapping: {dict(source.mapping)!r}")


@codecs.register(NAME, check)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return nothing, whatever the message says."""
    return _NOTHING, UNCHANGED
