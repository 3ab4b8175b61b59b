"""The review in the window: brings each proposal into sight, and turns clicks into corrections."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QMouseEvent

from app.ui.canvas import veil
from app.ui.canvas.viewport import with_room
from app.ui.dialogs.accept_many import AcceptManyDialog
from app.ui.dialogs.audit import AuditDialog
from app.ui.dialogs.import_masks import ImportDialog
from app.ui.dialogs.propose import ProposeDialog
from app.ui.dialogs.segment_anew import SegmentAnewDialog
from app.ui.dialogs.statistics import StatisticsDialog
from app.ui.dialogs.train_proposer import TrainDialog
from app.ui.label_finder import LabelFinder
from app.ui.tools.tool import Hint
from app.ui.words import translate

if TYPE_CHECKING:
    from app.ui.window import Window


REVIEW_HEIGHT = 560
"""Of the panel at the first review; after that it is as high as it was left."""


class Shown(Enum):
    """Which mask of an object that was segmented anew is on the canvas."""

    NEW = 0
    OLD = 1
    DIFFERENCE = 2


class Reviewing(QObject):
    """Ties the queue to canvas, keys, bar and panel of a window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._commands = window.commands
        self._queue = window.parts.review
        self._shown = Shown.NEW
        self._widths: list[int] = []
        self._heights: list[int] = []
        self._height = REVIEW_HEIGHT
        self._queue.current_changed.connect(self._on_current)
        self._queue.changed.connect(self._on_changed)
        self._queue.finished.connect(self._on_finished)
        window.parts.pending.changed.connect(self._on_pending)
        window.canvas.installEventFilter(self)
        parts, canvas = window.parts, window.canvas
        window.dialogs.add_dialog("propose", self._propose_dialog)
        window.dialogs.add_dialog("train-proposer", self._train_dialog)
        window.dialogs.add_dialog("segment-anew", lambda: SegmentAnewDialog(parts, window))
        window.dialogs.add_dialog("import", self._import_dialog)
        window.dialogs.add_dialog("accept-many", self._accept_many_dialog)
        window.dialogs.add_dialog("audit", lambda: AuditDialog(parts, canvas, window))
        window.dialogs.add_dialog("statistics", lambda: StatisticsDialog(parts, window))
        window.dialogs.add_doer("review-label", self.ask_label)
        window.dialogs.add_doer("review-compare", self.compare)
        window.dialogs.add_doer("review-above", self._accept_above)
        window.review.compare_wanted.connect(self.compare)
        window.review.above.folder_wanted.connect(lambda: window.dialogs.show("accept-many"))
        self._on_changed()

    def _propose_dialog(self) -> ProposeDialog:
        window = self._window
        dialog = ProposeDialog(window.parts, window.canvas, window)
        dialog.source.train_wanted.connect(lambda: window.dialogs.show("train-proposer"))
        return dialog

    def _accept_many_dialog(self) -> AcceptManyDialog:
        window = self._window
        return AcceptManyDialog(window.parts, window.review.above.threshold.value(), window)

    def _train_dialog(self) -> TrainDialog:
        window = self._window
        dialog = TrainDialog(window.parts, window)
        dialog.propose_wanted.connect(self._propose_with_proposer)
        return dialog

    @Slot()
    def _propose_with_proposer(self) -> None:
        self._window.dialogs.show("propose")
        dialog = self._window.dialogs.current("propose")
        if isinstance(dialog, ProposeDialog):
            dialog.source.use_proposer()

    def _import_dialog(self) -> ImportDialog:
        window = self._window
        dialog = ImportDialog(window.parts, window)
        dialog.segment_wanted.connect(lambda: window.dialogs.show("segment-anew"))
        return dialog

    # -- what is seen

    def compare(self) -> None:
        """New mask, old mask, both with their difference; then from the start again."""
        self._shown = Shown((self._shown.value + 1) % len(Shown))
        self._show_masks()

    @property
    def shown(self) -> Shown:
        return self._shown

    @Slot()
    def _on_current(self) -> None:
        self._shown = Shown.NEW
        current, canvas = self._queue.current, self._window.canvas
        if current is not None and current.mask.bounds is not None:
            canvas.set_viewport(canvas.viewport.showing(with_room(current.mask.bounds)))
        self._show_masks()

    @Slot()
    def _on_pending(self) -> None:
        self._show_masks()
        self._window.pane.set_mode_hint(self._hint())

    def _show_masks(self) -> None:
        scene, current = self._window.canvas.scene, self._queue.current
        found = current.previous if current is not None else None
        plain = self._shown is Shown.NEW or self._window.parts.pending.active
        if current is None or found is None or found.mask is None or plain:
            if scene.veil is not None:
                scene.set_veil(None)
        else:
            new = current.mask if self._shown is Shown.DIFFERENCE else None
            scene.set_veil(veil.compared(found.mask, new), frozenset({current.id}))
        self._window.review.show_compared(self._shown.value)

    @Slot()
    def _on_changed(self) -> None:
        active = self._queue.active
        window = self._window
        if window.review_bar.isVisibleTo(window.pane) != active:
            if active:
                self._widths, self._heights = window.side_widths, window.side_heights
            window.review_bar.setVisible(active)
            window.show_panel("review", active)
            window.parts.pending.hover_guide.set_paused(active)
            if active:
                window.share_room("review", self._height)
                window.toolbox.take("smart")
                window.canvas.setFocus()
            else:
                # In a small window the bar had made them narrower, until its place is given up.
                layout = window.pane.layout()
                if layout is not None:
                    layout.activate()
                window.side_widths, window.side_heights = self._widths, self._heights
                if not window.parts.pending.active:
                    window.canvas.fit()
        window.pane.set_mode_hint(self._hint())

    @Slot()
    def _on_finished(self) -> None:
        self._window.canvas.fit()
        self._window.pane.banner.note(
            self.tr("Every proposal that you asked for is decided."),
            self.tr("U takes the last decision back, Esc leaves the review."),
        )

    def _hint(self) -> Hint:
        if not self._queue.active or self._window.parts.pending.active:
            return ()
        if self._queue.ended:
            return (
                ("U", translate("Hint", "take the last decision back")),
                ("Esc", translate("Hint", "leave the review")),
            )
        if self._queue.current is None:
            return (
                ("→", translate("Hint", "next image with proposals")),
                ("Esc", translate("Hint", "leave the review")),
            )
        old = (
            ("K", translate("Hint", "keep old")),
            ("C", translate("Hint", "compare")),
        )
        return (
            ("A", translate("Hint", "accept")),
            ("X", translate("Hint", "reject")),
            (translate("Hint", "E or click"), translate("Hint", "edit")),
            ("L, 1 … 9", translate("Hint", "label")),
            *(old if self._queue.can_keep_old else ()),
            ("U", translate("Hint", "undo")),
            ("Esc", translate("Hint", "leave")),
            ("→ ←", translate("Hint", "later, back")),
        )

    # -- hands

    def ask_label(self) -> None:
        """The labels to be searched, over the middle of the canvas; a digit takes its own."""
        if self._queue.current is None:
            return
        canvas = self._window.canvas
        finder = LabelFinder(self._window.parts.session, self._window, digits=True)
        self._window.theme.frame(finder)
        finder.chosen.connect(self._queue.set_label)
        finder.pop_up(canvas.mapToGlobal(canvas.rect().center()))

    def _accept_above(self) -> None:
        self._window.show_panel("review")
        self._window.review.start_above()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whatever a tool is pressed on, it is the proposal at hand that it changes."""
        pressed = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if pressed and isinstance(event, QMouseEvent) and self._queue.active:
            edits = event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
            pans = self._window.canvas.begins_pan(event)
            alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
            if edits and not pans and not alt and self._window.toolbox.current.name != "select":
                self._queue.edit()
        return False
