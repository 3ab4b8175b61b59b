"""Each tiny detector is made once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.words import tiny


@pytest.fixture(scope="session")
def grounding_dino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.grounding_dino(tmp_path_factory.mktemp("grounding-dino"))


@pytest.fixture(scope="session")
def owl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.owl(tmp_path_factory.mktemp("owl"))


@pytest.fixture(scope="session")
def sam3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.sam3(tmp_path_factory.mktemp("sam3"))
