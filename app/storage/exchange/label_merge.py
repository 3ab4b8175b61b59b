"""Labels merged on whole documents: objects, and those that still wait for a mask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.document import Document
from app.core.errors import Problem
from app.core.label_merge import Merge
from app.storage.exchange.waiting import Waiting, waiting, with_waiting
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
    """

    name: str
    size: tuple[int, int]
    ids: frozenset[int]
    waits: tuple[Waiting, ...] = ()

    def __len__(self) -> int:
        return len(self.ids) + len(self.waits)


def share_of(merge: Merge, name: str, document: Document) -> Share:
    waits = tuple(each for each in waiting(document) if each.label_id == merge.source)
    return Share(name, (document.height, document.width), merge.ids(document), waits)


def merged(merge: Merge, document: Document) -> Document:
    """Without the label that goes."""
    after = merge.done(document)
    return _waiting_moved(after, set(share_of(merge, "", document).waits), merge.into)


def parted(merge: Merge, share: Share, document: Document) -> Document:
    """With the old label where the merge took it, as far as it is still there."""
    after = merge.undone(document, share.ids)
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


def _waiting_moved(document: Document, those: set[Waiting], label_id: int) -> Document:
    if not those:
        return document
    return with_waiting(
        document,
        [replace(w, label_id=label_id) if w in those else w for w in waiting(document)],
    )
