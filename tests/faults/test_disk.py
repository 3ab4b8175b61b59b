"""A full disk and a killed process, at the level of one file."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits and signals")

ROOT = Path(__file__).parents[2]

FILL_THE_DISK = """
import resource, signal, sys
from pathlib import Path
from app.storage.atomic import write_atomic
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
write_atomic(Path(sys.argv[1]), b"x" * 100_000)
"""

# Version n of the file is the line "n" repeated: a mixture of two versions shows at once.
REPLACE_FOR_EVER = """
import sys
from itertools import count
from pathlib import Path
from app.storage.atomic import write_atomic
for number in count(int(sys.argv[2])):
    write_atomic(Path(sys.argv[1]), b"%012d\\n" % number * 5000)
    print(number, flush=True)
"""


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.json"
    target.write_bytes(b"old" * 1000)
    done = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, str(target)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "File too large" in done.stderr
    assert target.read_bytes() == b"old" * 1000
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.slow
def test_a_killed_writer_leaves_the_last_version_it_acknowledged_or_a_newer_one(
    tmp_path: Path,
) -> None:
    target = tmp_path / "a.json"
    dice = random.Random(4)
    acknowledged = 0
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", REPLACE_FOR_EVER, str(target), str(acknowledged + 1)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert child.stdout is not None
        for _ in range(dice.randrange(1, 40)):
            acknowledged = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        acknowledged = int([str(acknowledged), *child.stdout.read().split()][-1])
        child.wait()
        child.stdout.close()
        lines = target.read_bytes().splitlines()
        assert len(lines) == 5000
        assert len(set(lines)) == 1
        assert int(lines[0]) >= acknowledged
