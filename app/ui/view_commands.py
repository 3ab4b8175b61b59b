"""What the actions do to the view: nothing of it is saved with the masks."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.session.assembly import AppContext
from app.ui.canvas.view import Canvas
from app.ui.canvas.viewport import ZOOM_STEP

OPACITY_STEP = 0.1
OPACITIES = (0.0, 1.0)


class ViewCommands(QObject):
    """Zoom, colours and what is hidden."""

    changed = Signal()
    """What is possible may be other than before."""

    def __init__(self, bench: AppContext, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bench = bench
        self.session, self.pending = bench.session, bench.pending
        self.canvas = canvas

    def zoom_in(self) -> None:
        self.canvas.zoom(ZOOM_STEP**2)

    def zoom_out(self) -> None:
        self.canvas.zoom(ZOOM_STEP**-2)

    def toggle_keep_view(self) -> None:
        self.canvas.keeps_view = not self.canvas.keeps_view
        self.changed.emit()

    def change_opacity(self, by: float) -> None:
        style = self.canvas.scene.style
        self.set_opacity(style.opacity + by)

    def set_opacity(self, opacity: float) -> None:
        """Of the masks' colour, 0 to 1."""
        low, high = OPACITIES
        self.canvas.scene.change_style(opacity=round(min(max(opacity, low), high), 2))
        self.changed.emit()

    def toggle_colors(self) -> None:
        self.canvas.scene.change_style(by_label=not self.canvas.scene.style.by_label)
        self.changed.emit()

    def toggle_outline(self) -> None:
        self.canvas.scene.change_style(outline=not self.canvas.scene.style.outline)
        self.changed.emit()

    def toggle_hover(self) -> None:
        guide = self.pending.hover_guide
        guide.set_enabled(not guide.enabled)
        self.changed.emit()

    def toggle_close_ups(self) -> None:
        close_ups = self.bench.close_ups
        close_ups.set_enabled(not close_ups.enabled)
        self.changed.emit()

    def look_closer(self) -> None:
        self.bench.close_ups.look_now()

    def toggle_hidden(self) -> None:
        self.session.toggle_hidden(self.session.selection)

    def show_all(self) -> None:
        self.session.set_hidden([])

    def hide_masks(self) -> None:
        """Until the key is let go."""
        self.canvas.set_masks_hidden(True)
