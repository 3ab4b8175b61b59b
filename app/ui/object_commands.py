"""What is done to objects as wholes, by keys, by the menus and by the mouse."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Signal, Slot

from app.core.mask import Mask
from app.session.assembly import AppContext
from app.ui.canvas.view import Canvas


class ObjectCommands(QObject):
    """Acts on the selected objects, and says what became of them.

    ``told`` is a sentence for the banner; ``menu_wanted`` asks for the menu of what is selected at
    a place of the screen.
    """

    told = Signal(str)
    menu_wanted = Signal(QPoint)

    def __init__(
        self,
        context: AppContext,
        canvas: Canvas,
        speck_px: Callable[[], int],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._speck_px = speck_px
        self._session, self._reshaping = context.session, context.reshaping
        self._mask_editor = context.mask_editor
        self._canvas = canvas
        canvas.nudged.connect(self.nudge)
        canvas.menu_wanted.connect(self._on_menu)

    @property
    def possible(self) -> bool:
        """Whether objects are selected that may be changed, and no mask is begun."""
        session = self._session
        if not session.selection or self._mask_editor.active or session.picture is None:
            return False
        return session.read_only is None

    def merge(self) -> None:
        chosen = self._session.unlocked(self._session.selection)
        merged = self._reshaping.merge(self._session.selection)
        document = self._session.document
        if merged is None or document is None:
            self.told.emit(self.tr("Select at least two objects that are not locked."))
            return
        label = self._session.labels.label(document.annotation(merged).label_id)
        text = self.tr("%n objects are one now, with the label {0} of the first.", "", len(chosen))
        self.told.emit(text.format(label.name))

    def split(self) -> None:
        count = self._reshaping.split(self._session.selection, self._speck_px())
        made = self.tr("%n more object(s) came of the parts.", "", count)
        self.told.emit(made if count else self.tr("No selected object has several parts."))

    def duplicate(self) -> None:
        count = self._reshaping.duplicate(self._session.selection)
        if count:
            text = self.tr("%n object(s) duplicated: drag them, or move them by the arrow keys.",
                           "", count)  # fmt: skip
            self.told.emit(text)

    def repair(self, how: Callable[[Mask], Mask]) -> None:
        count = self._reshaping.repair(self._session.selection, how)
        changed = self.tr("%n object(s) changed.", "", count)
        self.told.emit(changed if count else self.tr("There was nothing to change."))

    @Slot(int, int)
    def nudge(self, dx: int, dy: int) -> None:
        """By an arrow key; one step with those just before."""
        if self.possible:
            self._reshaping.move(self._session.selection, dx, dy, goes_on=True)

    def ask_menu(self) -> None:
        """Of the object under the mouse, or of what is selected."""
        canvas = self._canvas
        at = canvas.under_mouse
        if at is not None:
            self._on_menu(*at, canvas.cursor().pos())
        else:
            self.menu_wanted.emit(canvas.mapToGlobal(canvas.rect().center()))

    @Slot(float, float, QPoint)
    def _on_menu(self, x: float, y: float, at: QPoint) -> None:
        """Selects what is meant by a place, unless it is selected already with others."""
        found = self._session.object_at(x, y)
        if found is not None and found not in self._session.selection:
            self._session.select([found])
        self.menu_wanted.emit(at)
