"""Trains the object proposer of a folder on the masks accepted so far, and says how good it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np

from app.batch.folder import BatchFolder
from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.picture import Picture
from app.storage.atomic import make_directory, write_atomic
from app.storage.failures import not_written
from app.storage.guarded import leading_out, read_file
from app.storage.own_files import can_never_be_read, set_aside
from app.storage.project import Project
from model.interface import Embedding, ModelError
from model.messages import say, say_count
from model.proposer.proposer import MAX_BYTES as HEAD_BYTES
from model.proposer.proposer import Head, dumps, loads
from model.proposer.state import Keeper
from model.proposer.training import EPOCHS, Example, Score, measure, train

LOG = logging.getLogger(__name__)
FILE = "proposer.safetensors"
HELD_OUT = 5
"""One image in so many is held out."""
MIN_IMAGES = 4
MAX_BYTES = 1 << 30
Stages = Callable[[str, int, int], None]
"""Takes what is being done, how much of it, and of how much."""


ENOUGH_HELD = 20
"""Objects held out below which precision and recall are off by a tenth or more by chance alone."""


class Embedder(Protocol):
    """What the pictures are embedded with.

    Attributes:
        cancelled: whether to stop.
    """

    @property
    def cancelled(self) -> Callable[[], bool]: ...

    def embedding(self, picture: Picture) -> Embedding:
        """Raises: Problem, Cancelled."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A proposer and what was measured on images it has not seen.

    Attributes:
        head: its ``notes`` hold the same figures.
        images, objects: it learned from.
        held_images, held_objects: it was measured on.
        scores: for each confidence.
    """

    head: Head
    images: int
    objects: int
    held_images: int
    held_objects: int
    scores: tuple[Score, ...]

    @property
    def tells_enough(self) -> bool:
        """Whether it was measured on enough objects to say how good it is."""
        return self.held_objects >= ENOUGH_HELD and self.best.f1 > 0

    @property
    def best(self) -> Score:
        """The confidence with the best balance of precision and recall."""
        return max(self.scores, key=lambda score: score.f1)


def teaches(document: Document) -> bool:
    """Whether the objects of an image are all there: a missing one would teach that it is none."""
    return document.status is ImageStatus.DONE and any(_counts(a.state) for a in document)


def train_proposer(
    folder: BatchFolder,
    worker: Embedder,
    *,
    every: bool = False,
    epochs: int | None = None,
    seed: int = 0,
    progress: Stages = lambda what, done, total: None,
    keeper: Keeper | None = None,
) -> Trained:
    """Learn from the accepted masks of a folder.

    Args:
        every: also images that are not done; use it where each image has most of its objects.
        epochs: how often each image is seen; None takes the usual number.
        progress: called with what is being done, how much of it, and of how much.
        keeper: keeps what is learned so far, so that a training that was killed goes on.

    Raises:
        Problem: there is too little to learn from, or the model fails.
        Cancelled: the worker's ``cancelled()`` became true.
    """
    learned, held = _examples(folder, worker, every, progress)
    head = train(
        learned,
        EPOCHS if epochs is None else epochs,
        seed,
        lambda done, total, loss: progress(
            say("learning, loss {loss}", f"{loss:.2f}"), done, total
        ),
        worker.cancelled,
        keeper,
    )
    return _measured(head, learned, held)


def _measured(head: Head, learned: Sequence[Example], held: Sequence[Example]) -> Trained:
    scores = measure(head, held)
    best = max(scores, key=lambda score: score.f1)
    notes = {
        "confidence": best.confidence,
        "precision": round(best.precision, 4),
        "recall": round(best.recall, 4),
        "images": len(learned),
        "held_out_images": len(held),
    }
    noted = replace(head, notes=notes)
    counts = len(learned), _objects(learned), len(held), _objects(held)
    return Trained(noted, *counts, scores)


def keep(project: Project, trained: Trained) -> Path:
    """Make it the folder's proposer, in the place of an earlier one.

    One that cannot be understood, as of a newer version, is set aside.

    Raises:
        Problem: it cannot be written; an earlier one stays as it was.
    """
    path = project.own / FILE
    reason = leading_out(path, project.home)
    if reason is not None:
        raise Problem(reason)
    try:
        earlier = read_file(path, HEAD_BYTES)
        if earlier is not None:
            loads(earlier)
    except ModelError:
        set_aside(path)
    except Problem as problem:
        if not can_never_be_read(problem):
            raise
        set_aside(path)
    try:
        make_directory(path.parent)
        write_atomic(path, dumps(trained.head))
    except OSError as error:
        raise not_written(path, error) from error
    return path


def _examples(
    folder: BatchFolder, worker: Embedder, every: bool, progress: Stages
) -> tuple[list[Example], list[Example]]:
    chosen: list[tuple[str, Document]] = []
    for name in folder.names:
        try:
            document = folder.objects(name, to_write=False).document
        except Problem:
            # What cannot be read teaches nothing; the other commands say what is wrong with it.
            continue
        if teaches(document) or (every and any(_counts(a.state) for a in document)):
            chosen.append((name, document))
    if len(chosen) < MIN_IMAGES:
        raise Problem(
            say_count(
                "There is one image to learn from, at least {least} are needed.",
                "There are {count} images to learn from, at least {least} are needed.",
                len(chosen),
                MIN_IMAGES,
            ),
            say("Label more images and mark them as done, or let unfinished ones teach too."),
        )
    chosen.sort(key=lambda each: _draw(each[0]))
    # The same images are held out each time, so that two trainings can be compared.
    count = max(1, len(chosen) // HELD_OUT)
    groups: tuple[list[Example], list[Example]] = [], []
    size = 0
    for number, (name, document) in enumerate(chosen):
        progress(say("embedding"), number + 1, len(chosen))
        try:
            picture = folder.picture(name)
        except Problem as problem:
            LOG.info("an image teaches nothing: %s", problem)
            continue
        embedding = _halved(worker.embedding(picture))
        size += embedding.size_bytes
        groups[number < count].append(Example(embedding, _boxes(document)))
        if size > MAX_BYTES:
            break
    return groups[0], groups[1]


def _draw(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()


def _counts(state: State) -> bool:
    """What a person made or agreed to; the machine's own guesses would only repeat themselves."""
    return state in (State.ACCEPTED, State.EDITED)


def _boxes(document: Document) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    bounds = [a.mask.bounds for a in document if _counts(a.state) and a.mask.bounds]
    return np.array(bounds, np.float32).reshape(-1, 4)


def _halved(embedding: Embedding) -> Embedding:
    """Only what the proposer reads, in half precision."""
    features = {"embedding": np.asarray(embedding.features["embedding"], np.float16)}
    return Embedding(dict(features), embedding.transform, embedding.model)


def _objects(examples: Sequence[Example]) -> int:
    return sum(len(each.boxes) for each in examples)
