"""What codecs remember is kept by device, not all of a source in one."""

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# As the rows of clocks are called, and the kind of memory that the format `json` has of its devices' probes.
_CLOCKS, _POSITIONS = "clocks of ", "positions"


def upgrade() -> None:
    """Change the schema. There is no way back: a backup is."""
    connection = op.get_bind()
    before = connection.execute(sa.text("SELECT source, memory FROM codec_memory ORDER BY source")).all()
    op.drop_table("codec_memory")
    table = op.create_table(
        "codec_memory",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("memory", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_codec_memory")),
    )
    op.bulk_insert(table, [row for source, memory in before for row in _rows(source, memory)])


def _rows(source: str, memory: bytes) -> Iterator[dict[str, Any]]:
    """Yield a row for each device of the one that was there."""
    devices = msgspec.msgpack.decode(memory)
    for device, known in devices.items() if isinstance(devices, dict) else ():
        if isinstance(known, list):
            kept = known if source.startswith(_CLOCKS) else [_POSITIONS, *known]
            yield {"source": source, "key": device, "memory": msgspec.msgpack.encode(kept)}
