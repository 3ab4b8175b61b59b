"""Fetches a published checkpoint into the user's folder of models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model.weights.catalogue import catalogue
from model.weights.download import fetch

HELP = "fetch a published checkpoint"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=sorted(catalogue()), help="which one")
    parser.add_argument("--folder", type=Path, help="where to put it (the user's folder of models)")


def run(arguments: argparse.Namespace) -> int:
    """0 once the file is there; errors leave as exceptions."""
    entry = catalogue()[arguments.name]
    size = f"{entry.size / 1e6:,.0f} MB"
    print(f"{entry.title}, {entry.publisher}, licence {entry.licence}, {size}: {entry.url}")
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = done * 100 // total
        if percent != shown and sys.stderr.isatty():
            print(f"\r{percent:3d} %", end="", file=sys.stderr, flush=True)
        shown = percent

    path = fetch(entry, arguments.folder, show)
    print(f"\n{path}")
    return 0
