"""A folder teaches a model: what counts, what is held out for good, and who works at it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.batch import lesson_data, teachable
from app.batch.folder import BatchFolder
from app.batch.lesson_data import Material, material_of, prepare
from app.batch.teachable import Wanted, begin
from app.batch.teacher import taught_apart, teach
from app.batch.teaching import Run, Status, packed, unpacked
from app.core.document import State
from app.core.errors import Problem
from app.core.mask import Mask
from app.inference.questions import Choice
from app.storage.places import Places
from app.storage.taught_models import TaughtModels
from model.messages import say
from model.training import lesson as lessons
from model.training.export import export_weights
from tests.model.training.nets import discs, tiny_network

SIDE = 48
ROOT = Path(__file__).resolve().parents[2]
TAUGHT = """
import sys
from pathlib import Path
from app.batch.teacher import teach
from app.batch.teaching import Run
teach(Run(Path(sys.argv[1])))
"""


def make_folder(root: Path, places: Places, count: int = 12, state: State = State.ACCEPTED) -> None:
    """Images of two discs each, with their masks in that state."""
    root.mkdir(exist_ok=True)
    rng = np.random.default_rng(len(list(root.glob("*.png"))))
    for _ in range(count):
        number = len(list(root.glob("*.png")))
        pixels, runs = discs(rng)
        Image.fromarray(pixels).save(root / f"{number}.png")
        folder = BatchFolder.of([root / f"{number}.png"], places)
        held = folder.objects(f"{number}.png")
        document = held.document
        for each in runs:
            document = document.with_added(Mask(SIDE, SIDE, each))
        folder.write(held, document.with_state(document.ids, state))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.below(tmp_path / "home")


@pytest.fixture
def root(tmp_path: Path, places: Places) -> Path:
    make_folder(tmp_path / "images", places)
    return tmp_path / "images"


def opened(root: Path, places: Places) -> BatchFolder:
    return BatchFolder.of([root], places)


def files_in(place: Path, part: str) -> set[str]:
    """Keys of the images that were prepared."""
    content = json.loads((place / part / "annotations.json").read_text("utf-8"))
    return {each["file_name"].split("-")[0] for each in content["images"]}


def test_only_what_a_person_agreed_to_teaches(tmp_path: Path, places: Places) -> None:
    root = tmp_path / "mixed"
    make_folder(root, places, 1, State.ACCEPTED)
    make_folder(root, places, 1, State.EDITED)
    make_folder(root, places, 1, State.PROPOSED)
    make_folder(root, places, 1, State.REJECTED)
    found = material_of(opened(root, places))
    assert dict(found.masks) == {"0.png": 2, "1.png": 2}
    with pytest.raises(Problem, match="4 accepted masks on 2 images"):
        found.require()


def test_what_cannot_be_read_is_passed_over_and_told(root: Path, places: Places) -> None:
    (root / "0.png.json").write_text("{torn", encoding="utf-8")
    found = material_of(opened(root, places))
    assert found.images == 11
    assert len(found.unread) == 1
    assert "0.png" in str(found.unread[0])


def test_an_image_that_was_held_out_is_never_learned_from(
    root: Path, places: Places, tmp_path: Path
) -> None:
    def prepared(name: str) -> Path:
        folder = opened(root, places)
        prepare(folder, material_of(folder), tmp_path / name, 64)
        return tmp_path / name

    first = prepared("first")
    held = files_in(first, "held")
    assert len(held) == 3
    assert not held & files_in(first, "learned")
    make_folder(root, places, 10)
    for path in sorted(root.glob("*.png")):
        # Whatever they are called by now.
        path.rename(path.with_name(f"x{path.name}"))
        sidecar = path.with_name(f"{path.name}.json")
        sidecar.rename(sidecar.with_name(f"x{sidecar.name}"))
    second = prepared("second")
    assert held < files_in(second, "held")
    assert not held & files_in(second, "learned")
    assert not files_in(second, "held") & files_in(first, "learned")


def test_large_images_are_kept_no_larger_than_the_model_can_see(
    tmp_path: Path, places: Places, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr(lesson_data, "LEAST_SIDE", 24)
    folder = opened(root, places)
    prepare(folder, material_of(folder), tmp_path / "out", 16)
    content = json.loads((tmp_path / "out" / "learned" / "annotations.json").read_text("utf-8"))
    assert {(each["width"], each["height"]) for each in content["images"]} == {(24, 24)}
    assert {tuple(each["segmentation"]["size"]) for each in content["annotations"]} == {(24, 24)}


def test_a_disk_without_room_is_told_before_anything_is_copied(
    root: Path, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lesson_data, "ROOM_BYTES", 1 << 62)
    folder = opened(root, places)
    with pytest.raises(Problem, match="MB are free where the training is kept"):
        prepare(folder, material_of(folder), tmp_path / "out", 64)
    assert not list((tmp_path / "out").iterdir())


TEXT = st.text(max_size=12).map(lambda text: text.replace("{", "").replace("}", ""))


@given(TEXT, st.integers())
def test_a_message_is_the_same_in_another_process(name: str, count: int) -> None:
    message = say("{what} of {count}", say("{name} here", name), count)
    again = unpacked(json.loads(json.dumps(packed(message))))
    assert again == message
    assert packed(again) == packed(message)


@pytest.mark.parametrize(
    "values", [{}, {"template": "{x}", "places": {}, "one": ""}, {"places": 3}]
)
def test_what_is_no_message_is_an_empty_one(values: dict[str, object]) -> None:
    assert unpacked(values) == ""


@pytest.fixture
def start(tmp_path: Path) -> Choice:
    path = tmp_path / "tiny.safetensors"
    export_weights(tiny_network(), path)
    return Choice(str(path), "Tiny")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "OBJECTS", 2)
    monkeypatch.setattr(lessons, "CLICKS", 9)
    monkeypatch.setattr(teachable, "LEAST_MINUTES", 0.0)
    monkeypatch.setattr("model.runtime_onnx.export.build_pair", lambda path, folder: [])


@pytest.mark.usefixtures("quick")
def test_a_taught_model_has_a_card_and_waits_to_be_used(
    root: Path, places: Places, start: Choice
) -> None:
    folder = opened(root, places)
    run = Run.of(folder.project, places)
    begin(folder, material_of(folder), run, teachable.teachable(start), Wanted(0.005))
    ended = teach(run)
    assert ended.stage == "done", ended.problem
    (made,) = TaughtModels(folder.project).entries()
    card = made.card
    assert (card.images, card.held_images) == (9, 2)
    assert (card.title, card.start_title, card.part) == ("images", "Tiny", "all")
    assert {change.image for change in card.changes} <= set(folder.names)
    assert card.identity not in ("", None)
    assert not run.can_go_on
    assert not [each for each in made.place.parent.iterdir() if each.name.startswith(".")]


@pytest.mark.usefixtures("quick")
def test_what_was_left_goes_on_and_another_begins_only_when_nobody_works(
    root: Path, places: Places, start: Choice
) -> None:
    folder = opened(root, places)
    run, material = Run.of(folder.project, places), material_of(folder)
    model = teachable.teachable(start)
    begin(folder, material, run, model, Wanted(0.005))
    assert teach(run, lambda: "leave").stage == "left"
    assert run.can_go_on
    lock = run.lock()
    assert lock.take()
    assert run.is_running
    with pytest.raises(Problem, match="taught on this folder already"):
        begin(folder, material, run, model, Wanted(0.005))
    lock.free()
    assert teach(run).stage == "done"


def test_a_model_whose_file_is_gone_or_was_exported_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="file is gone"):
        teachable.teachable(Choice(str(tmp_path / "gone.pth"), "Gone"))
    (tmp_path / "some.onnx").touch()
    with pytest.raises(Problem, match="cannot learn"):
        teachable.teachable(Choice(str(tmp_path / "some.onnx"), "Some"))
    (tmp_path / "torn.safetensors").write_bytes(b"torn")
    with pytest.raises(Problem, match="cannot be taught"):
        teachable.teachable(Choice(str(tmp_path / "torn.safetensors"), "Torn"))


def test_without_torch_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teachable, "find_spec", lambda name: None)
    with pytest.raises(Problem, match="--with-torch"):
        teachable.teachable(Choice())


def test_a_model_that_went_missing_meanwhile_fails_with_a_sentence(
    root: Path, places: Places, start: Choice
) -> None:
    folder = opened(root, places)
    run = Run.of(folder.project, places)
    begin(folder, material_of(folder), run, teachable.teachable(start), Wanted())
    Path(start.source).unlink()
    ended = teach(run)
    assert ended.stage == "failed"
    assert "tiny.safetensors" in str(ended.problem)
    assert run.can_go_on


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on_from_its_state(
    root: Path, places: Places, start: Choice
) -> None:
    folder = opened(root, places)
    run = Run.of(folder.project, places)
    begin(folder, material_of(folder), run, teachable.teachable(start), Wanted(600.0))

    def wait(stage: str) -> Status:
        until = time.monotonic() + 120
        while (found := run.status()) is None or found.stage != stage:
            assert time.monotonic() < until, (found, run.last_words())
            time.sleep(0.02)
        return found

    def spawn() -> subprocess.Popen[bytes]:
        # At the usual priority: other tests are at work beside this one.
        return subprocess.Popen([sys.executable, "-c", TAUGHT, str(run.place)], cwd=ROOT)

    process = spawn()
    wait("learning")
    assert run.is_running
    process.kill()
    process.wait()
    assert not run.is_running
    assert run.can_go_on
    run.want("stop")
    again = spawn()
    done = wait("done")
    assert again.wait() == 0
    assert done.step >= 1
    assert len(done.checks) >= 2
    assert len(TaughtModels(folder.project).entries()) == 1


LEARNS = """
import sys, time
from pathlib import Path
from app.batch.teaching import Run, Status
run = Run(Path(sys.argv[1]))
for stage in ("scoring", "learning"):
    run.tell(Status(stage))
    time.sleep(0.5)
while run.wish() == "go" and sys.argv[2] == "left":
    time.sleep(0.02)
if sys.argv[2] != "killed":
    run.tell(Status(sys.argv[2]))
"""


@pytest.mark.parametrize("end", ["left", "done", "killed"])
def test_a_lesson_in_a_process_of_its_own_is_followed_to_its_end(tmp_path: Path, end: str) -> None:
    run = Run(tmp_path)
    (tmp_path / "plan.json").write_bytes(b"{}")
    run.want("leave")
    told: list[str] = []

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", LEARNS, str(run.place), end], cwd=ROOT)

    def cancelled() -> bool:
        return end == "left" and "learning" in told

    def follow() -> Status:
        return taught_apart(run, cancelled, lambda status: told.append(status.stage), start)

    if end == "killed":
        with pytest.raises(Problem, match="ended unexpectedly"):
            follow()
    else:
        assert follow().stage == told[-1] == end
    assert "learning" in told


def test_a_lesson_somebody_works_at_is_not_begun_twice(tmp_path: Path) -> None:
    run = Run(tmp_path)
    lock = run.lock()
    assert lock.take()
    try:
        with pytest.raises(Problem, match="already"):
            taught_apart(run, lambda: False)
    finally:
        lock.free()


def test_one_whose_folder_was_deleted_ends(tmp_path: Path) -> None:
    run = Run(tmp_path / "gone")
    assert run.wish() == "leave"
    assert not run.is_running
    assert not run.can_go_on


def test_enough_and_helpful_are_told_apart() -> None:
    some = Material({str(n): 4 for n in range(6)})
    many = Material({str(n): 10 for n in range(30)})
    assert some.is_enough
    assert not some.helps
    assert many.helps
