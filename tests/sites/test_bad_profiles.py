"""A bad profile is refused whole: each problem named with its place in the file, and the nearest right word."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from coldchain.__main__ import cli
from domain.errors import Refused
from sites.file import load

HEAD = """\
sensors: [{id: S1, quantities: [temperature]}]
profiles:
  - id: p
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules:
"""
GOOD = "      - {id: good, kind: limit, above: 8.0}\n"


def problems_in(text: str) -> list[str]:
    with pytest.raises(Refused) as refused:
        load(text, "S.yaml")
    return refused.value.problems


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            "kind: limt, above: 8",
            ".kind: unknown rule kind 'limt'; known: cooling, cumulative, dew, gap, life, limit, ",
        ),
        ("kind: limt, above: 8", '(did you mean "limit"?)'),
        ("kind: limit, above: 8, deadbnd: 1", '.deadbnd: unknown field (did you mean "deadband"?)'),
        ("kind: limit, above: 8, action: hodl", "not 'hodl' (did you mean \"hold\"?)"),
        ("kind: limit, above: 8, severity: critcal", "not 'critcal' (did you mean \"critical\"?)"),
        ("kind: limit, above: 8, for: 5mins", "'5mins' (did you mean \"5min\"?)"),
        ("kind: limit, above: 8, for: 2 hours", "'2 hours' (did you mean \"2h\"?)"),
        ("kind: limit, above: 8, for: -5min", ".for: not a duration such as 90s, 15min, 10h, 30d or PT15M: '-5min'"),
        ("kind: limit, above: 8, for: -5min", "(a duration is never negative)"),
        ("kind: limit, above: 8, off-delay: 5min", '.off-delay: unknown field (did you mean "off_delay"?)'),
        ("kind: limit, above: 8, off_delay: 5mins", ".off_delay: not a duration such as 90s, 15min, 10h, 30d or PT15M"),
        ("kind: limit, above: 8, off_delay: 5mins", "'5mins' (did you mean \"5min\"?)"),
        ("kind: silence, after: 1h, off_delay: -5min", ".off_delay: not a duration such as 90s"),
        ("kind: silence, after: 1h, off_delay: -5min", "(a duration is never negative)"),
        ("kind: cumulative, above: 8, total: 0h", ".total: must be longer than 0"),
        ("kind: limit, above: 8 °C", "'8 °C' (did you mean \"8\"?)"),
        ("kind: limit, above: 46 °F", "'46 °F' (values are in °C)"),
        ('kind: limit, above: "8,5"', "'8,5' (did you mean \"8.5\"?)"),
        ("kind: limit, above: 25, at_or_below: 8", ".at_or_below: the two bounds can never both hold"),
        ("kind: limit, above: 8, below: 2", ".below: the two bounds can never both hold"),
        ("kind: plausible, from: 60, to: -40", ".to: is below from: nothing would be plausible"),
        ("kind: life, table: VVM7, studied_from: 40", ".studied_to: is not above studied_from"),
        ("kind: cooling, from: 57, reach: [5 in 2h, 21 in 6h]", ".reach: each target must be colder"),
        ("kind: limit, quantity: temprature, above: 8", "not 'temprature' (did you mean \"temperature\"?)"),
        ("kind: limit, quantity: humidity, above: 60", ".quantity: no sensor declares humidity"),
        ("kind: dew, margin: 1", ".quantity: no sensor declares humidity"),
        ("kind: cumulative, above: 8, total: 2h, within: goood", '.within: "goood" is no rule of this version'),
    ],
)
def test_a_rule_is_refused_at_its_place(rule: str, problem: str) -> None:
    [told] = problems_in(f"{HEAD}{GOOD}      - {{id: bad, {rule}}}\n")
    assert told.startswith("S.yaml:8 profiles[0].rules[1].")
    assert problem in told


def test_a_rule_id_used_twice_is_refused() -> None:
    [told] = problems_in(HEAD + GOOD + GOOD)
    assert told == 'S.yaml:8 profiles[0].rules[1].id: "good" is already the id of rules[0]'


SECOND = "  - {id: p, version: 2, effective_from: 2026-01-01T00:00:00Z, rules: []}\n"


def test_versions_that_begin_at_once_are_refused() -> None:
    [told] = problems_in(HEAD + GOOD + SECOND)
    text = "2026-01-01T00:00:00Z is when another version begins: profiles[0] on line 3"
    assert told == f"S.yaml:8 profiles[1].effective_from: {text}"


def test_all_of_it_is_told_at_once() -> None:
    """A version that cannot be read hides nothing of what is wrong between it and the rest of the file."""
    told = problems_in(
        HEAD
        + "      - {id: a, kind: limt}\n      - {id: b, kind: limit, quantity: humidity, above: 60}\n"
        + SECOND.replace("rules: []", "rules: [], max_gp: 1h")
        + SECOND.replace("2026-01", "2026-02")
    )
    assert sorted(line.partition(": ")[0] for line in told) == [
        "S.yaml:7 profiles[0].rules[0].kind",
        "S.yaml:8 profiles[0].rules[1].quantity",
        "S.yaml:9 profiles[1]",
        "S.yaml:9 profiles[1].effective_from",
        "S.yaml:9 profiles[1].max_gp",
    ]


@pytest.mark.parametrize("command", [["profiles", "check"], ["apply"], ["apply", "--dry-run"], ["backtest"]])
def test_every_command_refuses_it_and_nothing_is_applied(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "bad.yaml").write_text(HEAD + "      - {id: a, kind: limt}\n", encoding="utf-8")
    done = CliRunner().invoke(cli, [*command, str(tmp_path / "bad.yaml")])
    assert isinstance(done.exception, Refused)
    assert done.exception.problems[0].startswith("bad.yaml:7 profiles[0].rules[0].kind: unknown rule kind 'limt'")
    assert not (tmp_path / "data" / "coldchain.db").exists()
