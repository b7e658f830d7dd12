"""fit: many steps as descend takes them, what the history holds, and its plots, read as data."""

import builtins
import io
import sys
import warnings
from contextlib import redirect_stderr

import graphgrad as gg
import matplotlib
import numpy as np
import pytest
from graphgrad.data import iris

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _figures_are_closed():
    yield
    pyplot.close("all")


def fit(*args, **settings):
    """fit without a bar, which only tests of the bar want."""
    return gg.fit(*args, **{"progress": False} | settings)


def bowl(at=3.0):
    """(w − 1)², whose slope is 2(w − 1)."""
    return (gg.Parameter(at, name="w") - 1) ** 2


def petals():
    """Virginica against the other two, from petal length and width: the logits, and the cost of them."""
    table = iris()
    species = table.header.index("species")
    y = gg.Input([float("virginica" in row[species]) for row in table.rows], name="y")
    w1, w2, b = (gg.Parameter(0.0, name=name) for name in ("w1", "w2", "b"))
    z = w1 * table["petal_length"] + w2 * table["petal_width"] + b
    return z, gg.bce_with_logits(z, y)


# Descent


@pytest.mark.parametrize("rate", [1, 0.3, np.float32(0.1), np.int64(1), {"w1": 0.5, "b": 0.25}, {"w2": 1.0}, {}])
def test_fit_is_a_loop_of_descend(rate):
    _, loss = petals()
    history = fit(loss, rate, 40)
    losses = [loss.value]
    for _ in range(40):
        loss = gg.descend(loss, rate)
        losses.append(loss.value)
    np.testing.assert_allclose(history.losses, losses, rtol=1e-12)
    expected = {name: leaf.value for name, leaf in loss.parameters().items()}
    assert history.parameters == pytest.approx(expected, rel=1e-12)


def test_rates_by_node_are_those_of_the_first_graph():
    loss = bowl()
    assert fit(loss, {loss.find("w"): 0.25}, 3).losses.tolist() == [4, 1, 0.25, 0.0625]


def test_a_parameter_used_often_moves_once_each_step():
    w, mask = gg.Parameter(2.0, name="w"), gg.Parameter(5.0, name="m")
    loss = (w * w + w) * np.heaviside(mask, 0.0)
    history = fit(loss, 0.125, 2)
    after = gg.descend(gg.descend(loss, 0.125), 0.125)
    assert (history.loss.value, history.parameters["m"]) == (after.value, 5)


def test_fit_keeps_dtypes_and_the_form_of_the_loss():
    w = gg.Parameter(np.ones((1, 2), "f4"), name="w")
    history = fit(gg.Sum(w * w, axis=1), 0.25, 2)
    assert (history.loss.shape, history.loss.dtype, history.parameters["w"].dtype) == ((1,), np.float32, np.float32)
    assert history.losses.tolist() == [2, 0.5, 0.125]


def test_the_iris_petals_after_5000_steps():
    history = fit(petals()[1], 1, 5000)
    assert history.losses[-1] == pytest.approx(0.080472, abs=5e-7)
    assert repr(history) == "<History: 5,000 steps, loss 0.6931 to 0.08047>"


# The history


def test_what_a_history_holds():
    loss = bowl()
    history = fit(loss, 0.25, 2)
    assert history.losses.tolist() == [4, 1, 0.25]
    assert history.losses.dtype == np.float64
    assert not history.losses.flags.writeable
    assert history.loss.value == 0.25
    assert history.parameters == {"w": 1.5}
    assert history.rate == 0.25
    assert loss.find("w").value == 3


def test_no_steps():
    loss = bowl()
    history = fit(loss, 1, 0)
    assert history.loss is loss
    assert history.losses.tolist() == [4]
    assert [repr(history), repr(fit(loss, 0.25, 1))] == [
        "<History: 0 steps, loss 4>",
        "<History: 1 step, loss 4 to 1>",
    ]


def test_the_rates_of_a_history_are_a_copy():
    rates = {"w": 0.25}
    history = fit(bowl(), rates, 1)
    rates["w"] = 7
    assert history.rate == {"w": 0.25}


def test_parameters_without_names_are_fitted_and_not_told_apart():
    history = fit((gg.Parameter(3.0) - 1) ** 2, 0.25, 1)
    assert history.losses[-1] == 1
    with pytest.raises(ValueError, match="has no name; build it as Parameter"):
        _ = history.parameters


# Divergence


def test_descent_stops_where_the_loss_is_infinite():
    with pytest.warns(RuntimeWarning, match=r"fit\(<Pow: 4>, 1e\+200, 9\): the loss is ∞ after step 1, .*smaller rate"):
        history = fit(bowl(), 1e200, 9)
    assert history.losses.tolist() == [4, np.inf]
    assert history.loss.value == np.inf
    assert history.parameters["w"] == 3 - 1e200 * 4
    assert repr(history) == "<History: 1 step, loss 4 to ∞>"


def test_descent_stops_where_the_loss_is_nan_and_numpy_is_silent():
    w, x = gg.Parameter(0.1, name="w"), gg.Input([-1.0, 60.0])
    loss = gg.bce(gg.Sigmoid(w * x), [1.0, 0.0])
    with pytest.warns(RuntimeWarning, match=r"after step .*bce_with_logits\(z, y\) in place of bce") as seen:
        history = fit(loss, -1000.0, 50)
    assert len(seen) == 1
    assert seen[0].filename == __file__
    assert not np.isfinite(history.losses[-1])
    assert np.isfinite(history.losses[:-1]).all()


def test_a_loss_that_is_nan_from_the_start():
    with np.errstate(all="ignore"):
        loss = gg.bce(gg.Parameter(0.0, name="p"), 0.0)
    with pytest.warns(RuntimeWarning, match=r"NaN before the first step, so no step was taken; gg\.draw\(loss\)"):
        history = fit(loss, 1, 5)
    assert len(history.losses) == 1


# What fit refuses


@pytest.mark.parametrize(
    ("loss", "rate", "steps", "error", "message"),
    [
        (3.0, 1, 5, TypeError, r"fit\(3\.0, 1, 5\): the loss is no node"),
        (bowl(), 1, 5.0, TypeError, r"fit\(<Pow: 4>, 1, 5\.0\): the number of steps is no whole number"),
        (bowl(), 1, True, TypeError, "no whole number"),
        (bowl(), 1, "5", TypeError, "no whole number"),
        (bowl(), 1, -1, ValueError, "from 0 to 10,000,000"),
        (bowl(), 1, 10**9, ValueError, r"fit\(<Pow: 4>, 1, 1000000000\): .*from 0 to 10,000,000"),
        (bowl(), "fast", 5, TypeError, "the rate 'fast' is no number; give one, such as 0.1"),
        (bowl(), [0.1], 5, TypeError, "is no number"),
        (bowl(), np.nan, 5, ValueError, "the rate is nan; give a finite number"),
        (bowl(), {"w": np.inf}, 5, ValueError, "the rate is inf; give a finite number"),
        (bowl(), {"q": 1}, 5, KeyError, r"fit: the graph has no leaf 'q'; its named leaves are \['w'\]"),
        (gg.Input(2.0) * 3, 1, 5, ValueError, "no Parameter leads to the loss; make a leaf a Parameter"),
        (gg.Parameter([1.0, 2.0]) * 2, 1, 0, ValueError, r"has shape \(2,\), so there is no single gradient"),
    ],
)
def test_fit_refuses(loss, rate, steps, error, message):
    with pytest.raises(error, match=message):
        fit(loss, rate, steps)


def test_fit_refuses_rates_of_what_is_no_parameter():
    with pytest.raises(ValueError, match="fit: <Input x: 2> is not a Parameter"):
        fit(gg.Parameter(1.0) * gg.Input(2.0, name="x"), {"x": 1}, 3)


# The bar


def bar_of(*args, **settings):
    with redirect_stderr(io.StringIO()) as shown:
        gg.fit(*args, **settings)
    return shown.getvalue()


def test_the_bar_ends_with_the_last_loss():
    last = bar_of(bowl(), 0.25, 333).split("\r")[-1]
    assert last.startswith("fit: 100%")
    assert "333/333" in last
    assert "loss 0]" in last


def test_the_bar_ends_where_descent_does():
    with pytest.warns(RuntimeWarning, match="after step 1"):
        last = bar_of(bowl(), 1e200, 1000).split("\r")[-1]
    assert "1/1000" in last
    assert "loss ∞]" in last


def test_no_bar():
    assert bar_of(bowl(), 0.25, 3, progress=False) == ""


def test_a_notebook_without_widgets_gets_no_warning(monkeypatch):
    """tqdm.auto warns while it is first imported, if it is in a notebook without ipywidgets."""
    real = builtins.__import__

    def warning_import(name, *args):
        if name == "tqdm.auto":
            from tqdm import TqdmWarning

            warnings.warn("IProgress not found", TqdmWarning, stacklevel=2)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", warning_import)
    assert "3/3" in bar_of(bowl(), 0.25, 3)


# The plot of the losses


def test_the_plot_shows_the_losses():
    history = fit(petals()[1], 0.1, 50)
    ax = history.plot()
    (line,) = ax.lines
    assert line.get_ydata().tolist() == history.losses.tolist()
    assert line.get_xdata().tolist() == list(range(51))
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("step", "loss", "")
    assert (ax.get_yscale(), line.get_label()) == ("linear", "rate 0.1")


def test_a_plot_of_more_than_a_decade_is_logarithmic():
    ax = fit(bowl(), 0.25, 10).plot()
    assert ax.get_yscale() == "log"
    ax.figure.canvas.draw()
    assert "0.0001" in [label.get_text() for label in ax.get_yticklabels()]


def test_a_plot_of_few_decades_has_ticks_between_them():
    ax = fit(bowl(), 0.25, 3).plot()
    ax.figure.canvas.draw()
    assert {"0.1", "0.2", "0.5", "1", "2"} <= {label.get_text() for label in ax.get_yticklabels()}


def test_a_loss_of_zero_keeps_the_axis_linear():
    assert fit(bowl(), 0.5, 3).plot().get_yscale() == "linear"


def test_the_loss_goes_by_its_name():
    loss = bowl() + 0
    loss.name = "L_train"
    assert fit(loss, 0.1, 1).plot().get_ylabel() == r"$L_{\mathrm{train}}$"
    loss.name = "cost in $"
    assert fit(loss, 0.1, 1).plot().get_ylabel() == r"cost in \$"


def test_histories_share_axes():
    _, ax = pyplot.subplots()
    for rate in (0.1, 0.25):
        assert fit(bowl(), rate, 5).plot(ax) is ax
    assert [text.get_text() for text in ax.legend().get_texts()] == ["rate 0.1", "rate 0.25"]


@pytest.mark.parametrize("rate", [3.0, 1e200])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_history_that_diverged_is_drawn_as_far_as_it_can_be(rate, sign):
    with pytest.warns(RuntimeWarning, match="∞ after step"):
        history = fit(sign * bowl(), rate, 2000)
    ax = history.plot()
    ax.figure.canvas.draw()
    drawn = ax.lines[0].get_ydata()
    assert np.isnan(drawn[-1])
    assert drawn[0] == history.losses[0]


def test_one_step_and_none_are_seen():
    for steps in (0, 1):
        ax = fit(bowl(), 0.25, steps).plot()
        ax.figure.canvas.draw()
        assert ax.lines[0].get_marker() == "o"


# The plot of the boundary


def boundary_of(ax):
    """The points of the line where the prediction is ½."""
    (contour,) = (each for each in ax.collections if list(getattr(each, "levels", [])) == [0.5])
    return np.concatenate([path.vertices for path in contour.get_paths()])


def curve(ax, label):
    """The line or the markers that the legend calls `label`."""
    (line,) = (line for line in ax.lines if line.get_label() == label)
    return line


@pytest.fixture(scope="module")
def fitted_petals():
    z, loss = petals()
    return z, fit(loss, 1, 1000)


def test_the_boundary_of_the_petals_is_where_the_logit_is_0(fitted_petals):
    z, history = fitted_petals
    ax = history.plot_boundary(("petal_length", "petal_width"), "y", gg.Sigmoid(z, name="p_hat"))
    ax.figure.canvas.draw()
    w1, w2, b = (history.parameters[name] for name in ("w1", "w2", "b"))
    x1, x2 = boundary_of(ax).T
    assert len(x1) > 100
    # Between two points of the map the contour is drawn straight: it is right to a fraction of their distance.
    width = np.ptp(ax.get_ylim()) / 200
    assert np.abs((w1 * x1 + w2 * x2 + b) / w2).max() < 0.02 * width


def test_what_the_map_of_the_petals_says(fitted_petals):
    z, history = fitted_petals
    p = gg.Sigmoid(z, name="p_hat")
    ax = history.plot_boundary(("petal_length", "petal_width"), "y", p)
    length, width, y = (history.loss.find(name).value for name in ("petal_length", "petal_width", "y"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("petal_length", "petal_width")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$y$ = 0", "$y$ = 1", r"$\hat{p}$ = 0.5"]
    bar = next(each for each in ax.figure.axes if each is not ax)
    assert bar.get_ylabel() == r"$\hat{p}$, the probability of $y$ = 1"
    for label, marker in ((0, "o"), (1, "^")):
        points = curve(ax, f"$y$ = {label}")
        assert points.get_marker() == marker
        assert points.get_xdata().tolist() == length[y == label].tolist()
        assert points.get_ydata().tolist() == width[y == label].tolist()
    assert curve(ax, "$y$ = 0").get_markerfacecolor() != curve(ax, "$y$ = 1").get_markerfacecolor()


def test_the_map_holds_the_probabilities(fitted_petals):
    z, history = fitted_petals
    ax = history.plot_boundary(("petal_length", "petal_width"), "y", gg.Sigmoid(z))
    (shades,) = ax.images
    left, right, bottom, top = shades.get_extent()
    w1, w2, b = (history.parameters[name] for name in ("w1", "w2", "b"))
    x1, x2 = np.meshgrid(np.linspace(left, right, 200), np.linspace(bottom, top, 200))
    np.testing.assert_allclose(shades.get_array(), 1 / (1 + np.exp(-(w1 * x1 + w2 * x2 + b))), rtol=1e-9)
    assert shades.get_clim() == (0, 1)
    assert (left, right) == pytest.approx((1 - 0.06 * 5.9, 6.9 + 0.06 * 5.9))
    for colour in np.linspace(0, 1, 9)[:-1]:  # ever darker, so that it reads in grey
        lighter, darker = shades.cmap(colour), shades.cmap(colour + 0.125)
        assert np.dot(lighter[:3], [0.299, 0.587, 0.114]) > np.dot(darker[:3], [0.299, 0.587, 0.114])


AND = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def conjunction(*, column=False, x=AND, y=(0.0, 0.0, 0.0, 1.0), names=("x", "y", "p_hat")):
    """The cost of a logistic regression of AND, on one Input of shape (m, 2)."""
    y = np.reshape(y, (-1, 1)) if column else np.array(y)
    w = gg.Parameter([[0.1], [0.6]] if column else [0.1, 0.6], name="w")
    z = gg.Input(x, name=names[0]) @ w + gg.Parameter(0.0, name="b")
    return gg.bce(gg.Sigmoid(z, name=names[2]), gg.Input(y, name=names[1]))


@pytest.mark.parametrize("column", [False, True])
def test_one_input_of_two_columns_and_a_prediction_by_name(column):
    history = fit(conjunction(column=column), 1, 50)
    ax = history.plot_boundary("x", "y")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_{1}$", "$x_{2}$")
    assert curve(ax, "$y$ = 1").get_xydata().tolist() == [[1, 1]]
    w, b = np.ravel(history.parameters["w"]), history.parameters["b"]
    assert np.abs(boundary_of(ax) @ w + b).max() < 1e-3


def test_features_and_labels_as_nodes():
    loss = conjunction(names=(None, "label", None))
    history = fit(loss, 1, 50)
    y = loss.find("label")
    (x,) = (node for node in gg.topological(loss) if node.shape == (4, 2))
    p = next(node for node in gg.topological(loss) if type(node) is gg.Sigmoid)
    ax = history.plot_boundary(x, y, p)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_{1}$", "$x_{2}$")
    assert [text.get_text() for text in ax.get_legend().get_texts()][2] == "probability = 0.5"
    # The node is of the graph before the first step; the picture is of the one after the last.
    assert np.abs(boundary_of(ax) @ history.parameters["w"] + history.parameters["b"]).max() < 1e-3


def test_a_boundary_out_of_sight_is_not_drawn():
    ax = fit(conjunction(y=(1.0, 1.0, 1.0, 1.0)), 1, 500).plot_boundary("x", "y")
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$y$ = 0", "$y$ = 1"]
    assert not ax.collections


def test_features_that_do_not_vary_and_axes_that_are_given():
    _, axes = pyplot.subplots(1, 2)
    history = fit(conjunction(x=[[0.0, 5.0], [1.0, 5.0]], y=(0.0, 1.0)), 0.1, 3)
    assert history.plot_boundary("x", "y", ax=axes[1]) is axes[1]
    assert axes[1].get_ylim() == (4.5, 5.5)


def test_a_curved_boundary():
    """p̂ = σ(w (x₁² + x₂² − 1)): the boundary is the unit circle."""
    rng = np.random.default_rng(1)
    x1, x2 = (gg.Input(rng.uniform(-2, 2, 80), name=name) for name in ("x1", "x2"))
    y = gg.Input((x1.value**2 + x2.value**2 > 1).astype(float), name="y")
    p = gg.Sigmoid(gg.Parameter(0.1, name="w") * (x1**2 + x2**2 - 1), name="p_hat")
    ax = fit(gg.bce(p, y), 1, 20).plot_boundary([x1, x2], y)
    np.testing.assert_allclose(np.hypot(*boundary_of(ax).T), 1, atol=1e-3)


# What the plots refuse


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("v", "y"), KeyError, r"plot_boundary\('v', 'y', …\): the graph has no leaf 'v'; its named leaves are"),
        (("x", "v"), KeyError, r"labels='v', the graph has \[.*'y'\]; give the node itself"),
        (("x", "y", "v"), KeyError, r"prediction='v', the graph has .*or build the graph with a name"),
        (("x", [1.0]), TypeError, "labels=.* is neither a name nor a node"),
        (("x", "y", 3), TypeError, "prediction=3 is neither a name nor a node"),
        ((3, "y"), TypeError, "3 is neither the name of a leaf nor a node"),
        ((("x",) * 2, "y"), ValueError, "'x' is given twice"),
        (("b", "y"), ValueError, r"the features have the shapes \(\); give two Inputs of shape \(m,\)"),
        ((("x", "b"), "y"), ValueError, r"shapes \(4, 2\), \(\); give two Inputs"),
        (((), "y"), ValueError, "shapes –; give two Inputs"),
        (("x", "w"), ValueError, r"the labels .* have shape \(2,\); give one for each of 4 examples"),
        (("x", "y", "p_hat", 3), TypeError, r"plot_boundary\(ax=3\): give matplotlib Axes"),
    ],
)
def test_plot_boundary_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        fit(conjunction(), 1, 2).plot_boundary(*arguments)
    assert pyplot.get_fignums() == []


def two_features(m=4):
    """The Inputs x1, x2, y of m examples, and a weighted sum of both features."""
    values = np.arange(float(m))
    x1, x2, y = gg.Input(values, name="x1"), gg.Input(values % 2, name="x2"), gg.Input(values % 2, name="y")
    return x1, x2, y, gg.Parameter(1.0, name="w") * x1 - x2


def test_a_logit_is_no_probability():
    x1, x2, y, z = two_features()
    history = fit(gg.bce_with_logits(z, y), 0.1, 2)
    with pytest.raises(ValueError, match=r"somewhere in the plane, which is no probability; give Sigmoid\(z\)"):
        history.plot_boundary((x1, x2), y, z)


def test_a_loss_of_logits_has_no_probability_to_find():
    x1, x2, y, z = two_features()
    with pytest.raises(KeyError, match=r"prediction='p_hat', the graph has .*Sigmoid\(z, name='p_hat'\)"):
        fit(gg.bce_with_logits(z, y), 0.1, 2).plot_boundary((x1, x2), y)


def test_a_third_feature_has_no_place_in_a_plane():
    x1, x2, y, z = two_features()
    p = gg.Sigmoid(z + gg.Input(np.ones(4), name="x3"), name="p_hat")
    with pytest.raises(ValueError, match=r"also depends on <Input x3: .*>, which has a value for each of the 4"):
        fit(gg.bce(p, y), 0.1, 2).plot_boundary((x1, x2), y)


def test_examples_that_depend_on_each_other_have_no_map():
    x1, x2, y, z = two_features()
    p = gg.Sigmoid(z - gg.Mean(x1**2), name="p_hat")
    with pytest.raises(ValueError, match="depends on the other examples, as it does through their mean"):
        fit(gg.bce(p, y), 0.1, 2).plot_boundary((x1, x2), y)


def test_a_prediction_of_a_fixed_number_of_examples():
    _, _, y, z = two_features()
    p = gg.Reshape(gg.Sigmoid(z), shape=(4,), name="p_hat")
    with pytest.raises(
        ValueError, match=r"plot_boundary\(\('x1', 'x2'\), 'y', …\): the prediction takes no more than 4"
    ):
        fit(gg.bce(p, y), 0.1, 2).plot_boundary(("x1", "x2"), "y")


def test_a_prediction_of_another_shape():
    x1, x2, y, z = two_features()
    p = gg.Mean(gg.Sigmoid(z), name="p_hat")
    with pytest.raises(ValueError, match=r"has shape \(\); it must have one probability for each of the 4 examples"):
        fit(gg.bce(p, 1.0), 0.1, 2).plot_boundary((x1, x2), y)


def test_a_prediction_with_other_parameters():
    x1, x2, y, z = two_features()
    history = fit(gg.bce_with_logits(z, y), 0.1, 2)
    stranger = gg.Sigmoid(z * gg.Parameter(1.0, name="v"))
    with pytest.raises(ValueError, match=r"depends on <Parameter v: 1>, .*only \['w'\]; build both from the same"):
        history.plot_boundary((x1, x2), y, stranger)


def test_a_parameter_is_no_feature():
    v, x2, y, _ = two_features()
    v = gg.Parameter(v.value, name="v")
    p = gg.Sigmoid(v - x2, name="p_hat")
    with pytest.raises(ValueError, match=r"the feature <Parameter v: .*> is a Parameter; features are Inputs"):
        fit(gg.bce(p, y), 0.1, 2).plot_boundary(("v", "x2"), y)


def test_labels_other_than_0_and_1():
    x1, x2, _, z = two_features()
    half = gg.Input(np.full(4, 0.5), name="half")
    history = fit(gg.bce(gg.Sigmoid(z, name="p_hat"), half), 0.1, 2)
    with pytest.raises(ValueError, match=r"a label is 0\.5; the plot tells 0 from 1"):
        history.plot_boundary((x1, x2), "half")


def test_one_example_is_too_few():
    x1, x2, y, z = two_features(1)
    with pytest.raises(ValueError, match=r"hold 1 example\(s\); a map needs at least two"):
        fit(gg.bce(gg.Sigmoid(z, name="p_hat"), y), 0.1, 2).plot_boundary((x1, x2), y)


def test_a_feature_that_is_not_finite():
    _, _, y, z = two_features()
    history = fit(gg.bce(gg.Sigmoid(z, name="p_hat"), y), 0.1, 2)
    broken = gg.History(history.loss.replace(x1=[0.0, 1.0, 2.0, np.nan]), history.losses, 0.1)
    with pytest.raises(ValueError, match="a feature is NaN or infinite; leave that example out"):
        broken.plot_boundary(("x1", "x2"), "y")


def test_a_plot_on_what_is_no_axes():
    with pytest.raises(TypeError, match=r"plot\(ax='left'\): give matplotlib Axes"):
        fit(bowl(), 0.1, 1).plot("left")


@pytest.mark.parametrize("plot", [lambda h: h.plot(), lambda h: h.plot_boundary("x", "y")])
def test_without_matplotlib(plot, monkeypatch):
    history = fit(conjunction(), 1, 2)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install matplotlib"):
        plot(history)
