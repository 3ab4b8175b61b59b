"""Opens the window; without a screen, or to export only, works without one."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        help="a folder, or image files; without any, sample photographs",
    )
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write the folder's masks into one COCO file and end, without a window",
    )
    parser.add_argument(
        "--model", metavar="FILE", help="a checkpoint to use instead of the built-in model"
    )
    parser.add_argument("--device", help="where the model runs, such as cpu or cuda")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="edit folders though another computer's lock says that they are open there",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="keep the objects of the images' folder there from now on, not beside the images; "
        "where a machine without a screen puts what it made (default there: maskwright-output)",
    )


def run(arguments: argparse.Namespace) -> int:
    """The exit status."""
    if arguments.export is not None:
        from app.commands.export import export_folder

        return export_folder(arguments.paths, arguments.export)
    if not has_screen():
        from app.commands.story import tell

        return tell(arguments)
    from app import main

    return main.run(arguments)


def has_screen() -> bool:
    """Whether a window can be seen, or was asked for without a screen by name."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return True
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
