"""How people keep weights: a file, a folder of transformers, under a training program's prefix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from model.files import opened
from model.interface import CheckpointError
from model.weights.weights_file import read_config, read_weights

PREFIXES = ("module.", "_orig_mod.", "model.", "sam.", "net.")
"""What data-parallel training, compiling, Lightning and fine-tuning programs put before names."""
DEEPEST = 3
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
INDEX = "model.safetensors.index.json"
CONFIG = "config.json"
MAX_JSON_BYTES = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What there is of a model on disk.

    Attributes:
        path: the file of weights, the first if there are several.
        tensors: by the names they have there.
        description: of our own files: the value of the metadata entry ``config``; else None.
        config: the ``config.json`` of transformers beside the weights; empty if there is none.
        passed_over: see ``Contents``.
    """

    path: Path
    tensors: Mapping[str, Tensor]
    description: object | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()


def read_found(path: Path) -> Found:
    """The weights at ``path``: a file, a folder, or the ``config.json`` in one.

    Raises:
        CheckpointError: there are none, or they cannot be read.
    """
    if path.name == CONFIG:
        path = path.parent
    if not path.is_dir():
        contents = read_weights(path)
        description = read_config(contents.metadata, path)
        config = {} if description is not None else _config_beside(path)
        return Found(path, contents.tensors, description, config, contents.passed_over)
    for name in WEIGHTS:
        if (path / name).is_file():
            return read_found(path / name)
    if not (path / INDEX).is_file():
        raise CheckpointError(
            "the folder {path} holds no {listed}: choose a folder as transformers saves "
            "it, or a file of weights",
            path,
            " or ".join(WEIGHTS),
        )
    tensors: dict[str, Tensor] = {}
    shards = _shards(path)
    for shard in shards:
        tensors |= read_weights(shard).tensors
    return Found(shards[0], tensors, config=_config_beside(shards[0]))


def _shards(folder: Path) -> list[Path]:
    listed = _json(folder / INDEX).get("weight_map")
    names = set(listed.values()) if isinstance(listed, Mapping) else set()
    if not names or any(not isinstance(name, str) or Path(name).name != name for name in names):
        raise CheckpointError("{folder} does not tell which files hold the weights", folder / INDEX)
    return [folder / name for name in sorted(names)]


def _config_beside(path: Path) -> Mapping[str, object]:
    file = path.with_name(CONFIG)
    return _json(file) if file.is_file() else {}


def _json(path: Path) -> Mapping[str, object]:
    try:
        with opened(path) as file:
            data = file.read(MAX_JSON_BYTES + 1)
        if len(data) > MAX_JSON_BYTES:
            raise CheckpointError("{path} is too large to be a description of a model", path)
        value: object = json.loads(data.decode("utf-8"))
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError("{path} is no JSON: {reason}", path, error) from error
    if not isinstance(value, dict):
        raise CheckpointError("{path} is not a JSON object", path)
    return value


def without_prefix(
    tensors: Mapping[str, Tensor],
) -> Iterator[tuple[Mapping[str, Tensor], tuple[str, ...]]]:
    """``tensors`` as they are, then with prefixes taken off, and the names that had none.

    Shorter prefixes come before longer ones.
    """
    waiting: list[tuple[Mapping[str, Tensor], tuple[str, ...], int]] = [(tensors, (), 0)]
    while waiting:
        named, left, depth = waiting.pop(0)
        yield named, left
        for prefix in PREFIXES if depth < DEEPEST else ():
            under = {
                name.removeprefix(prefix): tensor
                for name, tensor in named.items()
                if name.startswith(prefix)
            }
            if under:
                others = tuple(name for name in named if not name.startswith(prefix))
                waiting.append((under, (*left, *others), depth + 1))
