"""Tokenizers that are damaged, or made to do harm: told as such, and no thread ends by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from model.interface import CheckpointError, ModelError
from model.words.tokens import MAX_TOKENIZER, Reader, read_tokenizer

CLS = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}
PANICS: list[dict[str, Any]] = [
    {"normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}},
    {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "BAAAAAECAwQ="}},
    {
        "post_processor": {
            "type": "TemplateProcessing", "single": [CLS], "pair": [], "special_tokens": {},
        }
    },
]  # fmt: skip


def written(path: Path, model: WordLevel, changed: dict[str, Any] | None = None) -> Path:
    told = json.loads(Tokenizer(model).to_str()) | (changed or {})
    path.write_text(json.dumps(told))
    return path


@pytest.mark.parametrize("changed", PANICS)
def test_one_at_which_the_library_panics_is_told_as_damaged(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    model = WordLevel({"a": 0})
    with pytest.raises(CheckpointError, match="is damaged"):
        read_tokenizer(written(tmp_path / "tokenizer.json", model, changed))


def test_a_word_is_named_where_no_token_stands_for_what_is_unknown(tmp_path: Path) -> None:
    reader = Reader(read_tokenizer(written(tmp_path / "t.json", WordLevel({"wheel": 0}))), 8)
    assert reader.alone("wheel") == (0,)
    with pytest.raises(ModelError, match="cannot read 'zebra'"):
        reader.alone("zebra")
    with pytest.raises(ModelError, match="cannot read 'zebra'"):
        reader.together(["zebra"])


def test_one_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    with path.open("wb") as file:
        file.truncate(MAX_TOKENIZER + 1)
    with pytest.raises(CheckpointError, match="larger than 256 MB"):
        read_tokenizer(path)
