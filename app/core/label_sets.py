"""Taking over a set of labels from a file: what becomes of the labels there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from app.core.attributes import Attribute
from app.core.labels import Key, Label, LabelSet, with_distinct_names


@dataclass(frozen=True, slots=True)
class SetPlan:
    """What taking over would do, by the names of labels.

    Attributes:
        labels: as they are afterwards.
        added, changed, removed: which.
        kept: which stay though the file has none of that name: something has them.
        keys_lost: which have no key afterwards that had one, or would get one.
    """

    labels: LabelSet
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    keys_lost: tuple[str, ...] = ()


def merged(labels: LabelSet, other: LabelSet) -> SetPlan:
    """With the labels of ``other`` added, and those of the same name as it has them.

    Ids, the order, keys that other labels have here, and whatever ``other`` says nothing of stay as
    they are. A new label whose colour another one has here gets one that is free.
    """
    here = {each.color for each in labels if other.named(each.name) is None}
    colors = {each.name: each.color for each in other if each.color not in here}
    found = labels.with_names([each.name for each in other], colors)
    told = {
        each.name: each if each.name in colors else replace(each, color=mine.color)
        for each in other
        if (mine := found.named(each.name)) is not None
    }
    taken = {each.key for each in labels if each.name not in told}
    every = [
        _taken_over(each, told[each.name], taken) if each.name in told else each for each in found
    ]
    first = {each.name for each in labels}
    return _plan(labels, found, every, other, _joined(labels.attributes, other.attributes), first)


def replaced(labels: LabelSet, other: LabelSet, used: Collection[int] = ()) -> SetPlan:
    """With the labels of ``other`` alone, in its order; what has a name here keeps its id.

    Args:
        labels: those there are.
        other: those that come.
        used: ids of labels that stay all the same, at the end.
    """
    found = labels.with_names([each.name for each in other], {e.name: e.color for e in other})
    every: list[Label] = []
    for each in other:
        mine = found.named(each.name)
        if mine is not None:
            every.append(replace(each, id=mine.id, extra=mine.extra.with_items(each.extra)))
    stay = {each.id for each in every}
    every += [each for each in labels if each.id not in stay and each.id in used]
    first = {each.name for each in other if each.key is not None}
    return _plan(labels, found, every, other, other.attributes, first)


def edited_onto(now: LabelSet, before: LabelSet, after: LabelSet) -> LabelSet:
    """``now``, with what somebody changed who was shown ``before`` and left ``after``.

    Whatever else became of the labels meanwhile stays. A label that is new in ``after`` gets an id
    of its own if that was given meanwhile. One that was changed, and taken away meanwhile, is there
    again with its id, unless a label of its name came instead, which is changed then.
    """
    result = now
    for gone in (label for label in before if label.id not in after):
        if gone.id in result and len(result) > 1:
            result = result.without(gone.id)
    new = [label for label in after if label.id not in before]
    result = result.with_names([each.name for each in new], {e.name: e.color for e in new})
    result = _with_those_back(result, before, after)
    places: dict[int, int] = {}
    every = {label.id: label for label in result}
    for label in after:
        mine = result.get(label.id) if label.id in before else None
        if mine is None and (label.id not in before or label != before.label(label.id)):
            mine = result.named(label.name)
        if mine is not None:
            places[mine.id] = len(places)
            every[mine.id] = _changed_as(mine, before.get(label.id), label)
    order = [label.id for label in result]
    untouched = [each.id for each in before if each.id in after] + [each.id for each in new]
    if [each.id for each in after] != untouched:
        end = len(places)
        order.sort(key=lambda each: places.get(each, end))
    settled = [each for each in order if every[each] != result.label(each)]
    distinct = with_distinct_names([every[each] for each in order], settled)
    same = before.attributes == after.attributes
    attributes = result.attributes if same else after.attributes
    return replace(result, labels=tuple(distinct), attributes=attributes)


def _with_those_back(now: LabelSet, before: LabelSet, after: LabelSet) -> LabelSet:
    """With each that was changed and is gone, unless another one of its name came instead."""
    every, gone = list(now), []
    order = [each.id for each in after]
    for label in (each for each in after if before.get(each.id) not in (None, each)):
        other = now.named(label.name)
        if label.id in now or (other is not None and other.id not in after):
            continue
        above = order[: order.index(label.id)]
        place = max((n + 1 for n, each in enumerate(every) if each.id in above), default=0)
        every.insert(place, label)
        gone.append(label.id)
    next_id = max([now.next_id, *(each + 1 for each in gone)])
    return replace(now, labels=tuple(with_distinct_names(every, gone)), next_id=next_id)


def _changed_as(mine: Label, before: Label | None, after: Label) -> Label:
    """What differs from ``before`` as in ``after``; all of it for a label that is new."""

    def differs(name: str) -> bool:
        return before is None or getattr(before, name) != getattr(after, name)

    return replace(
        mine,
        name=after.name if differs("name") else mine.name,
        color=after.color if differs("color") else mine.color,
        key=after.key if differs("key") else mine.key,
        description=after.description if differs("description") else mine.description,
        attributes=after.attributes if differs("attributes") else mine.attributes,
    )


def _plan(
    before: LabelSet,
    found: LabelSet,
    every: Iterable[Label],
    other: LabelSet,
    attributes: tuple[Attribute, ...],
    first: Collection[str],
) -> SetPlan:
    settled = _with_keys(list(every), first)
    after = replace(found, labels=tuple(settled), attributes=attributes)
    names, there = [each.name for each in after], {each.name: each for each in before}
    told = {each.name: each.key for each in other}
    return SetPlan(
        after,
        tuple(name for name in names if name not in there),
        tuple(e.name for e in after if e.name in there and there[e.name] != e),
        tuple(name for name in there if after.named(name) is None),
        tuple(name for name in names if name not in told),
        tuple(
            each.name
            for each in after
            if each.key is None
            and (told.get(each.name) or getattr(there.get(each.name), "key", None)) is not None
        ),
    )


def _taken_over(mine: Label, other: Label, taken: Collection[Key | None]) -> Label:
    return replace(
        mine,
        color=other.color,
        key=mine.key if other.key is None or other.key in taken else other.key,
        description=other.description or mine.description,
        attributes=_joined(mine.attributes, other.attributes),
        extra=mine.extra.with_items(other.extra),
    )


def _joined(mine: Iterable[Attribute], other: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Those of ``other`` in the place of those of their name, or at the end; keys stay distinct."""
    told = {each.name: each for each in other}
    every = [told.pop(each.name, each) for each in mine] + list(told.values())
    keys: set[str | None] = set()
    found = []
    for each in every:
        found.append(replace(each, key=None) if each.key in keys else each)
        keys.add(found[-1].key)
        keys.discard(None)
    return tuple(found)


def _with_keys(labels: list[Label], first: Collection[str]) -> list[Label]:
    """No key twice: labels called ``first`` have theirs, then those before others."""
    taken: set[Key] = set()
    kept: dict[int, Label] = {}
    for each in sorted(labels, key=lambda label: label.name not in first):
        key = None if each.key is not None and each.key in taken else each.key
        if key is not None:
            taken.add(key)
        kept[each.id] = replace(each, key=key)
    return [kept[each.id] for each in labels]
