"""How Sphinx builds the site. From the root of the repository: python -m sphinx -c docs . build/site.

The source directory is the root. So links between docs/, notebooks/ and CHANGELOG.md are plain links between files,
which also work where the repository is read; and the address of a page is the path of its file.
"""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GALLERY = HERE / "gallery"
"""Holds the scripts; what they make is written beside them, and git ignores it."""
sys.path[:0] = [str(HERE), str(HERE / "extensions")]

import gallery
import graphgrad
from docutils import nodes
from graphgrad.drawing.theme import COLOURS
from sphinx import addnodes

project = "graphgrad"
author = "The graphgrad authors"
copyright = f"{author}. MIT licence"
release = version = graphgrad.__version__

root_doc = "docs/index"
include_patterns = ["docs/**", "notebooks/**", "CHANGELOG.md"]
exclude_patterns = ["**/.*", "build"]
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_argparse_cli",
    "sphinx_copybutton",
    "docstrings",
    "formulas",
    "names",
    "ops",
    "pictures",
]

# Markdown and notebooks. What is shown is what is saved in a notebook; a test runs them all and compares.
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"

# Docstrings
default_role = "code"
highlight_language = "default"  # Python, or plain text where it is none
add_module_names = False
python_use_unqualified_type_names = True
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Class attributes", "Attributes")]
toc_object_entries_show_parents = "hide"
copybutton_exclude = ".linenos, .gp, .go"  # the prompt and the output are not copied

# Every reference must have a target, but for what is documented elsewhere: links there would ask the network.
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(collections\.abc|numpy|os|pathlib|typing)\..*"),
    (r"py:class", r"Axes"),  # of matplotlib
]

ALONE = {("graphgrad.scope", "Scope"), ("graphgrad.scope", "Scoped"), ("graphgrad.views.player", "Leaf")}

# The page
html_theme = "furo"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
html_title = "graphgrad"
templates_path = ["templates"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["root"]  # leads from the root of the site to its home
html_js_files = [("site.js", {"defer": "defer"})]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "top_of_page_buttons": [],
    "dark_css_variables": {  # those of pictures
        "color-background-primary": COLOURS["paper"][1],
        "color-background-secondary": COLOURS["cluster"][1],
    },
}


def write_gallery(app: Any) -> None:
    """Draw the pictures of the gallery, and write its pages, in place of those of an earlier build."""
    for old in (*GALLERY.glob("*.md"), *GALLERY.glob("*.svg")):
        old.unlink()
    gallery.write(GALLERY)


def find(app: Any, env: Any, node: Any, content: Any) -> Any:
    """A name that is documented where it is public: `graphgrad.op.Op` is `graphgrad.Op`."""
    module = node.get("reftarget", "").partition(".")[0]
    if node.get("refdomain") != "py" or ("." in node["reftarget"] and module != "graphgrad"):
        return None
    name = node["reftarget"].rpartition(".")[2]
    return env.domains["py"].resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], f"graphgrad.{name}", node, content
    )


def tidy_examples(app: Any, document: Any) -> None:
    """Take the empty line off that an example ends with, so that doctest finds its end."""
    for block in document.findall(nodes.literal_block):
        block.rawsource = block.rawsource.rstrip()
        block[:] = [nodes.Text(block.astext().rstrip())]


def without_source(app: Any, document: Any) -> None:
    """Link no source of two small classes: viewcode knows one name for each module, and theirs is another's."""
    for signature in document.findall(addnodes.desc_signature):
        if (signature.get("module"), signature.get("fullname", "").partition(".")[0]) in ALONE:
            del signature["module"]


def name_levels(app: Any, page: str, template: str, context: dict[str, Any], document: Any) -> None:
    """Say of which level the headings of the side bar are, as screen readers ask."""
    tree = context["furo_navigation_tree"]
    context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.connect("builder-inited", write_gallery)
    app.connect("missing-reference", find)
    app.connect("doctree-read", tidy_examples)
    app.connect("doctree-read", without_source, priority=100)  # before viewcode
    app.connect("html-page-context", name_levels, priority=900)  # after furo has made the tree
