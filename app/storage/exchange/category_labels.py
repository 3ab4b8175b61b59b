"""The labels that a file's classes become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.core.labels import MAX_NAME, LabelSet
from app.storage.exchange.values import ImportedCategory


def with_categories(labels: LabelSet, categories: Iterable[ImportedCategory]) -> LabelSet:
    """``labels`` with one for each category, found again by its name.

    What the file holds on a category is kept with its label, unless that already has some of the
    format.
    """
    wanted = {label_name(each.name): each.extra for each in categories}
    for name, extra in wanted.items():
        found = labels.named(name)
        if found is None:
            labels = labels.with_added(name)
            found = labels.labels[-1]
        kept = found.extra.with_items({k: v for k, v in extra.items() if k not in found.extra})
        if kept is not found.extra:
            changed = replace(found, extra=kept)
            labels = replace(
                labels, labels=tuple(changed if each is found else each for each in labels)
            )
    return labels


def label_name(name: str) -> str:
    """``name`` as a label can have it."""
    printable = "".join(each if each.isprintable() else " " for each in name)
    return printable.strip()[:MAX_NAME].strip() or "object"
