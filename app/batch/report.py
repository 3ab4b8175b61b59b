"""Reads a folder for its report: facts of every mask, and the pairs of the audit with pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.batch.folder import BatchFolder
from app.core.audit import Audit, Compared, Draw, Item, compare, fact_of
from app.core.document import Document
from app.core.errors import Problem
from app.core.progress import Progress, no_progress
from app.core.statistics import (
    Fact,
    ProjectStatistics,
    facts_of,
    groups_by,
    project_statistics,
)
from app.storage.object_store import StoreGoneError
from app.storage.report import AuditReport, Pair
from app.storage.report_picture import pair_picture
from model.messages import say

PICTURES = 24


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What a report says.

    Attributes:
        statistics: of the folder.
        facts: of every mask.
        audit: as far as it is done, or None.
        unread: names of images that could not be read, and why.
    """

    statistics: ProjectStatistics
    facts: tuple[Fact, ...]
    audit: AuditReport | None
    unread: tuple[tuple[str, Problem], ...]


def report_on(
    folder: BatchFolder,
    audit: Audit | None = None,
    progress: Progress = no_progress,
    pictures: int = PICTURES,
) -> FolderReport:
    """Read the objects of every image, one image in memory at a time.

    Args:
        audit: its pairs are compared, too.
        progress: called with images read and in all; may raise to stop.
        pictures: so many pairs are shown at most.
    """
    facts: list[Fact] = []
    pairs: list[Compared] = []
    unread: list[tuple[str, Problem]] = []
    items: dict[str, list[Item]] = {}
    for item in audit.items if audit is not None else ():
        items.setdefault(item.image, []).append(item)
    for number, name in enumerate(folder.names, 1):
        progress(number, len(folder.names))
        try:
            document = folder.objects(name, to_write=False).document
        except StoreGoneError:
            raise
        except Problem as problem:
            unread.append((name, problem))
            continue
        facts += facts_of(name, document)
        pairs += compare(items.get(name, ()), {name: document})

    def called(label_id: int) -> str:
        return folder.project.book.label(label_id).name

    statistics = project_statistics(facts, len(folder.names), called)
    shown = None if audit is None else _audit(folder, audit, pairs, called, pictures)
    return FolderReport(statistics, tuple(facts), shown, tuple(unread))


def draw_audit(
    folder: BatchFolder,
    count: int,
    seed: int,
    *,
    automatic_only: bool = False,
    progress: Progress = no_progress,
) -> Audit:
    """Draw masks at random from the whole folder.

    Raises:
        Problem: there is no mask to draw.
    """
    draw = Draw(count, seed, automatic_only=automatic_only)
    for number, (name, document) in enumerate(_readable(folder), 1):
        progress(number, len(folder.names))
        draw.offer(name, document)
    audit = draw.audit()
    if not audit.items:
        raise Problem(
            say("There is no mask that could be audited."), say("Accept or propose some first.")
        )
    return audit


def _readable(folder: BatchFolder) -> Iterator[tuple[str, Document]]:
    for name in folder.names:
        try:
            yield name, folder.objects(name, to_write=False).document
        except Problem:
            continue


def _audit(
    folder: BatchFolder,
    audit: Audit,
    pairs: list[Compared],
    called: Callable[[int], str],
    pictures: int,
) -> AuditReport:
    facts = tuple(fact_of(each) for each in pairs)
    groups = (
        ("label", groups_by(facts, lambda fact: called(fact.label_id))),
        ("size", groups_by(facts, lambda fact: fact.size.value)),
        ("source", groups_by(facts, lambda fact: fact.source.value)),
    )
    largest = sorted(pairs, key=lambda each: each.iou)[:pictures]
    shown = tuple(_pair(folder, each, called) for each in largest)
    checked = sum(item.checked for item in audit.items)
    return AuditReport(
        len(audit.items), checked, facts, groups, tuple(pair for pair in shown if pair)
    )


def _pair(folder: BatchFolder, each: Compared, called: Callable[[int], str]) -> Pair | None:
    try:
        picture = folder.picture(each.item.image)
    except Problem:
        return None
    gone = " (rejected or deleted)" if each.corrected is None else ""
    caption = (
        f"{each.item.image}, object {each.item.annotation_id}, {called(each.item.label_id)}: "
        f"IoU {each.iou:.3f}{gone}"
    )
    return Pair(pair_picture(picture.pixels, each.item.mask, each.corrected), caption)
