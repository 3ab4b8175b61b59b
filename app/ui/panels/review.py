"""The bar of the review: how far, how fast, and the decisions as buttons."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from app.ui.action_set import ActionSet
from app.ui.commands import Commands

BUTTONS = ("review-accept", "review-reject", "review-edit", "review-label", "review-undo",
           "review")  # fmt: skip
TICK_MS = 5000


class ReviewBar(QWidget):
    """Stands above the canvas while the review goes on."""

    def __init__(
        self, commands: Commands, actions: ActionSet, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self._queue = commands.bench.review
        self._listing = commands.bench.listing
        self.here = QLabel(self)
        self.left = QLabel(self)
        self.rate = QLabel(self)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(90, 6)
        self.progress.setAccessibleName(self.tr("Decided on this image"))
        self.rate.setToolTip(self.tr("Decisions of the last five minutes"))
        self.left.setToolTip(self.tr("Proposals in the whole folder"))
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(8)
        row.addWidget(self.progress)
        for label in (self.here, self.left, self.rate):
            # Words that grow must not push the panels, and with them the image, aside.
            label.setMinimumWidth(1)
            row.addWidget(label)
        row.addStretch(1)
        words = (self.tr("Accept"), self.tr("Reject"), self.tr("Edit"), self.tr("Label"),
                 self.tr("Undo"), self.tr("Leave"))  # fmt: skip
        for name, text in zip(BUTTONS, words, strict=True):
            row.addWidget(self._button(actions, name, text))
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self._queue.changed.connect(self.refresh)
        commands.navigator.statuses_changed.connect(self.refresh)
        self.hide()

    def _button(self, actions: ActionSet, name: str, text: str) -> QToolButton:
        button = QToolButton(self)
        actions[name].setIconText(text)
        button.setDefaultAction(actions[name])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(QSize(16, 16))
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @Slot()
    def refresh(self) -> None:
        if not self._queue.active:
            self._tick.stop()
            return
        self._tick.start()
        done, place = self._queue.progress, self._queue.place
        self.progress.setRange(0, max(done.total, 1))
        self.progress.setValue(done.decided)
        number = QLocale().toString
        if self._queue.ended:
            self.here.setText(self.tr("All reviewed"))
        elif place < 0:
            self.here.setText(self.tr("Nothing proposed here"))
        else:
            text = self.tr("{0} of {1} decided here")
            self.here.setText(text.format(number(done.decided), number(done.total)))
        images, objects = self._listing.proposed
        left = self.tr("%n left", "", objects)
        self.left.setText(left + " " + self.tr("in %n image(s)", "", images))
        self.left.setVisible(images > 1 or (place < 0 and objects > 0))
        self.rate.setText(self.tr("{0} per minute").format(f"{self._queue.per_minute:.0f}"))
        self.rate.setVisible(self._queue.decided > 1)
