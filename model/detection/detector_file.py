"""A box detector described by a small TOML file, so that any exported one can be used.

    file = "yolo.onnx"              # beside this file, one file without external data

    [input]
    size = [640, 640]               # height, width
    fit = "letterbox"               # "letterbox" centred, "corner" top left, or "stretch"
    layout = "NCHW"                 # or "NHWC"
    channels = "RGB"                # or "BGR"
    scale = 255.0                   # (pixel / scale - mean) / std
    mean = [0.0, 0.0, 0.0]
    std = [1.0, 1.0, 1.0]
    padding = 114                   # grey value around a letterboxed image

    [output]
    style = "yolo"                  # "yolo", "detr" or "rows", see ``Style``
    boxes = "cxcywh"                # or "xyxy"; for the style "rows" "xyxy" if left out
    units = "pixels"                # of the input, or "share" of its sides
    scores = "probability"          # "probability", "sigmoid" or "softmax"
    objectness = false              # a column before the classes that multiplies them
    names = ["boxes", "logits"]     # of the outputs; in the file's order if left out
    classes = ["person", "car"]     # ["object"] if left out

    [limits]
    confidence = 0.25
    overlap = 0.7                   # IoU above which the lesser of two boxes goes; 1 keeps all
    most = 300                      # boxes kept

Only ``file`` and ``size`` must be there; the values above are the defaults.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from model.files import opened
from model.interface import CheckpointError
from model.messages import BadValueError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_SIDE = 8192
MAX_BYTES = 1 << 20
MAX_DOTS = 3000**2
"""Of a line, squared, and of all lines together: so long takes a key with dots to be read."""


class Style(StrEnum):
    """How the outputs are arranged; C classes, N boxes.

    ``YOLO``: one output (1, 4 + C, N) or (1, N, 4 + C), the box first. ``DETR``: boxes (1, N, 4)
    and scores (1, N, C), with ``softmax`` (1, N, C + 1), the last one for no object. ``ROWS``: one
    output (1, N, 6) of the box, score, class, with rows of score 0 where nothing was found.
    """

    YOLO = "yolo"
    DETR = "detr"
    ROWS = "rows"


class Fit(StrEnum):
    LETTERBOX = "letterbox"
    CORNER = "corner"
    STRETCH = "stretch"


class Layout(StrEnum):
    NCHW = "NCHW"
    NHWC = "NHWC"


class Channels(StrEnum):
    RGB = "RGB"
    BGR = "BGR"


class Boxes(StrEnum):
    CXCYWH = "cxcywh"
    XYXY = "xyxy"


class Units(StrEnum):
    PIXELS = "pixels"
    SHARE = "share"


class Scores(StrEnum):
    PROBABILITY = "probability"
    SIGMOID = "sigmoid"
    SOFTMAX = "softmax"


Triple = tuple[float, float, float]
SCALE, NONE, ONES, PADDING = 255.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 114
MOST = 5000
"""Boxes that may be kept: a mask for each of them takes minutes already."""


@dataclass(frozen=True, slots=True)
class Input:
    """How an image becomes the detector's input; fields as in the file."""

    size: tuple[int, int]
    fit: Fit = Fit.LETTERBOX
    layout: Layout = Layout.NCHW
    channels: Channels = Channels.RGB
    scale: float = SCALE
    mean: Triple = NONE
    std: Triple = ONES
    padding: int = PADDING

    def __post_init__(self) -> None:
        if len(self.size) != 2 or not all(1 <= side <= MAX_SIDE for side in self.size):
            raise BadValueError(
                "size is [height, width], each 1 to {most}, given {given}", MAX_SIDE, self.size
            )
        if self.scale <= 0 or min(self.std) <= 0 or not 0 <= self.padding <= 255:
            raise BadValueError("scale and std must be above 0, padding 0 to 255")
        if self.fit is Fit.STRETCH and self.padding != PADDING:
            raise BadValueError("a stretched image has no padding around it: leave padding out")

    @property
    def normalises(self) -> bool:
        """Whether pixels are changed in another way than to 0..1."""
        return (self.scale, self.mean, self.std) != (SCALE, NONE, ONES)


@dataclass(frozen=True, slots=True)
class Output:
    """What the detector's answer means; fields as in the file, ``boxes`` None where it is left out,
    see ``order``."""

    style: Style = Style.YOLO
    boxes: Boxes | None = None
    units: Units = Units.PIXELS
    scores: Scores = Scores.PROBABILITY
    objectness: bool = False
    names: tuple[str, ...] = ()
    classes: tuple[str, ...] = ("object",)

    def __post_init__(self) -> None:
        wanted = 2 if self.style is Style.DETR else 1
        if self.names and len(self.names) != wanted:
            raise BadValueError(
                "{style} needs {wanted} names of outputs, given {given}",
                self.style,
                wanted,
                self.names,
            )
        if not self.classes or len(set(self.classes)) != len(self.classes):
            raise BadValueError("classes must be different names, at least one")
        if len(set(self.names)) != len(self.names):
            raise BadValueError("names must be different outputs, given {given}", self.names)
        if self.scores is Scores.SOFTMAX and self.style is not Style.DETR:
            raise BadValueError("softmax scores are for the style detr")
        if self.objectness and self.style is not Style.YOLO:
            raise BadValueError("objectness is for the style yolo: leave it out")

    @property
    def order(self) -> Boxes:
        """Of a box's numbers."""
        return self.boxes or (Boxes.XYXY if self.style is Style.ROWS else Boxes.CXCYWH)


@dataclass(frozen=True, slots=True)
class Limits:
    """Which boxes are kept; fields as in the file."""

    confidence: float = 0.25
    overlap: float = 0.7
    most: int = 300

    def __post_init__(self) -> None:
        if not (0 <= self.confidence <= 1 and 0 <= self.overlap <= 1 and 1 <= self.most <= MOST):
            raise BadValueError("confidence and overlap lie in 0 to 1, most in 1 to {most}", MOST)


@dataclass(frozen=True, slots=True)
class Description:
    """A detector as its file describes it; ``file`` is the ONNX file."""

    file: Path
    input: Input
    output: Output = Output()
    limits: Limits = Limits()


def read_description(path: Path) -> Description:
    """The description in ``path``.

    Raises:
        CheckpointError: it cannot be read, or something in it is not as it must be.
    """
    return read_with(path, parse_description)


D = TypeVar("D")


def read_with(path: Path, parse: Callable[[str, Path], D]) -> D:
    """What ``parse`` makes of the text of ``path`` and of its folder.

    Raises:
        CheckpointError: it cannot be read, or ``parse`` raised ValueError.
    """
    try:
        with opened(path) as file:
            data = file.read(MAX_BYTES + 1)
        return parse(data.decode("utf-8"), path.parent)
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            "{path} does not describe a detector: {reason}", path, error
        ) from error


def parse_description(text: str, folder: Path) -> Description:
    """The description in ``text``; the ONNX file lies in ``folder``.

    Raises:
        ValueError: something is missing, unknown, or not as it must be; the text says what.
    """
    raw = sections_of(text, {"file", "input", "output", "limits"})
    return Description(
        folder / beside("file", raw.get("file")),
        section(Input, raw.get("input"), "input"),
        section(Output, raw.get("output"), "output"),
        section(Limits, raw.get("limits"), "limits"),
    )


def sections_of(text: str, known: AbstractSet[str]) -> dict[str, Any]:
    """What a TOML file holds. Raises ValueError: it is none, or has something else in it."""
    if len(text) > MAX_BYTES:
        raise BadValueError("it is larger than 1 MB")
    if sum(line.count(".") ** 2 for line in text.split("\n")) > MAX_DOTS:
        raise BadValueError("it has too many dots in a line")
    raw = tomllib.loads(text)
    unknown = set(raw) - known
    if unknown:
        raise BadValueError("{key} is not known here", repr(sorted(unknown)[0]))
    return raw


def beside(key: str, name: object) -> str:
    """The name of a file in the same folder. Raises ValueError: it is none."""
    if not isinstance(name, str) or not name or Path(name).name != name or "\\" in name:
        raise BadValueError(
            "{key} must name a file in the same folder, given {given}", key, repr(name)
        )
    return name


T = TypeVar("T", bound="DataclassInstance")
ENUMS: dict[str, type[StrEnum]] = {
    "fit": Fit,
    "layout": Layout,
    "channels": Channels,
    "style": Style,
    "boxes": Boxes,
    "units": Units,
    "scores": Scores,
}


def section(kind: type[T], raw: object, name: str, enums: Mapping[str, type[StrEnum]] = ENUMS) -> T:
    """A section of a description, ``raw`` as it was read.

    Args:
        enums: of the keys whose values are words.

    Raises:
        ValueError: something in it is unknown or not as it must be.
    """
    values = {} if raw is None else raw
    if not isinstance(values, Mapping):
        raise BadValueError("{name} must be a section: [{name}]", name)
    known = {field.name for field in fields(kind)}
    for key in values:
        if key not in known:
            raise BadValueError("{key} is not known in [{section}]", repr(key), name)
    if kind is Input and "size" not in values:
        raise BadValueError("[input] needs size = [height, width]")
    return kind(**{key: _value(key, value, enums) for key, value in values.items()})


_TYPES: dict[str, type] = {
    **dict.fromkeys(("objectness", "together", "fill"), bool),
    **dict.fromkeys(("most", "padding", "tokens", "pad"), int),
    **dict.fromkeys(("template", "tokenizer"), str),
}


def _value(key: str, value: object, enums: Mapping[str, type[StrEnum]]) -> object:
    if key in enums:
        return enums[key](str(value))
    if key in ("names", "classes"):
        return _tuple(key, value, str, None)
    if key in ("mean", "std"):
        return tuple(_number(key, each) for each in _tuple(key, value, int | float, 3))
    if key == "size":
        return _tuple(key, value, int, 2)
    wanted = _TYPES.get(key)
    if wanted is not None:
        if type(value) is not wanted:
            raise BadValueError(
                "{key} must be {kind}, given {given}", key, wanted.__name__, repr(value)
            )
        return value
    return _number(key, value)


def _tuple(key: str, value: Any, kind: Any, length: int | None) -> tuple[Any, ...]:
    fits = isinstance(value, list) and all(
        isinstance(each, kind) and not isinstance(each, bool) for each in value
    )
    if not fits or (length is not None and len(value) != length):
        raise BadValueError(
            "{key} must be a list of {length} values, given {given}",
            key,
            length or "some",
            repr(value),
        )
    return tuple(value)


def _number(key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise BadValueError("{key} must be a number, given {given}", key, repr(value))
    return float(value)
