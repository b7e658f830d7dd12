"""Docstrings as they are written here: labelled lines become fields, and |x| stays |x|."""

import re
from typing import Any

LABEL = re.compile(r"(Settings|Shapes|Domain|Corners|Raises): (?=\S)")
FIRST = 100
"""Before napoleon, which runs at 500."""


def label(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make fields of the lines that begin with a label, and of the lines below them up to an empty one."""
    marked: list[str] = []
    inside = False
    for line in lines:
        starts = LABEL.match(line)
        if starts:
            marked += [] if inside or not marked or not marked[-1] else [""]
            marked.append(f":{starts[1]}: {line[starts.end() :]}")
        else:
            marked.append(f"    {line.strip()}" if inside and line.strip() else line)
        inside = bool(starts or (inside and line.strip()))
    lines[:] = marked


def escape_bars(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Write the bars of |x| so that they are not taken for markup; code is left as it is."""
    in_example = False
    for place, line in enumerate(lines):
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        if not in_example:
            lines[place] = re.sub(r"(`+[^`]*`+)|\|", lambda found: found[1] or r"\|", line)


def without_types(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Begin properties and results with a colon: napoleon takes the words before the first one for a type."""
    for place, line in enumerate(lines):
        if (place == 0 and what in ("property", "attribute")) or lines[place - 1].strip() == "Returns:":
            start = len(line) - len(line.lstrip())
            lines[place] = f"{line[:start]}: {line[start:]}"


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("autodoc-process-docstring", label, priority=FIRST)
    app.connect("autodoc-process-docstring", escape_bars, priority=FIRST)
    app.connect("autodoc-process-docstring", without_types, priority=FIRST)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
