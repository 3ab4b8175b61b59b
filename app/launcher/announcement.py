"""What the user is told before something is installed: what, how large, how long, how often."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.launcher.stamp import Stamp

_BASE = """\
  Qt, OpenCV and ONNX Runtime are large: about 200 MB to download, 600 MB on disk.
  This takes one to a few minutes and is done once; later starts reuse it."""
_RAY = "  Ray is large: about 150 MB to download, 600 MB on disk."
_TORCH = "  PyTorch is large: about 200 MB to download, 900 MB on disk."
_TORCH_ON_LINUX = """\
  PyTorch is large, and on Linux pip fetches the build for NVIDIA cards: several gigabytes.
  Without such a card the small build does. To have it, stop now with Ctrl-C and start again with
  PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu set."""


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
        lines = [f"First start: installing what Maskwright needs into {folder}"]
    elif added:
        lines = [f"Adding to {folder}: {', '.join(sorted(added))}"]
    else:
        lines = [f"Other versions of the libraries are needed: updating {folder}"]
    lines.append("  " + ", ".join(requirement.replace("==", " ") for requirement in wanted))
    if before is None:
        lines.append(_BASE)
    if {"torch", "text", "test"} & added:
        lines.append(_TORCH_ON_LINUX if platform == "linux" else _TORCH)
    if "ray" in added:
        lines.append(_RAY)
    return "\n".join(lines)
