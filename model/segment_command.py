"""Segments one image by clicks or a box; writes the mask as COCO run lengths and a picture."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from model import rle
from model.close_up import QUICK_INPUT
from model.evaluation.looking import Close, Looking
from model.images import read_rgb
from model.interface import Prediction, Prompt
from model.loading import BUILTIN, load

HELP = "segment one image by clicks or a box"
MASK_COLOR = (0, 114, 178)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("image", type=Path)
    parser.add_argument(
        "--point", type=_point, action="append", default=[], metavar="X,Y", help="on the object"
    )
    parser.add_argument(
        "--not", type=_point, action="append", default=[], metavar="X,Y", dest="away", help="off it"
    )
    parser.add_argument("--box", type=_box, metavar="X0,Y0,X1,Y1", help="around the object")
    parser.add_argument("--model", default=BUILTIN, help="file or name (default: %(default)s)")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--runtime", default="auto")
    parser.add_argument(
        "--plain",
        action="store_true",
        help="the model's mask as it is: without a second look from near by, an outline along the "
        "image's edges, and leaving out specks",
    )
    parser.add_argument("--out", type=Path, default=Path(), help="folder for the two files")


def _numbers(text: str, count: int) -> list[float]:
    parts = text.split(",")
    if len(parts) != count:
        raise argparse.ArgumentTypeError(f"{count} numbers with commas are needed, given {text!r}")
    return [float(part) for part in parts]


def _point(text: str) -> list[float]:
    return _numbers(text, 2)


def _box(text: str) -> list[float]:
    return _numbers(text, 4)


def run(arguments: argparse.Namespace) -> int:
    """0 once both files are written; errors leave as exceptions."""
    image, _ = read_rgb(arguments.image)
    prompt = _prompt(arguments)
    sam = load(arguments.model, arguments.device, arguments.runtime)
    report = sam.report
    print(f"{sam.variant} on {report.device} in {report.precision} by {report.runtime}")
    print(f"  because: {report.reason}")
    if report.terms is not None:
        print(report.terms.told, file=sys.stderr)
    close = Close(second_look=sam.input_size <= QUICK_INPUT, edges=True)
    looking = Looking(sam, sam.embed(image), image, Close() if arguments.plain else close)
    prediction = looking.ask(prompt, None, np.zeros(image.shape[:2], np.bool_))
    mask = looking.mask(prediction, prompt)
    arguments.out.mkdir(parents=True, exist_ok=True)
    stem = arguments.out / arguments.image.name
    written = stem.with_name(f"{stem.name}.mask.json")
    entry = _entry(arguments.image.name, mask, prediction, prompt)
    written.write_text(json.dumps(entry, indent=1), "utf-8")
    shown = stem.with_name(f"{stem.name}.overlay.png")
    Image.fromarray(overlay(image, mask)).save(shown)
    print(f"{np.count_nonzero(mask):,} pixels, predicted IoU {prediction.predicted_iou.max():.2f}")
    print(f"{written}\n{shown}")
    return 0


def _prompt(arguments: argparse.Namespace) -> Prompt:
    places = [*arguments.point, *arguments.away]
    labels = [1] * len(arguments.point) + [0] * len(arguments.away)
    return Prompt(
        points=np.array(places, np.float32).reshape(-1, 2),
        labels=np.array(labels, np.int64),
        box=None if arguments.box is None else np.array(arguments.box, np.float32),
    )


def _entry(
    name: str, mask: npt.NDArray[np.bool_], prediction: Prediction, prompt: Prompt
) -> dict[str, object]:
    """The mask in the layout of SA-1B's files."""
    height, width = mask.shape
    x0, y0, x1, y1 = prediction.transform.seen
    runs = rle.encode(mask)
    annotation = {
        "id": 1,
        "segmentation": {"size": [height, width], "counts": rle.to_counts(runs)},
        "area": int(rle.area(runs)),
        "bbox": list(rle.bbox(runs, height)),
        "predicted_iou": round(float(prediction.predicted_iou[prediction.best]), 4),
        "stability_score": round(float(prediction.stability[prediction.best]), 4),
        "point_coords": prompt.points.tolist(),
        "crop_box": [x0, y0, x1 - x0, y1 - y0],
    }
    picture = {"file_name": name, "height": height, "width": width}
    return {"image": picture, "annotations": [annotation]}


def overlay(image: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """``image`` (H, W, 3) with ``mask`` (H, W) tinted and the rest darkened."""
    shown = image.copy()
    shown[~mask] //= 2
    tint = np.array(MASK_COLOR, np.uint16)
    shown[mask] = ((image[mask].astype(np.uint16) + tint) // 2).astype(np.uint8)
    return shown
