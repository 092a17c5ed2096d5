"""The command line: finds the commands and turns errors into one sentence and an exit code."""

import gc
import sys
from importlib import import_module
from pkgutil import iter_modules

import click

import coldchain.commands
from domain.errors import ColdchainError

USAGE_ERROR = 2
# What is loaded stays: to look for garbage after each 700 objects takes a fifth of the start.
COLLECTED_AFTER = (50_000, 20, 50)


class Commands(click.Group):
    """Imports a command only when it is used: starting stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the modules: `import` of `import_`, `test-rules` of `test_rules`."""
        return sorted(_modules())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of that name and return its command."""
        module = _modules().get(cmd_name)
        if module is None:
            return None
        command = import_module(f"coldchain.commands.{module}").command
        assert isinstance(command, click.Command)
        return command


def _modules() -> dict[str, str]:
    """Return the module of each command."""
    names = (module.name for module in iter_modules(coldchain.commands.__path__))
    return {name.rstrip("_").replace("_", "-"): name for name in names}


@click.command(cls=Commands)
@click.version_option(package_name="coldchain")
def cli() -> None:
    """Watch storage conditions and know which batches went through them."""


def main() -> None:
    """Run a command; exit 2 with one sentence for wrong use or wrong input."""
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        cli.main(prog_name="coldchain", standalone_mode=True)
    except ColdchainError as error:
        print(error, file=sys.stderr)
        sys.exit(USAGE_ERROR)


if __name__ == "__main__":
    main()
