"""Where boxes come from that are made into proposals: a detector, or the folder's own proposer."""

from __future__ import annotations

from pathlib import Path

from app.batch.proposer import FILE
from app.core.errors import Problem
from app.session.folder.disk_folder import DiskFolder
from app.session.jobs.image_tasks import Detect, by_detector, by_proposer
from app.session.session import Session
from app.storage.guarded import read_file
from model.detection.detector_file import read_description
from model.interface import ModelError
from model.proposer.proposer import MAX_BYTES, Head, loads


def proposer_of(session: Session) -> Path | None:
    """The folder's proposer, if one was trained."""
    folder = session.folder
    path = folder.project.own / FILE if isinstance(folder, DiskFolder) else None
    return path if path is not None and path.is_file() else None


def with_proposer(path: Path, *, again: bool = False) -> tuple[Detect, Head]:
    """The task, and the proposer, whose ``notes`` say how good it was on images it had not seen.

    Raises:
        Problem: it cannot be read.
    """
    try:
        head = loads(read_file(path, MAX_BYTES) or b"")
    except ModelError as error:
        raise Problem(f"{path.name} cannot be used: {error}", "Train it again.", error) from error
    return Detect(by_proposer(head), again), head


def with_detector(
    session: Session, path: Path, *, classes: bool, again: bool = False
) -> tuple[Detect, tuple[str, ...]]:
    """The task, and the names of the detector's classes.

    Args:
        session: gets a label for each class, if so wanted.
        path: the description, a TOML file.
        classes: whether classes become labels; else every mask gets the active one.
        again: also where something is proposed already.

    Raises:
        Problem: the description cannot be used.
    """
    try:
        found = read_description(path)
    except ModelError as error:
        raise Problem(f"The detector cannot be used: {error}", "", error) from error
    names = tuple(found.output.classes)
    if not classes:
        ids = [session.active_label] * len(names)
        return Detect(by_detector(path, ids), again), names
    active = session.active_label
    ids = []
    for name in names:
        label = session.labels.named(name)
        made = session.add_label(name) if label is None else label.id
        ids.append(active if made is None else made)
    session.set_active_label(active)
    return Detect(by_detector(path, ids), again), names
