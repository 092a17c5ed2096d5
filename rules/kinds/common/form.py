"""What the fields of a rule are called and how each is filled in, declared once by its kind.

Forms, reference pages and tools are made from it. What a field means when a rule is read says `fields.Fields`; a test
holds the two against each other. Labels and helps are English; whoever shows one translates it.
"""

from dataclasses import dataclass
from typing import Literal

from domain.language import mark
from domain.model import QUANTITIES

# value: a number in the unit; bounds: one or two limits, each an operator with its value; list: texts with commas.
Sort = Literal["value", "bounds", "duration", "choice", "text", "list", "count"]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a rule. `unit`: "quantity" is that of the rule's quantity; `preset`: what counts if left out."""

    name: str
    label: str
    sort: Sort
    help: str = ""
    unit: str = ""
    preset: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A kind for people: its name, what it is for in a sentence, and its fields in the order of reading."""

    label: str
    summary: str
    inputs: tuple[Input, ...]


QUANTITY = Input("quantity", mark("Quantity"), "choice", preset="temperature", choices=QUANTITIES)
ANY_QUANTITY = Input(
    "quantity", mark("Quantity"), "choice", mark("Empty: any quantity that is measured."), choices=QUANTITIES
)
BOUNDS = Input(
    "bounds",
    mark("Out of range"),
    "bounds",
    mark("The values that count as out of range: one limit, or two for a band."),
    "quantity",
    is_required=True,
)
DEADBAND = Input(
    "deadband",
    mark("Deadband"),
    "value",
    mark("Back in range only when the value is this far inside the limit. With one limit only."),
    "quantity",
    "0",
)
HOLD_FOR = Input(
    "for", mark("Delay"), "duration", mark("How long it must last before the alarm triggers."), preset="0s"
)
TOTAL = Input("total", mark("Total time"), "duration", mark("How much time may add up."), is_required=True)
WINDOW = Input(
    "window", mark("Within"), "duration", mark("Only time in the last so many hours or days adds up. Empty: all time.")
)
ENERGY = Input("activation_energy_kj_mol", mark("Activation energy"), "value", unit="kJ/mol", preset="83.144")

COMMON = (
    Input("id", mark("Rule ID"), "text", mark("A short name, used once in the profile."), is_required=True),
    Input("action", mark("Action"), "choice", preset="notify", choices=("notify", "review", "hold")),
    Input("severity", mark("Severity"), "choice", preset="warning", choices=("info", "warning", "critical")),
    Input(
        "off_delay",
        mark("Clear delay"),
        "duration",
        mark("How long it must be back within limits before the alarm is cleared."),
        preset="0s",
    ),
)
