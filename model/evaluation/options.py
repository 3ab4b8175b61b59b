"""The options of a simulated annotator, alike wherever a model is scored; light to import."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.evaluation.looking import Close


def add_clicking(parser: argparse.ArgumentParser) -> None:
    """What ``evaluate.Protocol`` and ``close_of`` take."""
    parser.add_argument("--limit", type=int, help="at most so many objects, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the draw and the jitter (0)")
    parser.add_argument("--clicks", type=int, default=20, help="most clicks on an object (20)")
    parser.add_argument("--jitter", action="store_true", help="click near the centres, not on them")
    parser.add_argument(
        "--close-up",
        action="store_true",
        help="as in the window: look closer at the surroundings of answers, and a second time at "
        "those to first clicks and boxes; outlines follow the image's edges",
    )
    parser.add_argument(
        "--without",
        action="append",
        choices=("second-look", "candidates", "edges"),
        default=[],
        help="leave this out of --close-up",
    )
    parser.add_argument(
        "--zoom",
        type=float,
        default=0.0,
        metavar="N",
        help="click as somebody who has zoomed in N times: the model sees what is around the click",
    )


def close_of(arguments: argparse.Namespace) -> Close:
    """When the model looks closer. Raises: ValueError: zooming out is none."""
    from model.evaluation.looking import Close

    close, without = arguments.close_up, arguments.without
    second, edges = close and "second-look" not in without, close and "edges" not in without
    return Close(close, arguments.zoom, second, edges, "candidates" not in without)
