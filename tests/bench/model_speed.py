"""Speed of the model against the published segment-anything: ``python -m tests.bench.model_speed``.

Same random weights, same threads, one process; the ways of a table take turns, so a busy moment
hits them all. Medians. Beside the time that passed stands the processor time of all threads, which
another program on the machine disturbs less; the factor in brackets compares that. Each table can
be had alone: ``python -m tests.bench.model_speed click mask``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch

import model
from model.architecture.config import MOBILE_SAM, VIT_B
from model.architecture.features import feature_shapes
from model.architecture.sam import Sam, build_encoder
from model.interface import Embedding, Prediction, Prompt
from model.runtime_onnx.decoder import opened_decoder
from model.runtime_onnx.export import export
from model.runtime_onnx.graph_file import Part
from model.runtime_torch.fused_norms import channels_last, lower, merge_norms
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.transforms import Transform
from tests.bench.published import ours, published

Ways = dict[str, Callable[[], object]]
DECODER = (Part.MEMORY, Part.DENSE, Part.DECODER, Part.REST)
HEIGHT, WIDTH = 3000, 4000
TRANSFORM = Transform((HEIGHT, WIDTH), 1024)
CLICK = Prompt(points=np.array([[1700, 1300]]), labels=np.array([1]))
PAUSE_S = 0.05
AT_ONCE = 64
"""Points that the published mask generator decodes at a time."""


def grid(points: int) -> list[Prompt]:
    """About ``points`` single clicks spread over the image."""
    side = round(points**0.5)
    return [
        Prompt(points=np.array([[x, y]]), labels=np.array([1]))
        for y in np.linspace(50, HEIGHT - 50, side)
        for x in np.linspace(50, WIDTH - 50, side)
    ]


def table(title: str, ways: Ways, rounds: int) -> None:
    """Runs every way in turn and prints a Markdown table; the first way is the yardstick."""
    passed: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    for count in range(rounds + 1):
        for name, way in ways.items():
            # Threads of the way before may still spin.
            time.sleep(PAUSE_S)
            start, cpu = time.perf_counter(), time.process_time()
            way()
            if count or rounds == 1:
                passed[name].append(1000 * (time.perf_counter() - start))
                used[name].append(1000 * (time.process_time() - cpu))
    print(f"\n### {title}\n\n| way | ms | processor ms | factor |\n|---|---:|---:|---:|")
    first = next(iter(ways))
    for name in ways:
        ms, cpu = median(passed[name]), median(used[name])
        factor, cpu_factor = median(passed[first]) / ms, median(used[first]) / cpu
        print(f"| {name} | {ms:,.1f} | {cpu:,.1f} | {factor:.1f} ({cpu_factor:.1f}) |", flush=True)


def encoders(theirs: Any, network: Sam, rounds: int) -> None:
    x = torch.randn(1, 3, 1024, 1024)
    half = build_encoder(VIT_B).eval().requires_grad_(requires_grad=False)
    half.load_state_dict(network.image_encoder.state_dict())
    lower(half, torch.bfloat16)
    ways: Ways = {
        "published": lambda: theirs.image_encoder(x),
        "ours, float32: tiles": lambda: network.encode(x),
        "ours, bfloat16: products only": lambda: half(x),
    }
    table("Image encoder, ViT-B, 1024 x 1024", ways, rounds)


def mobile_encoder(rounds: int) -> None:
    x = torch.randn(1, 3, 1024, 1024)
    steps: list[torch.nn.Module] = []
    for _ in range(4):
        torch.manual_seed(0)
        steps.append(build_encoder(MOBILE_SAM).eval().requires_grad_(requires_grad=False))
    for merged in steps[1:]:
        merge_norms(merged)
    for laid_out in steps[2:]:
        channels_last(laid_out)
    steps[3].to(torch.bfloat16)
    wide = x.to(memory_format=torch.channels_last)
    ways: Ways = {
        "plain, float32": lambda: steps[0](x),
        "+ norms merged": lambda: steps[1](x),
        "+ channels last": lambda: steps[2](wide),
        "+ bfloat16": lambda: steps[3](wide.bfloat16()),
    }
    table("Image encoder, MobileSAM, 1024 x 1024", ways, rounds)


def their_click(theirs: Any, embedding: torch.Tensor, points: int = 1) -> tuple[Any, Any]:
    places = torch.rand(points, 1, 2) * 1024, torch.ones(points, 1)
    sparse, dense = theirs.prompt_encoder(points=places, boxes=None, masks=None)
    answer: tuple[Any, Any] = theirs.mask_decoder(
        image_embeddings=embedding,
        image_pe=theirs.prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=True,
    )
    return answer


def their_mask(theirs: Any, embedding: torch.Tensor) -> object:
    """As ``SamPredictor.predict``: all three candidates at full size, then the threshold."""
    logits, _ = their_click(theirs, embedding)
    full = theirs.postprocess_masks(logits, TRANSFORM.resized, (HEIGHT, WIDTH))
    return (full > 0).numpy()


class Decoders:
    """The published decoder and ours in both runtimes, with one embedding."""

    def __init__(self, theirs: Any, network: Sam, threads: int, folder: Path) -> None:
        export(network, "same", folder, "vit_b", DECODER)
        self.theirs, self.network = theirs, network
        self.in_onnx = opened_decoder(folder / "vit_b", VIT_B, "same", "cpu", threads)
        self.in_torch = TorchModel(VIT_B, network.state_dict(), "same", Place("cpu"), "measured")
        shape = feature_shapes(VIT_B)["embedding"]
        features = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        self.embedding = Embedding({"embedding": features}, TRANSFORM, "same")
        self.tensor = torch.from_numpy(features)[None]

    def answer(self) -> Prediction:
        return self.in_onnx.decode_batch(self.embedding, [CLICK])[0]

    def click(self, rounds: int) -> None:
        places, labels = torch.tensor([[[400.0, 300.0], [0, 0]]]), torch.tensor([[1, -1]])
        ways: Ways = {
            "published": lambda: their_click(self.theirs, self.tensor),
            "ours, not rearranged": lambda: self.network.decode(self.tensor, (), places, labels),
            "ours, torch: image side kept, re-associated": lambda: self.in_torch.decode(
                self.embedding, CLICK
            ),
            "ours, onnxruntime: the same": self.answer,
        }
        table("One click to low-res logits, ViT-B's decoder, float32", ways, 5 * rounds)

    def mask(self, rounds: int) -> None:
        answer = self.answer()
        ways: Ways = {
            "published, three masks": lambda: their_mask(self.theirs, self.tensor),
            "ours, torch, best mask": lambda: self.in_torch.decode(self.embedding, CLICK).mask(),
            "ours, onnxruntime, best mask": lambda: self.answer().mask(),
            "of that, logits to mask": answer.mask,
        }
        table("One click to a mask of 4000 x 3000", ways, 5 * rounds)

    def grid(self, points: int) -> None:
        prompts = grid(points)
        runs = max(1, len(prompts) // AT_ONCE)
        ways: Ways = {
            f"published, {AT_ONCE} at a time": lambda: [
                their_click(self.theirs, self.tensor, AT_ONCE) for _ in range(runs)
            ],
            "ours, torch": lambda: self.in_torch.decode_batch(self.embedding, prompts),
            "ours, onnxruntime": lambda: self.in_onnx.decode_batch(self.embedding, prompts),
        }
        table(f"{len(prompts):,} grid points to low-res logits", ways, 1)


def builtin(rounds: int, threads: int) -> None:
    from model.loading import BUILTIN_FILE
    from model.runtime_onnx.model import load_onnx

    fast = load_onnx(BUILTIN_FILE.with_suffix(""), threads=threads)
    slow = model.load("builtin", device="cpu", runtime="torch", precision="float32")
    image = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    embedding = fast.embed(image)
    ways: Ways = {"torch": lambda: slow.embed(image), "onnxruntime": lambda: fast.embed(image)}
    table("Built-in model: embedding a 4000 x 3000 image", ways, rounds)
    ways = {
        "torch": lambda: slow.decode(embedding, CLICK),
        "onnxruntime": lambda: fast.decode(embedding, CLICK),
        "onnxruntime, to the mask at full size": lambda: fast.decode(embedding, CLICK).mask(),
    }
    table("Built-in model: one click", ways, 5 * rounds)


def peak_mib(way: str) -> int:
    """Peak memory of a fresh process that embeds one image, less what it had before."""
    program = f"from tests.bench.model_memory import measure; print(measure({way!r}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return int(done.stdout.split()[-1])


def memory() -> None:
    print("\n### Peak memory of the ViT-B encoder, whole process\n\n| way | MiB |\n|---|---:|")
    for way in ("published", "float32", "bfloat16"):
        print(f"| {way} | {peak_mib(way):,} |", flush=True)


def imports() -> None:
    """What a program pays before its first click with the built-in model."""
    program = (
        "import sys, time; start = time.perf_counter(); import model; model.load('builtin'); "
        "print(time.perf_counter() - start, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    seconds, torch_is_there = done.stdout.split()
    print(
        f"\n### import model and load the built-in one\n\n{1000 * float(seconds):,.0f} ms, "
        f"torch imported: {torch_is_there}"
    )


TABLES = ("encoder", "mobile", "click", "mask", "grid", "builtin", "memory", "imports")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--points", type=int, default=1024, help="of the grid")
    parser.add_argument("only", nargs="*", choices=[[], *TABLES], help="all if none")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    wanted = arguments.only or TABLES
    with torch.inference_mode(), tempfile.TemporaryDirectory() as folder:
        run(wanted, arguments, Path(folder))


def run(wanted: Sequence[str], arguments: argparse.Namespace, folder: Path) -> None:
    rounds, threads = arguments.rounds, arguments.threads
    print(f"{torch.cpu.get_capabilities().get('cpu_name', 'processor')}, {threads} threads")
    if {"encoder", "click", "mask", "grid"} & set(wanted):
        theirs = published()
        network = ours(theirs)
        if "encoder" in wanted:
            encoders(theirs, network, rounds)
        decoders = Decoders(theirs, network, threads, folder)
        if "click" in wanted:
            decoders.click(rounds)
        if "mask" in wanted:
            decoders.mask(rounds)
        if "grid" in wanted:
            decoders.grid(arguments.points)
    if "mobile" in wanted:
        mobile_encoder(rounds)
    if "builtin" in wanted:
        builtin(rounds, threads)
    if "memory" in wanted:
        memory()
    if "imports" in wanted:
        imports()


if __name__ == "__main__":
    main()
