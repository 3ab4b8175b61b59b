"""The mask codec against pycocotools on masks of a 12-megapixel photograph."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import numpy.typing as npt
import pytest
from pycocotools import mask as coco

from app.core.contour import outlines
from app.core.mask import Mask
from app.core.polygon import filled
from model import rle

pytestmark = [
    pytest.mark.bench,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
HEIGHT, WIDTH = 3000, 4000


def blob() -> npt.NDArray[np.bool_]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    ring = (x - 2000) ** 2 / 1.7 + (y - 1500) ** 2
    return np.asarray((ring < 1000**2) & (ring > 300**2))


def medians_ms(tasks: dict[str, Callable[[], object]], rounds: int = 15) -> dict[str, float]:
    """Median of each task in milliseconds; the tasks take turns, so a busy moment hits them all."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = perf_counter()
            task()
            times[name].append((perf_counter() - start) * 1000)
    return {name: median(values) for name, values in times.items()}


def test_speed_of_the_codec_on_twelve_megapixels(capsys: pytest.CaptureFixture[str]) -> None:
    pixels = blob()
    runs, fortran = rle.encode(pixels), np.asfortranarray(pixels.view(np.uint8))
    counts = rle.to_counts(runs)
    theirs = {"size": [HEIGHT, WIDTH], "counts": counts}
    mask = Mask.from_array(pixels)
    polygons = outlines(mask)
    other = rle.encode(np.roll(pixels, 200, axis=1))
    tasks: dict[str, Callable[[], object]] = {
        "encode to text": lambda: rle.to_counts(rle.encode(pixels)),
        "pycocotools encode": lambda: coco.encode(np.asfortranarray(pixels.view(np.uint8))),
        "pycocotools encode, already column-major": lambda: coco.encode(fortran),
        "decode from text": lambda: rle.decode(
            rle.from_counts(counts, HEIGHT, WIDTH), HEIGHT, WIDTH
        ),
        "pycocotools decode": lambda: coco.decode(theirs),
        "every fourth pixel": lambda: rle.decode_window(
            runs, HEIGHT, WIDTH, (0, 0, WIDTH, HEIGHT), 4
        ),
        "union": lambda: rle.union(runs, other),
        "iou": lambda: rle.iou(runs, other),
        "outlines": lambda: outlines(mask),
        "fill outlines": lambda: filled(polygons, HEIGHT, WIDTH),
    }
    measured = medians_ms(tasks)
    with capsys.disabled():
        print(f"\n{HEIGHT} x {WIDTH} pixels, {runs.size} runs")
        for name, value in measured.items():
            print(f"  {name:42} {value:8.2f} ms")
    assert measured["encode to text"] < measured["pycocotools encode"]
    assert measured["decode from text"] < measured["pycocotools decode"]
