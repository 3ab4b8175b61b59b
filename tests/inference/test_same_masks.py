"""The window, folders, and the command line give the same mask for the same prompt."""

from __future__ import annotations

import numpy as np
import pytest

import model
from app.core.mask import Mask
from app.core.picture import Picture
from app.core.prompt import Box, Point, Prompt
from app.inference import questions as q
from app.inference.engine import Engine, model_prompt
from app.inference.prompted import Asked, answers
from app.storage.reading import read_picture
from app.storage.shipped import SAMPLES
from model.evaluation.looking import Close, Looking
from model.interface import Embedding, Model
from model.second_look import candidate_windows

TICKET = q.Ticket("image", "builtin", 1)


def never() -> bool:
    return False


@pytest.fixture(scope="module")
def builtin() -> Model:
    return model.load("builtin")


def in_the_window(sam: Model, picture: Picture, prompt: Prompt) -> Mask:
    """As the parts of the window ask one after the other."""
    engine = Engine(load=lambda choice: sam)
    engine.answer(q.Load(q.Choice()), never)
    reply = engine.answer(q.Embed(picture), never)
    assert isinstance(reply, q.Embedded)
    first = engine.answer(q.Predict(TICKET, reply.embedding, prompt), never)
    assert isinstance(first, q.Answer)
    asked = model_prompt(prompt, None)
    windows = candidate_windows(
        asked, first.prediction, first.chosen, first.mask.bounds, sam.input_size
    )
    assert windows
    nears: dict[int, Embedding | None] = {}
    for candidate, window in windows.items():
        nears[candidate] = None
        if window is not None:
            looked = engine.answer(q.CloseUp(picture, window), never)
            assert isinstance(looked, q.Looked)
            nears[candidate] = looked.embedding
    again = engine.answer(q.LookAgain(TICKET, prompt, first, nears), never)
    assert isinstance(again, q.Answer)
    return again.mask


@pytest.mark.parametrize(
    ("name", "prompt"),
    [
        ("coffee.png", Prompt((), Box(170.5, 70, 440, 300))),
        ("astronaut.png", Prompt((Point(409.5, 153.5),))),
        ("rocket.jpg", Prompt((Point(61.5, 364.5),))),
        ("coffee.png", Prompt((Point(288.5, 169.5),))),
    ],
    ids=["box", "click", "another candidate, from near by", "another candidate, from afar"],
)
def test_everywhere_the_same(builtin: Model, name: str, prompt: Prompt) -> None:
    picture = read_picture(SAMPLES / name)
    wanted = in_the_window(builtin, picture, prompt)
    assert wanted.area
    (found,) = answers(
        builtin, builtin.embed(picture.pixels), [Asked(prompt)], pixels=picture.pixels
    )
    assert found.mask == wanted
    close = Close(second_look=True, edges=True)
    looking = Looking(builtin, builtin.embed(picture.pixels), picture.pixels, close)
    asked = model_prompt(prompt, None)
    answer = looking.ask(asked, None, np.zeros((picture.height, picture.width), np.bool_))
    assert Mask.from_array(looking.mask(answer, asked)) == wanted
