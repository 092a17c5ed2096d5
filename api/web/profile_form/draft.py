"""A version that is being written: between the fields of a form, the document of a site file, and its text. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any, NamedTuple

from api.web.frame.moment import read_moment, show_moment
from api.web.frame.texts import text
from domain.errors import InvalidError, Refused
from domain.times import datetime_of, format_instant, parse_instant
from rules.kinds.base import KINDS
from rules.kinds.common.form import COMMON, Input
from rules.read_rule import read_rule
from rules.series.bounds import OPERATORS
from sites.entries import read_entry, show_path
from sites.library import written_out
from sites.tree import Plain, UnreadableError, compose
from sites.writing import profile_text

# Of a version itself, in the order of a site file.
HEAD = (
    *("version", "extends", "effective_from", "name", "source", "clause", "date", "evidence", "note"),
    *("max_gap", "gap_counts_as", "min_coverage", "longest_gap"),
    *("coverage_reason", "coverage_source", "coverage_date"),
)
BOUNDS_AT_MOST = 2

Fields = Mapping[str, str]  # of a rule: what the site file has, lists as texts with commas


class Problem(NamedTuple):
    """What is wrong: of which rule (None: of the version itself), of which field (empty: of all of it)."""

    rule: int | None
    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is written so far. `head` has `effective_from` as a form's field gives it, in the site's zone."""

    id: str
    head: Mapping[str, str]
    rules: Sequence[Fields]

    def doc(self, zone: tzinfo) -> dict[str, Any]:
        """Return the document, without what is empty; what cannot be read stays as it was written."""
        head = {name: self.head[name].strip() for name in HEAD if self.head.get(name, "").strip()}
        with suppress(InvalidError):  # told by `problems_of`
            instant = read_moment(head.get("effective_from", ""), zone)
            if instant is not None:
                head["effective_from"] = format_instant(instant)
        return {"id": self.id, **head, "rules": [_rule_doc(fields) for fields in self.rules]}

    def text(self, zone: tzinfo) -> str:
        """Return the version as in a site file."""
        return profile_text(self.doc(zone))


def _rule_doc(fields: Fields) -> dict[str, str | list[str]]:
    lists = {each.name for each in _inputs_of(fields.get("kind", "")) if each.sort == "list"}
    return {
        name: [part.strip() for part in value.split(",")] if name in lists and "," in value else value.strip()
        for name, value in fields.items()
        if value.strip()
    }


def _inputs_of(kind: str) -> tuple[Input, ...]:
    return KINDS.get(kind).form.inputs if kind in KINDS.names() else ()


# --- where a draft comes from -------------------------------------------------------------------------------------


def next_version(newest: Mapping[str, Any], now: int, zone: tzinfo) -> Draft:
    """Return the draft of the version after the newest one: its rules, effective from the next midnight."""
    midnight = (datetime_of(now).astimezone(zone) + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    draft = of_doc(newest, zone)
    number = str(int(newest["version"]) + 1)
    return Draft(
        draft.id, {**draft.head, "version": number, "effective_from": f"{midnight:%Y-%m-%dT%H:%M}"}, draft.rules
    )


def of_doc(doc: Mapping[str, Any], zone: tzinfo) -> Draft:
    """Return the draft of a document, also of one that is not right."""
    head = {name: value for name in HEAD if isinstance(value := doc.get(name), str)}
    with suppress(KeyError, InvalidError):  # told by `problems_of`
        head["effective_from"] = show_moment(parse_instant(head["effective_from"]), zone)
    rules = doc.get("rules")
    found = [_fields(rule) for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    return Draft(str(doc.get("id") or ""), head, found)


def _fields(rule: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else ", ".join(map(str, value))
        for name, value in rule.items()
        if isinstance(value, str | list)
    }


def of_text(name: str, written: str, zone: tzinfo) -> Draft:
    """Return the draft of what was written as a site file. Raises InvalidError for what is no such thing at all."""
    try:
        root, twice = compose(written)
    except UnreadableError as error:
        raise InvalidError(text("profile_form.line", line=error.line, words=str(error))) from error
    for line, path, words in twice:
        raise InvalidError(text("profile_form.line", line=line, words=f"{show_path(path)}: {words}"))
    doc = _only_profile(root.plain())
    if doc is None:
        raise InvalidError(text("profile_form.no_profile"))
    if "use" in doc:
        doc = _written_out(doc)
    if doc.get("id") != name:
        raise InvalidError(text("profile_form.other_profile", name=str(doc.get("id")), expected=name))
    return of_doc(doc, zone)


def _written_out(doc: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a text stands for that extends a profile of the library. Raises InvalidError."""
    try:
        return written_out(doc)
    except Refused as error:
        raise InvalidError("; ".join(error.problems)) from error


def _only_profile(root: Plain) -> Mapping[str, Any] | None:
    profiles = root.get("profiles") if isinstance(root, dict) else None
    if not isinstance(profiles, list) or len(profiles) != 1 or not isinstance(profiles[0], dict):
        return None
    return profiles[0]


def of_form(name: str, given: Sequence[tuple[str, str]]) -> Draft:
    """Return the draft of a form's fields `version`, `rule-0.kind`, `rule-0.for` …, in the order of the form.

    A bound has two fields, `rule-0.bound` and `rule-0.limit`: its operator and its value.
    """
    head = {field: value for field, value in given if field in HEAD}
    rules: dict[str, list[tuple[str, str]]] = {}
    for field, value in given:
        number, dot, inner = field.removeprefix("rule-").partition(".")
        if field.startswith("rule-") and dot and number.isdecimal():
            rules.setdefault(number, []).append((inner, value))
    return Draft(name, head, [dict(_with_bounds(fields)) for _, fields in sorted(rules.items(), key=_number)])


def _number(item: tuple[str, Any]) -> int:
    return int(item[0])


def _with_bounds(fields: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    operators = iter([value for name, value in fields if name == "bound"])
    for name, value in fields:
        if name == "limit":
            operator = next(operators, "")
            if value.strip() and operator in OPERATORS:
                yield operator, value
        elif name != "bound":
            yield name, value


# --- what is wrong with it ----------------------------------------------------------------------------------------


def problems_of(draft: Draft, zone: tzinfo, known: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """Return everything that is wrong. `known`: the documents of the versions that there are, by number."""
    found = []
    try:
        read_moment(draft.head.get("effective_from", ""), zone)
    except InvalidError as error:
        found.append(Problem(None, "effective_from", str(error)))
    if draft.head.get("version", "") in known:
        found.append(Problem(None, "version", text("profile_form.version_taken", version=draft.head["version"])))
    if not draft.rules:
        found.append(Problem(None, "rules", text("profile_form.no_rules")))
    _, wrong = read_entry("profile", draft.doc(zone))
    told = {each.field for each in found}
    more = [_problem(draft, path, words) for path, words in wrong]
    return found + [each for each in more if each.rule is not None or each.field not in told]


def _problem(draft: Draft, path: Sequence[str | int], words: str) -> Problem:
    if len(path) > 1 and path[0] == "rules" and isinstance(path[1], int):
        field = str(path[2]) if len(path) > 2 else ""
        is_bound = field in OPERATORS and _has_bounds(_inputs_of(draft.rules[path[1]].get("kind", "")))
        return Problem(path[1], "bounds" if is_bound else field, words)
    return Problem(None, str(path[0]) if path else "", words)


# --- how it is shown ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of a rule in the form; `input` None: one that its kind does not know."""

    name: str
    value: str
    input: Input | None
    unit: str
    bounds: Sequence[tuple[str, str]]
    wrong: Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule in the form. `words`: what it says, if it can be read; `wrong`: what is wrong with all of it."""

    number: int
    kind: str
    id: str
    label: str
    summary: str
    words: str
    common: Sequence[Shown]
    own: Sequence[Shown]
    wrong: Sequence[str]


def shown(draft: Draft, problems: Sequence[Problem]) -> list[ShownRule]:
    """Return the rules as the form shows them, each field with what is wrong with it."""
    return [_shown(i, fields, [each for each in problems if each.rule == i]) for i, fields in enumerate(draft.rules)]


def _shown(number: int, fields: Fields, problems: Sequence[Problem]) -> ShownRule:
    kind = fields.get("kind", "")
    form = KINDS.get(kind).form if kind in KINDS.names() else None
    inputs = () if form is None else form.inputs
    declared = {each.name for each in (*COMMON, *inputs)} | {"kind", *(OPERATORS if _has_bounds(inputs) else ())}
    unknown = [name for name in fields if name not in declared]
    own = [_field(each, fields, problems) for each in inputs]
    own += [Shown(name, fields[name], None, "", (), _wrong(problems, name)) for name in unknown]
    rule, _ = read_rule(_given(fields))
    return ShownRule(
        number,
        kind,
        fields.get("id", ""),
        kind if form is None else form.label,
        "" if form is None else form.summary,
        "" if rule is None else str(rule.condition.describe()),
        [_field(each, fields, problems) for each in COMMON],
        own,
        [each.words for each in problems if each.field in ("", "kind")],
    )


def _given(fields: Fields) -> dict[str, str | list[str] | None]:
    return dict(_rule_doc(fields))


def _has_bounds(inputs: Sequence[Input]) -> bool:
    return any(each.sort == "bounds" for each in inputs)


def _field(each: Input, fields: Fields, problems: Sequence[Problem]) -> Shown:
    bounds: list[tuple[str, str]] = []
    if each.sort == "bounds":
        bounds = [(name, value) for name, value in fields.items() if name in OPERATORS]
        bounds += [("", "")] * (BOUNDS_AT_MOST - len(bounds))
    unit = each.unit
    if unit == "quantity":
        unit = {"humidity": "%"}.get(fields.get("quantity", ""), "°C")
    return Shown(each.name, fields.get(each.name, ""), each, unit, bounds, _wrong(problems, each.name))


def _wrong(problems: Sequence[Problem], field: str) -> list[str]:
    return [each.words for each in problems if each.field == field]
