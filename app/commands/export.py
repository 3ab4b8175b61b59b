"""Writes the objects of a folder in another format, read back and compared."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from app.commands import exchanging
from app.commands.console import DONE, SOME_FAILED, Console, stoppable
from app.commands.language import told
from app.commands.options import add_output, here, path_or_url, project_in
from app.core.document import ImageStatus, State
from app.core.errors import Problem
from app.storage.exchange.exporting import ACCEPTED, Choice, export_project, with_inside
from app.storage.exchange.formats import FORMATS
from app.storage.folder import list_images
from app.storage.foreign_files import LeftOut
from app.storage.shipped import SAMPLES
from model.interface import Cancelled
from model.messages import say, say_count


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=path_or_url, help="the folder of the images")
    exchanging.add_target(parser)
    parser.add_argument("--recursive", action="store_true", help="also the folders inside")
    parser.add_argument(
        "--state",
        action="append",
        type=State,
        choices=[*State],
        help="objects to write, may be repeated (default: accepted and edited)",
    )
    parser.add_argument(
        "--status",
        action="append",
        type=ImageStatus,
        choices=[*ImageStatus],
        help="images to write",
    )
    parser.add_argument(
        "--waiting", action="store_true", help="also objects that are still boxes, as boxes"
    )
    parser.add_argument(
        "--no-empty", action="store_true", help="leave out images without objects to write"
    )
    add_output(parser)
    exchanging.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    options = exchanging.options_of(arguments.option)
    exchanging.check_options(arguments.to, options)
    choice = Choice(
        states=frozenset(arguments.state) if arguments.state else ACCEPTED,
        statuses=frozenset(arguments.status) if arguments.status else None,
        unsegmented=arguments.waiting,
        empty=not arguments.no_empty,
    )
    left_out = LeftOut()
    names = list_images(here(arguments.folder), recursive=arguments.recursive, left_out=left_out)
    console.left_out(left_out)
    project = project_in(here(arguments.folder), arguments.output)
    with stoppable() as cancelled:
        try:
            report = export_project(
                project,
                names,
                FORMATS[arguments.to],
                arguments.target,
                choice=choice,
                options=options,
                progress=exchanging.writing(console, cancelled),
                overwrite=arguments.overwrite,
            )
        except Cancelled:
            return exchanging.stopped(console, FORMATS[arguments.to])
    if not arguments.recursive:
        report = with_inside(report, project, names)
    return exchanging.tell_export(console, report, arguments.target)


def export_folder(paths: Sequence[Path], target: Path) -> int:
    """Export the folder, or the images, in ``paths``; the samples if it is empty.

    Raises:
        Problem: there is nothing to export, or the file cannot be written.
    """
    root, names = _chosen(paths)
    chosen = list_images(root) if names is None else names
    project = project_in(root, None)
    report = export_project(project, chosen, FORMATS["coco"], target)
    if names is None:
        report = with_inside(report, project, chosen)
    masks = say_count("{count} mask", "{count} masks", report.objects)
    images = say_count("{count} image", "{count} images", report.images)
    wrote = say(
        "Wrote {masks} of {images} to {target}; read back and compared.", masks, images, target
    )
    print(told(wrote))
    for skip in report.skipped:
        print(told(say("Left out: {where}: {reason}", skip.where, skip.reason)))
    for line in exchanging.remarks(report):
        print(told(line))
    return SOME_FAILED if report.skipped else DONE


def _chosen(paths: Sequence[Path]) -> tuple[Path, list[str] | None]:
    """The folder, and names in it; None for all of them."""
    if not paths:
        return SAMPLES, None
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0], None
    parents = {path.parent for path in paths}
    if len(parents) > 1 or any(not path.is_file() for path in paths):
        raise Problem(
            say("One folder, or images of one folder, can be exported at a time."),
            say("Name the folder that holds them."),
        )
    return parents.pop(), [path.name for path in paths]
