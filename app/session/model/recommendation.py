"""Which published model suits this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.inference.accelerator import Accelerator
from app.session.model.model_catalogue import ModelCatalogue, ShelfEntry

PLAIN = ("sam2_1_tiny",)
GPU = ("sam2_1_base_plus", *PLAIN)
LARGE_GPU = ("sam2_1_large", *GPU)
LARGE_BYTES = 7_500_000_000
"""Memory of a GPU on which the largest model works beside a desktop; sold as 8 GB."""


def recommended(
    entries: Iterable[ShelfEntry], accelerator: Accelerator, fits: Callable[[ShelfEntry], bool]
) -> str | None:
    """Name of the model to begin with; None if there is none, or no room for it.

    Args:
        entries: what can be had.
        accelerator: what models run on here.
        fits: whether there is room on the disk for what is still to be fetched.
    """
    known = {each.model.name: each for each in entries}
    large = accelerator.memory_bytes >= LARGE_BYTES
    wanted = (LARGE_GPU if large else GPU) if accelerator.is_gpu else PLAIN
    there = (known[name] for name in wanted if name in known)
    return next((each.model.name for each in there if each.path or fits(each)), None)


class Recommendation(QObject):
    """Looks once, in the background, at what the machine has; ``changed`` when that is known.

    Args:
        catalogue: what can be had.
        look: tells what models run on here; may take seconds.
    """

    changed = Signal()
    _found = Signal(object)

    def __init__(
        self,
        catalogue: ModelCatalogue,
        look: Callable[[], Accelerator],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._look = look
        self._asked = False
        self._accelerator: Accelerator | None = None
        self._found.connect(self._on_found, Qt.ConnectionType.QueuedConnection)

    @property
    def name(self) -> str | None:
        """Of the model to begin with; None while the machine is not known."""
        if self._accelerator is None:
            self._ask()
            return None
        catalogue = self._catalogue
        return recommended(
            catalogue.entries, self._accelerator, lambda each: catalogue.needs(each.model).fits
        )

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            look, found = self._look, self._found
            threading.Thread(
                target=lambda: found.emit(look()), name="accelerator", daemon=True
            ).start()

    @Slot(object)
    def _on_found(self, accelerator: Accelerator) -> None:
        self._accelerator = accelerator
        self.changed.emit()
