"""Serves a model's image encoder to other machines; clicks are answered there, not here."""

from __future__ import annotations

import argparse
import logging
import socket
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.language import told
from app.commands.options import add_model, choice_of, tell_terms
from app.commands.token_file import made_token
from app.core.errors import Problem
from app.inference.engine import Engine
from app.inference.questions import Load
from model.messages import say

if TYPE_CHECKING:
    from model.interface import Model
    from model.served.service import Service

PORT = 8765
CONNECTIONS = 128
"""At one time; beyond it the server says that it is busy."""
KEPT_OPEN_S = 75


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument(
        "--devices",
        metavar="LIST",
        help="encode on several devices at once, such as cuda:0,cuda:1",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine alone)"
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help="0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="F",
        help="a file with the token that clients must bring; made if it is not there",
    )
    parser.add_argument(
        "--queue",
        type=_number,
        default=16,
        metavar="N",
        help="images that may wait; more are told to come again (default: %(default)s)",
    )
    parser.add_argument(
        "--batch",
        type=_number,
        metavar="N",
        help="images that torch encodes in one run (default: 1 on the CPU, 4 elsewhere)",
    )


def _number(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1024:
        raise ValueError
    return value


def run(arguments: argparse.Namespace) -> int:
    """The exit status, once it was told to end."""
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        raise Problem(
            say("The libraries of the server are not installed."),
            say("Start it by `python3 run.py serve`, which installs them."),
        )
    from model.served.connection import is_loopback

    token = "" if arguments.token_file is None else made_token(arguments.token_file)
    if not token and not is_loopback(arguments.host):
        raise Problem(
            say("{host} can be reached from other machines.", arguments.host),
            say("Say --token-file FILE, so that only those who know the token are let in."),
        )
    listening = _listening(arguments.host, arguments.port)
    with listening:
        service = _service(arguments, token)
        return _serve(service, listening)


def _listening(host: str, port: int) -> socket.socket:
    """Raises: Problem: the address cannot be taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=CONNECTIONS)
    except (OSError, OverflowError) as error:
        raise Problem(
            say("{host}, port {port} cannot be listened on: {reason}.", host, port,
                getattr(error, "strerror", None) or error),
            say("Choose another one with --host and --port."),
        ) from error  # fmt: skip


def _service(arguments: argparse.Namespace, token: str) -> Service:
    """Raises: Problem: the model cannot be loaded, or not be served."""
    from model.interface import ModelError
    from model.served.prompt_side import encoder_of, prompt_side_of
    from model.served.service import Limits, Service

    try:
        encoder, *others = [
            encoder_of(_loaded(arguments, device))
            for device in (arguments.devices or arguments.device).split(",")
        ]
        report = encoder.report
        tell_terms(report)
        sides = prompt_side_of(encoder, arguments.model)
        at_once = arguments.batch or (1 if report.device == "cpu" else 4)
        service = Service(encoder, sides, token, Limits(arguments.queue), at_once, others)
    except (ModelError, ValueError) as error:
        raise Problem(say("The model cannot be served: {reason}.", error)) from error
    devices = ", ".join(each.report.device for each in (encoder, *others))
    runs = say(
        "{model} on {device}, {precision}; at most {count} images wait, in about {megabytes} MB.",
        encoder.config.name,
        devices,
        report.precision,
        arguments.queue,
        f"{service.most_bytes / 1e6:.0f}",
    )
    sys.stderr.write(f"{told(runs)}\n")
    return service


def _loaded(arguments: argparse.Namespace, device: str) -> Model:
    """Raises: Problem: it cannot be loaded."""
    engine = Engine()
    engine.answer(Load(replace(choice_of(arguments), device=device.strip())), lambda: False)
    return engine.model


def _serve(service: Service, listening: socket.socket) -> int:
    import uvicorn

    lines = logging.getLogger("model.served")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    lines.addHandler(handler)
    lines.setLevel(logging.INFO)
    config = uvicorn.Config(
        service.app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEPT_OPEN_S,
        timeout_graceful_shutdown=10,
    )
    host, port = listening.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    print(f"http://{name}:{port}", flush=True)
    try:
        uvicorn.Server(config).run([listening])
    finally:
        service.queue.close()
        lines.removeHandler(handler)
    return 0
