"""The gallery: runs each script in ``docs/gallery``, and writes a page of its pictures, lines and output.

``python docs/gallery.py folder`` fills a folder with MyST Markdown and SVG files, for Sphinx.
"""

import ast
import io
import json
import runpy
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import graphgrad as gg

SCRIPTS = sorted((Path(__file__).parent / "gallery").glob("*.py"))

INTRODUCTION = """
Each picture stands on a page of its own, with the lines that draw it, which can be pasted as they are. A box holds a
value and a gradient. A chip on an edge holds the local gradient, as formula and number, and under it upstream × local =
flow. Where several flows meet, the gradient is their sum.
"""


@dataclass(frozen=True)
class Example:
    """What a script says, does, prints and draws; `name` is that of its page."""

    name: str
    title: str
    text: str
    lines: str
    printed: str
    pictures: list[gg.Drawing]


def run(script: Path) -> Example:
    """Run one script. The first line of its docstring is the title, the rest of it the text."""
    source = script.read_text(encoding="utf-8")
    tree = ast.parse(source)
    title, text = (ast.get_docstring(tree) or "").split("\n\n", 1)
    lines = "\n".join(source.splitlines()[tree.body[0].end_lineno :]).strip()
    printed = io.StringIO()
    with redirect_stdout(printed):
        variables = runpy.run_path(str(script))
    pictures = [value for value in variables.values() if isinstance(value, gg.Drawing)]
    name = script.stem.split("_", 1)[1].replace("_", "-")
    return Example(name, title, text, lines, printed.getvalue(), pictures)


def write(folder: Path) -> None:
    """Fill `folder` with ``index.md``, and with a page and pictures for each script."""
    folder.mkdir(parents=True, exist_ok=True)
    examples = [run(script) for script in SCRIPTS]
    for example in examples:
        for k, picture in enumerate(example.pictures, 1):
            picture.save(folder / f"{example.name}-{k}.svg")
        on_dark_paper(example.pictures[0]).save(folder / f"{example.name}-dark.svg")
        (folder / f"{example.name}.md").write_text(page(example), encoding="utf-8")
    (folder / "index.md").write_text(index(examples), encoding="utf-8")


def on_dark_paper(picture: gg.Drawing) -> gg.Drawing:
    """The same picture, for the index of a site in dark colours. The pages' own pictures get them from the site."""
    direction, _, engine = picture.settings
    return gg.Drawing(picture._scene, direction, "dark", engine)


def index(examples: list[Example]) -> str:
    """The page of all: the first picture of each, and its title."""
    tiles = "\n".join(
        f"- [![]({one.name}-1.svg){{.only-light}}![]({one.name}-dark.svg){{.only-dark}}{one.title}]({one.name}.md)"
        for one in examples
    )
    names = "\n".join(one.name for one in examples)
    parts = [
        "---\nmyst:\n  enable_extensions: [attrs_inline]\n---",
        "# Gallery",
        INTRODUCTION.strip(),
        f"```{{container}} gallery\n{tiles}\n```",
        f"```{{toctree}}\n:hidden:\n\n{names}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def page(example: Example) -> str:
    """The page of one example."""
    parts = [f"# {example.title}", example.text, "````{container} pictures"]
    for k, picture in enumerate(example.pictures, 1):
        alt = json.dumps(shorten(picture.text, 300, placeholder=" …"), ensure_ascii=False)
        parts.append(f"```{{image}} {example.name}-{k}.svg\n:alt: {alt}\n```")
    parts += ["````", f"```python\n{example.lines}\n```"]
    if example.printed:
        parts += ["It prints:", f"```text\n{example.printed.rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
