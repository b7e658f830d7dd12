"""The player as a widget: what is done on the page is seen in Python, and the other way round."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from graphgrad.arrays import real_array
from graphgrad.node import Node
from graphgrad.views.html import asset
from graphgrad.views.payload import payload
from graphgrad.views.player import Leaf, Player

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError(
        "player(…).widget() needs anywidget: pip install anywidget; "
        "without it the player itself shows the run in a notebook, and .save('run.html') writes it"
    ) from error


class PlayerWidget(anywidget.AnyWidget):
    """A player in touch with Python. Made by :meth:`Player.widget`.

    Attributes:
        index: the step that is shown, from 0.
        playing: whether it plays.
        values: the numbers of the leaves that may be changed, by name. Setting some of them, as in
            ``widget.values = {"w": 0.9}``, runs the graph again, as typing a number on the page does.
        data: what the page is made from; it follows from the graph.
        player: the player of the graph that is shown.

    Raises:
        TraitError: `index` is set to no step, `values` to a name or a value that does not fit, or `data` to anything;
            nothing changes.
        TypeError: a number is changed inside `values`, which would not reach the player.

    >>> widget = gg.player(gg.Mul(gg.Parameter(2.0, name="a"), 3, name="s")).widget()
    >>> widget.index = 1
    >>> widget.player.steps[widget.index].numbers
    's = a·3 = 2·3 = 6'
    >>> widget.values = {"a": 5.0}
    >>> widget.player.steps[widget.index].numbers
    's = a·3 = 5·3 = 15'
    """

    _esm = asset("player.js")
    data = traitlets.Dict().tag(sync=True)
    index = traitlets.Int(0).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    values = traitlets.Dict()

    def __init__(self, player: Player) -> None:
        self._first = self.player = player
        self._next = player, _data(player)
        super().__init__(data=self._next[1], values=_values(player))
        self.on_msg(PlayerWidget._receive)

    @property
    def node(self) -> Node:
        """The output of the graph that is shown, with the values that were typed."""
        return self.player.node

    def __repr__(self) -> str:
        return f"<Widget: {self.player.title}: {len(self.player.steps):,} steps>"

    @traitlets.validate("index")
    def _within(self, proposal: Any) -> int:
        index, count = proposal["value"], len(self.player.steps)
        if not 0 <= index < count:
            raise traitlets.TraitError(f"index = {index}: the run has {count} steps, from 0 to {count - 1}")
        return int(index)

    @traitlets.validate("values")
    def _fitting(self, proposal: Any) -> dict[str, Any]:
        """All values, after those that are given were put in.

        What the page is to show is made here too: if that fails, nothing changes.
        """
        leaves = {leaf.name: leaf for leaf in self.player.leaves}
        changes: dict[Node, Any] = {}
        for name, value in proposal["value"].items():
            if name not in leaves:
                raise traitlets.TraitError(f"values: there is no {name!r:.60} to change; there are {', '.join(leaves)}")
            node = leaves[name].node
            try:
                array = real_array(value, f"values[{name!r}]")
            except (TypeError, ValueError) as error:
                raise traitlets.TraitError(str(error)) from None
            if array.shape != node.shape:
                raise traitlets.TraitError(
                    f"values[{name!r}] has shape {node.shape} and would get shape {array.shape}; "
                    f"for another shape, build the graph and its player again"
                )
            with np.errstate(all="ignore"):
                kept = array.astype(node.dtype)
            if not np.array_equal(np.isfinite(kept), np.isfinite(array)) or np.any((kept == 0) & (array != 0)):
                raise traitlets.TraitError(f"values[{name!r}]: {value!r:.60} does not fit into {node.dtype}")
            if not np.array_equal(kept, node.value, equal_nan=True):
                changes[node] = array
        if not changes:
            self._next = self.player, self.data
            return _values(self.player)
        try:
            player = self.player.replaced(changes)
            self._next = player, _data(player)
        except Exception as error:  # an op of the user's may raise anything
            raise traitlets.TraitError(f"values: the graph does not take them: {error}") from error
        return _values(player)

    @traitlets.validate("data")
    def _made_here(self, proposal: Any) -> Any:
        if proposal["value"] is not self._next[1]:
            raise traitlets.TraitError("data is made from the graph; set values, as in widget.values = {'w': 0.9}")
        return proposal["value"]

    @traitlets.observe("values")
    def _run_again(self, _: Any) -> None:
        self.player, self.data = self._next

    def _receive(self, content: Any, buffers: Any) -> None:
        """Numbers that were typed on the page: taken all together, or refused beside their fields."""
        if not isinstance(content, dict):
            return
        if "reset" in content:
            self.values = _values(self._first)
            return
        typed = content.get("what_if")
        leaves = {leaf.key: leaf for leaf in self.player.leaves}
        if not isinstance(typed, dict) or not typed or not leaves.keys() >= typed.keys():
            return
        values, refused = {}, {}
        for key, text in typed.items():
            try:
                values[leaves[key].name] = _read(leaves[key], str(text))
            except ValueError as error:
                refused[key] = str(error)
        if not refused:
            try:
                self.values = values
            except traitlets.TraitError as error:
                refused = dict.fromkeys(typed, str(error))
        for key, why in refused.items():
            self.send({"refused": key, "why": why})


class _Values(dict[str, Any]):
    """Numbers by name, to be read: a change made inside would not be seen, so it is refused."""

    def __setitem__(self, name: str, value: Any) -> NoReturn:
        raise TypeError(f"values[{name!r}] = … would not reach the player; write widget.values = {{{name!r}: …}}")

    def _refuse(self, *args: Any, **named: Any) -> NoReturn:
        raise TypeError("a change inside values would not reach the player; write widget.values = {…}")

    update = pop = popitem = setdefault = clear = __delitem__ = _refuse

    def __ior__(self, other: Any) -> dict[str, Any]:  # type: ignore[override,misc]
        return {**self, **other}  # widget.values |= {…} sets them


def _read(leaf: Leaf, text: str) -> Any:
    if len(text) > 100 * leaf.node.size:
        raise ValueError(f"{len(text):,} characters are too many for {leaf.symbol}")
    return leaf.read(text)


def _data(player: Player) -> dict[str, Any]:
    return {**payload(player), "css": asset("player.css")}


def _values(player: Player) -> dict[str, Any]:
    return _Values({leaf.name: leaf.node.value.tolist() for leaf in player.leaves})
