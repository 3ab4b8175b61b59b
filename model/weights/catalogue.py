"""The published checkpoints: what they are, and where they lie once they are here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path

from model.interface import CheckpointError

FILE = Path(__file__).resolve().parents[2] / "resources" / "catalogue.toml"
WORDS = FILE.with_name("word_detectors.toml")
"""Of what finds by words."""
HASH_FROM = ("publisher", "mirrors")
SMALL = 16_000_000
"""Bytes that a file beside weights has at most: a vocabulary, settings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One checkpoint that can be fetched.

    Attributes:
        name: by which ``load`` knows it.
        title: for people.
        good_for: when to choose it, one short sentence.
        url: where its publisher keeps it.
        size: bytes, to the byte unless ``about``.
        sha256: 64 hex digits, or None where nobody tells it.
        licence: SPDX identifier.
        publisher: who made it.
        homepage: where to read about it.
        hash_from: who tells ``sha256``: ``publisher``, then a file must have it, or ``mirrors``,
            then it is only compared with, and what the first download brought counts.
        about: whether ``size`` is only nearly right.
        beside: names of files at the same place that belong to it; it is a folder then.
        terms: family in ``terms.BY_FAMILY`` whose terms hold for it; empty for none.

    Raises:
        ValueError: a field makes no sense.
    """

    name: str
    title: str
    good_for: str
    url: str
    size: int
    sha256: str | None
    licence: str
    publisher: str
    homepage: str
    hash_from: str = "publisher"
    about: bool = False
    terms: str = ""
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError(f"{self.name} must be fetched by https, given {self.url}")
        if not re.fullmatch(r"[\w.-]+\.(pth|pt|safetensors|json|txt)", self.filename):
            raise ValueError(f"{self.name} has an address that ends in no checkpoint: {self.url}")
        if self.size <= 0 or (self.sha256 and not re.fullmatch("[0-9a-f]{64}", self.sha256)):
            raise ValueError(f"{self.name} has a wrong size or sha256")
        if self.hash_from not in HASH_FROM:
            raise ValueError(f"{self.name} has a hash from {self.hash_from}, not of {HASH_FROM}")
        if self.terms:
            from model.terms import BY_FAMILY

            if self.terms not in BY_FAMILY:
                raise ValueError(f"{self.name} has terms of {self.terms}, which nobody told")

    @property
    def most(self) -> int:
        """Bytes that a file of it has at most."""
        return self.size + self.size // 5 if self.about else self.size

    @property
    def filename(self) -> str:
        return urlsplit(self.url).path.rpartition("/")[2]

    def path(self, folder: Path | None = None) -> Path:
        """Where it lies in ``folder``, or in the user's folder of models."""
        home = folder or models_folder()
        return (home / self.name if self.beside else home) / self.filename

    def parts(self) -> tuple[Entry, ...]:
        """The files beside it, each as an entry that lies in its folder."""
        place = self.url.rpartition("/")[0]
        return tuple(
            Entry(
                f"{self.name}/{name}",
                f"{self.title}: {name}",
                "",
                f"{place}/{name}",
                SMALL,
                None,
                self.licence,
                self.publisher,
                self.homepage,
                about=True,
            )
            for name in self.beside
        )

    @property
    def has_certain_hash(self) -> bool:
        """Whether the publisher tells what the file's hash must be."""
        return self.sha256 is not None and self.hash_from == "publisher"


def models_folder() -> Path:
    """The user's folder of checkpoints, as the system wants it; it need not be there."""
    return user_data_path("maskwright", appauthor=False) / "models"


@lru_cache(maxsize=4)
def catalogue(path: Path = FILE) -> Mapping[str, Entry]:
    """All entries by name.

    Raises:
        ValueError: the file is no catalogue.
    """
    listed = tomllib.loads(path.read_text("utf-8"))
    try:
        return {
            name: Entry(
                name=name,
                **{"sha256": None, **each, "beside": tuple(each.get("beside", ()))},
            )
            for name, each in listed.items()
        }
    except TypeError as error:
        raise ValueError(f"{path} is no catalogue of models: {error}") from error


def word_detectors() -> Mapping[str, Entry]:
    """What finds by words and can be fetched, by name."""
    return catalogue(WORDS)


def local_file(
    name: str, folder: Path | None = None, listed: Mapping[str, Entry] | None = None
) -> Path:
    """The file of the published checkpoint ``name``, of the catalogue if not ``listed`` elsewhere.

    Raises:
        CheckpointError: it was not downloaded yet.
    """
    entry = (catalogue() if listed is None else listed)[name]
    path = entry.path(folder)
    if not path.is_file():
        raise CheckpointError(
            "{title} is not on this machine: fetch it ({size} MB) with `python -m model "
            "download {name}`, or give the path of a file you have",
            entry.title,
            f"{entry.size / 1000000.0:,.0f}",
            name,
        )
    return path
