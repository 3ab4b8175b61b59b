"""Run as a program: trains a proposer, and kills itself after a certain step.

Arguments: the folder of the images, the home of the program, where the training is kept, the step.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from pathlib import Path

from app.batch.folder import BatchFolder
from app.batch.jobs import Worker
from app.batch.kept_training import KeptTraining
from app.batch.proposer import Trained, train_proposer
from app.inference import questions as q
from app.inference.engine import Engine
from app.storage.places import Places
from model.proposer import training as proposer_training
from tests.seeing_model import SeeingModel

EPOCHS, MIN_STEPS = 5, 40


def learn(folder: Path, home: Path, place: Path, last: int | None, told: list[int]) -> Trained:
    """Train with the state kept every third step; ``told`` gets each step."""
    model = SeeingModel()
    engine = Engine(lambda choice: model)
    engine.answer(q.Load(q.Choice()), lambda: False)
    ticks = count()

    def progress(what: str, done: int, total: int) -> None:
        if what.startswith("learning"):
            told.append(done)
            if done == last:
                os.kill(os.getpid(), signal.SIGKILL)

    return train_proposer(
        BatchFolder.of([folder], Places.below(home)),
        Worker(engine),
        epochs=EPOCHS,
        progress=progress,
        keeper=KeptTraining(place, lambda: float(next(ticks))),
    )


if __name__ == "__main__":
    proposer_training.MIN_STEPS = MIN_STEPS
    learn(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), [])
