"""Files of weights: what is in them, without ever running what is in them."""

from __future__ import annotations

import json
import os
import pickle
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from model.files import MAX_WEIGHTS, check_unpacked, opened
from model.interface import CheckpointError
from model.messages import say

WRAPPERS = ("model", "state_dict", "model_state", "model_state_dict")
"""Keys under which training programs put the weights beside the rest of their state."""


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """Tensors by name as they are stored, and what came with them.

    Attributes:
        tensors: the weights.
        metadata: text.
        passed_over: names of what is no weight: an optimizer's state, counters.
    """

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]
    passed_over: tuple[str, ...] = ()


def read_weights(path: Path) -> Contents:
    """The tensors of a ``.safetensors``, ``.pt`` or ``.pth`` file, told apart by their content.

    Pickles are read with ``weights_only``: one that would run code is refused.

    Raises:
        CheckpointError: there is no such file, it is no such file, or it is damaged.
    """
    head = _head(path)
    # Asked first: one safetensors header in 32 has a length that begins with a pickle's first byte.
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < MAX_WEIGHTS:
        return _safetensors(path)
    if head.startswith((b"PK\x03\x04", b"\x80")):
        return _state_dict(_unpickled(path, zipped=head.startswith(b"PK")), path)
    if head[8:9] == b"{":
        return _safetensors(path)
    raise CheckpointError("{path} is not a checkpoint: {kind}", path, _kind(head))


def _head(path: Path) -> bytes:
    try:
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_WEIGHTS:
                raise CheckpointError(
                    "{path} has {size} bytes, more than the weights of any model it could be",
                    path,
                    f"{size:,}",
                )
            return file.read(512)
    except FileNotFoundError:
        raise CheckpointError(
            "there is no file {path}: check the path, or download the checkpoint first", path
        ) from None
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error


def _kind(head: bytes) -> str:
    text = head.lstrip()[:100].lower()
    if not head:
        return say("it is empty; download it again")
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return say(
            "it is a web page, saved in place of the weights; open the address in a "
            "browser to see what the server asks for, then download again"
        )
    if text.startswith(b"version https://git-lfs"):
        return say("it is a Git LFS pointer; fetch the real file with `git lfs pull`")
    return say("it is neither a PyTorch file (.pth, .pt) nor a .safetensors file")


def _unpickled(path: Path, *, zipped: bool) -> object:
    try:
        if zipped:
            check_unpacked(path)
    except ValueError as error:
        raise CheckpointError("{path} was refused: {reason}", path, error) from error
    except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
        raise CheckpointError(_damaged(path)) from error
    try:
        with warnings.catch_warnings():
            # A scripted model warns before it is refused.
            warnings.simplefilter("ignore")
            loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "nsupported" in str(error) or "not an allowed" in str(error):
            raise CheckpointError(
                "{path} holds program code, not only weights, and was refused: take the file "
                "from its publisher, or one in the .safetensors format",
                path,
            ) from error
        raise CheckpointError(_damaged(path)) from error
    except MemoryError as error:
        raise CheckpointError("{path} needs more memory than there is free", path) from error
    except Exception as error:  # a damaged file makes torch raise whatever it met
        raise CheckpointError(_damaged(path)) from error
    return loaded


def _damaged(path: Path) -> str:
    return say(
        "{path} is damaged or incomplete ({size} bytes): the download probably "
        "stopped early; download it again",
        path,
        f"{path.stat().st_size:,}",
    )


def _state_dict(loaded: object, path: Path) -> Contents:
    passed_over: list[str] = []
    for wrapper in WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            passed_over += [str(name) for name in loaded if name != wrapper]
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not loaded:
        raise CheckpointError(
            "{path} is not a checkpoint: it holds a {name}, needed are weights by name",
            path,
            type(loaded).__name__,
        )
    tensors = {}
    for name, value in loaded.items():
        if not isinstance(name, str) or (isinstance(value, Tensor) and not _plain(value)):
            raise CheckpointError(
                "{path} is not a checkpoint: its entry {name} is not a plain tensor of weights",
                path,
                repr(name),
            )
        if isinstance(value, Tensor):
            tensors[name] = value
        else:
            passed_over.append(name)
    if not tensors:
        raise CheckpointError(
            "{path} is not a checkpoint: it holds no weights, only {listed}",
            path,
            ", ".join(passed_over[:5]),
        )
    return Contents(tensors, {}, tuple(passed_over))


def _plain(value: object) -> bool:
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and not value.is_quantized
        and not value.is_complex()
    )


def _safetensors(path: Path) -> Contents:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return Contents(tensors, dict(file.metadata() or {}))
    except MemoryError as error:
        raise CheckpointError("{path} needs more memory than there is free", path) from error
    except (SafetensorError, OSError, RuntimeError, ValueError, TypeError, KeyError) as error:
        raise CheckpointError("{what} ({reason})", _damaged(path), error) from error


def read_config(metadata: Mapping[str, str], path: Path) -> object | None:
    """The value of the ``config`` entry of a safetensors file; None if it has none."""
    text = metadata.get("config")
    if text is None:
        return None
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            "{path} has a description that is no JSON: {reason}", path, error
        ) from error
    return value
