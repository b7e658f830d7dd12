"""Colours can be told from what they stand on, in light and in dark."""

import pytest
from graphgrad.drawing.theme import COLOURS

TEXTS = {
    "ink": ["op", "input", "parameter", "output", "scope", "chip"],
    "muted": ["op", "input", "parameter", "output", "scope", "chip", "cluster", "paper"],
    "value": ["op", "input", "parameter", "output", "scope"],
    "gradient": ["op", "parameter", "output", "scope", "chip"],
    "local": ["chip"],
    "warning": ["op", "input", "parameter", "output", "scope"],
}
LINES = {
    "value": ["paper", "cluster"],
    "gradient": ["paper", "cluster"],
    "op-edge": ["paper"],
    "input-edge": ["paper"],
    "parameter-edge": ["paper"],
    "output-edge": ["paper"],
    "scope-edge": ["paper"],
    "chip-edge": ["paper"],
}


def luminance(colour):
    """As WCAG 2 defines it."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(role, background, theme):
    dark, light = sorted(luminance(COLOURS[one][theme]) for one in (role, background))
    return (light + 0.05) / (dark + 0.05)


def test_the_formula():
    assert round(luminance("#ffffff"), 6) == 1
    assert luminance("#000000") == 0
    assert round(luminance("#777777"), 4) == 0.1845


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("role", "background"), [(role, on) for role, grounds in TEXTS.items() for on in grounds])
def test_text(role, background, theme):
    assert contrast(role, background, theme) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("role", "background"), [(role, on) for role, grounds in LINES.items() for on in grounds])
def test_lines(role, background, theme):
    assert contrast(role, background, theme) >= (2.5 if role.endswith("-edge") else 4.5)


def test_every_fill_has_an_edge():
    fills = {role.removesuffix("-edge") for role in COLOURS if role.endswith("-edge")}
    assert fills == {"op", "input", "parameter", "output", "scope", "chip", "cluster"}
