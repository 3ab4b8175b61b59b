"""Proposes masks on every image of a folder: from a grid of points, or from a detector's boxes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.batch.folder import BatchFolder
from app.batch.jobs import Automask, Choosing
from app.batch.proposer import FILE
from app.commands.console import Console, run_batch, stoppable
from app.commands.options import (
    add_folder,
    add_model,
    add_take_over,
    editing,
    embedding_store,
    load_worker,
    open_folder,
    share,
)
from app.core.errors import Problem
from app.core.labels import as_name
from app.inference.proposals import suited
from app.storage.guarded import read_file
from model.detection.detector import Detector, load_detector
from model.everything import Settings, Sure
from model.interface import ModelError
from model.proposer.proposer import MAX_BYTES, Head, loads


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_take_over(parser)
    add_model(parser)
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="write SA-1B files there instead of beside the images",
    )
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
        "--again", action="store_true", help="also where it was done with the same settings"
    )


def _add_grid(parser: argparse.ArgumentParser) -> None:
    numbers: list[tuple[str, type, str]] = [
        ("points", int, "points per side of the grid"),
        ("crops", int, "layers of crops looked at closer"),
        ("predicted-iou", float, "keep masks with a predicted IoU above it"),
        ("stability", float, "keep masks at least as stable"),
        ("overlap", float, "of two boxes with a larger IoU keep one"),
        ("max-cover", float, "drop masks covering this share of the image"),
        ("min-area", int, "drop masks, specks and holes of fewer pixels"),
    ]
    for name, kind, text in numbers:
        parser.add_argument(
            f"--{name}", type=kind, metavar="N", help=f"{text} (default: as suits the model)"
        )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    if arguments.skip and (arguments.detector or arguments.proposer):
        raise Problem(
            "--skip passes over points of the grid; a detector and the proposer ask no points.",
            "Leave it out, or propose by points.",
        )
    folder = open_folder(arguments, arguments.output)
    console.left_out(folder.left_out)
    detector = _detector(arguments.detector)
    with editing(folder, take_over=arguments.take_over), stoppable() as cancelled:
        label_ids = None
        if detector is not None and arguments.labels:
            label_ids = _label_ids(folder, detector.description.output.classes)
        worker, loaded = load_worker(arguments, cancelled, embedding_store())
        console.say(f"{loaded.variant} on {loaded.report.device}, {loaded.report.precision}")
        choosing = _choosing(arguments, loaded.variant)
        head = _proposer(folder, worker.identity) if arguments.proposer else None
        job = Automask(folder, worker, choosing, detector, label_ids, head, arguments.again)
        job.progress = lambda done, total: console.progress(f"  {done} of {total} points")
        return run_batch(console, folder.names, job, cancelled)


def _choosing(arguments: argparse.Namespace, variant: str) -> Choosing:
    """The settings that suit the model, with what the arguments say in their place."""
    usual = suited(variant)
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
        settings = Settings(
            replace(usual.grid, **{k: v for k, v in grid.items() if v is not None}),
            replace(usual.filters, **{k: v for k, v in filters.items() if v is not None}),
            Sure() if arguments.skip == "sure" else None,
        )
    except ValueError as error:
        raise Problem(f"These settings cannot be used: {error}.", "", error) from error
    fit = arguments.predicted_iou is None and arguments.stability is None
    avoid = arguments.skip is not None
    return Choosing(settings, settings.filters.min_area, arguments.accept, fit, avoid)


def _detector(path: Path | None) -> Detector | None:
    if path is None:
        return None
    try:
        return load_detector(path)
    except ModelError as error:
        raise Problem(f"The detector cannot be used: {error}", "", error) from error


def _proposer(folder: BatchFolder, identity: str) -> Head:
    path = folder.project.own / FILE
    data = read_file(path, MAX_BYTES)
    if data is None:
        raise Problem("This folder has no proposer yet.", "Train one: maskwright train-proposer.")
    try:
        head = loads(data)
    except ModelError as error:
        raise Problem(f"{path} cannot be used: {error}", "Train it again.", error) from error
    if head.model != identity:
        raise Problem("The proposer was trained for another model.", "Train it again.")
    return head


def _label_ids(folder: BatchFolder, names: Sequence[str]) -> list[int]:
    """The labels of these names, added to the folder where it has none of that name."""
    loaded = folder.project.read_labels()
    if loaded.read_only is not None:
        raise Problem(f"The labels of the folder cannot be changed: {loaded.read_only}")
    called = [as_name(name) for name in names]
    labels = loaded.labels.with_names(called)
    if labels is not loaded.labels:
        folder.project.write_labels(labels, loaded.token)
    found = [labels.named(name) for name in called]
    return [1 if label is None else label.id for label in found]
