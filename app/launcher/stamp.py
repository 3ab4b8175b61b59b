"""The note in an environment that says what it holds, and whether it was finished."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE_NAME = "maskwright.json"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an environment holds.

    Attributes:
        ready: False from before the first change until after the last: an installation that was
            cut off, by whatever, leaves False behind.
        python: the interpreter's version and platform, as ``environment.identify`` gives it.
        requirements: fingerprint of the list that was installed.
        extras: names of the extras in that list, sorted.
        libraries: desktops whose system libraries were all found (``system_libraries.desktop``).
    """

    ready: bool
    python: str
    requirements: str
    extras: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()


def read(folder: Path) -> Stamp | None:
    """Read the stamp of the environment at ``folder``; None if there is none that can be read."""
    try:
        values = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
        return Stamp(
            ready=values["ready"] is True,
            python=str(values["python"]),
            requirements=str(values["requirements"]),
            extras=tuple(map(str, values["extras"])),
            libraries=tuple(map(str, values["libraries"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, stamp: Stamp) -> None:
    """Put the stamp into the environment at ``folder``, whole or not at all."""
    temporary = folder / (FILE_NAME + ".new")
    temporary.write_text(json.dumps(asdict(stamp), indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, folder / FILE_NAME)
