"""Post JSON to a URL, and try again where that can help."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from datetime import timedelta
from email.message import Message
from typing import IO
from urllib.parse import urlsplit

_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class WebhookError(Exception):
    """The other side did not take it. Names the host: a URL may hold a secret."""


def post(url: str, payload: object, patience: timedelta, attempts: int) -> int:
    """Send `payload`, and return the status, which is 2xx. Raises `WebhookError`."""
    place = urlsplit(url)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise WebhookError("a webhook's URL begins with https:// or http:// and names a host")
    if attempts < 1:
        raise WebhookError(f"`attempts` must be at least 1, it is {attempts}")
    headers = {"Content-Type": "application/json", "User-Agent": "millpond"}
    if key := os.environ.get("MLP_IDEMPOTENCY_KEY"):
        headers["Idempotency-Key"] = key
    body = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
    request = urllib.request.Request(url, body, headers, method="POST")
    number = 1
    while True:
        answer, wait = _try(request, patience.total_seconds())
        if isinstance(answer, int):
            return answer
        if wait is None or number == attempts:
            raise WebhookError(f"{place.hostname} {answer}")
        time.sleep(min(max(wait, _FIRST_PAUSE * 2 ** (number - 1)), _LONGEST_PAUSE))
        number += 1


def post_to_secret(payload: object, patience: timedelta, attempts: int) -> int:
    """The same, to the URL in the variable `WEBHOOK_URL`."""
    return post(os.environ["WEBHOOK_URL"], payload, patience, attempts)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive as a GET, without what was to be said."""

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


def _try(request: urllib.request.Request, seconds: float) -> tuple[int | str, float | None]:
    """The status, or what went wrong and how long to wait before another attempt makes sense."""
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as answer:
            return answer.status, None
    except urllib.error.HTTPError as problem:
        with problem:
            wait = _asked_for(problem.headers) if problem.code in _TEMPORARY else None
            return f"answered {problem.code} {problem.reason}", wait
    except urllib.error.URLError as problem:
        reason = problem.reason
        return f"cannot be reached: {getattr(reason, 'strerror', None) or reason}", 0.0
    except TimeoutError:
        return f"did not answer within {seconds:g} s", 0.0
    except OSError as problem:
        return f"broke the connection: {problem}", 0.0


def _asked_for(headers: Message) -> float:
    text = headers.get("Retry-After", "").strip()
    return float(text) if text.isdigit() else 0.0
