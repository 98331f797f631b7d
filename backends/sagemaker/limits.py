"""What SageMaker takes at most; the numbers of its service model, which emitting does not load."""

from __future__ import annotations

import re
from typing import Final

DEFINITION: Final = 1_048_576
ARGUMENTS: Final = 100
ARGUMENT: Final = 256
IMAGE: Final = 255
URI: Final = 1024
RUN_TIME: Final = 777_600
PARAMETERS: Final = 200
PARAMETER: Final = 1024
VOLUME: Final = 16_384
TAGS: Final = 50
RETRIES: Final = 20
SUBNETS: Final = 16
SECURITY_GROUPS: Final = 5

# An argument is matched against `.*`, and `.` stops at the end of a line.
LINE_ENDS: Final = re.compile("[\0\n\r\u0085\u2028\u2029]")


def length(text: str) -> int:
    """How long a text is to SageMaker, which counts in UTF-16."""
    return len(text) + sum(character > "\uffff" for character in text)
