"""The prompt side of a model as ONNX graphs, for who answers clicks on another machine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from model.architecture.config import Variant
from model.interface import Features, Float, ModelError, RuntimeReport
from model.loading import resolve
from model.runtime_onnx.contracts.pairing import is_foreign, own_file
from model.runtime_onnx.graph import Graph
from model.runtime_onnx.graph_file import Part, part_path, parts_of, read_part, stem_of


@runtime_checkable
class Encoder(Protocol):
    """A model whose image encoder can be run by itself; not for use by two threads at once."""

    @property
    def config(self) -> Variant: ...

    @property
    def identity(self) -> str: ...

    @property
    def image_identity(self) -> str: ...

    @property
    def report(self) -> RuntimeReport: ...

    def encode_inputs(
        self, inputs: Sequence[Float], cancelled: Callable[[], bool] | None = None
    ) -> list[Features]:
        """The features of network inputs (1, 3, h, w) of one size.

        Raises:
            Cancelled: ``cancelled()`` became true.
            ModelError: it could not be run.
        """


def encoder_of(model: object) -> Encoder:
    """``model`` itself.

    Raises:
        ModelError: its image encoder cannot be run by itself.
    """
    if not isinstance(model, Encoder):
        raise ModelError(
            "files that another program exported cannot be served: serve the checkpoint that they "
            "were made from"
        )
    return model


def prompt_side_of(encoder: Encoder, source: str | Path) -> dict[Part, bytes]:
    """The graphs of the prompt side: the files beside ``source`` where they fit, else exported.

    Args:
        encoder: the model, loaded.
        source: what it was loaded from, see ``model.load``.

    Raises:
        ModelError: there are none, and ``source`` cannot be exported here.
    """
    path, variant = resolve(source), encoder.config
    sides = [part for part in parts_of(variant) if part is not Part.ENCODER]
    beside = _stem(path)
    if beside is not None and _fit(beside, sides, encoder.identity):
        return {part: read_part(part_path(beside, part)) for part in sides}
    try:
        stem = _exported(path)
    except (ImportError, OSError) as error:
        raise ModelError("the prompt side could not be exported: {reason}", error) from error
    return {part: read_part(part_path(stem, part)) for part in sides}


def digests(sides: Mapping[Part, bytes]) -> dict[Part, tuple[int, str]]:
    """Bytes and SHA-256 of each."""
    return {part: (len(data), hashlib.sha256(data).hexdigest()) for part, data in sides.items()}


def _stem(path: Path) -> Path | None:
    if path.is_dir() or path.suffix.lower() == ".onnx":
        return None if is_foreign(path) else stem_of(own_file(path))
    return path.with_suffix("")


def _fit(stem: Path, sides: Sequence[Part], identity: str) -> bool:
    """Whether these files are there and of this model."""
    try:
        graphs = [Graph(part_path(stem, part), part, "cpu", 1) for part in sides]
    except ModelError:
        return False
    return all(graph.description.identity == identity for graph in graphs)


def _exported(path: Path) -> Path:
    from model.architecture.sam import Sam
    from model.runtime_onnx.kept_decoders import kept_decoder
    from model.weights.checkpoint import read_checkpoint

    checkpoint = read_checkpoint(path)
    network = Sam(checkpoint.variant)
    network.load_state_dict(checkpoint.weights)
    return kept_decoder(network, checkpoint.identity)
