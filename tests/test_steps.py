"""Steps are the truth: replayed alone they give the gradients of a backward pass, to the bit."""

import cProfile
import dataclasses
from collections import Counter

import graphgrad as gg
import numpy as np
import programs
import pytest
from drawing_examples import EXAMPLES
from graphgrad.node import is_bare_number
from graphgrad.sweep import reached
from graphgrad.views.player import player


def same(a, b):
    """Whether two values are the same numbers, in the same shape and dtype."""
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def summed_back(product, like):
    """`product` in the shape and dtype of `like`, from whose shape it was broadcast."""
    product, shape = np.asarray(product), like.shape
    extra = product.ndim - len(shape)
    axes = (*range(extra), *(extra + k for k, length in enumerate(shape) if length == 1))
    if product.shape != shape:
        product = product.sum(axis=axes).reshape(shape)
    return product.astype(like.dtype)


SHAPES: list[tuple[int, ...]] = [(), (3,), (2, 3), (2, 1), (1, 3), (1,)]


def random_graph(seed, ops=10):
    """A scalar, or every third time an array, with its seed: leaves of both kinds and dtypes, data, literals, reuse."""
    rng = np.random.default_rng(seed)
    dtypes = [(np.float64,), (np.float32,), (np.float32, np.float64)][rng.integers(3)]

    def leaf(kind):
        shape = SHAPES[rng.integers(len(SHAPES))]
        return kind(np.asarray(rng.uniform(-1, 1, shape), rng.choice(dtypes)))

    pool = [leaf(gg.Parameter), leaf(gg.Parameter), leaf(gg.Parameter)]
    data = [leaf(gg.Input), 1 - leaf(gg.Input), 2 * (1 - leaf(gg.Input)) / 3, gg.Constant(0.75), gg.Constant(-2)]
    names = [*programs.NAMES, *["reuse", "data"] * 15]
    for _ in range(ops):
        a, b = (pool[-1 - rng.integers(min(len(pool), 5))] for _ in range(2))
        name = names[rng.integers(len(names))]
        if name in ("reuse", "data"):
            b = a if name == "reuse" else data[rng.integers(len(data))]
            name = ("add", "mul", "div", "sub")[rng.integers(4)]
        pool.append(programs.step(name, a, b, int(rng.integers(99))))
    out = pool[-1] * sum((gg.Mean(node) for node in pool[:-1]), start=gg.Mean(pool[0]))
    if seed % 3:
        return gg.Mean(out), None
    return out, rng.normal(size=out.shape)


def replay(steps, out):
    """The gradient of each node, made of nothing but the flows of `steps`; checks each step as it comes."""
    backward = [step for step in steps if step.kind not in ("forward", "update")]
    gradients, flows, arrived, local = {out: backward[0].value}, {}, set(), None
    assert (backward[0].kind, backward[0].node) == ("upstream", out)
    for step in backward:
        node = step.node
        if step.kind in ("upstream", "sum"):
            assert node not in arrived
            arrived.add(node)
            assert same(step.value, gradients[node])
            assert (step.kind == "sum") == (len(flows.get(node, [])) >= 2)
            assert step.position is None
            assert step.source is None
            if step.kind == "sum":
                assert all(map(same, step.parts, flows[node]))
                assert len(step.parts) == len(flows[node])
                total = step.parts[0]
                for part in step.parts[1:]:
                    total = total + part
                assert same(total, step.value)
            continue
        assert node in arrived
        source = node.inputs[step.position]
        assert step.source is source
        assert source not in arrived
        if step.kind == "local":
            local = step
            continue
        assert step.kind == "flow"
        assert (local.node, local.position) == (node, step.position)
        upstream, factor = step.parts
        assert same(upstream, gradients[node])
        assert factor is local.value or same(factor, local.value)
        if node.jacobian == "diagonal":
            assert same(step.value, summed_back(upstream * factor, source))
        flows.setdefault(source, []).append(step.value)
        gradients[source] = gradients[source] + step.value if source in gradients else step.value
        local = None
    assert arrived == gradients.keys()
    return gradients


def differentiated(out):
    """The nodes that a derivative of `out` reaches: not those that only make a mask or a shape."""
    found, waiting = {out}, [out]
    while waiting:
        node = waiting.pop()
        for position, source in enumerate(node.inputs):
            if position not in node.detached and source not in found:
                found.add(source)
                waiting.append(source)
    return found


def check_forward(steps):
    """Nodes are computed in topological order, each once, with its value."""
    nodes = [step.node for step in steps if step.kind == "forward"]
    stepped, computed = set(nodes), set()
    for node in nodes:
        assert set(node.inputs) & stepped <= computed
        assert node not in computed
        computed.add(node)
    assert [step.kind for step in steps[: len(nodes)]] == ["forward"] * len(nodes)
    assert all(step.value is step.node.value and step.parts == () for step in steps[: len(nodes)])
    return computed


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_replayed_they_are_the_backward_pass(first):
    met = Counter()
    for seed in range(first, first + 50):
        out, given = random_graph(seed)
        steps = gg.steps(out, seed=given)
        order = gg.topological(out)
        assert all(node.grad is None for node in order)
        computed = check_forward(steps)
        varying = reached([node for node in order if isinstance(node, gg.Parameter)], order)
        passed = differentiated(out)
        folded = {node for node in order if node.inputs and not (node in varying and node in passed)}
        assert {node for node in order if not is_bare_number(node)} - computed <= folded
        gradients = replay(steps, out)
        out.backward(given)
        assert gradients.keys() == {node for node in passed if node.grad is not None}
        assert not any(np.any(node.grad) for node in varying - passed)
        assert all(same(gradients[node], node.grad) for node in gradients)
        met.update(step.kind for step in steps)
        met.update(f"{node.dtype} {node.ndim}" for node in gradients)
        met["folded"] += len(order) - len(computed)
        met["summed back"] += sum(
            step.kind == "flow" and np.ndim(step.parts[0]) > np.ndim(step.value) > -1 for step in steps
        )
    for what in ("sum", "folded", "summed back", "float32 0", "float32 2", "float64 1", "float64 2"):
        assert met[what] > 50, met
    assert met["update"] == 0


def test_the_last_gradients_are_left_alone():
    out, _ = random_graph(1)
    out.backward()
    before = {node: node.grad for node in gg.topological(out)}
    replaced = out.replace({node: node.value for node in before if isinstance(node, gg.Parameter)})
    gg.steps(out, 0.1, seed=2.0)
    gg.steps(replaced)
    assert all(node.grad is grad for node, grad in before.items())
    assert all(node.grad is None for node in gg.topological(replaced) if isinstance(node, gg.Parameter))


def test_without_a_parameter_or_a_seed_there_is_no_backward_pass():
    data = gg.Input([1.0, 2.0], name="x")
    assert [step.kind for step in gg.steps(gg.Sum(data * data))] == ["forward"] * 3
    w = gg.Parameter([1.0, 2.0], name="w")
    assert [step.kind for step in gg.steps(w * 3)] == ["forward"] * 2
    assert [step.kind for step in gg.steps(w * 3, seed=[1.0, 0.5])][-1] == "upstream"


@pytest.mark.parametrize("out", [gg.Parameter(2.0), gg.Parameter([2.0])])
def test_a_leaf_alone(out):
    forward, upstream = gg.steps(out)
    assert (forward.kind, forward.node, upstream.kind, upstream.node) == ("forward", out, "upstream", out)
    assert same(upstream.value, np.ones(out.shape)[()])


# Updates


def leaves_of(out):
    return [node for node in gg.topological(out) if isinstance(node, gg.Parameter)]


@pytest.mark.parametrize("seed", [k for k in range(60) if k % 3])
def test_updates_are_descent_to_the_bit(seed):
    out, _ = random_graph(seed)
    leaves = leaves_of(out)
    for rate in (0.1, np.float32(0.3), 2, {leaves[0]: 0.5}, {leaf: k - 1.5 for k, leaf in enumerate(leaves)}):
        steps = gg.steps(out, rate)
        moved = list(rate) if isinstance(rate, dict) else leaves
        updates = steps[-len(moved) :]
        assert Counter(step.kind for step in steps)["update"] == len(moved)
        with np.errstate(all="ignore"):  # a long step may lead to large numbers
            after = dict(zip(gg.topological(out), gg.topological(gg.descend(out, rate)), strict=True))
        for step, leaf in zip(updates, moved, strict=True):
            assert (step.kind, step.node, step.position) == ("update", leaf, None)
            assert same(step.value, after[leaf].value)
            value, size, gradient = step.parts
            assert value is leaf.value
            assert size == (rate[leaf] if isinstance(rate, dict) else rate)
            assert same((value - size * gradient).astype(leaf.dtype), step.value)


def test_updates_by_name():
    w, b = gg.Parameter(2.0, name="w"), gg.Parameter(1.0, name="b")
    step = gg.steps(w * w + b, {"w": 0.25})[-1]
    assert (step.kind, step.node, step.value) == ("update", w, 1.0)
    assert step.numbers.endswith(" = 2 − 0.25 × 4 = 1")


def test_a_parameter_that_is_no_part_of_the_run_does_not_move():
    a, b = gg.Parameter([1.0, 2.0], name="a"), gg.Parameter(3.0, name="b")
    slope = gg.grad(gg.Sum(a * b), b)
    ones = gg.grad(gg.Sum(a + b), a)
    for out, settings in ((slope, {}), (ones, {"seed": [1.0, 1.0]})):
        for step in gg.steps(out, 0.1, **settings):
            assert "…" not in step.numbers
    assert [cue.stage for cue in player(ones, update=0.1, seed=[1.0, 1.0]).cues].count("gradient") == 0


@pytest.mark.parametrize(
    ("build", "update", "error", "message"),
    [
        (lambda w: w * 2, 0.1, ValueError, r"steps\(node, update\): .* shape \(2,\).* give seed="),
        (lambda w: w * 2, {"w": 0.1}, ValueError, r"steps\(node, update\): .* shape \(2,\).* give seed="),
        (lambda w: gg.Sum(w), {"v": 0.1}, KeyError, r"steps: the graph has no leaf 'v'; .*'w'"),
        (lambda w: gg.Sum(w), "0.1", TypeError, r"steps\(.*'0.1' is no number"),
        (lambda w: gg.Sum(w), {"w": [1.0, 1.0]}, TypeError, r"steps\(.*\[1.0, 1.0\] is no number"),
        (lambda w: gg.Sum(w), float("nan"), ValueError, r"steps\(.*the rate is nan"),
        (lambda w: gg.Sum(w), {3: 0.1}, TypeError, r"steps: 3 is neither"),
        (lambda w: gg.Sum(gg.Input(w.value, name="x")), 0.1, ValueError, r"steps\(.*no Parameter"),
        (lambda w: gg.Sum(w + gg.Input(1.0, name="x")), {"x": 0.1}, ValueError, r"steps: .*x.* is not a Parameter"),
    ],
)
def test_an_update_that_cannot_be(build, update, error, message):
    with pytest.raises(error, match=message):
        gg.steps(build(gg.Parameter([1.0, 2.0], name="w")), update)


def test_a_player_of_an_update_without_a_seed_is_refused():
    w = gg.Parameter([1.0, 2.0], name="w")
    with pytest.raises(ValueError, match=r"player\(node, update\): .* give seed="):
        player(w * 2, update=0.1)
    assert player(w * 2, update=0.1, seed=[1.0, 1.0]).steps[-1].kind == "update"


def test_an_update_without_a_derivative_is_refused():
    class Refusing(gg.Op):
        def forward(self, xp, x):
            return x + 0

        def vjp(self, xp, upstream, out, x):
            raise NotImplementedError("Refusing has no gradient")

    x = gg.Parameter([1.0, 2.0, 3.0], name="x")
    second = Refusing(x)
    with pytest.raises(NotImplementedError, match=r"steps\(node, update\): .*Refusing"):
        gg.steps(gg.Sum(second), 0.1)
    assert {step.kind for step in gg.steps(gg.Sum(second))} == {"forward"}


@pytest.mark.parametrize(
    ("given", "settings", "error", "message"),
    [
        (3.0, {}, TypeError, r"steps\(3.0\): give a node"),
        (gg.Parameter([1.0, 2.0]), {"seed": [1.0]}, ValueError, r"steps\(\): seed has shape \(1,\)"),
        (gg.Parameter(1.0), {"seed": [1.0]}, ValueError, r"steps\(\): seed has shape \(1,\)"),
        (gg.Parameter(1.0), {"seed": "1"}, TypeError, r"steps\(\), seed="),
        (gg.Parameter(1.0), {"digits": 0}, ValueError, r"steps\(digits=0\): a whole number from 1 to 15"),
        (gg.Parameter(1.0), {"digits": 16}, ValueError, r"steps\(digits=16\)"),
        (gg.Parameter(1.0), {"digits": 4.0}, ValueError, r"steps\(digits=4.0\)"),
        (gg.Parameter(1.0), {"digits": True}, ValueError, r"steps\(digits=True\)"),
        (gg.Parameter(1.0), {"names": 5}, TypeError, r"steps\(names=5\)"),
        (gg.Parameter(1.0), {"names": {"x": "y"}}, TypeError, r"steps\(names=\{.x.: .y.\}\)"),
    ],
)
def test_what_cannot_be_stepped_through(given, settings, error, message):
    with pytest.raises(error, match=message):
        gg.steps(given, **settings)


# Frozen


def arrays_of(step):
    return [value for value in (step.value, *step.parts) if isinstance(value, np.ndarray)]


def test_a_step_is_immutable():
    step = gg.steps(gg.Parameter(2.0, name="w"))[0]
    for attribute in ("kind", "node", "position", "value", "parts", "words", "numbers", "latex", "source", "more"):
        with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
            setattr(step, attribute, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.value = 3.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        del step.value


def test_no_array_that_is_handed_out_can_be_written_to():
    count = 0
    for seed in range(60):
        out, given = random_graph(seed)
        for step in gg.steps(out, None if given is not None else 0.1, seed=given):
            for array in arrays_of(step):
                assert not array.flags.writeable, step
                count += 1
    assert count > 1000
    with np.errstate(all="ignore"):
        for build in EXAMPLES.values():
            run = player(build(), max_nodes=6)
            assert not any(array.flags.writeable for step in run.steps for array in arrays_of(step))


def test_a_seed_is_copied():
    given = np.array([1.0, 2.0])
    steps = gg.steps(gg.Parameter([1.0, 1.0], name="w") * 3, seed=given)
    given[:] = 0
    assert steps[-1].value.tolist() == [3.0, 6.0]
    assert given.flags.writeable


# Collapsed scopes and summaries


def nested_exits():
    """A scope with two exits, one inside another, and a node used inside and outside."""
    x, w = gg.Parameter(0.5, name="x"), gg.Parameter([1.0, -2.0], name="w")
    with gg.scope("outer"):
        a = gg.Mul(x, 3, name="a")
        with gg.scope("inner"):
            b, c = gg.Tanh(a * w, name="b"), gg.Exp(x * x, name="c")
        d = gg.Add(gg.Sum(b), c, name="d")
    return gg.Add(gg.Mul(d, x, name="e"), gg.Sum(b * c) * a, name="L")


def scopes_in_a_row():
    x = gg.Parameter(0.5, name="x")
    h = x
    for k in range(5):
        with gg.scope(f"s{k}"):
            h = gg.Tanh(h * x + h, name=f"h{k}")
    return h


def long():
    """A chain with parameters in its middle, which a summary leaves out."""
    h = gg.Parameter(0.5, name="x")
    first = h
    for k in range(30):
        h = gg.Tanh(h * gg.Parameter(1.0 + k / 10, name=f"w{k}"))
    return h * first


def inner_leaf():
    """A parameter at the beginning, used in the middle and at the end."""
    w = gg.Parameter(0.5, name="w")
    h = gg.Input(1.0, name="x")
    for _ in range(6):
        h = gg.Tanh(gg.Tanh(h))
    middle = gg.Parameter(0.25, name="v")
    h = h * middle + w
    for _ in range(6):
        h = gg.Tanh(gg.Tanh(h))
    return h * middle


GRAPHS = {**EXAMPLES, **{build.__name__: build for build in (nested_exits, scopes_in_a_row, long, inner_leaf)}}

COLLAPSED = [
    ("bce_one", {"collapse": "BCE"}),
    ("bce_three", {"collapse": "BCE"}),
    ("bce_three", {"collapse": "BCE", "elements": 2}),
    ("nested", {"collapse": "net"}),
    ("nested", {"collapse": "layer"}),
    ("nested", {"collapse": ["net", "MSE"]}),
    ("multinomial", {"collapse": "negative log likelihood"}),
    ("multinomial", {"collapse": ["log Bernoulli", "likelihood"]}),
    ("logits", {"collapse": "BCE with logits"}),
    ("not_finite", {"collapse": "BCE"}),
    ("nested_exits", {"collapse": "outer"}),
    ("nested_exits", {"collapse": "inner"}),
    ("scopes_in_a_row", {"collapse": [f"s{k}" for k in range(5)]}),
    ("scopes_in_a_row", {"max_nodes": 8}),
    ("scopes_in_a_row", {"max_nodes": 2}),
    ("long", {"max_nodes": 20}),
    ("inner_leaf", {"max_nodes": 20}),
    ("staircase", {"max_nodes": 5}),
    *((name, {"max_nodes": 2}) for name in EXAMPLES),
    *((name, {}) for name in GRAPHS),
]


def played(name, settings):
    with np.errstate(all="ignore"):
        return player(GRAPHS[name](), **settings)


collapsed = pytest.mark.parametrize(("name", "settings"), COLLAPSED, ids=str)


@collapsed
@pytest.mark.parametrize("update", [False, True])
def test_at_the_end_of_a_run_everything_in_the_picture_is_known(name, settings, update):
    if update and name in ("second", "forward_only"):
        settings = {**settings, "seed": [1.0, 0.5]}
    run = played(name, {**settings, **({"update": 0.1} if update else {})})
    known = {(cue.box, cue.stage) for cue in run.cues}
    for box in run.view.boxes:
        stages = {block.stage for block in box.blocks} - {""}
        if stages:
            assert stages == {stage for key, stage in known if key == box.key}, box.title
    keys = {box.key for box in run.view.boxes}
    assert all({cue.box, *cue.lit} <= keys for cue in run.cues)
    assert all(0 <= edge < len(run.view.edges) for cue in run.cues for edge in cue.edges)
    backward = {edge.chip for edge in run.view.edges if edge.backward}
    assert backward == {cue.box for cue in run.cues if cue.stage == "flow"}


@collapsed
def test_each_cue_lights_what_its_step_is_about(name, settings):
    run = played(name, settings)
    box_of = run.view.box_of
    edge_of = {edge.chip: edge for edge in run.view.edges if edge.chip}
    for step, cue in zip(run.steps, run.cues, strict=True):
        assert cue.box in cue.lit
        if step.kind in ("local", "flow"):
            edge = edge_of[cue.box]
            assert edge.head == box_of[step.node]
            repeated = {box.key for box in run.view.boxes if box.kind == "again"}
            assert edge.tail == box_of[step.source] or edge.tail in repeated
            assert set(cue.lit) == {cue.box, box_of[step.source if step.kind == "flow" else step.node]}
            assert [run.view.edges[k] for k in cue.edges] == [edge]
        else:
            assert cue.box == box_of[step.node]
            lit = [run.view.edges[k] for k in cue.edges]
            if step.kind == "forward":
                assert lit == [edge for edge in run.view.edges if edge.head == cue.box]
            elif step.kind in ("upstream", "sum"):
                assert {edge.chip for edge in lit} == set(cue.lit) - {cue.box}


@collapsed
def test_what_flows_along_the_edges_of_the_picture_adds_up(name, settings):
    run = played(name, settings)
    flows, gradients = {}, {}
    for step in run.steps:
        if step.kind == "flow":
            flows.setdefault(step.source, []).append(step.value)
        elif step.kind in ("upstream", "sum"):
            gradients[step.node] = step
    expected = run.scene.run.gradients
    for node, step in gradients.items():
        np.testing.assert_array_equal(step.value, expected[node])
        told = flows.get(node, [])
        if step.kind == "sum":
            assert len(step.parts) == len(told) >= 2 or run.scene.part_of[node].group is not None
            np.testing.assert_allclose(sum(step.parts), step.value, rtol=1e-13)
        if told and run.scene.part_of[node].group is None:
            np.testing.assert_allclose(sum(told), step.value, rtol=1e-13)
    single = [part.node for part in run.scene.parts if part.group is None]
    assert gradients.keys() >= {node for node in single if node in expected}


@collapsed
def test_a_step_comes_after_those_that_it_needs(name, settings):
    run = played(name, settings)
    computed, arrived = set(), set()
    for step in run.steps:
        part = run.scene.part_of[step.node]
        if step.kind == "forward":
            assert all(run.scene.part_of[source] in computed for source in run.scene.sources(part))
            assert part not in computed
            computed.add(part)
        elif step.kind in ("upstream", "sum"):
            assert step.node not in arrived
            arrived.add(step.node)
        elif step.kind in ("local", "flow"):
            assert part.node in arrived or part.group == ""
    assert computed == set(run.scene.parts)


# Size


def calls(function, *args):
    """How many calls of Python functions it takes: the same on every machine."""
    profile = cProfile.Profile()
    result = profile.runcall(function, *args)
    return result, sum(entry.callcount for entry in profile.getstats())


def told(out):
    return [step.numbers + step.words for step in gg.steps(out)]


def chain(count):
    node = gg.Parameter(0.5, name="x")
    for _ in range(count):
        node = gg.Tanh(node)
    return node


def fan(count):
    """One node that `count` others use."""
    x = gg.Parameter(0.5, name="x")
    h = gg.Tanh(x)
    layer = [h * k for k in range(count)]
    while len(layer) > 1:
        layer = [a + b for a, b in zip(layer[::2], layer[1::2], strict=True)]
    return layer[0]


def test_a_chain_of_3000_nodes():
    out = chain(3000)
    steps = gg.steps(out)
    assert len(steps) == 3001 + 1 + 3 * 3000
    out.backward()
    assert steps[-1].node is gg.topological(out)[0]
    assert same(steps[-1].value, steps[-1].node.grad)
    assert steps[-1].numbers.startswith("∂")


def test_a_fan_of_1024():
    out = fan(1024)
    steps = gg.steps(out)
    gradients = replay(steps, out)
    total = next(step for step in steps if step.kind == "sum")
    assert len(total.parts) == 1024
    assert total.numbers.endswith("the sum of 1024 flows")
    out.backward()
    assert all(same(gradient, node.grad) for node, gradient in gradients.items())


@pytest.mark.parametrize("build", [chain, fan])
def test_the_work_grows_as_the_graph_does(build):
    told(build(64))
    small, large = (calls(told, build(count))[1] for count in (256, 1024))
    assert large < 4.6 * small


# Not finite


NOT_FINITE = {
    "log of zero": lambda: gg.Log(gg.Parameter(0.0, name="x")),
    "zero times infinity": lambda: gg.NegLog(gg.Parameter(0.0, name="x")) * 0,
    "infinity minus infinity": lambda: gg.Parameter(np.inf, name="x") - gg.Parameter(np.inf, name="y"),
    "overflow": lambda: gg.Exp(gg.Parameter([1000.0, 1.0], name="x")).sum(),
    "float32 overflow": lambda: gg.Exp(gg.Parameter(np.float32(80.0), name="x")) * gg.Parameter(np.float32(1e30)),
    "slope": lambda: gg.Sqrt(gg.Parameter(0.0, name="x")) * 0,
    "NaN given": lambda: gg.Parameter([np.nan, 1.0], name="x").sum() * gg.Parameter(2.0, name="y"),
    "opposite infinities": lambda: (lambda p: gg.Log(p) - gg.Log(p * p))(gg.Parameter(0.0, name="p")),
    "quotient": lambda: gg.Parameter(1.0, name="x") / gg.Parameter(0.0, name="y"),
    "mean of nothing": lambda: gg.Mean(gg.Parameter(np.zeros(0), name="x")),
    "large with NaN": lambda: gg.Mean(gg.Parameter(np.r_[np.nan, np.inf, np.zeros(50)], name="x") * 2),
}


@pytest.mark.parametrize("update", [None, 0.5, 0, 1e300])
@pytest.mark.parametrize("build", NOT_FINITE.values(), ids=NOT_FINITE)
def test_numbers_that_are_not_finite_are_told_without_a_warning(build, update):
    with np.errstate(all="ignore"), pytest.warns() if build is NOT_FINITE["mean of nothing"] else np.errstate():
        out = build()
    steps = gg.steps(out, update)
    said = [step.words + step.numbers + step.latex for step in steps]
    warned = [(step, text) for step, text in zip(steps, said, strict=True) if "first" in text]
    values = [step for step in steps if step.kind == "forward" and not np.all(np.isfinite(step.value))]
    for what, test in (("∞", np.isinf), ("NaN", np.isnan)):
        first = next((step for step in values if np.any(test(step.value))), None)
        told = [step for step, text in warned if step.kind == "forward" and f"the first {what}" in text]
        assert told == [first] * (first is not None)
    flows = [step for step in steps if step.kind == "flow" and not np.all(np.isfinite(step.value))]
    first = [step for step, text in warned if "the first gradient that is not finite" in text]
    assert first == flows[:1]
    assert values or flows


@pytest.mark.parametrize("build", NOT_FINITE.values(), ids=NOT_FINITE)
def test_so_they_are_where_a_scope_is_one_box(build):
    with gg.scope("all"), np.errstate(all="ignore"):
        with pytest.warns() if build is NOT_FINITE["mean of nothing"] else np.errstate():
            out = build()
        run = player(out, collapse="all", update=0.5)
    assert all(step.words and step.numbers and step.latex for step in run.steps)
    assert any("Here is the first" in step.words for step in run.steps if step.kind == "forward") or not any(
        box.warning for box in run.view.boxes if box.kind != "chip"
    )
