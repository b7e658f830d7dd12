"""Ordinary programs written for other systems run on graphgrad with their imports changed and nothing else."""

import random
from pathlib import Path

import graphgrad as gg
import pytest
from like_autograd import (
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    make_jvp,
    make_vjp,
    np,
    value_and_grad,
)
from like_micrograd import Value


@pytest.mark.parametrize(("shim", "lines"), [("like_micrograd.py", 25), ("like_autograd.py", 60)])
def test_the_shims_are_short(shim, lines):
    source = (Path(__file__).parent / shim).read_text(encoding="utf-8").splitlines()
    assert len([line for line in source if line.strip()]) <= lines


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)


# As for micrograd


def test_a_scalar_program():
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_a_scalar_program_with_reassignment():
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    close(g.data, 24.70408163265306)
    close((a.grad, b.grad), (138.83381924198252, 645.5772594752186))


class Neuron:
    def __init__(self, inputs, nonlinear):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(inputs)]
        self.b = Value(0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        total = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return total.relu() if self.nonlinear else total

    def parameters(self):
        return [*self.w, self.b]


def test_a_network_of_scalars_learns():
    random.seed(3)
    hidden, last = [Neuron(2, True) for _ in range(8)], Neuron(8, False)
    parameters = [p for neuron in (*hidden, last) for p in neuron.parameters()]
    rows, labels = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [-1, 1, 1, -1]
    losses = []
    for _ in range(100):
        scores = [last([neuron(row) for neuron in hidden]) for row in rows]
        loss = sum((1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)) * (1.0 / 4)
        for p in parameters:
            p.grad = 0
        loss.backward()
        for p in parameters:
            p.data -= 0.2 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.05 < 0.5 < losses[0]


# As for HIPS autograd


def test_the_derivatives_of_tanh():
    def tanh(x):
        return (1.0 - np.exp(-2 * x)) / (1.0 + np.exp(-2 * x))

    slope = elementwise_grad(tanh)
    x = np.linspace(-3, 3, 7)
    close(slope(x), 1 - np.tanh(x) ** 2)
    close(elementwise_grad(slope)(x), -2 * np.tanh(x) * (1 - np.tanh(x) ** 2))
    close(grad(grad(tanh))(0.5), -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2))


def test_logistic_regression():
    def sigmoid(x):
        return 0.5 * (np.tanh(x / 2.0) + 1)

    def training_loss(weights):
        predictions = sigmoid(np.dot(inputs, weights))
        probabilities = predictions * targets + (1 - predictions) * (1 - targets)
        return -np.sum(np.log(probabilities))

    inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
    targets = np.array([True, True, False, True])
    weights = np.array([0.0, 0.0, 0.0])
    close(grad(training_loss)(weights), -inputs.T @ (targets - 0.5))
    first = training_loss(weights)
    for _ in range(100):
        weights -= grad(training_loss)(weights) * 0.01
    assert training_loss(weights) < first / 1.5


def test_branches_and_loops_follow_the_numbers():
    def taylor_sine(x):
        term = total = x
        k = 0
        while np.any(np.abs(term) > 1e-17):
            term = -term * x * x / ((2 * k + 3) * (2 * k + 2))
            total = total + term
            k += 1
        return total

    close(grad(taylor_sine)(np.pi / 5), np.cos(np.pi / 5))
    close(grad(lambda x: x**2 if x > 0 else -x)(-3.0), -1.0)


def test_value_and_grad_of_a_structure():
    def loss(parameters, x):
        for w, b in parameters:
            x = np.tanh(np.dot(x, w) + b)
        return np.mean(x**2)

    rng = np.random.RandomState(0)
    parameters = [(rng.randn(3, 4), rng.randn(4)), (rng.randn(4, 2), rng.randn(2))]
    value, slopes = value_and_grad(loss)(parameters, rng.randn(5, 3))
    assert value.shape == ()
    assert [[array.shape for array in layer] for layer in slopes] == [[(3, 4), (4,)], [(4, 2), (2,)]]


def test_jacobians_and_hessians():
    def f(x):
        return np.array([x[0] * x[1], np.sin(x[1]), x[0] ** 2])

    x = np.array([1.5, -0.5])
    close(jacobian(f)(x), [[-0.5, 1.5], [0, np.cos(-0.5)], [3, 0]])
    close(hessian(lambda x: np.sum(x**3 * x[::-1]))(x), [[-4.5, 6.75 + 0.75], [6.75 + 0.75, -4.5]])
    close(hessian_vector_product(lambda x: np.sum(x**4))(x, np.array([1.0, 2.0])), 12 * x**2 * [1, 2])


def test_vjps_and_jvps():
    matrix = np.arange(6.0).reshape(2, 3)
    pull, value = make_vjp(lambda x: np.dot(matrix, x))(np.ones(3))
    close(pull(np.array([1.0, 2.0])), [6, 9, 12])
    close(value, [3, 12])
    value, moved = make_jvp(lambda x: np.dot(matrix, x))(np.ones(3))(np.array([1.0, 0.0, 1.0]))
    close((value, moved), ([3, 12], [2, 8]))


def test_many_functions_of_numpy():
    def f(x):
        rows = np.concatenate([x, np.flip(x, 0)], axis=0)
        parts = np.split(rows, 2, axis=0)
        table = np.stack([np.sort(part, axis=1) for part in parts])
        table = np.where(table > 0.2, np.sqrt(np.abs(table)), table**2) + np.maximum(table, 0.1)
        table = np.einsum("kij,lij->kl", table, table) + np.outer(table[0, 0], table[1, 1])[:2, :2]
        table = np.tile(np.roll(table, 1, axis=0), (1, 2)) + np.pad(np.triu(table), ((0, 0), (1, 1)))
        spread = np.std(table, axis=0) + np.var(table) + np.linalg.norm(table) + np.trace(table[:, :2])
        return np.sum(spread * np.cumsum(spread)) + np.max(table) - np.prod(np.clip(spread, 0.5, 2.0))

    gg.testing.check_grads(f, np.random.RandomState(1).randn(2, 3), order=2)
