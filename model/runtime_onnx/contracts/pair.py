"""Whether an encoder and a decoder belong together, by what one gives and the other takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model.interface import CheckpointError
from model.messages import say
from model.runtime_onnx.contracts.contract import Contract, contract_of
from model.runtime_onnx.contracts.picture import USUAL_SIDE, Picture, picture_of
from model.runtime_onnx.outline import Outline, Value

MASKS = ("low_res_masks", "pred_masks", "output_masks", "masks")
SCORES = ("iou_predictions", "iou_scores", "scores")
OBJECT_SCORE = "object_score_logits"
STRIDE, STRIDE_SAM_3 = 16, 14
"""Pixels of the input for a cell of the embedding."""
CELLS_SAM_3 = 72
MAPS = 4
"""Axes of a feature map with its batch."""
STACKED = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files that make a model.

    Attributes:
        encoder, decoder: what they say about themselves.
        contract: how they are laid out.
        picture: what the encoder takes.
        sources: for each of the contract's features the encoder's outputs it is made of.
        masks, scores: outputs of the decoder.
    """

    encoder: Outline
    decoder: Outline
    contract: Contract
    picture: Picture
    sources: Mapping[str, tuple[str, ...]]
    masks: str
    scores: str

    @property
    def wanted(self) -> tuple[str, ...]:
        """The decoder's outputs that are looked at; the others need not be computed."""
        score = (OBJECT_SCORE,) if OBJECT_SCORE in self.decoder.outputs else ()
        return (self.masks, self.scores, *score)

    @property
    def precision(self) -> str:
        """The coarser one of the two files' weights."""
        order = ("float32", "float16", "int8", "int4")
        return max(self.encoder.precision, self.decoder.precision, key=order.index)

    @property
    def cells(self) -> tuple[int, int] | None:
        """Rows and columns of the embedding, if the files tell."""
        name = self.contract.features[0]
        given = self.encoder.outputs[self.sources[name][0]].shape
        for shape in (given, self.decoder.inputs[name].shape):
            if shape is not None and len(shape) == MAPS and shape[2] and shape[3]:
                return shape[2], shape[3]
        return None

    @property
    def side(self) -> int:
        """Of the square that the encoder sees, in pixels."""
        if self.cells is None:
            return self.picture.side(USUAL_SIDE)
        stride = STRIDE_SAM_3 if self.cells[0] == CELLS_SAM_3 else STRIDE
        return self.picture.side(stride * self.cells[0])


def decoder_contract(found: Outline) -> Contract | None:
    """How a mask decoder is laid out; None if it is none."""
    return contract_of(found.inputs)


def is_encoder(found: Outline) -> bool:
    """Whether it takes an image and gives feature maps."""
    maps = [
        each for each in found.outputs.values() if each.shape is None or len(each.shape) >= MAPS
    ]
    return picture_of(found) is not None and bool(maps)


def joined(encoder: Outline, decoder: Outline) -> Pair | str:
    """The two as a pair; or why they are none, as the end of a sentence about the encoder."""
    contract, picture = decoder_contract(decoder), picture_of(encoder)
    if contract is None or picture is None:
        return say("they are not an encoder and a decoder")
    if contract.unit != picture.unit:
        image = next(iter(encoder.inputs))
        return say("it takes {name}, as no encoder of {title} does", image, contract.title)
    sources = _sources(contract, encoder)
    needed = ", ".join(contract.features)
    if sources is None:
        names = ", ".join(encoder.outputs)
        return say("it gives {names}, the decoder needs {needed}", names, needed)
    for name, outputs in sources.items():
        given, taken = encoder.outputs[outputs[0]], decoder.inputs[name]
        if not _agree(given, taken, len(outputs)):
            return say(
                "it gives {output} as {given}, the decoder takes {name} as {taken}",
                outputs[0],
                given,
                name,
                taken,
            )
    return Pair(encoder, decoder, contract, picture, sources, *_answers(decoder, contract))


def _sources(contract: Contract, encoder: Outline) -> dict[str, tuple[str, ...]] | None:
    """Which outputs each feature is made of: by name, else by size, else by order."""
    outputs = encoder.outputs
    if all(name in outputs for name in contract.features):
        found: dict[str, tuple[str, ...]] = {name: (name,) for name in contract.features}
        used = set(contract.features)
        finer = contract.stretched and len(contract.features) > 1
        more = [name for name in outputs if name not in used]
        # An encoder that gives finer features, too, is another family's.
        return found if finer or not any(name.startswith("high_res") for name in more) else None
    first = contract.features[0]
    if len(contract.features) == 1:
        return {first: (next(iter(outputs)),)} if len(outputs) == 1 else None
    if "interm_embeddings" in contract.features:
        return _with_early_features(contract, outputs)
    if len(outputs) != len(contract.features):
        return None
    return dict(zip(contract.features, _by_size(outputs), strict=True))


def _by_size(outputs: Mapping[str, Value]) -> list[tuple[str, ...]]:
    """The outputs from the coarsest; in reverse order where the file does not tell their sizes."""
    names = list(outputs)[::-1]
    sizes = {name: outputs[name].shape for name in names}
    if all(shape is not None and len(shape) == MAPS and shape[3] for shape in sizes.values()):
        names.sort(key=lambda name: (sizes[name] or ())[3] or 0)
    return [(name,) for name in names]


def _with_early_features(
    contract: Contract, outputs: Mapping[str, Value]
) -> dict[str, tuple[str, ...]] | None:
    """X-AnyLabeling's encoder gives each early feature alone; its caller stacks them."""
    embedding, early = contract.features
    own = embedding if embedding in outputs else next(iter(outputs))
    others = tuple(name for name in outputs if name != own)
    return {embedding: (own,), early: others} if others else None


def _agree(given: Value, taken: Value, parts: int) -> bool:
    """Whether what an encoder gives, perhaps in some parts, is what a decoder takes."""
    ours, theirs = given.shape, taken.shape
    if ours is None or theirs is None:
        return True
    if len(theirs) == STACKED and len(ours) == MAPS:
        if theirs[0] not in (None, parts):
            return False
        theirs = theirs[1:]
    if len(ours) != len(theirs):
        return False
    # The first axis counts images, and often has a name instead of a 1.
    return all(a is None or b is None or a == b for a, b in zip(ours[1:], theirs[1:], strict=True))


def _answers(decoder: Outline, contract: Contract) -> tuple[str, str]:
    """Names of the low-res masks and of the predicted IoU.

    Raises:
        CheckpointError: it does not give them.
    """
    masks = next((name for name in MASKS if name in decoder.outputs), None)
    scores = next((name for name in SCORES if name in decoder.outputs), None)
    if masks == "masks" and not contract.own_size and "orig_im_size" in decoder.inputs:
        # They were cut to the shape of the image with which the graph was exported.
        masks = None
    if masks is None or scores is None:
        raise CheckpointError(
            "{path} is a mask decoder as {title} exports it, but it gives {listed}: needed "
            "are {masks} and {scores}; export it again",
            decoder.path,
            contract.title,
            ", ".join(decoder.outputs) or "nothing",
            " or ".join(MASKS[:2]),
            " or ".join(SCORES[:2]),
        )
    return masks, scores
