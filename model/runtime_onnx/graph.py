"""One ONNX graph, opened safely and run: the only place that speaks to onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as native

from model.interface import Cancelled, CheckpointError, ModelError, first_line
from model.messages import say
from model.runtime_onnx.graph_file import (
    Description,
    Part,
    Signature,
    described,
    read_part,
    signature,
)
from model.runtime_onnx.watched import Watch

Arrays = dict[str, npt.NDArray[Any]]
PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ERRORS = (
    native.EPFail,
    native.EngineError,
    native.Fail,
    native.InvalidArgument,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.NoModel,
    native.NotFound,
    native.NotImplemented,
    native.RuntimeException,
    RuntimeError,
    ValueError,
)
"""What onnxruntime raises; its own errors have no other base than Exception."""


class Session:
    """A graph in onnxruntime, ready to run.

    Args:
        data: of an ONNX file; whoever gives it has seen to it that it refers to no file that is not
            in ``beside``.
        path: of the file, for messages.
        what: it is, for messages, such as ``encoder``.
        device: ``cpu``, ``cuda`` or ``cuda:1`` and so on.
        threads: that a run may use; as many as there are cores if None.
        awake: whether threads stay awake between the steps of a run. Waking one takes longer than
            a step of a decoder; over the seconds that an encoder takes they would keep the cores
            from the window.
        beside: the bytes of files in which weights lie, by the names that the graph has for them.

    Raises:
        CheckpointError: onnxruntime cannot read it.
        ModelError: the device does not work.
    """

    def __init__(
        self,
        data: bytes,
        path: Path,
        what: str,
        device: str,
        threads: int | None = None,
        *,
        awake: bool = False,
        beside: Mapping[str, bytes] | None = None,
    ) -> None:
        self._what = what
        self._session = _opened(data, path, device, threads, awake=awake, beside=beside or {})
        self._outputs = [node.name for node in self._session.get_outputs()]

    def run(
        self,
        feeds: Arrays,
        cancelled: Callable[[], bool] | None = None,
        wanted: Sequence[str] | None = None,
    ) -> Arrays:
        """The outputs by name, read-only; those of ``wanted`` alone if it is given.

        Raises:
            Cancelled: ``cancelled()`` became true.
            ModelError: the run failed, or its outputs are not finite.
        """
        options = ort.RunOptions()
        watch = Watch(options, cancelled)
        names = self._outputs if wanted is None else list(wanted)
        with watch:
            try:
                outputs = self._session.run(names, feeds, options)
            except _ERRORS as error:
                failure: Exception = error
            else:
                return dict(zip(names, map(self._checked, outputs), strict=True))
        if watch.cancelled:
            raise Cancelled("the result is no longer wanted")
        raise ModelError(_advice(self._what, failure)) from failure

    def _checked(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if not np.isfinite(array).all():
            raise ModelError(
                "the {part} computed values that are not finite: the weights may be damaged; "
                "load another model",
                self._what,
            )
        array.setflags(write=False)
        return array


class Graph(Session):
    """A part of a model that was exported here, ready to run.

    Args:
        path: of its file.
        part: which part it must be.
        device, threads, awake: see ``Session``.

    Raises:
        CheckpointError: the file is missing, damaged, refers to other files, or has another
            signature than its part of its variant.
        ModelError: the device does not work.
    """

    def __init__(
        self,
        path: Path,
        part: Part,
        device: str,
        threads: int | None = None,
        *,
        awake: bool = False,
    ) -> None:
        self.part = part
        super().__init__(read_part(path), path, part.value, device, threads, awake=awake)
        metadata = dict(self._session.get_modelmeta().custom_metadata_map)
        self.description: Description = described(metadata, path)
        if self.description.part is not part:
            raise CheckpointError(
                "{path} holds the {found}, not the {part}: the files were renamed; export "
                "them again",
                path,
                self.description.part.value,
                part.value,
            )
        _check_signature(self._session, signature(part, self.description.variant), path)


def available(device: str) -> bool:
    """Whether this onnxruntime was built for ``device``."""
    return provider(device)[0] in ort.get_available_providers()


def provider(device: str) -> tuple[str, dict[str, str]]:
    """Name and options of what runs on ``device``."""
    kind, _, number = device.partition(":")
    return PROVIDERS[kind], {"device_id": number} if number else {}


def place_of(device: str) -> tuple[str, str]:
    """What ``device`` means here, and why.

    Raises:
        ValueError: onnxruntime knows no such device.
    """
    kind, _, number = device.partition(":")
    if kind not in ("auto", *PROVIDERS) or (number and not number.isdigit()):
        raise ValueError(f"onnxruntime runs on auto, cpu or cuda, given {device!r}")
    if kind == "cuda" and not available("cuda"):
        return "cpu", say(
            "{device} was asked for, but this onnxruntime was not built for it", device
        )
    if kind == "auto":
        place = "cuda" if available("cuda") else "cpu"
        return place, say("the model is in ONNX, and onnxruntime here runs on {device}", place)
    return device, say("{device} was asked for", device)


def _opened(
    data: bytes,
    path: Path,
    device: str,
    threads: int | None,
    *,
    awake: bool,
    beside: Mapping[str, bytes],
) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(awake)))
    # Not on and on after a run: then the window has something to paint.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if beside:
        sizes = [len(content) for content in beside.values()]
        options.add_external_initializers_from_files_in_memory(
            list(beside), list(beside.values()), sizes
        )
    try:
        session = ort.InferenceSession(data, options, providers=[provider(device)])
    except _ERRORS as error:
        if device != "cpu":
            raise ModelError(
                "onnxruntime failed on {device}: {reason}", device, first_line(error)
            ) from error
        raise CheckpointError(
            "{path} cannot be run by onnxruntime, it is damaged or of a newer version: {reason}",
            path,
            first_line(error),
        ) from error
    if session.get_providers()[0] != provider(device)[0]:
        raise ModelError(
            "onnxruntime could not start on {device}: is its driver installed?", device
        )
    return session


def _check_signature(session: ort.InferenceSession, wanted: Signature, path: Path) -> None:
    """Raises: CheckpointError: names, dtypes or shapes of inputs or outputs differ."""
    for kind, nodes, expected in (
        ("input", session.get_inputs(), wanted.inputs),
        ("output", session.get_outputs(), wanted.outputs),
    ):
        given = {node.name: (node.type, tuple(node.shape)) for node in nodes}
        for name in sorted({*given, *expected}):
            if name not in given:
                raise CheckpointError(
                    "{path} has no {kind} {name}: export the model again", path, kind, repr(name)
                )
            if name not in expected:
                raise CheckpointError(
                    "{path} has an unknown {kind} {name}: export it again", path, kind, repr(name)
                )
            if not expected[name].fits(*given[name]):
                raise CheckpointError(
                    "{path}: {kind} {name} is {given} {shape}, needed is {expected}: export "
                    "the model again",
                    path,
                    kind,
                    repr(name),
                    given[name][0],
                    list(given[name][1]),
                    expected[name],
                )


def _advice(what: str, error: Exception) -> str:
    if "allocat" in str(error).lower():
        return say("there is too little memory: close other programs or take a smaller model")
    return say("onnxruntime could not run the {part}: {reason}", what, first_line(error))
