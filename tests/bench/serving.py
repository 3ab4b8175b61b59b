"""What a server on the same machine adds to an embedding, and what goes over the wire.

    python -m tests.bench.serving [--rounds N]

First the built-in model behind `serve` in a process of its own, beside the same one here; then the
way alone, without a network that computes, for the shapes of larger models. Times are of the
processor, both processes together, medians over the sample photographs.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import numpy as np
import numpy.typing as npt
import psutil
from PIL import Image

import model
from app.storage.shipped import SAMPLES
from model.architecture.config import VIT_H, Variant
from model.architecture.features import feature_shapes
from model.families.sam2 import LARGE
from model.interface import Embedding, Model
from model.served.client import connect
from model.served.protocol import pack, unpack
from model.transforms import Transform
from model.weights.embedding_file import dumps, loads

Pixels = npt.NDArray[np.uint8]


def photographs() -> list[Pixels]:
    paths = sorted([*SAMPLES.glob("*.jpg"), *SAMPLES.glob("*.png")])
    return [np.asarray(Image.open(path).convert("RGB")) for path in paths]


def spent(work: Callable[[], object], beside: psutil.Process | None = None) -> float:
    """Milliseconds of the processor, here and in the other process."""

    def now() -> float:
        other = 0.0 if beside is None else sum(beside.cpu_times()[:2])
        return time.process_time() + other

    begun = now()
    work()
    return 1000 * (now() - begun)


def counted(url: str, name: str) -> int:
    text = urlopen(f"{url}/metrics").read().decode()  # noqa: S310  this machine's own
    found = re.search(rf"^maskwright_{name} (\d+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def beside_the_same_here(rounds: int) -> None:
    command = [sys.executable, "-m", "app", "serve", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url, process = server.stdout.readline().strip(), psutil.Process(server.pid)
    here, images = model.load(), photographs()
    with tempfile.TemporaryDirectory() as folder:
        there: Model = connect(url, folder=Path(folder))
        prompt = model.Prompt(np.array([[90, 90]], np.float32), np.ones(1, np.int64))
        embeds: dict[str, list[float]] = {"here": [], "there": []}
        clicks: dict[str, list[float]] = {"here": [], "there": []}
        for image in images[:2]:
            for each in (here, there):
                each.embed(image)
        before = [counted(url, f"{name}_bytes_total") for name in ("received", "sent")]
        for _ in range(rounds):
            for image in images:
                embeds["here"].append(spent(partial(here.embed, image)))
                embeds["there"].append(spent(partial(there.embed, image), process))
        after = [counted(url, f"{name}_bytes_total") for name in ("received", "sent")]
        for name, which in (("here", here), ("there", there)):
            embedding = which.embed(images[0])
            for _ in range(30):
                clicks[name].append(spent(partial(which.decode, embedding, prompt)))
    server.send_signal(signal.SIGTERM)
    server.wait()
    count = rounds * len(images)
    sent, received = ((b - a) / count / 1e6 for a, b in zip(before, after, strict=True))
    print("| built-in model | embedding, ms | click, ms |\n|---|---|---|")
    for name in ("here", "there"):
        print(f"| {name} | {median(embeds[name]):.0f} | {median(clicks[name][5:]):.1f} |")
    print(f"\nAn image: {sent:.2f} MB there, {received:.2f} MB back.\n")


def way_alone(variant: Variant, rounds: int) -> None:
    draw, times, sizes = np.random.default_rng(0), list[list[float]](), list[tuple[int, int]]()
    for image in photographs() * rounds:
        transform = Transform(image.shape[:2], variant.input_size, None, variant.stretched)
        cells = variant.cells(transform.resized)
        shapes = feature_shapes(variant, cells).items()
        features: dict[str, npt.NDArray[np.generic]] = {
            key: draw.normal(size=shape).astype(np.float32) for key, shape in shapes
        }
        embedding = Embedding(features, transform, variant.name)
        body = b"".join(pack(image, transform, variant)[1])
        answer = dumps(embedding, half=True)
        steps: tuple[Callable[[], object], ...] = (
            partial(pack, image, transform, variant),
            partial(unpack, "image/png", body, variant),
            partial(dumps, embedding, half=True),
            partial(loads, answer),
        )
        times.append([spent(step) for step in steps])
        sizes.append((len(body), len(answer)))
    took = [median(column) for column in zip(*times, strict=True)]
    there, back = (median(column) / 1e6 for column in zip(*sizes, strict=True))
    print(f"| {variant.name} | " + " | ".join(f"{each:.0f}" for each in took), end=" | ")
    print(f"{there:.2f} | {back:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    beside_the_same_here(rounds)
    columns = (
        "packed here",
        "unpacked there",
        "packed there",
        "unpacked here",
        "MB there",
        "MB back",
    )
    print(f"| way alone | {' | '.join(columns)} |\n|{'---|' * 7}")
    for variant in (VIT_H, LARGE):
        way_alone(variant, rounds)


if __name__ == "__main__":
    main()
