"""Films: a frame for each step, equal in size and different in content, with captions in which nothing is cut."""

import hashlib
import io
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import fromstring

import graphgrad as gg
import numpy as np
import pytest
from drawing_examples import EXAMPLES
from graphgrad.drawing import export
from graphgrad.drawing.content import Span
from graphgrad.drawing.moment import Moment
from graphgrad.drawing.svg import svg
from graphgrad.drawing.theme import COLOURS
from graphgrad.expression import Written
from graphgrad.sentences import Plain, Sentence
from graphgrad.views import animation
from graphgrad.views.animation import Reel, caption, durations, film
from graphgrad.views.cues import moments
from graphgrad.views.player import player
from PIL import Image, ImageChops
from test_drawing_hostile import NAMES

HERE = Path(__file__).parent

DIGESTS = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from drawing_examples import EXAMPLES
from graphgrad.views.player import player
for example in ("fan_out", "square"):
    path = player(EXAMPLES[example](), theme="dark").save(sys.argv[2], scale=0.4)
    print(hashlib.sha256(path.read_bytes()).hexdigest())
"""


def played(_node, **settings):
    """The player of a node, whatever its values. (No variable here lends the node a name.)"""
    with np.errstate(all="ignore"):
        return player(_node, **settings)


def opened(_player, seconds=1.5, scale=0.4):
    """The film as Pillow reads it."""
    return Image.open(io.BytesIO(film(_player, seconds, scale)))


def frames(gif):
    """Each frame as a viewer shows it, with how long it is shown, in milliseconds."""
    for k in range(gif.n_frames):
        gif.seek(k)
        gif.load()
        yield gif.convert("RGB"), gif.info["duration"]


def different(one, other):
    """The smallest box that holds all differences, or None."""
    return ImageChops.difference(one, other).getbbox()


# The film


@pytest.mark.parametrize(
    ("example", "settings"),
    [
        ("fan_out", {}),
        ("fan_out", {"update": 0.1, "theme": "dark"}),
        ("square", {"direction": "LR"}),
        ("forward_only", {}),
        ("bce_one", {"collapse": "BCE", "theme": "auto"}),
        ("not_finite", {"collapse": "BCE"}),
        ("nested", {"max_nodes": 3}),
    ],
)
def test_a_frame_for_each_step(example, settings):
    run = played(EXAMPLES[example](), **settings)
    gif = opened(run, seconds=0.75)
    shown = list(frames(gif))
    assert len(shown) == len(run.steps)
    assert gif.info["loop"] == 0
    assert {image.size for image, _ in shown} == {gif.size}
    assert [shown_for for _, shown_for in shown] == [750] * (len(shown) - 1) + [2250]
    assert all(different(one, other) for (one, _), (other, _) in pairwise(shown))


@pytest.mark.parametrize(
    ("seconds", "each"), [(1.5, 1500), (0.02, 20), (60, 60_000), (0.128, 130), (np.float32(0.5), 500)]
)
def test_how_long_it_takes_is_known_before(seconds, each):
    run = played(EXAMPLES["square"]())
    times = durations(run, seconds)
    assert times == [each] * 7 + [3 * each]
    assert [shown_for for _, shown_for in frames(opened(run, seconds, 0.1))] == times


def test_a_run_of_one_step():
    run = played(gg.Input(2.0, name="x"))
    [(image, shown_for)] = frames(opened(run, 2, 1))
    assert len(run.steps) == 1
    assert shown_for == 6000
    assert image.width == animation.LEAST_WIDTH


def test_save_writes_it(tmp_path):
    run = played(EXAMPLES["square"]())
    path = run.save(tmp_path / "run.GIF", seconds=0.5, scale=0.3)
    assert path.read_bytes() == film(run, 0.5, 0.3)
    assert list(tmp_path.iterdir()) == [path]


def test_two_processes_write_the_same_bytes(tmp_path):
    said = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS, str(HERE), str(tmp_path / "run.gif")],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed in ("0", "4711")
    ]
    assert said[0] == said[1]
    assert len(set(said[0])) == 2
    run = played(EXAMPLES["square"](), theme="dark")
    assert hashlib.sha256(film(run, 1.5, 0.4)).hexdigest() == said[0][1]


@pytest.mark.parametrize(
    "name", [NAMES[key][0] for key in ("script", "entity", "quote", "control characters", "right to left", "emoji")]
)
def test_names_are_text(name):
    run = played(gg.Mul(gg.Input(2.0, name=name), gg.Parameter(3.0, name="w")))
    assert opened(run, scale=0.3).n_frames == len(run.steps)
    allowed = {"svg", "title", "desc", "rect", "g", "path", "text"}
    tags = {element.tag.rpartition("}")[2] for frame in Reel(run).frames() for element in fromstring(frame).iter()}
    assert tags <= allowed


# The picture in it


def test_below_the_caption_stands_the_picture():
    run = played(EXAMPLES["square"]())
    reel = Reel(run)
    *_, (last, _) = frames(opened(run, scale=1))
    *_, moment = moments(run.cues)
    picture = export.png(svg(run.view, run.layout, "light", outlined=True, moment=moment), 1, "#ffffff")
    alone = Image.open(io.BytesIO(picture)).convert("RGB")
    below = last.crop((reel.left, reel.band, reel.left + alone.width, reel.band + alone.height))
    apart = np.abs(np.asarray(below).astype(int) - np.asarray(alone))
    assert apart.max() < 64  # a blend at the edge of a letter may be missing from the palette
    assert np.mean(apart.any(axis=-1)) < 0.1
    assert last.height == reel.height == reel.band + alone.height


def test_the_last_picture_is_the_full_one_but_for_what_is_lit():
    run = played(EXAMPLES["square"]())
    *_, moment = moments(run.cues)
    calm = Moment(moment.first, moment.index, frozenset(), frozenset())
    # The first part holds the size, and the last the legend: both are of films alone.
    calm, full = (svg(run.view, run.layout, "light", moment=at).split("<g class=")[1:-1] for at in (calm, None))
    assert calm == full
    assert len(full) == len(run.view.boxes) + len(run.view.edges) - 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_flat_colours_are_those_of_the_theme(theme):
    run = played(EXAMPLES["square"](), theme=theme)
    *_, (last, _) = frames(opened(run, scale=1))
    found = {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in last.getcolors(1 << 24)}
    roles = ("paper", "ink", "parameter", "output", "chip", "lit", "cluster", "muted", "value", "gradient")
    assert {COLOURS[role][theme == "dark"] for role in roles} <= found


def test_auto_is_drawn_as_light():
    light, auto = (film(played(EXAMPLES["square"](), theme=theme), 1, 0.3) for theme in ("light", "auto"))
    assert light == auto


# Captions


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_line_is_within_the_frame_and_nothing_is_left_out(example):
    run = played(EXAMPLES[example](), update=None)
    reel = Reel(run)
    assert reel.width >= animation.LEAST_WIDTH
    for step, told in zip(run.steps, reel.captions, strict=True):
        assert all(0 < row.width <= reel.room for rows in told for row in rows)
        for rows, text in zip(told, (step.numbers, step.words), strict=True):
            said = "".join(span.text for row in rows for span, _ in row.placed())
            assert said.replace(" ", "") == text.replace(" ", "")
        heights = [len(rows) * height for rows, (_, height) in zip(told, reel._leading, strict=True)]
        assert animation._TEXT + sum(heights) < reel.band
    assert {export.size(frame) for frame in reel.frames()} == {(reel.width, reel.height)}


def text(row):
    """A line as text, its words with a space between them."""
    return " ".join("".join(span.text for span in word) for word in row.words)


@pytest.mark.parametrize(
    ("equation", "lines"),
    [
        ("a = 2", ["a = 2"]),
        ("a = 1000 × 2000 = 2000000", ["a = 1000 × 2000", "= 2000000"]),
        ("a = [1 2 3 4] + [5 6 7 8] ≈ [6 8 10 12]", ["a = [1 2 3 4]", "+ [5 6 7 8]", "≈ [6 8 10 12]"]),
        ("[1 2 3 4 5 6 7 8 9 10 11 12 13]", ["[1 2 3 4 5 6 7 8 9 10", "11 12 13]"]),
        ("flow to x: shape (1000,), mean 1", ["flow to x: shape", "(1000,), mean 1"]),
    ],
)
def test_lines_break_before_signs_and_between_arrays(equation, lines):
    labels = played(EXAMPLES["square"]()).scene.labels
    rows = caption(Sentence("So.", (Plain(equation, equation),)), labels, 170.0).equation
    assert [text(row) for row in rows] == lines
    assert all(row.width <= 170 for row in rows)


def test_what_follows_a_symbol_closely_stays_close():
    labels = played(EXAMPLES["square"]()).scene.labels
    terms = (Written("x", "x"), Plain(": 1", ": 1"))
    [row] = caption(Sentence("So.", terms), labels, 200.0).equation
    symbol, colon, one = row.placed()
    assert symbol[0].outline
    assert colon == (Span(":", "ink", animation.EQUATION), symbol[0].width)
    assert one[1] > colon[1] + colon[0].width


def test_a_formula_that_is_too_wide_is_broken_as_text_and_a_word_is_made_smaller():
    labels = played(EXAMPLES["square"]()).scene.labels
    wide = Written("a + b + c + d + e + f + g", "a + b + c + d + e + f + g")
    rows = caption(Sentence("So.", (wide,)), labels, 100.0).equation
    assert [text(row) for row in rows] == ["a + b + c", "+ d + e + f", "+ g"]
    [row] = caption(Sentence("x" * 100, (wide,)), labels, 100.0).words
    assert row.width == pytest.approx(100)


# What is refused


@pytest.mark.parametrize("seconds", [0, 0.01, -1, 61, float("nan"), float("inf"), "1", True])
def test_seconds_that_are_no_time(seconds, tmp_path):
    with pytest.raises(ValueError, match=r"save\(seconds=.*\): a number from 0.02 to 60, such as 1.5"):
        played(EXAMPLES["square"]()).save(tmp_path / "run.gif", seconds=seconds)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scale", [0, -1, float("nan"), "2", True])
def test_scales_that_are_none(scale):
    with pytest.raises(ValueError, match=r"save\(scale=.*\): the scale is a positive number, such as 1"):
        film(played(EXAMPLES["square"]()), 1, scale)


@pytest.mark.parametrize("scale", [100, float("inf")])
def test_too_many_pixels(scale):
    with pytest.raises(ValueError, match=r"8 frames of .* take a scale below .*collapse=.*\.html"):
        film(played(EXAMPLES["square"]()), 1, scale)


def test_the_scale_that_a_refusal_names_is_taken(monkeypatch):
    monkeypatch.setattr(animation, "MOST_PIXELS", 100_000)
    run = played(EXAMPLES["square"]())
    with pytest.raises(ValueError, match=r"take a scale below 0\.2\d,") as refusal:
        film(run, 1, 1)
    named = float(str(refusal.value).partition("below ")[2].partition(",")[0])
    assert opened(run, scale=named).n_frames == 8


def test_a_single_frame_is_limited_too(monkeypatch):
    monkeypatch.setattr(export, "MOST_PIXELS", 10_000)
    with pytest.raises(ValueError, match=r"1 frame of 560 × .* pixels, more than fits"):
        film(played(gg.Input(2.0, name="x")), 1, 1)


def test_no_pixel():
    with pytest.raises(ValueError, match="smaller than a pixel"):
        film(played(EXAMPLES["square"]()), 1, 1e-4)


def test_without_pillow(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "graphgrad.views.animation")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pip install pillow.*\.html"):
        played(EXAMPLES["square"]()).save(tmp_path / "run.gif")
    assert not list(tmp_path.iterdir())


# Long films


def test_a_long_film_shows_a_bar(monkeypatch, capsys):
    run = played(EXAMPLES["square"]())
    short = film(run, 1, 0.2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(animation, "_LONG", 1)
    assert film(run, 1, 0.2) == short
    assert "8/8" in capsys.readouterr().err
