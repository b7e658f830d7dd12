"""Numbers worked out by hand, rebuilt from nodes: the story of Binary Cross-Entropy."""

import csv
import math
from pathlib import Path

import graphgrad as gg
import numpy as np
import pytest

IRIS = Path(__file__).parents[1] / "notebooks" / "data" / "iris.csv"


def to(digits):
    """Equality of numbers rounded to so many decimal places."""
    return lambda expected: pytest.approx(expected, abs=0.5000001 * 10**-digits, rel=0)


def logistic(x, y, w, b):
    """z, p̂ and the BCE cost of logistic regression on rows x."""
    w, b = gg.Parameter(w, name="w"), gg.Parameter(b, name="b")
    z = gg.MatMul(gg.Input(x, name="x"), w) + b
    p = gg.Sigmoid(z)
    return z, p, gg.bce(p, gg.Input(y, name="y"))


# One example


def test_one_example_forward_and_backward():
    z, p, loss = logistic([0.0, 0.0], 0.0, [0.1, 0.6], 0.0)
    loss.backward()
    assert p.value == 0.5
    assert float(loss.value) == to(6)(0.693147)
    assert (p.grad, p.local_gradients()[0].value, z.grad, loss.find("b").grad) == (2, 0.25, 0.5, 0.5)


def test_one_example_after_a_step():
    _, _, loss = logistic([0.0, 0.0], 0.0, [0.1, 0.6], 0.0)
    after = gg.descend(loss, 1.0)
    b = after.find("b")
    assert b.value == -0.5
    assert float(gg.Sigmoid(b).value) == to(3)(0.378)
    assert float(after.value) == to(4)(0.4741)


# The AND batch

AND = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 0.0, 0.0, 1.0], [0.1, 0.6], 0.0


def test_and_batch_forward_and_backward():
    z, p, cost = logistic(*AND)
    cost.backward()
    assert z.value.tolist() == to(12)([0, 0.6, 0.1, 0.7])
    assert p.value.tolist() == to(3)([0.5, 0.646, 0.525, 0.668])
    assert float(cost.value) == to(5)(0.71955)
    assert z.grad.tolist() == to(3)([0.125, 0.161, 0.131, -0.083])
    assert cost.find("w").grad.tolist() == to(3)([0.048, 0.078])
    assert float(cost.find("b").grad) == to(3)(0.335)


def test_and_batch_after_a_step():
    _, _, cost = logistic(*AND)
    assert float(gg.descend(cost, 1.0).value) == to(5)(0.61831)


# Through σ


def test_sigma_and_bce_together_give_p_minus_y_over_m():
    z, p, cost = logistic(*AND)
    cost.backward()
    np.testing.assert_allclose(z.grad, (p.value - AND[1]) / 4, rtol=1e-14)
    np.testing.assert_allclose(gg.grad(cost, z).value, (p.value - AND[1]) / 4, rtol=1e-14)


def test_the_curvature_along_z_is_p_times_1_minus_p_over_m():
    z, p, cost = logistic(*AND)
    curvature = gg.grad(gg.Sum(gg.grad(cost, z)), z)
    np.testing.assert_allclose(curvature.value, p.value * (1 - p.value) / 4, rtol=1e-13)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_the_curvature_of_one_example(label):
    z = gg.Parameter(0.3, name="z")
    loss = gg.bce(gg.Sigmoid(z), label)
    p = 1 / (1 + math.exp(-0.3))
    assert float(gg.grad(gg.grad(loss, z), z).value) == pytest.approx(p * (1 - p), rel=1e-14)


def test_a_node_used_twice():
    """e = (a·b)·(b + 1): b has two paths, and both contributions are added."""
    a, b = gg.Parameter(2.0, name="a"), gg.Parameter(3.0, name="b")
    c, d = a * b, b + 1
    e = c * d
    e.backward()
    assert e.value == 24
    assert (c.grad, d.grad) == (4, 6)
    assert (a.grad, b.grad) == (3 * 4, 2 * 4 + 6)


# The stages of the story

P = np.array([0.1, 0.5, 0.8])


def one_trial(p, y):
    return p if y else 1 - p


STAGES = [
    (gg.bernoulli, one_trial, lambda p, y: 1.0 if y else -1.0),
    (gg.log_bernoulli, lambda p, y: math.log(one_trial(p, y)), lambda p, y: y / p - (1 - y) / (1 - p)),
    (gg.bce, lambda p, y: -math.log(one_trial(p, y)), lambda p, y: -y / p + (1 - y) / (1 - p)),
]


@pytest.mark.parametrize(("stage", "value", "slope"), STAGES, ids=[stage[0].__name__ for stage in STAGES])
@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("p", P)
def test_the_stages_of_one_trial(stage, value, slope, y, p):
    leaf = gg.Parameter(p, name="p_hat")
    out = stage(leaf, y)
    out.backward()
    assert float(out.value) == pytest.approx(value(p, y), rel=1e-14)
    assert float(leaf.grad) == pytest.approx(slope(p, y), rel=1e-14)


@pytest.mark.parametrize(("y", "slope"), [(1.0, -2.0), (0.0, 2.0)])
def test_the_bce_slope_at_one_half(y, slope):
    p = gg.Parameter(0.5)
    gg.bce(p, y).backward()
    assert p.grad == slope


CLASSIFIERS = {"A": ([0.7, 0.8, 0.9], 0.504, 0.228393), "B": ([0.8, 0.8, 0.8], 0.512, 0.223144)}


@pytest.mark.parametrize(("p", "likelihood", "mean_nll"), CLASSIFIERS.values(), ids=CLASSIFIERS)
def test_two_classifiers(p, likelihood, mean_nll):
    labels = np.ones(3)
    assert float(gg.likelihood(p, labels).value) == pytest.approx(likelihood, rel=1e-14)
    assert float(gg.bce(p, labels).value) == to(6)(mean_nll)
    assert float(gg.negative_log_likelihood(p, labels).value) == pytest.approx(-math.log(likelihood), rel=1e-14)
    assert float(gg.log_likelihood(p, labels).value) == pytest.approx(math.log(likelihood), rel=1e-14)


@pytest.mark.parametrize(("count", "product"), [(1074, 5e-324), (1075, 0.0)])
def test_the_product_underflows_and_the_mean_stays(count, product):
    p, y = np.full(count, 0.5), np.ones(count)
    assert gg.likelihood(p, y).value == product
    assert float(gg.bce(p, y).value) == to(4)(0.6931)


def test_local_gradients_of_the_sum_and_of_the_mean():
    terms = gg.Parameter(np.arange(4.0), name="l")
    assert gg.Sum(terms).local_gradients()[0].value == 1
    mean = gg.Mean(terms).local_gradients()[0]
    assert (mean.formula, mean.value) == ("1/m", 0.25)


def test_the_cost_is_the_nll_over_m():
    p, y = gg.Parameter([0.2, 0.7, 0.9]), [0.0, 1.0, 1.0]
    nll, cost = gg.negative_log_likelihood(p, y), gg.bce(p, y)
    np.testing.assert_allclose(gg.grad(nll, p).value, 3 * gg.grad(cost, p).value, rtol=1e-14)
    assert float(nll.value) == pytest.approx(3 * float(cost.value), rel=1e-14)


def test_mse():
    prediction = gg.Parameter([1.0, 2.0, 4.0])
    loss = gg.mse(prediction, [1.0, 0.0, 1.0])
    loss.backward()
    assert float(loss.value) == pytest.approx(13 / 3, rel=1e-15)
    np.testing.assert_allclose(prediction.grad, [0, 4 / 3, 2], rtol=1e-15)


@pytest.mark.parametrize("z", [-3.0, 0.0, 2.5])
def test_both_forms_of_the_cost_agree(z):
    for y in (0.0, 0.25, 1.0):
        plain, stable = gg.bce(gg.Sigmoid(gg.Constant(z)), y), gg.bce_with_logits(z, y)
        assert float(stable.value) == pytest.approx(float(plain.value), rel=1e-14)


# Iris petals: virginica against the other two


@pytest.fixture(scope="module")
def iris():
    with IRIS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row["petal_length"]), float(row["petal_width"])] for row in rows])
    return x, np.array([float("virginica" in row["species"].lower()) for row in rows])


def stable_cost(x, y, w, b):
    return gg.bce_with_logits(gg.Input(x) @ gg.Parameter(w, name="w") + gg.Parameter(b, name="b"), y)


def test_iris_holds_fifty_of_each(iris):
    x, y = iris
    assert (x.shape, y.sum()) == ((150, 2), 50)


def test_iris_after_5000_steps_of_plain_descent(iris):
    cost = stable_cost(*iris, np.zeros(2), 0.0)
    for _ in range(5000):
        cost = gg.descend(cost, 1.0)
    assert float(cost.value) == to(6)(0.080472)


def test_iris_at_the_optimum_by_newton(iris):
    x, y = iris
    with_bias = np.column_stack([x, np.ones(len(x))])
    cost = gg.bce_with_logits(gg.Input(with_bias) @ gg.Parameter(np.zeros(3), name="w"), y)
    for _ in range(12):
        w = cost.find("w")
        slope = gg.grad(cost, w)
        hessian = np.array([gg.grad(slope, w, seed=row).value for row in np.eye(3)])
        cost = cost.replace(w=w.value - np.linalg.solve(hessian, slope.value))
    w = cost.find("w")
    assert np.abs(gg.grad(cost, w).value).max() < 1e-12
    assert float(cost.value) == to(7)(0.0685450)
    right = (with_bias @ w.value > 0) == y
    assert right.mean() == pytest.approx(0.96)
