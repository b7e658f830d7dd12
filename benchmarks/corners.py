"""What libraries answer at corners: ``python benchmarks/corners.py`` prints the table of docs/explanation/promises.md.

Each library is asked in its own words for the gradient in float64; what it has not, or refuses, is said.
"""

from importlib.metadata import version

import autograd
import autograd.numpy as anp
import graphgrad as gg
import jax
import jax.numpy as jnp
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)


def of_graphgrad(function, *point):
    """The gradients of a function of nodes."""
    leaves = [gg.Parameter(x) for x in point]
    return [slope.value.tolist() for slope in gg.grad(function(*leaves), leaves)]


def of_torch(function, *point):
    """The gradients of a function of tensors."""
    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
    return [slope.tolist() for slope in torch.autograd.grad(function(*leaves), leaves)]


def of_jax(function, *point):
    """The gradients of a function of JAX's arrays."""
    slopes = jax.grad(function, argnums=tuple(range(len(point))))(*map(jnp.array, point))
    return [slope.tolist() for slope in slopes]


def of_autograd(function, *point):
    """The gradients of a function of arrays."""
    arrays = [np.array(x) for x in point]
    return [np.asarray(autograd.grad(function, k)(*arrays)).tolist() for k in range(len(point))]


GRADIENTS = {"graphgrad": of_graphgrad, "torch": of_torch, "jax": of_jax, "autograd": of_autograd}
NAMESPACES = {"graphgrad": np, "torch": torch, "jax": jnp, "autograd": anp}
RELU = {"graphgrad": gg.ReLU, "torch": torch.relu, "jax": jax.nn.relu}
LOSSES = {
    "graphgrad": lambda p: gg.bce(p, 0.0),
    "torch": lambda p: torch.nn.functional.binary_cross_entropy(p, torch.zeros((), dtype=torch.float64)),
}


def third_derivative(library, x):
    """The third derivative of x ** 2.0."""
    if library == "graphgrad":
        slope = x**2.0
        for _ in range(3):
            slope = gg.grad(slope, x)
        return slope.value.tolist()
    if library == "torch":
        slope = x**2.0
        for _ in range(3):
            (slope,) = torch.autograd.grad(slope, x, create_graph=True)
        return slope.item()
    grad = jax.grad if library == "jax" else autograd.grad
    return float(grad(grad(grad(lambda x: x**2.0)))(x))


def std(n, x):
    """The standard deviation, divided by the number of elements."""
    return n.std(x, correction=0) if n is torch else n.std(x)


ROWS = {
    "|x| at 0": (lambda n, x: n.abs(x), 0.0),
    "max of (2, 1, 2)": (lambda n, x: n.max(x), [2.0, 1.0, 2.0]),
    "maximum(2, 2)": (lambda n, x, y: n.maximum(x, y), 2.0, 2.0),
    "clip to [−1, 1] at 1": (lambda n, x: n.clip(x, -1.0, 1.0), 1.0),
    "x ** y at (0, 0)": (lambda n, x, y: x**y, 0.0, 0.0),
    "(−2) ** 3": (lambda n, x, y: x**y, -2.0, 3.0),
    "√x at 0": (lambda n, x: n.sqrt(x), 0.0),
    "length of (0, 0)": (lambda n, x: n.linalg.norm(x), [0.0, 0.0]),
    "hypot(0, 0)": (lambda n, x, y: n.hypot(x, y), 0.0, 0.0),
    "arctan2(0, 0)": (lambda n, x, y: n.arctan2(x, y), 0.0, 0.0),
    "std of (2, 2)": (std, [2.0, 2.0]),
    "product of (0, 3, 4)": (lambda n, x: n.prod(x), [0.0, 3.0, 4.0]),
    "where(x > 0, √x, 0) at 0": (lambda n, x: n.where(x > 0, n.sqrt(x), 0.0), 0.0),
    "−log σ(z) at −1000": (lambda n, z: -n.log(1 / (1 + n.exp(-z))), -1000.0),
}


def answer(question, library):
    """What a library answers to a row of the table, or why it does not."""
    gradients, n = GRADIENTS[library], NAMESPACES[library]
    try:
        if question == "third derivative of x ** 2.0 at 0":
            zero = {"graphgrad": gg.Parameter, "torch": lambda x: torch.tensor(x, requires_grad=True)}
            return third_derivative(library, zero.get(library, float)(0.0))
        if question in ("relu at 0", "BCE at p̂ = 0, y = 0"):
            own = (RELU if question == "relu at 0" else LOSSES).get(library)
            return gradients(own, 0.0) if own else "has none"
        rule, *point = ROWS[question]
        return gradients(lambda *leaves: rule(n, *leaves), *point)
    except Exception as error:  # what a library refuses is an answer too
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print(*(f"{library} {version(library)}" for library in GRADIENTS), sep=", ")
    with np.errstate(all="ignore"):
        for question in [*ROWS, "relu at 0", "third derivative of x ** 2.0 at 0", "BCE at p̂ = 0, y = 0"]:
            print(question, *(f"    {library}: {answer(question, library)}" for library in GRADIENTS), sep="\n")
