"""The pieces of time in which one version of a rule is in force."""

from dataclasses import dataclass

from domain.model import ProfileVersion, Rule


@dataclass(frozen=True, slots=True)
class Piece:
    """A rule of one profile version and the time it is in force; asked at both ends."""

    since: int
    until: int
    rule: Rule
    version: ProfileVersion
