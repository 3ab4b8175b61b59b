"""Opens our exports with the programs they are for, each in an environment of its own.

Run by hand: ``python -m tests.bench.reading_programs [--venvs FOLDER] [program ...]``. It makes a
few images with objects that have holes, parts and neighbours, exports them in every format,
installs each program into a virtual environment (kept in FOLDER, so that a second run is quick),
lets it read what was written, and prints a table of what came back.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange.exporting import export_project
from app.storage.exchange.formats import FORMATS
from app.storage.folder import list_images
from app.storage.project import Project
from tests.bench.reading import expected

ROOT = Path(__file__).resolve().parents[2]
LABELS = ("person", "traffic light", "Fußgänger")
EXPORTS: dict[str, tuple[str, dict[str, object]]] = {
    "coco.json": ("coco", {}),
    "coco-polygons.json": ("coco", {"polygons": True}),
    "sa1b": ("sa1b", {}),
    "labelme": ("labelme", {"copy_images": True}),
    "labelme-masks": ("labelme", {"copy_images": True, "polygons": False}),
    "labelme-elsewhere": ("labelme", {}),
    "yolo": ("yolo", {"copy_images": True}),
    "yolo-boxes": ("yolo", {"copy_images": True, "boxes": True}),
    "voc": ("voc", {"copy_images": True}),
    "instance-png": ("instance-png", {}),
    "semantic-png": ("semantic-png", {}),
    "masks": ("masks", {}),
    "isat": ("isat", {}),
}


@dataclass(frozen=True, slots=True)
class Program:
    """A reading program: what to install, and the script of ``tests/bench/reading`` that uses it.

    Attributes:
        told: the package whose version the table tells.
        script: the module that reads.
        packages: to be installed with what they need.
        alone: to be installed without.
        shared: whether the libraries of this environment are seen too, as torch is large.
        environment: variables for the script.
    """

    told: str
    script: str
    packages: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    shared: bool = False
    environment: tuple[tuple[str, str], ...] = ()


PROGRAMS = {
    "pycocotools-2.0.9": Program("pycocotools", "coco_tools", ("pycocotools==2.0.9",)),
    "pycocotools-2.0.10": Program("pycocotools", "coco_tools", ("pycocotools==2.0.10",)),
    "pycocotools": Program("pycocotools", "coco_tools", ("pycocotools",)),
    "supervision": Program("supervision", "supervision_reads", ("supervision",)),
    "datumaro": Program("datumaro", "datumaro_reads", ("datumaro",)),
    "fiftyone": Program(
        "fiftyone",
        "fiftyone_reads",
        ("fiftyone", "fiftyone-db", "pycocotools"),
        environment=(("FIFTYONE_DO_NOT_TRACK", "true"),),
    ),
    "ultralytics": Program(
        "ultralytics",
        "ultralytics_reads",
        ("polars", "requests", "matplotlib"),
        ("ultralytics", "ultralytics-thop", "torchvision==0.28", "scipy"),
        shared=True,
    ),
    "labelme": Program("labelme", "labelme_reads", ("labelme",)),
    "isat": Program(
        "isat-sam",
        "isat_reads",
        (
            *("imgviz", "pyqt5", "pydicom", "fuzzywuzzy", "python-Levenshtein", "orjson"),
            *("pycocotools", "requests", "scikit-image", "iopath", "hydra-core", "ftfy", "einops"),
        ),
        ("isat-sam", "timm", "torchvision==0.28"),
        shared=True,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", help=f"of {', '.join(PROGRAMS)} (default: all)")
    parser.add_argument("--venvs", type=Path, help="where environments are kept")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make(folder)
        venvs = (arguments.venvs or folder / "venvs").resolve()
        print("| program | version | format | equal | the others | |")
        print("|---|---|---|---|---|---|", flush=True)
        for name in arguments.programs or PROGRAMS:
            for row in rows(name, PROGRAMS[name], folder, venvs):
                print(f"| {' | '.join(row)} |", flush=True)


def make(folder: Path) -> None:
    """Images, their objects and every export of them, and what is to come back."""
    images = folder / "images"
    images.mkdir()
    project, labels = Project(images), LabelSet().with_renamed(1, LABELS[0])
    for name in LABELS[1:]:
        labels = labels.with_added(name)
    project.write_labels(labels, None)
    known: dict[str, list[tuple[str, tuple[int, int], list[int]]]] = {}
    for number, name in enumerate(("a.png", "b c.jpg", "über.png", "wide.jpg")):
        size = (240, 320) if number < 3 else (100, 500)
        document = objects(number, size)
        pixels = np.random.default_rng(number).integers(0, 255, (*size, 3), np.uint8)
        (images / name).write_bytes(cv2.imencode(Path(name).suffix, pixels)[1].tobytes())
        project.write_objects(images / name, document, None)
        known[Path(name).stem] = [
            (labels.label(each.label_id).name, size, each.mask.runs.tolist()) for each in document
        ]
    expected.write(folder, known)
    for target, (form, options) in EXPORTS.items():
        chosen = list_images(images)
        report = export_project(project, chosen, FORMATS[form], folder / target, options=options)
        assert report.images == len(known), (target, report.skipped)


def objects(seed: int, size: tuple[int, int]) -> Document:
    """Blobs side by side, every second one with a hole, every third one in two parts."""
    random = np.random.default_rng(seed)
    document = Document(*size)
    columns = 6
    width = size[1] // columns
    for number in range(columns):
        pixels = np.zeros(size, np.uint8)
        center = width * number + width // 2, int(random.integers(40, size[0] - 40))
        axes = int(random.integers(10, width // 2)), int(random.integers(12, 38))
        cv2.ellipse(pixels, center, axes, float(random.integers(0, 2)), 0, 360, 1, -1)
        if number % 2:
            cv2.circle(pixels, center, 5, 0, -1)
        if number % 3 == 0:
            cv2.rectangle(pixels, (width * number, 0), (width * number + 6, 9), 1, -1)
        mask = Mask.from_array(pixels.astype(bool))
        document = document.with_added(mask, 1 + number % len(LABELS))
    return document


def rows(name: str, program: Program, folder: Path, venvs: Path) -> Iterator[list[str]]:
    """The table's rows of one program; one row with the reason where it could not be run."""
    python = venvs / name / "bin" / "python"
    failure = installed(python, program)
    if failure:
        yield [program.told, "", "", "not run", failure, ""]
        return
    version = out(python, f"import importlib.metadata as m; print(m.version({program.told!r}))")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    (folder / "home").mkdir(exist_ok=True)
    environment |= {"HOME": str(folder / "home"), **dict(program.environment)}
    # From another folder than that of the data, as people start their training.
    (folder / "elsewhere").mkdir(exist_ok=True)
    words = [str(python), "-m", f"tests.bench.reading.{program.script}", str(folder)]
    done = subprocess.run(
        words,
        cwd=folder / "elsewhere",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith("READ "):
            told = json.loads(line.removeprefix("READ "))
            share = f"{told['equal']} of {told['total']}"
            yield [program.told, version, told["format"], share, told["worst"], told["note"]]
        if line.startswith("NOTE "):
            yield [program.told, version, "window", "", "", line.removeprefix("NOTE ")]
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1]
        yield [program.told, version, "", "ended early", last[:200], ""]


def installed(python: Path, program: Program) -> str:
    """Install it unless it is there; why that failed, or nothing."""
    if python.exists():
        return ""
    venv.create(python.parent.parent, with_pip=True)
    if program.shared:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        place = python.parent.parent / "lib" / version / "site-packages" / "shared.pth"
        place.write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    for packages, more in ((program.packages, []), (program.alone, ["--no-deps"])):
        if packages:
            words = [str(python), "-m", "pip", "install", "--quiet", *more, *packages]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode:
                return (done.stderr.strip().splitlines() or ["pip failed"])[-1][:200]
    return ""


def out(python: Path, code: str) -> str:
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
