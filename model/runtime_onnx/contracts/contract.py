"""How other programs lay out their pairs of ONNX files: a table, and how each asks its decoder.

All decoders take prompts in pixels of the (padded or stretched) input; they differ in names, in
who appends the padding point, and in whether earlier logits can be given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from model.architecture.config import KEPT_IOU, KEPT_IOU_SAM_2
from model.prompt_arrays import (
    BOX_FIRST,
    BOX_LAST,
    NOT_A_POINT,
    POSITIVE,
    SAM_1,
    Conventions,
    PromptArrays,
)

Arrays = dict[str, npt.NDArray[Any]]
NOTHING = -10
"""Label of a point that transformers' graphs pass over (``modeling_sam.py``, ``_embed_points``)."""
MOST_PROMPTS = 6
"""Points that EfficientSAM's decoder looks at (``efficient_sam.py``, ``predict_masks``)."""
STABLE = 0.98
SAM_2 = Conventions(box_first=True, stable_single=STABLE, logits_limit=32.0)
SAM_2_CANDIDATES = Conventions(box_first=True, logits_limit=32.0)
"""Without the single mask, whose stability would have to be looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One prompt on its way to a decoder.

    Attributes:
        coordinates: (P, 2) float32, (x, y) in pixels of the encoder's input.
        labels: (P,) int64, see ``prompt_arrays``.
        logits: (h, w) float32 earlier low-res logits, or None.
        inputs: names of the decoder's inputs.
        input_size: side of the encoder's input in pixels.
        logits_size: (h, w) of the low-res logits.
    """

    coordinates: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32] | None
    inputs: Iterable[str]
    input_size: int
    logits_size: tuple[int, int]

    def without(self, *labels: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        """Coordinates and labels of all points but those."""
        kept = ~np.isin(self.labels, labels)
        return self.coordinates[kept], self.labels[kept]

    @property
    def box(self) -> npt.NDArray[np.float32] | None:
        """(4,) x0, y0, x1, y1, or None."""
        corners = self.coordinates[np.isin(self.labels, (BOX_FIRST, BOX_LAST))]
        return corners.reshape(4) if len(corners) else None


@dataclass(frozen=True, slots=True)
class Contract:
    """One layout.

    Attributes:
        name: part of a model's identity.
        title: whose it is, for people.
        takes: the decoder's inputs that tell it from the others.
        optional: inputs that it may have, too.
        features: those of ``takes`` that the encoder gives: the embedding, then finer ones.
        prompt: the decoder's other inputs for one prompt.
        stretched: whether images are stretched to the input, or padded to it.
        conventions: of its prompts.
        takes_logits: whether earlier logits can be given.
        unit: whether images are values 0..1 that the encoder scales and normalises itself.
        own_size: whether its masks come in the size that is asked for, straight from the low-res
            ones.
        kept_iou: see ``RuntimeReport``, of the models that come so laid out.
    """

    name: str
    title: str
    takes: frozenset[str]
    features: tuple[str, ...]
    prompt: Callable[[Asked], Arrays]
    optional: frozenset[str] = frozenset()
    stretched: bool = False
    conventions: Conventions = SAM_1
    takes_logits: bool = True
    unit: bool = False
    own_size: bool = False
    kept_iou: float = 0.0

    def fits(self, inputs: Iterable[str]) -> bool:
        """Whether a decoder has these inputs."""
        given = frozenset(inputs)
        return self.takes <= given <= self.takes | self.optional


def with_padding(asked: Asked) -> Arrays:
    """The caller appends the padding point (segment-anything, ``utils/onnx.py``)."""
    return _points(asked.coordinates, asked.labels) | _earlier(asked)


def without_padding(asked: Asked) -> Arrays:
    """The graph appends it (samexporter ``export_sam2.py``, ``_embed_points``)."""
    return _points(*asked.without(NOT_A_POINT)) | _earlier(asked)


def _points(coordinates: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> Arrays:
    return {"point_coords": coordinates[None], "point_labels": labels[None].astype(np.float32)}


def _earlier(asked: Asked) -> Arrays:
    none = np.zeros(asked.logits_size, np.float32)
    return {
        "mask_input": (none if asked.logits is None else asked.logits)[None, None],
        "has_mask_input": np.full(1, asked.logits is not None, np.float32),
        # Masks in the size of the low-res ones: the smallest, and nobody looks at them.
        "orig_im_size": np.array(asked.logits_size),
    }


def of_sam_2_transformers(asked: Asked) -> Arrays:
    """Traced with a box, transformers' graphs pad a box and no points; without one they pad these
    (``modeling_sam2.py``, ``Sam2PromptEncoder``)."""
    if "input_boxes" not in asked.inputs:
        return _many(*asked.without(NOT_A_POINT))
    boxes = np.zeros((1, 0, 4), np.float32) if asked.box is None else asked.box[None, None]
    return _many(*asked.without(BOX_FIRST, BOX_LAST, *_own_padding(asked))) | {"input_boxes": boxes}


def of_sam_transformers(asked: Asked) -> Arrays:
    """As above; but only boxes that are given as such are known, not their corners as points."""
    if "input_boxes" in asked.inputs:
        boxes = np.zeros((1, 0, 4), np.float32) if asked.box is None else asked.box[None, None]
        return _many(*asked.without(BOX_FIRST, BOX_LAST)) | {"input_boxes": boxes}
    coordinates, labels = asked.without(BOX_FIRST, BOX_LAST, NOT_A_POINT)
    if asked.box is not None and not (labels == POSITIVE).any():
        middle = (asked.box[:2] + asked.box[2:])[None] / 2
        coordinates = np.concatenate([middle, coordinates])
        labels = np.concatenate([np.array([POSITIVE]), labels])
    return _many(coordinates, labels)


def _own_padding(asked: Asked) -> tuple[int, ...]:
    return () if asked.box is None else (NOT_A_POINT,)


def _many(coordinates: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> Arrays:
    return {"input_points": coordinates[None, None], "input_labels": labels[None, None]}


def of_efficient_sam(asked: Asked) -> Arrays:
    """Places in an image of the size of the low-res logits, so that masks come in that size, too;
    the graph pads, and looks at no more than the first six points (``export_to_onnx.py``)."""
    coordinates, labels = asked.without(NOT_A_POINT)
    if len(labels) > MOST_PROMPTS:
        corners = np.flatnonzero(labels > POSITIVE)
        clicks = np.flatnonzero(labels <= POSITIVE)
        kept = np.concatenate([corners, clicks[len(corners) - MOST_PROMPTS :]])
        coordinates, labels = coordinates[kept], labels[kept]
    scale = np.float32(asked.logits_size[0] / asked.input_size)
    return {
        "batched_point_coords": (coordinates * scale)[None, None],
        "batched_point_labels": labels[None, None].astype(np.float32),
        "orig_im_size": np.array(asked.logits_size),
    }


_POINTS = ("point_coords", "point_labels")
_LOGITS = ("mask_input", "has_mask_input")
_SIZE = frozenset({"orig_im_size"})

SAM = Contract(
    "sam",
    "segment-anything",
    frozenset({"image_embeddings", *_POINTS, *_LOGITS}),
    ("image_embeddings",),
    with_padding,
    optional=_SIZE,
    kept_iou=KEPT_IOU,
)
HQ = Contract(
    "sam_hq",
    "SAM-HQ",
    SAM.takes | {"interm_embeddings"},
    ("image_embeddings", "interm_embeddings"),
    with_padding,
    optional=_SIZE,
    kept_iou=KEPT_IOU,
)
SAM_2_SAMEXPORTER = Contract(
    "sam2_samexporter",
    "samexporter (SAM 2)",
    frozenset({"image_embed", "high_res_feats_0", "high_res_feats_1", *_POINTS, *_LOGITS}),
    ("image_embed", "high_res_feats_1", "high_res_feats_0"),
    without_padding,
    optional=_SIZE,
    stretched=True,
    conventions=SAM_2_CANDIDATES,
    own_size=True,
    kept_iou=KEPT_IOU_SAM_2,
)
SAM_2_LABELME = Contract(
    "sam2_labelme",
    "labelme (SAM 2)",
    frozenset({"image_embeddings", "high_res_features1", "high_res_features2", *_POINTS, *_LOGITS}),
    ("image_embeddings", "high_res_features2", "high_res_features1"),
    without_padding,
    optional=_SIZE,
    stretched=True,
    conventions=SAM_2,
    own_size=True,
    kept_iou=KEPT_IOU_SAM_2,
)
SAM_2_TRANSFORMERS = Contract(
    "sam2_transformers",
    "transformers.js (SAM 2)",
    frozenset(
        {"input_points", "input_labels", *(f"image_embeddings.{level}" for level in range(3))}
    ),
    ("image_embeddings.2", "image_embeddings.1", "image_embeddings.0"),
    of_sam_2_transformers,
    optional=frozenset({"input_boxes"}),
    stretched=True,
    conventions=SAM_2_CANDIDATES,
    takes_logits=False,
    kept_iou=KEPT_IOU_SAM_2,
)
SAM_TRANSFORMERS = Contract(
    "sam_transformers",
    "transformers.js (SAM)",
    frozenset({"input_points", "input_labels", "image_embeddings", "image_positional_embeddings"}),
    ("image_embeddings", "image_positional_embeddings"),
    of_sam_transformers,
    optional=frozenset({"input_boxes"}),
    takes_logits=False,
    kept_iou=KEPT_IOU,
)
EFFICIENT_SAM = Contract(
    "efficient_sam",
    "EfficientSAM",
    frozenset({"image_embeddings", "batched_point_coords", "batched_point_labels", *_SIZE}),
    ("image_embeddings",),
    of_efficient_sam,
    stretched=True,
    takes_logits=False,
    unit=True,
    own_size=True,
)
EDGE_SAM = Contract(
    "edge_sam",
    "EdgeSAM",
    frozenset({"image_embeddings", *_POINTS}),
    ("image_embeddings",),
    with_padding,
    takes_logits=False,
)
CONTRACTS = (
    SAM,
    HQ,
    SAM_2_SAMEXPORTER,
    SAM_2_LABELME,
    SAM_2_TRANSFORMERS,
    SAM_TRANSFORMERS,
    EFFICIENT_SAM,
    EDGE_SAM,
)
IMAGES = frozenset({"x", "image", "images", "input", "input_image", "pixel_values"})
"""What encoders call their image, all but EfficientSAM's."""
UNIT_IMAGES = frozenset({"batched_images"})


def contract_of(inputs: Iterable[str]) -> Contract | None:
    """The layout of a decoder with these inputs; None if it is none of them."""
    given = frozenset(inputs)
    return next((each for each in CONTRACTS if each.fits(given)), None)


def asked_of(
    group: PromptArrays, inputs: Iterable[str], input_size: int, logits_size: tuple[int, int]
) -> Asked:
    """``group``, which holds one prompt, for a decoder."""
    logits = None if group.logits is None else group.logits[0, 0]
    return Asked(group.coordinates[0], group.labels[0], logits, inputs, input_size, logits_size)
