"""The middle of the window: options, the canvas with what floats on it, the hint strip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Signal, Slot
from PySide6.QtWidgets import QMenu, QStackedLayout, QVBoxLayout, QWidget

from app.session.assembly import AppContext
from app.ui.canvas.marks import Grip
from app.ui.canvas.scene import Scene
from app.ui.canvas.view import Canvas
from app.ui.panels.banner import Banner
from app.ui.panels.candidates import CandidateCards
from app.ui.panels.hint import HintStrip
from app.ui.theme import Shades
from app.ui.tools.tool import Hint, ToolContext
from app.ui.tools.toolbox import Toolbox
from app.ui.typing import is_typing


class CanvasPane(QWidget):
    """Owns scene, canvas and toolbox, and keeps the hint strip true."""

    resized = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.scene = Scene(context.session, context.mask_editor, context.io_threads, self)
        self.canvas = Canvas(self.scene, self)
        self.toolbox = Toolbox(
            ToolContext(
                context.session,
                context.mask_editor,
                self.canvas.update,
                lambda: (self.canvas.viewport, self.canvas.ratio),
                self._ask_grip,
                context.reshaping,
                context.review,
                lambda text: self.banner.note(text),
                self.scene.point_at,
            ),
            self,
        )
        self.banner = Banner(self)
        self.hint = HintStrip(self)
        self.cards = CandidateCards(self.scene, self.canvas)
        self.cards.chosen.connect(context.mask_editor.choose)
        for widget in (self.canvas, self.banner):
            widget.installEventFilter(self)
        self.canvas.set_tool(self.toolbox.current)
        self.canvas.view_changed.connect(self._on_view)
        self.toolbox.changed.connect(self._on_tool)
        for signal in (
            self.toolbox.busy_changed,
            self.toolbox.brush_changed,
            context.mask_editor.changed,
            context.session.selection_changed,
        ):
            signal.connect(self.show_hint)
        self._mode_hint: Hint = ()
        self.toolbox.brush_changed.connect(self.canvas.update)
        self.show_hint()

    def lay_out(self, options: QWidget, welcome: QWidget, bar: QWidget) -> None:
        """Put the bars above the canvas, and what is shown while there is no image."""
        self._stack = QStackedLayout()
        self._stack.addWidget(welcome)
        self._stack.addWidget(self.canvas)
        # Whatever is written on it, it takes the room there is: panels keep their width.
        welcome.setMinimumSize(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(options)
        layout.addWidget(bar)
        layout.addLayout(self._stack, 1)
        layout.addWidget(self.hint)
        self._options = options
        welcome.installEventFilter(self)
        self._context.session.image_opened.connect(self._show_page)
        self._context.session.image_failed.connect(self._show_page)
        self._show_page()

    def retint(self, shades: Shades) -> None:
        self.banner.retint(shades)
        color = shades.surround
        red, green, blue = (int(color[n : n + 2], 16) for n in (1, 3, 5))
        self.canvas.set_surround((red, green, blue))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self.banner and kind in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._place_banner()
        elif watched is not self.banner and kind is QEvent.Type.Resize:
            self.cards.place()
            self._place_banner()
        return False

    def _place_banner(self) -> None:
        """Over the foot of the page: an image that moved under the mouse would cost clicks."""
        page = self._stack.currentWidget()
        if page is None:
            return
        area = page.geometry()
        height = min(self.banner.heightForWidth(area.width()), area.height())
        top = area.y() + area.height() - height
        self.banner.setGeometry(QRect(area.x(), top, area.width(), height))
        self.banner.raise_()

    @Slot()
    def show_hint(self) -> None:
        self.hint.show_hint(self._mode_hint or self.toolbox.current.hint())

    def set_mode_hint(self, hint: Hint) -> None:
        """What can be done in the mode the window is in; empty where the tool decides."""
        if hint != self._mode_hint:
            self._mode_hint = hint
            self.show_hint()

    @Slot()
    def _on_view(self) -> None:
        self._context.zoom_embeddings.show(self.canvas.viewport.visible_box)

    @Slot()
    def _on_tool(self) -> None:
        self.canvas.set_tool(self.toolbox.current)
        self.show_hint()

    @Slot()
    def _show_page(self) -> None:
        shown = self._context.session.picture is not None
        # Of an image that cannot be read its folder is open nevertheless.
        self._stack.setCurrentIndex(int(shown or self._context.navigator.current >= 0))
        self._options.setVisible(shown)
        self.hint.setVisible(shown)
        if shown and not is_typing():
            self.canvas.setFocus()

    def _ask_grip(self, grip: Grip, at: QPoint) -> None:
        """The menu of a mark under the right button."""
        mask_editor = self._context.mask_editor
        menu = QMenu(self)
        if grip.point is not None:
            number = grip.point
            positive = mask_editor.prompt.points[number].positive
            flip = self.tr("This is not part of it") if positive else self.tr("This is part of it")
            menu.addAction(flip).triggered.connect(lambda: mask_editor.flip_point(number))
            menu.addAction(self.tr("Remove this click") + "\tX").triggered.connect(
                lambda: mask_editor.remove_point(number)
            )
        else:
            menu.addAction(self.tr("Remove the box") + "\tX").triggered.connect(
                mask_editor.remove_box
            )
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
