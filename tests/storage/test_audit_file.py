from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.audit import Audit, Item
from app.core.document import Source
from app.core.errors import Problem
from app.core.mask import Mask
from app.core.statistics import Stage
from app.storage.audit_file import audit_to_bytes, read_audit

ITEMS = st.builds(
    Item,
    image=st.sampled_from(["a.png", "b c/ü.png", "d%20.png", "bad\udcff.png"]),
    annotation_id=st.integers(1, 99),
    label_id=st.integers(1, 9),
    source=st.sampled_from(Source),
    stage=st.sampled_from(Stage),
    mask=arrays(np.bool_, (3, 4)).map(Mask.from_array),
    checked=st.booleans(),
    seconds=st.floats(0, 1e6),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "audit.json"


@given(st.lists(ITEMS, max_size=4), st.integers(-9, 9))
def test_an_audit_is_read_as_it_was_written(path: Path, items: list[Item], seed: int) -> None:
    audit = Audit(seed, tuple(items))
    path.write_bytes(audit_to_bytes(audit))
    assert read_audit(path).audit == audit


def test_no_file_is_no_audit(tmp_path: Path) -> None:
    assert read_audit(tmp_path / "audit.json").audit is None


@given(st.binary(max_size=100))
def test_other_bytes_are_a_problem(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(Problem):
        read_audit(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"seed": 0, "items": [], "version": 2}',
        '{"seed": 0, "items": [{"image": "a", "annotation_id": 1, "label_id": 1, '
        '"source": "smart", "stage": "automatic", "size": [2, 2], "counts": "!"}]}',
        '{"seed": 0, "items": [{"image": "%00", "annotation_id": 1, "label_id": 1, '
        '"source": "smart", "stage": "automatic", "size": [2, 2], "counts": "4"}]}',
    ],
)
def test_what_cannot_be_understood_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.json"
    path.write_text(text)
    with pytest.raises(Problem):
        read_audit(path)
