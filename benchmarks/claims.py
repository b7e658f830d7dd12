"""What the README says about other libraries, tried: `python benchmarks/claims.py` prints it with the versions."""

from importlib.metadata import version

import autograd
import autograd.numpy as anp
import graphgrad as gg
import jax
import jax.numpy as jnp
import numpy as np
import torch
import torchviz
from micrograd.engine import Value

DEPTH = 100_000


def outcome(call):
    """What a call gives, or the name of the error that it raises."""
    try:
        return call()
    except (RecursionError, RuntimeError) as error:
        return type(error).__name__


def twice(cube, gradient):
    """The gradient of a·a·a at a = 2 after the first backward pass, and after the second."""
    cube.backward()
    first = float(gradient())
    cube.backward()
    return first, float(gradient())


def chain(leaf):
    """A chain of additions that begins at `leaf`."""
    node = leaf
    for _ in range(DEPTH):
        node = node + 1
    return node


def of_graphgrad():
    a, x = gg.Parameter(2.0), gg.Parameter(1.0)
    base, exponent = gg.Parameter(0.0), gg.Parameter(0.0)
    z = gg.Parameter(-1000.0)
    with np.errstate(all="ignore"):
        surprise = gg.NegLog(gg.Sigmoid(z))
        slope = gg.grad(surprise, z)
    return {
        "backward twice": twice(a * a * a, lambda: a.grad),
        "deep chain": gg.grad(chain(x), x).value,
        "0 ** 0": [slope.value for slope in gg.grad(base**exponent, [base, exponent])],
        "−log σ(−1000)": (surprise.value, slope.value),
    }


def of_micrograd():
    a, x = Value(2.0), Value(1.0)
    return {
        "backward twice": twice(a * a * a, lambda: a.grad),
        "deep chain": outcome(lambda: chain(x).backward()),
        "has log": hasattr(Value, "log"),
    }


def of_torch():
    a, x, z = (torch.tensor(value, requires_grad=True) for value in (2.0, 1.0, -1000.0))
    base, exponent = (torch.tensor(0.0, requires_grad=True) for _ in range(2))
    surprise = -torch.log(torch.sigmoid(z))
    return {
        "backward twice": outcome(lambda: twice(a * a * a, lambda: a.grad)),
        "deep chain": torch.autograd.grad(chain(x), x)[0].item(),
        "torchviz, deep chain": outcome(lambda: torchviz.make_dot(chain(x))),
        "0 ** 0": [slope.item() for slope in torch.autograd.grad(base**exponent, (base, exponent))],
        "−log σ(−1000)": (surprise.item(), torch.autograd.grad(surprise, z)[0].item()),
    }


def of_jax():
    def surprise(z):
        return -jnp.log(1 / (1 + jnp.exp(-z)))

    return {
        "deep chain": float(jax.grad(chain)(1.0)),
        "0 ** 0": [float(slope) for slope in jax.grad(lambda x, y: x**y, argnums=(0, 1))(0.0, 0.0)],
        "−log σ(−1000)": tuple(map(float, jax.value_and_grad(surprise)(-1000.0))),
    }


def of_autograd():
    def surprise(z):
        return -anp.log(1 / (1 + anp.exp(-z)))

    with np.errstate(all="ignore"):
        power = [float(autograd.grad(lambda x, y: x**y, k)(0.0, 0.0)) for k in (0, 1)]
        return {"0 ** 0": power, "−log σ(−1000)": (float(surprise(-1000.0)), float(autograd.grad(surprise)(-1000.0)))}


if __name__ == "__main__":
    answers = {
        "graphgrad": of_graphgrad,
        "micrograd": of_micrograd,
        "torch": of_torch,
        "jax": of_jax,
        "autograd": of_autograd,
    }
    for library, answer in answers.items():
        print(f"{library} {version(library)}")
        for question, answered in answer().items():
            print(f"    {question}: {answered}")
    print(f"torchviz {version('torchviz')}")
