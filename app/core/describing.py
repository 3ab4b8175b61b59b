"""Values, notes, groups and flags of a document's objects, changed for one or for several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.attributes import Attribute, Value, with_value
from app.core.attributes import with_defaults as values_with_defaults
from app.core.details import Flag
from app.core.document import Annotation, Document, Source
from app.core.labels import LabelSet

Change = Callable[[Annotation], Annotation]


def with_defaults(before: Document, after: Document, labels: LabelSet) -> Document:
    """``after``, whose new objects have the default values of their labels.

    What was imported keeps what its file says of it, and no more.
    """
    if after is before or not has_defaults(labels):
        return after
    known = set(before.ids)
    new = [a for a in after if a.id not in known and a.source is not Source.IMPORTED]
    return after.with_replaced(*(_filled(each, labels) for each in new)) if new else after


def has_defaults(labels: LabelSet) -> bool:
    """Whether a new object of any of the labels gets values."""
    return any(
        each.default is not None
        for every in (labels.attributes, *(label.attributes for label in labels))
        for each in every
    )


def labelled(document: Document, ids: Iterable[int], label_id: int, labels: LabelSet) -> Document:
    """With that label on these objects, and its defaults where they have no such value."""
    chosen = list(ids)
    after = document.with_label(chosen, label_id)
    if after is document or not has_defaults(labels):
        return after
    return after.with_changed(chosen, lambda each: _filled(each, labels))


def _filled(each: Annotation, labels: LabelSet) -> Annotation:
    values = values_with_defaults(each.attributes, labels.attributes_of(each.label_id))
    return each if values is each.attributes else replace(each, attributes=values)


def value_set(name: str, value: Value | None) -> Change:
    """Gives the value; None takes it away."""
    return lambda each: replace(each, attributes=with_value(each.attributes, name, value))


def flag_set(flag: Flag, holds: bool) -> Change:
    return lambda each: replace(each, details=each.details.with_flag(flag, holds))


def note_set(note: str) -> Change:
    return lambda each: replace(each, details=replace(each.details, note=note))


def group_set(group: int | None) -> Change:
    return lambda each: replace(each, details=replace(each.details, group=group))


def free_group(document: Document) -> int:
    """The smallest number from 1 on that is no group of the document yet."""
    taken = {each.details.group for each in document}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def with_their_groups(document: Document, ids: Iterable[int]) -> frozenset[int]:
    """These objects, and all others of the groups that they are in."""
    chosen = frozenset(ids)
    groups = {a.details.group for a in document if a.id in chosen} - {None}
    if not groups:
        return chosen
    return chosen | {a.id for a in document if a.details.group in groups}


@dataclass(frozen=True, slots=True)
class Common:
    """What several objects have together under one name.

    Attributes:
        value: that all have; None where none has any, or they differ.
        mixed: whether they differ.
    """

    value: object = None
    mixed: bool = False

    @classmethod
    def of(cls, values: Iterable[object]) -> Common:
        found = list(values)
        alike = all(type(each) is type(found[0]) and each == found[0] for each in found)
        return cls(found[0] if found and alike else None, not alike)


@dataclass(frozen=True, slots=True)
class Question:
    """One row of what is asked of the selected objects.

    Attributes:
        name: of the value.
        attribute: the schema's, or None for a value that no schema knows any more.
        common: what the objects have.
    """

    name: str
    attribute: Attribute | None
    common: Common


def questions(objects: Iterable[Annotation], labels: LabelSet) -> tuple[Question, ...]:
    """What the objects are described by: what the schemas of their labels ask, in order; then
    values they have that none asks for.
    """
    chosen = list(objects)
    asked: dict[str, Attribute] = {}
    for label_id in dict.fromkeys(each.label_id for each in chosen):
        for attribute in labels.attributes_of(label_id):
            asked.setdefault(attribute.name, attribute)
    names = dict.fromkeys((*asked, *(name for each in chosen for name in each.attributes)))
    return tuple(
        Question(name, asked.get(name), Common.of(each.attributes.get(name) for each in chosen))
        for name in names
    )
