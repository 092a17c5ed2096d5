"""`coldchain doctor`: what is wrong with this installation?"""

import json
import sys
from dataclasses import asdict

import click

from coldchain import parts
from coldchain.settings import load_settings

MARKS = {"ok": "ok  ", "note": "note", "fail": "FAIL"}


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Check broker, stores, clock, disk, migrations and sources, one line each; exit 1 if any fails.

    Changes nothing, so it may run beside a running installation, or before the first start.
    """
    findings = parts.diagnosis(load_settings())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{MARKS[finding.state]}  {finding.name}: {finding.text}")
    sys.exit(any(finding.state == "fail" for finding in findings))
