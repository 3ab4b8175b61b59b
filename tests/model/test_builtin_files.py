"""The built-in model's files belong together."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from model.interface import Prompt
from model.loading import BUILTIN_FILE, load
from model.runtime_onnx.graph_file import described, part_path, parts_of
from model.runtime_onnx.model import load_onnx
from model.weights.checkpoint import read_checkpoint
from tests.model.golden import FOLDER


def test_its_onnx_files_hold_the_weights_of_its_checkpoint() -> None:
    import onnx

    checkpoint = read_checkpoint(BUILTIN_FILE)
    for part in parts_of(checkpoint.variant):
        path = part_path(BUILTIN_FILE.with_suffix(""), part)
        entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        assert described(entries, path).identity == checkpoint.identity


@pytest.mark.slow
def test_it_answers_alike_in_onnxruntime_and_torch() -> None:
    image = np.asarray(Image.open(FOLDER / "full_image.png").convert("RGB"))
    height, width = image.shape[:2]
    fast = load_onnx(BUILTIN_FILE.with_suffix(""), threads=1)
    slow = load("builtin", device="cpu", runtime="torch", precision="float32")
    click = Prompt(points=np.array([[width / 2, height / 2]]), labels=np.array([1]))
    box = Prompt(box=np.array([width / 4, height / 4, width / 2, height / 2]))
    for prompt in (click, box):
        ours = fast.decode(fast.embed(image), prompt)
        theirs = slow.decode(slow.embed(image), prompt)
        # Logits here reach 30; float32 leaves that much over two networks.
        assert np.abs(ours.logits - theirs.logits).max() < 1e-3
        assert (ours.mask() == theirs.mask()).mean() > 0.9999
