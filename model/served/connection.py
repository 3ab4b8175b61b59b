"""HTTP to one service: bounded in bytes and time, and left at once when nobody waits any more."""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from model.interface import Cancelled, ServerError, ServerGoneError, first_line
from model.served.protocol import PROTOCOL, VERSION, shortly

CONNECT_S = 5.0
ANSWER_S = 120.0
POLL_S = 0.01
_BLOCK = 1 << 16
_MOST_TOLD = 1 << 12
_USUAL = {"http": 80, "https": 443}
_HOST = re.compile(r"[\w.:-]+")
_PREFIX = re.compile(r"[A-Za-z0-9._/~-]*")
_TOKEN = re.compile(r"[\x21-\x7e]{1,512}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """Of a service.

    Attributes:
        secure: whether it is spoken to by TLS.
        prefix: of all paths, without a / at the end.
    """

    host: str
    port: int
    secure: bool
    prefix: str

    @property
    def can_be_overheard(self) -> bool:
        """Whether others on the way can read images and the token."""
        return not self.secure and not is_loopback(self.host)

    @property
    def url(self) -> str:
        """In the one form that stands for it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        scheme, usual = ("https", 443) if self.secure else ("http", 80)
        return f"{scheme}://{name}{'' if self.port == usual else f':{self.port}'}{self.prefix}"


def is_loopback(host: str) -> bool:
    """Whether only this machine itself reaches ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(url: str) -> Address:
    """What ``url`` says; ``http://`` is assumed where it says no way.

    Raises:
        ServerError: it is no address of a service.
    """
    text = url.strip()
    try:
        found = urlsplit(text if "://" in text else f"http://{text}")
        host, port = found.hostname or "", found.port
        host.encode("ascii" if ":" in host else "idna")
    except (ValueError, UnicodeError):
        host, port = "", None
    path = found.path.rstrip("/") if host else ""
    plain = _HOST.fullmatch(host) and _PREFIX.fullmatch(path) and port != 0
    if not plain or found.scheme not in _USUAL or found.query or found.fragment or found.username:
        raise ServerError(
            "{address} is no address of a server: write it as http://name:8765", shortly(text)
        )
    return Address(host, port or _USUAL[found.scheme], found.scheme == "https", path)


class Connection:
    """Requests to one service, each on a thread that is left behind when it is not waited for.

    Used by several threads: who asks while somebody else waits has a connection of their own.

    Args:
        address: of the service.
        token: that lets in; empty for none.
        answer_s: seconds that a request may take in all.

    Raises:
        ServerError: the token has characters that no token has.
    """

    def __init__(self, address: Address, token: str = "", answer_s: float = ANSWER_S) -> None:
        if token and not _TOKEN.fullmatch(token):
            raise ServerError("a token is one word of letters, digits and signs: check the token")
        self.address = address
        self._token = token
        self._answer_s = answer_s
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def get(self, path: str, most: int, cancelled: Callable[[], bool] | None = None) -> Answer:
        """The answer of at most ``most`` bytes to GET.

        Raises:
            ServerGoneError: there is none.
            ServerError: it is larger, or no HTTP.
            Cancelled: ``cancelled()`` became true.
        """
        return self._exchange("GET", path, {}, (), most, cancelled)

    def post(
        self,
        path: str,
        headers: Mapping[str, str],
        body: Sequence[bytes],
        most: int,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """As ``get``, with what is sent."""
        return self._exchange("POST", path, headers, body, most, cancelled)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Sequence[bytes],
        most: int,
        cancelled: Callable[[], bool] | None,
    ) -> Answer:
        told = {"Accept-Encoding": "identity", PROTOCOL: str(VERSION), **headers}
        if self._token:
            told["Authorization"] = f"Bearer {self._token}"
        if method == "POST":
            told["Content-Length"] = str(sum(map(len, body)))
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        request = _Request(method, self.address.prefix + path, told, body, most)
        try:
            answer, used = self._run(request, kept or self._new(), cancelled)
        except ServerGoneError:
            # A connection that was idle may have been closed meanwhile.
            if kept is None or not request.stale:
                raise
            answer, used = self._run(request, self._new(), cancelled)
        if used is not None:
            with self._lock:
                self._idle.append(used)
        return answer

    def _new(self) -> http.client.HTTPConnection:
        address = self.address
        if not address.secure:
            return http.client.HTTPConnection(address.host, address.port, timeout=CONNECT_S)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            address.host, address.port, timeout=CONNECT_S, context=context
        )

    def _run(
        self,
        request: _Request,
        connection: http.client.HTTPConnection,
        cancelled: Callable[[], bool] | None,
    ) -> tuple[Answer, http.client.HTTPConnection | None]:
        """The answer, and the connection if it can be used again."""
        request.begin(connection, self._answer_s)
        deadline = time.monotonic() + self._answer_s
        while not request.done.wait(POLL_S):
            late = time.monotonic() > deadline
            if late or (cancelled is not None and cancelled()):
                request.leave()
                if late:
                    raise ServerGoneError("{server} takes too long", self.address.url)
                raise Cancelled("the embedding is no longer wanted")
        if request.answer is not None:
            if request.lasting:
                return request.answer, connection
            connection.close()
            return request.answer, None
        connection.close()
        raise self._failed(request.error)

    def _failed(self, error: Exception | None) -> ServerError:
        url = self.address.url
        if isinstance(error, ServerError):
            return error
        if isinstance(error, ssl.SSLCertVerificationError):
            return ServerError("the certificate of {server} is not trusted here", url)
        if isinstance(error, ssl.SSLError):
            return ServerError("{server} does not speak TLS: check the address", url)
        if isinstance(error, http.client.HTTPException | ValueError) and not isinstance(
            error, http.client.RemoteDisconnected | http.client.IncompleteRead
        ):
            return ServerError("{server} answers something else than HTTP", url)
        if isinstance(error, TimeoutError):
            return ServerGoneError("{server} does not answer", url)
        reason = getattr(error, "strerror", None) or (first_line(error) if error else "")
        return ServerGoneError("{server} cannot be reached: {reason}", url, reason)


class _Request:
    """One request on its own thread.

    Attributes:
        done: set once there is an answer or an error.
        lasting: whether the connection can be used again.
        stale: whether nothing came back at all.
    """

    def __init__(
        self, method: str, path: str, headers: Mapping[str, str], body: Sequence[bytes], most: int
    ) -> None:
        self._method, self._path, self._headers = method, path, headers
        self._body, self._most = body, most
        self.done = threading.Event()
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.lasting = self.stale = False
        self._socket: socket.socket | None = None
        self._left = False

    def begin(self, connection: http.client.HTTPConnection, answer_s: float) -> None:
        """Ask on ``connection``."""
        self.done.clear()
        self.answer, self.error, self.lasting, self.stale = None, None, False, False
        work = threading.Thread(
            target=self._work, args=(connection, answer_s), name="asking the server", daemon=True
        )
        work.start()

    def leave(self) -> None:
        """End what waits for it; the thread closes the connection."""
        self._left = True
        found = self._socket
        if found is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    def _work(self, connection: http.client.HTTPConnection, answer_s: float) -> None:
        begun = False
        try:
            if connection.sock is None:
                connection.connect()
            # An answer that ends with its connection takes it away from there.
            self._socket = connection.sock
            connection.sock.settimeout(answer_s)
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._send(connection)
            with closing(connection.getresponse()) as found:
                begun = True
                # An answer that refuses is short, whatever it says of itself.
                most = self._most if found.status == 200 else _MOST_TOLD
                body = _bounded(found, most)
            headers = {name.lower(): value for name, value in found.getheaders()}
            self.lasting = not found.will_close
            self.answer = Answer(found.status, headers, body)
        except Exception as error:  # noqa: BLE001  it is raised where somebody waits for it
            self.error = error
            self.stale = not begun and isinstance(error, OSError)
        finally:
            self.done.set()
            if self._left:
                connection.close()

    def _send(self, connection: http.client.HTTPConnection) -> None:
        connection.putrequest(self._method, self._path, skip_accept_encoding=True)
        for name, value in self._headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for part in self._body:
                connection.send(part)
        except (BrokenPipeError, ConnectionResetError):
            # Who refuses a request may close before all of it is sent; the answer says why.
            return


def _bounded(found: http.client.HTTPResponse, most: int) -> bytes:
    """Raises: ServerError: it is longer."""
    if found.length is not None and found.length > most:
        raise ServerError("the server answers with more than it may")
    body = bytearray()
    while chunk := found.read(min(_BLOCK * 16, most + 1 - len(body))):
        body += chunk
        if len(body) > most:
            raise ServerError("the server answers with more than it may")
    if found.length:
        raise http.client.IncompleteRead(bytes(body[:0]), found.length)
    return bytes(body)
