"""Which file or folder becomes which detector of words, and what has to be installed for it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from model.interface import ModelError
from model.words.interface import TextDetector

NEEDED = ("torch", "transformers")


def missing_extra() -> bool:
    """Whether the extra ``text`` is not installed."""
    return any(find_spec(each) is None for each in NEEDED)


def require_extra() -> None:
    """Raises: ModelError: the extra is not installed; the text says how it comes."""
    if missing_extra():
        raise ModelError(
            "finding by words needs PyTorch and transformers, which are not installed: start once "
            "with `python3 run.py --with-text`"
        )


def load_text_detector(path: Path) -> TextDetector:
    """The detector in a folder of transformers.

    Raises:
        CheckpointError: it cannot be used; the text says why.
        ModelError: the extra is not installed.
    """
    require_extra()
    from model.words.folder import contents_of

    contents = contents_of(path)
    from model.words.networks import load_network

    return load_network(contents)
