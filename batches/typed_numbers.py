"""Batch numbers as people type them: meant as the format writes them, mistyped, or somebody else's.

What differs from a number of ours only in spaces, case, invisible characters, or characters that look alike, is ours.
"""

import unicodedata
from dataclasses import dataclass
from typing import Literal

from batches.check_characters import CHECKS
from batches.numbering import Numbering, Slot

# Characters that are taken for one another in print and in writing; the first of a group stands for all of it.
_ALIKE: dict[str, str] = {sign: group for group in ("0Oo", "1Iil|") for sign in group}
# Dashes, and letters of other alphabets that look like Latin ones (Unicode confusables, those of capitals and digits).
_AS_LATIN = str.maketrans(
    "‐‑‒–—−АВЕКМНОРСТУХІЈЅаеорсухіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",  # noqa: RUF001  look-alikes are the point
    "------ABEKMHOPCTYXIJSaeopcyxijABEZHIKMNOPTYXo",
)

Kind = Literal["own", "mistyped", "wrong", "foreign"]


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """What a typed number is. `meant`: the number of ours that a mistyped one means, else the typed one itself."""

    kind: Kind
    meant: str
    why: str = ""


def read_typed(numbering: Numbering, text: str) -> TypedNumber:
    """Return what somebody meant who typed this as a batch number."""
    if numbering.read(text) is not None:
        return TypedNumber("own", text)
    clean = visible(text)
    near = _nearest(numbering, clean)
    if near is not None and numbering.read(near) is not None:
        return TypedNumber("mistyped", near, f"{text!r} is {near!r} with {differences(text, near)}")
    if near is not None:
        return TypedNumber("wrong", text, _why_wrong(numbering, text, near))
    if clean.strip() != text:
        return TypedNumber("mistyped", clean.strip(), f"{text!r} has {differences(text, clean.strip())}")
    return TypedNumber("foreign", text)


def visible(text: str) -> str:
    """Return a text without invisible and control characters; characters of double width become plain ones."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in ("Cf", "Cc", "Cn")
    )


def likeness(text: str) -> str:
    """Return what all texts have in common that are taken for this one."""
    bare = "".join(sign for sign in visible(text).translate(_AS_LATIN) if not sign.isspace())
    return "".join(_ALIKE.get(sign, sign)[0].upper() for sign in bare)


def differences(text: str, meant: str) -> str:
    """Return in words what tells two texts apart that are taken for each other: `spaces, O for 0`."""
    found = []
    if any(sign.isspace() for sign in text) and not any(sign.isspace() for sign in meant):
        found.append("spaces")
    if visible(text) != unicodedata.normalize("NFKC", text):
        found.append("invisible characters")
    bare = [sign for sign in visible(text) if not sign.isspace()]
    pairs = list(zip(bare, meant, strict=True)) if len(bare) == len(meant) else []
    if any(given != wanted and given.upper() == wanted.upper() for given, wanted in pairs):
        found.append("another case")
    others = {(given, wanted) for given, wanted in pairs if given.upper() != wanted.upper()}
    found += [f"{given} for {wanted}" for given, wanted in sorted(others)]
    return ", ".join(found) or "characters of another width"


def _nearest(numbering: Numbering, clean: str) -> str | None:
    """Return a text as the format would have it, look-alikes put right; None: it has not the format's shape."""
    bare = [sign for sign in clean if not sign.isspace()]
    for line in numbering.lines or ("",):
        slots = numbering.slots(line)
        if len(slots) == len(bare):
            found = [_fitting(sign, slot) for sign, slot in zip(bare, slots, strict=True)]
            if None not in found:
                return "".join(sign for sign in found if sign is not None)
    return None


def _fitting(sign: str, slot: Slot) -> str | None:
    """Return the character of a slot that one stands for: itself, in the other case, or one that looks alike."""
    latin = sign.translate(_AS_LATIN)
    candidates = (sign, latin, latin.upper(), latin.lower(), *_ALIKE.get(latin, ""))
    return next((each for each in candidates if each in slot.signs), None)


def _why_wrong(numbering: Numbering, text: str, near: str) -> str:
    """Say what is wrong in a number that has the shape of ours: its check, or its date or sequence."""
    width = sum(slot.part.kind == "check" for slot in numbering.slots((numbering.lines or ("",))[0]))
    right = CHECKS[numbering.parts[-1].value].of(near[:-width]) if width else ""
    if right != near[len(near) - width :]:
        return f"{text!r} ends with {near[-width:]!r}, and the check of such a number is {right!r}"
    return f"{text!r} looks like a batch number of this product, but has no possible date or sequence number"
