"""From a network to ONNX files: the image encoder and both sides of the mask decoder.

Three to five files stand for one model: ``NAME.encoder.onnx`` (image to embedding), and of the
decoder ``NAME.memory.onnx`` (embedding to what it keeps of an image, once per image),
``NAME.dense.onnx`` (earlier logits added to that; where clicks are drawn, the decoder does it
itself), ``NAME.decoder.onnx`` (one prompt's answer) and ``NAME.rest.onnx`` (what that leaves out:
logits of the padding, which only a prompt that starts from them needs).
Weights that half precision holds without loss are stored in it; the runtime widens them
when it loads the file.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from model.architecture.config import Variant, to_json
from model.architecture.features import feature_shapes
from model.architecture.sam import Sam
from model.interface import ModelError
from model.runtime_onnx.graph_file import (
    FORMAT,
    HALVES,
    INNER,
    QUARTERS,
    Part,
    Signature,
    Slot,
    part_path,
    parts_of,
    signature,
)
from model.runtime_torch.cells import quarter_of
from model.runtime_torch.fast_decoder import FastDecoder, Memory
from model.runtime_torch.fast_upscaling import upscaled
from model.weights.checkpoint import read_checkpoint

OPSET = 18
EXAMPLE_CELLS = 8, 12
"""Of a fitted input to trace with."""
LARGEST = (1 << 31) - (1 << 20)
"""Bytes that one ONNX file can hold; beyond it needs a second file for its weights."""


class _Encoder(nn.Module):
    def __init__(self, sam: Sam) -> None:
        super().__init__()
        self.sam = sam

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        embedding, skips = self.sam.encode(x)
        return embedding, *skips


class _Memory(nn.Module):
    def __init__(self, decoder: FastDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, embedding: Tensor, *skips: Tensor) -> tuple[Tensor, ...]:
        return tuple(item for item in self.decoder.memory(embedding, skips) if item is not None)


class _Dense(nn.Module):
    def __init__(self, decoder: FastDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        cells, keys, values, queries, logits = inputs
        # Without click maps, the graph has no use for places and clicks.
        unused = torch.zeros(0)
        memory = Memory(cells, unused, keys, values, queries)
        drawn = self.decoder.drawn_on(memory, unused, unused, logits, torch.ones(1))
        return drawn.cells, drawn.keys, drawn.values, drawn.queries


class _Shown(nn.Module):
    """The decoder that upscales the cells the image is made from, and hands out the others."""

    def __init__(self, decoder: FastDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        *kept, coordinates, labels, chosen, shown = inputs
        side = self.decoder.prompt.embedding_size
        memory = Memory(*kept)
        kernels, cells, iou, _ = self.decoder.attended(memory, coordinates, labels, chosen)
        maps = cells.reshape(1, side, side, -1)
        above = maps[:, : shown[0]]
        inside = above[:, :, : shown[1]]
        masks = _upscaled(self.decoder, kernels, inside)
        return masks, iou, maps[:, shown[0] :], above[:, :, shown[1] :], kernels


class _Rest(nn.Module):
    def __init__(self, decoder: FastDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, left: Tensor, kernels: Tensor) -> Tensor:
        return _upscaled(self.decoder, kernels, left)


def _upscaled(decoder: FastDecoder, kernels: Tensor, cells: Tensor) -> Tensor:
    """Cells are (1, h, w, C)."""
    size = cells.shape[1], cells.shape[2]
    return upscaled(decoder.masks, kernels, cells.flatten(1, 2), size, ((None,) * 2, (None,) * 4))


class _Decoder(nn.Module):
    def __init__(self, decoder: FastDecoder, variant: Variant) -> None:
        super().__init__()
        self.decoder = decoder
        self.names = list(signature(Part.MEMORY, variant).outputs)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        drawn = inputs[-2:] if self.decoder.prompt.click_maps else ()
        *kept, coordinates, labels, chosen = inputs[: len(inputs) - len(drawn)]
        memory = Memory(**dict(zip(self.names, kept, strict=True)))
        if drawn:
            memory = self.decoder.drawn_on(memory, coordinates, labels, *drawn)
        size = quarter_of(drawn[0]) if drawn else None
        masks, iou, scores = self.decoder(memory, coordinates, labels, chosen, size)
        return (masks, iou, scores) if self.decoder.masks.pred_obj_score_head else (masks, iou)


def build_pair(model_path: str | Path, out_dir: str | Path) -> list[Path]:
    """Exports the checkpoint at ``model_path`` into ``out_dir`` under its own name.

    Returns:
        the files written.

    Raises:
        CheckpointError: the checkpoint cannot be read.
        ModelError: a file would be larger than ONNX can hold.
    """
    checkpoint = read_checkpoint(model_path)
    network = Sam(checkpoint.variant)
    network.load_state_dict(checkpoint.weights)
    name = Path(model_path).stem
    return export(
        network, checkpoint.identity, out_dir, name, image_identity=checkpoint.image_identity
    )


def export(
    network: Sam,
    identity: str,
    out_dir: str | Path,
    name: str,
    parts: Sequence[Part] | None = None,
    image_identity: str = "",
) -> list[Path]:
    """Writes ``network`` as ``NAME.encoder.onnx`` and so on into ``out_dir``.

    Args:
        network: float32, on the CPU.
        identity: of the model, see ``Model.identity``.
        out_dir: made if it is not there.
        name: of the files.
        parts: those wanted; all that the variant has if None.
        image_identity: see ``Model.image_identity``; ``identity`` if empty.
    """
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    network.eval().requires_grad_(requires_grad=False)
    names = {"identity": identity, "image_identity": image_identity or identity}
    for part in parts or parts_of(network.variant):
        graph = _graph(network, part)
        data = _finished(graph, network.variant, names, part)
        path = part_path(folder / name, part)
        path.write_bytes(data)
        written.append(path)
    return written


def _graph(network: Sam, part: Part) -> onnx.ModelProto:
    variant, fast = network.variant, FastDecoder(network)
    modules = {
        Part.ENCODER: _Encoder(network),
        Part.MEMORY: _Memory(fast),
        Part.DENSE: _Dense(fast),
        Part.DECODER: _Shown(fast) if variant.rest_later else _Decoder(fast, variant),
        Part.REST: _Rest(fast),
    }
    names = signature(part, variant)
    examples = tuple(_example(name, slot, variant) for name, slot in names.inputs.items())
    return _traced(modules[part], examples, names)


def _example(name: str, slot: Slot, variant: Variant) -> Tensor:
    """An input to trace with; open sizes are such that no two are equal by chance."""
    rows, columns = EXAMPLE_CELLS
    stride, flat = variant.stride, rows * columns
    sizes = {
        "image": (rows * stride, columns * stride),
        "logits": (4 * rows, 4 * columns),
        "cells": (flat,),
        "chosen": (2,),
        "left": EXAMPLE_CELLS,
        "kernels": (2,),
        **{key: shape[1:] for key, shape in feature_shapes(variant, EXAMPLE_CELLS).items()},
        **dict.fromkeys(("position", *INNER), (flat,)),
        **dict.fromkeys(HALVES, (2 * flat,)),
        **dict.fromkeys(QUARTERS, (4 * flat,)),
    }
    open_sizes = iter(sizes.get(name, (3,)))
    shape = [next(open_sizes) if size is None else size for size in slot.shape]
    if name == "shown":
        return torch.tensor([variant.grid // 2, variant.grid - 1])
    return torch.zeros(shape, dtype=torch.int64 if "int64" in slot.dtype else torch.float32)


def _traced(
    module: nn.Module,
    example: tuple[Tensor, ...],
    names: Signature,
) -> onnx.ModelProto:
    slots = {**names.inputs, **names.outputs}
    axes = {
        name: {axis: f"{name}_{axis}" for axis, size in enumerate(slot.shape) if size is None}
        for name, slot in slots.items()
    }
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        # The exporter that replaces this one needs another package and traces no open sizes of
        # the number of tokens; torch is pinned, so this one stays.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            Path(folder) / "graph.onnx",
            dynamo=False,
            opset_version=OPSET,
            input_names=list(names.inputs),
            output_names=list(names.outputs),
            dynamic_axes=axes,
            do_constant_folding=False,
            # Weights stay as they are in the checkpoint; the runtime merges norms itself.
            training=torch.onnx.TrainingMode.PRESERVE,
        )
        graph = onnx.load(Path(folder) / "graph.onnx")
    for output in graph.graph.output:
        _say_sizes(output, names.outputs[output.name])
    return graph


def _say_sizes(output: onnx.ValueInfoProto, slot: Slot) -> None:
    """Tells the sizes that tracing with open ones lost."""
    for axis, size in enumerate(slot.shape):
        dimension = output.type.tensor_type.shape.dim[axis]
        if size is None:
            dimension.dim_param = f"{output.name}_{axis}"
        else:
            dimension.dim_value = size


def _finished(
    graph: onnx.ModelProto, variant: Variant, names: Mapping[str, str], part: Part
) -> bytes:
    _halve(graph.graph)
    graph.producer_name, graph.producer_version = "maskwright", ""
    description = {
        "format": FORMAT,
        "part": part.value,
        **names,
        "config": json.dumps(to_json(variant), sort_keys=True),
    }
    helper.set_model_props(graph, description)
    if graph.ByteSize() > LARGEST:
        raise ModelError(
            "the {part} of {name} takes {size} MiB, more than an ONNX file can hold: use "
            "this model with PyTorch",
            part.value,
            variant.name,
            graph.ByteSize() >> 20,
        )
    onnx.checker.check_model(graph)
    return bytes(graph.SerializeToString(deterministic=True))


def _halve(graph: onnx.GraphProto) -> None:
    """Stores float32 weights as float16 where nothing is lost, and a Cast that widens them."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < 16:
            continue
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(half, f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
