"""ISAT: its reader, its own converter to Pascal VOC's PNGs, and its window."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from ISAT.formats.voc import VOC
from ISAT.widgets.mainwindow import MainWindow
from PIL import Image
from PyQt5 import QtWidgets

from tests.bench.reading.expected import read, tell_classes


def main(folder: Path) -> None:
    data = VOC()
    data.read_from_ISAT(str(folder / "isat"))
    target = folder / "isat-as-voc"
    data.save_to_voc(str(target))
    found = {}
    for path in target.glob("*.png"):
        values = np.asarray(Image.open(path))
        found[path.stem] = {
            name: values == number for number, name in enumerate(data.cates) if number
        }
    tell_classes("isat", folder, found, "by its own converter, which draws on whole pixels")
    window(folder)


def window(folder: Path) -> None:
    """Open the folder in the real window and count the polygons and labels it shows."""
    application = QtWidgets.QApplication([])
    made = MainWindow()
    made.show()
    made.image_root = str(folder / "images")
    made.label_root = str(folder / "isat")
    made.config_file = str(folder / "isat" / "isat.yaml")
    made.reload_cfg()
    made.files_list = sorted(p.name for p in (folder / "images").iterdir() if p.suffix != ".json")
    made.files_list = [name for name in made.files_list if not name.startswith(".")]
    shown = 0
    for number in range(len(made.files_list)):
        made.show_image(number)
        for _ in range(20):
            application.processEvents()
        shown += len(made.polygons)
    labels = [each["name"] for each in made.cfg.get("label", [])]
    objects = sum(len(each) for each in read(folder).values())
    print(f"NOTE isat: {shown} polygons of {objects} objects, labels {labels}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
