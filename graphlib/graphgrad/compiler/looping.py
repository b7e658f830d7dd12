"""Running the loops of a program: blocks of rows, one after the other or by several workers."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import Any

import numpy as np

from graphgrad.compiler.locality import COMBINED
from graphgrad.compiler.loops import Buffer, Loop
from graphgrad.compiler.rows import row_axis

BLOCK_BYTES = 2 * 2**20
"""What a block of rows touches, in bytes: about what a core's cache holds."""

FEWEST_ROWS = 1024
"""A block has this many rows at least: of fewer, each call of NumPy would cost more than its work."""

FOR_A_WORKER = 2**19
"""How many bytes of an array an instruction takes at least where workers share the blocks: they meet between two."""

FOR_THREADS = 2**19
"""From about so many products of numbers on, libraries of linear algebra take threads of their own."""

KEPT = 4
"""For how many numbers of rows a thread keeps its buffers."""


class Looper:
    """The body of one loop, and what it needs to run over rows."""

    def __init__(self, loop: Loop, body: Callable[..., tuple[Any, ...]]) -> None:
        self.body = body
        self.axes = [row_axis(value.shape) or 0 for value in loop.sliced]
        self.outputs = [Buffer.of(value) for value in loop.stored]
        self.buffers = loop.buffers
        self.needs_ones = loop.needs_ones
        self.combined = [(COMBINED[value.function], value.dtype) for value in loop.reduced]
        self.most_rows = max(BLOCK_BYTES // max(loop.bytes_per_row, 1), FEWEST_ROWS)
        each = loop.bytes_per_row / max(len(loop.buffers) + len(loop.sliced), 1)
        self.most_rows_of_workers = max(self.most_rows, int(FOR_A_WORKER / max(each, 1)))
        self.products_per_row = loop.products_per_row
        self.kept = _Kept()

    def sliced(self, arrays: Sequence[np.ndarray], start: int, stop: int) -> list[np.ndarray]:
        """Some rows of each array."""
        return [_rows_of(array, axis, start, stop) for array, axis in zip(arrays, self.axes, strict=True)]

    def written(self, arrays: Sequence[np.ndarray], start: int, stop: int) -> list[np.ndarray]:
        """Some rows of each result."""
        return [_rows_of(array, kind.axis, start, stop) for array, kind in zip(arrays, self.outputs, strict=True)]

    def combine(self, parts: Iterable[tuple[Any, ...]]) -> list[Any]:
        """What all rows are reduced to, from what each block is; in the order of the blocks, whoever computed them."""
        totals: list[Any] = []
        for part in parts:
            merged = part if not totals else map(_merged, self.combined, totals, part)
            totals = [np.asarray(each, np.float64) for each in merged]
        return [total.astype(dtype)[()] for total, (_, dtype) in zip(totals, self.combined, strict=True)]

    def buffers_for(self, rows: int) -> list[np.ndarray]:
        """The buffers of the thread that asks, for so many rows."""
        kept = self.kept.buffers
        found = kept.get(rows)
        if found is None:
            while len(kept) >= KEPT:
                kept.pop(next(iter(kept)))
            found = [buffer.made(rows) for buffer in self.buffers] + [np.ones(rows)] * self.needs_ones
            kept[rows] = found
        return found


def _merged(combined: tuple[np.ufunc, Any], total: Any, part: Any) -> Any:
    return combined[0](total, part)


class _Kept(threading.local):
    """The buffers of each thread, by the number of rows."""

    def __init__(self) -> None:
        self.buffers: dict[int, list[np.ndarray]] = {}


class Loops:
    """The loops of one call: how many rows there are, in what blocks, and by whom they are computed."""

    __slots__ = ("block", "loopers", "rows", "workers")

    def __init__(self, loopers: Sequence[Looper], rows: int, workers: int, block: int | None) -> None:
        self.loopers = loopers
        self.rows = rows
        self.workers = workers
        self.block = block

    def run(self, number: int, arrays: Sequence[np.ndarray], flats: Sequence[Any]) -> Any:
        """The reduced values of a loop, and those of all rows."""
        looper, rows = self.loopers[number], self.rows
        outputs = [kind.made(rows) for kind in looper.outputs]
        size = self.block or self._rows_of_a_block(looper)
        if rows <= size:
            if rows * looper.products_per_row > FOR_THREADS:
                with _one_thread:
                    return (*looper.body(*arrays, *flats, *outputs, *looper.buffers_for(rows)), *outputs)
            return (*looper.body(*arrays, *flats, *outputs, *looper.buffers_for(rows)), *outputs)

        def part(start: int) -> tuple[Any, ...]:
            stop = min(start + size, rows)
            given, written = looper.sliced(arrays, start, stop), looper.written(outputs, start, stop)
            return looper.body(*given, *flats, *written, *looper.buffers_for(stop - start))

        return (*looper.combine(self._parts(part, range(0, rows, size))), *outputs)

    def _rows_of_a_block(self, looper: Looper) -> int:
        """How many rows a block has: blocks of one length, as many for each worker."""
        most = looper.most_rows if self.workers == 1 else looper.most_rows_of_workers
        rounds = -(-self.rows // (most * self.workers))
        return -(-self.rows // (rounds * self.workers)) if self.rows > most else most

    def _parts(self, part: Callable[[int], tuple[Any, ...]], starts: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        with _one_thread:
            if self.workers == 1:
                yield from map(part, starts)
                return
            yield from _shared(part, starts, self.workers)


def _shared(part: Callable[[int], tuple[Any, ...]], starts: Sequence[int], workers: int) -> Iterator[tuple[Any, ...]]:
    """The parts in order. The caller is one of the workers; each takes the next block when it has done its last."""
    waiting, expected = deque(starts), deque(starts)
    done: dict[int, tuple[Any, ...]] = {}

    def work() -> Iterator[None]:
        while waiting:
            try:
                start = waiting.popleft()
            except IndexError:  # another worker took the last
                return
            done[start] = part(start)
            yield

    pool = _pool(workers)
    contexts = [copy_context() for _ in range(workers - 1)]  # with what the caller has set, as by np.errstate
    others: list[Future[None]] = [pool.submit(context.run, _run_out, work()) for context in contexts]
    try:
        for _ in work():
            while expected and expected[0] in done:
                yield done.pop(expected.popleft())
    finally:
        waiting.clear()
        for other in others:
            other.result()
    yield from map(done.pop, expected)


def _run_out(steps: Iterator[None]) -> None:
    for _ in steps:
        pass


def _rows_of(array: np.ndarray, axis: int, start: int, stop: int) -> np.ndarray:
    return array[start:stop] if axis == 0 else array[(slice(None),) * axis + (slice(start, stop),)]


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    """The threads that all programs with so many workers share."""
    return ThreadPoolExecutor(workers, thread_name_prefix="graphgrad")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads stay behind in the parent


class _OneThread:
    """Holds the libraries of linear algebra to one thread while a call computes blocks.

    Their own threads would gain little in a block, and wait for those of others. The setting belongs to the process,
    so of several calls at once the first makes it, and the last takes it back.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls = 0
        self.limit: Any = None

    def __enter__(self) -> None:
        with self.lock:
            self.calls += 1
            if self.calls == 1:
                self.limit = _controller().limit(limits=1)

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self.calls -= 1
            if self.calls == 0:
                self.limit.restore_original_limits()


_one_thread = _OneThread()


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
