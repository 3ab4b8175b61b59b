"""Hostile files: every reader gives a value, a skip or a Problem, whatever is put into a field."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Problem
from app.storage.exchange.exporting import write
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.images import Images
from app.storage.exchange.records import LONGEST, Records, text
from tests.storage.exchange.samples import export_of, ring, square

IMAGES = Images.of_sizes({"a.jpg": (6, 6)})
NASTY = (
    "null", "true", "-1", "0", "1e999", "-1e999", "NaN", "1e308", "1" + "0" * 400, "[]", "{}",
    '""', '"../../etc/passwd"', '"C:\\\\con"', '"\\u0000"', '"\\ud800"', "[[[1]]]", '{"a": []}',
    "[" * 3000 + "]" * 3000, '"' + "9" * 3000 + '"', "4294967296", "[1e300, -1e300]",
)  # fmt: skip
MARK = "@@here@@"


def places(value: Any) -> int:
    """How many values there are in ``value``, itself included."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(places(each) for each in inside)


def marked(value: Any, place: int) -> Any:
    """``value`` with the mark in the place of its value number ``place``, counted from 0."""
    if place == 0:
        return MARK
    place -= 1
    items = value.items() if isinstance(value, dict) else enumerate(value)
    changed = dict(items) if isinstance(value, dict) else list(value)
    for key, each in list(items):
        if place < (count := places(each)):
            changed[key] = marked(each, place)
            return changed
        place -= count
    raise IndexError(place)


@pytest.mark.parametrize("name", ["coco", "sa1b", "labelme", "isat"])
@given(data=st.data())
@settings(max_examples=120)
def test_any_value_in_any_field_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    form = FORMATS[name]
    path = folder / "a.json"
    options: dict[str, object] = {}
    if form.options:
        options["polygons"] = data.draw(st.booleans(), "polygons")
    write(form, export_of(ring(), square()), path if form.suffix else folder, options)
    whole = json.loads(path.read_text("utf-8"))
    place = data.draw(st.integers(0, places(whole) - 1), "place")
    nasty = data.draw(st.sampled_from(NASTY), "value")
    text = json.dumps(marked(whole, place)).replace(f'"{MARK}"', nasty)
    path.write_text(text, "utf-8")
    with contextlib.suppress(Problem):
        read = form.read(path, IMAGES, None)
        assert read.objects <= 3  # a hole that lost its category becomes an object
        assert all(skip.where and skip.reason for skip in read.skipped)


@given(content=st.binary(max_size=200))
@settings(max_examples=60)
def test_any_bytes_are_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for suffix in (".json", ".xml", ".txt", ".png", ".yaml"):
        (folder / f"a{suffix}").write_bytes(content)
    for form in FORMATS.values():
        for path in (folder, *folder.iterdir()):
            with contextlib.suppress(Problem):
                form.read(path, IMAGES, None)


def test_the_reason_why_a_record_was_left_out_is_short_whatever_it_held() -> None:
    records = Records()
    raw = msgspec.Raw(b'{"name": ["' + b"9" * 100_000 + b'"]}')
    assert not [*records.each([raw], "image", lambda record: text(record, "name"))]
    (skip,) = records.skipped
    assert skip.reason.startswith("name must be text, given ['999")
    assert len(skip.reason) == LONGEST
