"""The class names of a YOLO data set: ``data.yaml``, or the older ``classes.txt``."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

from app.core.errors import Problem
from app.core.labels import LabelSet
from app.storage.exchange.ids import in_order
from app.storage.exchange.records import REFUSALS, read_limited

MAX_BYTES = 10 << 20
YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
TEXT_NAMES = ("classes.txt", "obj.names")
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
    """The file with the class names in the folder ``root``, or None."""
    for name in (*YAML_NAMES, *TEXT_NAMES):
        if (root / name).is_file():
            return root / name
    return None


def read_names(path: Path) -> dict[int, str]:
    """Class names by index.

    Raises:
        Problem: the file cannot be read, or has no class names.
    """
    data = read_limited(path)
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("it is too large")
        text = data.decode("utf-8-sig")
        if path.name in TEXT_NAMES:
            return dict(enumerate(_checked([line.strip() for line in text.splitlines()])))
        return _of_yaml(text)
    except (*REFUSALS, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise Problem(
            f"{path.name} has no class names: {reason}.",
            'It should hold "names:" with a list, or a number and a name on each line.',
            error,
        ) from error


def _of_yaml(text: str) -> dict[int, str]:
    whole = yaml.load(text, _Loader)  # noqa: S506  makes text, lists and mappings only
    names = whole.get("names") if isinstance(whole, dict) else None
    if isinstance(names, dict):
        indices = [int(key) for key in names]
        if min(indices, default=0) < 0:
            raise ValueError("a class index is negative")
        return dict(zip(indices, _checked(list(names.values())), strict=True))
    if isinstance(names, list):
        return dict(enumerate(_checked(names)))
    raise ValueError("there is no list of names")


def _checked(names: list[object]) -> list[str]:
    found = [name.strip() if isinstance(name, str) else "" for name in names]
    while found and not found[-1]:
        found.pop()
    if not found or not all(found):
        raise ValueError("a name is missing or empty")
    if len(set(found)) < len(found):
        raise ValueError("a name is given twice")
    return found


def indices(labels: LabelSet) -> dict[int, int]:
    """The class index of each label by its id: from 0 on without gaps, as the format wants it.

    Labels that came from such a data set keep their order and come first.
    """
    return {label_id: index for index, label_id in enumerate(in_order(labels, FORMAT))}


def yaml_of(labels: LabelSet) -> bytes:
    """``data.yaml`` for the folders ``images`` and ``labels`` beside it."""
    # JSON's text is YAML's too, with every character that either finds special quoted.
    by_index = {index: labels.label(label_id).name for label_id, index in indices(labels).items()}
    lines = [
        f"  {index}: {msgspec.json.encode(by_index[index]).decode()}" for index in sorted(by_index)
    ]
    return "\n".join(
        ("path: .", "train: images", "val: images", f"nc: {len(lines)}", "names:", *lines, "")
    ).encode()
