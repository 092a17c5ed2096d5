"""Addresses as people write them: read, checked, and shown without their passwords.

What is wrong with one is a ValueError whose text goes on after the address: `is no …`.
"""

from urllib.parse import SplitResult, urlsplit


def split_address(text: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:8000` or `[::1]:8000`. Raises ValueError for anything else."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("is no address such as 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def redacted(url: str) -> str:
    """Return the URL with `***` for its password; for what cannot be read as a URL nothing but `***`."""
    try:
        password = urlsplit(url).password
    except ValueError:
        return "***"
    return url.replace(f":{password}@", ":***@") if password else url


def check_address(value: str) -> str:
    """Return a `host:port` as it is."""
    split_address(value)
    return value


def _url(value: str, schemes: tuple[str, ...]) -> SplitResult:
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"is no {' or '.join(f'{scheme}://' for scheme in schemes)} address")
    parts.port  # noqa: B018  reading it checks it
    return parts


def check_mqtt_url(value: str) -> str:
    """Return an `mqtt://` or `mqtts://` URL as it is."""
    if _url(value, ("mqtt", "mqtts")).path.strip("/"):
        raise ValueError("has a path, which MQTT does not know")
    return value


def check_http_url(value: str) -> str:
    """Return an `http://` or `https://` URL as it is."""
    _url(value, ("http", "https"))
    return value
