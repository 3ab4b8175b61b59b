"""What is said before any library is there, in the language of the system.

The same templates in the same tables as all other messages of the program (``model.messages``).
This file is read by any Python 3 still in use: an old one is told so in its user's language.
"""

import json
import locale
import os
import re
from pathlib import Path
from typing import Dict, Mapping  # noqa: UP035  for Python 3.8

FOLDER = Path(__file__).resolve().parent.parent.parent / "resources" / "translations"
_PLACE = re.compile(r"\{(\w+)\}")


def of_system(environ: Mapping[str, str]) -> str:
    """The code of the system's language, such as ``zh_CN``."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    stated = next((environ[name] for name in names if environ.get(name)), None)
    return (stated or locale.getlocale()[0] or "en").partition(".")[0]


def sentence(template: str, *values: object) -> str:
    """``template`` in the language of the system, its places filled with ``values`` in order."""
    names = list(dict.fromkeys(_PLACE.findall(template)))
    places = dict(zip(names, map(str, values)))  # noqa: B905  3.9 has no strict
    words = _table(of_system(os.environ)).get(template, template)
    return _PLACE.sub(lambda found: places[found.group(1)], words)


def _table(language: str) -> Dict[str, str]:  # noqa: UP006  for Python 3.8
    try:
        found = json.loads((FOLDER / f"messages_{language}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(found)
