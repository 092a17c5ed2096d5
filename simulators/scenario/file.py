"""The scenario file: YAML, read whole or refused with every problem."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from simulators.errors import InputError
from simulators.scenario.checks import problems
from simulators.scenario.given import Scenario


def read_scenario(path: Path) -> Scenario:
    """Read a file. Raises InputError with every problem, e.g. `depot.yaml probes.0.every: …`."""
    try:
        given = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        scenario = Scenario(**given, folder=path.parent)
    except yaml.YAMLError as error:
        raise InputError(f"{path.name}: {error}") from None
    except ValidationError as error:
        raise InputError("\n".join(f"{path.name} {_in_words(problem)}" for problem in error.errors())) from None
    found = list(problems(scenario))
    if found:
        raise InputError("\n".join(f"{path.name} {problem}" for problem in found))
    return scenario


class _Loader(yaml.SafeLoader):
    """Leaves times as text: they are read with their zone."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _in_words(problem: Mapping[str, Any]) -> str:
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}, given: {problem['input']!r}"
