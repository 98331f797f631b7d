"""Secrets are unreadable in a log however they are written to it."""

from __future__ import annotations

import io
import json
import os
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.runtime.process import MASK, Mask, hidden, mask, run

PEM = "-----BEGIN KEY-----\nabcdefghijklmnop\nqrst\n-----END KEY-----"


def fed(pieces: list[bytes], secrets: list[bytes]) -> bytes:
    masking = Mask(secrets)
    return b"".join([*(masking.feed(piece) for piece in pieces), masking.rest()])


def test_a_secret_in_two_pieces() -> None:
    assert fed([b"it is hunter2", b"-hunter2.\n"], [b"hunter2-hunter2"]) == b"it is ***.\n"


def test_the_longer_of_two_that_begin_alike() -> None:
    secrets = [b"abcdefgh", b"abcdefghijkl"]
    assert fed([b"abcdefgh", b"ijkl abcdefgh", b" "], secrets) == b"*** *** "


@pytest.mark.parametrize(
    "value", ["hunter2-horse\"'", "hunter2'horse", "tab\there-ünï", "back\\slash\nnext-line"]
)
def test_a_secret_as_a_literal_is_hidden_too(value: str) -> None:
    dictionary, both = {"token": value}, f'it\'s "{value}"'
    printed = [
        repr(value),
        str(KeyError(value)),
        str(dictionary),
        repr(both),
        ascii(value),
        str(value.encode()),
        json.dumps(dictionary),
        json.dumps(dictionary, ensure_ascii=False),
    ]
    for text in printed:
        shown = mask(text.encode(), hidden([value])).decode()
        assert MASK.decode() in shown
        assert "horse" not in shown
        assert "tab" not in shown
        assert "slash" not in shown


def test_a_secret_that_is_no_text_is_hidden_byte_by_byte() -> None:
    raw = b"hunter2\xffhorse"
    secrets = hidden([os.fsdecode(raw)])
    assert mask(b"it is " + raw, secrets) == b"it is ***"


def test_what_only_begins_like_one_is_shown() -> None:
    assert fed([b"hunter", b"s and hunter"], [b"hunter2-hunter2"]) == b"hunters and hunter"


def test_what_is_no_beginning_is_shown_at_once() -> None:
    masking = Mask([b"hunter2-hunter2"])
    assert masking.feed(b"50 %\r") == b"50 %\r"


@given(
    text=st.binary(max_size=60).map(lambda b: bytes(c % 3 + 97 for c in b)),
    secrets=st.lists(
        st.binary(min_size=1, max_size=6).map(lambda b: bytes(c % 3 + 97 for c in b)),
        min_size=1,
        max_size=3,
    ),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_cuts_change_nothing(text: bytes, secrets: list[bytes], cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    assert fed(pieces, secrets) == mask(text, secrets)


def test_short_values_stay_and_lines_of_long_ones_do_not() -> None:
    assert hidden(["short", "longer-one"]) == [b"longer-one"]
    masked = hidden([PEM])
    for printed in (PEM, "line: abcdefghijklmnop", PEM.replace("\n", "\r\n")):
        assert b"abcdefghijklmnop" not in mask(printed.encode(), masked)
    assert mask(b"nothing to hide", []) == b"nothing to hide"


SCRIPT = """
import os, sys, time
token = os.environ["TOKEN"]
for piece in (token[:4], token[4:], "\\n"):
    os.write(1, piece.encode())
    time.sleep(0.02)
os.write(2, (token * 2).encode())
sys.stdout.write("end without a line's end")
"""


def test_a_process_that_writes_in_pieces(tmp_path: Path) -> None:
    log = io.BytesIO()
    secret = "hunter2-hunter2"
    run(
        (sys.executable, "-c", SCRIPT),
        {"TOKEN": secret, "PATH": "/usr/bin:/bin"},
        tmp_path,
        log,
        secrets=[secret],
    )
    assert log.getvalue() == MASK + b"\n" + MASK * 2 + b"end without a line's end"


@pytest.mark.parametrize("size", [1, 7, 1 << 17])
def test_all_of_a_long_text_arrives(tmp_path: Path, size: int) -> None:
    log = io.BytesIO()
    words = (sys.executable, "-c", f"import sys; sys.stdout.write('ab' * {size})")
    run(words, {}, tmp_path, log, secrets=["abcabcabc"])
    assert log.getvalue() == b"ab" * size
