"""Brightness and contrast of what is shown; nothing of it is saved or given to the model."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.ui.canvas.adjustment import Adjustment
from app.ui.canvas.scene import Scene


class AdjustDialog(QDialog):
    """Shows its effect while it is open, and keeps it afterwards."""

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self.setWindowTitle(self.tr("Brightness and contrast"))
        self.brightness = self._slider(scene.adjustment.brightness)
        self.contrast = self._slider(scene.adjustment.contrast)
        form = QFormLayout()
        form.addRow(self.tr("Brightness"), self.brightness)
        form.addRow(self.tr("Contrast"), self.contrast)
        note = QLabel(self.tr("For the eye only: files and model see the image as it is."), self)
        note.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Reset | QDialogButtonBox.StandardButton.Close, self
        )
        buttons.rejected.connect(self.close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        buttons.button(QDialogButtonBox.StandardButton.Reset).clicked.connect(self._reset)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(buttons)
        self.resize(380, self.sizeHint().height())

    def _slider(self, value: int) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(-100, 100)
        slider.setValue(value)
        slider.valueChanged.connect(self._on_changed)
        return slider

    @Slot()
    def _on_changed(self) -> None:
        self._scene.set_adjustment(Adjustment(self.brightness.value(), self.contrast.value()))

    @Slot()
    def _reset(self) -> None:
        self.brightness.setValue(0)
        self.contrast.setValue(0)
