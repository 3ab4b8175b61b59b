"""What is done to objects as wholes: made one, taken apart, moved, copied. Each is one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QT_TRANSLATE_NOOP

from app.core import shapes
from app.core.document import Annotation, Document, Evidence, State
from app.core.errors import Problem
from app.core.frozen import EMPTY
from app.core.mask import Mask, union_of
from app.core.overlap import OverlapPolicy, resolve
from app.core.prompt import Box, Point, Prompt
from app.session.session import EDIT, Session
from model.messages import say

MERGE = str(QT_TRANSLATE_NOOP("Session", "Merge objects"))
SPLIT = str(QT_TRANSLATE_NOOP("Session", "Split objects"))
CUT = str(QT_TRANSLATE_NOOP("Session", "Cut objects"))
MOVE = str(QT_TRANSLATE_NOOP("Session", "Move objects"))
DUPLICATE = str(QT_TRANSLATE_NOOP("Session", "Duplicate objects"))
SPECK_SHARE = 0.1
"""A part below this share of the largest one may be a speck."""
ASIDE_SHARE = 0.02
"""A duplicate lies so far from what it is of, as a share of the image's shorter side."""

Ids = Iterable[int]
Divide = Callable[[Mask], Sequence[Mask]]


@dataclass(slots=True)
class _Moving:
    """Steps of one movement that count as one.

    Attributes:
        before, after: the document before the first and after the last of them.
        ids: what is moved.
        dx, dy: how far in all.
    """

    before: Document
    after: Document
    ids: frozenset[int]
    dx: int
    dy: int


class Reshaping:
    """Acts on the objects of the open image; locked ones and those that are gone are passed over.

    What a person did to an object's shape counts as accepted by that, as ``Document.with_mask``
    has it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._moving: _Moving | None = None

    def merge(self, ids: Ids) -> int | None:
        """Make several objects one: the first of them, from the bottom, gets the pixels of all.

        Its label and all else that is noted with it stays; work on the others adds to its own.

        Returns:
            Its id; None if there are not two that may be changed.
        """
        document, chosen = self._session.document, self._session.unlocked(ids)
        if document is None or len(chosen) < 2:
            return None
        first, *others = _those(document, chosen)
        masks = (each.mask for each in (first, *others))
        whole = _reshaped(first, union_of(masks, document.height, document.width))
        evidence = whole.evidence
        for other in others:
            evidence = _with_work_of(evidence, other.evidence)
        merged = document.with_replaced(replace(whole, evidence=evidence)).without(chosen[1:])
        if not self._session.commit(MERGE, merged):
            return None
        self._session.select([first.id])
        return first.id

    def split(self, ids: Ids, speck_px: int = 1) -> int:
        """Make the parts of each object objects of their own; how many came to be.

        Parts of fewer than ``speck_px`` pixels that are much smaller than the largest stay with it.
        """

        def divided(mask: Mask) -> Sequence[Mask]:
            found = shapes.parts(mask)
            least = min(speck_px, SPECK_SHARE * found[0].area) if found else 0
            kept = [part for part in found if part.area >= least]
            specks = [part for part in found if part.area < least]
            if specks:
                kept[0] = union_of((kept[0], *specks), mask.height, mask.width)
            return kept

        return self._divide(SPLIT, ids, divided)

    def cut(self, ids: Ids, track: Sequence[tuple[float, float]]) -> int:
        """Cut each object along a line of points (x, y); how many came to be."""
        document = self._session.document
        if document is None:
            return 0
        line = shapes.cutting_line(track, document.height, document.width)
        return self._divide(CUT, ids, lambda mask: shapes.cut(mask, line))

    def duplicate(self, ids: Ids) -> int:
        """Copies of the objects a little aside, which are selected then; how many."""
        document = self._session.document
        if document is None:
            return 0
        aside = max(2, round(ASIDE_SHARE * min(document.height, document.width)))
        others = {each.id: each for each in document}
        copies = list[Annotation]()
        for each in _those(document, ids):
            copy = shapes.moved(each.mask, *_towards_room(each.mask, aside))
            mask = self._settled(copy, others, None)
            if mask.area:
                copies += _alike(each, document.next_id + len(copies), [mask])
        after = replace(
            document,
            annotations=(*others.values(), *copies),
            next_id=document.next_id + len(copies),
        )
        if not copies or not self._session.commit(DUPLICATE, after):
            return 0
        new = set(after.ids) - set(document.ids)
        self._session.select(new)
        return len(new)

    def move(self, ids: Ids, dx: int, dy: int, *, goes_on: bool = False) -> bool:
        """Move objects by whole pixels; what leaves the image is cut off.

        Args:
            ids: of the objects.
            dx, dy: to the right and down.
            goes_on: whether it is one step with the movement of the same objects just before, as
                when a key is held. Nothing is lost at an edge that is left again by then.
        """
        document, chosen = self._session.document, frozenset(self._session.unlocked(ids))
        if document is None or not chosen:
            return False
        last = self._moving
        if goes_on and last is not None and last.after is document and last.ids == chosen:
            moving = replace(last, dx=last.dx + dx, dy=last.dy + dy)
        else:
            last, moving = None, _Moving(document, document, chosen, dx, dy)
        after = self._moved(moving)
        if after is None:
            return False
        if last is None:
            done = self._session.commit(MOVE, after)
        else:
            done = self._session.amend(after.with_status(document.status))
        if done and self._session.document is not None:
            self._moving = replace(moving, after=self._session.document)
        return done

    def repair(self, ids: Ids, how: Callable[[Mask], Mask]) -> int:
        """One of the repairs of ``app.core.cleanup`` on each; how many changed."""
        document = self._session.document
        if document is None:
            return 0
        changed = []
        for each in _those(document, self._session.unlocked(ids)):
            mask = how(each.mask)
            if mask.area and mask != each.mask:
                changed.append((each, mask))
        after = self._with_masks(document, changed)
        return len(changed) if changed and self._session.commit(EDIT, after) else 0

    # -- inside

    def _divide(self, name: str, ids: Ids, divide: Divide) -> int:
        document = self._session.document
        if document is None:
            return 0
        chosen = set(self._session.unlocked(ids))
        annotations, divided, next_id = list[Annotation](), set[int](), document.next_id
        for each in document:
            pieces = divide(each.mask) if each.id in chosen else ()
            if len(pieces) < 2:
                annotations.append(each)
                continue
            new = _alike(each, next_id, pieces[1:])
            annotations += [_reshaped(each, pieces[0]), *new]
            next_id += len(new)
            divided |= {each.id, *(piece.id for piece in new)}
        after = replace(document, annotations=tuple(annotations), next_id=next_id)
        if not divided or not self._session.commit(name, after):
            return 0
        self._session.select(divided)
        return next_id - document.next_id

    def _moved(self, moving: _Moving) -> Document | None:
        """The document after a movement; None, and told, if an object would leave the image."""
        before = moving.before
        dx, dy = moving.dx, moving.dy
        moved = [
            (_pointed_at(each, dx, dy), shapes.moved(each.mask, dx, dy))
            for each in _those(before, moving.ids)
        ]
        if any(each.mask.area and not mask.area for each, mask in moved):
            self._session.refuse(
                Problem(say("Objects stay inside the image."), say("Del deletes what is selected."))
            )
            return None
        return self._with_masks(before, moved)

    def _with_masks(self, document: Document, masks: Iterable[tuple[Annotation, Mask]]) -> Document:
        """With other masks; what they cover then is settled as for a corrected object.

        Those that get one together do not cut each other.
        """
        pairs = list(masks)
        together = {each.id for each, _ in pairs}
        others = {a.id: a for a in document if a.id not in together}
        settled = [(each, self._settled(mask, others, each.id)) for each, mask in pairs]
        new = {each.id: _reshaped(each, mask) for each, mask in settled if mask.area}
        present = (new.get(a.id, others.get(a.id, a)) for a in document)
        left = others.keys() | together
        return replace(document, annotations=tuple(a for a in present if a.id in left))

    def _settled(self, mask: Mask, others: dict[int, Annotation], own_id: int | None) -> Mask:
        """What the overlap rule leaves of a mask; ``others``, by id, are cut as it says."""
        policy = self._session.overlap_policy
        if policy is OverlapPolicy.ALLOW:
            return mask
        resolved = resolve(mask, others.values(), policy, own_id)
        if resolved.mask.area:
            others.update((each.id, each) for each in resolved.changed)
            for gone in resolved.emptied:
                del others[gone]
        return resolved.mask


def _those(document: Document, ids: Ids) -> list[Annotation]:
    """From the bottom up."""
    chosen = set(ids)
    return [each for each in document if each.id in chosen]


def _reshaped(old: Annotation, mask: Mask) -> Annotation:
    """With a mask that a person made of the one it had."""
    if mask == old.mask:
        return old
    iou = round(old.mask.iou(mask), 4)
    evidence = replace(old.evidence, proposal_iou=iou)
    return replace(old, mask=mask, state=State.EDITED, evidence=evidence, previous=None)


def _with_work_of(evidence: Evidence, other: Evidence) -> Evidence:
    return replace(
        evidence,
        clicks=evidence.clicks + other.clicks,
        active_s=round(evidence.active_s + other.active_s, 2),
        brush_added_px=evidence.brush_added_px + other.brush_added_px,
        brush_removed_px=evidence.brush_removed_px + other.brush_removed_px,
    )


def _alike(like: Annotation, first_id: int, masks: Sequence[Mask]) -> list[Annotation]:
    """Objects with these masks, and all else as of another.

    What it meant for other programs, and the work that went into it, is its own alone: figures
    would count it twice.
    """
    known = like.evidence
    evidence = Evidence(
        model=known.model,
        model_identity=known.model_identity,
        app_version=known.app_version,
        created=known.created,
    )
    return [
        replace(
            like,
            id=first_id + number,
            mask=mask,
            state=State.EDITED,
            locked=False,
            evidence=evidence,
            extra=EMPTY,
            previous=None,
            imported_from=None,
        )
        for number, mask in enumerate(masks)
    ]


def _pointed_at(each: Annotation, dx: int, dy: int) -> Annotation:
    """With the clicks and boxes that led to it moved along: they tell where on it one pointed."""
    steps = tuple(
        replace(step, prompt=_moved_prompt(step.prompt, dx, dy)) for step in each.evidence.prompts
    )
    return replace(each, evidence=replace(each.evidence, prompts=steps))


def _moved_prompt(prompt: Prompt, dx: int, dy: int) -> Prompt:
    box = prompt.box
    return Prompt(
        tuple(Point(p.x + dx, p.y + dy, p.positive) for p in prompt.points),
        None if box is None else Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy),
    )


def _towards_room(mask: Mask, by: int) -> tuple[int, int]:
    """Down and to the right, or the other way where the image ends there."""
    x0, y0, x1, y1 = mask.bounds or (0, 0, 0, 0)
    dx = by if x1 + by <= mask.width else -min(by, x0) or by
    dy = by if y1 + by <= mask.height else -min(by, y0) or by
    return dx, dy
