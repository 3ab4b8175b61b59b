"""What a run does besides its data: schedule, what is trained, and how."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from model.architecture.sam import Sam
from model.training.corrections import free_corrections
from model.training.interaction import Interaction
from model.training.schedule import Schedule
from model.training.state import RunState, averaged_copy

PARTS = ("all", "decoder", "iou-head", "corrections")
"""What may learn."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run does besides its data and schedule.

    Attributes:
        part: ``all``, ``decoder`` (image encoder frozen), ``iou-head`` (all else frozen; a short
            end of a long run, after which the predicted IoU fits the masks as they became) or
            ``corrections`` (what only later prompts and boxes use; see ``corrections.py``).
        frozen_stages: leading parts of a convolutional encoder (stem first) that keep their
            weights.
        fixed_norms: keep the image encoder's batch statistics; for few images of another kind.
        encoder_share: learning rate of the image encoder, relative.
        average: share of the averaged weights kept at each step.
        precision: dtype of the products.
        save_seconds: work between two saves of the state.
        ahead: batches made ahead, each in a thread of its own; more where a GPU would wait.
    """

    schedule: Schedule
    part: str = "all"
    frozen_stages: int = 0
    fixed_norms: bool = False
    encoder_share: float = 1.0
    weight_decay: float = 0.02
    clip: float = 1.0
    average: float = 0.999
    precision: torch.dtype = torch.float32
    interaction: Interaction = field(default_factory=Interaction)
    seed: int = 0
    save_seconds: float = 120.0
    ahead: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """One step, as told to a listener."""

    step: int
    share: float
    elapsed: float
    side: int
    rate: float
    loss: float
    round: int
    iou: float


def new_state(sam: Sam, recipe: Recipe) -> RunState:
    """A run at step 0; the weights ``recipe`` excludes are frozen."""
    _freeze(sam, recipe)
    slow = {id(p) for p in sam.image_encoder.parameters()}
    # Fading would change the weights that get no gradient, too.
    fading = 0.0 if recipe.part == "corrections" else recipe.weight_decay
    groups = []
    for share, inside in ((recipe.encoder_share, True), (1.0, False)):
        for decay in (True, False):
            chosen = [
                p
                for p in sam.parameters()
                if p.requires_grad and (id(p) in slow) == inside and (p.ndim > 1) == decay
            ]
            if chosen:
                groups.append(
                    {
                        "params": chosen,
                        "share": share,
                        "weight_decay": fading if decay else 0.0,
                    }
                )
    optimiser = torch.optim.AdamW(groups, lr=recipe.schedule.learning_rate)
    return RunState(sam, averaged_copy(sam), optimiser)


def frozen_parts(sam: Sam, recipe: Recipe) -> list[nn.Module]:
    decoder = sam.mask_decoder
    # Accepted masks never show that there is no object: what says so stays as it is.
    scored = _present(decoder.obj_score_token, decoder.pred_obj_score_head)
    if recipe.part == "decoder":
        finer = (decoder.conv_s0, decoder.conv_s1)
        early = (decoder.compress_vit_feat, decoder.embedding_encoder)
        return [sam.image_encoder, *_present(*finer, *early), *scored]
    if recipe.part == "iou-head":
        head = sam.mask_decoder.iou_prediction_head
        others = [part for part in sam.mask_decoder.children() if part is not head]
        return [sam.image_encoder, sam.prompt_encoder, *others]
    if recipe.part == "corrections":
        return [sam.image_encoder, *scored]
    if recipe.part != "all":
        raise ValueError(f"the part to train is one of {', '.join(PARTS)}, given {recipe.part!r}")
    if not recipe.frozen_stages:
        return scored
    encoder = sam.image_encoder
    parts = [encoder.get_submodule("stem"), *encoder.get_submodule("stages").children()]
    return parts[: recipe.frozen_stages]


def _present(*parts: nn.Module | None) -> list[nn.Module]:
    return [part for part in parts if part is not None]


def _freeze(sam: Sam, recipe: Recipe) -> None:
    if recipe.part == "corrections":
        free_corrections(sam)
        return
    if sam.no_mem_embed is not None and recipe.part != "all":
        sam.no_mem_embed.requires_grad_(False)
    for part in frozen_parts(sam, recipe):
        part.requires_grad_(False)


def set_modes(sam: Sam, recipe: Recipe) -> None:
    """Training mode for what learns, fixed statistics for what does not."""
    sam.train()
    for part in frozen_parts(sam, recipe):
        part.eval()
    for layer in sam.image_encoder.modules() if recipe.fixed_norms else ():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
