"""Points, boxes and earlier logits as tokens and as a dense map (segment-anything,
``modeling/prompt_encoder.py``).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.layers import LayerNorm2d

NOT_A_POINT, NEGATIVE, POSITIVE, BOX_FIRST, BOX_LAST = -1, 0, 1, 2, 3
"""Labels of the sparse tokens; a prompt without a box is padded with one NOT_A_POINT."""

CLICK_RADIUS = 3.0
"""Radius of a drawn click in low-res logits pixels."""
Cells = tuple[int, int]
"""Rows and columns of an embedding; where it is left out, the whole square."""
SURE = 4.0
"""Earlier logits far above or below this are all the same to the fine dense prompt."""


class PositionEmbeddingRandom(nn.Module):
    """Sine and cosine of fixed random frequencies of the position."""

    positional_encoding_gaussian_matrix: Tensor

    def __init__(self, frequencies: int) -> None:
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.randn(2, frequencies))

    def encode(self, unit: Tensor) -> Tensor:
        """Positions (..., 2) as (x, y) in [0, 1] -> (..., 2 * frequencies)."""
        phase = (2 * math.pi) * ((2 * unit - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([phase.sin(), phase.cos()], dim=-1)

    def grid(self, rows: int, columns: int, side: int) -> Tensor:
        """The encoding of the centres of the upper left cells of a square of ``side`` cells, (C,
        rows, columns)."""
        matrix = self.positional_encoding_gaussian_matrix
        y = (torch.arange(rows, device=matrix.device, dtype=matrix.dtype) + 0.5) / side
        x = (torch.arange(columns, device=matrix.device, dtype=matrix.dtype) + 0.5) / side
        cells = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)
        return self.encode(cells).permute(2, 0, 1)


class PromptEncoder(nn.Module):
    """Embeds prompts for a mask decoder of width ``width``.

    Args:
        width: channels C of tokens and dense maps.
        input_size: side of the encoder's square input in pixels; coordinates are given in these.
        grid: side of the embedding in cells; earlier logits have 4 times as many.
        click_maps: draw the clicks as discs into two more channels of the dense input.
        fine: channels of a second dense prompt at twice the resolution, see ``fine``; needs
            ``click_maps``.
        placed_padding: whether a NOT_A_POINT has a place, too.
    """

    def __init__(
        self,
        width: int,
        input_size: int,
        grid: int,
        click_maps: bool = False,
        hidden: int = 16,
        fine: int = 0,
        *,
        placed_padding: bool = False,
    ) -> None:
        super().__init__()
        self.placed_padding = placed_padding
        self.input_size = input_size
        self.embedding_size = grid
        self.click_maps = click_maps
        self.pe_layer = PositionEmbeddingRandom(width // 2)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, width) for _ in range(4))
        self.not_a_point_embed = nn.Embedding(1, width)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(3 if click_maps else 1, hidden // 4, 2, stride=2),
            LayerNorm2d(hidden // 4),
            nn.GELU(),
            nn.Conv2d(hidden // 4, hidden, 2, stride=2),
            LayerNorm2d(hidden),
            nn.GELU(),
            nn.Conv2d(hidden, width, 1),
        )
        self.no_mask_embed = nn.Embedding(1, width)
        self.fine_maps = nn.Conv2d(3, fine, 2, stride=2) if fine else None
        for parameter in self.fine_maps.parameters() if self.fine_maps else ():
            # Adds nothing at first, so that trained weights can grow it.
            nn.init.zeros_(parameter)

    def dense_pe(self, cells: Cells | None = None) -> Tensor:
        """Positional encoding of the embedding's cells, (1, C, h, w)."""
        side = self.embedding_size
        return self.pe_layer.grid(*(cells or (side, side)), side)[None]

    def sparse(self, coordinates: Tensor, labels: Tensor) -> Tensor:
        """(N, P, 2) (x, y) encoder pixels and (N, P) labels as above -> (N, P, C) tokens."""
        position = self.pe_layer.encode((coordinates + 0.5) / self.input_size)
        own = [self.not_a_point_embed, *self.point_embeddings]
        table = torch.cat([embedding.get_parameter("weight") for embedding in own])
        kinds = labels[..., None] == torch.arange(NOT_A_POINT, len(own) - 1, device=labels.device)
        if not self.placed_padding:
            position = position * (labels[..., None] != NOT_A_POINT).to(position.dtype)
        return position + kinds.to(position.dtype) @ table

    def click_discs(
        self, coordinates: Tensor, labels: Tensor, cells: Cells | None = None
    ) -> Tensor:
        """Where the prompts say foreground and background: (N, 2, 4h, 4w) of 0 and 1.

        A click is a disc in the map of its kind; all outside a box is background.
        """
        side = self.embedding_size
        rows, columns = cells or (side, side)
        # One that draws nothing, so that there is always one.
        coordinates, labels = (
            F.pad(coordinates, (0, 0, 0, 1)),
            F.pad(labels, (0, 1), value=NOT_A_POINT),
        )
        dtype = self.no_mask_embed.weight.dtype
        centre = (coordinates.float() + 0.5) * (4 * side / self.input_size)
        # Towards larger x and y a token lies beyond a pixel, by so much: (N, P, 4w), (N, P, 4h).
        across, down = (
            centre[..., axis, None]
            - (torch.arange(4 * count, device=coordinates.device, dtype=torch.float32) + 0.5)
            for axis, count in enumerate((columns, rows))
        )
        near = down.square()[..., :, None] + across.square()[..., None, :] <= CLICK_RADIUS**2
        kinds = torch.stack([labels == POSITIVE, labels == NEGATIVE], dim=1).to(dtype)
        # How many discs of each kind cover a pixel.
        counts = (kinds @ near.to(dtype).flatten(2)).reshape(-1, 2, 4 * rows, 4 * columns)
        corner = ((labels == BOX_FIRST).to(dtype) - (labels == BOX_LAST).to(dtype))[..., None]
        left, above = (((way * corner).amax(dim=1) > 0).to(dtype) for way in (across, down))
        background = above[:, :, None] + left[:, None, :]
        only = torch.tensor([0.0, 1.0], dtype=dtype, device=labels.device)[:, None, None]
        return (counts + background[:, None] * only).clamp(max=1)

    def dense(
        self, coordinates: Tensor, labels: Tensor, logits: Tensor, has_logits: Tensor
    ) -> Tensor:
        """Earlier logits (N, 1, 4h, 4w), used where ``has_logits`` (N,) is 1 -> (N, C, h, w)."""
        used = has_logits.reshape(-1, 1, 1, 1).to(logits.dtype)
        absent = self.no_mask_embed.weight.reshape(1, -1, 1, 1)
        if self.click_maps:
            cells = logits.shape[2] // 4, logits.shape[3] // 4
            discs = self.click_discs(coordinates, labels, cells).to(logits.dtype)
            maps = torch.cat([logits * used, discs], dim=1)
            drawn: Tensor = self.mask_downscaling(maps)
            return drawn + (1 - used) * absent
        earlier: Tensor = self.mask_downscaling(logits)
        return used * earlier + (1 - used) * absent

    def fine(
        self,
        coordinates: Tensor,
        labels: Tensor,
        logits: Tensor | None,
        cells: Cells | None = None,
    ) -> Tensor:
        """Earlier logits and drawn clicks at twice the embedding's resolution: (N, fine, 2h, 2w).

        Logits that are zeros (1 or N, 1, 2, 2) or None count as none.
        """
        if self.fine_maps is None:
            raise ValueError("this variant draws its prompts at the embedding's resolution only")
        layer = self.fine_maps
        discs = self.click_discs(coordinates, labels, cells).to(layer.weight.dtype)
        drawn = F.conv2d(discs, layer.weight[:, 1:], layer.bias, stride=2)
        if logits is None:
            return drawn
        earlier = torch.tanh(logits / SURE)
        return drawn + F.conv2d(earlier, layer.weight[:, :1], stride=2)

    def forward(
        self,
        coordinates: Tensor,
        labels: Tensor,
        logits: Tensor | None = None,
        cells: Cells | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Tokens (N, P, C) and dense map (N, C, h, w); all N prompts have logits, or none has."""
        count = coordinates.shape[0]
        rows, columns = cells or (self.embedding_size, self.embedding_size)
        tokens = self.sparse(coordinates, labels)
        if logits is None and not self.click_maps:
            absent = self.no_mask_embed.weight.reshape(1, -1, 1, 1)
            return tokens, absent.expand(count, -1, rows, columns)
        has = torch.full(
            (count,), float(logits is not None), device=tokens.device, dtype=tokens.dtype
        )
        if logits is None:
            logits = torch.zeros(
                count, 1, 4 * rows, 4 * columns, device=tokens.device, dtype=tokens.dtype
            )
        return tokens, self.dense(coordinates, labels, logits, has)
