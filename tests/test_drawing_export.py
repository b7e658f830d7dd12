"""Pictures as files, and the settings of a picture: each error names what would have worked."""

import io
import os
import re
import struct
import subprocess
import sys

import graphgrad as gg
import pytest
from drawing_examples import bce_one, drawn, fan_out
from graphgrad.drawing import engines
from PIL import Image


def size(drawing):
    """Width and height, as the SVG says."""
    return [float(number) for number in re.search(r'width="([\d.]+)" height="([\d.]+)"', drawing.svg).groups()]


@pytest.mark.parametrize("scale", [0.5, 1, 2, 3.7])
def test_png(scale):
    drawing = drawn(fan_out())
    png = drawing.png(scale)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    for pixels, length in zip(struct.unpack(">II", png[16:24]), size(drawing), strict=True):
        assert abs(pixels - scale * length) <= 1 + scale / 2  # the SVG counts in tenths


@pytest.mark.parametrize(("theme", "paper"), [("light", (255, 255, 255, 255)), ("dark", (20, 23, 29, 255))])
@pytest.mark.parametrize("scale", [1, 1.3, 2, 4])
def test_a_png_has_paper_to_its_last_pixel(scale, theme, paper):
    image = Image.open(io.BytesIO(drawn(bce_one(), theme=theme).png(scale))).convert("RGBA")
    width, height = image.size
    corners = {image.getpixel((x, y)) for x in (0, width - 1) for y in (0, height - 1)}
    assert corners == {paper}
    assert image.getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize(
    ("settings", "chip"),
    [
        ({}, "local gradient, and upstream × local = flow"),
        ({"flows": False}, "local gradient"),
        ({"local_gradients": False}, "upstream × local = flow"),
        ({"flows": False, "local_gradients": False}, None),
        ({"gradients": False, "flows": False, "local_gradients": False}, None),
    ],
)
def test_the_legend_tells_what_is_drawn(settings, chip):
    said = re.findall(r">([^<]*)</text>", drawn(bce_one(), **settings).svg)
    legend = said[said.index("forward: values") :]
    assert [text for text in legend if "local" in text] == ([chip] if chip else [])


def test_png_is_twice_as_large_unless_asked():
    drawing = drawn(fan_out())
    assert drawing.png() == drawing.png(2) != drawing.png(1)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("-inf")])
def test_a_scale_that_is_no_scale(scale):
    with pytest.raises(ValueError, match=r"scale=.*positive number, such as 2"):
        drawn(fan_out()).png(scale)


@pytest.mark.parametrize("scale", [1e4, 1e300, float("inf")])
def test_a_scale_that_is_too_large_names_one_that_fits(scale, monkeypatch):
    drawing = drawn(fan_out())
    monkeypatch.setattr("graphgrad.drawing.export.MOST_PIXELS", 1_000_000)
    with pytest.raises(ValueError, match=r"million pixels.*take a scale below [\d.]+") as raised:
        drawing.png(scale)
    fitting = float(re.search(r"below ([\d.]+)", str(raised.value))[1])
    assert drawing.png(fitting - 0.01)[:4] == b"\x89PNG"
    with pytest.raises(ValueError, match="million pixels"):
        drawing.png(fitting + 0.01)


def test_a_scale_below_one_pixel_is_refused_in_words():
    with pytest.raises(ValueError, match="scale=1e-09"):
        drawn(fan_out()).png(1e-9)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("graph.png", b"\x89PNG"),
        ("GRAPH.PNG", b"\x89PNG"),
        ("graph.svg", b"<svg "),
        ("my graph.v2.SVG", b"<svg "),
        ("graph.pdf", b"%PDF-"),
        ("graph.PDF", b"%PDF-"),
        ("graph.dot", b"digraph"),
        ("graph.gv", b"digraph"),
    ],
)
def test_save_goes_by_the_suffix(tmp_path, name, start):
    path = drawn(fan_out()).save(tmp_path / name)
    assert path == tmp_path / name
    assert path.read_bytes().startswith(start)
    assert drawn(fan_out()).save(str(path)) == path
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_a_saved_svg_is_the_svg(tmp_path):
    drawing = drawn(bce_one())
    assert drawing.save(tmp_path / "graph.svg").read_bytes() == drawing.svg.encode()
    assert drawing.save(tmp_path / "graph.png", scale=1).read_bytes() == drawing.png(1)
    assert drawing.save(tmp_path / "graph.pdf", scale=1).read_bytes() == drawing.pdf()  # it has no pixels to scale
    assert drawing._repr_svg_() == drawing.svg


@pytest.mark.parametrize("name", ["graph.jpg", "graph.pdf.gz", "graph", "graph.svg.gz", ".svg", ".pdf"])
def test_an_unknown_suffix(tmp_path, name):
    with pytest.raises(ValueError, match=r"one of \.png, \.svg, \.pdf, \.dot, \.gv"):
        drawn(fan_out()).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["missing/graph.svg", "file/graph.svg", "folder.svg"])
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, name):
    (tmp_path / "file").write_text("here before")
    (tmp_path / "folder.svg").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match=r"save\(.*choose a folder that exists and can be written"):
        drawn(fan_out()).save(tmp_path / name)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_write_that_fails_halfway_keeps_the_old_file(tmp_path, monkeypatch):
    path = drawn(fan_out()).save(tmp_path / "graph.svg")
    before = path.read_bytes()

    def full(self, content):
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        drawn(bce_one()).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_themes():
    light, dark, auto = (drawn(fan_out(), theme=theme) for theme in ("light", "dark", "auto"))
    assert "light-dark(" in auto.svg
    assert "var(--gg-ink)" in auto.svg
    assert "light-dark(" not in light.svg + dark.svg
    assert "var(" not in light.svg + dark.svg
    assert light.svg != dark.svg
    assert auto.png(1) == light.png(1) != dark.png(1)


def test_every_variable_of_the_page_theme_is_defined():
    svg = drawn(bce_one(), theme="auto").svg
    used = set(re.findall(r"var\((--[\w-]+)\)", svg))
    assert len(used) > 10
    assert used <= set(re.findall(r"(--[\w-]+):light-dark\(", svg))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"direction": "BT"}, r"direction='BT'\): it is one of 'LR', 'TB', 'auto'"),
        ({"theme": "solarized"}, r"theme='solarized'\): it is one of 'light', 'dark', 'auto'"),
        ({"engine": "neato"}, r"engine='neato'\): it is one of 'embedded', 'dot'"),
        ({"digits": 0}, r"digits=0\): a whole number from 1 to 15"),
        ({"digits": 16}, r"digits=16\): a whole number from 1 to 15"),
        ({"max_nodes": 1}, r"max_nodes=1\): a whole number from 2 to 1,000,000"),
    ],
)
def test_a_setting_that_is_none(settings, message):
    with pytest.raises(ValueError, match=message):
        gg.draw(fan_out(), **settings)


@pytest.mark.parametrize("thing", [None, 3.0, [1.0], "loss", gg.Parameter])
def test_what_is_no_node(thing):
    with pytest.raises(TypeError, match="give a node, such as a loss"):
        gg.draw(thing)


def test_names_may_be_any_mapping_and_digits_any_of_the_range():
    assert "66666666666667" in drawn(gg.Parameter(2.0) / 3, digits=15).svg
    assert "≈ 0.3" in drawn(gg.Parameter(2.0) / 3, digits=1).svg


def test_without_dot_the_error_names_the_cure(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"not on the PATH; install Graphviz, or leave engine='embedded'"):
        drawn(fan_out(), engine="dot").svg  # noqa: B018
    assert drawn(fan_out(), direction="TB").svg == drawn(fan_out()).svg


@pytest.mark.skipif(sys.platform == "win32", reason="the script stands in for dot on POSIX alone")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'syntax error' >&2; exit 1", "dot failed: syntax error"),
        ("while :; do :; done", "dot took longer than 0 s"),
    ],
)
def test_a_dot_that_fails_is_reported(monkeypatch, tmp_path, script, message):
    (tmp_path / "dot").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(engines, "TIMEOUT", 0.2 if "while" in script else 60.0)
    with pytest.raises(RuntimeError, match=message):
        drawn(fan_out(), engine="dot").svg  # noqa: B018


ALONE = """
import graphgrad as gg
a = gg.Parameter(2.0, name="a")
print(len(gg.draw(a * a).svg))
"""


@pytest.mark.parametrize("home", [None, "/dev/null/nowhere"])
def test_the_embedded_engine_needs_no_path_and_no_home(home):
    needed = {key: value for key, value in os.environ.items() if key in ("SYSTEMROOT", "PYTHONPATH")}
    home = {} if home is None else {"HOME": home, "XDG_CACHE_HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE],
        env=needed | {"PATH": ""} | home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    assert int(done.stdout) > 1000


def chain(length):
    """A chain of that many ops."""
    node = gg.Parameter(0.5, name="w")
    for _ in range(length):
        node = gg.Tanh(node)
    return node


def test_a_layout_that_takes_too_long_is_given_up_and_the_next_one_works(monkeypatch):
    expected = drawn(fan_out()).svg
    with monkeypatch.context() as short:
        short.setattr(engines, "TIMEOUT", 0.01)
        with pytest.raises(RuntimeError, match="the embedded layout engine gave up"):
            drawn(chain(400)).svg  # noqa: B018
    assert drawn(fan_out()).svg == expected
