"""Model files that are damaged, packed bombs, pipes, or of other programs: a sentence, no more."""

from __future__ import annotations

import json
import os
import pickle
import resource
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import load_file, save_file

import model.files
from model import loading
from model.architecture.config import from_json, to_json
from model.detection.detector_file import read_description
from model.interface import CheckpointError
from model.runtime_onnx.graph_file import read_part
from model.runtime_onnx.outline import outline
from model.runtime_onnx.wire import external_tensor
from model.weights.checkpoint import read_checkpoint
from tests.model.golden import TINY, TINY_FILE

PEAK = pytest.mark.skipif(sys.platform == "win32", reason="memory is counted otherwise there")


def packed(path: Path, method: int, **entries: bytes) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in entries.items():
            file.writestr(f"archive/{name}", data)
    return path


def legacy(path: Path) -> Path:
    """A file of the older kind that names a storage which it does not hold."""
    torch.save({"a": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)
    data = path.read_bytes()
    keys = pickle.dumps(["9"], protocol=2)
    # The list of storages comes last before their bytes.
    place = data.rindex(b"\x80\x02]")
    end = data.index(b".", place) + 1
    path.write_bytes(data[:place] + keys + data[end:])
    return path


@PEAK
def test_a_packed_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open(
        "archive/data.pkl", "w", force_zip64=True
    ) as entry:  # fmt: skip
        for _ in range(300):
            entry.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match=r"unpack to 314,572,800, which no weights do"):
        read_checkpoint(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_a_directory_whose_entries_share_their_bytes_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "many.pth", zipfile.ZIP_STORED, a=bytes(100_000), b=b"")
    data = bytearray(path.read_bytes())
    # The second entry of the directory claims the bytes of the first.
    place = data.rindex(b"PK\x01\x02")
    for offset in (20, 24):
        data[place + offset : place + offset + 4] = (100_000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="lists more than the file holds"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: packed(path, zipfile.ZIP_STORED, other=b"x"),
        lambda path: packed(path, zipfile.ZIP_DEFLATED, **{"data.pkl": b"Z" * 5000}),
        lambda path: path.write_bytes(b"PK\x03\x04" + b"Z" * 500),
        legacy,
    ],
    ids=["no weights", "no pickle", "no directory", "no storage"],
)
def test_a_damaged_file_is_told_whatever_torch_makes_of_it(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    path = tmp_path / "damaged.pth"
    make(path)
    with pytest.raises(CheckpointError, match="is damaged or incomplete"):
        read_checkpoint(path)


def test_a_file_packed_again_still_loads(tmp_path: Path) -> None:
    tensors = load_file(TINY_FILE)
    torch.save(tensors, tmp_path / "plain.pth")
    again = tmp_path / "again.pth"
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as plain,
        zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        for entry in plain.infolist():
            file.writestr(entry.filename, plain.read(entry))
    assert read_checkpoint(again).identity == read_checkpoint(tmp_path / "plain.pth").identity


def test_a_file_larger_than_any_weights_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.safetensors"
    path.touch()
    os.truncate(path, model.files.MAX_WEIGHTS + 1)
    with pytest.raises(CheckpointError, match="more than the weights of any model"):
        read_checkpoint(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.parametrize("read", [read_checkpoint, read_part, read_description, loading.load])
def test_a_pipe_is_told_and_not_waited_for(tmp_path: Path, read: Callable[[Path], object]) -> None:
    for name in ("model.pth", "model.onnx"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(CheckpointError, match=r"it is a pipe or a device"):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.pth", r"there is no file nowhere\.pth: check the path"),
        ("vit_bb", r"there is no file vit_bb, and no published model of that name: .*vit_b"),
    ],
)
@pytest.mark.parametrize("runtime", ["auto", "torch"])
def test_what_is_not_there_is_told_before_anything_is_needed_for_it(
    monkeypatch: pytest.MonkeyPatch, source: str, words: str, runtime: str
) -> None:
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match=words):
        loading.load(source, runtime=runtime)


@pytest.mark.parametrize(
    "changes",
    [{"input_size": 1 << 14}, {"stride": 0}, {"input_size": 0}, {"stride": 24}, {"width": 1 << 20}],
)
def test_a_network_beyond_all_measure_is_not_built(tmp_path: Path, changes: dict[str, int]) -> None:
    config = to_json(replace(TINY, **changes))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the model's description has"):
        from_json(config)
    path = tmp_path / "own.safetensors"
    save_file(load_file(TINY_FILE), path, {"config": json.dumps(config)})
    with pytest.raises(CheckpointError, match="describes no network that can be built"):
        read_checkpoint(path)


def foreign(path: Path, takes: list[str], gives: list[str]) -> Path:
    """An ONNX file of another program, with weights that are listed as inputs too."""
    slots = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in names]
             for names in ([*takes, "weight"], gives)]  # fmt: skip
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [1], [1.0])
    nodes = [helper.make_node("Add", [takes[0], "weight"], [name]) for name in gives]
    graph = helper.make_graph(nodes, "foreign", slots[0], slots[1], [weight])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_a_published_decoder_is_told_what_it_lacks(tmp_path: Path) -> None:
    takes = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"]
    path = foreign(tmp_path / "sam_onnx_example.onnx", takes, ["low_res_masks", "iou_predictions"])
    with pytest.raises(CheckpointError, match=r"is a mask decoder alone, .* it sees no image"):
        loading.load(path)


def test_another_onnx_file_is_told_what_it_is(tmp_path: Path) -> None:
    path = foreign(tmp_path / "yolo.onnx", ["images"], ["output0"])
    with pytest.raises(CheckpointError, match=r"takes images and gives output0\): .*--detector"):
        loading.load(path)
    assert list(outline(path).inputs) == ["images"]
    with pytest.raises(CheckpointError, match=r"there is no file .*nowhere\.onnx\.encoder\.onnx"):
        loading.load(tmp_path / "nowhere.onnx")


def test_a_weight_outside_is_found_as_a_functions_default() -> None:
    tensor = helper.make_tensor("hidden", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    function = helper.make_function("own", "F", [], ["y"], [], [helper.make_opsetid("", 17)])
    function.attribute_proto.append(helper.make_attribute("value", tensor))
    graph = helper.make_graph([], "g", [], [])
    made = helper.make_model(graph, functions=[function])
    assert external_tensor(made.SerializeToString()) == "hidden"


def test_a_file_of_endless_parts_is_not_walked_through() -> None:
    with pytest.raises(ValueError, match="too many parts"):
        external_tensor(b"\x0a\x00" * 1_000_001)
