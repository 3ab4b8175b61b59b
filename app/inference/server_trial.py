"""A server tried before it is used: lets it in, which model it has, how fast it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.inference.questions import ServerProblem
from model.interface import Prompt, ServerError

CLICKS = 5


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found.

    Attributes:
        variant: name of the model's architecture.
        device, precision: where and how images are prepared.
        embed_s: seconds for an image, there and back.
        click_s: seconds for a click, which is answered here.
    """

    variant: str
    device: str
    precision: str
    embed_s: float
    click_s: float


def tried(url: str, token: str, pixels: npt.NDArray[np.uint8]) -> Trial:
    """Prepare an image (H, W, 3) there, and click in its middle here.

    Raises:
        ServerProblem: it does not answer as it should.
    """
    from model.served.client import connect

    height, width = pixels.shape[:2]
    middle = np.array([[width / 2, height / 2]], np.float32)
    prompt = Prompt(middle, np.ones(1, np.int64))
    try:
        model = connect(url, token)
        model.ask_server()
        begun = time.perf_counter()
        embedding = model.embed(pixels)
        embed_s = time.perf_counter() - begun
        clicks = []
        for _ in range(CLICKS):
            begun = time.perf_counter()
            model.decode(embedding, prompt)
            clicks.append(time.perf_counter() - begun)
    except ServerError as error:
        raise ServerProblem(error) from error
    return Trial(model.variant, model.device, model.report.precision, embed_s, min(clicks))
