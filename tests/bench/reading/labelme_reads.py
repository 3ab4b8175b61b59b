"""LabelMe: its reader, its own drawing of shapes, and its window."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
from labelme._label_file import LabelFile
from labelme.app import MainWindow
from labelme.utils.shape import shape_to_mask
from PIL import Image
from PyQt5 import QtWidgets

from tests.bench.reading.expected import read, tell_masks


def main(folder: Path) -> None:
    for form in ("labelme", "labelme-masks", "labelme-elsewhere"):
        found = {path.stem: masks(LabelFile(str(path))) for path in (folder / form).glob("*.json")}
        tell_masks(form, folder, found, "drawn by labelme, with the outline")
    window(folder)


def masks(file: Any) -> list[tuple[str, Any]]:
    size = _size(file.imageData)
    found: dict[object, tuple[str, Any]] = {}
    for number, each in enumerate(file.shapes):
        key = each["group_id"] if each["group_id"] is not None else f"alone {number}"
        mask = np.zeros(size, bool)
        if each["shape_type"] == "mask":
            (x0, y0), (x1, y1) = np.asarray(each["points"]).astype(int)
            mask[y0 : y1 + 1, x0 : x1 + 1] = each["mask"]
        else:
            mask = shape_to_mask(size, each["points"], each["shape_type"])
        before = found.get(key, ("", False))[1]
        found[key] = each["label"], mask | before
    return list(found.values())


def _size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size[1], image.size[0]


def window(folder: Path) -> None:
    """Open every file in the real window and count the shapes in its list."""
    application = QtWidgets.QApplication([])
    for form in ("labelme", "labelme-masks", "labelme-elsewhere"):
        shown = 0
        for path in sorted((folder / form).glob("*.json")):
            made = MainWindow(file_or_dir=str(path))
            made.show()
            for _ in range(20):
                application.processEvents()
            shown += len(made._docks.label_list)
            made._is_changed = False
            made.close()
        objects = sum(len(each) for each in read(folder).values())
        print(f"NOTE {form}: the window shows {shown} shapes of {objects} objects", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
