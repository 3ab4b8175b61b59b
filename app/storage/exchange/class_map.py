"""Class names of index images: ``labelmap.txt``, a line ``name:red,green,blue::`` for each index.

The first line is the background. CVAT writes the same file with its Pascal VOC data sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.frozen import FrozenMap
from app.core.labels import LabelSet
from app.storage.exchange.ids import in_order
from app.storage.exchange.png import voc_palette
from app.storage.exchange.records import Records, decoded, read_limited
from app.storage.exchange.values import ImportedCategory, Skip
from model.messages import BadValueError, say

FILE_NAME = "labelmap.txt"
VOID = 255
"""In indexed 8-bit images: pixels that belong to nothing for sure."""
_LINE = re.compile(r"(.+):(\d{1,3}),(\d{1,3}),(\d{1,3})(?::[^:]*){0,2}")
_MEANT = {"%3A": ":", "%253A": "%3A"}
_ESCAPED = re.compile("|".join(_MEANT))
_BACKGROUND = {"background", "__background__", "_background_"}


@dataclass(frozen=True, slots=True)
class ClassMap:
    """Names by index from 1 on, and the indices of colours; both may be empty.

    ``skipped`` tells lines that cannot be read, and an encoding that had to be guessed.
    """

    names: dict[int, str]
    indices: dict[int, int]
    skipped: tuple[Skip, ...] = ()

    def name(self, index: int) -> str:
        return self.names.get(index, f"class {index}")

    def of_colors(self, colors: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
        """Indices (H, W) of the colours (H, W, 3); ValueError for one that the map lacks."""
        if not self.indices:
            raise BadValueError(
                "the PNG holds colours, and there is no {name} to explain them", FILE_NAME
            )
        packed = colors.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
        found, place = np.unique(packed, return_inverse=True)
        unknown = next((int(each) for each in found if int(each) not in self.indices), None)
        if unknown is not None:
            raise BadValueError(
                "the colour #{colour} is not in {name}", f"{unknown:06x}", FILE_NAME
            )
        table = np.array([self.indices[int(each)] for each in found], np.uint16)
        return table[place.reshape(packed.shape)]

    def categories(self, form: str, used: set[int]) -> tuple[ImportedCategory, ...]:
        """The classes of the map and those ``used`` without being in it, by index."""
        found: dict[str, ImportedCategory] = {}
        for index in sorted({*self.names, *used}):
            name = self.name(index)
            extra = FrozenMap({form: {"index": index}})
            found.setdefault(name, ImportedCategory(name, extra))
        return tuple(found.values())


def read_class_map(root: Path) -> ClassMap:
    """The map in the folder ``root`` or the one around it; an empty one if there is none."""
    for folder in (root, root.parent):
        if (folder / FILE_NAME).is_file():
            text, guessed = decoded(read_limited(folder / FILE_NAME))
            found = _parse(text)
            note = Skip(FILE_NAME, say("it is not UTF-8: its class names were read as Latin-1"))
            return replace(found, skipped=(note, *found.skipped)) if guessed else found
    return ClassMap({}, {})


def _parse(text: str) -> ClassMap:
    found: list[re.Match[str]] = []
    records = Records()
    for place, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line.strip())
        if match is not None and all(int(match[channel]) <= VOID for channel in (2, 3, 4)):
            found.append(match)
        elif line.strip() and not line.startswith("#"):
            records.skip(
                say("{name}, line {number}", FILE_NAME, place), say("it is no name with a colour")
            )
    first = 0 if found and found[0][1].strip().lower() in _BACKGROUND else 1
    names: dict[int, str] = {}
    indices: dict[int, int] = {}
    for index, match in enumerate(found[: 1 << 16], first):
        red, green, blue = (int(match[channel]) for channel in (2, 3, 4))
        indices.setdefault(red << 16 | green << 8 | blue, index)
        if index and match[1].strip():
            names[index] = _ESCAPED.sub(lambda each: _MEANT[each[0]], match[1].strip())
    indices.setdefault(0, 0)
    return ClassMap(names, indices, tuple(records.skipped))


def numbers(labels: LabelSet, form: str) -> dict[int, int]:
    """The index of each label by its id, from 1 on."""
    return {label_id: index for index, label_id in enumerate(in_order(labels, form), 1)}


def to_bytes(labels: LabelSet, form: str) -> bytes:
    """``labelmap.txt`` for ``numbers``."""
    palette = voc_palette()
    called = {label.id: label.name for label in labels}
    names = ["background", *(called[label_id] for label_id in numbers(labels, form))]
    lines = ["# label:color_rgb:parts:actions"]
    for index, name in enumerate(names):
        start = 3 * (index % 256)
        # A colon would end the name, and other programs refuse the whole file then.
        name = name.replace("%3A", "%253A").replace(":", "%3A")
        lines.append(f"{name}:{','.join(map(str, palette[start : start + 3]))}::")
    return "\n".join((*lines, "")).encode()
