"""What really runs here: versions, device, runtime, and how long an image and a click take."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from app.commands.console import DONE, Console, padded, stoppable
from app.commands.language import told
from app.commands.options import add_json, add_model, choice_of, embedding_store, tell_terms
from app.core.errors import Problem
from app.core.picture import Picture, key_of
from app.core.prompt import Point, Prompt
from app.diagnosis import places_found, short, versions
from app.inference import questions as q
from app.inference.engine import Engine
from app.storage.folder import list_images
from app.storage.places import Places
from app.storage.reading import read_picture
from app.storage.shipped import SAMPLES
from model.interface import Cancelled
from model.messages import say

CLICKS = 15


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_json(parser)
    parser.add_argument("--image", type=Path, help="time this one, not a sample photograph")


def run(arguments: argparse.Namespace) -> int:
    """The exit status: 0 if the model loads and answers."""
    console = Console(arguments.json)
    found = environment()
    try:
        with stoppable() as cancelled:
            found |= timed(choice_of(arguments), _picture(arguments.image), cancelled, console)
    except Cancelled:
        return console.stopped(say("Stopped."))
    except Problem:
        # What else is known may say why.
        _tell(console, found)
        raise
    _tell(console, found)
    return DONE


def _tell(console: Console, found: dict[str, Any]) -> None:
    console.emit("doctor", **found)
    places = found.pop("places")
    # Names of what is measured are those of --json, and the same in all languages.
    width = max(map(len, (*found, *(each["name"] for each in places))))
    lines = [f"{key:<{width}}  {_text(value)}" for key, value in found.items()]
    for each in places:
        state = "; ".join((f"{each['path']}: {told(each['state'])}", *map(told, each["wrong"])))
        lines.append(f"{padded(told(each['name']), width)}  {state}")
    console.answer("\n".join(lines))


def environment() -> dict[str, Any]:
    """Versions, processor, memory, and where things are and what is wrong with them."""
    places = Places.of_user()
    return {
        **versions(),
        "data": str(places.data),
        "cache": str(places.cache),
        "cache_mb": embedding_store().size_bytes() >> 20,
        "places": [
            {
                "name": each.name,
                "path": short(each.path),
                "state": each.state,
                "wrong": list(each.wrong),
            }
            for each in places_found(places)
        ],
    }


def timed(
    choice: q.Choice, picture: Picture, cancelled: Callable[[], bool], console: Console
) -> dict[str, Any]:
    """Load the model, embed the picture, click it.

    Raises:
        Problem: the model cannot be loaded or does not answer.
    """
    console.progress(say("loading the model"))
    begun = time.perf_counter()
    engine = Engine()
    loaded = engine.answer(q.Load(choice), cancelled)
    assert isinstance(loaded, q.Loaded)  # noqa: S101  a Load is answered so
    tell_terms(loaded.report)
    load_s = time.perf_counter() - begun
    console.progress(say("embedding an image"))
    embedded = engine.answer(q.Embed(picture), cancelled)
    assert isinstance(embedded, q.Embedded)  # noqa: S101  an Embed is answered so
    console.progress(say("clicking it"))
    clicks = _clicks(engine, picture, embedded, cancelled)
    report = engine.report
    return {
        "model": loaded.variant,
        "identity": loaded.identity,
        "runtime": report.runtime,
        "device": report.device,
        "precision": report.precision,
        "reason": report.reason,
        "image": f"{picture.width} x {picture.height}",
        "load_ms": _ms(load_s),
        "embed_ms": _ms(embedded.seconds),
        "first_click_ms": _ms(clicks[0]),
        "click_ms": _ms(statistics.median(clicks[1:])),
        "slowest_click_ms": _ms(max(clicks[1:])),
    }


def _clicks(
    engine: Engine, picture: Picture, embedded: q.Embedded, cancelled: Callable[[], bool]
) -> list[float]:
    """Seconds from a point to the mask at the image's size, for points across the picture."""
    seconds = []
    for number in range(CLICKS):
        share = (number + 0.5) / CLICKS
        point = Point(picture.width * share, picture.height * (1 - share))
        ticket = q.Ticket(picture.key, engine.model.identity, number)
        begun = time.perf_counter()
        engine.answer(q.Predict(ticket, embedded.embedding, Prompt((point,))), cancelled)
        seconds.append(time.perf_counter() - begun)
        if cancelled():
            raise Cancelled
    return seconds


def _picture(path: Path | None) -> Picture:
    if path is not None:
        return read_picture(path)
    names = list_images(SAMPLES) if SAMPLES.is_dir() else []
    if names:
        return read_picture(SAMPLES / names[0])
    pixels = np.random.default_rng(0).integers(0, 255, (768, 1024, 3), np.uint8)
    return Picture(pixels, key_of(b"doctor"), Path("made for the test"))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _text(value: object) -> str:
    return (
        told(say("not installed"))
        if value is None
        else told(str(value) if not isinstance(value, str) else value)
    )
