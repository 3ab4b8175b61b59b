"""From a file of weights to a known architecture with checked weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from model.architecture.config import Variant, from_json, to_json
from model.architecture.sam import Sam, is_for_images
from model.families import FAMILIES, recognised
from model.families.family import Family, Recognised
from model.families.sam2 import parted
from model.files import opened
from model.interface import CheckpointError
from model.messages import as_it_is, joined, say
from model.weights.layout import Found, read_found, without_prefix

SHOWN = 5
"""Differing tensors named in a message."""
SAMPLE = 1024
"""Values that are looked at before all of them are."""
COUNTER = "num_batches_tracked"
"""Buffer of every BatchNorm that only training reads; files may leave it out."""

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Weights that fit their variant.

    Attributes:
        variant: the architecture.
        weights: float32 tensors on the CPU (counters int64), by the names of ``Sam.state_dict``.
        identity: hash of variant and weights, 32 hex digits.
        image_identity: the same of the weights that images pass through, by their values alone.
        path: the file they came from.
        title: of the family, for people.
        others: tensors for other work than prompts on images, such as tracking through a video, by
            their publisher's names.
        passed_over: names of what the file holds beside weights, and of weights of other networks.
        added: names of weights that the file has none of, see ``Recognised``.
    """

    variant: Variant
    weights: Mapping[str, Tensor]
    identity: str
    image_identity: str
    path: Path
    title: str = "Maskwright"
    others: Mapping[str, Tensor] = field(default_factory=dict)
    passed_over: tuple[str, ...] = ()
    added: frozenset[str] = frozenset()

    @property
    def counts(self) -> str:
        """What was loaded and what was not, in a sentence for people."""
        told = [
            say("{title}, {count} tensors loaded", self.title, len(self.weights) - len(self.added))
        ]
        if self.others:
            told.append(
                say("{count} for other work, as video tracking, not used", len(self.others))
            )
        if self.passed_over:
            more = ", ..." if len(self.passed_over) > SHOWN else ""
            names = ", ".join(self.passed_over[:SHOWN]) + more
            told.append(say("passed over {names}", names))
        if self.variant.tokens:
            told.append(
                say(
                    "a click that excludes is just a place to it, and of a box and clicks it takes "
                    "the first {count} places",
                    self.variant.tokens,
                )
            )
        if self.variant.no_logits:
            told.append(
                say("it takes no earlier masks, so corrections start from the clicks alone")
            )
        return joined(told, ", ")


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads a file of weights, or a folder with one, and recognises its architecture.

    Ours carry their architecture in the metadata entry ``config``; published ones are recognised by
    the names and shapes of their tensors. A prefix that training programs put before all names is
    taken off.

    Args:
        path: a ``.pth``, ``.pt``, ``.ckpt`` or ``.safetensors`` file, or a folder with
            ``model.safetensors``. A ``config.json`` beside them may tell what shapes do not.

    Raises:
        CheckpointError: it cannot be read, fits no known architecture, or holds NaN.
    """
    found = read_found(Path(path))
    if found.description is not None:
        variant = _described(found.description, found.path)
        own, others = parted(found.tensors)
        return _checked(Recognised(variant, own, others), found, "Maskwright")
    for tensors, left in without_prefix(found.tensors):
        known = recognised(tensors, found.config)
        if known is not None:
            family, fitting = known
            if family.told_by_file:
                fitting = _told_by_file(fitting, family, found.path)
            return _checked(fitting, found, family.title, left)
    raise CheckpointError(_unknown(found))


def _told_by_file(fitting: Recognised, family: Family, path: Path) -> Recognised:
    digest = hashlib.sha256()
    with opened(path) as file:
        while part := file.read(1 << 20):
            digest.update(part)
    variant = family.told_by_file.get(digest.hexdigest(), fitting.variant)
    return replace(fitting, variant=variant)


def _checked(
    fitting: Recognised, found: Found, title: str, left: tuple[str, ...] = ()
) -> Checkpoint:
    variant, path = fitting.variant, found.path
    differing = [*differences(fitting.tensors, expected_shapes(variant)), *fitting.unfit]
    if differing:
        raise CheckpointError(_misfit(path, variant, differing))
    identity, image_identity = _checked_identities(fitting.tensors, variant, path)
    weights = _completed(fitting.tensors, variant)
    passed_over = (*found.passed_over, *left)
    return Checkpoint(
        variant, weights, identity, image_identity, path, title, fitting.others, passed_over,
        fitting.added,
    )  # fmt: skip


@lru_cache(maxsize=8)
def expected_shapes(variant: Variant) -> Shapes:
    """Names and shapes of all tensors of a variant; nothing is allocated."""
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in Sam(variant).state_dict().items()}


def differences(tensors: Mapping[str, Tensor], expected: Shapes) -> list[str]:
    """One phrase per tensor that is missing, unknown or of another shape, in order of names."""
    found = []
    for name in sorted({*tensors, *expected}):
        if name.endswith(COUNTER):
            continue
        if name not in tensors:
            found.append(f"{name} is missing")
        elif name not in expected:
            found.append(f"{name} is unknown")
        elif tuple(tensors[name].shape) != expected[name]:
            given, needed = list(tensors[name].shape), list(expected[name])
            found.append(f"{name} has the shape {given} instead of {needed}")
        elif not tensors[name].is_floating_point():
            found.append(f"{name} holds {tensors[name].dtype} instead of floating-point numbers")
    return found


def _described(config: object, path: Path) -> Variant:
    if not isinstance(config, dict):
        raise CheckpointError("{path} has a description that is not a JSON object", path)
    try:
        variant = from_json(config)
        expected_shapes(variant)
    except (ValueError, TypeError, RuntimeError, ArithmeticError, AttributeError) as error:
        raise CheckpointError(
            "{path} describes no network that can be built: {reason}", path, error
        ) from error
    return variant


def _misfit(path: Path, variant: Variant, differing: Sequence[str]) -> str:
    listed = [as_it_is(each) for each in differing[:SHOWN]]
    if len(differing) > SHOWN:
        listed.append(say("and {count} more", len(differing) - SHOWN))
    return say(
        "{path} fits no known model; nearest is {name}, from which {count} tensors "
        "differ: {listed}. Needed is an unchanged checkpoint of {titles}, or one "
        "that this program has trained",
        path,
        variant.name,
        len(differing),
        joined(listed, "; "),
        _titles(),
    )


def _titles() -> str:
    return ", ".join(family.title for family in FAMILIES)


def _unknown(found: Found) -> str:
    names = list(found.tensors)
    return say(
        "{path} fits no known model: it holds {count} tensors, such as {listed}. "
        "Needed is a checkpoint of {titles}, or one that this program has trained",
        found.path,
        len(names),
        ", ".join(names[:SHOWN]),
        _titles(),
    )


def _checked_identities(
    tensors: Mapping[str, Tensor], variant: Variant, path: Path
) -> tuple[str, str]:
    """Hash of all, and of what images pass through.

    Raises:
        CheckpointError: not all values are finite.
    """
    names = sorted(name for name in tensors if not name.endswith(COUNTER))
    with ThreadPoolExecutor(2) as pool:
        digests = list(pool.map(lambda name: _digests(name, tensors[name]), names))
    damaged = [name for name, digest in zip(names, digests, strict=True) if digest is None]
    if damaged:
        raise CheckpointError(
            "{path} holds values that are not finite numbers in {count} tensors, first "
            "{listed}: the file is damaged or its training failed",
            path,
            len(damaged),
            ", ".join(damaged[:SHOWN]),
        )
    words = ("notes", "terms", "kept_iou")
    description = {key: value for key, value in to_json(variant).items() if key not in words}
    whole, images = (
        hashlib.blake2b(json.dumps(description, sort_keys=True).encode(), digest_size=16, person=of)
        for of in (b"", b"images")
    )
    for name, found in zip(names, digests, strict=True):
        stored, values = found or (b"", b"")
        shape = tuple(tensors[name].shape)
        whole.update(f"{name} {tensors[name].dtype} {shape}".encode() + stored)
        if is_for_images(name):
            images.update(f"{name} {shape}".encode() + values)
    return whole.hexdigest(), images.hexdigest()


def _digests(name: str, tensor: Tensor) -> tuple[bytes, bytes] | None:
    """Hash of the values as stored, and of what they are; None if one is not finite.

    The second is there for images only. Files of the same weights store them in as many bits as
    those who wrote them liked, so values that 16 bits hold are hashed in 16. Usually they are
    stored so, and nothing is hashed twice.
    """
    if not bool(torch.isfinite(tensor).all()):
        return None
    stored = _digest(tensor)
    if not is_for_images(name):
        return stored, b""
    narrow = _narrowest(tensor)
    return stored, stored if narrow.dtype == tensor.dtype else _digest(narrow)


def _digest(tensor: Tensor) -> bytes:
    data = tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data
    return hashlib.blake2b(data, digest_size=16).digest()


def _narrowest(tensor: Tensor) -> Tensor:
    """The values that are used of ``tensor`` in float16 where it holds them all, else float32."""
    if tensor.dtype == torch.float16:
        return tensor
    # Nearly always a few values tell.
    few, values = (each.float() for each in (tensor.flatten()[:SAMPLE], tensor))
    if not torch.equal(few.half().float(), few):
        return values
    half = values.half()
    return half if torch.equal(half.float(), values) else values


def _completed(tensors: Mapping[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    complete = {}
    for name in expected_shapes(variant):
        if name.endswith(COUNTER):
            complete[name] = torch.zeros((), dtype=torch.int64)
        else:
            complete[name] = tensors[name].float()
    return complete
