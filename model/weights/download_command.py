"""Fetches a published checkpoint into the user's folder of models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from model.weights.catalogue import Entry, catalogue, word_detectors
from model.weights.download import fetch
from model.weights.known_hashes import known_hash, sha256_of

HELP = "fetch a published checkpoint"


def _all() -> Mapping[str, Entry]:
    return {**catalogue(), **word_detectors()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", choices=sorted(_all()), help="which one")
    parser.add_argument("--folder", type=Path, help="where to put it (the user's folder of models)")


def run(arguments: argparse.Namespace) -> int:
    """0 once the file is there; errors leave as exceptions."""
    entry = _all()[arguments.name]
    size = f"{entry.size / 1e6:,.0f} MB"
    print(f"{entry.title}: {entry.good_for}")
    print(f"{entry.publisher}, licence {entry.licence}, {size}: {entry.url}")
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        percent = done * 100 // total
        if percent != shown and sys.stderr.isatty():
            print(f"\r{percent:3d} %", end="", file=sys.stderr, flush=True)
        shown = percent

    path = fetch(entry, arguments.folder, show)
    print(f"\n{path}")
    if not entry.has_certain_hash:
        print(_told_of_hash(entry, known_hash(path) or sha256_of(path)))
    return 0


def _told_of_hash(entry: Entry, digest: str) -> str:
    """What arrived, and what that is worth."""
    found = f"sha256 {digest}: {entry.publisher} tells none, so this one is remembered"
    if entry.sha256 is None:
        return found
    if digest == entry.sha256:
        return f"{found}; mirrors have the same file"
    return f"{found}; mirrors have another file, {entry.sha256}"
