"""What to look for, how closely, and which of what was found is good enough."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QSlider,
    QSpinBox,
    QWidget,
)

from app.inference.proposals import FLOOR
from model.everything import Filters, Grid, Settings, Sure

STEPS = 200


class Share(QWidget):
    """A slider and a field for one number between two."""

    changed = Signal()

    def __init__(self, name: str, least: float, most: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ends = least, most
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName(name)
        self.field = QDoubleSpinBox(self)
        self.field.setRange(least, most)
        self.field.setDecimals(2)
        self.field.setSingleStep(0.01)
        self.field.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        self.slider.valueChanged.connect(self._on_slider)
        self.field.valueChanged.connect(self._on_field)

    @property
    def value(self) -> float:
        return self.field.value()

    def put(self, value: float) -> None:
        self.field.setValue(value)

    @Slot(int)
    def _on_slider(self, step: int) -> None:
        least, most = self._ends
        self.field.setValue(least + (most - least) * step / STEPS)

    @Slot(float)
    def _on_field(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            least, most = self._ends
            share = (value - least) / (most - least)
            self.slider.setValue(round(share * STEPS))
        self.changed.emit()


class GridForm(QGroupBox):
    """How densely the model is asked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("How closely to look"))
        self._usual = Settings()
        self.points = QSpinBox(self)
        self.points.setRange(4, 128)
        self.points.setAccessibleName(self.tr("Points along each side"))
        self.layers = QComboBox(self)
        self.layers.addItem(self.tr("the whole image"), 0)
        self.layers.addItem(self.tr("the whole image, and 4 parts of it"), 1)
        self.layers.addItem(self.tr("the whole image, and 4 and 16 parts"), 2)
        self.layers.setToolTip(self.tr("Parts show small objects larger, and take longer"))
        self.ask = QComboBox(self)
        self.ask.addItem(self.tr("everywhere"), 0)
        self.ask.addItem(self.tr("not inside accepted objects"), 1)
        self.ask.addItem(self.tr("nor inside small masks that are sure"), 2)
        self.ask.setAccessibleName(self.tr("Ask"))
        self.ask.setToolTip(self.tr("What is passed over saves time; parts of it are not found"))
        form = QFormLayout(self)
        form.addRow(self.tr("Points along each side"), self.points)
        form.addRow(self.tr("Look at"), self.layers)
        form.addRow(self.tr("Ask"), self.ask)

    def put(self, usual: Settings) -> None:
        """Start from what suits the model."""
        self._usual = usual
        self.points.setValue(usual.grid.points_per_side)
        self.layers.setCurrentIndex(usual.grid.crop_layers)

    @property
    def touched(self) -> bool:
        """Whether it is other than what suits the model."""
        usual = self._usual.grid
        chosen = self.points.value(), self.layers.currentData()
        return chosen != (usual.points_per_side, usual.crop_layers)

    @property
    def avoid(self) -> bool:
        """Whether nothing is asked inside accepted objects."""
        return int(self.ask.currentData()) > 0

    @property
    def sure(self) -> Sure | None:
        """Inside which masks nothing is asked again, either."""
        return Sure() if int(self.ask.currentData()) > 1 else None

    def grid(self) -> Grid:
        return replace(
            self._usual.grid,
            points_per_side=self.points.value(),
            crop_layers=self.layers.currentData(),
            batch=16,
        )


class FilterSliders(QGroupBox):
    """Which candidates become proposals; ``changed`` with every move."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("What is good enough"))
        self._usual = Filters()
        self.touched = False
        """Whether somebody moved a slider: what is found then leaves them where they are."""
        self.score = Share(self.tr("Expected IoU above"), FLOOR.predicted_iou, 1.0, self)
        self.stability = Share(self.tr("Stability of at least"), FLOOR.stability, 1.0, self)
        self.overlap = Share(self.tr("Overlap by at most"), 0.1, FLOOR.box_iou, self)
        self.least = QSpinBox(self)
        self.least.setRange(0, 10_000_000)
        self.least.setSingleStep(50)
        self.least.setSuffix(self.tr(" px"))
        self.least.setAccessibleName(self.tr("Size of at least"))
        form = QFormLayout(self)
        form.addRow(self.tr("Expected IoU above"), self.score)
        form.addRow(self.tr("Stability of at least"), self.stability)
        form.addRow(self.tr("Overlap by at most"), self.overlap)
        form.addRow(self.tr("Size of at least"), self.least)
        for each in (self.score, self.stability, self.overlap):
            each.changed.connect(self._on_moved)
        self.least.valueChanged.connect(self._on_moved)

    def put(self, usual: Filters) -> None:
        """Start from what suits the model, or what was found."""
        with QSignalBlocker(self):
            self._put(usual)
        self.touched = False
        self.changed.emit()

    @Slot()
    def _on_moved(self) -> None:
        self.touched = True
        self.changed.emit()

    def _put(self, usual: Filters) -> None:
        self._usual = usual
        self.score.put(usual.predicted_iou)
        self.stability.put(usual.stability)
        self.overlap.put(usual.box_iou)
        self.least.setValue(usual.min_area)

    def filters(self) -> Filters:
        overlap = self.overlap.value
        return replace(
            self._usual,
            predicted_iou=self.score.value,
            stability=self.stability.value,
            box_iou=overlap,
            crop_iou=overlap,
        )
