"""Which labels are in use: to be known before one is taken away."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.errors import Problem
from app.storage.exchange.waiting import labels_of
from app.storage.project import Project
from app.storage.reading import read_size

__all__ = ["labels_in", "labels_of"]


def labels_in(project: Project, names: Iterable[str]) -> frozenset[int] | None:
    """Ids of the labels in use on these images; None if that cannot be known for sure."""
    used: set[int] = set()
    for name in names:
        path = project.root / name
        try:
            used |= labels_of(project.read_objects(path, *read_size(path)).document)
        except Problem:
            return None
    return frozenset(used)
