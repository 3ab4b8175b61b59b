"""ONNX files of a model: their names, what they must have, and a look inside before they are run.

The runtime would follow a file's references to others on this machine, so those are refused first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from model.config import Variant, from_json
from model.features import feature_shapes
from model.interface import CheckpointError
from model.onnx_wire import external_tensor

FORMAT = "maskwright-onnx-1"
MAX_BYTES = 1 << 31


INNER = ("keys", "values", "queries")
DRAWN = "drawn_"
"""Before these names, after the change: a graph's inputs and outputs must not share a name."""


class Part(StrEnum):
    """The graphs of a model, see ``onnx_export``."""

    ENCODER = "encoder"
    MEMORY = "memory"
    DENSE = "dense"
    DECODER = "decoder"


PARTS = tuple(Part)


def changed_by_drawing(variant: Variant) -> tuple[str, ...]:
    """What a dense prompt changes of what the decoder keeps of an image."""
    return ("cells", *INNER, *(("skip",) if variant.drawn_on_skip else ()))


def part_path(stem: Path, part: Part) -> Path:
    """``folder/NAME`` -> ``folder/NAME.encoder.onnx`` and so on."""
    return stem.with_name(f"{stem.name}.{part.value}.onnx")


def stem_of(path: Path) -> Path:
    """``folder/NAME`` of any one of a model's files; another path is returned as it is."""
    for part in PARTS:
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


def signature(part: Part, variant: Variant) -> Signature:
    """What each graph of ``variant`` must take and give."""

    def floats(*shape: int | None) -> Slot:
        return Slot("tensor(float)", shape)

    side, width, logits = variant.input_size, variant.width, variant.logits_side
    cells, inner = variant.grid**2, width // 2
    features = {name: floats(1, *shape) for name, shape in feature_shapes(variant).items()}

    def memory(count: int | None) -> dict[str, Slot]:
        slots = {"cells": floats(count, cells, width), "position": floats(1, cells, width)}
        slots |= {name: floats(count, cells, inner) for name in INNER}
        skips = count if variant.drawn_on_skip else 1
        fine = {"skip": floats(skips, 4 * cells, width // 4)} if variant.skip_channels else {}
        return slots | fine

    clicks = {"coordinates": floats(None, None, 2), "labels": Slot("tensor(int64)", (None, None))}
    earlier = {"logits": floats(None, 1, None, None)}
    names = changed_by_drawing(variant)
    given = {name: memory(1)[name] for name in names}
    drawn = {DRAWN + name: memory(None)[name] for name in names}
    match part:
        case Part.ENCODER:
            return Signature({"image": floats(1, 3, side, side)}, features)
        case Part.MEMORY:
            return Signature(features, memory(1))
        case Part.DENSE if variant.click_maps:
            return Signature({**given, **clicks, **earlier, "has_logits": floats(1)}, drawn)
        case Part.DENSE:
            return Signature({**given, **earlier}, drawn)
    answers = {"masks": floats(None, 4, logits, logits), "predicted_iou": floats(None, 4)}
    return Signature({**memory(None), **clicks}, answers)


@dataclass(frozen=True, slots=True)
class Description:
    """What a file says about itself."""

    part: Part
    identity: str
    variant: Variant


def read_part(path: Path) -> bytes:
    """The bytes of an ONNX file that refers to no other file.

    Raises:
        CheckpointError: it is missing, is no ONNX file, or keeps its weights in another file.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CheckpointError(f"{path} has {size:,} bytes, more than an ONNX file can hold")
        data = path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(
            f"there is no file {path}: a model in ONNX has four files, "
            f"{', '.join(part_path(Path('NAME'), part).name for part in PARTS)}; "
            "keep them in one folder"
        ) from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        outside = external_tensor(data)
    except ValueError as error:
        raise CheckpointError(f"{path} is not an ONNX file, or it is damaged: {error}") from error
    if outside is not None:
        raise CheckpointError(
            f"{path} keeps its weights in another file (tensor {outside!r}) and was refused: "
            "export it again into a single file"
        )
    return data


def described(metadata: Mapping[str, str], path: Path) -> Description:
    """What the metadata of a file says.

    Raises:
        CheckpointError: it was not written by ``onnx_export``, or by another version.
    """
    if metadata.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} is an ONNX file of another program or version "
            f"(format {metadata.get('format')!r}, needed {FORMAT!r}): "
            "export the checkpoint with `python -m model export`"
        )
    try:
        variant = from_json(json.loads(metadata["config"]))
        return Description(Part(metadata["part"]), metadata["identity"], variant)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path} has a description that cannot be read: {error}") from error
