"""The demonstration's ways to the program: its API, its ports, its directory, its clock."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from simulators.api import Api
from simulators.demo.__main__ import command
from simulators.demo.product import Product, free_port
from simulators.demo.receiver import Receiver
from simulators.errors import InputError, ProductError, UnavailableError
from tests.servers.process import free_port as any_port


def api(answer: Callable[[httpx.Request], httpx.Response]) -> Api:
    return Api("127.0.0.1:8000", "cc_x", httpx.MockTransport(answer))


def test_a_list_is_read_page_by_page_with_the_token() -> None:
    pages = {None: (["a"], "1"), "1": (["b"], "2"), "2": (["c"], None)}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer cc_x"
        items, following = pages[request.url.params.get("cursor")]
        return httpx.Response(200, json={"items": items, "next": following})

    with api(answer) as client:
        assert client.all("/holds") == ["a", "b", "c"]


@pytest.mark.parametrize(("status", "error"), [(400, ProductError), (503, UnavailableError)])
def test_a_refusal_is_named_with_its_address(status: int, error: type[ProductError]) -> None:
    with api(lambda _: httpx.Response(status, text="no such lot")) as client, pytest.raises(error) as caught:
        client.post("/placements", {"lot": "A1"})
    assert type(caught.value) is error
    assert str(caught.value) == f"POST http://127.0.0.1:8000/api/v1/placements: {status} no such lot"


def test_no_answer_is_a_reason_to_try_again() -> None:
    with Api(f"127.0.0.1:{any_port()}", "cc_x") as client:
        assert not client.answers()
        with pytest.raises(UnavailableError, match=r"GET .*/holds: no answer \(ConnectError"):
            client.get("/holds")


def test_a_port_in_use_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_two_demonstrations_do_not_share_a_directory(tmp_path: Path) -> None:
    first = Product(tmp_path)
    with pytest.raises(InputError, match=f"another demonstration runs in {tmp_path}"):
        Product(tmp_path)
    first.stop()
    Product(tmp_path).stop()


def test_a_new_start_forgets_the_data_of_the_last_one_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/coldchain.db").touch()
    (tmp_path / "notes.txt").touch()
    again = Product(tmp_path)
    again.write_site("site: {}")
    again.stop()
    assert not (tmp_path / "data").exists() and (tmp_path / "notes.txt").exists()
    assert (tmp_path / "site.yaml").read_text() == "site: {}"


def test_a_program_that_ends_is_shown_with_the_end_of_its_log(tmp_path: Path) -> None:
    product = Product(tmp_path)
    product.write_site("sensors: 7\n")
    product.start()
    try:
        product._process.wait(120)  # type: ignore[union-attr]
        with pytest.raises(
            ProductError, match=r"coldchain run ended with 2; .*coldchain.log ends with:\n.*site.yaml:1"
        ):
            product.check()
    finally:
        product.stop()


def test_the_receiver_shows_each_alert_and_keeps_it(tmp_path: Path) -> None:
    shown: list[str] = []
    messages = [{"event": "raised", "sentence": "Above 8.0 °C"}, {"event": "ended", "sentence": "Above 8.0 °C"}]
    with Receiver(tmp_path / "alerts.log", shown.append) as receiver:
        for message in messages:
            assert httpx.post(receiver.url, json=message, trust_env=False).status_code == 204
    assert shown == ["webhook received, raised: Above 8.0 °C", "webhook received, ended: Above 8.0 °C"]
    assert [json.loads(line) for line in (tmp_path / "alerts.log").read_text().splitlines()] == messages


@pytest.mark.parametrize("value", ["150", "0s", "-1s", "1.5min", "soon"])
def test_a_duration_that_is_none_is_refused(value: str) -> None:
    done = CliRunner().invoke(command, ["--for", value])
    assert done.exit_code == 2 and f"{value!r} is no duration such as 150s or 10min" in done.output
