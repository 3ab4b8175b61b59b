"""Python's garbage of reference cycles, collected on the GUI thread only."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

INTERVAL_MS = 500
PAUSE_S = (0.0, 1.0, 2.0)
"""For so long nobody must have touched mouse or keys before a generation is collected: the older
ones take some hundredths of a second where many images are held."""
LATEST_S = 600.0
"""Who never rests is not spared for longer than this."""


class GuiGarbage(QObject):
    """Takes the collection of cycles away from whichever thread happens to allocate.

    A QObject that ends in a worker thread takes Qt's lock and then waits for Python's, which the
    GUI thread may hold while it waits for Qt's: both stop for ever. So automatic collection is
    off while this runs, and a timer of the GUI thread does it by the same thresholds, when the
    hands rest.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(parent)
        self._clock = clock
        self._touched = self._collected = clock()
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._was_automatic = False

    def start(self) -> None:
        self._was_automatic = gc.isenabled()
        gc.disable()
        # What is there by now stays; each later look has less to go through.
        gc.freeze()
        self._touched = self._collected = self._clock()
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again, if it was Python's."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_automatic:
            gc.enable()

    @Slot()
    def touch(self) -> None:
        """Somebody is at work."""
        self._touched = self._clock()

    def look(self) -> None:
        """Collect the oldest generation that is due and has the time."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        now = self._clock()
        late = now - self._collected > LATEST_S
        for generation in (2, 1, 0):
            rested = now - self._touched >= PAUSE_S[generation]
            if counts[generation] > thresholds[generation] and (rested or late):
                gc.collect(generation)
                if generation == 2:
                    self._collected = now
                return
