"""The settings: environment `COLDCHAIN_*`, else `coldchain.toml`. Lower packages get plain arguments, never this.

Durations are microseconds, written `90s`, `15min`, `10h`, `30d` or ISO 8601.
"""

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic import ValidationInfo as Info
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from coldchain.addresses import check_address, check_http_url, check_mqtt_url, redacted, split_address
from coldchain.language import languages, speak
from domain.errors import InvalidError, Refused
from domain.times import DAY, HOUR, MINUTE, SECOND, parse_duration

PREFIX = "COLDCHAIN_"
FILE = "coldchain.toml"
# Names the file; being no setting of its own it cannot be written in it.
FILE_VARIABLE = f"{PREFIX}CONFIG"
LARGEST_MQTT_PAYLOAD = 268_435_455


def _language(value: str) -> str:
    if value not in languages():
        raise ValueError(f"is no language of this version; there are: {', '.join(languages())}")
    return value


def _duration(value: object) -> int:
    if not isinstance(value, str):
        raise ValueError("is no duration such as 90s, 15min, 10h or 30d")
    try:
        return parse_duration(value)
    except InvalidError:
        raise ValueError("is no duration such as 90s, 15min, 10h or 30d") from None


Duration = Annotated[int, BeforeValidator(_duration)]
Address = Annotated[str, AfterValidator(check_address)]


class Settings(BaseSettings):
    """Every setting, its default and what it means; docs/operating.md has the same table."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=False)

    language: Annotated[str, AfterValidator(_language)] = Field(
        "en", description="of pages, messages and sentences: `en` or `de`"
    )
    data_dir: Path = Field(Path("data"), description="where files are kept: SQLite, locks, secrets of channels")
    database_url: str = Field(
        "",
        validate_default=True,
        repr=False,
        description="`sqlite:///…` or `postgresql://…`; default SQLite in the data directory",
    )
    mqtt_url: Annotated[str, AfterValidator(check_mqtt_url)] | None = Field(
        None, repr=False, description="`mqtt://user:password@host:1883` or `mqtts://…`; default: the embedded broker"
    )
    mqtt_version: Literal["3.1.1", "5"] = Field("3.1.1", description="`3.1.1`, the faster one here, or `5`")
    mqtt_ca_file: Path | None = Field(None, description="certificates trusted for `mqtts://`; default: the system's")
    broker_address: Address = Field("127.0.0.1:1883", description="where the embedded broker listens")
    influx_url: Annotated[str, AfterValidator(check_http_url)] | None = Field(
        None,
        repr=False,
        description="InfluxDB 2, `http(s)://host:8086`; default: readings are queried where they are kept",
    )
    influx_token: SecretStr = Field(SecretStr(""), description="token that may read and write the bucket")
    influx_org: str = Field("coldchain", min_length=1, description="organisation")
    influx_bucket: str = Field("coldchain", min_length=1, description="bucket; give it infinite retention")
    http_address: Address = Field("127.0.0.1:8000", description="where API and pages listen")
    public_url: Annotated[str, AfterValidator(check_http_url)] | None = Field(
        None,
        description="address of the pages in messages, as people reach them; default: `http://` and the HTTP address",
    )
    metrics_address: Address | None = Field(
        None, description="where `ingest` shows its own counters to Prometheus; default: nowhere"
    )
    max_payload_bytes: int = Field(
        262_144, ge=1, le=LARGEST_MQTT_PAYLOAD, description="larger messages are kept as unreadable"
    )
    ahead_at_most: Duration = Field(
        5 * MINUTE, description="a reading stamped further ahead of its arrival is kept and not judged"
    )
    compact_after: Duration = Field(3 * DAY, ge=DAY, description="age at which a day's readings become chunks")
    keep_readings: Duration = Field(
        400 * DAY,
        ge=DAY,
        description="age at which local readings are deleted; what reaches further back is not judged",
    )
    hold_off: Duration = Field(
        30 * SECOND, le=3 * MINUTE, description="for how long a message about something late waits for more late data"
    )
    shelve_at_most: Duration = Field(8 * HOUR, ge=MINUTE, description="for how long a person may shelve a problem")
    four_eyes: bool = Field(
        True, description="a second person signs a version of a profile that takes effect before holds on record"
    )
    delivery_timeout: Duration = Field(10 * SECOND, ge=SECOND, description="for one attempt to tell a channel")
    give_up_after: Duration = Field(
        7 * DAY, ge=MINUTE, description="age at which an undelivered alert counts as failed"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe line that is logged"
    )

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str, info: Info) -> str:
        if not value:
            return f"sqlite:///{info.data.get('data_dir', Path('data')).absolute() / 'coldchain.db'}"
        if value.startswith("sqlite:///") and value.strip("/") != "sqlite:" and ":memory:" not in value:
            return value
        scheme, _, rest = value.partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not rest:
            raise ValueError("is neither sqlite:///FILE nor postgresql://…")
        return f"postgresql+psycopg://{rest}"

    @field_validator("mqtt_version", mode="before")
    @classmethod
    def _mqtt_version(cls, value: object) -> object:
        return str(value) if value == 5 else value  # a bare 5 in the file is no text

    @field_validator("influx_token")
    @classmethod
    def _influx_token(cls, value: SecretStr) -> SecretStr:
        return SecretStr(value.get_secret_value().strip())

    @field_validator("keep_readings")
    @classmethod
    def _keep_readings(cls, value: int, info: Info) -> int:
        if value <= info.data.get("compact_after", 0):
            raise ValueError("must be longer than compact_after")
        return value

    @property
    def embedded_broker(self) -> bool:
        """Tell whether `coldchain run` brings its own broker."""
        return self.mqtt_url is None

    @property
    def broker_url(self) -> str:
        """The broker to listen to: the one set, else the embedded one."""
        return self.mqtt_url or f"mqtt://{self.broker_address}"

    @property
    def pages(self) -> str:
        """The address that links in messages begin with."""
        return (self.public_url or f"http://{self.http_address}").rstrip("/")

    @property
    def http_bind(self) -> tuple[str, int]:
        """Host and port of API and pages."""
        return split_address(self.http_address)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then the file."""
        return named["init_settings"], named["env_settings"], TomlConfigSettingsSource(settings_cls, _file())


def load_settings() -> Settings:
    """Read the settings, and write in their language. Raises Refused with one sentence for each that is wrong."""
    problems = [f"{name} is no setting{_hint(name, PREFIX)}" for name in _misspelt()]
    try:
        settings = Settings()
    except ValidationError as error:
        raise Refused(problems + [_sentence(problem) for problem in error.errors()]) from None
    except tomllib.TOMLDecodeError as error:
        raise Refused([f"{_file()} is no TOML: {error}"]) from None
    if settings.influx_url and not settings.influx_token.get_secret_value():
        problems.append(f"{PREFIX}INFLUX_TOKEN is missing, though {PREFIX}INFLUX_URL is set")
    if settings.embedded_broker and settings.mqtt_version == "5":
        problems.append(
            f"{PREFIX}MQTT_VERSION='5' needs a broker in {PREFIX}MQTT_URL: the embedded one speaks 3.1.1 only"
        )
    if problems:
        raise Refused(problems)
    speak(settings.language)
    return settings


def _file() -> Path:
    named = os.environ.get(FILE_VARIABLE)
    if named and not Path(named).is_file():
        raise Refused([f"{FILE_VARIABLE}: no file {named!r}"])
    return Path(named or FILE)


def _names() -> list[str]:
    return list(Settings.model_fields)


def _misspelt() -> list[str]:
    """Variables that look like a setting and are none; others with the prefix belong to other programs."""
    known = {PREFIX + name.upper() for name in _names()}
    given = [name.upper() for name in os.environ if name.upper().startswith(PREFIX)]
    return [name for name in sorted(given) if name not in known and _hint(name, PREFIX)]


def _hint(name: str, prefix: str = "") -> str:
    close = get_close_matches(name.removeprefix(PREFIX).lower(), _names(), 1, cutoff=0.8)
    if not close:
        return ""
    return f"; did you mean {prefix + close[0].upper() if prefix else close[0]}?"


def _sentence(problem: Any) -> str:
    name = str(problem["loc"][0])
    variable = PREFIX + name.upper()
    if problem["type"] == "extra_forbidden":
        return f"{_file()}: {name} is no setting{_hint(name)}"
    given: object = os.environ.get(variable)
    if given is None:
        given = _from_file(name)
        variable = f"{_file()}: {name}"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    shown = "***" if name == "influx_token" else redacted(str(given))
    return f"{variable}={shown!r} {_in_words(message)}"


def _in_words(message: str) -> str:
    return f"is wrong: {message[:1].lower()}{message[1:]}" if message.startswith("Input") else message


def _from_file(name: str) -> object:
    with _file().open("rb") as file:
        return tomllib.load(file).get(name)
