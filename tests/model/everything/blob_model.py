"""A model whose masks are ragged blobs around the point: quick, deterministic, and different."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from model.interface import Embedding, Prediction, Prompt, RuntimeReport
from model.prompt_arrays import answer, checked_features, checked_prompt, chosen
from model.transforms import PixelWindow, Transform, checked_image, resized_image

SIDE = 256
LOGITS = 64


class BlobModel:
    """Logits fall with the distance from the point, more or less so with the image's brightness."""

    variant = "blobs"
    identity = image_identity = "blobs"
    input_size = SIDE
    logits_size = (LOGITS, LOGITS)
    report = RuntimeReport("none", "cpu", "float32", "it is the test's")

    def __init__(self) -> None:
        self.embedded = 0

    def embed(
        self,
        image: npt.NDArray[np.uint8],
        cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:
        self.embedded += 1
        transform = Transform(checked_image(image).shape[:2], SIDE, window)
        small = resized_image(image, transform).mean(axis=2)
        padded = np.zeros((SIDE, SIDE), np.float32)
        padded[: small.shape[0], : small.shape[1]] = small
        texture = cv2.resize(cv2.GaussianBlur(padded, (0, 0), 2), (LOGITS, LOGITS))
        return Embedding({"embedding": texture[None] / 20}, transform, self.identity)

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        shapes = {"embedding": (1, LOGITS, LOGITS)}
        checked_features(embedding, shapes, self.variant, self.identity)
        checked_prompt(prompt, embedding.transform, self.logits_size)
        x, y = embedding.transform.to_input(prompt.points)[0] * (LOGITS / SIDE) - 0.5
        rows, columns = np.mgrid[:LOGITS, :LOGITS].astype(np.float32)
        distance = np.hypot(rows - y, columns - x)
        texture = np.asarray(embedding.features["embedding"][0], np.float32)
        radii = (3 + (x * 7 + y * 3) % 4, 6 + (x + y) % 5, 13)
        logits = [1.2 * (radius - distance) + texture - texture.mean() for radius in radii]
        scores = [0.6 + 0.4 * np.sin(x * 1.7 + y * 2.3 + k * k) for k in range(4)]
        stacked = np.stack([logits[1], *logits]).astype(np.float32)
        masks = chosen(prompt, multimask)
        iou = np.array(scores, np.float32)[masks]
        return answer(stacked[masks], iou, embedding.transform)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return [self.decode(embedding, prompt, multimask) for prompt in prompts]
