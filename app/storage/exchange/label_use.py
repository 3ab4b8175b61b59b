"""Which labels are in use: to be known before one is taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from app.core.errors import Problem
from app.core.label_merge import Merge, Share
from app.core.progress import Progress, no_progress
from app.storage.folder import list_images
from app.storage.project import LABELS, OWN_FOLDER, Project
from app.storage.reading import read_size


def labels_in(project: Project, names: Iterable[str]) -> frozenset[int] | None:
    """Ids of the labels in use on these images; None if that cannot be known for sure."""
    used: set[int] = set()
    for name in names:
        path = project.root / name
        try:
            used |= project.read_objects(path, *read_size(path)).document.label_ids
        except Problem:
            return None
    return frozenset(used)


def called_otherwise(
    project: Project, names: Iterable[str], former: Mapping[str, int]
) -> list[str]:
    """The images whose objects have a label by a former name, or by a number without a name."""
    listed: dict[Path, frozenset[str]] = {}
    found = []
    for name in names:
        use = project.use_of(project.root / name, listed)
        unnamed = use.ids - set(use.told)
        told = {label.name for number, label in use.told.items() if number in use.ids}
        if unnamed or not told.isdisjoint(former):
            found.append(name)
    return found


def own_images(root: Path) -> list[str]:
    """Images below ``root`` for which no folder in between has labels of its own."""
    own: dict[Path, bool] = {root: True}

    def is_own(folder: Path) -> bool:
        if folder not in own:
            labels = folder / OWN_FOLDER / LABELS
            own[folder] = not labels.exists() and is_own(folder.parent)
        return own[folder]

    return [name for name in list_images(root, recursive=True) if is_own((root / name).parent)]


def shares(
    merge: Merge,
    project: Project,
    names: Collection[str],
    progress: Progress = no_progress,
) -> tuple[tuple[Share, ...], tuple[str, ...]]:
    """The images that a merge is about, and those whose objects cannot be known or changed.

    Args:
        progress: called with images looked at and in all; may raise to stop.
    """
    found: list[Share] = []
    unclear: list[str] = []
    for done, name in enumerate(names):
        progress(done, len(names))
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
        share = merge.share(name, loaded.document)
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
