"""A server on this machine that takes what is posted to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Inbox:
    """Where to post, and what has come."""

    url: str = ""
    got: list[Any] = field(default_factory=list)


@contextmanager
def inbox() -> Iterator[Inbox]:
    """A server that answers every POST with 200, until the end of the block."""
    known = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            known.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        known.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
