"""Pascal VOC's XML: boxes to the pixel, every other field kept, nothing expanded or fetched."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import supervision
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import voc, xml
from app.storage.exchange.images import Images
from app.storage.exchange.importing import plan_import
from app.storage.exchange.records import REFUSALS, Records
from app.storage.exchange.values import (
    Export,
    ExportImage,
    Imported,
    ImportedImage,
    ImportedObject,
)
from tests.storage.exchange.samples import (
    document_of,
    export_of,
    images_of_masks,
    label_names,
    ring,
    save_image,
    square,
    survives,
)

DOG = """<annotation>
  <folder>VOC2012</folder><filename>a.jpg</filename>
  <source><database>The VOC2012 Database</database></source>
  <size><width>500</width><height>375</height><depth>3</depth></size>
  <object>
    <name>dog</name><pose>Left</pose><truncated>1</truncated>
    <bndbox><xmin>1</xmin><ymin>240</ymin><xmax>195</xmax><ymax>371</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>5</xmin></bndbox></part>
  </object>
</annotation>"""
LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol1 "&lol;&lol;&lol;&lol;&lol;&lol;">]><annotation>&lol1;</annotation>"""
FILE = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation>&x;</annotation>'


def parse(text: str, records: Records | None = None) -> ImportedImage:
    return voc.parse(text.encode(), "a.xml", records or Records())


def test_pixels_are_counted_from_one_and_the_last_is_inside() -> None:
    image = parse(DOG)
    (found,) = image.objects
    assert (image.name, image.size, found.label) == ("a.jpg", (375, 500), "dog")
    assert found.box == Box(0, 239, 195, 371)


def test_other_fields_survive_the_way_through(tmp_path: Path) -> None:
    image = parse(DOG)
    (found,) = image.objects
    labels = LabelSet().with_added("dog")
    document = Document(375, 500, extra=image.extra).with_unsegmented(
        [Unsegmented(2, Prompt(box=found.box), extra=found.extra)]
    )
    voc.write(Export(labels, [ExportImage("a.jpg", document)]), tmp_path)
    (back,) = voc.read(tmp_path).images
    assert back.name == "JPEGImages/a.jpg"
    assert (back.extra, back.objects[0].box) == (image.extra, found.box)
    fields = found.extra["voc"]
    assert {*back.objects[0].extra["voc"]["fields"]} >= {*fields["fields"]}  # type: ignore[index]


@pytest.mark.parametrize("text", [LAUGHS, FILE, "", "<a>", "<a/>", "<a>" * 1000, "{}", "\0"])
def test_hostile_xml_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^its? "):
        parse(text)


@pytest.mark.parametrize("corner", ["nan", "inf", "1e999", "", "x", "-1e300", "9" * 5000])
def test_a_bad_object_costs_itself_and_says_why(corner: str) -> None:
    records = Records()
    image = parse(DOG.replace("<xmax>195", f"<xmax>{corner}"), records)
    assert image.objects == ()
    (skip,) = records.skipped
    assert skip.where == "object 1"


@pytest.mark.parametrize("size", ["-5", "0", "1e3", "9" * 5000, "x", "²"])
def test_an_impossible_size_is_as_none(size: str) -> None:
    assert parse(DOG.replace("<width>500", f"<width>{size}")).size is None


def test_a_file_cut_short_anywhere_is_refused() -> None:
    survives(parse_bytes, DOG.encode(), *REFUSALS)


def parse_bytes(data: bytes) -> object:
    return voc.parse(data, "a.xml", Records())


def test_a_file_that_is_something_else_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text("<html/>", "utf-8")
    with pytest.raises(Problem, match="not <annotation>"):
        voc.read(path)


def test_the_report_tells_how_far_masks_fill_their_boxes(tmp_path: Path) -> None:
    report = voc.write(export_of(square(), ring()), tmp_path)
    assert [(loss.where, loss.iou) for loss in report.losses] == [("a.jpg, object 2", 12 / 16)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_supervision_reads_the_same_boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)  # it would start a thread
    path = save_image(tmp_path / "in" / "a.png")
    image = ExportImage("a.png", document_of(square(2, 0, 0), square(3, 3, 3)), path)
    out = tmp_path / "out"
    voc.write(Export(LabelSet(), [image]), out, copy_images=True)
    read = supervision.DetectionDataset.from_pascal_voc(
        str(out / "JPEGImages"), str(out / "Annotations")
    )
    ((_, _, found),) = list(read)
    assert found.xyxy.tolist() == [[0, 0, 2, 2], [3, 3, 6, 6]]


@given(images_of_masks, label_names)
def test_any_boxes_come_back(
    tmp_path_factory: pytest.TempPathFactory, masks: list[Mask], label: str
) -> None:
    folder = tmp_path_factory.mktemp("voc")
    labels = LabelSet().with_renamed(1, label)
    export = Export(labels, [ExportImage("a & <b>.jpg", document_of(*masks))])
    voc.write(export, folder)
    (image,) = voc.read(folder).images
    assert [each.box.xywh for each in image.objects if each.box] == [
        mask.bbox for mask in masks if mask.area
    ]
    assert {each.label for each in image.objects} <= {label.strip()}


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=30))
def test_any_text_survives_xml(text: str) -> None:
    element = xml.parse(xml.to_bytes("a", [["b", text], ["c", [["d", text]]]]))
    assert element.plain() == ["a", [["b", text], ["c", [["d", text]]]]]


def test_a_set_names_the_images_for_readers_that_look_nowhere_else(tmp_path: Path) -> None:
    images = [ExportImage(name, document_of(square())) for name in ("a.jpg", "in/b c.png")]
    report = voc.write(Export(LabelSet(), images), tmp_path)
    listed = tmp_path / "ImageSets" / "Main" / "default.txt"
    assert listed.read_text("utf-8") == "a\nin/b c\n"
    assert listed in report.files


HEAD = "<annotation><filename>{}</filename>"
CAT = (
    "<object><name>{}</name><bndbox><xmin>2</xmin><ymin>2</ymin><xmax>4</xmax><ymax>4</ymax>"
    "</bndbox></object>"
)


@pytest.mark.parametrize(
    ("data", "label", "told"),
    [
        (b"\xef\xbb\xbf" + DOG.encode(), "dog", ""),
        (b"\n  " + DOG.encode(), "dog", ""),
        ('<?xml version="1.0" encoding="UTF-16"?>' + HEAD + CAT.format("é"), "é", ""),
        (
            ('<?xml version="1.0" encoding="ISO-8859-1"?>' + HEAD + CAT).format("a", "é"),
            "é",
            "",
        ),
        (("<?xml version='1.0' encoding='GBK'?>" + HEAD + CAT).format("a", "猫"), "猫", ""),
        ((HEAD + CAT).format("a", "é").encode("latin-1") + b"</annotation>", "é", "Latin-1"),
        ((HEAD + CAT).format("a", "cat & dog"), "cat & dog", "does not allow"),
        ((HEAD + CAT).format("a", "\x01cat"), "cat", "does not allow"),
        ((HEAD + CAT + "<object><name>lost").format("a", "cat").encode(), "cat", "its damage"),
    ],
)
def test_odd_encodings_and_characters_cost_no_file(
    data: str | bytes, label: str, told: str
) -> None:
    if isinstance(data, str):
        name = next((each for each in ("UTF-16", "ISO-8859-1", "GBK") if each in data), "utf-8")
        data = f"{data}</annotation>".encode(name)
    records = Records()
    image = voc.parse(data, "a.xml", records)
    assert image.objects[0].label == label
    assert [told in skip.reason for skip in records.skipped] == ([True] if told else [])


def test_text_in_a_hundred_thousand_pieces_takes_time_in_its_length() -> None:
    name = "x" * 200_000
    data = f"<annotation><filename>{'x&#120;' * 100_000}</filename></annotation>"
    begun = time.process_time()
    assert voc.parse(data.encode(), "a.xml", Records()).name == name
    assert time.process_time() - begun < 5


def test_boxes_that_reach_out_are_cut_and_those_outside_told() -> None:
    objects = tuple(
        ImportedObject("cat", box=box)
        for box in (Box(-0.01, 0, 6.01, 3), Box(-1, -1, 2, 2), Box(7, 7, 9, 9))
    )
    imported = Imported("voc", (ImportedImage("a.jpg", None, objects),))
    plan = plan_import(imported, Images.of_sizes({"a.jpg": (6, 6)}), LabelSet())
    (change,) = plan.changes
    boxes = [each.prompt.box for each in change.applied(Document(6, 6)).unsegmented]
    assert boxes == [Box(0, 0, 6, 3), Box(0, 0, 2, 2)]
    assert [skip.reason for skip in plan.skipped] == [
        "the box of an object of the label cat lies outside the image"
    ]
