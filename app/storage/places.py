"""Where things lie: what ships with the program, and what it keeps for its user."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP = "maskwright"
ROOT = Path(__file__).resolve().parents[2]


def resources() -> Path:
    """Icons, translations, sample photographs, the model that ships with the program."""
    return ROOT / "resources"


def samples() -> Path:
    """The photographs shown when nothing else is opened."""
    return resources() / "samples"


def config() -> Path:
    """Settings."""
    return Path(platformdirs.user_config_dir(APP, appauthor=False))


def cache() -> Path:
    """What can be made again: embeddings."""
    return Path(platformdirs.user_cache_dir(APP, appauthor=False))


def data() -> Path:
    """What must not be lost: rescued work, mirrored annotations, downloaded models."""
    return Path(platformdirs.user_data_dir(APP, appauthor=False))


def state() -> Path:
    """Logs, locks, the pace of today."""
    return Path(platformdirs.user_state_dir(APP, appauthor=False))
