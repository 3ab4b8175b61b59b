"""Detectors of words as small as the classes of transformers allow, with weights by chance."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers
from tokenizers.pre_tokenizers import ByteLevel

WORDS = ("wheel", "window", "traffic", "light", "##s")
START, END = "<|startoftext|>", "<|endoftext|>"
BYTES = 600
"""Tokens of the vocabulary of bytes."""
COMMON = {"hidden_size": 32, "num_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}


def grounding_dino(folder: Path) -> Path:
    """Reads the words of ``WORDS``."""
    swin = transformers.SwinConfig(
        image_size=64,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[1, 1, 2, 2],
        window_size=2,
        out_features=["stage2", "stage3", "stage4"],
    )
    text = transformers.BertConfig(
        vocab_size=1100,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    config = transformers.GroundingDinoConfig(
        backbone_config=swin,
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_queries=20,
        max_text_len=16,
    )
    torch.manual_seed(1)
    _save(transformers.GroundingDinoForObjectDetection(config), folder)
    vocabulary = [f"unused{number}" for number in range(1100)]
    marks = {0: "[PAD]", 100: "[UNK]", 101: "[CLS]", 102: "[SEP]", 103: "[MASK]"}
    for number, mark in {**marks, 1012: ".", 1029: "?"}.items():
        vocabulary[number] = mark
    vocabulary[1040 : 1040 + len(WORDS)] = WORDS
    (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    _images(folder, {"shortest_edge": 64, "longest_edge": 96})
    return folder


def owl(folder: Path) -> Path:
    """Reads everything, byte by byte; its boxes are the cells of a grid of four by four."""
    config = transformers.Owlv2Config(
        text_config={
            "vocab_size": BYTES,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 16,
            "bos_token_id": BYTES - 2,
            "eos_token_id": BYTES - 1,
        },
        vision_config={
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "image_size": 64,
            "patch_size": 16,
        },
        projection_dim=16,
    )
    torch.manual_seed(2)
    network = transformers.Owlv2ForObjectDetection(config)
    for each in network.box_head.dense2.parameters():
        torch.nn.init.zeros_(each)
    _save(network, folder)
    _bytes(folder)
    _images(folder, {"height": 64, "width": 64})
    return folder


def sam3(folder: Path) -> Path:
    """Reads everything, byte by byte."""
    config = transformers.Sam3Config(
        vision_config={
            "fpn_hidden_size": 32,
            "backbone_config": {
                "model_type": "sam3_vit_model",
                "hidden_size": 32,
                "intermediate_size": 32,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "image_size": 112,
                "patch_size": 14,
                "window_size": 4,
                "global_attn_indexes": [0],
                "pretrain_image_size": 56,
            },
            "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
        },
        text_config={
            "model_type": "clip_text_model",
            "vocab_size": BYTES,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "max_position_embeddings": 32,
            "projection_dim": 16,
            "bos_token_id": BYTES - 2,
            "eos_token_id": BYTES - 1,
        },
        geometry_encoder_config=dict(COMMON),
        detr_encoder_config=dict(COMMON),
        detr_decoder_config={**COMMON, "num_queries": 12},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
    )
    torch.manual_seed(3)
    _save(transformers.Sam3Model(config), folder)
    _bytes(folder)
    _images(folder, {"height": 112, "width": 112})
    return folder


def _save(network: transformers.PreTrainedModel, folder: Path) -> None:
    transformers.logging.disable_progress_bar()
    network.save_pretrained(folder)


def _images(folder: Path, size: dict[str, int]) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps({"size": size}), "utf-8")


def _bytes(folder: Path) -> None:
    letters = sorted(ByteLevel.alphabet())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters)]
    tokens += [f"unused{number}" for number in range(BYTES - 2 - len(tokens))] + [START, END]
    numbers = {token: number for number, token in enumerate(tokens)}
    (folder / "vocab.json").write_text(json.dumps(numbers), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
