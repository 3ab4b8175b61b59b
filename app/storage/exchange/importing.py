"""What importing a file would change, worked out before anything is changed.

A plan holds each image's document before and after, so it can be shown, applied and taken back.
An image is changed with all its objects or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.frozen import EMPTY, FrozenMap
from app.core.labels import MAX_NAME, LabelSet
from app.core.prompt import Prompt
from app.storage.exchange.images import Images, Size
from app.storage.exchange.records import MAX_SKIPS
from app.storage.exchange.values import (
    Imported,
    ImportedCategory,
    ImportedImage,
    ImportedObject,
    Skip,
)
from app.storage.exchange.waiting import OWN, Waiting, waiting, with_waiting
from app.storage.names import shown

KEY = "imported"
Existing = Callable[[str], Document | None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How masks are taken over.

    Attributes:
        state: of the new objects: ``proposed`` puts them in the queue, ``accepted`` trusts them.
        replace: remove what the image has, but for locked objects, instead of adding to it.
    """

    state: State = State.PROPOSED
    replace: bool = False


@dataclass(frozen=True, slots=True)
class ImageChange:
    """What becomes of one image.

    Attributes:
        name: relative to the folder.
        before: None if it had no objects yet.
        after: with the imported ones.
        added, waiting: how many objects came with a mask, and how many still need one.
        by_path: False if the file has it in another folder and only the base name agrees.
        known: how many are not taken over again: they are there already, just so.
    """

    name: str
    before: Document | None
    after: Document
    added: int
    waiting: int
    by_path: bool
    known: int = 0


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What importing would do.

    Attributes:
        labels: the folder's, with new ones added at the end.
        changes: each image once.
        skipped: every record, object and image that is left out, and why.
    """

    labels: LabelSet
    changes: tuple[ImageChange, ...]
    skipped: tuple[Skip, ...]

    @property
    def added(self) -> int:
        return sum(change.added for change in self.changes)

    @property
    def waiting(self) -> int:
        return sum(change.waiting for change in self.changes)

    @property
    def known(self) -> int:
        return sum(change.known for change in self.changes)


def plan_import(
    imported: Imported,
    images: Images,
    labels: LabelSet,
    existing: Existing = lambda name: None,
    options: ImportOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ImportPlan:
    """What taking ``imported`` over into a folder changes.

    Args:
        imported: what was read.
        images: of the folder.
        labels: of the folder.
        existing: tells the document an image has, or None; may raise Problem, which leaves the
            image as it is.
        options: how masks are taken over.
        progress: called with images done and in all; may raise to stop.
    """
    used = (each.label for image in imported.images for each in image.objects)
    planner = _Planner(imported, options or ImportOptions(), existing)
    planner.labels = with_categories(labels, imported.categories, used)
    matched = planner.matched(images)
    changes = []
    for done, (name, parts) in enumerate(matched.items()):
        if progress is not None:
            progress(done, len(matched))
        try:
            change = planner.change(name, parts, images)
        except (ValueError, Problem) as error:
            planner.skip(name, error.what if isinstance(error, Problem) else str(error))
        else:
            if change.before != change.after:
                changes.append(change)
    return ImportPlan(planner.labels, tuple(changes), (*imported.skipped, *planner.skipped))


def with_categories(
    labels: LabelSet, categories: Iterable[ImportedCategory], used: Iterable[str] = ()
) -> LabelSet:
    """``labels`` with one for each category and each name ``used``, found again by its name.

    What the file holds on a category is kept with its label, unless that already has some of the
    format.
    """
    wanted = {label_name(each.name): each.extra for each in categories}
    for name in used:
        wanted.setdefault(label_name(name), EMPTY)
    for name, extra in wanted.items():
        found = labels.named(name)
        if found is None:
            labels = labels.with_added(name)
            found = labels.labels[-1]
        kept = found.extra.with_items({k: v for k, v in extra.items() if k not in found.extra})
        if kept is not found.extra:
            changed = replace(found, extra=kept)
            labels = replace(
                labels, labels=tuple(changed if each is found else each for each in labels)
            )
    return labels


def label_name(name: str) -> str:
    """``name`` as a label can have it."""
    printable = "".join(each if each.isprintable() else " " for each in name)
    return printable.strip()[:MAX_NAME].strip() or "object"


class _Planner:
    def __init__(self, imported: Imported, options: ImportOptions, existing: Existing) -> None:
        self._imported, self._options, self._existing = imported, options, existing
        self.labels = LabelSet()
        self.skipped: list[Skip] = []

    def skip(self, name: str, reason: str) -> None:
        if len(self.skipped) < MAX_SKIPS:
            self.skipped.append(Skip(shown(name), reason))

    def matched(self, images: Images) -> dict[str, list[tuple[ImportedImage, bool]]]:
        """What the file holds on each image of the folder."""
        found: dict[str, list[tuple[ImportedImage, bool]]] = {}
        for image in self._imported.images:
            try:
                match = images.find(image.name)
            except ValueError as error:
                self.skip(image.name, str(error))
            else:
                found.setdefault(match.name, []).append((image, match.by_path))
        return {name: kept for name, parts in found.items() if (kept := self._sure(name, parts))}

    def _sure(
        self, name: str, parts: list[tuple[ImportedImage, bool]]
    ) -> list[tuple[ImportedImage, bool]]:
        """Of several images that may be the one called ``name``, those of just this path."""
        sure = [part for part in parts if part[1]]
        if sure or len({image.name for image, _ in parts}) == 1:
            unsure = [part for part in parts if not part[1]] if sure else []
        else:
            unsure = parts
        for image, _ in unsure:
            self.skip(image.name, f"several images of the file may be {shown(name)}")
        return [part for part in parts if part not in unsure]

    def change(
        self, name: str, parts: list[tuple[ImportedImage, bool]], images: Images
    ) -> ImageChange:
        """What becomes of the image; ValueError if it must stay as it is."""
        size = images.size(name)
        for image, _ in parts:
            _require_size(image, size)
        before = self._existing(name)
        document = Document(*size) if before is None else before
        if (document.height, document.width) != size:
            raise ValueError("the objects it has are for an image of another size")
        if self._options.replace:
            document = document.without([each.id for each in document if not each.locked])
            document = with_waiting(document, ())
        objects = [each for image, _ in parts for each in image.objects]
        after = self._with_objects(document, objects)
        for image, _ in parts:
            after = after.with_extra(after.extra.with_items(dict(image.extra)))
        added = len(after) - len(document)
        waits = len(waiting(after)) - len(waiting(document))
        if after.status is ImageStatus.TODO and (added or waits):
            after = after.with_status(ImageStatus.IN_PROGRESS)
        known = len(objects) - added - waits
        return ImageChange(name, before, after, added, waits, all(sure for _, sure in parts), known)

    def _with_objects(self, document: Document, objects: list[ImportedObject]) -> Document:
        """With those objects that are not already there, just so."""
        there = {(each.label_id, each.mask) for each in document}
        waits = list(waiting(document))
        prompts = {(each.label_id, each.prompt) for each in waits}
        annotations, next_id = list(document.annotations), document.next_id
        for found in objects:
            label = self.labels.named(label_name(found.label))
            label_id = 1 if label is None else label.id
            if found.mask is None:
                prompt = Prompt(found.points, found.box)
                if (label_id, prompt) not in prompts:
                    waits.append(self._waiting(found, label_id, prompt))
            elif (label_id, found.mask) not in there:
                annotations.append(self._annotation(found, label_id, next_id))
                next_id += 1
        if len(annotations) > len(document):
            document = replace(document, annotations=tuple(annotations), next_id=next_id)
        return with_waiting(document, waits)

    def _annotation(self, found: ImportedObject, label_id: int, number: int) -> Annotation:
        if found.mask is None:
            raise ValueError("an object without a mask cannot be an annotation")
        evidence = found.evidence
        if evidence.predicted_iou is None and found.score is not None:
            evidence = replace(evidence, predicted_iou=found.score)
        return Annotation(
            number,
            label_id,
            found.mask,
            Source.IMPORTED,
            self._options.state,
            evidence=evidence,
            attributes=found.attributes,
            extra=self._extra(found),
        )

    def _waiting(self, found: ImportedObject, label_id: int, prompt: Prompt) -> Waiting:
        return Waiting(label_id, prompt, found.score, found.attributes, self._extra(found))

    def _extra(self, found: ImportedObject) -> FrozenMap:
        """What the file held on it, and which format it came from."""
        return found.extra.with_items({OWN: {KEY: self._imported.format}})


def _require_size(image: ImportedImage, size: Size) -> None:
    """ValueError, with the reason in words, unless ``image`` is about an image of ``size``."""
    sizes = [each.mask.size for each in image.objects if each.mask is not None]
    for stated in sizes if image.size is None else [image.size, *sizes]:
        if stated == size:
            continue
        what = (
            f"the file is about an image of {stated[1]} x {stated[0]} pixels, this one has "
            f"{size[1]} x {size[0]}"
        )
        if stated == (size[1], size[0]):
            raise ValueError(
                f"{what}: it was drawn on the photo as the camera stored it, lying on its side "
                "(EXIF orientation); export it anew from the upright image"
            )
        raise ValueError(f"{what}: the image was resized or replaced since")
