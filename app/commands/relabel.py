"""Re-segments what others made: masks, boxes or points in, masks out."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from app.batch.folder import BatchFolder
from app.batch.image_tasks import Resegment
from app.batch.importing import Taking, take_over
from app.batch.jobs import TaskJob
from app.commands import exchanging
from app.commands.console import Console, stoppable
from app.commands.options import add_folder, add_take_over, editing, open_folder, runs, share
from app.commands.working import add_ray, at_work
from app.core.errors import Problem
from app.inference.resegment import By, Recipe
from app.storage.exchange.formats import FORMATS
from model.interface import Cancelled
from model.messages import say

SKIPS_TOLD = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser, stores=True)
    add_take_over(parser)
    add_ray(parser)
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="PATH",
        help="first take over the objects in this file or folder of another program",
    )
    parser.add_argument(
        "--format", choices=[*FORMATS], help="of what --from names (default: found out)"
    )
    parser.add_argument(
        "--by",
        type=By,
        choices=[*By],
        default=By.BEST,
        help="what of the old object is the prompt (default: the best there is)",
    )
    parser.add_argument(
        "--passes", type=int, default=2, help="2 feeds the best mask back once (default)"
    )
    parser.add_argument(
        "--margin", type=share, default=0.0, help="share by which boxes are made larger (0)"
    )
    parser.add_argument("--all", action="store_true", help="every object, not only imported ones")
    parser.add_argument(
        "--accept",
        type=share,
        metavar="IOU",
        help="take new masks that agree at least so well with the old ones; others are proposed",
    )
    parser.add_argument(
        "--again", action="store_true", help="also where it was done with the same settings"
    )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    try:
        recipe = Recipe(arguments.by, arguments.passes, arguments.margin)
    except ValueError as error:
        raise Problem(say("These settings cannot be used: {reason}.", error), "", error) from error
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    with ExitStack() as stack:
        stack.enter_context(editing(folder, take_over=arguments.take_over))
        cancelled = stack.enter_context(stoppable())
        work = stack.enter_context(at_work(arguments, console, folder, cancelled))
        loaded = work.loaded
        console.say(runs(loaded))
        taking = None
        if arguments.source is not None:
            try:
                taking = _taken(arguments, folder, console, exchanging.reading(console, cancelled))
            except Cancelled:
                return console.stopped(say("Stopped; nothing was written."))
        task = Resegment(recipe, every=arguments.all, accept_iou=arguments.accept)
        make = partial(TaskJob, task=task, job="relabel", again=arguments.again)
        return work.run(make, taking)


def _taken(
    arguments: argparse.Namespace,
    folder: BatchFolder,
    console: Console,
    progress: exchanging.Reading,
) -> Taking:
    taking = take_over(folder, arguments.source, arguments.format, progress)
    added = sum(change.added for change in taking.changes.values())
    waiting = sum(change.unsegmented for change in taking.changes.values())
    console.say(
        say(
            "Takes over {masks} masks and {waiting} boxes or points on {images} images.",
            added,
            waiting,
            len(taking.changes),
        )
    )
    for skip in taking.skipped[:SKIPS_TOLD]:
        console.say(say("Left out: {where}: {reason}", skip.where, skip.reason))
    if len(taking.skipped) > SKIPS_TOLD:
        console.say(say("... and {count} more.", len(taking.skipped) - SKIPS_TOLD))
    console.emit("taken", masks=added, waiting=waiting, skipped=len(taking.skipped))
    return taking
