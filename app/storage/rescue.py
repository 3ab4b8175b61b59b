"""Where work goes that its own folder refuses: kept, listed, and put back on request only."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from app.core.errors import Problem
from app.storage import schema
from app.storage.atomic import make_directory, sweep_leftovers, write_atomic
from app.storage.failures import not_understood, not_written
from app.storage.guarded import Conflict, Token, read_file, replace_file, write_beside
from app.storage.names import from_text, shown, to_text
from app.storage.old_labels import OWN_FOLDER


@dataclass(frozen=True, slots=True)
class Rescued:
    """One file that waits to be put back.

    Attributes:
        path: where it lies now.
        target: where it belongs.
        image: the image it is about; None for the labels of a folder.
        moment: when it was rescued, ISO 8601 with the local offset.
        reason: why the save failed, for people.
        objects: number of objects in it.
        token: of the file that was to be replaced.
    """

    path: Path
    target: Path
    image: Path | None
    moment: str
    reason: str
    objects: int
    token: Token


class _Record(msgspec.Struct):
    rescued: int
    target: str
    moment: str
    content: msgspec.Raw
    image: str | None = None
    reason: str = ""
    objects: int = 0
    token: str | None = None


class RescueFolder:
    """Files of saves that failed, in a directory of the user that nothing empties by itself.

    Args:
        folder: the directory; made when it is needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._session = secrets.token_hex(4)

    def put(
        self,
        target: Path,
        data: bytes,
        token: Token,
        *,
        image: Path | None = None,
        reason: str = "",
        objects: int = 0,
    ) -> Path:
        """Keep ``data``, which could not be written to ``target``, replacing an earlier copy.

        Args:
            target: where it belongs.
            data: the JSON that was to be written.
            token: what the save was to replace.
            image, reason, objects: for the list of what waits.

        Raises:
            Problem: not even this could be written.
        """
        path = self._path_for(target)
        record = _Record(
            rescued=1,
            target=to_text(target.absolute()),
            moment=datetime.now().astimezone().isoformat(timespec="seconds"),
            content=msgspec.Raw(data),
            image=None if image is None else to_text(image.absolute()),
            reason=shown(reason),
            objects=objects,
            token=token,
        )
        try:
            make_directory(self.folder, private=True)
            write_atomic(path, msgspec.json.encode(record), private=True)
        except OSError as error:
            raise not_written(path, error) from error
        return path

    def forget(self, target: Path) -> None:
        """The copy of ``target`` that this session put here is not needed any more."""
        with suppress(OSError):
            self._path_for(target).unlink(missing_ok=True)

    def rescued(self) -> tuple[list[Rescued], list[Problem]]:
        """What waits to be put back, newest first, and files here that cannot be understood."""
        found: list[Rescued] = []
        problems: list[Problem] = []
        for path in sorted(self.folder.glob("*.json")):
            try:
                found.append(self._read(path)[0])
            except Problem as problem:
                problems.append(problem)
        return sorted(found, key=lambda each: each.moment, reverse=True), problems

    def content(self, rescued: Rescued) -> dict[str, Any]:
        """The JSON in it, as ``layout.to_document`` takes it.

        Raises:
            Problem: it cannot be read any more.
        """
        data = self._read(rescued.path)[1]
        try:
            return dict(schema.parse(data))
        except ValueError as error:
            raise not_understood(rescued.path, error) from error

    def restore(self, rescued: Rescued) -> Path:
        """Put it where it belongs; beside that, if the file there changed since.

        Returns:
            The file that was written; the copy here is gone.

        Raises:
            Problem: it still cannot be written; the copy stays.
        """
        data = self._read(rescued.path)[1]
        written = rescued.target
        try:
            folder = rescued.target.parent
            homes = (folder.parent if folder.name == OWN_FOLDER else folder,)
            replace_file(rescued.target, data, rescued.token, homes=homes)
        except Conflict:
            written = write_beside(rescued.target, data)
        self.discard(rescued)
        return written

    def discard(self, rescued: Rescued) -> None:
        """Delete the copy."""
        with suppress(OSError):
            rescued.path.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete what killed writers left here."""
        return sweep_leftovers(self.folder)

    def _path_for(self, target: Path) -> Path:
        whole = os.fsencode(target.absolute())
        number = blake2b(whole, digest_size=8).hexdigest()
        return self.folder / f"{number}-{self._session}.json"

    def _read(self, path: Path) -> tuple[Rescued, bytes]:
        data = read_file(path, schema.MAX_BYTES * 2)
        try:
            record = msgspec.json.decode(data or b"", type=_Record)
            image = None if record.image is None else from_text(record.image)
            target = from_text(record.target)
            datetime.fromisoformat(record.moment)
        except (ValueError, RecursionError) as error:
            raise not_understood(path, error) from error
        rescued = Rescued(
            path, target, image, record.moment, record.reason, record.objects, record.token
        )
        return rescued, bytes(record.content)
