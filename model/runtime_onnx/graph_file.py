"""ONNX files of a model: their names, what they must have, and a look inside before they are run.

The runtime would follow a file's references to others on this machine, so those are refused first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from model.architecture.config import Variant, from_json
from model.architecture.features import feature_shapes
from model.files import opened
from model.interface import CheckpointError
from model.runtime_onnx.wire import external_tensor

FORMAT_FAMILY = "maskwright-onnx-"
FORMAT = f"{FORMAT_FAMILY}2"
MAX_BYTES = 1 << 31


INNER = ("keys", "values", "queries")
CHANGED = ("cells", *INNER)
"""What earlier logits change of what the decoder keeps of an image."""
HALVES = ("upper", "lower")
QUARTERS = ("fine_0", "fine_1", "fine_2", "fine_3")
BEYOND = ("below", "right")
"""The cells that show padding: those below what the image is made from, and those beside it."""
DRAWN = "drawn_"
"""Before these names, after the change: a graph's inputs and outputs must not share a name."""


class Part(StrEnum):
    """The graphs of a model, see ``onnx_export``."""

    ENCODER = "encoder"
    MEMORY = "memory"
    DENSE = "dense"
    DECODER = "decoder"
    REST = "rest"


def parts_of(variant: Variant) -> tuple[Part, ...]:
    """The graphs that ``variant`` has.

    Where clicks are drawn every prompt has a dense one, and the decoder takes it in itself.
    """
    without = {Part.DENSE: variant.click_maps, Part.REST: not variant.rest_later}
    return tuple(part for part in Part if not without.get(part, False))


def part_path(stem: Path, part: Part) -> Path:
    """``folder/NAME`` -> ``folder/NAME.encoder.onnx`` and so on."""
    return stem.with_name(f"{stem.name}.{part.value}.onnx")


def stem_of(path: Path) -> Path:
    """``folder/NAME`` of any one of a model's files; another path is returned as it is."""
    for part in Part:
        ending = f".{part.value}.onnx"
        if path.name.endswith(ending):
            return path.with_name(path.name.removesuffix(ending))
    return path


@dataclass(frozen=True, slots=True)
class Slot:
    """An input or output: its element type as onnxruntime names it, its shape; None is any size."""

    dtype: str
    shape: tuple[int | None, ...]

    def fits(self, dtype: str, shape: tuple[int | str | None, ...]) -> bool:
        """Whether a graph's own words mean the same; it writes an open size as a name."""
        sizes = tuple(size if isinstance(size, int) else None for size in shape)
        return (dtype, sizes) == (self.dtype, self.shape)

    def __str__(self) -> str:
        return f"{self.dtype} {list(self.shape)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a graph takes and gives, by name."""

    inputs: Mapping[str, Slot]
    outputs: Mapping[str, Slot]


def _floats(*shape: int | None) -> Slot:
    return Slot("tensor(float)", shape)


def _whole_numbers(*shape: int | None) -> Slot:
    return Slot("tensor(int64)", shape)


def signature(part: Part, variant: Variant) -> Signature:
    """What each graph of ``variant`` must take and give."""

    def open_(size: int) -> int | None:
        return None if variant.fitted else size

    width, inner = variant.width, variant.width // 2
    side, logits = open_(variant.seen_side), open_(variant.logits_side)
    cells, halves, quarters = (open_(times * variant.grid**2) for times in (1, 2, 4))
    features = {
        name: _floats(1, shape[0], *map(open_, shape[1:]))
        for name, shape in feature_shapes(variant).items()
    }

    memory = {"cells": _floats(1, cells, width), "position": _floats(1, cells, width)}
    memory |= {name: _floats(1, inner, cells) for name in INNER}
    if variant.skip_channels:
        memory |= {name: _floats(1, halves, width // 4) for name in HALVES}
    if len(variant.skip_channels) > 1:
        memory |= {name: _floats(1, quarters, width // 8) for name in QUARTERS}
    if variant.early:
        memory["finer"] = _floats(1, width // 8, logits, logits)
    earlier = {"logits": _floats(1, 1, logits, logits)}
    changed = {name: memory[name] for name in CHANGED}
    match part:
        case Part.ENCODER:
            return Signature({"image": _floats(1, 3, side, side)}, features)
        case Part.MEMORY:
            return Signature(features, memory)
        case Part.DENSE:
            drawn = {DRAWN + name: slot for name, slot in changed.items()}
            return Signature({**changed, **earlier}, drawn)
        case Part.REST:
            left = {"left": _floats(1, None, None, width), "kernels": _floats(1, None, width // 8)}
            return Signature(left, {"masks": _floats(1, None, None, None)})
        case Part.DECODER:
            drawing = {**earlier, "has_logits": _floats(1)} if variant.click_maps else {}
            return _answering(variant, {**memory, **_PROMPT, **drawing})


_PROMPT = {
    "coordinates": _floats(1, None, 2),
    "labels": _whole_numbers(1, None),
    "chosen": _whole_numbers(None),
}


def _answering(variant: Variant, given: dict[str, Slot]) -> Signature:
    """The decoder's: in variants that leave logits for later, with what those are made from."""
    width, side = variant.width, None if variant.fitted else variant.logits_side
    answers = {"masks": _floats(1, None, side, side), "predicted_iou": _floats(1, None)}
    if variant.object_score:
        answers["object_score"] = _floats(1)
    if variant.rest_later:
        given = {**given, "shown": _whole_numbers(2)}
        answers["masks"] = _floats(1, None, None, None)
        answers |= {name: _floats(1, None, None, width) for name in BEYOND}
        answers["kernels"] = _floats(1, None, width // 8)
    return Signature(given, answers)


@dataclass(frozen=True, slots=True)
class Description:
    """What a file says about itself.

    Attributes:
        identity, image_identity: see ``interface.Model``; equal where a file tells only the first,
            as those of before.
    """

    part: Part
    identity: str
    image_identity: str
    variant: Variant


def read_part(path: Path) -> bytes:
    """The bytes of an ONNX file that refers to no other file.

    Raises:
        CheckpointError: it is missing, is no ONNX file, or keeps its weights in another file.
    """
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:
                raise CheckpointError(
                    "{path} has {size} bytes, more than an ONNX file can hold", path, f"{size:,}"
                )
            data = file.read()
    except FileNotFoundError:
        raise CheckpointError(
            "there is no file {path}: a model in ONNX has the files {listed} (the built-in "
            "model neither dense nor rest); keep them in one folder",
            path,
            ", ".join(part_path(Path("NAME"), part).name for part in Part),
        ) from None
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error
    _check_whole(data, path)
    return data


def _check_whole(data: bytes, path: Path) -> None:
    try:
        outside = external_tensor(data)
    except ValueError as error:
        raise CheckpointError(
            "{path} is not an ONNX file, or it is damaged: {reason}", path, error
        ) from error
    if outside is not None:
        raise CheckpointError(
            "{path} keeps its weights in another file (tensor {outside}) and was refused: "
            "export it again into a single file",
            path,
            repr(outside),
        )


def described(metadata: Mapping[str, str], path: Path) -> Description:
    """What the metadata of a file says.

    Raises:
        CheckpointError: it was not written by ``onnx_export``, or by another version.
    """
    if metadata.get("format") != FORMAT:
        raise CheckpointError(
            "{path} is an ONNX file of another program or version (format {found}, needed "
            "{format}): export the checkpoint with `python -m model export`",
            path,
            repr(metadata.get("format")),
            repr(FORMAT),
        )
    try:
        variant = from_json(json.loads(metadata["config"]))
        identity = metadata["identity"]
        images = metadata.get("image_identity", identity)
        return Description(Part(metadata["part"]), identity, images, variant)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(
            "{path} has a description that cannot be read: {reason}", path, error
        ) from error
