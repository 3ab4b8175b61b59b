"""File names: shown, ordered, kept inside their folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Problem
from app.storage.names import comparable, from_text, natural_key, resolve_inside, shown, to_text


def test_numbers_sort_by_value_and_capitals_among_small_letters() -> None:
    names = ["b.jpg", "A10.jpg", "a2.jpg", "a02.jpg", "a1b10.jpg", "a1b9.jpg", "10.jpg", "9.jpg"]
    assert sorted(names, key=natural_key) == [
        "9.jpg",
        "10.jpg",
        "a1b9.jpg",
        "a1b10.jpg",
        "a02.jpg",
        "a2.jpg",
        "A10.jpg",
        "b.jpg",
    ]


def test_the_images_of_a_folder_stay_together() -> None:
    names = ["a b/1.jpg", "a/2.jpg", "a-/1.jpg", "a/10.jpg", "a/1.jpg"]
    assert sorted(names, key=natural_key) == [
        "a/1.jpg",
        "a/2.jpg",
        "a/10.jpg",
        "a b/1.jpg",
        "a-/1.jpg",
    ]


@given(st.integers(0, 10**30), st.integers(0, 10**30), st.integers(0, 5))
def test_any_two_numbers_sort_by_value(first: int, second: int, zeros: int) -> None:
    one, other = natural_key("x" + "0" * zeros + f"{first}.png"), natural_key(f"x{second}.png")
    if first != second:
        assert (one < other) == (first < second)


@given(st.lists(st.text(max_size=12), unique=True))
def test_the_order_of_different_names_is_total(names: list[str]) -> None:
    assert len({natural_key(name) for name in names}) == len(names)


def test_a_name_is_shown_as_it_is_unless_it_cannot_be() -> None:
    assert shown("图片 é.jpg") == "图片 é.jpg"
    assert shown(os.fsdecode(b"a\xff.jpg")) == "a\\xff.jpg"
    assert shown("a\nb\x1b.jpg") == "a\\nb\\x1b.jpg"


@given(st.text())
def test_what_is_shown_fits_into_any_text_file(name: str) -> None:
    shown(name).encode("utf-8")


def test_two_spellings_of_one_name_compare_equal() -> None:
    assert comparable("e\u0301\\a.jpg") == comparable("é/a.jpg")


@given(st.binary(min_size=1, max_size=40).filter(lambda data: b"\0" not in data))
def test_a_path_of_any_bytes_survives_as_text(data: bytes) -> None:
    if sys.platform == "win32":
        return
    path = Path("/data", os.fsdecode(data))
    assert to_text(path).isascii()
    assert from_text(to_text(path)) == path


def test_text_that_is_no_path_is_refused() -> None:
    with pytest.raises(ValueError, match="zero"):
        from_text("/a%00b")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "/etc/passwd",
        "\\etc\\passwd",
        "\\\\host\\share\\x.jpg",
        "//host/share/x.jpg",
        "C:\\x.jpg",
        "c:x.jpg",
        "../x.jpg",
        "a/../../x.jpg",
        "a\\..\\..\\x.jpg",
        "..",
        "a\0.jpg",
        "a\n.jpg",
        "\x7f",
    ],
)
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem):
        resolve_inside(tmp_path, name)


@pytest.mark.parametrize("name", ["x.jpg:stream", "CON", "con.jpg", "a/NUL .txt", "Lpt1.png"])
def test_windows_refuses_streams_and_devices(tmp_path: Path, name: str) -> None:
    with pytest.raises(Problem):
        resolve_inside(tmp_path, name, windows=True)


def test_elsewhere_those_are_ordinary_names(tmp_path: Path) -> None:
    assert resolve_inside(tmp_path, "12:30:00.jpg", windows=False) == tmp_path / "12:30:00.jpg"
    assert resolve_inside(tmp_path, "aux.png", windows=False) == tmp_path / "aux.png"


def test_an_ordinary_name_is_found_whatever_its_slashes(tmp_path: Path) -> None:
    expected = tmp_path / "a b" / "é..jpg"
    assert resolve_inside(tmp_path, "a b/é..jpg") == expected
    assert resolve_inside(tmp_path, ".\\a b\\\\é..jpg") == expected


def test_a_linked_folder_outside_is_refused_and_a_linked_file_is_not(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "x.jpg").touch()
    (root / "folder").symlink_to(outside)
    (root / "file.jpg").symlink_to(outside / "x.jpg")
    with pytest.raises(Problem, match="out of the folder"):
        resolve_inside(root, "folder/x.jpg")
    assert resolve_inside(root, "file.jpg").exists()


@given(st.text(max_size=30))
def test_any_name_at_all_is_inside_or_a_problem(name: str) -> None:
    root = Path(os.path.abspath(os.sep)) / "data" / "nowhere"
    for windows in (False, True):
        try:
            path = resolve_inside(root, name, windows=windows)
        except Problem:
            continue
        assert Path(os.path.normpath(path)).is_relative_to(root)
        assert Path(os.path.normpath(path)) != root


def test_names_with_accents_stand_among_those_without() -> None:
    names = ["zebra.jpg", "éléphants.jpg", "eagle.jpg", "Ärger.jpg", "ant.jpg", "E\u0301cole.jpg"]
    assert sorted(names, key=natural_key) == [
        "ant.jpg", "Ärger.jpg", "eagle.jpg", "E\u0301cole.jpg", "éléphants.jpg", "zebra.jpg",
    ]  # fmt: skip
