"""Fills the cache of embeddings, so that the window answers the first click at once."""

from __future__ import annotations

import argparse

from app.batch.jobs import Embed
from app.batch.run import steps
from app.commands.console import Console, run_batch, stoppable
from app.commands.options import (
    add_folder,
    add_model,
    embedding_store,
    load_worker,
    open_folder,
)
from app.storage.reading import key_of_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_model(parser, served=True)
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

    def key(name: str) -> str:
        folder.size(name)  # of what is no image, gigabytes need not be read
        return key_of_file(folder.project.root / name)

    with stoppable() as cancelled:
        worker, loaded = load_worker(arguments, cancelled, store)
        report = loaded.report
        console.say(f"{loaded.variant} on {report.device}, {report.precision}: {report.reason}")
        job = Embed(folder, worker, store.has, key)
        return run_batch(console, steps(folder.names, job, cancelled))
