"""What an image file says of itself, read in few and small steps before anything is decoded.

Decoders trust their files: a page that nobody asked for, a note that unpacks to gigabytes, a table
of tags that all point to the same bytes. So the size, the orientation and whether there are more
images are read here, each with a bound, and of a PNG or JPEG only the parts that make up the pixels
are handed on.

Sources: PNG specification, third edition; ITU T.81 annex B; GIF89a; RFC 9649 for WebP; TIFF 6.0 and
BigTIFF; Microsoft's BITMAPINFOHEADER; EXIF 2.3; GDAL's GeoTIFF driver for its no-data tag.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from model.messages import BadValueError, say

MAX_PARTS = 1 << 18
"""Chunks, segments or blocks of a file that are looked at; PNG's usual ones then make 2 GiB."""
MAX_NOTE = 1 << 20
"""Bytes of one note, packed or unpacked, in which the orientation is looked for."""
MAX_NUMBERS = 1 << 22
"""Numbers in one tag of a TIFF: a strip for each row of the longest image, in 64 planes."""
MAX_SCAN_WORK = 1 << 31
"""Scans of a progressive JPEG times its pixels; up to ``FEW_SCANS`` are always allowed."""
FEW_SCANS = 64

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_NEEDED = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"))
_PNG_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))
_XMP, _RAW_EXIF = b"XML:com.adobe.xmp", b"Raw profile type exif"
_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
_BMP_HEADERS = frozenset((12, 40, 52, 56, 64, 108, 124))
_WIDTH, _LENGTH, _ORIENTATION, _DEPTH, _NO_DATA = 256, 257, 274, 32997, 42113
_BYTES_OF_TYPE = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8,
                  13: 4, 16: 8, 17: 8, 18: 8}  # fmt: skip
_FORMAT_OF_TYPE = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}
_TEXT_TYPES = frozenset((1, 2, 6, 7))


@dataclass(frozen=True, slots=True)
class Header:
    """The first image of a file, as it is stored.

    Attributes:
        kind: PNG, JPEG, WEBP, TIFF, BMP or GIF.
        height, width: as stored, before the orientation is applied.
        orientation: EXIF's number, 1 to 8; 1 where it says nothing sensible.
        several: whether more images follow; False where the file was not gone through for it.
        slices: of a TIFF that holds a volume as one image; else 1.
        no_data: of a GeoTIFF, the value that stands for nothing; None if it names none.
        kept: the parts (start, end) that make up the pixels; empty for the whole file.
    """

    kind: str
    height: int
    width: int
    orientation: int = 1
    several: bool = False
    slices: int = 1
    no_data: float | None = None
    kept: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def needed(self, data: bytes) -> bytes:
        """The file without the parts that say nothing of the pixels."""
        if not self.kept:
            return data
        whole = memoryview(data)
        return b"".join(whole[start:end] for start, end in self.kept)


class UnknownKind(BadValueError):  # noqa: N818  caught at once
    """The first bytes are of no kind that is read."""


def read_header(file: BinaryIO, *, whole: bool = False) -> Header:
    """The header of the image in ``file``, read in bounded time and memory.

    Args:
        file: open for reading, at any place.
        whole: go through the file for what only decoding needs: what follows the first image, and
            how much work the pixels are.

    Raises:
        UnknownKind: it is in none of the formats.
        ValueError: the header is damaged, and how.
        OSError: it cannot be read.
    """
    head = _at(file, 0, 16)
    with _told_as_damage():
        if head.startswith(_PNG_SIGNATURE):
            return _png(file)
        if head.startswith(b"\xff\xd8\xff"):
            return _jpeg(file, whole)
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            return _webp(file)
        if head.startswith((b"GIF87a", b"GIF89a")):
            return _gif(file, whole)
        if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            return _tiff(file)
        if head.startswith(b"BM"):
            return _bmp(file)
    raise UnknownKind("it is not an image in a known format")


def orientation_of(exif: bytes, xmp: bytes = b"") -> int:
    """The orientation that the notes of a camera tell; 1 if they do not.

    Args:
        exif: of an EXIF block, with or without its name in front.
        xmp: an XMP packet, asked where EXIF says nothing.
    """
    while exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    found: int | None = None
    # Broken notes about the camera are no reason to refuse the photograph.
    with suppress(ValueError, struct.error):
        for tag in _directory(io.BytesIO(exif)).tags:
            if tag.code == _ORIENTATION:
                found = tag.number
    if found is None and (match := _XMP_ORIENTATION.search(xmp)) is not None:
        found = int(match[1])
    return _sensible(found)


def _sensible(orientation: int | None) -> int:
    return orientation if orientation is not None and 1 <= orientation <= 8 else 1


@contextmanager
def _told_as_damage() -> Iterator[None]:
    """Numbers that are not there make a ValueError."""
    try:
        yield
    except (struct.error, IndexError) as error:
        raise ValueError(say("it is cut short")) from error


def _at(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _size(file: BinaryIO) -> int:
    return file.seek(0, io.SEEK_END)


# -- PNG


def _png(file: BinaryIO) -> Header:
    head = _at(file, 8, 21)
    if head[4:8] != b"IHDR":
        raise ValueError(say("it does not begin with its size"))
    width, height = struct.unpack(">II", head[8:16])
    kept, frames = [(0, 8)], 0
    notes: dict[bytes, bytes] = {}
    for kind, start, length in _png_chunks(file):
        if kind in _PNG_NEEDED:
            kept.append((start - 8, start + length + 4))
        elif kind == b"eXIf":
            notes.setdefault(b"exif", _at(file, start, min(length, MAX_NOTE)))
        elif kind == b"acTL" and length >= 4:
            frames = int.from_bytes(_at(file, start, 4))
        elif kind in _PNG_TEXTS and len(notes) < 3:
            keyword, text = _png_text(kind, _at(file, start, min(length, MAX_NOTE)))
            if keyword in (_XMP, _RAW_EXIF):
                notes.setdefault(keyword, text)
    exif = notes.get(b"exif") or _from_raw_profile(notes.get(_RAW_EXIF, b""))
    turned = orientation_of(exif, notes.get(_XMP, b""))
    parts = tuple(_joined(kept))
    whole = len(parts) == 1 and parts[0][1] >= _size(file)
    return Header("PNG", height, width, turned, frames > 1, kept=() if whole else parts)


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, place of the body, its length) of each chunk up to the last one."""
    place = 8
    for _ in range(MAX_PARTS):
        head = _at(file, place, 8)
        if len(head) < 8:
            return
        length, kind = int.from_bytes(head[:4]), head[4:]
        if not kind.isalpha():
            return  # what decodes the pixels says whether it needed more
        yield kind, place + 8, length
        place += length + 12
        if kind == b"IEND":
            return
    raise ValueError(say("it is made of too many parts"))


def _png_text(kind: bytes, body: bytes) -> tuple[bytes, bytes]:
    """The keyword and the text, unpacked as far as ``MAX_NOTE``."""
    keyword, _, rest = body.partition(b"\0")
    if keyword not in (_XMP, _RAW_EXIF):
        return keyword, b""
    packed = kind == b"zTXt"
    if kind == b"zTXt":
        rest = rest[1:]
    elif kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        try:
            rest = zlib.decompressobj().decompress(rest, MAX_NOTE)
        except zlib.error:
            rest = b""
    return keyword, rest


def _from_raw_profile(text: bytes) -> bytes:
    """ImageMagick's way to keep EXIF: a name, a length, then hexadecimal digits in lines."""
    try:
        return bytes.fromhex(b"".join(text.split(b"\n")[3:]).decode("ascii"))
    except ValueError:
        return b""


def _joined(parts: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbours as one."""
    start, end = parts[0]
    for first, last in parts[1:]:
        if first != end:
            yield start, end
            start = first
        end = last
    yield start, end


# -- JPEG


def _jpeg(file: BinaryIO, whole: bool) -> Header:
    size: tuple[int, int] | None = None
    progressive, exif, xmp = False, b"", b""
    kept = [(0, 2)]
    place = 2
    for marker, start, length in _jpeg_segments(file):
        body = start + 2
        if marker in _SOF and size is None:
            _, height, width = struct.unpack(">BHH", _at(file, body, 5))
            size, progressive = (height, width), marker in _PROGRESSIVE
        elif marker == 0xE1 and not (exif and xmp):
            note = _at(file, body, length - 2)
            if note.startswith(b"Exif\0\0"):
                exif = exif or note
            elif note.startswith(_JPEG_XMP):
                xmp = xmp or note
        # Of the notes, decoding needs JFIF's and Adobe's, which tell how colours are stored.
        if (not 0xE1 <= marker <= 0xEF and marker != 0xFE) or marker == 0xEE:
            kept.append((start - 2, start + length))
        place = start + length
    if size is None:
        raise ValueError(say("it does not tell its size"))
    end = _size(file)
    if whole and progressive:
        _check_scans(_at(file, place, end - place), size[0] * size[1])
    parts = tuple(_joined([*kept, (place, end)]))
    turned = orientation_of(exif, xmp)
    return Header("JPEG", *size, turned, kept=() if len(parts) == 1 else parts)


def _jpeg_segments(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """(marker, place of its length, its length) up to the first scan, and with it."""
    place = 2
    for _ in range(MAX_PARTS):
        head = _at(file, place, 4)
        if len(head) < 4:
            raise ValueError(say("it is cut short"))
        if head[0] != 0xFF:
            raise ValueError(say("a marker is missing"))
        if head[1] == 0xFF:  # padding
            place += 1
            continue
        if head[1] in (0x00, 0x01) or 0xD0 <= head[1] <= 0xD7:
            place += 2
            continue
        length = int.from_bytes(head[2:])
        if head[1] == 0xD9 or length < 2:
            raise ValueError(say("it ends before its pixels"))
        yield head[1], place + 2, length
        if head[1] == 0xDA:
            return
        place += length + 2
    raise ValueError(say("it is made of too many parts"))


def _check_scans(pixels: bytes, count: int) -> None:
    """Each scan of a progressive JPEG goes over all pixels, however few bytes it has."""
    scans, place = 1, 0
    while (found := _NEXT_MARKER.search(pixels, place)) is not None:
        marker, place = found[0][1], found.end()
        if marker == 0xD9:
            return
        scans += marker == 0xDA
        if scans > FEW_SCANS and scans * count > MAX_SCAN_WORK:
            raise ValueError(say("it is made of too many scans"))
        if marker != 0xDA:
            place += int.from_bytes(pixels[place : place + 2])


# -- WebP


def _webp(file: BinaryIO) -> Header:
    head = _at(file, 0, 30)
    kind = head[12:16]
    if kind == b"VP8 ":
        if head[23:26] != b"\x9d\x01\x2a":
            raise ValueError(say("its first frame is damaged"))
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", head[26:30]))
    elif kind == b"VP8L":
        bits = struct.unpack("<I", head[21:25])[0]
        width, height = (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    elif kind == b"VP8X" and len(head) == 30:
        width = int.from_bytes(head[24:27], "little") + 1
        height = int.from_bytes(head[27:30], "little") + 1
    else:
        raise ValueError(say("it does not tell its size"))
    if kind != b"VP8X":
        return Header("WEBP", height, width)
    exif, xmp, frames = b"", b"", 0
    for name, start, length in _riff_chunks(file):
        if name == b"EXIF":
            exif = exif or _at(file, start, min(length, MAX_NOTE))
        elif name == b"XMP ":
            xmp = xmp or _at(file, start, min(length, MAX_NOTE))
        frames += name == b"ANMF"
    return Header("WEBP", height, width, orientation_of(exif, xmp), frames > 1)


def _riff_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    place = 12
    for _ in range(MAX_PARTS):
        head = _at(file, place, 8)
        if len(head) < 8 or not head[:4].strip(b"\0"):
            return
        length = int.from_bytes(head[4:], "little")
        yield head[:4], place + 8, length
        place += 8 + length + length % 2
    raise ValueError(say("it is made of too many parts"))


# -- GIF


def _gif(file: BinaryIO, whole: bool) -> Header:
    head = _at(file, 6, 7)
    width, height, flags = struct.unpack("<HHBxx", head)
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    found = _gif_image(file, place, MAX_PARTS)
    if found is None:
        raise ValueError(say("it holds no image"))
    left, top, inner_width, inner_height, flags = struct.unpack("<4HB", _at(file, found, 9))
    # The first image may be larger than the screen it is drawn on, and then counts.
    width, height = max(width, left + inner_width), max(height, top + inner_height)
    several = False
    if whole:
        pixels = found + 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
        after = _after_blocks(file, pixels, MAX_PARTS * 16)
        several = after is not None and _gif_image(file, after, MAX_PARTS) is not None
    return Header("GIF", height, width, several=several)


def _gif_image(file: BinaryIO, place: int, parts: int) -> int | None:
    """Where the next image is described; None if there is none."""
    for _ in range(parts):
        introducer = _at(file, place, 1)
        if introducer == b",":
            return place + 1
        if introducer in (b"", b";"):
            return None
        if introducer == b"!":
            after = _after_blocks(file, place + 2, parts)
            if after is None:
                return None
            place = after
        else:
            place += 1
    raise ValueError(say("it is made of too many parts"))


def _after_blocks(file: BinaryIO, place: int, parts: int) -> int | None:
    """Behind the blocks that begin at ``place``; None if they do not end."""
    file.seek(place)
    for _ in range(parts):
        length = file.read(1)
        if not length:
            return None
        if length == b"\0":
            return file.tell()
        file.seek(length[0], io.SEEK_CUR)
    return None


# -- BMP


def _bmp(file: BinaryIO) -> Header:
    head = _at(file, 14, 12)
    kind = int.from_bytes(head[:4], "little")
    if kind not in _BMP_HEADERS:
        raise ValueError(say("its header of {count} bytes is of no known kind", kind))
    if kind == 12:
        width, height = struct.unpack("<HH", head[4:8])
    else:
        width, height = struct.unpack("<Ii", head[4:12])
    return Header("BMP", abs(height), width)


# -- TIFF


@dataclass(frozen=True, slots=True)
class _Tag:
    code: int
    kind: int
    count: int
    data: bytes
    """Its first value, or what of it lies in the directory itself."""
    endian: str

    @property
    def bytes(self) -> int:
        return _BYTES_OF_TYPE.get(self.kind, 0) * self.count

    @property
    def number(self) -> int | None:
        """Its only whole number."""
        form = _FORMAT_OF_TYPE.get(self.kind)
        if form is None or self.count != 1:
            return None
        return int(struct.unpack_from(self.endian + form, self.data)[0])

    @property
    def place(self) -> int:
        """Where its value lies, if it does not lie here."""
        return int.from_bytes(self.data, "little" if self.endian == "<" else "big")


@dataclass(frozen=True, slots=True)
class _Directory:
    tags: list[_Tag]
    next: int


def _directory(file: BinaryIO) -> _Directory:
    """The tags of the first directory; those of notes of a camera, too."""
    head = _at(file, 0, 16)
    if head[:2] not in (b"II", b"MM"):
        raise ValueError(say("it does not tell the order of its bytes"))
    endian = "<" if head[:2] == b"II" else ">"
    big = struct.unpack_from(endian + "H", head, 2)[0] == 43
    word, count_form, entry = ("Q", "Q", 20) if big else ("I", "H", 12)
    wide = 8 if big else 4
    place = struct.unpack_from(endian + word, head, 8 if big else 4)[0]
    width = struct.calcsize(count_form)
    count = struct.unpack(endian + count_form, _at(file, place, width))[0]
    if count > 0xFFFF:
        raise ValueError(say("it is made of too many parts"))
    body = _at(file, place + width, count * entry + wide)
    tags = []
    for start in range(0, min(count * entry, len(body) - entry + 1), entry):
        code, kind, many = struct.unpack_from(f"{endian}HH{word}", body, start)
        tags.append(_Tag(code, kind, many, body[start + entry - wide : start + entry], endian))
    rest = body[count * entry :]
    following = struct.unpack(endian + word, rest)[0] if len(rest) == wide else 0
    return _Directory(tags, following)


def _tiff(file: BinaryIO) -> Header:
    directory, end = _directory(file), _size(file)
    if sum(tag.bytes for tag in directory.tags if tag.bytes > len(tag.data)) > end:
        raise ValueError(say("its tags hold more than the file"))
    values: dict[int, int] = {}
    no_data = None
    for tag in directory.tags:
        if tag.kind not in _TEXT_TYPES and tag.count > MAX_NUMBERS:
            raise ValueError(say("it is made of too many parts"))
        if (number := tag.number) is not None:
            values[tag.code] = number
        if tag.code == _NO_DATA and tag.kind == 2:
            no_data = _no_data(file, tag)
    if _WIDTH not in values or _LENGTH not in values:
        raise ValueError(say("it does not tell its size"))
    return Header(
        "TIFF",
        values[_LENGTH],
        values[_WIDTH],
        _sensible(values.get(_ORIENTATION)),
        0 < directory.next < end,
        max(1, values.get(_DEPTH, 1)),
        no_data,
    )


def _no_data(file: BinaryIO, tag: _Tag) -> float | None:
    inside = tag.count <= len(tag.data)
    text = tag.data[: tag.count] if inside else _at(file, tag.place, min(tag.count, 64))
    try:
        return float(text.split(b"\0")[0].decode("ascii").strip())
    except ValueError:
        return None
