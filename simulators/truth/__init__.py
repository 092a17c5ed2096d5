"""What a correct product must find of what was measured, by the plainest possible method.

All instants at which anything can change are collected, every predicate is asked at each of them, and what is true at
neighbouring instants is joined. The words followed are those of the product's contract, "What the words mean exactly";
the numbers in comments are its numbers. Covered are

1. values over time: gaps, faults, two values at one instant;
2. where: several sensors a place, mounts, quantities, ancestors and `inherits`, all of them dated;
3. outside: limits, bands, deadbands, degree-minutes and peaks;
4. units: placements, several at once, parents before a batch was made, `gap_counts_as`;
5. the instant `until`; 6. the kinds `limit`, `cumulative`, `silence` (another kind is refused); 7. versions;
8. to 10. coverage, verdicts, printing;

and beyond the contract what the product says of problems: one place whose sensors spoke, one quantity, one direction;
all that fired there within an hour of each other.

The truth is of what was *measured*, at the instants that the messages claim: a stuck or drifting probe is believed,
and a clock that is 17 minutes behind moves what it stamps by 17 minutes. Not judged is what nobody could judge: a stamp
more than 5 minutes ahead of its arrival, or before the year 2001. What has no time of its own is dated by its arrival,
which only the product knows: a place for which such a sensor speaks is refused.
"""

from simulators.truth.finding import find
from simulators.truth.measured import Stamped

__all__ = ["Stamped", "find"]
