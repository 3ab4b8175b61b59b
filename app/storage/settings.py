"""The choices of this user, kept between sessions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import fields as fields_of
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_type_hints

import msgspec
import tomli_w

from app.core.errors import Problem
from app.file_lock import holding
from app.storage.atomic import make_directory, write_atomic
from app.storage.failures import not_written
from app.storage.guarded import leading_out, read_file
from app.storage.names import from_text, shown, to_text
from app.storage.own_files import can_never_be_read, make_own_directory, set_aside
from model.messages import say

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_BYTES = 1 << 22
LIST_LIMIT = 1000
MOST_DEEP = 64
LONGEST_NUMBER = 4096
"""In bits."""
LOCK_S = 2.0
RECENT = 12
MOST_NOTES = 100
FORMER_NAMES = {"seats": "last_positions"}
"""Of settings, in files that earlier versions wrote."""
GIB = 1 << 30
RECENT_MODELS = 6
SPEEDS = 60
MOST_MS = 1e9
MOST_PX = 1 << 30
"""Larger images are asked about whatever was chosen."""
BUILTIN = "builtin"
T = TypeVar("T", bound="DataclassInstance")


class Theme(StrEnum):
    """How the window looks."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class ColorBy(StrEnum):
    """What the colour of a mask stands for."""

    OBJECT = "object"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class ModelSpeed:
    """How fast a model was on this machine.

    Attributes:
        identity: of the model.
        device, runtime, precision: what it ran on.
        source: where it was loaded from, as ``names.to_text`` writes paths, or ``builtin``.
        stamp: of the file at that place, so that another one there is not taken for it.
        embed_ms, click_ms: for an image and for a click; 0 for what was not measured.
    """

    identity: str
    device: str
    runtime: str
    precision: str
    source: str
    stamp: str
    embed_ms: float = 0.0
    click_ms: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.embed_ms < MOST_MS and 0 <= self.click_ms < MOST_MS):
            raise ValueError(f"no such times: {self.embed_ms}, {self.click_ms}")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the user may choose; a new field needs a default and nothing else.

    Attributes:
        language: ``system``, or a language code such as ``en`` or ``zh``.
        hover_preview: whether the mask under the mouse is shown before the click.
        close_ups: whether the model looks closer at its answers, and at what is on the screen once
            one has zoomed in.
        tidy_masks: whether specks and pinholes are left out of the model's masks.
        leaves_rest: whether every corrective click leaves all as it is but what is around it.
        boxes_in_a_row: whether a box around another object accepts the mask at hand.
        slow_object_hint: whether a quiet hint comes after half a minute on one object.
        keep_view: whether zoom and place stay as they are from image to image.
        empty_done_told: whether it is said that an image was marked done without an object.
        review_marks_done: whether a review marks an image done once nothing on it waits.
        review_by_image: whether a review decides on whole images.
        mask_opacity: 0 to 1.
        smallest_part_px: parts and holes below this area count as specks.
        model: ``builtin``, a name in the catalogue, or the path of a checkpoint.
        device, runtime, precision: ``auto``, or what the model library calls them.
        prefetch: how many of the next images are embedded ahead.
        cache_bytes: disk space for embeddings.
        memory_bytes: memory for embeddings.
        largest_image_px: images with more pixels are asked about first.
        recent_folders: newest first, as ``names.to_text`` writes paths.
        last_positions: a folder and the image that was open there last, a line each; newest first.
        labels_in_hand: a folder and the label that new objects got there last, by number, likewise.
        folded_labels: a folder and the rows of its labels that are folded, a line each; newest
            first.
        own_models: checkpoints the user has opened, in the same form.
        word_detector: what finds by words, if the user has one of their own, in the same form.
        agreed_terms: families of models whose terms the user has agreed to.
        recent_models: those that were in use, newest first: ``builtin``, or in the same form.
        folder_models: a folder and the model that was in use there last, a line each; newest first.
        model_speeds: what was measured of models on this machine; newest first.
        window_geometry, window_state: as Qt gives them.
    """

    language: str = "system"
    theme: Theme = Theme.SYSTEM
    hover_preview: bool = True
    close_ups: bool = True
    tidy_masks: bool = True
    leaves_rest: bool = False
    boxes_in_a_row: bool = True
    slow_object_hint: bool = False
    keep_view: bool = False
    empty_done_told: bool = True
    review_marks_done: bool = True
    review_by_image: bool = False
    color_by: ColorBy = ColorBy.LABEL
    mask_opacity: float = 0.5
    mask_outline: bool = True
    smooth_pixels: bool = True
    brush_radius_px: float = 12.0
    smallest_part_px: int = 100
    model: str = "builtin"
    device: str = "auto"
    runtime: str = "auto"
    precision: str = "auto"
    prefetch: int = 2
    cache_bytes: int = 4 * GIB
    memory_bytes: int = GIB // 2
    largest_image_px: int = 1 << 27
    include_subfolders: bool = False
    recent_folders: tuple[str, ...] = ()
    last_positions: tuple[str, ...] = ()
    labels_in_hand: tuple[str, ...] = ()
    list_orders: tuple[str, ...] = ()
    folded_labels: tuple[str, ...] = ()
    own_models: tuple[str, ...] = ()
    word_detector: str = ""
    agreed_terms: tuple[str, ...] = ()
    recent_models: tuple[str, ...] = ()
    folder_models: tuple[str, ...] = ()
    model_speeds: tuple[ModelSpeed, ...] = ()
    shortcuts: tuple[tuple[str, ...], ...] = ()
    export_folder: str = ""
    window_geometry: bytes = b""
    window_state: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.mask_opacity <= 1:
            raise ValueError(f"mask_opacity lies in 0 to 1, given {self.mask_opacity}")
        if not 0 < self.brush_radius_px <= 1000:
            raise ValueError(f"brush_radius_px lies in 0 to 1000, given {self.brush_radius_px}")
        for name in ("smallest_part_px", "prefetch", "cache_bytes", "memory_bytes"):
            if not 0 <= getattr(self, name) < 1 << 50:
                raise ValueError(f"{name} must be 0 or more, given {getattr(self, name)}")
        if not 1 <= self.largest_image_px <= MOST_PX:
            raise ValueError(f"largest_image_px is at most 2^30, given {self.largest_image_px}")

    @property
    def recent(self) -> tuple[Path, ...]:
        """``recent_folders`` as paths; what is none is left out."""
        paths = []
        for text in self.recent_folders:
            try:
                paths.append(from_text(text))
            except ValueError:
                continue
        return tuple(paths)

    def with_recent(self, folder: Path) -> Settings:
        """With ``folder`` as the newest of the recent ones."""
        text = to_text(folder)
        others = tuple(each for each in self.recent_folders if each != text)
        return replace(self, recent_folders=(text, *others)[:RECENT])

    def without_recent(self, folder: Path | None) -> Settings:
        """With ``folder`` no longer among the recent ones; with none of them if it is None."""
        gone = None if folder is None else to_text(folder)
        left = tuple(each for each in self.recent_folders if gone is not None and each != gone)
        return replace(self, recent_folders=left)

    def model_in(self, folder: Path) -> str | None:
        """The model that was in use there last, as in ``model``."""
        return _model_from(_noted(self.folder_models, folder))

    @property
    def models_used(self) -> tuple[str, ...]:
        """``recent_models`` as in ``model``; what is none is left out."""
        return tuple(each for each in map(_model_from, self.recent_models) if each)

    def with_model_used(self, source: str, folder: Path | None) -> Settings:
        """With ``source`` as the newest model that was in use, in ``folder`` if there is one."""
        text = _model_text(source)
        others = tuple(each for each in self.recent_models if each != text)
        used = replace(self, recent_models=(text, *others)[:RECENT_MODELS])
        if folder is None:
            return used
        return replace(used, folder_models=_with_note(self.folder_models, folder, text))

    def speed_of(self, source: str, stamp: str) -> ModelSpeed | None:
        """What was measured last of the file with this stamp; None if nothing was."""
        text = _model_text(source)
        fits = (e for e in self.model_speeds if (e.source, e.stamp) == (text, stamp))
        return next(fits, None)

    def speed_with(self, runs: ModelSpeed) -> ModelSpeed:
        """What is known of the same model on the same device; ``runs`` itself if nothing is."""
        runs = replace(runs, source=_model_text(runs.source))
        return next((each for each in self.model_speeds if _runs(each) == _runs(runs)), runs)

    def with_speed(self, speed: ModelSpeed) -> Settings:
        """With what was measured now; what was known of the same on the same device goes."""
        speed = replace(speed, source=_model_text(speed.source))
        others = (each for each in self.model_speeds if _runs(each) != _runs(speed))
        return replace(self, model_speeds=(speed, *others)[:SPEEDS])

    def last_image_in(self, folder: Path) -> str | None:
        """Name of the image that was open there last."""
        noted = _noted(self.last_positions, folder)
        try:
            return from_text(noted).as_posix() if noted else None
        except ValueError:
            return None

    def with_last_image(self, folder: Path, name: str) -> Settings:
        """With ``name`` as the image that was open there last."""
        noted = _with_note(self.last_positions, folder, to_text(Path(name)))
        return replace(self, last_positions=noted)

    def label_in(self, folder: Path) -> int | None:
        """Number of the label that new objects got there last."""
        noted = (_noted(self.labels_in_hand, folder) or "").partition(" ")[0]
        return int(noted) if noted and len(noted) < 10 and noted.isdecimal() else None

    def label_name_in(self, folder: Path) -> str | None:
        """Its name, which means the same whatever number it has by now; None if not known."""
        return (_noted(self.labels_in_hand, folder) or "").partition(" ")[2] or None

    def with_label(self, folder: Path, label_id: int, name: str = "") -> Settings:
        """With the label of this number and name as the one that new objects got there last."""
        noted = _with_note(self.labels_in_hand, folder, f"{label_id} {name}".strip())
        return replace(self, labels_in_hand=noted)

    def list_order_in(self, folder: Path) -> str | None:
        """How its list of images was sorted last."""
        return _noted(self.list_orders, folder)

    def with_list_order(self, folder: Path, order: str) -> Settings:
        """With ``order`` as how its list of images is sorted."""
        return replace(self, list_orders=_with_note(self.list_orders, folder, order))

    def folded_in(self, folder: Path) -> frozenset[str]:
        """Paths of the rows of its labels that are folded."""
        noted = _noted(self.folded_labels, folder)
        return frozenset(noted.split("\n")) if noted else frozenset()

    def with_folded(self, folder: Path, paths: Iterable[str]) -> Settings:
        """With these rows of its labels folded."""
        noted = _with_note(self.folded_labels, folder, "\n".join(sorted(paths)))
        return replace(self, folded_labels=noted)


def _model_text(source: str) -> str:
    """A model as it is noted: paths need not be text that can be written."""
    return source if source == BUILTIN else to_text(Path(source))


def _model_from(text: str | None) -> str | None:
    try:
        return text if not text or text == BUILTIN else str(from_text(text))
    except ValueError:
        return None


def _runs(speed: ModelSpeed) -> tuple[str, ...]:
    ran = speed.device, speed.runtime, speed.precision
    return speed.identity, *ran, speed.source, speed.stamp


def _noted(notes: Iterable[str], folder: Path) -> str | None:
    head = to_text(folder) + "\n"
    return next((note.removeprefix(head) for note in notes if note.startswith(head)), None)


def _with_note(notes: Iterable[str], folder: Path, text: str) -> tuple[str, ...]:
    """The newest first, one for each folder."""
    head = to_text(folder) + "\n"
    return (head + text, *(note for note in notes if not note.startswith(head)))[:MOST_NOTES]


class NotTomlError(ValueError):
    """The text is no TOML at all."""


def parse(data: bytes) -> dict[str, Any]:
    """The table in a TOML file, keys of earlier versions by their names of today.

    Raises:
        NotTomlError: the bytes are no TOML, or hold what could not be written again.
    """
    try:
        table = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotTomlError(str(error)) from error
    # Unknown keys are written again as they are: writing goes down into each by itself.
    left: list[tuple[Any, int]] = [(table, 0)]
    while left:
        value, depth = left.pop()
        if depth > MOST_DEEP:
            raise NotTomlError(f"it is nested more than {MOST_DEEP} deep")
        if isinstance(value, int) and value.bit_length() > LONGEST_NUMBER:
            raise NotTomlError("it holds a number that is too long")
        inside = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            left += [(each, depth + 1) for each in inside]
    for former, name in FORMER_NAMES.items():
        if former in table:
            table.setdefault(name, table[former])
            del table[former]
    return table


def from_table(kind: type[T], table: Mapping[str, Any]) -> tuple[T, tuple[str, ...]]:
    """A ``kind`` with the values of the table.

    Returns:
        It, with defaults for what is missing or wrong, and the names of what is wrong.
    """
    good: dict[str, Any] = {}
    wrong: list[str] = []
    for name, hint in get_type_hints(kind).items():
        if name not in table:
            continue
        try:
            value = _converted(table[name], hint)
            kind(**{name: value})  # its own check, one value at a time
        except ValueError:
            wrong.append(name)
        else:
            good[name] = value
    try:
        return kind(**good), tuple(wrong)
    except ValueError:  # each is possible, but not all together
        return kind(), tuple(good) + tuple(wrong)


def _converted(raw: Any, hint: Any) -> Any:
    value = msgspec.convert(raw, hint)
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("a finite number is needed")
    if isinstance(value, tuple) and len(value) > LIST_LIMIT:
        raise ValueError("the list is too long")
    return value


def to_bytes(value: DataclassInstance, old: Mapping[str, Any]) -> bytes:
    """The TOML file of ``value``: only what differs from the defaults.

    Args:
        value: a dataclass all of whose fields have defaults.
        old: the table that was read, whose unknown keys are kept, and its wrong values as long as
            the field still has its default.
    """
    default = type(value)()
    table = dict(old)
    _, wrong = from_table(type(value), old)
    for field in fields_of(value):
        mine = getattr(value, field.name)
        if mine != getattr(default, field.name):
            table[field.name] = msgspec.to_builtins(mine)
        elif field.name not in wrong:
            table.pop(field.name, None)
    return tomli_w.dumps(table).encode("utf-8", "replace")


class SettingsFile(Generic[T]):
    """A TOML file with a dataclass in it; one thread at a time.

    Args:
        path: the file; it need not be there.
        kind: a frozen dataclass all of whose fields have defaults.
        homes: links may not lead out of all of these folders; none for a file of the user's own,
            which is for the user's eyes alone.
    """

    def __init__(self, path: Path, kind: type[T], homes: Sequence[Path] = ()) -> None:
        self.path = path
        self._homes = homes
        self._kind = kind
        self._table: dict[str, Any] = {}
        self._known: T | None = None

    def read(self) -> tuple[T, tuple[Problem, ...]]:
        """The values, and what went wrong: then defaults stand for what could not be read.

        A file of the user's own that can never be read is set aside under the ending ``.broken``;
        one in a folder of images only when something is written there, for looking changes
        nothing. One that the disk does not give stays where it is, and what is written later is
        merged with it.
        """
        self._table = {}
        defaults = self._known = self._kind()
        try:
            self._table = parse(read_file(self.path, MAX_BYTES) or b"")
        except (Problem, NotTomlError) as error:
            return defaults, (self._told(error),)
        value, wrong = from_table(self._kind, self._table)
        self._known = value
        if not wrong:
            return value, ()
        names = ", ".join(wrong)
        return value, (
            Problem(
                say("{name} has values that cannot be: {settings}.", shown(self.path.name), names)
            ),
        )

    def write(self, value: T) -> None:
        """Put what changed of ``value`` into the file, beside what others keep there.

        What differs from the values read or written last is ours; of the rest, the file knows best:
        another window may have changed it meanwhile.

        Raises:
            Problem: it could not be read or written; the file is as it was.
        """
        if self._homes:
            self._write(value)
            return
        make_own_directory(self.path)
        # Two windows that both read before either has written would undo each other.
        with holding(self.path.with_name(self.path.name + ".lock"), LOCK_S):
            self._write(value)

    def _write(self, value: T) -> None:
        if self._homes and (reason := leading_out(self.path, *self._homes)):
            raise Problem(reason)
        self._table = {}
        data = None
        try:
            data = read_file(self.path, MAX_BYTES)
            self._table = parse(data or b"")
        except (Problem, NotTomlError) as error:
            if not can_never_be_read(error):
                raise
            set_aside(self.path)
        there, _ = from_table(self._kind, self._table)
        merged = value if self._known is None or not data else _merged(self._known, value, there)
        new = to_bytes(merged, self._table)
        if len(new) > MAX_BYTES:
            raise Problem(
                say("{name} would be larger than {limit} MB.", shown(self.path), MAX_BYTES >> 20)
            )
        try:
            make_directory(self.path.parent, private=not self._homes)
            write_atomic(self.path, new, private=not self._homes)
        except OSError as error:
            raise not_written(self.path, error) from error
        self._known = value

    def _told(self, error: Exception) -> Problem:
        if isinstance(error, Problem) and not can_never_be_read(error):
            return error
        what = say("{name} is damaged; the defaults are used instead.", shown(self.path))
        if self._homes:
            return Problem(what, say("It is left as it is until something is kept there."), error)
        try:
            aside = set_aside(self.path)
        except Problem as refusal:
            return Problem(what, say("It could not be set aside."), refusal)
        return Problem(what, say("What it held is now in {name}.", shown(aside.name)), error)


def _merged(known: T, ours: T, theirs: T) -> T:
    """``theirs`` with what ``ours`` changed of ``known``; lists that both changed are joined."""
    changes: dict[str, Any] = {}
    for field in fields_of(ours):
        before, here, there = (getattr(each, field.name) for each in (known, ours, theirs))
        if here == before:
            continue
        if isinstance(here, tuple) and isinstance(there, tuple):
            new = tuple(each for each in there if each not in before and each not in here)
            gone = set(before) - set(there)
            here = tuple(each for each in here if each not in gone) + new
        changes[field.name] = here
    return replace(theirs, **changes)
