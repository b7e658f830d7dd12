"""How long ``import graphgrad`` takes, against ``import numpy``, as whole processes."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from timing import child, interleaved, seconds_of, table

ROUNDS = 31
STATEMENTS = ("pass", "import numpy", "import graphgrad")


def report() -> Iterator[str]:
    """The table of this file as Markdown."""
    yield "## Importing"
    yield f"Whole processes `python -c …`, {ROUNDS} rounds; goal: at most 1.3 times NumPy."
    processes = {statement: partial(seconds_of, partial(child, "-c", statement)) for statement in STATEMENTS}
    for process in processes.values():
        process()
    samples = interleaved(processes, ROUNDS)
    numpy = samples["import numpy"]
    rows = []
    for statement, sample in samples.items():
        by_round = statistics.median(a / b for a, b in zip(sample.seconds, numpy.seconds, strict=True))
        rows.append([f"`{statement}`", *sample.cells(), f"{sample.median / numpy.median:.2f}", f"{by_round:.2f}"])
    yield table(["statement", "median", "min", "max", "ratio of medians", "median of ratios"], rows)
