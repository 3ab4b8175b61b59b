"""Small detectors of words in ONNX, made on the spot: "red" finds what is red, and so on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from tests.model.detectors import CELL, CELLS, SIDE, grid

VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "red", "green", "a", "photo", "of")
HIGH = 10.0
"""Logit where a cell has the colour, and below 0 where it has not."""
INPUTS: dict[str, tuple[int, list[str | int | None]]] = {
    "pixel_values": (TensorProto.FLOAT, [1, 3, SIDE, SIDE]),
    "input_ids": (TensorProto.INT64, ["words", "tokens"]),
    "attention_mask": (TensorProto.INT64, ["words", "tokens"]),
    "token_type_ids": (TensorProto.INT64, ["words", "tokens"]),
    "pixel_mask": (TensorProto.INT64, [1, SIDE, SIDE]),
}


def described(folder: Path, words: str, *, extra: str = "", text: str = "") -> Path:
    """A folder with a TOML file, a graph and a tokenizer; the path of the first.

    Args:
        words: "phrases" or "queries".
        extra: more inputs of the graph that it does not know what to do with.
        text: more lines of the section [text].
    """
    folder.mkdir(parents=True, exist_ok=True)
    _tokenizer(folder / "tokenizer.json")
    _graph(folder / "colours.onnx", words, extra)
    made = folder / "colours.toml"
    made.write_text(
        f"""
file = "colours.onnx"
[input]
size = [{SIDE}, {SIDE}]
fit = "corner"
[text]
words = "{words}"
tokens = 12
{text}
[limits]
confidence = 0.6
overlap = 0.1
""",
        "utf-8",
    )
    return made


def _tokenizer(path: Path) -> None:
    numbers = {word: number for number, word in enumerate(VOCABULARY)}
    found = Tokenizer(WordLevel(numbers, unk_token=VOCABULARY[1]))
    found.pre_tokenizer = BertPreTokenizer()
    found.add_special_tokens(["[PAD]", "[CLS]", "[SEP]"])
    marks = [(mark, numbers[mark]) for mark in ("[CLS]", "[SEP]")]
    found.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    found.save(str(path))


def _graph(path: Path, words: str, extra: str) -> None:
    kernel = np.zeros((3, 3, CELL, CELL), np.float32)
    kernel[0, 0], kernel[0, 1] = 2 * HIGH / CELL**2, -2 * HIGH / CELL**2
    kernel[1, 1], kernel[1, 0] = 2 * HIGH / CELL**2, -2 * HIGH / CELL**2
    meanings = np.tile(np.array([0, 0, -HIGH], np.float32), (len(VOCABULARY), 1))
    meanings[VOCABULARY.index("red")] = 1, 0, 0
    meanings[VOCABULARY.index("green")] = 0, 1, 0
    constants = {
        "kernel": kernel,
        "bias": np.array([-HIGH / 2, -HIGH / 2, 1], np.float32),
        "meanings": meanings,
        "cells": np.ascontiguousarray(grid(share=True).T[np.newaxis]),
        "flat": np.array([1, 3, CELLS**2]),
        "one": np.array([1], np.int64),
        "axis": np.array([0], np.int64),
        "far": np.array([-1000], np.float32),
        "whole": np.array([1], np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["pixel_values", "kernel", "bias"], ["c"], strides=[CELL, CELL]),
        helper.make_node("Reshape", ["c", "flat"], ["rows"]),
        helper.make_node("Transpose", ["rows"], ["seen"], perm=[0, 2, 1]),
        helper.make_node("Gather", ["meanings", "input_ids"], ["tokens"], axis=0),
        # A token that is not attended to means nothing that could be seen.
        helper.make_node("Cast", ["attention_mask"], ["attended"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["whole", "attended"], ["filling"]),
        helper.make_node("Mul", ["filling", "far"], ["hidden"]),
        *_columns(words),
        helper.make_node("Identity", ["cells"], ["pred_boxes"]),
    ]
    inputs = [helper.make_tensor_value_info(name, *how) for name, how in INPUTS.items()]
    if extra:
        inputs.append(helper.make_tensor_value_info(extra, TensorProto.FLOAT, [1]))
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, CELLS**2, "columns"]),
        helper.make_tensor_value_info("pred_boxes", TensorProto.FLOAT, [1, CELLS**2, 4]),
    ]
    initial = [numpy_helper.from_array(values, name) for name, values in constants.items()]
    graph = helper.make_graph(nodes, "colours", inputs, outputs, initial)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, path)


def _columns(words: str) -> list[NodeProto]:
    """Scores of each token of one text, or of the surest token of each of many."""
    if words == "phrases":
        return [
            helper.make_node("Transpose", ["tokens"], ["across"], perm=[0, 2, 1]),
            helper.make_node("MatMul", ["seen", "across"], ["plain"]),
            helper.make_node("Unsqueeze", ["hidden", "one"], ["below"]),
            helper.make_node("Add", ["plain", "below"], ["logits"]),
        ]
    return [
        helper.make_node("Transpose", ["tokens"], ["across"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["seen", "across"], ["plain"]),
        helper.make_node("Unsqueeze", ["hidden", "one"], ["below"]),
        helper.make_node("Add", ["plain", "below"], ["each"]),
        helper.make_node("ReduceMax", ["each"], ["surest"], axes=[2], keepdims=0),
        helper.make_node("Transpose", ["surest"], ["turned"], perm=[1, 0]),
        helper.make_node("Unsqueeze", ["turned", "axis"], ["logits"]),
    ]
