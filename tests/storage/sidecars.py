"""An example document and files of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from app.core.document import Document, Evidence, ImageStatus, Source, State
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt, Step
from app.storage.layout import to_bytes
from app.storage.sidecar import sidecar_name

HEIGHT, WIDTH = 12, 20


def blob(x: int, y: int, size: int) -> Mask:
    pixels = np.zeros((HEIGHT, WIDTH), bool)
    pixels[y : y + size, x : x + size] = True
    return Mask.from_array(pixels)


def example() -> Document:
    prompt = Prompt((Point(3.5, 4.5), Point(9.0, 9.0, False)), Box(2.0, 2.0, 8.0, 8.0))
    evidence = Evidence(
        prompts=(Step(Prompt((Point(3.5, 4.5),)), 0.0, 1), Step(prompt, 1.25)),
        predicted_iou=0.91,
        stability_score=0.97,
        clicks=3,
        active_s=4.5,
        model="small",
    )
    document = Document(HEIGHT, WIDTH, status=ImageStatus.IN_PROGRESS)
    document = document.with_added(blob(2, 3, 5), 2, source=Source.SMART, evidence=evidence)
    return document.with_added(blob(10, 3, 4), state=State.EDITED)


def written(folder: Path, document: Document, name: str = "a.jpg") -> Path:
    path = folder / sidecar_name(name)
    path.write_bytes(to_bytes(document, name))
    return path


def changed(folder: Path, change: Any) -> Path:
    """A file of ours in which somebody changed something."""
    path = written(folder, example())
    raw = json.loads(path.read_bytes())
    change(raw)
    path.write_text(json.dumps(raw))
    return path
