"""Models taught on a folder: listed, renamed, deleted, and never anything outside it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Problem
from app.storage.project import Project
from app.storage.taught_models import (
    CARD,
    FILE,
    Card,
    Scores,
    TaughtModel,
    TaughtModels,
    read_card,
    taught_model_at,
    write_card,
)

SCORES = Scores(0.4, 0.6, 0.7, 0.7, 12.0, 15.0)


def made(project: Project, name: str, when: str = "2026-01-01T10:00:00+00:00") -> TaughtModel:
    place = project.own / "models" / name
    place.mkdir(parents=True)
    (place / FILE).write_bytes(b"weights")
    card = Card(name, when, "Built-in", "builtin", "all", 900.0, 30, 9, 90, 3, 40, SCORES,
                SCORES, 0.1, 0.02, "0" * 32)  # fmt: skip
    write_card(place, card)
    return TaughtModel(place, card)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "images"
    root.mkdir()
    return Project(root)


def test_the_newest_is_first_and_what_is_no_model_is_left_alone(project: Project) -> None:
    old = made(project, "old")
    new = made(project, "new", "2026-02-01T10:00:00+00:00")
    torn = project.own / "models" / "torn"
    torn.mkdir()
    (torn / CARD).write_bytes(b"{")
    (project.own / "models" / ".making-x").mkdir()
    assert TaughtModels(project).entries() == [new, old]
    assert torn.is_dir()


def test_a_name_is_changed_and_everybody_reads_the_new_one(project: Project) -> None:
    model = made(project, "model")
    TaughtModels(project).rename(model, "  Nuclei,\n night ")
    found = taught_model_at(str(model.path))
    assert found is not None
    assert found.card.title == "Nuclei, night"
    with pytest.raises(Problem, match="needs a name"):
        TaughtModels(project).rename(model, " ")


def test_a_deleted_one_is_gone_and_the_others_stay(project: Project) -> None:
    one, other = made(project, "one"), made(project, "other")
    TaughtModels(project).delete(one)
    assert not one.place.exists()
    assert TaughtModels(project).entries() == [other]


def test_nothing_is_deleted_through_a_link(project: Project, tmp_path: Path) -> None:
    elsewhere = Project(tmp_path)
    model = made(elsewhere, "theirs")
    (project.own / "models").mkdir(parents=True)
    link = project.own / "models" / "theirs"
    link.symlink_to(model.place)
    assert TaughtModels(project).entries() == []
    with pytest.raises(Problem, match="link"):
        TaughtModels(project).delete(TaughtModel(link, model.card))
    assert model.is_there


def test_what_a_folder_that_takes_no_files_has_itself_is_listed_too(
    project: Project, tmp_path: Path
) -> None:
    theirs = made(project, "theirs")
    mirrored = Project(project.root, tmp_path / "mirror")
    mine = made(mirrored, "mine", "2026-03-01T10:00:00+00:00")
    assert TaughtModels(mirrored).entries() == [mine, theirs]


def test_a_checkpoint_elsewhere_is_no_taught_model(tmp_path: Path) -> None:
    assert taught_model_at("builtin") is None
    assert taught_model_at(str(tmp_path / FILE)) is None


@given(st.binary(max_size=60))
def test_a_card_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_card(data)


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"changes": [{"image": "a", "old": [0, 0, 0], "new": [0, 0, 0],
                                             "picture": "../../secret.png"}]}]
)  # fmt: skip
def test_a_card_of_tomorrow_or_with_a_picture_elsewhere_is_refused(
    project: Project, change: dict[str, object]
) -> None:
    values = msgspec.to_builtins(made(project, "model").card) | change
    with pytest.raises(ValueError, match=r"newer|somewhere"):
        read_card(msgspec.json.encode(values))


def test_a_small_change_on_few_objects_is_not_certain(project: Project) -> None:
    card = made(project, "model").card
    assert card.is_certain
    assert not msgspec.structs.replace(card, gain=-0.03).is_certain
