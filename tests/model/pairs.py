"""Encoders and decoders in ONNX as other programs export them, of our own small networks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.sam import Sam
from model.transforms import PIXEL_MEAN, PIXEL_STD
from tests.model.exported import network

FROZEN = 170
"""Rows that are left of masks where an exporter has frozen the shape of its example image."""


def normalised(pixels: Tensor) -> Tensor:
    """(1, 3, h, w) of 0..255."""
    return (pixels - torch.tensor(PIXEL_MEAN)[:, None, None]) / torch.tensor(PIXEL_STD)[
        :, None, None
    ]


def sized(masks: Tensor, size: Tensor) -> Tensor:
    """``masks`` in the size that a graph is asked for: traced, the two numbers stay open."""
    places = cast("list[int]", [size[0].long(), size[1].long()])
    return F.interpolate(masks, places, mode="bilinear", align_corners=False)


class Encoder(nn.Module):
    """Takes what ``prepare`` makes a network's input of."""

    def __init__(self, sam: Sam, prepare: Callable[[Tensor], Tensor], order: str) -> None:
        super().__init__()
        self.sam, self.prepare, self.order = sam, prepare, order

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        found, skips = self.sam.encode(self.prepare(image))
        if self.order == "with position":
            return found, self.sam.prompt_encoder.dense_pe()
        if self.order == "with early features":
            _, maps = self.sam.image_encoder(self.prepare(image))
            early = maps[0].permute(0, 2, 3, 1)
            # The later ones, which no decoder looks at.
            return found, early, *(torch.full_like(early, level) for level in range(3))
        return *skips[::-1], found


class Decoder(nn.Module):
    """A prompt's tokens and masks, with the choices in which exporters differ."""

    def __init__(self, sam: Sam, *, pads: bool = False, masks: slice = slice(0, 4)) -> None:
        super().__init__()
        self.sam, self.pads, self.masks = sam, pads, masks

    def tokens(self, points: Tensor, labels: Tensor) -> Tensor:
        if self.pads:
            points = F.pad(points, (0, 0, 0, 1))
            labels = F.pad(labels, (0, 1), value=-1)
        return self.sam.prompt_encoder.sparse(points, labels)

    def dense(self, mask: Tensor | None = None, has: Tensor | None = None) -> Tensor:
        encoder = self.sam.prompt_encoder
        none = encoder.no_mask_embed.weight.reshape(1, -1, 1, 1)
        if mask is None or has is None:
            side = encoder.embedding_size
            return none.expand(1, -1, side, side)
        used = has.reshape(-1, 1, 1, 1)
        drawn: Tensor = encoder.mask_downscaling(mask)
        return used * drawn + (1 - used) * none

    def answer(
        self, image: Tensor, skips: tuple[Tensor, ...], sparse: Tensor, dense: Tensor
    ) -> tuple[Tensor, Tensor]:
        pe = self.sam.prompt_encoder.dense_pe()
        logits, iou = self.sam.mask_decoder(image, pe, sparse, dense, skips)
        return logits[:, self.masks], iou[:, self.masks]

    def score(self, image: Tensor, sparse: Tensor, dense: Tensor) -> Tensor:
        decoder = self.sam.mask_decoder
        assert decoder.pred_obj_score_head is not None
        tokens = torch.cat([decoder.own_tokens()[None], sparse], 1)
        hidden, _ = decoder.transformer(image + dense, self.sam.prompt_encoder.dense_pe(), tokens)
        found: Tensor = decoder.pred_obj_score_head(hidden[:, 0])
        return found


class OfSam(Decoder):
    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        image, points, labels, mask, has, size = given
        logits, iou = self.answer(image, (), self.tokens(points, labels), self.dense(mask, has))
        side = self.sam.variant.input_size
        whole = F.interpolate(logits, (side, side), mode="bilinear", align_corners=False)
        return sized(whole[:, :, :FROZEN], size), iou, logits


class OfHq(Decoder):
    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        image, early, points, labels, mask, has, size = given
        finer = self.sam.mask_decoder.finer(image, [early[0].permute(0, 3, 1, 2)])
        logits, iou = self.answer(image, finer, self.tokens(points, labels), self.dense(mask, has))
        answered = logits[:, :1] + logits[:, 4:]
        return sized(answered, size), iou[:, :1], answered


class OfSam2(Decoder):
    """Also in the order of labelme's, with the size."""

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        image, fine, finer, points, labels, mask, has, *size = given
        sparse = self.tokens(points, labels)
        logits, iou = self.answer(image, (finer, fine), sparse, self.dense(mask, has))
        if not size:
            return logits.clamp(-32, 32), iou
        return sized(logits, size[0]), iou, logits


class OfTransformers(Decoder):
    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        *prompt, finest, fine, image = given
        sparse = self.tokens(prompt[0][:, 0], prompt[1][:, 0])
        if len(prompt) > 2:
            corners = F.pad(prompt[2].reshape(1, -1, 2, 2), (0, 0, 0, 1)).reshape(1, -1, 2)
            kinds = torch.ones_like(prompt[2][..., :3]) * torch.tensor([2.0, 3.0, -1.0])
            boxes = self.sam.prompt_encoder.sparse(corners, kinds.reshape(1, -1))
            sparse = torch.cat([sparse, boxes], 1)
        dense = self.dense()
        logits, iou = self.answer(image, (fine, finest), sparse, dense)
        return iou[:, None], logits[:, None], self.score(image, sparse, dense)[:, None]


class OfSamTransformers(Decoder):
    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        points, labels, image, position = given
        sparse = self.tokens(points[:, 0], labels[:, 0])
        logits, iou = self.sam.mask_decoder(image, position, sparse, self.dense(), ())
        return iou[:, None, self.masks], logits[:, None, self.masks]


class OfEfficientSam(Decoder):
    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        image, points, labels, size = given
        points = points[:, 0] * (self.sam.variant.input_size / size[[1, 0]])
        points, labels = F.pad(points, (0, 0, 0, 6)), F.pad(labels[:, 0], (0, 6), value=-1)
        sparse = self.tokens(points[:, :6], labels[:, :6])
        logits, iou = self.answer(image, (), sparse, self.dense())
        shown = sized(logits, size)
        return shown[:, None], iou[:, None], logits[:, None]


class OfEdgeSam(Decoder):
    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        image, points, labels = given
        logits, iou = self.answer(image, (), self.tokens(points, labels), self.dense())
        return iou, logits


@dataclass(frozen=True)
class Layout:
    """One kind of pair: modules, and names with example shapes."""

    net: str
    encoder: Callable[[Sam], nn.Module]
    decoder: Callable[[Sam], nn.Module]
    image: tuple[str, tuple[int, ...], torch.dtype]
    gives: tuple[str, ...]
    takes: Mapping[str, tuple[int, ...]]
    answers: tuple[str, ...]
    whole: tuple[str, ...] = ()
    """Inputs that are int64."""
    names: tuple[str, str] = ("encoder", "decoder")


def plain(image: Tensor) -> Tensor:
    return image


def pixels_last(image: Tensor) -> Tensor:
    """(h, w, 3) of any size up to the input's, padded after it is normalised."""
    shown = normalised(image.permute(2, 0, 1)[None].float())
    return F.pad(shown, (0, 256 - image.shape[1], 0, 256 - image.shape[0]))


def pixels_first(image: Tensor) -> Tensor:
    shown = normalised(image.float())
    return F.pad(shown, (0, 256 - image.shape[3], 0, 256 - image.shape[2]))


def unit(image: Tensor) -> Tensor:
    size = (256, 256)
    return normalised(255 * F.interpolate(image, size, mode="bilinear", align_corners=False))


def half_seen(image: Tensor) -> Tensor:
    """An encoder that works on half the resolution of the decoder's coordinates."""
    return F.interpolate(image, scale_factor=2.0, mode="nearest")


SIDE, CELLS, LOGITS = 256, 16, 64
IMAGE, EMBEDDING = (1, 3, SIDE, SIDE), (1, 32, CELLS, CELLS)
FINE, FINEST = (1, 8, 2 * CELLS, 2 * CELLS), (1, 4, LOGITS, LOGITS)
EARLY = (4, 1, CELLS, CELLS, 16)
POINTS = {"point_coords": (1, 3, 2), "point_labels": (1, 3)}
PROMPT = {**POINTS, "mask_input": (1, 1, LOGITS, LOGITS), "has_mask_input": (1,)}
SAM_ANSWERS = ("masks", "iou_predictions", "low_res_masks")
MANY = {"input_points": (1, 1, 3, 2), "input_labels": (1, 1, 3)}
LEVELS = {f"image_embeddings.{i}": s for i, s in enumerate((FINEST, FINE, EMBEDDING))}


def _sam(image: str, prepare: Callable[[Tensor], Tensor], shape: tuple[int, ...] = IMAGE,
         kind: torch.dtype = torch.float32) -> Layout:  # fmt: skip
    return Layout(
        "tiny",
        lambda sam: Encoder(sam, prepare, ""),
        OfSam,
        (image, shape, kind),
        ("image_embeddings",),
        {"image_embeddings": EMBEDDING, **PROMPT, "orig_im_size": (2,)},
        SAM_ANSWERS,
    )


LAYOUTS = {
    "segment-anything": _sam("x", plain),
    "samexporter with pixels": _sam("input_image", pixels_last, (170, 256, 3)),
    "efficientvit": _sam("input_image", pixels_last, (200, 256, 3), torch.uint8),
    "half the resolution": _sam("input_image", half_seen, (1, 3, SIDE // 2, SIDE // 2)),
    "samexporter sam 2": Layout(
        "tiny_hiera",
        lambda sam: Encoder(sam, plain, "finest first"),
        lambda sam: OfSam2(sam, pads=True, masks=slice(1, 4)),
        ("image", IMAGE, torch.float32),
        ("high_res_feats_0", "high_res_feats_1", "image_embed"),
        {"image_embed": EMBEDDING, "high_res_feats_0": FINEST, "high_res_feats_1": FINE, **PROMPT},
        ("masks", "iou_predictions"),
    ),
    "labelme sam 2": Layout(
        "tiny_hiera",
        lambda sam: Encoder(sam, plain, "finest first"),
        lambda sam: OfSam2(sam, pads=True),
        ("input", IMAGE, torch.float32),
        ("high_res_features1", "high_res_features2", "image_embeddings"),
        {"image_embeddings": EMBEDDING, "high_res_features1": FINEST, "high_res_features2": FINE,
         **PROMPT, "orig_im_size": (2,)},
        SAM_ANSWERS,
        ("orig_im_size",),
        ("preprocess", ""),
    ),
    "transformers sam 2": Layout(
        "tiny_hiera",
        lambda sam: Encoder(sam, plain, "finest first"),
        lambda sam: OfTransformers(sam, masks=slice(1, 4)),
        ("pixel_values", IMAGE, torch.float32),
        tuple(LEVELS),
        {**MANY, "input_boxes": (1, 2, 4), **LEVELS},
        ("iou_scores", "pred_masks", "object_score_logits"),
        ("input_labels",),
        ("vision_encoder", "prompt_encoder_mask_decoder"),
    ),
    "transformers sam 2 without boxes": Layout(
        "tiny_hiera",
        lambda sam: Encoder(sam, plain, "finest first"),
        lambda sam: OfTransformers(sam, pads=True, masks=slice(1, 4)),
        ("pixel_values", IMAGE, torch.float32),
        tuple(LEVELS),
        {**MANY, **LEVELS},
        ("iou_scores", "pred_masks", "object_score_logits"),
        ("input_labels",),
        ("vision_encoder", "prompt_encoder_mask_decoder"),
    ),
    "transformers sam": Layout(
        "tiny",
        lambda sam: Encoder(sam, plain, "with position"),
        lambda sam: OfSamTransformers(sam, pads=True, masks=slice(1, 4)),
        ("pixel_values", IMAGE, torch.float32),
        ("image_embeddings", "image_positional_embeddings"),
        {**MANY, "image_embeddings": EMBEDDING, "image_positional_embeddings": EMBEDDING},
        ("iou_scores", "pred_masks"),
        ("input_labels",),
        ("vision_encoder", "prompt_encoder_mask_decoder"),
    ),
    "efficientsam": Layout(
        "tiny",
        lambda sam: Encoder(sam, unit, ""),
        lambda sam: OfEfficientSam(sam, masks=slice(1, 4)),
        ("batched_images", (1, 3, 90, 120), torch.float32),
        ("image_embeddings",),
        {"image_embeddings": EMBEDDING, "batched_point_coords": (1, 1, 3, 2),
         "batched_point_labels": (1, 1, 3), "orig_im_size": (2,)},
        ("output_masks", "iou_predictions", "onnx::Shape_1"),
        ("orig_im_size",),
    ),
    "edgesam": Layout(
        "tiny",
        lambda sam: Encoder(sam, plain, ""),
        OfEdgeSam,
        ("image", IMAGE, torch.float32),
        ("image_embeddings",),
        {"image_embeddings": EMBEDDING, **POINTS},
        ("scores", "masks"),
    ),
    "edgesam with pixels": Layout(
        "tiny",
        lambda sam: Encoder(sam, pixels_first, ""),
        OfEdgeSam,
        ("input_image", (1, 3, 170, 256), torch.uint8),
        ("image_embeddings",),
        {"image_embeddings": EMBEDDING, **POINTS},
        ("scores", "masks"),
    ),
    "sam-hq": Layout(
        "hq_tiny_light",
        lambda sam: Encoder(sam, pixels_last, "with early features"),
        lambda sam: OfHq(sam, masks=slice(0, 5)),
        ("input_image", (170, 256, 3), torch.float32),
        ("image_embeddings", "early_0", "early_1", "early_2", "early_3"),
        {"image_embeddings": EMBEDDING, "interm_embeddings": EARLY, **PROMPT, "orig_im_size": (2,)},
        SAM_ANSWERS,
    ),
}  # fmt: skip
OPEN = {
    "point_coords": {1: "points"},
    "point_labels": {1: "points"},
    "input_points": {2: "points"},
    "input_labels": {2: "points"},
    "input_boxes": {1: "boxes"},
    "batched_point_coords": {2: "points"},
    "batched_point_labels": {2: "points"},
    "batched_images": {2: "height", 3: "width"},
}


def write_pair(
    name: str, folder: Path, stem: str = "net", fixed: bool = False
) -> tuple[Path, Path]:
    """Exports the layout ``name``; encoder and decoder.

    Args:
        fixed: the encoder takes images of the example's shape alone.
    """
    layout = LAYOUTS[name]
    sam = network(layout.net)
    image, shape, kind = layout.image
    places = {0: "h", 1: "w"} if len(shape) == 3 else {2: "h", 3: "w"}
    axes = {} if fixed or (kind is torch.float32 and len(shape) == 4) else {image: places}
    axes |= {key: value for key, value in OPEN.items() if key == image}
    first, second = (
        folder / f"{'.'.join(part for part in (stem, role) if part)}.onnx" for role in layout.names
    )
    example = torch.zeros(shape, dtype=kind)
    _export(layout.encoder(sam), (example,), first, (image,), layout.gives, axes)
    inputs = tuple(
        torch.ones(each, dtype=torch.int64 if key in layout.whole else torch.float32) * 4
        if key == "orig_im_size"
        else torch.zeros(each, dtype=torch.int64 if key in layout.whole else torch.float32)
        for key, each in layout.takes.items()
    )
    axes = {key: OPEN[key] for key in layout.takes if key in OPEN}
    _export(layout.decoder(sam), inputs, second, tuple(layout.takes), layout.answers, axes)
    return first, second


def _export(
    module: nn.Module,
    example: tuple[Tensor, ...],
    path: Path,
    takes: tuple[str, ...],
    gives: tuple[str, ...],
    axes: Mapping[str, Mapping[int, str]],
) -> None:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), example, path, dynamo=False, opset_version=17,
            input_names=list(takes), output_names=list(gives), dynamic_axes=dict(axes),
        )  # fmt: skip
    onnx.checker.check_model(onnx.load(path))
