"""Debian's `docker-registry` on loopback, and images made here, pushed as docker pushes them."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

PACKAGE = "docker-registry"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
USER, PASSWORD = "anna", "open sesame"
HTPASSWD = "$2b$04$ImewK7zeD/9Bf8qqbwVwuuDRoA1lZNSKoLC.fFEdku9dIiTZiDTHW"


def binary() -> Path:
    """The program: the one that is installed, else out of Debian's package, unpacked once."""
    installed = shutil.which(PACKAGE)
    if installed is not None:
        return Path(installed)
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millpond-tests"
    home.mkdir(parents=True, exist_ok=True)
    program = home / PACKAGE / "usr" / "bin" / PACKAGE
    with (home / f"{PACKAGE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.is_file():
            _unpack(home)
    return program


def _unpack(home: Path) -> None:
    for old in home.glob(f"{PACKAGE}_*.deb"):
        old.unlink()
    got = _say(("apt-get", "download", PACKAGE), home)
    if got is not None:
        # A machine that has never asked its mirror knows no packages.
        _say(("apt-get", "update"), home)
        got = _say(("apt-get", "download", PACKAGE), home)
    packages = sorted(home.glob(f"{PACKAGE}_*.deb"))
    assert packages, f"these tests need Debian's {PACKAGE}: `apt-get install {PACKAGE}`\n{got}"
    half = home / f"{PACKAGE}.half"
    shutil.rmtree(half, ignore_errors=True)
    subprocess.run(("dpkg", "-x", str(packages[-1]), str(half)), check=True)
    shutil.rmtree(home / PACKAGE, ignore_errors=True)
    half.rename(home / PACKAGE)


def _say(words: tuple[str, ...], folder: Path) -> str | None:
    """What a command says that fails."""
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return None if ended.returncode == 0 else ended.stderr


@dataclass(frozen=True, slots=True)
class Registry:
    """A registry that runs; `login` is what it wants to hear, None where everybody may come in."""

    host: str
    folder: Path
    login: str | None = None

    def push(self, name: str, tag: str, word: str) -> str:
        """An image of one platform whose layer holds a word; its digest."""
        return self._manifest(name, tag, self._image(name, word), MANIFEST)

    def push_index(self, name: str, tag: str, word: str) -> str:
        """An image of two platforms; the digest of its index."""
        listed = []
        for architecture in ("amd64", "arm64"):
            body = self._image(name, f"{word} {architecture}")
            digest = self._manifest(name, None, body, MANIFEST)
            listed.append(
                {
                    "mediaType": MANIFEST,
                    "digest": digest,
                    "size": len(body),
                    "platform": {"architecture": architecture, "os": "linux"},
                }
            )
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}
        return self._manifest(name, tag, json.dumps(index).encode(), INDEX)

    def _image(self, name: str, word: str) -> bytes:
        config, layer = json.dumps({"os": "linux", "word": word}).encode(), word.encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._blob(name, config, CONFIG),
            "layers": [self._blob(name, layer, LAYER)],
        }
        return json.dumps(manifest).encode()

    def _blob(self, name: str, data: bytes, kind: str) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        where = self._ask("POST", f"/v2/{name}/blobs/uploads/", b"", "")
        joint = "&" if urlsplit(where).query else "?"
        self._ask(
            "PUT",
            f"{where}{joint}{urlencode({'digest': digest})}",
            data,
            "application/octet-stream",
        )
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def _manifest(self, name: str, tag: str | None, body: bytes, kind: str) -> str:
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self._ask("PUT", f"/v2/{name}/manifests/{tag or digest}", body, kind)
        return digest

    def _ask(self, method: str, where: str, data: bytes, kind: str) -> str:
        url = where if "://" in where else f"http://{self.host}{where}"
        headers = {"Content-Type": kind} if kind else {}
        if self.login is not None:
            headers["Authorization"] = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.headers.get("Location", "")


@contextmanager
def running(folder: Path, *, login: bool = False) -> Iterator[Registry]:
    """A registry with nothing in it, which keeps its files in a folder."""
    host = f"127.0.0.1:{_free_port()}"
    config = folder / "config.yml"
    lines = [
        "version: 0.1",
        f"storage: {{ filesystem: {{ rootdirectory: {folder / 'storage'} }} }}",
        f"http: {{ addr: '{host}' }}",
        "log: { level: error }",
    ]
    if login:
        (folder / "htpasswd").write_text(f"{USER}:{HTPASSWD}\n", "utf-8")
        lines.append(f"auth: {{ htpasswd: {{ realm: here, path: {folder / 'htpasswd'} }} }}")
    config.write_text("\n".join(lines) + "\n", "utf-8")
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            (str(binary()), "serve", str(config)), stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        _until_up(host, process, folder / "registry.log")
        yield Registry(host, folder, f"{USER}:{PASSWORD}" if login else None)
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _until_up(host: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{host}/v2/", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the registry does not come up:\n{log.read_text('utf-8', 'replace')}")
