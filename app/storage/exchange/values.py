"""What every format is read into and written from, so that any can become any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.details import NO_DETAILS, Details
from app.core.document import Document
from app.core.evidence import NO_EVIDENCE, Evidence
from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Point
from app.storage.exchange.protected import Protected
from model.messages import BadValueError


@dataclass(frozen=True, slots=True)
class ImportedObject:
    """One object of another program's file.

    Attributes:
        label: its class name; "object" where the format has none.
        mask: its pixels, the size of the image, or None if the file has only a box or points.
        box: in image pixels, or None. At least one of mask, box and points is there.
        points: positive and negative points in image pixels.
        score: the other program's confidence, or None.
        evidence: how the mask came to be, where the format tells; holds the score too then.
        attributes: the values that describe the object, JSON-like.
        details: note, group and flags.
        extra: what the file held beside these, by format: ``{"coco": {"id": 7, ...}}``.
    """

    label: str = "object"
    mask: Mask | None = None
    box: Box | None = None
    points: tuple[Point, ...] = ()
    score: float | None = None
    evidence: Evidence = NO_EVIDENCE
    attributes: FrozenMap = EMPTY
    extra: FrozenMap = EMPTY
    details: Details = NO_DETAILS

    def __post_init__(self) -> None:
        if self.mask is None and self.box is None and not self.points:
            raise BadValueError("an object needs a mask, a box or points")
        object.__setattr__(self, "attributes", freeze(self.attributes))
        object.__setattr__(self, "extra", freeze(self.extra))


class Later(Sequence[ImportedObject]):
    """Objects that are made anew whenever they are gone through, so that none are held.

    Args:
        count: how many.
        make: makes them, always the same.
    """

    def __init__(self, count: int, make: Callable[[], Iterable[ImportedObject]]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[ImportedObject]:
        return iter(self._make())

    def __getitem__(self, place: Any) -> Any:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True)
class ImportedImage:
    """The objects of one image.

    Attributes:
        name: as the file has it, with forward slashes; not yet resolved against a folder.
        size: (height, width) the file states, or None.
        objects: in the file's order; those of a large file may be made when they are asked for.
        extra: what the file held on the image, by format.
        found: the image of the folder it is, where the reader found that out.
        by_path: with ``found``, whether all of its path agrees and not only the last part.
    """

    name: str
    size: tuple[int, int] | None
    objects: Sequence[ImportedObject]
    extra: FrozenMap = EMPTY
    found: str | None = None
    by_path: bool = True


@dataclass(frozen=True, slots=True)
class Skip:
    """A record that was not taken over, and why: ``where`` names it as its file does."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedCategory:
    """A class the file declares; ``extra`` holds its other fields, by format."""

    name: str
    extra: FrozenMap = EMPTY


@dataclass(frozen=True, slots=True)
class Imported:
    """A whole file or folder of another program.

    Attributes:
        format: the format's short name, such as ``coco``.
        images: each image once.
        categories: in the file's order; every object's label is among them.
        skipped: what was left out, one entry a record.
        extra: what the file held on the data set as a whole, by format.
    """

    format: str
    images: tuple[ImportedImage, ...]
    categories: tuple[ImportedCategory, ...] = ()
    skipped: tuple[Skip, ...] = ()
    extra: FrozenMap = EMPTY

    @property
    def objects(self) -> int:
        """Number of objects in all images."""
        return sum(len(image.objects) for image in self.images)


class ExportImage:
    """One image to be written.

    Args:
        name: path relative to the data set's root, with forward slashes.
        document: its annotations, or what makes them once they are asked for; which of them are
            written is decided by whoever makes this.
        path: the image file, for formats that need to read or copy it; None if it is not at hand.
    """

    __slots__ = ("_document", "name", "path")

    def __init__(
        self,
        name: str,
        document: Document | Callable[[], Document],
        path: Path | None = None,
    ) -> None:
        self.name, self.path = name, path
        self._document = document

    @property
    def document(self) -> Document:
        """Made when it is asked for first; raises Problem if it cannot be any more."""
        if not isinstance(self._document, Document):
            self._document = self._document()
        return self._document


@dataclass(frozen=True, slots=True)
class Export:
    """A data set to be written.

    Attributes:
        labels: the labels that the documents' annotations refer to.
        images: in order; may be read one by one, so a large folder need not fit in memory.
        extra: of the data set, by format, as ``Imported.extra``.
        protected: what is not written over.
        source: names what is exported, so that its files are known when it is exported again.
    """

    labels: LabelSet
    images: Iterable[ExportImage]
    extra: FrozenMap = EMPTY
    protected: Protected = field(default_factory=Protected)
    source: str = ""
    _names: dict[int, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def label(self, label_id: int) -> str:
        """The name of a label; looked up once, for there may be thousands of them."""
        if not self._names:
            self._names.update((each.id, each.name) for each in self.labels)
        if label_id not in self._names:
            self._names[label_id] = self.labels.label(label_id).name
        return self._names[label_id]

    def __iter__(self) -> Iterator[ExportImage]:
        return iter(self.images)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a format could not hold of one object; ``iou`` compares what was written to what was."""

    where: str
    reason: str
    iou: float


@dataclass(frozen=True, slots=True)
class Unchosen:
    """What a folder holds that an export was not asked for.

    Attributes:
        proposals: objects that nobody has looked at yet.
        unsegmented: objects that have only a box or points yet.
        inside: images with objects in the folders inside.
        undecided: images without such objects that were skipped, or on which something else waits.
    """

    proposals: int = 0
    unsegmented: int = 0
    inside: int = 0
    undecided: int = 0


@dataclass(frozen=True, slots=True)
class Undescribed:
    """How many objects lost what a format has no place for.

    Attributes:
        attributes: values.
        flags: occluded, truncated, difficult or a crowd.
        groups, notes: their group, their note.
    """

    attributes: int = 0
    flags: int = 0
    groups: int = 0
    notes: int = 0

    def __add__(self, other: Undescribed) -> Undescribed:
        return Undescribed(
            self.attributes + other.attributes,
            self.flags + other.flags,
            self.groups + other.groups,
            self.notes + other.notes,
        )


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written, read back and compared.

    Attributes:
        files: every file written.
        images, objects: how many.
        losses: objects that came back different, each with its measured IoU.
        skipped: objects or images the format cannot hold at all.
        removed: files of an earlier export to the same folder that are no longer part of it.
        others: files in the folder that this program did not write, and that are read with it.
        unchosen: what was there and not asked for.
        undescribed: what the format has no place for.
    """

    files: tuple[Path, ...]
    images: int
    objects: int
    losses: tuple[Loss, ...] = ()
    skipped: tuple[Skip, ...] = ()
    removed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    unchosen: Unchosen = Unchosen()
    undescribed: Undescribed = Undescribed()

    @property
    def worst_iou(self) -> float:
        """The smallest IoU among the losses; 1.0 if there are none."""
        return min((loss.iou for loss in self.losses), default=1.0)


Mark = tuple[int, int, int, int, Undescribed]


@dataclass(slots=True)
class Counter:
    """Gathers what an exporter meets on its way to an ``ExportReport``."""

    files: list[Path] = field(default_factory=list)
    images: int = 0
    objects: int = 0
    losses: list[Loss] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    undescribed: Undescribed = Undescribed()

    def mark(self) -> Mark:
        """How far it is, for ``back_to``."""
        return (
            self.objects,
            len(self.losses),
            len(self.skipped),
            len(self.files),
            self.undescribed,
        )

    def back_to(self, mark: Mark) -> list[Path]:
        """Forget what was met since then; the files that were written since."""
        self.objects, losses, skipped, files, self.undescribed = mark
        since = self.files[files:]
        del self.losses[losses:], self.skipped[skipped:], self.files[files:]
        return since

    def report(self) -> ExportReport:
        return ExportReport(
            tuple(self.files),
            self.images,
            self.objects,
            tuple(self.losses),
            tuple(self.skipped),
            tuple(self.removed),
            tuple(self.others),
            undescribed=self.undescribed,
        )


def extra_of(extra: Mapping[str, object], form: str) -> Mapping[str, object]:
    """The part of ``extra`` that belongs to the format ``form``; empty if there is none."""
    part = extra.get(form)
    return part if isinstance(part, Mapping) else EMPTY
