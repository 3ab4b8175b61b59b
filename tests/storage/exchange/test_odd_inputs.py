"""Odd names of images and labels, and odd boxes: left out aloud or written, the others go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange.exporting import write
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.images import Images
from app.storage.exchange.values import Export, ExportImage, ExportReport
from tests.storage.exchange.samples import document_of, label_names, ring, square

NAMES = (
    "set1\\0001.png",
    "n" * 251 + ".png",
    "ü" * 125 + ".png",
    "sub/" + "m" * 251 + ".png",
    "two\nlines.png",
    "\udcff.png",
    " blank .png",
    "100%.png",
    "a#b;c.png",
    "-.png",
    "..dots.png",
    "\u2028.png",
    "\u65e5\u672c.png",
    "../out.png",
    "a.json.png",
    "a.b.c.png",
)
NO_IMAGES = Images.of_sizes({})
BOXES = (
    Box(-9, -9, -1, -1),
    Box(7, 7, 9, 9),
    Box(-2.5, 1, 3.3, 99),
    Box(0.1, 0.2, 0.1 + 1e-12, 0.3),
    Box(0.1, 0.2, 5.3, 5.9),
    Box(-1e12, -1e12, 1e12, 1e12),
    Box(5.9999999999, 0, 6, 1),
)


def exported(form: str, folder: Path, *images: ExportImage, **options: object) -> ExportReport:
    target = folder / f"out{FORMATS[form].suffix}"
    labels = LabelSet().with_added("cat")
    return write(FORMATS[form], Export(labels, images), target, dict(options))


@pytest.mark.parametrize("form", FORMATS)
def test_an_odd_image_name_stops_nothing(tmp_path: Path, form: str) -> None:
    names = ["before.png", *NAMES, "zlast.png"]
    images = [ExportImage(name, document_of(ring())) for name in names]
    report = exported(form, tmp_path, *images)
    assert report.images + len(report.skipped) == len(names)
    assert report.objects == report.images
    left = {skip.where for skip in report.skipped}
    assert not left & {"before.png", "zlast.png", "100%.png", "-.png", "a.b.c.png"}
    assert [skip.reason for skip in report.skipped if "set1" in skip.where] == [
        "its name holds a backslash, which means a folder elsewhere: rename it"
    ]


@pytest.mark.parametrize("form", ["labelme", "isat", "sa1b", "voc"])
def test_a_name_as_long_as_can_be_is_exported_and_found_again(tmp_path: Path, form: str) -> None:
    names = ("n" * 251 + ".png", "n" * 250 + "m.png")
    report = exported(form, tmp_path, *(ExportImage(n, document_of(ring())) for n in names))
    assert (report.images, report.skipped) == (2, ())
    back = [image.name for image in FORMATS[form].read(tmp_path / "out", NO_IMAGES, None).images]
    assert sorted(name.split("/")[-1] for name in back) == sorted(names)


@pytest.mark.parametrize("form", FORMATS)
def test_an_odd_box_stops_nothing(tmp_path: Path, form: str) -> None:
    waiting = [Unsegmented(2, Prompt(box=box)) for box in BOXES]
    waiting += [Unsegmented(2, Prompt((Point(-3, 99),))), Unsegmented(7, Prompt(box=BOXES[4]))]
    image = ExportImage("a.png", document_of(square()).with_unsegmented(waiting))
    options = {"boxes": True} if form == "yolo" else {}
    report = exported(form, tmp_path, image, ExportImage("b.png", document_of(ring())), **options)
    assert report.images == 2
    assert report.objects + len(report.skipped) == 2 + len(waiting)


@pytest.mark.parametrize("form", FORMATS)
def test_masks_without_pixels_are_never_exported(tmp_path: Path, form: str) -> None:
    report = exported(form, tmp_path, ExportImage("a.png", document_of(Mask.empty(6, 6), ring())))
    assert (report.objects, [skip.reason for skip in report.skipped]) == (1, ["its mask is empty"])


@pytest.mark.parametrize("form", FORMATS)
def test_two_labels_of_one_name_stop_nothing(tmp_path: Path, form: str) -> None:
    # What is left of a removed label is called as another label happens to be.
    labels = LabelSet().with_added("label 9")
    document = document_of(square(), label=2).with_added(square(1, 4, 4), 9)
    report = write(
        FORMATS[form],
        Export(labels, [ExportImage("a.png", document), ExportImage("b.png", Document(6, 6))]),
        tmp_path / f"out{FORMATS[form].suffix}",
    )
    assert report.images + len(report.skipped) >= 2


@pytest.mark.parametrize("form", FORMATS)
@given(names=st.lists(label_names, min_size=1, max_size=4, unique_by=str.strip))
@settings(max_examples=15, deadline=None)
def test_any_label_names_stop_nothing(
    tmp_path_factory: pytest.TempPathFactory, form: str, names: list[str]
) -> None:
    labels, document = LabelSet(), Document(6, 6)
    for place, name in enumerate(each for each in names if each.strip() != "object"):
        labels = labels.with_added(name)
        document = document.with_added(square(1, place, place), labels.labels[-1].id)
    folder = tmp_path_factory.mktemp("out")
    export = Export(labels, [ExportImage("a.png", document)])
    assert write(FORMATS[form], export, folder / f"o{FORMATS[form].suffix}").images == 1
