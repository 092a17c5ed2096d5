"""Rule kinds: one module each, found automatically.

A kind is a frozen dataclass of a rule's numbers ("condition") registered under the kind's name, with

- `read(fields)`: class method, from the fields of the site file;
- `quantity`: what it looks at (None: whatever is heard);
- `bounds`: what is outside for it, or None;
- `exposes`: whether its outside time is listed as exposures and excursions;
- `linger`: for how long after it was outside each reading inside still matters (a rolling mean), else 0;
- `direction`: high, low or silent, for people;
- `firings(pieces, evidence)`: class method; when the rule fired, given the pieces of time in which a version of it
  was in force (closed at both ends: at a boundary the version that ends is asked first);
- `due(piece, evidence)`: the next instant after `evidence.until` at which it could fire with nothing more heard;
- `describe()`: the requirement in words.
"""

from rules.kinds.base import KINDS, Condition, Evidence, Piece

__all__ = ["KINDS", "Condition", "Evidence", "Piece"]
