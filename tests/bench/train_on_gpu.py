"""Train on a machine with a GPU that is lent for minutes, takes 60 MB at a time and forgets all.

    python -m tests.bench.train_on_gpu pack TRAIN VAL PIECES
    python -m tests.bench.train_on_gpu piece PIECES --out OUT --minutes 8 [-- OPTIONS OF TRAIN]

``pack`` writes ``train-NN.zip`` and ``val-NN.zip`` of at most 55 MB each into PIECES. ``piece``
lays those that are there into ``PIECES/unpacked``, trains for so many minutes on the GPU in
bfloat16, prints the scores on VAL's images and writes to OUT the weights and the state of the run,
the latter as ``state-NN`` of at most 15 MB each. Copy these into PIECES and say the same again, on
the same machine or another: the run goes on where it stopped. OPTIONS go to ``python -m model
train`` behind the ones below; ``--minutes`` there is the length of the whole run.

It needs PyTorch with CUDA, OpenCV, Pillow, numpy and safetensors; nothing of the application.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from model.__main__ import main as model_command
from model.training.pieces import pack, unpack
from model.training.samples import read_folder

PIECE_BYTES = 55_000_000
STATE_BYTES = 15_000_000
SOURCES = (
    "coco_mix=8,coco_panoptic200=3,voc2010_coseg=2,animals=2,ccp_clothing=1.5,ycb_bins=1.5,"
    "car_parts=1,feral_cats=1,food=1,coco_person1045=1,facades=0.7,human_seg=0.5,misc_poly=0.35"
)
OPTIONS = [
    *("--frozen-stages", "1", "--weights", SOURCES, "--rate", "5e-4"),
    *("--minutes", "40", "--first-side", "384", "--first-share", "0.7", "--side", "512"),
    *("--images", "32", "--objects", "4", "--ahead", "12", "--checks", "5"),
    *("--window-share", "0.4", "--boxes", "0.25", "--sparse-boxes", "0.6", "--nested", "0.2"),
    *("--edge", "1", "--kept", "1.5", "--second", "0.3", "--rounds", "6,3,2,1.5,1,0.7,0.5"),
]


def packed(train: Path, val: Path, pieces: Path) -> None:
    """Write both folders as pieces and say how large they are."""
    for name, folder in (("train", train), ("val", val)):
        for path in pack(read_folder(folder), pieces, name, PIECE_BYTES):
            print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")


def joined(parts: Path, state: Path) -> None:
    """Put the ``state-NN`` of ``parts`` together again, unless ``state`` is there already."""
    found = sorted(parts.glob("state-??"))
    if found and not state.exists():
        state.write_bytes(b"".join(part.read_bytes() for part in found))


def parted(state: Path, out: Path) -> None:
    """Write ``state`` as ``state-NN`` into ``out``."""
    content = state.read_bytes()
    for number, start in enumerate(range(0, len(content), STATE_BYTES)):
        (out / f"state-{number:02}").write_bytes(content[start : start + STATE_BYTES])


def piece(pieces: Path, out: Path, minutes: float, device: str, more: list[str]) -> int:
    """One piece of the run."""
    work = pieces / "unpacked"
    for name in ("train", "val"):
        print(f"{unpack(sorted(pieces.glob(f'{name}-??.zip')), work / name)} images of {name}")
    weights = work / "maskwright_small.safetensors"
    joined(pieces, weights.with_suffix(".state"))
    out.mkdir(parents=True, exist_ok=True)
    asked = ["train", str(work / "train"), "--held-out", str(work / "val"), *OPTIONS]
    asked += ["--device", device, "--cache", str(work / "cache"), "--out", str(weights)]
    failed = model_command([*asked, "--piece-minutes", str(minutes), *more])
    if not failed:
        parted(weights.with_suffix(".state"), out)
        (out / weights.name).write_bytes(weights.read_bytes())
    return failed


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="train_on_gpu", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    for name in ("train", "val", "pieces"):
        packing.add_argument(name, type=Path)
    training = commands.add_parser("piece")
    training.add_argument("pieces", type=Path)
    training.add_argument("--out", type=Path, required=True)
    training.add_argument("--minutes", type=float, default=8.0)
    training.add_argument("--device", default="cuda")
    given = sys.argv[1:] if argv is None else argv
    end = given.index("--") if "--" in given else len(given)
    told = parser.parse_args(given[:end])
    if told.command == "pack":
        packed(told.train, told.val, told.pieces)
        return 0
    return piece(told.pieces, told.out, told.minutes, told.device, given[end + 1 :])


if __name__ == "__main__":
    sys.exit(main())
