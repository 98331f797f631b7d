"""Messages between the runner and its workers arrive whole, in order, or not at all."""

from __future__ import annotations

import os
import threading

import pytest

from millpond.backends.local.wire import wires


def test_messages_arrive_in_order_whatever_their_size() -> None:
    here, there = wires()
    sent = [b"", {"a": 1}, "x" * 3_000_000, None]
    thread = threading.Thread(target=here.send, args=tuple(sent))
    thread.start()
    assert [there.receive() for _ in sent] == sent
    thread.join()
    assert not there.has_message()
    there.send("back")
    assert here.has_message()
    assert here.receive() == "back"
    here.close()
    there.close()


@pytest.mark.parametrize("written", [b"", b"\0\0", b"\0\0\0\0\0\0\0\x09half"])
def test_a_wire_that_breaks_in_a_message_says_so(written: bytes) -> None:
    here, there = wires()
    os.write(here.writing, written)
    here.close()
    with pytest.raises(EOFError):
        there.receive()
    with pytest.raises(BrokenPipeError):
        there.send("nobody is there")
    there.close()
