"""Read models: one typed, frozen dataclass a noun, for API, pages, mails and exports alike (ADR 14).

Each module has its noun, and the one function that makes it from a row of the database. Instants are microseconds,
values 10⁻⁶ of the unit; text is made only where it is printed. What a client may read of a noun stands beside its
fields (`for_client`): a field added later stays hidden until it is listed there.
"""

from ledger.models.audit_entry import AuditEntry
from ledger.models.excursion import Excursion
from ledger.models.exposure import Exposure
from ledger.models.finality import Finality
from ledger.models.hold import Hold
from ledger.models.interval import Interval
from ledger.models.last_reading import LastReading

__all__ = ["AuditEntry", "Excursion", "Exposure", "Finality", "Hold", "Interval", "LastReading"]
