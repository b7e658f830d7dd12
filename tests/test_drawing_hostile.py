"""Names and labels are text, whatever they hold: never markup, script, a file, or DOT syntax."""

import subprocess
from xml.etree import ElementTree

import graphgrad as gg
import pytest
from drawing_examples import drawn, needs_dot
from test_drawing_geometry import ATTRIBUTES, SVG, TAGS

# What a name holds, and what is shown of it.
NAMES = {
    "script": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "end of svg": ("</svg><h1>", "</svg><h1>"),
    "image": ('<image href="/etc/passwd"/>', '<image href="/etc/passwd"/>'),
    "quote": ('"];', '"];'),
    "attribute": ('" onload="alert(1)', '" onload="alert(1)'),
    "apostrophe": ("' x='1", "' x='1"),
    "entity": ("&amp;&lt;&#0;", "&amp;&lt;&#0;"),
    "cdata": ("]]><![CDATA[", "]]><![CDATA["),
    "comment": ("<!-- -- >", "<!-- -- >"),
    "backslash": ("a\\", "a\\"),
    "escapes": (r"\N\n\l\G", r"\N\n\l\G"),
    "html label": ("<b>", "<b>"),
    "whole html label": ("<<table></table>>", "<<table></table>>"),
    "port": ("a:n:b", "a:n:b"),
    "template": ("${x}", "${x}"),
    "latex": (r"\input{/etc/passwd}", r"\input{/etc/passwd}"),
    "latex characters": ("$x^2_3$ 5% #1 ~{}", "$x^2_3$ 5% #1 ~{}"),
    "css": ("a;fill:url(http://x)", "a;fill:url(http://x)"),
    "control characters": ("a\x00\x1b\x7f\x85b", "ab"),
    "new lines": ("a\nb\r\tc", "abc"),
    "lone surrogate": ("a\ud800b", "ab"),
    "not a character": ("a\ufffe\uffffb", "ab"),
    "right to left": ("a\u202eb\u2066c", "abc"),
    "nothing to show": ("\u200b\x00", "?"),
    "long": ("x" * 500 + "y" * 500, "x" * 16 + "…" + "y" * 16),
    "Chinese": ("损失函数", "损失函数"),
    "Arabic": ("خسارة", "خسارة"),
    "emoji": ("🎲 loss 👩‍🔬", "🎲 loss 👩🔬"),
    "Python's": ("__import__('os')", "__import__('os')"),
}
hostile = pytest.mark.parametrize(("name", "shown"), NAMES.values(), ids=NAMES)


def graph(name):
    """A graph in which a leaf, an op and a scope have that name, once typeset, once as text."""
    w = gg.Parameter(2.0, name=name)
    with gg.scope(name):
        h = gg.Mul(w, 3.0, name=name)
    return gg.Add(h, gg.Log(w), name="out")


def words(root):
    """All the text there is, in titles, texts and labels of formulas."""
    return [part for one in root.iter() for part in (one.text, one.get("aria-label")) if part]


@hostile
@pytest.mark.parametrize("settings", [{}, {"theme": "auto", "direction": "LR"}, {"max_nodes": 2}])
def test_in_svg_they_are_text(name, shown, settings):
    root = ElementTree.fromstring(drawn(graph(name), **settings).svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= TAGS
    assert {attribute for element in root.iter() for attribute in element.attrib} <= ATTRIBUTES
    assert any(part.startswith(shown) for part in words(root))


@hostile
def test_a_collapsed_scope_of_that_label(name, shown):
    root = ElementTree.fromstring(drawn(graph(name), collapse=name).svg)
    assert any(f"{shown}(" in part for part in words(root))


@hostile
def test_they_can_be_png(name, shown):
    assert drawn(graph(name)).png(0.5)[:4] == b"\x89PNG"
    assert shown in drawn(graph(name)).text


@hostile
def test_in_dot_they_are_text(name, shown):
    needs_dot()
    source = drawn(graph(name)).digraph.source
    done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=True)
    assert not done.stderr
    root = ElementTree.fromstring(done.stdout)
    assert len([g for g in root.iter(f"{SVG}g") if g.get("class") == "node"]) == 4
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "g", "title", "polygon", "polyline", "path", "text",
    }  # fmt: skip
    texts = [one.text.replace("\xa0", " ") for one in root.iter(f"{SVG}text")]
    plain = shown.replace("  ", " ")
    assert sum(text.startswith(plain) for text in texts) >= 3  # the leaf, the op, the scope


def test_a_name_is_mathematics_and_a_label_is_not():
    said = [(box.kind, box.title) for box in drawn(graph("p_hat"))._view.boxes]
    assert said[:2] == [("parameter", "p̂"), ("op", "p̂⁽²⁾")]
    assert drawn(graph("p_hat"))._view.clusters[0].label == "p_hat"
    assert ("scope", "p_hat") in [(box.kind, box.title) for box in drawn(graph("p_hat"), collapse="p_hat")._view.boxes]


def test_the_layout_engine_sees_no_name():
    from graphgrad.drawing.layout import dot_source

    source = dot_source(drawn(graph("secret"))._view, "TB")
    assert "secret" not in source
    assert "cluster_c0" in source
