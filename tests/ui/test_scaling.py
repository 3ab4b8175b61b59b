"""On a screen of any density a click means the same place, and what is shown is sharp."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from app.ui.theme import Theme
from app.ui.window import Window
from tests.ui.kit import workbench, write_image

home = Path(sys.argv[1])
write_image(home / "images", "a.png")
application = QApplication([])
parts = workbench(home)
window = Window(parts, None, Theme(application))
window.resize(1100, 700)
window.show()
parts.navigator.open_folder(home / "images")

def wait(test):
    for _ in range(1000):
        if test():
            return
        QTest.qWait(10)
    sys.exit("the window did not get there")

wait(lambda: parts.host.embedding_state == "ready")
canvas = window.canvas
places = [(0.5, 0.5), (0.31, 0.62), (0.7, 0.35)]
view = canvas.viewport
wanted = [(view.image_width * x, view.image_height * y) for x, y in places]
for x, y in wanted:
    at = (round(value / canvas.ratio) for value in view.to_device(x, y))
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(*at))
points = [(p.x, p.y) for p in parts.mask_editor.prompt.points]
image = canvas.grab().toImage()
picture = {"ratio": canvas.ratio, "points": points, "wanted": wanted,
           "scale": canvas.viewport.scale, "size": [image.width(), image.height()],
           "view": [canvas.viewport.width, canvas.viewport.height]}
print(json.dumps(picture))
window.close()
parts.close()
"""


def clicked(home: Path, factor: str) -> dict[str, object]:
    """Clicks at the same places of a window on a screen of that density."""
    environment = {**os.environ, "QT_SCALE_FACTOR": factor, "QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    found: dict[str, object] = json.loads(answer.stdout)
    return found


@pytest.mark.slow
def test_the_same_click_is_the_same_point_on_screens_of_any_density(tmp_path: Path) -> None:
    found = {factor: clicked(tmp_path / factor, factor) for factor in ("1", "1.5", "2")}
    assert [found[each]["ratio"] for each in found] == [1.0, 1.5, 2.0]
    for answer in found.values():
        points, wanted, scale = answer["points"], answer["wanted"], answer["scale"]
        assert isinstance(points, list)
        assert isinstance(wanted, list)
        assert isinstance(scale, float)
        # A mouse stands on whole pixels of the window, the fitted image on whole device pixels.
        nearly = (0.5 * float(str(answer["ratio"])) + 1) / scale
        for point, expected in zip(points, wanted, strict=True):
            assert point == pytest.approx(expected, abs=nearly)
        # Painted in the screen's own pixels, not blown up.
        assert answer["size"] == answer["view"]
