"""What a close-up is worth where there is real detail: many photographs as one of 12 megapixels.

    python -m tests.bench.close_up FOLDER [--objects N] [--zoom N]

FOLDER holds photographs with masks, as for ``evaluate``. They are laid side by side, as they are,
on images of 4000 x 3000 pixels, so that nothing in them is made up by enlarging. Each object is
clicked three times over: by somebody who sees the whole image; the same with close-ups of the
answers; and by somebody who has zoomed in to what is around the first click.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import model
from model import rle
from model.evaluation.command import report
from model.evaluation.evaluate import Protocol, evaluate
from model.evaluation.looking import Close
from model.training.samples import Sample, read_folder, read_image

HEIGHT, WIDTH, CELL = 3000, 4000, 500


def mosaics(samples: list[Sample], folder: Path) -> None:
    """Writes the large images and their masks in COCO's layout."""
    across, down = WIDTH // CELL, HEIGHT // CELL
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    small = [sample for sample in samples if max(sample.size) <= CELL]
    for number in range(-(-len(small) // (across * down))):
        pixels = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
        name = f"{number}.jpg"
        images.append({"id": number, "file_name": name, "height": HEIGHT, "width": WIDTH})
        for place, sample in enumerate(small[number * across * down :][: across * down]):
            y, x = place // across * CELL, place % across * CELL
            h, w = sample.size
            pixels[y : y + h, x : x + w] = read_image(sample)
            for index in range(len(sample.runs)):
                if sample.area(index):
                    counts = rle.to_counts(
                        rle.encode_window(sample.mask(index), x, y, HEIGHT, WIDTH)
                    )
                    mask = {"size": [HEIGHT, WIDTH], "counts": counts}
                    annotations.append(
                        {"id": len(annotations) + 1, "image_id": number, "segmentation": mask}
                    )
        Image.fromarray(pixels).save(folder / name, quality=95)
    content = {"images": images, "annotations": annotations}
    (folder / "annotations.json").write_text(json.dumps(content), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--objects", type=int, default=60)
    parser.add_argument("--clicks", type=int, default=9)
    parser.add_argument("--zoom", type=float, default=8.0)
    arguments = parser.parse_args()
    loaded = model.load(arguments.model)
    with tempfile.TemporaryDirectory() as place:
        mosaics(read_folder(arguments.folder), Path(place))
        samples = read_folder(Path(place))
        for close in (Close(), Close(after_answer=True), Close(zoom=arguments.zoom)):
            protocol = Protocol(arguments.clicks, limit=arguments.objects, close=close)
            print(report(evaluate(loaded, samples, protocol)), flush=True)


if __name__ == "__main__":
    main()
