"""The command line: finds the commands and turns errors into one sentence and an exit code."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import click

import coldchain.commands
from domain.errors import ColdchainError

USAGE_ERROR = 2


class Commands(click.Group):
    """Imports a command only when it is used: starting stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the modules, `import_` without its underscore."""
        return sorted(module.name.rstrip("_") for module in iter_modules(coldchain.commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of that name and return its command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = cmd_name + "_" if cmd_name == "import" else cmd_name
        command = import_module(f"coldchain.commands.{module}").command
        assert isinstance(command, click.Command)
        return command


@click.command(cls=Commands)
@click.version_option(package_name="coldchain")
def cli() -> None:
    """Watch storage conditions and know which batches went through them."""


def main() -> None:
    """Run a command; exit 2 with one sentence for wrong use or wrong input."""
    try:
        cli.main(prog_name="coldchain", standalone_mode=True)
    except ColdchainError as error:
        print(error, file=sys.stderr)
        sys.exit(USAGE_ERROR)


if __name__ == "__main__":
    main()
