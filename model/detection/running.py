"""Runs the graphs of detectors within limits of time and memory, so that they can be stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.interface import Cancelled, CheckpointError, ModelError, TooSlowError
from model.messages import as_it_is, say
from model.runtime_onnx.graph_file import read_part

if TYPE_CHECKING:
    from model.runtime_onnx.watched import Watch

LIMIT_S = 120.0
"""For one image; large detectors on slow processors take ten."""
MEMORY = 8 << 30
SILENT = 4
"""What fails is raised; onnxruntime would print it as well."""


def load_session(file: Path, threads: int = 0) -> Any:
    """onnxruntime's session of a graph, on the CPU.

    Args:
        threads: used for one image; 0 lets the runtime choose.

    Raises:
        CheckpointError: the file cannot be read or run; the text says why.
    """
    data = read_part(file)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = SILENT
    _bound_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        first = (str(error).splitlines() or [""])[0][:300]
        raise CheckpointError("{path} cannot be run: {reason}", file, first) from error


def run(
    session: Any,
    outputs: Sequence[str],
    feeds: Mapping[str, npt.NDArray[np.generic]],
    name: str,
    cancelled: Callable[[], bool] | None,
) -> list[Any]:
    """The outputs of these names.

    Args:
        name: of the file, for what is told.

    Raises:
        Cancelled: ``cancelled()`` became true.
        TooSlowError: it took longer than ``LIMIT_S``.
        ModelError: it failed.
    """
    import onnxruntime

    from model.runtime_onnx.watched import Watch

    options = onnxruntime.RunOptions()
    options.log_severity_level = SILENT
    watch = Watch(options, cancelled, LIMIT_S)
    with watch:
        try:
            found: list[Any] = session.run(list(outputs), dict(feeds), options)
        except Exception as error:  # noqa: BLE001  onnxruntime's errors have no other base
            failure = error
        else:
            return found
    raise _failure(watch, failure, name) from failure


def _failure(watch: Watch, failure: Exception, name: str) -> Exception:
    """What a run that failed, or was ended, is told as."""
    if watch.cancelled:
        return Cancelled("the boxes are no longer wanted")
    if watch.late:
        return TooSlowError(
            "{name} took longer than {limit} seconds for one image and was stopped: it may "
            "hold a loop without an end; take another detector or a smaller input",
            name,
            f"{LIMIT_S:.0f}",
        )
    first = as_it_is((str(failure).splitlines() or [""])[0][:300])
    if "Available memory" in str(failure):
        gigabytes = _memory() >> 30
        first = say("it wants more than {limit} GB of memory for one image", gigabytes)
    return ModelError("{name} failed: {reason}", name, first)


@lru_cache(maxsize=1)
def _bound_memory() -> None:
    """Detectors share memory with a limit: a graph of 200 bytes may ask for any amount."""
    import onnxruntime

    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    cpu = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    # As much at a time as was asked for, so that the limit counts what is used.
    how = {"max_mem": _memory(), "arena_extend_strategy": 1}
    onnxruntime.create_and_register_allocator(cpu, onnxruntime.OrtArenaCfg(how))


@lru_cache(maxsize=1)
def _memory() -> int:
    """Bytes that detectors may use: half of the machine's, where that is known."""
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return MEMORY
    return min(MEMORY, max(1 << 30, pages // 2))
