"""A look into the bytes of an ONNX file before anything runs them.

Needs no package: the wire format of protocol buffers is simple enough to walk through
(https://protobuf.dev/programming-guides/encoding; field numbers: ``onnx.proto3``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

_MAX_NESTING = 64
# Field numbers on the way from a ModelProto to every TensorProto in it.
_MESSAGES: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_GRAPH, _INITIALIZER, _INPUT, _OUTPUT = 7, 5, 11, 12
_SLOT_NAME = 1
_MOST_FIELDS = 1_000_000
"""In a file; walking through them takes seconds, and no model has so many."""
_TENSOR_NAME, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 8, 13, 14


def external_tensor(data: bytes) -> str | None:
    """Name of a tensor of the ONNX model ``data`` that lies in another file; None if there is none.

    Raises:
        ValueError: the bytes are not well formed.
    """
    return _search(memoryview(data), "model", 0, count(_MOST_FIELDS, -1))


def graph_slots(data: bytes) -> tuple[list[str], list[str]]:
    """Names of the inputs and outputs of the ONNX model ``data``, weights left out.

    Raises:
        ValueError: the bytes are not well formed.
    """
    takes: list[str] = []
    gives: list[str] = []
    weights: set[str] = set()
    for number, graph in _fields(memoryview(data)):
        if number != _GRAPH or not isinstance(graph, memoryview):
            continue
        for kind, value in _fields(graph):
            if not isinstance(value, memoryview):
                continue
            if kind == _INITIALIZER:
                weights.add(_name(value, _TENSOR_NAME))
            elif kind in (_INPUT, _OUTPUT):
                (takes if kind == _INPUT else gives).append(_name(value, _SLOT_NAME))
    return [name for name in takes if name not in weights], gives


def _name(message: memoryview, field: int) -> str:
    for number, value in _fields(message):
        if number == field and isinstance(value, memoryview):
            return bytes(value).decode("utf-8", "replace")
    return ""


def _search(data: memoryview, kind: str, depth: int, left: Iterator[int]) -> str | None:
    if depth > _MAX_NESTING:
        raise ValueError("its graphs are nested too deeply")
    if kind == "tensor":
        return _outside(data, left)
    inner = _MESSAGES[kind]
    for number, value in _fields(data):
        _spend(left)
        if number in inner and isinstance(value, memoryview):
            found = _search(value, inner[number], depth + 1, left)
            if found is not None:
                return found
    return None


def _outside(tensor: memoryview, left: Iterator[int]) -> str | None:
    name, outside = "", False
    for number, value in _fields(tensor):
        _spend(left)
        if number == _TENSOR_NAME and isinstance(value, memoryview):
            name = bytes(value).decode("utf-8", "replace")
        outside |= number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0)
    return name if outside else None


def _spend(left: Iterator[int]) -> None:
    """Raises: ValueError: no more fields are looked at."""
    if next(left) <= 0:
        raise ValueError("it has too many parts")


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
