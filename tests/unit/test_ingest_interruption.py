"""Ctrl-C waits for the end of a step."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.ingest.interruption import whole_step


@pytest.fixture(autouse=True)
def ctrl_c_raises() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_inside_a_step_comes_after_it() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), whole_step():
        signal.raise_signal(signal.SIGINT)
        done.append("counted")
    assert done == ["counted"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_ctrl_c_is_not_held_back() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt), whole_step():
        signal.raise_signal(signal.SIGINT)
        done.append("after the first")
        signal.raise_signal(signal.SIGINT)
        done.append("after the second")
    assert done == ["after the first"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_of_the_step_leaves_ctrl_c_as_it_was() -> None:
    with pytest.raises(ValueError, match="of the step"), whole_step():
        raise ValueError("of the step")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_that_is_ignored_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with whole_step():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_step_in_another_thread_is_left_alone() -> None:
    def step() -> object:
        with whole_step():
            return signal.getsignal(signal.SIGINT)

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(step).result() is signal.default_int_handler
