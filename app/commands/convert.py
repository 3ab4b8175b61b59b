"""FastestVariant one format into another, without a folder of ours between."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.commands import exchanging
from app.commands.console import Console, stoppable
from app.storage.exchange.convert import convert
from app.storage.exchange.formats import FORMATS
from model.interface import Cancelled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, help="the file or folder to read")
    exchanging.add_target(parser)
    parser.add_argument(
        "--from", dest="form", choices=[*FORMATS], help="format (default: found out)"
    )
    parser.add_argument(
        "--images", type=Path, metavar="FOLDER", help="the images, where sizes are not stated"
    )
    exchanging.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    console = Console(arguments.json)
    options = exchanging.options_of(arguments.option)
    exchanging.check_options(arguments.to, options)
    with stoppable() as cancelled:
        try:
            report = convert(
                arguments.source,
                arguments.target,
                FORMATS[arguments.to],
                form=None if arguments.form is None else FORMATS[arguments.form],
                images=arguments.images,
                options=options,
                reading=exchanging.reading(console, cancelled),
                writing=exchanging.writing(console, cancelled),
                overwrite=arguments.overwrite,
            )
        except Cancelled:
            return exchanging.stopped(console, FORMATS[arguments.to])
    return exchanging.tell_export(console, report, arguments.target)
