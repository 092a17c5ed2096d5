"""What is signed with a decision, and why a release is refused: what is still outside, or still to come, is not known.

A release covers what was known when it was signed. While a unit is outside, or its sensors owe data about the hours in
question, it takes a statement of how much more is allowed.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from domain.errors import ConflictError, InvalidError
from domain.model import QUANTITIES, Site
from domain.times import MINUTE, NEVER
from ledger.holds.decisions import Decided, Signed, Signing
from ledger.requests import Shown
from ledger.verdicts.rows import name_of
from rules.decisions.again import accepted_at, covered_by, pieces_of
from rules.decisions.now import Now, outside_now
from rules.decisions.outside import limit_of, sign_of
from rules.decisions.release import TOLERANCE, Accepted, Allow, Covered
from rules.judgement import Firing
from rules.messages.reasons import moment
from rules.messages.words import UNITS, describe_value
from rules.subjects.evidence.subject import SubjectEvidence
from rules.subjects.finality import (
    NO_READINGS,
    PATIENCE,
    SHORTEST,
    Outstanding,
    ReadingTimes,
    ground_of,
    outstanding,
)
from rules.subjects.places import Places
from store.newest import newest_instants
from store.series import find, series_of
from store.tables import hold_revisions

_ASK = "say how much more is allowed (allow: minutes and up_to), or wait"


def signed(evidence: SubjectEvidence | None, firing: Firing | None, at: int) -> Signed:
    """Return what is known of what a hold rests on; nothing, where no rule holds the unit any more."""
    if evidence is None or firing is None:
        return Signed(Accepted(), Covered(at, at), at)
    covered = covered_by(firing, at, evidence, firing.rule, firing.kind)
    return Signed(accepted_at(evidence, firing, covered, at), covered, at)


def check_shown(connection: Connection, hold: Decided, shown: Shown, signing: Signing) -> None:
    """Raise ConflictError with what changed, if the hold is not what was shown.

    Numbers that go on growing may have grown by what is allowed; those of a rejection by anything.
    """
    allow = signing.allow
    found = {"minutes": hold.why["minutes"], "peak": hold.why["peak"]}
    if shown.revision != hold.revision:
        before = _revision(connection, hold.id, shown.revision)
        raise ConflictError(f"hold {hold.id} is not what you saw: {_changed(before, hold)}; look again")
    if signing.state != "released":
        return
    more = 0 if allow is None else allow.length
    if shown.minutes is not None and (found["minutes"] - shown.minutes) * MINUTE > more + TOLERANCE:
        raise ConflictError(
            f"hold {hold.id} is not what you saw: {shown.minutes:g} min are {found['minutes']:g} min by now; look again"
        )
    if _is_farther(found["peak"], shown.peak, allow, hold.why["direction"]):
        now = _value(hold.why["quantity"], found["peak"])
        then = _value(hold.why["quantity"], shown.peak)
        raise ConflictError(f"hold {hold.id} is not what you saw: the peak {then} is {now} by now; look again")


def check_allowed(hold: Decided, evidence: SubjectEvidence, firing: Firing, allow: Allow) -> None:
    """Raise InvalidError if an allowance is none: it allows no time, or no value beyond the limit."""
    pieces = pieces_of(evidence, firing.rule, firing.kind)
    if not pieces:
        return
    piece = pieces[-1]
    limit, quantity = limit_of(piece.version, piece.rule.id), piece.rule.condition.quantity
    if limit is not None and sign_of(piece) * (allow.up_to - limit) <= 0:
        side = "above" if sign_of(piece) > 0 else "below"
        raise InvalidError(
            f"allow.up_to: {_value(quantity, allow.up_to)} is not {side} the limit of {hold.rule}, "
            f"{_value(quantity, limit)} (hold {hold.id})"
        )
    now = outside_now(evidence, firing)
    if now is None or now.value is None or limit is None or sign_of(piece) * (now.value - allow.up_to) <= 0:
        return
    raise ConflictError(
        f"allow.up_to: {_name(hold)} is at {_value(quantity, now.value)} now, beyond {_value(quantity, allow.up_to)} "
        f"(hold {hold.id})"
    )


def check_known(connection: Connection, site: Site, hold: Decided, evidence: SubjectEvidence, firing: Firing) -> None:
    """Raise ConflictError with the reason, if not all is known that a release without an allowance would cover."""
    now = outside_now(evidence, firing)
    if now is not None:
        raise ConflictError(f"{_name(hold)} is still outside: {_still(firing, now)}; {_ASK} until it is back in range")
    missing = outstanding_for(connection, site, evidence, firing)
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        which = ", ".join(_outstanding_words(each) for each in missing[:3]) + more
        raise ConflictError(f"data about {_name(hold)} are still outstanding ({which}); {_ASK} until they have come")


def outstanding_for(connection: Connection, site: Site, evidence: SubjectEvidence, firing: Firing) -> list[Outstanding]:
    """Return what sensors still owe about the hours that a release would be about: from what fired up to now."""
    since, now = _hours_from(evidence, firing), evidence.until
    ground = ground_of(evidence.subject, firing.rule, min(since, now), now, is_ongoing=True)
    if ground is None:
        return []
    ground = replace(ground, since=min(since, now), is_carried=False)

    def times_of(sensor: str) -> ReadingTimes:
        keys = [series_of(site.sensors[sensor], quantity) for quantity in QUANTITIES]
        instants, are_all = newest_instants(
            connection, list(find(connection, keys).values()), now + 1, PATIENCE, SHORTEST
        )
        if not len(instants):
            return NO_READINGS
        return ReadingTimes(instants.tolist(), int(instants[0]) if are_all else None)

    found = outstanding(ground, evidence.subject, Places(site), times_of, now, -NEVER)
    return [each for each in found if each.until is None or each.until > since]


def _hours_from(evidence: SubjectEvidence, firing: Firing) -> int:
    """Return the beginning of the hours in question: of the first time outside that it rests on."""
    if firing.after is not None:
        return firing.after.at
    pieces = pieces_of(evidence, firing.rule, firing.kind)
    if not pieces or not pieces[0].rule.condition.exposes:
        return min(firing.since, firing.at)
    covered = covered_by(firing, evidence.until, evidence, firing.rule, firing.kind)
    begun = [a for a, b in evidence.outside(pieces[0]) if a <= covered.until and covered.since <= b]
    return min(begun, default=min(firing.since, firing.at))


def _still(firing: Firing, now: Now) -> str:
    bound = firing.why.get("bound") or firing.rule
    said = f"since {moment(now.since)}"
    return f"{bound} ({said})" if now.value is None else f"{bound} ({_value(firing.quantity, now.value)} now, {said})"


def _outstanding_words(missing: Outstanding) -> str:
    if missing.until is None:
        return f"{missing.sensor} since {moment(missing.since)}"
    return f"{missing.sensor} from {moment(missing.since)} to {moment(missing.until)}"


def _revision(connection: Connection, hold: int, revision: int) -> dict[str, Any] | None:
    """Return what a hold said in a revision, last."""
    own = (hold_revisions.c.id == hold, hold_revisions.c.revision == revision)
    row = connection.execute(select(hold_revisions).where(*own).order_by(hold_revisions.c.row.desc())).first()
    return None if row is None else dict(row._mapping)


def _changed(before: dict[str, Any] | None, hold: Decided) -> str:
    if before is None:
        return f"it has revision {hold.revision} now"
    then, now = before["why"], hold.why
    found = []
    if before["founded"] and not hold.founded:
        found.append("it is no longer supported")
    if then["minutes"] != now["minutes"]:
        found.append(f"{then['minutes']:g} min are {now['minutes']:g} min by now")
    if then["peak"] != now["peak"]:
        peaks = (_value(now["quantity"], each["peak"]) for each in (then, now))
        found.append("the peak {} is {} by now".format(*peaks))
    if (then["profile"], then["version"]) != (now["profile"], now["version"]):
        found.append(f"it rests on version {now['version']} of {now['profile']} now")
    return ", ".join(found) or "the interval or what it rests on is another"


def _is_farther(now: int | None, shown: int | None, allow: Allow | None, direction: str) -> bool:
    if now is None or shown is None:
        return False
    sign = -1 if direction == "low" else 1
    return sign * now > sign * shown and (allow is None or sign * now > sign * allow.up_to)


def _value(quantity: str | None, value: int | None) -> str:
    if value is None:
        return "none"
    return describe_value(quantity, value) if quantity in UNITS else f"{value / 1_000_000:g}"


def _name(hold: Decided) -> str:
    named = name_of(hold.unit)
    lot = f"{named['product']} {named['lot']}"
    return f"{named['unit']} of {lot}" if named["unit"] else lot
