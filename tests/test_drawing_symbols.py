"""Every symbol in a formula on an edge is the title of a box of the same picture."""

import re

import pytest
from drawing_examples import EXAMPLES, seen
from graphgrad.drawing.content import Line

WITH_GRADIENTS = sorted(EXAMPLES.keys() - {"second", "forward_only"})

SYMBOL = re.compile(r"[^\W\d_][\w\u0300-\u036f⁽⁾]*(?!\w|[\u0300-\u036f⁽⁾]|\()")


def formulas(chip):
    """The formulas in a chip: what is written in the colour of local gradients, less its numbers and words."""
    line = chip.blocks[0]
    assert isinstance(line, Line)
    return [span.text for span in line.spans if span.role == "local" and span.text != "rearranged"]


@pytest.mark.parametrize("example", WITH_GRADIENTS)
def test_symbols_are_titles(example):
    said = seen(EXAMPLES[example]())
    titles = {box.title for box in said.boxes if box.kind != "chip"}
    by_key = {box.key: box for box in said.boxes}
    found = set()
    for edge in said.edges:
        for formula in formulas(by_key[edge.chip]) if edge.chip else []:
            symbols = set(SYMBOL.findall(formula.replace("∂", " ")))
            if "m" in symbols:
                assert "m = " in by_key[edge.head].text.split("\n")[0]
            found |= symbols - {"m"}
    assert found <= titles
    assert found


def test_the_symbol_pattern_reads_formulas():
    assert SYMBOL.findall("p̂·(1 − p̂) σ(t₁₀) 1/m w⁽²⁾**2 transpose(Wₒᵤₜ)") == ["p̂", "p̂", "t₁₀", "m", "w⁽²⁾", "Wₒᵤₜ"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_titles_are_unique(example):
    titles = [box.title for box in seen(EXAMPLES[example]()).boxes if box.kind not in ("chip", "again")]
    assert len(titles) == len(set(titles))
