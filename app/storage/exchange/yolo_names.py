"""The class names of a YOLO data set: ``data.yaml``, or the older ``classes.txt``."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.exchange.ids import in_order
from app.storage.exchange.records import REFUSALS, Records, decoded, read_limited
from model.messages import BadValueError, reason_of, say, shortened

MAX_BYTES = 10 << 20
YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
TEXT_NAMES = ("classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt")
INSIDE = ("train", "valid", "val", "test", "labels")
AROUND = (*INSIDE, "images", "obj_train_data")
"""Folders that may be chosen instead of the whole data set."""
MOST_KEY_POINTS = 10_000
FORMAT = "yolo"


# yaml ships no type information.
class _Loader(yaml.BaseLoader):  # type: ignore[misc]
    """Everything a scalar, list or mapping of text: ``no`` stays a name, nothing is constructed."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # References to what stood before can make ten lines mean a billion.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("references (*name) are not read")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def find_names(root: Path) -> Path | None:
    """The file with the class names of the data set in the folder ``root``, or None.

    It may also lie in a folder of a split, or around ``root`` where that is one.
    """
    around: list[Path] = []
    folder = root.absolute()
    while folder.name in AROUND and len(around) < 2:
        folder = folder.parent
        around.append(folder)
    for place in (root, *around, *(root / name for name in INSIDE)):
        for name in (*YAML_NAMES, *TEXT_NAMES):
            if (place / name).is_file():
                return place / name
    return None


def read_names(path: Path, records: Records | None = None) -> dict[int, str]:
    """Class names by index.

    Args:
        records: gets what had to be guessed.

    Raises:
        Problem: the file cannot be read, or has no class names.
    """
    data = read_limited(path)
    try:
        text, guessed = _text(data)
        if guessed and records is not None:
            records.skip(path.name, say("it is not UTF-8: its class names were read as Latin-1"))
        if path.name in TEXT_NAMES:
            return dict(enumerate(_checked([line.strip() for line in text.splitlines()])))
        return _of_yaml(_whole(text))
    except (*REFUSALS, yaml.YAMLError) as error:
        reason = shortened(reason_of(error), 200).with_texts(lambda text: " ".join(text.split()))
        raise Problem(
            say("{name} has no class names: {reason}.", path.name, reason),
            say('It should hold "names:" with a list, or a number and a name on each line.'),
            error,
        ) from error


def read_key_points(path: Path) -> tuple[int, int] | None:
    """``kpt_shape``: key points of each object, and numbers for each; None if there is none."""
    if path.name in TEXT_NAMES:
        return None
    try:
        text, _ = _text(read_limited(path))
        shape = _whole(text).get("kpt_shape") if "kpt_shape" in text else None
        points, numbers = (int(each) for each in shape) if isinstance(shape, list) else (0, 0)
    except (*REFUSALS, yaml.YAMLError, TypeError):
        return None
    known = 0 < points <= MOST_KEY_POINTS and numbers in (2, 3)
    return (points, numbers) if known else None


def _text(data: bytes) -> tuple[str, bool]:
    if len(data) > MAX_BYTES:
        raise BadValueError("it is too large")
    return decoded(data)


def _whole(text: str) -> dict[object, object]:
    whole = yaml.load(text, _Loader)  # noqa: S506  makes text, lists and mappings only
    return whole if isinstance(whole, dict) else {}


def _of_yaml(whole: dict[object, object]) -> dict[int, str]:
    names = whole.get("names")
    if isinstance(names, dict):
        indices = [int(str(key)) for key in names]
        if min(indices, default=0) < 0:
            raise BadValueError("a class index is negative")
        return dict(zip(indices, _checked(list(names.values())), strict=True))
    if isinstance(names, list):
        return dict(enumerate(_checked(names)))
    raise BadValueError("there is no list of names")


def _checked(names: list[object]) -> list[str]:
    found = [name.strip() if isinstance(name, str) else "" for name in names]
    while found and not found[-1]:
        found.pop()
    if not found or not all(found):
        raise BadValueError("a name is missing or empty")
    return found


def indices(labels: LabelSet) -> dict[int, int]:
    """The class index of each label by its id: from 0 on without gaps, as the format wants it.

    Labels that came from such a data set keep their order and come first.
    """
    return {label_id: index for index, label_id in enumerate(in_order(labels, FORMAT))}


def yaml_of(labels: LabelSet) -> bytes:
    """``data.yaml`` for the folders ``images`` and ``labels`` beside it.

    Without ``path``, which Ultralytics takes to be relative to where it is started.
    """
    # JSON's text is YAML's too, with every character that either finds special quoted.
    names = {label.id: label.name for label in labels}
    by_index = {index: names[label_id] for label_id, index in indices(labels).items()}
    lines = [
        f"  {index}: {msgspec.json.encode(by_index[index]).decode()}" for index in sorted(by_index)
    ]
    return "\n".join(
        ("train: images", "val: images", f"nc: {len(lines)}", "names:", *lines, "")
    ).encode()
