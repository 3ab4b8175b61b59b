"""The mask under the mouse, before any click."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.core.errors import Problem
from app.core.prompt import Point, Prompt
from app.inference.questions import Hover, HoverPreview, Ticket
from app.session.mask.zoom_embeddings import ZoomEmbeddings
from app.session.model.model_host import ModelHost
from app.session.session import Session


class HoverPreviews(QObject):
    """Asks what a click would give, one question at a time, the newest place of the mouse next.

    Only where the picture is embedded and no mask is begun.

    Args:
        is_editing: whether a mask is begun; ``on_edited`` is called when that may be otherwise.
    """

    changed = Signal()
    tidy = True
    """Whether specks and pinholes are left out."""

    def __init__(
        self,
        session: Session,
        host: ModelHost,
        zoom_embeddings: ZoomEmbeddings,
        is_editing: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._host = host
        self._zoom_embeddings = zoom_embeddings
        self._is_editing = is_editing
        self._enabled = True
        self._paused = False
        self._numbers = itertools.count(1)
        self._place: tuple[float, float] | None = None
        self._asked: Ticket | None = None
        self._asked_place: tuple[float, float] | None = None
        self._preview: HoverPreview | None = None
        host.embedded.connect(self._on_embedded)
        zoom_embeddings.came.connect(self._on_close_up)

    @property
    def preview(self) -> HoverPreview | None:
        return self._preview

    @property
    def enabled(self) -> bool:
        return self._enabled

    @property
    def wanted(self) -> bool:
        """Whether previews are wanted now: not where a click would do nothing."""
        return self._enabled and not self._paused and self._session.read_only is None

    def set_enabled(self, enabled: bool) -> None:
        self._enabled = enabled
        if not enabled:
            self.end()

    def set_paused(self, paused: bool) -> None:
        """Ask nothing for now, whether enabled or not."""
        self._paused = paused
        if paused:
            self.end()

    def move(self, x: float, y: float) -> None:
        """The mouse is at (x, y) in image pixels."""
        self._place = (x, y)
        self._ask()

    @Slot()
    def end(self) -> None:
        """The mouse has left."""
        seen = self._preview is not None
        self.forget()
        if seen:
            self.changed.emit()

    def forget(self) -> None:
        """As ``end``, while images are swapped: nobody is told."""
        self._place = self._asked = self._asked_place = self._preview = None

    def _ask(self) -> None:
        picture, embedding = self._session.picture, self._host.embedding
        if not self.wanted or self._place is None or self._is_editing():
            return
        if picture is None or embedding is None or self._asked is not None:
            return
        x, y = self._place
        if self._place == self._asked_place or not self._is_inside(x, y):
            return
        self._asked = Ticket(picture.key, self._host.identity, next(self._numbers))
        self._asked_place = self._place
        point = Point(x, y)
        closer = self._zoom_embeddings.views_for(Prompt.of(point))
        self._host.ask(
            Hover(self._asked, embedding, point, closer=closer, tidy=self.tidy),
            partial(self._on_answered, self._asked),
            partial(self._on_failed, self._asked),
        )

    def _is_inside(self, x: float, y: float) -> bool:
        picture = self._session.picture
        return picture is not None and 0 <= x < picture.width and 0 <= y < picture.height

    def _on_answered(self, ticket: Ticket, reply: HoverPreview) -> None:
        if ticket != self._asked:
            return
        self._asked = None
        if not self._is_editing() and self._place:
            self._preview = reply
            self.changed.emit()
        self._ask()

    def _on_failed(self, ticket: Ticket, problem: Problem) -> None:
        if ticket == self._asked:
            self._asked = None

    @Slot(str)
    def _on_embedded(self, key: str) -> None:
        picture = self._session.picture
        if picture is not None and picture.key == key:
            self._asked = self._asked_place = None
            self._ask()

    @Slot()
    def _on_close_up(self) -> None:
        """The place under the mouse may look otherwise from near by."""
        if self._preview is not None or self._asked is not None:
            self._asked_place = None
            self._ask()

    @Slot()
    def on_edited(self) -> None:
        if self._is_editing():
            # What was asked before the click must not lie over what is accepted.
            self._asked = None
            if self._preview is not None:
                self._preview = None
                self.changed.emit()
        else:
            # What was accepted is to be seen: the next place of the mouse is asked for.
            self._asked_place = self._place
