"""`coldchain profiles` lists, shows and checks."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from coldchain.__main__ import cli, main
from coldchain.commands.profiles import _described
from sites.file import load
from sites.library import Listed, library
from store.database import open_database
from store.tables import audit

OWN = """\
profiles:
  - {use: eu-gdp-2-8}
  - id: own
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules:
      - {id: warm, kind: limit, above: 8, for: 1h, action: hold}
      - {id: hot, kind: limit, above: 10, for: 2h, action: hold}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["profiles", *arguments], catch_exceptions=False)


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return the lines on standard error of a command that exits 2."""
    monkeypatch.setattr("sys.argv", ["coldchain", "profiles", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_list_names_every_profile_and_how_well_its_numbers_are_known() -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split() == ["id", "version", "from", "evidence", "name"]
    assert {line.split()[0] for line in lines[1 : lines.index("")]} == set(library())
    assert lines[-1] == "known: common knowledge: check before claiming conformance"


def test_list_as_json_has_source_clause_date_and_evidence() -> None:
    [first, _] = [each for each in json.loads(run("list", "--json").stdout) if each["id"] == "who-30dtr"]
    assert (first["version"], first["evidence"], first["date"]) == (1, "device", "2023-01-01")
    assert "Fridge-tag 2" in first["source"]


def test_show_says_the_rules_in_words() -> None:
    said = run("show", "who-shipping-indicator-2").stdout
    assert "  evidence: read at the source\n" in said
    assert "  heat-10 (cumulative): at or above 10.0 °C for a total of 20 h → hold, critical\n" in said


def test_a_rule_in_words_names_its_off_delay() -> None:
    own = OWN.replace("  - {use: eu-gdp-2-8}\n", "").replace("for: 1h,", "for: 1h, off_delay: 20min,")
    [entry] = load(own, "own.yaml")
    assert list(_described(Listed(entry, own)))[-2:] == [
        "  warm (limit): above 8.0 °C for 1 h or more → hold, warning, off-delay 20 min",
        "  hot (limit): above 10.0 °C for 2 h or more → hold, warning",
    ]


def test_show_one_version_only() -> None:
    assert [doc["version"] for doc in json.loads(run("show", "usp-crt", "--version", "2", "--json").stdout)] == ["2"]


@pytest.mark.parametrize("name", library())
def test_what_show_prints_as_yaml_can_be_pasted_into_a_site_file(name: str) -> None:
    assert load(run("show", name, "--yaml").stdout, "S.yaml") == [each.entry for each in library()[name]]


def test_show_of_an_unknown_profile_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(monkeypatch, capsys, "show", "usp-ctr")
    assert told == ['no profile "usp-ctr" in the library (did you mean "usp-crt"?)']


def test_check_warns_of_a_rule_without_effect_by_line(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    done = run("check", str(tmp_path / "own.yaml"))
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        'own.yaml:8 profiles[1].rules[1]: warning: never makes a difference: whenever it fires, "warm" has fired, '
        "and says no less",
        "3 profile versions, 1 warnings",
    ]
    told = json.loads(run("check", str(tmp_path / "own.yaml"), "--json").stdout)
    assert (told["profiles"], len(told["warnings"])) == (3, 1)


def test_check_refuses_as_the_site_file_does_and_tells_of_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = OWN.replace("kind: limit, above: 8", "kind: limt, above: 8").replace("for: 2h", "for: -2h")
    (tmp_path / "a.yaml").write_text(wrong, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(OWN.replace("id: hot", "id: warm"), encoding="utf-8")
    told = refused(monkeypatch, capsys, "check", str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"))
    assert [line.partition(" ")[0] for line in told] == ["a.yaml:7", "a.yaml:8", "b.yaml:8"]
    assert told[0].endswith('(did you mean "limit"?)')
    assert "profiles[1].rules[1].for: not a duration" in told[1]
    assert told[2].endswith('"warm" is already the id of rules[0]')


def test_every_file_of_the_library_passes_its_own_check() -> None:
    files = [str(path) for path in (Path(__file__).parents[2] / "profiles").glob("*.yaml")]
    assert run("check", *files).stdout.splitlines()[-1].endswith(" profile versions, 0 warnings")


NEW = """\
profiles:
  - {use: eu-gdp-2-8}
  - id: own
    version: 1
    effective_from: 2026-01-01T00:00:00Z
    rules: [{id: warm, kind: limit, above: 8, for: 1h, action: hold}]
"""


def test_activate_puts_new_versions_in_force_with_who_why_and_from_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "new.yaml").write_text("profiles: [{use: eu-gdp-2-8}]", encoding="utf-8")
    assert CliRunner().invoke(cli, ["apply", str(tmp_path / "new.yaml")]).exit_code == 0
    (tmp_path / "new.yaml").write_text(NEW, encoding="utf-8")
    said = run("activate", str(tmp_path / "new.yaml"), "--reason", "stability data", "--from", "2026-03-01T00:00:00Z")
    [line] = said.stdout.splitlines()
    assert line.startswith("own version 1: active from 2026-03-01T00:00:00Z, by ")
    assert line.endswith(" (command line): stability data")
    with open_database(f"sqlite:///{tmp_path}/data/coldchain.db").read() as connection:
        [deed] = connection.execute(select(audit).where(audit.c.what == "activated"))
    assert (deed.key, deed.reason) == ('["own","1"]', "stability data")
    assert deed.after["effective_from"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--reason", " "], "a reason is needed to activate a profile"),
        (["--reason", "fine", "--from", "soon"], "--from: not an RFC 3339 time with a zone: 'soon'"),
    ],
)
def test_activate_refuses_what_is_wrong(
    more: list[str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "new.yaml").write_text(NEW, encoding="utf-8")
    assert refused(monkeypatch, capsys, "activate", str(tmp_path / "new.yaml"), *more) == [problem]
