"""``audit.json``: the masks drawn for an audit, as they were, and which have been looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from app.core.audit import Audit, Item
from app.core.document import Source
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.statistics import Stage
from app.storage import schema
from app.storage.failures import not_understood
from app.storage.guarded import Token, read_file, replace_file, token_of
from app.storage.names import from_text, to_text
from model.messages import say

FILE = "audit.json"
VERSION = 1
MAX_ITEMS = 100_000


class _Item(Struct):
    image: str
    annotation_id: schema.Id
    label_id: schema.Id
    source: Source
    stage: Stage
    size: tuple[schema.Side, schema.Side]
    counts: str
    checked: bool = False
    seconds: Annotated[float, Meta(ge=0)] = 0.0


class _File(Struct):
    items: Annotated[list[_Item], Meta(max_length=MAX_ITEMS)]
    seed: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class LoadedAudit:
    """An audit as it was found; None if there is none. ``token`` is given back when writing."""

    audit: Audit | None
    token: Token = None


def read_audit(path: Path) -> LoadedAudit:
    """The audit in ``path``.

    Raises:
        Problem: the file cannot be read or understood; it must be left as it is.
    """
    data = read_file(path, schema.MAX_BYTES)
    if data is None:
        return LoadedAudit(None)
    try:
        file = msgspec.json.decode(data, type=_File)
        if file.version > VERSION:
            raise Problem(say("The audit was written by a newer version of this program."))
        items = tuple(_item(record) for record in file.items)
    except (ValueError, RecursionError) as error:
        raise not_understood(path, error) from error
    return LoadedAudit(Audit(file.seed, items), token_of(data))


def write_audit(path: Path, audit: Audit, token: Token) -> Token:
    """Replace the audit in the folder's own directory; what was there is kept as a backup.

    Raises:
        Conflict: it is not what ``token`` stands for.
        Problem: it could not be written, or would be too large to be read again.
    """
    own, data = path.parent, audit_to_bytes(audit)
    return replace_file(path, data, token, own / "backup" / FILE, schema.MAX_BYTES, (own.parent,))


def audit_to_bytes(audit: Audit) -> bytes:
    """The file of ``audit``: UTF-8 JSON, one line for each mask."""
    lines = ",\n".join(json.dumps(_record(item)) for item in audit.items)
    head = f'{{"version": {VERSION}, "seed": {audit.seed}, "items": [\n'
    return f"{head}{lines}\n]}}\n".encode()


def _item(record: _Item) -> Item:
    return Item(
        # Names may hold bytes that are no text, as those of images in the folder may.
        from_text(record.image).as_posix(),
        record.annotation_id,
        record.label_id,
        record.source,
        record.stage,
        Mask.from_counts(record.counts, *record.size),
        record.checked,
        record.seconds,
    )


def _record(item: Item) -> dict[str, object]:
    return {
        "image": to_text(Path(item.image)),
        "annotation_id": item.annotation_id,
        "label_id": item.label_id,
        "source": item.source.value,
        "stage": item.stage.value,
        "size": [item.mask.height, item.mask.width],
        "counts": item.mask.counts,
        "checked": item.checked,
        "seconds": item.seconds,
    }
