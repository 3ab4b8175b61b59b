"""What is to be seen on the canvas: follows the session and says what changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from app.core.document import Annotation, Document, State
from app.core.labels import color_for
from app.core.mask import Mask
from app.core.picture import Picture
from app.inference.questions import HoverPreview
from app.session.folder.io_threads import IoThreads, Urgency
from app.session.mask.mask_editor import MaskEditor
from app.session.session import Session
from app.ui.canvas.adjustment import Adjustment
from app.ui.canvas.contrast import ground_of, seen_on
from app.ui.canvas.object_map import ObjectMap
from app.ui.canvas.overlay import Colors, OverlayStyle, color_of
from app.ui.canvas.pyramid import Pyramid
from app.ui.canvas.veil import Veil

MAX_AT_ONCE = 60
"""So many objects are mapped without anybody noticing; more are mapped on another thread."""


class Background(Protocol):
    """Runs work off the GUI thread, as ``IoThreads`` does."""

    def ask(
        self, urgency: Urgency, work: Callable[[], Any], done: Callable[[Any], None] | None = None
    ) -> object: ...


class Scene(QObject):
    """The picture at its sizes, the map of objects with their colours, the mask being made.

    ``picture_changed`` may come twice for an image: once at once, once with its reductions.
    """

    image_swapped = Signal()
    """As of the session: what is to be seen of another image is in place, and nobody is told."""
    image_changed = Signal()
    picture_changed = Signal()
    objects_changed = Signal(object)
    """A list of boxes in image pixels, or None for everything."""
    pending_changed = Signal()
    veil_changed = Signal()
    hover_changed = Signal()

    def __init__(
        self,
        session: Session,
        mask_editor: MaskEditor,
        background: IoThreads | Background,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._mask_editor = mask_editor
        self._background = background
        self.style = OverlayStyle()
        self.adjustment = Adjustment()
        self.pyramid: Pyramid | None = None
        self.objects: ObjectMap | None = None
        self.colors: Colors | None = None
        self.veil: Veil | None = None
        self._concealed: frozenset[int] = frozenset()
        self._pointed: int | None = None
        self._serial = 0
        session.image_swapped.connect(self._on_image_swapped)
        session.image_opened.connect(self.image_changed)
        session.document_changed.connect(self._on_document)
        session.selection_changed.connect(self._on_selection)
        session.hidden_changed.connect(self._on_shown)
        session.folder_labels.changed.connect(self._recolor)
        session.folder_labels.active_changed.connect(self.pending_changed)
        mask_editor.changed.connect(self._on_pending)
        mask_editor.hover_changed.connect(self.hover_changed)
        self._editing: int | None = None
        self._ground: tuple[Mask, str | None] | None = None

    @property
    def picture(self) -> Picture | None:
        return self._session.picture

    @property
    def image_path(self) -> Path | None:
        return self._session.image_path

    @property
    def mask_editor(self) -> MaskEditor:
        return self._mask_editor

    @property
    def pending_mask(self) -> Mask | None:
        """Not while a box is drawn that will give another one."""
        editor = self._mask_editor
        return editor.mask if editor.box_mask is None or editor.box_is_elsewhere else None

    @property
    def pending_color(self) -> str:
        """That of the label the mask will get, unless it is lost on what the mask lies on."""
        color, mask, picture = self._own_color, self._mask_editor.mask, self.picture
        if mask is None or picture is None:
            return color
        if self._ground is None or self._ground[0] is not mask:
            self._ground = mask, ground_of(picture.pixels, mask)
        return color if self._ground[1] is None else seen_on(color, [self._ground[1]])

    @property
    def _own_color(self) -> str:
        document, editing = self._session.document, self._mask_editor.editing
        edited = document.get(editing) if document and editing is not None else None
        if edited is not None:
            return color_of(edited, self._session.labels, self.style.by_label)
        if document is not None and not self.style.by_label:
            return color_for(document.next_id)
        return self._session.labels.label(self._session.active_label).color

    @property
    def hover(self) -> HoverPreview | Mask | None:
        """What a click under the mouse would give or decide on, or the box being drawn."""
        if self._mask_editor.box_mask is not None:
            return self._mask_editor.box_mask
        if self._mask_editor.active:
            return None
        pointed = self.pointed
        return self._mask_editor.hover_mask if pointed is None else pointed.mask

    @property
    def pointed(self) -> Annotation | None:
        """The proposal that a click would decide on; none while a mask is being made."""
        document = self._session.document
        if document is None or self._pointed is None or self._mask_editor.active:
            return None
        found = document.get(self._pointed)
        return found if found is not None and found.state is State.PROPOSED else None

    def point_at(self, annotation_id: int | None) -> None:
        """Show which proposal a click would decide on."""
        if annotation_id != self._pointed:
            self._pointed = annotation_id
            self.hover_changed.emit()

    def change_style(self, **changes: Any) -> None:
        """Other values for fields of ``style``."""
        style = replace(self.style, **changes)
        if style != self.style:
            self.style = style
            self._recolor()

    def set_adjustment(self, adjustment: Adjustment) -> None:
        if adjustment != self.adjustment:
            self.adjustment = adjustment
            self.picture_changed.emit()

    def _shown(self) -> list[Annotation]:
        """What is not hidden; the object being corrected is seen as the mask being made.

        What was rejected is seen only while it is selected.
        """
        document, chosen = self._session.document, self._session.selection
        gone = self._session.hidden | self._concealed | {self._mask_editor.editing}
        return [
            a
            for a in document or ()
            if a.id not in gone and (a.state is not State.REJECTED or a.id in chosen)
        ]

    def set_veil(self, veil: Veil | None, concealed: frozenset[int] = frozenset()) -> None:
        """Show a picture above the objects, in the place of those ``concealed``."""
        self.veil = veil
        if concealed != self._concealed:
            self._concealed = concealed
            self._on_shown()
        self.veil_changed.emit()

    @Slot()
    def _on_image_swapped(self) -> None:
        self._serial += 1
        self.objects = self.colors = self.pyramid = self.veil = None
        self._concealed, self._pointed = frozenset(), None
        self._editing = self._mask_editor.editing
        self.style = replace(self.style, selection=self._session.selection)
        picture, document = self._session.picture, self._session.document
        if picture is not None and document is not None:
            serial, pixels = self._serial, picture.pixels
            self.pyramid = Pyramid.base(pixels)
            self._background.ask(
                Urgency.OPEN,
                lambda: Pyramid.of(pixels),
                lambda pyramid: self._put_pyramid(serial, pyramid),
            )
            self._map(serial, document)
        self.image_swapped.emit()

    def _map(self, serial: int, document: Document) -> None:
        height, width, shown = document.height, document.width, self._shown()
        if len(shown) <= MAX_AT_ONCE:
            self.objects = ObjectMap(height, width, shown)
            self.colors = Colors.of(self.objects, self._session.labels, self.style)
            return
        self._background.ask(
            Urgency.OPEN,
            lambda: ObjectMap(height, width, shown),
            lambda objects: self._put_objects(serial, objects),
        )

    def _put_pyramid(self, serial: int, pyramid: Pyramid) -> None:
        if serial == self._serial:
            self.pyramid = pyramid
            self.picture_changed.emit()

    def _put_objects(self, serial: int, objects: ObjectMap) -> None:
        if serial == self._serial:
            self.objects = objects
            objects.change(self._shown())
            self._recolor()

    @Slot(object, object)
    def _on_document(self, before: Document, after: Document) -> None:
        self._on_shown()
        if self._pointed is not None:
            self.hover_changed.emit()

    @Slot()
    def _on_shown(self) -> None:
        if self.objects is None:
            return
        dirty = self.objects.change(self._shown())
        if dirty:
            self.colors = Colors.of(self.objects, self._session.labels, self.style)
            self.objects_changed.emit(dirty)

    @Slot()
    def _on_selection(self) -> None:
        selection = self._session.selection
        before, self.style = self.style, replace(self.style, selection=selection)
        document = self._session.document
        if self.objects is None or document is None:
            return
        dirty = self.objects.change(self._shown())
        self.colors = Colors.of(self.objects, self._session.labels, self.style)
        touched = [document.get(each) for each in before.selection ^ selection]
        boxes = [each.mask.bounds for each in touched if each and each.mask.bounds]
        self.objects_changed.emit(boxes + dirty)

    @Slot()
    def _recolor(self) -> None:
        if self.objects is not None:
            self.colors = Colors.of(self.objects, self._session.labels, self.style)
            self.objects_changed.emit(None)
        self.pending_changed.emit()

    @Slot()
    def _on_pending(self) -> None:
        if self._editing != self._mask_editor.editing:
            self._editing = self._mask_editor.editing
            self._on_shown()
        self.pending_changed.emit()
