"""What importing a file would change, worked out before anything is changed.

A plan tells of each image what becomes of it, so it can be shown, applied and taken back. It holds
no objects: they are made once to be counted and once more to be applied, image after image, so a
large file needs little memory. An image is changed with all its objects or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.labels import LabelSet
from app.core.prompt import Prompt
from app.storage.exchange.category_labels import label_name, with_categories
from app.storage.exchange.images import Images, Size
from app.storage.exchange.records import MAX_SKIPS
from app.storage.exchange.values import (
    Imported,
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
        size: (height, width) of the image.
        added, waiting: how many objects came with a mask, and how many still need one.
        by_path: False if the file has it in another folder and only the base name agrees.
        known: how many are not taken over again: they are there already, just so.
        planned_for: stands for the document it was worked out for.
        applied: what becomes of such a document.
    """

    name: str
    size: Size
    added: int
    waiting: int
    by_path: bool
    known: int
    planned_for: int
    applied: Callable[[Document], Document] = field(repr=False, compare=False)

    def fits(self, document: Document) -> bool:
        """Whether the objects of the image are still as they were when this was worked out."""
        return hash(document) == self.planned_for


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
    planner = _Planner(imported, options or ImportOptions(), existing)
    planner.labels = with_categories(labels, imported.categories)
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
            if change is not None:
                changes.append(change)
    return ImportPlan(planner.labels, tuple(changes), (*imported.skipped, *planner.skipped))


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
    ) -> ImageChange | None:
        """What becomes of the image, or None if nothing; ValueError if it must stay as it is."""
        size = images.size(name)
        existing = self._existing(name)
        before = Document(*size) if existing is None else existing
        if (before.height, before.width) != size:
            raise ValueError("the objects it has are for an image of another size")
        applied = partial(self._after, [image for image, _ in parts])
        after = applied(before)
        if after == existing:
            return None
        kept = self._cleared(before)
        added = len(after) - len(kept)
        waits = len(waiting(after)) - len(waiting(kept))
        known = sum(len(image.objects) for image, _ in parts) - added - waits
        by_path = all(sure for _, sure in parts)
        return ImageChange(name, size, added, waits, by_path, known, hash(before), applied)

    def _after(self, parts: list[ImportedImage], document: Document) -> Document:
        """``document`` with what the file holds on its image."""
        objects: list[ImportedObject] = []
        for image in parts:
            own = tuple(image.objects)
            _require_size(image, own, (document.height, document.width))
            objects += own
        kept = self._cleared(document)
        after = self._with_objects(kept, objects)
        more = len(after) > len(kept) or len(waiting(after)) > len(waiting(kept))
        for image in parts:
            after = after.with_extra(after.extra.with_items(dict(image.extra)))
        if after.status is ImageStatus.TODO and more:
            after = after.with_status(ImageStatus.IN_PROGRESS)
        return after

    def _cleared(self, document: Document) -> Document:
        if not self._options.replace:
            return document
        document = document.without([each.id for each in document if not each.locked])
        return with_waiting(document, ())

    def _with_objects(self, document: Document, objects: list[ImportedObject]) -> Document:
        """With those objects that are not already there, just so."""
        there = {(each.label_id, each.mask) for each in document}
        waits = list(waiting(document))
        prompts = {(each.label_id, each.prompt) for each in waits}
        annotations, next_id = list(document.annotations), document.next_id
        for found in objects:
            label_id = self._label_id(found.label)
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

    def _label_id(self, name: str) -> int:
        """That of the label; one the file does not declare is added when it is met first."""
        wanted = label_name(name)
        label = self.labels.named(wanted)
        if label is None:
            self.labels = self.labels.with_added(wanted)
            label = self.labels.labels[-1]
        return label.id

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


def _require_size(image: ImportedImage, objects: Iterable[ImportedObject], size: Size) -> None:
    """ValueError, with the reason in words, unless ``image`` is about an image of ``size``."""
    sizes = [each.mask.size for each in objects if each.mask is not None]
    for stated in sizes if image.size is None else [image.size, *sizes]:
        if stated == size:
            continue
        what = (
            f"the file is about an image of {stated[1]} x {stated[0]} pixels, this one has "
            f"{size[1]} x {size[0]}"
        )
        if stated == (size[1], size[0]):
            raise ValueError(
                f"{what}: it was probably drawn on the photo as the camera stored it, lying on its "
                "side (EXIF orientation); export it anew from the upright image"
            )
        raise ValueError(f"{what}: the image was resized or replaced since")
