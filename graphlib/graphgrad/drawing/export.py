"""From SVG to PNG and PDF, and to files."""

from __future__ import annotations

import re
from contextlib import suppress
from numbers import Real
from pathlib import Path
from typing import Any
from uuid import uuid4

from graphgrad.drawing.typeset import covered, font_file

_SIZE = re.compile(r'width="([\d.]+)" height="([\d.]+)"')
_TEXT = re.compile("<text [^>]*>([^<]*)")

MOST_PIXELS = 120_000_000
"""A larger PNG is refused: it would take gigabytes."""

MOST_POINTS = 14_400
"""The sides of a PDF page are at most so long; a larger picture is drawn smaller, which costs vectors nothing."""

_POINTS = 72 / 96

_PAGE = b"""
#set document(title: sys.inputs.title, date: none)
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", alt: sys.inputs.text, width: float(sys.inputs.points) * 1pt)
"""
"""The whole program for typst. What the picture says reaches it as data alone."""


def size(svg: str) -> tuple[float, float]:
    """Width and height of a picture, in its own units."""
    width, height = _SIZE.findall(svg)[0]
    return float(width), float(height)


def png(svg: str, scale: float, paper: str) -> bytes:
    """`svg`, with its text as paths where our font has the characters, as PNG at `scale` pixels per unit.

    `paper` is the colour of what the picture leaves of the last row and column of pixels.

    Raises:
        ValueError: the picture would have more pixels than fit in memory, or none.
    """
    import resvg_py

    if not isinstance(scale, Real) or isinstance(scale, bool) or not scale > 0:
        raise ValueError(f"png(scale={scale!r}): the scale is a positive number, such as 2")
    scale = float(scale)
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
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=scale, dpi=96, background=paper, **fonts))


def pdf(svg: str, title: str, text: str) -> bytes:
    """`svg` as a PDF of one page, all vectors: text stays text, mathematics are paths.

    `title` and `text`, its alternative text, go with it. It has no date, so the same picture gives the same bytes.

    Raises:
        ModuleNotFoundError: typst is not installed.
    """
    try:
        import typst
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "a PDF needs typst, which is not installed: pip install typst; "
            "without it .save('graph.svg') writes vectors too",
            name=error.name,
        ) from None
    width, height = size(svg)
    points = width * min(_POINTS, MOST_POINTS / max(width, height))
    lacking = not covered("".join(_TEXT.findall(svg)))  # characters that our font lacks: the system may have them
    folder = font_file().parent
    settings: dict[str, Any] = {
        "root": folder,  # not the working directory, which may be gone
        "font_paths": typst.Fonts(lacking, include_embedded_fonts=False, font_paths=[folder]),
        "sys_inputs": {"svg": svg, "title": title, "text": text, "points": f"{points:.4f}"},
        "pdf_standards": "1.5",  # of a later version pdfLaTeX warns; in an earlier one numbers end at 32,767
    }
    return bytes(typst.compile(_PAGE, **settings))


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
