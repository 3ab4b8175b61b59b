"""``python -m model`` from the outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import rle
from model.__main__ import main
from model.segment_command import overlay

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    image = np.full((90, 120, 3), 200, np.uint8)
    image[20:70, 30:80] = (160, 20, 20)
    path = tmp_path / "red square.png"
    Image.fromarray(image).save(path)
    return path


def test_a_click_gives_a_mask_file_and_a_picture(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["segment", str(picture), "--point", "55,45", "--not", "5,5", "--out", str(out)]
    assert main(arguments) == 0
    written = json.loads((out / "red square.png.mask.json").read_text("utf-8"))
    assert written["image"] == {"file_name": "red square.png", "height": 90, "width": 120}
    annotation = written["annotations"][0]
    runs = rle.from_counts(annotation["segmentation"]["counts"], 90, 120)
    assert annotation["area"] == rle.area(runs)
    assert rle.decode(runs, 90, 120)[45, 55]
    with Image.open(out / "red square.png.overlay.png") as shown:
        assert shown.size == (120, 90)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.png", "--point", "1,1"], "No such file"),
        (["PICTURE"], "empty prompt"),
        (["PICTURE", "--point", "500,1"], "outside the image of 120 x 90"),
        (["PICTURE", "--box", "50,50,10,10"], "x0 < x1"),
        (["PICTURE", "--point", "1,1", "--model", "vit_b"], "python -m model download vit_b"),
        (["PICTURE", "--point", "1,1", "--model", "none.pth"], "there is no file none.pth"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    picture: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    given = [str(picture) if each == "PICTURE" else each for each in arguments]
    assert main(["segment", *given, "--out", str(tmp_path)]) == 1
    assert words in capsys.readouterr().err


def test_numbers_without_a_comma_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["segment", "a.png", "--point", "5"])
    assert "2 numbers with commas are needed" in capsys.readouterr().err


def test_the_picture_shows_the_mask_and_darkens_the_rest() -> None:
    image = np.full((2, 2, 3), 100, np.uint8)
    shown = overlay(image, np.array([[True, False], [False, False]]))
    assert shown[0, 1].tolist() == [50, 50, 50]
    assert shown[0, 0].tolist() != [100, 100, 100]


@pytest.mark.slow
def test_help_needs_no_framework() -> None:
    code = (
        "import sys, runpy; sys.argv = ['model', '--help']\n"
        "try: runpy.run_module('model', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "assert not {'torch', 'onnxruntime'} & set(sys.modules), 'a framework was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
