"""What the user may choose for good."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.session.preferences import Preferences
from app.storage.settings import GIB, MOST_PX, Settings, Theme

MEGA = 1_000_000
LANGUAGES = (("en", "English"), ("zh_CN", "简体中文"))


class SettingsDialog(QDialog):
    """Each choice takes effect at once, except for the language."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle(self.tr("Settings"))
        self.theme, self.language = QComboBox(self), QComboBox(self)
        self.hover = QCheckBox(self.tr("Show the mask under the mouse before the click"), self)
        self.close_ups = QCheckBox(
            self.tr("Look closer at answers, and at what is on the screen when zoomed in"), self
        )
        self.tidy = QCheckBox(self.tr("Leave specks and pinholes out of the model's masks"), self)
        self.row = QCheckBox(self.tr("A box around another object accepts the mask at hand"), self)
        self.slow = QCheckBox(self.tr("Hint after 30 seconds on one object"), self)
        self.empty = QCheckBox(self.tr("Say it when an image is done with nothing on it"), self)
        self.reviewed = QCheckBox(
            self.tr("A review marks an image done once nothing on it waits"), self
        )
        self.smooth = QCheckBox(self.tr("Smooth the image up to 200 %"), self)
        self.inside = QCheckBox(self.tr("Images of the folders inside a folder, too"), self)
        self.specks, self.prefetch = QSpinBox(self), QSpinBox(self)
        self.cache = QDoubleSpinBox(self)
        self.largest = QSpinBox(self)
        self._note = QLabel(self.tr("The language changes at the next start."), self)
        self._note.hide()
        self._fill()
        self._lay_out()

    def _fill(self) -> None:
        value = self._preferences.value
        for text, theme in (
            (self.tr("As the system"), Theme.SYSTEM),
            (self.tr("Dark"), Theme.DARK),
            (self.tr("Light"), Theme.LIGHT),
        ):
            self.theme.addItem(text, theme)
        self.theme.setCurrentIndex(self.theme.findData(value.theme))
        self.language.addItem(self.tr("As the system"), "system")
        for code, name in LANGUAGES:
            self.language.addItem(name, code)
        self.language.setCurrentIndex(max(0, self.language.findData(value.language)))
        self._fill_boxes(value)
        self._fill_numbers(value)
        self.largest.setRange(1, MOST_PX // MEGA)
        self.largest.setSuffix(self.tr(" megapixels"))
        self.largest.setValue(value.largest_image_px // MEGA)
        for signal in (
            self.largest.valueChanged,
            self.theme.activated,
            self.language.activated,
            self.specks.valueChanged,
            self.prefetch.valueChanged,
            self.cache.valueChanged,
        ):
            signal.connect(self._on_changed)

    def _fill_boxes(self, value: Settings) -> None:
        for box, on in (
            (self.hover, value.hover_preview),
            (self.close_ups, value.close_ups),
            (self.tidy, value.tidy_masks),
            (self.row, value.boxes_in_a_row),
            (self.slow, value.slow_object_hint),
            (self.empty, value.empty_done_told),
            (self.reviewed, value.review_marks_done),
            (self.smooth, value.smooth_pixels),
            (self.inside, value.include_subfolders),
        ):
            box.setChecked(on)
            box.toggled.connect(self._on_changed)
        self.inside.setToolTip(self.tr("From the next folder opened"))

    def _fill_numbers(self, value: Settings) -> None:
        self.specks.setRange(1, 100_000)
        self.specks.setSuffix(self.tr(" px"))
        self.specks.setValue(value.smallest_part_px)
        self.prefetch.setRange(0, 20)
        self.prefetch.setValue(value.prefetch)
        self.cache.setRange(0, 500)
        self.cache.setDecimals(1)
        self.cache.setSuffix(self.tr(" GiB"))
        self.cache.setValue(value.cache_bytes / GIB)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(9)
        form.addRow(self.tr("Theme"), self.theme)
        form.addRow(self.tr("Language"), self.language)
        form.addRow("", self._note)
        form.addRow("", self.hover)
        form.addRow("", self.close_ups)
        form.addRow("", self.tidy)
        form.addRow("", self.row)
        form.addRow("", self.slow)
        form.addRow("", self.empty)
        form.addRow("", self.reviewed)
        form.addRow("", self.smooth)
        form.addRow("", self.inside)
        form.addRow(self.tr("Specks and holes are smaller than"), self.specks)
        form.addRow(self.tr("Images prepared ahead"), self.prefetch)
        form.addRow(self.tr("Disk space for prepared images"), self.cache)
        form.addRow(self.tr("Ask before opening images above"), self.largest)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.resize(520, 400)

    @Slot()
    def _on_changed(self) -> None:
        language = self.language.currentData()
        self._note.setVisible(language != self._preferences.value.language)
        self._preferences.set(
            theme=Theme(self.theme.currentData()),
            language=language,
            hover_preview=self.hover.isChecked(),
            close_ups=self.close_ups.isChecked(),
            tidy_masks=self.tidy.isChecked(),
            boxes_in_a_row=self.row.isChecked(),
            slow_object_hint=self.slow.isChecked(),
            empty_done_told=self.empty.isChecked(),
            review_marks_done=self.reviewed.isChecked(),
            smooth_pixels=self.smooth.isChecked(),
            include_subfolders=self.inside.isChecked(),
            smallest_part_px=self.specks.value(),
            prefetch=self.prefetch.value(),
            cache_bytes=int(self.cache.value() * GIB),
            largest_image_px=self._largest_px(),
        )

    def _largest_px(self) -> int:
        """What was chosen; a value that is no whole number of megapixels stays as it was."""
        known = self._preferences.value.largest_image_px
        shown = self.largest.value()
        return known if shown == known // MEGA else shown * MEGA
