"""A command of the program in the tests' own process: what it prints and how it ends, as if it had one to itself."""

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch


def run(main: Callable[[], None], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Let `main` run with these arguments; starting a process takes longer than what most commands do."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with patch.object(sys, "argv", ["program", *arguments]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            assert end.code is None or isinstance(end.code, int), end.code
            code = end.code or 0
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
