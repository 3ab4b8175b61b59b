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
HASH_FROM = ("publisher", "mirrors")


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

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError(f"{self.name} must be fetched by https, given {self.url}")
        if not re.fullmatch(r"[\w.-]+\.(pth|pt|safetensors)", self.filename):
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
        return (folder or models_folder()) / self.filename

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
        return {name: Entry(name=name, **{"sha256": None, **each}) for name, each in listed.items()}
    except TypeError as error:
        raise ValueError(f"{path} is no catalogue of models: {error}") from error


def local_file(name: str, folder: Path | None = None) -> Path:
    """The file of the published checkpoint ``name``.

    Raises:
        CheckpointError: it was not downloaded yet.
    """
    entry = catalogue()[name]
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
