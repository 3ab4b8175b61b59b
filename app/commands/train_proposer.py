"""Trains the folder's object proposer on accepted masks; precision and recall are shown first."""

from __future__ import annotations

import argparse
from functools import partial

from app.batch.kept_training import KeptTraining
from app.batch.proposer import Trained, keep, train_proposer
from app.commands.console import DONE, Console, padded, stoppable
from app.commands.language import told
from app.commands.options import (
    add_folder,
    add_model,
    add_take_over,
    editing,
    embedding_store,
    load_worker,
    open_folder,
)
from app.core.errors import Problem
from app.storage.places import Places
from model.interface import Cancelled
from model.messages import joined, say
from model.proposer.training import EPOCHS

HEAD = (say("confidence"), say("precision"), say("recall"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_take_over(parser)
    add_model(parser, served=True)
    parser.add_argument(
        "--all", action="store_true", help="learn from images that are not done, too"
    )
    parser.add_argument(
        "--epochs", type=int, default=EPOCHS, help="how often each image is seen (%(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random start (0)")


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    if arguments.epochs < 1:
        raise Problem(
            say("Each image must be seen at least once."), say("Give --epochs 1 or more.")
        )
    with editing(folder, take_over=arguments.take_over), stoppable() as cancelled:
        worker, _ = load_worker(arguments, cancelled, embedding_store())
        keeper = KeptTraining(Places.of_user().trainings)
        try:
            trained = train_proposer(
                folder,
                worker,
                every=arguments.all,
                epochs=arguments.epochs,
                seed=arguments.seed,
                progress=partial(_progress, console),
                keeper=keeper,
            )
        except Cancelled:
            stopped = say(
                "Stopped; the proposer of before is as it was. What was learned is kept: start "
                "again to go on."
            )
            return console.stopped(stopped)
        _tell(console, trained)
        path = keep(folder.project, trained)
        keeper.close()
        console.say(say("Written to {path}. Use it: maskwright automask --proposer", path))
    return DONE


def _progress(console: Console, what: str, done: int, total: int) -> None:
    console.progress(say("{what}: {done} of {total}", what, done, total))
    if done * 100 // total > (done - 1) * 100 // total:
        console.emit("progress", what=what.split(",")[0], done=done, total=total)


def _tell(console: Console, trained: Trained) -> None:
    best = trained.best
    console.emit(
        "trained",
        status=DONE,
        images=trained.images,
        objects=trained.objects,
        held_out_images=trained.held_images,
        held_out_objects=trained.held_objects,
        confidence=best.confidence,
        precision=round(best.precision, 4),
        recall=round(best.recall, 4),
        scores=[
            {"confidence": s.confidence, "precision": s.precision, "recall": s.recall}
            for s in trained.scores
        ],
    )
    learned = say(
        "Learned from {objects} objects on {images} images; measured on {held} objects on "
        "{others} images held out (box IoU at least 0.5):",
        trained.objects,
        trained.images,
        trained.held_objects,
        trained.held_images,
    )
    head = [padded(told(words), -12) for words in HEAD]
    lines: list[str] = [learned, "".join(head)]
    for score in trained.scores:
        values = score.confidence, score.precision, score.recall
        line = "".join(f"{value:12.2f}" for value in values)
        lines.append(say("{line}  <- used", line) if score is best else line)
    if not trained.tells_enough:
        lines.append(say("These are too few objects, or none was found, to tell how good it is."))
    console.answer(joined(lines, "\n"))
