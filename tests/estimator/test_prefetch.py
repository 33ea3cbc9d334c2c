"""Items made ahead of their use."""

import itertools
import threading
import time

import pytest

from estimator.prefetch import prefetch


def test_the_same_items_in_the_same_order():
    assert list(prefetch(range(100))) == list(range(100))


def test_making_and_using_overlap():
    def slow():
        for i in range(10):
            time.sleep(0.02)
            yield i

    started = time.perf_counter()
    for _ in prefetch(slow()):
        time.sleep(0.02)
    assert time.perf_counter() - started < 0.34  # one after the other: 0.4


def test_an_error_is_raised_where_its_item_was_due():
    def broken():
        yield from range(3)
        raise ValueError("no more")

    taken = []
    with pytest.raises(ValueError, match="no more"):
        taken.extend(prefetch(broken()))
    items = prefetch(broken())
    assert list(itertools.islice(items, 3)) == [0, 1, 2]
    with pytest.raises(ValueError, match="no more"):
        next(items)


def test_the_maker_stops_when_the_taker_does():
    made = []

    def endless():
        for i in itertools.count():
            made.append(i)
            yield i

    items = prefetch(endless(), depth=3)
    assert next(items) == 0
    items.close()
    count = len(made)
    time.sleep(0.05)
    assert len(made) == count <= 6
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]
