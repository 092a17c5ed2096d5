"""Settings: where they come from, and the sentence that a wrong one stops the start with."""

from pathlib import Path

import pytest

from coldchain.addresses import redacted, split_address
from coldchain.settings import FILE_VARIABLE, PREFIX, Settings, load_settings
from domain.errors import Refused
from domain.times import DAY, HOUR, MINUTE


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)


def problems_of(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[str]:
    for name, value in environment.items():
        monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(Refused) as refused:
        load_settings()
    return list(refused.value.problems)


def test_everything_has_a_default_that_needs_no_server(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.database_url == f"sqlite:///{tmp_path}/data/coldchain.db"
    assert settings.embedded_broker and settings.broker_url == "mqtt://127.0.0.1:1883"
    assert settings.http_bind == ("127.0.0.1", 8000)
    assert (settings.max_payload_bytes, settings.ahead_at_most) == (262144, 5 * MINUTE)
    assert (settings.compact_after, settings.keep_readings) == (3 * DAY, 400 * DAY)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coldchain.toml").write_text(
        'http_address = "127.0.0.1:1"\nahead_at_most = "2h"\nmqtt_url = "mqtt://b"\nmqtt_version = 5\n'
    )
    monkeypatch.setenv("COLDCHAIN_HTTP_ADDRESS", "127.0.0.1:2")
    settings = load_settings()
    assert settings.http_bind == ("127.0.0.1", 2)
    assert settings.ahead_at_most == 2 * HOUR
    assert settings.mqtt_version == "5"


def test_the_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text('log_level = "debug"\n')
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "other.toml"))
    assert load_settings().log_level == "debug"


def test_a_named_file_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, CONFIG="no.toml") == ["COLDCHAIN_CONFIG: no file 'no.toml'"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HTTP_ADDRESS", "8000", "is no address such as 127.0.0.1:8000"),
        ("HTTP_ADDRESS", "localhost:65536", "is no address such as 127.0.0.1:8000"),
        ("BROKER_ADDRESS", ":1883", "is no address such as 127.0.0.1:8000"),
        ("MQTT_URL", "tcp://broker", "is no mqtt:// or mqtts:// address"),
        ("MQTT_URL", "mqtt://broker/topic", "has a path, which MQTT does not know"),
        ("MQTT_VERSION", "4", "is wrong: input should be '3.1.1' or '5'"),
        ("INFLUX_URL", "localhost:8086", "is no http:// or https:// address"),
        ("DATABASE_URL", "mysql://x", "is neither sqlite:///FILE nor postgresql://…"),
        ("DATABASE_URL", "sqlite://", "is neither sqlite:///FILE nor postgresql://…"),
        ("MAX_PAYLOAD_BYTES", "0", "is wrong: input should be greater than or equal to 1"),
        ("AHEAD_AT_MOST", "5 minutes", "is no duration such as 90s, 15min, 10h or 30d"),
        ("KEEP_READINGS", "3d", "must be longer than compact_after"),
        ("LOG_LEVEL", "loud", "is wrong: input should be 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_variable_and_value(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problems_of(monkeypatch, **{name: value}) == [f"COLDCHAIN_{name}='{value}' {sentence}"]


def test_all_wrong_values_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(problems_of(monkeypatch, HTTP_ADDRESS="x", AHEAD_AT_MOST="y")) == 2


def test_a_wrong_value_in_the_file_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coldchain.toml").write_text("compact_after = 3\n")
    assert problems_of(monkeypatch) == [
        "coldchain.toml: compact_after='3' is no duration such as 90s, 15min, 10h or 30d"
    ]


def test_an_unknown_key_in_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coldchain.toml").write_text('databse_url = "sqlite:///x"\n')
    assert problems_of(monkeypatch) == ["coldchain.toml: databse_url is no setting; did you mean database_url?"]


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, DATABSE_URL="sqlite:///x") == [
        "COLDCHAIN_DATABSE_URL is no setting; did you mean COLDCHAIN_DATABASE_URL?"
    ]


def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coldchain.toml").write_text("http_address: x")
    assert problems_of(monkeypatch)[0].startswith("coldchain.toml is no TOML: ")


def test_influx_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, INFLUX_URL="http://localhost:8086") == [
        "COLDCHAIN_INFLUX_TOKEN is missing, though COLDCHAIN_INFLUX_URL is set"
    ]


def test_the_embedded_broker_speaks_no_mqtt_5(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems_of(monkeypatch, MQTT_VERSION="5") == [
        "COLDCHAIN_MQTT_VERSION='5' needs a broker in COLDCHAIN_MQTT_URL: the embedded one speaks 3.1.1 only"
    ]


def test_secrets_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCHAIN_DATABASE_URL", "postgresql://me:hunter2@db/x")
    monkeypatch.setenv("COLDCHAIN_INFLUX_TOKEN", "hunter2")
    monkeypatch.setenv("COLDCHAIN_MQTT_URL", "mqtt://me:hunter2@broker")
    assert "hunter2" not in repr(load_settings())
    assert problems_of(monkeypatch, MQTT_URL="tcp://me:hunter2@broker") == [
        "COLDCHAIN_MQTT_URL='tcp://me:***@broker' is no mqtt:// or mqtts:// address"
    ]


def test_postgresql_is_spoken_to_with_psycopg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCHAIN_DATABASE_URL", "postgres://db/x")
    assert load_settings().database_url == "postgresql+psycopg://db/x"


@pytest.mark.parametrize(
    ("text", "address"), [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:0", ("::1", 0)), ("h:65535", ("h", 65535))]
)
def test_addresses_are_split(text: str, address: tuple[str, int]) -> None:
    assert split_address(text) == address


@pytest.mark.parametrize(("url", "shown"), [("a://u:p@h", "a://u:***@h"), ("a://h", "a://h"), ("a://[h", "***")])
def test_urls_are_shown_without_password(url: str, shown: str) -> None:
    assert redacted(url) == shown
