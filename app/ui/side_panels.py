"""The panels beside the canvas: which of them is in sight, and what room they have."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from app.ui.panels.file_list import FilePanel
from app.ui.panels.labels import LabelPanel
from app.ui.panels.object_list import ObjectPanel
from app.ui.panels.review_panel import ReviewPanel
from app.ui.words import translate

LEFT, RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
LEAST_OBJECTS_PX = 330
"""So high is the panel of the objects at least, to show some of them above what describes them."""


class SidePanels(QObject):
    """The images on the left; on the right labels, or the review over them, above the objects."""

    def __init__(
        self,
        window: QMainWindow,
        files: FilePanel,
        labels: LabelPanel,
        objects: ObjectPanel,
        review: ReviewPanel,
    ) -> None:
        super().__init__(window)
        self._window = window
        self.files, self.labels, self.review = files, labels, review
        self._docks = {
            "images": self._dock(translate("Window", "Images"), "images", files, LEFT, 250),
            "labels": self._dock(translate("Window", "Labels"), "labels", labels, RIGHT, 320),
            "objects": self._dock(translate("Window", "Objects"), "objects", objects, RIGHT, 320),
            "review": self._dock(translate("Window", "Review"), "review", review, RIGHT, 320),
        }
        window.tabifyDockWidget(self._docks["labels"], self._docks["review"])
        self._docks["review"].hide()
        self.heights = [240, 560]
        self.widths = [250, 320]

    def _dock(
        self, title: str, name: str, panel: QWidget, area: Qt.DockWidgetArea, width: int
    ) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(panel)
        panel.setMinimumWidth(width - 50)
        self._window.addDockWidget(area, dock)
        return dock

    @property
    def toggles(self) -> list[QAction]:
        """One action a panel that shows it or closes it."""
        return [dock.toggleViewAction() for dock in self._docks.values()]

    def show(self, name: str, shown: bool = True) -> None:
        """Bring a panel into sight if it was closed, or close it."""
        dock = self._docks[name]
        dock.setVisible(shown)
        dock.raise_()

    def share_room(self, name: str, height: int) -> None:
        """Give a panel on the right so many pixels of its column, and the objects the rest.

        Where that leaves them less than they need the panel gets less.
        """
        column = [self._docks[name], self._docks["objects"]]
        room = sum(self.heights)
        height = max(min(height, room - LEAST_OBJECTS_PX), room // 3)
        heights = [height, room - height]
        self._window.resizeDocks(column, heights, Qt.Orientation.Vertical)

    @property
    def widths(self) -> list[int]:
        """How wide the panels on the left and on the right are."""
        return [self._docks["images"].width(), self._docks["objects"].width()]

    @widths.setter
    def widths(self, widths: list[int]) -> None:
        sides = [self._docks["images"], self._docks["objects"]]
        self._window.resizeDocks(sides, widths, Qt.Orientation.Horizontal)

    @property
    def heights(self) -> list[int]:
        """How high the labels, or what lies over them, and the objects are."""
        return [self._docks["labels"].height(), self._docks["objects"].height()]

    @heights.setter
    def heights(self, heights: list[int]) -> None:
        column = [self._docks["labels"], self._docks["objects"]]
        self._window.resizeDocks(column, heights, Qt.Orientation.Vertical)
