"""What a family of models is: how its files are recognised, and which network they fill.

A file says what it is by the names and shapes of its tensors, never by its own name. Every family
has one module here and one entry in ``families.FAMILIES``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from model.architecture.config import Variant

Tensors = Mapping[str, Tensor]
Rule = tuple[str, str]
"""A regular expression, and what takes its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Recognised:
    """A file's tensors as one of the variants takes them.

    Attributes:
        variant: the architecture.
        tensors: by the names of ``Sam.state_dict``, as far as they are meant for it; the caller
            compares them with what the variant needs.
        others: tensors of parts that answer no prompt on an image, such as video tracking, by the
            names of their publisher.
        unfit: what is wrong with ``others``, one phrase each.
        added: names among ``tensors`` that no file has: what they stand for adds nothing there.
    """

    variant: Variant
    tensors: Tensors
    others: Tensors = field(default_factory=dict)
    unfit: Sequence[str] = ()
    added: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Family:
    """One family of published models.

    Attributes:
        name: short, such as ``sam2``.
        title: for people.
        recognise: what a file's tensors, and the ``config.json`` beside them if there is one, are;
            None if they are of no model of the family. Tensors that are missing or too many are
            left to the caller to tell.
        variants: those whose sizes are known by heart.
        told_by_file: published files of which only the SHA-256 tells which variant they are, since
            tensors of several have the same names and shapes.
    """

    name: str
    title: str
    recognise: Callable[[Tensors, Mapping[str, object]], Recognised | None]
    variants: tuple[Variant, ...]
    told_by_file: Mapping[str, Variant] = field(default_factory=dict)


def renamed(tensors: Tensors, rules: Sequence[Rule]) -> dict[str, Tensor]:
    """``tensors`` with every rule applied to every name, one after the other.

    Of two names that become one, the second is kept under its old name if its values differ.
    """
    found: dict[str, Tensor] = {}
    compiled = [(re.compile(pattern), to) for pattern, to in rules]
    for name, tensor in tensors.items():
        new = name
        for pattern, to in compiled:
            new = pattern.sub(to, new)
        if new in found and not (
            found[new].shape == tensor.shape and bool((found[new] == tensor).all())
        ):
            new = name
        found[new] = tensor
    return found


def count(tensors: Tensors, pattern: str) -> int:
    """How many different numbers take the place of the group of ``pattern`` in the names."""
    compiled = re.compile(pattern)
    return len({match[1] for name in tensors if (match := compiled.match(name))})


def side(tensors: Tensors, name: str, axis: int = 0) -> int:
    """Size of a tensor along ``axis``; 0 if it is not there or has no such axis."""
    shape = tensors[name].shape if name in tensors else ()
    return int(shape[axis]) if len(shape) > axis else 0
