"""A document as the JSON of its file, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import msgspec

from app.core.details import IS_CROWD, MAX_GROUP, MAX_NOTE, NO_DETAILS, Details, Flag, crowd_in
from app.core.document import NO_EVIDENCE, Annotation, Document, Evidence, ImageStatus
from app.core.frozen import freeze
from app.core.labels import COLOR, Label, as_name, color_for
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.prompt import Box, Point, Prompt, Step
from app.core.unsegmented import Unsegmented
from app.storage.schema import (
    OWN,
    VERSION,
    AnnotationRecord,
    EvidenceRecord,
    FileRecord,
    LabelRecord,
    OwnAnnotationRecord,
    OwnFileRecord,
    PreviousRecord,
    SegmentationRecord,
    StepRecord,
    UnsegmentedRecord,
    convert,
)
from app.storage.schema import Box as BoxRecord

Raw = Mapping[str, Any]
Fragments = dict[int, tuple[Annotation, bytes]]

_DERIVED = frozenset(("id", "segmentation", "bbox", "area", "category_id", OWN))
TO_SEGMENT, RUNS, DETAILS = "to_segment", "runs", "details"
_FLAGS = frozenset(flag.value for flag in Flag)
_EVIDENCE = frozenset(EvidenceRecord.__struct_fields__)


class SizeMismatch(ValueError):  # noqa: N818  caught at once
    """The file's image has another size than the one at hand; both (height, width)."""

    def __init__(self, found: tuple[int, int], expected: tuple[int, int]) -> None:
        super().__init__(f"the image is of the size {expected}, the file is about {found}")
        self.found, self.expected = found, expected


# -- from JSON


def to_document(raw: Raw, height: int, width: int) -> Document:
    """The document in a parsed file, for an image of that size.

    Files of other programs may lack everything but ``image`` and the ``segmentation`` of each
    annotation. Boxes and areas are taken from the masks, whatever the file says. Missing, doubled
    and impossible ids are given anew.

    Raises:
        SizeMismatch: the file is about an image of another size.
        ValueError: something is not as it must be; the text says where.
    """
    record = convert(raw, FileRecord)
    size = record.image.height, record.image.width
    if size != (height, width):
        raise SizeMismatch(size, (height, width))
    own = record.maskwright
    ids = _distinct_ids([each.id for each in record.annotations], own.next_id)
    annotations = []
    for number, (each, found) in enumerate(
        zip(record.annotations, raw["annotations"], strict=True)
    ):
        try:
            annotations.append(_annotation(each, found, ids[number], size))
        except ValueError as error:
            raise ValueError(f"{error} - at `$.annotations[{number}]`") from error
    status = own.status or (ImageStatus.IN_PROGRESS if annotations else ImageStatus.TODO)
    rest = _without(raw.get(OWN, {}), OwnFileRecord.__struct_fields__)
    unsegmented, runs = unsegmented_in(rest), _runs(rest)
    return Document(
        height,
        width,
        tuple(annotations),
        max([own.next_id, *(taken + 1 for taken in ids)]),
        status,
        freeze(_file_extra(raw, record) | ({OWN: rest} if rest else {})),
        unsegmented,
        freeze(runs),
    )


def labels_told(raw: Raw) -> dict[int, Label]:
    """The labels that a parsed file tells of, by its own ids; empty in files of version 1.

    What is told wrongly is as if it was not told.
    """
    try:
        record = convert(raw, _Told).maskwright
    except ValueError:
        return {}
    found: dict[int, Label] = {}
    for each in record.labels:
        color = each.color.lower() if COLOR.fullmatch(each.color.lower()) else color_for(each.id)
        found.setdefault(each.id, Label(each.id, as_name(each.name), color))
    return found


class _ToldOwn(msgspec.Struct):
    labels: list[LabelRecord] = []


class _Told(msgspec.Struct):
    maskwright: _ToldOwn = msgspec.field(default_factory=_ToldOwn)


def _file_extra(raw: Raw, record: FileRecord) -> dict[str, Any]:
    extra = {k: v for k, v in raw.items() if k not in ("image", "annotations", OWN)}
    image = _without(raw["image"], ("width", "height", "file_name"))
    if image.get("image_id") == image_number(record.image.file_name):
        del image["image_id"]
    return extra | ({"image": image} if image else {})


def unsegmented_in(own: dict[str, Any]) -> tuple[Unsegmented, ...]:
    """Taken out of this program's keys of a file; what cannot be understood stays there."""
    records, left, found = own.get(TO_SEGMENT), [], []
    if not isinstance(records, list):
        return ()
    for raw in records:
        try:
            found.append(_unsegmented_of(raw))
        except ValueError:
            left.append(raw)
    _put_back(own, TO_SEGMENT, left)
    return tuple(found)


def _unsegmented_of(raw: Any) -> Unsegmented:
    record = msgspec.convert(raw, UnsegmentedRecord)
    own = _mapping(record.extra.get(OWN))
    imported, details = _taken(own, "imported", str), details_in(own)
    extra = dict(record.extra)
    if imported is not None or details:
        _put_back(extra, OWN, own)
    return Unsegmented(
        record.label_id,
        Prompt(_points(record.points), None if record.box is None else Box(*record.box)),
        record.score,
        freeze(record.attributes),
        freeze(extra),
        imported,
        freeze(_without(raw, UnsegmentedRecord.__struct_fields__)),
        details,
    )


def _runs(own: dict[str, Any]) -> dict[str, str]:
    """The jobs that were done, taken out of this program's keys of a file."""
    runs = _mapping(own.get(RUNS))
    known = {job: mark for job, mark in runs.items() if isinstance(mark, str)}
    if known:
        _put_back(own, RUNS, _without(runs, known))
    return known


def _previous(own: dict[str, Any], size: tuple[int, int]) -> Previous | None:
    """Taken out of this program's keys of an annotation; what cannot be understood stays there."""
    raw = own.get("previous")
    try:
        record = msgspec.convert(raw, PreviousRecord)
        found = Previous(
            None if record.counts is None else Mask.from_counts(record.counts, *size),
            None if record.box is None else Box(*record.box),
            _points(record.points),
            record.iou,
            freeze(_without(own["previous"], PreviousRecord.__struct_fields__)),
        )
    except ValueError:
        return None
    del own["previous"]
    return found


def details_in(own: dict[str, Any]) -> Details:
    """Taken out of this program's keys of an object; what cannot be understood stays there."""
    told = own.get(DETAILS)
    if not isinstance(told, dict):
        return NO_DETAILS
    left = dict(told)
    note, group, flags = left.get("note"), left.get("group"), left.get("flags")
    # Asked by hand: there are thousands, and an exception for each that is missing takes longer.
    if isinstance(note, str) and len(note) <= MAX_NOTE:
        del left["note"]
    else:
        note = ""
    if type(group) is int and 0 <= group <= MAX_GROUP:
        del left["group"]
    else:
        group = None
    known: list[str] = []
    if isinstance(flags, list):
        known = [each for each in flags if isinstance(each, str) and each in _FLAGS]
        _put_back(left, "flags", [each for each in flags if each not in known])
    found = Details(note, group, frozenset(map(Flag, known)))
    _put_back(own, DETAILS, left)
    return found


def with_details(own: dict[str, Any], details: Details) -> dict[str, Any]:
    """This program's keys of an object, with what ``details_in`` reads again."""
    if not details:
        return own
    left = own.get(DETAILS)
    told = _mapping(left)
    if left is not None and not isinstance(left, dict):
        told["unreadable"] = left
    if details.note:
        told["note"] = details.note
    if details.group is not None:
        told["group"] = details.group
    if details.flags:
        damaged = told.get("flags", [])
        told["flags"] = sorted(details.flags)
        told["flags"] += damaged if isinstance(damaged, list) else [damaged]
    return own | {DETAILS: told}


def _points(records: Iterable[tuple[float, float, bool | int]]) -> tuple[Point, ...]:
    return tuple(Point(x, y, bool(positive)) for x, y, positive in records)


def _put_back(record: dict[str, Any], key: str, left: Any) -> None:
    """What is left under ``key``; without it if that is nothing."""
    record[key] = left
    if not left:
        del record[key]


def _distinct_ids(given: Iterable[Any], next_id: int) -> list[int]:
    ids = [each if type(each) is int and 1 <= each < 1 << 53 else 0 for each in given]
    following = max([next_id - 1, *ids]) + 1
    taken: set[int] = set()
    for place, each in enumerate(ids):
        if each == 0 or each in taken:
            ids[place] = following
            following += 1
        taken.add(ids[place])
    return ids


def _annotation(
    record: AnnotationRecord, raw: Raw, annotation_id: int, size: tuple[int, int]
) -> Annotation:
    if tuple(record.segmentation.size) != size:
        raise ValueError(f"its mask is of the size {record.segmentation.size}, the image of {size}")
    extra = {key: value for key, value in raw.items() if key not in _DERIVED}
    crowd = crowd_in(extra) | _crowd_of_former(extra)
    inner = _without(raw["segmentation"], SegmentationRecord.__struct_fields__)
    own = _without(raw.get(OWN, {}), OwnAnnotationRecord.__struct_fields__)
    previous, imported = _previous(own, size), _taken(own, "imported", str)
    details = details_in(own)
    if crowd:
        details = replace(details, flags=details.flags | crowd)
    extra |= ({"segmentation": inner} if inner else {}) | ({OWN: own} if own else {})
    evidence = _evidence(record.maskwright.evidence, raw, extra, size)
    return Annotation(
        id=annotation_id,
        label_id=record.category_id or 1,
        mask=Mask.from_counts(record.segmentation.counts, *size),
        source=record.maskwright.source,
        state=record.maskwright.state,
        locked=record.maskwright.locked,
        evidence=evidence,
        attributes=freeze(record.maskwright.attributes),
        extra=freeze(extra),
        previous=previous,
        imported_from=imported,
        details=details,
    )


def _crowd_of_former(extra: dict[str, Any]) -> frozenset[Flag]:
    """What earlier versions kept of imported files without understanding it."""
    kept = extra.get("coco")
    if not isinstance(kept, dict) or IS_CROWD not in kept:
        return frozenset()
    kept = dict(kept)
    found = crowd_in(kept)
    _put_back(extra, "coco", kept)
    return found


def _evidence(
    record: EvidenceRecord | None, raw: Raw, extra: dict[str, Any], size: tuple[int, int]
) -> Evidence:
    """Takes what it understands of SA-1B's keys out of ``extra``; the rest stays there."""
    known: dict[str, Any] = {}
    for key in ("predicted_iou", "stability_score"):
        value = _taken(extra, key, float)
        if value is not None and (key == "predicted_iou" or 0 <= value <= 1):
            known[key] = value
        elif value is not None:
            extra[key] = value
    crop = _taken(extra, "crop_box", BoxRecord)
    if crop is not None and min(crop[2:]) < 0:
        extra["crop_box"] = list(crop)
    elif crop is not None and crop != (0, 0, size[1], size[0]):
        known["crop_box"] = crop
    points = _taken(extra, "point_coords", list[tuple[float, float]])
    if record is not None:
        known |= {name: getattr(record, name) for name in _EVIDENCE if name != "prompts"}
        known["prompts"] = tuple(_step(step) for step in record.prompts)
        known["extra"] = freeze(_without(raw[OWN]["evidence"], _EVIDENCE))
    elif points:
        # Where the prompt of an automatic mask is all that is known.
        known["prompts"] = (Step(Prompt(tuple(Point(x, y) for x, y in points))),)
    return Evidence(**known) if known else NO_EVIDENCE


def _step(record: StepRecord) -> Step:
    prompt = Prompt(_points(record.points), None if record.box is None else Box(*record.box))
    return Step(prompt, record.time_s, record.candidate, record.refined, record.window)


def _taken(extra: dict[str, Any], key: str, kind: Any) -> Any:
    """The value under ``key``, taken out of ``extra`` if it is of that kind."""
    try:
        value = msgspec.convert(extra.get(key), kind)
    except msgspec.ValidationError:
        return None
    del extra[key]
    return value


def _without(raw: Raw, keys: Iterable[str]) -> dict[str, Any]:
    gone = frozenset(keys)
    return {key: value for key, value in raw.items() if key not in gone}


# -- to JSON


def to_bytes(
    document: Document,
    file_name: str,
    fragments: Fragments | None = None,
    labels: Iterable[Label] = (),
) -> bytes:
    """The file of ``document``: UTF-8 JSON, one line for each annotation.

    Args:
        document: what to write.
        file_name: name of the image, for readers of the file.
        labels: those that its objects have, so that the file tells their names wherever it is.
        fragments: lines of an earlier call; those of unchanged annotations are used again, and the
            dictionary afterwards holds those of this call.
    """
    extra = document.extra.thawed()
    image = {"image_id": image_number(file_name)} | _mapping(extra.pop("image", None))
    image |= {"width": document.width, "height": document.height, "file_name": file_name}
    own = _mapping(extra.pop(OWN, None))
    if document.unsegmented:
        damaged = own.get(TO_SEGMENT)
        own[TO_SEGMENT] = [_unsegmented_json(each) for each in document.unsegmented]
        own[TO_SEGMENT] += damaged if isinstance(damaged, list) else []
    if document.runs:
        own[RUNS] = _mapping(own.get(RUNS)) | document.runs.thawed()
    own |= {"version": VERSION, "status": document.status.value, "next_id": document.next_id}
    table = [{"id": each.id, "name": each.name, "color": each.color} for each in labels]
    own |= {"labels": table} if table else {}
    head = {"image": image, OWN: own} | _without(extra, ("annotations",))
    known = {} if fragments is None else fragments
    lines: Fragments = {}
    for annotation in document.annotations:
        old = known.get(annotation.id)
        same = old is not None and old[0] is annotation
        lines[annotation.id] = old if old and same else (annotation, _line(annotation))
    known.clear()
    known.update(lines)
    body = b",\n".join(line for _, line in lines.values())
    start = ",\n".join(f"{_json(key)}: {_json(value)}" for key, value in head.items())
    return b"{" + _utf8(start) + b',\n"annotations": [\n' + body + b"\n]}\n"


def image_number(file_name: str) -> int:
    """SA-1B numbers its images; a number from 1 on that depends on the name alone."""
    return int.from_bytes(blake2b(_utf8(file_name), digest_size=4).digest()) >> 1 or 1


def _line(annotation: Annotation) -> bytes:
    mask, evidence = annotation.mask, annotation.evidence
    extra = annotation.extra.thawed()
    inner = _mapping(extra.pop("segmentation", None))
    own = _mapping(extra.pop(OWN, None))
    if annotation.imported_from is not None:
        own["imported"] = annotation.imported_from
    if annotation.previous is not None:
        own["previous"] = _previous_json(annotation.previous)
    own = with_details(own, annotation.details)
    own |= {"source": annotation.source.value, "state": annotation.state.value}
    own |= {"locked": True} if annotation.locked else {}
    own |= {"attributes": annotation.attributes.thawed()} if annotation.attributes else {}
    own |= {"evidence": _evidence_json(evidence)} if evidence != NO_EVIDENCE else {}
    positive = [[_number(p.x), _number(p.y)] for p in evidence.points if p.positive]
    record: dict[str, Any] = {
        IS_CROWD: int(Flag.CROWD in annotation.details.flags),
        "crop_box": [0, 0, mask.width, mask.height],
        "point_coords": positive,
        **extra,
        "id": annotation.id,
        "category_id": annotation.label_id,
        "segmentation": inner | {"size": [mask.height, mask.width], "counts": mask.counts},
        "bbox": list(mask.bbox),
        "area": mask.area,
        OWN: own,
    }
    if evidence.predicted_iou is not None:
        record["predicted_iou"] = evidence.predicted_iou
    if evidence.stability_score is not None:
        record["stability_score"] = evidence.stability_score
    if evidence.crop_box is not None:
        record["crop_box"] = [_number(value) for value in evidence.crop_box]
    return _utf8(_json(record))


def _previous_json(previous: Previous) -> dict[str, Any]:
    record = PreviousRecord(
        None if previous.mask is None else previous.mask.counts,
        _box_json(previous.box),
        [(p.x, p.y, p.positive) for p in previous.points],
        previous.iou,
    )
    known: dict[str, Any] = msgspec.to_builtins(record)
    return previous.extra.thawed() | known


def _unsegmented_json(each: Unsegmented) -> dict[str, Any]:
    extra = each.extra.thawed()
    own = with_details(_mapping(extra.get(OWN)), each.details)
    if each.imported_from is not None:
        own["imported"] = each.imported_from
    if each.details or each.imported_from is not None:
        extra[OWN] = own
    record = UnsegmentedRecord(
        each.label_id,
        _box_json(each.prompt.box),
        [(p.x, p.y, int(p.positive)) for p in each.prompt.points],
        each.score,
        each.attributes.thawed(),
        extra,
    )
    known: dict[str, Any] = msgspec.to_builtins(record)
    return each.unknown.thawed() | known


def _box_json(box: Box | None) -> tuple[float, float, float, float] | None:
    return None if box is None else (box.x0, box.y0, box.x1, box.y1)


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    steps = [
        StepRecord(
            [(point.x, point.y, point.positive) for point in step.prompt.points],
            _box_json(step.prompt.box),
            step.time_s,
            step.candidate,
            step.refined,
            step.window,
        )
        for step in evidence.prompts
    ]
    fields = {name: getattr(evidence, name) for name in _EVIDENCE if name != "prompts"}
    known: dict[str, Any] = msgspec.to_builtins(EvidenceRecord(prompts=steps, **fields))
    return _mapping(evidence.extra.thawed()) | known


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _utf8(text: str) -> bytes:
    # Half a character, as some clipboards give them, is no text: it could not be read again.
    return text.encode("utf-8", "replace")
