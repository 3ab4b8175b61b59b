"""The virtual environment beside run.py: made once, checked at each start, repaired if broken."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from app.launcher import pip, requirements, stamp
from app.launcher.announcement import announce
from app.launcher.errors import CannotStartError
from app.launcher.stamp import Stamp
from app.launcher.words import sentence

_IDENTIFY = (
    "import sys, sysconfig;"
    "print(sys.implementation.cache_tag, sys.version_info[1], sysconfig.get_platform())"
)


def identify(python: Path) -> str:
    """Name an interpreter's version and platform; empty if it does not run."""
    try:
        answer = subprocess.run(
            [str(python), "-I", "-S", "-c", _IDENTIFY],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


class Environment:
    """A virtual environment with a stamp.

    Attributes:
        folder: where it is.
        python: its interpreter.
    """

    def __init__(self, root: Path, say: pip.Say, run: pip.Run = pip.run_command) -> None:
        self._root = root
        self._say = say
        self._run = run
        self.folder = root / ".venv"
        inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        self.python = self.folder.joinpath(*inside)

    def is_ready(self, extras: Iterable[str] = ()) -> bool:
        """Say whether the environment holds what the program and the extras need, and works."""
        found = stamp.read(self.folder)
        if found is None or self._complaint(found):
            return False
        _, wanted = self._wanted(found, extras)
        return found.requirements == requirements.fingerprint(wanted)

    def prepare(self, extras: Iterable[str] = ()) -> None:
        """Make the environment hold what the program and the extras need.

        Extras that were installed earlier stay.

        Raises:
            CannotStartError: it cannot be made, with the reason and what to do.
        """
        self._sweep()
        before = stamp.read(self.folder)
        if before is None and self.folder.exists() and any(self.folder.iterdir()):
            raise CannotStartError(
                sentence("{name} exists, but this script did not make it.", self.folder),
                sentence("Rename or delete that folder and start again."),
            )
        names, wanted = self._wanted(before, extras)
        if before and (complaint := self._complaint(before)):
            self._say(f"{complaint} {sentence('Making it anew.')}")
            self._discard()
            before = None
        if before is None or before.requirements != requirements.fingerprint(wanted):
            self._say(announce(self.folder, before, names, wanted))
            pip.require_space(self._root, names if before is None else ())
            self._install(before, names, wanted)

    def _wanted(
        self, before: Stamp | None, extras: Iterable[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the extras, asked for now or earlier, and everything there must be with them."""
        names = tuple(sorted({*extras, *(before.extras if before else ())}))
        return names, requirements.read(self._root / "pyproject.toml", names)

    def _complaint(self, found: Stamp) -> str:
        if not found.ready:
            return sentence("The last installation did not finish.")
        if identify(self.python) != found.python:
            return sentence("The Python that the environment was made with is gone or has changed.")
        return ""

    def _install(
        self, before: Stamp | None, extras: tuple[str, ...], wanted: tuple[str, ...]
    ) -> None:
        self._mark(before)
        if before is None:
            self._create()
        packages = self._packages()
        try:
            pip.install(self.python, wanted, self.folder / "install.log", self._run)
        except (CannotStartError, KeyboardInterrupt):
            # Nothing was changed yet, as when the network is away: what was there still works.
            if before is not None and self._packages() == packages:
                stamp.write(self.folder, before)
            raise
        done = Stamp(True, identify(self.python), requirements.fingerprint(wanted), extras)
        stamp.write(self.folder, done)
        self._say(sentence("Installed."))

    def _mark(self, before: Stamp | None) -> None:
        """Stamp the environment as unfinished; extras that never got there are not owed again."""
        self.folder.mkdir(exist_ok=True)
        stamp.write(self.folder, replace(before, ready=False) if before else Stamp(False, "", ""))

    def _create(self) -> None:
        if (
            importlib.util.find_spec("ensurepip") is None
            or importlib.util.find_spec("venv") is None
        ):
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise CannotStartError(
                sentence(
                    "This Python ({name}) cannot make environments: a part of it, which Debian "
                    "and Ubuntu package separately, is missing.",
                    sys.executable,
                ),
                sentence(
                    "Run: {command}\nand start again.",
                    f"sudo apt-get install python{version}-venv",
                ),
            )
        status = self._run([sys.executable, "-m", "venv", str(self.folder)], pip.variables())
        if status != 0:
            raise CannotStartError(
                sentence("Python could not make an environment in {folder}.", self.folder),
                sentence("The lines above say why. Is the disk full, or the folder read-only?"),
            )

    def _packages(self) -> list[str]:
        found = (*self.folder.glob("lib/python*/site-packages/*"), *self.folder.glob("Lib/*/*"))
        return sorted(path.name for path in found)

    @property
    def _discarded(self) -> Path:
        return self._root / ".venv.discarded"

    def _discard(self) -> None:
        # Renamed first: a removal that is cut off must not leave a folder without its stamp.
        try:
            self.folder.rename(self._discarded)
        except OSError as error:
            raise CannotStartError(
                sentence(
                    "{folder} is broken and cannot be moved away ({reason}).",
                    self.folder,
                    error.strerror,
                ),
                sentence(
                    "Close every program that was started from it, delete it, and start again."
                ),
            ) from error
        self._sweep()

    def _sweep(self) -> None:
        if self._discarded.exists():
            shutil.rmtree(self._discarded, ignore_errors=True)
