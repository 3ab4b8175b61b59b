"""A folder of transformers that holds an open-vocabulary detector: what is in it, before it is run.

Nothing of a folder is ever executed: weights are read from safetensors alone, the classes are those
of the library, and whatever code or pickle lies there is not touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from model.files import opened
from model.interface import CheckpointError

CONFIG = "config.json"
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
TOKENIZER = "tokenizer.json"
MAX_JSON = 32 << 20
KINDS = {
    "grounding-dino": "Grounding DINO",
    "owlv2": "OWLv2",
    "sam3": "SAM 3",
    "sam3_video": "SAM 3",
}
"""``model_type`` of those that can be used, and what they are called."""
USUAL = {"grounding-dino": 0.3, "owlv2": 0.2, "sam3": 0.5, "sam3_video": 0.5}
"""Scores from which on their boxes should mostly be right: by judgement, not measured."""
EXAMPLES = frozenset({"sam3", "sam3_video"})
"""Those that take boxes on the image beside words, or without."""
VOCABULARIES = {
    "grounding-dino": ("vocab.txt",),
    "owlv2": ("vocab.json", "merges.txt"),
    "sam3": ("vocab.json", "merges.txt"),
    "sam3_video": ("vocab.json", "merges.txt"),
}
"""What the words are read with where there is no ``tokenizer.json``."""
_IMAGES = ("preprocessor_config.json", "processor_config.json")
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder says of itself.

    Attributes:
        path: the folder.
        kind: ``model_type``, of ``KINDS``.
        images: how it wants its images, as far as it says so.
        identity: changes with its weights and its configuration.
    """

    path: Path
    kind: str
    images: Mapping[str, object]
    identity: str

    def numbers(self, key: str, default: Triple) -> Triple:
        """Three numbers of the images' settings.

        Raises:
            CheckpointError: they are no such numbers.
        """
        found = self.images.get(key, default)
        if not isinstance(found, list | tuple) or len(found) != 3:
            raise self._wrong(key, found)
        for each in found:
            if isinstance(each, bool) or not isinstance(each, int | float) or not abs(each) < 1e6:
                raise self._wrong(key, found)
        return (float(found[0]), float(found[1]), float(found[2]))

    def side(self, name: str, default: int) -> int:
        """A side of the images' ``size``, pixels.

        Raises:
            CheckpointError: it is no length.
        """
        size = self.images.get("size", {})
        found = size.get(name, default) if isinstance(size, Mapping) else size
        if isinstance(found, bool) or not isinstance(found, int) or not 16 <= found <= 4096:
            raise self._wrong("size", found)
        return found

    def _wrong(self, key: str, found: object) -> CheckpointError:
        return CheckpointError(
            "{name} says {key} = {given} of its images, which cannot be: get the folder anew",
            self.path.name,
            key,
            repr(found)[:60],
        )


def contents_of(path: Path) -> Contents:
    """What lies in the folder ``path``.

    Raises:
        CheckpointError: something is missing or not as it must be; the text says what.
    """
    kind = kind_of(path)
    _check_weights(path)
    _check_vocabulary(path, kind)
    return Contents(path, kind, _images(path), _identity(path))


def kind_of(path: Path) -> str:
    """What the folder ``path`` says that it holds, of ``KINDS``.

    Raises:
        CheckpointError: it holds something else, or nothing that can be read.
    """
    if not path.is_dir():
        raise CheckpointError("there is no folder {path}: check the path", path)
    config = _json(path / CONFIG)
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise CheckpointError(
            "{name} holds a model of the type {kind}; words are found by {known}",
            path.name,
            repr(kind)[:60],
            ", ".join(dict.fromkeys(KINDS.values())),
        )
    return kind


def _check_weights(path: Path) -> None:
    """Raises: CheckpointError: there are none, or none that are safe to read."""
    files = sorted(path.glob("*.safetensors"))
    if not any((path / each).is_file() for each in WEIGHTS) or not files:
        if any(path.glob("*.bin")) or any(path.glob("*.pt")) or any(path.glob("*.pth")):
            raise CheckpointError(
                "{name} holds its weights as a pickle, which could run code: get "
                "model.safetensors of the same model",
                path.name,
            )
        raise CheckpointError("{name} lacks model.safetensors: get the whole folder", path.name)
    for each in files:
        with _opened(each) as file:
            head = file.read(9)
        if len(head) < 9 or head[8:9] != b"{":
            raise CheckpointError(
                "{name} is no safetensors file, whatever it is called: get it anew from its "
                "publisher",
                each.name,
            )


def _check_vocabulary(path: Path, kind: str) -> None:
    if (path / TOKENIZER).is_file():
        return
    missing = [each for each in VOCABULARIES[kind] if not (path / each).is_file()]
    if missing:
        raise CheckpointError(
            "{name} lacks {missing}, with which words are read: get the whole folder",
            path.name,
            f"{TOKENIZER} / {', '.join(missing)}",
        )


def _images(path: Path) -> Mapping[str, object]:
    for name in _IMAGES:
        if (path / name).is_file():
            found = _json(path / name)
            inside = found.get("image_processor", found)
            return inside if isinstance(inside, Mapping) else found
    return {}


def _identity(path: Path) -> str:
    """Of the beginnings of the files, where the names and places of tensors are, and their sizes;
    to read gigabytes for it would take longer than an image."""
    whole = blake2b(digest_size=16)
    for each in (path / CONFIG, *sorted(path.glob("*.safetensors"))):
        with _opened(each) as file:
            whole.update(f"{each.name} {each.stat().st_size}".encode())
            whole.update(file.read(1 << 22))
            file.seek(max(0, each.stat().st_size - (1 << 22)))
            whole.update(file.read(1 << 22))
    return whole.hexdigest()


def _json(path: Path) -> Mapping[str, object]:
    with _opened(path) as file:
        data = file.read(MAX_JSON + 1)
    try:
        found = json.loads(data) if len(data) <= MAX_JSON else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CheckpointError("{path} is damaged: get it anew", path)
    return found


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file of the folder for reading.

    Raises:
        CheckpointError: it is not there, or cannot be read.
    """
    try:
        with opened(path) as file:
            yield file
    except FileNotFoundError:
        raise CheckpointError(
            "{folder} lacks {name}: get the whole folder", path.parent.name, path.name
        ) from None
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error
