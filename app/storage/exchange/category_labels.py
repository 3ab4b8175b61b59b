"""The labels that a file's classes become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.core.labels import LabelSet, as_name
from app.storage.exchange.values import ImportedCategory


def with_categories(labels: LabelSet, categories: Iterable[ImportedCategory]) -> LabelSet:
    """``labels`` with one for each category, found again by its name.

    What the file holds on a category is kept with its label, unless that already has some of the
    format.
    """
    wanted = {label_name(each.name): each.extra for each in categories}
    labels = labels.with_names(wanted)
    changed = []
    for name, extra in wanted.items():
        found = labels.named(name)
        if found is None or not extra:
            continue
        kept = found.extra.with_items({k: v for k, v in extra.items() if k not in found.extra})
        if kept is not found.extra:
            changed.append(replace(found, extra=kept))
    return labels.with_replaced(*changed)


def label_name(name: str) -> str:
    """``name`` as a label can have it."""
    return as_name(name)
