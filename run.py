"""Start Maskwright: make its environment on the first run, then run the program in it.

    python3 run.py [arguments]         the program (Windows: py run.py)
    python3 run.py --with-torch ...    the same, with PyTorch for .pth checkpoints
    python3 run.py --with-ray ...      the same, with Ray for work on many machines
    python3 run.py --with-s3 ...       the same, for folders in an object store (s3://bucket/folder)
    python3 run.py --with-text ...     the same, with PyTorch and transformers to find by words
    python3 run.py test                every check and test, on all cores
    python3 run.py test ARGUMENTS      every check; tests as these arguments of pytest say

Needs Python 3.11 or newer and nothing else. This file keeps to what any Python 3 still in use
can read, so that an old one gets a sentence instead of a syntax error.
"""

import sys

OLDEST = (3, 11)


def too_old(version: "tuple[int, ...]") -> str:
    """Say what is wrong with a Python of this (major, minor, ...) version; empty if nothing is."""
    if version[:2] >= OLDEST:
        return ""
    from app.launcher.words import sentence

    return (
        sentence(
            "Maskwright needs Python 3.11 or newer; this is Python {version} ({name}).",
            f"{version[0]}.{version[1]}",
            sys.executable,
        )
        + "\n"
        + sentence(
            "Install a newer one from https://www.python.org/downloads/ or with your system's "
            "package\nmanager, then start it by name, for example: python3.13 run.py"
        )
        + "\n"
    )


if __name__ == "__main__":
    complaint = too_old(sys.version_info[:3])
    if complaint:
        sys.stderr.write(complaint)
        sys.exit(1)
    from app.launcher.cli import main

    sys.exit(main(sys.argv[1:]))
