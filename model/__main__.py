"""``python -m model COMMAND``: work with models without the application."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "download": "model.weights.download_command",
    "evaluate": "model.evaluation.command",
    "export": "model.runtime_onnx.command",
    "segment": "model.segment_command",
    "train": "model.training.command",
}
"""Name of each command and the module that has its HELP, ``add_arguments`` and ``run``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it did its work, 1 with a sentence on stderr if it could not."""
    from model.interface import ModelError

    parser = argparse.ArgumentParser(prog="python -m model", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, home in COMMANDS.items():
        module = import_module(home)
        module.add_arguments(
            commands.add_parser(name, help=module.HELP, description=module.__doc__)
        )
    arguments = parser.parse_args(argv)
    try:
        done: int = import_module(COMMANDS[arguments.command]).run(arguments)
    except (ValueError, ModelError, OSError) as error:
        print(f"{arguments.command}: {error}", file=sys.stderr)
        return 1
    return done


if __name__ == "__main__":
    sys.exit(main())
