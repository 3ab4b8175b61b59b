"""Finding all that is like one example, beside segment everything and beside clicking each.

    python -m tests.bench.find_like FOLDER [--images 10] [--source NAME] [--rectangles] [--half 1]
        [--only-find]
    python -m tests.bench.find_like --coins coins.png

``FOLDER`` holds ``annotations.json`` in COCO's layout and ``images``. An image's example is the
object of middle size that touches no border; its kind are the objects of a quarter to four times
its area. With ``--rectangles``, for windows of facades, it is the upright one with the most others
of nearly its size and shape. Found means an overlap of half or more, counted once; what is an
object of another kind counts neither way. Objects that nobody annotated count as wrong.

A person decides on each proposal by a key, or on all at once and then against the wrong ones; each
missed object is clicked until the overlap is half, and accepted by a key, as without any search.

What decisions are worth: somebody decides on the likeliest, and the average precision of the rest
is told, of the objects that are left then, as it was ordered before and as it is judged after.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import model
from app.core.document import Document
from app.core.mask import Mask
from app.core.picture import Picture
from app.inference.alike import USUAL_SCORE, Alike, find, learned, shape_of
from app.inference.proposals import gather, suited
from app.storage.exchange import coco
from app.storage.reading import read_picture
from model.alike import Example, Shape
from model.evaluation.course import click_object

CLICKED = 6
"""Objects of an image that are clicked one by one, for the mean."""
MOST_CLICKS = 9
MATCH = 0.5
DECIDED = 5, 10, 20
"""Decisions after which the rest is looked at."""


@dataclass
class Way:
    """What one way of finding came to on all images: scores, which are right, and objects."""

    found: list[tuple[float, bool]] = field(default_factory=list)
    objects: int = 0
    seconds: float = 0.0
    overlaps: list[float] = field(default_factory=list)

    def at(self, least: float) -> tuple[int, int]:
        """Proposals with at least this score, and the right ones among them."""
        shown = [right for score, right in self.found if score >= least]
        return len(shown), sum(shown)

    def best(self) -> float:
        """The score with the best F."""

        def f1(least: float) -> float:
            shown, right = self.at(least)
            return 2 * right / max(shown + self.objects, 1)

        return max((score for score, _ in self.found), key=f1, default=USUAL_SCORE)


def matched(
    found: Sequence[tuple[float, Shape]], shapes: Sequence[Shape], kind: Sequence[int]
) -> list[tuple[float, bool]]:
    """The score of each and whether it is an object of the kind; what is one of another is left
    out."""
    seen: set[int] = set()
    result = []
    for score, shape in found:
        overlaps = np.array([shape.iou(each) for each in shapes])
        place = int(overlaps.argmax())
        hit = overlaps[place] >= MATCH
        if hit and place not in kind:
            continue
        result.append((score, bool(hit) and place not in seen))
        if hit:
            seen.add(place)
    return result


def overlaps(
    found: Sequence[tuple[float, Shape]], shapes: Sequence[Shape], kind: Sequence[int]
) -> list[float]:
    """Of those shown as usual that are right."""
    best = [max(shape.iou(shapes[n]) for n in kind) for s, shape in found if s >= USUAL_SCORE]
    return [each for each in best if each >= MATCH]


def chosen(
    shapes: Sequence[Shape], size: tuple[int, int], rectangles: bool
) -> tuple[int, list[int]] | None:
    """The example and its kind; None where an image has too few."""
    height, width = size
    areas = np.array([each.area for each in shapes])
    inner = [
        n
        for n, s in enumerate(shapes)
        if min(s.bounds[:2]) > 1 and s.bounds[2] < width - 1 and s.bounds[3] < height - 1
    ]
    if not rectangles:
        if len(shapes) < 5 or not inner:
            return None
        example = min(inner, key=lambda n: abs(np.log(areas[n] / np.median(areas))))
        kind = [n for n in range(len(shapes)) if 0.25 <= areas[n] / areas[example] <= 4]
        return example, [n for n in kind if n != example]
    most = 0.02 * width * height
    upright = [n for n in inner if filled(shapes[n]) > 0.85 and 80 <= areas[n] < most]
    sides = np.array([(s.bounds[2] - s.bounds[0]) / (s.bounds[3] - s.bounds[1]) for s in shapes])

    def alike(n: int) -> list[int]:
        return [
            m
            for m in upright
            if m != n
            and abs(np.log(areas[m] / areas[n])) <= np.log(2.5)
            and abs(np.log(sides[m] / sides[n])) < 0.6
        ]

    example = max(upright, key=lambda n: len(alike(n)), default=-1)
    return None if example < 0 or len(alike(example)) < 8 else (example, alike(example))


def filled(shape: Shape) -> float:
    """Share of the smallest rectangle around it, at any angle."""
    places = np.argwhere(shape.pixels)[:, ::-1].astype(np.float32)
    _, (w, h), _ = cv2.minAreaRect(places)
    return shape.area / ((w + 1) * (h + 1))


def images_of(arguments: argparse.Namespace) -> Iterator[tuple[Picture, list[Mask]]]:
    """Pictures with the masks of their objects, in an order drawn once."""
    if arguments.coins is not None:
        picture = read_picture(arguments.coins)
        yield picture, coins(picture.pixels)
        return
    file = arguments.folder / "annotations.json"
    sources = {
        Path(each["file_name"]).name: each.get("source")
        for each in json.loads(file.read_text())["images"]
    }
    every = [
        each
        for each in coco.read(file).images
        if arguments.source in (None, sources[Path(each.name).name])
    ]
    half = [each for n, each in enumerate(every) if arguments.half in (None, n % 2)]
    for place in np.random.default_rng(5).permutation(len(half)).tolist():
        masks = [each.mask for each in half[place].objects if each.mask is not None]
        name = Path(half[place].name).name
        yield read_picture(arguments.folder / "images" / name), [m for m in masks if m.area >= 20]


def coins(pixels: npt.NDArray[np.uint8]) -> list[Mask]:
    """The 24 coins of scikit-image's picture, by a watershed from dark and bright pixels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    edges = cv2.morphologyEx(
        cv2.GaussianBlur(grey, (3, 3), 0), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
    )
    marks = np.zeros(grey.shape, np.int32)
    marks[grey < 30], marks[grey > 150] = 1, 2
    coin = (cv2.watershed(cv2.cvtColor(edges, cv2.COLOR_GRAY2BGR), marks) == 2).astype(np.uint8)
    count, parts, facts, _ = cv2.connectedComponentsWithStats(1 - coin)
    for number in range(1, count):
        if facts[number, cv2.CC_STAT_AREA] < 2000:
            coin[parts == number] = 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    count, parts, facts, _ = cv2.connectedComponentsWithStats(
        cv2.morphologyEx(coin, cv2.MORPH_OPEN, disc)
    )
    large = [n for n in range(1, count) if facts[n, cv2.CC_STAT_AREA] > 500]
    return [Mask.from_array(parts == number) for number in large]


@dataclass
class Rest:
    """What is left after so many decisions on each image, in the order before and after them."""

    before: list[tuple[float, bool]] = field(default_factory=list)
    after: list[tuple[float, bool]] = field(default_factory=list)
    objects: int = 0
    images: list[tuple[float, float]] = field(default_factory=list)

    def add(
        self, alike: Alike, shapes: Sequence[Shape], kind: Sequence[int], decisions: int
    ) -> None:
        """Decide on the likeliest of an image, and see what becomes of the others."""
        first = alike.findings.found[:decisions]
        decided = [Shape(each.window, each.bounds) for each in first]
        like: list[Example] = []
        unlike: list[Example] = []
        seen: set[int] = set()
        for each, shape in zip(first, decided, strict=True):
            hit = next(hit for hit in alike.hits if hit.shape.pixels is each.window)
            place = int(np.argmax([shape.iou(other) for other in shapes]))
            right = shape.iou(shapes[place]) >= MATCH and place not in seen
            if right:
                seen.add(place)
            if right and place not in kind:
                continue  # one of another kind counts neither way
            (like if right else unlike).append(hit.seen)
        left = [place for place in kind if place not in seen]
        values = []
        for found, judged in (
            (self.before, alike),
            (self.after, alike.sharpened(like, unlike)),
        ):
            rest = [
                (each.score, Shape(each.window, each.bounds))
                for each in judged.findings.found
                if not any(_covers(Shape(each.window, each.bounds), one) for one in decided)
            ]
            here = matched(rest, shapes, left)
            values.append(average_precision(here, len(left)))
            found += here
        self.objects += len(left)
        if left:
            self.images.append((values[0], values[1]))

    @property
    def told(self) -> str:
        """Average precision of all images together, and the mean of each by itself."""
        one, other = (average_precision(each, self.objects) for each in (self.before, self.after))
        mean = np.mean(self.images, axis=0) if self.images else (0.0, 0.0)
        return f"{one:.3f} -> {other:.3f}, mean of images {mean[0]:.3f} -> {mean[1]:.3f}"


def _covers(one: Shape, other: Shape) -> bool:
    return one.shared(other) > 0.6 * min(one.area, other.area)


def average_precision(found: Sequence[tuple[float, bool]], objects: int) -> float:
    """Area under the curve of precision over recall."""
    right = np.array([hit for _, hit in sorted(found, key=lambda each: -each[0])], np.float64)
    if not len(right):
        return 0.0
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((best * right).sum() / max(objects, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--coins", type=Path)
    parser.add_argument("--images", type=int, default=10)
    parser.add_argument("--source")
    parser.add_argument("--rectangles", action="store_true")
    parser.add_argument("--half", type=int, choices=[0, 1], help="every other image")
    parser.add_argument("--only-find", action="store_true", help="neither everything nor clicks")
    parser.add_argument("--model", default="builtin")
    arguments = parser.parse_args()
    sam = model.load(arguments.model)
    one, all_ = Way(), Way()
    rests = {count: Rest() for count in DECIDED}
    clicks: list[int] = []
    done = 0
    for picture, masks in images_of(arguments):
        shapes = [shape_of(each) for each in masks]
        picked = chosen(shapes, (picture.height, picture.width), arguments.rectangles)
        if picked is None:
            continue
        example, kind = picked
        begun = time.process_time()
        document = Document(picture.height, picture.width).with_added(masks[example])
        likeness = learned(sam, picture, [masks[example]])
        alike = find(sam, picture, likeness, document)
        one.seconds += time.process_time() - begun
        found = [(e.score, Shape(e.window, e.bounds)) for e in alike.findings.found]
        one.found += matched(found, shapes, kind)
        one.objects += len(kind)
        one.overlaps += overlaps(found, shapes, kind)
        for count, rest in rests.items():
            rest.add(alike, shapes, kind, count)
        done += 1
        if arguments.only_find:
            if done == arguments.images:
                break
            continue
        begun = time.process_time()
        usual = suited(sam)
        everything = gather(sam, picture, settings=usual)
        proposed = list(everything.proposals(everything.fitting(usual.filters), 0))
        all_.seconds += time.process_time() - begun
        by_iou = [(each.evidence.predicted_iou or 0.0, shape_of(each.mask)) for each in proposed]
        all_.found += matched(by_iou, shapes, kind)
        all_.objects += len(kind)
        whole = sam.embed(picture.pixels)
        for place in kind[:CLICKED]:
            ious = click_object(sam, whole, masks[place].to_array(), MOST_CLICKS, 1, MATCH).ious
            clicks.append(next((n + 1 for n, iou in enumerate(ious) if iou >= MATCH), MOST_CLICKS))
        if done == arguments.images:
            break
    ways = {"one example": one} if arguments.only_find else {"one example": one, "everything": all_}
    report(done, ways, clicks)
    print(f"mean overlap of the right ones: {np.mean(one.overlaps or [0.0]):.3f}")
    for count, rest in rests.items():
        print(f"rest after {count} decisions, {rest.objects} left: AP {rest.told}")


def report(images: int, ways: dict[str, Way], clicks: Sequence[int]) -> None:
    each = float(np.mean([*clicks]) if clicks else np.nan) + 1
    print(f"{images} images; clicking: {each:.1f} actions an accepted mask")
    for name, way in ways.items():
        usual = USUAL_SCORE if name != "everything" else 0.0
        for what, least in (("as set", usual), ("best F", way.best())):
            shown, right = way.at(least)
            missed = way.objects - right
            single = (2 + shown + missed * each) / max(way.objects, 1)
            at_once = (3 + shown - right + missed * each) / max(way.objects, 1)
            print(
                f"{name:18} {what} ({least:.2f}): precision {right / max(shown, 1):.2f}, recall "
                f"{right / max(way.objects, 1):.2f} of {way.objects}; actions {single:.1f} one by "
                f"one, {at_once:.1f} all at once; {way.seconds / max(images, 1):.1f} s an image"
            )


if __name__ == "__main__":
    main()
