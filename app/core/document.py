"""What is known about one image: a value, never changed in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.core.details import NO_DETAILS, Details
from app.core.evidence import NO_EVIDENCE, Evidence
from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.unsegmented import Unsegmented
from model.rle import checked_size

__all__ = [
    "NO_EVIDENCE",
    "Annotation",
    "Document",
    "Evidence",
    "ImageStatus",
    "Source",
    "State",
]

Ids = int | Iterable[int]


class Source(StrEnum):
    """Where a mask came from first."""

    MANUAL = "manual"
    SMART = "smart"
    AUTOMATIC = "automatic"
    IMPORTED = "imported"


class State(StrEnum):
    """How far an object has come."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


class ImageStatus(StrEnum):
    """How far an image has come."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One object of an image.

    Attributes:
        id: from 1 on, unique within the document, never reused.
        label_id: id of its label in the folder's ``LabelSet``.
        mask: its pixels, the size of the image.
        source: where the mask came from first; correcting it by hand does not change this.
        state: how far it has come. What has no pixels is never accepted: an empty mask that is
            said to be, by a file or by a decision on many, counts as rejected.
        locked: whether tools and other objects must leave it as it is.
        evidence: how the mask came to be.
        attributes: the values that describe it, JSON-like, by the names of its label's schema;
            those that no schema knows, or knows otherwise, are kept all the same.
        extra: what its file held beside all this, JSON-like, written back as it was.
        previous: what it was before it was segmented anew; None once somebody has decided.
        imported_from: the format it was read from, or None.
        details: note, group and flags.

    Raises:
        ValueError: an id below 1, attributes or extra data that JSON cannot hold, or a previous
            mask of another size.
    """

    id: int
    label_id: int
    mask: Mask
    source: Source = Source.MANUAL
    state: State = State.ACCEPTED
    locked: bool = False
    evidence: Evidence = NO_EVIDENCE
    attributes: FrozenMap = field(default=EMPTY)
    extra: FrozenMap = field(default=EMPTY)
    previous: Previous | None = None
    imported_from: str | None = None
    details: Details = NO_DETAILS

    def __post_init__(self) -> None:
        if self.id < 1 or self.label_id < 1:
            raise ValueError(
                f"ids count from 1, given annotation {self.id} with label {self.label_id}"
            )
        object.__setattr__(self, "source", Source(self.source))
        state = State(self.state)
        if state in (State.ACCEPTED, State.EDITED) and not self.mask.area:
            state = State.REJECTED
        object.__setattr__(self, "state", state)
        before = self.previous.mask if self.previous is not None else None
        if before is not None and before.size != self.mask.size:
            raise ValueError(f"the previous mask is {before.size}, the mask {self.mask.size}")
        object.__setattr__(self, "attributes", freeze(self.attributes))
        object.__setattr__(self, "extra", freeze(self.extra))

    @property
    def size_bytes(self) -> int:
        """Memory it takes, roughly: the runs of its masks, and a kilobyte for the rest."""
        before = self.previous.mask if self.previous is not None else None
        return self.mask.size_bytes + (before.size_bytes if before is not None else 0) + 1024


@dataclass(frozen=True, slots=True)
class Document:
    """Every annotation of one image, bottom first, and how far the image has come.

    Edits return a new document that shares whatever did not change, so an older one stays valid for
    undo, for saving on another thread, for comparison; they return the document itself if nothing
    changes. An id that is not in the document is a KeyError.

    Attributes:
        height, width: of the image in pixels.
        annotations: bottom first, ids unique, each mask of the image's size.
        next_id: id of the next annotation; larger than every id ever given here.
        status: how far the image has come.
        extra: what its file held beside all this, JSON-like, written back as it was.
        unsegmented: objects of other programs that have no mask yet.
        runs: the jobs that were done to the image, each with the fingerprint of its model and
            settings. It is written together with a job's result, so a job over a folder that was
            killed and is started again neither repeats nor misses an image.

    Raises:
        ValueError: a size out of range, a mask of another size, an id given twice or not below
            next_id.
    """

    height: int
    width: int
    annotations: tuple[Annotation, ...] = ()
    next_id: int = 1
    status: ImageStatus = ImageStatus.TODO
    extra: FrozenMap = field(default=EMPTY)
    unsegmented: tuple[Unsegmented, ...] = ()
    runs: FrozenMap = field(default=EMPTY)

    def __post_init__(self) -> None:
        checked_size(self.height, self.width)
        object.__setattr__(self, "annotations", tuple(self.annotations))
        object.__setattr__(self, "status", ImageStatus(self.status))
        object.__setattr__(self, "extra", freeze(self.extra))
        object.__setattr__(self, "unsegmented", tuple(self.unsegmented))
        object.__setattr__(self, "runs", freeze(self.runs))
        ids = {annotation.id for annotation in self.annotations}
        if len(ids) != len(self.annotations):
            raise ValueError("two annotations of one image have the same id")
        if self.next_id < 1 or self.next_id <= max(ids, default=0):
            raise ValueError(f"next_id {self.next_id} is not above the ids in use")
        for annotation in self.annotations:
            if annotation.mask.size != (self.height, self.width):
                raise ValueError(
                    f"the mask of annotation {annotation.id} is {annotation.mask.size} (height, "
                    f"width), the image is {(self.height, self.width)}"
                )

    def __len__(self) -> int:
        return len(self.annotations)

    def __iter__(self) -> Iterator[Annotation]:
        return iter(self.annotations)

    def __contains__(self, annotation_id: object) -> bool:
        return any(a.id == annotation_id for a in self.annotations)

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of the annotations, bottom first."""
        return tuple(a.id for a in self.annotations)

    @property
    def label_ids(self) -> set[int]:
        """Ids of the labels that its objects have, with or without a mask."""
        return {a.label_id for a in self.annotations} | {u.label_id for u in self.unsegmented}

    def get(self, annotation_id: int) -> Annotation | None:
        """The annotation of that id, or None."""
        return next((a for a in self.annotations if a.id == annotation_id), None)

    def annotation(self, annotation_id: int) -> Annotation:
        """The annotation of that id; KeyError if there is none."""
        found = self.get(annotation_id)
        if found is None:
            raise KeyError(annotation_id)
        return found

    def at(self, x: float, y: float) -> tuple[Annotation, ...]:
        """Annotations whose mask covers the point (x, y), top first."""
        return tuple(a for a in reversed(self.annotations) if a.mask.contains(x, y))

    def with_added(
        self,
        mask: Mask,
        label_id: int = 1,
        *,
        source: Source = Source.MANUAL,
        state: State = State.ACCEPTED,
        locked: bool = False,
        evidence: Evidence = NO_EVIDENCE,
        attributes: Mapping[str, object] = EMPTY,
        extra: Mapping[str, object] = EMPTY,
        details: Details = NO_DETAILS,
    ) -> Document:
        """With one more annotation on top; its id is this document's ``next_id``."""
        added = Annotation(
            id=self.next_id,
            label_id=label_id,
            mask=mask,
            source=source,
            state=state,
            locked=locked,
            evidence=evidence,
            attributes=freeze(attributes),
            extra=freeze(extra),
            details=details,
        )
        return replace(self, annotations=(*self.annotations, added), next_id=self.next_id + 1)

    def with_replaced(self, *annotations: Annotation) -> Document:
        """With these in the places of those with their ids."""
        new = {annotation.id: annotation for annotation in annotations}
        self._require(new)
        return self._with(tuple(self._kept(new.get(old.id, old), old) for old in self.annotations))

    def without(self, ids: Ids) -> Document:
        """Without the annotations of these ids."""
        gone = self._require(ids)
        return self._with(tuple(a for a in self.annotations if a.id not in gone))

    def with_label(self, ids: Ids, label_id: int) -> Document:
        return self._with_each(ids, label_id=label_id)

    def with_state(self, ids: Ids, state: State) -> Document:
        return self._with_each(ids, state=state)

    def with_locked(self, ids: Ids, locked: bool) -> Document:
        return self._with_each(ids, locked=locked)

    def with_attributes(self, ids: Ids, attributes: Mapping[str, object]) -> Document:
        return self._with_each(ids, attributes=freeze(attributes))

    def with_changed(self, ids: Ids, change: Callable[[Annotation], Annotation]) -> Document:
        """With what ``change`` makes of each of these; it keeps their ids."""
        chosen = self._require(ids)
        return self.with_replaced(*(change(a) for a in self.annotations if a.id in chosen))

    def with_mask(
        self, annotation_id: int, mask: Mask, evidence: Evidence | None = None
    ) -> Document:
        """With another mask for one annotation, which is then in the state ``edited``.

        A locked one keeps its mask; ask before. ``evidence`` replaces its evidence if given.
        """
        old = self.annotation(annotation_id)
        new_evidence = old.evidence if evidence is None else evidence
        if mask == old.mask and new_evidence == old.evidence:
            return self
        if old.locked:
            raise ValueError(f"annotation {annotation_id} is locked: unlock it before editing")
        return self.with_replaced(
            replace(old, mask=mask, state=State.EDITED, evidence=new_evidence)
        )

    def with_moved(self, annotation_id: int, place: int) -> Document:
        """With one annotation at ``place``, counted from the bottom; beyond the ends is the end."""
        moved = self.annotation(annotation_id)
        rest = [a for a in self.annotations if a.id != annotation_id]
        rest.insert(max(place, 0), moved)
        return self._with(tuple(rest))

    def with_status(self, status: ImageStatus) -> Document:
        return self if status == self.status else replace(self, status=status)

    def reopened(self) -> Document:
        """No longer done or skipped: in progress if it has objects, else to do."""
        return self.with_status(ImageStatus.IN_PROGRESS if self.annotations else ImageStatus.TODO)

    def with_extra(self, extra: Mapping[str, object]) -> Document:
        return self if freeze(extra) == self.extra else replace(self, extra=freeze(extra))

    def with_unsegmented(self, objects: Iterable[Unsegmented]) -> Document:
        """With these, and only these, objects without a mask."""
        new = tuple(objects)
        return self if new == self.unsegmented else replace(self, unsegmented=new)

    def with_label_ids(self, ids: Mapping[int, int]) -> Document:
        """With the label ``ids[i]`` on all that has the label ``i``, at once; others stay."""

        def moved(each: Annotation | Unsegmented) -> Any:
            new = ids.get(each.label_id, each.label_id)
            return each if new == each.label_id else replace(each, label_id=new)

        found = self._with(tuple(moved(each) for each in self.annotations))
        return found.with_unsegmented(moved(each) for each in self.unsegmented)

    def has_run(self, job: str, mark: str) -> bool:
        """Whether that job was done to this image with the same model and settings."""
        return self.runs.get(job) == mark

    def with_run(self, job: str, mark: str) -> Document:
        """With that job noted as done."""
        runs = self.runs.with_items({job: mark})
        return self if runs is self.runs else replace(self, runs=runs)

    def _with_each(self, ids: Ids, **changes: Any) -> Document:
        chosen = self._require(ids)
        return self.with_replaced(
            *(replace(a, **changes) for a in self.annotations if a.id in chosen)
        )

    def _with(self, annotations: tuple[Annotation, ...]) -> Document:
        pairs = zip(annotations, self.annotations, strict=False)
        if len(annotations) == len(self) and all(new is old for new, old in pairs):
            return self
        return replace(self, annotations=annotations)

    @staticmethod
    def _kept(new: Annotation, old: Annotation) -> Annotation:
        return old if new == old else new

    def _require(self, ids: Ids) -> set[int]:
        wanted = {ids} if isinstance(ids, int) else set(ids)
        missing = wanted.difference(self.ids)
        if missing:
            raise KeyError(min(missing))
        return wanted


def begins_work(before: Document, after: Document) -> bool:
    """Any edit does on an image to do; on one that was skipped, a new object of the annotator's."""
    if before.status is ImageStatus.SKIPPED:
        known = set(before.ids)
        return any(a.state is State.ACCEPTED for a in after if a.id not in known)
    return before.status is ImageStatus.TODO and after is not before
