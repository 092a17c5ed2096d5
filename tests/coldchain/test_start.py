"""Commands start fast: they load what they use, and neither Alembic nor a client of InfluxDB to do nothing with."""

import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

import coldchain.commands
from coldchain.__main__ import cli

COMMANDS = Path(coldchain.commands.__file__).parent
SLOW = {"alembic", "apscheduler", "fastapi", "influxdb_client"}
PROGRAM = f"""
import sys
import coldchain.commands.verify, coldchain.commands.token
print(*({SLOW} | {{"numpy"}}) & set(sys.modules))
import coldchain.commands.run, coldchain.commands.export
print(*{SLOW} & set(sys.modules))
"""
PARTS = """
import sys
import coldchain.commands.ingest, coldchain.commands.work, coldchain.commands.serve
print("alembic" in sys.modules)
"""
COLLECTIONS = """
import gc, sys
from coldchain.__main__ import main
sys.argv = ["coldchain", "serve", "--help"]
try:
    main()
finally:
    print("collections:", sum(each["collections"] for each in gc.get_stats()))
"""


def test_commands_load_nothing_slow_that_they_do_not_use() -> None:
    loaded = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert loaded.stdout == "\n\n"


def test_the_parts_start_without_alembic() -> None:
    loaded = subprocess.run([sys.executable, "-c", PARTS], capture_output=True, text=True, check=True)
    assert loaded.stdout == "False\n"


def test_while_a_command_is_loaded_nobody_looks_for_garbage_again_and_again() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECTIONS], capture_output=True, text=True, check=True)
    assert int(done.stdout.rpartition("collections:")[2]) < 100


def test_a_database_of_this_version_is_opened_without_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from store.database import open_database; from store.schema import make_current;"
        f"make_current(open_database('sqlite:///{tmp_path}/a.db')); print('alembic' in sys.modules)"
    )
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["True\n", "False\n"]


def test_every_module_among_the_commands_is_one_with_a_line_of_help() -> None:
    said = CliRunner().invoke(cli, ["--help"], catch_exceptions=False).stdout
    listed = {line.split()[0] for line in said.partition("Commands:")[2].splitlines() if line.split()[1:]}
    assert listed == {path.stem.rstrip("_").replace("_", "-") for path in COMMANDS.glob("[!_]*.py")}
