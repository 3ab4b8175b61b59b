"""What an export, a report or a conversion never writes over, wherever it is told to write."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Problem
from app.storage.folder import is_image_name
from app.storage.names import shown
from app.storage.project import OWN_FOLDER, Project
from app.storage.sidecar import sidecar_name
from model.messages import say

_SHORTENED = re.compile(r".*~[0-9a-f]{16}\.json", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Protected:
    """The images, the objects and the own files of the folders that are worked on.

    Attributes:
        folders: of the images and of their objects, with links followed.
        source: a file or folder that is being read from, with links followed; or None.
    """

    folders: tuple[Path, ...] = ()
    source: Path | None = None

    @classmethod
    def of(cls, project: Project) -> Protected:
        """What belongs to the folder of ``project``, and to its mirror."""
        both = dict.fromkeys((_real(project.root), _real(project.home)))
        return cls(tuple(both))

    @classmethod
    def of_source(cls, source: Path, images: Path | None) -> Protected:
        """What is read by a conversion, and the images it is about."""
        return cls((_real(images),) if images is not None else (), _real(source))

    def why_not(self, path: Path) -> str | None:
        """Why ``path`` must not be written; None if it may be."""
        real = _real(path)
        if OWN_FOLDER in (part.lower() for part in real.parts):
            return say("it lies in {folder}, where labels and backups are kept", OWN_FOLDER)
        if real == self.source:
            return say("it is what is being read")
        if not any(real.is_relative_to(folder) for folder in self.folders):
            return None
        if is_image_name(real.name) and real.exists():
            return say("it is an image of the folder")
        if self._is_sidecar(real):
            return say("it is where the objects of an image are kept")
        return None

    def require_file(self, path: Path) -> None:
        """Raise Problem unless one file may be written to ``path``; before any work is done."""
        why = self.why_not(path)
        if why is None and is_image_name(path.name):
            why = say("it has the name of an image")
        if why is not None:
            raise Problem(
                say("{name} is not written over: {reason}.", shown(path.name), why),
                say("Choose another name."),
            )
        if path.is_dir():
            raise Problem(say("{name} is a folder.", shown(path)), say("Name the file to write."))

    def require_folder(self, path: Path) -> None:
        """Raise Problem unless files may be written into the folder ``path``."""
        if path.exists() and not path.is_dir():
            raise Problem(
                say("{name} is a file.", shown(path)),
                say("This format has many files: name a folder for them."),
            )
        if OWN_FOLDER in (part.lower() for part in _real(path).parts):
            raise Problem(
                say(
                    "Nothing is exported into {folder}: labels and backups are kept there.",
                    OWN_FOLDER,
                ),
                say("Choose another folder."),
            )
        if _real(path) == self.source:
            raise Problem(
                say("{name} is what is being read.", shown(path)),
                say("Choose another folder to write into."),
            )

    def _is_sidecar(self, real: Path) -> bool:
        if not real.name.lower().endswith(".json"):
            return False
        image = real.name[: -len(".json")]
        if is_image_name(image) and real.name == sidecar_name(image):
            # In a mirror the image itself lies elsewhere.
            return any((folder / self._inside(real) / image).exists() for folder in self.folders)
        return real.exists() and _SHORTENED.fullmatch(real.name) is not None

    def _inside(self, real: Path) -> Path:
        """The folder of ``real``, relative to the one of ``folders`` that holds it."""
        holds = next(folder for folder in self.folders if real.is_relative_to(folder))
        return real.parent.relative_to(holds)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
