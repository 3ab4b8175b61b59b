"""Files that look like images and cannot be shown here: how they are told apart and named."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.errors import Problem
from model.messages import joined, say

NO_FILE = say("pipe, device or link to nothing")
"""Named like an image, and no file."""

KINDS: dict[str, tuple[str, ...]] = {
    "HEIC": (".heic", ".heif", ".hif", ".heics"),
    "AVIF": (".avif", ".avifs"),
    "JPEG XL": (".jxl",),
    "JPEG 2000": (".jp2", ".j2k", ".jpf", ".jpx"),
    say("camera raw"): (
        ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".orf",
        ".rw2", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".raw",
    ),
    "Photoshop": (".psd", ".psb"),
    say("drawing"): (".svg", ".svgz", ".eps"),
    "PDF": (".pdf", ".djvu"),
    say("video"): (
        ".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".mts", ".flv",
        ".3gp",
    ),
    "DICOM": (".dcm", ".dicom"),
    say("volume"): (".nii", ".nrrd", ".mha", ".czi", ".lif", ".nd2"),
    say("other image"): (
        ".ico", ".tga", ".ppm", ".pgm", ".pbm", ".pnm", ".exr", ".hdr", ".dds", ".pcx", ".qoi",
        ".icns", ".xcf", ".vrt", ".ecw", ".sid", ".svs", ".ndpi",
    ),
}  # fmt: skip
"""Endings of files, by the name that people know."""

_BY_SUFFIX = {suffix: kind for kind, suffixes in KINDS.items() for suffix in suffixes}
_BRANDS = {
    b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"hevc": "HEIC",
    b"hevx": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF",
    b"crx ": say("camera raw"),
}  # fmt: skip
_STARTS = {
    b"8BPS": say("a Photoshop file"),
    b"%PDF": say("a PDF file"),
    b"\xff\x0a": say("a JPEG XL image"),
    b"\0\0\0\x0cJXL ": say("a JPEG XL image"),
    b"\0\0\0\x0cjP  ": say("a JPEG 2000 image"),
    b"\x1aE\xdf\xa3": say("a video"),
    b"version https://git-lfs": say("a placeholder of Git LFS"),
    b"<svg": say("a drawing"),
    b"<!DOCTYPE html": say("a web page"),
    b"<html": say("a web page"),
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
        if kind is None:
            what = say("a video")
        else:
            what = say("an {kind} image", kind) if kind == "AVIF" else say("a {kind} image", kind)
    else:
        what = next((each for start, each in _STARTS.items() if head.startswith(start)), say(""))
    return say("it is {kind}, which is not read here", what) if what else what


@dataclass(slots=True)
class LeftOut:
    """What a listing passes over although somebody may miss it.

    Attributes:
        kinds: how many files of each kind.
        folders: those inside that cannot be read, and why.
        inside: the first folder inside that holds images, where such folders are not entered.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    folders: list[Problem] = field(default_factory=list)
    inside: str = ""

    def note(self, name: str) -> None:
        """A file of that name is passed over."""
        if (kind := kind_of(name)) is not None:
            self.kinds[kind] += 1

    @property
    def anything(self) -> bool:
        return bool(self.kinds or self.folders or self.inside)

    @property
    def files(self) -> int:
        return self.kinds.total()

    @property
    def in_words(self) -> str:
        """As "9 HEIC, 2 video", the most first."""
        kinds = self.kinds.most_common()
        return joined((say("{count} {kind}", count, kind) for kind, count in kinds), ", ")

    def problems(self) -> Iterator[Problem]:
        """What to tell, in few sentences."""
        if self.kinds:
            what = say("Files that are not shown here: {kinds}.", self.in_words)
            only_odd = set(self.kinds) == {NO_FILE}
            yield Problem(
                what, "" if only_odd else say("To annotate them, save them as PNG or JPEG.")
            )
        if len(self.folders) == 1:
            yield self.folders[0]
        elif self.folders:
            first = self.folders[0]
            what = say("{count} folders inside cannot be read.", len(self.folders))
            yield Problem(what, say("The first: {first}", first.what), first.cause)
