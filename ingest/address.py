"""Where the broker is and who we are to it."""

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from domain.errors import InvalidError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


class Address(NamedTuple):
    """What a URL such as `mqtt://user:password@host:1883` or `mqtts://host` says."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: str | None

    @classmethod
    def of(cls, url: str) -> "Address":
        """Read a URL. Raises InvalidError, which does not repeat it: it may hold a password."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError) as error:
            raise InvalidError("not an address such as mqtt://host:1883 or mqtts://host") from error
        if not parts.hostname:
            raise InvalidError("an address of a broker without a host")
        user, password = (None if text is None else unquote(text) for text in (parts.username, parts.password))
        return cls(parts.hostname, port, parts.scheme == "mqtts", user, password)
