"""Fills the cache of embeddings, so that the window answers the first click at once."""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from app.batch.jobs import Embed
from app.commands.console import Console, stoppable
from app.commands.options import add_folder, embedding_store, open_folder, runs
from app.commands.working import add_ray, at_work
from model.messages import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser, stores=True)
    add_ray(parser)
    parser.add_argument(
        "--limit-gb",
        type=float,
        metavar="N",
        help="disk space of the cache, what was not used for longest goes first "
        "(default: as in the window's settings)",
    )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    folder = open_folder(arguments)
    console.left_out(folder.left_out)
    limit = arguments.limit_gb
    store = embedding_store(None if limit is None else int(limit * (1 << 30)))
    with ExitStack() as stack:
        cancelled = stack.enter_context(stoppable())
        work = stack.enter_context(at_work(arguments, console, folder, cancelled, store))
        loaded, report = work.loaded, work.loaded.report
        console.say(say("{model}: {reason}", runs(loaded), report.reason))
        return work.run(Embed)
