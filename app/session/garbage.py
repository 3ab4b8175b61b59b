"""Python's garbage of reference cycles, collected on the GUI thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500


class GuiGarbage(QObject):
    """Takes the collection of cycles away from whichever thread happens to allocate.

    A QObject that ends in a worker thread takes Qt's lock and then waits for Python's, which the
    GUI thread may hold while it waits for Qt's: both stop for ever. So automatic collection is
    off while this runs, and a timer of the GUI thread does it by the same thresholds.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._was_automatic = False

    def start(self) -> None:
        self._was_automatic = gc.isenabled()
        gc.disable()
        # What is there by now stays; each later look has less to go through.
        gc.collect()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again, if it was Python's."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    def look(self) -> None:
        """Collect the oldest generation that is due."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return
