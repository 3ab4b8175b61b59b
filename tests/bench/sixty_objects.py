"""Actions per accepted mask on a fixed list of objects, the same on any commit of the program.

    python -m tests.bench.sixty_objects DATA [--choose] [--ways click box] [--times N]
        [--window]

DATA holds the folders that ``sixty_objects.json`` names, each with images and masks as for
``evaluate``. A simulated annotator makes each object in the program below its window, begun by a
click and once more begun by a box, until its IoU is 0.85, and accepts it, and all that N times with
other small errors of the hand; see
``tests/bench/simulated_annotator.py`` for how it chooses and for its pace. To measure an earlier
commit, put this file, the list and the annotator into a checkout of it.

``--window`` works the real window with mouse and keys instead (``tests/bench/window_hands.py``),
under ``xvfb-run`` or with Qt's offscreen platform.

``--choose`` writes the list anew: 20 objects of each folder, drawn by a seed, one of an image.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from app.storage.places import Places
from model.training.samples import Sample, read_folder
from tests.bench.simulated_annotator import Annotator, Attempt, Effort, Program

LIST = Path(__file__).with_suffix(".json")
FOLDERS, EACH, SEED, LEAST_PX = ("ecssd300", "val", "nuclei120"), 20, 16, 64
HEAD = (
    "| objects, begun by | accepted | actions a mask | seconds a mask | clicks / keys / strokes "
    "a mask | right pixels lost a corrective click | IoU |\n|---|---|---|---|---|---|---|"
)


def chosen(data: Path) -> dict[str, list[tuple[str, int]]]:
    """By folder: names of images and which of their masks."""
    random = np.random.default_rng(SEED)
    found: dict[str, list[tuple[str, int]]] = {}
    for folder in FOLDERS:
        samples = read_folder(data / folder)
        objects: list[tuple[str, int]] = []
        for place in random.permutation(len(samples)).tolist():
            large = [i for i in range(len(samples[place].runs)) if _is_large(samples[place], i)]
            if large and len(objects) < EACH:
                objects.append((samples[place].path.name, int(random.choice(large))))
        found[folder] = sorted(objects)
    return found


def _is_large(sample: Sample, index: int) -> bool:
    return sample.area(index) >= LEAST_PX


def attempts(
    data: Path,
    folder: str,
    objects: Iterable[tuple[str, int]],
    way: str,
    times: int,
    program_of: Callable[[Places], Program] = Program,
) -> list[Attempt]:
    """Make these objects, each on its image in a copy of the folder."""
    samples = {sample.path.name: sample for sample in read_folder(data / folder)}
    found: list[Attempt] = []
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, "images")
        copy.mkdir()
        for name, _ in objects:
            shutil.copy(samples[name].path, copy)
        program = program_of(Places.below(Path(place, "user")))
        try:
            program.open(copy)
            for number, (name, index) in enumerate(objects):
                program.go(copy / name)
                for time in range(times):
                    annotator = Annotator(program, SEED + number + 1000 * time)
                    found.append(annotator.make(samples[name].mask(index), way))
                    program.clear()
        finally:
            program.close()
    return found


def row(title: str, found: Sequence[Attempt]) -> str:
    """A line of the table in README.md."""
    effort = sum((each.effort for each in found), Effort())
    made = [each for each in found if each.accepted]
    count = max(len(made), 1)
    lost = [share for each in found for share in each.lost]
    return (
        f"| {title} | {len(made)} of {len(found)} | {effort.actions / count:.2f} | "
        f"{effort.seconds / count:.1f} | {effort.clicks / count:.2f} / {effort.keys / count:.2f} / "
        f"{effort.strokes / count:.2f} | "
        f"{100 * np.mean(lost or [0.0]):.1f} % | {np.mean([each.iou for each in found]):.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--ways", nargs="+", choices=("click", "box"), default=("click", "box"))
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--window", action="store_true")
    arguments = parser.parse_args()
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    program_of: type[Program] = Program
    if arguments.window:
        program_of = importlib.import_module("tests.bench.window_hands").WindowProgram
    if arguments.choose:
        rows = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in chosen(arguments.data).items()]
        LIST.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
        return
    lists = json.loads(LIST.read_text(encoding="utf-8"))
    print(HEAD)
    for way in arguments.ways:
        every: list[Attempt] = []
        for folder, objects in lists.items():
            found = attempts(arguments.data, folder, objects, way, arguments.times, program_of)
            print(row(f"{folder}, {way}", found), flush=True)
            every += found
        print(row(f"all, {way}", every), flush=True)


if __name__ == "__main__":
    main()
