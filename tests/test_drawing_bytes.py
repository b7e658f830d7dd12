"""The same graph gives the same bytes, in every process; another engine may only move the boxes."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import graphgrad as gg
import pytest
from drawing_examples import EXAMPLES, drawn, needs_dot

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "abc.svg"

DIGESTS = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from drawing_examples import EXAMPLES, drawn
for example in ("bce_three", "nested", "multinomial"):
    drawing = drawn(EXAMPLES[example](), theme="auto", collapse=["layer"] * (example == "nested"))
    for content in (drawing.svg.encode(), drawing.digraph.source.encode(), drawing.png(1)):
        print(hashlib.sha256(content).hexdigest())
"""


def abc():
    """a · b + c, each with a name."""
    a, b, c = (gg.Parameter(value, name=name) for name, value in (("a", 2.0), ("b", -0.5), ("c", 10 / 3)))
    return gg.Add(gg.Mul(a, b, name="d"), c, name="e")


def test_two_processes_write_the_same_bytes():
    said = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS, str(HERE)],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for seed in ("0", "4711")
    ]
    assert said[0] == said[1]
    assert len(set(said[0])) == 9


def test_what_was_drawn_before_makes_no_difference():
    first = drawn(EXAMPLES["bce_one"]()).svg
    for example in EXAMPLES.values():
        assert drawn(example()).svg
    assert drawn(EXAMPLES["bce_one"]()).svg == first


def test_threads_draw_what_one_draws():
    def picture(example):
        return drawn(EXAMPLES[example]()).svg

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(picture, EXAMPLES))
    assert together == [picture(example) for example in EXAMPLES]


def test_the_golden_picture():
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(drawn(abc()).svg, encoding="utf-8", newline="\n")
    kept = GOLDEN.read_bytes()
    found = drawn(abc()).svg.encode()
    assert hashlib.sha256(found).hexdigest() == hashlib.sha256(kept).hexdigest(), (
        "the picture of a·b + c is not tests/golden/abc.svg any more; if it is meant to be another, look at it, "
        "and write it anew with: UPDATE_GOLDEN=1 python -m pytest tests/test_drawing_bytes.py"
    )


def said(drawing):
    """All titles, texts and formulas of a picture, how often each."""
    root = ElementTree.fromstring(drawing.svg)
    return Counter((one.text or "", one.get("aria-label") or "") for one in root.iter() if one.tag != "svg")


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_the_system_says_what_the_embedded_engine_says(example, direction):
    needs_dot()
    embedded = drawn(EXAMPLES[example](), direction=direction)
    system = drawn(EXAMPLES[example](), direction=direction, engine="dot")
    assert said(embedded) == said(system)
    assert sum(said(embedded).values()) > 10
