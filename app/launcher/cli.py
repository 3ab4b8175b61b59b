"""What run.py does with its arguments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.launcher import checks, pip, stamp, system_libraries
from app.launcher.environment import Environment
from app.launcher.errors import CannotStartError
from app.launcher.lock import locked
from app.launcher.words import sentence

ROOT = Path(__file__).resolve().parent.parent.parent

OPTIONS = {
    "--with-torch": "torch",
    "--with-text": "text",
    "--with-ray": "ray",
    "--with-s3": "s3",
}
"""Arguments that add an extra; the program never sees them."""


def main(arguments: Sequence[str]) -> int:
    """Prepare the environment and run the program, or the checks, in it; returns the status."""
    testing = list(arguments[:1]) == ["test"]
    extras = {"test"} if testing else set()
    extras.update(name for option, name in OPTIONS.items() if option in arguments)
    if "serve" in [argument for argument in arguments if argument not in OPTIONS][:1]:
        extras.add("serve")
    rest = [argument for argument in arguments[testing:] if argument not in OPTIONS]
    try:
        return _start(extras, testing, rest)
    except CannotStartError as error:
        say("\n" + sentence("Maskwright cannot start: {reason}", error.what) + f"\n{error.advice}")
        return 1
    except KeyboardInterrupt:
        say("\n" + sentence("Stopped. Start again to go on; what was downloaded is kept."))
        return 130


def say(text: str) -> None:
    """Tell the user something, on the stream that is never mistaken for the program's output."""
    sys.stderr.reconfigure(errors="replace")  # type: ignore[union-attr]
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _start(extras: set[str], testing: bool, arguments: list[str]) -> int:
    variables = pip.variables() | {"PYTHONPATH": str(ROOT)}
    if testing:
        variables["QT_QPA_PLATFORM"] = "offscreen"
        # The program is started a hundred times: let it be compiled once.
        variables.pop("PYTHONDONTWRITEBYTECODE", None)
    environment = Environment(ROOT, say)
    try:
        # Without the lock where nothing is to be done: a shared installation may be read-only.
        if not environment.is_ready(extras):
            with locked(ROOT / ".venv.lock", say):
                environment.prepare(extras)
    except OSError as error:
        raise CannotStartError(
            sentence(
                "{name} cannot be used: {reason}.",
                error.filename or ROOT,
                error.strerror or error,
            ),
            sentence(
                "Maskwright keeps its libraries in its own folder: move it to a place where you "
                "may write and where there is space, and start again."
            ),
        ) from error
    _require_libraries(environment, variables)
    if testing:
        return checks.run_all(ROOT, checks.commands(environment.python, arguments), variables, say)
    return _run_program(environment.python, arguments, variables)


def _require_libraries(environment: Environment, variables: dict[str, str]) -> None:
    """Check Qt's system libraries once for each kind of desktop."""
    if sys.platform != "linux":
        return
    kind = system_libraries.desktop(variables)
    found = stamp.read(environment.folder)
    if found is None or kind in found.libraries:
        return
    system_libraries.require(environment.python, variables)
    with suppress(OSError):  # Where it cannot be noted, it is looked up again.
        stamp.write(environment.folder, replace(found, libraries=(*found.libraries, kind)))


def _run_program(python: Path, arguments: Sequence[str], variables: dict[str, str]) -> int:
    # -P: a folder called app in the user's current directory is not the program.
    command = [str(python), "-P", "-m", "app", *arguments]
    if os.name == "posix":
        os.execve(python, command, variables)  # noqa: S606  the program takes this one's place
    return subprocess.run(command, env=variables, check=False).returncode
