"""`coldchain token` and `coldchain serve`."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from coldchain.commands.token import command
from domain.errors import ColdchainError
from tests.servers.process import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("COLDCHAIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLDCHAIN_DATABASE_URL", f"sqlite:///{tmp_path}/coldchain.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(command, arguments, catch_exceptions=True)
    if isinstance(result.exception, ColdchainError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_a_token_is_printed_once_alone_on_standard_output(data_dir):
    added = run("add", "handheld 3", "--role", "qa")
    assert re.fullmatch(r"cc_[\w-]{43}\n", added.stdout)
    assert "handheld 3" in added.stderr
    listed = run("list")
    assert added.stdout.strip() not in listed.output
    assert re.fullmatch(r"t_[0-9a-f]{8}  handheld 3  qa  since \S+Z  active\n", listed.stdout)


def test_tokens_are_listed_as_json_and_revoked_by_name(data_dir):
    run("add", "a", "--role", "viewer")
    assert "revoked t_" in run("revoke", "a").stdout
    (token,) = json.loads(run("list", "--json").stdout)
    assert (token["name"], token["role"], token["client"]) == ("a", "viewer", None)
    assert token["revoked_at"].endswith("Z")
    with pytest.raises(ColdchainError, match="no active token 'a'"):
        run("revoke", "a")


def test_a_client_must_be_known(data_dir):
    with pytest.raises(ColdchainError, match="no client 'acme'; known: none"):
        run("add", "a", "--role", "client", "--client", "acme")


@pytest.mark.e2e
def test_serve_answers_and_stops_cleanly(data_dir):
    added = run("add", "a", "--role", "viewer")
    address = f"127.0.0.1:{free_port()}"
    given = {"COLDCHAIN_DATA_DIR": str(data_dir), "COLDCHAIN_HTTP_ADDRESS": address, "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COLDCHAIN_")} | given
    serve = [sys.executable, "-m", "coldchain", "serve"]
    server = subprocess.Popen(serve, env=environment, cwd=data_dir, stderr=subprocess.PIPE, text=True)
    try:
        assert wait_for(f"http://{address}/healthz").json()["status"] == "ok"
        headers = {"Authorization": f"Bearer {added.stdout.strip()}"}
        answer = httpx.get(f"http://{address}/api/v1/me", headers=headers, timeout=60)
        assert answer.json()["name"] == "a"
        assert "server" not in answer.headers
        assert httpx.get(f"http://{address}/readyz", timeout=60).json()["troubles"] == {"engine": "not running"}
    finally:
        server.terminate()
        _, log = server.communicate(timeout=60)
    assert server.returncode in (0, -15)
    assert "Traceback" not in log
    assert added.stdout.strip() not in log


def wait_for(url):
    deadline = time.monotonic() + 120
    while True:
        try:
            return httpx.get(url, timeout=60)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
