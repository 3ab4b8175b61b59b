"""Write a checkpoint as ONNX files, which need onnxruntime alone to run."""

from __future__ import annotations

import argparse
from pathlib import Path

from model.loading import BUILTIN, resolve

HELP = "write a checkpoint as ONNX files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        nargs="?",
        default=BUILTIN,
        help="a .pth, .pt or .safetensors file, or a name such as vit_b (default: %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, help="folder for the files (default: beside the checkpoint)"
    )


def run(arguments: argparse.Namespace) -> int:
    from model.runtime_onnx.export import build_pair

    path = resolve(arguments.model)
    for written in build_pair(path, arguments.out or path.parent):
        print(f"{written} ({written.stat().st_size / 1e6:.1f} MB)")
    return 0
