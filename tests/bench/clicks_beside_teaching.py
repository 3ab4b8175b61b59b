"""How long clicks take while the built-in model is taught beside them.

    python -m tests.bench.clicks_beside_teaching FOLDER [--turns 8] [--as window|terminal]

``FOLDER`` holds images with enough accepted masks. A lesson is begun in a process of its own, as
the window and ``run.py teach`` do it, or at low priority in the session of a terminal's shell,
where that counts for little. Clicks are answered in turns of some seconds: while it works, and
while it is stopped, so that what else the machine does counts on both sides. The lesson is thrown
away.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

import model
from app.batch.folder import BatchFolder
from app.batch.lesson_data import material_of
from app.batch.teachable import Wanted, begin, teachable
from app.batch.teaching import Run
from app.core.prompt import Point, Prompt
from app.inference.engine import model_prompt
from app.inference.full_size import answered_mask
from app.inference.questions import Choice
from app.storage.places import Places
from app.storage.reading import read_picture
from app.storage.shipped import SAMPLES
from model.interface import Embedding, Model

TURN_S = 6.0
PAUSE_S = 0.15
"""Between two clicks: a person's hand is slower still."""


def clicks(sam: Model, embedding: Embedding, seconds: float) -> list[float]:
    """Milliseconds from the question to the mask of the image, for clicks in so many seconds."""
    took, until, number = [], time.monotonic() + seconds, 0
    height, width = embedding.image_size
    while time.monotonic() < until:
        time.sleep(PAUSE_S)
        number += 1
        point = Point(width * (0.3 + 0.05 * (number % 8)), height * (0.3 + 0.05 * (number % 7)))
        prompt = Prompt.of(point)
        begun = time.perf_counter()
        found = sam.decode(embedding, model_prompt(prompt, None))
        answered_mask(found, found.best, prompt)
        took.append((time.perf_counter() - begun) * 1000)
    return took


def told(took: list[float]) -> str:
    return (
        f"median {statistics.median(took):5.1f} ms, 90 % within {np.quantile(took, 0.9):5.1f}, "
        f"{len(took)} clicks"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--as", dest="way", choices=("window", "terminal"), default="window")
    arguments = parser.parse_args()
    picture = read_picture(SAMPLES / "coffee.png")
    sam = model.load("builtin")
    embedding = sam.embed(picture.pixels).guided_by(picture.pixels)
    clicks(sam, embedding, 3)
    with tempfile.TemporaryDirectory() as place:
        lesson = _lesson(arguments.folder, Places.below(Path(place)))
        process = _begun(lesson, arguments.way)
        try:
            beside, alone, shares = _turns(process, lesson, sam, embedding, arguments.turns)
        finally:
            process.send_signal(signal.SIGCONT)
            lesson.want("leave")
            process.terminate()
            process.wait(60)
    print(f"lesson stopped: {told(alone)}")
    print(f"lesson running: {told(beside)}; it had {statistics.mean(shares):.2f} processors")


def _lesson(root: Path, places: Places) -> Run:
    folder = BatchFolder.of([root], places)
    run = Run.of(folder.project, places)
    begin(folder, material_of(folder), run, teachable(Choice()), Wanted(30.0))
    return run


def _begun(lesson: Run, way: str) -> subprocess.Popen[bytes]:
    if way == "window":
        return lesson.spawn()
    # Another session, whose leader is a shell that does nothing.
    command = [sys.executable, "-P", "-m", "app.batch.teacher", str(lesson.place)]
    root = str(Path(__file__).parents[2])
    shell = ["/bin/sh", "-c", f"{' '.join(command)} & echo $! && wait"]
    variables = {**os.environ, "PYTHONPATH": root}
    return subprocess.Popen(shell, env=variables, start_new_session=True, stdout=subprocess.DEVNULL)


def _turns(
    process: subprocess.Popen[bytes], lesson: Run, sam: Model, embedding: Embedding, turns: int
) -> tuple[list[float], list[float], list[float]]:
    while (status := lesson.status()) is None or status.stage in ("waiting", "preparing"):
        if process.poll() is not None:
            raise SystemExit(lesson.last_words())
        time.sleep(1)
    workers = [psutil.Process(process.pid)]
    workers += workers[0].children(recursive=True)
    beside: list[float] = []
    alone: list[float] = []
    shares: list[float] = []
    for _ in range(turns):
        before, begun = _seconds(workers), time.monotonic()
        beside += clicks(sam, embedding, TURN_S)
        shares.append((_seconds(workers) - before) / (time.monotonic() - begun))
        for each in workers:
            each.suspend()
        alone += clicks(sam, embedding, TURN_S)
        for each in workers:
            each.resume()
    return beside, alone, shares


def _seconds(workers: list[psutil.Process]) -> float:
    return sum(float(each.cpu_times().user + each.cpu_times().system) for each in workers)


if __name__ == "__main__":
    main()
