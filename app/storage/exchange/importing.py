"""What importing a file would change, worked out before anything is changed.

A plan tells of each image what becomes of it, so it can be shown, applied and taken back. It holds
no objects: they are made once to be counted and once more to be applied, image after image, so a
large file needs little memory. An image is changed with all its objects or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from app.core.attributes import read_values
from app.core.document import Annotation, Document, ImageStatus, Source, State
from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.labels import LabelSet
from app.core.prompt import Prompt
from app.core.review import StateCounts
from app.core.review import state_counts as counted
from app.core.unsegmented import Unsegmented
from app.storage.exchange.category_labels import label_name, with_categories
from app.storage.exchange.images import Images, Match, Size
from app.storage.exchange.records import leave_out
from app.storage.exchange.values import (
    Imported,
    ImportedImage,
    ImportedObject,
    Skip,
)
from app.storage.names import shown
from model.messages import BadValueError, reason_of, say

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
        added, unsegmented: how many objects came with a mask, and how many still need one.
        by_path: False if the file has it in another folder and only the base name agrees.
        known: how many are not taken over again: they are there already, just so.
        accepted: how many of those were proposals, and are accepted now.
        removed: what the image has and loses, where it is replaced.
        removed_unsegmented: how many of what it loses had no mask yet.
        planned_for: stands for the document it was worked out for.
        applied: what becomes of such a document.
    """

    name: str
    size: Size
    added: int
    unsegmented: int
    by_path: bool
    known: int
    accepted: int
    removed: StateCounts
    removed_unsegmented: int
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
        known_unchanged: objects of the file that are there already, on images that stay as they
            are.
    """

    labels: LabelSet
    changes: tuple[ImageChange, ...]
    skipped: tuple[Skip, ...]
    known_unchanged: int = 0

    @property
    def added(self) -> int:
        return sum(change.added for change in self.changes)

    @property
    def unsegmented(self) -> int:
        return sum(change.unsegmented for change in self.changes)

    @property
    def known(self) -> int:
        """Objects of the file that are there already."""
        return self.known_unchanged + sum(change.known for change in self.changes)

    @property
    def accepted(self) -> int:
        return sum(change.accepted for change in self.changes)

    @property
    def removed(self) -> StateCounts:
        """What the images have and lose, where they are replaced."""
        return sum((change.removed for change in self.changes), StateCounts())

    @property
    def removed_unsegmented(self) -> int:
        """Of what they lose, what had no mask yet."""
        return sum(change.removed_unsegmented for change in self.changes)

    @property
    def replaced(self) -> int:
        """Images that lose something."""
        return sum(bool(each.removed.total or each.removed_unsegmented) for each in self.changes)


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
            planner.skip(name, error.what if isinstance(error, Problem) else reason_of(error))
        else:
            if change is not None:
                changes.append(change)
    skipped = (*imported.skipped, *planner.skipped)
    return ImportPlan(planner.labels, tuple(changes), skipped, planner.known_unchanged)


class _Planner:
    def __init__(self, imported: Imported, options: ImportOptions, existing: Existing) -> None:
        self._imported, self._options, self._existing = imported, options, existing
        self.labels = LabelSet()
        self.skipped: list[Skip] = []
        self.known_unchanged = 0

    def skip(self, name: str, reason: str) -> None:
        leave_out(self.skipped, shown(name), reason)

    def matched(self, images: Images) -> dict[str, list[tuple[ImportedImage, bool]]]:
        """What the file holds on each image of the folder."""
        found: dict[str, list[tuple[ImportedImage, bool]]] = {}
        for image in self._imported.images:
            try:
                match = (
                    Match(image.found, image.by_path) if image.found else images.find(image.name)
                )
            except ValueError as error:
                self.skip(image.name, reason_of(error))
            else:
                found.setdefault(match.name, []).append((image, match.by_path))
        return {name: kept for name, parts in found.items() if (kept := self._sure(name, parts))}

    def _sure(
        self, name: str, parts: list[tuple[ImportedImage, bool]]
    ) -> list[tuple[ImportedImage, bool]]:
        """Of several images that may be the one called ``name``, those of just this path."""
        sure = [part for part in parts if part[1]]
        if not sure and len({image.name for image, _ in parts}) == 1:
            return parts
        for image, by_path in parts:
            if not by_path:
                self.skip(image.name, say("several images of the file may be {name}", shown(name)))
        return sure

    def change(
        self, name: str, parts: list[tuple[ImportedImage, bool]], images: Images
    ) -> ImageChange | None:
        """What becomes of the image, or None if nothing; ValueError if it must stay as it is."""
        size = images.size(name)
        existing = self._existing(name)
        before = Document(*size) if existing is None else existing
        if (before.height, before.width) != size:
            raise BadValueError("the objects it has are for an image of another size")
        found = [image for image, _ in parts]
        # What cannot be read, or says nothing of the image, is no reason to lose what is there.
        replaced = self._options.replace and any(_has_something(image, size) for image in found)
        if self._options.replace and not replaced and _cleared(before) != before:
            raise BadValueError("nothing of the file can be read for it, so it keeps what it has")
        applied, empty = partial(self._after, found, replaced), list[str]()
        after = self._after(found, replaced, before, empty)
        for reason in empty:
            self.skip(name, reason)
        cleared = _cleared(before) if replaced else before
        there = sum(len(image.objects) for image in found) - len(empty)
        if after == existing:
            self.known_unchanged += there
            return None
        added = len(after) - len(cleared)
        unsegmented = len(after.unsegmented) - len(cleared.unsegmented)
        return ImageChange(
            name,
            size,
            added,
            unsegmented,
            all(sure for _, sure in parts),
            there - added - unsegmented,
            _newly_accepted(cleared, after),
            counted(before) - counted(cleared),
            len(before.unsegmented) - len(cleared.unsegmented),
            hash(before),
            applied,
        )

    def _after(
        self,
        parts: list[ImportedImage],
        replaced: bool,
        document: Document,
        empty: list[str] | None = None,
    ) -> Document:
        """``document`` with what the file holds on its image.

        Args:
            parts: of the file, on this image.
            replaced: whether that comes instead of what the image has.
            document: what the image has.
            empty: gets the reason of each object that is left out.
        """
        size = document.height, document.width
        whole: list[ImportedObject] = []
        for image in parts:
            own = tuple(image.objects)
            _require_size(image, own, size)
            for each in own:
                inside = _inside(each, size)
                if inside is not None:
                    whole.append(inside)
                elif empty is not None:
                    empty.append(_empty(each))
        kept = _cleared(document) if replaced else document
        after = self._with_objects(kept, whole)
        more = len(after) > len(kept) or len(after.unsegmented) > len(kept.unsegmented)
        for image in parts:
            after = after.with_extra(after.extra.with_items(dict(image.extra)))
        if after.status is ImageStatus.TODO and more:
            after = after.with_status(ImageStatus.IN_PROGRESS)
        return after

    def _with_objects(self, document: Document, objects: list[ImportedObject]) -> Document:
        """With those objects that are not already there, just so."""
        if self._options.state is State.ACCEPTED:
            document = self._with_accepted(document, objects)
        there = {(each.label_id, each.mask) for each in document}
        unsegmented = list(document.unsegmented)
        prompts = {(each.label_id, each.prompt) for each in unsegmented}
        annotations, next_id = list(document.annotations), document.next_id
        self.labels = self.labels.with_names(label_name(found.label) for found in objects)
        for found in objects:
            label_id = self._label_id(found.label)
            if found.mask is None:
                prompt = Prompt(found.points, found.box)
                if (label_id, prompt) not in prompts:
                    unsegmented.append(self._unsegmented(found, label_id, prompt))
            elif (label_id, found.mask) not in there:
                annotations.append(self._annotation(found, label_id, next_id))
                next_id += 1
        if len(annotations) > len(document):
            document = replace(document, annotations=tuple(annotations), next_id=next_id)
        return document.with_unsegmented(unsegmented)

    def _with_accepted(self, document: Document, objects: list[ImportedObject]) -> Document:
        """With the proposals accepted that an import has brought and the file now vouches for."""
        proposed = {
            (each.label_id, each.mask): each.id
            for each in document
            if each.state is State.PROPOSED and each.source is Source.IMPORTED and not each.locked
        }
        if not proposed:
            return document
        sure = [(self._label_id(each.label), each.mask) for each in objects if each.mask]
        return document.with_state(
            [proposed[each] for each in sure if each in proposed], State.ACCEPTED
        )

    def _label_id(self, name: str) -> int:
        """That of the label; one the file does not declare is added when it is met first."""
        wanted = label_name(name)
        label = self.labels.named(wanted)
        if label is None:
            self.labels = self.labels.with_names((wanted,))
            label = self.labels.labels[-1]
        return label.id

    def _annotation(self, found: ImportedObject, label_id: int, number: int) -> Annotation:
        if found.mask is None:
            raise BadValueError("an object without a mask cannot be an annotation")
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
            attributes=self._values(found, label_id),
            extra=found.extra,
            imported_from=self._imported.format,
            details=found.details,
        )

    def _unsegmented(self, found: ImportedObject, label_id: int, prompt: Prompt) -> Unsegmented:
        whence = self._imported.format
        return Unsegmented(
            label_id,
            prompt,
            found.score,
            self._values(found, label_id),
            found.extra,
            whence,
            details=found.details,
        )

    def _values(self, found: ImportedObject, label_id: int) -> FrozenMap:
        """In the kinds that the label's schema has, where other programs write texts."""
        return read_values(found.attributes, self.labels.attributes_of(label_id))


def _newly_accepted(before: Document, after: Document) -> int:
    proposed = {each.id for each in before if each.state is State.PROPOSED}
    return sum(each.id in proposed and each.state is State.ACCEPTED for each in after)


def _cleared(document: Document) -> Document:
    """What stays of ``document`` where it is replaced."""
    document = document.without([each.id for each in document if not each.locked])
    return document.with_unsegmented(())


def _inside(found: ImportedObject, size: Size) -> ImportedObject | None:
    """What of it lies in an image of ``size``; None if that is nothing.

    A box that reaches out, if only by what rounding added, is cut to the image, as a model asks.
    """
    if found.mask is not None:
        return found if found.mask.area else None
    if found.box is None:
        return found
    box = found.box.clipped(*size)
    if box is None and not found.points:
        return None
    return found if box == found.box else replace(found, box=box)


def _has_something(image: ImportedImage, size: Size) -> bool:
    return any(_inside(each, size) is not None for each in image.objects)


def _empty(found: ImportedObject) -> str:
    """Why an object without anything in the image is left out."""
    if found.mask is None:
        return say(
            "the box of an object of the label {label} lies outside the image", shown(found.label)
        )
    return say("the mask of an object of the label {label} is empty", shown(found.label))


def _match(image: ImportedImage, images: Images) -> Match:
    if image.found is not None:
        return Match(image.found, image.by_path)
    return images.find(image.name)


def _require_size(image: ImportedImage, objects: Iterable[ImportedObject], size: Size) -> None:
    """ValueError, with the reason in words, unless ``image`` is about an image of ``size``."""
    sizes = [each.mask.size for each in objects if each.mask is not None]
    for stated in sizes if image.size is None else [image.size, *sizes]:
        if stated == size:
            continue
        what = say(
            "the file is about an image of {stated_width} x {stated_height} pixels, this "
            "one has {width} x {height}",
            stated[1],
            stated[0],
            size[1],
            size[0],
        )
        if stated == (size[1], size[0]):
            raise BadValueError(
                "{what}: it was probably drawn on the photo as the camera stored it, lying on "
                "its side (EXIF orientation); export it anew from the upright image",
                what,
            )
        raise BadValueError("{what}: the image was resized or replaced since", what)
