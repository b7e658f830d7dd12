"""Formulas as MathML, which browsers draw and screen readers read: no script, no web font, no network."""

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

OPEN, BAR, MINUS, PRIME = r"(?:\(|&#x00028;)", "&#x0007C;", "&#x02212;", "&#x02032;"
SPACES = [
    (rf"<m[io]>([a-z]{{2,}})</m[io]>(?=<mo[^>]*>{OPEN})", r'<mo form="prefix" lspace="0.17em" rspace="0">\1</mo>'),
    (r"<m[io]>([a-z]{2,})</m[io]>", r'<mo form="prefix" lspace="0.17em" rspace="0.17em">\1</mo>'),
    (rf"<mo[^>]*>{BAR}</mo>", f'<mo stretchy="false" lspace="0" rspace="0">{BAR}</mo>'),
    (rf"(<mo[^>]*>(?:&#x0003D;|{OPEN})</mo>)<mo>{MINUS}</mo>", rf'\1<mo form="prefix" rspace="0">{MINUS}</mo>'),
    (rf"<mi>{PRIME}</mi>", f"<mo>{PRIME}</mo>"),
]
"""The spaces of LaTeX where those of MathML differ: beside log and the like, beside |x|, after the sign of −x; s′."""


def mathml(latex: str, display: str) -> str:
    """A formula, in a line of text (inline) or by itself (block)."""
    formula = convert(latex, display=display)
    for pattern, spaced in SPACES:
        formula = re.sub(pattern, spaced, formula)
    return formula


def visit_inline(writer: Any, node: nodes.math) -> None:
    """A formula within a line."""
    writer.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_block(writer: Any, node: nodes.math_block) -> None:
    """A formula on a line of its own, which scrolls where it is wider than the page."""
    writer.body.append(f'<div class="formula">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
