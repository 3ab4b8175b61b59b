"""Every word of the window is there in every language shipped."""

from __future__ import annotations

import ast
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication

from app.ui.translation import FOLDER

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(PySide6.__file__).parent / "lupdate"
PLACE = re.compile(r"%n|\{\d\}")


def messages(path: Path) -> Iterator[tuple[str, str, list[str], bool]]:
    """Context, source, translations and whether they are finished."""
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314  our own file
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            found = message.find("translation")
            assert found is not None
            forms = [form.text or "" for form in found.iter("numerusform")] or [found.text or ""]
            yield name, message.findtext("source") or "", forms, "type" not in found.attrib


def test_every_word_is_translated(tmp_path: Path) -> None:
    if not TOOL.exists():
        pytest.skip("this PySide6 comes without its translation tools")
    current = tmp_path / "now.ts"
    sources = sorted(
        str(p) for name in ("ui", "session") for p in (ROOT / "app" / name).rglob("*.py")
    )
    subprocess.run(
        [TOOL, "-silent", "-locations", "none", "-tr-function-alias", "QT_TRANSLATE_NOOP+=marked",
         *sources, "-ts", current],
        check=True,
        capture_output=True,
    )  # fmt: skip
    done = {(name, text) for name, text, _, finished in messages(FOLDER / "maskwright_zh_CN.ts")
            if finished}  # fmt: skip
    assert [
        (name, text) for name, text, _, _ in messages(current) if (name, text) not in done
    ] == []


def test_no_plural_is_said_where_translators_tools_do_not_find_it() -> None:
    calls = re.compile(r"\btranslate\([^()]*%n[^()\"]*\(s\)", re.DOTALL)
    sources = [*(ROOT / "app").rglob("*.py")]
    assert [str(path) for path in sources if calls.search(path.read_text("utf-8"))] == []


def test_no_plural_is_said_by_tr_in_a_class_that_others_are_made_from() -> None:
    """PySide asks the subclass first, and takes the number filled in for a translation."""
    sources = [*(ROOT / "app" / "ui").rglob("*.py"), *(ROOT / "app" / "session").rglob("*.py")]
    classes = [node for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8")))
               if isinstance(node, ast.ClassDef)]  # fmt: skip
    bases = {ast.unparse(base) for each in classes for base in each.bases}
    plurals = re.compile(r"self\.tr\(\s*['\"][^'\"]*%n")
    assert [each.name for each in classes
            if each.name in bases and plurals.search(ast.unparse(each))] == []  # fmt: skip


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_translations_keep_what_is_filled_in_and_the_underlined_letter(language: str) -> None:
    for name, text, forms, finished in messages(FOLDER / f"maskwright_{language}.ts"):
        for form in forms:
            assert finished
            assert form, (name, text)
            assert sorted(PLACE.findall(form)) == sorted(PLACE.findall(text)), (name, text)
            assert ("&" in form) == ("&" in text), (name, text)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_what_is_shipped_is_what_was_translated(language: str) -> None:
    translator = QTranslator()
    assert translator.load(str(FOLDER / f"maskwright_{language}.qm"))
    for name, text, forms, _ in messages(FOLDER / f"maskwright_{language}.ts"):
        number = 5 if "%n" in text else -1
        assert translator.translate(name, text, None, number) == forms[-1]


def test_counts_read_well_in_english(qapp: QApplication) -> None:
    translator = QTranslator()
    assert translator.load(str(FOLDER / "maskwright_en.qm"))
    qapp.installTranslator(translator)
    try:
        said = [QCoreApplication.translate("ObjectPanel", "%n object(s)", None, n) for n in (1, 2)]
    finally:
        qapp.removeTranslator(translator)
    assert said == ["1 object", "2 objects"]
