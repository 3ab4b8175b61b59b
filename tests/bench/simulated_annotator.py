"""Somebody who knows the true masks and works the program below its window, action by action.

What is worked are the objects that the window works: the session, the mask editor, the review, the
navigator, on real files. An action is a click, a key, or a stroke: a drag of the mouse, as for a
box or with the brush.

The pace is that of the keystroke-level model (Card, Moran and Newell, "The keystroke-level model
for user performance time with interactive systems", CACM 23, 1980): pointing takes 1.1 s, a key
that one has to think of 0.5 s, making up one's mind 1.35 s; a stroke is two pointings with a button
held between, and some time to steer. Scrolling, zooming and waiting for the model are not counted.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication

from app.core.mask import Mask
from app.core.prompt import Box
from app.inference.engine import Loader, load_model
from app.inference.questions import Choice
from app.session.assembly import AppContext
from app.session.folder.disk_folder import FolderOpener
from app.session.folder.lock import FolderLock
from app.session.mask.candidates import Candidate
from app.storage.places import Places
from model.evaluation.protocol import bounding_box, click_in, mask_iou, next_click, region_depth

Bool = npt.NDArray[np.bool_]

CLICK_S, KEY_S, STROKE_S, LOOK_S = 1.1, 0.5, 2.5, 1.35

GOOD = 0.85
"""A mask of so much IoU is accepted."""
MOST = 40
"""After so many actions on one object it is given up."""
HELPS, WORSE = 0.01, 0.03
"""A click that gains less has not helped; one that loses more is undone."""
PATIENCE = 2
"""So many clicks in a row that do not help, and the brush is taken."""
MOST_CLICKS = 10
"""So many corrections by clicks are enough for one object."""
BOX_ERROR = 0.02
"""Standard deviation of a box's corners, of its sides."""
STROKE_LENGTH = 8.0
"""A stroke is so many times as long as its brush is wide at most, which is what 2.5 s allow."""
TREMOR = 0.1
"""Standard deviation of the hand across a stroke, of the brush's radius."""


@dataclass(slots=True)
class Effort:
    """What was done; looks are decisions on a mask that came up and are no actions."""

    clicks: int = 0
    keys: int = 0
    strokes: int = 0
    looks: int = 0

    @property
    def actions(self) -> int:
        return self.clicks + self.keys + self.strokes

    @property
    def seconds(self) -> float:
        """At the pace above."""
        return (
            self.clicks * CLICK_S
            + self.keys * KEY_S
            + self.strokes * STROKE_S
            + self.looks * LOOK_S
        )

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            self.clicks + other.clicks,
            self.keys + other.keys,
            self.strokes + other.strokes,
            self.looks + other.looks,
        )


class Hands(Protocol):
    """What an annotator does to the mask being made, and sees of it; see ``MaskEditor``."""

    @property
    def mask(self) -> Mask | None: ...
    @property
    def candidates(self) -> Sequence[Candidate]: ...
    @property
    def chosen(self) -> int: ...
    def click(self, x: float, y: float, positive: bool = True) -> None: ...
    def box(self, x0: float, y0: float, x1: float, y1: float) -> object: ...
    def choose(self, candidate: int) -> None: ...
    def undo(self) -> object: ...
    def paint(self, track: Sequence[tuple[float, float]], radius: float, erase: bool) -> None: ...
    def accept(self) -> object | None: ...
    def drop(self) -> None: ...


class Program:
    """The program without its window, on real files.

    Args:
        load: makes the model; another one for tests.

    Raises:
        RuntimeError: from any wait, if the program told of a problem or took too long.
    """

    def __init__(self, places: Places, load: Loader = load_model) -> None:
        self._qt = QCoreApplication.instance() or QCoreApplication([])
        self._problems: list[object] = []
        opener = FolderOpener(FolderLock(places.locks), places)
        self.context = AppContext(opener, load=load, unfinished=places.unfinished)
        self.session, self.editor = self.context.session, self.context.mask_editor
        self.navigator, self.host = self.context.navigator, self.context.host
        self.review = self.context.review
        self.hands: Hands = self.editor
        for signal in (self.session.problem, self.session.image_failed, self.navigator.problem,
                       self.host.problem, self.editor.problem):  # fmt: skip
            signal.connect(self._problems.append)

    def wait(self, condition: Callable[[], bool], timeout_s: float = 600.0) -> None:
        end, pause_s = time.monotonic() + timeout_s, 0.0005
        while not condition():
            self._qt.processEvents()
            if self._problems:
                raise RuntimeError(f"the program told of a problem: {self._problems[0]}")
            if time.monotonic() > end:
                raise RuntimeError("the program took too long")
            time.sleep(pause_s)
            pause_s = min(1.3 * pause_s, 0.02)  # the thread of the model has the processor

    def open(self, folder: Path, choice: Choice | None = None) -> None:
        """Open a folder; its first image can be worked on then."""
        self.host.use_model(choice or Choice())
        self.navigator.open_folder(folder)
        self.wait(lambda: self.navigator.listing_done and self.session.picture is not None)
        self.shown()

    def use(self, choice: Choice) -> None:
        """Work with another model."""
        self.host.use_model(choice)
        self.wait(lambda: self.host.state == "ready")
        self.shown()

    def go(self, path: Path) -> None:
        """Be on that image."""
        place = self.navigator.images.place_of(path)
        if place != self.navigator.current or self.session.image_path != path:
            self.navigator.go(place)
            self.wait(lambda: self.session.image_path == path)
        self.shown()

    def shown(self) -> None:
        """The image at hand is embedded, and all of it is on the screen."""
        self.wait(lambda: self.host.embedding_state == "ready")
        picture = self.session.picture
        assert picture is not None
        self.context.zoom_embeddings.show((0, 0, picture.width, picture.height))
        self.settle()

    def settle(self) -> None:
        """Until the model has said all it has to say; people look longer at a mask than that."""
        quiet = 0
        while quiet < 4:
            self.wait(lambda: self.host.idle and not self.editor.is_predicting)
            self._qt.processEvents()
            time.sleep(0.0005)
            quiet = quiet + 1 if self.host.idle else 0

    def clear(self) -> None:
        """Delete what is on the image at hand."""
        self.session.delete([each.id for each in self.session.document or ()])

    def saved(self) -> None:
        self.wait(lambda: not self.context.saver.unsaved)

    def close(self) -> None:
        closing = self.context.close(60)
        if closing.unsaved:
            raise RuntimeError(f"not saved: {closing.unsaved}")


@dataclass(slots=True)
class Habit:
    """Begins with a click or a box: tries both in turn, then keeps to what took less time."""

    tries: int = 3
    took: dict[str, list[float]] = field(default_factory=lambda: {"click": [], "box": []})

    def way(self) -> str:
        fewest = min(self.took, key=lambda way: len(self.took[way]))
        if len(self.took[fewest]) < self.tries:
            return fewest
        return min(self.took, key=lambda way: float(np.mean(self.took[way])))

    def note(self, way: str, seconds: float) -> None:
        self.took[way].append(seconds)


@dataclass(slots=True)
class Attempt:
    """One object's course: what it took, whether it was accepted, its last IoU; of each corrective
    click the share of the object's pixels that were right before and wrong after it."""

    effort: Effort
    accepted: bool
    iou: float
    lost: list[float] = field(default_factory=list)


class Annotator:
    """Makes and mends masks on the image that is open.

    Attributes:
        spent: effort by what it was for.
    """

    def __init__(self, program: Program, seed: int) -> None:
        self._program, self._editor = program, program.hands
        self._random = np.random.default_rng(seed)
        self._tool, self._radius = "smart", 0.0
        self._now = Effort()
        self._waits = False
        self.spent: dict[str, Effort] = defaultdict(Effort)

    # -- whole objects

    def make(self, wanted: Bool, way: str, *, stays: bool = False) -> Attempt:
        """A new object, begun with ``click`` or ``box``.

        ``stays``: it waits for a box around another object to accept it, or for ``accept_waiting``.
        """
        self._take("smart")
        if way == "box":
            x0, y0, x1, y1 = self._shaken_box(wanted)
            self._accept_by_key(but=Box.between(x0, y0, x1, y1))
            self._editor.box(x0, y0, x1, y1)
            self._now.strokes += 1
        else:
            self._accept_by_key()
            self._editor.click(*click_in(wanted, self._random)[0])
            self._now.clicks += 1
        self._waits = False
        return self._end(wanted, "by hand", stays)

    def accept_waiting(self, *, by_key: bool) -> None:
        """Accept what waits before the image is left, by a key of its own or by what leaves it."""
        if by_key:
            self._accept_by_key()
            effort, self._now = self._now, Effort()
            self.spent["by hand"] += effort
        elif self._waits and self._editor.accept() is None:
            raise RuntimeError("the mask that waited cannot be accepted")
        self._waits = False
        self._program.settle()

    def _accept_by_key(self, but: Box | None = None) -> None:
        """Accept what waits, unless the box ``but``, drawn next, does so by itself."""
        if not self._waits or (but is not None and self._program.editor.prompt.is_elsewhere(but)):
            return
        if self._editor.accept() is None:
            raise RuntimeError("the mask that waited cannot be accepted")
        self._now.keys += 1
        self._program.settle()

    def _shaken_box(self, wanted: Bool) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = bounding_box(wanted).tolist()
        wide, high = BOX_ERROR * (x1 - x0), BOX_ERROR * (y1 - y0)
        shake = self._random.normal(0.0, (wide, high, wide, high))
        x0, y0, x1, y1 = (np.array([x0, y0, x1, y1]) + shake).tolist()
        height, width = wanted.shape
        return max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))

    def key(self, purpose: str = "") -> None:
        """A key was pressed; for the object at hand if no purpose is told."""
        self._note(Effort(keys=1), purpose)

    def click(self, purpose: str) -> None:
        """Something was clicked on."""
        self._note(Effort(clicks=1), purpose)

    def look(self, purpose: str = "") -> None:
        """Somebody made up his mind on a mask."""
        self._note(Effort(looks=1), purpose)

    # -- inside

    def _note(self, effort: Effort, purpose: str) -> None:
        if purpose:
            self.spent[purpose] += effort
        else:
            self._now += effort

    def _end(self, wanted: Bool, purpose: str, stays: bool) -> Attempt:
        """Correct what is at hand until it is good, accept it, or give it up."""
        lost: list[float] = []
        iou = self._seen(wanted)
        useless = clicks = 0
        by_brush = chosen = False
        while iou < GOOD and self._now.actions < MOST:
            if not (clicks or chosen) and (better := self._better(wanted, iou)) is not None:
                # Once: cards are coarse, and what looked better on one may not be.
                iou, chosen = self._choose(better, wanted), True
                continue
            by_brush = by_brush or useless >= PATIENCE or clicks >= MOST_CLICKS
            before = iou
            if by_brush:
                if (iou := self._stroke(wanted)) <= before:
                    break
                continue
            clicks += 1
            iou, share = self._correct(wanted, before)
            lost.append(share)
            useless = 0 if iou - before >= HELPS else useless + 1
        accepted = iou >= GOOD and (stays or self._editor.accept() is not None)
        if not accepted:
            self._editor.drop()
        self._waits = accepted and stays
        if not self._waits:
            self._now.keys += 1
        self._program.settle()
        effort, self._now = self._now, Effort()
        self.spent[purpose] += effort
        return Attempt(effort, accepted, iou, lost)

    @property
    def _mask(self) -> Bool:
        mask, picture = self._editor.mask, self._program.session.picture
        assert picture is not None
        if mask is None:
            return np.zeros((picture.height, picture.width), np.bool_)
        return mask.to_array()

    def _seen(self, wanted: Bool) -> float:
        self._program.settle()
        self._now.looks += 1
        return mask_iou(self._mask, wanted)

    def _better(self, wanted: Bool, iou: float) -> int | None:
        """Another answer that is clearly better; their pictures stand beside the image."""
        found = self._editor.candidates
        ious = [card_iou(each, wanted) for each in found]
        if len(ious) < 2 or max(ious) < iou + 2 * WORSE:
            return None
        best = int(np.argmax(ious))
        return None if best == self._editor.chosen else best

    def _choose(self, candidate: int, wanted: Bool) -> float:
        self._editor.choose(candidate)
        self._now.keys += 1
        return self._seen(wanted)

    def _correct(self, wanted: Bool, before: float) -> tuple[float, float]:
        """A click in the middle of the largest error, undone if it made the mask clearly worse."""
        self._take("smart")
        mask = self._mask
        following = next_click(wanted, mask, self._random)
        assert following is not None
        (x, y), label = following
        self._editor.click(x, y, bool(label))
        self._now.clicks += 1
        iou = self._seen(wanted)
        lost = np.count_nonzero((mask == wanted) & (self._mask != wanted)) / max(wanted.sum(), 1)
        if iou < before - WORSE:
            self._editor.undo()
            self._now.keys += 1
            self._program.settle()
            iou = mask_iou(self._mask, wanted)
        return iou, float(lost)

    def _stroke(self, wanted: Bool) -> float:
        track, radius, erase = stroke_for(wanted, self._mask)
        self._take("eraser" if erase else "brush")
        if not 0.7 < radius / (self._radius or 1e-9) < 1.4:
            self._radius = radius
            self._now.keys += 1
        shaken = np.asarray(track) + self._random.normal(0.0, TREMOR * radius, (len(track), 2))
        self._editor.paint([(x, y) for x, y in shaken.tolist()], radius, erase)
        self._now.strokes += 1
        return self._seen(wanted)

    def _take(self, tool: str) -> None:
        if tool != self._tool:
            self._tool = tool
            self._now.keys += 1


def card_iou(card: Candidate, wanted: Bool) -> float:
    """IoU of what the picture of an answer shows, which is as coarse as the model sees."""
    height, width = wanted.shape
    x0, y0, x1, y1 = card.place
    rows = slice(round(y0 * height), max(round(y1 * height), round(y0 * height) + 1))
    columns = slice(round(x0 * width), max(round(x1 * width), round(x0 * width) + 1))
    shape = card.thumbnail.shape[::-1]
    small = cv2.resize(
        wanted[rows, columns].astype(np.float32), shape, interpolation=cv2.INTER_AREA
    )
    return mask_iou(card.thumbnail, small >= 0.5)


def stroke_for(wanted: Bool, found: Bool) -> tuple[list[tuple[float, float]], float, bool]:
    """The stroke that puts most of the largest wrong region of ``found`` right and nothing wrong.

    Returns:
        Corners (x, y) in image pixels, the brush's radius, and whether it erases.

    Raises:
        ValueError: the masks are equal.
    """
    region, erase = _largest_error(wanted, found)
    room = region_depth(~wanted if erase else wanted)
    widest = float(room[region].max())
    best: tuple[int, list[tuple[int, int]], float] = 0, [], 0.5
    # A wide brush may go inside what is right already, so that its rim reaches a narrow error.
    for radius in (4 * widest, 2 * widest, widest, widest / 2, widest / 4):
        radius = max(radius - 0.5, 0.5)
        covered, track = _along(region, room, radius)
        if covered > 1.1 * best[0]:
            best = covered, track, radius
    _, track, radius = best
    return [(x + 0.5, y + 0.5) for x, y in track], radius, erase


def _largest_error(wanted: Bool, found: Bool) -> tuple[Bool, bool]:
    best: tuple[int, Bool | None, bool] = 0, None, False
    for wrong, erase in ((wanted & ~found, False), (found & ~wanted, True)):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(wrong.view(np.uint8))
        if count > 1:
            number = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
            area = int(stats[number, cv2.CC_STAT_AREA])
            if area > best[0]:
                best = area, labels == number, erase
    if best[1] is None:
        raise ValueError("nothing is wrong")
    return best[1], best[2]


def _along(
    region: Bool, room: npt.NDArray[np.float32], radius: float
) -> tuple[int, list[tuple[int, int]]]:
    """How much of ``region`` a brush of that radius covers in one stroke, and its way."""
    centres = room > radius
    if not centres.any():
        return 0, []
    beside = cv2.distanceTransform((~centres).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    left = np.argwhere(region & (beside <= radius))
    ys, xs = np.nonzero(centres)
    reached, length = len(left), 0.0
    track: list[tuple[int, int]] = []
    if reached:  # from one end to the other
        start = left[np.argmax(((left - left.mean(axis=0)) ** 2).sum(axis=1))]
    while len(left):
        near = int(np.argmin((ys - start[0]) ** 2 + (xs - start[1]) ** 2))
        here = int(xs[near]), int(ys[near])
        if track:
            length += float(np.hypot(here[0] - track[-1][0], here[1] - track[-1][1]))
            if length > STROKE_LENGTH * 2 * radius or not _is_free(room, track[-1], here):
                break
        track.append(here)
        to_brush = (left[:, 0] - here[1]) ** 2 + (left[:, 1] - here[0]) ** 2
        left = left[(to_brush > radius**2) & (left != start).any(axis=1)]
        if len(left):
            start = left[int(np.argmin(((left - (here[1], here[0])) ** 2).sum(axis=1)))]
    return reached - len(left), track


def _is_free(room: npt.NDArray[np.float32], start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Whether the middle of the brush stays where it may be, on a straight way."""
    steps = max(abs(start[0] - end[0]), abs(start[1] - end[1]), 1)
    share = np.arange(steps + 1) / steps
    x = np.round(start[0] + share * (end[0] - start[0])).astype(int)
    y = np.round(start[1] + share * (end[1] - start[1])).astype(int)
    return bool((room[y, x] > 0.8 * min(room[start[1], start[0]], room[end[1], end[0]])).all())
