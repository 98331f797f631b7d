"""What a registry may answer: what is asked, a login, nothing, nonsense, a way elsewhere."""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli.conftest import Mlp
from lock.registries import MANIFEST, PASSWORD, USER, Registry

from millpond.compiler.driver import registry as asking
from millpond.compiler.driver.credentials import Credentials, credentials_for
from millpond.compiler.driver.registry import (
    Reference,
    RegistryError,
    digest_of,
    digests_of,
    is_loopback,
    reference_of,
)

DIGEST = "sha256:" + "d" * 64


@dataclass
class Said:
    """An answer: a status, headers, a body, and how long it takes."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0


Answer = Callable[[BaseHTTPRequestHandler], Said]
FINE = {"Docker-Content-Digest": DIGEST, "Content-Type": MANIFEST}


@contextmanager
def answering(answer: Answer) -> Iterator[tuple[str, list[tuple[str, str, str | None]]]]:
    """A server on loopback; its host, and every question with the login that came with it."""
    asked: list[tuple[str, str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append((self.command, self.path, self.headers.get("Authorization")))
            said = answer(self)
            time.sleep(said.seconds)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(said.body)

        do_HEAD = do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_SECONDS", 0.5)
    monkeypatch.setattr(asking, "_LONGEST_WAIT_SECONDS", 0.01)


def login(folder: Path, host: str, user: str = USER, password: str = PASSWORD) -> None:
    coded = base64.b64encode(f"{user}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": coded}}}), "utf-8")


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        ("python", Reference("docker.io", "library/python", "latest")),
        ("python:3.12", Reference("docker.io", "library/python", "3.12")),
        ("acme/train:1", Reference("docker.io", "acme/train", "1")),
        ("docker.io/python:1", Reference("docker.io", "library/python", "1")),
        ("index.docker.io/acme/x", Reference("docker.io", "acme/x", "latest")),
        ("ghcr.io/acme/train:1.4", Reference("ghcr.io", "acme/train", "1.4")),
        ("localhost/x:1", Reference("localhost", "x", "1")),
        ("localhost:5000/x", Reference("localhost:5000", "x", "latest")),
        ("host:5000/a/b:c", Reference("host:5000", "a/b", "c")),
    ],
)
def test_what_is_left_out_of_a_name(image: str, wanted: Reference) -> None:
    assert reference_of(image) == wanted


def test_plain_http_is_for_this_machine_alone() -> None:
    for host in ("localhost", "localhost:5000", "127.0.0.1:80", "127.9.9.9", "[::1]:5000"):
        assert is_loopback(host)
        assert Reference(host, "x", "1").api == f"http://{host}"
    for host in ("ghcr.io", "10.0.0.1:5000", "localhost.evil.com", "127.0.0.1.evil.com", ""):
        assert not is_loopback(host)
    assert Reference("docker.io", "x", "1").api == "https://registry-1.docker.io"


def test_a_tag_of_a_real_registry(registry: Registry) -> None:
    one = registry.push("acme/real", "1", "one")
    both = registry.push_index("acme/real", "2", "two")
    host = registry.host
    found, lost = digests_of([f"{host}/acme/real:1", f"{host}/acme/real:2", f"{host}/acme/real:3"])
    assert found == {f"{host}/acme/real:1": one, f"{host}/acme/real:2": both}
    assert lost == {f"{host}/acme/real:3": f"{host} has no acme/real:3"}


def test_a_login_is_taken_from_docker(closed_registry: Registry, no_logins: Path) -> None:
    image = f"{closed_registry.host}/acme/closed:1"
    digest = closed_registry.push("acme/closed", "1", "word")
    with pytest.raises(RegistryError, match=f"docker login {closed_registry.host}"):
        digest_of(image)
    login(no_logins, closed_registry.host, password="wrong")
    with pytest.raises(RegistryError, match="docker login") as raised:
        digest_of(image)
    assert "wrong" not in str(raised.value)
    login(no_logins, closed_registry.host)
    assert digest_of(image) == digest


def test_a_login_is_printed_by_nobody(
    mlp: Mlp, tmp_path: Path, closed_registry: Registry, no_logins: Path
) -> None:
    closed_registry.push("acme/shown", "1", "word")
    (tmp_path / "main.mlp").write_text(
        'edition 2026\n\nstep fit() -> (loss: Float) {\n  run shell "true"\n'
        f'  environment {{ image = "{closed_registry.host}/acme/shown:1" }}\n}}\n',
        "utf-8",
    )
    for password, code in ((PASSWORD, 0), ("bad guess", 1)):
        login(no_logins, closed_registry.host, password=password)
        coded = base64.b64encode(f"{USER}:{password}".encode()).decode()
        answer = mlp("lock", *(("--upgrade-all",) if code else ()))
        assert answer.code == code
        written = (tmp_path / "mlp.lock").read_text("utf-8")
        for secret in (password, coded):
            assert secret not in answer.out + answer.err + written
    # What was pinned stays, where nobody can be asked.
    assert json.loads(written)["images"]


def test_a_helper_keeps_logins(
    closed_registry: Registry, no_logins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = closed_registry.push("acme/helped", "1", "word")
    helper = tmp_path / "docker-credential-mine"
    said = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\ngrep -qx '{closed_registry.host}' && echo '{said}'\n", "utf-8")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (no_logins / "config.json").write_text('{"credsStore": "mine"}', "utf-8")
    assert digest_of(f"{closed_registry.host}/acme/helped:1") == digest
    assert credentials_for("ghcr.io") is None


@pytest.mark.parametrize(
    "config",
    ["", "[]", "{", '{"auths": 3}', '{"auths": {"h": {"auth": "%%"}}}', '{"auths": {"h": 1}}',
     '{"credsStore": "../../bin/sh"}', '{"credHelpers": {"h": 3}}', '{"auths": {"h": {}}}'],
)  # fmt: skip
def test_a_broken_configuration_is_no_login(no_logins: Path, config: str) -> None:
    (no_logins / "config.json").write_text(config, "utf-8")
    assert credentials_for("h") is None


def test_credentials_do_not_show_themselves() -> None:
    shown = repr(Credentials("anna", "open sesame", "token-1"))
    assert "sesame" not in shown
    assert "token-1" not in shown


def test_a_token_is_fetched_where_the_registry_says(no_logins: Path) -> None:
    def answer(asked: BaseHTTPRequestHandler) -> Said:
        if asked.path.startswith("/token"):
            return Said(body=b'{"token": "abc"}')
        if asked.headers.get("Authorization") == "Bearer abc":
            return Said(headers=FINE)
        realm = f'Bearer realm="http://{asked.headers["Host"]}/token",service="s"'
        return Said(401, {"WWW-Authenticate": realm})

    with answering(answer) as (host, asked):
        assert digest_of(f"{host}/acme/x:1") == DIGEST
        assert asked[1][:2] == ("GET", "/token?service=s&scope=repository%3Aacme%2Fx%3Apull")
        assert asked[1][2] is None
        login(no_logins, host)
        assert digest_of(f"{host}/acme/x:1") == DIGEST
        assert (asked[4][2] or "").startswith("Basic ")
        token = {"auths": {host: {"auth": "YW5uYTo=", "identitytoken": "longer"}}}
        (no_logins / "config.json").write_text(json.dumps(token), "utf-8")
        assert digest_of(f"{host}/acme/x:1") == DIGEST
        assert asked[7][0] == "POST"


def test_a_digest_that_is_not_said_is_computed() -> None:
    body = b'{"schemaVersion": 2}'

    def answer(asked: BaseHTTPRequestHandler) -> Said:
        return Said(405 if asked.command == "HEAD" else 200, {"Content-Type": MANIFEST}, body)

    with answering(answer) as (host, _):
        import hashlib

        assert digest_of(f"{host}/x:1") == f"sha256:{hashlib.sha256(body).hexdigest()}"


WRONG: dict[str, tuple[Said, str]] = {
    "page": (Said(headers={"Content-Type": "text/html", "Docker-Content-Digest": DIGEST}), "html"),
    "old": (
        Said(
            headers={
                "Content-Type": "application/vnd.docker.distribution.manifest.v1+prettyjws",
                "Docker-Content-Digest": DIGEST,
            }
        ),
        "no manifest",
    ),
    "gone": (Said(404), "has no x:1"),
    "forbidden": (Said(403), "docker login"),
    "teapot": (Said(418), "status 418"),
    "broken": (Said(503), "status 503, 3 times over"),
    "busy": (Said(429, {"Retry-After": "99999999"}), "status 429, 3 times over"),
    "silent": (Said(seconds=2.0), "no answer within 0.5 s, 3 times over"),
    "no-challenge": (Said(401), "a login of a kind we do not know"),
    "digest-login": (Said(401, {"WWW-Authenticate": "Digest realm=x"}), "of a kind we do not know"),
    "no-realm": (Said(401, {"WWW-Authenticate": "Bearer"}), "sends us to"),
    "file-realm": (
        Said(401, {"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}),
        "sends us to file://",
    ),
    "plain-realm": (
        Said(401, {"WWW-Authenticate": 'Bearer realm="http://10.0.0.1/token"'}),
        "sends us to http://10.0.0.1",
    ),
    "to-file": (Said(302, {"Location": "file:///etc/passwd"}), "sends us to file://"),
    "to-plain": (Said(307, {"Location": "http://10.0.0.1/v2/"}), "sends us to http://10.0.0.1"),
    "to-ftp": (Said(302, {"Location": "ftp://127.0.0.1/x"}), "sends us to ftp://127.0.0.1"),
    "nowhere": (Said(302), "round in circles"),
    "circle": (Said(302, {"Location": "/v2/x/manifests/1"}), "round in circles"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_said(name: str) -> None:
    said, why = WRONG[name]
    with answering(lambda _: said) as (host, _), pytest.raises(RegistryError) as raised:
        digest_of(f"{host}/x:1")
    assert why in str(raised.value)


def test_a_manifest_without_end_is_not_read() -> None:
    said = Said(headers={"Content-Type": MANIFEST}, body=b" " * ((4 << 20) + 1))
    with (
        answering(lambda _: said) as (host, _),
        pytest.raises(RegistryError, match="more than a manifest"),
    ):
        digest_of(f"{host}/x:1")


def test_a_login_does_not_follow_to_another_host(no_logins: Path) -> None:
    with answering(lambda _: Said(headers=FINE)) as (other, there):

        def answer(asked: BaseHTTPRequestHandler) -> Said:
            if asked.headers.get("Authorization") is None:
                return Said(401, {"WWW-Authenticate": "Basic realm=x"})
            return Said(307, {"Location": f"http://{other}{asked.path}"})

        with answering(answer) as (host, asked):
            login(no_logins, host)
            assert digest_of(f"{host}/x:1") == DIGEST
    assert asked[1][2] is not None
    assert [login for _, _, login in there] == [None]


@pytest.mark.parametrize("token", ["a\\r\\nX-Evil: 1", "", 3, None, "\\u00e9"])
def test_a_token_that_is_none_is_refused(token: object) -> None:
    body = f'{{"token": "{token}"}}' if isinstance(token, str) else json.dumps({"token": token})

    def answer(asked: BaseHTTPRequestHandler) -> Said:
        if asked.path.startswith("/token"):
            return Said(body=body.encode())
        return Said(
            401, {"WWW-Authenticate": f'Bearer realm="http://{asked.headers["Host"]}/token"'}
        )

    with (
        answering(answer) as (host, _),
        pytest.raises(RegistryError, match="gives no token"),
    ):
        digest_of(f"{host}/x:1")


def test_it_is_tried_again() -> None:
    left = [Said(503), Said(500), Said(headers=FINE)]
    with answering(lambda _: left.pop(0)) as (host, asked):
        assert digest_of(f"{host}/x:1") == DIGEST
        assert len(asked) == 3


def test_nobody_waits_longer_than_they_want() -> None:
    began = time.monotonic()
    with answering(lambda _: Said(seconds=0.4, headers=FINE)) as (host, _):
        found, lost = digests_of([f"{host}/x:{n}" for n in range(20)], patience=30)
        assert (len(found), lost) == (20, {})
        assert time.monotonic() - began < 6
        found, lost = digests_of([f"{host}/x:1"], patience=0.05)
        assert found == {}
        assert lost == {f"{host}/x:1": f"{host} did not answer within 0.05 s"}


def test_an_outage_loses_nothing(
    mlp: Mlp, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_TRIES", 1)
    digest = registry.push("acme/kept", "1", "word")
    with answering(lambda _: Said(503)) as (host, _):
        kept, away = f"{registry.host}/acme/kept:1", f"{host}/acme/away:1"
        steps = "".join(
            f'step s{n}() -> (loss: Float) {{\n  run shell "true"\n'
            f'  environment {{ image = "{image}" }}\n}}\n'
            for n, image in enumerate((kept, away))
        )
        (tmp_path / "main.mlp").write_text(f"edition 2026\n\n{steps}", "utf-8")
        answer = mlp("lock")
        assert answer.code == 1
        assert f"not pinned image {away}: {host} answers with status 503" in answer.err
    assert json.loads((tmp_path / "mlp.lock").read_text("utf-8"))["images"] == {kept: digest}
    found = mlp("lock", "--format", "json")
    assert found.code == 1
    assert [lack["name"] for lack in found.json["lacks"]] == [away]
    assert not found.json["written"]


def test_a_fault_of_ours_is_not_taken_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(image: str) -> str:
        raise KeyError(image)

    monkeypatch.setattr(asking, "digest_of", wrong)
    with pytest.raises(KeyError):
        digests_of(["a:1"])
