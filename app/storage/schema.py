"""The layout of the files that hold an image's objects, and what may stand in them.

A file has the layout of SA-1B (segment-anything, ``README.md``, section "Dataset"): an ``image``
and its ``annotations``, each with a COCO run-length ``segmentation``, ``bbox``, ``area``,
``predicted_iou``, ``stability_score``, ``crop_box`` and ``point_coords``. What this program knows
besides stands under the key ``maskwright``, of the file and of each annotation. Keys that are not
known are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from app.core.document import ImageStatus, Source, State
from model.messages import say

VERSION = 2
"""Rises whenever an older version of this program could lose something by writing the file."""

OWN = "maskwright"
MAX_BYTES = 1 << 29
MAX_ANNOTATIONS = 1_000_000

Side = Annotated[int, Meta(ge=1, le=1 << 20)]
Count = Annotated[int, Meta(ge=0, le=1 << 53)]
Id = Annotated[int, Meta(ge=1, le=1 << 53)]
Text = Annotated[str, Meta(max_length=10_000)]
Box = tuple[float, float, float, float]
T = TypeVar("T")


class ImageRecord(Struct):
    """The image as the file knows it; ``file_name`` is for readers, nothing is opened by it."""

    width: Side
    height: Side
    file_name: str = ""


class SegmentationRecord(Struct):
    """COCO run lengths; ``size`` is [height, width]."""

    size: tuple[Side, Side]
    counts: str | list[Count]


class StepRecord(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One question to the model; points are [x, y, positive]."""

    points: list[tuple[float, float, bool]] = []
    box: Box | None = None
    time_s: float = 0.0
    candidate: Count | None = None
    refined: bool = False
    window: tuple[Count, Count, Count, Count] | None = None


class EvidenceRecord(Struct, omit_defaults=True):
    """How a mask came to be; fields as in ``app.core.evidence``."""

    prompts: list[StepRecord] = []
    candidate: Count | None = None
    clicks: Count = 0
    brush_added_px: Count = 0
    brush_removed_px: Count = 0
    active_s: float = 0.0
    proposal_iou: float | None = None
    model: Text | None = None
    model_identity: Text | None = None
    app_version: Text | None = None
    created: Text | None = None


Numbers = tuple[int | float, int | float, int | float, int | float]
PointRecord = tuple[int | float, int | float, bool | int]


class PreviousRecord(Struct, omit_defaults=True):
    """``previous`` of an annotation: its old mask as COCO's compressed run lengths, of the image's
    size, and as in ``app.core.previous``. Boxes are [x0, y0, x1, y1], points [x, y, positive].
    """

    counts: str | None = None
    box: Numbers | None = None
    points: list[PointRecord] = []
    iou: float | None = None


class UnsegmentedRecord(Struct, omit_defaults=True):
    """One of ``to_segment`` of a file, as in ``app.core.unsegmented``; boxes and points likewise.

    ``extra`` may hold ``{"maskwright": {"imported": ...}}``, as an annotation's.
    """

    label_id: Id
    box: Numbers | None = None
    points: list[PointRecord] = []
    score: float | None = None
    attributes: dict[str, Any] = {}
    extra: dict[str, Any] = {}


class OwnAnnotationRecord(Struct):
    """What this program knows of an annotation beside SA-1B's keys.

    Besides, ``previous`` (``PreviousRecord``), ``imported`` (a format's name) and ``details``,
    with ``note`` (a text), ``group`` (a number) and ``flags`` (a list of names), which cost
    themselves alone where they cannot be understood. Versions that do not know ``details`` keep
    them.
    """

    source: Source = Source.IMPORTED
    state: State = State.ACCEPTED
    locked: bool = False
    evidence: EvidenceRecord | None = None
    attributes: dict[str, Any] = {}


class AnnotationRecord(Struct):
    """One object; ``category_id`` is its label's id in the file's own table of labels."""

    segmentation: SegmentationRecord
    id: Any = None
    category_id: Id | None = None
    maskwright: OwnAnnotationRecord = msgspec.field(default_factory=OwnAnnotationRecord)


class LabelRecord(Struct):
    """A label that the file's objects have: its id in this file, and what it is called."""

    id: Id
    name: Text
    color: str = ""


class OwnFileRecord(Struct):
    """What this program knows of an image beside SA-1B's keys.

    Files of version 1 hold no ``labels``: their ids are those of a folder's ``labels.json``.
    Besides, ``to_segment`` (a list of ``UnsegmentedRecord``) and ``runs`` (a fingerprint by job),
    of which what cannot be understood is left as it is.
    """

    version: Annotated[int, Meta(ge=1)] = VERSION
    status: ImageStatus | None = None
    next_id: Id = 1
    labels: Annotated[list[LabelRecord], Meta(max_length=MAX_ANNOTATIONS)] = []


class FileRecord(Struct):
    """A whole file."""

    image: ImageRecord
    annotations: Annotated[list[AnnotationRecord], Meta(max_length=MAX_ANNOTATIONS)]
    maskwright: OwnFileRecord = msgspec.field(default_factory=OwnFileRecord)


class _VersionOnly(Struct):
    version: int = VERSION


class _Version(Struct):
    maskwright: _VersionOnly = msgspec.field(default_factory=_VersionOnly)


def parse(data: bytes) -> Mapping[str, Any]:
    """The JSON object in ``data``.

    Raises:
        ValueError: too large, no JSON, nested too deeply, or not an object; the text says which.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(say("it is larger than {limit} MB", MAX_BYTES >> 20))
    try:
        raw = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except RecursionError as error:
        raise ValueError(say("it is nested too deeply")) from error
    if not isinstance(raw, dict):
        raise ValueError(say("it is not a JSON object"))
    return raw


def convert(raw: Mapping[str, Any], kind: type[T]) -> T:
    """``raw`` checked against a record.

    Raises:
        ValueError: something is missing or not as it must be; the text says where.
    """
    return msgspec.convert(raw, kind)


def version_of(raw: Mapping[str, Any]) -> int:
    """The version a file declares; that of this program where it declares none."""
    try:
        return msgspec.convert(raw, _Version).maskwright.version
    except msgspec.ValidationError:
        return VERSION
