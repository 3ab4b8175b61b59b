"""What the window keeps between starts: it follows the settings, and they follow it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow

from app.session.assembly import AppContext
from app.storage.settings import ColorBy
from app.ui.canvas_pane import CanvasPane
from app.ui.commands import Commands
from app.ui.theme import Mode, Theme

SETTLED_MS = 1500
LAID_OUT = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide})


class Remembered(QObject):
    """Ties a window to the preferences in both directions."""

    def __init__(
        self,
        window: QMainWindow,
        context: AppContext,
        pane: CanvasPane,
        commands: Commands,
        theme: Theme,
    ) -> None:
        super().__init__(window)
        self._window, self._context, self._theme = window, context, theme
        self._canvas, self._toolbox = pane.canvas, pane.toolbox
        self._preferences = context.preferences
        self._restore()
        self._follow()
        self._preferences.changed.connect(self._follow)
        commands.changed.connect(self._note_view)
        self._toolbox.brush_changed.connect(self._note_view)
        self._settled = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settled.timeout.connect(self._note_layout)
        for widget in (window, *window.findChildren(QDockWidget)):
            widget.installEventFilter(self)
        self._context.navigator.folder_changed.connect(self._note_folder)

    def _restore(self) -> None:
        value, window = self._preferences.value, self._window
        if value.window_geometry:
            window.restoreGeometry(QByteArray(value.window_geometry))
        if value.window_state:
            window.restoreState(QByteArray(value.window_state))
        self._toolbox.set_brush_diameter(2 * value.brush_radius_px)
        self._canvas.scene.change_style(
            opacity=value.mask_opacity,
            outline=value.mask_outline,
            by_label=value.color_by is ColorBy.LABEL,
        )

    @Slot()
    def _follow(self) -> None:
        value, theme = self._preferences.value, self._theme
        if theme.mode != Mode(value.theme):
            theme.set_mode(Mode(value.theme))
        self._toolbox.speck_px = value.smallest_part_px
        self._canvas.set_smooth(value.smooth_pixels)
        self._canvas.keeps_view = value.keep_view

    @Slot()
    def _note_view(self) -> None:
        style = self._canvas.scene.style
        self._preferences.set(
            hover_preview=self._context.mask_editor.hover_previews.enabled,
            close_ups=self._context.zoom_embeddings.enabled,
            review_by_image=self._context.review.by_image,
            mask_opacity=style.opacity,
            mask_outline=style.outline,
            keep_view=self._canvas.keeps_view,
            color_by=ColorBy.LABEL if style.by_label else ColorBy.OBJECT,
            brush_radius_px=min(max(self._toolbox.brush_diameter / 2, 0.5), 1000.0),
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Sizes and places are kept soon after they change: the end may come without a warning."""
        if event.type() in LAID_OUT:
            self._settled.start()
        return False

    @Slot()
    def on_closing(self) -> None:
        """The window is about to close."""
        # What the review needs of the room ends with it.
        self._context.review.stop()
        self._note_layout()

    @Slot()
    def _note_layout(self) -> None:
        self._settled.stop()
        if not self._window.isVisible() or self._context.review.active:
            return
        self._preferences.set(
            window_geometry=bytes(self._window.saveGeometry().data()),
            window_state=bytes(self._window.saveState().data()),
        )

    @Slot()
    def _note_folder(self) -> None:
        folder = self._context.session.folder
        if folder is not None:
            root = Path(folder.root)
            self._preferences.put(self._preferences.value.with_recent(root))
