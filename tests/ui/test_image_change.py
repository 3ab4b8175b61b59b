"""Between two images nothing is painted that belongs to neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.ui.dialogs.propose import ProposeDialog
from tests.ui.kit import Studio, drawn, write_image


@pytest.mark.parametrize("sizes", [(240, 120), (120, 240)])
def test_a_mask_or_candidates_shown_when_a_smaller_or_larger_image_opens(
    empty_studio: Studio, tmp_path: Path, sizes: tuple[int, int]
) -> None:
    folder = tmp_path / "two"
    for name, height in zip("ab", sizes, strict=True):
        write_image(folder, f"{name}.png", drawn(height, height * 4 // 3))
    empty_studio.open(folder)
    empty_studio.make(45, 30)
    empty_studio.pick(110, 80)
    empty_studio.window.dialogs.show("propose")
    assert isinstance(empty_studio.window.dialogs.current("propose"), ProposeDialog)
    # An error while painting fails the test.
    empty_studio.go(1)
    empty_studio.wait_ready()
    empty_studio.go(0)
    assert len(empty_studio.session.document or ()) == 1
