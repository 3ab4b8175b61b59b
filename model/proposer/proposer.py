"""A class-agnostic detector of our own: a small convolutional head on the image embedding.

It stands for the detector of the paper's second stage (section 4), which is trained on the masks
so far with one generic category. For each cell of the embedding it says whether an object's centre
lies there, how large the object is, and where in the cell the centre is, after CenterNet
(arXiv 1904.07850). Numpy alone, so it runs and learns wherever the program does.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from model.boxes import nms
from model.detection.detector_output import Detections
from model.interface import CheckpointError, Embedding
from model.messages import BadValueError

Float = npt.NDArray[np.float32]
FORMAT = "maskwright-proposer-1"
WIDTH = 64
DILATIONS = (1, 2, 4)
OUTPUTS = 5
"""Logit of a centre, log of width and height in cells, and the centre's place in its cell."""
KERNEL = 3
MOST = 200
MAX_BYTES = 1 << 26
LOG_SIDE = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The weights.

    Attributes:
        weights: ``weight_0`` (64, 9 C) ... for each 3 x 3 convolution with its ``bias_0`` (64, 1),
            at last ``weight_3`` (5, 64) and ``bias_3`` (5, 1); float32.
        mean, std: (C, 1) of the embedding's channels.
        model: image identity of the model whose embeddings it reads.
        notes: what was measured when it was trained, JSON-like.
    """

    weights: Mapping[str, Float]
    mean: Float
    std: Float
    model: str
    notes: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        channels = len(self.mean)
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(len(DILATIONS)):
            shapes[f"weight_{layer}"] = (WIDTH, KERNEL**2 * (channels if layer == 0 else WIDTH))
            shapes[f"bias_{layer}"] = (WIDTH, 1)
        last = len(DILATIONS)
        shapes |= {f"weight_{last}": (OUTPUTS, WIDTH), f"bias_{last}": (OUTPUTS, 1)}
        found = {name: array.shape for name, array in self.weights.items()}
        if found != shapes or self.mean.shape != (channels, 1) or self.std.shape != (channels, 1):
            raise BadValueError("the weights of a proposer have other shapes than they must have")
        arrays = [*self.weights.values(), self.mean, self.std]
        if not all(np.isfinite(each).all() for each in arrays) or (self.std <= 0).any():
            raise BadValueError("the weights of a proposer are not finite")

    @property
    def confidence(self) -> float:
        """The score that served best on masks held out; 0.3 where none was measured."""
        value = self.notes.get("confidence")
        return float(value) if isinstance(value, int | float) else 0.3

    def propose(
        self, embedding: Embedding, confidence: float | None = None, overlap: float = 0.7
    ) -> Detections:
        """Boxes of objects on the embedding's image, the surest first.

        Raises:
            ValueError: the embedding is another model's.
        """
        if embedding.model != self.model:
            raise BadValueError("this proposer was trained for another model: train it again")
        least = self.confidence if confidence is None else confidence
        return boxes_of(self.raw(embedding), embedding, least, overlap)

    def raw(self, embedding: Embedding) -> Float:
        """(5, h, w) for the cells that show the image, without its padding."""
        return forward(self.weights, self.normalised(features_of(embedding)))[0]

    def normalised(self, features: Float) -> Float:
        """(C, h, w) features with mean 0 and deviation 1 in each channel."""
        return np.asarray((features - self.mean[..., None]) / self.std[..., None], np.float32)


def features_of(embedding: Embedding) -> Float:
    """(C, h, w) float32: the embedding's cells that show the image."""
    features = embedding.features["embedding"]
    rows, columns = embedding.transform.valid((max(features.shape[1:]),) * 2)
    return np.asarray(features[:, :rows, :columns], np.float32)


def cell_size(embedding: Embedding) -> tuple[float, float]:
    """Image pixels per cell along x and y."""
    transform, cells = embedding.transform, max(embedding.features["embedding"].shape[1:])
    (height, width), (h, w) = transform.seen_size, transform.resized
    side = transform.input_size / cells
    return width / w * side, height / h * side


def columns_of(values: Float, dilation: int) -> Float:
    """(C, h, w) -> (9 C, h w): the 3 x 3 neighbours of each place, zeros around."""
    height, width = values.shape[1:]
    padded = np.pad(values, ((0, 0), (dilation, dilation), (dilation, dilation)))
    parts = [
        padded[:, y : y + height, x : x + width]
        for y in range(0, 2 * dilation + 1, dilation)
        for x in range(0, 2 * dilation + 1, dilation)
    ]
    return np.stack(parts).reshape(-1, height * width)


def forward(weights: Mapping[str, Float], values: Float) -> tuple[Float, list[Float]]:
    """(5, h, w) for normalised features (C, h, w), and each layer's input for learning."""
    height, width = values.shape[1:]
    inputs = []
    for layer, dilation in enumerate(DILATIONS):
        columns = columns_of(values, dilation)
        inputs.append(columns)
        flat = np.maximum(weights[f"weight_{layer}"] @ columns + weights[f"bias_{layer}"], 0)
        values = flat.reshape(-1, height, width)
    last, flat = len(DILATIONS), values.reshape(WIDTH, -1)
    inputs.append(flat)
    out = weights[f"weight_{last}"] @ flat + weights[f"bias_{last}"]
    return np.asarray(out.reshape(OUTPUTS, height, width), np.float32), inputs


def boxes_of(raw: Float, embedding: Embedding, confidence: float, overlap: float) -> Detections:
    """Peaks of the centres' map as boxes in image pixels."""
    logits = raw[0]
    padded = np.pad(logits, 1, constant_values=-np.inf)
    around = [
        padded[y : y + logits.shape[0], x : x + logits.shape[1]] for y in range(3) for x in range(3)
    ]
    scores = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
    peaks = (logits >= np.max(around, axis=0)) & (scores >= confidence)
    y, x = np.nonzero(peaks)
    step_x, step_y = cell_size(embedding)
    log_w, log_h, dx, dy = np.clip(raw[1:, y, x], -LOG_SIDE, LOG_SIDE)
    centre = np.stack([(x + np.clip(dx, 0, 1)) * step_x, (y + np.clip(dy, 0, 1)) * step_y], axis=1)
    half = np.stack([np.exp(log_w) * step_x, np.exp(log_h) * step_y], axis=1) / 2
    x0, y0, x1, y1 = embedding.transform.seen
    centre += np.array([x0, y0])
    boxes = np.concatenate([centre - half, centre + half], axis=1)
    boxes = np.clip(boxes, [x0, y0, x0, y0], [x1, y1, x1, y1])
    real = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)
    boxes, sure = np.asarray(boxes[real], np.float32), np.asarray(scores[y, x][real], np.float32)
    kept = nms(boxes, sure, overlap)[:MOST]
    return Detections(boxes[kept], sure[kept], np.zeros(len(kept), np.int64), kept)


def dumps(head: Head) -> bytes:
    """The bytes of a safetensors file, always the same for the same head."""
    metadata = {"format": FORMAT, "model": head.model, "notes": json.dumps(dict(head.notes))}
    data = save({**head.weights, "mean": head.mean, "std": head.std}, metadata)
    # The library writes the metadata in an order that is drawn anew each time.
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length]) | {"__metadata__": metadata}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def loads(data: bytes) -> Head:
    """The head that ``dumps`` wrote.

    Raises:
        CheckpointError: the bytes are damaged, or hold something else.
    """
    try:
        if len(data) > MAX_BYTES:
            raise BadValueError("it is too large")
        arrays = {name: np.asarray(array, np.float32) for name, array in load(data).items()}
        (length,) = struct.unpack_from("<Q", data)
        metadata = json.loads(data[8 : 8 + length])["__metadata__"]
        if metadata["format"] != FORMAT:
            raise BadValueError("it has another format")
        notes = json.loads(metadata["notes"])
        mean, std = arrays.pop("mean"), arrays.pop("std")
        return Head(arrays, mean, std, str(metadata["model"]), dict(notes))
    except (SafetensorError, ValueError, KeyError, TypeError, struct.error) as error:
        raise CheckpointError(
            "this is not a proposer, or it is damaged: {reason}", error
        ) from error
