"""Writes the names of labels into files that hold only numbers, and tells where lists disagree."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.batch.folder import BatchFolder
from app.commands.console import DONE, SOME_FAILED, Console, stoppable
from app.commands.language import told
from app.commands.options import add_json, add_output, editing, here, path_or_url, with_output
from app.core.errors import Problem
from app.storage.places import Places
from model.messages import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=path_or_url, help="the folder of the images")
    parser.add_argument(
        "--as",
        dest="table",
        type=Path,
        metavar="FOLDER",
        help="where lists of labels disagree, take the one of this folder",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")
    add_output(parser)
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    found = BatchFolder.of([here(arguments.folder)], Places.of_user(), recursive=True)
    folder = with_output(found, arguments.output)
    if arguments.table is not None:
        folder.project.decide(arguments.table)
    written, unsure = 0, 0
    with editing(folder), stoppable() as cancelled:
        for name in folder.names:
            if cancelled():
                return console.stopped(
                    say("Stopped. What is written is kept; start again to go on.")
                )
            try:
                written += _named(folder, name, write=not arguments.dry_run)
            except Problem as problem:
                unsure += 1
                console.emit("unsure", image=name, reason=problem.what)
                console.say(f"{name}: {told(problem.what)}")
    status = SOME_FAILED if unsure else DONE
    console.emit("end", status=status, written=written, unsure=unsure)
    done = say(
        "Wrote the names of labels for {count} images; {unsure} are not certain.", written, unsure
    )
    if arguments.dry_run:
        done = say(
            "Would write the names of labels for {count} images; {unsure} are not certain.",
            written,
            unsure,
        )
    console.answer(done)
    if unsure:
        how = say("Say whose list they were drawn with: maskwright labels FOLDER --as FOLDER")
        console.say(how)
    return status


def _named(folder: BatchFolder, name: str, *, write: bool) -> bool:
    """Whether the file of an image held numbers without names, and does no longer."""
    use = folder.project.use_of(folder.project.root / name)
    if use.ids <= set(use.told):
        return False
    held = folder.objects(name)
    if write:
        folder.write(held, held.document)
    return True
