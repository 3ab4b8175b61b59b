"""Nested names of labels become rows that fold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.label_tree import LabelRow, label_rows
from app.core.labels import Label


def made(*names: str) -> list[Label]:
    return [Label(number, name, "#000000") for number, name in enumerate(names, 1)]


def told(rows: list[LabelRow]) -> list[str]:
    """Rows as an outline; in brackets what is no label, a plus where something is folded in."""
    lines = []
    for row in rows:
        text = row.text if row.label else f"[{row.text}]"
        lines.append("  " * row.depth + text + "+" * bool(row.folded))
    return lines


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (("a", "b"), ["a", "b"]),
        (("a/b",), ["a/b"]),
        (("a/b", "a/c"), ["[a]", "  b", "  c"]),
        (("a", "a/b"), ["a", "  b"]),
        (("a/b", "a"), ["a/b", "a"]),
        (("a/b/c", "a/b/d", "e"), ["[a/b]", "  c", "  d", "e"]),
        (("a/b", "a/b/c", "a/d"), ["[a]", "  b", "    c", "  d"]),
        (("a/b", "x", "a/c"), ["a/b", "x", "a/c"]),
        (("a/", "a//b", "/a", "a/ /b"), ["a/", "a//b", "/a", "a/ /b"]),
        (("ab", "abc", "a"), ["ab", "abc", "a"]),
    ],
)
def test_what_begins_alike_and_stands_together_lies_in_one_row(
    names: tuple[str, ...], lines: list[str]
) -> None:
    assert told(label_rows(made(*names), frozenset())) == lines


def test_a_folded_row_holds_all_labels_in_it() -> None:
    labels = made("a", "a/b/c", "a/b/d", "e/f", "e/g")
    rows = label_rows(labels, {"a", "e", "a/b", "gone"})
    assert told(rows) == ["a+", "[e]+"]
    assert [len(row.labels) for row in rows] == [3, 2]
    assert told(label_rows(labels, {"a/b"})) == ["a", "  [b]+", "[e]", "  f", "  g"]


PARTS = st.lists(st.sampled_from(["a", "b", "", "ab"]), min_size=1, max_size=4)
NAMES = st.lists(PARTS.map("/".join).filter(bool), unique=True, max_size=12)


@given(NAMES, st.sets(st.sampled_from(["a", "a/b", "b", "a/a", ""])))
def test_every_label_is_in_one_row_in_the_order_of_the_set(
    names: list[str], folded: set[str]
) -> None:
    labels = made(*names)
    unfolded = label_rows(labels, ())
    assert [row.label for row in unfolded if row.label] == labels
    rows = label_rows(labels, folded)
    shown = [
        label
        for row in rows
        for label in (row.labels if row.folded else [row.label] if row.label else [])
    ]
    assert shown == labels
    above: list[LabelRow] = []
    for row in rows:
        assert row.depth <= len(above)
        above = [*above[: row.depth], row]
        assert "/".join(each.text for each in above) == row.path
        assert row.label is None or row.label.name == row.path
