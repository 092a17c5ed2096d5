"""How a receiver checks that a webhook came from its coldchain, and recently."""

import hashlib
import hmac
import time


def is_genuine(secret: bytes, header: str, body: bytes, now: float | None = None, tolerance_s: int = 300) -> bool:
    """Check the `Coldchain-Signature` header against the body's bytes as they came."""
    fields = dict(field.partition("=")[::2] for field in header.split(","))
    timestamp = fields.get("t", "")
    expected = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not timestamp.isdecimal() or not hmac.compare_digest(expected.encode(), fields.get("v1", "").encode()):
        return False
    return abs((time.time() if now is None else now) - int(timestamp)) <= tolerance_s
