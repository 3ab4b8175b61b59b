"""Writes the masks of a folder into one COCO file, read back and compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.core.errors import Problem
from app.session.disk_folder import DiskFolder
from app.session.exporter import images_to_export, write_coco
from app.storage.exchange.values import Export
from app.storage.folder import list_images
from app.storage.places import Places
from app.storage.project import Project
from app.storage.rescue import RescueFolder
from app.storage.shipped import SAMPLES


def export_folder(paths: Sequence[Path], target: Path) -> int:
    """Export the folder, or the images, in ``paths``; the samples if it is empty.

    Raises:
        Problem: there is nothing to export, or the file cannot be written.
    """
    root, names = _chosen(paths)
    places = Places.of_user()
    folder = DiskFolder(Project.of(root, places), RescueFolder(places.rescue))
    chosen = list_images(root) if names is None else names
    export = Export(folder.labels, images_to_export(folder, chosen))
    report = write_coco(export, target, lambda done: None)
    masks = f"{report.objects} mask{'s' * (report.objects != 1)}"
    images = f"{report.images} image{'s' * (report.images != 1)}"
    print(f"Wrote {masks} of {images} to {target}; read back and compared.")
    for skip in report.skipped:
        print(f"Left out: {skip.where}: {skip.reason}")
    return 0


def _chosen(paths: Sequence[Path]) -> tuple[Path, list[str] | None]:
    """The folder, and names in it; None for all of them."""
    if not paths:
        return SAMPLES, None
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0], None
    parents = {path.parent for path in paths}
    if len(parents) > 1 or any(not path.is_file() for path in paths):
        raise Problem(
            "One folder, or images of one folder, can be exported at a time.",
            "Name the folder that holds them.",
        )
    return parents.pop(), [path.name for path in paths]
