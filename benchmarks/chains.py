"""Long chains of scalar nodes: time per node to build, differentiate, copy and free them, and memory.

Beside graphgrad: micrograd, as far as it gets.
"""

from __future__ import annotations

import copy
import gc
import json
import sys
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from timing import Sample, absent, child, present, seconds_of, table

SIZES = {100: 7, 500: 7, 1_000: 7, 10_000: 7, 100_000: 5, 1_000_000: 3}  # nodes: rounds
MICROGRAD_SIZES = (500, 1_000)
DRAWN = 100_000
PHASES = ("build", "backward", "deepcopy", "free")
MOMENTS = ("built", "backward", "with copy")


def report() -> Iterator[str]:
    """The tables of this file as Markdown."""
    yield "## Chains of scalar nodes"
    yield (
        "`node = node * w` and `node = node + b` in turn. For each chain and round there is a process of its own, in "
        "which the chain is built, differentiated, deep-copied, and freed while its copy is still there. Time per "
        "node: median (min to max). Memory is what Python's allocators gave out, counted in a run of its own: after "
        "the build, at the most during `backward()`, and at the most with the copy."
    )
    cases = {("graphgrad", size): rounds for size, rounds in SIZES.items()}
    if present("micrograd"):
        cases |= {("micrograd", size): SIZES[size] for size in MICROGRAD_SIZES}
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {case: [] for case in cases}
    for turn in range(max(SIZES.values())):
        for (library, size), rounds in cases.items():
            if turn < rounds:
                runs[library, size].append(json.loads(child(__file__, library, str(size))))
    head = ["chain", *PHASES, *(f"memory: {moment}" for moment in MOMENTS)]
    rows = [_row(*case, each) for case, each in runs.items()]
    yield table(head, rows if present("micrograd") else [*rows, absent("micrograd", len(head))])
    if present("micrograd"):
        deepest = json.loads(child(__file__, "micrograd", "deepest"))
        yield (
            "micrograd recurses: at Python's usual recursion limit its longest chain of this kind has "
            f"{deepest['backward']:,} nodes for `backward()` and {deepest['deepcopy']:,} for `copy.deepcopy`. Its "
            "values refer to each other in circles, so the garbage collector frees them: that time is included."
        )
    draws = [float(child(__file__, "graphgrad", "draw")) for _ in range(3)]
    yield table(
        ["picture", "median", "min", "max"],
        [[f"graphgrad: summary of the chain of {DRAWN:,} nodes as svg", *Sample(tuple(draws)).cells()]],
    )


def _row(library: str, size: int, runs: list[dict[str, Any]]) -> list[str]:
    cells = [f"{library}: {size:,}"]
    for phase in PHASES:
        seconds = [run[phase] for run in runs]
        if isinstance(seconds[0], str):
            cells.append(seconds[0])
        else:
            middle, least, most = Sample(tuple(seconds)).cells(per=size)
            cells.append(f"{middle} ({least} to {most})")
    held = json.loads(child(__file__, library, str(size), "memory"))
    for moment in MOMENTS:
        much = held.get(moment)
        cells.append(f"{much / 1e6:,.1f} MB, {much / size:,.0f} B per node" if much else "RecursionError")
    return cells


def graphgrad_chain(size: int) -> Any:
    """A chain of `size` ops and three leaves in graphgrad."""
    import graphgrad as gg

    return _chain(gg.Input(0.5), gg.Parameter(0.999), gg.Parameter(0.001), size)


def micrograd_chain(size: int) -> Any:
    """The same chain in micrograd."""
    from micrograd.engine import Value

    return _chain(Value(0.5), Value(0.999), Value(0.001), size)


def _chain(node: Any, w: Any, b: Any, size: int) -> Any:
    for _ in range(size // 2):
        node = node * w
        node = node + b
    return node


CHAINS: dict[str, Callable[[int], Any]] = {"graphgrad": graphgrad_chain, "micrograd": micrograd_chain}


def measure(library: str, size: int) -> dict[str, float | str]:
    """The seconds of each phase."""
    build = CHAINS[library]
    build(2).backward()  # what is loaded on first use
    start = time.perf_counter()
    node = build(size)
    phases: dict[str, float | str] = {"build": time.perf_counter() - start}
    phases["backward"] = _attempt(node.backward)
    copies: list[Any] = []
    phases["deepcopy"] = _attempt(partial(_copy_into, copies, node))
    alive = weakref.ref(node)
    start = time.perf_counter()
    del node
    if alive() is not None:
        gc.collect()
    phases["free"] = time.perf_counter() - start
    return phases


def memory(library: str, size: int) -> dict[str, int]:
    """The bytes that a chain and its copy hold at the moments of :data:`MOMENTS` that are reached."""
    build = CHAINS[library]
    build(2).backward()
    tracemalloc.start()
    node = build(size)
    held = {"built": tracemalloc.get_traced_memory()[0]}
    copies: list[Any] = []
    for moment, call in (("backward", node.backward), ("with copy", partial(_copy_into, copies, node))):
        tracemalloc.reset_peak()
        if not isinstance(_attempt(call), str):
            held[moment] = tracemalloc.get_traced_memory()[1]
    return held


def _copy_into(copies: list[Any], node: Any) -> None:
    copies.append(copy.deepcopy(node))


def deepest(library: str) -> dict[str, int]:
    """The longest chain that `backward` and `deepcopy` can take."""
    build = CHAINS[library]

    def longest(works: Callable[[Any], Any]) -> int:
        least, most = 2, 4096  # the first works, the second does not
        while most - least > 2:
            middle = (least + most) // 4 * 2
            if isinstance(_attempt(partial(works, build(middle))), str):
                most = middle
            else:
                least = middle
        return least

    return {"backward": longest(lambda node: node.backward()), "deepcopy": longest(copy.deepcopy)}


def _attempt(call: Callable[[], Any]) -> float | str:
    try:
        return seconds_of(call)
    except RecursionError:
        return "RecursionError"


def _draw() -> float:
    import graphgrad as gg

    node = graphgrad_chain(DRAWN)
    gg.draw(graphgrad_chain(10)).svg  # noqa: B018  (the first drawing loads and compiles)
    return seconds_of(lambda: gg.draw(node).svg)


if __name__ == "__main__":
    library, what = sys.argv[1:3]
    if what == "draw":
        print(_draw())
    elif what == "deepest":
        print(json.dumps(deepest(library)))
    else:
        print(json.dumps((memory if sys.argv[3:] == ["memory"] else measure)(library, int(what))))
