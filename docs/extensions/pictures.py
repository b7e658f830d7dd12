"""Pictures of graphs become part of their page: they follow its theme, and their text can be selected and found.

A picture may shrink to three quarters of its size, so that its numbers can be read; what is wider then scrolls.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from graphgrad.drawing.theme import COLOURS
from sphinx.transforms.post_transforms import SphinxPostTransform

DARK = dict(reversed(COLOURS.values()))
"""For each light colour the dark one. White is both that of paper and that of a box; it becomes the paper's."""


class Pictures(SphinxPostTransform):
    """Puts the SVG of a graph where its image was. Small pictures in links stay images; so do plots, on white paper."""

    default_priority = 10
    formats = ("html",)

    def run(self, **arguments: Any) -> None:
        """Go through the images of a page."""
        for image in list(self.document.findall(nodes.image)):
            if is_in_link(image):
                continue
            svg = graph_in(Path(self.env.srcdir, image["uri"]))
            if svg:
                image.replace_self(nodes.raw("", in_both_themes(svg), format="html"))
            else:
                image["classes"].append("paper")
                image.setdefault("alt", "The plot that this code draws")


def is_in_link(node: nodes.Node) -> bool:
    """Whether a click on the node leads elsewhere."""
    return node is not None and (isinstance(node, nodes.reference) or is_in_link(node.parent))


def graph_in(path: Path) -> str:
    """The text of a picture that graphgrad drew; nothing for any other."""
    if path.suffix != ".svg" or not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    return text if text.startswith('<svg xmlns="http://www.w3.org/2000/svg" class="graphgrad"') else ""


def in_both_themes(svg: str) -> str:
    """The picture, in a box that scrolls, with colours that follow the page."""
    width = re.search(r'width="([\d.]+)"', svg)
    plain = re.sub(r' aria-label="[^"]*"', "", svg)  # of letters drawn as paths; the picture as a whole has a text
    coloured = re.sub(r'"(#[0-9a-f]{6})"', lambda found: f'"{light_dark(found[1])}"', plain)
    return f'<span class="picture" style="--width: {width[1] if width else 400}px">{coloured}</span>'


def light_dark(colour: str) -> str:
    """A colour of the light theme, and that of the dark theme."""
    return f"light-dark({colour},{DARK[colour]})" if colour in DARK else colour


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_post_transform(Pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
