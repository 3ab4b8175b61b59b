"""How many objects segment everything finds with the built-in model, and how well.

    python -m tests.bench.proposal_thresholds FOLDER [--images 20] [--least 1] [--half] [--way ...]

``FOLDER`` holds ``annotations.json`` in COCO's layout and ``images``. Found is an object that a
proposal overlaps by half or more; right is a proposal that does so with any object. ``--least``
draws images with so many objects, ``--half`` the half of them that the rating was not fitted on
(``proposal_rating``). The ways, each with the processor's seconds an image:

    fixed    16 x 16 points, what the model itself promises is above fixed thresholds
    fitting  the same with thresholds that follow what it promises on the image
    sure     the same, and nothing is asked inside small masks that are sure already
    rated    as the program does it, without finer masks
    edges    the same with outlines along edges
    known    as the program does it: the surest are looked at again, too
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import model
from app.core.mask import Mask
from app.core.picture import Picture
from app.inference.proposals import FLOOR, SMALL, Proposal, gather, suited
from app.storage.reading import read_picture
from model.everything import Settings
from model.everything.settings import Sure
from model.interface import Model
from tests.bench.proposal_rating import drawn

Way = Callable[[Model, Picture], list[Proposal]]


@dataclass
class Sums:
    """Of one way, over all images."""

    seconds: float = 0.0
    proposed: int = 0
    right: int = 0
    best: list[float] = field(default_factory=list)

    def add(self, masks: list[Mask], objects: list[Mask], seconds: float) -> None:
        self.seconds += seconds
        self.proposed += len(masks)
        overlaps = np.array([[a.iou(b) for b in objects] for a in masks]).reshape(-1, len(objects))
        self.right += int((overlaps.max(axis=1) >= 0.5).sum())
        self.best += overlaps.max(axis=0, initial=0.0).tolist()

    def words(self, images: int) -> str:
        best = np.array(self.best)
        found = best[best >= 0.5]
        right = self.right / max(self.proposed, 1)
        return (
            f"{self.proposed / images:5.1f} proposals an image, {right:.2f} right; "
            f"{len(found)} of {len(best)} objects found ({len(found) / len(best):.3f}), "
            f"IoU of these {found.mean() if len(found) else 0:.3f}, "
            f"{(best >= 0.85).mean():.3f} at 0.85; {self.seconds / images:.1f} s"
        )


def by_promise(sure: Sure | None, fitting: bool) -> Way:
    def propose(sam: Model, picture: Picture) -> list[Proposal]:
        found = gather(sam, picture, settings=Settings(SMALL.grid, FLOOR, sure))
        usual = SMALL.filters
        return list(found.proposals(found.fitting(usual) if fitting else usual))

    return propose


def by_rating(looks: int | None, least: float | None) -> Way:
    def propose(sam: Model, picture: Picture) -> list[Proposal]:
        usual = suited(sam)
        if least is not None:
            usual = replace(usual, filters=replace(usual.filters, predicted_iou=least))
        looked = replace(usual, looks=usual.looks if looks == -1 else looks)
        return list(gather(sam, picture, settings=looked).proposals(usual.filters))

    return propose


def ways(least: float | None) -> dict[str, Way]:
    return {
        "fixed": by_promise(None, False),
        "fitting": by_promise(None, True),
        "sure": by_promise(Sure(), True),
        "rated": by_rating(None, least),
        "edges": by_rating(0, least),
        "known": by_rating(-1, least),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--least", type=int, default=1, help="objects on an image")
    parser.add_argument("--half", action="store_true", help="the half that was not fitted on")
    parser.add_argument("--way", nargs="*", choices=[*ways(None)], default=[*ways(None)])
    parser.add_argument("--above", type=float, help="the IoU to be expected of a rated proposal")
    arguments = parser.parse_args()
    sam = model.load("builtin")
    images = drawn(arguments.folder, arguments.least)
    images = images[1::2] if arguments.half else images
    images = images[: arguments.images]
    sums = {name: Sums() for name in arguments.way}
    for path, objects in images:
        picture = read_picture(path)
        for name, each in sums.items():
            begun = time.process_time()
            masks = [made.mask for made in ways(arguments.above)[name](sam, picture)]
            each.add(masks, objects, time.process_time() - begun)
    for name, each in sums.items():
        print(f"{name:8} {each.words(len(images))}", flush=True)


if __name__ == "__main__":
    main()
