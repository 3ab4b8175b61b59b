"""Proposes masks on every image of a folder: from a grid of points, or from a detector's boxes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.batch.box_sources import DetectorBoxes, proposer_boxes, with_classes
from app.batch.folder import BatchFolder
from app.batch.image_tasks import Boxes, Everything, Finder, Propose
from app.batch.jobs import TaskJob
from app.batch.words import ByWords, Words
from app.commands.console import Console, stoppable
from app.commands.options import add_folder, add_take_over, editing, open_folder, runs, share
from app.commands.word_options import add_words, word_labels, words_source
from app.commands.working import add_ray, at_work
from app.core.errors import Problem
from app.inference import questions as q
from app.inference.proposals import suited
from model.everything import Sure
from model.messages import Message, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser, stores=True)
    add_take_over(parser)
    add_ray(parser)
    _add_grid(parser)
    parser.add_argument(
        "--skip",
        choices=["accepted", "sure"],
        help="ask nothing inside accepted objects; nor inside small masks that are sure already",
    )
    parser.add_argument(
        "--detector", type=Path, metavar="TOML", help="take its boxes instead of a grid of points"
    )
    parser.add_argument(
        "--proposer", action="store_true", help="take the boxes of the folder's trained proposer"
    )
    add_words(parser)
    parser.add_argument(
        "--labels", action="store_true", help="the detector's classes become labels"
    )
    parser.add_argument(
        "--accept",
        type=share,
        metavar="IOU",
        help="accept masks with at least this predicted IoU at once; without it none is",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="also images that are done, skipped or have proposals; those that nobody has looked "
        "at are replaced",
    )
    parser.add_argument(
        "--again", action="store_true", help="as --all, and where it was done just so before"
    )


def _add_grid(parser: argparse.ArgumentParser) -> None:
    numbers: list[tuple[str, type, Message]] = [
        ("points", int, say("points per side of the grid")),
        ("crops", int, say("layers of crops looked at closer")),
        (
            "predicted-iou",
            float,
            say("keep masks with a predicted IoU above it"),
        ),
        ("stability", float, say("keep masks at least as stable")),
        (
            "overlap",
            float,
            say("of two boxes with a larger IoU keep one"),
        ),
        (
            "max-cover",
            float,
            say("drop masks covering this share of the image"),
        ),
        (
            "min-area",
            int,
            say("drop masks, specks and holes of fewer pixels"),
        ),
    ]
    for name, kind, text in numbers:
        parser.add_argument(
            f"--{name}",
            type=kind,
            metavar="N",
            help=say("{text} (default: as suits the model)", text),
        )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    if arguments.skip and (arguments.detector or arguments.proposer):
        raise Problem(
            say(
                "--skip passes over points of the grid; a detector and the proposer ask no points."
            ),
            say("Leave it out, or propose by points."),
        )
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    words = None if arguments.text is None else _words(arguments)
    detector = None if arguments.detector is None else DetectorBoxes(arguments.detector)
    if detector is not None:
        detector.load()
    with ExitStack() as stack:
        stack.enter_context(editing(folder, take_over=arguments.take_over))
        cancelled = stack.enter_context(stoppable())
        if detector is not None and arguments.labels:
            detector.label_ids = _label_ids(folder, detector.classes)
        if words is not None:
            words.label_ids = word_labels(folder, words.words)
        work = stack.enter_context(at_work(arguments, console, folder, cancelled))
        loaded = work.loaded
        console.say(runs(loaded))
        finder: Finder = _everything(arguments, loaded)
        if arguments.proposer:
            proposer = proposer_boxes(folder.project, say("Train one: maskwright train-proposer."))
            proposer.require(loaded)
            finder = Boxes(proposer)
        elif detector is not None:
            finder = Boxes(detector)
        elif words is not None:
            finder = Words(words)
        task = Propose(finder, again=arguments.all or arguments.again, accept_iou=arguments.accept)
        return work.run(partial(TaskJob, task=task, job="automask", again=arguments.again))


def _words(arguments: argparse.Namespace) -> ByWords:
    """What is found by words, its detector loaded. Raises Problem."""
    others = arguments.detector, arguments.proposer, arguments.skip, arguments.accept
    if any(each is not None and each is not False for each in others):
        raise Problem(
            say("--text goes with none of --detector, --proposer, --skip and --accept."),
            say("Leave the others out."),
        )
    return words_source(arguments)


def _everything(arguments: argparse.Namespace, loaded: q.Loaded) -> Everything:
    """The settings that suit the model, with what the arguments say in their place."""
    usual = suited(loaded)
    grid = {"points_per_side": arguments.points, "crop_layers": arguments.crops}
    filters = {
        "predicted_iou": arguments.predicted_iou,
        "stability": arguments.stability,
        "box_iou": arguments.overlap,
        "crop_iou": arguments.overlap,
        "max_cover": arguments.max_cover,
        "min_area": arguments.min_area,
    }
    try:
        settings = replace(
            usual,
            grid=replace(usual.grid, **{k: v for k, v in grid.items() if v is not None}),
            filters=replace(usual.filters, **{k: v for k, v in filters.items() if v is not None}),
            sure=Sure() if arguments.skip == "sure" else None,
        )
    except ValueError as error:
        raise Problem(say("These settings cannot be used: {reason}.", error), "", error) from error
    fit = arguments.predicted_iou is None and arguments.stability is None
    avoid = arguments.skip is not None
    return Everything(settings, arguments.min_area, fit, avoid)


def _label_ids(folder: BatchFolder, names: Sequence[str]) -> list[int]:
    """The labels of these names, added to the folder where it has none of that name."""
    loaded = folder.project.read_labels()
    if loaded.read_only is not None:
        raise Problem(say("The labels of the folder cannot be changed: {reason}", loaded.read_only))
    labels, ids = with_classes(loaded.labels, names)
    if labels is not loaded.labels:
        folder.write_labels(labels, loaded.token)
    return ids
