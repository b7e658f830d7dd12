"""A run as a film: an animated GIF in which each step is one frame, the picture with what the step says above it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import chain
from math import ceil
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphgrad.drawing import export
from graphgrad.drawing.content import GAP, LEADING, Span
from graphgrad.drawing.labels import Labels
from graphgrad.drawing.moment import Moment
from graphgrad.drawing.svg import FONT, painted, svg
from graphgrad.drawing.theme import COLOURS, Theme, colour
from graphgrad.expression import Written
from graphgrad.progress import progress_bar
from graphgrad.sentences import Sentence
from graphgrad.views.cues import moments

if TYPE_CHECKING:
    from graphgrad.views.player import Player

try:
    from PIL import Image
except ImportError as error:
    raise ImportError(
        "save('run.gif') needs Pillow: pip install pillow; without it .save('run.html') writes the run as a page"
    ) from error

LEAST_WIDTH = 560.0
"""A narrower picture stands in the middle of a frame of this width, so that there is room for the sentences."""

MOST_PIXELS = 400_000_000
"""Of all frames together. Pillow keeps a byte of memory for each, and painting them all takes about a minute."""

MOST_SIDE = 65_535
"""The format has no room for a longer side."""

LAST = 3
"""The last step is shown this many times as long as the others."""

EQUATION, WORDS, COUNT = 16.0, 13.0, 11.0
"""The sizes of text in the caption."""

_PAD = 16.0
_BAR, _TEXT = 30.0, 46.0
"""How far down the line of progress is, and the text below it."""

_THICK = 3.0
_GAP = 6.0
"""Between equation and words."""

_LONG = 50_000_000
"""Films of more pixels take several seconds, and show a bar of progress."""

_SYMBOL = "\0"  # stands for a typeset symbol in a line of text; no name holds it
_BREAK = re.compile(r"(?<![=≈×+−·←@Σ]) (?![^\[(]*[\])])")
"""Where a line may break: before a sign rather than after it, and not within the rows of an array."""


def film(player: Player, seconds: float, scale: float) -> bytes:
    """The run as an animated GIF that begins again at its end; theme ``"auto"`` is drawn as ``"light"``.

    The same player gives the same bytes, and all frames have one size.

    Args:
        player: what is played.
        seconds: how long each step is shown, from 0.02 to 60; the last is shown three times as long.
        scale: pixels per unit of the picture.

    Raises:
        ValueError: `seconds` or `scale` is none of those, or the frames would have too many pixels, or none.
    """
    times = durations(player, seconds)
    count = len(player.steps)
    reel = Reel(player)
    scale = _checked(scale, reel.width, reel.height, count)
    palette = _Palette(_pixels(reel.all_colours, scale, reel.theme), reel.theme)
    frames = (palette.image(_pixels(frame, scale, reel.theme)) for frame in reel.frames())
    first = next(frames)
    file = BytesIO()
    first.save(
        file,
        "GIF",
        save_all=True,
        append_images=_watched(frames, reel, scale),
        duration=times,
        loop=0,
        palette=palette.bytes,
        optimize=True,  # what stays as it was is not stored again
        interlace=False,
    )
    return file.getvalue()


def durations(player: Player, seconds: float) -> list[int]:
    """How long each step is shown, in milliseconds. The format counts in hundredths of a second.

    Raises:
        ValueError: `seconds` is no number from 0.02 to 60.
    """
    if not isinstance(seconds, Real) or isinstance(seconds, bool) or not 0.02 <= seconds <= 60:
        raise ValueError(f"save(seconds={seconds!r:.60}): a number from 0.02 to 60, such as 1.5")
    each = 10 * round(seconds * 100)
    return [each] * (len(player.steps) - 1) + [each * LAST]


# Captions


@dataclass(frozen=True)
class Row:
    """One line of a caption: words with gaps between them. The spans of one word have none."""

    words: tuple[tuple[Span, ...], ...]

    def placed(self) -> Iterator[tuple[Span, float]]:
        """Each span, and where it begins."""
        at = 0.0
        for word in self.words:
            for span in word:
                yield span, at
                at += span.width
            at += GAP

    @property
    def width(self) -> float:
        """In pixels, at scale 1."""
        return max(at + span.width for span, at in self.placed())

    @property
    def ascent(self) -> float:
        """Above the baseline."""
        return max(span.ascent for span, _ in self.placed()) + LEADING

    @property
    def descent(self) -> float:
        """Below the baseline."""
        return max(span.descent for span, _ in self.placed()) + LEADING


class Caption(NamedTuple):
    """What is told above the picture: the equation, and the same in words."""

    equation: tuple[Row, ...]
    words: tuple[Row, ...]


def caption(sentence: Sentence, labels: Labels, room: float) -> Caption:
    """The caption of a sentence, in lines that are no wider than `room`."""
    words = [(Span(word, "ink", WORDS),) for word in _BREAK.split(sentence.words) if word]
    return Caption(_rows(_equation(sentence, labels, room), room), _rows(words, room))


def _equation(sentence: Sentence, labels: Labels, room: float) -> Iterator[tuple[Span, ...]]:
    """The words of an equation. A formula that is too wide, or that is not typeset, is taken as text."""
    text = ""
    symbols: list[Span] = []
    for term in sentence.terms:
        symbol = labels.math(term, "ink", EQUATION) if isinstance(term, Written) else Span(term.text)
        if symbol.outline and symbol.width <= room:
            symbols.append(symbol)
            text += _SYMBOL
        else:
            text += term.text
    waiting = iter(symbols)
    for word in filter(None, _BREAK.split(text)):
        parts = filter(None, re.split(f"({_SYMBOL})", word))
        yield tuple(next(waiting) if part == _SYMBOL else Span(part, "ink", EQUATION) for part in parts)


def _rows(words: Iterable[tuple[Span, ...]], room: float) -> tuple[Row, ...]:
    """`words` in as few lines as they need; a word too wide for a line is taken apart."""
    rows: list[Row] = []
    for word in words:
        fits = Row((word,)).width <= room
        for part in [word] if fits else [(piece,) for span in word for piece in _pieces(span, room)]:
            longer = Row((*rows[-1].words, part)) if rows else None
            if longer and longer.width <= room:
                rows[-1] = longer
            else:
                rows.append(Row((part,)))
    return tuple(rows)


def _pieces(span: Span, room: float) -> Iterator[Span]:
    """A span in parts that fit: split where it has spaces, and made smaller if that is not enough."""
    pieces = [span] if span.latex else [replace(span, text=part) for part in span.text.split()]
    for piece in pieces:
        yield replace(piece, size=piece.size * min(1.0, room / piece.width))


# Frames


class Reel:
    """The frames of a film as SVG, all of one size.

    Attributes:
        theme: light or dark.
        width, height: of each frame, in pixels at scale 1.
        left, band: how far the picture is from the left, and how high the band with the caption above it.
        room: how wide the lines of a caption may be.
        captions: what is told of each step.
    """

    def __init__(self, player: Player) -> None:
        self._player = player
        self.theme: Theme = "dark" if player.theme == "dark" else "light"
        self._moments = list(moments(player.cues))
        width, height = export.size(self._picture(self._moments[0]))
        self.width = ceil(max(width, LEAST_WIDTH))
        self.left = round((self.width - width) / 2)  # whole pixels: the picture is as sharp as by itself
        self.room = self.width - 2 * _PAD
        self.captions = [caption(step.sentence, player.scene.labels, self.room) for step in player.steps]
        self._leading = [_leading(chain.from_iterable(rows)) for rows in zip(*self.captions, strict=True)]
        bottoms = (sum(len(rows) * height for rows, (_, height) in self._spaced(told)) for told in self.captions)
        self.band = ceil(_TEXT + max(bottoms) + _GAP + _PAD)
        self.height = self.band + ceil(height)

    def frames(self) -> Iterator[str]:
        """One for each step."""
        return (self._frame(k, moment) for k, moment in enumerate(self._moments))

    @property
    def all_colours(self) -> str:
        """A frame in which everything is known and lit."""
        view, end = self._player.view, self._moments[-1]
        boxes, edges = frozenset(box.key for box in view.boxes), frozenset(range(len(view.edges)))
        return self._frame(end.index, Moment(end.first, end.index, boxes, edges))

    def _picture(self, moment: Moment) -> str:
        return svg(self._player.view, self._player.layout, self.theme, outlined=True, moment=moment)

    def _frame(self, k: int, moment: Moment) -> str:
        picture = self._picture(moment).replace("<svg ", f'<svg x="{self.left}" y="{self.band}" ', 1)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" '
            f'font-family="{FONT}"><rect width="{self.width}" height="{self.height}" fill="{self._colour("paper")}"/>'
            f"{''.join(self._band(k))}{picture}</svg>"
        )

    def _band(self, k: int) -> Iterator[str]:
        """The number of the step, how far the run has come, and the caption."""
        count = len(self.captions)
        yield f'<rect width="{self.width}" height="{self.band}" fill="{self._colour("cluster")}"/>'
        yield self._bar(0, self.width, self.band - 1, 1, "cluster-edge")
        yield self._text(Span(f"step {k + 1} of {count}", "muted", COUNT), _PAD, _BAR - 8)
        yield self._bar(_PAD, self.room, _BAR, _THICK, "cluster-edge")
        yield self._bar(_PAD, self.room * (k + 1) / count, _BAR, _THICK, "muted")
        top = _TEXT
        for rows, (ascent, height) in self._spaced(self.captions[k]):
            for row in rows:
                for span, at in row.placed():
                    yield self._text(span, _PAD + at, top + ascent)
                top += height
            top += _GAP

    def _spaced(self, told: Caption) -> Iterator[tuple[tuple[Row, ...], tuple[float, float]]]:
        """Equation and words, each with the ascent and the height of its lines, which are those of every step."""
        return zip(told, self._leading, strict=True)

    def _bar(self, left: float, width: float, top: float, height: float, role: str) -> str:
        return f'<rect x="{left}" y="{top}" width="{width:.1f}" height="{height}" fill="{self._colour(role)}"/>'

    def _text(self, span: Span, x: float, baseline: float) -> str:
        return painted(span, x, baseline, self.theme, outlined=True)

    def _colour(self, role: str) -> str:
        return colour(role, self.theme)


def _leading(rows: Iterable[Row]) -> tuple[float, float]:
    """Ascent and height of lines in which each of `rows` has room."""
    ascents, descents = zip(*[(row.ascent, row.descent) for row in rows], strict=True)
    return max(ascents), max(ascents) + max(descents)


def _checked(scale: float, width: float, height: float, count: int) -> float:
    """`scale`, if `count` frames have neither too many pixels nor none."""
    if not isinstance(scale, Real) or isinstance(scale, bool) or not scale > 0:
        raise ValueError(f"save(scale={scale!r:.60}): the scale is a positive number, such as 1")
    scale, area = float(min(scale, MOST_SIDE)), width * height
    if scale * min(width, height) < 1:
        raise ValueError(f"save(scale={scale:g}): the film would be smaller than a pixel; take a scale such as 1")
    one, all_together = (export.MOST_PIXELS / area) ** 0.5, (MOST_PIXELS / (area * count)) ** 0.5
    most = min(one, all_together, MOST_SIDE / max(width, height))
    if scale > most:
        frames = f"{count:,} frame{'s' * (count != 1)} of {width * scale:,.0f} × {height * scale:,.0f} pixels"
        raise ValueError(
            f"save(scale={scale:g}): the film would have {frames}, more than fits in memory or in a GIF; take a scale "
            f"below {0.95 * most:.2g}, fewer steps by collapse= of a scope, or save it as .html"
        )
    return scale


# Pixels


def _pixels(frame: str, scale: float, theme: Theme) -> Any:
    """A frame as an array of colours, each one number."""
    image = Image.open(BytesIO(export.png(frame, scale, colour("paper", theme)))).convert("RGBA")
    return np.asarray(image).view("<u4")[..., 0] & 0xFFFFFF


class _Palette:
    """The colours of a film: those of the theme, as they are, and the most frequent blends between them.

    A GIF knows 256 colours. One is left to Pillow, for pixels that stay as they were.
    """

    size = 255

    def __init__(self, sample: Any, theme: Theme) -> None:
        flat = [int.from_bytes(bytes.fromhex(colour(role, theme)[1:]), "little") for role in COLOURS]
        found, counts = np.unique(sample, return_counts=True)
        common = found[np.argsort(-counts, kind="stable")].tolist()
        chosen = list(dict.fromkeys([*flat, *common, *range(self.size)]))[: self.size]  # never fewer
        self._colours = np.array(chosen, dtype="<u4")
        self._nearest = np.full(1 << 24, self.size, np.uint8)  # the place of each colour, where it is known
        self._nearest[self._colours] = range(self.size)
        self.bytes = _channels(self._colours).tobytes()

    def image(self, pixels: Any) -> Image.Image:
        """`pixels`, each in the nearest colour of the palette."""
        places = self._nearest[pixels]
        new = np.unique(pixels[places == self.size])
        if new.size:
            apart = _channels(new)[:, None].astype(int) - _channels(self._colours)
            self._nearest[new] = np.argmin((apart**2).sum(axis=-1), axis=1)
            places = self._nearest[pixels]
        image = Image.frombytes("P", places.shape[::-1], places.tobytes())
        image.putpalette(self.bytes)
        return image


def _channels(colours: Any) -> Any:
    """Red, green and blue of each colour."""
    return colours.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3]


def _watched(frames: Iterator[Image.Image], reel: Reel, scale: float) -> Iterable[Image.Image]:
    """All frames but the first, with a bar of progress if they will take long."""
    count = len(reel.captions)
    if count * reel.width * reel.height * scale**2 < _LONG:
        return frames
    bar: Iterable[Image.Image] = progress_bar(frames, total=count, initial=1, desc="film", unit=" frames")
    return bar
