"""The player as a widget, seen from Python: what is set, what a page sends, and what is sent to the page."""

import json
import subprocess
import sys
import warnings

import graphgrad as gg
import numpy as np
import pytest
from drawing_examples import EXAMPLES, bce_one, bce_three, drawn, fan_out, matrices, nested, not_finite, square

pytest.importorskip("anywidget")

from traitlets import TraitError

AS_BUILT = {"y": 1.0, "w": 0.7, "x": 2.0, "b": -0.4}


@pytest.fixture
def sent(monkeypatch):
    """The messages to the page, in order."""
    import comm

    messages = []
    monkeypatch.setattr(
        comm.DummyComm, "publish_msg", lambda self, kind, data=None, *_, **__: messages.append(data), raising=True
    )
    return messages


def widget(_node, **settings):
    """A widget. (No variable here lends the node a name.)"""
    return gg.player(_node, **settings).widget()


def typed(shown, content):
    """A message of the page, as it comes out of the comm."""
    shown._handle_custom_msg(content, [])


def key_of(shown, name):
    return next(leaf.key for leaf in shown.player.leaves if leaf.name == name)


def state(shown):
    """All that must stay as it is where something is refused."""
    return shown.data, dict(shown.values), shown.index, shown.playing, shown.player, shown.node


def same(before, shown):
    now = state(shown)
    return before == now and before[0] is now[0] and before[4] is now[4] and before[5] is now[5]


def text_of_last_step(shown):
    return shown.data["steps"][-1]["text"]


# What it holds


def test_as_it_is_made():
    run = gg.player(bce_one())
    shown = run.widget()
    assert (shown.index, shown.playing, shown.values) == (0, False, AS_BUILT)
    assert shown.player is run
    assert shown.node is run.node
    assert len(shown.data["steps"]) == len(run.steps)


def test_the_run_is_not_drawn_again_when_it_is_made(monkeypatch):
    run = gg.player(bce_one())
    monkeypatch.setattr(gg.Player, "replaced", lambda *_: pytest.fail("the graph was run again"))
    run.widget()


def test_values_of_arrays_and_matrices():
    assert widget(bce_three()).values == {"w": 0.7, "b": -0.4, "x": [2.0, -1.0, 0.5], "y": [1.0, 0.0, 1.0]}
    assert widget(matrices()).values["W"] == [[0.5, -1.0], [2.0, 0.25]]


def test_a_leaf_without_a_name_goes_by_the_callers_variable():
    slope, x = gg.Parameter(2.0), gg.Input(3.0)
    shown = gg.player(slope * x).widget()
    assert shown.values == {"slope": 2.0, "x": 3.0}
    shown.values = {"slope": 4}
    assert (shown.values, shown.node.value) == ({"slope": 4.0, "x": 3.0}, 12.0)


def test_large_arrays_cannot_be_changed():
    w, x = gg.Parameter(0.5, name="w"), gg.Input(np.ones(1000), name="x")
    shown = gg.player(gg.Mean(w * x)).widget()
    assert shown.values == {"w": 0.5}
    with pytest.raises(TraitError, match=r"no 'x' to change; there are w"):
        shown.values = {"x": np.zeros(1000)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_data_is_json_whatever_the_graph(name):
    with np.errstate(all="ignore"):
        node = EXAMPLES[name]()
    shown = widget(node)
    text = json.dumps(shown.data, allow_nan=False)
    assert json.loads(text) == json.loads(json.dumps(shown.get_state()["data"], allow_nan=False))
    assert shown.data["css"] is not None


# Setting values in Python


def test_values_set_in_python_run_the_graph_again():
    node = bce_one()
    shown = widget(node)
    shown.index = 20
    before = shown.data
    shown.values = {"w": 0.9}
    assert shown.values == {**AS_BUILT, "w": 0.9}
    assert shown.node.value == node.replace(w=0.9).value
    assert len(shown.player.steps) == len(shown.data["steps"]) == len(before["steps"])
    assert shown.player.steps[-1].value == pytest.approx(shown.player.scene.run.gradients[shown.player.steps[-1].node])
    assert shown.data["picture"] != before["picture"]
    assert next(leaf for leaf in shown.data["leaves"] if leaf["symbol"] == "w")["text"] == "0.9"
    assert shown.index == 20  # where the reader is
    assert node.value == bce_one().value  # a new graph: the old one stays


def test_a_second_change_keeps_the_first():
    shown = widget(bce_one())
    shown.values = {"w": 0.9}
    shown.values = {"b": 1}
    shown.values = {"x": -2, "y": 0}
    assert shown.values == {"y": 0.0, "w": 0.9, "x": -2.0, "b": 1.0}
    assert shown.node.value == bce_one().replace(w=0.9, b=1, x=-2, y=0).value


@pytest.mark.parametrize("value", [[1, 2, 3], (1, 2, 3), np.array([1, 2, 3]), np.array([1, 2, 3], dtype=np.float32)])
def test_arrays_are_taken(value):
    shown = widget(bce_three())
    shown.values = {"x": value}
    assert shown.values["x"] == [1.0, 2.0, 3.0]
    assert shown.node.value == bce_three().replace(x=[1, 2, 3]).value


def test_matrices_are_taken():
    shown = widget(matrices())
    shown.values = {"W": np.eye(2), "b": [0, 0]}
    assert shown.values["W"] == [[1.0, 0.0], [0.0, 1.0]]
    assert shown.node.value == matrices().replace(W=np.eye(2), b=[0, 0]).value


def test_float32_stays_float32():
    w = gg.Parameter(np.float32(0.1), name="w")
    shown = gg.player(w * 2).widget()
    shown.values = {"w": 0.3}
    assert shown.player.leaves[0].node.dtype == np.float32
    assert shown.values == {"w": float(np.float32(0.3))}
    for value in (1e300, -1e300, 1e-300):
        with pytest.raises(TraitError, match="does not fit into float32"):
            shown.values = {"w": value}
    assert shown.values == {"w": float(np.float32(0.3))}


def test_values_are_changed_as_a_whole():
    shown = widget(square())
    for change in ("clear", "popitem", "pop", "setdefault", "update"):
        with pytest.raises(TypeError, match="would not reach the player"):
            getattr(shown.values, change)()


def test_data_are_made_from_the_graph_alone():
    shown = widget(square())
    before = shown.data
    with pytest.raises(TraitError, match="set values"):
        shown.data = {}
    assert shown.data is before


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308, -1e-308, True, np.float64(2), np.int64(3)])
def test_every_real_number_is_taken_since_the_picture_shows_where_it_is_not_finite(value):
    shown = widget(square())
    shown.values = {"x": value}
    assert np.array_equal(shown.values["x"], float(value), equal_nan=True)
    json.dumps(shown.data, allow_nan=False)
    shown.values = shown.values  # NaN too can be given back
    shown.values = {"x": 3}
    assert shown.node.value == 9


WRONG = {
    "another name": ({"nope": 1}, r"no 'nope' to change; there are y, w, x, b"),
    "no name": ({3: 4}, r"no 3 to change"),
    "a node as name": ({gg.Input(1.0): 4}, r"no <Input: 1> to change"),
    "a long name": ({"n" * 10_000: 4}, r"no 'n{40,60} to change"),
    "another shape": ({"w": [1, 2]}, r"values\['w'\] has shape \(\) and would get shape \(2,\); .*again"),
    "one element": ({"w": [1]}, r"values\['w'\] has shape \(\) and would get shape \(1,\)"),
    "text": ({"w": "0.9"}, r"values\['w'\]: '0\.9' has dtype .*; convert text with float"),
    "much text": ({"w": "9" * 10_000_000}, r"values\['w'\]: .*; convert text"),
    "None": ({"w": None}, r"values\['w'\]: None has dtype object"),
    "complex": ({"w": 1j}, r"values\['w'\]: 1j has dtype complex128.*take value\.real"),
    "a huge integer": ({"w": 10**400}, r"values\['w'\]: 1000.* has dtype object"),
    "an integer that float64 does not hold": ({"w": 2**53 + 1}, r"values\['w'\]: .*cannot hold exactly"),
    "a dict": ({"w": {}}, r"values\['w'\]: \{\} has dtype object"),
    "ragged rows": ({"w": [[1], [1, 2]]}, r"values\['w'\]: .*rows of equal length"),
    "a node": ({"w": gg.Input(1.0)}, r"node\.value is its array"),
    "a right one and a wrong one": ({"b": 1, "w": None}, r"values\['w'\]: None"),
    "no dict": (3, r"expected a dict, not the int 3"),
    "nothing": (None, r"expected a dict, not the NoneType None"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_refused_and_nothing_changes(case, sent):
    values, message = WRONG[case]
    shown = widget(bce_one())
    before = state(shown)
    sent.clear()
    with pytest.raises(TraitError, match=message) as error:
        shown.values = values
    assert len(str(error.value)) < 300
    assert same(before, shown)
    assert not sent
    shown.values = {"w": 0.9}  # and it still works
    assert shown.node.value == bce_one().replace(w=0.9).value


@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0], [1.0, 2.0, 3.0, 4.0], 1.0, [[1.0, 2.0, 3.0]]])
def test_a_leaf_keeps_its_shape(x):
    w, data = gg.Parameter(0.5, name="w"), gg.Input([1.0, -1.0, 2.0], name="x")
    shown = gg.player(gg.Sum(w * data)).widget()
    before = state(shown)
    with pytest.raises(TraitError, match=r"values\['x'\] has shape \(3,\) and would get shape .*build the graph"):
        shown.values = {"x": x}
    assert same(before, shown)


def test_an_op_that_fails_leaves_everything_as_it_was(sent):
    class Choosy(gg.Op):
        """x, if it is small."""

        def forward(self, xp, x):
            if x > 5:
                raise RuntimeError("x is too large for me")
            return x * 1

        def local(self, xp, out, x):
            return (1.0,)

    x = gg.Parameter(2.0, name="x")
    shown = gg.player(Choosy(x, name="c")).widget()
    before = state(shown)
    with pytest.raises(TraitError, match="x is too large for me"):
        shown.values = {"x": 6}
    sent.clear()
    typed(shown, {"what_if": {key_of(shown, "x"): "6"}})
    assert same(before, shown)
    assert [message["content"]["refused"] for message in sent] == [key_of(shown, "x")]
    assert "x is too large for me" in sent[0]["content"]["why"]


def test_a_change_inside_values_says_what_to_write():
    shown = widget(bce_one())
    with pytest.raises(TypeError, match=r"write widget\.values = \{'w': …\}"):
        shown.values["w"] = 0.9
    with pytest.raises(TypeError, match=r"write widget\.values = "):
        shown.values.update(w=0.9)
    assert shown.values == AS_BUILT
    shown.values |= {"w": 0.9}
    assert shown.values == {**AS_BUILT, "w": 0.9}
    assert shown.node.value == bce_one().replace(w=0.9).value
    assert repr(shown.values) == "{'y': 1.0, 'w': 0.9, 'x': 2.0, 'b': -0.4}"


def test_two_leaves_of_one_name_are_two_values():
    first, second = gg.Parameter(2.0, name="w"), gg.Parameter(5.0, name="w")
    shown = gg.player(gg.Mul(first, second, name="s")).widget()
    assert shown.values == {"w": 2.0, "w⁽²⁾": 5.0}  # as they are written in the picture
    shown.values = {"w⁽²⁾": 7}
    assert (shown.values, shown.node.value) == ({"w": 2.0, "w⁽²⁾": 7.0}, 14.0)
    shown.values = {"w": 3}
    assert (shown.values, shown.node.value) == ({"w": 3.0, "w⁽²⁾": 7.0}, 21.0)
    typed(shown, {"what_if": {shown.data["leaves"][1]["key"]: "1"}})
    assert shown.values == {"w": 3.0, "w⁽²⁾": 1.0}


def set_together(shown, **traits):
    with shown.hold_trait_notifications():
        for name, value in traits.items():
            setattr(shown, name, value)


def test_several_traits_held_together():
    shown = widget(bce_one())
    set_together(shown, values={"w": 0.9}, index=3)
    assert (shown.index, shown.values["w"]) == (3, 0.9)
    assert shown.data["leaves"][1]["text"] == "0.9"
    before = state(shown)
    with pytest.raises(TraitError, match="index = 1000"):
        set_together(shown, values={"w": 5}, index=1000)
    assert same(before, shown)
    shown.values = {"b": 0}
    assert shown.node.value == bce_one().replace(w=0.9, b=0).value


# The step


@pytest.mark.parametrize("index", [-1, 50, 1000, 10**30])
def test_no_step_outside_the_run(index):
    shown = widget(bce_one())
    with pytest.raises(TraitError, match=rf"index = {index}: the run has 50 steps, from 0 to 49"):
        shown.index = index
    assert shown.index == 0


@pytest.mark.parametrize("index", [1.5, "3", None, [1], float("nan")])
def test_an_index_is_a_whole_number(index):
    shown = widget(bce_one())
    with pytest.raises(TraitError, match="expected an int"):
        shown.index = index
    assert shown.index == 0


def test_the_index_can_be_observed():
    shown = widget(bce_one())
    seen = []
    shown.observe(lambda change: seen.append(change.new), "index")
    shown.index = 4
    shown.set_state({"index": 5})  # as from the page
    assert seen == [4, 5]


def test_a_page_cannot_leave_the_run():
    shown = widget(bce_one())
    for index in (-1, 50, "3", None):
        with pytest.raises(TraitError):
            shown.set_state({"index": index})
    assert shown.index == 0


def test_playing():
    shown = widget(bce_one())
    shown.playing = True
    shown.set_state({"playing": False})
    assert shown.playing is False
    with pytest.raises(TraitError):
        shown.playing = "yes"


# Messages of the page


def test_what_if(sent):
    shown = widget(bce_one())
    sent.clear()
    typed(shown, {"what_if": {key_of(shown, "w"): " 0.9 "}})
    assert shown.values == {**AS_BUILT, "w": 0.9}
    assert shown.node.value == bce_one().replace(w=0.9).value
    assert [list(message["state"]) for message in sent] == [["data"]]


def test_what_if_with_a_typographic_minus():
    shown = widget(bce_one())
    typed(shown, {"what_if": {key_of(shown, "b"): "−1.5e-1"}})
    assert shown.values["b"] == -0.15


def test_what_if_for_a_matrix():
    shown = widget(matrices())
    typed(shown, {"what_if": {key_of(shown, "W"): "1, 2,3 , 4"}})
    assert shown.values["W"] == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("abc", "'abc' is no number"),
        ("", "'' is no number"),
        ("1, 2", "w takes 1 number"),
        ("0,9", "w takes 1 number"),
        ("1e999", "1e999 is too large"),
        ("1e-999", "1e-999 is too small"),
        ("1_0", "'1_0' is no number"),
        ("__import__('os')", "is no number"),
        ("<img src=x onerror=alert(1)>", "is no number"),
        ("1\n2", "is no number"),
        ("\0", "is no number"),
        ("९", "is no number"),
        ("0x10", "is no number"),
        (None, "'None' is no number"),
        ([1], "is no number"),
        ({}, "is no number"),
        (True, "is no number"),
    ],
)
def test_what_is_no_number_is_refused_beside_its_field(text, why, sent):
    shown = widget(bce_one())
    before = state(shown)
    sent.clear()
    typed(shown, {"what_if": {key_of(shown, "w"): text}})
    assert same(before, shown)
    assert len(sent) == 1
    assert sent[0]["method"] == "custom"
    assert sent[0]["content"]["refused"] == key_of(shown, "w")
    assert why in sent[0]["content"]["why"]


def test_a_batch_takes_as_many_numbers_as_it_has(sent):
    shown = widget(bce_three())
    sent.clear()
    typed(shown, {"what_if": {key_of(shown, "x"): "1, 2"}})
    assert sent[0]["content"]["why"] == "x takes 3 numbers, with commas between"


HOSTILE = [
    None,
    3,
    True,
    "what_if",
    "reset",
    [],
    ["reset"],
    {},
    {"text": "1"},
    {"what_if": None},
    {"what_if": []},
    {"what_if": ["n0"]},
    {"what_if": {}},
    {"what_if": 1},
    {"what_if": "n0", "text": "1"},
    {"what_if": {"n999": "1"}},
    {"what_if": {"n999": "1", "n0": "1"}},
    {"what_if": {1: "1"}},
    {"what_if": {"__class__": "1"}},
    {"refused": "n0", "why": "so"},
    {"values": {"w": 5}},
]


@pytest.mark.parametrize("content", HOSTILE, ids=repr)
def test_messages_of_another_form_do_nothing(content, sent, caplog):
    shown = widget(bce_one())
    before = state(shown)
    sent.clear()
    typed(shown, content)
    assert same(before, shown)
    assert not sent
    assert not caplog.records  # ipywidgets logs what a handler raises


@pytest.mark.parametrize("piece", ["9", "9,", ",", "x", " ", "é", "1e", "-", "."])
def test_ten_million_characters_are_refused_at_once(piece, sent):
    shown = widget(bce_one())
    before = state(shown)
    for text in (piece * (10_000_000 // len(piece)), "9" * 9_999_999 + "x"):
        sent.clear()
        typed(shown, {"what_if": {key_of(shown, "w"): text}})
        assert same(before, shown)
        assert "characters are too many for w" in sent[0]["content"]["why"]
        assert len(sent[0]["content"]["why"]) < 200


def test_reset(sent):
    run = gg.player(bce_one())
    shown = run.widget()
    shown.values = {"w": 0.9, "b": 3}
    shown.index = 7
    sent.clear()
    typed(shown, {"reset": True})
    assert [list(message["state"]) for message in sent] == [["data"]]
    assert shown.values == AS_BUILT
    assert shown.node.value == run.node.value
    assert json.dumps(shown.data) == json.dumps(run.widget().data)
    assert shown.index == 7


def test_reset_of_numbers_that_are_not_finite():
    with np.errstate(all="ignore"):
        node = gg.Mul(gg.Parameter(float("nan"), name="x"), gg.Parameter([np.inf, 1.0], name="v"), name="s")
    shown = gg.player(node, seed=[1.0, 1.0]).widget()
    shown.values = {"x": 1, "v": [2, 3]}
    assert shown.node.value.tolist() == [2.0, 3.0]
    typed(shown, {"reset": True})
    assert np.isnan(shown.values["x"])
    assert shown.values["v"] == [np.inf, 1.0]


# What is sent


def test_a_step_sends_its_number_alone(sent):
    shown = widget(bce_one())
    sent.clear()
    shown.index = 5
    shown.playing = True
    assert [message["state"] for message in sent] == [{"index": 5}, {"playing": True}]
    sent.clear()
    shown.set_state({"index": 6})  # from the page: told back to other pages, as ipywidgets does
    assert all(message["state"] == {"index": 6} for message in sent)


@pytest.mark.parametrize("values", [{}, {"w": 0.7}, {"w": np.float64(0.7), "x": 2}, AS_BUILT])
def test_the_same_values_send_nothing(values, sent, monkeypatch):
    shown = widget(bce_one())
    monkeypatch.setattr(gg.Player, "replaced", lambda *_: pytest.fail("the graph was run again"))
    sent.clear()
    shown.values = values
    assert not sent


def test_several_values_are_one_message(sent):
    shown = widget(bce_one())
    sent.clear()
    shown.values = {"w": 1, "b": 2, "x": 3}
    assert [list(message["state"]) for message in sent] == [["data"]]


# Settings of the player


def test_the_step_of_descent_is_told_again():
    shown = widget(bce_one(), update={"w": 0.1})
    assert shown.data["steps"][-1]["kind"] == "update"
    first = text_of_last_step(shown)
    shown.values = {"w": 2}
    assert shown.data["steps"][-1]["kind"] == "update"
    assert text_of_last_step(shown) != first
    assert shown.player.steps[-1].value == gg.descend(bce_one().replace(w=2), {"w": 0.1}).find("w").value


def test_settings_stay():
    shown = widget(bce_one(), digits=2, direction="TB", theme="dark", collapse="BCE", elements=4, names={})
    before = shown.data
    shown.values = {"w": 2}
    typed(shown, {"reset": True})
    assert json.dumps(shown.data) == json.dumps(before)


def test_an_exercise_stays_one():
    shown = widget(bce_one(), predict=True)
    assert shown.data["predict"] is True
    shown.values = {"w": 2}
    assert shown.data["predict"] is True
    assert widget(bce_one()).data["predict"] is False


def test_collapsed_scopes():
    shown = widget(nested(), collapse="net")
    plain = widget(nested())
    assert len(shown.data["steps"]) < len(plain.data["steps"])
    count = len(shown.data["steps"])
    shown.values = {"x": 1}
    assert len(shown.data["steps"]) == count
    assert shown.node.value == nested().replace(x=1).value


def test_a_summary():
    w = node = gg.Parameter(1.0, name="w")
    for k in range(60):
        node = node * (1 + 1 / (k + 2))
    shown = gg.player(node, max_nodes=20).widget()
    shown.values = {"w": 2}
    assert shown.node.value == pytest.approx(2 * w.value * node.value)


def test_a_seed():
    v = gg.Parameter([1.0, 2.0], name="v")
    shown = gg.player(v * v, seed=[1.0, 10.0]).widget()
    shown.values = {"v": [3, 4]}
    assert shown.player.scene.run.gradients[shown.player.leaves[0].node].tolist() == [6.0, 80.0]


# Widgets among others


def test_two_widgets_of_one_player_are_independent():
    run = gg.player(bce_one())
    first, second = run.widget(), run.widget()
    first.values = {"w": 0.9}
    first.index = 4
    assert (second.values, second.index) == (AS_BUILT, 0)
    assert second.player is run
    assert first.model_id != second.model_id
    typed(second, {"what_if": {key_of(second, "b"): "1"}})
    assert first.values == {**AS_BUILT, "w": 0.9}
    assert second.values == {**AS_BUILT, "b": 1.0}


def test_it_closes():
    from ipywidgets.widgets.widget import _instances

    shown = widget(fan_out())
    model = shown.model_id
    assert model in _instances
    shown.close()
    assert model not in _instances
    assert shown.comm is None
    shown.index = 2  # what a closed widget is told goes nowhere
    shown.values = {"a": 3}


def test_it_shows_itself_with_a_text_beside_it():
    shown = widget(fan_out())
    bundle = shown._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == f"<Widget: Backpropagation of e, step by step: {len(shown.player.steps)} steps>"


@pytest.mark.parametrize("build", [not_finite, bce_one, matrices], ids=lambda build: build.__name__)
def test_no_warning_is_left_behind(build):
    node = drawn(build())._scene.run.out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = widget(node)
        for leaf in shown.player.leaves:
            for text in ("nan", "inf", "-inf", "0", "1e308", "-1e308"):
                typed(shown, {"what_if": {leaf.key: ", ".join([text] * leaf.node.size)}})
                json.dumps(shown.data, allow_nan=False)
        typed(shown, {"reset": True})
        shown.close()


# Without anywidget


WITHOUT = """
import sys
sys.modules["anywidget"] = None
import graphgrad as gg
a = gg.Parameter(2.0, name="a")
run = gg.player(a * a)
assert "<div" in run._repr_mimebundle_()["text/html"]
try:
    run.widget()
except ImportError as error:
    print(error)
"""


def test_without_anywidget_the_error_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True)
    assert "pip install anywidget" in done.stdout
    assert ".save('run.html')" in done.stdout


def test_importing_graphgrad_and_playing_load_no_widgets():
    program = (
        "import sys, graphgrad as gg; gg.player(gg.Parameter(2.0) * 2); "
        "print(sorted(sys.modules.keys() & {'anywidget', 'ipywidgets', 'traitlets', 'IPython'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
