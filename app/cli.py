"""The command line: the window by default, a subcommand if the first word names one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

from app import __version__
from app.commands.parser import parser_of
from app.core.errors import Problem
from model.messages import joined, reason_of, say

COMMANDS: dict[str, str] = {
    "embed": say("Fill the cache of embeddings for a folder."),
    "automask": say("Propose masks on every image of a folder."),
    "find": say(
        "Propose all that is like an example or the objects of a label, or that words name."
    ),
    "relabel": say("Re-segment masks, boxes or points of other programs."),
    "import": say("Take over the objects of another program's file or folder."),
    "export": say("Write the objects of a folder in another format."),
    "convert": say("Turn one format into another."),
    "labels": say("Write labels' names into older files, and say where they are not certain."),
    "evaluate": say("Score a model by simulated clicks on a folder with masks."),
    "train-proposer": say("Train the folder's object proposer on accepted masks."),
    "teach": say("Teach a model on accepted masks, and compare it with the one before."),
    "report": say("Write statistics of a folder, and the audit of its masks, as HTML and CSV."),
    "serve": say(
        "Let other machines use this one's model: images are prepared here, clicks there."
    ),
    "doctor": say("Say what device, runtime and versions really run, and time a click."),
}
"""Subcommands and what they do; each is a module of that name in ``app.commands``, - as _,
and with _ behind it where it is a word of the language."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; the exit status is 0, 1 for a problem that is told, 2 for misuse."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words.pop(0) if words and words[0] in COMMANDS else "annotate"
    module = name.replace("-", "_") + "_" * iskeyword(name)
    command = import_module(f"app.commands.{module}")
    parser = _parser(name)
    command.add_arguments(parser)
    try:
        return int(command.run(parser.parse_args(words)))
    except Problem as problem:
        # Reads the settings, which a command that goes well need not wait for.
        from app.commands.language import told

        print(f"maskwright: {told(reason_of(problem))}", file=sys.stderr)
        if "--json" in words:
            event = {
                "event": "problem",
                "what": problem.what,
                "advice": problem.advice,
                "status": 1,
            }
            print(json.dumps(event), flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser(name: str) -> argparse.ArgumentParser:
    if name != "annotate":
        return parser_of(f"maskwright {name}", COMMANDS[name], None, __version__)
    lines = [say("  {name}{what}", f"{each:<16}", what) for each, what in COMMANDS.items()]
    listed = say("subcommands:\n{commands}", joined(lines, "\n"))
    return parser_of("maskwright", say("Label image masks by clicking."), listed, __version__)
