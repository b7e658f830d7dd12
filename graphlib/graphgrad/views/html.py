"""The player as HTML: a page of its own, a fragment for notebooks, and a frame for marimo."""

from __future__ import annotations

import json
from base64 import b64encode
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from graphgrad.views.payload import payload

if TYPE_CHECKING:
    from graphgrad.views.player import Player

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{scheme}">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
:root {{ color-scheme: {scheme}; }}
h1 {{ margin: 0 0 0.8rem; font: bold 1.15rem "DejaVu Sans", Verdana, sans-serif; }}
[data-graphgrad] {{ --stage: max(100vh - 20rem, 18rem); }}
body {{ margin: 0; padding: 1rem; color: light-dark(#1b2130, #e9edf5); background: light-dark(#fff, #14171d); }}
@media print {{ /* one page */
  body, main {{ box-sizing: border-box; display: flex; flex-direction: column; }}
  body {{ height: 99vh; }}
  main, [data-graphgrad] {{ flex: 1; min-height: 0; --sheet: 100%; }}
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{player}
</main>{script}
</body>
</html>
"""
_FOLLOW = """
<script>
const frame = window.frameElement;
if (frame) {
  const fit = () => (frame.style.height = `${document.body.offsetHeight}px`);
  const follow = () => {
    const scheme = getComputedStyle(frame).colorScheme;
    const offered = document.querySelector("meta[name=color-scheme]").content;
    document.documentElement.style.colorScheme = offered.includes(scheme) ? scheme : "";
  };
  new ResizeObserver(fit).observe(document.body);
  new MutationObserver(follow).observe(frame.ownerDocument.body, { attributes: true });
  follow();
}
</script>"""


_LISTEN = """
<script type="module">
if (window === window.top) {
  document.querySelector("[data-graphgrad]").shadowRoot.querySelector(".player").focus({ preventScroll: true });
}
</script>"""
"""On a page of its own the player has the keys from the start; in a frame it leaves them to the page around it."""


def page(player: Player) -> str:
    """One document with everything in it. It makes no request, and forbids itself to make one.

    Nobody has Python there, so it has no leaves to be changed.
    """
    return _page(player, _LISTEN, leaves=[])


def _page(player: Player, script: str, **data: Any) -> str:
    scheme = "light dark" if player.theme == "auto" else player.theme
    words = {"scheme": scheme, "policy": escape(_POLICY), "title": escape(player.title)}
    return _PAGE.format(player=fragment(player, **data), script=script, **words)


def fragment(player: Player, **other: Any) -> str:
    """The player as part of a page, such as the output of a notebook's cell.

    The picture is an image first, which stays where scripts do not run; the script reads it from there.
    """
    data = payload(player) | other
    picture = b64encode(data.pop("picture").encode()).decode()
    return (
        f'<div data-graphgrad="player">'
        f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(player.title)}" style="max-width: 100%">'
        f'<script type="application/json">{_inert({**data, "css": asset("player.css")})}</script>'
        f"</div>"
        f'<script type="module">{asset("player.js")}\nmountAll();</script>'
    )


def frame(player: Player) -> str:
    """The page inside a frame, for hosts such as marimo that run no scripts of a fragment.

    The page makes its frame as high as itself, and is as dark as what is around it; where it may not, it scrolls.
    """
    height = min(round(player.layout.height) + 420, 900)
    style = f"width: 100%; height: {height}px; border: 0"
    return f'<iframe title="{escape(player.title)}" style="{style}" srcdoc="{escape(_page(player, _FOLLOW))}"></iframe>'


@cache
def asset(name: str) -> str:
    """A file of this folder as text."""
    return (resources.files("graphgrad.views") / name).read_text(encoding="utf-8")


def _inert(data: dict[str, Any]) -> str:
    """JSON that no HTML parser can leave: without any ``<``."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
