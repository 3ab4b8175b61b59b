"""A look into the bytes of an ONNX file before anything runs them.

Needs no package: the wire format of protocol buffers is simple enough to walk through
(https://protobuf.dev/programming-guides/encoding; field numbers: ``onnx.proto3``).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import BinaryIO, TypeVar, overload

from model.messages import BadValueError

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
_MOST_TEXT = 1 << 12
"""Bytes of a name that are read."""
_MOST_FIELDS = 1_000_000
"""In a file; walking through them takes seconds, and no model has so many."""
_TENSOR_NAME, _TENSOR_EXTERNAL, _TENSOR_LOCATION = 8, 13, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
BLOCK = 1 << 14


class FileSlice:
    """A part of a file that is read where it is looked at, so that weights need not be read.

    Args:
        file: open for reading.
        start, stop: places in the file.
    """

    def __init__(self, file: BinaryIO, start: int, stop: int) -> None:
        self._file = file
        self._start = start
        self._stop = stop
        self._block = b""
        self._block_at = -1

    def __len__(self) -> int:
        return self._stop - self._start

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> FileSlice: ...

    def __getitem__(self, place: int | slice) -> int | FileSlice:
        if isinstance(place, slice):
            start, stop, _ = place.indices(len(self))
            part = FileSlice(self._file, self._start + start, self._start + max(start, stop))
            part._block, part._block_at = self._block, self._block_at
            return part
        at = self._start + place
        if not self._block_at <= at < self._block_at + len(self._block):
            self._file.seek(at)
            self._block, self._block_at = self._file.read(BLOCK), at
        if not self._block:
            raise BadValueError("it became shorter while it was read")
        return self._block[at - self._block_at]

    def __bytes__(self) -> bytes:
        self._file.seek(self._start)
        return self._file.read(len(self))


Source = TypeVar("Source", memoryview, FileSlice)


def external_tensor(data: bytes) -> str | None:
    """Name of a tensor of the ONNX model ``data`` that lies in another file; None if there is none.

    Raises:
        ValueError: the bytes are not well formed.
    """
    for tensor, left in _tensors(memoryview(data), "model", 0, count(_MOST_FIELDS, -1)):
        found = _outside(tensor, left)
        if found is not None:
            return found
    return None


def external_files(data: bytes) -> frozenset[str]:
    """Names of the files in which tensors of the ONNX model ``data`` lie, as the tensors have them.

    Empty names stand for tensors that lie elsewhere and do not say where.

    Raises:
        ValueError: the bytes are not well formed.
    """
    found = set()
    for tensor, left in _tensors(memoryview(data), "model", 0, count(_MOST_FIELDS, -1)):
        if _outside(tensor, left) is not None:
            entries = [value for number, value in fields(tensor) if number == _TENSOR_EXTERNAL]
            told = dict(entry(value) for value in entries if isinstance(value, memoryview))
            found.add(told.get("location", ""))
    return frozenset(found)


def entry(message: Source) -> tuple[str, str]:
    """Key and value of a ``StringStringEntryProto``."""
    return text(message, _ENTRY_KEY), text(message, _ENTRY_VALUE)


def text(message: Source, field: int) -> str:
    """The first text in ``field`` of a message; empty if there is none."""
    for number, value in fields(message):
        if number == field and not isinstance(value, int):
            return bytes(value[:_MOST_TEXT]).decode("utf-8", "replace")
    return ""


def _tensors(
    data: memoryview, kind: str, depth: int, left: Iterator[int]
) -> Iterator[tuple[memoryview, Iterator[int]]]:
    """All tensors in a message, with what may still be looked at."""
    if depth > _MAX_NESTING:
        raise BadValueError("its graphs are nested too deeply")
    if kind == "tensor":
        yield data, left
        return
    inner = _MESSAGES[kind]
    for number, value in fields(data):
        _spend(left)
        if number in inner and isinstance(value, memoryview):
            yield from _tensors(value, inner[number], depth + 1, left)


def _outside(tensor: memoryview, left: Iterator[int]) -> str | None:
    name, outside = "", False
    for number, value in fields(tensor):
        _spend(left)
        if number == _TENSOR_NAME and isinstance(value, memoryview):
            name = bytes(value).decode("utf-8", "replace")
        outside |= number == _TENSOR_EXTERNAL or (number == _TENSOR_LOCATION and value != 0)
    return name if outside else None


def _spend(left: Iterator[int]) -> None:
    """Raises: ValueError: no more fields are looked at."""
    if next(left) <= 0:
        raise BadValueError("it has too many parts")


def fields(data: Source) -> Iterator[tuple[int, Source | int]]:
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
            raise BadValueError("unknown wire type {wire}", wire)
        if place + length > len(data) or number == 0:
            raise BadValueError("a field is longer than the file")
        yield number, data[place : place + length]
        place += length


def _varint(data: Source, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise BadValueError("it ends inside a number")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise BadValueError("a number is too long")
