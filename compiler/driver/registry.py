"""Asks a registry which image a tag names today, by the OCI distribution protocol.

Nothing is downloaded but a manifest, and that only where the registry does not say its digest.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin, urlsplit

from ...runtime.dataclass import dataclass
from .credentials import Credentials, credentials_for

if TYPE_CHECKING:
    from email.message import Message

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))')
# An index goes first: it stands for all platforms, and is the same from wherever one asks.
_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_USUAL, _USUAL_API = "docker.io", "registry-1.docker.io"
_LARGEST = 4 << 20
_REDIRECTS = 5
_TRIES = 3
_SECONDS = 10.0
_PATIENCE_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 10.0


class RegistryError(Exception):
    """A registry does not say what an image is; in the user's words."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`host/path:tag` with what is usually left out filled in."""

    host: str
    path: str
    tag: str

    @property
    def api(self) -> str:
        host = _USUAL_API if self.host == _USUAL else self.host
        return f"{'http' if is_loopback(host) else 'https'}://{host}"


def reference_of(image: str) -> Reference:
    """What a name of an image says, as docker and Kubernetes read it."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    if not name or "/" in tag:
        name, tag = image.partition("@")[0], "latest"
    host, slash, path = name.partition("/")
    if not slash or not (set(".:") & set(host) or host == "localhost"):
        host, path = _USUAL, name
    if host in ("index.docker.io", _USUAL_API):
        host = _USUAL
    if host == _USUAL and "/" not in path:
        path = f"library/{path}"
    return Reference(host, path, tag)


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine: the one place for plain HTTP."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def digests_of(
    images: Iterable[str], patience: float = _PATIENCE_SECONDS
) -> tuple[dict[str, str], dict[str, str]]:
    """The digest of each image that could be found out, and for all others why not.

    Asks for all at once, and waits for `patience` seconds altogether.
    """
    found: dict[str, str] = {}
    lost: dict[str, str] = {}
    faults: list[Exception] = []

    def ask(image: str) -> None:
        try:
            found[image] = digest_of(image)
        except RegistryError as problem:
            lost[image] = str(problem)
        except Exception as fault:
            faults.append(fault)

    names = sorted(set(images))
    threads = [threading.Thread(target=ask, args=(each,), daemon=True) for each in names]
    end = time.monotonic() + patience
    for thread in threads:
        thread.start()
    for name, thread in zip(names, threads, strict=True):
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            host = reference_of(name).host
            lost[name] = f"{host} did not answer within {patience:g} s"
    if faults:
        raise faults[0]
    return {name: found[name] for name in names if name in found and name not in lost}, lost


def digest_of(image: str) -> str:
    """`sha256:…` of what a tag names now: of the index where the image has several platforms.

    Raises `RegistryError`.
    """
    reference = reference_of(image)
    url = f"{reference.api}/v2/{quote(reference.path)}/manifests/{quote(reference.tag)}"
    for attempt in range(1, _TRIES + 1):
        try:
            return _digest(reference, url)
        except _Again as problem:
            if attempt == _TRIES:
                raise RegistryError(f"{problem}, {_TRIES} times over") from None
            time.sleep(problem.wait or 0.5 * attempt)
    raise AssertionError("the last attempt raises")


class _Again(Exception):  # noqa: N818  (it may go well the next time)
    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = min(wait, _LONGEST_WAIT_SECONDS)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def _digest(reference: Reference, url: str) -> str:
    headers = {"Accept": ", ".join(_MANIFESTS)}
    answer = _ask("HEAD", url, headers)
    if answer.status == 401:
        headers["Authorization"] = _admitted(reference, answer)
        answer = _ask("HEAD", url, headers)
    said = answer.headers.get("docker-content-digest", "")
    if answer.status == 405 or (answer.status == 200 and _DIGEST.fullmatch(said) is None):
        answer = _ask("GET", url, headers)
        if answer.status == 200:
            said = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
    if answer.status != 200:
        raise _refusal(reference, answer.status, asked=answer.url)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in _MANIFESTS:
        raise RegistryError(
            f"{reference.host} answers with `{kind[:80] or 'nothing'}`, which is no manifest"
        )
    return said


def _refusal(reference: Reference, status: int, asked: str) -> RegistryError | _Again:
    host = urlsplit(asked).netloc or reference.host
    if status in (401, 403):
        return RegistryError(
            f"{reference.host} does not show it to us: log in with "
            f"`docker login {reference.host}`, or look at the name"
        )
    if status == 404:
        return RegistryError(f"{reference.host} has no {reference.path}:{reference.tag}")
    return RegistryError(f"{host} answers with status {status}")


def _admitted(reference: Reference, answer: _Answer) -> str:
    """The value of `Authorization`: from a token service, or the credentials themselves."""
    challenge = answer.headers.get("www-authenticate", "")
    scheme, _, rest = challenge.partition(" ")
    known = credentials_for(reference.host)
    match scheme.lower():
        case "basic":
            if known is None:
                raise _refusal(reference, 401, answer.url)
            return known.basic
        case "bearer":
            fields = {name.lower(): a or b for name, a, b in _CHALLENGE.findall(rest)}
            return f"Bearer {_token(reference, fields, known)}"
        case _:
            raise RegistryError(f"{reference.host} asks for a login of a kind we do not know")


def _token(reference: Reference, fields: Mapping[str, str], known: Credentials | None) -> str:
    realm = urlsplit(fields.get("realm", ""))
    if not _may_go(reference.api, realm.geturl()):
        raise RegistryError(
            f"{reference.host} sends us to {realm.scheme}://{realm.netloc} for a login"
        )
    scope = fields.get("scope") or f"repository:{reference.path}:pull"
    query = {"service": fields.get("service", ""), "scope": scope}
    if known is not None and known.token is not None:
        form = {**query, "grant_type": "refresh_token", "client_id": "millpond"}
        form["refresh_token"] = known.token
        answer = _ask("POST", realm.geturl(), {}, urlencode(form).encode())
    else:
        headers = {} if known is None else {"Authorization": known.basic}
        joint = "&" if realm.query else "?"
        answer = _ask("GET", f"{realm.geturl()}{joint}{urlencode(query)}", headers)
    if answer.status != 200:
        raise _refusal(reference, answer.status, answer.url)
    try:
        data = json.loads(answer.body)
        token = data.get("token") or data["access_token"]
    except (ValueError, AttributeError, KeyError):
        token = None
    # What would end the header and begin another one is no token.
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise RegistryError(f"{realm.netloc} gives no token for {reference.host}")
    return token


def _may_go(here: str, there: str) -> bool:
    """Whether a registry may send us to a URL: over TLS, or from this machine to itself."""
    start, end = urlsplit(here), urlsplit(there)
    if end.scheme == "https" and end.netloc:
        return True
    return end.scheme == "http" and is_loopback(end.netloc) and is_loopback(start.netloc)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: whoever asks decides."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        return None


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> _Answer:
    """One question, redirects followed. Credentials never go to another host than the first."""
    start = urlsplit(url).netloc
    sent = {**headers, "User-Agent": "millpond"}
    for _ in range(_REDIRECTS + 1):
        answer = _ask_once(method, url, sent, body)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        there = urljoin(url, answer.headers.get("location", ""))
        if not _may_go(url, there) or body is not None:
            target = urlsplit(there)
            raise RegistryError(f"{start} sends us to {target.scheme}://{target.netloc}")
        if urlsplit(there).netloc != start:
            sent.pop("Authorization", None)
        url = there
    raise RegistryError(f"{start} sends us round in circles")


def _ask_once(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> _Answer:
    host = urlsplit(url).netloc
    request = urllib.request.Request(url, body, dict(headers), method=method)
    handlers: list[urllib.request.BaseHandler] = [_Stay()]
    if is_loopback(host):
        handlers.append(urllib.request.ProxyHandler({}))
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=_SECONDS) as response:
            data = response.read(_LARGEST + 1) if method != "HEAD" else b""
            found = _Answer(response.status, _lowered(response.headers), data, url)
    except urllib.error.HTTPError as problem:
        with problem:
            found = _Answer(problem.code, _lowered(problem.headers), b"", url)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise _Again(f"{host} cannot be reached: {_reason(problem)}") from None
    if len(found.body) > _LARGEST:
        raise RegistryError(f"{host} answers with more than a manifest can be")
    if found.status == 429 or found.status >= 500:
        wait = found.headers.get("retry-after", "")
        seconds = float(wait) if wait.isdecimal() and wait.isascii() else 0.0
        raise _Again(f"{host} answers with status {found.status}", seconds)
    return found


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


def _reason(problem: Exception) -> str:
    cause = problem.reason if isinstance(problem, urllib.error.URLError) else problem
    if isinstance(cause, TimeoutError | socket.timeout):
        return f"no answer within {_SECONDS:g} s"
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return f"{text[:1].lower()}{text[1:]}"
