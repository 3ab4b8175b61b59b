"""Runs pip in an environment, and turns its failures into advice."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from app.launcher.errors import CannotStartError
from app.launcher.words import sentence

# What the libraries take on disk while they are being installed, generously.
NEEDED_BYTES = {
    "": 900e6,
    "torch": 1000e6,
    "text": 1200e6,
    "serve": 5e6,
    "ray": 700e6,
    "test": 1700e6,
}

_NETWORK = re.compile(
    r"NewConnectionError|NameResolutionError|getaddrinfo failed|Failed to resolve|"
    r"Temporary failure in name resolution|Network is unreachable|No route to host|"
    r"Connection (refused|reset|aborted)|ConnectTimeout|ReadTimeout|IncompleteRead|ProxyError|"
    r"Could not fetch URL"
)
_CERTIFICATE = re.compile(r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError")
_DISK = re.compile(r"No space left on device|not enough space on the disk|Errno 28|WinError 112")
_NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")
_FORBIDDEN = re.compile(r"Permission denied|WinError 5\]|Access is denied|Read-only file system")

Say = Callable[[str], None]


class Run(Protocol):
    """Runs a command with the given variables, its output going to the user; returns its status."""

    def __call__(self, command: Sequence[str], variables: Mapping[str, str]) -> int: ...


def run_command(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a command for real; what it prints is kept apart from the program's own output."""
    return subprocess.run(command, env=variables, stdout=sys.stderr, check=False).returncode


def variables() -> dict[str, str]:
    """Give the user's variables, less those with which another Python would reach into ours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX")
    }
    return kept | {"PIP_USER": "0"}


def require_space(folder: Path, extras: Sequence[str]) -> None:
    """Raise CannotStartError where the libraries certainly do not fit on the disk of ``folder``."""
    needed = sum(NEEDED_BYTES.get(extra, 0) for extra in ("", *extras))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotStartError(
            sentence(
                "The disk of {folder} has {free} MB free; the libraries need about {needed} MB.",
                folder,
                f"{free / 1e6:.0f}",
                f"{needed / 1e6:.0f}",
            ),
            sentence(
                "Free some space, or move the Maskwright folder to a larger disk, and start again."
            ),
        )


def install(python: Path, requirements: Sequence[str], log: Path, run: Run) -> None:
    """Install the requirements into the environment of ``python``.

    Args:
        python: the environment's interpreter.
        requirements: pinned requirements.
        log: where pip writes everything it did.
        run: runs pip.

    Raises:
        CannotStartError: pip failed; the advice depends on why.
    """
    log.unlink(missing_ok=True)
    # Building from source needs compilers and fails with pages of their complaints.
    options = ["--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
    command = [str(python), "-m", "pip", "install", *options, "--log", str(log), *requirements]
    if run(command, variables()) != 0:
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        what, advice = explain(text)
        everything = sentence("Everything pip did is in {file}", log)
        raise CannotStartError(what, f"{advice}\n{everything}")


def _causes() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    """What pip's log tells of, what that is, and what to do."""
    return (
        (
            _DISK,
            sentence("The disk is full."),
            sentence("Free some space and start again; what was downloaded is kept."),
        ),
        (
            _CERTIFICATE,
            sentence(
                "The package index could not be verified: its certificate is not trusted here."
            ),
            sentence(
                "Behind a company proxy, set PIP_CERT to the company's certificate file. On macOS "
                "with Python from python.org, run 'Install Certificates.command' once."
            ),
        ),
        (
            _NETWORK,
            sentence("The package index could not be reached."),
            sentence(
                "The first start needs the network; later ones do not. Check the connection and "
                "start again; what was downloaded is kept. Behind a proxy, set HTTPS_PROXY."
            ),
        ),
        (
            _FORBIDDEN,
            sentence("A file could not be written."),
            sentence(
                "Move the Maskwright folder to a place where you may write, close every program "
                "that was started from it, and start again."
            ),
        ),
    )


def explain(log: str) -> tuple[str, str]:
    """Say what went wrong in an installation, and what to do, from pip's log.

    The order matters: without a network pip ends with "no matching distribution" too.
    """
    machine = f"Python {sysconfig.get_python_version()}, {sysconfig.get_platform()}"
    for pattern, what, advice in _causes():
        if pattern.search(log):
            return what, advice
    if match := _NO_WHEEL.search(log):
        return (
            sentence("{library} is not offered for {machine}.", match[1], machine),
            sentence("Use a 64-bit Python 3.11, 3.12 or 3.13 on a system that is still supported."),
        )
    return sentence("pip could not install the libraries."), sentence("The lines above say why.")
