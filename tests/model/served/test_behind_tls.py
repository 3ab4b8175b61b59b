"""A server behind a proxy that speaks TLS, with a certificate made for the test."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from model.interface import ServerError
from model.served.client import connect
from tests.model.served.serving import TOKEN, served
from tests.model.served.test_served_model import PROMPT, picture

NGINX = shutil.which("nginx")
PREFIX = "/masks"
CONFIG = """
daemon off;
master_process off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/errors;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/1;
    uwsgi_temp_path {folder}/2;
    scgi_temp_path {folder}/3;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        # An image is sent in one piece, and the encoder may take its time.
        client_max_body_size {most};
        proxy_request_buffering off;
        proxy_read_timeout 300s;
        location {prefix}/ {{
            proxy_pass {url}/;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Certificate:
    """Of localhost, signed by itself."""

    path: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    if shutil.which("openssl") is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    words += ["-days", "2", "-keyout", str(made.key), "-out", str(made.path)]
    subprocess.run(["openssl", *words], check=True, capture_output=True)
    return made


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def nginx(url: str, certificate: Certificate, folder: Path, most: str = "512m") -> Iterator[str]:
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG.format(
            folder=folder, port=port, certificate=certificate.path, key=certificate.key,
            prefix=PREFIX, url=url, most=most,
        )
    )  # fmt: skip
    words = [str(NGINX), "-p", str(folder), "-c", str(config), "-e", str(folder / "errors")]
    with subprocess.Popen(words, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            assert process.poll() is None, (folder / "errors").read_text()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield f"https://localhost:{port}{PREFIX}"
        process.terminate()


@contextmanager
def small_proxy(url: str, certificate: Certificate, folder: Path) -> Iterator[str]:
    """Takes the TLS off and passes on what is in it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.path, certificate.key)
    upstream = ("127.0.0.1", int(url.rpartition(":")[2]))
    threads: list[threading.Thread] = []
    pairs: list[tuple[socket.socket, socket.socket]] = []
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def passed_on(source: socket.socket, target: socket.socket) -> None:
            with suppress(OSError):
                while data := source.recv(1 << 16):
                    target.sendall(data)
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                try:
                    outer = context.wrap_socket(plain, server_side=True)
                except OSError:
                    plain.close()
                    continue
                inner = socket.create_connection(upstream)
                pairs.append((outer, inner))
                for pair in ((outer, inner), (inner, outer)):
                    threads.append(threading.Thread(target=passed_on, args=pair))
                    threads[-1].start()

        accepting = threading.Thread(target=serve)
        accepting.start()
        yield f"https://localhost:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        accepting.join()
    # Connections that are kept for the next request wait for it: only an end wakes them.
    for each in (end for pair in pairs for end in pair):
        with suppress(OSError):
            socket.socket.shutdown(each, socket.SHUT_RDWR)
    for thread in threads:
        thread.join(20)
    for each in (end for pair in pairs for end in pair):
        each.close()


PROXIES = [
    pytest.param(small_proxy, id="small"),
    pytest.param(
        nginx,
        id="nginx",
        marks=pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    ),
]


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_trusted_proxy_changes_nothing_and_an_untrusted_one_gets_no_token(
    proxy: object, certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(proxy)
    image = np.random.default_rng(1).integers(0, 256, (700, 900, 3), np.uint8)
    with served("tiny_fitted", TOKEN) as url, proxy(url, certificate, tmp_path) as secure:
        with pytest.raises(ServerError, match=r"certificate of .* is not trusted here"):
            connect(secure, TOKEN, folder=tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
        there, direct = (connect(each, TOKEN, folder=tmp_path) for each in (secure, url))
        assert there.identity == direct.identity
        for pixels in (picture(100, 150), image):
            found, expected = there.embed(pixels), direct.embed(pixels)
            for key, array in expected.features.items():
                assert found.features[key].tobytes() == array.tobytes()
        assert there.decode(found, PROMPT).logits.shape == direct.decode(found, PROMPT).logits.shape
        with pytest.raises(ServerError, match="does not know this token"):
            connect(secure, "another-word-than-that", folder=tmp_path)
        other = secure.replace("localhost", "127.0.0.1")
        assert connect(other, TOKEN, folder=tmp_path).identity == direct.identity
        with pytest.raises(ServerError):
            connect(secure.replace("https", "http"), TOKEN, folder=tmp_path)


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_a_proxy_that_takes_no_image_of_that_size_is_told_with_what_to_do(
    certificate: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    with served("tiny_fitted") as url, nginx(url, certificate, tmp_path, "1k") as secure:
        there = connect(secure, folder=tmp_path)
        with pytest.raises(ServerError, match=r"no image of this size.*client_max_body_size"):
            there.embed(np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8))
