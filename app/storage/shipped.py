"""What comes with the program: icons, translations, the built-in model, sample photographs."""

from __future__ import annotations

from pathlib import Path

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
SAMPLES = RESOURCES / "samples"
"""The photographs shown when nothing else is opened."""
