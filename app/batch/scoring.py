"""Scoring a model on the images of a folder: simulated clicks, one image a call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.batch.folder import BatchFolder
from app.batch.jobs import Worker
from app.batch.run import Result
from app.core.errors import Problem
from app.core.progress import Progress, no_progress
from app.inference.questions import Cancelled
from model.interface import Cancelled as CancelledError
from model.interface import Model
from model.messages import reason_of

if TYPE_CHECKING:
    from model.evaluation.evaluate import Protocol
    from model.evaluation.ledger import ImageScores
    from model.evaluation.protocol import Clicked
    from model.evaluation.scores import ObjectScore
    from model.training.samples import Sample

JOB = "evaluate"


@dataclass(frozen=True, slots=True)
class Asked:
    """An image that is to be scored.

    Attributes:
        number: among those that are scored; see ``model.evaluation.evaluate.clicked``.
        name: relative to the folder.
        sample: with its masks; the image is read from the folder.
        masks: which of them.
    """

    number: int
    name: str
    sample: Sample
    masks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """What became of one image.

    Attributes:
        scores: of its objects.
        courses: of each object the clicks and the last mask, where they are kept.
    """

    scores: ImageScores
    courses: tuple[Clicked, ...] = ()


@dataclass(slots=True)
class Score:
    """Clicks the objects of the image ``asked``.

    Attributes:
        how: it is clicked.
        keep: whether the answer holds the courses, for pictures of them.
        progress: called with objects done and in all, of one image.
        asked: the image at hand.
    """

    folder: BatchFolder
    worker: Worker
    how: Protocol
    keep: bool = False
    progress: Progress = no_progress
    asked: Asked | None = None

    def __call__(self, name: str) -> Result:
        """The scores, in ``Result.answer``. Raises: Problem, Cancelled."""
        from model.evaluation.evaluate import clicked
        from model.training.samples import DataError

        asked = self.asked
        if asked is None:
            raise ValueError("which objects are meant was not told")
        courses: list[Clicked] = []
        with self.folder.local(asked.name) as path:
            sample = replace(asked.sample, path=path)

            def work(model: Model, cancelled: Cancelled) -> ImageScores | DataError:
                courses.clear()
                done = 0

                def seen(sample: Sample, score: ObjectScore, course: Clicked) -> None:
                    nonlocal done
                    done += 1
                    self.progress(done, len(asked.masks))
                    if self.keep:
                        courses.append(course)
                    if cancelled():
                        raise CancelledError

                try:
                    return clicked(model, asked.number, sample, asked.masks, self.how, seen)
                except DataError as error:
                    return error

            found = self.worker.ask(JOB, work)
        if isinstance(found, DataError):
            name = self.folder.told(asked.name)
            told = reason_of(found).with_texts(lambda text: text.replace(str(path), name))
            raise Problem(told, "", found)
        return Result(masks=len(found.scores), answer=Scored(found, tuple(courses)))
