"""The variants as data: every network here is built from one of these values.

Widths and depths of the published ones: segment-anything ``build_sam.py`` and MobileSAM
``setup_mobile_sam.py``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from model.prompt_arrays import Conventions


@dataclass(frozen=True, slots=True)
class ViTConfig:
    """A plain vision transformer with windowed and some global blocks (paper, appendix A)."""

    width: int
    depth: int
    heads: int
    global_blocks: tuple[int, ...]
    window: int = 14
    patch: int = 16
    kind: str = "vit"
    mlp: int = 0
    """Hidden width of the blocks' MLPs; 0 for four times ``width``."""


@dataclass(frozen=True, slots=True)
class PlainViTConfig:
    """A vision transformer whose places come from one table alone (EfficientTAM, EfficientSAM).

    Attributes:
        windowed: blocks that attend inside windows only.
        window: tokens a side of these.
        table: places a side of the table, which is stretched over the image.
    """

    width: int
    depth: int
    heads: int
    windowed: tuple[int, ...] = ()
    window: int = 14
    table: int = 14
    patch: int = 16
    kind: str = "plain_vit"


@dataclass(frozen=True, slots=True)
class TinyViTConfig:
    """A convolutional stem and three stages of windowed attention (MobileSAM's encoder)."""

    widths: tuple[int, ...] = (64, 128, 160, 320)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    heads: tuple[int, ...] = (2, 4, 5, 10)
    windows: tuple[int, ...] = (7, 7, 14, 7)
    mlp_ratio: float = 4.0
    kind: str = "tiny_vit"


@dataclass(frozen=True, slots=True)
class ConvConfig:
    """Inverted residual blocks, merged to stride 8; also gives a skip feature at stride 4.

    Attributes:
        stages: for each stage (expansion, channels, repeats, first stride), as in MobileNetV2,
            table 2.
        stem: channels after the first convolution.
        merge: channels of the merged pyramid.
    """

    stages: tuple[tuple[int, int, int, int], ...] = (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    )
    stem: int = 32
    merge: int = 128
    kind: str = "conv"


@dataclass(frozen=True, slots=True)
class RepViTConfig:
    """RepViT (arXiv 2307.09283), the encoder of EdgeSAM, RepViT-SAM and EdgeTAM.

    Attributes:
        widths: channels of the four stages.
        depths: blocks of each stage; of the later ones the first changes width and resolution.
        squeezes: for each stage, which blocks weigh their channels.
        fused: whether the last stage halves the resolution and is added, enlarged, to the one
            before; else it keeps it and is the embedding (EdgeSAM ``rep_vit.py``, ``fuse``).
        norm_after: whether the branches of a block share one norm after their sum (RepViT-SAM), or
            the second branch has its own (EdgeSAM).
        top_down: levels of a feature pyramid over the stages, 0 the finest, that the one below is
            added to (EdgeTAM); empty for no pyramid.
    """

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    squeezes: tuple[tuple[int, ...], ...]
    fused: bool = True
    norm_after: bool = False
    kind: str = "rep_vit"
    top_down: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HieraConfig:
    """Hiera: a vision transformer of four stages that halve the resolution (arXiv 2306.00989; sam2
    ``modeling/backbones/hieradet.py``), and a feature pyramid.

    Attributes:
        width: channels of the first stage; each later one has twice as many.
        heads: of the first stage; each later one has twice as many.
        depths: blocks of each stage.
        windows: tokens a side of the windows of each stage.
        global_blocks: those that attend everywhere.
        background: (h, w) of the table of positions that is stretched over the image.
        top_down: levels of the pyramid, 0 the finest, that the one below is added to.
    """

    width: int
    heads: int
    depths: tuple[int, ...]
    windows: tuple[int, ...]
    global_blocks: tuple[int, ...]
    background: tuple[int, int] = (7, 7)
    top_down: tuple[int, ...] = (2, 3)
    kind: str = "hiera"


@dataclass(frozen=True, slots=True)
class EfficientViTConfig:
    """EfficientViT-L (arXiv 2205.14756) and the neck that EfficientViT-SAM puts over it.

    Attributes:
        widths: channels of the stages, at strides 2, 4 and so on.
        depths: blocks of each stage after its first one.
        blocks: kind of each stage's, ``plain``, ``fused``, ``inverted`` or ``attention``.
        expansions: how many times wider each stage's blocks are inside.
        fewer_norms: stages whose first convolutions have a bias in place of a norm.
        around: places a side that the attention's second scale looks at.
        neck_depth: blocks of the neck.
        neck_expansion: how many times wider these are inside.
        neck_width: channels of the neck.
    """

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    blocks: tuple[str, ...]
    expansions: tuple[int, ...]
    fewer_norms: tuple[int, ...]
    around: int
    neck_depth: int
    neck_expansion: int
    neck_width: int = 256
    kind: str = "efficient_vit"


@dataclass(frozen=True, slots=True)
class Sam3ViTConfig:
    """SAM 3's vision transformer and its feature pyramid.

    Attributes:
        mlp: hidden width of the blocks' MLPs.
        global_blocks: those that attend everywhere.
        window: tokens a side of the others' windows.
        table: places a side of the table of positions, which is repeated.
    """

    width: int = 1024
    depth: int = 32
    heads: int = 16
    mlp: int = 4736
    global_blocks: tuple[int, ...] = (7, 15, 23, 31)
    window: int = 24
    table: int = 24
    patch: int = 14
    kind: str = "sam3_vit"


COARSEST = 32
"""Sides of a fitted input are multiples of this, the stride of the small encoder's last stage."""
MAX_DEPTH = 100
MAX_WIDTH = 16384
MAX_INPUT = 4096
"""Limits of what a file may describe."""

EncoderConfig = (
    ViTConfig
    | PlainViTConfig
    | TinyViTConfig
    | ConvConfig
    | HieraConfig
    | RepViTConfig
    | EfficientViTConfig
    | Sam3ViTConfig
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One architecture.

    Attributes:
        input_size: side of the square encoder input in pixels.
        stride: encoder pixels per cell of the embedding; low-res logits have 4 cells per embedding
            cell.
        width: channels of the embedding and the mask decoder.
        skip_channels: channels of the higher-resolution features added inside the decoder's
            upscaling, first at twice the embedding's resolution, then at four times; empty for
            none.
        click_maps: whether clicks are also drawn as discs into the dense prompt, beside the
            earlier logits.
        refiner: channels and number of the blocks of convolutions before the upscaling (see
            ``refiner.py``); empty for none. With them, the dense prompt also joins the skip
            feature.
        fitted: whether the encoder sees no more than the image, its sides rounded up to multiples
            of ``COARSEST``; else the image is padded to a square, as the published ones were
            trained.
        stretched: whether the image is stretched to the square instead, its sides scaled by
            different factors (sam2 ``utils/transforms.py``).
        object_score: whether a token of its own, before the others, says how sure it is that
            there is an object; predicted IoU are then made by a sigmoid.
        box_first: whether the corners of a box come before the points, and padding after them.
        stable_single: the single mask is replaced by the best of three where its stability, by an
            offset of 0.05, is below this; 0 for never (sam2 ``modeling/sam/mask_decoder.py``,
            dynamic multimask).
        logits_limit: earlier logits are cut off here before they are fed back; 0 for nowhere.
        early: channels of an early feature of the encoder, from which a token of its own makes a
            finer mask (SAM-HQ); 0 for none.
        efficient_decoder: whether the decoder is EfficientSAM's: its networks have GELU where
            others have ReLU, its upscaling one norm over all places and channels, and places are
            part of what its tokens tell each other (``efficient_sam_decoder.py``).
        upscaling: channels after each of the decoder's two upscalings; empty for a fourth and an
            eighth of ``width``.
        tokens: a prompt always has so many: what lacks is padding at (-1, -1), which has a place
            as points have, and the last ones too many are cut off; 0 for as many as it has, and
            padding without a place.
        no_logits: whether prompts may bring no earlier logits along.
        image_side: of the square image that the encoder sees, if it is not ``input_size``: prompts
            and low-res logits count in pixels of that all the same (EfficientViT-SAM); else 0.
        halves: whether pixels are normalised by the mean 127.5 and the deviation 127.5 (SAM 3),
            and not by those of ImageNet.
        unfiltered: whether images are made smaller by interpolating between four pixels, without
            the mean over those between.
    """

    name: str
    encoder: EncoderConfig
    input_size: int = 1024
    stride: int = 16
    width: int = 256
    decoder_depth: int = 2
    decoder_heads: int = 8
    decoder_mlp: int = 2048
    iou_head_hidden: int = 256
    iou_head_depth: int = 3
    skip_channels: tuple[int, ...] = ()
    click_maps: bool = False
    refiner: tuple[int, ...] = ()
    fitted: bool = False
    stretched: bool = False
    object_score: bool = False
    box_first: bool = False
    stable_single: float = 0.0
    logits_limit: float = 0.0
    early: int = 0
    efficient_decoder: bool = False
    upscaling: tuple[int, ...] = ()
    tokens: int = 0
    no_logits: bool = False
    unfiltered: bool = False
    image_side: int = 0
    halves: bool = False
    notes: str = field(default="", compare=False)
    terms: str = field(default="", compare=False)
    """Family in ``terms.BY_FAMILY`` whose terms hold for it; empty for none."""
    kept_iou: float = field(default=0.0, compare=False)
    """Predicted IoU from which its publisher's own code keeps a mask of segment everything, so that
    it is known to mean what it says; 0 where nobody knows."""

    @property
    def grid(self) -> int:
        """Side of the embedding in cells."""
        return self.input_size // self.stride

    @property
    def seen_side(self) -> int:
        """Side of the square that the image encoder sees, in pixels."""
        return self.image_side or self.input_size

    def input_shape(self, resized: tuple[int, int]) -> tuple[int, int]:
        """(h, w) of the encoder's input for an image of ``resized`` (h, w) encoder pixels."""
        if not self.fitted:
            return self.seen_side, self.seen_side
        return -(-resized[0] // COARSEST) * COARSEST, -(-resized[1] // COARSEST) * COARSEST

    def cells(self, resized: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of the embedding of such an image."""
        if not self.fitted:
            return self.grid, self.grid
        height, width = self.input_shape(resized)
        return height // self.stride, width // self.stride

    @property
    def conventions(self) -> Conventions:
        """How the decoder wants its prompts."""
        return Conventions(
            self.box_first,
            self.stable_single,
            self.logits_limit,
            refines=bool(self.early),
            tokens=self.tokens,
            takes_logits=not self.no_logits,
        )

    @property
    def rest_later(self) -> bool:
        """Whether the logits that show padding may be made after those that show the image: where
        there is padding, and a cell's logits depend on nothing but the cell.
        """
        return not (
            self.fitted
            or self.stretched
            or self.refiner
            or self.skip_channels
            or self.click_maps
            or self.early
        )

    @property
    def trainable(self) -> bool:
        """Whether training prepares its images and prompts as it needs them.

        Not those of EfficientSAM, which corrects from no earlier answer, nor of SAM 3, whose cells
        are no whole number of low-res pixels.
        """
        return not (self.no_logits or self.halves)

    def shown_cells(self, resized: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns of cells that an image of ``resized`` (h, w) encoder pixels is made
        from: with the first sample of the padding, since pixels lie before it.
        """
        samples = (-(-side * self.logits_side // self.input_size) + 1 for side in resized)
        rows, columns = (min(self.grid, -(-count // 4)) for count in samples)
        return rows, columns

    @property
    def drawn_on_skip(self) -> int:
        """Channels of the dense prompt that joins the skip feature; 0 for none."""
        return self.skip_channels[0] if self.refiner and self.click_maps else 0

    @property
    def logits_side(self) -> int:
        return 4 * self.grid


KEPT_IOU = 0.88
"""Of ``SamAutomaticMaskGenerator`` (segment-anything, ``automatic_mask_generator.py``)."""
KEPT_IOU_SAM_2 = 0.8
"""Of ``SAM2AutomaticMaskGenerator`` (sam2, ``automatic_mask_generator.py``)."""
VIT_B = Variant("vit_b", ViTConfig(768, 12, 12, (2, 5, 8, 11)), kept_iou=KEPT_IOU)
VIT_L = Variant("vit_l", ViTConfig(1024, 24, 16, (5, 11, 17, 23)), kept_iou=KEPT_IOU)
VIT_H = Variant("vit_h", ViTConfig(1280, 32, 16, (7, 15, 23, 31)), kept_iou=KEPT_IOU)
MOBILE_SAM = Variant("mobile_sam", TinyViTConfig(), kept_iou=KEPT_IOU)
SMALL = Variant(
    "maskwright_small",
    ConvConfig(),
    input_size=384,
    stride=8,
    width=128,
    decoder_mlp=512,
    iou_head_hidden=128,
    skip_channels=(32,),
    click_maps=True,
    refiner=(64, 3),
    fitted=True,
)

PUBLISHED = (VIT_B, VIT_L, VIT_H, MOBILE_SAM)
VARIANTS = {variant.name: variant for variant in (*PUBLISHED, SMALL)}

_ENCODERS: dict[str, type[EncoderConfig]] = {
    "vit": ViTConfig,
    "plain_vit": PlainViTConfig,
    "tiny_vit": TinyViTConfig,
    "conv": ConvConfig,
    "hiera": HieraConfig,
    "rep_vit": RepViTConfig,
    "efficient_vit": EfficientViTConfig,
    "sam3_vit": Sam3ViTConfig,
}


_LATER = (
    "refiner",
    "fitted",
    "stretched",
    "object_score",
    "box_first",
    "stable_single",
    "logits_limit",
    "early",
    "efficient_decoder",
    "upscaling",
    "tokens",
    "no_logits",
    "unfiltered",
    "image_side",
    "halves",
    "terms",
    "kept_iou",
)
_LATER_OF_ENCODERS = ("mlp", "top_down")


def to_json(variant: Variant) -> dict[str, Any]:
    """Plain JSON values from which ``from_json`` builds an equal variant.

    What a variant does without is not mentioned: files from before it was thought of stay what
    they are.
    """
    values = asdict(variant)
    for later in _LATER:
        if not values[later]:
            del values[later]
    for later in _LATER_OF_ENCODERS:
        if not values["encoder"].get(later, True):
            del values["encoder"][later]
    return values


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def _check_sizes(value: Any, key: str = "") -> None:
    """Refuses numbers that would build a network without end."""
    if isinstance(value, dict):
        for name, item in value.items():
            _check_sizes(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            _check_sizes(item, key)
    elif isinstance(value, int | float):
        limit = MAX_DEPTH if "depth" in key else MAX_WIDTH
        if not 0 <= value <= limit:
            raise ValueError(f"the model's description has {key} = {value}, above {limit}")


def _checked(variant: Variant) -> Variant:
    """Raises: ValueError: its input cannot be."""
    side, stride = variant.input_size, variant.stride
    if not (1 <= stride <= side <= MAX_INPUT) or side % stride:
        raise ValueError(
            f"the model's description has an input of {side} pixels and a stride of {stride}"
        )
    return variant


def from_json(values: dict[str, Any]) -> Variant:
    """Raises: ValueError: a field is missing, unknown or of another kind."""
    _check_sizes(values)
    try:
        fields = {key: _tuples(value) for key, value in values.items()}
        encoder = {key: _tuples(value) for key, value in values["encoder"].items()}
        fields["encoder"] = _ENCODERS[encoder["kind"]](**encoder)
        if (known := VARIANTS.get(fields["name"])) is not None:
            # Files of published models from before it was thought of.
            fields.setdefault("kept_iou", known.kept_iou)
        return _checked(Variant(**fields))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"the model's description cannot be read ({error}): the file is from another version"
        ) from error
