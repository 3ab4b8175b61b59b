"""What an import does to each image, made ready on a reading thread, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.document import Document
from app.core.errors import Problem
from app.session.folder.disk_folder import DiskFolder
from app.session.folder.folder_protocol import Token
from app.storage.exchange.images import Size
from app.storage.sidecar import read_back


@dataclass(frozen=True, slots=True)
class Step:
    """An image to be changed: whether its objects are as they must be, what becomes of them."""

    name: str
    size: Size
    fits: Callable[[Document], bool]
    wanted: Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Ready:
    """A step about to be done: what its file holds, what becomes of it, and the way back."""

    name: str
    document: Document
    token: Token
    after: Document
    back: Step


@dataclass(slots=True)
class Pass:
    """Images to be changed, one after the other, and what takes the changes back."""

    name: str
    steps: list[Step]
    done: int = 0
    changed: list[Step] = field(default_factory=list)


def ready_step(folder: DiskFolder, step: Step) -> Ready | None:
    """The step with what is there now; None if that was edited meanwhile or cannot be read."""
    try:
        loaded = folder.project.read_objects(folder.root / step.name, *step.size)
        document = loaded.document
        if loaded.read_only is not None or not step.fits(document):
            return None
        # As it will be read again: memory and file never differ over what files leave out.
        after = read_back(step.wanted(document))
    except Problem:
        return None
    seen = hash(after)
    back = Step(step.name, step.size, lambda found: hash(found) == seen, lambda _: document)
    return Ready(step.name, document, loaded.token, after, back)


def exactly(expected: Document, wanted: Document) -> Callable[[Document], Document]:
    """``wanted`` in the place of ``expected``; what was edited meanwhile stays.

    ``expected`` was read from a file, and the document in memory may know what no file tells.
    """

    def changed(document: Document) -> Document:
        same = document == expected or read_back(document) == expected
        return wanted if same else document

    return changed
