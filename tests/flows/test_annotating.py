"""Open a folder, click, accept, go on: everything accepted is on disk and comes back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from app.core.document import ImageStatus
from app.storage.places import Places
from tests.desk import Desk, make_images, saved_document


def test_what_is_accepted_is_on_disk_as_it_was_shown(
    desk: Desk, folder: Path, places: Places
) -> None:
    desk.open(folder)
    desk.click(30, 20)
    shown = desk.mask_editor.mask
    desk.mask_editor.accept()
    desk.saved()
    assert saved_document(folder, "0.png", places).annotation(1).mask == shown


def test_starting_again_shows_everything_accepted(
    new_desk: Callable[[], Desk], folder: Path
) -> None:
    first = new_desk().open(folder)
    first.label(10, 10)
    first.label(40, 30)
    before = first.document
    first.close()
    second = new_desk().open(folder)
    assert second.document == before
    assert second.navigator.images[0].status is ImageStatus.IN_PROGRESS


def test_the_next_image_is_already_embedded_when_one_goes_there(desk: Desk, folder: Path) -> None:
    desk.open(folder)
    desk.wait(lambda: desk.model.embeds == 3)
    desk.go(1)
    assert desk.host.embedding_state in ("ready", "computing")
    desk.ready()
    desk.wait(lambda: desk.model.embeds == 4)
    assert desk.host.last_embed_ms is not None


def test_switching_through_ten_images_with_pending_questions_shows_no_answer_of_another(
    desk: Desk, folder: Path
) -> None:
    desk.open(folder)
    wrong: list[str] = []

    def look() -> None:
        picture, embedding = desk.session.picture, desk.host.embedding
        answer = desk.mask_editor.state.answer
        if answer is not None and picture is not None and embedding is not None:
            level = float(embedding.features["embedding"].mean())
            if abs(level - float(picture.pixels.mean())) > 0.5:
                wrong.append(picture.path.name)

    desk.mask_editor.changed.connect(look)
    for index in range(1, 11):
        desk.navigator.go(index)
        desk.mask_editor.click(10 + index, 20)
        desk.qtbot.wait(3)
    last = desk.navigator.images[10].path
    desk.wait(lambda: desk.session.image_path == last)
    desk.ready()
    assert wrong == []
    assert desk.navigator.current == 10
    assert desk.label(30, 20) == 1


def test_done_and_next_skip_and_next_to_do(desk: Desk, folder: Path, places: Places) -> None:
    desk.open(folder)
    desk.navigator.done_and_next()
    desk.wait(lambda: desk.session.image_path == folder / "1.png")
    desk.navigator.skip_and_next()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    assert desk.navigator.counts[ImageStatus.DONE] == 1
    assert desk.navigator.counts[ImageStatus.SKIPPED] == 1
    assert desk.navigator.counts[ImageStatus.TODO] == 10
    desk.go(0)
    desk.navigator.next_todo()
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    desk.saved()
    assert saved_document(folder, "0.png", places).status is ImageStatus.DONE


def test_an_image_that_cannot_be_read_is_told_and_the_next_one_opens(
    desk: Desk, folder: Path
) -> None:
    (folder / "1.png").write_bytes(b"this is no picture")
    desk.open(folder)
    desk.navigator.go(1)
    desk.wait(lambda: bool(desk.problems))
    # Nothing stays under its name that could be edited in its place.
    assert desk.session.image_path is None
    assert desk.navigator.current == 1
    desk.go(2)


def test_an_image_replaced_on_disk_is_read_again(desk: Desk, folder: Path) -> None:
    desk.open(folder)
    desk.go(1)
    desk.go(0)
    Image.fromarray(np.full((48, 64, 3), 255, np.uint8)).save(folder / "1.png")
    os.utime(folder / "1.png", ns=(1, 1))
    desk.go(1)
    assert desk.session.picture is not None
    assert desk.session.picture.pixels.max() == 255


def test_one_file_opens_its_folder_at_that_file(desk: Desk, folder: Path) -> None:
    desk.navigator.open_files([folder / "5.png"])
    desk.wait(lambda: desk.session.image_path == folder / "5.png")
    desk.wait(lambda: desk.navigator.listing_done)
    assert len(desk.navigator.images) == 12


def test_several_files_are_shown_alone(desk: Desk, folder: Path) -> None:
    desk.navigator.open_files([folder / "5.png", folder / "2.png"])
    desk.wait(lambda: desk.session.image_path == folder / "2.png")
    assert [entry.name for entry in desk.navigator.images] == ["2.png", "5.png"]


def test_a_folder_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.navigator.open_folder(tmp_path / "nowhere")
    desk.wait(lambda: bool(desk.problems))


def test_an_empty_folder_is_said_to_be_empty(desk: Desk, tmp_path: Path) -> None:
    make_images(tmp_path / "empty", 0)
    desk.navigator.open_folder(tmp_path / "empty")
    desk.wait(lambda: desk.session.folder is not None and desk.navigator.listing_done)
    assert ["no images" in str(problem) for problem in desk.problems] == [True]
    assert desk.navigator.current == -1
    desk.navigator.next()
    desk.navigator.next_todo()


def test_opening_another_folder_leaves_the_first_ones_labels_alone(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    desk.open(folder)
    desk.session.folder_labels.add("cat")
    other = tmp_path / "other"
    make_images(other, 2)
    desk.navigator.open_folder(other)
    desk.wait(lambda: desk.session.image_path == other / "0.png")
    assert [label.name for label in desk.session.labels] == ["object"]
    desk.navigator.open_folder(folder)
    desk.wait(lambda: desk.session.image_path == folder / "0.png")
    assert [label.name for label in desk.session.labels] == ["object", "cat"]


def test_thumbnails_come_for_what_is_asked(desk: Desk, folder: Path) -> None:
    desk.open(folder)
    with desk.qtbot.waitSignal(desk.navigator.thumbnail_ready) as ready:
        desk.navigator.request_thumbnail(3)
    assert ready.args is not None
    assert ready.args[0] == 3
    assert (ready.args[1].width(), ready.args[1].height()) == (64, 48)
