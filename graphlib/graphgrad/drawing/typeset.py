"""Text and mathematics as shapes of known size: what is measured here is what is drawn."""

from __future__ import annotations

import re
import unicodedata
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

EM = 1000
"""Outlines are in thousandths of the font size."""

ASCENT, DESCENT = 0.76, 0.24
"""Of a line of text, as parts of its size."""

_TEXT_GROUP = re.compile(r"\\text\{((?:\\textbackslash |\\.|[^\\{}])*)\}")
_LONG_NAME = re.compile(r"\\operatorname(\{\w+(?:\\_\w+)+\})")
_ESCAPE = re.compile(r"\\textbackslash |\\(.)")
_PRIVATE = 0xE000  # stands for a character that the LaTeX reader would take as markup
_UNARY = re.compile(r"((?:^|[=({,<>]|\\left\()\s*)-")
_COMMAND = re.compile(r"([MLQCZ])([^MLQCZ]*)")


@dataclass(frozen=True)
class Outline:
    """Typeset mathematics: one path in thousandths of the font size, with its baseline at y = 0."""

    path: str
    width: float
    ascent: float
    descent: float


@lru_cache(maxsize=8192)
def outline(latex: str) -> Outline:
    """`latex` as a path, of the default mathematics font."""
    math = _ziamath().Math(_mathml(latex), size=EM, margin=0)
    root = math.svgxml()
    left, top, width, height = (float(part) for part in root.attrib["viewBox"].split())
    return Outline(_merged(root, left), width, -top, top + height)


@lru_cache(maxsize=8192)
def text_outline(text: str) -> Outline:
    """Plain text as a path, of the text font."""
    import ziafont

    root = ziafont.Text(text, font=_font(), size=EM).svgxml()
    _, top, width, height = (float(part) for part in root.attrib["viewBox"].split())
    return Outline(_merged(root, 0), width, -top, top + height)


@lru_cache(maxsize=8192)
def text_width(text: str) -> float:
    """The width of `text` in DejaVu Sans, as a part of the font size."""
    return sum(map(_advance, text))


def covered(text: str) -> bool:
    """Whether the text font has every character of `text`."""
    return all(_glyph_index(character) for character in text)


@lru_cache(maxsize=8192)
def mathematical(text: str) -> bool:
    """Whether the mathematics font has every character of `text`."""
    font = _math_font()
    return all(font.glyphindex(character) for character in text)


def font_file() -> Path:
    """The font of plain text: DejaVu Sans, which comes with ziafont."""
    import ziafont

    return Path(ziafont.__file__).parent / "fonts" / "DejaVuSans.ttf"


@cache
def _ziamath() -> Any:
    """The typesetter. Importing it warns of its own use of an old function, which is no one's concern here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath
    return ziamath


@cache
def _math_font() -> Any:
    return _ziamath().zmath.loadedfonts["default"]


@cache
def _font() -> Any:
    """The text font, without the tables for kerning and ligatures, which would take half a second to read."""
    import ziafont

    class PlainFont(ziafont.Font):
        def _readtables(self) -> None:
            super()._readtables()
            for table in ("GPOS", "GSUB"):
                self.tables.pop(table, None)

    return PlainFont(str(font_file()))


@cache
def _glyph_index(character: str) -> int:
    return int(_font().glyphindex(character))


@cache
def _advance(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    index = _glyph_index(character)
    if index == 0:
        return 1.0 if unicodedata.east_asian_width(character) in "WF" else 0.6
    font = _font()
    return float(font.advance(index, None)) / float(font.info.layout.unitsperem)


def _mathml(latex: str) -> Any:
    r"""The MathML of `latex`. The inside of ``\text{…}`` is taken as it is, whatever it holds."""
    kept: list[str] = []

    def keep(group: re.Match[str]) -> str:
        characters = _ESCAPE.sub(lambda escape: escape[1] or "\\", group[1])
        kept.extend(characters)
        first = _PRIVATE + len(kept) - len(characters)
        return "\\text{" + "".join(chr(first + k) for k in range(len(characters))) + "}"

    latex = _LONG_NAME.sub(r"\\text\1", latex)  # the reader takes a name with _ for variables
    tight = _UNARY.sub(r"\1{-}", _TEXT_GROUP.sub(keep, latex))  # the sign of a number, not a difference
    root = ElementTree.fromstring(_ziamath().tex.tex2mml(tight))
    for element in root.iter():
        element.text = "".join(
            kept[ord(c) - _PRIVATE] if 0 <= ord(c) - _PRIVATE < len(kept) else c for c in element.text or ""
        )
    return root


def _merged(root: Any, left: float) -> str:
    """All glyphs and rules of a typeset formula as one path that begins at x = 0."""
    glyphs: dict[str, tuple[list[float], str]] = {}
    pieces: list[str] = []
    for element in root.iter():
        tag = element.tag.rsplit("}", 1)[-1]
        a = element.attrib
        if tag == "symbol":
            box = [float(part) for part in a["viewBox"].split()]
            if len(element):  # a space has no outline
                glyphs["#" + a["id"]] = (box, element[0].attrib["d"])
        elif tag == "use" and a["href"] in glyphs:
            (x0, y0, width, height), path = glyphs[a["href"]]
            sx, sy = float(a["width"]) / width, float(a["height"]) / height
            pieces.append(_placed(path, sx, sy, float(a["x"]) - left - x0 * sx, float(a["y"]) - y0 * sy))
        elif tag == "rect":
            x, y, width, height = (round(float(a[key])) for key in ("x", "y", "width", "height"))
            pieces.append(f"M{x - round(left)} {y}h{width}v{max(height, 1)}h{-width}z")
    return "".join(pieces)


def _placed(path: str, sx: float, sy: float, dx: float, dy: float) -> str:
    """A glyph's path, scaled and moved, in whole units relative to the last point."""
    written: list[str] = []
    x = y = 0
    for command, numbers in _COMMAND.findall(path):
        if command == "Z":
            written.append("z")
            continue
        values = [float(number) for number in numbers.split()]
        points = [(round(px * sx + dx), round(py * sy + dy)) for px, py in zip(values[::2], values[1::2], strict=True)]
        if command == "M":
            written.append(f"M{points[0][0]} {points[0][1]}")
        elif points[-1] != (x, y) or command != "L":
            relative = " ".join(f"{px - x} {py - y}" for px, py in points)
            written.append(command.lower() + relative.replace(" -", "-"))
        x, y = points[-1]
    return "".join(written)
