"""Files that name their image by their own name only: an export comes back on just its images."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.core.document import Document
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange.formats import FORMATS
from app.storage.exchange.images import Images
from app.storage.exchange.importing import plan_import
from app.storage.exchange.matching import FileName, Matching
from app.storage.exchange.values import Export, ExportImage
from tests.storage.exchange.samples import square

PER_IMAGE = ("yolo", "semantic-png", "instance-png", "masks", "voc")
SIDE = 6


def exported(form: str, images: list[str], done: list[str], folder: Path) -> dict[str, Mask]:
    """The images that were written, of those ``done`` in a folder of ``images``."""
    masks = {name: square(2, at % 4, at // 4) for at, name in enumerate(images)}
    documents = {name: Document(SIDE, SIDE).with_added(masks[name], 1) for name in done}
    export = Export(LabelSet(), [ExportImage(name, documents[name]) for name in done])
    skipped = {skip.where for skip in FORMATS[form].write(export, folder).skipped}
    return {name: masks[name] for name in done if name not in skipped}


def imported(form: str, images: list[str], folder: Path) -> dict[str, list[tuple[float, ...]]]:
    """The box of what comes back on each image."""
    known = Images.of_sizes(dict.fromkeys(images, (SIDE, SIDE)))
    plan = plan_import(FORMATS[form].read(folder, known, None), known, LabelSet())
    found: dict[str, list[tuple[float, ...]]] = {}
    for change in plan.changes:
        document = change.applied(Document(*change.size))
        boxes = [tuple(float(side) for side in each.mask.bbox) for each in document]
        prompts = [each.prompt.box for each in document.unsegmented]
        boxes += [tuple(round(side) for side in box.xywh) for box in prompts if box is not None]
        found[change.name] = boxes
    return found


@pytest.mark.parametrize("form", PER_IMAGE)
@pytest.mark.parametrize(
    ("images", "done"),
    [
        (["a.jpg", "a.jpg.png", "b.tif.png"], ["a.jpg", "a.jpg.png", "b.tif.png"]),
        (["a.jpg", "a.jpg.png"], ["a.jpg.png"]),
        (["a.jpg", "sub/a.jpg", "images/a.jpg"], ["a.jpg", "sub/a.jpg", "images/a.jpg"]),
        (["x.jpg", "x/object_1.jpg", "x/other.jpg"], ["x.jpg", "x/object_1.jpg"]),
        (["classes.jpg", "train.jpg", "labels.jpg"], ["classes.jpg", "train.jpg", "labels.jpg"]),
        (["labels/a.jpg", "images/a.jpg"], ["labels/a.jpg", "images/a.jpg"]),
        (["a .jpg", "a..jpg", "a.b.c.jpeg"], ["a .jpg", "a..jpg", "a.b.c.jpeg"]),
        (["A.jpg", "a.png"], ["A.jpg"]),
    ],
)
def test_an_export_comes_back_on_its_own_images(
    form: str, images: list[str], done: list[str], tmp_path: Path
) -> None:
    written = exported(form, images, done, tmp_path)
    assert list(written) == done
    found = imported(form, images, tmp_path)
    assert set(found) == set(done)
    for name, boxes in found.items():
        assert boxes == [written[name].bbox]


def test_a_mask_of_an_image_or_of_an_object_is_told(tmp_path: Path) -> None:
    images = ["x.jpg", "x/object_1.jpg"]
    exported("masks", images, ["x.jpg"], tmp_path)
    known = Images.of_sizes(dict.fromkeys(images, (SIDE, SIDE)))
    (skip,) = FORMATS["masks"].read(tmp_path, known, None).skipped
    assert "may be the mask of" in skip.reason


NAMES = st.lists(
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "sub/", "images/", "labels/", "a/", "a.jpg/"]),
        st.sampled_from(
            ["a", "A", "a.jpg", "a.tif", "a ", "é", "e\u0301", "a_1", "object_1", "set1\\a", "1"]
        ),
        st.sampled_from([".jpg", ".png", ".JPG"]),
    ),
    min_size=1,
    max_size=5,
    unique=True,
)


@pytest.mark.parametrize("form", PER_IMAGE)
@settings(max_examples=30)
@given(names=NAMES, count=st.integers(1, 5))
def test_nothing_ever_comes_back_on_another_image(
    tmp_path_factory: pytest.TempPathFactory, form: str, names: list[str], count: int
) -> None:
    done = names[:count]
    folder = tmp_path_factory.mktemp(form)
    written = exported(form, names, done, folder)
    for name, boxes in imported(form, names, folder).items():
        assert name in written
        assert boxes == [written[name].bbox]


def found(images: list[str], *names: str) -> list[str]:
    matching = Matching(Images.of_sizes(dict.fromkeys(images, (1, 1))), map(FileName, names))
    told = []
    for name in names:
        try:
            told.append(matching.find(FileName(name)).name)
        except ValueError as error:
            told.append(f"{error}")
    return told


def test_a_name_that_keeps_the_suffix_is_taken_where_all_do() -> None:
    assert found(["a.jpg", "b.jpg"], "a.jpg", "b.jpg") == ["a.jpg", "b.jpg"]


def test_a_name_that_keeps_the_suffix_is_told_where_others_do_not() -> None:
    first, second = found(["a.jpg", "b.jpg"], "a", "b.jpg")
    assert first == "a.jpg"
    assert "named after their images without the suffix" in second


def test_two_readings_of_a_name_are_told() -> None:
    told = found(["a.jpg", "a.jpg.png", "b.jpg"], "a.jpg", "b.jpg")
    assert "may mean a.jpg.png or a.jpg" in told[0]
    assert told[1] == "b.jpg"


def test_of_several_files_for_one_image_only_that_at_its_path_is_taken() -> None:
    told = found(["a.jpg"], "train/a", "val/a")
    assert all("several images of the file may be a.jpg" in each for each in told)
    assert found(["a.jpg"], "a", "val/a")[0] == "a.jpg"


@given(st.text(st.characters(categories=("L", "M")), min_size=1, max_size=6))
def test_composed_and_decomposed_names_are_one(name: str) -> None:
    composed, apart = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))
    assume("." not in composed)
    assert found([f"{composed}.jpg"], apart) == [f"{composed}.jpg"]


def test_of_two_images_that_differ_in_composition_the_exact_one_is_taken() -> None:
    images = ["é.jpg", "e\u0301.jpg"]
    assert found(images, "é", "e\u0301") == images


def test_ten_thousand_images_of_one_base_name_are_told_apart_at_once() -> None:
    """Each step once: a search through all of them for each would be fifty million."""
    names = [f"d{number}/0.png" for number in range(10_000)]
    images = Images.of_sizes(dict.fromkeys(names, (1, 1)))
    assert [images.find(f"elsewhere/{name}").name for name in names] == names
    with pytest.raises(ValueError, match="may mean"):
        images.find("0.png")
