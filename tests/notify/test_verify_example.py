"""The receiver's check that the docs show: it takes what the webhook sends and nothing else."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from notify.channels.webhook import signature

EXAMPLE = Path(__file__).parents[2] / "docs/examples/verify_webhook.py"
SECRET, BODY, SENT = b"s3cret", '{"sentence":"9.6 °C"}'.encode(), 1_767_225_600


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    spec = importlib.util.spec_from_file_location("verify_webhook", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    check: Callable[..., bool] = module.is_genuine
    return check


@pytest.mark.parametrize("late", [-300, 0, 300])
def test_what_the_webhook_sends_is_genuine(late: int, is_genuine: Callable[..., bool]) -> None:
    assert is_genuine(SECRET, signature(SECRET, SENT, BODY), BODY, SENT + late)


@pytest.mark.parametrize("late", [-301, 301])
def test_an_old_message_is_not(late: int, is_genuine: Callable[..., bool]) -> None:
    assert not is_genuine(SECRET, signature(SECRET, SENT, BODY), BODY, SENT + late)


@pytest.mark.parametrize(
    ("secret", "header", "body"),
    [
        (b"other", signature(SECRET, SENT, BODY), BODY),
        (SECRET, signature(SECRET, SENT, BODY), BODY + b" "),
        (SECRET, signature(SECRET, SENT, BODY).replace("t=1767225600", "t=1767225601"), BODY),
        (SECRET, "", BODY),
        (SECRET, "t=,v1=", BODY),
        (SECRET, "t=1767225600", BODY),
        (SECRET, "v1=é,t=²", BODY),
    ],
)
def test_anything_else_is_not(secret: bytes, header: str, body: bytes, is_genuine: Callable[..., bool]) -> None:
    assert not is_genuine(secret, header, body, SENT)


def test_the_docs_show_this_very_example() -> None:
    shown = (Path(__file__).parents[2] / "docs/operating.md").read_text()
    assert EXAMPLE.read_text().strip() in shown
