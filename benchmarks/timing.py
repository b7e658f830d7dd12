"""Measuring and showing times: samples, rounds in which the candidates take turns, workers, Markdown tables."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Sample:
    """The seconds that one thing took in several rounds."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle of the rounds."""
        return statistics.median(self.seconds)

    def cells(self, per: int = 1) -> list[str]:
        """Median, least and most, each divided by `per`."""
        return [duration(s / per) for s in (self.median, min(self.seconds), max(self.seconds))]


def duration(seconds: float) -> str:
    """Seconds with three significant digits, in the unit that fits."""
    size, unit = next((each for each in UNITS if seconds >= each[0]), UNITS[-1])
    scaled = float(f"{seconds / size:.3g}")
    return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f} {unit}"


def seconds_of(call: Callable[[], Any]) -> float:
    """The seconds that one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def seconds_each(call: Callable[[], Any], at_least: float = 0.02) -> float:
    """The seconds that a call takes on average, over as many calls as fill `at_least` seconds."""
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            call()
        spent = time.perf_counter() - start
        if spent >= at_least:
            return spent / calls
        calls = max(2 * calls, int(1.2 * calls * at_least / max(spent, 1e-9)))


def interleaved(candidates: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Sample]:
    """Ask each candidate for its seconds once per round, in turn; each round begins with another one.

    What slows the machine down for a while so slows all candidates down.
    """
    names = list(candidates)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % max(len(names), 1)
        for name in names[first:] + names[:first]:
            seconds[name].append(candidates[name]())
    return {name: Sample(tuple(times)) for name, times in seconds.items()}


def present(module: str) -> bool:
    """Whether a library is installed."""
    return importlib.util.find_spec(module) is not None


def absent(what: str, columns: int) -> list[str]:
    """A row of a table for what is not installed."""
    return [what, "absent: not installed", *[""] * (columns - 2)]


class Worker:
    """Another Python process that runs `script` with `arguments`, and answers questions with :func:`serve`.

    The `variables` are set in its environment.
    """

    def __init__(self, script: str, *arguments: str, one_thread: bool = True, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(one_thread, **variables),
        )
        self._what = " ".join([os.path.basename(script), *arguments])

    def ask(self, question: str) -> Any:
        """The answer to `question`: what the worker's function of that name returned."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the worker {self._what} ended at {question!r}; its error is printed above")
        return json.loads(answer)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate()


def serve(answers: Mapping[str, Callable[[], Any]]) -> None:
    """Answer each line of standard input with what the function of that name returns, as JSON."""
    for line in sys.stdin:
        print(json.dumps(answers[line.strip()]()), flush=True)


def child(*arguments: str, one_thread: bool = True, **variables: str) -> str:
    """What a new Python process with these arguments, and with these environment variables, prints."""
    command = [sys.executable, *arguments]
    env = environment(one_thread, **variables)
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


def environment(one_thread: bool = True, **variables: str) -> dict[str, str]:
    """The environment of a child, whatever is set here: bytecode kept, as for installed packages.

    It has one thread, or as many as each library takes by default.
    """
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", *ONE_THREAD)}
    threads = ONE_THREAD if one_thread else {}
    return inherited | threads | {"PYTHONPYCACHEPREFIX": _bytecode()} | variables


@cache
def _bytecode() -> str:
    """A folder for compiled Python files, which goes when this process ends."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; the first column is to the left, the others to the right."""
    head = list(head)
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
