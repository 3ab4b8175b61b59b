"""Files that look like images and cannot be shown here: how they are told apart and named."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.errors import Problem

NO_FILE = "pipe, device or link to nothing"
"""Named like an image, and no file."""

KINDS: dict[str, tuple[str, ...]] = {
    "HEIC": (".heic", ".heif", ".hif", ".heics"),
    "AVIF": (".avif", ".avifs"),
    "JPEG XL": (".jxl",),
    "JPEG 2000": (".jp2", ".j2k", ".jpf", ".jpx"),
    "camera raw": (
        ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".orf",
        ".rw2", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".raw",
    ),
    "Photoshop": (".psd", ".psb"),
    "drawing": (".svg", ".svgz", ".eps"),
    "PDF": (".pdf", ".djvu"),
    "video": (
        ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts", ".flv",
        ".3gp",
    ),
    "DICOM": (".dcm", ".dicom"),
    "volume": (".nii", ".nrrd", ".mha", ".czi", ".lif", ".nd2"),
    "other image": (
        ".ico", ".tga", ".ppm", ".pgm", ".pbm", ".pnm", ".exr", ".hdr", ".dds", ".pcx", ".qoi",
        ".icns", ".xcf", ".vrt", ".ecw", ".sid", ".svs", ".ndpi",
    ),
}  # fmt: skip
"""Endings of files, by the name that people know."""

_BY_SUFFIX = {suffix: kind for kind, suffixes in KINDS.items() for suffix in suffixes}
_BRANDS = {
    b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"hevc": "HEIC",
    b"hevx": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF",
    b"crx ": "camera raw",
}  # fmt: skip
_STARTS = {
    b"8BPS": "a Photoshop file",
    b"%PDF": "a PDF file",
    b"\xff\x0a": "a JPEG XL image",
    b"\0\0\0\x0cJXL ": "a JPEG XL image",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 image",
    b"\x1aE\xdf\xa3": "a video",
    b"version https://git-lfs": "a placeholder of Git LFS",
    b"<svg": "a drawing",
    b"<!DOCTYPE html": "a web page",
    b"<html": "a web page",
}


def kind_of(name: str) -> str | None:
    """What people call a file of that name, if it looks like an image and is not shown."""
    return None if name.startswith(".") else _BY_SUFFIX.get(os.path.splitext(name)[1].lower())


def named(head: bytes) -> str:
    """What a file with these first bytes is, if it is none of the images that are read.

    Args:
        head: at least 16 bytes.

    Returns:
        As "it is a HEIC image, which is not read here"; empty if it is not known.
    """
    if head[4:8] == b"ftyp":
        kind = _BRANDS.get(head[8:12])
        what = "a video" if kind is None else f"{'an' if kind == 'AVIF' else 'a'} {kind} image"
    else:
        what = next((each for start, each in _STARTS.items() if head.startswith(start)), "")
    return f"it is {what}, which is not read here" if what else ""


@dataclass(slots=True)
class LeftOut:
    """What a listing passes over although somebody may miss it.

    Attributes:
        kinds: how many files of each kind.
        folders: those inside that cannot be read, and why.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    folders: list[Problem] = field(default_factory=list)

    def note(self, name: str) -> None:
        """A file of that name is passed over."""
        if (kind := kind_of(name)) is not None:
            self.kinds[kind] += 1

    @property
    def files(self) -> int:
        return self.kinds.total()

    @property
    def in_words(self) -> str:
        """As "9 HEIC, 2 video", the most first."""
        return ", ".join(f"{count} {kind}" for kind, count in self.kinds.most_common())

    def problems(self) -> Iterator[Problem]:
        """What to tell, in few sentences."""
        if self.kinds:
            what = f"Files that are not shown here: {self.in_words}."
            only_odd = set(self.kinds) == {NO_FILE}
            yield Problem(what, "" if only_odd else "To annotate them, save them as PNG or JPEG.")
        if len(self.folders) == 1:
            yield self.folders[0]
        elif self.folders:
            first = self.folders[0]
            what = f"{len(self.folders)} folders inside cannot be read."
            yield Problem(what, f"The first: {first.what}", first.cause)
