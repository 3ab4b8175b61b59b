"""Files that earlier versions wrote: what they say becomes fields, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.core.document import Document, State
from app.core.frozen import FrozenMap
from app.core.labels import Label
from app.core.mask import Mask
from app.core.previous import Previous
from app.core.prompt import Box, Point, Prompt
from app.core.review import taking_new
from app.core.unsegmented import Unsegmented
from app.storage.layout import to_bytes, to_document
from app.storage.schema import parse
from app.storage.sidecar import read_use

HERE = Path(__file__).parent / "written_before"
SIZE = 12, 20
LABELS = [Label(1, "cat", "#ff0000"), Label(2, "dog", "#00ff00")]
BOX = Box(2.5, 3.0, 8.0, 9.25)
VERSIONS = pytest.mark.parametrize("version", ["version_1", "version_2"])


def read(version: str, name: str) -> Document:
    return to_document(parse((HERE / version / f"{name}.json").read_bytes()), *SIZE)


@VERSIONS
def test_what_objects_were_before_is_read(version: str) -> None:
    document = read(version, "resegmented.png")
    first, second, third = document
    pixels = np.zeros(SIZE, np.bool_)
    pixels[3:7, 2:6] = True
    points = Point(3.5, 4.0), Point(9.0, 9.0, False)
    assert first.previous == Previous(Mask.from_array(pixels), BOX, points, 0.64)
    assert second.previous == Previous(box=Box(10, 3, 14, 7), iou=0.875)
    assert third.previous is None
    assert [each.imported_from for each in document] == ["coco", None, None]
    assert [each.state for each in document] == [State.PROPOSED, State.PROPOSED, State.EDITED]
    assert first.extra == {"coco": {"id": 9}}
    assert second.extra == {"maskwright": {"note": "kept"}}
    assert document.extra == {
        "info": {"year": 2023},
        "maskwright": {"later": (1, {"a": None})},
    }
    assert document.has_run("relabel", "0123abcd")


@VERSIONS
def test_objects_without_a_mask_are_read(version: str) -> None:
    document = read(version, "unsegmented.png")
    first, second, third = document.unsegmented
    assert first == Unsegmented(
        1,
        Prompt(box=BOX),
        0.75,
        FrozenMap({"wet": True}),
        FrozenMap({"coco": {"id": 9}}),
        "coco",
    )
    assert second.prompt == Prompt((Point(3.5, 4.0), Point(9.0, 9.5, False)))
    assert second.imported_from == "labelme"
    assert second.extra == {"labelme": {"group_id": None}}
    assert third == Unsegmented(2, Prompt((Point(3.0, 4.0),), Box(1, 1, 9, 9)))
    assert document.runs == {"import": "aa", "automask": "bb"}
    assert document.extra == {}


@pytest.mark.parametrize("name", ["resegmented.png", "unsegmented.png"])
def test_the_version_before_wrote_the_same_bytes(name: str) -> None:
    written = (HERE / "version_2" / f"{name}.json").read_bytes()
    assert to_bytes(read("version_2", name), name, labels=LABELS) == written


NOT_UNDERSTOOD = [
    ("previous", 1),
    ("previous", {}),
    ("previous", {"counts": "!"}),
    ("previous", {"counts": "d0", "iou": 2}),
    ("previous", {"box": [1]}),
    ("previous", {"box": [3, 3, 1, 1]}),
    ("previous", {"box": "abcd", "points": [[1, 1, True]]}),
    ("previous", {"points": [[1]]}),
    ("imported", 5),
    ("to_segment", 1),
    ("to_segment", [3, {}, {"label_id": 1}, {"label_id": 0, "box": [0, 0, 1, 1]}]),
    ("to_segment", [{"label_id": 1, "points": [[0, "x", 1]]}, {"label_id": 1, "box": {}}]),
    ("runs", 1),
    ("runs", {"automask": 1}),
]


@pytest.mark.parametrize(("key", "value"), NOT_UNDERSTOOD)
def test_what_is_not_understood_counts_as_nothing_and_is_kept(key: str, value: object) -> None:
    raw = json.loads((HERE / "version_2" / "resegmented.png.json").read_bytes())
    places = [raw["maskwright"], *(each["maskwright"] for each in raw["annotations"])]
    for place in places:
        place[key] = value
    document = to_document(raw, *SIZE)
    assert (document.unsegmented, document.has_run("automask", "1")) == ((), False)
    if key != "runs":
        assert document.has_run("relabel", "0123abcd")
    if key in ("previous", "imported"):
        assert {(a.previous is None, a.imported_from is None) for a in document} >= {(True, True)}
    again = parse(to_bytes(document, "resegmented.png"))
    for place in [again["maskwright"], *(each["maskwright"] for each in again["annotations"])]:
        assert place[key] == value


def test_one_damaged_object_costs_no_other() -> None:
    raw = json.loads((HERE / "version_2" / "unsegmented.png.json").read_bytes())
    own = raw["maskwright"]
    own["to_segment"].insert(1, {"label_id": "?"})
    own["to_segment"][0]["note"] = own["runs"]["later"] = 7
    document = to_document(raw, *SIZE)
    assert len(document.unsegmented) == 3
    assert read_use(json.dumps(raw).encode()).ids == {1, 2}
    assert document.unsegmented[0].unknown == {"note": 7}
    more = document.with_unsegmented(document.unsegmented[:1]).with_run("relabel", "cc")
    again = parse(to_bytes(more, "unsegmented.png"))["maskwright"]
    assert again["to_segment"] == [own["to_segment"][0], {"label_id": "?"}]
    assert again["runs"] == {"later": 7, "import": "aa", "automask": "bb", "relabel": "cc"}


def test_what_else_is_said_of_the_old_shape_goes_with_it() -> None:
    raw = json.loads((HERE / "version_2" / "resegmented.png.json").read_bytes())
    raw["annotations"][0]["maskwright"]["previous"]["by"] = "somebody"
    document = to_document(raw, *SIZE)
    again = parse(to_bytes(document, "resegmented.png"))["annotations"]
    assert again[0]["maskwright"]["previous"]["by"] == "somebody"
    decided = document.with_replaced(taking_new(document.annotation(1)))
    again = parse(to_bytes(decided, "resegmented.png"))["annotations"]
    assert "previous" not in again[0]["maskwright"]
