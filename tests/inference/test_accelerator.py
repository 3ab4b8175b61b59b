"""What models can run on is asked of another process, and no answer means the CPU."""

from __future__ import annotations

import sys

import pytest

from app.inference import accelerator
from app.inference.accelerator import CPU, Accelerator, accelerator_here
from model.runtime_torch.accelerators import found
from model.runtime_torch.choice import devices


def says(code: str) -> tuple[str, ...]:
    return sys.executable, "-S", "-c", code


def test_the_first_device_and_its_memory_are_told() -> None:
    told = '{"device": "cuda", "memory_bytes": 8000000000}'
    here = accelerator_here(says(f"print({told!r})"))
    assert here == Accelerator("cuda", 8_000_000_000)
    assert here.is_gpu


@pytest.mark.parametrize(
    "code", ["print('no json')", "print('[]')", "raise SystemExit(3)", "print('{\"device\": 3}')"]
)
def test_an_answer_that_is_none_means_the_cpu(code: str) -> None:
    assert accelerator_here(says(code)) == CPU


def test_one_that_cannot_be_asked_means_the_cpu() -> None:
    assert accelerator_here(("/there/is/no/such/program",)) == CPU


def test_without_torch_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "find_spec", lambda name: None)
    assert accelerator_here(says('print(\'{"device": "cuda"}\')')) == CPU


def test_what_is_told_is_what_torch_would_take() -> None:
    told = found()
    assert told["device"] == devices()[0]
    assert (told["memory_bytes"] == 0) == (told["device"] != "cuda")
