"""The file with the objects of an image: read whole or not at all, written over only if known."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from app.core.contents import NOTHING, Contents, pairs
from app.core.details import IS_CROWD, crowd_in
from app.core.document import Document, ImageStatus, State
from app.core.errors import Problem
from app.core.labels import Label
from app.core.review import Summary, state_counts
from app.storage import schema
from app.storage.failures import not_understood
from app.storage.guarded import Token, read_file, token_of
from app.storage.layout import (
    DETAILS,
    TO_SEGMENT,
    SizeMismatch,
    details_in,
    labels_told,
    to_bytes,
    to_document,
    unsegmented_in,
)
from app.storage.names import shown
from app.storage.schema import OWN
from model.messages import say

LONGEST_NAME = 255
NEWER = say("It was written by a newer version of this program, which may know more than this one.")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The objects of an image as they were found.

    Attributes:
        document: empty if there is no file.
        token: of the file, to be given back when it is written.
        read_only: why it must not be written, or None.
    """

    document: Document
    token: Token = None
    read_only: str | None = None


def sidecar_name(image_name: str) -> str:
    """``photo.jpg`` -> ``photo.jpg.json``: after the full name, so that no two images share one.

    Where that is longer than names may be, the end of the name gives way to a hash of all of it.
    """
    name = f"{image_name}.json"
    if len(os.fsencode(name)) <= LONGEST_NAME:
        return name
    whole = os.fsencode(image_name)
    start = image_name
    while len(os.fsencode(start)) > LONGEST_NAME - 22:
        start = start[:-1]
    return f"{start}~{blake2b(whole, digest_size=8).hexdigest()}.json"


@dataclass(frozen=True, slots=True)
class Use:
    """Which labels a sidecar uses.

    Attributes:
        ids: as its objects have them.
        told: the labels that it tells of by these ids; those missing are another file's.
        own: whether this program wrote it.
    """

    ids: frozenset[int]
    told: Mapping[int, Label] = field(default_factory=dict)
    own: bool = False


Meaning = Callable[[Path, Use], Mapping[int, int]]
"""The ids, in the folder that is open, of the labels that a sidecar uses, by its own ids."""


def read_sidecar(path: Path, height: int, width: int, meaning: Meaning | None = None) -> Loaded:
    """The objects in ``path``, for an image of that size.

    Args:
        path: of the file.
        height, width: of the image.
        meaning: finds the labels; without it the ids are as the file has them.

    Raises:
        Problem: the file cannot be read or understood, or is about an image of another size; it
            must be left as it is.
    """
    data = read_file(path, schema.MAX_BYTES)
    if data is None:
        return Loaded(Document(height, width))
    version = schema.VERSION
    try:
        raw = schema.parse(data)
        version = schema.version_of(raw)
        document = to_document(raw, height, width)
    except SizeMismatch as error:
        raise _mismatch(path, error) from error
    except (ValueError, RecursionError) as error:
        if version > schema.VERSION:
            raise Problem(
                say("{name} cannot be understood. {reason}", shown(path), NEWER), "", error
            ) from error
        raise not_understood(path, error) from error
    used = frozenset(document.label_ids)
    if meaning is not None and used:
        document = document.with_label_ids(meaning(path, Use(used, labels_told(raw))))
    return Loaded(document, token_of(data), NEWER if version > schema.VERSION else None)


def read_back(document: Document) -> Document:
    """What a reader of the file of ``document`` will find, which may be less than was known.

    Such as a crop of the model that is the whole image: it is written, and read as none.
    """
    data = to_bytes(document, "")
    return to_document(schema.parse(data), document.height, document.width)


def read_use(data: bytes) -> Use:
    """The labels that a sidecar of these bytes uses, without its masks; none if it is damaged."""
    try:
        found = _uses.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return Use(frozenset())
    own = found.maskwright or _UsingOwn()
    ids = {each.category_id or 1 for each in found.annotations}
    ids |= {each.label_id for each in unsegmented_in({TO_SEGMENT: own.to_segment})}
    told = labels_told({OWN: {"labels": own.labels}})
    return Use(frozenset(ids), told, found.maskwright is not None)


def read_summary(path: Path, name_of: Callable[[int], str | None] | None = None) -> Summary:
    """What a list of images shows of ``path``, several times faster than reading its masks; never
    raises.

    Args:
        path: of the file.
        name_of: the names of labels that the file tells by their ids alone.
    """
    try:
        data = read_file(path, schema.MAX_BYTES)
        if data is None:
            return Summary()
        found = _summaries.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (Problem, ValueError, RecursionError):
        return Summary(readable=False)
    fallback = ImageStatus.IN_PROGRESS if found.annotations else ImageStatus.TODO
    objects = state_counts(each.maskwright for each in found.annotations)
    status = found.maskwright.status or fallback
    return Summary(status, objects, contents=_contents(found, name_of or (lambda _: None)))


def _contents(found: _File, name_of: Callable[[int], str | None]) -> Contents:
    held = [each for each in found.annotations if each.maskwright.state is not State.REJECTED]
    if not held:
        return NOTHING
    told = labels_told({OWN: {"labels": found.maskwright.labels}})
    ids = {each.category_id or 1 for each in held if isinstance(each.category_id, int | None)}
    names = (told[each].name if each in told else name_of(each) for each in ids)
    own = [each.maskwright for each in held]
    values = (pairs(each.attributes) for each in own if isinstance(each.attributes, dict))
    details = (details_in({DETAILS: each.details}) for each in own if each.details)
    scores = [
        float(each.predicted_iou)
        for each in held
        if isinstance(each.predicted_iou, int | float) and not isinstance(each.predicted_iou, bool)
    ]
    return Contents(
        frozenset(filter(None, names)),
        frozenset(chain.from_iterable(values)),
        frozenset(chain.from_iterable(each.flags for each in details))
        | frozenset().union(*(crowd_in({IS_CROWD: each.iscrowd}) for each in held)),
        min(scores, default=None),
    )


class _OwnAnnotation(msgspec.Struct):
    """What is of no use to a list may be anything here: it is told when the image is opened."""

    state: State = State.ACCEPTED
    attributes: Any = None
    details: Any = None


class _Annotation(msgspec.Struct):
    category_id: Any = None
    iscrowd: Any = None
    predicted_iou: Any = None
    maskwright: _OwnAnnotation = msgspec.field(default_factory=_OwnAnnotation)


class _OwnFile(msgspec.Struct):
    status: ImageStatus | None = None
    labels: Any = None


class _File(msgspec.Struct):
    annotations: list[_Annotation]
    maskwright: _OwnFile = msgspec.field(default_factory=_OwnFile)


class _UsingAnnotation(msgspec.Struct):
    category_id: schema.Id | None = None


class _UsingOwn(msgspec.Struct):
    labels: list[dict[str, Any]] = []
    to_segment: Any = None


class _UsingFile(msgspec.Struct):
    annotations: list[_UsingAnnotation]
    maskwright: _UsingOwn | None = None


_uses = msgspec.json.Decoder(_UsingFile)
_summaries = msgspec.json.Decoder(_File)


def _mismatch(path: Path, error: SizeMismatch) -> Problem:
    (height, width), (found_height, found_width) = error.expected, error.found
    if (found_height, found_width) == (width, height):
        why = say(
            "Its objects were probably drawn on the image as the camera stored it, lying "
            "on its side; here it is shown upright."
        )
    else:
        why = say("The image was probably resized or replaced since its objects were drawn.")
    return Problem(
        say(
            "{name} is about an image of {stated_width} x {stated_height} pixels, but this "
            "one has {width} x {height}. {reason}",
            shown(path.name),
            found_width,
            found_height,
            width,
            height,
            why,
        ),
        say("Bring back the image that belongs to the file, or move the file away to begin anew."),
        error,
    )
