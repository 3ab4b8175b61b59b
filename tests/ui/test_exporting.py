"""The export in the window: every format, what is chosen, what was lost, stopping."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QDialogButtonBox

from app.core.document import Document, Source, State
from app.core.mask import Mask
from app.storage.exchange.formats import FORMATS, detect
from app.storage.reading import read_size
from app.ui.dialogs.export import ExportDialog
from app.ui.dialogs.export_options import PROPOSED
from app.ui.dialogs.import_masks import ImportDialog
from tests.ui.kit import Studio


def ring(left: int) -> Mask:
    pixels = np.zeros((120, 160), np.bool_)
    pixels[20:60, left : left + 40] = True
    pixels[30:50, left + 10 : left + 30] = False
    return Mask.from_array(pixels)


def with_states(document: Document) -> Document:
    """A ring that was accepted, one proposed and one rejected."""
    for left, state in ((5, State.ACCEPTED), (55, State.PROPOSED), (105, State.REJECTED)):
        document = document.with_added(ring(left), source=Source.AUTOMATIC, state=state)
    return document


@pytest.fixture
def dialog(studio: Studio) -> ExportDialog:
    assert studio.session.document is not None
    studio.session.commit("test", with_states(studio.session.document))
    studio.window.dialogs.show("export")
    found = studio.window.dialogs.current("export")
    assert isinstance(found, ExportDialog)
    return found


def export(studio: Studio, dialog: ExportDialog, form: str, target: Path) -> None:
    dialog.format.put(form)
    dialog.target.setText(str(target))
    dialog.start.click()
    studio.wait_for(lambda: dialog.outcome.text() != "")
    assert "read back and compared" in dialog.outcome.text()


def test_after_an_export_enter_closes_and_does_not_write_again(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    target = tmp_path / ("long" * 60) / "out.json"
    target.parent.mkdir()
    export(studio, dialog, "coco", target)
    close = dialog.buttons.button(QDialogButtonBox.StandardButton.Close)
    studio.wait_for(close.hasFocus)
    assert dialog.width() <= 600
    assert dialog.written.text().endswith("out.json")
    assert "…" in dialog.written.shown
    dialog.format.put("yolo")
    assert (dialog.outcome.text(), dialog.written.text()) == ("", "")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_and_found_again_by_the_import(
    studio: Studio, dialog: ExportDialog, tmp_path: Path, name: str
) -> None:
    target = tmp_path / f"out{FORMATS[name].suffix}"
    export(studio, dialog, name, target)
    assert detect(target).name == name
    studio.window.dialogs.show("import")
    importing = studio.window.dialogs.current("import")
    assert isinstance(importing, ImportDialog)
    importing.put(target)
    studio.wait_for(lambda: not studio.context.importer.running)
    assert importing.outcome.text().startswith(FORMATS[name].title)


def test_what_nobody_looked_at_is_counted_and_left_out_unless_asked_for(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    texts = [box.text() for box in dialog.choice.states.values()]
    assert [text[text.index("(") :] for text in texts] == ["(1)", "(0)", "(1)", "(1)"]
    export(studio, dialog, "coco", tmp_path / "out.json")
    assert len(json.loads((tmp_path / "out.json").read_text("utf-8"))["annotations"]) == 1
    dialog.choice.states[PROPOSED].setChecked(True)
    dialog.outcome.clear()
    export(studio, dialog, "coco", tmp_path / "out.json")
    assert len(json.loads((tmp_path / "out.json").read_text("utf-8"))["annotations"]) == 2


def test_what_polygons_lose_is_measured_and_shown(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    assert "lose holes" in dialog.format.words.text()
    dialog.format.field("polygons").click()  # type: ignore[union-attr]
    export(studio, dialog, "coco", tmp_path / "out.json")
    # 1200 of the 1600 pixels inside the outline belong to the ring.
    assert "IoU 0.750 on average, 0.750 at worst" in dialog.outcome.text()
    row = dialog.report.topLevelItem(0)
    assert row is not None
    assert "holes" in row.text(1)


def test_the_place_follows_the_format_until_somebody_chose_one(
    studio: Studio, dialog: ExportDialog
) -> None:
    assert dialog.target.text().endswith("instances.json")
    dialog.format.put("yolo")
    assert dialog.target.text().endswith("images-yolo")
    dialog.target.selectAll()
    dialog.target.insert("/somewhere")
    dialog.format.put("voc")
    assert dialog.target.text() == "/somewhere"


@pytest.mark.parametrize("form", ["coco", "masks"])
def test_what_is_there_is_replaced_only_when_asked_twice(
    studio: Studio, dialog: ExportDialog, tmp_path: Path, form: str
) -> None:
    target = tmp_path / "there"
    kept = target
    if not FORMATS[form].suffix:
        target.mkdir()
        kept = target / "a.txt"
    kept.write_text("somebody's work")
    dialog.format.put(form)
    dialog.target.setText(str(target))
    dialog.start.click()
    assert "once more" in dialog.outcome.text()
    assert dialog.written.text() == "", "nothing was written yet"
    assert not studio.context.exporter.running
    assert kept.read_text() == "somebody's work"
    export(studio, dialog, form, target)
    export(studio, dialog, form, target)


def test_importing_what_is_there_already_says_so(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    export(studio, dialog, "coco", tmp_path / "out.json")
    studio.window.dialogs.show("import")
    importing = studio.window.dialogs.current("import")
    assert isinstance(importing, ImportDialog)
    importing.put(tmp_path / "out.json")
    studio.wait_for(lambda: "COCO" in importing.outcome.text())
    assert importing.outcome.text().endswith(" 1 already there, just so.")
    taken = importing.report.topLevelItem(0)
    image = taken.child(0) if taken is not None else None
    assert image is not None
    assert "1 already there" in image.text(1)


def test_what_an_import_left_out_can_still_be_read_when_it_is_done(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    source = tmp_path / "out.json"
    export(studio, dialog, "coco", source)
    told = json.loads(source.read_text())
    known = told["annotations"][0]
    told["images"].append({"id": 999, "file_name": "gone.png", "width": 9, "height": 9})
    for number, image in ((998, known["image_id"]), (999, 999)):
        corners = [[1, 1, 8, 1, 8, 8, 1, 8]]
        told["annotations"].append(
            {**known, "id": number, "image_id": image, "segmentation": corners}
        )
    source.write_text(json.dumps(told))
    studio.window.dialogs.show("import")
    importing = studio.window.dialogs.current("import")
    assert isinstance(importing, ImportDialog)
    importing.put(source)
    studio.wait_for(importing.take.isEnabled)
    assert importing.report.topLevelItemCount() == 2
    importing.take.click()
    studio.wait_for(lambda: "changed" in importing.outcome.text())
    assert importing.report.topLevelItemCount() == 1
    left = importing.report.topLevelItem(0)
    assert left is not None
    assert (left.text(0), left.childCount()) == ("Left out or altered", 1)


def test_writing_among_the_files_of_another_format_is_asked_about(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    export(studio, dialog, "labelme", target)
    (target / "theirs.json").write_text("{}", "utf-8")
    dialog.format.put("yolo")
    dialog.target.setText(str(target))
    dialog.start.click()
    assert "holds files in the format LabelMe already" in dialog.outcome.text()
    assert "once more" in dialog.outcome.text()
    assert not (target / "data.yaml").exists()
    export(studio, dialog, "yolo", target)
    assert (target / "data.yaml").exists()


def test_what_went_from_the_folder_and_what_else_lies_there_is_told(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    target = tmp_path / "out"
    export(studio, dialog, "masks", target)
    assert studio.session.document is not None
    first = studio.session.document.ids[0]
    studio.session.commit("test", studio.session.document.without([first]))
    (target / "theirs.png").write_bytes(b"theirs")
    export(studio, dialog, "masks", target)
    said = dialog.outcome.text()
    assert "1 file(s) of an earlier export removed" in said
    assert "1 other file(s) lie there" in said
    assert "1 proposal(s) were not written" in said
    rows = [dialog.report.topLevelItem(row) for row in range(dialog.report.topLevelItemCount())]
    assert {each.text(1) for each in rows if each is not None} == {
        "not of this export; left alone",
        "of an earlier export; removed",
    }


def test_what_a_replacement_removes_is_said_before_and_after(
    studio: Studio, dialog: ExportDialog, tmp_path: Path
) -> None:
    export(studio, dialog, "coco", tmp_path / "out.json")
    studio.window.dialogs.show("import")
    importing = studio.window.dialogs.current("import")
    assert isinstance(importing, ImportDialog)
    importing.put(tmp_path / "out.json")
    studio.wait_for(lambda: "COCO" in importing.outcome.text())
    assert "removed" not in importing.outcome.text()
    importing.replace.click()
    studio.wait_for(importing.take.isEnabled)
    last = importing.outcome.text().splitlines()[-1]
    assert last.startswith("Will be removed: 1 accepted, 1 proposed, 1 rejected, on 1 image")
    taken = importing.report.topLevelItem(0)
    image = taken.child(0) if taken is not None else None
    assert image is not None
    assert "removed: 1 accepted, 1 proposed, 1 rejected" in image.text(1)
    importing.take.click()
    studio.wait_for(lambda: "changed" in importing.outcome.text())
    assert "Removed: 1 accepted, 1 proposed, 1 rejected." in importing.outcome.text()


def test_boxes_that_come_in_are_not_said_to_be_removed_and_masks_on_other_images_can_be_reviewed(
    studio: Studio, tmp_path: Path
) -> None:
    studio.key("a")
    assert not studio.window.actions_["review"].isEnabled()
    path = studio.context.navigator.images[1].path
    height, width = read_size(path)
    image = {"id": 1, "file_name": path.name, "width": width, "height": height}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 8, 8]}
    mask = {**box, "id": 2, "segmentation": [[1, 1, 8, 1, 8, 8, 1, 8]]}
    told = {"images": [image], "annotations": [box, mask],
            "categories": [{"id": 1, "name": "thing"}]}  # fmt: skip
    (tmp_path / "in.json").write_text(json.dumps(told))
    studio.window.dialogs.show("import")
    importing = studio.window.dialogs.current("import")
    assert isinstance(importing, ImportDialog)
    importing.put(tmp_path / "in.json")
    studio.wait_for(importing.take.isEnabled)
    importing.take.click()
    studio.wait_for(lambda: "changed" in importing.outcome.text())
    assert "Removed" not in importing.outcome.text()
    studio.wait_for(studio.window.actions_["review"].isEnabled)


def test_a_file_that_was_typed_in_is_no_folder_of_another_format(
    dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.format.put("coco")
    dialog.target.setText(str(tmp_path / "mine.json"))
    dialog.target.setModified(True)
    dialog.format.put("labelme")
    folder = Path(dialog.target.text())
    assert (folder.parent, folder.suffix) == (tmp_path, "")
    dialog.target.setText(str(tmp_path / "other"))
    dialog.target.setModified(True)
    dialog.format.put("yolo")
    assert dialog.target.text() == str(tmp_path / "other")
    dialog.format.put("coco")
    assert dialog.target.text() == str(tmp_path / "instances.json")
