"""The ways to attend over a square of tokens with decomposed relative position (MViTv2, eq. 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the framework's customary name

SCORES_AT_ONCE = 1 << 19
"""Attention scores held at a time."""


def relative_position(size: int, table: Tensor) -> Tensor:
    """The row of ``table`` (2 * size - 1, d) for each query and key position: (size, size, d)."""
    index = torch.arange(size, device=table.device)
    return table[index[:, None] - index[None, :] + size - 1]


Attend = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def fastest(x: Tensor) -> Attend:
    """The way that is fastest where ``x`` is."""
    if x.device.type != "cpu":
        return attend
    if x.dtype == torch.float32:
        kept = torch.is_grad_enabled() or torch.onnx.is_in_onnx_export()
        return attend_in_tiles if kept else attend_plainly
    return attend if torch.cpu.get_capabilities().get("amx_tile") else attend_plainly


def attend(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """Softmax of q k^T plus what each query gives to rows and to columns of keys, times v.

    The rows and columns become further channels: a key's are 1 at its own row and column. So the
    scores of all pairs never exist at once, and the fused kernels of a GPU and of a CPU with matrix
    units can do it all.

    Args:
        q: (B, h * w, d), already scaled.
        k: (B, h * w, d).
        v: (B, h * w, d).
        by_row: (B, h, w, h) of each query for each row.
        by_column: (B, h, w, w) of each query for each column.
    """
    h, w, d = by_row.shape[1], by_row.shape[2], q.shape[-1]
    queries, keys = with_places(q, k, by_row, by_column)
    mixed = F.scaled_dot_product_attention(
        queries[None], keys[None], F.pad(v, (0, h + w))[None], scale=1.0
    )
    return mixed[0, ..., :d]


def with_places(q: Tensor, k: Tensor, by_row: Tensor, by_column: Tensor) -> tuple[Tensor, Tensor]:
    """Queries and keys whose products are those of ``q`` and ``k`` plus rows and columns."""
    h, w = by_row.shape[1:3]
    at_row = torch.eye(h, dtype=q.dtype, device=q.device).repeat_interleave(w, dim=0)
    at_column = torch.eye(w, dtype=q.dtype, device=q.device).repeat(h, 1)
    place = torch.cat([at_row, at_column], dim=-1).expand(len(k), -1, -1)
    given = [part.flatten(1, 2).to(q.dtype) for part in (by_row, by_column)]
    return torch.cat([q, *given], dim=-1), torch.cat([k, place], dim=-1)


def attend_in_tiles(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """As ``attend``; without matrix units the further channels would cost more than they save."""
    h, w = by_row.shape[1:3]
    queries = torch.unflatten(q, 1, (h, w))
    mixed = []
    for items, rows in tiles(len(q), int(h), int(w * h * w)):
        bias = by_row[items, rows, :, :, None] + by_column[items, rows, :, None, :]
        part = F.scaled_dot_product_attention(
            queries[items, rows].flatten(1, 2)[None],
            k[items][None],
            v[items][None],
            attn_mask=bias.flatten(3).flatten(1, 2)[None],
            scale=1.0,
        )
        mixed.append(part.flatten(0, 2))
    return torch.unflatten(torch.cat(mixed), 0, (len(q), h * w))


def attend_plainly(q: Tensor, k: Tensor, v: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """As ``attend`` on a CPU, whose fused kernel is slower than its products: for 16 bits always,
    for 32 as it reads what is added to the scores once more.

    Where rows and columns are few they become channels, as adding them to short rows of scores
    takes longer; elsewhere the product adds itself to them. Scores of 16 bits are rounded once or
    twice, sums are in float32.
    """
    h, w = by_row.shape[1:3]
    few = h + w <= q.shape[-1]
    if few:
        q, k = with_places(q, k, by_row, by_column)
    else:
        by_row, by_column = by_row.to(q.dtype), by_column.to(q.dtype)
    queries, keys = torch.unflatten(q, 1, (h, w)), k.transpose(1, 2)
    mixed = v.new_empty((*queries.shape[:-1], v.shape[-1]))
    for items, rows in tiles(len(q), int(h), int(w * h * w)):
        asked = queries[items, rows].flatten(1, 2)
        if few:
            scores = torch.bmm(asked, keys[items])
        else:
            bias = by_row[items, rows, :, :, None] + by_column[items, rows, :, None, :]
            scores = bias.flatten(3).flatten(1, 2).baddbmm_(asked, keys[items])
        part = torch.bmm(_shares(scores), v[items])
        mixed[items, rows] = torch.unflatten(part, 1, (-1, w))
    return mixed.flatten(1, 2)


def _shares(scores: Tensor) -> Tensor:
    """Softmax of ``scores``, in their memory where no gradient needs them."""
    if torch.is_grad_enabled():
        return scores.softmax(dim=-1)
    return torch.softmax(scores, dim=-1, out=scores)


def tiles(items: int, rows: int, scores_per_row: int) -> Iterator[tuple[slice, slice]]:
    """Cuts the queries of ``items`` attentions into parts whose scores stay in the cache.

    Large temporaries would cost more in page faults than the arithmetic takes. Either whole items
    or some rows of one item, in the order of the joined result.
    """
    rows_at_once = max(1, SCORES_AT_ONCE // scores_per_row)
    if rows_at_once < rows:
        for item in range(items):
            for row in range(0, rows, rows_at_once):
                yield slice(item, item + 1), slice(row, row + rows_at_once)
        return
    items_at_once = rows_at_once // rows
    for item in range(0, items, items_at_once):
        yield slice(item, item + items_at_once), slice(0, rows)
