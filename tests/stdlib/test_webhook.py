"""std.notify: what arrives at the other side, and what happens where it does not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from millpond.stdlib.millpond_std import slack, webhook
from millpond.stdlib.millpond_std.webhook import WebhookError, post, post_to_secret

PATIENCE = timedelta(seconds=5)


@dataclass
class Receiver:
    """A server on this machine: what it got, and what it answers, the last answer for ever."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=lambda: [(200, {})])
    got: list[tuple[str, str, dict[str, str], object]] = field(default_factory=list)
    delay: float = 0.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    known = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            known.got.append((self.command, self.path, dict(self.headers), json.loads(body)))
            time.sleep(known.delay)
            status, headers = known.answers.pop(0) if known.answers[1:] else known.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            known.got.append((self.command, self.path, dict(self.headers), None))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_address[1]}/hook/secret-part"
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_FIRST_PAUSE", 0.01)
    monkeypatch.delenv("MLP_IDEMPOTENCY_KEY", raising=False)


def test_the_payload_arrives_as_json(receiver: Receiver) -> None:
    payload = {"text": "fertig: ü", "numbers": [1, 0.5, None]}
    assert post(receiver.url, payload, PATIENCE, 3) == 200
    ((method, path, headers, body),) = receiver.got
    assert (method, path, body) == ("POST", "/hook/secret-part", payload)
    assert headers["Content-Type"] == "application/json"
    assert "Idempotency-Key" not in headers


def test_any_2xx_is_fine(receiver: Receiver) -> None:
    receiver.answers = [(204, {})]
    assert post(receiver.url, {}, PATIENCE, 1) == 204


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_the_same_key(
    receiver: Receiver, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_IDEMPOTENCY_KEY", "once")
    receiver.answers = [(status, {}), (status, {}), (200, {})]
    assert post(receiver.url, {}, PATIENCE, 3) == 200
    assert [headers["Idempotency-Key"] for _, _, headers, _ in receiver.got] == ["once"] * 3


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_a_no_is_a_no(receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {})]
    with pytest.raises(WebhookError, match=f"^127.0.0.1 answered {status} "):
        post(receiver.url, {}, PATIENCE, 3)
    assert len(receiver.got) == 1


def test_attempts_count_the_first(receiver: Receiver) -> None:
    receiver.answers = [(503, {})]
    with pytest.raises(WebhookError, match="answered 503"):
        post(receiver.url, {}, PATIENCE, 2)
    assert len(receiver.got) == 2


def test_retry_after_is_respected(receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "1"}), (200, {})]
    began = time.monotonic()
    post(receiver.url, {}, PATIENCE, 2)
    assert time.monotonic() - began >= 1


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [(302, {"Location": "/elsewhere"})]
    with pytest.raises(WebhookError, match="answered 302"):
        post(receiver.url, {}, PATIENCE, 3)
    assert [method for method, *_ in receiver.got] == ["POST"]


def test_patience_ends(receiver: Receiver) -> None:
    receiver.delay = 1.0
    with pytest.raises(WebhookError, match=r"timed out|not answer"):
        post(receiver.url, {}, timedelta(seconds=0.1), 1)


def test_nobody_there() -> None:
    with pytest.raises(WebhookError, match="cannot be reached: Connection refused"):
        post("http://127.0.0.1:9/hook", {}, PATIENCE, 2)


def test_no_message_holds_the_url(receiver: Receiver) -> None:
    receiver.answers = [(404, {})]
    with pytest.raises(WebhookError) as failed:
        post(receiver.url, {}, PATIENCE, 1)
    assert "secret-part" not in str(failed.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "hooks.example.org", ""])
def test_only_the_web_is_a_webhook(url: str) -> None:
    with pytest.raises(WebhookError, match="begins with https://"):
        post(url, {}, PATIENCE, 1)


def test_the_url_can_be_a_secret(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_URL", receiver.url)
    assert post_to_secret([1], PATIENCE, 1) == 200
    assert receiver.got[0][3] == [1]


def test_slack_gets_a_channel_and_a_text(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_WEBHOOK_URL", receiver.url)
    assert slack.post("#ml", "delays v3 is live") == 200
    assert receiver.got[0][3] == {"channel": "#ml", "text": "delays v3 is live"}
