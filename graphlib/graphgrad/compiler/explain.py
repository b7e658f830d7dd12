"""What a program does, in words."""

from __future__ import annotations

from collections.abc import Sequence

from graphgrad.compiler.code import Code
from graphgrad.compiler.scalars import MOST_ROWS


def explained(code: Code, rows: Sequence[str], mixed: str, block: int | None, workers: int) -> str:
    """How a program runs; `rows` are the leaves that hold rows, `mixed` says why they are not taken in blocks."""
    if not rows:
        kind = "Python's numbers" if code.is_scalar else "NumPy, each value as a whole"
        return f"No leaf holds rows. It runs over {kind}."
    lines = [f"Rows: the first axis of {', '.join(rows)}."]
    if mixed:
        lines += [
            "All rows are computed at once, and the program is written anew for each number of rows, because of",
            f"  {mixed}.",
        ]
        return "\n".join(lines)
    if code.is_scalar:
        lines.append(f"Up to {MOST_ROWS} rows: a loop over the rows, with Python's numbers.")
    lines.append("More rows:" if code.is_scalar else "Any number of rows:")
    for number, looper in enumerate(code.loopers, start=1):
        loop = code.block_text.loops[number - 1]
        size = block or (looper.most_rows if workers == 1 else looper.most_rows_of_workers)
        lines.append(
            f"  loop {number} of {len(code.loopers)} over blocks of up to {size:,} rows. Instructions: "
            f"{len(loop.lines) - 1}; sums and the like: {len(loop.reduced)}; buffers: {len(loop.buffers)}, "
            f"with the data {loop.bytes_per_row} bytes for each row of a block."
        )
    if code.loopers and workers > 1:
        lines.append(f"  {workers} workers share the blocks.")
    if not code.loopers:
        lines.append("  nothing depends on the rows.")
    for value in code.plan.whole:
        node = code.made_by.get(value.number, "a gradient")
        lines.append(f"  np.{value.function} is computed whole, for {node}: its rows depend on each other.")
    kept = sum(len(stage.stored) for stage in code.plan.stages)
    lines.append(f"Arrays as long as the data that it needs beside them: {kept or 'none'}.")
    return "\n".join(lines)
