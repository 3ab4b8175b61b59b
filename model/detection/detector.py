"""Any ONNX box detector, run as its description says."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.detection.detector_file import Description, Layout, read_description
from model.detection.detector_output import Detections, detections, network_input
from model.interface import Cancelled, CheckpointError, ModelError, TooSlowError
from model.messages import as_it_is, say
from model.runtime_onnx.graph_file import read_part
from model.transforms import checked_image

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}

LIMIT_S = 120.0
"""For one image; large detectors on slow processors take ten."""
MEMORY = 8 << 30
SILENT = 4
"""What fails is raised; onnxruntime would print it as well."""


class Detector:
    """A detector ready to run on the CPU.

    Attributes:
        description: what its file says; ``description.output.classes`` names the classes.
    """

    def __init__(self, description: Description, session: Any) -> None:
        self.description = description
        self._session = session
        file, inputs = description.file.name, session.get_inputs()
        if len(inputs) != 1:
            names = ", ".join(each.name for each in inputs)
            raise CheckpointError(
                "{name} wants {count} inputs ({names}); export it with the image as its only one",
                file,
                len(inputs),
                names,
            )
        self._input = inputs[0]
        if self._input.type not in _DTYPES:
            raise CheckpointError(
                "{name} wants {kind}, not float, float16 or uint8 pixels", file, self._input.type
            )
        if self._input.type == "tensor(uint8)" and description.input.normalises:
            raise CheckpointError(
                "{name} takes pixels as they are (uint8): leave scale, mean and std out of its "
                "description",
                file,
            )
        self._check_size(self._input.shape)
        self._outputs = list(description.output.names) or [o.name for o in session.get_outputs()]
        missing = set(self._outputs) - {each.name for each in session.get_outputs()}
        if missing:
            raise CheckpointError(
                "{name} has no output named {missing}", file, repr(sorted(missing)[0])
            )

    def detect(
        self, image: npt.NDArray[np.uint8], cancelled: Callable[[], bool] | None = None
    ) -> Detections:
        """Boxes on ``image`` (H, W, 3) uint8 RGB.

        Raises:
            ValueError: the image has another shape or dtype.
            Cancelled: ``cancelled()`` became true.
            TooSlowError: it took longer than ``LIMIT_S``.
            ModelError: the detector fails, or answers something else than described.
        """
        how = self.description
        values, placement = network_input(
            checked_image(image), how.input, _DTYPES[self._input.type]
        )
        outputs = self._run(values, cancelled)
        return detections(outputs, how.output, how.limits, how.input.size, placement)

    def _run(
        self, values: npt.NDArray[np.generic], cancelled: Callable[[], bool] | None
    ) -> list[Any]:
        import onnxruntime

        from model.runtime_onnx.watched import Watch

        options, name = onnxruntime.RunOptions(), self.description.file.name
        options.log_severity_level = SILENT
        watch = Watch(options, cancelled, LIMIT_S)
        with watch:
            try:
                found: list[Any] = self._session.run(
                    self._outputs, {self._input.name: values}, options
                )
            except Exception as error:  # noqa: BLE001  onnxruntime's errors have no other base
                failure = error
            else:
                return found
        if watch.cancelled:
            raise Cancelled("the boxes are no longer wanted")
        if watch.late:
            raise TooSlowError(
                "{name} took longer than {limit} seconds for one image and was stopped: it may "
                "hold a loop without an end; take another detector or a smaller input",
                name,
                f"{LIMIT_S:.0f}",
            )
        first = as_it_is((str(failure).splitlines() or [""])[0][:300])
        if "Available memory" in str(failure):
            gigabytes = _memory() >> 30
            first = say("it wants more than {limit} GB of memory for one image", gigabytes)
        raise ModelError("{name} failed: {reason}", name, first) from failure

    def _check_size(self, shape: list[Any]) -> None:
        """The sides that the file fixes must be those of the description."""
        height, width = self.description.input.size
        layout = self.description.input.layout
        wanted = [1, 3, height, width] if layout is Layout.NCHW else [1, height, width, 3]
        if len(shape) != 4 or any(
            isinstance(side, int) and side != want for side, want in zip(shape, wanted, strict=True)
        ):
            raise CheckpointError(
                "{name} wants an input of the shape {shape}, its description says {wanted}: "
                "correct size or layout",
                self.description.file.name,
                shape,
                wanted,
            )


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


def load_detector(path: Path, threads: int = 0) -> Detector:
    """The detector that the TOML file ``path`` describes.

    Args:
        threads: used for one image; 0 lets the runtime choose.

    Raises:
        CheckpointError: the description or the ONNX file cannot be used; the text says why.
    """
    description = read_description(path)
    data = read_part(description.file)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = SILENT
    _bound_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        first = (str(error).splitlines() or [""])[0][:300]
        raise CheckpointError("{path} cannot be run: {reason}", description.file, first) from error
    return Detector(description, session)
