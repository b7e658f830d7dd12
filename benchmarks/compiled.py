"""Compiled graphs: value and all gradients of small models, from single numbers to ten million rows.

Beside graphgrad's programs: the same by hand, graphgrad's eager graphs, autograd, PyTorch, jitted JAX and micrograd,
each in a process of its own, asked in turn. They start anew for each model.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from timing import Sample, Worker, absent, child, interleaved, present, seconds_each, seconds_of, serve, table

AT_LEAST, REST = 0.02, 0.03  # seconds: of each measurement, and before it, so that the threads of others go to sleep
EAGER_MOST, TWO_WORKERS_FROM, REST_FROM = 100_000, 100_000, 1_000
COMPILED = "graphgrad compiled"
TWO, BARE, SHORTCUT, ONE_CORE = f"{COMPILED}, 2 workers", f"{COMPILED}, bare", "by hand, p − y", ", one core"
MATH = "by hand, math"
MODULES = {"autograd": "autograd", "PyTorch": "torch", "JAX": "jax", "micrograd": "micrograd"}
CHAIN = "chain of 100 nodes"
BCE, LOGITS, REGRESSION = "BCE", "BCE on logits", "logistic regression"
SMALL, LARGE = "network 2-16-16-1", "network 2-64-64-1"
MILLION = (3, 10, 30, 100, 1_000, 10_000, 100_000, 1_000_000)
ROWS = {
    BCE: (*MILLION, 10_000_000),
    LOGITS: MILLION,
    REGRESSION: MILLION,
    SMALL: (100, 1_000, 2_000, 10_000, 100_000),
    LARGE: (100, 1_000, 2_000, 10_000, 100_000),
}
FLOAT32_ROWS = (1_000, 100_000, 1_000_000)
ONE_CORE_FROM = {BCE: 100_000, LOGITS: 100_000, REGRESSION: 1_000, SMALL: 1_000, LARGE: 1_000}
MEMORY_ROWS = 10_000_000
COMPILES = {BCE: 7, CHAIN: 7, "chain of 1000 nodes": 5, "chain of 10000 nodes": 3}
JAX_COMPILES = (BCE, CHAIN, "chain of 1000 nodes")


@dataclass(frozen=True)
class Case:
    """One model with so many rows; plain numbers if it is one row."""

    task: str
    m: int
    dtype: str = "float64"

    @property
    def rounds(self) -> int:
        """In how many rounds it is measured."""
        return 7 if self.m < 10_000 else 5 if self.m <= 1_000_000 else 3

    def candidates(self) -> Iterator[str]:
        """Who takes part, of those that are installed."""
        if self.m <= EAGER_MOST:
            yield "graphgrad, eager"
        yield COMPILED
        if self.m == 1:
            yield BARE
        if self.m >= TWO_WORKERS_FROM:
            yield TWO
        yield "by hand"
        if self.m == 1:
            yield MATH
        if self.task in (BCE, LOGITS):
            yield SHORTCUT
        peers = ["autograd", "PyTorch", "PyTorch, fused", "JAX", "micrograd"]
        if self.task == CHAIN:
            peers.remove("PyTorch, fused")
        if self.m > 1:
            peers.remove("micrograd")
        peers = [peer for peer in peers if present(MODULES[peer.partition(",")[0]])]
        yield from peers
        if self.m >= ONE_CORE_FROM.get(self.task, math.inf) and hasattr(os, "sched_setaffinity"):
            yield from (name + ONE_CORE for name in (COMPILED, "by hand", *peers))


SCALARS = "one example, plain numbers"
GROUPS = {SCALARS: [Case(task, 1) for task in (BCE, LOGITS, CHAIN)]}
GROUPS |= {task: [Case(task, m) for m in each] for task, each in ROWS.items()}
GROUPS[BCE] += [Case(BCE, m, "float32") for m in FLOAT32_ROWS]
TITLES = {
    BCE: "BCE of σ(w·x + b)",
    LOGITS: "BCE on logits",
    REGRESSION: "logistic regression, 30 features",
    SMALL: SMALL,
    LARGE: LARGE,
}
Measured = dict[Case, dict[str, Sample]]
_measured: Measured = {}


def report() -> Iterator[str]:
    """The tables of this file as Markdown."""
    yield "## Compiled: value and all gradients"
    yield (
        "Each call gives the loss and its derivative by every parameter; `graphgrad compiled` is "
        "`gg.compile(loss, workers=…)`, made before. BCE is p = σ(w·x + b) and "
        "mean(y·(−log p) + (1 − y)·(−log(1 − p))); *on logits* it is mean(y·softplus(−z) + (1 − y)·softplus(z)), as it "
        "is in the networks, which have two layers of tanh; logistic regression is the first with X @ w + b and 30 "
        "features. The loss is written with the same ops in each library; `fused` is PyTorch's `binary_cross_entropy` "
        "or `binary_cross_entropy_with_logits`, JAX is `jit(value_and_grad(…))` with its arrays made before, and *by "
        "hand* is forward and backward written out with NumPy. *by hand, p − y* (†) "
        "knows that the chain rule shortens to p − y: it does less work, and counts among no peers; nor does *by hand, "
        "math* (†), for plain numbers, which is what a program itself is there. PyTorch's fused "
        "loss on logits knows it too, and counts. PyTorch is without `torch.compile`; graphgrad's eager graphs, "
        f"built anew for each call, are measured up to {EAGER_MOST:,} rows."
    )
    yield (
        f"Here each library takes as many threads as it does by default, so PyTorch, JAX and NumPy's matrix products "
        f"may use all {os.cpu_count()} cores. *one core* is the same in a process that is held to one core, before "
        "anything is imported, with `OMP_NUM_THREADS=1` and the like. `graphgrad compiled` without a word has one "
        "worker and is not held to a core. Columns with ÷ are ratios of medians: less than 1 where graphgrad is "
        "faster. Before timing, all gave the same value and gradients, to ten "
        "digits, and to 1e-4 in float32."
    )
    _measured.clear()
    _measured.update(_all())
    yield "### Summary"
    yield (
        "*Best* is the fastest of the peers that do the same work: by hand, autograd, PyTorch composed or fused, JAX, "
        "and micrograd. The last two columns have only what is held to one core, on both sides."
    )
    head = ["model", "rows", "1 worker ÷ best", "2 workers ÷ best", "best", "one core ÷ best", "best on one core"]
    yield table(head, _summary(_measured))
    yield "![Time per row against the number of rows, for graphgrad compiled and its peers](compiled.svg)"
    yield f"### {SCALARS.capitalize()}"
    yield "*bare* is `program.bare(…)`, the function without its checks."
    yield table(
        ["model", "library", "median", "min", "max", "compiled ÷ row", "bare ÷ row"],
        (row for case in GROUPS[SCALARS] for row in _rows(case, case.task, BARE)),
    )
    for task, title in TITLES.items():
        for dtype in ("float64", "float32"):
            cases = [case for case in GROUPS[task] if case.dtype == dtype]
            if cases:
                yield f"### {title[0].upper()}{title[1:]}{', float32' * (dtype == 'float32')}"
                yield table(
                    ["rows", "library", "median", "min", "max", "1 worker ÷ row", "2 workers ÷ row"],
                    (row for case in cases for row in _rows(case, f"{case.m:,}", TWO)),
                )
    missing = [absent(name, 2) for name, module in MODULES.items() if not present(module)]
    if missing:
        yield table(["library", ""], missing)
    yield "### Memory"
    yield (
        f"How much the peak of the process's memory grows in the first call with {MEMORY_ROWS:,} rows of BCE "
        f"(`ru_maxrss`), in a new process for each. x and y, {2 * 8 * MEMORY_ROWS / 1e6:,.0f} MB, are made before, and "
        "a few rows were computed before."
    )
    yield table(["library", "memory", "per row"], _memory())
    yield "### Compile time"
    yield (
        "`gg.compile` and the first call of the program, for a graph that is built anew each time, before; for JAX "
        "`jit` and its first call. The chains are sin, product and sum in turn, of single numbers."
    )
    yield table(["graph", "library", "median", "min", "max"], _compile_times())


def pictures() -> dict[str, str]:
    """The pictures of what the last report measured, by file name; none without matplotlib."""
    if not _measured or not present("matplotlib"):
        return {}
    from compiled_picture import picture

    medians = {
        (case.task, case.m): {name: sample.median for name, sample in samples.items()}
        for case, samples in _measured.items()
        if case.dtype == "float64"
    }
    return {"compiled.svg": picture(medians, {BCE: TITLES[BCE], SMALL: SMALL})}


def _all() -> Iterator[tuple[Case, dict[str, Sample]]]:
    for cases in GROUPS.values():
        names = list(dict.fromkeys(name for case in cases for name in case.candidates()))
        workers = {name: Worker(__file__, name, one_thread=name.endswith(ONE_CORE)) for name in names}
        for case in cases:
            yield case, _interleaved(case, workers)
        for worker in workers.values():
            worker.__exit__()


def _interleaved(case: Case, workers: dict[str, Worker]) -> dict[str, Sample]:
    """The sample of each candidate, after its result was found right."""
    names = list(case.candidates())
    expected: list[float] = []
    for name, worker in workers.items():
        result = worker.ask(_key(case) if name in names else "nothing")
        if result is not None:
            expected = expected or result
            _agree(result, expected, case, name)
    return interleaved({name: partial(workers[name].ask, "time") for name in names}, case.rounds)


def _agree(result: list[float], expected: list[float], case: Case, name: str) -> None:
    relative, least = (1e-10, 1e-14) if case.dtype == "float64" else (1e-4, 1e-6)
    near = (math.isclose(a, b, rel_tol=relative, abs_tol=least) for a, b in zip(result, expected, strict=True))
    if not all(near):
        raise AssertionError(f"{case}: {name} gave {result[:4]} …, and the first candidate {expected[:4]} …")


def _rows(case: Case, label: str, other: str) -> Iterator[list[str]]:
    """The rows of a table for one case; `other` is the candidate of the last column."""
    samples = _measured[case]
    for name, sample in samples.items():
        ratios = [_ratio(samples.get(ours), sample) for ours in (COMPILED, other)]
        yield [label, _named(case, name), *sample.cells(), *ratios]


def _named(case: Case, name: str) -> str:
    """A candidate, as the tables call it."""
    if name.startswith("by hand"):
        name = name if name == MATH else f"NumPy {name}"
    return f"{name} †" if name.endswith((SHORTCUT, MATH)) else name


def _ratio(ours: Sample | None, theirs: Sample | None) -> str:
    if not ours or not theirs:
        return ""
    ratio = ours.median / theirs.median
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.1g}" if ratio < 0.01 else f"{ratio:.3f}"


def _summary(measured: Measured) -> Iterator[list[str]]:
    for case, samples in measured.items():
        peers = {
            name: each for name, each in samples.items() if "graphgrad" not in name and name not in (SHORTCUT, MATH)
        }
        best = _fastest({name: each for name, each in peers.items() if not name.endswith(ONE_CORE)})
        alone = _fastest({name: each for name, each in peers.items() if name.endswith(ONE_CORE)})
        title = TITLES.get(case.task, case.task) + ", float32" * (case.dtype == "float32")
        for ours in (COMPILED, BARE):
            if ours in samples:
                yield [
                    f"{title}, bare" if ours == BARE else title,
                    "numbers" if case.m == 1 else f"{case.m:,}",
                    _ratio(samples[ours], peers[best]),
                    _ratio(samples.get(TWO), peers[best]),
                    _named(case, best),
                    _ratio(samples.get(COMPILED + ONE_CORE), peers.get(alone)),
                    _named(case, alone.removesuffix(ONE_CORE)),
                ]


def _fastest(samples: dict[str, Sample]) -> str:
    return min(samples, key=lambda name: samples[name].median, default="")


def _memory() -> Iterator[list[str]]:
    case = Case(BCE, MEMORY_ROWS)
    for name in case.candidates():
        if not name.endswith(ONE_CORE):
            grown = int(child(__file__, name, "memory", one_thread=False))
            yield [_named(case, name), f"{grown / 1e6:,.1f} MB", f"{grown / MEMORY_ROWS:,.1f} B"]


def _compile_times() -> Iterator[list[str]]:
    for name, tasks in ((COMPILED, tuple(COMPILES)), ("JAX", JAX_COMPILES)):
        if name != COMPILED and not present(MODULES[name]):
            continue
        seconds = json.loads(child(__file__, name, "compile", *tasks, one_thread=False))
        for task, each in zip(tasks, seconds, strict=True):
            yield [re.sub(r"\d+", _grouped, task), name, *Sample(tuple(each)).cells()]


def _grouped(digits: re.Match[str]) -> str:
    return f"{int(digits[0]):,}"


def _key(case: Case) -> str:
    return f"prepare {case.task}, {case.m} in {case.dtype}"


class Candidate:
    """One candidate in its own process: the case that it was last asked to prepare."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._case: Case | None = None
        self._step: Callable[[], Any] = lambda: None
        self._calls = 1

    def answers(self) -> dict[str, Callable[[], Any]]:
        """What it can be asked."""
        cases: Iterable[Case] = (case for each in GROUPS.values() for case in each)
        prepared: dict[str, Callable[[], Any]] = {_key(case): partial(self.prepare, case) for case in cases}
        return prepared | {"time": self.seconds, "nothing": self.forget}

    def forget(self) -> None:
        """Let go of the last case."""
        self._step = lambda: None

    def prepare(self, case: Case) -> list[float]:
        """Make the data, warm up, and give the result."""
        from models import STEPS, data, numbers

        self.forget()
        self._case = case
        self._step = STEPS[self._name](case.task, *data(case.task, case.m, case.dtype))
        result = numbers(*self._step())
        self._calls = max(1, math.ceil(AT_LEAST / seconds_each(self._step, AT_LEAST / 4)))
        return result

    def seconds(self) -> float:
        """The seconds that a call takes on average."""
        if self._case and self._case.m >= REST_FROM:
            time.sleep(REST)
        return seconds_of(self._run) / self._calls

    def _run(self) -> None:
        step = self._step
        for _ in range(self._calls):
            step()


def memory(name: str) -> int:
    """By how many bytes the peak grows in the first call with many rows."""
    import resource

    from models import STEPS, data

    STEPS[name](BCE, *data(BCE, 1_000))()
    step = STEPS[name](BCE, *data(BCE, MEMORY_ROWS))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    step()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return grown * (1 if sys.platform == "darwin" else 1024)


def compile_times(name: str, tasks: list[str]) -> list[list[float]]:
    """The seconds of each fresh compile with its first call."""
    from models import fresh

    fresh(name, BCE)()  # what is loaded on first use
    return [[seconds_of(fresh(name, task)) for _ in range(COMPILES[task])] for task in tasks]


if __name__ == "__main__":
    name, *what = sys.argv[1:]
    if what == ["memory"]:
        print(memory(name))
    elif what:
        print(json.dumps(compile_times(name, what[1:])))
    else:
        if name.endswith(ONE_CORE):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        serve(Candidate(name.removesuffix(ONE_CORE)).answers())
