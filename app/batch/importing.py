"""Another program's file over a folder: planned once for the window and for every command.

``Taking`` goes image by image, while a job goes through the folder: taking over and what the job
does with it are one write, with a mark, so that a run that is started again does not take the same
file over a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.batch.folder import BatchFolder
from app.core.document import Document, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.progress import Progress
from app.storage.exchange.formats import Format, detect, format_named
from app.storage.exchange.images import Images
from app.storage.exchange.importing import ImageChange, ImportOptions, ImportPlan, plan_import
from app.storage.exchange.source_mark import source_mark
from app.storage.exchange.values import Skip
from app.storage.object_store import StoreGoneError
from model.messages import say

JOB = "import"
BEFORE = say("it was taken over before")


@dataclass(frozen=True, slots=True)
class Planned:
    """What an import would do.

    Attributes:
        form: the format of the file.
        plan: what changes, and what is skipped.
        labels: of the folder when it was planned.
    """

    form: Format
    plan: ImportPlan
    labels: LabelSet


def planned(
    folder: BatchFolder,
    path: Path,
    form: str | None = None,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
    mark: str | None = None,
) -> Planned:
    """Read ``path`` and work out what becomes of each image; nothing is changed.

    Args:
        form: name of the format; None finds out.
        progress: called with records or images read and in all; may raise to stop.
        mark: images that have this one of ``JOB`` are skipped.

    Raises:
        Problem: it cannot be read.
    """
    kind = detect(path) if form is None else format_named(form)
    images = Images(folder.names, folder.size, folder.project.root)

    def existing(name: str) -> Document:
        document = folder.objects(name).document
        if mark is not None and document.has_run(JOB, mark):
            raise Problem(BEFORE)
        return document

    imported = kind.read(path, images, progress)
    labels = folder.labels()
    plan = plan_import(imported, images, labels, existing, options, progress)
    return Planned(kind, plan, labels)


def add_labels(folder: BatchFolder, plan: ImportPlan, *, dry_run: bool = False) -> None:
    """Write the labels that come with an import, before any object has them.

    Raises:
        Problem: the folder's labels cannot be changed; also with ``dry_run``, which writes nothing.
    """
    loaded = folder.project.read_labels()
    if plan.labels == loaded.labels:
        return
    if loaded.read_only is not None:
        raise Problem(say("The labels of the folder cannot be changed: {reason}", loaded.read_only))
    if not dry_run:
        folder.write_labels(plan.labels, loaded.token)


def changed(change: ImageChange, document: Document) -> Document:
    """``document`` as ``change`` leaves it; Problem if it was edited since that was planned."""
    if not change.fits(document):
        raise _changed_meanwhile(change.name)
    return change.applied(document)


def _changed_meanwhile(name: str) -> Problem:
    return Problem(say("The objects of {name} were changed meanwhile.", name), say("Start again."))


@dataclass(frozen=True, slots=True)
class Taking:
    """What is taken over.

    Attributes:
        changes: by image name.
        mark: of the file.
        skipped: what is left out, and why.
    """

    changes: dict[str, ImageChange]
    mark: str
    skipped: tuple[Skip, ...] = ()

    def applied(self, name: str, document: Document) -> Document:
        """``document`` with what the file holds on that image, marked; itself if nothing.

        Raises:
            Problem: the objects of the image were changed since the file was read.
        """
        change = self.changes.get(name)
        if change is None or document.has_run(JOB, self.mark):
            return document
        return changed(change, document).with_run(JOB, self.mark)

    def worked_out(self, name: str, document: Callable[[], Document]) -> Taken | None:
        """What becomes of one image, for another process; None if it stays as it is.

        Raises:
            StoreGoneError: what is true of no image alone.
        """
        if name not in self.changes:
            return None
        try:
            before = document()
            after = self.applied(name, before)
        except StoreGoneError:
            raise
        except Problem as problem:
            return Taken(problem=problem)
        return None if after is before else Taken(before, after)


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking over makes of one image, worked out where the file was read.

    Attributes:
        before, after: its objects.
        problem: why it cannot be, instead.
    """

    before: Document | None = None
    after: Document | None = None
    problem: Problem | None = None

    def applied(self, name: str, document: Document) -> Document:
        """As of ``Taking``. Raises Problem."""
        if self.problem is not None:
            raise self.problem
        if self.after is None or document != self.before:
            raise _changed_meanwhile(name)
        return self.after


def take_over(
    folder: BatchFolder, path: Path, form: str | None = None, progress: Progress | None = None
) -> Taking:
    """Plan to take over ``path`` as accepted objects; new labels are written at once.

    Raises:
        Problem: as ``planned`` and ``add_labels``.
    """
    mark = source_mark(path)
    plan = planned(folder, path, form, ImportOptions(State.ACCEPTED), progress, mark).plan
    add_labels(folder, plan)
    skipped = tuple(skip for skip in plan.skipped if skip.reason != BEFORE)
    return Taking({change.name: change for change in plan.changes}, mark, skipped)
