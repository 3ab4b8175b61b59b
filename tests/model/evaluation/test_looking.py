"""Close-ups in the click protocol: where they are taken is told by clicks and answers alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from model.close_up import contains, holds, runs_into_edge, window_around, window_for_view
from model.evaluation.course import click_object
from model.evaluation.looking import Close, Looking
from model.interface import Embedding, Prediction, Prompt, RuntimeReport
from model.prompt_arrays import answer, checked_features, checked_prompt
from model.transforms import PixelWindow, Transform, checked_image

HEIGHT, WIDTH, SIDE, CELLS = 300, 400, 64, 16


class DiscModel:
    """A disc around the newest positive point, of the size of ``cells`` low-res cells."""

    variant = identity = image_identity = "discs"
    input_size = SIDE
    logits_size = (CELLS, CELLS)
    report = RuntimeReport("numpy", "cpu", "float32", "a test")

    def __init__(self, cells: float = 2) -> None:
        self.cells = cells
        self.seen: list[PixelWindow | None] = []
        self.asked: list[tuple[PixelWindow | None, Prompt]] = []

    def embed(
        self, image: npt.NDArray[np.uint8], cancelled: Callable[[], bool] | None = None,
        window: PixelWindow | None = None,
    ) -> Embedding:  # fmt: skip
        self.seen.append(window)
        return Embedding({}, Transform(checked_image(image).shape[:2], SIDE, window), "discs")

    def decode(
        self, embedding: Embedding, prompt: Prompt, multimask: bool | None = None
    ) -> Prediction:
        checked_features(embedding, {}, self.variant, self.identity)
        checked_prompt(prompt, embedding.transform, self.logits_size)
        self.asked.append((embedding.window, prompt))
        positive = prompt.points[prompt.labels == 1] if prompt.box is None else prompt.box[None, :2]
        x, y = embedding.transform.to_input(positive[-1]) * CELLS / SIDE
        rows, columns = np.mgrid[:CELLS, :CELLS] + 0.5
        logits = (self.cells - np.hypot(columns - x, rows - y)).astype(np.float32)[None]
        score = np.ones(1, np.float32)
        return answer(logits, score, embedding.transform)

    def decode_batch(
        self, embedding: Embedding, prompts: Sequence[Prompt], multimask: bool | None = None
    ) -> list[Prediction]:
        return [self.decode(embedding, prompt, multimask) for prompt in prompts]


IMAGE: npt.NDArray[np.uint8] = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def wanted(radius: int = 8, x: int = 200, y: int = 150) -> npt.NDArray[np.bool_]:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 < radius**2)


def windows_asked(model: DiscModel, close: Close, clicks: int = 3) -> list[PixelWindow | None]:
    """What was looked at for each click, the box at the end aside."""
    embedding = model.embed(IMAGE)
    looking = Looking(model, embedding, IMAGE, close)
    mask = wanted()
    found, last = mask, None
    for number in range(1, clicks + 1):
        points = np.array([[200, 150], [203, 150], [200, 152]][:number], np.float32)
        last = looking.ask(Prompt(points=points, labels=np.ones(number, np.int64)), last, found)
        found = last.mask()
    return [window for window, _ in model.asked]


def test_without_it_the_whole_image_is_looked_at() -> None:
    assert windows_asked(DiscModel(), Close()) == [None, None, None]


def test_from_the_second_click_on_it_looks_around_the_answer() -> None:
    first, second, third = windows_asked(DiscModel(1), Close(after_answer=True))
    assert first is None
    assert second is not None
    assert second == third
    assert contains(second, (HEIGHT, WIDTH), (190, 140, 210, 160))


def test_somebody_who_has_zoomed_in_is_answered_from_near_by_at_once() -> None:
    model = DiscModel()
    windows = windows_asked(model, Close(zoom=4))
    assert windows[0] == (150, 100, 250, 200)
    assert windows == [windows[0]] * 3
    assert len(model.seen) == 2


def test_an_answer_cut_off_is_asked_of_the_whole_image() -> None:
    windows = windows_asked(DiscModel(9), Close(zoom=4), clicks=1)
    assert windows == [(150, 100, 250, 200), None]


def test_a_large_answer_is_looked_at_as_a_whole() -> None:
    assert windows_asked(DiscModel(5), Close(after_answer=True)) == [None, None, None]


def test_the_logits_move_with_the_window() -> None:
    model = DiscModel(1)
    windows_asked(model, Close(after_answer=True))
    window, prompt = model.asked[1]
    assert prompt.logits is not None
    assert prompt.logits_of == Transform((HEIGHT, WIDTH), SIDE, window)
    # The disc of one cell of the whole image is several cells from near by.
    assert np.count_nonzero(prompt.logits > 0) > 8


def test_small_objects_gain_in_the_protocol() -> None:
    model = DiscModel(1.5)
    embedding, mask = model.embed(IMAGE), wanted(10)
    plain = click_object(model, embedding, mask, most=3)
    looking = Looking(model, embedding, IMAGE, Close(zoom=4))
    near = click_object(model, embedding, mask, most=3, looking=looking)
    assert near.ious[0] > plain.ious[0] + 0.2


def test_a_zoom_that_shows_less_is_refused() -> None:
    with pytest.raises(ValueError, match="zooms in more than once"):
        Close(zoom=0.5)


@pytest.mark.parametrize("seed", range(40))
def test_a_view_lies_in_its_window_whatever_it_is(seed: int) -> None:
    draw = np.random.default_rng(seed)
    w, h = draw.integers(5, 1500, 2).tolist()
    x, y = int(draw.integers(0, 4000 - w)), int(draw.integers(0, 3000 - h))
    view = (x, y, x + w, y + h)
    window = window_for_view(view, (3000, 4000), 384)
    assert window is not None
    assert holds(window, view, 384)
    assert max(window[2] - window[0], window[3] - window[1]) <= max(1.6 * max(w, h), 97)


def test_windows_stay_inside_the_image() -> None:
    assert window_around((0, 0, 20, 20), (300, 400), 64) == (0, 0, 32, 32)
    assert window_around((380, 280, 400, 300), (300, 400), 64) == (368, 268, 400, 300)
    assert window_around((0, 0, 60, 60), (80, 400), 64) == (0, 0, 96, 80)
    assert window_around((0, 0, 210, 200), (300, 400), 64) == (0, 0, 336, 300)
    assert window_around((0, 0, 215, 200), (300, 400), 64) is None


def test_a_quick_model_looks_closer_at_images_of_which_it_sees_every_pixel() -> None:
    assert window_around((0, 0, 20, 20), (200, 256), 384) == (0, 0, 96, 96)
    assert window_around((0, 0, 150, 150), (200, 256), 384) is None
    assert window_around((0, 0, 20, 20), (127, 127), 384) is None
    assert window_around((0, 0, 50, 50), (1000, 1000), 1024) is None
    assert window_around((0, 0, 50, 50), (1000, 1100), 1024) == (0, 0, 256, 256)


def test_the_images_border_is_no_edge() -> None:
    window, size = (0, 0, 100, 100), (300, 400)
    assert contains(window, size, (0, 0, 50, 50), None)
    assert not contains(window, size, (50, 50, 97, 60))
    assert not runs_into_edge((0, 0, 50, 50), window, size)
    assert runs_into_edge((50, 50, 100, 60), window, size)
    assert not runs_into_edge((50, 50, 100, 60), window, (300, 100))
    assert not runs_into_edge(None, window, size)
    assert not runs_into_edge((0, 0, 300, 300), None, size)
