"""From the files of a folder to any format: what is chosen, image after image."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.review import Summary
from app.storage.exchange.formats import Format
from app.storage.exchange.occupied import occupied
from app.storage.exchange.protected import Protected
from app.storage.exchange.values import Export, ExportImage, ExportReport, Skip, Unchosen
from app.storage.folder import list_images
from app.storage.names import shown, to_text
from app.storage.project import Project
from app.storage.reading import read_size
from model.messages import say

FOLDERS_LOOKED_AT = 2000
"""So that telling what lies inside takes no longer than the export of a home directory."""
ACCEPTED = frozenset((State.ACCEPTED, State.EDITED))


@dataclass(frozen=True, slots=True)
class Choice:
    """What is exported.

    Attributes:
        states: objects in these states; by default what somebody has looked at.
        statuses: images of these statuses; None for all.
        labels: objects with these label ids; None for all.
        unsegmented: also objects that have only a box or points yet, where the format holds them.
        empty: also images of which no object is left, where that is the same as nothing being there
            (see ``undecided``).
    """

    states: frozenset[State] = ACCEPTED
    statuses: frozenset[ImageStatus] | None = None
    labels: frozenset[int] | None = None
    unsegmented: bool = False
    empty: bool = True

    def of(self, image: ExportImage) -> ExportImage | None:
        """``image`` with what is chosen of it; None if it is left out."""
        document = image.document
        if self.statuses is not None and document.status not in self.statuses:
            return None
        document = document.without(
            each.id
            for each in document
            if each.state not in self.states
            or (self.labels is not None and each.label_id not in self.labels)
        )
        if not self.unsegmented:
            document = document.with_unsegmented(())
        nothing = not len(document) and not document.unsegmented
        if nothing and (not self.empty or self.undecided(image.document)):
            return None
        return ExportImage(image.name, document, image.path)

    def undecided(self, document: Document) -> bool:
        """Whether nobody has said yet what is on the image, so that it is no empty one.

        Who trains with an empty image teaches that nothing is on it. That holds for one that is
        done, but not for one that was skipped, unless just these were asked for, or on which
        proposals, boxes or points wait that were not chosen.
        """
        if document.status is ImageStatus.DONE:
            return False
        if document.status is ImageStatus.SKIPPED and self.statuses is None:
            return True
        proposed = any(each.state is State.PROPOSED for each in document)
        return (proposed and State.PROPOSED not in self.states) or (
            bool(document.unsegmented) and not self.unsegmented
        )


@dataclass(slots=True)
class FolderImages:
    """The images of a project that somebody has worked on, read one by one as they are asked for.

    Attributes:
        project: its files.
        names: images relative to its root.
        choice: what is exported of them.
        skipped: grows with each image that cannot be read, while they are gone through.
        proposals, unsegmented: grow with the objects that were not chosen.
        undecided: grows with the images that are left out because nobody has said what is on them.
    """

    project: Project
    names: Iterable[str]
    choice: Choice = field(default_factory=Choice)
    skipped: list[Skip] = field(default_factory=list)
    proposals: int = 0
    unsegmented: int = 0
    undecided: int = 0

    def told(self, report: ExportReport) -> ExportReport:
        """``report`` with what could not be read, and what was there and not asked for."""
        unchosen = Unchosen(
            self.proposals, self.unsegmented, report.unchosen.inside, self.undecided
        )
        skipped = (*self.skipped, *report.skipped)
        return replace(report, skipped=skipped, unchosen=unchosen)

    def __iter__(self) -> Iterator[ExportImage]:
        root = self.project.root
        for path, summary in self.project.summaries(root / name for name in self.names):
            name = path.relative_to(root).as_posix()
            if summary == Summary():
                continue
            try:
                found = self._read(name, path)
            except Problem as problem:
                self.skipped.append(Skip(shown(name), problem.what))
                continue
            if found is not None:
                yield found

    def _read(self, name: str, path: Path) -> ExportImage | None:
        loaded = self.project.read_objects(path, *read_size(path))
        if State.PROPOSED not in self.choice.states:
            self.proposals += sum(each.state is State.PROPOSED for each in loaded.document)
        if not self.choice.unsegmented:
            self.unsegmented += len(loaded.document.unsegmented)
        found = self.choice.of(ExportImage(name, loaded.document, path))
        if found is None and self.choice.empty and self.choice.undecided(loaded.document):
            self.undecided += 1
        return found


def export_project(
    project: Project,
    names: Iterable[str],
    form: Format,
    target: Path,
    *,
    choice: Choice | None = None,
    options: dict[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> ExportReport:
    """Write the objects of a folder in another format.

    Memory holds one image at a time where the format has a file for each.

    Args:
        project: the folder.
        names: its images.
        form: one of ``formats.FORMATS``.
        target: the file or folder to write.
        choice: what is exported.
        options: of the format, by name.
        progress: called with the number of images written so far; may raise to stop.
        overwrite: as of ``write``.

    Raises:
        Problem: a file cannot be written, or does not read back as it should.
    """
    every = list(names)
    images = FolderImages(project, every, choice or Choice())
    labels = project.labels_with(project.root / name for name in every)
    export = of_project(project, labels, images)
    return images.told(write(form, export, target, options, progress, overwrite=overwrite))


def of_project(project: Project, labels: LabelSet, images: Iterable[ExportImage]) -> Export:
    """What is exported of a folder, which itself is not to be written over."""
    source = to_text(Path(os.path.realpath(project.root)))
    return Export(labels, images, protected=Protected.of(project), source=source)


def with_inside(report: ExportReport, project: Project, names: Iterable[str]) -> ExportReport:
    """``report`` with how many images of the folders inside have objects and are not ``names``."""
    known = {project.root / name for name in names}
    inside = 0
    for folder in islice(_folders_below(project.root), FOLDERS_LOOKED_AT):
        with contextlib.suppress(Problem):
            images = (folder / name for name in list_images(folder))
            summaries = project.summaries(path for path in images if path not in known)
            inside += sum(summary != Summary() for _, summary in summaries)
    return replace(report, unchosen=replace(report.unchosen, inside=inside))


def _folders_below(root: Path) -> Iterator[Path]:
    for folder, inner, _ in os.walk(root):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        if folder != os.fspath(root):
            yield Path(folder)


def write(
    form: Format,
    export: Export,
    target: Path,
    options: dict[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
    *,
    overwrite: bool = False,
) -> ExportReport:
    """``form.write`` with unknown options and unwritable files told as a Problem.

    Args:
        overwrite: also where another export or another program's files are; those of the same
            names are replaced.

    Raises:
        Problem: nothing is written to ``target``, or not all of it.
    """
    unknown = set(options or {}) - {option.name for option in form.options}
    if unknown:
        raise Problem(
            say("{format} has no option {option}.", form.title, repr(sorted(unknown)[0])),
            say("It has: {options}.", ", ".join(option.name for option in form.options) or "none"),
        )
    require_target(form, export, target, overwrite=overwrite)
    try:
        return form.write(export, target, progress=progress, **(options or {}))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Problem(
            say("{name} cannot be written: {reason}.", shown(target.name), reason),
            say("Check that the folder is there, may be written to, and has room."),
            error,
        ) from error


def require_target(form: Format, export: Export, target: Path, *, overwrite: bool = False) -> None:
    """Raise Problem unless ``target`` may be written; before any work is done."""
    if form.suffix:
        export.protected.require_file(target)
    else:
        export.protected.require_folder(target)
    found = None if overwrite else occupied(form, target, export.protected, export.source)
    if found is not None:
        raise Problem(
            found.what,
            say(
                "Choose another place. Or say --overwrite: files of the same names are "
                "replaced, others stay."
            ),
        )
