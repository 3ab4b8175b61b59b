"""Which folders keep their objects and labels in a folder of the user's choice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Problem
from app.storage.atomic import make_directory
from app.storage.failures import not_written
from app.storage.names import from_text, shown, to_text
from app.storage.places import Places
from app.storage.settings import SettingsFile
from model.messages import say

MOST = 500


@dataclass(frozen=True, slots=True)
class Outputs:
    """Folders of images, each with its output folder; the newest choice first."""

    folders: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """Where the objects of a folder of images go.

    Attributes:
        home: of this folder; files lie in it as the images lie in theirs.
        chosen: the folder that was chosen: ``home`` itself, or one above it if what was chosen is
            for a folder above. It must be there; nobody makes it again in an empty place.
    """

    home: Path
    chosen: Path


def output_of(root: Path, places: Places) -> Output | None:
    """What was chosen for the folder, or for the nearest one above it; None if nothing was."""
    known = dict(_read(places))
    if not known:
        return None
    real = Path(os.path.realpath(root))
    for folder in (real, *real.parents):
        text = known.get(to_text(folder))
        if text is not None:
            chosen = from_text(text)
            return Output(chosen / real.relative_to(folder), chosen)
    return None


def choose_output(root: Path, output: Path | None, places: Places) -> None:
    """Keep the objects of the folder there from now on; beside the images again if it is None.

    The output folder is made if need be. Nothing is moved: what lies beside the images is read as
    long as the output folder has nothing for an image.

    Raises:
        Problem: it takes no files, or has the objects of another folder, or the choice cannot be
            kept.
    """
    real = Path(os.path.realpath(root))
    others = [pair for pair in _read(places) if pair[0] != to_text(real)]
    if output is not None:
        target = Path(os.path.realpath(output))
        if target == real:
            raise Problem(
                say("{folder} is the folder of the images itself.", shown(target)),
                say("Choose another one, or keep objects beside the images."),
            )
        _require_alone(target, others)
        try:
            make_directory(target)
        except OSError as error:
            raise not_written(target, error) from error
        if (problem := refusal(target)) is not None:
            raise problem
        others.insert(0, (to_text(real), to_text(target)))
    file = SettingsFile(places.outputs, Outputs)
    file.read()
    file.write(Outputs(tuple(others[:MOST])))


def refusal(output: Path) -> Problem | None:
    """Why nothing can be kept in an output folder; None if it can."""
    if not output.is_dir():
        return Problem(
            say("The output folder {folder} is gone.", shown(output)),
            say("Bring it back, or choose another one: File, Output folder."),
        )
    if not os.access(output, os.W_OK | os.X_OK):
        return Problem(
            say("The output folder {folder} takes no files.", shown(output)),
            say("Make it writable, or choose another one: File, Output folder."),
        )
    return None


def _require_alone(output: Path, others: list[tuple[str, str]]) -> None:
    """Two folders may both have an image of the same name: each needs a folder of its own."""
    for folder, target in others:
        theirs = from_text(target)
        if theirs == output or theirs in output.parents or output in theirs.parents:
            raise Problem(
                say(
                    "{output} has the objects of {folder} already.",
                    shown(output),
                    shown(from_text(folder)),
                ),
                say("Choose a folder of its own for each folder of images."),
            )


def _read(places: Places) -> list[tuple[str, str]]:
    if not places.outputs.exists():
        return []
    value, _ = SettingsFile(places.outputs, Outputs).read()
    found = []
    for pair in value.folders:
        try:
            from_text(pair[0]), from_text(pair[1])
        except ValueError:
            continue
        found.append(pair)
    return found
