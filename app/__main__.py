"""Entry point of ``python -m app``."""

from __future__ import annotations

import argparse
import sys

from app import __version__


def main() -> int:
    """Answer ``--version``; the window is opened from here."""
    parser = argparse.ArgumentParser(prog="maskwright")
    parser.add_argument("--version", action="version", version=f"Maskwright {__version__}")
    parser.parse_args()
    parser.print_help()
    return 0


if __name__ == "__main__":
    sys.exit(main())
