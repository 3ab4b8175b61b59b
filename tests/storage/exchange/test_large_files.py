"""Large data sets: what an import plans and a conversion writes is held an image at a time."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from app.core.document import Document
from app.core.errors import Problem
from app.core.labels import LabelSet
from app.core.mask import Mask
from app.storage.exchange import coco, gathering, sa1b
from app.storage.exchange.convert import as_export
from app.storage.exchange.images import Images
from app.storage.exchange.importing import plan_import
from app.storage.exchange.values import Export, ExportImage, Imported
from tests.storage.exchange.samples import document_of, ring, square

IMAGES, EACH = 20, 50
FOLDER = Images.of_sizes({f"{n}.jpg": (6, 6) for n in range(IMAGES)})


def read_coco(path: Path) -> Imported:
    rle = {"size": [6, 6], "counts": ring().counts}
    annotations = [
        {"id": n, "image_id": n % IMAGES, "category_id": 1, "segmentation": rle}
        for n in range(IMAGES * EACH)
    ]
    images = [{"id": n, "file_name": f"{n}.jpg", "height": 6, "width": 6} for n in range(IMAGES)]
    whole = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "cat"}]}
    path.write_text(json.dumps(whole), "utf-8")
    return coco.read(path)


def masks_in_memory() -> int:
    gc.collect()
    # Not isinstance: that asks for __class__, and some of other libraries' objects warn when asked.
    return sum(type(each) is Mask for each in gc.get_objects())


def test_a_plan_holds_no_masks(tmp_path: Path) -> None:
    before = masks_in_memory()
    imported = read_coco(tmp_path / "coco.json")
    plan = plan_import(imported, FOLDER, LabelSet())
    assert plan.added == imported.objects == IMAGES * EACH
    assert masks_in_memory() - before == 0
    applied = [len(each.applied(Document(6, 6))) for each in plan.changes]
    assert applied == [EACH] * IMAGES
    assert masks_in_memory() - before == 0


def test_a_conversion_holds_the_masks_of_one_image_at_a_time(tmp_path: Path) -> None:
    before = masks_in_memory()
    export, _ = as_export(read_coco(tmp_path / "coco.json"), FOLDER)
    most = max(masks_in_memory() - before for each in export if len(each.document))
    assert 0 < most <= 2 * EACH


def written(folder: Path) -> Path:
    """Two SA-1B files."""
    images = [ExportImage(f"{n}.jpg", document_of(ring(), square(n + 1))) for n in range(2)]
    sa1b.write(Export(LabelSet().with_added("cat"), images), folder)
    return folder


def test_the_files_of_a_large_folder_are_read_again_when_their_turn_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = sa1b.read(written(tmp_path / "sa1b"))
    monkeypatch.setattr(gathering, "MOST_HELD", 2)
    imported = sa1b.read(tmp_path / "sa1b")
    first, second = imported.images
    assert isinstance(first.objects, tuple)
    assert not isinstance(second.objects, tuple)
    assert imported == held
    assert second.objects[1].mask == square(2)


def test_a_file_that_was_changed_meanwhile_is_not_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_HELD", 2)
    imported = sa1b.read(written(tmp_path / "sa1b"))
    plan = plan_import(imported, FOLDER, LabelSet())
    (path,) = (tmp_path / "sa1b").glob("1*.json")
    path.write_bytes(path.read_bytes().replace(b'"width":6', b'"width":6,"more":1'))
    with pytest.raises(Problem, match="changed while it was taken over"):
        plan.changes[1].applied(Document(6, 6))
    assert "changed while" in plan_import(imported, FOLDER, LabelSet()).skipped[0].reason
