"""Grounding DINO, OWLv2 and SAM 3 as transformers has them, asked by words. Needs torch."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor, nn

from model.detection.detector_file import Boxes, Fit, Input, Limits
from model.detection.detector_output import Placement, network_input
from model.interface import Cancelled, CheckpointError, ModelError, first_line
from model.transforms import checked_image
from model.words.folder import EXAMPLES, KINDS, TOKENIZER, USUAL, Contents
from model.words.interface import (
    ExampleBoxes,
    Pixels,
    Progress,
    Stop,
    WordBoxes,
    limits_for,
    sigmoid,
    word_boxes,
)
from model.words.tokens import PHOTO, Reader, panics_told, read_tokenizer

ASK_S = 0.02
"""Between two questions whether to give up: layers of small networks take less."""
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
GREY = 128
"""Around an image that is made square, as OWLv2 was trained."""
Float = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a network answers.

    Attributes:
        boxes: (N, 4), shares of the input's sides.
        scores: (N, words) in [0, 1].
        masks: (N, h, w) logits, where it makes masks.
    """

    boxes: Float
    scores: Float
    masks: npt.NDArray[np.floating] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is asked.

    Attributes:
        pixels: (1, 3, h, w) the network's input.
        words: what is looked for.
        boxes: (1, N, 4) float32 centre and size of examples, shares of the input's sides; or None.
        like: (1, N) int64, 1 for what is looked for and 0 for what is not.
    """

    pixels: Tensor
    words: Sequence[str]
    boxes: Tensor | None = None
    like: Tensor | None = None


class Kind(Protocol):
    """What is different between the networks.

    Attributes:
        usual, takes_examples: as of ``TextDetector``.
        order: of a box's numbers.
    """

    usual: float
    order: Boxes
    takes_examples: bool

    def input(self, contents: Contents, size: tuple[int, int]) -> Input:
        """How an image of ``size`` (H, W) is given to it."""

    def most_tokens(self, config: Any) -> int:
        """That its text part takes."""

    def read(self, words: Sequence[str], reader: Reader) -> object:
        """The words as it takes them; raises ModelError."""

    def ask(self, network: Any, asked: Asked, reader: Reader, progress: Progress) -> Seen:
        """What it answers."""


class GroundingDino:
    """All words in one text; a box's score for a word is that of the word's surest token."""

    usual, order, takes_examples = USUAL["grounding-dino"], Boxes.CXCYWH, False

    def input(self, contents: Contents, size: tuple[int, int]) -> Input:
        """The shorter side 800 pixels, unless the longer one would have more than 1333."""
        short = contents.side("shortest_edge", 800)
        long = contents.side("longest_edge", 1333)
        scale = min(short / min(size), long / max(size))
        rows, columns = (max(1, round(side * scale)) for side in size)
        return _input((rows, columns), Fit.STRETCH, contents, IMAGENET)

    def most_tokens(self, config: Any) -> int:
        return int(config.max_text_len)

    def read(self, words: Sequence[str], reader: Reader) -> object:
        return reader.together(words)

    def ask(self, network: Any, asked: Asked, reader: Reader, progress: Progress) -> Seen:
        pixels, words = asked.pixels, asked.words
        boxes, scores = [], []
        texts = reader.together(words)
        for done, text in enumerate(texts):
            progress(done, len(texts))
            ids = torch.tensor([text.ids], device=pixels.device)
            answer = network(pixel_values=pixels, input_ids=ids)
            of_tokens = sigmoid(_numpy(answer.logits[0]))
            of_words = np.zeros((len(of_tokens), len(words)), np.float32)
            for word, places in zip(text.words, text.places, strict=True):
                of_words[:, word] = of_tokens[:, list(places)].max(axis=1)
            boxes.append(_numpy(answer.pred_boxes[0]))
            scores.append(of_words)
        return Seen(np.concatenate(boxes), np.concatenate(scores))


class Owl:
    """Each word by itself; every patch of the image answers with a box."""

    usual, order, takes_examples = USUAL["owlv2"], Boxes.CXCYWH, False

    def input(self, contents: Contents, size: tuple[int, int]) -> Input:
        """Made square with grey below and on the right."""
        square = contents.side("height", 960), contents.side("width", 960)
        return replace(_input(square, Fit.CORNER, contents, CLIP), padding=GREY)

    def most_tokens(self, config: Any) -> int:
        return int(config.text_config.max_position_embeddings)

    def read(self, words: Sequence[str], reader: Reader) -> object:
        return [reader.alone(word, PHOTO) for word in words]

    def ask(self, network: Any, asked: Asked, reader: Reader, progress: Progress) -> Seen:
        pixels, words = asked.pixels, asked.words
        progress(0, 1)
        texts = [reader.alone(word, PHOTO) for word in words]
        ids = torch.zeros((len(texts), reader.most), dtype=torch.long)
        attended = torch.zeros_like(ids)
        for row, text in enumerate(texts):
            ids[row, : len(text)] = torch.tensor(text)
            attended[row, : len(text)] = 1
        device = pixels.device
        answer = network(
            pixel_values=pixels, input_ids=ids.to(device), attention_mask=attended.to(device)
        )
        return Seen(_numpy(answer.pred_boxes[0]), sigmoid(_numpy(answer.logits[0])))


class Sam3:
    """Each word by itself on one embedding of the image, with the examples; masks come with boxes.

    A score is the query's own times that of the word being on the image at all.
    """

    usual, order, takes_examples = USUAL["sam3"], Boxes.XYXY, "sam3" in EXAMPLES

    def input(self, contents: Contents, size: tuple[int, int]) -> Input:
        """Stretched to a square."""
        square = contents.side("height", 1008), contents.side("width", 1008)
        return _input(square, Fit.STRETCH, contents, HALVES)

    def most_tokens(self, config: Any) -> int:
        detector = getattr(config, "detector_config", None) or config
        return int(detector.text_config.max_position_embeddings)

    def read(self, words: Sequence[str], reader: Reader) -> object:
        return [reader.alone(word) for word in words]

    def ask(self, network: Any, asked: Asked, reader: Reader, progress: Progress) -> Seen:
        pixels, words = asked.pixels, asked.words
        least = limits_for(self.usual).confidence
        progress(0, len(words) + 1)
        seen = network.get_vision_features(pixels)
        boxes, scores, masks = [], [], []
        for number, word in enumerate(words):
            progress(number + 1, len(words) + 1)
            ids = torch.tensor([reader.alone(word)], device=pixels.device)
            answer = network(
                vision_embeds=seen,
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                input_boxes=asked.boxes,
                input_boxes_labels=asked.like,
            )
            sure = _numpy((answer.pred_logits.sigmoid() * answer.presence_logits.sigmoid())[0])
            # Written so that what is no number is kept, and refused with the rest.
            rows = np.flatnonzero(~(sure < least))
            of_words = np.zeros((len(rows), len(words)), np.float32)
            of_words[:, number] = sure[rows]
            boxes.append(_numpy(answer.pred_boxes[0])[rows])
            scores.append(of_words)
            # Half precision: with fifty words these are many.
            masks.append(_numpy(answer.pred_masks[0])[rows].astype(np.float16))
        return Seen(np.concatenate(boxes), np.concatenate(scores), np.concatenate(masks))


ASKED: Mapping[str, Kind] = {
    "grounding-dino": GroundingDino(),
    "owlv2": Owl(),
    "sam3": Sam3(),
    "sam3_video": Sam3(),
}


class Network:
    """A network of a folder, ready to be asked; a ``TextDetector``."""

    def __init__(self, contents: Contents, network: nn.Module, reader: Reader) -> None:
        self._contents, self._network, self._reader = contents, network, reader
        self._kind = ASKED[contents.kind]
        self._device = next(network.parameters()).device

    @property
    def name(self) -> str:
        return KINDS[self._contents.kind]

    @property
    def identity(self) -> str:
        return self._contents.identity

    @property
    def usual(self) -> float:
        return self._kind.usual

    @property
    def limits(self) -> Limits:
        return limits_for(self._kind.usual)

    def check(self, words: Sequence[str]) -> None:
        """Raises: ModelError: it cannot read one of them."""
        self._kind.read(words, self._reader)

    @property
    def takes_examples(self) -> bool:
        return self._kind.takes_examples

    def detect(
        self,
        image: Pixels,
        words: Sequence[str],
        cancelled: Stop,
        progress: Progress,
        examples: ExampleBoxes | None = None,
    ) -> WordBoxes:
        """As of ``TextDetector``."""
        if examples is not None and not self.takes_examples:
            raise ValueError("it reads words alone")
        pixels = checked_image(image)
        how = self._kind.input(self._contents, (pixels.shape[0], pixels.shape[1]))
        values, placement = network_input(pixels, how)
        asked = Asked(torch.from_numpy(values).to(self._device), words)
        if examples is not None and len(examples.boxes):
            asked = self._with_examples(asked, examples, how, placement)
        with torch.inference_mode(), asked_to_stop(self._network, cancelled):
            try:
                seen = self._kind.ask(self._network, asked, self._reader, progress)
            except (RuntimeError, ValueError, IndexError, TypeError) as error:
                raise ModelError("{name} failed: {reason}", self.name, first_line(error)) from error
        return self._boxes(seen, words, how, placement)

    def _with_examples(
        self, asked: Asked, examples: ExampleBoxes, how: Input, placement: Placement
    ) -> Asked:
        """Boxes of the image as shares of the input."""
        height, width = how.size
        scale = np.array([placement.scale_x, placement.scale_y] * 2, np.float32)
        placed = examples.boxes * scale + np.array([placement.left, placement.top] * 2, np.float32)
        shares = placed / np.array([width, height] * 2, np.float32)
        middles, sizes = (shares[:, :2] + shares[:, 2:]) / 2, shares[:, 2:] - shares[:, :2]
        boxes = np.concatenate([middles, sizes], axis=1).astype(np.float32)
        return replace(
            asked,
            boxes=torch.from_numpy(boxes)[None].to(self._device),
            like=torch.from_numpy(examples.like.astype(np.int64))[None].to(self._device),
        )

    def _boxes(
        self, seen: Seen, words: Sequence[str], how: Input, placement: Placement
    ) -> WordBoxes:
        found = word_boxes(
            seen.boxes, seen.scores, words, self.limits, how.size, placement, self._kind.order
        )
        if seen.masks is None:
            return WordBoxes(found)
        return WordBoxes(found, tuple(seen.masks[row] for row in found.rows))


def load_network(contents: Contents) -> Network:
    """The network of a folder, on the GPU if there is one.

    Raises:
        CheckpointError: its weights do not fit its configuration, or it cannot be read.
    """
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    classes = {
        "grounding-dino": transformers.GroundingDinoForObjectDetection,
        "owlv2": transformers.Owlv2ForObjectDetection,
        "sam3": transformers.Sam3Model,
        "sam3_video": transformers.Sam3Model,
    }
    _give_regions(classes[contents.kind])
    network = _read(classes[contents.kind], contents).eval()
    if torch.cuda.is_available():
        network = network.cuda()
    kind = ASKED[contents.kind]
    # What is wrong with its settings is said now, not with the first image.
    kind.input(contents, (100, 100))
    reader = Reader(_tokenizer(contents), kind.most_tokens(network.config))
    return Network(contents, network, reader)


def _give_regions(kind: Any) -> None:
    """SAM 3 needs one function of torchvision, for example boxes; ours stands for it where
    torchvision is not installed, which transformers leaves out then."""
    from types import SimpleNamespace

    from model.words.regions import roi_align

    where = sys.modules[kind.__module__]
    if "Sam3" in kind.__name__ and not hasattr(where, "torchvision"):
        vars(where)["torchvision"] = SimpleNamespace(ops=SimpleNamespace(roi_align=roi_align))


def _read(kind: Any, contents: Contents) -> Any:
    """Raises: CheckpointError: the weights cannot be read, or do not fit."""
    name = contents.path.name
    try:
        network, told = kind.from_pretrained(
            contents.path,
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            dtype=torch.float32,
        )
    except Exception as error:
        raise CheckpointError(
            "{name} cannot be loaded: {reason}", name, first_line(error)
        ) from error
    missing = sorted({*told["missing_keys"], *map(str, told["mismatched_keys"])})
    if missing:
        raise CheckpointError(
            "the weights in {name} do not fit its config.json: {count} tensors are missing or of "
            "another shape, first {first}; get the whole folder anew",
            name,
            len(missing),
            missing[0],
        )
    return network


def _tokenizer(contents: Contents) -> Any:
    """Raises: CheckpointError: it cannot be read."""
    import transformers

    path = contents.path
    if (path / TOKENIZER).is_file():
        return read_tokenizer(path / TOKENIZER)
    bert = contents.kind == "grounding-dino"
    kind = transformers.BertTokenizer if bert else transformers.CLIPTokenizer
    try:
        with panics_told():
            found = kind.from_pretrained(path, local_files_only=True).backend_tokenizer
    except Exception as error:
        raise CheckpointError(
            "what {name} reads words with is damaged: {reason}", path.name, first_line(error)
        ) from error
    found.no_padding()
    found.no_truncation()
    return found


@contextmanager
def asked_to_stop(network: nn.Module, cancelled: Stop) -> Iterator[None]:
    """Between two layers it is asked whether to give up: one image may take a minute.

    Raises:
        Cancelled: inside, ``cancelled()`` became true.
    """
    last = time.monotonic()

    def ask(module: nn.Module, given: object) -> None:
        nonlocal last
        if time.monotonic() - last < ASK_S:
            return
        if cancelled():
            raise Cancelled
        last = time.monotonic()

    hooks = [
        each.register_forward_pre_hook(ask) for each in network.modules() if any(each.children())
    ]
    try:
        if cancelled():
            raise Cancelled
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _input(
    size: tuple[int, int],
    fit: Fit,
    contents: Contents,
    usual: tuple[tuple[float, float, float], tuple[float, float, float]],
) -> Input:
    mean = contents.numbers("image_mean", usual[0])
    std = contents.numbers("image_std", usual[1])
    if min(std) <= 0:
        raise CheckpointError(
            "{name} says {key} = {given} of its images, which cannot be: get the folder anew",
            contents.path.name,
            "image_std",
            std,
        )
    return Input(size, fit, mean=mean, std=std)


def _numpy(values: Tensor) -> Float:
    found: Float = values.float().cpu().numpy()
    return found
