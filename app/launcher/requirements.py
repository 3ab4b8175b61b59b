"""Which libraries to install: read from pyproject.toml, the only place that names versions."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.launcher.errors import CannotStartError
from app.launcher.words import sentence


def read(pyproject: Path, extras: Iterable[str] = ()) -> tuple[str, ...]:
    """List what the program needs, followed by what each extra adds.

    Args:
        pyproject: the project's pyproject.toml.
        extras: names under ``[project.optional-dependencies]``. An extra may include others of the
            project by listing ``project[other]``.

    Raises:
        CannotStartError: the file is missing, is not what it should be, or has no such extra.
    """
    try:
        project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
        listed = [*project["dependencies"]]
        for extra in sorted(set(extras)):
            listed += _of_extra(project, extra)
    except (OSError, ValueError, KeyError) as error:
        raise CannotStartError(
            sentence(
                "{file} does not say which libraries are needed ({reason}).", pyproject, error
            ),
            sentence("Get a complete copy of Maskwright: this file belongs to it."),
        ) from error
    return tuple(dict.fromkeys(listed))


def _of_extra(project: dict[str, Any], extra: str) -> Iterator[str]:
    own = re.compile(rf"{re.escape(project['name'])}\[([\w-]+)\]")
    for requirement in project["optional-dependencies"][extra]:
        if match := own.fullmatch(requirement):
            yield from _of_extra(project, match[1])
        else:
            yield requirement


def fingerprint(requirements: Iterable[str]) -> str:
    """Name a list of requirements: equal for equal lists in any order."""
    return hashlib.sha256("\n".join(sorted(requirements)).encode()).hexdigest()[:16]
