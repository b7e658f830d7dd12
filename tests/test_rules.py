"""Rules that users write: right ones work everywhere, wrong ones are refused with the op named."""

import ast
from pathlib import Path

import graphgrad as gg
import numpy as np
import pytest
from graphgrad.namespace import NEEDED, OPS, numbers


class Double(gg.Elementwise):
    """2 x, by a rule that a test may replace."""

    rule = staticmethod(lambda xp, out, x: (2,))

    def forward(self, xp, x):
        return x * 2

    def local(self, xp, out, x):
        return self.rule(xp, out, x)


WRONG_LOCALS = [
    (lambda xp, out, x: 2 * x, r"Double\.local must return a tuple with one item per input, 1 of them"),
    (lambda xp, out, x: (2, 2), r"Double\.local must return a tuple with one item per input"),
    (lambda xp, out, x: (), r"Double\.local must return a tuple with one item per input"),
    (lambda xp, out, x: (np.ones((7, 3)),), r"Double: the gradient for input 0 has shape \(7, 3\)"),
]


@pytest.mark.parametrize(("rule", "message"), WRONG_LOCALS)
def test_a_wrong_local_gradient_is_refused(rule, message, monkeypatch):
    monkeypatch.setattr(Double, "rule", staticmethod(rule))
    x = gg.Parameter([0.5, -2.0, 1.0], name="x")
    with pytest.raises((TypeError, ValueError), match=message):
        gg.Sum(Double(x)).backward()


def test_a_comparison_in_a_rule_is_compared_anew(monkeypatch):
    monkeypatch.setattr(Double, "rule", staticmethod(lambda xp, out, x: (xp.where(x >= 0, 2, 3) + (x < -1),)))
    x = gg.Parameter([0.5, -2.0], name="x")
    gg.Sum(Double(x)).backward()
    slope = gg.grad(gg.Sum(Double(x)), x)
    assert x.grad.tolist() == slope.value.tolist() == [2, 4]
    assert slope.replace(x=[-0.5, 1.0]).value.tolist() == [3, 2]
    assert Double(x).local_gradients()[0].formula == "where([x ≥ 0], 2, 3) + [x < −1]"
    assert type(x > 0) is np.ndarray


def test_numbers_as_local_gradient_are_refused_where_they_would_go_stale(monkeypatch):
    monkeypatch.setattr(Double, "rule", staticmethod(lambda xp, out, x: (np.sign(getattr(x, "value", x)),)))
    x = gg.Parameter([0.5, -2.0], name="x")
    gg.Sum(Double(x)).backward()
    with pytest.raises(TypeError, match=r"where nodes were expected.*write it with operators and xp"):
        gg.grad(gg.Sum(Double(x)), x)
    assert Double(x).local_gradients()[0].formula == "…"


class Passing(gg.Op):
    """x, by a vjp that a test may replace."""

    rule = staticmethod(lambda xp, upstream: (upstream,))

    def forward(self, xp, x):
        return x + 0

    def vjp(self, xp, upstream, out, x):
        return self.rule(xp, upstream)


def in_place(xp, upstream):
    upstream *= 10
    return (upstream,)


WRONG_VJPS = [
    (lambda xp, upstream: upstream, TypeError, r"Passing\.vjp must return a tuple"),
    (lambda xp, upstream: (0,), ValueError, r"Passing: the gradient for input 0 has shape int"),
    (lambda xp, upstream: (upstream[:, :1],), ValueError, r"Passing: the gradient for input 0 has shape \(2, 1\)"),
    (in_place, ValueError, "read-only"),
]


@pytest.mark.parametrize(("rule", "error", "message"), WRONG_VJPS)
def test_a_wrong_vjp_is_refused(rule, error, message, monkeypatch):
    monkeypatch.setattr(Passing, "rule", staticmethod(rule))
    a, b = gg.Parameter(np.ones((2, 3)), name="a"), gg.Parameter(np.ones((2, 3)), name="b")
    with pytest.raises(error, match=message):
        gg.Sum(b + Passing(a)).backward()


def test_a_wrong_class_is_refused_when_it_is_defined():
    with pytest.raises(TypeError, match=r"NoNamespace: forward must be forward\(self, xp, a, b, …\)"):

        class NoNamespace(gg.Elementwise):
            def forward(self, x):
                return x

    with pytest.raises(TypeError, match=r"Any: forward must be"):

        class Any(gg.Elementwise):
            def forward(self, xp, x, *, y):
                return x

    with pytest.raises(TypeError, match=r"Detached: detached = \(-1,\); it holds positions from 0 to 0"):

        class Detached(gg.Elementwise):
            detached = (-1,)

            def forward(self, xp, x):
                return x


@pytest.mark.parametrize("returned", [3, None, [1.0], np.float16(1), np.ones(2, int), np.ones(2, complex)], ids=repr)
def test_a_forward_that_returns_no_floats_is_refused(returned):
    class Returning(gg.Op):
        def forward(self, xp, x):
            return returned

    with pytest.raises(TypeError, match=r"Returning\(x: \(\)\): forward returned"):
        Returning(gg.Input(1.0, name="x"))


def test_a_reduction_that_ignores_its_axis_is_refused():
    class Forgetful(gg.Reduction):
        def forward(self, xp, x):
            return xp.sum(x)

        def local(self, xp, out, x):
            return (1,)

    x = gg.Input(np.ones((2, 3)), name="x")
    assert Forgetful(x).value == 6
    with pytest.raises(ValueError, match=r"reducing axes \(1,\) gives \(2,\); pass axis=self.axis"):
        Forgetful(x, axis=1)


def test_an_error_of_a_rule_s_own_keeps_its_own_words():
    class Picky(gg.Elementwise):
        def forward(self, xp, x):
            raise ValueError("x must be positive")

    with pytest.raises(ValueError, match=r"^Picky\(x: \(\)\): x must be positive$"):
        Picky(gg.Input(1.0, name="x"))


@pytest.mark.parametrize("op", [gg.Add, gg.Sub, gg.Mul, gg.Div, gg.XLogY])
@pytest.mark.parametrize("a", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("b", [0.5, 1.0, 2.0])
def test_mixed_second_derivatives_agree(op, a, b):
    x, y = gg.Parameter(a, name="x"), gg.Parameter(b, name="y")
    out = op(x, y)
    xy, yx = gg.grad(gg.grad(out, x), y).value, gg.grad(gg.grad(out, y), x).value
    np.testing.assert_allclose(xy, yx, rtol=1e-14)


def test_settings_are_copied():
    axes, shape = [1, 0], [3, 2]
    p = gg.Parameter(np.arange(6.0).reshape(2, 3), name="p")
    transposed, reshaped = gg.Transpose(p, axes), gg.Reshape(p, shape)
    axes[:], shape[:] = [0, 1], [6, 1]
    gg.Sum(transposed * np.arange(6.0).reshape(3, 2)).backward()
    np.testing.assert_array_equal(p.grad, [[0, 2, 4], [1, 3, 5]])
    assert reshaped.replace(p=np.ones((2, 3))).shape == (3, 2)


@pytest.mark.parametrize("loss", [gg.bce, gg.bce_with_logits, gg.mse, gg.likelihood, gg.negative_log_likelihood])
def test_predictions_and_labels_must_pair_up(loss):
    with pytest.raises(ValueError, match=r"\(3,\) predictions and \(3, 1\) labels do not pair up; reshape one of them"):
        loss(np.full(3, 0.5), np.ones((3, 1)))
    assert loss(np.full(3, 0.5), 1.0).ndim == 0


def test_derivative_graphs_of_reshapes_have_local_gradients():
    x = gg.Parameter(np.arange(6.0).reshape(2, 3), name="x")
    slope = gg.grad(gg.Sum(gg.Reshape(x, (6,)) ** 3), x)
    assert "rearranged" in gg.draw(gg.Sum(slope)).svg


class Refusing(gg.Op):
    """x, without a gradient."""

    def forward(self, xp, x):
        return x + 0

    def vjp(self, xp, upstream, out, x):
        raise NotImplementedError("its gradient is not available")


def test_a_graph_whose_gradient_is_refused_is_still_drawn_forward():
    v = gg.Parameter([2.0, 3.0, 4.0], name="v")
    assert "its gradient is not available" in gg.draw(gg.Sum(Refusing(v))).svg


@pytest.mark.parametrize("settings", [(), ("f4",), {"dtype": "f4"}], ids=str)
def test_numpy_s_functions_take_in_a_rule_what_they_take_elsewhere(settings):
    """Those too that the namespace writes out."""
    given, named = ((), settings) if isinstance(settings, dict) else (settings, {})
    for shape, value in (((2, 3), 2), (3, 2.5), ((2,), np.array([[1.0], [2.0]])[0])):
        ours, numpy_s = numbers.full(shape, value, *given, **named), np.full(shape, value, *given, **named)
        assert ours.dtype == numpy_s.dtype
        np.testing.assert_array_equal(ours, numpy_s)


def test_a_rule_may_take_as_many_inputs_as_it_is_given():
    class Total(gg.Op):
        def forward(self, xp, *terms):
            return sum(terms)

        def vjp(self, xp, upstream, out, *terms):
            return [upstream] * len(terms)

    a, b = gg.Parameter(2.0, name="a"), gg.Parameter([1.0, 4.0], name="b")
    total = Total(a, b, a)
    gg.Sum(total).backward()
    assert (a.grad, b.grad.tolist(), total.value.tolist()) == (4, [1, 1], [5, 8])
    with pytest.raises(TypeError, match="Total takes at least one input, got 0"):
        Total()


def test_what_is_detached_has_no_gradient_even_if_a_rule_gives_one():
    class Careless(gg.Elementwise):
        detached = (1,)

        def forward(self, xp, a, b):
            return a * b

        def local(self, xp, out, a, b):
            return b, a

    x = gg.Parameter(3.0, name="x")
    Careless(x, x).backward()
    assert x.grad == 3


def test_an_op_of_the_user_goes_before_numpy_s_function_of_its_name():
    class Vander(gg.Elementwise):
        def forward(self, xp, x):
            return xp.exp(-x)

        def local(self, xp, out, x):
            return (-xp.vander(x),)

    x = gg.Parameter([1.0, 2.0], name="x")
    gg.testing.check_grads(gg.Sum(Vander(x)))
    assert np.vander(x).value[0] == np.exp(-1.0)


def test_no_op_of_the_user_changes_the_rules_of_others():
    with pytest.raises(TypeError, match=r"CumProd: the rules of other ops need NumPy's cumprod.*'my_cumprod'"):

        class CumProd(gg.Elementwise):
            def forward(self, xp, x):
                return -x


def test_what_rules_take_from_numpy_is_known():
    found = set()
    for file in Path(gg.__file__).parent.rglob("*.py"):
        for part in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "xp":
                found.add(part.attr)
    assert found - OPS.keys() == NEEDED


def test_a_selection_of_the_user_is_differentiated_by_its_own_rule():
    class Flip(gg.Selection):
        def forward(self, xp, x):
            return x[..., ::-1]

    x = gg.Parameter([[1.0, 2.0], [3.0, 4.0]], name="x")
    assert gg.jvp(Flip(x), x, [[1.0, 2.0], [3.0, 4.0]]).value.tolist() == [[2, 1], [4, 3]]


@pytest.mark.parametrize(
    ("build", "given", "change"),
    [
        (lambda x, s: gg.Roll(x, s, axis=[0, 1]), [1, 0], lambda s: s.__setitem__(0, 0)),
        (lambda x, s: gg.Pad(x, s), [[1, 1], [0, 0]], lambda s: s[0].__setitem__(0, 0)),
        (lambda x, s: gg.Concatenate(gg.Split(x, s, axis=1)[:2], axis=1), [1, 2], lambda s: s.__setitem__(0, 2)),
        (lambda x, s: gg.Repeat(x, s, axis=1), np.array([1, 0, 2]), lambda s: s.__setitem__(0, 0)),
        (lambda x, s: gg.Flip(x, axis=s), [0], lambda s: s.__setitem__(0, 1)),
    ],
)
def test_settings_may_change_after_they_were_given(build, given, change):
    x = gg.Parameter(np.arange(6.0).reshape(2, 3), name="x")
    out = build(x, given)
    seed = np.cos(np.arange(out.size)).reshape(out.shape)
    before = gg.grad(out, x, seed=seed).value
    change(given)
    np.testing.assert_array_equal(gg.grad(out, x, seed=seed).value, before)
    np.testing.assert_array_equal(out.replace(x=x.value).value, out.value)


def test_an_error_in_a_rule_of_the_user_shows_its_line():
    class Failing(gg.Elementwise):
        def forward(self, xp, x):
            raise ValueError("not today")

    with pytest.raises(ValueError, match=r"Failing\(x: \(\)\): not today") as caught:
        Failing(gg.Parameter(1.0, name="x"))
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_name_never_renames_what_was_given():
    x = gg.Parameter([1.0, 2.0], name="x")
    assert (gg.Clip(x, name="c").name, x.name) == ("c", "x")
    with pytest.raises(TypeError, match="gives several nodes, and name='s' is one name"):
        gg.Split(x, 2, name="s")


def test_a_setting_is_written_without_an_address_in_memory():
    class Through(gg.Elementwise):
        """f of x, where f is a setting."""

        def __init__(self, x, *, f, name=None):
            self.f = f
            super().__init__(x, name=name)

        def forward(self, xp, x):
            return x * 1.0

        def local(self, xp, out, x):
            return (1,)

    class Anything:
        """An object that says no more of itself than where it is."""

    def double(x):
        return 2 * x

    written = [gg.draw(gg.Sum(Through(gg.Parameter(1.0, name="x"), f=f))).text for f in (double, Anything(), [double])]
    assert "f=double" in written[0]
    assert not [text for text in written if "0x" in text]
