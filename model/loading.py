"""From a name or a file to a model that runs; frameworks are imported only when they are needed."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from model.interface import CheckpointError, Model, ModelError
from model.messages import joined, say
from model.weights.catalogue import catalogue, local_file

if TYPE_CHECKING:
    from model.runtime_onnx.contracts.model import PairedModel
    from model.runtime_onnx.model import OnnxModel
    from model.runtime_torch.model import TorchModel

RUNTIMES = ("auto", "torch", "onnxruntime")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
BUILTIN = "builtin"
_ONNX_SUFFIXES = (".onnx", ".yaml", ".yml")
SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors", *_ONNX_SUFFIXES)
"""Endings of the files that ``load`` takes."""
_WEIGHTS = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json")
_RESOURCES = Path(__file__).resolve().parent.parent / "resources" / "models"
_IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
BUILTIN_FILE = _RESOURCES / "maskwright_small.safetensors"


def load(
    source: str | Path = BUILTIN,
    device: str = "auto",
    runtime: str = "auto",
    precision: str = "auto",
) -> Model:
    """A model ready to embed images and answer prompts.

    Args:
        source: a file of weights or a folder of transformers, see ``read_checkpoint``; any one of
            the ``.onnx`` files of an exported model, by this program or another one, the folder
            they are in, or X-AnyLabeling's ``.yaml`` file that names them; or a name: ``builtin``,
            or a published model that was downloaded, such as ``vit_b``.
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.
        runtime: ``auto``, ``torch`` or ``onnxruntime``. A checkpoint runs in onnxruntime if its
            exported files lie beside it. ``auto`` takes onnxruntime for the built-in model, which
            is so small that loading PyTorch takes longer than it could save, for ONNX files, and
            for a checkpoint's clicks on the CPU if they are answered sooner there.
        precision: of the image encoder, ``float32``, ``bfloat16``, ``float16``, or ``auto``: 16
            bits for large transformers where the device computes faster in them.

    Returns:
        the model; its ``report`` says what runs and why, also if that is not what was asked for.

    Raises:
        ValueError: a name or a choice is unknown.
        CheckpointError: the file is missing, damaged, or fits no known architecture.
        ModelError: nothing here can run it.
    """
    _check_choice(runtime, precision)
    path = resolve(source)
    if path.suffix.lower() in _ONNX_SUFFIXES or _holds_onnx_alone(path):
        if runtime == "torch":
            raise ValueError(f"{path.name} runs in onnxruntime only: choose that runtime, or auto")
        return _load_onnx(path, device, precision)
    wants_onnx = runtime == "onnxruntime" or (runtime == "auto" and source == BUILTIN)
    if wants_onnx and _fits_onnx(device, precision, runtime):
        return _load_either(path, device, precision)
    run = _load_quickest if runtime == "auto" else _load_torch
    return run(path, device, precision)


def _exported_beside(path: Path, device: str, precision: str) -> Model | None:
    """The same weights in ONNX, if they lie beside a checkpoint that tells its identity."""
    fits = _fits_onnx(device, precision, "auto")
    if not fits or path.suffix.lower() != ".safetensors" or not path.is_file():
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            told = (file.metadata() or {}).get("identity")
        if told is None:
            return None
        found = _load_onnx(path, device, precision)
    except (SafetensorError, ModelError, ImportError, OSError):
        return None
    return found if found.identity == told else None


def _load_quickest(path: Path, device: str, precision: str) -> Model:
    """In torch, but for the clicks where onnxruntime answers them sooner; or as it was exported."""
    exported = _exported_beside(path, device, precision)
    if exported is not None:
        return exported
    loaded = _load_torch(path, device, precision)
    from model.runtime_onnx.prompt_decoder import with_onnx_prompt_decoder

    return with_onnx_prompt_decoder(loaded)


def _check_choice(runtime: str, precision: str) -> None:
    if precision not in PRECISIONS:
        raise ValueError(
            f"the precision must be one of {', '.join(PRECISIONS)}, given {precision!r}"
        )
    if runtime not in RUNTIMES:
        raise ValueError(f"the runtime must be one of {', '.join(RUNTIMES)}, given {runtime!r}")


def _load_either(path: Path, device: str, precision: str) -> Model:
    """In onnxruntime if that works, otherwise in torch, with the reason in the report."""
    try:
        return _load_onnx(path, device, precision)
    except (ModelError, ImportError) as error:
        if find_spec("torch") is None:
            raise
        failed = say("onnxruntime could not be used ({reason}), so torch runs it", error)
    return _load_torch(path, device, precision, failed)


def _fits_onnx(device: str, precision: str, runtime: str) -> bool:
    """Whether onnxruntime can do what was asked for; always, if it was itself asked for."""
    return runtime != "auto" or (device in ("auto", "cpu") and precision in ("auto", "float32"))


def _load_onnx(path: Path, device: str, precision: str) -> Model:
    found = _opened_onnx(path, device)
    if precision not in ("auto", "float32"):
        found.remark(
            say("{precision} was asked for, but onnxruntime runs these files in float32", precision)
        )
    return found


def _opened_onnx(path: Path, device: str) -> OnnxModel | PairedModel:
    from model.runtime_onnx.contracts.model import load_pair
    from model.runtime_onnx.contracts.pairing import is_foreign, own_file
    from model.runtime_onnx.model import load_onnx

    if path.suffix.lower() in (".yaml", ".yml"):
        _check_is_there(path)
    if path.suffix.lower() not in _ONNX_SUFFIXES and not path.is_dir():
        return load_onnx(path.with_suffix(""), device)
    if is_foreign(path):
        return load_pair(path, device)
    return load_onnx(own_file(path), device)


def _holds_onnx_alone(path: Path) -> bool:
    """Whether it is a folder with ONNX files and no weights that torch reads."""
    if not path.is_dir():
        return False
    from model.runtime_onnx.contracts.pairing import holds_onnx

    return holds_onnx(path) and not any((path / name).is_file() for name in _WEIGHTS)


def looks_like_model(path: Path) -> bool:
    """Whether somebody who hands ``path`` over means a model, by its name and what lies in it.

    A folder is one if there are weights or ONNX files in it, and no images; a ``.yaml`` file may be
    anything.
    """
    if path.is_dir():
        try:
            if any(each.suffix.lower() in _IMAGES for each in path.iterdir()):
                return False
        except OSError:
            return False
        return any((path / name).is_file() for name in _WEIGHTS) or _holds_onnx_alone(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        from model.runtime_onnx.contracts.pairing import describes_pair

        return describes_pair(path)
    return path.suffix.lower() in SUFFIXES


def resolve(source: str | Path) -> Path:
    """The file behind ``source``.

    Raises:
        CheckpointError: a published model that is not on this machine yet.
    """
    if source == BUILTIN:
        return BUILTIN_FILE
    if isinstance(source, str) and source in catalogue():
        return local_file(source)
    return Path(source)


def _check_is_there(path: Path) -> None:
    """Raises: CheckpointError: no such file."""
    if path.exists():
        return
    missing = say("there is no file {path}", path)
    if not path.suffix:
        names = ", ".join(catalogue())
        missing = say("{missing}, and no published model of that name: {names}", missing, names)
    raise CheckpointError("{missing}: check the path, or download the checkpoint first", missing)


def _load_torch(path: Path, device: str, precision: str, failed: str = "") -> TorchModel:
    _check_is_there(path)
    if find_spec("torch") is None:
        raise ModelError(
            "{name} needs PyTorch, which is not installed: start once with `python3 run.py "
            "--with-torch`, or choose an ONNX model",
            path.name,
        )
    # Torch's threads spin while they wait for one another. Beside another busy program that made an
    # embedding take four times as long on two cores; alone it gains nothing. Torch reads this when
    # it is first imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from model.architecture.config import HieraConfig, PlainViTConfig, Sam3ViTConfig, ViTConfig
    from model.runtime_torch.choice import choose
    from model.runtime_torch.model import TorchModel
    from model.weights.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(path)
    large = ViTConfig | HieraConfig | PlainViTConfig | Sam3ViTConfig
    transformer = isinstance(checkpoint.variant.encoder, large)
    place, reason = choose(device, precision, halves=transformer)
    reason = joined((failed, reason, checkpoint.counts), "; ")
    return TorchModel(
        checkpoint.variant, checkpoint.weights, checkpoint.identity, place, reason,
        image_identity=checkpoint.image_identity,
    )  # fmt: skip


__all__ = ["BUILTIN", "CheckpointError", "load", "resolve"]
