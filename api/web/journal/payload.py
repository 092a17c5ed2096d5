"""A stranger's bytes as harmless text: what is text as it is, everything else as hexadecimal bytes. Pure."""

from dataclasses import dataclass

SHOWN_AT_MOST = 4096  # bytes
_LINE = 16


@dataclass(frozen=True, slots=True)
class Payload:
    """How many bytes it has, and its beginning; `is_text`: as it is, else a dump in hexadecimal."""

    size: int
    shown: str
    is_text: bool
    is_cut: bool


def shown_of(payload: bytes) -> Payload:
    """Return how the bytes are shown."""
    begins = payload[:SHOWN_AT_MOST]
    words = _words(begins, is_cut=len(payload) > SHOWN_AT_MOST)
    is_cut = len(payload) > SHOWN_AT_MOST
    return Payload(len(payload), _dump(begins) if words is None else words, words is not None, is_cut)


def _words(begins: bytes, *, is_cut: bool) -> str | None:
    """Return UTF-8 without signs that cannot be seen; None for anything else."""
    try:
        words = begins.decode()
    except UnicodeDecodeError as error:
        if not is_cut or error.start < len(begins) - 3:  # not merely cut within a sign
            return None
        words = begins[: error.start].decode()
    return words if all(sign.isprintable() or sign in "\n\t\r" for sign in words) else None


def _dump(begins: bytes) -> str:
    """Return lines of an offset, sixteen bytes, and what of them is ASCII."""
    lines = [begins[start : start + _LINE] for start in range(0, len(begins), _LINE)]
    return "\n".join(
        f"{place * _LINE:04x}  {line.hex(' '):<47}  {''.join(chr(b) if 32 <= b < 127 else '.' for b in line)}"
        for place, line in enumerate(lines)
    )
