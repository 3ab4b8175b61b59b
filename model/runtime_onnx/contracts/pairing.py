"""From one file, a folder or a description to the two files of a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from model.files import opened
from model.interface import CheckpointError
from model.messages import say
from model.runtime_onnx.contracts.contract import CONTRACTS
from model.runtime_onnx.contracts.pair import Pair, decoder_contract, is_encoder, joined
from model.runtime_onnx.graph_file import FORMAT_FAMILY
from model.runtime_onnx.outline import Outline, outline

SUFFIX = ".onnx"
DESCRIPTIONS = (".yaml", ".yml")
FOLDERS = ("", "onnx")
"""Where in a folder the files may lie: repositories for transformers.js have them in ``onnx``."""
MOST_FILES = 200
MAX_DESCRIPTION = 1 << 20
ROLES = frozenset(
    {"encoder", "decoder", "enc", "dec", "vision", "image", "img", "prompt", "mask"}
    | {"preprocess", "onnx"}
)
KINDS = frozenset(
    {"quant", "quantized", "quantised", "int8", "uint8", "fp16", "fp32", "float16", "q4", "q4f16"}
    | {"q8", "bnb4", "single", "opt"}
)
SIZES = frozenset(
    {"tiny", "small", "base", "plus", "large", "huge", "t", "s", "b", "l", "h", "ti", "vitt"}
    | {"vits", "vitb", "vitl", "vith", "l0", "l1", "l2", "xl0", "xl1", "mobile", "hq", "edge"}
    | {"efficient", "light", "sam1", "sam2", "sam3"}
)
"""Words of names that tell one model from another; beside them, what begins with a digit does."""
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Called:
    """A file's name taken apart.

    Attributes:
        words: that name the model.
        kinds: that say how its weights are stored.
    """

    words: tuple[str, ...]
    kinds: frozenset[str]

    @classmethod
    def of(cls, path: Path) -> Called:
        words = _WORDS.findall(path.name.lower().removesuffix(SUFFIX))
        named = tuple(word for word in words if word not in ROLES | KINDS)
        return cls(named, frozenset(words) & KINDS)

    def contradicts(self, other: Called) -> bool:
        """Whether both tell a size or a family, and not the same."""
        own, others = (
            {w for w in each.words if w in SIZES or w[0].isdigit()} for each in (self, other)
        )
        return bool(own and others and own != others)


def is_ours(found: Outline) -> bool:
    """Whether it was exported by this program."""
    return found.format.startswith(FORMAT_FAMILY)


def is_foreign(path: Path) -> bool:
    """Whether ``path`` is for this module: an ONNX file that was not exported here, a folder with
    such files, or a description of X-AnyLabeling's."""
    if path.suffix.lower() in DESCRIPTIONS:
        return True
    if path.is_dir():
        return own_file(path) == path
    try:
        return path.exists() and not is_ours(outline(path))
    except CheckpointError:
        # What it is then, ``find_pair`` says.
        return True


def describes_pair(path: Path) -> bool:
    """Whether ``path`` is a description of X-AnyLabeling's of a model with a decoder."""
    try:
        return "decoder_model_path" in _description(path)
    except CheckpointError:
        return False


def holds_onnx(folder: Path) -> bool:
    """Whether there are ONNX files in ``folder``."""
    return bool(_onnx_files(folder))


def own_file(path: Path) -> Path:
    """One of the files that were exported here in the folder ``path``; else ``path`` itself."""
    for file in _onnx_files(path) if path.is_dir() else ():
        try:
            if is_ours(outline(file)):
                return file
        except CheckpointError:
            continue
    return path


def find_pair(path: Path) -> Pair:
    """The two files that ``path`` stands for.

    Args:
        path: an encoder or decoder, beside which the other one lies; a folder with both; or a
            ``.yaml`` file of X-AnyLabeling that names both.

    Raises:
        CheckpointError: there are not two that belong together; the text says what there is and
            what is needed.
    """
    if path.suffix.lower() in DESCRIPTIONS:
        return _described(path)
    if path.is_dir():
        return _in_folder(path)
    found = outline(path)
    if decoder_contract(found) is not None:
        return _with_encoder(found)
    if is_encoder(found):
        return _with_decoder(found)
    raise CheckpointError(_unknown(found))


def _with_encoder(decoder: Outline) -> Pair:
    contract = decoder_contract(decoder)
    title = contract.title if contract is not None else ""
    told = say("{path} is a mask decoder alone, as {title} exports it", decoder.path, title)
    needed = say(
        "without the encoder of the same weights it sees no image. Put that file "
        "beside it, named alike, such as {alike}",
        _alike(decoder.path, "encoder"),
    )
    found = [each for each in _siblings(decoder.path) if is_encoder(each)]
    pairs = [joined(each, decoder) for each in found]
    return _chosen(decoder, found, pairs, told, needed)


def _with_decoder(encoder: Outline) -> Pair:
    told = say("{path} is an image encoder alone (it {slots})", encoder.path, encoder.slots)
    needed = say(
        "without the mask decoder of the same weights it answers nothing. Put that "
        "file beside it, named alike, such as {alike}",
        _alike(encoder.path, "decoder"),
    )
    found = [each for each in _siblings(encoder.path) if decoder_contract(each) is not None]
    pairs = [joined(encoder, each) for each in found]
    return _chosen(encoder, found, pairs, told, needed)


def _chosen(
    one: Outline, others: Sequence[Outline], pairs: Sequence[Pair | str], told: str, needed: str
) -> Pair:
    """Of the files beside ``one`` that fit, the one that is named like it."""
    own = Called.of(one.path)
    fitting = [
        (each, pair) for each, pair in zip(others, pairs, strict=True) if isinstance(pair, Pair)
    ]
    alike = [found for found in fitting if Called.of(found[0].path).words == own.words]
    if alike:
        return min(alike, key=lambda found: _unlike(own, found[0].path))[1]
    if not others:
        raise CheckpointError("{told}: {needed}", told, needed)
    if not fitting:
        why = next(pair for pair in pairs if isinstance(pair, str))
        raise CheckpointError(
            "{told}, and {name} beside it is of another model ({reason}): {needed}",
            told,
            others[0].path.name,
            why,
            needed,
        )
    only, pair = fitting[0]
    if len(fitting) > 1 or own.contradicts(Called.of(only.path)):
        names = ", ".join(each.path.name for each, _ in fitting)
        raise CheckpointError(
            "{told}, and by their names the files beside it that would fit are of other "
            "models ({names}); together they would answer noise: {needed}",
            told,
            names,
            needed,
        )
    return pair


def _unlike(own: Called, path: Path) -> tuple[int, int, str]:
    """How much worse another name is: of the same kind, then of no kind, then any."""
    kinds = Called.of(path).kinds
    return (len(own.kinds ^ kinds) if kinds else 0 if not own.kinds else 1, len(kinds), path.name)


def _in_folder(folder: Path) -> Pair:
    found = list(_outlines(_onnx_files(folder)))
    decoders = [each for each in found if decoder_contract(each) is not None]
    encoders = [each for each in found if is_encoder(each)]
    if not decoders or not encoders:
        raise CheckpointError(_lacking(folder, found, decoders, encoders))
    sets = {Called.of(each.path).words for each in decoders}
    if len(sets) > 1:
        names = ", ".join(sorted(each.path.name for each in decoders))
        raise CheckpointError(
            "the folder {folder} holds more than one model ({names}): choose the file of one",
            folder,
            names,
        )
    plain = min(decoders, key=lambda each: (len(Called.of(each.path).kinds), each.path.name))
    return _with_encoder(plain)


def _lacking(
    folder: Path,
    found: Sequence[Outline],
    decoders: Sequence[Outline],
    encoders: Sequence[Outline],
) -> str:
    if decoders or encoders:
        what, other = say("image encoder"), "decoder"
        if decoders:
            what, other = say("mask decoder"), "encoder"
        there = (decoders or encoders)[0].path
        return say(
            "the folder {folder} holds a {what} alone ({name}): put the file of the "
            "{other} of the same weights beside it, such as {alike}",
            folder,
            what,
            there.name,
            other,
            _alike(there, other),
        )
    if found:
        return _unknown(found[0])
    return say(
        "the folder {folder} holds no ONNX file that can be read: choose another one", folder
    )


def _described(path: Path) -> Pair:
    told = _description(path)
    sides = []
    for key in ("encoder_model_path", "decoder_model_path"):
        value = told.get(key)
        if not isinstance(value, str) or not value:
            raise CheckpointError(
                "{path} names no {key}: needed is a description of a SAM model as "
                "X-AnyLabeling has it, with encoder_model_path and decoder_model_path; "
                "its type is {type}",
                path,
                key,
                repr(told.get("type")),
            )
        sides.append(outline(_local(path, value, told.get("name"))))
    encoder, decoder = sides
    pair = joined(encoder, decoder)
    if isinstance(pair, str):
        if decoder_contract(decoder) is None:
            raise CheckpointError(_unknown(decoder))
        if not is_encoder(encoder):
            raise CheckpointError(_unknown(encoder))
        raise CheckpointError(
            "{path} names two files of different models, {encoder} and {decoder} ({reason}): "
            "name two that were exported from the same weights",
            path,
            encoder.path.name,
            decoder.path.name,
            pair,
        )
    return pair


def _description(path: Path) -> dict[object, object]:
    try:
        with opened(path) as file:
            data = file.read(MAX_DESCRIPTION + 1)
        if len(data) > MAX_DESCRIPTION:
            raise CheckpointError("{path} is too large to be a description of a model", path)
        value: object = yaml.safe_load(data.decode("utf-8"))
    except OSError as error:
        raise CheckpointError(
            "{name} cannot be read: {reason}", path, error.strerror or error
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise CheckpointError(
            "{path} is no description of a model: {reason}", path, first
        ) from error
    if not isinstance(value, dict):
        raise CheckpointError(
            "{path} is no description of a model: needed is one of X-AnyLabeling, with "
            "encoder_model_path and decoder_model_path",
            path,
        )
    return value


def _local(path: Path, value: str, name: object) -> Path:
    """The file that a description means: beside it, or where X-AnyLabeling keeps its downloads.

    Raises:
        CheckpointError: it is not on this machine.
    """
    last = re.split(r"[/\\]", value)[-1]
    places = [path.parent / last]
    if isinstance(name, str) and Path(name).name == name:
        places += [path.parent / name / last, *(home / name / last for home in _downloads())]
    if "://" not in value:
        places.insert(0, path.parent / Path(value).expanduser())
    for place in places:
        if place.is_file():
            return place
    raise CheckpointError(
        "{path} names the file {name}, which is not on this machine: fetch it and put "
        "it beside the description as {base}",
        path,
        value,
        last,
    )


def _downloads() -> Iterator[Path]:
    home = Path.home()
    yield home / "xanylabeling_data" / "models"
    yield home / "anylabeling_data" / "models"


def _siblings(path: Path) -> list[Outline]:
    files = [each for each in _onnx_files(path.parent, nested=False) if each.name != path.name]
    return list(_outlines(files))


def _onnx_files(folder: Path, *, nested: bool = True) -> list[Path]:
    found: list[Path] = []
    for name in FOLDERS if nested else FOLDERS[:1]:
        try:
            inside = [
                each
                for each in (folder / name).iterdir()
                if each.suffix.lower() == SUFFIX and each.is_file()
            ]
        except OSError:
            continue
        found += sorted(inside)[:MOST_FILES]
    return found


def _outlines(files: Sequence[Path]) -> Iterator[Outline]:
    """Of those files that can be read and are other programs'."""
    for file in files:
        try:
            found = outline(file)
        except CheckpointError:
            continue
        if not is_ours(found):
            yield found


def _alike(path: Path, role: str) -> str:
    """What the partner of ``path`` might be called."""
    other = "decoder" if role == "encoder" else "encoder"
    if other in path.name:
        return path.name.replace(other, role)
    return f"{path.name.removesuffix(SUFFIX)}.{role}{SUFFIX}"


def _unknown(found: Outline) -> str:
    """What a file is that is neither."""
    if "batched_images" in found.inputs and "batched_point_coords" in found.inputs:
        return say(
            "{path} holds encoder and decoder in one graph, which would look at the whole "
            "image anew at each click: take the two files of the same model, "
            "*_encoder.onnx and *_decoder.onnx, that its publisher offers beside it",
            found.path,
        )
    if {"language_features", "box_coords"} & set(found.inputs) or "tokens" in found.inputs:
        return say(
            "{path} is a part of SAM 3 that answers words and boxes, not clicks (it "
            "{slots}): take SAM 3's tracker, or another model",
            found.path,
            found.slots,
        )
    titles = ", ".join(contract.title for contract in CONTRACTS)
    return say(
        "{path} is no model that was exported here, and neither the encoder nor the "
        "decoder of one known here (it {slots}): known are the exports of {titles}. "
        "Take the checkpoint it was made from (.pth or .safetensors). A detector of "
        "boxes is used by a description of its own: automask --detector",
        found.path,
        found.slots,
        titles,
    )
