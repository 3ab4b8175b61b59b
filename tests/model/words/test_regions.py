"""Features of regions, as torchvision's roi_align gives them."""

from __future__ import annotations

import pytest
import torch

from model.words.regions import roi_align


def ramp() -> torch.Tensor:
    """(1, 2, 10, 20): where a feature lies, x and y."""
    y, x = torch.meshgrid(torch.arange(10.0), torch.arange(20.0), indexing="ij")
    return torch.stack([x, y])[None]


@pytest.mark.parametrize(
    "box", [(2.0, 1.0, 9.0, 8.0), (3.5, 2.25, 4.75, 6.0), (0.5, 0.5, 18.0, 8.9)]
)
def test_each_cell_holds_the_mean_of_what_lies_in_it(box: tuple[float, ...]) -> None:
    """Of features that grow evenly that is what they are in the middle of the cell."""
    pooled = roi_align(ramp(), [torch.tensor([box])], 7)[0]
    x0, y0, x1, y1 = box
    steps = (torch.arange(7) + 0.5) / 7
    torch.testing.assert_close(pooled[0], (x0 + steps * max(x1 - x0, 1)).expand(7, 7))
    torch.testing.assert_close(pooled[1], (y0 + steps * max(y1 - y0, 1))[:, None].expand(7, 7))


def test_a_large_cell_is_the_mean_of_several_points() -> None:
    features = torch.zeros(1, 1, 8, 8)
    features[0, 0, 0, 0] = 1
    # Cells of 4 have 4 x 4 points, at 0.5, 1.5, ...: one of 16 sees a quarter of that feature.
    pooled = roi_align(features, [torch.tensor([[0.0, 0.0, 8.0, 8.0]])], 2)
    torch.testing.assert_close(pooled[0, 0], torch.tensor([[1 / 64, 0.0], [0.0, 0.0]]))


def test_boxes_of_a_batch_follow_each_other_and_may_be_none() -> None:
    features = torch.cat([ramp(), ramp() + 100])
    none, one = torch.zeros(0, 4), torch.tensor([[2.0, 2.0, 6.0, 6.0]])
    assert roi_align(features, [none, none], 7).shape == (0, 2, 7, 7)
    pooled = roi_align(features, [one, one], 7)
    torch.testing.assert_close(pooled[1], pooled[0] + 100)
