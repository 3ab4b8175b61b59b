"""What is looked for by words: the options of the commands that do so, and what they name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from app.batch.folder import BatchFolder
from app.batch.words import ByWords, labels_for, words_in
from app.core.errors import Problem
from model.interface import ModelError
from model.messages import say
from model.words.loading import fetched, place_of


def add_words(parser: argparse.ArgumentParser) -> None:
    """The words, and what reads them."""
    parser.add_argument(
        "--text",
        metavar="WORDS",
        help='propose what "wheel, window" or other words name',
    )
    parser.add_argument(
        "--text-detector",
        metavar="FOLDER|TOML",
        help="what reads the words: a folder of transformers, the TOML file of a detector in ONNX, "
        "or the name of a published one",
    )


def words_source(arguments: argparse.Namespace) -> ByWords:
    """What is found by the words, its detector loaded and able to read them.

    Raises:
        Problem: there are no words, no detector, or it cannot be used or not read them.
    """
    words = words_in(arguments.text)
    source = arguments.text_detector or fetched()
    if source is None:
        raise Problem(
            say("No detector of words is on this machine."),
            say("Fetch one with `python -m model download`, or give --text-detector FOLDER."),
        )
    try:
        path = place_of(source)
    except ModelError as error:
        raise Problem(say("Words find nothing: {reason}.", error), "", error) from error
    found = ByWords.of(path, words)
    found.load()
    return found


def word_labels(folder: BatchFolder, words: Sequence[str]) -> list[int]:
    """The labels of words, added to the folder where it has none of that name.

    Raises:
        Problem: the labels of the folder cannot be changed.
    """
    loaded = folder.project.read_labels()
    labels, ids = labels_for(loaded.labels, words)
    if labels is not loaded.labels:
        if loaded.read_only is not None:
            raise Problem(
                say("The labels of the folder cannot be changed: {reason}", loaded.read_only)
            )
        folder.write_labels(labels, loaded.token)
    return [ids[word] for word in words]
