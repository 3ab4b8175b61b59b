"""Any ONNX box detector, run as its description says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from model.detection.detector_file import Description, Layout, read_description
from model.detection.detector_output import Detections, detections, network_input
from model.detection.running import load_session, run
from model.interface import CheckpointError
from model.transforms import checked_image

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}


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
        feeds, name = {self._input.name: values}, self.description.file.name
        outputs = run(self._session, self._outputs, feeds, name, cancelled)
        return detections(outputs, how.output, how.limits, how.input.size, placement)

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


def load_detector(path: Path, threads: int = 0) -> Detector:
    """The detector that the TOML file ``path`` describes.

    Args:
        threads: used for one image; 0 lets the runtime choose.

    Raises:
        CheckpointError: the description or the ONNX file cannot be used; the text says why.
    """
    description = read_description(path)
    return Detector(description, load_session(description.file, threads))
