"""The families of models that load, one module each; only this table lists them."""

from __future__ import annotations

from collections.abc import Mapping

from model.families import (
    efficient_sam,
    efficient_tam,
    efficient_vit,
    rep_vit,
    sam,
    sam2,
    sam3,
    sam_hq,
)
from model.families.family import Family, Recognised, Tensors

FAMILIES: tuple[Family, ...] = (
    efficient_sam.FAMILY,
    efficient_vit.FAMILY,
    efficient_tam.FAMILY,
    efficient_tam.EDGE_TAM_FAMILY,
    sam3.FAMILY,
    sam2.FAMILY,
    sam_hq.FAMILY,
    rep_vit.EDGE_SAM_FAMILY,
    rep_vit.REP_VIT_FAMILY,
    sam.FAMILY,
)


def recognised(
    tensors: Tensors, config: Mapping[str, object] | None = None
) -> tuple[Family, Recognised] | None:
    """The first family that knows these tensors, and what it makes of them.

    Args:
        tensors: as the file names them.
        config: a ``config.json`` that lies beside the file.
    """
    for family in FAMILIES:
        found = family.recognise(tensors, config or {})
        if found is not None:
            return family, found
    return None
