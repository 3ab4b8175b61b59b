"""Another program's file, taken over image by image while a job goes through the folder.

Taking over and what the job does with it are one write, with a mark: a run that is started again
does not take the same file over a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.batch.folder import BatchFolder
from app.core.document import Document, State
from app.core.errors import Problem
from app.storage.exchange.formats import detect, format_named
from app.storage.exchange.images import Images
from app.storage.exchange.importing import ImageChange, ImportOptions, plan_import
from app.storage.exchange.source_mark import source_mark
from app.storage.exchange.values import Skip

JOB = "import"
BEFORE = "it was taken over before"


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
    skipped: tuple[Skip, ...] = field(default=())

    def applied(self, name: str, document: Document) -> Document:
        """``document`` with what the file holds on that image, marked; itself if nothing.

        Raises:
            Problem: the objects of the image were changed since the file was read.
        """
        change = self.changes.get(name)
        if change is None or document.has_run(JOB, self.mark):
            return document
        if not change.fits(document):
            raise Problem(f"The objects of {name} were changed meanwhile.", "Start again.")
        return change.applied(document).with_run(JOB, self.mark)


def take_over(
    folder: BatchFolder,
    path: Path,
    form: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Taking:
    """Read ``path`` and work out what becomes of each image; new labels are written at once.

    Args:
        form: name of the format; None finds out.
        progress: called with records or images read and in all; may raise to stop.

    Raises:
        Problem: it cannot be read, or the folder's labels cannot be written.
    """
    kind = detect(path) if form is None else format_named(form)
    images = Images(folder.names, folder.size, folder.project.root)
    mark = source_mark(path)

    def existing(name: str) -> Document | None:
        document = folder.objects(name).document
        if document.has_run(JOB, mark):
            raise Problem(BEFORE)
        return document

    folder.project.labels_with(folder.project.root / name for name in folder.names)
    loaded = folder.project.read_labels()
    if loaded.read_only is not None:
        raise Problem(f"The labels of the folder cannot be changed: {loaded.read_only}")
    imported = kind.read(path, images, progress)
    options = ImportOptions(State.ACCEPTED)
    plan = plan_import(imported, images, loaded.labels, existing, options, progress)
    if plan.labels != loaded.labels:
        folder.project.write_labels(plan.labels, loaded.token)
    skipped = tuple(skip for skip in plan.skipped if skip.reason != BEFORE)
    return Taking({change.name: change for change in plan.changes}, mark, skipped)
