"""What client and service say to each other: names, limits, and pixels as they are.

Version 1, over HTTP:

``GET /model``: a JSON object about the model, see ``Told``.
``GET /model/PART``: one graph of its prompt side in ONNX, as ``python -m model export`` writes it.
``POST /embed``: what the encoder would see, as a PNG image (``Content-Type: image/png``) or as the
network's finished input (``PREPARED``); the answer is a stored embedding, see ``embedding_file``.
``GET /health``, ``GET /metrics``: for whoever looks after the service.

Every answer names the version in ``PROTOCOL``; a request that names another is refused.
"""

from __future__ import annotations

import json
import math
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from model.architecture.config import Variant
from model.architecture.features import feature_shapes, network_input
from model.interface import Float
from model.messages import BadValueError
from model.runtime_onnx.graph_file import Part
from model.transforms import Transform, resized_image, seen_pixels

VERSION = 1
PROTOCOL = "Maskwright-Protocol"
MODEL = "Maskwright-Model"
"""Identity of the model; of a request: the one that is expected to answer."""
FEATURES = "Maskwright-Features"
"""``float16`` or ``float32``: how features are to be sent."""
ROUNDING = "Maskwright-Rounding"
"""Of an answer: the largest difference between a feature as it was computed and as it was sent."""
WAITING = "Maskwright-Waiting"
"""Of an answer: requests that are taken and not answered yet, this one not counted."""
PNG = "image/png"
PREPARED = "application/x-maskwright-input"
"""Rows, columns as two 4-byte little-endian numbers; then with zlib the float32 values (3, rows,
columns), the first bytes of all of them, the second bytes of all, and so on."""
SPARE_BYTES = 1 << 16
"""More than compressed pixels can take beyond the pixels themselves, with all headers of PNG."""
MOST_TOLD = 1 << 16
"""Bytes of the JSON about a model."""
MOST_PART = 1 << 28
"""Bytes of one graph of a prompt side; the largest known has 17 MB."""
MOST_FEATURES = 1 << 30
"""Bytes of an embedding that a client takes."""
_IDENTITY = re.compile(r"[0-9a-zA-Z_.-]{8,128}")
_SUM = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ALLOWED_CHUNKS = (b"IHDR", b"IDAT", b"IEND")


@dataclass(frozen=True, slots=True)
class Told:
    """What a service says of its model.

    Attributes:
        identity, image_identity: see ``Model``; equal where a service of before tells only one.
        variant: name of the architecture.
        device, precision: see ``RuntimeReport``.
        parts: bytes and SHA-256 of each graph of the prompt side.
    """

    identity: str
    image_identity: str
    variant: str
    device: str
    precision: str
    parts: Mapping[Part, tuple[int, str]]

    def dumps(self) -> bytes:
        """As JSON."""
        parts = {part.value: {"bytes": n, "sha256": s} for part, (n, s) in self.parts.items()}
        told = {
            "protocol": VERSION,
            "identity": self.identity,
            "image_identity": self.image_identity,
            "variant": self.variant,
            "device": self.device,
            "precision": self.precision,
            "prompt_side": parts,
        }
        return json.dumps(told, indent=1).encode()


def told_of(data: bytes) -> Told:
    """What ``Told.dumps`` wrote.

    Raises:
        ValueError: it is something else, of another version, or holds what cannot be.
    """
    try:
        found = json.loads(data)
        version = found["protocol"]
        if version != VERSION:
            raise BadValueError("it speaks version {other} of the protocol", shortly(version))
        images = found.get("image_identity", found["identity"])
        names = [found["identity"], images]
        names += [found[key] for key in ("variant", "device", "precision")]
        parts = {Part(key): _part(value) for key, value in found["prompt_side"].items()}
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, RecursionError) as error:
        raise BadValueError("it does not say what its model is") from error
    if not all(isinstance(name, str) and 0 < len(name) <= 200 for name in names):
        raise BadValueError("it does not say what its model is")
    if any(not _IDENTITY.fullmatch(name) or name.startswith(".") for name in names[:2]):
        raise BadValueError("its model has an identity that cannot be")
    if not {Part.MEMORY, Part.DECODER} <= set(parts) or Part.ENCODER in parts:
        raise BadValueError("its prompt side is not complete")
    identity, image_identity, variant, device, precision = names
    return Told(identity, image_identity, variant, device, precision, parts)


def _part(value: Any) -> tuple[int, str]:
    size, digest = value["bytes"], value["sha256"]
    if type(size) is not int or not 0 < size <= MOST_PART or not _SUM.fullmatch(digest):
        raise BadValueError("its prompt side has sizes that cannot be")
    return size, digest


def shortly(value: object) -> str:
    """``value`` in so few characters that it fits into a message."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def stretched(variant: Variant) -> bool:
    """Whether the encoder sees floating-point pixels that no image of 8 bits holds."""
    return variant.stretched or variant.unfiltered


def pack(
    image: npt.NDArray[np.uint8], transform: Transform, variant: Variant
) -> tuple[str, list[bytes]]:
    """What the encoder of ``variant`` would see of ``image`` (H, W, 3): content type and bytes.

    A stretched image goes as it is where that is fewer bytes than the input made of it.
    """
    if not stretched(variant):
        side = Transform(transform.image_size, variant.seen_side, transform.window)
        return PNG, [_png(resized_image(image, side))]
    seen = seen_pixels(image, transform)
    if seen.size <= most_pixel_bytes(variant):
        return PNG, [_png(seen)]
    return PREPARED, _packed_input(network_input(image, transform, variant))


def most_pixel_bytes(variant: Variant) -> int:
    """Bytes of pixels, not compressed, that a request holds at most."""
    rows = variant.seen_side
    return (12 if stretched(variant) else 3) * rows * rows


def most_body(variant: Variant) -> int:
    """Bytes of a request's body at most; compressed pixels are hardly ever longer than others."""
    return most_pixel_bytes(variant) + most_pixel_bytes(variant) // 100 + SPARE_BYTES


def unpack(kind: str, body: bytes, variant: Variant) -> tuple[Float, Transform]:
    """The network's input (1, 3, h, w) and its transform, as if it were an image of its own.

    Nothing is allocated that the variant's sizes do not allow, whatever ``body`` says.

    Raises:
        ValueError: ``body`` is no such thing, damaged or too large.
    """
    if kind == PNG:
        image = _opened_png(body, variant)
        transform = Transform(image.shape[:2], variant.input_size, None, variant.stretched)
        return network_input(image, transform, variant), transform
    if kind == PREPARED and stretched(variant):
        side = variant.input_size
        transform = Transform((side, side), side, None, variant.stretched)
        return _unpacked_input(body, variant.input_shape(transform.resized)), transform
    raise BadValueError("pixels must come as {kinds}", PNG)


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    swapped = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", swapped, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise BadValueError("the pixels could not be packed")
    return data.tobytes()


def _opened_png(body: bytes, variant: Variant) -> npt.NDArray[np.uint8]:
    """(H, W, 3) RGB. Raises: ValueError."""
    width, height = _png_size(body)
    most = 1 << 16 if stretched(variant) else variant.seen_side
    if max(width, height) > most or 3 * width * height > most_pixel_bytes(variant):
        raise BadValueError("the image is larger than what the encoder sees")
    try:
        with Image.open(BytesIO(body), formats=["PNG"]) as picture:
            if picture.mode != "RGB" or picture.size != (width, height):
                raise BadValueError("the image must have three channels of 8 bits")
            return np.asarray(picture)
    except (OSError, SyntaxError, zlib.error, struct.error, OverflowError) as error:
        raise BadValueError("the image is damaged") from error


def _png_size(body: bytes) -> tuple[int, int]:
    """(width, height) of a plain PNG: nothing in it but its head and pixels.

    Raises:
        ValueError: it is none, or has other parts: texts and profiles may be bombs of their own.
    """
    if not body.startswith(_SIGNATURE):
        raise BadValueError("this is no PNG image")
    place, kinds = len(_SIGNATURE), list[bytes]()
    while place < len(body):
        if place + 12 > len(body):
            raise BadValueError("the image is damaged")
        length, kind = struct.unpack_from(">I4s", body, place)
        if kind not in _ALLOWED_CHUNKS or place + 12 + length > len(body):
            raise BadValueError("the image is damaged, or holds more than pixels")
        kinds.append(kind)
        place += 12 + length
    if kinds[:1] != [b"IHDR"] or kinds.count(b"IHDR") != 1 or kinds[-1] != b"IEND":
        raise BadValueError("the image is damaged")
    if len(body) < len(_SIGNATURE) + 25:
        raise BadValueError("the image is damaged")
    width, height, *layout = struct.unpack_from(">IIBBBBB", body, len(_SIGNATURE) + 8)
    if layout != [8, 2, 0, 0, 0]:
        raise BadValueError("the image must have three channels of 8 bits and not be interlaced")
    if not (width and height):
        raise BadValueError("the image has no pixels")
    return width, height


def _packed_input(prepared: Float) -> list[bytes]:
    rows, columns = prepared.shape[2:]
    planes = prepared.reshape(-1).astype("<f4", copy=False).view(np.uint8).reshape(-1, 4).T
    packed = zlib.compress(np.ascontiguousarray(planes).tobytes(), 1)
    return [struct.pack("<II", rows, columns), packed]


def _unpacked_input(body: bytes, shape: tuple[int, int]) -> Float:
    if len(body) < 8 or struct.unpack_from("<II", body) != shape:
        raise BadValueError("the input must have {rows} x {columns} pixels", *shape)
    expected = 12 * math.prod(shape)
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(body[8:], expected + 1)
    except zlib.error as error:
        raise BadValueError("the input is damaged") from error
    if len(data) != expected or not reader.eof or reader.unused_data:
        raise BadValueError("the input is damaged")
    values = np.frombuffer(data, np.uint8).reshape(4, -1).T
    prepared = np.ascontiguousarray(values).view("<f4").reshape(1, 3, *shape)
    if not np.isfinite(prepared).all():
        raise BadValueError("the input holds values that are not finite")
    return prepared.astype(np.float32, copy=False)


def most_answer(variant: Variant, cells: tuple[int, int]) -> int:
    """Bytes of an answer at most: features of 4 bytes and their names."""
    shapes = feature_shapes(variant, cells).values()
    return 4 * sum(math.prod(shape) for shape in shapes) + SPARE_BYTES
