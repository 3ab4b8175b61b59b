"""Labels merged on whole documents: objects, and those that still wait for a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.document import Document
from app.core.errors import Problem
from app.core.label_merge import Merge, Taken
from app.core.unsegmented import Unsegmented
from app.storage.project import Project
from app.storage.reading import read_size


@dataclass(frozen=True, slots=True)
class Share:
    """What of one image a merge is about, and what takes it back.

    Attributes:
        name: of the image.
        size: of the image, height and width.
        ids: its objects with the label that goes.
        waits: what waits for a mask with it.
        taken: its objects themselves, where they are to be deleted.
    """

    name: str
    size: tuple[int, int]
    ids: frozenset[int]
    waits: tuple[Unsegmented, ...] = ()
    taken: tuple[Taken, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        return len(self.ids) + len(self.waits)


def share_of(merge: Merge, name: str, document: Document) -> Share:
    waits = tuple(each for each in document.unsegmented if each.label_id == merge.source)
    size = document.height, document.width
    return Share(name, size, merge.ids(document), waits, merge.taken(document))


def merged(merge: Merge, document: Document) -> Document:
    """Without the label that goes."""
    after = merge.done(document)
    return _waiting_moved(after, set(share_of(merge, "", document).waits), merge.into)


def parted(merge: Merge, share: Share, document: Document) -> Document:
    """With the old label where the merge took it, as far as it is still there."""
    after = merge.undone(document, share.ids, share.taken)
    if merge.into is None:
        there = after.unsegmented
        back = [each for each in share.waits if each not in there]
        return after.with_unsegmented([*there, *back]) if back else after
    moved = {replace(each, label_id=merge.into) for each in share.waits}
    return _waiting_moved(after, moved, merge.source)


def shares(
    merge: Merge,
    project: Project,
    names: Iterable[str],
    wanted: Callable[[], bool] = lambda: True,
) -> tuple[tuple[Share, ...], tuple[str, ...]]:
    """The images that a merge is about, and those whose objects cannot be known or changed.

    Of the images up to where ``wanted`` says no.
    """
    found: list[Share] = []
    unclear: list[str] = []
    for name in names:
        if not wanted():
            break
        path = project.root / name
        written = project.objects_path(path)
        if not (written.is_file() or path.with_name(written.name).is_file()):
            continue
        if not _may_have(project, path, merge.source):
            continue
        try:
            loaded = project.read_objects(path, *read_size(path))
        except Problem:
            unclear.append(name)
            continue
        share = share_of(merge, name, loaded.document)
        if loaded.read_only is not None:
            unclear.append(name)
        elif share:
            found.append(share)
    return tuple(found), tuple(unclear)


def _may_have(project: Project, image: Path, label_id: int) -> bool:
    """Whether objects of an image may have the label, told without reading their masks."""
    use = project.use_of(image)
    named = {label.name for label in use.told.values()}
    sure = use.ids and use.ids <= set(use.told) and not project.book.former
    return not sure or project.book.label(label_id).name in named


def _waiting_moved(document: Document, those: set[Unsegmented], label_id: int | None) -> Document:
    if not those:
        return document
    if label_id is None:
        return document.with_unsegmented(
            [each for each in document.unsegmented if each not in those]
        )
    return document.with_unsegmented(
        [replace(w, label_id=label_id) if w in those else w for w in document.unsegmented]
    )
