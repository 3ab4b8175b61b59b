"""The whole data engine on small images, with a stand-in for the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.batch.image_tasks import Everything, Propose
from app.core.document import Document, ImageStatus, Source, State
from app.core.evidence import Evidence
from app.core.mask import Mask
from app.storage.places import Places
from app.storage.project import Project
from tests.bench.data_engine import Stage, Truth, Worker, quick, verdict
from tests.bench.simulated_annotator import Annotator, Effort, Program
from tests.stand_ins import FakeModel


@pytest.mark.parametrize(
    ("actions", "said"), [(50, "50 % of the actions of stage 1; the aim of 50 % is reached."),
                          (51, "51 % of the actions of stage 1; the aim of 50 % is missed.")],
)  # fmt: skip
def test_the_aim_is_half_of_the_actions_of_stage_1(actions: int, said: str) -> None:
    stages = [
        Stage("stage 1", 10, 10, {"by hand": Effort(clicks=150)}),
        Stage("stage 1, boxes in a row", 10, 10, {"by hand": Effort(clicks=100)}),
        Stage("stage 2 after teaching, grid", 10, 10, {"rejected": Effort(keys=actions)}),
    ]
    assert verdict(stages) == f"stage 2 after teaching, grid: {said}"


@pytest.mark.slow
def test_every_stage_ends_with_every_object_in_the_files(qtbot: QtBot, tmp_path: Path) -> None:
    stages = quick(tmp_path)
    titles = [stage.title for stage in stages]
    assert titles == ["stage 1", "stage 1, boxes in a row", "stage 2",
                      "stage 2 after teaching, grid", "stage 1 after teaching"]  # fmt: skip
    assert [(stage.masks, stage.of) for stage in stages] == [(4, 4)] * 5
    by_hand, reviewed = stages[0].spent, stages[2].spent
    assert stages[1].effort.keys < stages[0].effort.keys
    assert set(by_hand) == {"by hand", "going on"}
    assert reviewed["the rest"].keys > 0
    assert stages[0].effort.strokes > 0


def test_the_few_wrong_ones_are_clicked_and_one_key_accepts_the_rest(
    qtbot: QtBot, tmp_path: Path
) -> None:
    root, places = tmp_path / "images", Places.below(tmp_path / "user")
    root.mkdir()
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(root / "a.png")
    block = np.ones((10, 10), np.bool_)
    truth = Truth("a.png", tuple(Mask.from_window(block, 12 * i, 4, 64, 64) for i in range(5)))
    wrong = Mask.from_window(block, 40, 40, 64, 64)
    document = Document(64, 64)
    for number, mask in enumerate((*truth.masks[:3], wrong, *truth.masks[3:])):
        sure = Evidence(predicted_iou=0.95 - number / 100)
        document = document.with_added(
            mask, source=Source.AUTOMATIC, state=State.PROPOSED, evidence=sure
        )
    Project.of(root, places).write_objects(root / "a.png", document, None)
    program = Program(places, lambda choice: FakeModel())
    worker = Worker(program, root, Annotator(program, 0))
    try:
        program.open(root)
        there = worker.review([truth], Propose(Everything()))
    finally:
        program.close()
    kept = Project.of(root, places).read_objects(root / "a.png", 64, 64).document
    states = [each.state for each in kept]
    assert states == [State.ACCEPTED] * 3 + [State.REJECTED] + [State.ACCEPTED] * 2
    assert there == {"a.png": {0, 1, 2, 3, 4}}
    spent = worker.annotator.spent
    assert spent["judged"] == Effort(looks=6)
    assert spent["wrong ones"] == Effort(clicks=1)
    assert spent["the rest"] == Effort(keys=1)
    assert kept.status is ImageStatus.DONE
