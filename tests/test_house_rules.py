"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = ("app", "model")
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 40
DEVELOPERS_PATHS = re.compile(
    r"(?<![\w.])/(home|Users|root|work)/\w|[A-Z]:\\Users\\\w", re.IGNORECASE
)


def sources(*folders: str) -> list[Path]:
    return [ROOT / "run.py", *(path for name in folders for path in (ROOT / name).rglob("*.py"))]


def long_functions(source: str) -> Iterator[str]:
    """Name every function whose lines, from ``def`` to its last, are too many."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{node.name} ({lines} lines)"


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    lengths = {path: len(path.read_bytes().splitlines()) for path in sources(*CODE)}
    assert {str(path): n for path, n in lengths.items() if n > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    found = {str(path): [*long_functions(path.read_text("utf-8"))] for path in sources(*CODE)}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_function_one_line_too_long_is_found() -> None:
    body = "    x = 1\n" * MAX_FUNCTION_LINES
    assert [*long_functions(f"def f():\n{body}")] == [f"f ({MAX_FUNCTION_LINES + 1} lines)"]
    assert [*long_functions("def f():\n" + "    x = 1\n" * (MAX_FUNCTION_LINES - 1))] == []


def imports() -> dict[str, set[str]]:
    """Of each module the modules of ours that it names, also where only types are wanted."""
    paths = [path for path in sources(*CODE) if path.name != "run.py"]
    names = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths}
    names = {path: name.removesuffix(".__init__") for path, name in names.items()}
    known, found = set(names.values()), dict[str, set[str]]()
    for path, name in names.items():
        nodes = [*ast.walk(ast.parse(path.read_text("utf-8")))]
        plain = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = {f"{node.module}.{each.name}" for each in node.names}
                plain |= (parts & known) or {node.module}
        found[name] = (plain & known) - {name}
    return found


def circular(graph: dict[str, set[str]]) -> set[str]:
    """What is in a circle, or leads into one and out of one."""
    left = dict(graph)
    while ends := {name for name, named in left.items() if not named & left.keys()}:
        left = {name: named for name, named in left.items() if name not in ends}
    while starts := left.keys() - {each for named in left.values() for each in named}:
        left = {name: named for name, named in left.items() if name not in starts}
    return set(left)


def test_no_imports_go_in_a_circle() -> None:
    assert circular(imports()) == set()


def test_a_circle_of_imports_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}
    assert circular(graph) == {"b", "c"}


@pytest.mark.parametrize("name", ["utils", "helpers", "manager", "common", "misc"])
def test_no_module_is_named_for_what_fits_nowhere(name: str) -> None:
    modules = [path.stem for path in sources(*CODE)] + [path.parent.name for path in sources(*CODE)]
    assert name not in modules


def test_no_developers_path_is_in_the_project() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*sources(*CODE, "tests"), *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if DEVELOPERS_PATHS.search(line) and "DEVELOPERS_PATHS" not in line
    ]
    assert found == []


@pytest.mark.parametrize(
    "package", ["app.core", "app.storage", "app.inference", "app.batch", "model"]
)
def test_importing_what_needs_no_window_loads_neither_qt_nor_a_framework(package: str) -> None:
    program = (
        f"import sys, {package};"
        "print(sorted({'PySide6', 'torch', 'onnxruntime', 'onnx'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.stdout.strip(), answer.stderr) == ("[]", "")


PAINTED = """
import sys
from pathlib import Path
from app.__main__ import prepare_process
prepare_process()
from app.main import build
from app.storage.places import Places
application = build(places=Places.below(Path(sys.argv[1])))
application.window.show()
application.qt.processEvents()
print(*sys.modules)
application.close()
"""
WAIT = re.compile(
    r"""(
    app\.commands
    # Formats and work on whole folders, but for what finds out which labels are used.
    | app\.storage\.exchange\.(?!label_use$)\w+ | app\.storage\.(report\w*|audit_file)
    | app\.batch\.(?!folder$|run$)\w+ | app\.core\.(audit|contour|outlines|statistics)
    # Dialogs, but for what asks and tells by itself.
    | app\.ui\.dialogs\.(?!opening$|room$|problem$|large_image$|terms$)\w+ | app\.ui\.label_finder
    | app\.inference\.(detected|prompted|proposals|resegment)
    | model\.(architecture|detection|evaluation|everything|families|proposer|runtime_\w+)
    | model\.(served|training)
    | starlette | uvicorn | torch | onnx | onnxruntime | scipy | shapely | yaml | jinja2 | psutil
    | PIL\.\w+Plugin | subprocess | email | importlib\.metadata
    )(\..*)?""",
    re.VERBOSE,
)
"""What a start need not load: it is imported when it is first asked for."""


def test_the_window_is_painted_before_dialogs_jobs_and_formats_are_loaded(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PAINTED, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    loaded = answer.stdout.split()
    assert {"app.ui.window", "PySide6.QtWidgets"} <= set(loaded)
    assert [name for name in loaded if WAIT.fullmatch(name)] == []
