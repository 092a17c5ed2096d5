"""Rule kinds: one module each, found automatically.

A kind is a frozen dataclass of a rule's numbers ("condition") registered under the kind's name, as `base.Condition`
says. Three sorts need little more than their numbers: what is outside for a while (`common.consecutive`), what adds up
(`common.cumulative`), and what a test of the rule's own finds outside (`rules.subjects.outside_test`). Besides:

- `form`: its name and its fields for people, from which forms and reference pages are made;
- `means`: consecutive or cumulative;
- `exposes`: whether its outside time is listed as exposures and excursions;
- `is_over_in_range`: whether what it fired for is over only when a value in range is heard; not what is of one instant;
- `goes_on`: whether what fires depends on `evidence.outside` alone, in order of time, so that it need not be asked for
  again up to `evidence.judged_until`;
- `counts_in_coverage`: whether its quantity must be known for the unit to be known;
- `linger`: for how long after it was outside each reading inside still matters (cooling), else 0;
- `firings(pieces, evidence)`: class method; when the rule fired, given the pieces of time in which a version of it
  was in force (closed at both ends: at a boundary the version that ends is asked first);
- `due(piece, evidence)`: the next instant after `evidence.until` at which it could fire with nothing but quiescent
  readings, or `evidence.until` itself if it could with the next reading.
"""
