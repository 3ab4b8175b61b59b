"""What was exported, for readers in environments that have numpy and nothing of this program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.bool_]
Corners = tuple[float, float, float, float]
Masks = Mapping[str, Sequence[tuple[str, Pixels]]]
Boxes = Mapping[str, Sequence[tuple[str, Corners]]]


def read(folder: Path) -> dict[str, list[tuple[str, Pixels]]]:
    """By the stem of each image its objects: label and (H, W) mask."""
    whole = json.loads((folder / "expected.json").read_text("utf-8"))
    return {
        stem: [(label, _mask(runs, *size)) for label, size, runs in objects]
        for stem, objects in whole.items()
    }


def write(
    folder: Path, objects: Mapping[str, Iterable[tuple[str, tuple[int, int], list[int]]]]
) -> None:
    """As ``read`` takes it: label, (height, width) and runs in columns, of each object."""
    text = json.dumps({stem: list(each) for stem, each in objects.items()})
    (folder / "expected.json").write_text(text, "utf-8")


def _mask(runs: list[int], height: int, width: int) -> Pixels:
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape(width, height).T


def tell_masks(form: str, folder: Path, found: Masks, note: str = "") -> None:
    """Print how many masks came back equal, and the smallest IoU of the others."""
    ious = []
    for stem, objects in read(folder).items():
        left = list(found.get(stem, ()))
        for label, mask in objects:
            scores = [_iou(mask, m) if name == label else -1.0 for name, m in left]
            best = int(np.argmax(scores)) if scores else -1
            ious.append(max(scores[best], 0.0) if scores else 0.0)
            if best >= 0:
                del left[best]
    more = sum(map(len, found.values())) - len(ious)
    note = f"{note} {more} too many".strip() if more > 0 else note
    _tell(form, len(ious), sum(iou == 1 for iou in ious), f"least IoU {min(ious):.3f}", note)


def tell_boxes(form: str, folder: Path, found: Boxes, note: str = "") -> None:
    """Print how many boxes came back equal to half a pixel, and how far the others were off."""
    offs = []
    for stem, objects in read(folder).items():
        left = list(found.get(stem, ()))
        for label, mask in objects:
            wanted = np.array(_box(mask))
            away = [
                float(np.abs(wanted - corners).max()) if name == label else np.inf
                for name, corners in left
            ]
            best = int(np.argmin(away)) if away else -1
            offs.append(away[best] if away else np.inf)
            if best >= 0:
                del left[best]
    equal = sum(off < 0.5 for off in offs)
    _tell(form, len(offs), equal, f"at most {max(offs):.2g} pixels off", note)


def tell_classes(
    form: str, folder: Path, found: Mapping[str, Mapping[str, Pixels]], note: str = ""
) -> None:
    """Print how many classes of an image came back equal, where objects of one became one."""
    ious = []
    for stem, objects in read(folder).items():
        wanted: dict[str, Pixels] = {}
        for label, mask in objects:
            wanted[label] = mask | wanted.get(label, np.zeros_like(mask))
        given = found.get(stem, {})
        ious += [_iou(mask, given[name]) if name in given else 0.0 for name, mask in wanted.items()]
    note = f"classes, not objects; {note}" if note else "classes, not objects"
    _tell(form, len(ious), sum(iou == 1 for iou in ious), f"least IoU {min(ious):.3f}", note)


def _tell(form: str, total: int, equal: int, worst: str, note: str) -> None:
    told = {"format": form, "total": total, "equal": equal, "worst": worst, "note": note}
    print("READ " + json.dumps(told), flush=True)


def _iou(one: Pixels, other: Pixels) -> float:
    if one.shape != other.shape:
        return 0.0
    return float((one & other).sum() / max((one | other).sum(), 1))


def _box(mask: Pixels) -> Corners:
    ys, xs = np.nonzero(mask)
    return float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)
