"""The bar above the canvas: what the next mask will be, and how masks are shown."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

from app.core.brush import MAX_DIAMETER, MIN_DIAMETER
from app.core.overlap import OverlapPolicy
from app.ui import icons
from app.ui.action_set import ActionSet
from app.ui.commands import Commands
from app.ui.elided import ElidedBox
from app.ui.label_keys import key_text
from app.ui.panels.objects import swatch
from app.ui.theme import Shades

LABEL_WIDTH, LEAST_LABEL_WIDTH, MOST_LABEL_WIDTH = 130, 70, 220
BUTTONS = ("hover", "by-label", "outline")


class OptionsBar(QWidget):
    """Label, overlap rule, brush size; on the right hover, colours, outlines, opacity."""

    def __init__(
        self, commands: Commands, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._session = commands.session
        self._toolbox = commands.toolbox
        self.label = ElidedBox(self)
        self.overlap = QComboBox(self)
        self.overlap_button = QToolButton(self)
        self._shades: Shades | None = None
        self.brush = QSpinBox(self)
        self.brush_slider = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self._opacity_icon = QLabel(self)
        self._brush_icon = QLabel(self)
        self._overlap_icon = QLabel(self)
        self._prepare()
        self._lay_out(actions)
        # The bar takes the room there is: one that asked for more would move image and panels.
        self.setMinimumWidth(1)
        self._session.folder_labels.changed.connect(self._show_labels)
        self._session.folder_labels.active_changed.connect(self._show_active)
        self._toolbox.changed.connect(self._show_brush)
        self._toolbox.brush_changed.connect(self._show_brush)
        commands.changed.connect(self._show_style)
        self._session.overlap_policy_changed.connect(self._show_style)
        self._show_labels()
        self._show_brush()
        self._show_style()

    def retint(self, shades: Shades) -> None:
        ratio = self.devicePixelRatioF()
        self._shades = shades
        self._show_rule()
        for label, name in (
            (self._opacity_icon, "opacity"),
            (self._brush_icon, "brush"),
            (self._overlap_icon, "overlap"),
        ):
            label.setPixmap(icons.pixmap(name, shades.muted, 18, ratio))

    def _prepare(self) -> None:
        self.label.setAccessibleName(self.tr("Label of new objects"))
        self.label.setToolTip(self.tr("Label of new objects  (1 … 9)"))
        self.label.setMinimumWidth(LABEL_WIDTH)
        self.label.setMaximumWidth(MOST_LABEL_WIDTH)
        self.label.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.label.setIconSize(QSize(14, 14))
        self.label.activated.connect(self._on_label)
        self.overlap.setAccessibleName(self.tr("Where masks overlap"))
        self.overlap.setToolTip(self.tr("What happens where a new mask covers other objects"))
        self.overlap.addItem(self.tr("Overlap allowed"), OverlapPolicy.ALLOW)
        self.overlap.addItem(self.tr("Newest wins"), OverlapPolicy.NEWEST_WINS)
        self.overlap.addItem(self.tr("Protect existing"), OverlapPolicy.PROTECT_EXISTING)
        self.overlap.activated.connect(self._on_overlap)
        self._prepare_button()
        self.brush.setRange(int(MIN_DIAMETER), int(MAX_DIAMETER))
        self.brush.setSuffix(self.tr(" px"))
        self.brush.setAccessibleName(self.tr("Brush size"))
        self.brush.setToolTip(self.tr("Brush size in image pixels  ([ and ])"))
        self.brush.valueChanged.connect(self._toolbox.set_brush_diameter)
        self.brush_slider.setRange(0, 100)
        self.brush_slider.setFixedWidth(110)
        self.brush_slider.setAccessibleName(self.tr("Brush size"))
        self.brush_slider.valueChanged.connect(self._on_brush_slider)
        self.opacity.setRange(0, 100)
        self.opacity.setFixedWidth(90)
        self.opacity.setAccessibleName(self.tr("Opacity of masks"))
        self.opacity.setToolTip(self.tr("Opacity of masks  (, and .)"))
        self.opacity.valueChanged.connect(lambda value: self._commands.set_opacity(value / 100))
        # Keys belong to the canvas; who wants these by keyboard reaches them with Tab.
        for widget in (self.label, self.overlap, self.brush, self.brush_slider, self.opacity):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _prepare_button(self) -> None:
        """The overlap rules as a menu, where there is no room for the box."""
        menu, group = QMenu(self.overlap_button), QActionGroup(self.overlap_button)
        for row in range(self.overlap.count()):
            action = menu.addAction(self.overlap.itemText(row))
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(lambda _=False, row=row: self._on_overlap(row))
        self.overlap_button.setMenu(menu)
        self.overlap_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.overlap_button.setIconSize(QSize(18, 18))
        self.overlap_button.setAutoRaise(True)
        self.overlap_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.overlap_button.setAccessibleName(self.tr("Where masks overlap"))
        self.overlap_button.hide()

    def _show_rule(self) -> None:
        """Which rule is in force; one that cuts is seen on the button, too."""
        row = self.overlap.findData(self._session.overlap_policy)
        self.overlap.setCurrentIndex(row)
        menu = self.overlap_button.menu()
        if menu is not None and row >= 0:
            menu.actions()[row].setChecked(True)
        self.overlap_button.setToolTip(
            self.tr("Where masks overlap: {0}").format(self.overlap.currentText())
        )
        if self._shades is not None:
            cuts = self._session.overlap_policy is not OverlapPolicy.ALLOW
            color = self._shades.busy if cuts else self._shades.muted
            self.overlap_button.setIcon(icons.icon("overlap", self._shades, color))

    def _lay_out(self, actions: ActionSet) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(6)
        row.addWidget(self.label)
        row.addSpacing(6)
        row.addWidget(self._overlap_icon)
        row.addWidget(self.overlap)
        row.addWidget(self.overlap_button)
        row.addSpacing(6)
        row.addWidget(self._brush_icon)
        row.addWidget(self.brush_slider)
        row.addWidget(self.brush)
        row.addStretch(1)
        for name in BUTTONS:
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setIconSize(QSize(18, 18))
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        row.addSpacing(4)
        row.addWidget(self._opacity_icon)
        row.addWidget(self.opacity)

    @Slot()
    def _show_labels(self) -> None:
        self.label.clear()
        for label in self._session.labels:
            key = f"  {key_text(label.key)}" if label.key is not None else ""
            self.label.addItem(swatch(label.color), label.name + key, label.id)
        self._show_active()

    @Slot()
    def _show_active(self) -> None:
        self.label.setCurrentIndex(self.label.findData(self._session.active_label))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """What does not fit is left out; all of it has keys or menus too."""
        brush = self._toolbox.current.name in ("brush", "eraser")
        groups = (
            ((self.brush_slider,), brush),
            ((self._opacity_icon, self.opacity), True),
            ((self._overlap_icon, self.overlap), True),
            ((self._brush_icon, self.brush), brush),
        )
        for group, wanted in groups:
            for widget in group:
                widget.setVisible(wanted)
        self.overlap_button.hide()
        self.label.setMinimumWidth(LABEL_WIDTH)
        layout = self.layout()

        def is_full() -> bool:
            return layout is not None and layout.minimumSize().width() > self.width()

        for group, _ in groups[:3]:
            if is_full():
                for widget in group:
                    widget.hide()
                # The rule goes on cutting masks: a button of its own tells which one it is.
                self.overlap_button.setVisible(self.overlap in group)
        if is_full():
            self.label.setMinimumWidth(LEAST_LABEL_WIDTH)

    @Slot()
    def _show_brush(self) -> None:
        self._make_room()
        diameter = self._toolbox.brush_diameter
        with QSignalBlocker(self.brush), QSignalBlocker(self.brush_slider):
            self.brush.setValue(round(diameter))
            self.brush_slider.setValue(_to_slider(diameter))

    @Slot()
    def _show_style(self) -> None:
        style = self._commands.canvas.scene.style
        with QSignalBlocker(self.opacity):
            self.opacity.setValue(round(style.opacity * 100))
        self._show_rule()

    @Slot(int)
    def _on_label(self, row: int) -> None:
        self._session.folder_labels.activate(self.label.itemData(row))

    @Slot(int)
    def _on_overlap(self, row: int) -> None:
        self._session.set_overlap_policy(OverlapPolicy(self.overlap.itemData(row)))

    @Slot(int)
    def _on_brush_slider(self, value: int) -> None:
        # Small brushes need fine steps, large ones do not: the slider is logarithmic.
        self._toolbox.set_brush_diameter(round(500 ** (value / 100)))


def _to_slider(diameter: float) -> int:
    from math import log

    return round(100 * log(max(diameter, 1)) / log(500))
