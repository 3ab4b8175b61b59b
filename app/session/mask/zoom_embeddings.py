"""Zoom in, and the model sees what you see: windows of the image embedded by themselves."""

from __future__ import annotations

from collections import OrderedDict
from enum import Enum
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core.errors import Problem
from app.core.mask import Bounds
from app.core.prompt import Prompt
from app.inference.questions import Answer, CloseUp, Embedded, Feed, Looked, TooSlow
from app.session.model.model_host import ModelHost
from app.session.model.server_watch import comes_back
from app.session.session import Session
from model.close_up import Box, box_of_points, contains, holds, window_for_view
from model.interface import Cancelled, Embedding
from model.transforms import PixelWindow

REST_MS = 150
"""A view that has stayed so long is looked at."""
RETRY_MS = 300
QUICK_S = 1.0
"""A model that embeds in so much time looks closer by itself; a slower one when it is asked to.

Several times what the built-in model takes, for machines have other things to do, too.
"""
HELD_BYTES = 96 << 20

Key = tuple[str, str, PixelWindow]


class Sight(Enum):
    """What the model sees of the part of the image that is on the screen.

    ``WHOLE``: the whole image, for one has not zoomed in, or nothing more is to be seen.
    ``OFFERED``: the whole image, for the model is slow; it looks closer when it is asked to.
    ``LOOKING``: it is looking closer because it was asked to. ``CLOSE``: it sees what one sees.
    """

    WHOLE = "whole"
    OFFERED = "offered"
    LOOKING = "looking"
    CLOSE = "close"


class ZoomEmbeddings(QObject):
    """Embeds what is on the screen when it has come to rest, and keeps a few of these.

    The image as a whole and clicks go first; whatever is looked at is given up for them and taken
    up again. Held in memory alone: one is made again in the time of a glance.
    """

    changed = Signal()
    came = Signal()
    """One more is there."""

    def __init__(self, session: Session, host: ModelHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._host = host
        self._enabled = True
        self._view: Bounds | None = None
        self._around: PixelWindow | None = None
        self._held: OrderedDict[Key, Embedding] = OrderedDict()
        self._asked: CloseUp | None = None
        self._by_hand = False
        self._took_s: dict[str, float] = {}
        self._tried: set[str] = set()
        self._failed: set[Key] = set()
        self._told = (Sight.WHOLE, False)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._look)
        host.made.connect(self._on_made)
        host.embedded.connect(self._on_embedded)
        host.state_changed.connect(self._tell)
        session.image_swapped.connect(self._on_image_swapped)
        session.image_opened.connect(self._tell)

    # -- what the window asks

    @property
    def enabled(self) -> bool:
        return self._enabled

    def set_enabled(self, enabled: bool) -> None:
        if enabled != self._enabled:
            self._enabled = enabled
            self._rest.start(REST_MS)
            self._tell()

    def show(self, view: Bounds) -> None:
        """This part of the image is on the screen now, x0, y0, x1, y1."""
        if view != self._view:
            self._view = view
            self._rest.start(REST_MS)
            self._tell()

    @property
    def sight(self) -> Sight:
        wanted = self._wanted()
        if wanted is None:
            return Sight.WHOLE
        if self._near() is not None:
            return Sight.CLOSE
        if self._by_hand and self._asked is not None:
            return Sight.LOOKING
        return Sight.WHOLE if self._quick else Sight.OFFERED

    @property
    def can_look(self) -> bool:
        """Whether there is more to be seen of what is on the screen."""
        return self._wanted() is not None and self._near() is None

    def look_now(self) -> None:
        """Look closer, however long it takes."""
        window = self._wanted()
        if window is not None and self._near() is None:
            self._by_hand = True
            self._ask(window, None)

    # -- what clicks ask

    def look_around(self, window: PixelWindow | None) -> None:
        """Embed this window around the mask at hand as soon as nobody waits; None for no more.

        Only with models that are quick.
        """
        if window != self._around:
            self._around = window
            if window is not None:
                self._look()

    def held(self, window: PixelWindow) -> Embedding | None:
        """The close-up of this window of the image at hand, if it is there."""
        return self._held.get(self._key(window))

    def views_for(self, prompt: Prompt, feed: Feed | None = None) -> tuple[Embedding, ...]:
        """The close-ups in which a prompt is best answered, the best first; none for the whole
        image.

        That in which the earlier answer was given or that around the mask at hand, then that of
        what is on the screen, if all of the prompt, and of the mask it starts from, lies well
        inside.
        """
        picture = self._session.picture
        if picture is None or not self._enabled:
            return ()
        size = picture.height, picture.width
        mask = feed.mask if isinstance(feed, Answer) else feed
        before = feed.basis[0].transform.window if isinstance(feed, Answer) else None
        around = self._around if feed is not None else None
        inside = (_box_of(prompt), mask.bounds if mask is not None else None)
        near = self._near()
        found: dict[PixelWindow, Embedding] = {}
        for window in (before, around, near.window if near is not None else None):
            held = None if window is None else self._held.get(self._key(window))
            if window and held and contains(window, size, *inside):
                self._held.move_to_end(self._key(window))
                found[window] = held
        return tuple(found.values())[:2]

    # -- inside

    @Slot()
    def _tell(self) -> None:
        """Only what is other than before: views change many times a second."""
        now = self.sight, self.can_look
        if now != self._told:
            self._told = now
            self.changed.emit()

    def _key(self, window: PixelWindow) -> Key:
        picture = self._session.picture
        return picture.key if picture is not None else "", self._host.image_identity, window

    @property
    def _quick(self) -> bool:
        """Whether the model was quick before, or was not tried yet.

        The first image takes a model longest, and tells little.
        """
        model = self._host.image_identity
        return model not in self._tried or self._took_s.get(model, QUICK_S) <= QUICK_S

    def _wanted(self) -> PixelWindow | None:
        """The window for what is on the screen; None where the whole image will do."""
        picture, host = self._session.picture, self._host
        if picture is None or self._view is None or not self._enabled or host.embedding is None:
            return None
        side = host.embedding.transform.input_size
        return window_for_view(self._view, (picture.height, picture.width), side)

    def _near(self) -> Embedding | None:
        """The closest one at hand that holds what is on the screen."""
        picture, identity, view = self._session.picture, self._host.image_identity, self._view
        whole = self._host.embedding
        if picture is None or view is None or whole is None or self._wanted() is None:
            return None
        side = whole.transform.input_size
        found = [
            embedding
            for (key, model, window), embedding in self._held.items()
            if (key, model) == (picture.key, identity) and holds(window, view, side)
        ]
        return min(found, key=lambda each: max(each.transform.seen_size), default=None)

    @Slot()
    def _look(self) -> None:
        """Once the view has come to rest: first at the mask at hand, then at what is shown."""
        window = self._around if self._lacks(self._around) else self._wanted()
        if window is None:
            self._give_up()
        elif self._quick and self._lacks(window) and (window == self._around or not self._near()):
            self._ask(window, QUICK_S)

    def _lacks(self, window: PixelWindow | None) -> bool:
        """Whether a window is still to be embedded, and may be."""
        if window is None or not self._enabled or self._host.embedding is None:
            return False
        key = self._key(window)
        return key not in self._held and key not in self._failed

    def _ask(self, window: PixelWindow, within_s: float | None) -> None:
        picture, asked = self._session.picture, self._asked
        if picture is None or (asked is not None and asked.window == window):
            return
        self._asked = asked = CloseUp(picture, window, within_s)
        failed, given_up = partial(self._on_failed, asked), partial(self._on_given_up, asked)
        self._host.ask(asked, partial(self._on_answered, asked), failed, given_up)
        self._tell()

    def _give_up(self) -> None:
        if self._asked is not None:
            self._host.cancel(self._asked)
            self._asked, self._by_hand = None, False
            self._tell()

    def _on_answered(self, question: CloseUp, reply: Looked) -> None:
        if question is self._asked:
            self._asked, self._by_hand = None, False
        embedding = reply.embedding
        self._note(embedding.model, reply.seconds)
        self._tried.add(embedding.model)
        self._held[question.picture.key, embedding.model, question.window] = embedding
        while sum(each.size_bytes for each in self._held.values()) > HELD_BYTES:
            if len(self._held) == 1:
                break
            self._held.popitem(last=False)
        self.came.emit()
        self._tell()
        if self._asked is None and not self._rest.isActive():
            self._look()

    def _on_failed(self, question: CloseUp, problem: Problem) -> None:
        if question is self._asked:
            self._asked, self._by_hand = None, False
            self._host.server.failed(problem)
            if not comes_back(problem):
                self._failed.add(self._key(question.window))
            self._tell()

    def _on_given_up(self, question: CloseUp, why: Cancelled) -> None:
        if question is not self._asked:
            return
        by_hand, self._asked, self._by_hand = self._by_hand, None, False
        if isinstance(why, TooSlow):
            self._tried.add(self._host.image_identity)
            self._took_s.setdefault(self._host.image_identity, 2 * QUICK_S)
            if self._quick:
                self._rest.start(10 * RETRY_MS)
        elif by_hand:
            # A click came between; nobody should have to ask twice.
            self._by_hand = True
            self._ask(question.window, None)
        else:
            self._rest.start(RETRY_MS)
        self._tell()

    @Slot(object)
    def _on_made(self, embedded: Embedded) -> None:
        self._note(embedded.embedding.model, embedded.seconds)

    def _note(self, model: str, seconds: float) -> None:
        """The quickest counts: now and then something else holds the machine up."""
        self._took_s[model] = min(seconds, self._took_s.get(model, seconds))

    @Slot(str)
    def _on_embedded(self, key: str) -> None:
        picture = self._session.picture
        if picture is not None and picture.key == key:
            self._rest.start(REST_MS)

    @Slot()
    def _on_image_swapped(self) -> None:
        self._view = self._asked = self._around = None
        self._by_hand = False
        self._rest.stop()


def _box_of(prompt: Prompt) -> Box | None:
    corners = [(point.x, point.y) for point in prompt.points]
    if prompt.box is not None:
        corners += [(prompt.box.x0, prompt.box.y0), (prompt.box.x1, prompt.box.y1)]
    return box_of_points(corners)
