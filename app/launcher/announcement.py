"""What the user is told before something is installed: what, how large, how long, how often."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.launcher.stamp import Stamp
from app.launcher.words import sentence


def announce(
    folder: Path,
    before: Stamp | None,
    extras: Sequence[str],
    wanted: Sequence[str],
    platform: str = sys.platform,
) -> str:
    """Say what is about to be installed and why it may take a while.

    Args:
        folder: the environment.
        before: its stamp, None where it is made from nothing.
        extras: names of the extras that will be in it.
        wanted: everything that will be in it.
        platform: as ``sys.platform`` names it.
    """
    added = set(extras) - set(before.extras if before else ())
    if before is None:
        lines = [sentence("First start: installing what Maskwright needs into {folder}", folder)]
    elif added:
        lines = [sentence("Adding to {folder}: {names}", folder, ", ".join(sorted(added)))]
    else:
        lines = [sentence("Other versions of the libraries are needed: updating {folder}", folder)]
    lines.append("  " + ", ".join(requirement.replace("==", " ") for requirement in wanted))
    if before is None:
        lines.append(
            sentence(
                "  Qt, OpenCV and ONNX Runtime are large: about 200 MB to download, 600 MB on "
                "disk.\n  This takes one to a few minutes and is done once; later starts reuse it."
            )
        )
    if {"torch", "text", "test"} & added:
        lines.append(_torch(platform))
    if "ray" in added:
        lines.append(sentence("  Ray is large: about 150 MB to download, 600 MB on disk."))
    return "\n".join(lines)


def _torch(platform: str) -> str:
    if platform != "linux":
        return sentence("  PyTorch is large: about 200 MB to download, 900 MB on disk.")
    return sentence(
        "  PyTorch is large, and on Linux pip fetches the build for NVIDIA cards: several "
        "gigabytes.\n  Without such a card the small build does. To have it, stop now with Ctrl-C "
        "and start again with\n  PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu set."
    )
