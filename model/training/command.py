"""``python -m model train``: train a small model, or fine-tune any, on accepted masks."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "train or fine-tune a model on a folder of images with masks"
SCRATCH = "scratch"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="images with annotations.json, or a sidecar each")
    parser.add_argument("--out", type=Path, required=True, help="the .safetensors file to write")
    _add_start(parser)
    _add_length(parser)
    _add_asked(parser)
    _add_work(parser)


def _add_start(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("start and data")
    group.add_argument(
        "--start", default="builtin", help=f"model to start from, or {SCRATCH!r} [builtin]"
    )
    group.add_argument("--backbone", type=Path, help=".npz of MobileNetV2 for a start from scratch")
    group.add_argument(
        "--grow",
        action="store_true",
        help="give a small model of an earlier form the parts of today's",
    )
    group.add_argument(
        "--part",
        choices=("all", "decoder", "iou-head", "corrections"),
        default="all",
        help="what learns; corrections: what leaves the answers to first clicks as they are [all]",
    )
    group.add_argument("--held-out", type=Path, help="another folder to check with")
    group.add_argument(
        "--held-share", type=float, default=0.2, help="share of images held out [0.2]"
    )
    group.add_argument(
        "--weights", default="", help="how often sources are drawn, as name=2,other=0.5"
    )


def _add_length(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("length")
    group.add_argument("--minutes", type=float, help="most minutes of work [15, if no --steps]")
    group.add_argument("--steps", type=int, help="most steps")
    group.add_argument(
        "--piece-minutes",
        type=float,
        help="stop after so many minutes of this session; the same command goes on from there",
    )
    group.add_argument("--patience", type=int, help="stop after so many checks without a gain")
    group.add_argument("--checks", type=int, default=8, help="checks in the whole run [8]")
    group.add_argument("--check-objects", type=int, default=60, help="objects clicked a check [60]")


def _add_asked(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is asked, and what counts")
    group.add_argument(
        "--window-share",
        type=float,
        default=0.0,
        help="share of steps on windows around objects, after an answer on the whole image [0]",
    )
    group.add_argument(
        "--boxes", type=float, default=0.3, help="chance that an object starts with a box [0.3]"
    )
    group.add_argument(
        "--sparse-boxes", type=float, help="the same where it fills little of its box [as --boxes]"
    )
    group.add_argument(
        "--nested",
        type=float,
        default=0.0,
        help="chance that an image is asked for a part and for what holds it, by one click [0]",
    )
    group.add_argument(
        "--rounds", default="", help="how often 1, 2, ... corrections are learned, as 4,2,1"
    )
    group.add_argument(
        "--edge", type=float, default=0.0, help="added weight of pixels near the edge [0]"
    )
    group.add_argument(
        "--kept", type=float, default=0.0, help="added weight of pixels that were right [0]"
    )
    group.add_argument(
        "--second",
        type=float,
        default=0.0,
        help="weight of the best of three candidates at the second click [0]",
    )


def _add_work(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("work")
    group.add_argument("--rate", type=float, help="highest learning rate [1e-3 or 3e-4]")
    group.add_argument("--side", type=int, help="input side in pixels [the model's]")
    group.add_argument("--first-side", type=int, help="input side of the first part [the same]")
    group.add_argument("--first-share", type=float, default=0.7, help="length of that part [0.7]")
    group.add_argument("--images", type=int, default=5, help="images a step and process [5]")
    group.add_argument("--objects", type=int, default=4, help="most objects an image [4]")
    group.add_argument(
        "--frozen-stages", type=int, default=0, help="leading parts that do not learn"
    )
    group.add_argument("--processes", type=int, default=1, help="processes on this machine [1]")
    group.add_argument("--device", default="cpu", help="cpu, cuda or mps [cpu]")
    group.add_argument("--float32", action="store_true", help="no 16-bit products")
    group.add_argument("--ahead", type=int, default=1, help="batches made ahead, in threads [1]")
    group.add_argument("--cache", type=Path, help="folder for decoded images")
    group.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> int:
    """Raises: ValueError, ModelError, TrainingStopped, OSError: what is wrong and what to do."""
    from model.training.session import train_in_processes

    print(train_in_processes(arguments), file=sys.stdout)
    return 0
