"""The hashes of files whose publisher tells none: what the first download brought, for later ones.

They lie beside the files, in the form that ``sha256sum --check`` reads.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

NAME = "checksums.sha256"
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^\r\n/\\]+)")
_MOST_BYTES = 1 << 20


def sha256_of(path: Path) -> str:
    """64 hex digits.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_hash(path: Path) -> str | None:
    """What the first download of ``path`` had; None if nothing is remembered.

    A file of hashes that cannot be read counts as none; lines that are no hashes are passed over.
    """
    return _known(path.parent).get(path.name)


def remember_hash(path: Path, digest: str) -> None:
    """Note what a file had when it first arrived; what is noted of others stays.

    Raises:
        OSError: it cannot be written; what was noted before is as it was.
    """
    known = {**_known(path.parent), path.name: digest}
    text = "".join(f"{each} *{name}\n" for name, each in sorted(known.items()))
    handle, temporary = tempfile.mkstemp(prefix=NAME, dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path.parent / NAME)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _known(folder: Path) -> dict[str, str]:
    try:
        with (folder / NAME).open("rb") as file:
            lines = file.read(_MOST_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    found = (_LINE.fullmatch(line.strip()) for line in lines)
    return {each[2]: each[1] for each in found if each is not None}
