"""TinyViT's attention against its definition, place by place."""

from __future__ import annotations

import torch

from model.architecture.tiny_vit import Attention


def test_the_bias_depends_on_the_distance_between_two_places() -> None:
    torch.manual_seed(1)
    window, heads, width = 3, 2, 8
    attention = Attention(width, heads, window)
    with torch.no_grad():
        attention.attention_biases.normal_()
        x = torch.randn(1, window * window, width)
        qkv = attention.qkv(attention.norm(x))[0].reshape(window * window, heads, 3, width // heads)
        mixed = torch.zeros(window * window, heads, width // heads)
        for head in range(heads):
            for place in range(window * window):
                scores = torch.zeros(window * window)
                for other in range(window * window):
                    down = abs(place // window - other // window)
                    across = abs(place % window - other % window)
                    product = qkv[place, head, 0] @ qkv[other, head, 1]
                    scores[other] = product / (width // heads) ** 0.5
                    scores[other] += attention.attention_biases[head, down * window + across]
                mixed[place, head] = scores.softmax(0) @ qkv[:, head, 2]
        expected = attention.proj(mixed.flatten(1))
        assert torch.allclose(attention(x)[0], expected, atol=1e-5)
