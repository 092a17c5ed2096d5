"""Home Assistant discovery: what a gateway announces of its sensors. It holds no reading."""

from ingest import codecs
from ingest.codecs.common import settings
from ingest.codecs.common.documents import object_of
from ingest.decoded import UNCHANGED, Decoded, Memory, Message, Source

_NOTHING = Decoded()


@codecs.register("ha_discovery", settings.only)
def decode(message: Message, source: Source, memory: Memory) -> tuple[Decoded, Memory]:
    """Return nothing. Raises DecodeError for what is no announcement."""
    if message.payload:
        object_of(message.payload)
    return _NOTHING, UNCHANGED
