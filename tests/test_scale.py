"""Deep graphs, wide graphs, and many threads: no recursion, nothing kept alive, the same bits as one by one."""

import copy
import gc
import inspect
import itertools
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import graphgrad as gg
import numpy as np
import pytest

SLOW = pytest.mark.slow
SIZES = [100_000, pytest.param(1_000_000, marks=SLOW)]


@pytest.fixture
def shallow():
    """A stack with little room above the test: what recurses along a graph fails."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 150)
    yield
    sys.setrecursionlimit(usual)


def chain(x, w, depth):
    """x · 2 · ½ · 2 · ½ … + w + w …, in `depth` steps: with numbers that stay exact."""
    out, factors = x, itertools.cycle([2.0, 0.5])
    for _ in range(depth // 2):
        out = out * next(factors) + w
    return out


def slopes_of_chain(depth):
    """∂/∂x and ∂/∂w of :func:`chain`, by hand: each w is multiplied with the factors that come after it."""
    factors = [2.0 if k % 2 == 0 else 0.5 for k in range(depth // 2)]
    behind, of_w = 1.0, 0.0
    for factor in reversed(factors):
        of_w += behind
        behind *= factor
    return behind, of_w


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("depth", SIZES)
def test_a_deep_chain(depth):
    x, w = gg.Parameter(3.0, name="x"), gg.Parameter(1.0, name="w")
    out = chain(x, w, depth)
    of_x, of_w = slopes_of_chain(depth)
    assert out.value == 3 * of_x + of_w
    out.backward()
    assert (x.grad, w.grad) == (of_x, of_w)
    assert [slope.value for slope in gg.grad(out, [x, w])] == [of_x, of_w]
    assert out.replace(x=5.0).value == 5 * of_x + of_w


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("depth", SIZES)
def test_a_deep_copy_of_a_deep_chain_is_whole_and_is_freed(depth):
    x, w = gg.Parameter(3.0, name="x"), gg.Parameter(1.0, name="w")
    out = chain(x, w, depth)
    twin = copy.deepcopy(out)
    assert len(gg.topological(twin)) == len(gg.topological(out))
    twin.backward()
    assert (x.grad, twin.find("w").grad) == (None, slopes_of_chain(depth)[1])
    gone = weakref.ref(twin.find("x"))
    del twin
    gc.collect()
    assert gone() is None


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("depth", [20_000, pytest.param(200_000, marks=SLOW)])
def test_the_second_derivative_of_a_deep_chain(depth):
    """The derivative of x² · w · w … is as deep a graph, and is differentiated, copied and replaced like any other."""
    x, w = gg.Parameter(3.0, name="x"), gg.Parameter(-1.0, name="w")
    out = x * x
    for _ in range(depth):
        out = out * w
    first = gg.grad(out, x)
    assert len(gg.topological(first)) > depth
    assert first.value == 6
    assert [slope.value for slope in gg.grad(first, [x, w])] == [2, -6 * depth]
    assert copy.deepcopy(first).replace(w=1.0, x=4.0).value == 8


@pytest.mark.usefixtures("shallow")
@pytest.mark.parametrize("width", [10_000, pytest.param(200_000, marks=SLOW)])
def test_a_node_that_is_used_many_times(width):
    """x · 1 + x · 2 + …: each use adds its flow, and the sum is exact."""
    x = gg.Parameter([1.0, -2.0], name="x")
    out = gg.Sum(x * 0)
    for k in range(1, width + 1):
        out = out + gg.Sum(x * k)
    total = width * (width + 1) // 2
    assert out.value == -total
    out.backward()
    assert x.grad.tolist() == [total, total]
    assert gg.grad(out, x).value.tolist() == [total, total]
    assert out.replace(x=[1.0, 1.0]).value == 2 * total


def test_a_sum_of_many_leaves():
    leaves = [gg.Parameter(float(k)) for k in range(10_000)]
    out = leaves[0] * leaves[0]
    for leaf in leaves[1:]:
        out = out + leaf * leaf
    out.backward()
    assert [leaf.grad for leaf in leaves] == [2.0 * k for k in range(10_000)]
    assert [slope.value for slope in gg.grad(out, leaves)] == [2.0 * k for k in range(10_000)]


# Threads


@pytest.fixture
def eight_threads():
    """Eight threads that give way to each other all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    with ThreadPoolExecutor(8) as pool:
        yield pool
    sys.setswitchinterval(usual)


def leaves_of(number):
    rng = np.random.default_rng(number)
    return gg.Input(rng.normal(size=(5, 3))), gg.Parameter(rng.normal(size=3)), gg.Parameter(rng.normal())


def nested(x, w, b, number):
    """The bits of a loss, of its gradient, and of the gradient of the gradient, on a graph that is built here."""
    with gg.scope(f"graph {number}") as own:
        loss = gg.Mean(gg.Softplus(x @ w + number) * b**2)
    of_w, of_b = gg.grad(loss, [w, b])
    assert loss.scope is own
    return b"".join(node.value.tobytes() for node in (loss, of_w, of_b, *gg.grad(gg.Sum(of_w * of_b), [w, b])))


def on_its_own(number):
    """Leaves and graph of this call alone, so that ``.grad`` may be compared too."""
    x, w, b = leaves_of(number)
    bits = nested(x, w, b, number)
    loss = gg.bce_with_logits(x @ w + b, 1.0)
    loss.backward()
    return bits + w.grad.tobytes() + b.grad.tobytes() + gg.descend(loss.replace({w: 2 * w.value}), 0.1).value.tobytes()


def test_nested_derivatives_of_eight_threads(eight_threads):
    numbers = [k % 150 for k in range(1200)]
    serial = [on_its_own(number) for number in range(150)]
    assert list(eight_threads.map(on_its_own, numbers)) == serial * 8
    assert len(set(serial)) == 150


def test_nested_derivatives_of_eight_threads_on_shared_leaves(eight_threads):
    """Graphs of several threads meet in their leaves, and in what was built from them."""
    x, w, b = leaves_of(0)
    shared = (x * 2, w * w + w, gg.Exp(b))
    numbers = [k % 150 for k in range(1200)]
    serial = [nested(*shared, number) for number in range(150)]
    assert list(eight_threads.map(lambda number: nested(*shared, number), numbers)) == serial * 8
    assert [node.grad for node in (x, w, b, *shared)] == [None] * 6


def test_eight_threads_start_at_once():
    """All wait for each other before the first call, and between any two: every call runs beside seven others."""
    x, w, b = leaves_of(1)
    together, results = threading.Barrier(8, timeout=60), {}

    def work(thread):
        for turn in range(10):
            together.wait()
            results[thread, turn] = nested(x, w, b, turn)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [nested(x, w, b, turn) for turn in range(10)]
    assert results == {(thread, turn): expected[turn] for thread in range(8) for turn in range(10)}
