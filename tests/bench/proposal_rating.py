"""Which of segment everything's candidates are objects: fits the rating of the built-in model's.

    python -m tests.bench.proposal_rating FOLDER [--images 100] [--least 5] [--kept FILES]

``FOLDER`` holds ``annotations.json`` in COCO's layout and ``images``; images with at least so many
objects are drawn. The weights are fitted on one half of them, which gives what
``model/everything/known.py`` holds, and scored on the other, which ``proposal_thresholds`` scores
the program on. Found is an object that a proposal overlaps by half or more. With ``--kept``
candidates are gathered once and kept in that folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

import model
from app.core.mask import Mask
from app.storage.exchange import coco
from app.storage.reading import read_picture
from model.everything.candidate import Candidate, candidate
from model.everything.grid import crops, points
from model.everything.rating import TRAITS, Scene, traits
from model.everything.selection import RASTER, passes
from model.everything.settings import Filters, Grid
from model.interface import Model, Prompt

Array = npt.NDArray[np.float64]

GRID = Grid(points_per_side=16, crop_layers=1, points_divisor=2)
SELECT = Filters(0.0, 0.1, 0.5, 0.5, 0.95, 100, by_mask=True, edge_share=0.02)
OBJECT, WIDTH = 0.5, 0.07
"""From this IoU on a candidate is an object, with so soft a border."""
RIDGE = 0.005
DOUBLE = 0.6
"""Candidates alike by so much count as one when the weights are fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The candidates of one image.

    Attributes:
        traits: (N, T).
        ious: (N, M) with every object.
        alike: (N, N) IoU with one another.
    """

    traits: Array
    ious: Array
    alike: Array


def gathered(sam: Model, pixels: npt.NDArray[np.uint8], objects: Sequence[Mask]) -> Found:
    """Every candidate of an image that may be chosen."""
    size = pixels.shape[0], pixels.shape[1]
    kept: list[Candidate] = []
    told: list[Array] = []
    for crop in crops(size, GRID):
        x0, y0, x1, y1 = crop.box
        view = sam.embed(pixels[y0:y1, x0:x1])
        scene = Scene.of(pixels[y0:y1, x0:x1], view.transform, sam.logits_size)
        places = points(GRID.points_at(crop.layer), crop.box)
        corner, one = np.array([x0, y0], np.float32), np.ones(1, np.int64)
        asked = [Prompt(points=(place - corner)[None], labels=one) for place in places]
        for found, place in zip(sam.decode_batch(view, asked, True), places, strict=True):
            for number in range(len(found.shown)):
                each = candidate(found, number, place, crop)
                if each is not None and passes(each, replace(SELECT, predicted_iou=-1.0), size):
                    kept.append(each)
                    told.append(traits(each, number, scene, size))
    return Found(np.array(told), _ious(kept, objects, size), _alike(kept, size))


def _ious(kept: list[Candidate], objects: Sequence[Mask], size: tuple[int, int]) -> Array:
    height, width = size
    true = np.stack([each.crop((0, 0, width, height)).ravel() for each in objects])
    true = true.astype(np.float32)
    areas, found = true.sum(1), []
    for each in kept:
        mask = np.zeros(size, np.bool_)
        x0, y0, x1, y1 = each.bounds
        mask[y0:y1, x0:x1] = each.pixels()
        shared = true @ mask.ravel().astype(np.float32)
        found.append(shared / (areas + np.count_nonzero(mask) - shared))
    return np.array(found)


def _alike(kept: list[Candidate], size: tuple[int, int]) -> Array:
    step = max(1.0, max(size) / RASTER)
    rows, columns = (int(np.ceil(side / step)) + 1 for side in size)
    flat = np.zeros((len(kept), rows, columns), np.float32)
    for mask, each in zip(flat, kept, strict=True):
        pixels, x, y = each.coarse(step)
        part = mask[y : y + pixels.shape[0], x : x + pixels.shape[1]]
        part[:] = pixels[: part.shape[0], : part.shape[1]]
    rows_of = flat.reshape(len(kept), -1)
    shared, areas = rows_of @ rows_of.T, rows_of.sum(1)
    return np.asarray(shared / np.maximum(areas[:, None] + areas[None] - shared, 1), np.float64)


def fitted(images: Sequence[Found]) -> tuple[Array, float]:
    """Weights and bias: least squares of whether a candidate is an object, doubles counted once."""
    told = np.concatenate([each.traits for each in images])
    best = np.concatenate([each.ious.max(1) for each in images])
    weight = np.concatenate([1 / np.maximum((each.alike > DOUBLE).sum(1), 1) for each in images])
    weight /= weight.mean()
    mean, spread = told.mean(0), told.std(0) + 1e-9
    scaled = np.c_[(told - mean) / spread, np.ones(len(told))]
    right = 1 / (1 + np.exp((OBJECT - best) / WIDTH))
    ridge = np.diag([*np.full(len(mean), RIDGE * len(told)), 0])
    found = np.linalg.solve(
        scaled.T @ (scaled * weight[:, None]) + ridge, scaled.T @ (weight * right)
    )
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ mean)


def curve(images: Sequence[Found], weights: Array, bias: float) -> tuple[Array, Array]:
    """Places along the sum, and the IoU to be expected there; both rise."""
    sums = np.concatenate([each.traits @ weights + bias for each in images])
    best = np.concatenate([each.ious.max(1) for each in images])
    weight = np.concatenate([1 / np.maximum((each.alike > DOUBLE).sum(1), 1) for each in images])
    edges = np.quantile(sums, [0, 0.1, 0.3, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99, 0.997, 1])
    knots, levels = [], []
    for low, high in pairwise(edges.tolist()):
        inside = (sums >= low) & (sums <= high)
        knots.append(np.average(sums[inside], weights=weight[inside]))
        levels.append(np.average(best[inside], weights=weight[inside]))
    levels = np.maximum.accumulate(levels) + 1e-4 * np.arange(len(levels))
    knots = [2 * knots[0] - knots[1] - 1, *knots, 2 * knots[-1] - knots[-2] + 1]
    return np.array(knots), np.array([0.0, *levels, 1.0])


def chosen(found: Found, values: Array, least: float, overlap: float) -> list[int]:
    """What is proposed: the surest, none much like a surer one."""
    kept: list[int] = []
    gone = values <= least
    for index in np.argsort(-values).tolist():
        if not gone[index]:
            kept.append(index)
            gone |= found.alike[index] > overlap
    return kept


def least_for(
    images: Sequence[Found], values: Sequence[Array], wanted: float, overlap: float
) -> float:
    """The threshold that proposes ``wanted`` an image on average."""
    sums = np.sort(
        np.concatenate([v[chosen(f, v, -9, overlap)] for f, v in zip(images, values, strict=True)])
    )[::-1]
    return float(sums[min(int(wanted * len(images)), len(sums) - 1)])


def score(images: Sequence[Found], values: Sequence[Array], least: float, overlap: float) -> str:
    proposed = right = seen = sharp = total = 0
    for found, value in zip(images, values, strict=True):
        kept = found.ious[chosen(found, value, least, overlap)]
        proposed, total = proposed + len(kept), total + kept.shape[1]
        if len(kept):
            right += int((kept.max(1) >= 0.5).sum())
            seen += int((kept.max(0) >= 0.5).sum())
            sharp += int((kept.max(0) >= 0.85).sum())
    return (
        f"{proposed / len(images):5.1f} proposals an image, {right / max(proposed, 1):.2f} of them "
        f"right; {seen} of {total} objects found ({seen / total:.3f}), {sharp} at 0.85"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--least", type=int, default=5, help="objects on an image")
    parser.add_argument("--kept", type=Path)
    arguments = parser.parse_args()
    images = drawn(arguments.folder, arguments.least)[: arguments.images]
    found = [_made(arguments, each) for each in images]
    learned, other = found[::2], found[1::2]
    for name, some in (("fitted on", learned), ("scored on", other)):
        objects = sum(each.ious.shape[1] for each in some)
        every = sum(int((each.ious.max(0) >= 0.5).sum()) for each in some)
        print(f"{name} {len(some)} images, {objects} objects, {every} among all candidates")
    weights, bias = fitted(learned)
    knots, levels = curve(learned, weights, bias)
    for name, weight in zip(TRAITS, weights.tolist(), strict=True):
        print(f"  {weight:8.4f}  # {name}")
    print(f"bias {bias:.4f}")
    print("knots", np.round(knots, 4).tolist())
    print("expected", np.round(levels, 4).tolist())
    own = [each.traits @ weights + bias for each in learned]
    new = [each.traits @ weights + bias for each in other]
    for wanted in (15, 30, 45, 55):
        least = least_for(learned, own, wanted, SELECT.box_iou)
        expected = float(np.interp(least, knots, levels))
        print(f"expected IoU above {expected:.3f}: {score(other, new, least, SELECT.box_iou)}")


def drawn(folder: Path, least: int) -> list[tuple[Path, list[Mask]]]:
    """Images with many objects, in an order that stays."""
    listed = []
    for each in coco.read(folder / "annotations.json").images:
        objects = [found.mask for found in each.objects if found.mask is not None]
        if len(objects) >= least:
            listed.append((folder / "images" / Path(each.name).name, objects))
    order = np.random.default_rng(5).permutation(len(listed))
    return [listed[place] for place in order.tolist()]


def _made(arguments: argparse.Namespace, image: tuple[Path, list[Mask]]) -> Found:
    path, objects = image
    kept = arguments.kept / f"{path.stem}.npz" if arguments.kept else None
    if kept is not None and kept.exists():
        with np.load(kept) as there:
            return Found(*(there[name].astype(np.float64) for name in ("traits", "ious", "alike")))
    made = gathered(model.load("builtin"), read_picture(path).pixels, objects)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, traits=made.traits, ious=made.ious, alike=made.alike.astype(np.float16))
    return made


if __name__ == "__main__":
    main()
