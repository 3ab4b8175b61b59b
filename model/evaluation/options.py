"""The options of a simulated annotator, alike wherever a model is scored; light to import."""

from __future__ import annotations

import argparse


def add_clicking(parser: argparse.ArgumentParser) -> None:
    """--limit, --seed, --clicks, --jitter, --close-up, --zoom: see ``evaluate.Protocol``."""
    parser.add_argument("--limit", type=int, help="at most so many objects, drawn at random")
    parser.add_argument("--seed", type=int, default=0, help="of the draw and the jitter (0)")
    parser.add_argument("--clicks", type=int, default=20, help="most clicks on an object (20)")
    parser.add_argument("--jitter", action="store_true", help="click near the centres, not on them")
    parser.add_argument(
        "--close-up",
        action="store_true",
        help="from the second click on, look closer at the surroundings of the answer",
    )
    parser.add_argument(
        "--zoom",
        type=float,
        default=0.0,
        metavar="N",
        help="click as somebody who has zoomed in N times: the model sees what is around the click",
    )
