"""Any open-vocabulary detector in ONNX, run as its description says; needs the tokenizers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.detection.detector_file import Limits, Scores, Units
from model.detection.detector_output import Placement, as_numbers, network_input
from model.detection.running import load_session, run
from model.files import opened
from model.interface import Cancelled, CheckpointError, ModelError
from model.transforms import checked_image
from model.words.description import Description, Words, read_description
from model.words.interface import (
    ExampleBoxes,
    Float,
    Pixels,
    Progress,
    Stop,
    WordBoxes,
    sigmoid,
    word_boxes,
)
from model.words.tokens import Reader, read_tokenizer

IMAGE, IMAGE_MASK = "pixel_values", "pixel_mask"
IDS, ATTENDED, TYPES = "input_ids", "attention_mask", "token_type_ids"
_TYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is given in one run.

    Attributes:
        ids: (texts, T) int64.
        lengths: (texts,) tokens of each that are no filling.
        columns: of the scores, for each word its own.
        words: their numbers among all.
    """

    ids: Ids
    lengths: tuple[int, ...]
    columns: tuple[tuple[int, ...], ...]
    words: tuple[int, ...]


class OnnxWords:
    """A graph and its tokenizer, ready to be asked; a ``TextDetector``.

    Raises:
        CheckpointError: the graph has other inputs or outputs than such a detector.
    """

    def __init__(self, how: Description, session: Any, reader: Reader, identity: str) -> None:
        self._how, self._session, self._reader = how, session, reader
        self._identity = identity
        self._inputs: dict[str, Any] = {each.name: each for each in session.get_inputs()}
        self._check_inputs()
        missing = set(how.output.names) - {each.name for each in session.get_outputs()}
        if missing:
            raise CheckpointError(
                "{name} has no output named {missing}", how.file.name, repr(sorted(missing)[0])
            )

    @property
    def name(self) -> str:
        return self._how.file.stem

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def usual(self) -> float:
        return self._how.limits.confidence

    @property
    def takes_examples(self) -> bool:
        return False

    def check(self, words: Sequence[str]) -> None:
        """Raises: ModelError: it cannot read one of them."""
        self._texts(words)

    def detect(
        self,
        image: Pixels,
        words: Sequence[str],
        cancelled: Stop,
        progress: Progress,
        examples: ExampleBoxes | None = None,
    ) -> WordBoxes:
        """As of ``TextDetector``; it may be stopped at any time.

        Raises:
            TooSlowError: one run took too long.
        """
        if examples is not None:
            raise ValueError("it reads words alone")
        how, boxes, scores = self._how, [], []
        dtype = _TYPES[self._inputs[IMAGE].type]
        values, placement = network_input(checked_image(image), how.input, dtype)
        texts = self._texts(words)
        for done, text in enumerate(texts):
            progress(done, len(texts))
            if cancelled():
                raise Cancelled("the boxes are no longer wanted")
            feeds = {IMAGE: values, **self._words(text)}
            if IMAGE_MASK in self._inputs:
                feeds[IMAGE_MASK] = self._image_mask(placement)
            found = run(self._session, how.output.names, feeds, how.file.name, cancelled)
            some, sure = self._read(found, text)
            boxes.append(some)
            of_words = np.zeros((len(some), len(words)), np.float32)
            of_words[:, list(text.words)] = sure
            scores.append(of_words)
        limits = replace(how.limits, confidence=self.usual / 2)
        return self._placed(np.concatenate(boxes), np.concatenate(scores), words, limits, placement)

    # -- words into the graph

    def _texts(self, words: Sequence[str]) -> list[Asked]:
        """Raises: ModelError: a word cannot be read, or is too long."""
        how = self._how.text
        if how.words is Words.PHRASES:
            groups = [words] if how.in_one_run else [[word] for word in words]
            texts = [each for group in groups for each in self._reader.together(group)]
            numbers = (
                [each.words for each in texts]
                if how.in_one_run
                else [(number,) for number in range(len(words))]
            )
            return [
                Asked(*self._filled([each.ids]), each.places, which)
                for each, which in zip(texts, numbers, strict=True)
            ]
        ids = [self._reader.alone(word, how.template) for word in words]
        every = range(len(words))
        groups_of = [tuple(every)] if how.in_one_run else [(number,) for number in every]
        return [
            Asked(
                *self._filled([ids[number] for number in group]),
                tuple((column,) for column in range(len(group))),
                group,
            )
            for group in groups_of
        ]

    def _filled(self, texts: Sequence[Sequence[int]]) -> tuple[Ids, tuple[int, ...]]:
        """(texts, T) of equal length."""
        how = self._how.text
        lengths = tuple(len(text) for text in texts)
        ids = np.full((len(texts), how.tokens if how.fill else max(lengths)), how.pad, np.int64)
        for row, text in zip(ids, texts, strict=True):
            row[: len(text)] = text
        return ids, lengths

    def _words(self, text: Asked) -> Mapping[str, npt.NDArray[np.generic]]:
        places = np.arange(text.ids.shape[1])
        attended = places < np.array(text.lengths)[:, None]
        given = {IDS: text.ids, ATTENDED: attended, TYPES: np.zeros_like(text.ids)}
        return {
            name: np.asarray(values, _TYPES[self._inputs[name].type])
            for name, values in given.items()
            if name in self._inputs
        }

    def _image_mask(self, placement: Placement) -> npt.NDArray[np.generic]:
        """(1, H, W): where the image lies in the input."""
        height, width = placement.image_size
        mask = np.zeros((1, *self._how.input.size), _TYPES[self._inputs[IMAGE_MASK].type])
        bottom = placement.top + round(height * placement.scale_y)
        right = placement.left + round(width * placement.scale_x)
        mask[:, placement.top : bottom, placement.left : right] = 1
        return mask

    # -- boxes out of it

    def _read(self, found: Sequence[object], text: Asked) -> tuple[Float, Float]:
        """Boxes (N, 4) and scores (N, words of the text).

        Raises:
            ModelError: the answer has another shape, or is no numbers.
        """
        boxes, logits = as_numbers(found)
        most = max(max(columns, default=0) for columns in text.columns)
        fits = boxes.ndim == 3 and logits.ndim == 3 and logits.shape[2] > most
        if not fits or boxes.shape != (1, logits.shape[1], 4) or logits.shape[0] != 1:
            raise ModelError(
                "the detector answered boxes {boxes} and scores {scores}, not one box and one "
                "score a word in each row",
                boxes.shape,
                logits.shape,
            )
        values = logits[0]
        if self._how.output.scores is Scores.SIGMOID:
            values = sigmoid(values)
        sure = [values[:, list(columns)].max(axis=1) for columns in text.columns]
        return boxes[0], np.stack(sure, axis=1)

    def _placed(
        self,
        boxes: Float,
        scores: Float,
        words: Sequence[str],
        limits: Limits,
        placement: Placement,
    ) -> WordBoxes:
        """Raises: ModelError: they are not finite or make no sense."""
        how, size = self._how.output, self._how.input.size
        if how.units is Units.PIXELS:
            boxes = np.asarray(boxes / np.array([size[1], size[0]] * 2, np.float32), np.float32)
        found = word_boxes(boxes, scores, words, limits, size, placement, how.boxes)
        return WordBoxes(found)

    def _check_inputs(self) -> None:
        """Raises: CheckpointError: it wants what is not known, or takes no image or no words."""
        file, known = self._how.file.name, (IMAGE, IMAGE_MASK, IDS, ATTENDED, TYPES)
        for each in (IMAGE, IDS):
            if each not in self._inputs:
                raise CheckpointError(
                    "{name} has no input named {missing}: export it with the names of "
                    "transformers, {known}",
                    file,
                    each,
                    ", ".join(known),
                )
        for name, each in self._inputs.items():
            if name not in known or each.type not in _TYPES:
                raise CheckpointError(
                    "{name} wants an input {given} ({kind}), which cannot be given: export it "
                    "with {known} alone",
                    file,
                    name,
                    each.type,
                    ", ".join(known),
                )


def load_onnx_words(path: Path) -> OnnxWords:
    """The detector that the TOML file ``path`` describes.

    Raises:
        CheckpointError: the description, the graph or the tokenizer cannot be used.
    """
    how = read_description(path)
    reader = Reader(read_tokenizer(how.tokenizer), how.text.tokens)
    session = load_session(how.file)
    return OnnxWords(how, session, reader, _identity(path, how))


def _identity(path: Path, how: Description) -> str:
    """Of all that is in the three files."""
    whole = blake2b(digest_size=16)
    for each in (path, how.tokenizer, how.file):
        with opened(each) as file:
            while part := file.read(1 << 22):
                whole.update(part)
        whole.update(b"\0")
    return whole.hexdigest()
