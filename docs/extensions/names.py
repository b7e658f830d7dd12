"""Names in running text lead to the reference: `gg.draw`, and those of classes such as `Sigmoid`."""

import re
from typing import Any

import graphgrad as gg
from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

NAME = re.compile(r"gg\.(\w+(?:\.\w+)?)(?:\(.*\))?|([A-Z]\w+)")


class Names(SphinxTransform):
    """Makes references of names in Markdown that stand as code, but not inside links and headings."""

    default_priority = 200

    def apply(self, **arguments: Any) -> None:
        """Go through the code of a page."""
        for literal in list(self.document.findall(nodes.literal)):
            found = NAME.fullmatch(literal.astext())
            name = found and (found[1] or found[2])
            if name and name.split(".")[0] in gg.__all__ and isinstance(literal.parent, nodes.paragraph | nodes.entry):
                link = addnodes.pending_xref(
                    "", refdomain="py", reftype="obj", reftarget=f"graphgrad.{name}", refdoc=self.env.docname
                )
                literal.replace_self(link)
                link.append(literal)


def setup(app: Any) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_transform(Names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
