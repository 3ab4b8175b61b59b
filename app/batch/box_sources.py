"""Where boxes come from that are made into proposals: a detector, or the folder's own proposer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.batch.image_tasks import Given
from app.batch.proposer import FILE
from app.core.errors import Problem
from app.core.labels import LabelSet, as_name
from app.inference.detected import FoundBox, boxes_by, boxes_on
from app.inference.questions import Loaded
from app.storage.guarded import read_file
from app.storage.project import Project
from model.detection.detector import Detector, load_detector
from model.detection.detector_file import Description, read_description
from model.interface import Model, ModelError
from model.messages import Message, say
from model.proposer.proposer import MAX_BYTES, Head, dumps, loads

TRAIN_ONE = say("Train one first.")


@dataclass(slots=True)
class DetectorBoxes:
    """Boxes of the detector that the TOML file ``path`` describes.

    Args:
        label_ids: of its classes; None gives every box the label 1.

    Raises:
        Problem: the description cannot be used.
    """

    path: Path
    label_ids: Sequence[int] | None = None
    inputs: Description = field(init=False)
    _loaded: Detector | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        try:
            self.inputs = read_description(self.path)
        except ModelError as error:
            raise _unusable(error) from error

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process, which loads the network by itself."""
        return _detector_again, (self.path.absolute(), self.label_ids, self.inputs)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of what it finds."""
        return tuple(self.inputs.output.classes)

    def load(self) -> Detector:
        """The detector; read once, with the first image if not before. Raises Problem."""
        if self._loaded is None:
            try:
                self._loaded = load_detector(self.path)
            except ModelError as error:
                raise _unusable(error) from error
        return self._loaded

    def boxes(self, given: Given) -> Sequence[FoundBox]:
        """Raises: Problem, Cancelled or ModelError."""
        detector, tell = self.load(), lambda text: given.tell(Problem(say("{text}.", text)))
        return boxes_on(detector, given.picture, self.label_ids, given.cancelled, tell)


@dataclass(frozen=True, slots=True)
class ProposerBoxes:
    """Boxes of the folder's own proposer; ``head.notes`` say how good it was on images held out."""

    head: Head

    @property
    def inputs(self) -> object:
        return dumps(self.head)

    def boxes(self, given: Given) -> Sequence[FoundBox]:
        """Raises: Problem: it was trained for another model."""
        self.require(given.model)
        head = replace(self.head, model=given.model.image_identity)
        return boxes_by(head, given.embedding())

    def require(self, model: Model | Loaded) -> None:
        """Raises: Problem: it was trained on the embeddings of another model."""
        # Proposers of before name the whole model.
        if self.head.model not in (model.image_identity, model.identity):
            raise Problem(
                say("The proposer was trained for another model."), say("Train it again.")
            )


def proposer_of(project: Project) -> Path | None:
    """The file of the folder's proposer, if one was trained."""
    path = project.own / FILE
    return path if path.is_file() else None


def proposer_boxes(project: Project, advice: Message = TRAIN_ONE) -> ProposerBoxes:
    """What the folder's proposer finds.

    Args:
        advice: what to do where there is none.

    Raises:
        Problem: there is none, or it cannot be read.
    """
    path = project.own / FILE
    data = read_file(path, MAX_BYTES)
    if data is None:
        raise Problem(say("This folder has no proposer yet."), advice)
    try:
        return ProposerBoxes(loads(data))
    except ModelError as error:
        raise Problem(
            say("{name} cannot be used: {reason}", path.name, error), say("Train it again."), error
        ) from error


def with_classes(labels: LabelSet, classes: Sequence[str]) -> tuple[LabelSet, list[int]]:
    """The labels with one for each class that has none of its name yet, and the classes' ids."""
    names = [as_name(name) for name in classes]
    labels = labels.with_names(names)
    ids = {label.name: label.id for label in labels}
    return labels, [ids[name] for name in names]


def _detector_again(
    path: Path, label_ids: Sequence[int] | None, inputs: Description
) -> DetectorBoxes:
    made = DetectorBoxes(path, label_ids)
    # Marks are made of it: it must be said here as it was said there.
    made.inputs = inputs
    return made


def _unusable(error: ModelError) -> Problem:
    return Problem(say("The detector cannot be used: {reason}", error), "", error)
