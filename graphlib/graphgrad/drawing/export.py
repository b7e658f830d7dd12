"""From SVG to PNG, and to files."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from graphgrad.drawing.typeset import font_file

_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')

MOST_PIXELS = 120_000_000
"""A larger PNG is refused: it would take gigabytes."""


def size(svg: str) -> tuple[float, float]:
    """Width and height of a picture, in its own units."""
    width, height = _SIZE.findall(svg)[0]
    return float(width), float(height)


def png(svg: str, scale: float) -> bytes:
    """`svg`, with its text as paths where our font has the characters, as PNG at `scale` pixels per unit.

    Raises:
        ValueError: the picture would have more pixels than fit in memory, or none.
    """
    import resvg_py

    if not isinstance(scale, int | float) or not scale > 0:
        raise ValueError(f"png(scale={scale!r}): the scale is a positive number, such as 2")
    width, height = size(svg)
    if scale * min(width, height) < 1:
        raise ValueError(f"png(scale={scale:g}): the picture would be smaller than a pixel; take a scale such as 2")
    pixels = width * height * scale * scale
    if pixels > MOST_PIXELS:
        fitting = (MOST_PIXELS / (width * height)) ** 0.5
        raise ValueError(
            f"png(scale={scale:g}): the picture would have {pixels / 1e6:,.0f} million pixels; "
            f"save it as .svg, take a scale below {fitting:.2f}, or collapse a scope"
        )
    fonts: dict[str, Any] = {"skip_system_fonts": True}
    if "<text" in svg:  # characters that our font lacks: the system may have them
        fonts = {"font_files": [str(font_file())], "font_family": "DejaVu Sans"}
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, dpi=96, **fonts))


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(f".graphgrad-{uuid4().hex}")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):  # there may be none, nor a folder for it
            partial.unlink()
        why = getattr(error, "strerror", None) or error
        raise OSError(f"save({str(path)!r}): {why}; choose a folder that exists and can be written") from None
