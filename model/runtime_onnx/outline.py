"""What an ONNX file takes, gives and is made of, without reading its weights.

Field numbers: ``onnx.proto3``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from model.files import opened
from model.interface import CheckpointError
from model.messages import BadValueError, say
from model.runtime_onnx.wire import FileSlice, entry, fields, text

_GRAPH, _METADATA = 7, 14
_NODE, _INITIALIZER, _INPUT, _OUTPUT = 1, 5, 11, 12
_OPERATION = 4
_NAME, _TYPE, _TENSOR, _KIND, _SHAPE = 1, 2, 1, 1, 2
_TENSOR_KIND, _TENSOR_NAME = 2, 8
_MOST_PARTS = 200_000
"""Of a graph; the largest published ones have some ten thousand."""
_LARGEST_SIDE = 1 << 31
KINDS = {1: "float32", 2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool", 10: "float16"}
"""Element types by their numbers, as numpy names them; others do not occur here."""
_EIGHT_BITS = frozenset({"ConvInteger", "MatMulInteger", "MatMulIntegerToFloat", "QGemm"})
_EIGHT_BITS_PREFIXES = ("QLinear", "QuantizeLinear", "DequantizeLinear", "DynamicQuantize")
_FOUR_BITS = frozenset({"MatMulNBits", "MatMulBnb4", "GatherBlockQuantized"})


@dataclass(frozen=True, slots=True)
class Value:
    """An input or output: element type, and sizes; None is an open size.

    ``shape`` is None where the file does not tell even their number.
    """

    kind: str
    shape: tuple[int | None, ...] | None

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The shape, if no size is open."""
        if self.shape is None or None in self.shape:
            return None
        return tuple(size for size in self.shape if size is not None)

    def __str__(self) -> str:
        sizes = "?" if self.shape is None else ",".join(str(each or "?") for each in self.shape)
        return f"{self.kind}[{sizes}]"


@dataclass(frozen=True, slots=True)
class Outline:
    """What an ONNX file says about itself.

    Attributes:
        path: of the file.
        inputs, outputs: by name, in order; weights are no inputs.
        precision: of its weights: ``float32``, ``float16``, ``int8`` or ``int4``.
        format: the metadata entry of that name, which our own files have.
    """

    path: Path
    inputs: Mapping[str, Value]
    outputs: Mapping[str, Value]
    precision: str
    format: str

    @property
    def slots(self) -> str:
        """What it takes and gives, for people."""
        nothing = say("nothing")
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return say("takes {inputs} and gives {outputs}", inputs or nothing, outputs or nothing)


def outline(path: Path) -> Outline:
    """A look at the ONNX file ``path``.

    Raises:
        CheckpointError: it cannot be read, or is no ONNX file.
    """
    try:
        with opened(path) as file:
            whole = FileSlice(file, 0, os.fstat(file.fileno()).st_size)
            return _outline(path, whole)
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error
    except ValueError as error:
        raise CheckpointError(
            "{path} is not an ONNX file, or it is damaged: {reason}", path, error
        ) from error


def _outline(path: Path, whole: FileSlice) -> Outline:
    inputs: dict[str, Value] = {}
    outputs: dict[str, Value] = {}
    weights: dict[str, str] = {}
    operations: set[str] = set()
    metadata: dict[str, str] = {}
    for number, part in _parts(whole):
        match number:
            case _Part.METADATA:
                key, value = entry(part)
                metadata[key] = value
            case _Part.NODE:
                operations.add(text(part, _OPERATION))
            case _Part.INITIALIZER:
                name, kind = _weight(part)
                weights[name] = kind
            case _Part.INPUT:
                inputs[text(part, _NAME)] = _value(part)
            case _Part.OUTPUT:
                outputs[text(part, _NAME)] = _value(part)
    own = {name: value for name, value in inputs.items() if name not in weights}
    precision = _precision(operations, weights)
    return Outline(path, own, outputs, precision, metadata.get("format", ""))


class _Part(IntEnum):
    METADATA = -1
    NODE = _NODE
    INITIALIZER = _INITIALIZER
    INPUT = _INPUT
    OUTPUT = _OUTPUT


def _parts(whole: FileSlice) -> Iterator[tuple[int, FileSlice]]:
    seen = 0
    for number, value in fields(whole):
        if isinstance(value, int):
            continue
        if number == _METADATA:
            yield _Part.METADATA, value
        if number != _GRAPH:
            continue
        for kind, part in fields(value):
            seen += 1
            if seen > _MOST_PARTS:
                raise BadValueError("it has too many parts")
            if not isinstance(part, int):
                yield kind, part


def _weight(tensor: FileSlice) -> tuple[str, str]:
    """Name and element type."""
    kind = 0
    for number, value in fields(tensor):
        if number == _TENSOR_KIND and isinstance(value, int):
            kind = value
        if number == _TENSOR_NAME and not isinstance(value, int):
            return bytes(value).decode("utf-8", "replace"), KINDS.get(kind, "")
    return "", KINDS.get(kind, "")


def _value(slot: FileSlice) -> Value:
    kind, shape = "", None
    tensor = _inside(_inside(slot, _TYPE), _TENSOR)
    for number, value in fields(tensor) if tensor is not None else ():
        if number == _KIND and isinstance(value, int):
            kind = KINDS.get(value, f"type {value}")
        if number == _SHAPE and not isinstance(value, int):
            shape = tuple(_size(each) for each in _messages(value, 1))
    return Value(kind, shape)


def _size(dimension: FileSlice) -> int | None:
    for number, value in fields(dimension):
        if number == 1 and isinstance(value, int):
            return value if 0 < value < _LARGEST_SIDE else None
    return None


def _inside(message: FileSlice | None, field: int) -> FileSlice | None:
    return None if message is None else next(_messages(message, field), None)


def _messages(message: FileSlice, field: int) -> Iterator[FileSlice]:
    for number, value in fields(message):
        if number == field and not isinstance(value, int):
            yield value


def _precision(operations: set[str], weights: Mapping[str, str]) -> str:
    if operations & _FOUR_BITS:
        return "int4"
    if operations & _EIGHT_BITS or any(
        operation.startswith(_EIGHT_BITS_PREFIXES) for operation in operations
    ):
        return "int8"
    counts = Counter(weights.values())
    return "float16" if counts["float16"] > counts["float32"] else "float32"
