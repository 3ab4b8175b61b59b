"""Labels with nested names, as in ``vehicle/car``, as the rows of a tree that folds."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from app.core.labels import Label


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A row of the tree.

    Attributes:
        path: the name, or the part of names that is common to all labels in it.
        text: what of it the rows above do not tell.
        depth: how many rows it lies in.
        label: None if the row is only what labels have in common.
        labels: all in it, its own first; the same order as in the set, without gaps.
        folded: whether those in it are not shown; None if there are none.
    """

    path: str
    text: str
    depth: int
    label: Label | None
    labels: tuple[Label, ...]
    folded: bool | None = None


def label_rows(labels: Sequence[Label], folded: Container[str]) -> list[LabelRow]:
    """The rows that are shown, in the order of the labels.

    Labels that begin alike and stand together lie in one row: that of the label called so, if it is
    the first of them, else one of its own. What is alone lies in none.

    Args:
        labels: in the order of their set.
        folded: paths of the rows whose labels are not shown.
    """
    parts = [_parts(label.name) for label in labels]
    return list(_rows(labels, parts, range(len(labels)), 0, 0, folded))


def _parts(name: str) -> tuple[str, ...]:
    """A name with an empty part, as in ``and/or/``, is not nested."""
    found = tuple(name.split("/"))
    return found if all(part.strip() for part in found) else (name,)


def _rows(
    labels: Sequence[Label],
    parts: Sequence[tuple[str, ...]],
    span: range,
    told: int,
    depth: int,
    folded: Container[str],
) -> Iterator[LabelRow]:
    """Those of the labels in ``span``, whose first ``told`` parts the rows above tell."""
    place = span.start
    while place < span.stop:
        head = parts[place][: told + 1]
        end = place + 1
        while end < span.stop and parts[end][: told + 1] == head and parts[end] != head:
            end += 1
        own = parts[place] == head or end == place + 1
        common = len(parts[place]) if own else _common(parts[place:end], told + 1)
        path, inside = "/".join(parts[place][:common]), range(place + own, end)
        is_folded = path in folded if inside else None
        yield LabelRow(
            path,
            "/".join(parts[place][told:common]),
            depth,
            labels[place] if own else None,
            tuple(labels[place:end]),
            is_folded,
        )
        if is_folded is False:
            yield from _rows(labels, parts, inside, common, depth + 1, folded)
        place = end


def _common(parts: Sequence[tuple[str, ...]], known: int) -> int:
    """How many first parts all have in common; none of them has no more than these."""
    most = min(map(len, parts)) - 1
    first = parts[0]
    while known < most and all(each[known] == first[known] for each in parts):
        known += 1
    return known
