"""From one format straight to another, without a folder of our own between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.core.document import Document, State
from app.core.errors import Problem
from app.core.labels import Label, LabelSet, color_for
from app.core.progress import Progress
from app.storage.exchange import exporting
from app.storage.exchange.category_labels import label_name
from app.storage.exchange.formats import Format, detect
from app.storage.exchange.images import Images, Size
from app.storage.exchange.importing import ImageChange, ImportOptions, plan_import
from app.storage.exchange.protected import Protected
from app.storage.exchange.values import Export, ExportImage, ExportReport, Imported, Skip
from app.storage.names import shown, to_text
from model.messages import say


def convert(
    source: Path,
    target: Path,
    to: Format,
    *,
    form: Format | None = None,
    images: Path | None = None,
    options: dict[str, object] | None = None,
    reading: Progress | None = None,
    writing: Callable[[int], None] | None = None,
    overwrite: bool = False,
) -> ExportReport:
    """Read ``source`` and write ``target`` in the format ``to``.

    Args:
        source: a file or folder.
        target: a file or folder, by the format.
        to: what to write.
        form: the format of ``source``; found by looking if None.
        images: their folder; without it sizes are those stated, or found in the source's folder.
        options: of the format ``to``.
        reading, writing: progress; may raise to stop.
        overwrite: as of ``exporting.write``.

    Raises:
        Problem: ``source`` cannot be read or ``target`` not be written.
    """
    form = form or detect(source)
    root = _root_of(source, form, images)
    blank = _nothing_yet(source, root)
    exporting.require_target(to, blank, target, overwrite=overwrite)
    found = Images.of_sizes({}) if root is None else Images.in_folder(root)
    imported = form.read(source, found, reading)
    if root is None:
        found = _as_stated(imported)
    export, report = as_export(imported, found, root)
    export = replace(export, protected=blank.protected, source=blank.source)
    _require_something(imported, source)
    written = exporting.write(to, export, target, options, writing, overwrite=overwrite)
    return replace(written, skipped=(*report, *written.skipped))


def _nothing_yet(source: Path, root: Path | None) -> Export:
    """The export before anything is read: what it must not write over, and what it is called."""
    protected = Protected.of_source(source, root)
    return Export(LabelSet(), (), protected=protected, source=to_text(protected.source or source))


def _require_something(imported: Imported, source: Path) -> None:
    if not imported.images and imported.skipped:
        first = imported.skipped[0]
        raise Problem(
            say(
                "Nothing in {name} can be read: {where}: {reason}",
                shown(source.name),
                first.where,
                first.reason,
            )
        )


def _root_of(source: Path, form: Format, images: Path | None) -> Path | None:
    """The folder of the images, if one is named or needed."""
    if images is None and form.needs_images:
        return source if source.is_dir() else source.parent
    return images


def as_export(
    imported: Imported, images: Images, root: Path | None = None
) -> tuple[Export, tuple[Skip, ...]]:
    """``imported`` as what writers take, and what had to be left out.

    Args:
        imported: what was read.
        images: their names and sizes.
        root: the folder of the images, for formats that copy them.
    """
    options = ImportOptions(State.ACCEPTED)
    labels = _labels(imported)
    plan = plan_import(imported, images, labels, options=options)
    found = _Made(plan.changes, root)
    return Export(plan.labels, found, imported.extra), plan.skipped


class _Made:
    """The images of an import, made one after the other each time they are gone through."""

    def __init__(self, changes: Iterable[ImageChange], root: Path | None) -> None:
        self._changes, self._root = changes, root

    def __iter__(self) -> Iterator[ExportImage]:
        for each in self._changes:
            document = partial(each.applied, Document(*each.size))
            path = None if self._root is None else self._root / each.name
            yield ExportImage(each.name, document, path)


def _labels(imported: Imported) -> LabelSet:
    """The classes of the file and nothing else, in its order."""
    extras = {label_name(each.name): each.extra for each in imported.categories}
    labels = tuple(
        Label(number, name, color_for(number), extra=extra)
        for number, (name, extra) in enumerate(extras.items(), 1)
    )
    return LabelSet(labels, len(labels) + 1) if labels else LabelSet()


def _as_stated(imported: Imported) -> Images:
    """The images of the file, in the sizes it states or its masks have."""
    sizes: dict[str, Size] = {}
    for image in imported.images:
        masks = (each.mask.size for each in image.objects if each.mask is not None)
        size = image.size or next(masks, None)
        if size is not None:
            sizes[image.name] = size

    def size_of(name: str) -> Size:
        if name not in sizes:
            raise Problem(say("the file does not state its size: name the folder of the images"))
        return sizes[name]

    return Images((image.name for image in imported.images), size_of)
