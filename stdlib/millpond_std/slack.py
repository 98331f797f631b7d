"""Write to a Slack channel by an incoming webhook."""

from __future__ import annotations

import os
from datetime import timedelta

from . import webhook

_PATIENCE = timedelta(seconds=10)
_ATTEMPTS = 3


def post(channel: str, text: str) -> int:
    """Send a text to the webhook in the variable `SLACK_WEBHOOK_URL`; returns the status.

    A webhook that is bound to one channel writes there, whatever `channel` says.
    """
    url = os.environ["SLACK_WEBHOOK_URL"]
    return webhook.post(url, {"channel": channel, "text": text}, _PATIENCE, _ATTEMPTS)
