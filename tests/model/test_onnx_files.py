"""ONNX files that are damaged, foreign or hostile are refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.external_data_helper import set_external_data

from model.__main__ import main
from model.interface import CheckpointError
from model.loading import load
from model.runtime_onnx.model import load_onnx
from model.runtime_onnx.wire import external_tensor
from tests.model.exported import write
from tests.model.golden import TINY_FILE

PARTS = ("encoder", "memory", "decoder")
"""Of a variant that draws clicks; the others have a dense one too."""


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    write("tiny_conv", folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    for path in original.iterdir():
        shutil.copy(path, tmp_path / path.name.replace("tiny_conv", "net"))
    return tmp_path


def refused(folder: Path, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        load_onnx(folder / "net", threads=1)


def changed(folder: Path, part: str) -> onnx.ModelProto:
    return onnx.load(folder / f"net.{part}.onnx")


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_file_is_named_with_the_others(folder: Path, part: str) -> None:
    (folder / f"net.{part}.onnx").unlink()
    refused(folder, rf"there is no file .*net\.{part}\.onnx: a model in ONNX has the files")


def test_a_published_model_needs_the_file_for_earlier_logits(tmp_path: Path) -> None:
    write("tiny", tmp_path)
    (tmp_path / "tiny.dense.onnx").unlink()
    with pytest.raises(CheckpointError, match=r"there is no file .*tiny\.dense\.onnx"):
        load_onnx(tmp_path / "tiny", threads=1)


@pytest.mark.parametrize("kept", [0, 2, 100, 0.5, 0.99])
def test_a_file_cut_short_is_damaged(folder: Path, kept: float) -> None:
    path = folder / "net.decoder.onnx"
    data = path.read_bytes()
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    refused(folder, "damaged|not an ONNX file|another program")


def test_a_web_page_is_not_an_onnx_file(folder: Path) -> None:
    (folder / "net.encoder.onnx").write_text("<!DOCTYPE html><html>sign in</html>")
    refused(folder, "is not an ONNX file")


@pytest.mark.parametrize("part", PARTS)
def test_weights_in_another_file_are_refused(folder: Path, part: str) -> None:
    graph = changed(folder, part)
    tensor = graph.graph.initializer[0]
    set_external_data(tensor, "../../secret.bin", offset=0, length=len(tensor.raw_data))
    tensor.ClearField("raw_data")
    (folder / f"net.{part}.onnx").write_bytes(graph.SerializeToString())
    refused(folder, "keeps its weights in another file .* and was refused")


def test_weights_in_another_file_are_found_inside_a_branch(folder: Path) -> None:
    tensor = helper.make_tensor("deep", TensorProto.FLOAT, [1], b"\0\0\0\0", raw=True)
    set_external_data(tensor, "elsewhere")
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["x"], value=tensor)],
        "branch",
        [],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
    )
    graph = changed(folder, "memory")
    graph.graph.node.append(
        helper.make_node("If", ["flag"], ["y"], then_branch=branch, else_branch=branch)
    )
    assert external_tensor(graph.SerializeToString()) == "deep"


def test_a_foreign_onnx_file_is_told_from_ours(folder: Path) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Neg", ["x"], ["y"])], "g", [value], [other])
    foreign = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    (folder / "net.encoder.onnx").write_bytes(foreign.SerializeToString())
    refused(folder, r"of another program or version .* `python -m model export`")


def test_files_of_different_weights_do_not_belong_together(folder: Path) -> None:
    write("tiny_conv", folder, identity="other")
    (folder / "tiny_conv.decoder.onnx").replace(folder / "net.decoder.onnx")
    refused(folder, "encoder and decoder are of different models")


def test_a_renamed_part_is_told(folder: Path) -> None:
    shutil.copy(folder / "net.memory.onnx", folder / "net.decoder.onnx")
    refused(folder, "holds the memory, not the decoder")


def test_an_input_of_another_type_is_told(folder: Path) -> None:
    graph = changed(folder, "decoder")
    for slot in graph.graph.input:
        if slot.name == "labels":
            slot.name = "flag"
    for node in graph.graph.node:
        node.input[:] = ["flag" if name == "labels" else name for name in node.input]
    (folder / "net.decoder.onnx").write_bytes(graph.SerializeToString())
    refused(folder, "unknown input 'flag'")


def test_an_output_of_another_shape_is_told(folder: Path) -> None:
    graph = changed(folder, "decoder")
    graph.graph.node.append(helper.make_node("Identity", ["predicted_iou"], ["again"]))
    graph.graph.output.append(helper.make_tensor_value_info("again", TensorProto.FLOAT, None))
    (folder / "net.decoder.onnx").write_bytes(graph.SerializeToString())
    refused(folder, "unknown output 'again'")


@pytest.mark.parametrize(
    ("key", "value"), [("config", "{"), ("config", "[]"), ("config", "{}"), ("part", "neck")]
)
def test_a_damaged_description_is_told(folder: Path, key: str, value: str) -> None:
    graph = changed(folder, "encoder")
    for entry in graph.metadata_props:
        if entry.key == key:
            entry.value = value
    (folder / "net.encoder.onnx").write_bytes(graph.SerializeToString())
    refused(folder, "description that cannot be read")


def test_a_device_that_onnxruntime_does_not_know_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="auto, cpu or cuda, given 'mps'"):
        load_onnx(folder / "net", device="mps")


def test_onnx_files_cannot_run_in_torch(folder: Path) -> None:
    with pytest.raises(ValueError, match="runs in onnxruntime only"):
        load(folder / "net.encoder.onnx", runtime="torch")


@given(st.binary(max_size=200))
def test_any_bytes_are_walked_through_or_refused(data: bytes) -> None:
    try:
        assert external_tensor(data) is None or data
    except ValueError as error:
        assert str(error)  # noqa: PT017  the property is that nothing else is raised


@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_flipped_byte_never_ends_in_another_error(place: int, byte: int) -> None:
    data = bytearray(_sample())
    data[place % len(data)] = byte
    try:
        external_tensor(bytes(data))
    except ValueError as error:
        assert str(error)  # noqa: PT017  the property is that nothing else is raised


def _sample() -> bytes:
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])
    node = helper.make_node("Constant", [], ["y"], value=tensor)
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])
    graph = helper.make_graph([node], "g", [], [out], initializer=[tensor])
    return bytes(helper.make_model(graph).SerializeToString())


def test_the_export_command_writes_files_that_load(
    tmp_path: Path, own_checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(own_checkpoint), "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out.count(".onnx") == 5
    found = load(tmp_path / "out" / "own.encoder.onnx")
    assert found.identity == load(own_checkpoint, device="cpu").identity


def test_the_export_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tmp_path / "none.pth")]) == 1
    assert "there is no file" in capsys.readouterr().err


@pytest.fixture
def own_checkpoint(tmp_path: Path) -> Path:
    import json

    from safetensors.torch import load_file, save_file

    from model.architecture.config import to_json
    from tests.model.golden import TINY

    path = tmp_path / "own.safetensors"
    save_file(load_file(TINY_FILE), path, {"config": json.dumps(to_json(TINY))})
    return path
