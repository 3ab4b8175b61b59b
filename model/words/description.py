"""An open-vocabulary detector in ONNX described by a small TOML file, as closed ones are.

    file = "model.onnx"             # beside this file, one file without external data

    [input]                         # as in ``model/detection/detector_file.py``
    size = [800, 800]
    fit = "stretch"
    mean = [0.485, 0.456, 0.406]
    std = [0.229, 0.224, 0.225]

    [text]
    words = "phrases"               # or "queries", see ``Words``
    tokenizer = "tokenizer.json"    # beside this file
    tokens = 256                    # the network reads at the most, its marks included
    fill = false                    # texts are filled up to so many
    pad = 0                         # with this token
    together = false                # all words in one run; "queries" are unless said, "phrases" not
    template = "{word}"             # what "queries" say of a word, as "a photo of a {word}"

    [output]
    names = ["pred_boxes", "logits"]
    boxes = "cxcywh"                # or "xyxy"
    units = "share"                 # of the input's sides, or "pixels"
    scores = "sigmoid"              # or "probability"

    [limits]
    confidence = 0.3                # from which on its boxes are mostly right; from half of it on
    overlap = 0.7                   # they are offered
    most = 1000

Only ``file``, ``size`` and ``words`` must be there. The graph's inputs are known by their names:
``pixel_values``, ``input_ids``, ``attention_mask``, ``token_type_ids``, ``pixel_mask``, as optimum
and the exports for transformers.js have them. The mask of the tokens is often fixed when a graph of
Grounding DINO is exported, so that it finds the first phrase of a text alone: hence ``together``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from model.detection.detector_file import (
    ENUMS,
    Boxes,
    Input,
    Limits,
    Scores,
    Units,
    beside,
    read_with,
    section,
    sections_of,
)
from model.messages import BadValueError
from model.words.interface import MOST

MOST_TOKENS, MOST_PAD = 4096, (1 << 31) - 1


class Words(StrEnum):
    """How words are given, and what the columns of the scores are.

    ``PHRASES``: ``input_ids`` (1, T) of one text as "wheel. window.", a column for each token.
    ``QUERIES``: ``input_ids`` (words, T), a column for each word.
    """

    PHRASES = "phrases"
    QUERIES = "queries"


@dataclass(frozen=True, slots=True)
class Text:
    """How words become numbers; fields as in the file."""

    words: Words
    tokenizer: str = "tokenizer.json"
    tokens: int = 256
    fill: bool = False
    pad: int = 0
    together: bool | None = None
    template: str = "{word}"

    def __post_init__(self) -> None:
        beside("tokenizer", self.tokenizer)
        if not (3 <= self.tokens <= MOST_TOKENS and 0 <= self.pad <= MOST_PAD):
            raise BadValueError(
                "tokens lies in 3 to {most}, pad in 0 to {largest}", MOST_TOKENS, MOST_PAD
            )
        if self.template.count("{word}") != 1:
            raise BadValueError(
                "template must hold {word} once, given {given}", "{word}", self.template
            )

    @property
    def in_one_run(self) -> bool:
        return self.words is Words.QUERIES if self.together is None else self.together


@dataclass(frozen=True, slots=True)
class Output:
    """What the answer means; fields as in the file."""

    names: tuple[str, ...] = ("pred_boxes", "logits")
    boxes: Boxes = Boxes.CXCYWH
    units: Units = Units.SHARE
    scores: Scores = Scores.SIGMOID

    def __post_init__(self) -> None:
        if len(self.names) != 2 or self.names[0] == self.names[1]:
            raise BadValueError(
                "names must be those of boxes and scores, given {given}", self.names
            )
        if self.scores is Scores.SOFTMAX:
            raise BadValueError("scores of words are each by itself: softmax cannot be")


@dataclass(frozen=True, slots=True)
class Description:
    """A detector as its file describes it; ``file`` is the ONNX file, ``tokenizer`` the other."""

    file: Path
    input: Input
    text: Text
    output: Output
    limits: Limits

    @property
    def tokenizer(self) -> Path:
        return self.file.parent / self.text.tokenizer


def read_description(path: Path) -> Description:
    """The description in ``path``.

    Raises:
        CheckpointError: it cannot be read, or something in it is not as it must be.
    """
    return read_with(path, parse_description)


def parse_description(text: str, folder: Path) -> Description:
    """The description in ``text``; the files it names lie in ``folder``.

    Raises:
        ValueError: something is missing, unknown, or not as it must be; the text says what.
    """
    raw = sections_of(text, {"file", "input", "text", "output", "limits"})
    enums: dict[str, type[StrEnum]] = {**ENUMS, "words": Words}
    how = raw.get("text")
    if not isinstance(how, dict) or "words" not in how:
        raise BadValueError('[text] needs words = "phrases" or "queries"')
    limits = {"most": MOST, **section_of(raw.get("limits"))}
    return Description(
        folder / beside("file", raw.get("file")),
        section(Input, raw.get("input"), "input"),
        section(Text, how, "text", enums),
        section(Output, raw.get("output"), "output"),
        section(Limits, limits, "limits"),
    )


def section_of(raw: object) -> dict[str, object]:
    """A section that may be left out. Raises ValueError: it is none."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise BadValueError("{name} must be a section: [{name}]", "limits")
    return raw
