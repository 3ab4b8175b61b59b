"""Attention between a few tokens and many cells, arranged so that no cell is projected.

Tokens are kept in rows, those of all prompts below one another: (N * T, C).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the framework's customary name

from model.architecture.transformer import Attention, TwoWayAttentionBlock
from model.runtime_torch.cells import added


def _width(attention: Attention) -> int:
    return attention.q_proj.out_features // attention.heads


def split(attention: Attention, x: Tensor) -> Tensor:
    """(N, D, L) -> (N, heads, D / heads, L)."""
    return x.reshape(len(x), attention.heads, _width(attention), -1)


def _heads(attention: Attention, x: Tensor, count: int) -> Tensor:
    """(N * T, D) -> (N, heads, T, D / heads)."""
    return x.reshape(count, -1, attention.heads, _width(attention)).transpose(1, 2)


def asking(attention: Attention, layer: nn.Linear, x: Tensor, count: int) -> Tensor:
    """Queries or keys of tokens, scaled: (N * T, C) -> (N, heads, T, D / heads)."""
    scale = float(_width(attention) ** -0.5)
    return _heads(attention, F.linear(x, layer.weight * scale, layer.bias * scale), count)


def together(x: Tensor) -> Tensor:
    """(N, heads, T, K) -> (N * T, heads * K)."""
    return x.transpose(1, 2).reshape(-1, int(x.shape[1]) * int(x.shape[3]))


def by_head(scores: Tensor) -> Tensor:
    """Softmax over the tokens, for each head and cell: (N, heads, T, L) -> (N, heads * T, L).

    Written out: the runtimes' own is slow where it does not run along neighbours in memory.
    """
    powers = (scores - scores.amax(dim=2, keepdim=True)).exp()
    shares = powers / powers.sum(dim=2, keepdim=True)
    return shares.flatten(1, 2)


def told(attention: Attention, tokens: Tensor, count: int) -> Tensor:
    """What each token tells a cell that attends to it by one head: (N, heads * T, C).

    A cell's weights sum to 1 in each head, so each head brings its share of the bias.
    """
    values = _heads(attention, attention.v_proj(tokens), count)
    layer = attention.out_proj
    matrix = layer.weight.t().reshape(attention.heads, _width(attention), -1)
    shares = values @ matrix + layer.bias / attention.heads
    return shares.reshape(count, -1, layer.out_features)


def self_attention(
    block: TwoWayAttentionBlock, tokens: Tensor, start: Tensor, count: int
) -> Tensor:
    attention = block.self_attn
    placed = tokens if block.skip_first_position else tokens + start
    queries = asking(attention, attention.q_proj, placed, count)
    keys = _heads(attention, attention.k_proj(placed), count)
    tokens = placed if block.efficient else tokens
    values = _heads(attention, attention.v_proj(tokens), count)
    mixed = (queries @ keys.transpose(2, 3)).softmax(dim=-1) @ values
    attended = attention.out_proj(together(mixed))
    alone = block.skip_first_position and not block.efficient
    out: Tensor = block.norm1(attended if alone else tokens + attended)
    return out


def to_image(attention: Attention, tokens: Tensor, placed: Tensor, cells: Tensor) -> Tensor:
    """Attention from (N * T, C) tokens to (N, L, C) cells, without projecting a cell."""
    heads, channels, count = attention.heads, int(cells.shape[2]), len(cells)
    queries = asking(attention, attention.q_proj, tokens, count)
    queries = queries @ attention.k_proj.weight.reshape(heads, -1, channels)
    scores = queries.reshape(count, -1, channels) @ placed.transpose(1, 2)
    mixed = (scores.softmax(dim=-1) @ cells).reshape(count, heads, -1, channels)
    matrix = attention.v_proj.weight.reshape(heads, -1, channels).transpose(1, 2)
    out: Tensor = attention.out_proj(together(mixed @ matrix) + attention.v_proj.bias)
    return out


def to_tokens(attention: Attention, placed: Tensor, asked: Tensor) -> Tensor:
    """How much (N, L, C) cells attend to each token by each head: (N, heads * T, L).

    No cell is projected for it.
    """
    heads, channels, count = attention.heads, int(placed.shape[2]), len(placed)
    keys = asking(attention, attention.k_proj, asked, count)
    bias = (keys @ attention.q_proj.bias.reshape(heads, -1, 1)).reshape(count, -1, 1)
    keys = keys @ attention.q_proj.weight.reshape(heads, -1, channels)
    scores = added(bias, keys.reshape(count, -1, channels), placed, turn_right=True)
    return by_head(scores.reshape(count, heads, -1, placed.shape[1]))


def next_block(
    block: TwoWayAttentionBlock, tokens: Tensor, cells: Tensor, start: Tensor, position: Tensor
) -> tuple[Tensor, Tensor]:
    """Tokens and cells after a block that meets what the one before it made of them."""
    count, placed = len(cells), cells + position
    tokens = self_attention(block, tokens, start, count)
    asked = to_image(block.cross_attn_token_to_image, tokens + start, placed, cells)
    tokens = block.norm2(tokens + asked)
    tokens = block.norm3(tokens + block.mlp(tokens))
    attention = block.cross_attn_image_to_token
    weights = to_tokens(attention, placed, tokens + start)
    changed = added(cells, weights, told(attention, tokens, count), turn_left=True)
    return tokens, block.norm4(changed)
