"""A look into the bytes of an ONNX file before anything runs them.

Needs no package: the wire format of protocol buffers is simple enough to walk through
(https://protobuf.dev/programming-guides/encoding; field numbers: ``onnx.proto3``).
"""

from __future__ import annotations

from collections.abc import Iterator

_MAX_NESTING = 64
# Field numbers on the way from a ModelProto to every TensorProto in it.
_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_TENSOR_NAME, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 8, 13, 14


def external_tensor(data: bytes) -> str | None:
    """Name of a tensor of the ONNX model ``data`` that lies in another file; None if there is none.

    Raises:
        ValueError: the bytes are not well formed.
    """
    return _search(memoryview(data), "model", 0)


def _search(data: memoryview, kind: str, depth: int) -> str | None:
    if depth > _MAX_NESTING:
        raise ValueError("its graphs are nested too deeply")
    if kind == "tensor":
        return _outside(data)
    inner = _MESSAGES[kind]
    for number, value in _fields(data):
        if number in inner and isinstance(value, memoryview):
            found = _search(value, inner[number], depth + 1)
            if found is not None:
                return found
    return None


def _outside(tensor: memoryview) -> str | None:
    name, outside = "", False
    for number, value in _fields(tensor):
        if number == _TENSOR_NAME and isinstance(value, memoryview):
            name = bytes(value).decode("utf-8", "replace")
        outside |= number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0)
    return name if outside else None


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Field number and value of each field of a message; groups do not occur in ONNX."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == 2:
            length, place = _varint(data, place)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise ValueError(f"unknown wire type {wire}")
        if place + length > len(data) or number == 0:
            raise ValueError("a field is longer than the file")
        yield number, data[place : place + length]
        place += length


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError("it ends inside a number")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number is too long")
