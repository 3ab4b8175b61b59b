"""Speed of the model against the published code: ``python -m tests.bench.model_speed``.

Same random weights, same threads; the ways of a table take turns, so a busy moment hits them all.
Medians. Beside the time that passed stands the processor time of all threads, which another program
on the machine disturbs less; the factor in brackets compares that. Encoders run in processes of
their own, since what one does to the heap would change the other. Each table can be had alone:
``python -m tests.bench.model_speed sam2 sam2_click``.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

import model
from model.architecture.config import MOBILE_SAM
from model.architecture.features import feature_shapes
from model.architecture.sam import build_encoder
from model.families import recognised
from model.interface import Embedding, Prediction, Prompt
from model.runtime_onnx.decoder import opened_decoder
from model.runtime_onnx.export import export
from model.runtime_onnx.graph_file import Part, parts_of
from model.runtime_torch.fused_norms import channels_last, merge_norms
from model.runtime_torch.model import TorchModel
from model.runtime_torch.place import Place
from model.transforms import Transform, encoder_input
from tests.bench.model_memory import Measured, apart
from tests.bench.published import SAM_2, ours, published
from tests.model.families.stored import drawn
from tests.model.families.test_sam2 import FULL_CHANGED
from tests.model.golden import FOLDER

Ways = dict[str, Callable[[], object]]
HEIGHT, WIDTH = 3000, 4000
TRANSFORM = Transform((HEIGHT, WIDTH), 1024)
TURNS = 2
"""Processes of each way of an encoder."""
CLICK = Prompt(points=np.array([[1700, 1300]]), labels=np.array([1]))
PAUSE_S = 0.05
AT_ONCE = 64
"""Points that the published mask generator decodes at a time."""


def grid(points: int, size: Sequence[int] = (HEIGHT, WIDTH)) -> list[Prompt]:
    """About ``points`` single clicks spread over an image of ``size`` (H, W)."""
    side, (height, width) = round(points**0.5), size
    return [
        Prompt(points=np.array([[x, y]]), labels=np.array([1]))
        for y in np.linspace(50, height - 50, side)
        for x in np.linspace(50, width - 50, side)
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


def encoders(title: str, name: str, ways: Sequence[str], threads: int, rounds: int) -> None:
    """Prints time and memory of embeddings, each way in fresh processes, in turns."""
    found: dict[str, list[Measured]] = {way: [] for way in ways}
    for _ in range(TURNS):
        for way in ways:
            found[way].append(apart(name, way, threads, max(1, rounds // TURNS)))
    print(
        f"\n### {title}\n\n| way | ms | processor ms | factor | peak MiB | of that, by embedding |"
        "\n|---|---:|---:|---:|---:|---:|"
    )
    first = found[ways[0]]
    yard_ms, yard_cpu = (median(get(each) for each in first) for get in (_ms, _cpu_ms))
    for way, runs in found.items():
        ms, cpu = (median(get(each) for each in runs) for get in (_ms, _cpu_ms))
        peak, added = (max(each.peak_mib for each in runs), max(each.added_mib for each in runs))
        print(
            f"| {way} | {ms:,.0f} | {cpu:,.0f} | {yard_ms / ms:.1f} ({yard_cpu / cpu:.1f}) "
            f"| {peak:,} | {added:,} |",
            flush=True,
        )


def _ms(measured: Measured) -> float:
    return measured.ms


def _cpu_ms(measured: Measured) -> float:
    return measured.cpu_ms


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


def their_sam2_click(
    theirs: Any, features: Mapping[str, torch.Tensor], points: int = 1
) -> torch.Tensor:
    """As ``SAM2ImagePredictor._predict``, up to the low-res logits."""
    places = torch.rand(points, 1, 2) * 1024, torch.ones(points, 1, dtype=torch.int)
    sparse, dense = theirs.sam_prompt_encoder(points=places, boxes=None, masks=None)
    logits: torch.Tensor = theirs.sam_mask_decoder(
        image_embeddings=features["embedding"],
        image_pe=theirs.sam_prompt_encoder.get_dense_pe(),
        sparse_prompt_embeddings=sparse,
        dense_prompt_embeddings=dense,
        multimask_output=True,
        repeat_image=points > 1,
        high_res_features=[features["skip_1"], features["skip_0"]],
    )[0]
    return logits


def their_sam2_mask(theirs: Any, features: Mapping[str, torch.Tensor]) -> object:
    """As ``SAM2ImagePredictor._predict``: all three candidates at full size, then the threshold."""
    full = interpolate(their_sam2_click(theirs, features), (HEIGHT, WIDTH), mode="bilinear")
    return (full > 0).numpy()


class Decoders:
    """The published decoder and ours in both runtimes, with one embedding."""

    def __init__(self, name: str, theirs: Any, threads: int, folder: Path) -> None:
        self.title = "SAM 2.1 tiny's decoder" if name in SAM_2 else "ViT-B's decoder"
        self.theirs, self.network = theirs, ours(theirs)
        variant = self.network.variant
        decoding = [part for part in parts_of(variant) if part is not Part.ENCODER]
        export(self.network, "same", folder, name, decoding)
        self.in_onnx = opened_decoder(folder / name, variant, "same", "same", "cpu", threads)
        weights = self.network.state_dict()
        self.in_torch = TorchModel(variant, weights, "same", Place("cpu"), "measured")
        draw = np.random.default_rng(0)
        features = {
            name: draw.normal(size=shape).astype(np.float32)
            for name, shape in feature_shapes(variant).items()
        }
        transform = Transform((HEIGHT, WIDTH), 1024, stretched=variant.stretched)
        self.embedding = Embedding(dict(features), transform, "same")
        tensors = {name: torch.from_numpy(values)[None] for name, values in features.items()}
        self.tensor = tensors.pop("embedding")
        self.skips = tuple(tensors.values())
        self.their_click: Callable[[], object] = partial(their_click, theirs, self.tensor)
        self.their_mask: Callable[[], object] = partial(their_mask, theirs, self.tensor)
        if name in SAM_2:
            given = {"embedding": self.tensor, **tensors}
            self.their_click = partial(their_sam2_click, theirs, given)
            self.their_mask = partial(their_sam2_mask, theirs, given)

    def answer(self) -> Prediction:
        return self.in_onnx.decode_batch(self.embedding, [CLICK])[0]

    def click(self, rounds: int) -> None:
        places, labels = torch.tensor([[[400.0, 300.0], [0, 0]]]), torch.tensor([[1, -1]])
        ways: Ways = {
            "published": self.their_click,
            "ours, not rearranged": lambda: self.network.decode(
                self.tensor, self.skips, places, labels
            ),
            "ours, torch: image side kept, re-associated": lambda: self.in_torch.decode(
                self.embedding, CLICK
            ),
            "ours, onnxruntime: the same": self.answer,
        }
        table(f"One click to low-res logits, {self.title}, float32", ways, 5 * rounds)

    def mask(self, rounds: int) -> None:
        answer = self.answer()
        ways: Ways = {
            "published, three masks": self.their_mask,
            "ours, torch, best mask": lambda: self.in_torch.decode(self.embedding, CLICK).mask(),
            "ours, onnxruntime, best mask": lambda: self.answer().mask(),
            "of that, logits to mask": answer.mask,
        }
        table(f"One click to a mask of 4000 x 3000, {self.title}", ways, 5 * rounds)

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


def stretching(rounds: int) -> None:
    """What SAM 2 sees of a large image."""
    image = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    transform = Transform((HEIGHT, WIDTH), 1024, stretched=True)
    size = transform.resized[::-1]

    def by_channel() -> None:
        for channel in range(3):
            plane = Image.fromarray(image[:, :, channel].astype(np.float32))
            plane.resize(size, Image.Resampling.BILINEAR)

    ways: Ways = {
        "Pillow, in floating point by channel": by_channel,
        "ours, with normalisation": lambda: encoder_input(image, transform),
    }
    table("4000 x 3000 pixels to the input of SAM 2", ways, rounds)


def halves(points: int) -> None:
    """How far rounding to bfloat16 moves masks, with drawn weights: no published ones are here."""
    known = recognised(drawn("sam2.1_hiera_t", changed=FULL_CHANGED))
    assert known is not None
    with Image.open(FOLDER / "full_image.png") as picture:
        image = np.asarray(picture.convert("RGB"))
    found = []
    for precision in ("float32", "bfloat16"):
        place = Place("cpu", precision)
        run = TorchModel(known[1].variant, known[1].tensors, "drawn", place, "measured")
        prompts = grid(points, image.shape[:2])
        answers = run.decode_batch(run.embed(image), prompts, multimask=True)
        found.append(np.stack([answer.logits for answer in answers]) > 0)
    one, other = (masks.reshape(-1, 256 * 256) for masks in found)
    union = (one | other).sum(axis=1)
    iou = (one & other).sum(axis=1)[union > 0] / union[union > 0]
    print(
        f"\n### SAM 2.1 tiny in bfloat16 against float32, drawn weights\n\n{len(iou)} masks: IoU "
        f"median {np.median(iou):.4f}, 5th percentile "
        f"{np.percentile(iou, 5):.4f}, least {iou.min():.4f}"
    )


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


TABLES = (
    "encoder",
    "mobile",
    "click",
    "mask",
    "grid",
    "sam2",
    "sam2_click",
    "sam2_mask",
    "sam2_input",
    "sam2_halves",
    "builtin",
    "imports",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--points", type=int, default=1024, help="of the grid")
    parser.add_argument(
        "--ways", nargs="+", default=["published", "float32", "bfloat16"], help="of encoders"
    )
    parser.add_argument("only", nargs="*", choices=[[], *TABLES], help="all if none")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    wanted = arguments.only or TABLES
    with torch.inference_mode(), tempfile.TemporaryDirectory() as folder:
        run(wanted, arguments, Path(folder))


def run(wanted: Sequence[str], arguments: argparse.Namespace, folder: Path) -> None:
    rounds, threads = arguments.rounds, arguments.threads
    print(f"{processor()}, {threads} threads")
    steps: dict[str, Callable[[], object]] = {
        "mobile": lambda: mobile_encoder(rounds),
        "sam2_input": lambda: stretching(5 * rounds),
        "sam2_halves": lambda: halves(64),
        "builtin": lambda: builtin(rounds, threads),
        "imports": imports,
    }
    for table_name, title, name in (
        ("encoder", "Image encoder, ViT-B, 1024 x 1024", "vit_b"),
        ("sam2", "Image encoder, SAM 2.1 tiny, 1024 x 1024", "sam2_t"),
    ):
        if table_name in wanted:
            encoders(title, name, arguments.ways, threads, rounds)
    for prefix, name in (("", "vit_b"), ("sam2_", "sam2_t")):
        decoding = [each for each in ("click", "mask", "grid") if prefix + each in wanted]
        if decoding:
            decoders = Decoders(name, published(name), threads, folder)
            for each in decoding:
                number = arguments.points if each == "grid" else rounds
                getattr(decoders, each)(number)
    for name, step in steps.items():
        if name in wanted:
            step()


def processor() -> str:
    """Its name as the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    has = torch.cpu.get_capabilities()
    units = [unit for unit in ("avx2", "avx512_f", "avx512_bf16", "amx_tile") if has.get(unit)]
    return f"{(named or ['processor'])[0]} ({', '.join(units)})"


if __name__ == "__main__":
    main()
