"""Products of all elements but some: the derivatives of a product, to any order, exact where elements are 0."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from graphgrad.expression import Notation, call_notation
from graphgrad.op import Op


class Others(Op):
    """For each element the product of all the others along `axes`; or how that changes along directions.

    With directions v₁, …, vₙ it is the gradient of the n-th derivative of the product of x along them:
    element l is Σ over distinct i₁, …, iₙ other than l of v₁[i₁] … vₙ[iₙ] · the product of x without all of these.
    So the derivative of such an op is another of its kind, with one direction more.
    """

    is_public = False
    written = Notation("others(<open>)", r"\prod_{\text{others}} <product>", latex_level="function")

    def __init__(self, x: Any, *along: Any, axes: tuple[int, ...], name: str | None = None) -> None:
        self.axes = axes
        super().__init__(x, *along, name=name)

    def notation(self) -> Notation:
        """The directions are named too, if there are any."""
        return self.written if len(self.inputs) == 1 else call_notation(self.function, len(self.inputs))

    def forward(self, xp, x, *along):
        flat, *directions = (flattened(xp, one, self.axes) for one in (x, *along))
        first = xp.ones_like(flat[..., :1])
        if not along:
            before = xp.cumprod(xp.concatenate((first, flat[..., :-1]), axis=-1), axis=-1)
            after = xp.cumprod(xp.concatenate((first, flat[..., :0:-1]), axis=-1), axis=-1)[..., ::-1]
            return unflattened(xp, before * after, x, self.axes)
        before = running(xp, flat, directions)
        from_the_end = running(xp, flat[..., ::-1], [direction[..., ::-1] for direction in directions])
        after = [products[..., ::-1] for products in from_the_end]
        everything = len(before) - 1
        result = sum(before[some] * after[everything - some] for some in range(everything + 1))
        return unflattened(xp, result, x, self.axes)

    def vjp(self, xp, upstream, out, x, *along):
        others = partial(xp.others, x, axes=self.axes)
        without = [along[:k] + along[k + 1 :] for k in range(len(along))]
        return [partial(others, *along, upstream), *(partial(others, *rest, upstream) for rest in without)]


def running(xp, x, directions):
    """The product of x + Σ vₖ εₖ over all elements before each one, where each εₖ² = 0.

    The result lists the coefficients of the products of some ε: bit k of the place is set where εₖ is in it.
    """
    if not x.shape[-1]:
        return [x] * 2 ** len(directions)
    before = [[xp.ones_like(x[..., 0])], *([xp.zeros_like(x[..., 0])] for _ in range(2 ** len(directions) - 1))]
    for i in range(x.shape[-1] - 1):
        for some, products in enumerate(before):
            product = products[i] * x[..., i]
            for k, direction in enumerate(directions):
                if some >> k & 1:
                    product = product + before[some - 2**k][i] * direction[..., i]
            products.append(product)
    return [xp.stack(products, axis=-1) for products in before]


def flattened(xp, x, axes):
    """x with `axes` made one, the last."""
    moved = xp.moveaxis(x, axes, range(-len(axes), 0))
    kept = moved.ndim - len(axes)
    return xp.reshape(moved, (*moved.shape[:kept], math.prod(moved.shape[kept:])))


def unflattened(xp, flat, x, axes):
    """What :func:`flattened` made of an array like x, as it was."""
    last = range(-len(axes), 0)
    return xp.moveaxis(xp.reshape(flat, xp.moveaxis(x, axes, last).shape), last, axes)
