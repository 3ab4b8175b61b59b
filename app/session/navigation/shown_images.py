"""The images that the list shows, in its order: the way that next and previous go."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.image_filter import ImageFilter, ImageOrder, SortBy
from app.session.navigation.image_list import ImageList

SOONEST_MS = 300
SHARE = 10
"""While much is read, at most one part in so many of the time goes into sorting."""


class ShownImages(QObject):
    """Rows of places in the list of images, filtered and sorted.

    What is edited moves no row: an image that was marked done stays where it is until the filter or
    the order is chosen anew, or the folder is read again. What is read of the folder moves rows, in
    steps.

    Attributes:
        filter: which are shown.
        order: how they follow each other.
        rows: their places.

    ``changed``: the rows may be others.
    """

    changed = Signal()
    order_chosen = Signal()
    """By a person."""

    def __init__(self, image_list: ImageList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._image_list = image_list
        self.filter, self.order = ImageFilter(), ImageOrder()
        self.rows: Sequence[int] = range(0)
        self._row_of: dict[int, int] | None = None
        self._near: tuple[int, int] | None = None
        self._timer = QTimer(self, singleShot=True, interval=SOONEST_MS)
        self._timer.timeout.connect(self.refresh)
        image_list.opened.connect(self.refresh)
        image_list.grew.connect(self.refresh)
        image_list.summarised.connect(self._on_summarised)
        image_list.dates.found.connect(self._on_dates)

    def set_filter(self, chosen: ImageFilter) -> None:
        self.filter = chosen
        self.refresh()

    def set_order(self, order: ImageOrder) -> None:
        self.order = order
        self.refresh()

    def sort(self, order: ImageOrder) -> None:
        """A person wants this order, here from now on."""
        self.set_order(order)
        self.order_chosen.emit()

    @Slot()
    def refresh(self) -> None:
        """Filter and sort by what is known now."""
        self._timer.stop()
        begun = time.monotonic()
        image_list = self._image_list
        places = image_list.places(self.filter)
        if self.order.by is SortBy.DATE:
            image_list.ask_dates()
        self.rows = self.order.sorted(places, image_list.summary_at, image_list.date_at)
        self._row_of = self._near = None
        self.changed.emit()
        took_ms = (time.monotonic() - begun) * 1000
        self._timer.setInterval(max(SOONEST_MS, round(took_ms * SHARE)))

    def row_of(self, place: int) -> int:
        """-1 if the filter hides it."""
        if isinstance(self.rows, range):
            return self.rows.index(place) if place in self.rows else -1
        if self._row_of is None:
            self._row_of = {each: row for row, each in enumerate(self.rows)}
        return self._row_of.get(place, -1)

    def beside(self, place: int, step: int) -> int:
        """Place of the image so many rows behind (or before, if below 0) that one; -1 if none."""
        row = self.row_of(place)
        if row < 0:
            # Between two rows: the next one is the row itself.
            row = self._row_near(place) - (step > 0)
        row += step
        return self.rows[row] if 0 <= row < len(self.rows) else -1

    def behind(self, place: int) -> Iterator[int]:
        """The places of all other rows: those behind that one, then from the top."""
        row = self.row_of(place)
        first = self._row_near(place) if row < 0 else row + 1
        for number in range(len(self.rows)):
            found = self.rows[(first + number) % len(self.rows)]
            if found != place:
                yield found

    def first(self) -> int:
        """Place of the first row; -1 if there is none."""
        return self.rows[0] if self.rows else -1

    def last(self) -> int:
        return self.rows[-1] if self.rows else -1

    def _row_near(self, place: int) -> int:
        """The row that an image would have that the filter hides."""
        if place < 0 or not self.rows:
            return 0
        if self.order == ImageOrder():
            return bisect_left(self.rows, place)
        if self._near is None or self._near[0] != place:
            image_list = self._image_list
            every = sorted((*self.rows, place))
            order = self.order.sorted(every, image_list.summary_at, image_list.date_at)
            self._near = place, order.index(place)
        return self._near[1]

    @Slot(list)
    def _on_summarised(self, names: list[str]) -> None:
        if self.filter.by_contents or self.order.by_contents:
            self._soon()

    @Slot()
    def _on_dates(self) -> None:
        if self.order.by is SortBy.DATE:
            self._soon()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()
