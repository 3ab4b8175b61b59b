"""A model that needs no weights: it answers with pixels of the clicked colour. Fast and the same
everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from model.interface import Embedding, Prediction, Prompt, RuntimeReport
from model.prompt_arrays import answer, checked_features, checked_prompt
from model.terms import Terms
from model.transforms import PixelWindow, Transform, checked_image

SIDE = 256
TOLERANCES = (14.0, 30.0, 60.0)


class ClickedModel:
    """Three answers of growing tolerance to a point, one to everything else."""

    variant = "by colour"
    identity = image_identity = "f" * 32
    input_size = 1024
    logits_size = (SIDE, SIDE)

    def __init__(self, terms: Terms | None = None) -> None:
        self._terms = terms

    @property
    def report(self) -> RuntimeReport:
        reason = "The only device here."
        return RuntimeReport("onnxruntime", "cpu", "float32", reason, terms=self._terms)

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        transform = Transform(checked_image(image).shape[:2], self.input_size, window)
        x0, y0, x1, y1 = transform.seen
        image = image[y0:y1, x0:x1]
        h, w = (max(1, side // 4) for side in transform.resized)
        small = cv2.GaussianBlur(
            np.asarray(cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA)), (5, 5), 0
        )
        lab = np.asarray(cv2.cvtColor(np.asarray(small, np.uint8), cv2.COLOR_RGB2LAB), np.float32)
        padded = np.zeros((3, SIDE, SIDE), np.float32)
        padded[:, :h, :w] = lab.transpose(2, 0, 1)
        return Embedding({"embedding": padded}, transform, self.identity)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        shapes = {"embedding": (3, SIDE, SIDE)}
        checked_features(embedding, shapes, self.variant, self.identity)
        checked_prompt(prompt, embedding.transform, self.logits_size)
        several = prompt.ambiguous if multimask is None else multimask
        tolerances = TOLERANCES if several else TOLERANCES[1:2]
        logits = np.stack([_logits(embedding, prompt, each) for each in tolerances])
        scores = np.array([0.91, 0.87, 0.78][: len(tolerances)], np.float32)
        return replace(answer(logits, scores, embedding.transform), stability=scores)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return [self.decode(embedding, prompt, multimask) for prompt in prompts]


def _logits(embedding: Embedding, prompt: Prompt, tolerance: float) -> npt.NDArray[np.float32]:
    lab = np.asarray(embedding.features["embedding"], np.float32)
    result = np.full((SIDE, SIDE), -4.0, np.float32)
    if prompt.logits is not None:
        result = np.where(prompt.logits > 0, 4.0, -4.0).astype(np.float32)
    places = embedding.transform.to_input(prompt.points) / 4
    if prompt.box is not None:
        corners = embedding.transform.to_input(prompt.box.reshape(2, 2)) / 4
        (x0, y0), (x1, y1) = np.clip(corners, 0, SIDE - 1)
        inside = np.zeros((SIDE, SIDE), np.uint8)
        center = (int((x0 + x1) / 2), int((y0 + y1) / 2))
        axes = (max(1, int((x1 - x0) / 2)), max(1, int((y1 - y0) / 2)))
        cv2.ellipse(inside, center, axes, 0, 0, 360, 1, -1)
        result[inside > 0] = 4.0
    for (x, y), positive in zip(places, prompt.labels, strict=True):
        around = _around(lab, int(np.clip(x, 0, SIDE - 1)), int(np.clip(y, 0, SIDE - 1)), tolerance)
        result[around] = 4.0 if positive else -4.0
    return result


def _around(
    lab: npt.NDArray[np.float32], x: int, y: int, tolerance: float
) -> npt.NDArray[np.bool_]:
    """Pixels like the one at (x, y) and connected to it."""
    distance = np.sqrt(((lab - lab[:, y, x][:, None, None]) ** 2).sum(0))
    _, parts = cv2.connectedComponents((distance < tolerance).astype(np.uint8))
    found: npt.NDArray[np.bool_] = np.asarray(parts) == np.asarray(parts)[y, x]
    return found
