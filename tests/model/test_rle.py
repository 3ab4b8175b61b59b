from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as coco

from model import rle
from model.rle.text import counts_to_values, values_to_counts

# pycocotools' decode predates numpy 2's rule for __array__.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Bool = npt.NDArray[np.bool_]

SIDES = st.integers(0, 14)
MASKS = st.tuples(SIDES, SIDES).flatmap(lambda size: arrays(np.bool_, size))
FILLED = st.tuples(st.integers(1, 14), st.integers(1, 14)).flatmap(lambda s: arrays(np.bool_, s))
PAIRS = st.tuples(SIDES, SIDES).flatmap(
    lambda size: st.tuples(arrays(np.bool_, size), arrays(np.bool_, size))
)


def coco_counts(mask: Bool) -> str:
    encoded: dict[str, Any] = coco.encode(np.asfortranarray(mask.view(np.uint8)))
    return str(encoded["counts"].decode("ascii"))


def rows(*lines: str) -> Bool:
    return np.array([[letter == "#" for letter in line] for line in lines])


@pytest.mark.parametrize(
    ("mask", "runs", "counts"),
    [
        (rows(".....", ".###.", ".###.", "....."), [5, 2, 2, 2, 2, 2, 5], "5220003"),
        (rows("#....", ".....", ".....", "....."), [0, 1, 19], "01c0"),
        (np.zeros((4, 5), np.bool_), [20], "d0"),
        (np.ones((4, 5), np.bool_), [0, 20], "0d0"),
        (
            rows("......", ".####.", ".#..#.", ".#..#.", ".####.", "......"),
            [7, 4, 2, 1, 2, 1, 2, 1, 2, 1, 2, 4, 7],
            "742M000000035",
        ),
        (np.zeros((0, 5), np.bool_), [0], "0"),
    ],
)
def test_known_masks_have_the_known_runs_and_counts(
    mask: Bool, runs: list[int], counts: str
) -> None:
    assert rle.encode(mask).tolist() == runs
    assert rle.to_counts(rle.encode(mask)) == counts
    assert rle.from_counts(counts, *mask.shape).tolist() == runs


@given(FILLED)
def test_counts_are_byte_for_byte_those_of_pycocotools(mask: Bool) -> None:
    assert rle.to_counts(rle.encode(mask)) == coco_counts(mask)


@pytest.mark.parametrize("size", [(301, 203), (1024, 1024), (1, 4000), (4000, 1)])
@pytest.mark.parametrize("kind", ["blob", "noise", "stripes", "full", "corner"])
def test_counts_of_large_masks_are_those_of_pycocotools(size: tuple[int, int], kind: str) -> None:
    mask = large_mask(kind, *size)
    runs = rle.encode(mask)
    counts = coco_counts(mask)
    assert rle.to_counts(runs) == counts
    assert np.array_equal(rle.from_counts(counts, *size), runs)
    decoded: npt.NDArray[np.uint8] = coco.decode({"size": list(size), "counts": counts})
    assert np.array_equal(rle.decode(runs, *size), decoded.astype(np.bool_))


def large_mask(kind: str, height: int, width: int) -> Bool:
    y, x = np.mgrid[:height, :width]
    match kind:
        case "blob":
            return np.asarray((x - width / 2) ** 2 + (y - height / 3) ** 2 < (height * width) / 9)
        case "noise":
            return np.random.default_rng(5).random((height, width)) < 0.5
        case "stripes":
            return np.asarray((x // 3 + y // 2) % 2 == 1)
        case "full":
            return np.ones((height, width), np.bool_)
        case _:
            return np.asarray((x == width - 1) & (y == height - 1))


@given(MASKS)
def test_decoding_gives_the_encoded_mask_back(mask: Bool) -> None:
    decoded = rle.decode(rle.encode(mask), *mask.shape)
    assert decoded.shape == mask.shape
    assert np.array_equal(decoded, mask)


@given(FILLED)
def test_memory_order_and_strides_of_the_array_do_not_matter(mask: Bool) -> None:
    runs = rle.encode(mask).tolist()
    wide = np.repeat(np.repeat(mask, 2, axis=0), 3, axis=1)
    assert rle.encode(np.asfortranarray(mask)).tolist() == runs
    assert rle.encode(wide[::2, ::3]).tolist() == runs
    assert rle.encode(mask.view(np.uint8)).tolist() == runs


@given(FILLED)
def test_area_and_box_are_those_of_pycocotools(mask: Bool) -> None:
    runs = rle.encode(mask)
    theirs = {"size": list(mask.shape), "counts": coco_counts(mask)}
    assert rle.area(runs) == int(coco.area(theirs))
    assert rle.bbox(runs, mask.shape[0]) == tuple(coco.toBbox(theirs))


@given(MASKS)
def test_bounds_enclose_the_foreground_and_nothing_more(mask: Bool) -> None:
    ys, xs = np.nonzero(mask)
    expected = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) else None
    assert rle.bounds(rle.encode(mask), mask.shape[0]) == expected


@given(PAIRS)
def test_set_operations_on_runs_are_those_on_pixels(pair: tuple[Bool, Bool]) -> None:
    a, b = pair
    first, second = rle.encode(a), rle.encode(b)
    assert np.array_equal(rle.union(first, second), rle.encode(a | b))
    assert np.array_equal(rle.intersection(first, second), rle.encode(a & b))
    assert np.array_equal(rle.difference(first, second), rle.encode(a & ~b))
    assert np.array_equal(rle.symmetric_difference(first, second), rle.encode(a ^ b))
    assert np.array_equal(rle.union_of([first, second], *a.shape), rle.encode(a | b))
    assert rle.intersection_area(first, second) == np.count_nonzero(a & b)


@given(PAIRS)
def test_iou_is_the_share_of_common_pixels(pair: tuple[Bool, Bool]) -> None:
    a, b = pair
    joined = np.count_nonzero(a | b)
    expected = np.count_nonzero(a & b) / joined if joined else 0.0
    assert rle.iou(rle.encode(a), rle.encode(b)) == expected


def test_iou_is_that_of_pycocotools() -> None:
    a, b = large_mask("blob", 90, 70), large_mask("noise", 90, 70)
    theirs = [{"size": [90, 70], "counts": coco_counts(mask)} for mask in (a, b)]
    ours = rle.iou(rle.encode(a), rle.encode(b))
    assert ours == pytest.approx(float(coco.iou(theirs[:1], theirs[1:], [0])[0, 0]), abs=1e-12)


def test_masks_of_different_sizes_cannot_be_combined() -> None:
    with pytest.raises(ValueError, match="12 and 20 pixels"):
        rle.union(np.array([12]), np.array([20]))


@given(MASKS, st.data())
def test_a_window_is_what_slicing_the_decoded_mask_gives(mask: Bool, data: st.DataObject) -> None:
    height, width = mask.shape
    x0, y0 = data.draw(st.integers(0, width)), data.draw(st.integers(0, height))
    x1, y1 = data.draw(st.integers(x0, width)), data.draw(st.integers(y0, height))
    stride = data.draw(st.integers(1, 5))
    runs = rle.encode(mask)
    expected = mask[y0:y1:stride, x0:x1:stride]
    shown = rle.decode_window(runs, height, width, (x0, y0, x1, y1), stride)
    assert shown.shape == expected.shape
    assert np.array_equal(shown, expected)
    cut = rle.window(runs, height, width, (x0, y0, x1, y1), stride)
    assert cut.tolist() == rle.encode(expected).tolist()


@pytest.mark.parametrize(
    ("box", "stride"),
    [
        ((-1, 0, 2, 2), 1),
        ((0, 0, 6, 2), 1),
        ((3, 0, 2, 2), 1),
        ((0, 0, 2, 5), 1),
        ((0, 0, 1, 1), 0),
    ],
)
def test_a_window_outside_the_image_is_refused(box: rle.Bounds, stride: int) -> None:
    with pytest.raises(ValueError, match="not inside 5 x 4"):
        rle.window(np.array([20]), 4, 5, box, stride)


@given(MASKS, st.data())
def test_a_window_put_into_an_image_leaves_the_rest_background(
    mask: Bool, data: st.DataObject
) -> None:
    left, above, right, below = (data.draw(st.integers(0, 4)) for _ in range(4))
    image = np.pad(mask, ((above, below), (left, right)))
    runs = rle.encode_window(mask, left, above, *image.shape)
    assert runs.tolist() == rle.encode(image).tolist()
    turned = rle.encode_window(np.asfortranarray(mask), left, above, *image.shape)
    assert turned.tolist() == runs.tolist()


def test_a_window_that_leaves_the_image_is_refused() -> None:
    with pytest.raises(ValueError, match="leave the 5 x 4"):
        rle.encode_window(np.ones((2, 2), np.bool_), 4, 0, 4, 5)


@given(st.lists(st.integers(0, 60), max_size=40))
@example([0, 0, 0])
@example([])
@example([0, 0, 3, 0, 0, 2])
def test_runs_with_zero_lengths_survive_and_have_one_canonical_form(lengths: list[int]) -> None:
    total = sum(lengths)
    runs = np.array(lengths, np.int64)
    if len(lengths) > total + 1:
        with pytest.raises(ValueError, match="too many"):
            rle.checked_runs(runs, 1, total)
        return
    assert rle.from_counts(rle.to_counts(runs), total, 1).tolist() == lengths
    assert rle.canonical(runs).tolist() == rle.encode(rle.decode(runs, total, 1)).tolist()


@given(st.lists(st.integers(0, 2**23), min_size=1, max_size=12))
def test_counts_of_any_runs_are_those_of_pycocotools(lengths: list[int]) -> None:
    # Longer runs can need six characters each, which leaves its buffer no room for the final zero.
    theirs = coco.frPyObjects({"size": [1, sum(lengths)], "counts": lengths}, 1, sum(lengths))
    assert rle.to_counts(np.array(lengths, np.int64)) == theirs["counts"].decode("ascii")


@given(st.lists(st.integers(-(2**34), 2**34 - 1)))
def test_numbers_of_every_length_survive_the_text_form(values: list[int]) -> None:
    text = values_to_counts(np.array(values, np.int64))
    assert counts_to_values(text).tolist() == values


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ("", "cover 0 pixels"),
        ("d", "cut off"),
        ("5220003P", "cut off"),
        ("5220002", "cover 19 pixels"),
        ("52200031", "cover"),
        ("5 220003", "outside"),
        ("5220003\n", "outside"),
        ("p0", "outside"),
        ("\x00", "outside"),
        ("d0\u00e9", "ASCII"),
        ("\ud800", "ASCII"),
        ("PPPPPPPP0", "too long"),
        ("o" * 300, "too long"),
        ("oooooo?", "larger than any mask"),
        ("O", "shorter than 0"),
        ("0" * 22 + "d0", "too many"),
    ],
)
def test_damaged_counts_are_refused_with_the_reason(counts: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rle.from_counts(counts, 4, 5)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F), max_size=60), SIDES, SIDES)
def test_any_text_is_a_mask_or_a_value_error(counts: str, height: int, width: int) -> None:
    try:
        runs = rle.from_counts(counts, height, width)
    except ValueError:
        return
    assert rle.decode(runs, height, width).shape == (height, width)
    assert rle.area(runs) == np.count_nonzero(rle.decode(runs, height, width))


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([5, -1, 16], "shorter than 0"),
        ([5, 2], "cover 7"),
        ([5, 2, 14], "cover 21"),
        ([2**62, 2**62, 2**62, 2**62, 20], "longer than"),
        ([2**70], "whole numbers"),
        ([20.0], "whole numbers"),
        ([float("nan")], "whole numbers"),
        ([True], "whole numbers"),
        (["20"], "whole numbers"),
        ([None], "whole numbers"),
        ([[20]], "whole numbers"),
        ([[1], [2, 3]], "whole numbers"),
        (20, "whole numbers"),
        ([0] * 22 + [20], "too many"),
        ([], "cover 0"),
    ],
)
def test_lengths_that_are_no_mask_are_refused_with_the_reason(runs: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rle.checked_runs(runs, 4, 5)


@pytest.mark.parametrize(
    "size",
    [(-1, 5), (10**6, 10**6), (2**63, 1), (2**40, 0), (1.0, 20), ("4", 5), (True, 20), (None, 5)],
)
def test_sizes_that_no_image_has_are_refused(size: Any) -> None:
    with pytest.raises(ValueError, match="mask size"):
        rle.from_counts("d0", *size)


@pytest.mark.parametrize(
    "mask",
    [
        np.zeros((2, 3, 1), np.bool_),
        np.zeros(6, np.bool_),
        np.full((2, 3), 255, np.uint8),
        np.zeros((2, 3), np.float32),
    ],
)
def test_arrays_that_are_no_mask_are_refused(mask: Any) -> None:
    with pytest.raises(ValueError, match="mask"):
        rle.encode(mask)


def test_the_largest_size_is_encoded_without_touching_its_pixels() -> None:
    runs = np.array([rle.MAX_PIXELS - 1, 1])
    assert rle.from_counts(rle.to_counts(runs), 1 << 15, 1 << 15).tolist() == runs.tolist()
    assert rle.bounds(runs, 1 << 15) == (32767, 32767, 32768, 32768)
    corner = (32766, 32766, 32768, 32768)
    assert rle.decode_window(runs, 1 << 15, 1 << 15, corner).tolist() == [
        [False, False],
        [False, True],
    ]
