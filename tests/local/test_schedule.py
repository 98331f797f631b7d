"""Who goes first, and who waits for room."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from millpond.backends.local.budget import Amount
from millpond.backends.local.schedule import Schedule
from millpond.backends.local.trial import Trial
from millpond.compiler.ir.nodes import Task
from millpond.runtime.step import Work

LIMIT = Amount(4.0, 8, 1)


def trial(urgency: float, cpu: float = 1.0, memory: int = 0, gpu: int = 0) -> Trial:
    # The schedule looks at no more of a trial than its amount and urgency.
    return Trial(cast(Task, None), cast(Work, None), "", Amount(cpu, memory, gpu), urgency)


def test_the_longest_way_to_go_comes_first() -> None:
    schedule = Schedule(LIMIT, 4)
    for urgency in (1.0, 3.0, 2.0):
        schedule.add(trial(urgency))
    taken = [schedule.take() for _ in range(3)]
    assert [found.urgency for found in taken if found] == [3.0, 2.0, 1.0]
    assert not schedule


def test_one_that_must_wait_for_room_does_not_hold_up_smaller_ones() -> None:
    schedule = Schedule(LIMIT, 4)
    schedule.add(trial(9.0, cpu=3.0))
    schedule.add(trial(8.0, cpu=3.0))
    schedule.add(trial(1.0, cpu=1.0))
    first, second = schedule.take(), schedule.take()
    assert first is not None
    assert second is not None
    assert (first.urgency, second.urgency) == (9.0, 1.0)
    assert schedule.take() is None
    schedule.free(first)
    third = schedule.take()
    assert third is not None
    assert third.urgency == 8.0


def test_what_waits_comes_back_when_it_is_due() -> None:
    schedule = Schedule(LIMIT, 1)
    schedule.add_later(trial(1.0), 10.0)
    assert schedule
    assert schedule.next_moment == 10.0
    assert list(schedule.due(9.9)) == []
    assert [found.urgency for found in schedule.due(10.0)] == [1.0]
    assert schedule.next_moment is None


AMOUNTS = st.tuples(
    st.sampled_from((0.5, 1.0, 2.0, 4.0)), st.integers(0, 8), st.integers(0, 1), st.floats(0, 9)
)


@given(st.lists(AMOUNTS, max_size=20), st.integers(1, 4))
def test_everything_gets_its_turn_and_the_machine_is_never_too_full(
    asked: list[tuple[float, int, int, float]], slots: int
) -> None:
    schedule = Schedule(LIMIT, slots)
    for cpu, memory, gpu, urgency in asked:
        schedule.add(trial(urgency, cpu, memory, gpu))
    running: list[Trial] = []
    ended = 0
    while schedule or running:
        while (found := schedule.take()) is not None:
            running.append(found)
        assert 0 < len(running) <= slots
        assert sum(t.amount.cpu for t in running) <= LIMIT.cpu
        assert sum(t.amount.memory for t in running) <= LIMIT.memory
        assert sum(t.amount.gpu for t in running) <= LIMIT.gpu
        schedule.free(running.pop(0))
        ended += 1
    assert ended == len(asked)


def test_what_is_closed_is_drained_and_the_rest_stays_in_order() -> None:
    schedule = Schedule(LIMIT, 4)
    for urgency in (1.0, 4.0, 3.0, 5.0):
        schedule.add(trial(urgency))
    schedule.add_later(trial(2.0), 5.0)
    drained = schedule.drain(lambda found: found.urgency in (2.0, 4.0))
    assert sorted(found.urgency for found in drained) == [2.0, 4.0]
    assert schedule.next_moment is None
    assert [found.urgency for found in iter(schedule.take, None)] == [5.0, 3.0, 1.0]
