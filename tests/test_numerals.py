"""Numbers as they are printed, and the signs between them: = only where the printed equation is true."""

import math
from fractions import Fraction

import numpy as np
import pytest
from graphgrad import numerals
from hypothesis import example, given, settings
from hypothesis import strategies as st

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1, "1"),
        (True, "1"),
        (1.0, "1"),
        (-1.5, "−1.5"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.3333"),
        (-0.26894142, "−0.2689"),
        (100.0, "100"),
        (9999.0, "9999"),
        (12345.0, "1.234e4"),
        (100000.0, "1e5"),
        (0.0001, "0.0001"),
        (0.00001, "1e−5"),
        (-1.5e-300, "−1.5e−300"),
        (5e-324, "4.941e−324"),
        (INF, "∞"),
        (-INF, "−∞"),
        (NAN, "NaN"),
        (np.float32(0.1), "0.1"),
    ],
)
def test_a_number(value, text):
    assert numerals.number(value) == text


@pytest.mark.parametrize(("digits", "text"), [(1, "0.7"), (2, "0.67"), (8, "0.66666667")])
def test_a_number_in_other_digits(digits, text):
    assert numerals.number(2 / 3, digits) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"),
        ([2.0, -1.0, 0.5], "[2 −1 0.5]"),
        ([[1.0, 2.0], [3.0, NAN]], "[[1 2] [3 NaN]]"),
        (np.ones((1, 1, 1)), "[[[1]]]"),
        (np.arange(6.0), "[0 1 2 3 4 5]"),
        (np.arange(7.0), "shape (7,), mean 3, from 0 to 6"),
        (np.zeros((10, 20)), "shape (10, 20), mean 0, from 0 to 0"),
        (np.append(np.arange(8.0), NAN), "shape (9,), mean NaN, from NaN to NaN"),
        (np.append(np.arange(8.0), INF), "shape (9,), mean ∞, from 0 to ∞"),
        (np.append(np.arange(8.0), [INF, -INF]), "shape (10,), mean NaN, from −∞ to ∞"),
        (np.zeros((0, 3)), "empty, shape (0, 3)"),
    ],
)
def test_an_array(value, text):
    assert numerals.array(value) == text


@pytest.mark.parametrize(
    ("value", "sign"),
    [
        (0.25, "="),
        (0.1 + 0.2, "="),
        (np.float32(0.1), "="),
        (1 / 3, "≈"),
        (0.25001, "≈"),
        (12345.0, "≈"),
        (INF, "="),
        (NAN, "="),
        ([0.5, 0.25], "="),
        ([0.5, 1 / 3], "≈"),
        (np.arange(7.0), "≈"),
        ([], "="),
    ],
)
def test_equals(value, sign):
    assert numerals.equals(value) == sign


@pytest.mark.parametrize(
    ("left", "right", "product", "sign"),
    [
        (1, 0.25, 0.25, "="),
        (-1.368, 0.1966, -0.2689488, "≈"),
        (2.0, 3.0, 6.0, "="),
        (2.0, 3.0, 6.001, "≈"),
        (1 / 3, 3, 1.0, "≈"),
        (0.0, INF, NAN, "="),
        (0.0, INF, 0.0, "≈"),
        (2.0, INF, INF, "="),
        (-2.0, INF, -INF, "="),
        (2.0, INF, 5.0, "≈"),
        (NAN, 1.0, NAN, "="),
        (NAN, 1.0, 1.0, "≈"),
        (1e-300, 1e-300, 0.0, "≈"),
        (1e300, 1e300, INF, "≈"),
        ([1.0, 2.0], 0.5, [0.5, 1.0], "="),
        ([1.0, 2.0], 0.5, [0.5, 1.1], "≈"),
        ([[1.0], [2.0]], [3.0, 4.0], [[3.0, 4.0], [6.0, 8.0]], "="),
    ],
)
def test_product_equals(left, right, product, sign):
    assert numerals.product_equals(left, right, product) == sign


@pytest.mark.parametrize(
    ("parts", "total", "sign"),
    [
        ([1.0, 2.0], 3.0, "="),
        ([0.1, 0.2], 0.1 + 0.2, "="),
        ([-1.368, 0.0], -1.368, "="),
        ([1 / 3, 1 / 3], 2 / 3, "≈"),
        ([1.0], 1.0, "="),
        ([INF, 1.0], INF, "="),
        ([INF, -INF], NAN, "="),
        ([INF, -INF], 0.0, "≈"),
        ([NAN, 1.0], NAN, "="),
        ([1e300, 1.0], 1e300, "≈"),
        ([1e308, 1e308], INF, "≈"),
        ([1e20, -1e20, 1.0], 1.0, "="),
        ([[1.0, 2.0], [3.0, 4.0]], [4.0, 6.0], "="),
        ([[1.0, 2.0], [3.0, 4.0]], [4.0, 6.1], "≈"),
    ],
)
def test_sum_equals(parts, total, sign):
    assert numerals.sum_equals(parts, total) == sign


finite = st.floats(allow_nan=False, allow_infinity=False)
derandomized = settings(max_examples=200, derandomize=True, deadline=None, database=None)


def as_read(value):
    """What a reader takes the printed number for."""
    return Fraction(numerals.number(value).replace("−", "-"))


@derandomized
@given(finite, finite)
@example(3.0, 0.125)
@example(1.005, 2.0)
def test_an_equals_sign_is_true_as_printed(a, b):
    with np.errstate(over="ignore"):
        product, total = float(np.multiply(a, b)), float(np.add(a, b))
    for sign, printed, result in (
        (numerals.product_equals(a, b, product), as_read(a) * as_read(b), product),
        (numerals.sum_equals([a, b], total), as_read(a) + as_read(b), total),
    ):
        true = math.isfinite(result) and printed == as_read(result)
        assert sign == ("=" if true else "≈")


@derandomized
@given(finite)
@example(5e-324)
@example(1.7976931348623157e308)
def test_a_printed_number_is_right_to_four_digits(value):
    assert abs(as_read(value) - Fraction(value)) <= abs(Fraction(value)) / 1000 / 2 or value == 0
