"""Which object is seen at each pixel: what makes painting thousands of masks as cheap as one.

Each pixel holds the slot of the object on top, small objects above large ones, so that a part stays
visible on its whole. A change touches the box of the changed object only. Nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.document import Annotation
from app.core.mask import Bounds, Mask, boxes_meet

Slots = npt.NDArray[np.unsignedinteger[Any]]

MAX_MAP_PIXELS = 64 << 20
"""Larger images are mapped at a half or a third: this is for the screen, not for the file."""
MAX_SMALL = 60_000
MANY = 200
"""So many changed masks are mapped anew with all others sooner than one by one."""


class ObjectMap:
    """Slots of the objects on top, and back.

    Attributes:
        stride: image pixels per cell and side; 1 but for enormous images.
        slots: (ceil(H / stride), ceil(W / stride)); 0 where there is no object.
        objects: the annotation in each slot; None where the slot is free, and for slot 0.
    """

    def __init__(self, height: int, width: int, annotations: Iterable[Annotation] = ()) -> None:
        shown = list(annotations)
        self.height, self.width = height, width
        self.stride = 1
        while (height // self.stride) * (width // self.stride) > MAX_MAP_PIXELS:
            self.stride += 1
        size = -(-height // self.stride), -(-width // self.stride)
        small = len(shown) < MAX_SMALL
        self.slots: Slots = np.zeros(size, np.uint16 if small else np.uint32)
        self._place(shown)

    def _place(self, annotations: Iterable[Annotation]) -> None:
        """Map these on empty cells: the smallest is on top."""
        self.objects: list[Annotation | None] = [None]
        self._areas: list[float] = [inf]
        self._slot_of: dict[int, int] = {}
        for annotation in sorted(annotations, key=lambda each: each.mask.area, reverse=True):
            slot = self._take(annotation)
            box = self._cells(annotation.mask)
            if box is not None:
                window, pixels = self._window(annotation.mask, box)
                window[pixels] = slot

    def __contains__(self, annotation_id: object) -> bool:
        return annotation_id in self._slot_of

    def slot(self, annotation_id: int) -> int:
        """The slot of an object, 0 if it is not shown."""
        return self._slot_of.get(annotation_id, 0)

    def change(self, shown: Sequence[Annotation]) -> list[Bounds]:
        """Show these and no others; the boxes in image pixels that may look different now."""
        wanted = {annotation.id: annotation for annotation in shown}
        if self._changes(wanted) > MANY:
            self.slots[:] = 0
            self._place(shown)
            return [(0, 0, self.width, self.height)]
        dirty: list[Bounds] = []
        for annotation_id in [each for each in self._slot_of if each not in wanted]:
            dirty += self._remove(annotation_id)
        for annotation in shown:
            slot = self.slot(annotation.id)
            old = self.objects[slot]
            if old is None:
                dirty += self._add(annotation)
            elif old is not annotation:
                self.objects[slot] = annotation
                if old.mask is not annotation.mask:
                    dirty += self._remove(annotation.id, old)
                    dirty += self._add(annotation)
                elif annotation.mask.bounds is not None:
                    dirty.append(annotation.mask.bounds)
        return dirty

    def _changes(self, wanted: Mapping[int, Annotation]) -> int:
        """How many masks are mapped otherwise than they should be."""
        known = {each.id: each.mask for each in self.objects if each is not None}
        kept = sum(known.get(each.id) is each.mask for each in wanted.values())
        return max(len(known), len(wanted)) - kept

    def _take(self, annotation: Annotation) -> int:
        slot = 0
        if len(self._slot_of) < len(self.objects) - 1:
            slot = next((n for n in range(1, len(self.objects)) if self.objects[n] is None), 0)
        if not slot:
            slot = len(self.objects)
            self.objects.append(None)
            self._areas.append(inf)
            if slot > np.iinfo(self.slots.dtype).max:
                self.slots = self.slots.astype(np.uint32)
        self.objects[slot] = annotation
        self._areas[slot] = annotation.mask.area
        self._slot_of[annotation.id] = slot
        return slot

    def _add(self, annotation: Annotation) -> list[Bounds]:
        slot = self._take(annotation)
        box = self._cells(annotation.mask)
        if box is None or annotation.mask.bounds is None:
            return []
        window, pixels = self._window(annotation.mask, box)
        above = np.asarray(self._areas)[window] >= annotation.mask.area
        window[pixels & above] = slot
        return [annotation.mask.bounds]

    def _remove(self, annotation_id: int, old: Annotation | None = None) -> list[Bounds]:
        slot = self._slot_of.pop(annotation_id)
        gone = old or self.objects[slot]
        self.objects[slot] = None
        self._areas[slot] = inf
        if gone is None or gone.mask.bounds is None:
            return []
        box = self._cells(gone.mask)
        if box is not None:
            window = self.slots[box[1] : box[3], box[0] : box[2]]
            hole = window == slot
            window[hole] = 0
            self._fill(hole, window, box, gone.mask.bounds)
        return [gone.mask.bounds]

    def _fill(self, hole: npt.NDArray[np.bool_], window: Slots, box: Bounds, at: Bounds) -> None:
        """Show what lay under a removed object."""
        under = [each for each in self.objects if each and boxes_meet(each.mask.bounds, at)]
        for annotation in sorted(under, key=lambda each: each.mask.area):
            cells = self._cells(annotation.mask)
            if cells is None:
                continue
            x0, y0 = max(box[0], cells[0]), max(box[1], cells[1])
            x1, y1 = min(box[2], cells[2]), min(box[3], cells[3])
            if x0 >= x1 or y0 >= y1:
                continue
            inner = np.s_[y0 - box[1] : y1 - box[1], x0 - box[0] : x1 - box[0]]
            pixels = self._crop(annotation.mask, (x0, y0, x1, y1)) & hole[inner]
            window[inner][pixels & (window[inner] == 0)] = self._slot_of[annotation.id]

    def _cells(self, mask: Mask) -> Bounds | None:
        """The cells that sample a mask's box; None if none does."""
        if mask.bounds is None:
            return None
        s = self.stride
        x0, y0, x1, y1 = mask.bounds
        box = -(-x0 // s), -(-y0 // s), -(-x1 // s), -(-y1 // s)
        return box if box[0] < box[2] and box[1] < box[3] else None

    def _crop(self, mask: Mask, cells: Bounds) -> npt.NDArray[np.bool_]:
        s = self.stride
        x0, y0, x1, y1 = cells
        end = min((x1 - 1) * s + 1, self.width), min((y1 - 1) * s + 1, self.height)
        return mask.crop((x0 * s, y0 * s, *end), s)

    def _window(self, mask: Mask, box: Bounds) -> tuple[Slots, npt.NDArray[np.bool_]]:
        return self.slots[box[1] : box[3], box[0] : box[2]], self._crop(mask, box)
