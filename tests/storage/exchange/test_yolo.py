"""YOLO's text files: what Ultralytics' rules and a second reader take, we write and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import supervision
from hypothesis import given
from hypothesis import strategies as st

from app.core.document import Document
from app.core.errors import Problem
from app.core.frozen import FrozenMap
from app.core.labels import Label, LabelSet
from app.core.mask import Mask
from app.core.prompt import Box, Point, Prompt
from app.core.unsegmented import Unsegmented
from app.storage.exchange import yolo, yolo_lines, yolo_names, yolo_write
from app.storage.exchange.images import Images
from app.storage.exchange.values import Export, ExportImage, Imported
from tests.storage.exchange.samples import (
    document_of,
    export_of,
    images_of_masks,
    label_names,
    ring,
    save_image,
    square,
)


def read(text: str, tmp_path: Path, names: str = "names: [cat, dog]") -> Imported:
    (tmp_path / "a.txt").write_text(text, "utf-8")
    (tmp_path / "data.yaml").write_text(names, "utf-8")
    return yolo.read(tmp_path, Images.of_sizes({"a.png": (10, 20)}))


def obeys_the_rules(line: str, classes: int) -> bool:
    """Ultralytics' rules: a class index, and a box or at least three corners, all in [0, 1]."""
    words = line.split()
    values = [float(word) for word in words[1:]]
    whole = len(values) == 4 or (len(values) >= 6 and len(values) % 2 == 0)
    return whole and 0 <= int(words[0]) < classes and all(0 <= value <= 1 for value in values)


def test_a_box_is_given_by_its_centre(tmp_path: Path) -> None:
    (found,) = read("1 0.5 0.5 0.2 0.4\n", tmp_path).images[0].objects
    assert (found.label, found.mask, found.score) == ("dog", None, None)
    assert found.box is not None
    assert found.box.xywh == pytest.approx((8, 3, 4, 4))


def test_a_polygon_covers_the_pixels_whose_centres_it_holds(tmp_path: Path) -> None:
    (found,) = read("0 0.1 0.1 0.2 0.1 0.2 0.4 0.1 0.4\n", tmp_path).images[0].objects
    assert found.mask is not None
    assert (found.mask.bounds, found.mask.area) == ((2, 1, 4, 4), 6)


@pytest.mark.parametrize("line", ["0 0.5 0.5 1 1 0.75", "0 0 0 1 0 1 1 0.75"])
def test_a_confidence_may_follow(tmp_path: Path, line: str) -> None:
    assert read(line, tmp_path).images[0].objects[0].score == 0.75


@pytest.mark.parametrize(
    "line",
    [
        "2 0.5 0.5 0.2 0.4",
        "-1 0.5 0.5 0.2 0.4",
        "0.5 0.5 0.5 0.2 0.4",
        "nan 0.5 0.5 0.2 0.4",
        "0 0.5 0.5 nan 0.4",
        "0 0.5 0.5 1e999 0.4",
        "0 100 50 30 40",
        "0 0.5 0.5",
        "0 0.5 0.5 0 0",
        "cat 0.5 0.5 0.2 0.4",
        "0",
        "9" * 5000 + " 0.5 0.5 0.2 0.4",
    ],
)
def test_a_bad_line_costs_itself_and_says_why(tmp_path: Path, line: str) -> None:
    found = read(f"{line}\n1 0.5 0.5 0.2 0.4", tmp_path)
    assert found.objects == 1
    (skip,) = found.skipped
    assert (skip.where, bool(skip.reason)) == ("a.txt, line 1", True)


def test_labels_without_an_image_are_reported(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("0 0.5 0.5 0.2 0.4", "utf-8")
    found = read("", tmp_path)
    assert [skip.where for skip in found.skipped] == ["b.txt"]


def test_labels_belong_to_the_image_at_the_same_place(tmp_path: Path) -> None:
    for split in ("train", "val"):
        folder = tmp_path / "labels" / split
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("0 0.5 0.5 0.2 0.4", "utf-8")
    (tmp_path / "notes.txt").write_text("not labels", "utf-8")
    sizes = {"images/train/a.jpg": (10, 20), "images/val/a.jpg": (10, 20)}
    found = yolo.read(tmp_path, Images.of_sizes(sizes))
    assert [image.name for image in found.images] == [*sizes]
    assert found.skipped == ()
    inside = yolo.read(tmp_path, Images.of_sizes({"train/a.jpg": (9, 9), "val/a.jpg": (9, 9)}))
    assert [image.name for image in inside.images] == ["train/a.jpg", "val/a.jpg"]


@pytest.mark.parametrize(
    "text",
    [
        "names: [cat, dog]",
        "names:\n  0: cat\n  1: dog\n",
        "nc: 2\nnames: ['cat', \"dog\"]  # two\n",
        "train: ../train\nnames:\n- cat\n- dog\n",
    ],
)
def test_names_are_read_in_every_spelling(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text, "utf-8")
    assert yolo_names.read_names(path) == {0: "cat", 1: "dog"}


def test_a_name_that_yaml_takes_for_no_stays_a_name(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("names: [no, 1, null]", "utf-8")
    assert yolo_names.read_names(path) == {0: "no", 1: "1", 2: "null"}


def test_tags_construct_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.yaml"
    path.write_text("names: !!python/object/apply:os.system [ls]", "utf-8")
    assert yolo_names.read_names(path) == {0: "ls"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "names: 3",
        "names: [[cat]]",
        "names: {x: cat}",
        "names: {-1: cat}",
        "a: &a [x, x]\nb: &b [*a, *a]\nnames: *b",
        "[" * 10_000,
        "names: [cat",
        "\0",
    ],
)
def test_a_hostile_list_of_names_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem, match="no class names"):
        yolo_names.read_names(path)


def test_names_cut_short_anywhere_are_names_or_a_problem(tmp_path: Path) -> None:
    data = yolo_names.yaml_of(LabelSet().with_added("cat: \"x\" 'y' # é"))
    path = tmp_path / "data.yaml"
    for end in range(len(data)):
        path.write_bytes(data[:end])
        try:
            assert yolo_names.read_names(path)[0]
        except Problem:
            continue


def test_classes_keep_the_indices_they_came_with(tmp_path: Path) -> None:
    dog, new, cat = (
        Label(2, "dog", "#111111", extra=FrozenMap({"yolo": {"index": 1}})),
        Label(3, "new", "#222222"),
        Label(4, "cat", "#333333", extra=FrozenMap({"yolo": {"index": 0}})),
    )
    labels = LabelSet((*LabelSet(), dog, new, cat), 5)
    by_index = {index: labels.label(key).name for key, index in yolo_names.indices(labels).items()}
    assert [by_index[index] for index in range(4)] == ["cat", "dog", "object", "new"]


def test_parts_and_holes_are_joined_and_the_painted_lines_measured(tmp_path: Path) -> None:
    parts = square(2, 0, 0).union(square(2, 4, 4))
    report = yolo_write.write(export_of(square(), parts, ring()), tmp_path)
    objects = yolo.read(tmp_path, Images.of_sizes({"a.jpg": (6, 6)})).images[0].objects
    assert [each.mask for each in objects] == [square(), parts, ring()]
    assert [loss.where for loss in report.losses] == ["a.jpg, object 2", "a.jpg, object 3"]
    assert report.losses[0].iou == pytest.approx(8 / 10)
    assert report.losses[1].iou <= 1


def test_boxes_tell_how_far_the_masks_fill_them(tmp_path: Path) -> None:
    document = document_of(square(), ring()).with_unsegmented(
        [Unsegmented(1, Prompt(box=Box(0, 0, 3, 2))), Unsegmented(1, Prompt.of(Point(1, 1)))]
    )
    export = Export(LabelSet(), [ExportImage("a.jpg", document)])
    report = yolo_write.write(export, tmp_path, boxes=True)
    assert [loss.iou for loss in report.losses] == [12 / 16]
    assert report.objects == 3
    assert [skip.reason for skip in report.skipped] == ["it has neither a mask nor a box"]
    objects = yolo.read(tmp_path, Images.of_sizes({"a.jpg": (6, 6)})).images[0].objects
    assert objects[2].box is not None
    assert objects[2].box.xywh == pytest.approx((0, 0, 3, 2), abs=1e-6)


def test_images_that_differ_in_their_suffix_only_cannot_both_be_written(tmp_path: Path) -> None:
    images = [ExportImage(name, document_of(ring())) for name in ("a.jpg", "a.png")]
    report = yolo_write.write(Export(LabelSet(), images), tmp_path)
    assert (report.images, [skip.where for skip in report.skipped]) == (1, ["a.png"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_supervision_reads_the_same_masks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)  # it would start a thread
    size = 40
    mask = square(20, 5, 10, size).union(square(6, 30, 2, size))
    path = save_image(tmp_path / "in" / "a.png", size, size)
    labels = LabelSet().with_added("cat")
    image = ExportImage("a.png", Document(size, size).with_added(mask, 2), path)
    out = tmp_path / "out"
    yolo_write.write(Export(labels, [image]), out, copy_images=True)
    read = supervision.DetectionDataset.from_yolo(
        str(out / "images"), str(out / "labels"), str(out / "data.yaml"), force_masks=True
    )
    assert read.classes == ["object", "cat"]
    ((_, _, found),) = list(read)
    assert found.mask is not None
    assert found.class_id is not None
    assert found.class_id.tolist() == [1]
    both = np.logical_and(found.mask[0], mask.to_array()).sum()
    # It paints outlines, so it adds a row and a column of pixels and the joining line.
    assert both == mask.area
    assert found.mask[0].sum() < mask.area * 1.25


@given(images_of_masks, label_names, st.booleans())
def test_any_masks_come_back_and_obey_the_rules(
    tmp_path_factory: pytest.TempPathFactory, masks: list[Mask], label: str, boxes: bool
) -> None:
    folder = tmp_path_factory.mktemp("yolo")
    labels = LabelSet().with_renamed(1, label)
    export = Export(labels, [ExportImage("sub/ü 1.jpg", document_of(*masks))])
    yolo_write.write(export, folder, boxes=boxes)
    text = (folder / "labels/sub/ü 1.txt").read_text("utf-8")
    assert all(obeys_the_rules(line, 1) for line in text.splitlines())
    found = yolo.read(folder, Images.of_sizes({"sub/ü 1.jpg": masks[0].size}))
    objects = found.images[0].objects
    full = [mask for mask in masks if mask.area]
    if boxes:
        assert [each.box.xywh for each in objects if each.box] == [
            pytest.approx(mask.bbox, abs=1e-6) for mask in full
        ]
    else:
        assert [each.mask for each in objects] == full
    assert {each.label for each in objects} <= {label.strip()}


BOX = "0 0.5 0.5 0.2 0.4"
POSE = "names: [cat]\nkpt_shape: [{}, {}]\n"


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        (f"{BOX} 0.4 0.4", (1, 2)),
        (f"{BOX} 0.4 0.4 0.6 0.6", (2, 2)),
        (f"{BOX} 0.4 0.4 2 0.6 0.6 1", (2, 3)),
        (f"{BOX} 0.4 0.4 0.6 0.6 0.9", (2, 2)),
        (f"{BOX} 0.4 0.4 0.6 0.6 0.9 17", (2, 2)),
        (f"{BOX} 0 0 0", (1, 3)),
    ],
)
def test_of_a_pose_the_box_is_taken_and_its_points_are_told(
    tmp_path: Path, line: str, shape: tuple[int, int]
) -> None:
    found = read(line, tmp_path, POSE.format(*shape))
    (each,) = found.images[0].objects
    assert each.mask is None
    assert each.box is not None
    assert each.box.xywh == pytest.approx((8, 3, 4, 4))
    reasons = [skip.reason for skip in found.skipped]
    assert reasons[0] == "the key points of 1 objects are not taken over"


def test_a_line_with_too_few_key_points_is_left_out_with_both_numbers(tmp_path: Path) -> None:
    found = read(f"{BOX} 0.4 0.4\n{BOX}\n", tmp_path, POSE.format(3, 2))
    assert found.objects == 1
    assert found.skipped[0].reason == "a line with 3 key points needs 11 values: 7 values given"


@pytest.mark.parametrize(
    ("text", "boxes", "masks", "score"),
    [
        (f"{BOX} 7", 1, 0, None),
        (f"{BOX} 0.9 7", 1, 0, 0.9),
        (f"{BOX} 0.9 1\n{BOX} 0.9 2", 2, 0, 0.9),
        ("0 0 0 1 0 1 1 0 1 0.9 12", 0, 1, 0.9),
        ("0 0 0 1 0 1 1 0 1 12", 0, 1, None),
    ],
)
def test_numbers_of_tracks_are_no_corners(
    tmp_path: Path, text: str, boxes: int, masks: int, score: float | None
) -> None:
    found = read(text, tmp_path)
    objects = found.images[0].objects
    assert sum(each.box is not None for each in objects) == boxes
    assert sum(each.mask is not None for each in objects) == masks
    assert {each.score for each in objects} == {score}
    assert [skip.reason for skip in found.skipped] == [
        f"the track numbers of {boxes + masks} objects are not taken over"
    ]


@pytest.mark.parametrize(
    "line",
    [
        f"{BOX} 0.9 1",
        f"{BOX} 0.4 0.4 2",
        f"{BOX} 0.4 0.4 1",
        f"{BOX} 0.4 0.4 2 0.6 0.6 0",
        f"{BOX} 1.5",
        "0,0.5,0.5,0.2,0.4",
    ],
)
def test_a_line_that_may_be_two_things_or_none_is_left_out(tmp_path: Path, line: str) -> None:
    found = read(line, tmp_path)
    assert (found.objects, len(found.skipped)) == (0, 1)


def test_turned_boxes_are_taken_as_the_boxes_around_them(tmp_path: Path) -> None:
    found = read("0 0.5 0.1 0.7 0.5 0.5 0.9 0.3 0.5\n0 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2", tmp_path)
    boxes = [each.box.xywh for each in found.images[0].objects if each.box]
    assert boxes == [pytest.approx((6, 1, 8, 8)), pytest.approx((2, 1, 2, 1))]
    assert [skip.reason for skip in found.skipped] == [
        "2 turned boxes are taken over as the boxes around them"
    ]


def test_four_corners_that_lie_straight_are_a_polygon(tmp_path: Path) -> None:
    found = read("0 0.1 0.1 0.2 0.1 0.2 0.4 0.1 0.4", tmp_path)
    assert found.images[0].objects[0].mask is not None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_no_encoding_costs_the_labels(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes(f"{BOX}\n".encode(encoding))
    (tmp_path / "classes.txt").write_bytes("café\n".encode(encoding))
    found = yolo.read(tmp_path, Images.of_sizes({"a.png": (10, 20)}))
    assert [each.label for each in found.images[0].objects] == ["café"]
    assert ["Latin-1" in skip.reason for skip in found.skipped] == [True] * (encoding == "latin-1")


def test_a_class_name_that_is_given_twice_is_one_label(tmp_path: Path) -> None:
    found = read(f"{BOX}\n1{BOX[1:]}\n", tmp_path, "names: [cat, cat]")
    assert [each.label for each in found.images[0].objects] == ["cat", "cat"]
    assert [each.name for each in found.categories] == ["cat"]


@given(
    st.lists(st.floats(-2, 20) | st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.0]), max_size=60),
    st.none() | st.tuples(st.integers(1, 20), st.sampled_from([2, 3])),
    st.booleans(),
)
def test_any_numbers_are_a_shape_inside_the_image_or_refused(
    numbers: list[float], key_points: tuple[int, int] | None, tracked: bool
) -> None:
    values = np.array(numbers, float)
    layout = yolo_lines.layout_of([values], key_points, tracked=tracked)
    try:
        parsed = yolo_lines.parse(values, layout)
    except ValueError:
        return
    assert parsed.shape.shape == (4,) or parsed.shape.shape[1:] == (2,)
    assert (np.abs(parsed.shape - 0.5) <= 0.5 + yolo_lines.SLACK * 2).all()
    assert parsed.score is None or 0 <= parsed.score <= 1
