"""The bar of the review: how far, how fast, and the decisions as buttons."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from app.ui.action_set import ActionSet
from app.ui.commands import Commands
from app.ui.elided import ElidedLabel

BUTTONS = ("review-accept", "review-reject", "review-edit", "review-label",
           "review-accept-selected", "review-accept-rest", "review-reject-rest", "review-whole",
           "review-undo", "review")  # fmt: skip
ONE_BY_ONE = frozenset({"review-accept", "review-reject", "review-edit", "review-label"})
WHOLE = frozenset({"review-accept-selected", "review-accept-rest", "review-reject-rest"})
TICK_MS = 5000
SPACING = 8
JOIN = "  ·  "


class ReviewBar(QWidget):
    """Stands above the canvas while the review goes on."""

    def __init__(
        self, commands: Commands, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._queue = commands.context.review
        self._images = commands.context.image_list
        self.told = ElidedLabel(self)
        self._parts: list[str] = []
        self._room_for = ""
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(90, 6)
        self.progress.setAccessibleName(self.tr("Decided on this image"))
        self._tip = self.tr(
            "Decided on this image; left in the whole folder; decisions of five minutes"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(SPACING)
        row.addWidget(self.progress)
        # Words that grow must not push the panels, and with them the image, aside.
        row.addWidget(self.told, 1)
        words = (self.tr("Accept"), self.tr("Reject"), self.tr("Edit"), self.tr("Label"),
                 self.tr("Accept selected only"), self.tr("Accept the rest"),
                 self.tr("Reject the rest"), self.tr("Whole image"), self.tr("Undo"),
                 self.tr("Leave"))  # fmt: skip
        self._buttons = [
            self._button(actions, name, text) for name, text in zip(BUTTONS, words, strict=True)
        ]
        for button in self._buttons:
            row.addWidget(button)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self._queue.changed.connect(self.refresh)
        commands.navigator.statuses_changed.connect(self.refresh)
        self.hide()

    def _button(self, actions: ActionSet, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        actions[name].setIconText(text)
        button.setDefaultAction(actions[name])
        button.setIconSize(QSize(16, 16))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where it is narrow the words on the buttons go first: tips and the keys below tell.

        What may come and go beside the first words takes only the room that is left, so that the
        buttons stay where they are under the mouse.
        """
        styles = Qt.ToolButtonStyle
        for style in (styles.ToolButtonTextBesideIcon, styles.ToolButtonIconOnly):
            for button in self._buttons:
                button.setToolButtonStyle(style)
            there = [each for each in self._buttons if not each.isHidden()]
            wanted = sum(button.sizeHint().width() + SPACING for button in there)
            left = self.width() - wanted - self.progress.width() - 4 * SPACING
            if self.fontMetrics().horizontalAdvance(self._room_for) <= left:
                break
        texts = [JOIN.join(self._parts[:n]) for n in range(len(self._parts), 0, -1)]
        fitting = (each for each in texts if self.fontMetrics().horizontalAdvance(each) <= left)
        self.told.setText(next(fitting, texts[-1] if texts else ""))
        self.told.setToolTip("\n".join([JOIN.join(self._parts), self._tip]))

    @Slot()
    def refresh(self) -> None:
        if not self._queue.active:
            self._tick.stop()
            return
        self._tick.start()
        for name, button in zip(BUTTONS, self._buttons, strict=True):
            button.setVisible(name not in (ONE_BY_ONE if self._queue.by_image else WHOLE))
        done, place = self._queue.progress, self._queue.place
        self.progress.setRange(0, max(done.total, 1))
        self.progress.setValue(done.decided)
        number = QLocale().toString
        text = self.tr("{0} of {1} decided here")
        self._room_for = text.format(number(done.total), number(done.total))
        if self._queue.ended:
            parts = [self.tr("All reviewed")]
        elif place < 0 and not self._queue.by_image:
            parts = [self.tr("Nothing proposed here")]
        else:
            parts = [text.format(number(done.decided), number(done.total))]
        images, objects = self._images.proposed
        if images > 1 or (place < 0 and objects > 0):
            left = self.tr("%n left", "", objects)
            parts.append(left + " " + self.tr("in %n image(s)", "", images))
        if self._queue.decided > 1:
            parts.append(self.tr("{0} per minute").format(f"{self._queue.per_minute:.0f}"))
        self._parts = parts
        self._fit()
