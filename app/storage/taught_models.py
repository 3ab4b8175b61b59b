"""Models that were taught on a folder's masks: where they lie, and the card that tells of each."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from app.core.errors import Problem
from app.storage.atomic import make_directory, write_atomic
from app.storage.failures import not_written
from app.storage.guarded import leading_out, read_file
from app.storage.old_labels import OWN_FOLDER
from app.storage.project import Project
from model.messages import say

LOG = logging.getLogger(__name__)
MODELS = "models"
CARD = "card.json"
FILE = "model.safetensors"
UNFINISHED = ".making-"
MAX_BYTES = 1 << 22
LONGEST_TITLE = 80


class Scores(Struct, frozen=True):
    """On held-out objects: mean IoU after 1, 3 and 5 clicks and of a box; clicks to 85 and 90 %."""

    miou_1: float
    miou_3: float
    miou_5: float
    box: float
    noc_85: float
    noc_90: float

    @property
    def values(self) -> tuple[float, ...]:
        """All of them, in this order."""
        return self.miou_1, self.miou_3, self.miou_5, self.box, self.noc_85, self.noc_90


class ChangeCard(Struct, frozen=True):
    """One of the objects that changed most.

    Attributes:
        image: name of the image, relative to the folder.
        old, new: IoU after 1, 3 and 5 clicks.
        picture: file beside the card.
    """

    image: str
    old: tuple[float, float, float]
    new: tuple[float, float, float]
    picture: str = ""


class Card(Struct, frozen=True):
    """What is known of a taught model.

    Attributes:
        title: for people; can be changed.
        made: when, ISO 8601 with the zone.
        start_title: the model it started from, for people. start: its file, or ``builtin``.
        part: what learned, ``all`` or ``decoder``.
        seconds, steps: of learning.
        images, masks: it learned from. held_images, held_objects: it was scored on.
        old, new: scores of the model before and of this one.
        gain, error: mean change of the IoU and its standard error.
        identity: of the model.
        changes: worst first.
    """

    title: str
    made: str
    start_title: str
    start: str
    part: str
    seconds: float
    steps: int
    images: int
    masks: int
    held_images: int
    held_objects: int
    old: Scores
    new: Scores
    gain: float
    error: float
    identity: str
    changes: tuple[ChangeCard, ...] = ()
    version: int = 1

    @property
    def is_certain(self) -> bool:
        """Whether the change is more than chance would make of so few objects."""
        return abs(self.gain) > 2 * self.error


@dataclass(frozen=True, slots=True)
class TaughtModel:
    """One of them.

    Attributes:
        place: its folder.
    """

    place: Path
    card: Card

    @property
    def path(self) -> Path:
        """Its checkpoint, to load it by."""
        return self.place / FILE

    @property
    def is_there(self) -> bool:
        return self.path.is_file()

    @property
    def size_bytes(self) -> int:
        try:
            return sum(each.stat().st_size for each in self.place.iterdir() if each.is_file())
        except OSError:
            return 0


class TaughtModels:
    """Those of one folder, in ``.maskwright/models`` where the folder's own files are."""

    def __init__(self, project: Project) -> None:
        self.folder = project.own / MODELS
        self._home = project.home
        beside = project.root / OWN_FOLDER / MODELS
        self._folders = tuple(dict.fromkeys((self.folder, beside)))

    def entries(self) -> list[TaughtModel]:
        """The newest first. What cannot be understood is left alone and not among them."""
        found = [each for folder in self._folders for each in _in(folder)]
        return sorted(found, key=lambda each: each.card.made, reverse=True)

    def check_writable(self) -> None:
        """Raises: Problem: nothing can be kept there."""
        reason = leading_out(self.folder, self._home)
        if reason is not None:
            raise Problem(reason)
        try:
            make_directory(self.folder)
        except OSError as error:
            raise not_written(self.folder, error) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise not_written(self.folder, PermissionError(13, os.strerror(13)))

    def rename(self, model: TaughtModel, title: str) -> TaughtModel:
        """Raises: Problem: the title is empty, or the card cannot be written."""
        words = " ".join(title.split())[:LONGEST_TITLE]
        if not words:
            raise Problem(say("A model needs a name."), say("Write one."))
        card = msgspec.structs.replace(model.card, title=words)
        write_card(model.place, card)
        return TaughtModel(model.place, card)

    def delete(self, model: TaughtModel) -> None:
        """Raises: Problem: not all of it could be deleted."""
        reason = leading_out(model.place, self._home, *self._folders)
        if reason is not None:
            raise Problem(reason)
        try:
            # Without its card it is no model any more, whatever comes after.
            (model.place / CARD).unlink(missing_ok=True)
            shutil.rmtree(model.place)
        except OSError as error:
            raise Problem(
                say("{name} could not be deleted whole: {reason}.", model.card.title, error),
                say("Delete its folder by hand: {folder}", model.place),
                error,
            ) from error


def taught_model_at(source: str) -> TaughtModel | None:
    """The taught model whose checkpoint this is; None if it is none."""
    path = Path(source)
    if path.name != FILE or path.parent.parent.name != MODELS:
        return None
    return _read(path.parent)


def write_card(place: Path, card: Card) -> None:
    """Raises: Problem: it cannot be written."""
    try:
        data = msgspec.json.format(msgspec.json.encode(card), indent=1)
        write_atomic(place / CARD, data + b"\n")
    except OSError as error:
        raise not_written(place / CARD, error) from error


def read_card(data: bytes) -> Card:
    """Raises: ValueError: it is none, or of a newer version."""
    card = msgspec.json.decode(data, type=Card)
    if card.version != 1:
        raise ValueError(f"its version is {card.version}: a newer program wrote it")
    if any(Path(change.picture).name != change.picture for change in card.changes):
        raise ValueError("a picture lies somewhere else")
    return card


def _in(folder: Path) -> Iterator[TaughtModel]:
    try:
        places = sorted(folder.iterdir())
    except OSError:
        return
    for place in places:
        if place.name.startswith(".") or place.is_symlink() or not place.is_dir():
            continue
        found = _read(place)
        if found is not None:
            yield found


def _read(place: Path) -> TaughtModel | None:
    try:
        data = read_file(place / CARD, MAX_BYTES)
        return None if data is None else TaughtModel(place, read_card(data))
    except (Problem, ValueError, RecursionError) as error:
        LOG.info("%s is no taught model: %s", place, error)
        return None
