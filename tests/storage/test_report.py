"""The page says what the numbers say, needs nothing else, and runs nothing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.document import Source, State
from app.core.mask import Mask
from app.core.statistics import Fact, Stage, groups_by, project_statistics
from app.storage.report import AuditReport, Pair, csv_of, html_report
from app.storage.report_picture import AFTER, BEFORE, SIDE, pair_picture

FACT = Fact(
    "a.jpg",
    1,
    1,
    Source.SMART,
    State.ACCEPTED,
    Stage.ASSISTED,
    900,
    10.0,
    2,
    0.95,
    date(2026, 3, 1),
)
FACTS = [
    FACT,
    replace(FACT, annotation_id=2, iou=0.5, seconds=None, day=date(2026, 3, 2)),
    replace(FACT, annotation_id=3, iou=None, seconds=20.0, day=date(2026, 3, 2)),
]
SIZE = (200, 300)


class Page(HTMLParser):
    """Tags that are open, everything that names a place elsewhere, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.sources: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.sources += [v or "" for k, v in attributes if k in ("src", "href", "srcset")]
        assert not [k for k, _ in attributes if k.startswith("on")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(name: str = "cat", title: str = "Pets", audit: AuditReport | None = None) -> str:
    made = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    return html_report(title, project_statistics(FACTS, 4, lambda _: name), audit, made)


def audit(pair: Pair | None = None, checked: int = 2) -> AuditReport:
    facts = tuple(FACTS[:checked])
    groups = (("label", groups_by(facts, lambda _: "cat")),)
    return AuditReport(5, checked, facts, groups, (pair,) if pair else ())


def test_the_page_says_what_was_counted() -> None:
    page = Page(page_of())
    assert page.open == []
    for said in ("Pets", "4images", "3masks", "15.0 s", "cat", "2026-03-02", "2026-03-04 05:06"):
        assert said in page.text


def test_proposals_do_not_count_as_masks() -> None:
    waiting = replace(FACT, annotation_id=4, stage=Stage.AUTOMATIC, state=State.PROPOSED)
    statistics = project_statistics([*FACTS, waiting], 4, lambda _: "cat")
    text = Page(html_report("Pets", statistics)).text
    assert "3masks made or accepted by a person" in text
    assert "1proposals that wait" in text


def test_the_audit_says_the_shares_of_the_paper() -> None:
    text = Page(page_of(audit=audit())).text
    assert "2 of 5 masks" in text
    assert "50% of the pairs have an IoU above 0.9, 50% above 0.75" in text
    assert "have been looked at" in Page(page_of(audit=audit(checked=0))).text


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_name_can_put_anything_into_the_page(name: str, title: str) -> None:
    plain, odd = Page(page_of()), Page(page_of(name, title))
    assert odd.open == []
    assert odd.tags == plain.tags


def test_a_name_that_is_markup_is_shown_as_it_is() -> None:
    name = "<script>alert('x')</script><img src=x onerror=y>"
    page = page_of(name, audit=audit(Pair("data:image/jpeg;base64,AAAA", name)))
    assert "<script" not in page
    assert name in Page(page).text


def test_the_page_needs_nothing_else() -> None:
    pixels = np.zeros((*SIZE, 3), np.uint8)
    mask = Mask.from_window(np.ones((50, 60), np.bool_), 100, 80, *SIZE)
    page = Page(page_of(audit=audit(Pair(pair_picture(pixels, mask, mask), "a"))))
    assert page.sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert not page.tags & {"script", "link", "iframe", "object"}
    with pytest.raises(ValueError, match="data URI"):
        page_of(audit=audit(Pair("http://example.org/a.png", "a")))


def test_the_page_is_made_for_light_ground_and_for_dark_and_colours_follow() -> None:
    page = page_of()
    assert "prefers-color-scheme: dark" in page
    # A colour given to a shape by itself would stay as it is on dark ground.
    assert "fill='#" not in page
    assert "stroke='#" not in page


def test_a_histogram_says_how_many_and_ends_at_one() -> None:
    page = page_of(audit=audit())
    assert ">1</text>" in page
    assert "class='axis'" in page


def test_an_empty_folder_has_a_page_too() -> None:
    page = Page(html_report("Empty", project_statistics([], 0, str)))
    assert page.open == []
    assert "Nothing yet." in page.text


def decoded(uri: str) -> np.ndarray[tuple[int, int, int], np.dtype[np.int64]]:
    from base64 import b64decode

    data = b64decode(uri.removeprefix("data:image/jpeg;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)), np.int64)


def close_to(
    picture: np.ndarray[tuple[int, int, int], np.dtype[np.int64]], color: tuple[int, int, int]
) -> int:
    return int((np.abs(picture - color).sum(axis=2) < 150).sum())


def test_a_pair_is_shown_with_both_outlines() -> None:
    pixels = np.full((*SIZE, 3), 255, np.uint8)
    before = Mask.from_window(np.ones((50, 60), np.bool_), 100, 80, *SIZE)
    after = Mask.from_window(np.ones((60, 80), np.bool_), 110, 70, *SIZE)
    both = decoded(pair_picture(pixels, before, after))
    assert max(both.shape) == SIDE
    assert close_to(both, BEFORE) > 200
    assert close_to(both, AFTER) > 100
    gone = decoded(pair_picture(pixels, before, None))
    assert close_to(gone, AFTER) == 0


@pytest.mark.parametrize(
    "window", [(0, 0, 1, 1), (299, 199, 1, 1), (0, 0, 300, 200), (5, 5, 280, 1)]
)
def test_masks_at_the_edge_can_be_shown(window: tuple[int, int, int, int]) -> None:
    x, y, width, height = window
    mask = Mask.from_window(np.ones((height, width), np.bool_), x, y, *SIZE)
    assert max(decoded(pair_picture(np.zeros((*SIZE, 3), np.uint8), mask, None)).shape) == SIDE


def test_an_empty_mask_can_be_shown() -> None:
    empty = Mask.empty(*SIZE)
    assert decoded(pair_picture(np.zeros((*SIZE, 3), np.uint8), empty, empty)).size


NAMES = st.text(max_size=20)


@given(NAMES, NAMES)
def test_the_table_can_be_read_back(image: str, label: str) -> None:
    rows = [*csv.reader(io.StringIO(csv_of([replace(FACT, image=image)], {1: label})))]
    assert len(rows) == 2
    assert len(rows[0]) == len(rows[1]) == 12
    assert rows[1][7:] == ["900", "10.00", "2", "0.9500", "2026-03-01"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_the_table_holds_no_formulas(start: str) -> None:
    text = csv_of([replace(FACT, image=f"{start}cmd.jpg")], {1: f"{start}1"})
    assert text.splitlines()[1].startswith(f"'{start}cmd.jpg,1,'{start}1,")
