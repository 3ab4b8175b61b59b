"""From the files of a folder to any format: what is chosen, image after image."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app import __version__
from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.fingerprint import fingerprint
from app.storage.exchange.formats import Format
from app.storage.exchange.journal import Journal
from app.storage.exchange.source_mark import state_of
from app.storage.exchange.values import Export, ExportImage, ExportReport, Skip
from app.storage.exchange.waiting import with_waiting
from app.storage.guarded import Token, token_of
from app.storage.label_file import labels_to_bytes
from app.storage.names import shown
from app.storage.project import Project
from app.storage.reading import read_size
from app.storage.sidecar import Summary

ACCEPTED = frozenset((State.ACCEPTED, State.EDITED))


@dataclass(frozen=True, slots=True)
class Choice:
    """What is exported.

    Attributes:
        states: objects in these states; by default what somebody has looked at.
        statuses: images of these statuses; None for all.
        labels: objects with these label ids; None for all.
        waiting: also objects that have only a box or points yet, where the format holds them.
        empty: also images of which no object is left.
    """

    states: frozenset[State] = ACCEPTED
    statuses: frozenset[ImageStatus] | None = None
    labels: frozenset[int] | None = None
    waiting: bool = False
    empty: bool = True

    @property
    def told(self) -> tuple[object, ...]:
        """The same for the same choice, also in another run of the program."""
        labels = self.labels if self.labels is None else sorted(self.labels)
        statuses = self.statuses if self.statuses is None else sorted(self.statuses)
        return sorted(self.states), statuses, labels, self.waiting, self.empty

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
        if not self.waiting:
            document = with_waiting(document, ())
        if not len(document) and not self.empty:
            return None
        return ExportImage(image.name, document, image.path, image.version)


@dataclass(slots=True)
class FolderImages:
    """The images of a project that somebody has worked on, read one by one as they are asked for.

    Attributes:
        project: its files.
        names: images relative to its root.
        choice: what is exported of them.
        skipped: grows with each image that cannot be read, while they are gone through.
        knows: whether an image of that name and version comes next in what is written already.
    """

    project: Project
    names: Iterable[str]
    choice: Choice = field(default_factory=Choice)
    skipped: list[Skip] = field(default_factory=list)
    knows: Callable[[str, str], bool] = lambda name, version: False

    def __iter__(self) -> Iterator[ExportImage]:
        root = self.project.root
        for path, summary in self.project.summaries(root / name for name in self.names):
            name = path.relative_to(root).as_posix()
            if summary == Summary():
                continue
            try:
                found = self._known(name, path) or self._read(name, path)
            except Problem as problem:
                self.skipped.append(Skip(shown(name), problem.what))
                continue
            if found is not None:
                yield found

    def _known(self, name: str, path: Path) -> ExportImage | None:
        """An image that was written before, from the same file: its objects need not be made."""
        token = self.project.objects_token(path)
        version = _version(token, path)
        if token is None or not self.knows(name, version):
            return None
        return ExportImage(name, lambda: self._chosen(name, path), path, version)

    def _chosen(self, name: str, path: Path) -> Document:
        found = self._read(name, path)
        if found is None:
            raise Problem(f"The objects of {shown(name)} were changed meanwhile.", "Start again.")
        return found.document

    def _read(self, name: str, path: Path) -> ExportImage | None:
        loaded = self.project.read_objects(path, *read_size(path))
        # A mirror's objects may have been read from beside the image, and then have no token.
        token = loaded.token or token_of(self.project.objects_bytes(path, loaded.document))
        return self.choice.of(ExportImage(name, loaded.document, path, _version(token, path)))


def _version(token: Token, path: Path) -> str:
    return f"{token} {state_of(path)}"


def export_project(
    project: Project,
    names: Iterable[str],
    form: Format,
    target: Path,
    *,
    choice: Choice | None = None,
    options: dict[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
    journals: Path | None = None,
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
        journals: where is noted how far it is, so that it goes on there after a kill; or None.

    Raises:
        Problem: a file cannot be written, or does not read back as it should.
    """
    images = FolderImages(project, names, choice or Choice())
    export = Export(project.read_labels().labels, images)
    source = os.path.realpath(project.root), os.path.realpath(project.home), images.choice.told
    export = with_journal(export, journals, form, target, options, source)
    images.knows = export.journal.knows
    report = write(form, export, target, options, progress)
    return replace(report, skipped=(*images.skipped, *report.skipped))


def with_journal(
    export: Export,
    journals: Path | None,
    form: Format,
    target: Path,
    options: dict[str, object] | None,
    source: object,
) -> Export:
    """``export`` with a journal in ``journals`` that is of just this run.

    Args:
        source: what the images are made of, told by its ``repr``.
    """
    if journals is None:
        return export
    told = sorted((options or {}).items())
    shared = labels_to_bytes(export.labels), export.extra.thawed()
    where = os.path.realpath(target)
    run = fingerprint(__version__, form.name, where, told, source, shared)
    return replace(export, journal=Journal(journals, run))


def write(
    form: Format,
    export: Export,
    target: Path,
    options: dict[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
) -> ExportReport:
    """``form.write`` with unknown options and unwritable files told as a Problem."""
    unknown = set(options or {}) - {option.name for option in form.options}
    if unknown:
        raise Problem(
            f"{form.title} has no option {sorted(unknown)[0]!r}.",
            f"It has: {', '.join(option.name for option in form.options) or 'none'}.",
        )
    try:
        report = form.write(export, target, progress=progress, **(options or {}))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Problem(
            f"{shown(target.name)} cannot be written: {reason}.",
            "Check that the folder is there, may be written to, and has room.",
            error,
        ) from error
    export.journal.close()
    return report
