"""Does the broker let us in? One handshake with a session of its own, so that nothing of the real one is disturbed."""

import secrets
import socket
import ssl
import struct
from pathlib import Path

from domain.errors import UnavailableError
from ingest.address import Address

TIMEOUT_S = 5.0
_CONNECT, _CONNACK, _DISCONNECT = 0x10, 0x20, b"\xe0\x00"
_CLEAN, _PASSWORD, _USERNAME = 0x02, 0x40, 0x80
_REFUSALS = {
    1: "it speaks no MQTT 3.1.1",
    2: "client id refused",
    3: "not available",
    4: "user name or password refused",
    5: "not authorised",
}


def probe(url: str, ca_file: Path | None = None) -> None:
    """Connect and disconnect. Raises UnavailableError with the broker's reason, InvalidError for a wrong address."""
    address = Address.of(url)
    try:
        with _connected(address, ca_file) as connection:
            connection.sendall(_handshake(address))
            answer = connection.recv(4)
            if len(answer) == 4 and answer[3] == 0:
                connection.sendall(_DISCONNECT)
    except OSError as error:
        raise UnavailableError(f"does not answer: {error}") from error
    if len(answer) != 4 or answer[0] != _CONNACK:
        raise UnavailableError("speaks no MQTT")
    if answer[3]:
        raise UnavailableError(f"does not let us in: {_REFUSALS.get(answer[3], f'code {answer[3]}')}")


def _connected(address: Address, ca_file: Path | None) -> socket.socket:
    plain = socket.create_connection((address.host, address.port), TIMEOUT_S)
    if not address.tls:
        return plain
    return ssl.create_default_context(cafile=ca_file).wrap_socket(plain, server_hostname=address.host)


def _handshake(address: Address) -> bytes:
    flags, fields = _CLEAN, [f"coldchain-probe-{secrets.token_hex(3)}"]
    if address.username is not None:
        flags, fields = flags | _USERNAME, [*fields, address.username]
        if address.password is not None:
            flags, fields = flags | _PASSWORD, [*fields, address.password]
    body = _text("MQTT") + struct.pack(">BBH", 4, flags, 60) + b"".join(map(_text, fields))
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])
    return bytes([_CONNECT]) + length + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded
