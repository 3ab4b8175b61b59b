"""Which file or folder becomes which detector of words, and what has to be installed for it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from model.interface import ModelError
from model.words.interface import TextDetector

NEEDED = ("torch", "transformers")
NEEDED_BY_ONNX = ("tokenizers",)
"""It comes with transformers."""


def description_in(path: Path) -> Path | None:
    """The TOML file that describes a detector in ONNX: ``path`` itself, or the only one in that
    folder; None if there is none, more than one, or weights of transformers."""
    from model.words.folder import WEIGHTS

    if path.suffix.lower() == ".toml":
        return path
    if any((path / each).is_file() for each in WEIGHTS):
        return None
    try:
        found = sorted(path.glob("*.toml"))
    except OSError:
        return None
    return found[0] if len(found) == 1 else None


def missing_extra(path: Path | None = None) -> bool:
    """Whether what the detector there needs is not installed; a graph in ONNX needs less."""
    onnx = path is not None and description_in(path) is not None
    return any(find_spec(each) is None for each in (NEEDED_BY_ONNX if onnx else NEEDED))


def require_extra(path: Path) -> None:
    """Raises: ModelError: the extra is not installed; the text says how it comes."""
    if missing_extra(path):
        raise ModelError(
            "finding by words needs PyTorch and transformers, which are not installed: start once "
            "with `python3 run.py --with-text`"
        )


def place_of(source: str) -> Path:
    """Where a detector lies: the path itself, or the folder of a published one that was fetched.

    Raises:
        CheckpointError: a published one that is not on this machine.
    """
    from model.weights.catalogue import local_file, word_detectors

    if source in word_detectors():
        return local_file(source, listed=word_detectors()).parent
    return Path(source)


def fetched() -> str | None:
    """Name of the first published detector that is on this machine; None if none is."""
    from model.weights.catalogue import word_detectors

    return next((each.name for each in word_detectors().values() if each.path().is_file()), None)


def usual_of(path: Path) -> float | None:
    """The score from which on the detector there is mostly right, read without loading it; None if
    none lies there that can be used."""
    from model.words.description import read_description
    from model.words.folder import USUAL, kind_of

    described = description_in(path)
    try:
        if described is not None:
            return read_description(described).limits.confidence
        return USUAL[kind_of(path)]
    except ModelError:
        return None


def takes_examples(path: Path) -> bool:
    """Whether the detector there takes boxes on the image as examples, read without loading it."""
    from model.words.folder import EXAMPLES, kind_of

    try:
        return description_in(path) is None and kind_of(path) in EXAMPLES
    except ModelError:
        return False


def load_text_detector(path: Path) -> TextDetector:
    """The detector in a folder of transformers, or the one in ONNX that a TOML file describes: the
    file ``path``, or the only one in that folder.

    Raises:
        CheckpointError: it cannot be used; the text says why.
        ModelError: the extra is not installed.
    """
    require_extra(path)
    described = description_in(path)
    if described is not None:
        from model.words.onnx_detector import load_onnx_words

        return load_onnx_words(described)
    from model.words.folder import contents_of

    contents = contents_of(path)
    from model.words.networks import load_network

    return load_network(contents)
