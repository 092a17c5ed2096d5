"""A profile that extends another: its source's fields and rules, with what is said otherwise; and the difference.

A rule is overridden by its id, field by field (`null` takes a field away), added under a new id with its `kind`, or
left out by `remove: true`. What differs is worked out from the two documents, so that it is true of whatever is stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rules.kinds.common.fields import nearest
from rules.series.bounds import OPERATORS
from sites.entries import Wrong
from sites.models import Profile

Doc = Mapping[str, Any]
_KEY = ("id", "version", "effective_from", "extends")
# What an extended profile may say of itself.
FIELDS = tuple(field.alias or name for name, field in Profile.model_fields.items() if name not in (*_KEY, "rules"))


class Difference(NamedTuple):
    """A field of a profile, or of one of its rules, that is not its source's; None: there it is not said.

    `field` is empty where a whole rule is added or left out; it is `kind` where a rule is another altogether.
    """

    rule: str | None
    field: str
    source: str | None
    here: str | None


def extend(source: Doc, given: Doc) -> tuple[dict[str, Any], list[Wrong]]:
    """Return the source's document with the fields and rules that are given, and what is wrong with them."""
    doc = dict(source) | {name: given[name] for name in FIELDS if name in given}
    wrong: list[Wrong] = []
    if "rules" in given:
        doc["rules"], wrong = _rules(source, given["rules"])
    if any(doc[name] != source[name] for name in (*FIELDS, "rules")):
        doc["extends"] = name_of(source)
    return doc, wrong


def name_of(doc: Doc) -> str:
    """Return e.g. `eu-gdp-2-8@1`."""
    return f"{doc['id']}@{doc['version']}"


def _rules(source: Doc, given: Any) -> tuple[list[Any], list[Wrong]]:
    if not isinstance(given, list):
        return list(source["rules"]), [Wrong(("rules",), "must be a list of the rules that differ")]
    rules: dict[str, Any] = {rule["id"]: rule for rule in source["rules"]}
    wrong: list[Wrong] = []
    seen: dict[str, int] = {}
    for i, rule in enumerate(given):
        at = ("rules", i)
        if not isinstance(rule, Mapping):
            wrong.append(Wrong(at, "must be a mapping"))
        elif not isinstance(name := rule.get("id"), str):
            wrong.append(Wrong((*at, "id"), "is missing: it says which rule is overridden, added or left out"))
        elif name in seen:
            wrong.append(Wrong((*at, "id"), f'"{name}" is already the id of rules[{seen[name]}]'))
        else:
            seen[name] = i
            wrong += [Wrong((*at, *field), text) for field, text in _merge(rules, name, rule, name_of(source))]
    return list(rules.values()), wrong


def _merge(rules: dict[str, Any], name: str, rule: Doc, source: str) -> Iterator[Wrong]:
    """Bring what is given of a rule into the rules; yield what is wrong with it."""
    known = rules.get(name)
    near = nearest(name, list(rules))
    if "remove" in rule:
        if more := [field for field in rule if field not in ("id", "remove")]:
            yield Wrong((more[0],), "does not go with remove")
        if rule["remove"] not in (True, "true"):
            yield Wrong(("remove",), f"must be true, or left out: {rule['remove']!r}")
        elif known is None:
            yield Wrong(("id",), f'"{name}" is no rule of {source}{near}')
        else:
            del rules[name]
    elif known is not None and rule.get("kind") in (None, known["kind"]):
        rules[name] = _overridden(known, rule)
    elif rule.get("kind") is None:
        yield Wrong(
            ("kind",), f'is missing: "{name}" is no rule of {source}{near}, and one that is added needs its kind'
        )
    else:
        rules[name] = dict(rule)


def _overridden(known: Doc, rule: Doc) -> dict[str, Any]:
    """Return a rule with what is given; a bound takes the place of the one on the same side, however it is written."""
    sides = {_side(name) for name in rule if name in OPERATORS}
    kept = {name: value for name, value in known.items() if not (name in OPERATORS and _side(name) in sides)}
    if not sides or len(kept) == len(known):
        return _given({**kept, **rule})
    found: dict[str, Any] = {}
    for name, value in known.items():  # in the order of the source: distances are measured from the first bound
        if name in kept:
            found[name] = value
        else:
            found |= {each: rule[each] for each in rule if each in OPERATORS and _side(each) == _side(name)}
    return _given({**found, **rule})


def _given(rule: Doc) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if value is not None or name in ("id", "kind")}


def _side(operator: str) -> str:
    return "high" if "above" in operator else "low"


def as_given(given: Doc, doc: Doc, wrong: Wrong) -> Wrong:
    """Return what is wrong with an extended document where it was given; of a rule that was not, by its name."""
    path = wrong.field
    if "use" not in given or path[:1] != ("rules",) or len(path) < 2:
        return wrong
    rules: Sequence[Any] = given.get("rules") or ()
    name = doc["rules"][path[1]].get("id")
    found = next((i for i, rule in enumerate(rules) if isinstance(rule, Mapping) and rule.get("id") == name), None)
    if found is not None:
        return Wrong(("rules", found, *path[2:]), wrong.text)
    return Wrong((), f"rule {'.'.join(map(str, (name, *path[2:])))}: {wrong.text}")


def differences(source: Doc, doc: Doc) -> list[Difference]:
    """Return what an extended profile says otherwise than its source, fields first, rules by where they stand."""
    found = [
        Difference(None, name, _text(source.get(name)), _text(doc.get(name)))
        for name in FIELDS
        if source.get(name) != doc.get(name)
    ]
    before, after = ({rule["id"]: rule for rule in each["rules"]} for each in (source, doc))
    for name, rule in before.items():
        found += _of_rule(name, rule, after[name]) if name in after else [Difference(name, "", rule_text(rule), None)]
    found += [Difference(name, "", None, rule_text(rule)) for name, rule in after.items() if name not in before]
    return found


def _of_rule(name: str, source: Doc, here: Doc) -> Iterator[Difference]:
    if source["kind"] != here["kind"]:
        yield Difference(name, "kind", rule_text(source), rule_text(here))
        return
    for field in dict.fromkeys((*source, *here)):
        if _text(source.get(field)) != _text(here.get(field)):
            yield Difference(name, field, _text(source.get(field)), _text(here.get(field)))


def rule_text(rule: Doc) -> str:
    """Return e.g. `limit, above 8.0, for 30min, action hold`."""
    return ", ".join([rule["kind"], *(f"{name} {_text(value)}" for name, value in rule.items() if _shown(name, value))])


def _shown(name: str, value: Any) -> bool:
    return value is not None and name not in ("id", "kind")


def _text(value: Any) -> str | None:
    return ", ".join(map(str, value)) if isinstance(value, list) else None if value is None else str(value)


def difference_text(difference: Difference) -> str:
    """Return a difference in one line, in the words of a site file."""
    rule, field, source, here = difference
    if rule is not None and not field:
        return f"rule {rule} left out: {source}" if here is None else f"rule {rule} added: {here}"
    what = field if rule is None else f"rule {rule}.{field}" if field != "kind" else f"rule {rule}"
    return f"{what}: {source or '–'} → {here or '–'}"
