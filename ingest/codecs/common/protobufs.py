"""Messages of protobuf, described here by the fields that are read; the library leaves all others alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.errors import DecodeError

_SCALARS = {
    "double": 1, "float": 2, "int64": 3, "uint64": 4, "int32": 5, "bool": 8, "string": 9, "bytes": 12, "uint32": 13,
}  # fmt: skip
_MESSAGE = 11
_OPTIONAL, _REPEATED = 1, 3
# The library's own message of fields with free names.
STRUCT = "google.protobuf.Struct"
_DEEPEST = 16


def classes(package: str, described: Mapping[str, Sequence[str]], *, syntax: str = "proto3") -> dict[str, Any]:
    """Return the class of each message by its name. A field is described as in a `.proto`: `repeated int32 rssi = 6`.

    The library is loaded here: it takes a while, and most processes never read protobuf.
    """
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2

    file = descriptor_pb2.FileDescriptorProto(
        name=f"{package}.proto", package=package, syntax=syntax, dependency=["google/protobuf/struct.proto"]
    )
    for name, fields in described.items():
        message = file.message_type.add(name=name)
        oneofs: dict[str, int] = {}
        for line in fields:
            _add(message, line, package, oneofs)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in described
    }


def _add(message: Any, line: str, package: str, oneofs: dict[str, int]) -> None:
    """Add a field: `[repeated|oneof GROUP] TYPE NAME = NUMBER`."""
    declared, _, number = line.partition(" = ")
    *words, kind, name = declared.split()
    field = message.field.add(name=name, number=int(number), label=_REPEATED if "repeated" in words else _OPTIONAL)
    if words[:1] == ["oneof"]:
        if words[1] not in oneofs:
            oneofs[words[1]] = len(oneofs)
            message.oneof_decl.add(name=words[1])
        field.oneof_index = oneofs[words[1]]
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = _MESSAGE
        field.type_name = f".{kind}" if "." in kind else f".{package}.{kind}"


def parsed(class_: Any, payload: bytes, what: str) -> Any:
    """Return the message. Raises DecodeError for bytes that are none."""
    from google.protobuf.message import DecodeError as WrongBytesError

    try:
        return class_.FromString(payload)
    except (WrongBytesError, UnicodeDecodeError, RuntimeError) as error:
        raise DecodeError(f"not {what} in protobuf: {payload[:24].hex()}") from error


def fields_of(struct: Any, depth: int = _DEEPEST) -> dict[str, Any]:
    """Return the fields of a Struct, as JSON has them, by name: their order in the message says nothing."""
    return {name: _value(value, depth) for name, value in sorted(struct.fields.items())}


def _value(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "number_value":
        return value.number_value
    if kind == "string_value":
        return value.string_value
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value" and depth:
        return fields_of(value.struct_value, depth - 1)
    if kind == "list_value" and depth:
        return [_value(each, depth - 1) for each in value.list_value.values]
    return None
