"""The embedding cache: bounded, and anything that does not fit is a miss."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.storage.embeddings import EmbeddingFiles
from model.interface import Embedding
from model.transforms import Transform
from model.weights import embedding_file


@dataclass(frozen=True)
class Kept:
    """The smallest thing that can be kept."""

    model: str
    body: bytes


def dumps(kept: Kept) -> bytes:
    return kept.model.encode() + b"\n" + kept.body


def loads(data: bytes) -> Kept:
    model, found, body = data.partition(b"\n")
    if not found:
        raise ValueError("no embedding")
    return Kept(model.decode("ascii"), body)


def cache(
    folder: Path, limit: int = 10**6, version: str = "1", free: int = 0
) -> EmbeddingFiles[Kept]:
    return EmbeddingFiles(folder / "embeddings", dumps, loads, version, limit, free)


def only_file(files: EmbeddingFiles[Kept]) -> Path:
    (path,) = files.folder.iterdir()
    return path


def test_what_was_put_is_there_for_that_image_model_and_version_alone(tmp_path: Path) -> None:
    files, kept = cache(tmp_path), Kept("model", b"numbers")
    assert files.get("key", "model") is None
    files.put("key", kept)
    assert cache(tmp_path).get("key", "model") == kept
    assert files.has("key", "model")
    for other in (files.get("other", "model"), files.get("key", "other")):
        assert other is None
    assert cache(tmp_path, version="2").get("key", "model") is None
    assert not files.has("key", "other")


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 25, -1])
def test_a_file_cut_short_is_a_miss_and_goes(tmp_path: Path, length: int) -> None:
    files = cache(tmp_path)
    files.put("key", Kept("model", b"numbers" * 5))
    path = only_file(files)
    path.write_bytes(path.read_bytes()[:length])
    assert files.get("key", "model") is None
    assert not path.exists()


def test_a_flipped_bit_is_a_miss_and_goes(tmp_path: Path) -> None:
    files = cache(tmp_path)
    files.put("key", Kept("model", b"numbers"))
    path = only_file(files)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert files.get("key", "model") is None
        assert not path.exists()


def test_a_file_under_anothers_name_is_a_miss(tmp_path: Path) -> None:
    files = cache(tmp_path)
    files.put("a", Kept("model", b"numbers"))
    path = only_file(files)
    files.put("b", Kept("model", b"other"))
    (other,) = set(files.folder.iterdir()) - {path}
    shutil.copy(path, other)
    assert files.get("b", "model") is None


def test_an_embedding_that_says_it_is_another_models_is_a_miss(tmp_path: Path) -> None:
    files = cache(tmp_path)
    lying = EmbeddingFiles(files.folder, lambda kept: b"other\n" + kept.body, loads, "1")
    lying.put("key", Kept("model", b"numbers"))
    assert files.has("key", "model")
    assert files.get("key", "model") is None
    assert not files.has("key", "model")


def test_the_one_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    files = cache(tmp_path, limit=1000)
    for number, key in enumerate("abcd"):
        files.put(key, Kept("model", b"x" * 200))
        for path in files.folder.iterdir():
            if path.stat().st_mtime > 10**6:
                os.utime(path, (number, number))
    assert files.get("a", "model") is not None
    files.put("e", Kept("model", b"x" * 200))
    assert [key for key in "abcde" if files.has(key, "model")] == ["a", "c", "d", "e"]
    assert files.size_bytes() <= 1000


def test_it_never_grows_beyond_its_limit(tmp_path: Path) -> None:
    files = cache(tmp_path, limit=5000)
    dice = np.random.default_rng(1)
    for number in range(60):
        files.put(f"{number}", Kept("model", b"x" * int(dice.integers(1, 2000))))
        assert files.size_bytes() <= 5000
    files.put("huge", Kept("model", b"x" * 6000))
    assert not files.has("huge", "model")


def test_what_another_program_put_there_counts_too(tmp_path: Path) -> None:
    one, other = cache(tmp_path, limit=1000), cache(tmp_path, limit=1000)
    one.put("a", Kept("model", b"x" * 400))
    other.put("b", Kept("model", b"x" * 400))
    other.put("c", Kept("model", b"x" * 400))
    assert other.size_bytes() <= 1000
    assert other.has("c", "model")


def test_the_last_of_the_disk_is_left_to_others(tmp_path: Path) -> None:
    files = cache(tmp_path, free=1 << 60)
    files.put("key", Kept("model", b"numbers"))
    assert not files.has("key", "model")


def test_a_folder_that_cannot_be_written_costs_speed_only(tmp_path: Path) -> None:
    (tmp_path / "embeddings").write_bytes(b"a file in the way")
    files = cache(tmp_path)
    files.put("key", Kept("model", b"numbers"))
    assert files.get("key", "model") is None
    assert files.size_bytes() == 0


def test_clearing_leaves_files_of_others_alone(tmp_path: Path) -> None:
    files = cache(tmp_path)
    files.put("key", Kept("model", b"numbers"))
    (files.folder / "README").write_bytes(b"x")
    files.clear()
    assert [path.name for path in files.folder.iterdir()] == ["README"]


def test_threads_may_share_it(tmp_path: Path) -> None:
    files = cache(tmp_path, limit=20_000)
    wrong: list[Kept | None] = []

    def work(start: int) -> None:
        for number in range(start, start + 25):
            kept = Kept("model", bytes([number]) * 500)
            files.put(f"{number % 30}", kept)
            found = files.get(f"{number % 30}", "model")
            if found is not None and len(set(found.body)) != 1:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 10, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert files.size_bytes() <= 20_000


def test_it_keeps_the_embeddings_of_the_model_library(tmp_path: Path) -> None:
    files = EmbeddingFiles(
        tmp_path / "embeddings", embedding_file.dumps, embedding_file.loads, embedding_file.FORMAT
    )
    features = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 4, 4)
    files.put("key", Embedding({"embedding": features}, Transform((30, 40), 64), "model"))
    found = files.get("key", "model")
    assert found is not None
    assert np.array_equal(found.features["embedding"], features)
    assert found.image_size == (30, 40)
