"""Which two ONNX files of another program make a model, and what is said where they do not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from model.interface import CheckpointError, Prompt
from model.loading import load, looks_like_model
from model.runtime_onnx.contracts.pairing import Called, find_pair
from model.runtime_onnx.outline import outline
from tests.model.exported import write
from tests.model.pairs import write_pair

IMAGE = np.random.default_rng(3).integers(0, 256, (90, 120, 3)).astype(np.uint8)
CLICK = Prompt(np.array([[30, 40]]), np.array([1]))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for name, stem in (("segment-anything", "sam"), ("samexporter sam 2", "sam2")):
        write_pair(name, folder, stem)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A pair as segment-anything is exported."""
    for role in ("encoder", "decoder"):
        shutil.copy(made / f"sam.{role}.onnx", tmp_path / f"net.{role}.onnx")
    return tmp_path


def test_either_file_the_folder_and_a_description_are_the_same_model(folder: Path) -> None:
    (folder / "net.yaml").write_text(
        "type: segment_anything\nname: net-r20230520\n"
        "encoder_model_path: net.encoder.onnx\n"
        "decoder_model_path: https://example.org/v1/net.decoder.onnx\n"
    )
    sources = [folder / "net.encoder.onnx", folder / "net.decoder.onnx", folder]
    found = [load(source, device="cpu") for source in [*sources, folder / "net.yaml"]]
    assert len({each.identity for each in found}) == 1
    assert found[0].variant == "net"
    assert found[0].report.reason.startswith("cpu was asked for; the files are laid out as segment")


def test_other_weights_are_another_identity(folder: Path) -> None:
    before = load(folder, device="cpu").identity
    graph = onnx.load(folder / "net.encoder.onnx")
    tensor = max(graph.graph.initializer, key=lambda each: len(each.raw_data))
    tensor.raw_data = b"\0\0\0\0" + tensor.raw_data[4:]
    onnx.save(graph, folder / "net.encoder.onnx")
    assert load(folder, device="cpu").identity != before


@pytest.mark.parametrize(
    ("encoder", "decoder"),
    [
        ("vision_encoder.onnx", "prompt_encoder_mask_decoder.onnx"),
        ("vision_encoder_quantized.onnx", "prompt_encoder_mask_decoder_q4.onnx"),
        ("edge_sam_3x_encoder.onnx", "edge_sam_3x_decoder.onnx"),
        ("sam2.1_tiny_preprocess.onnx", "sam2.1_tiny.onnx"),
        ("sam_vit_b_01ec64.encoder.quant.onnx", "sam_vit_b_01ec64.decoder.onnx"),
        ("encoder.ONNX", "decoder.ONNX"),
        ("a.onnx", "b.onnx"),
    ],
)
def test_a_partner_is_found_by_its_name(folder: Path, encoder: str, decoder: str) -> None:
    (folder / "net.encoder.onnx").rename(folder / encoder)
    (folder / "net.decoder.onnx").rename(folder / decoder)
    for name in (encoder, decoder):
        pair = find_pair(folder / name)
        assert (pair.encoder.path.name, pair.decoder.path.name) == (encoder, decoder)


def test_of_several_partners_the_one_of_the_same_kind_is_taken(folder: Path) -> None:
    for kind in ("_fp16", "_q4"):
        for role in ("encoder", "decoder"):
            shutil.copy(folder / f"net.{role}.onnx", folder / f"net.{role}{kind}.onnx")
    assert find_pair(folder).encoder.path.name == "net.encoder.onnx"
    assert find_pair(folder / "net.decoder_q4.onnx").encoder.path.name == "net.encoder_q4.onnx"


def test_files_in_the_folder_onnx_of_a_repository_are_found(folder: Path) -> None:
    inner = folder / "sam-tiny" / "onnx"
    inner.mkdir(parents=True)
    (folder / "net.encoder.onnx").rename(inner / "vision_encoder.onnx")
    (folder / "net.decoder.onnx").rename(inner / "prompt_encoder_mask_decoder.onnx")
    assert load(folder / "sam-tiny", device="cpu").variant == "sam_tiny"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("encoder", r"is a mask decoder alone, .* sees no image\. .* such as net\.encoder\.onnx"),
        ("decoder", r"is an image encoder alone .* answers nothing\. .* as net\.decoder\.onnx"),
    ],
)
def test_one_file_without_the_other_is_told(folder: Path, missing: str, words: str) -> None:
    (folder / f"net.{missing}.onnx").unlink()
    other = "decoder" if missing == "encoder" else "encoder"
    with pytest.raises(CheckpointError, match=words):
        load(folder / f"net.{other}.onnx")
    with pytest.raises(CheckpointError, match=rf"alone \(net\.{other}\.onnx\): put the file of"):
        load(folder)


@pytest.mark.parametrize("side", ["encoder", "decoder"])
def test_files_of_two_families_are_no_model(made: Path, tmp_path: Path, side: str) -> None:
    shutil.copy(made / "sam.encoder.onnx", tmp_path / "net.encoder.onnx")
    shutil.copy(made / "sam2.decoder.onnx", tmp_path / "net.decoder.onnx")
    with pytest.raises(CheckpointError, match=r"beside it is of another model \(it gives image_em"):
        load(tmp_path / f"net.{side}.onnx")
    (tmp_path / "net.yaml").write_text(
        "encoder_model_path: net.encoder.onnx\ndecoder_model_path: net.decoder.onnx\n"
    )
    with pytest.raises(CheckpointError, match=r"names two files of different models, net\.encoder"):
        load(tmp_path / "net.yaml")


def test_files_of_two_sizes_do_not_belong_together(folder: Path) -> None:
    graph = onnx.load(folder / "net.decoder.onnx")
    (slot,) = (each for each in graph.graph.input if each.name == "image_embeddings")
    slot.type.tensor_type.shape.dim[1].dim_value = 64
    onnx.save(graph, folder / "net.decoder.onnx")
    words = r"gives image_embeddings as float32\[1,32,16,16\], the decoder takes .*\[1,64,16,16\]"
    with pytest.raises(CheckpointError, match=words):
        load(folder / "net.encoder.onnx")


def test_names_that_contradict_each_other_are_not_put_together(folder: Path) -> None:
    (folder / "net.encoder.onnx").rename(folder / "sam2.1_hiera_tiny.encoder.onnx")
    (folder / "net.decoder.onnx").rename(folder / "sam2.1_hiera_large.decoder.onnx")
    with pytest.raises(CheckpointError, match=r"of other models .* would answer noise"):
        load(folder / "sam2.1_hiera_tiny.encoder.onnx")


def test_a_folder_of_two_models_asks_for_one(made: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds more than one model .*: choose the file of"):
        load(made)


def test_a_quantised_model_runs_and_says_so(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    plain = load(folder, device="cpu")
    quantised = folder / "small" / "net.decoder.onnx"
    quantised.parent.mkdir()
    caplog.set_level("ERROR", logger="root")
    quantize_dynamic(folder / "net.decoder.onnx", quantised, weight_type=QuantType.QUInt8)
    (folder / "net.encoder.onnx").rename(quantised.with_name("net.encoder.onnx"))
    found = load(quantised, device="cpu")
    assert (plain.report.precision, found.report.precision) == ("float32", "int8")
    assert "its weights are stored in 8 bits, which makes masks coarser" in found.report.reason
    assert np.isfinite(found.decode(found.embed(IMAGE), CLICK).logits).all()


def outside(path: Path, location: str) -> None:
    """Moves the weights of ``path`` into another file."""
    onnx.save(
        onnx.load(path), path, save_as_external_data=True, location="moved.bin", size_threshold=0
    )
    graph = onnx.load(path, load_external_data=False)
    for tensor in graph.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = location
    path.write_bytes(graph.SerializeToString())


def test_weights_in_a_file_beside_are_read(folder: Path) -> None:
    plain = load(folder, device="cpu")
    expected = plain.decode(plain.embed(IMAGE), CLICK)
    outside(folder / "net.encoder.onnx", "net.encoder.onnx_data")
    with pytest.raises(CheckpointError, match=r"in the file net\.encoder\.onnx_data, which is not"):
        load(folder)
    (folder / "moved.bin").rename(folder / "net.encoder.onnx_data")
    found = load(folder, device="cpu")
    assert np.array_equal(found.decode(found.embed(IMAGE), CLICK).logits, expected.logits)
    assert found.identity != plain.identity


@pytest.mark.parametrize("location", ["../moved.bin", "/etc/hosts", "a/b", "C:x", "a\\b", "..", ""])
def test_weights_outside_the_folder_are_refused(folder: Path, location: str) -> None:
    outside(folder / "net.encoder.onnx", location)
    (folder / "moved.bin").rename(folder.parent / "moved.bin")
    with pytest.raises(CheckpointError, match="is not in its folder, and was refused"):
        load(folder)


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_a_link_leads_no_further_than_the_model_itself(folder: Path) -> None:
    outside(folder / "net.encoder.onnx", "weights")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (folder / "moved.bin").rename(elsewhere / "1234")
    (folder / "weights").symlink_to(elsewhere / "1234")
    with pytest.raises(CheckpointError, match="is not in its folder, and was refused"):
        load(folder)
    # As in a cache of downloads, where both are linked to one folder.
    (folder / "net.encoder.onnx").rename(elsewhere / "5678")
    (folder / "net.encoder.onnx").symlink_to(elsewhere / "5678")
    assert load(folder, device="cpu").variant == "net"


def foreign(path: Path, takes: list[str], gives: list[str]) -> Path:
    slots = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, 8, 8]) for name in names]
        for names in (takes, gives)
    ]
    nodes = [helper.make_node("Neg", [takes[0]], [name]) for name in gives]
    graph = helper.make_graph(nodes, "foreign", slots[0], slots[1])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


@pytest.mark.parametrize(
    ("takes", "words"),
    [
        (["images_of_mine"], r"takes images_of_mine and gives y\): known are the exports of"),
        (["image", "text"], "neither the encoder nor the decoder"),
        (
            ["batched_images", "batched_point_coords", "batched_point_labels"],
            "encoder and decoder in one graph, .* take the two files",
        ),
        (["backbone_fpn_0", "language_features", "box_coords"], "answers words and boxes, not"),
        (["tokens"], "answers words and boxes, not clicks"),
    ],
)
def test_a_file_of_unknown_names_is_told_what_it_is(
    tmp_path: Path, takes: list[str], words: str
) -> None:
    with pytest.raises(CheckpointError, match=words):
        load(foreign(tmp_path / "x.onnx", takes, ["y"]))


def test_a_decoder_without_low_res_masks_is_refused(folder: Path) -> None:
    graph = onnx.load(folder / "net.decoder.onnx")
    kept = [each for each in graph.graph.output if each.name != "low_res_masks"]
    del graph.graph.output[:]
    graph.graph.output.extend(kept)
    onnx.save(graph, folder / "net.decoder.onnx")
    with pytest.raises(CheckpointError, match="needed are low_res_masks or pred_masks"):
        load(folder)


def test_our_own_files_in_a_folder_are_told_from_others(folder: Path) -> None:
    own = folder / "own"
    own.mkdir()
    write("tiny_conv", own)
    assert load(own, device="cpu").variant == "tiny_conv"
    # Whose decoder is no partner of another program's encoder.
    (folder / "net.decoder.onnx").unlink()
    shutil.copy(own / "tiny_conv.decoder.onnx", folder / "net.decoder.onnx")
    with pytest.raises(CheckpointError, match="is an image encoder alone"):
        load(folder / "net.encoder.onnx")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "type: yolov8\nmodel_path: yolo.onnx\n",
            "names no encoder_model_path: .* is 'yolov8'",
        ),
        ("- a\n- b\n", "is no description of a model: needed is one of X-AnyLabeling"),
        ("a: [", "is no description of a model: "),
        ("encoder_model_path: no.onnx\n", "names the file no.onnx, which is not on this machine"),
        ("encoder_model_path: https://example.org/no.onnx\n", "fetch it and put it beside"),
        ("!!python/object/apply:os.system [ls]", "is no description of a model: "),
        ("[" * 5000, "is no description of a model"),
    ],
)
def test_a_description_that_leads_nowhere_is_told(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "model.yaml").write_text(text)
    with pytest.raises(CheckpointError, match=words):
        load(tmp_path / "model.yaml")


def test_an_empty_folder_and_one_that_is_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no"):
        load(tmp_path)
    (tmp_path / "broken.onnx").write_bytes(b"\x3a\xff\xff\xff\xff\x0f")
    with pytest.raises(CheckpointError, match="holds no ONNX file that can be read"):
        load(tmp_path)
    with pytest.raises(CheckpointError, match="there is no file"):
        load(tmp_path / "none.yaml")


@given(st.binary(max_size=300))
def test_any_bytes_have_an_outline_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.onnx"
    path.write_bytes(data)
    try:
        assert outline(path).path == path
    except CheckpointError as error:
        assert "is not an ONNX file, or it is damaged" in str(error)  # noqa: PT017  nothing else


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_flipped_byte_never_ends_in_another_error(made: Path, place: int, byte: int) -> None:
    data = bytearray((made / "sam2.decoder.onnx").read_bytes()[-20_000:])
    data[place] = byte
    path = made.parent / "flipped.onnx"
    path.write_bytes(data)
    try:
        outline(path)
    except CheckpointError as error:
        assert str(error)  # noqa: PT017  the property is that nothing else is raised


@given(st.text(max_size=60))
def test_any_name_is_taken_apart(name: str) -> None:
    called = Called.of(Path("folder") / f"{name.replace('/', '')}.onnx")
    assert not called.contradicts(called)


def test_what_is_dropped_on_a_window_is_told_for_a_model_or_not(folder: Path) -> None:
    net, notes, photos = folder / "net.yaml", folder / "data.yaml", folder / "photos"
    net.write_text("encoder_model_path: a\ndecoder_model_path: b\n")
    notes.write_text("names: [cat, dog]\n")
    assert looks_like_model(folder)
    assert looks_like_model(folder / "net.decoder.onnx")
    assert looks_like_model(net)
    assert not looks_like_model(notes)
    assert not looks_like_model(folder / "photo.jpg")
    photos.mkdir()
    (photos / "1.JPG").touch()
    shutil.copy(folder / "net.decoder.onnx", photos / "detector.onnx")
    assert not looks_like_model(photos)
