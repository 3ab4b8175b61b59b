"""Scores a model on a folder with masks: simulated clicks, the IoU after each, clicks needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.batch.folder import BatchFolder
from app.batch.scoring import Asked, Score, Scored
from app.commands.console import DONE, SOME_FAILED, Console, stoppable
from app.commands.options import add_json, add_output, path_or_url, project_in
from app.commands.working import Working, add_ray, at_work
from app.core.errors import Problem
from app.inference.questions import Loaded
from app.storage.places import Places
from model.evaluation.options import add_clicking
from model.interface import Cancelled, ModelError
from model.messages import reason_of, say

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from model.evaluation.evaluate import Protocol, Result
    from model.evaluation.ledger import ImageScores, Ledger
    from model.training.samples import Sample


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        type=path_or_url,
        help="images with objects, or with annotations.json; or such a folder in an object store",
    )
    add_output(parser)
    add_ray(parser)
    add_json(parser)
    add_clicking(parser)
    parser.add_argument(
        "--sheet", type=Path, metavar="FILE", help="a picture of worst and best; starts anew"
    )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    with stoppable() as cancelled:
        try:
            return _evaluate(arguments, console, cancelled)
        except Cancelled:
            if arguments.sheet:
                return console.stopped(say("Stopped; nothing was written."))
            return console.stopped(say("Stopped; the same command goes on from here."))
        except (ValueError, ModelError, OSError) as error:
            raise Problem(say("The evaluation failed: {reason}", error), "", error) from error


def _evaluate(
    arguments: argparse.Namespace, console: Console, cancelled: Callable[[], bool]
) -> int:
    from model.evaluation.command import report
    from model.evaluation.evaluate import Protocol, drawn
    from model.evaluation.options import close_of

    folder, samples, stamp = _opened(arguments.folder, arguments.output)
    close = close_of(arguments)
    protocol = Protocol(arguments.clicks, arguments.jitter, arguments.limit, arguments.seed, close)
    chosen = drawn(samples, protocol.limit, protocol.seed)
    asked = [
        Asked(number, _name_in(folder.project.root, sample.path), sample, tuple(masks))
        for number, (sample, masks) in enumerate(chosen)
    ]
    folder.names = [each.name for each in asked]
    with at_work(arguments, console, folder, cancelled) as work:
        run = _Run(console, asked, protocol, bool(arguments.sheet))
        # A picture of all needs all of them clicked now.
        ledger = None if arguments.sheet else _ledger(work.loaded, protocol, samples, stamp)
        result = run.scored(work, ledger)
    if arguments.sheet:
        run.sheet.save(arguments.sheet, partial(_pixels, folder))
    console.emit("scores", **result.to_json())
    console.answer(report(result))
    return SOME_FAILED if result.unread else DONE


def _opened(
    place: Path | str, home: Path | None
) -> tuple[BatchFolder, list[Sample], Callable[[Path], str]]:
    """The folder, its images with masks, and what tells whether one of these was changed.

    Raises:
        ValueError, Problem: there are none, or they cannot be read.
    """
    from model.evaluation.ledger import stamp_of
    from model.training.samples import DataError, read_folder

    if isinstance(place, Path):
        project = project_in(place, home)
        # What lies beside the images counts as long as nothing is there for an image.
        apart = project.home if project.mirrored else None
        return BatchFolder(project, []), read_folder(place, apart=apart), stamp_of
    if home is not None:
        raise Problem(
            say("The objects of a folder in an object store lie beside its images."),
            say("Name its address alone, without --output."),
        )
    from app.batch.store_folder import StoreFolder

    folder = StoreFolder.at(place, [])
    root, stamps = folder.project.root, folder.fetch_masks()

    def stamp(path: Path) -> str:
        name = _name_in(root, path)
        return f"{folder.told(name)} {stamps.get(name)}"

    try:
        return folder, read_folder(root, lambda path: _name_in(root, path) in stamps), stamp
    except DataError as error:
        told = reason_of(error).with_texts(lambda text: text.replace(str(root), place))
        raise DataError(told) from error


def _pixels(folder: BatchFolder, sample: Sample) -> npt.NDArray[np.uint8]:
    """Raises: DataError, Problem: it cannot be read any more."""
    from model.training.samples import read_image

    with folder.local(_name_in(folder.project.root, sample.path)) as path:
        return read_image(replace(sample, path=path))


def _name_in(root: Path, path: Path) -> str:
    """Of an image, for people and for other machines: relative to the folder if it lies there."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path.absolute())


class _Run:
    """The images of one evaluation on their way.

    Args:
        asked: all of them, by number.
        pictured: whether a sheet is wanted.

    Attributes:
        sheet: what is to be shown, if so.
    """

    def __init__(
        self, console: Console, asked: Sequence[Asked], how: Protocol, pictured: bool
    ) -> None:
        from model.evaluation.sheet import Sheet

        self._console, self._asked, self._how, self._pictured = console, asked, how, pictured
        self.sheet = Sheet()
        self._done, self._total = 0, sum(len(each.masks) for each in asked)

    def scored(self, work: Working, ledger: Ledger | None) -> Result:
        """The result, once all images are scored that ``ledger`` does not know.

        Raises:
            CannotGoOn, Cancelled: what was scored until then is in the ledger.
            ValueError: there is not one score.
        """
        from model.evaluation.evaluate import result_of

        images: dict[int, ImageScores] = {}
        for each in self._asked:
            known = None if ledger is None else ledger.get(each.number)
            if known is not None:
                images[each.number] = known
        self._done = sum(len(each.scores) for each in images.values())
        if self._done:
            self._console.say(
                say(
                    "Going on: {done} of {total} objects were scored before.",
                    self._done,
                    self._total,
                )
            )
        left = [each for each in self._asked if each.number not in images]
        make = partial(Score, how=self._how, keep=self._pictured)
        unread: dict[int, str] = {}
        for step in work.scores(make, left, lambda done, total: self._tell(done)):
            each = left[int(step.name)]
            if step.problem is not None:
                unread[each.number] = reason_of(step.problem)
            if isinstance(step.result.answer, Scored):
                images[each.number] = self._taken(each, step.result.answer)
                if ledger is not None:
                    ledger.add(each.number, images[each.number])
        result = result_of(work.loaded.variant, self._how, images, unread)
        if ledger is not None:
            ledger.close()
        return result

    def _taken(self, each: Asked, found: Scored) -> ImageScores:
        scores = found.scores
        if self._pictured:
            for score, course in zip(scores.scores, found.courses, strict=True):
                self.sheet.add(each.sample, score, course)
        self._done += len(scores.scores)
        self._tell(0)
        return scores

    def _tell(self, more: int) -> None:
        self._console.progress(say("{done} of {total} objects", self._done + more, self._total))


def _ledger(
    loaded: Loaded, protocol: Protocol, samples: Sequence[Sample], stamp: Callable[[Path], str]
) -> Ledger:
    from model.evaluation.ledger import Ledger, fingerprint

    report = loaded.report
    runs = f"{loaded.identity} {report.runtime} {report.device} {report.precision}"
    return Ledger(Places.of_user().evaluations, fingerprint(runs, protocol, samples, stamp))
