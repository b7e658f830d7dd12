"""The page of ops, docs/ops.md, with what only the site can show: tables, signatures, examples, links to the source.

What is written there of an op also stands in its docstring, but for its local gradients and its names in NumPy. So on
the site each op is shown from its docstring, and these two are added.
"""

import inspect
import re
from pathlib import Path
from typing import Any

import graphgrad as gg
from sphinx import addnodes

PAGE = Path(__file__).parents[1] / "ops.md"
BLOCK = re.compile(r"^### (\w+)\n\n(.+?)\n\n((?:- [^\n]+\n)+)", re.MULTILINE | re.DOTALL)
"""The heading of an op, what it means, and its facts, one on each line."""

FACT = re.compile(r"- \*\*(NumPy|Local gradients)\*\*: (.+)\.")
FACTS = {name: dict(FACT.findall(facts)) for name, _, facts in BLOCK.findall(PAGE.read_text(encoding="utf-8"))}


def show(app: Any, page: str, source: list[str]) -> None:
    """Write the page of ops anew, section by section; its headings stay, so links to them do too."""
    if page == "docs/ops":
        source[0] = "".join(map(section, re.split(r"^(?=## )", source[0], flags=re.MULTILINE)))


def section(text: str) -> str:
    """The ops of one kind: a table of all, and then each by itself."""
    blocks = BLOCK.findall(text)
    if not blocks:
        return text
    title = text.partition("\n")[0]
    head = "| op | NumPy | meaning | local gradients |\n|---|---|---|---|\n"
    rows = "".join(row(name, meaning) for name, meaning, _ in blocks)
    return f"{title}\n\n{head}{rows}\n{''.join(entry(name) for name, _, _ in blocks)}"


def row(name: str, meaning: str) -> str:
    """An op in the table."""
    first = " ".join(meaning.partition("\n\n")[0].split()).rstrip(".").replace("|", r"\|")
    facts = FACTS[name]
    return f"| [{name}](#{name.lower()}) | {facts.get('NumPy', '')} | {first} | {facts['Local gradients']} |\n"


def entry(name: str) -> str:
    """An op by itself, from its docstring."""
    kind = "class" if isinstance(getattr(gg, name), type) else "function"
    directive = f".. currentmodule:: graphgrad\n\n.. auto{kind}:: {name}\n"
    return f"### {name}\n\n```{{eval-rst}}\n{directive}```\n\n"


def list_once(app: Any, document: Any) -> None:
    """Name each op once in the page's contents: by its heading, and not by its signature too."""
    if app.env.docname == "docs/ops":
        for description in document.findall(addnodes.desc):
            description["no-contents-entry"] = True


def add_facts(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Put the local gradients, and the names in NumPy, before the other fields of an op."""
    facts = FACTS.get(name.rpartition(".")[2], {})
    fields = [place for place, line in enumerate(lines) if line.startswith(":")]
    if facts and fields:
        lines[fields[0] : fields[0]] = [f":{label}: {text}" for label, text in facts.items()]


def signature(app: Any, what: str, name: str, obj: Any, options: Any, given: str, returned: str) -> Any:
    """The inputs of an op, by the names in its rule, where its class only says that it takes inputs."""
    if not (inspect.isclass(obj) and issubclass(obj, gg.Op) and given == "(*inputs, name=None)"):
        return None
    inputs = list(inspect.signature(obj.forward).parameters)[2:]
    return (f"({', '.join(inputs)}, *, name=None)" if obj.arity else given), returned


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("source-read", show)
    app.connect("doctree-read", list_once, priority=100)  # before the contents are collected
    app.connect("autodoc-process-docstring", add_facts, priority=200)  # the labels are fields by now
    app.connect("autodoc-process-signature", signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
