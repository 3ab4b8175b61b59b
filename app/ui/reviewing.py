"""The review in the window: brings each proposal into sight, and turns clicks into corrections."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from app.session.assembly import AppContext
from app.ui.canvas import veil
from app.ui.canvas.viewport import with_room
from app.ui.canvas_pane import CanvasPane
from app.ui.dialogs.opening import Dialogs
from app.ui.panels.review import ReviewBar
from app.ui.side_panels import SidePanels
from app.ui.theme import Theme
from app.ui.tools.tool import Hint
from app.ui.words import translate

REVIEW_HEIGHT = 560
"""Of the panel at the first review; after that it is as high as it was left."""


KEEPING = ("select", "decide")
"""Tools whose press does not begin to correct the proposal at hand."""


class Shown(Enum):
    """Which mask of an object that was segmented anew is on the canvas."""

    NEW = 0
    OLD = 1
    DIFFERENCE = 2


class Reviewing(QObject):
    """Ties the queue to canvas, keys, bar and panel of a window."""

    def __init__(
        self,
        window: QWidget,
        context: AppContext,
        pane: CanvasPane,
        panels: SidePanels,
        bar: ReviewBar,
        dialogs: Dialogs,
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self._window, self._context, self._pane = window, context, pane
        self._panels, self._bar, self._theme = panels, bar, theme
        self._queue = context.review
        self._shown = Shown.NEW
        self._widths: list[int] = []
        self._heights: list[int] = []
        self._height = REVIEW_HEIGHT
        self._whole: Path | None = None
        self._queue.current_changed.connect(self._on_current)
        self._queue.changed.connect(self._on_changed)
        self._queue.finished.connect(self._on_finished)
        self._context.mask_editor.changed.connect(self._on_pending)
        self._pane.toolbox.changed.connect(self._on_pending)
        self._pane.canvas.installEventFilter(self)
        dialogs.add_doer("review-label", self.ask_label)
        dialogs.add_doer("review-compare", self.compare)
        dialogs.add_doer("review-above", self._accept_above)
        panels.review.compare_wanted.connect(self.compare)
        panels.review.above.folder_wanted.connect(lambda: dialogs.show("accept-many"))
        self._on_changed()

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
        current, canvas = self._queue.current, self._pane.canvas
        before, self._whole = self._whole, None
        if self._queue.by_image:
            # Where one looks closer one goes on there from decision to decision.
            self._whole = self._context.session.image_path if self._queue.active else None
            if self._whole != before:
                canvas.fit()
        elif current is not None and current.mask.bounds is not None:
            canvas.set_viewport(canvas.viewport.showing(with_room(current.mask.bounds)))
        self._show_masks()

    @Slot()
    def _on_pending(self) -> None:
        self._show_masks()
        self._pane.set_mode_hint(self._hint())

    def _show_masks(self) -> None:
        scene, current = self._pane.canvas.scene, self._queue.current
        found = current.previous if current is not None else None
        plain = self._shown is Shown.NEW or self._context.mask_editor.active
        if current is None or found is None or found.mask is None or plain:
            if scene.veil is not None:
                scene.set_veil(None)
        else:
            new = current.mask if self._shown is Shown.DIFFERENCE else None
            scene.set_veil(veil.compared(found.mask, new), frozenset({current.id}))
        self._panels.review.show_compared(self._shown.value)

    @Slot()
    def _on_changed(self) -> None:
        active = self._queue.active
        if self._bar.isVisibleTo(self._pane) != active:
            if active:
                self._widths, self._heights = self._panels.widths, self._panels.heights
            self._bar.setVisible(active)
            self._panels.show("review", active)
            self._context.mask_editor.hover_previews.set_paused(active)
            if active:
                self._panels.share_room("review", self._height)
                self._pane.toolbox.take("decide" if self._queue.by_image else "smart")
                self._pane.canvas.setFocus()
            else:
                if self._pane.toolbox.current.name == "decide":
                    self._pane.toolbox.take("smart")
                # In a small window the bar had made them narrower, until its place is given up.
                layout = self._pane.layout()
                if layout is not None:
                    layout.activate()
                self._panels.widths, self._panels.heights = self._widths, self._heights
                if not self._context.mask_editor.active:
                    self._pane.canvas.fit()
        self._pane.scene.change_style(deciding=active and self._queue.by_image)
        self._pane.set_mode_hint(self._hint())

    @Slot()
    def _on_finished(self) -> None:
        self._pane.canvas.fit()
        self._pane.banner.note(
            self.tr("Every proposal that you asked for is decided."),
            self.tr("«review-undo» takes the last decision back, Esc leaves the review."),
        )

    def _hint(self) -> Hint:
        if not self._queue.active or self._context.mask_editor.active:
            return ()
        if self._pane.toolbox.current.name == "decide" and not self._queue.ended:
            return ()
        if self._queue.ended:
            return (
                ("«review-undo»", translate("Hint", "take the last decision back")),
                ("Esc", translate("Hint", "leave the review")),
            )
        if self._queue.current is None:
            return (
                ("→", translate("Hint", "next image with proposals")),
                ("Esc", translate("Hint", "leave the review")),
            )
        old = (
            ("«review-keep-old»", translate("Hint", "keep old")),
            ("«review-compare»", translate("Hint", "compare")),
        )
        return (
            ("«review-accept»", translate("Hint", "accept")),
            ("«review-reject»", translate("Hint", "reject")),
            (translate("Hint", "«review-edit» or click"), translate("Hint", "edit")),
            ("L, 1 … 9", translate("Hint", "label")),
            *(old if self._queue.can_keep_old else ()),
            ("«review-undo»", translate("Hint", "undo")),
            ("Esc", translate("Hint", "leave")),
            ("→ ←", translate("Hint", "later, back")),
        )

    # -- hands

    def ask_label(self) -> None:
        """The labels to be searched, over the middle of the canvas; a digit takes its own."""
        if self._queue.current is None:
            return
        from app.ui.label_finder import LabelFinder

        canvas = self._pane.canvas
        finder = LabelFinder(self._context.session, self._window, digits=True)
        self._theme.frame(finder)
        finder.chosen.connect(self._queue.set_label)
        finder.pop_up(canvas.mapToGlobal(canvas.rect().center()))

    def _accept_above(self) -> None:
        self._panels.show("review")
        self._panels.review.start_above()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whatever a tool is pressed on, it is the proposal at hand that it changes."""
        pressed = event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if pressed and isinstance(event, QMouseEvent) and self._queue.active:
            edits = event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
            pans = self._pane.canvas.begins_pan(event)
            alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
            if edits and not pans and not alt and self._pane.toolbox.current.name not in KEEPING:
                self._queue.edit()
        return False
