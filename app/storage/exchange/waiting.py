"""Objects that another program gave only a box or points: prompts for masks still to be made.

An annotation has a mask, so these wait in their document's ``extra["maskwright"]["to_segment"]``,
where they are saved, undone and exported with it, until they are segmented or dropped. Each is a
JSON object
``{"label_id", "box": [x0, y0, x1, y1], "points": [[x, y, positive], ...], "score", "attributes",
"extra"}`` in image pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.core.document import Document
from app.core.frozen import EMPTY, FrozenMap, freeze
from app.core.prompt import Box, Point, Prompt

OWN = "maskwright"
KEY = "to_segment"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An object to be segmented.

    Attributes:
        label_id: id of its label in the folder's ``LabelSet``.
        prompt: its box, its points, or both.
        score: the other program's confidence, or None.
        attributes, extra: as of an ``Annotation``; its annotation is to get them.

    Raises:
        ValueError: neither a box nor points, or a label id below 1.
    """

    label_id: int
    prompt: Prompt
    score: float | None = None
    attributes: FrozenMap = field(default=EMPTY)
    extra: FrozenMap = field(default=EMPTY)

    def __post_init__(self) -> None:
        if self.prompt.is_empty or self.label_id < 1:
            raise ValueError("an object to segment needs a box or points, and a label id from 1 on")
        object.__setattr__(self, "attributes", freeze(self.attributes))
        object.__setattr__(self, "extra", freeze(self.extra))


def waiting(document: Document) -> tuple[Waiting, ...]:
    """The objects of ``document`` that wait for a mask; damaged ones are passed over."""
    records = _mapping(document.extra.get(OWN)).get(KEY)
    if not isinstance(records, tuple):
        return ()
    found = (_read(record) for record in records if isinstance(record, Mapping))
    return tuple(each for each in found if each is not None)


def with_waiting(document: Document, objects: Iterable[Waiting]) -> Document:
    """With these, and only these, waiting for a mask."""
    records = [_record(each) for each in objects]
    own = {k: v for k, v in _mapping(document.extra.get(OWN)).items() if k != KEY}
    own |= {KEY: records} if records else {}
    rest = {key: value for key, value in document.extra.items() if key != OWN}
    return document.with_extra(rest | ({OWN: own} if own else {}))


def labels_of(document: Document) -> set[int]:
    """Ids of the labels that its objects have, those that wait for a mask included."""
    return {each.label_id for each in document} | {each.label_id for each in waiting(document)}


def with_labels(document: Document, ids: Mapping[int, int]) -> Document:
    """With the label ``ids[i]`` on all that has the label ``i``, at once; others stay."""
    changed = [
        replace(each, label_id=ids[each.label_id])
        for each in document
        if ids.get(each.label_id, each.label_id) != each.label_id
    ]
    if changed:
        document = document.with_replaced(*changed)
    waits = waiting(document)
    moved = [replace(each, label_id=ids.get(each.label_id, each.label_id)) for each in waits]
    return document if tuple(moved) == waits else with_waiting(document, moved)


def _record(each: Waiting) -> dict[str, object]:
    box = each.prompt.box
    record: dict[str, object] = {"label_id": each.label_id}
    if box is not None:
        record["box"] = [box.x0, box.y0, box.x1, box.y1]
    if each.prompt.points:
        record["points"] = [[p.x, p.y, int(p.positive)] for p in each.prompt.points]
    optional = {"score": each.score, "attributes": each.attributes, "extra": each.extra}
    return record | {key: value for key, value in optional.items() if value not in (None, EMPTY)}


def _read(record: Mapping[str, object]) -> Waiting | None:
    label_id, box, points = record.get("label_id"), record.get("box"), record.get("points", ())
    score, whole = record.get("score"), isinstance(points, tuple)
    if type(label_id) is not int or not whole or not isinstance(points, tuple):
        return None
    try:
        prompt = Prompt(
            tuple(Point(float(x), float(y), bool(positive)) for x, y, positive in points),
            Box(*(float(value) for value in box)) if isinstance(box, tuple) else None,
        )
        return Waiting(
            label_id,
            prompt,
            float(score) if isinstance(score, int | float) else None,
            _mapping(record.get("attributes")),
            _mapping(record.get("extra")),
        )
    except (TypeError, ValueError):
        return None


def _mapping(value: object) -> FrozenMap:
    return value if isinstance(value, FrozenMap) else EMPTY
