"""Run the making of items ahead of their use, in a thread."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
END = object()


def prefetch(items: Iterable[T], depth: int = 4) -> Iterator[T]:
    """The same items in the same order, made up to `depth` ahead of the one in use.

    Decoding, the network and encoding spend their time outside Python's lock, so they overlap. An error of the
    maker is raised where its item was due; when the taker stops early, the maker stops too.
    """
    maker = iter(items)
    with ThreadPoolExecutor(1, "prefetch") as thread:
        pending = deque(thread.submit(next, maker, cast("T", END)) for _ in range(depth))
        try:
            while (item := pending.popleft().result()) is not END:
                pending.append(thread.submit(next, maker, cast("T", END)))
                yield item
        finally:
            thread.shutdown(cancel_futures=True)
