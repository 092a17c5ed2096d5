"""What became of everything that a device sent and that no verdict rests on: kinds that are counted by device.

A kind is a word of `Notice`, or `not_judged_` with the name of a mark (domain.readings.Flag), or `fault_` with the name
of a fault (domain.faults.Fault): a fixed number of words, fit for a label of a metric.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, NamedTuple

from domain.faults import Fault, fault_of, name_of
from domain.language import gettext, mark
from domain.readings import EXPLAINED, NOT_JUDGED, Flag

Group = Literal["refused", "not_judged", "fault", "unreadable", "unused", "no_reading"]
GROUPS: tuple[Group, ...] = ("refused", "not_judged", "fault", "unreadable", "unused", "no_reading")


class Notice(StrEnum):
    """Kinds beside marks and faults, the gravest first."""

    CONFLICT_OUTSIDE = "conflict_outside"
    CONFLICT = "conflict"
    UNREADABLE = "unreadable"
    UNREADABLE_PART = "unreadable_part"
    NO_IDENTITY = "no_identity"
    FEWER_PROBES = "fewer_probes"
    UNUSED_MEASUREMENT = "unused_measurement"
    UNUSED_FIELD = "unused_field"
    NO_READING = "no_reading"
    IGNORED = "ignored"


# What concerns the form of all messages of a device: its texts are counted, each once, and not its messages.
FORMS = frozenset({Notice.UNUSED_MEASUREMENT, Notice.UNUSED_FIELD})


class Remark(NamedTuple):
    """What a message says of a device that is worth telling once; `device` "": whose message it is."""

    kind: Notice
    text: str
    device: str = ""


class About(NamedTuple):
    """What a kind means. `calls`: somebody should look at it."""

    group: Group
    title: str
    explanation: str
    calls: bool = True


_ABOUT: Mapping[str, About] = {
    Notice.CONFLICT_OUTSIDE: About(
        "refused",
        mark("Refused value outside a limit"),
        mark(
            "A second value for an instant that already had one was refused, and it is outside a limit where the value "
            "that counts is not. Find out which of the two was measured: the limit may have been exceeded."
        ),
    ),
    Notice.CONFLICT: About(
        "refused",
        mark("Two values for one instant"),
        mark(
            "The value received first counts, and the other is kept here: the order of arrival is certain, and no "
            "later message can change what was evaluated. A device that stamps cached values with new times does this."
        ),
    ),
    Notice.UNREADABLE: About(
        "unreadable",
        mark("Unreadable messages"),
        mark("No format could decode them. They are kept: correct the source or its mapping, then retry."),
    ),
    Notice.UNREADABLE_PART: About(
        "unreadable",
        mark("Unreadable parts of messages"),
        mark("One of several readings in a message could not be read; the others were. The message is in the journal."),
    ),
    Notice.NO_IDENTITY: About(
        "unreadable",
        mark("Probe does not say which it is"),
        mark(
            "The mapping takes the probe from a field, and the message does not have it. The reading is kept under the "
            "device without a probe: it counts for no location unless a sensor is assigned to that."
        ),
    ),
    Notice.FEWER_PROBES: About(
        "unreadable",
        mark("Fewer probes than before"),
        mark(
            "Probes are told apart by their position only, and one is gone: the others may have moved up. Where they "
            "may, readings are kept and not evaluated until all probes are there again or the mapping is given anew. "
            "Check the wiring, and map probes by an identifying field if they have one."
        ),
    ),
    Notice.UNUSED_MEASUREMENT: About(
        "unused",
        mark("Fields that may be measurements and are not used"),
        mark("Their names are those of a temperature or humidity. Add them to the mapping if they should count."),
    ),
    Notice.UNUSED_FIELD: About(
        "unused", mark("Fields that are not used"), mark("Each is listed once. The messages are in the journal."), False
    ),
    Notice.NO_READING: About(
        "no_reading",
        mark("Messages without a reading"),
        mark("Read, and nothing in them is a temperature or humidity: availability, battery, state of a switch."),
        False,
    ),
    Notice.IGNORED: About(
        "no_reading",
        mark("Ignored messages"),
        mark("Their source has the format ignore: kept in the journal, and never read."),
        False,
    ),
}
_BY_FLAG = {flag: f"not_judged_{str(flag.name).lower()}" for flag in Flag if flag & NOT_JUDGED}
_FLAGS = {kind: flag for flag, kind in _BY_FLAG.items()}
_BY_FAULT = {fault: f"fault_{fault.name.lower()}" for fault in Fault}
_FAULTS = {kind: fault for fault, kind in _BY_FAULT.items()}
KINDS: tuple[str, ...] = (*_ABOUT, *_FLAGS, *_FAULTS)
READINGS: tuple[str, ...] = (*_FLAGS, *_FAULTS)  # kinds that readings are of


def not_judged(flags: int) -> str:
    """Return the kind of a reading that is not judged: by the first of its marks that says why."""
    return next(kind for flag, kind in _BY_FLAG.items() if flags & flag)


def fault(flags: int) -> str:
    """Return the kind of a reading without a value."""
    return _BY_FAULT[fault_of(flags)]


def weight(kind: str) -> int:
    """Return the place of a kind among all: the gravest is first."""
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def about(kind: str) -> About:
    """Return what a kind means, in the language in use. One of a later version says only its name."""
    if kind in _FLAGS:
        title = gettext("Not evaluated: {reason}", reason=gettext(EXPLAINED[_FLAGS[kind]]))
        if _FLAGS[kind] is Flag.MOVED:
            return About("not_judged", title, gettext("The reading is kept with its mark. It may be another probe's."))
        return About("not_judged", title, gettext("The reading is kept with its mark. Its time is not certain."))
    if kind in _FAULTS:
        title = gettext("Fault: {name}", name=name_of(_FAULTS[kind]))
        return About("fault", title, gettext("No value, or a number that stands for none: it counts as missing data."))
    if kind not in _ABOUT:
        return About("unreadable", kind, "")
    group, title, explanation, calls = _ABOUT[kind]
    return About(group, gettext(title), gettext(explanation), calls)
