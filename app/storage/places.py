"""Where this program keeps what does not belong beside the images."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from platformdirs import PlatformDirs

from app.storage.atomic import PRIVATE_FOLDER, sweep_leftovers

NAME = "maskwright"
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Places:
    """Directories of the user; none of them need be there.

    Attributes:
        config: for choices.
        data: for work that must not be lost. Never in a temporary directory.
        cache: for what can be made again.
    """

    config: Path
    data: Path
    cache: Path

    @classmethod
    def of_user(cls) -> Places:
        """Where the system wants them."""
        found = PlatformDirs(NAME, appauthor=False)
        return cls(found.user_config_path, found.user_data_path, found.user_cache_path)

    @classmethod
    def below(cls, root: Path) -> Places:
        """All of them below one directory, for portable use and for tests."""
        return cls(root / "config", root / "data", root / "cache")

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"

    @property
    def server_tokens(self) -> Path:
        return self.config / "server-tokens.json"

    @property
    def rescue(self) -> Path:
        return self.data / "rescue"

    @property
    def unfinished(self) -> Path:
        return self.data / "unfinished.json"

    @property
    def outputs(self) -> Path:
        return self.data / "outputs.toml"

    @property
    def locks(self) -> Path:
        return self.data / "locks"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def days(self) -> Path:
        return self.data / "days"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def embeddings(self) -> Path:
        return self.cache / "embeddings"

    @property
    def evaluations(self) -> Path:
        return self.cache / "evaluations"

    @property
    def trainings(self) -> Path:
        return self.cache / "trainings"

    def tidy(self) -> int:
        """Keep others from looking into these directories; delete what killed writers left there.

        Returns:
            How many files went. What cannot be done is passed over.
        """
        for folder in (self.config, self.data, self.cache):
            with suppress(OSError):
                found = folder.lstat()
                if stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) & 0o077:
                    folder.chmod(PRIVATE_FOLDER)
        folders = (self.config, self.data, self.rescue, self.days, self.embeddings)
        return sum(sweep_leftovers(folder) for folder in folders)

    def mirror_of(self, folder: Path) -> Path:
        """Where the objects of images go whose folder takes none."""
        whole = os.path.realpath(folder)
        number = blake2b(os.fsencode(whole), digest_size=8).hexdigest()
        readable = _SAFE.sub("_", os.path.basename(whole))[:40]
        return self.data / "folders" / f"{readable}-{number}"
