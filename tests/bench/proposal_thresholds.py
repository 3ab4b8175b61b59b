"""How many objects segment everything finds with fixed thresholds, and with fitting ones.

    python -m tests.bench.proposal_thresholds FOLDER [--images 20] [--points 16] [--sure]

``FOLDER`` holds ``annotations.json`` in COCO's layout and ``images``. Found is an object that a
proposal overlaps by half or more; right is a proposal that does so with any object. With
``--sure`` nothing is asked inside small masks that are sure already.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import model
from app.core.mask import Mask
from app.inference.proposals import FLOOR, Candidates, gather, suited
from app.storage.exchange import coco
from app.storage.reading import read_picture
from model.everything import Filters, Settings, Sure


def counts(found: Candidates, filters: Filters, objects: list[Mask]) -> tuple[int, int, int]:
    """Proposals, right ones among them, and objects found."""
    masks = [each.mask for each in found.proposals(filters)]
    overlaps = np.array([[a.iou(b) for b in objects] for a in masks])
    if not overlaps.size:
        return len(masks), 0, 0
    return len(masks), int((overlaps.max(1) >= 0.5).sum()), int((overlaps.max(0) >= 0.5).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--points", type=int, default=16)
    parser.add_argument("--sure", action="store_true")
    arguments = parser.parse_args()
    sure = Sure() if arguments.sure else None
    sam = model.load("builtin")
    usual = suited(sam)
    grid = replace(usual.grid, points_per_side=arguments.points, crop_layers=0)
    images = coco.read(arguments.folder / "annotations.json").images
    chosen = np.random.default_rng(1).permutation(len(images))[: arguments.images]
    sums = {"fixed": np.zeros(3, int), "fitting": np.zeros(3, int)}
    total = 0
    for place in chosen.tolist():
        objects = [each.mask for each in images[place].objects if each.mask is not None]
        picture = read_picture(arguments.folder / "images" / Path(images[place].name).name)
        found = gather(sam, picture, settings=Settings(grid, FLOOR, sure))
        total += len(objects)
        sums["fixed"] += counts(found, usual.filters, objects)
        sums["fitting"] += counts(found, found.fitting(usual.filters), objects)
    for name, (made, right, seen) in sums.items():
        print(f"{name:8} {made:5} proposals, {right} right; {seen} of {total} objects found")


if __name__ == "__main__":
    main()
