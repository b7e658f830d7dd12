"""The player on a page of its own: every control, every key, what is shown at each step, and who can read it."""

import json
import random
from itertools import accumulate, product
from xml.etree import ElementTree

import graphgrad as gg
import numpy as np
import pytest
from browser import Played
from drawing_examples import (
    bce_one,
    bce_three,
    fan_out,
    forward_only,
    large,
    logits,
    matrices,
    multinomial,
    nested,
    not_finite,
    second,
    staircase,
)
from graphgrad.drawing.svg import svg
from graphgrad.views.cues import moments
from graphgrad.views.html import asset, fragment, page
from graphgrad.views.payload import payload
from test_drawing_hostile import NAMES, graph

SVG = "{http://www.w3.org/2000/svg}"


def chain(count):
    """tanh(tanh(…x…))."""
    node = gg.Parameter(0.5, name="x")
    for _ in range(count - 1):
        node = gg.Tanh(node)
    return node


RUNS = {
    "bce_one": (bce_one, {"update": 1.0}),
    "bce_three": (bce_three, {}),
    "fan_out": (fan_out, {}),
    "matrices": (matrices, {}),
    "nested": (nested, {"collapse": "layer", "update": 0.1}),
    "not_finite": (not_finite, {}),
    "multinomial": (multinomial, {}),
    "collapsed": (multinomial, {"collapse": ("log likelihood", "likelihood")}),
    "logits": (logits, {}),
    "second": (second, {"theme": "dark"}),
    "staircase": (staircase, {"direction": "LR", "digits": 2}),
    "large": (large, {}),
    "forward_only": (forward_only, {}),
    "summary": (lambda: chain(50), {"max_nodes": 12}),
}


def made(name):
    """The player of an example. (No variable here lends a node a name.)"""
    build, settings = RUNS[name]
    with np.errstate(all="ignore"):
        return gg.player(build(), **settings)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The player of an example, and its page; each is made once."""
    folder = tmp_path_factory.mktemp("pages")
    kept = {}

    def saved(name):
        if name not in kept:
            run = made(name)
            kept[name] = run, run.save(folder / f"{name}.html")
        return kept[name]

    return saved


@pytest.fixture
def opened(visit, saved):
    """An example as it is played on its page."""

    def opened(name="fan_out", **settings):
        run, path = saved(name)
        played = Played(visit(path, **{"reduced_motion": "reduce", **settings}))
        played.run = run
        return played

    return opened


# Controls


def test_buttons(opened):
    played = opened("fan_out")
    last = len(played.run.steps) - 1
    assert played.at == 0
    for name, at in [
        ("Previous", 0), ("First", 0), ("Next", 1), ("Next", 2), ("Previous", 1), ("Last", last), ("Next", last),
        ("Last", last), ("Previous", last - 1), ("First", 0),
    ]:  # fmt: skip
        played.button(name).click(force=True)  # also where it is disabled
        seen = played.seen()
        assert seen["index"] == at, name
        assert seen["count"] == f"Step {at + 1} of {last + 1}"
        label = payload(played.run)["steps"][at]["label"]
        assert seen["said"] == f"step {at + 1} of {last + 1}: {label}"
        first, final = str(at == 0).lower(), str(at == last).lower()
        assert seen["ends"] == [first, first, final, final]
        assert seen["current"] == [at]


def test_the_slider(opened):
    played = opened("fan_out")
    played.slider.fill("7")
    assert played.seen()["current"] == [7]
    box = played.slider.bounding_box()
    played.tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    middle = played.at
    assert abs(middle - len(played.run.steps) // 2) <= 1
    assert played.seen()["current"] == [middle]
    played.slider.focus()
    for key, by in [("ArrowRight", 1), ("ArrowLeft", -1), ("ArrowUp", 1), ("ArrowDown", -1)]:
        played.tab.keyboard.press(key)
        middle += by
        assert (played.at, played.seen()["current"]) == (middle, [middle])
    played.tab.keyboard.press("PageUp")
    assert played.seen()["current"] == [played.at] != [middle]
    played.tab.keyboard.press("Home")
    assert played.seen()["current"] == [0]


def test_keys(opened):
    played = opened("fan_out")
    last = len(played.run.steps) - 1
    for target in (played.stage, played.slider, *map(played.button, ("First", "Play", "Predict"))):
        target.focus()
        for key, at in [
            ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", last), ("ArrowRight", last), ("Home", 0),
            ("ArrowLeft", 0),
        ]:  # fmt: skip
            played.tab.keyboard.press(key)
            assert (played.at, played.seen()["current"]) == (at, [at]), key
        assert target.evaluate("(one) => one === one.getRootNode().activeElement")


def test_the_keys_work_from_the_start_and_after_a_click_anywhere(opened):
    played = opened("fan_out")
    played.tab.keyboard.press("ArrowRight")
    assert played.at == 1
    played.host.get_by_role("combobox", name="Speed").focus()
    played.host.locator(".words").click()
    played.tab.keyboard.press("ArrowRight")
    assert played.at == 2


def test_space_plays_but_presses_the_button_that_has_the_focus(opened):
    played = opened("fan_out")
    played.stage.focus()
    played.tab.keyboard.press("Space")
    assert played.button("Pause").is_visible()
    played.tab.keyboard.press("Space")
    assert played.button("Play").is_visible()
    played.button("Next").focus()
    played.tab.keyboard.press("Space")
    assert played.button("Play").is_visible()
    assert played.at == 1
    played.button("Play").focus()
    played.tab.keyboard.press("Space")
    assert played.button("Pause").is_visible()
    played.tab.keyboard.press("Enter")
    assert played.button("Play").is_visible()
    assert played.tab.evaluate("[scrollX, scrollY]") == [0, 0]


def test_keys_are_not_taken_from_fields_nor_with_control(opened):
    played = opened("fan_out")
    speed = played.host.get_by_role("combobox", name="Speed")
    speed.focus()
    for key in ("ArrowRight", "End", "Home"):
        played.tab.keyboard.press(key)
        assert played.at == 0
    played.stage.focus()
    for key in ("Control+ArrowRight", "Alt+End", "Meta+End", "a", "Enter"):
        played.tab.keyboard.press(key)
        assert played.at == 0
    played.button("Predict").click()
    played.slider.fill("1")
    played.button("Next").click()
    assert played.guess.evaluate("(one) => one === one.getRootNode().activeElement")
    played.tab.keyboard.type("1 2")
    for key in ("ArrowLeft", "Home", "ArrowRight", "End", "ArrowRight"):
        played.tab.keyboard.press(key)
        assert (played.at, played.guess.input_value()) == (1, "1 2")
    assert played.button("Play").is_visible()


def test_a_click_on_a_box_runs_to_what_it_makes_known(opened):
    played = opened("fan_out")
    for key in dict.fromkeys(cue.box for cue in played.run.cues):
        there = [k for k, cue in enumerate(played.run.cues) if cue.box == key]
        played.slider.fill("0")
        at = 0
        for _ in range(len(there) + 2):
            at = next((k for k in there if k > at), there[0])
            played.box(key).click()
            assert played.at == at, key


def test_a_click_beside_the_boxes_does_nothing(opened):
    played = opened("fan_out")
    played.slider.fill("3")
    played.stage.click(position={"x": 3, "y": 3})
    assert played.at == 3


def test_the_list_by_mouse(opened):
    played = opened("fan_out")
    for index in (5, 2, len(played.run.steps) - 1, 0):
        played.order.get_by_role("button").nth(index).click()
        assert played.at == index


def test_the_list_by_keyboard(opened):
    played = opened("fan_out")
    played.slider.fill("4")
    stops = played.order.locator("[tabindex='0']")
    assert stops.count() == 1
    played.stage.focus()
    played.tab.keyboard.press("Tab")
    focused = played.order.locator("button:focus")
    assert focused.get_attribute("data-index") == "4"
    for key, index in [("ArrowDown", 5), ("ArrowDown", 6), ("ArrowUp", 5)]:
        played.tab.keyboard.press(key)
        assert (focused.get_attribute("data-index"), played.at) == (str(index), 4)
    played.tab.keyboard.press("Enter")
    assert (focused.get_attribute("data-index"), played.at) == ("5", 5)
    assert stops.get_attribute("data-index") == "5"
    played.tab.keyboard.press("ArrowUp")
    played.tab.keyboard.press("Space")
    assert played.at == 4
    assert played.button("Play").is_visible()
    for _ in range(6):
        played.tab.keyboard.press("ArrowUp")
    assert focused.get_attribute("data-index") == "0"


# Playing


@pytest.fixture
def ticking(opened):
    """An example on a page whose time stands still until it is told to run."""

    def ticking(name):
        played = opened(name, before=lambda tab: tab.clock.install(time=0))
        played.tab.clock.pause_at(3_600_000)
        return played

    return ticking


def test_play_steps_on_and_ends(ticking):
    played = ticking("fan_out")
    clock, last = played.tab.clock, len(played.run.steps) - 1
    played.button("Play").click()
    heard = played.status.text_content()
    for at, time in [(0, 1499), (1, 1), (1, 1499), (2, 1)]:
        clock.run_for(time)
        assert played.at == at
        assert played.status.text_content() == heard  # it would talk without end
    played.host.get_by_role("combobox", name="Speed").select_option("4×")
    clock.run_for(374)
    assert played.at == 2
    clock.run_for(1)
    assert played.at == 3
    played.button("Pause").click()
    assert played.status.text_content().endswith(played.run.steps[3].numbers)
    clock.run_for(20_000)
    assert played.at == 3
    played.button("Play").click()
    clock.run_for(375 * (last - 3) - 1)
    assert (played.at, played.button("Pause").count()) == (last - 1, 1)
    clock.run_for(1)
    assert (played.at, played.button("Play").count()) == (last, 1)
    assert played.status.text_content().endswith(played.run.steps[last].numbers)


def test_play_at_the_end_begins_again(ticking):
    played = ticking("fan_out")
    played.button("Last").click()
    played.button("Play").click()
    assert played.at == 0
    played.tab.clock.run_for(3000)
    assert played.at == 2
    played.slider.fill("9")
    assert played.button("Pause").count() == 1
    played.tab.clock.run_for(1500)
    assert played.at == 10


def test_play_stops_at_a_question(ticking):
    played = ticking("fan_out")
    played.button("Predict").click()
    played.button("Play").click()
    played.tab.clock.run_for(60_000)
    question = next(k for k, step in enumerate(payload(played.run)["steps"]) if step["answer"])
    assert played.at == question - 1
    assert played.guess.is_visible()
    assert played.button("Play").count() == 1
    assert "= ?" in played.status.text_content()


# What is known


def picture_texts(source):
    """The text of a picture, in the order of the file."""
    found = ElementTree.fromstring(source).iter()
    parts = [one for one in found if one.tag == f"{SVG}text" or one.get("aria-label")]
    return [one.get("aria-label") or one.text for one in parts]


def expected_lists(run):
    """What the list says of a step that has not been reached."""
    return [f"{k + 1} {step['label']}" for k, step in enumerate(payload(run)["steps"])]


@pytest.mark.parametrize("name", RUNS)
def test_each_step_shows_what_is_known_and_lights_what_it_is_about(opened, name):
    played = opened(name)
    run, view = played.run, played.run.view
    known = list(accumulate(({(cue.box, cue.stage)} for cue in run.cues), set.union))
    seen = played.walk(*range(len(run.steps)))
    stages = {(box, stage) for box, stage, _ in seen[0]["shown"]}
    silent = {(box.key, stage) for box in view.boxes if box.kind == "rest" for stage in ("value", "gradient")}
    assert stages == known[-1] - silent
    assert {(box, stage) for box, stage, _ in seen[0]["slots"]} <= stages
    unread = expected_lists(run)
    for k, (now, cue, moment) in enumerate(zip(seen, run.cues, moments(run.cues), strict=True)):
        assert all(is_shown == ((box, stage) in known[k]) for box, stage, is_shown in now["shown"]), k
        assert all(is_shown != ((box, stage) in known[k]) for box, stage, is_shown in now["slots"]), k
        assert now["texts"] == picture_texts(svg(view, run.layout, run.theme, moment=moment)), k
        assert sorted(now["ringed"]) == sorted(set(cue.lit))
        assert now["widths"] == ["3px" if edge in cue.edges else "1.5px" for edge in range(len(view.edges))]
        assert (now["index"], now["current"]) == (k, [k])
        assert now["list"][k + 1 :] == unread[k + 1 :]
        assert all(step.numbers in entry for step, entry in zip(run.steps[: k + 1], now["list"], strict=False))
        assert cue.box in now["inView"], k
        assert now["scrolled"] == [0, 0]
        assert (now["words"], now["equation"]) == (run.steps[k].words, run.steps[k].numbers)
    static = picture_texts(svg(view, run.layout, run.theme))
    assert [text for text in seen[-1]["texts"] if text != "not yet known"] == static


@pytest.mark.parametrize("name", ["bce_one", "nested", "not_finite"])
def test_the_way_to_a_step_does_not_matter(opened, name):
    played = opened(name)
    count = len(played.run.steps)
    straight = played.walk(*range(count))
    wandering = random.Random(0).choices(range(count), k=25)
    for there, now in zip(wandering, played.walk(*wandering), strict=True):
        for what in ("shown", "slots", "texts", "ringed", "widths", "list", "current", "ends", "heard", "words"):
            assert now[what] == straight[there][what]


@pytest.mark.parametrize("name", ["bce_one", "not_finite"])
def test_the_whole_run_is_heard(opened, name):
    played = opened(name)
    played.stage.focus()
    heard = []
    for _ in played.run.steps:
        heard.append(played.status.text_content())
        played.tab.keyboard.press("ArrowRight")
    assert heard == [f"{step.words} {step.numbers}" for step in played.run.steps]


def test_the_first_that_is_not_finite_is_marked(opened):
    played = opened("not_finite")
    seen = played.walk(*range(len(played.run.steps)))
    infinite, undefined = (next(k for k, now in enumerate(seen) if word in now["words"]) for word in ("∞.", "NaN."))
    for k in (infinite, undefined):
        assert seen[k]["drawn"].startswith("⚠ ")
        assert seen[k]["list"][k].startswith(f"{k + 1} ⚠ ")
        assert "the first" in seen[k]["words"]
    assert not any(now["drawn"].startswith("⚠") for now in seen[:infinite])
    finite = opened("fan_out").walk(*range(3))
    assert "⚠" not in json.dumps(finite, ensure_ascii=False)


def test_the_summary_of_a_large_graph_says_so(opened):
    played = opened("summary")
    assert played.run.view.notes
    for note in played.run.view.notes:
        assert played.host.locator("p.note", has_text=note).is_visible()
    played.button("Last").click()
    assert played.at == len(played.run.steps) - 1


# Predicting


def distinct():
    """All numbers of its run are different."""
    x, w = gg.Input(1.7, name="x"), gg.Parameter(2.3, name="w")
    return gg.Mul(gg.Add(x, w, name="s"), gg.Sub(w, 0.41, name="d"), name="o")


RUNS["distinct"] = distinct, {"update": 0.37}
RUNS["exercise"] = distinct, {"predict": True}
NOT_ASKED = "Nothing to predict at this step."


def ask(played, index):
    """Have the number of a step asked for."""
    played.slider.fill(str(index - 1))
    if played.button("Predict").get_attribute("aria-pressed") == "false":
        played.button("Predict").click()
    played.button("Next").click()


def step_of(run, numbers):
    """The step that says this."""
    return [step.numbers for step in run.steps].index(numbers)


def answer(played, text):
    played.guess.fill(text)
    played.guess.press("Enter")


def everything_said(played):
    """All that can be seen or heard: visible text, attributes that are read out, and the status."""
    return played.host.evaluate("""(host) => {
        const all = (selector) => [...host.shadowRoot.querySelectorAll(selector)];
        const parts = all("*:not(style)").filter((one) => one.getClientRects().length);
        const read = ["aria-label", "aria-valuetext", "aria-description", "title", "alt", "placeholder", "value"];
        const said = parts.flatMap((one) => [
            ...[...one.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data),
            ...read.map((name) => one.getAttribute(name) ?? ""),
            one.value ?? "",
        ]);
        return [...said, ...all("title, desc").map((one) => one.textContent)].join("\\n");
    }""")


@pytest.mark.parametrize("name", ["bce_three", "matrices", "nested"])
def test_the_number_that_is_asked_for_is_nowhere(opened, name):
    played = opened(name)
    steps = payload(played.run)["steps"]
    asked = 0
    for index, step in enumerate(steps):
        if not step["answer"]:
            continue
        printed = step["text"].split(" = ")[-1].split(" ≈ ")[-1]
        before = " ".join(f"{earlier['text']} {earlier['words']}" for earlier in steps[:index])
        question = step["text"][: step["text"].rindex(printed)]
        if len(printed) < 5 or printed in before or printed in question:
            continue  # it is known, or too short to be told from others
        ask(played, index)
        assert played.at == index - 1
        assert played.guess.is_visible()
        assert printed not in everything_said(played), step["text"]
        assert "= ?" in played.status.text_content()
        assert sorted(played.seen()["ringed"]) == sorted(played.run.cues[index].lit)
        played.button("Show it").click()
        assert played.at == index
        assert printed in everything_said(played)
        asked += 1
        if asked == 8:
            break
    assert asked > 3


def test_a_prediction(opened):
    played = opened("distinct")
    index = step_of(played.run, "s = x + w = 1.7 + 2.3 = 4")
    ask(played, index)
    assert played.host.locator(".equation").get_attribute("aria-label") == "s = x + w = 1.7 + 2.3 = ?"
    answer(played, "3.95")
    assert (played.at, played.guess.is_visible()) == (index - 1, True)
    assert played.verdict.text_content().startswith("✗")
    assert played.status.text_content() == played.verdict.text_content()
    answer(played, "3.97")
    assert (played.at, played.guess.is_visible()) == (index, False)
    assert played.verdict.text_content() == "✓ Right."
    assert played.status.text_content() == f"✓ Right. {played.run.steps[index].words} {played.run.steps[index].numbers}"
    played.button("Previous").click()
    assert played.verdict.text_content() == NOT_ASKED
    played.button("Last").click()  # leaves that have no answer to be typed pass
    played.slider.fill("0")
    played.button("Next").click()
    assert (played.at, played.guess.is_visible()) == (1, False)


def test_a_step_that_asks_nothing_says_so(opened):
    played = opened("distinct")
    asks = [bool(step["answer"]) for step in payload(played.run)["steps"]]
    assert asks[:2] == [False, False]
    assert played.verdict.text_content() == ""
    played.button("Predict").click()
    assert played.verdict.text_content() == NOT_ASKED
    assert played.verdict.is_visible()
    assert played.status.text_content().startswith(NOT_ASKED)
    played.button("Next").click()
    assert (played.at, played.verdict.text_content()) == (1, NOT_ASKED)
    played.slider.fill(str(asks.index(True)))
    assert played.verdict.text_content() == ""
    played.slider.fill("1")
    played.button("Predict").click()
    assert played.verdict.text_content() == ""


def test_what_is_typed(opened):
    played = opened("distinct")
    index = step_of(played.run, "s = x + w = 1.7 + 2.3 = 4")
    for typed, verdict in [
        ("4", "✓"),
        ("4.039", "✓"),
        ("3.961", "✓"),
        ("4.041", "✗"),
        ("3.959", "✗"),
        ("-4", "✗"),
        ("−4", "✗"),
        ("+4", "✓"),
        (" 4.0e0 ", "✓"),
        ("400e−2", "✓"),
        ("NaN", "✗"),
        ("∞", "✗"),
        ("-inf", "✗"),
        ("", "“” is no number"),
        ("four", "“four” is no number"),
        ("four 4", "“four” is no number; write 1 number, such as −0.25; NaN"),
        ("- 4", "“-” is no number"),
        (",", "“,” is no number"),
        ("0x4", "“0x4” is no number"),
        ("<b>4</b>", "“<b>4</b>” is no number"),
        ("4,", "✓"),
        ("[4]", "✓"),
        ("4, 4", "This takes 1 number, such as −0.25; you wrote 2."),
        ("4 4", "This takes 1 number, such as −0.25; you wrote 2."),
    ]:
        ask(played, index)
        answer(played, typed)
        assert played.verdict.text_content().startswith(verdict)
        assert played.at == (index if verdict == "✓" else index - 1)


def test_several_numbers(opened):
    played = opened("bce_three")
    index = next(k for k, step in enumerate(payload(played.run)["steps"]) if step["text"].startswith("t₁ = "))
    ask(played, index)
    assert "3 numbers, with spaces or commas between" in played.status.text_content()
    assert played.host.get_by_role("textbox", name="Your numbers", exact=True).is_visible()
    for typed, verdict in [
        ("1.4, -0.7", "This takes 3 numbers, such as −0.25, 0.5, 3; you wrote 2."),
        ("1.4 minus 0.35", "“minus” is no number; write 3 numbers, such as −0.25, 0.5, 3; NaN, inf and −inf are"),
        ("1.4, 0.7, 0.35", "✗ Not within 1 %: place 2 of 3. Try again"),
        ("0 -0.7 0", "✗ Not within 1 %: places 1 and 3 of 3. Try again"),
        ("[0, 0, 0]", "✗ Not within 1 %: places 1, 2 and 3 of 3. Try again"),
        ("NaN inf 0.35", "✗ Not within 1 %: places 1 and 2 of 3. Try again"),
    ]:
        answer(played, typed)
        assert played.verdict.text_content().startswith(verdict)
        assert played.at == index - 1
    for typed in ("1.4,−0.7,.35", "1.4 -0.7 0.35", "1.4, -0.7 ,0.35", "[1.4, -0.7, 0.35]", "[ 1.4 -0.7 0.35 ]",
                  "(1.4, -0.7, 0.35)", "[[1.4] [-0.7] [0.35]]", "1.4\t-0.7\u00a00.35"):  # fmt: skip
        ask(played, index)
        answer(played, typed)
        assert (played.verdict.text_content(), played.at) == ("✓ Right.", index), typed


def test_the_example_of_a_long_list_is_cut_short(opened):
    played = opened("matrices")
    steps = payload(played.run)["steps"]
    index, count = next((k, len(step["answer"])) for k, step in enumerate(steps) if len(step["answer"] or []) > 3)
    ask(played, index)
    answer(played, "1")
    assert played.verdict.text_content() == f"This takes {count} numbers, such as −0.25, 0.5, 3, …; you wrote 1."


@pytest.mark.parametrize(("width", "least"), [(1280, 18), (360, 9)])
def test_the_field_is_wide_enough_for_a_list(opened, width, least):
    played = opened("bce_three", viewport={"width": width, "height": 740})
    index = next(k for k, step in enumerate(payload(played.run)["steps"]) if step["text"].startswith("t₁ = "))
    ask(played, index)
    assert played.guess.bounding_box()["width"] > least * 12
    played.guess.fill("-0.1234, -0.5678, -0.9012")
    assert played.guess.evaluate("(one) => one.scrollWidth - one.clientWidth") == 0
    assert played.tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_answers_that_are_not_finite(opened):
    played = opened("not_finite")
    steps = payload(played.run)["steps"]
    infinite = next(k for k, step in enumerate(steps) if step["answer"] == ["inf"])
    undefined = next(k for k, step in enumerate(steps) if step["answer"] == ["nan"])
    for index, wrong, right in [
        (infinite, ("5", "-inf", "−∞", "NaN", "1e300"), "∞"),
        (infinite, (), "inf"),
        (undefined, ("0", "inf"), "NaN"),
        (undefined, (), "nan"),
    ]:
        ask(played, index)
        for typed in wrong:
            answer(played, typed)
            assert played.verdict.text_content().startswith("✗"), typed
        answer(played, right)
        assert played.verdict.text_content() == "✓ Right."


def test_a_question_may_be_left(opened):
    played = opened("distinct")
    index = step_of(played.run, "s = x + w = 1.7 + 2.3 = 4")
    ways = {
        "slider": lambda: played.slider.fill("4"),
        "list": lambda: played.order.get_by_role("button").nth(index - 1).click(),
        "box": lambda: played.box(played.run.cues[-1].box).click(),
        "key": lambda: played.stage.press("ArrowLeft"),
        **{name: played.button(name).click for name in ("Previous", "First", "Last", "Predict")},
    }
    for way, leave in ways.items():
        ask(played, index)
        answer(played, "1")
        leave()
        assert not played.guess.is_visible(), way
        now = played.seen()
        asks = payload(played.run)["steps"][now["index"]]["answer"] or way == "Predict"
        assert played.verdict.text_content() == ("" if asks else NOT_ASKED)
        step, cue = played.run.steps[now["index"]], played.run.cues[now["index"]]
        assert (now["words"], now["equation"]) == (step.words, step.numbers)
        assert now["heard"] == f"{played.verdict.text_content()} {step.words} {step.numbers}".strip()
        assert sorted(now["ringed"]) == sorted(cue.lit)


def test_next_does_not_pass_a_question(opened):
    played = opened("distinct")
    index = step_of(played.run, "s = x + w = 1.7 + 2.3 = 4")
    ask(played, index)
    played.button("Next").click()
    played.stage.press("ArrowRight")
    assert (played.at, played.guess.is_visible()) == (index - 1, True)


def test_predicting_the_whole_run_by_keyboard(opened):
    played = opened("distinct")
    steps = payload(played.run)["steps"]
    played.button("Predict").press("Enter")
    played.button("Next").focus()
    for index, step in enumerate(steps[1:], start=1):
        played.tab.keyboard.press("ArrowRight")
        if step["answer"]:
            played.tab.keyboard.type(", ".join(map(str, step["answer"])))
            played.tab.keyboard.press("Enter")
            assert played.verdict.text_content() == "✓ Right."
        assert played.at == index


@pytest.fixture(params=["page", "notebook", "widget"])
def exercise(request, opened, placed, widget):
    """A player that was made with predict=True."""
    if request.param == "page":
        return opened("exercise")
    run = made("exercise")
    return widget(run=run) if request.param == "widget" else Played(placed(fragment(run)))


def test_an_exercise_asks_from_the_start(exercise):
    assert exercise.button("Predict").get_attribute("aria-pressed") == "true"
    assert exercise.verdict.text_content() == NOT_ASKED
    steps = payload(made("exercise"))["steps"]
    first = next(k for k, step in enumerate(steps) if step["answer"])
    for _ in range(first):
        exercise.button("Next").click()
    assert (exercise.at, exercise.guess.is_visible()) == (first - 1, True)
    answer(exercise, str(steps[first]["answer"][0]))
    assert (exercise.at, exercise.verdict.text_content()) == (first, "✓ Right.")


# What if


def test_a_saved_page_has_no_what_if(opened):
    played = opened("fan_out")
    assert played.host.get_by_role("textbox").count() == 0
    assert played.host.get_by_text("widget()").count() == 0
    assert played.button("Recompute").count() == 0


def test_in_a_notebook_without_python_a_line_says_how_to_get_it(placed):
    played = Played(placed(fragment(made("fan_out"))))
    assert played.host.get_by_text("To try other values, run gg.player(…).widget() in a notebook.").is_visible()
    assert played.host.get_by_role("textbox").count() == 0
    assert played.button("Recompute").count() == 0


MODEL = """
class Model {
    values; sent = []; saved = 0; heard = {};
    constructor(values) { this.values = values; }
    get(name) { return this.values[name]; }
    set(name, value) {
        if (this.values[name] === value) return;
        this.values[name] = value;
        this.fire(`change:${name}`);
    }
    on(event, listener) { (this.heard[event] ??= []).push(listener); }
    off(event, listener) { this.heard[event] = this.heard[event].filter((one) => one !== listener); }
    fire(event, ...what) { for (const listener of this.heard[event] ?? []) listener(...what); }
    save_changes() { this.saved++; }
    send(message) { this.sent.push(message); }
}
const el = document.getElementById("el");
window.model = new Model({ data: JSON.parse(document.getElementById("data").textContent), index: 0, playing: false });
window.leave = render({ model, el });
el.firstElementChild.dataset.graphgrad = "player";
"""


def data_of(run):
    return {**payload(run), "css": asset("player.css")}


@pytest.fixture
def widget(visit, tmp_path):
    """The player in a notebook whose model is a plain object."""

    def widget(name="fan_out", run=None, **settings):
        run = run or made(name)
        data = json.dumps(data_of(run)).replace("<", "\\u003c")
        path = tmp_path / "widget.html"
        path.write_text(
            f'<!doctype html><meta charset="utf-8"><div id="el"></div><script id="data" type="application/json">{data}'
            f'</script><script type="module">{asset("player.js")}\n{MODEL}</script>',
            encoding="utf-8",
        )
        played = Played(visit(path, **{"reduced_motion": "reduce", **settings}))
        played.run = run
        played.button("Next").wait_for()
        return played

    return widget


def again(played, changes):
    """Python's answer: the run with other values."""
    leaves = {leaf.symbol: leaf.node for leaf in played.run.leaves}
    run = played.run.replaced({leaves[symbol]: value for symbol, value in changes.items()})
    played.tab.evaluate("(data) => model.set('data', data)", data_of(run))
    return run


def key_of(played, symbol):
    return next(leaf.key for leaf in played.run.leaves if leaf.symbol == symbol)


def test_a_number_that_is_typed_is_sent(widget):
    played = widget()
    played.field("b").fill("6.5")
    played.field("b").press("Enter")
    assert played.tab.evaluate("model.sent") == [{"what_if": {key_of(played, "b"): "6.5"}}]
    played.field("a").fill("-1")
    played.button("Recompute").click()
    (sent,) = played.tab.evaluate("model.sent.slice(1)")
    assert sent == {"what_if": {key_of(played, "a"): "-1", key_of(played, "b"): "6.5"}}
    assert played.host.get_by_text("To try other values").count() == 0


def test_other_data_keep_the_place_and_the_settings(widget):
    played = widget()
    played.slider.fill("6")
    played.button("Predict").click()
    played.button("Overview").click()
    played.host.get_by_role("combobox", name="Speed").select_option("4×")
    played.field("b").fill("6.5")
    played.field("b").press("Enter")
    run = again(played, {"b": 6.5})
    assert played.at == 6
    assert played.field("b").input_value() == "6.5"
    assert played.field("b").evaluate("(one) => one === one.getRootNode().activeElement")
    assert played.button("Predict").get_attribute("aria-pressed") == "true"
    assert played.button("Overview").get_attribute("aria-pressed") == "true"
    assert "whole" in played.stage.get_attribute("class")
    assert played.host.get_by_role("combobox", name="Speed").input_value() == "4"
    assert played.seen()["heard"] == f"{run.steps[6].words} {run.steps[6].numbers}"
    now = played.walk(len(run.steps) - 1)[0]
    assert [text for text in now["texts"] if text != "not yet known"] == picture_texts(
        svg(run.view, run.layout, run.theme)
    )


def test_a_refusal_is_told_beside_its_field(widget):
    played = widget()
    played.field("b").fill("much")
    played.field("b").press("Enter")
    refusal = {"refused": key_of(played, "b"), "why": "'much' is no <b>number</b>"}
    played.tab.evaluate("(message) => model.fire('msg:custom', message)", refusal)
    alert = played.host.get_by_role("alert").filter(has_text="'much' is no <b>number</b>")
    assert alert.is_visible()
    assert played.field("b").get_attribute("aria-invalid") == "true"
    assert played.field("b").get_attribute("aria-describedby") == alert.get_attribute("id")
    assert played.field("a").get_attribute("aria-invalid") is None
    assert played.field("b").input_value() == "much"
    played.tab.evaluate("model.fire('msg:custom', { refused: 'n999', why: 'no such leaf' })")
    played.button("Reset").click()
    assert played.tab.evaluate("model.sent.at(-1)") == {"reset": True}
    assert played.field("b").input_value() == "5"
    assert played.field("b").get_attribute("aria-invalid") is None
    assert alert.count() == 0


def test_index_and_playing_go_both_ways(widget):
    played = widget(before=lambda tab: tab.clock.install(time=0))
    played.tab.clock.pause_at(3_600_000)
    played.button("Next").click()
    assert played.tab.evaluate("[model.get('index'), model.saved > 0]") == [1, True]
    played.tab.evaluate("model.set('index', 7)")
    assert played.seen()["current"] == [7]
    played.tab.evaluate("model.set('playing', true)")
    played.button("Pause").wait_for()
    played.tab.clock.run_for(3000)
    assert (played.at, played.tab.evaluate("model.get('index')")) == (9, 9)
    played.button("Pause").click()
    assert played.tab.evaluate("model.get('playing')") is False
    played.button("Play").click()
    assert played.tab.evaluate("model.get('playing')") is True
    played.tab.clock.run_for(60_000)
    assert played.tab.evaluate("[model.get('index'), model.get('playing')]") == [len(played.run.steps) - 1, False]


def test_leaving_stops_the_time_and_lets_go_of_the_model(widget):
    played = widget(before=lambda tab: tab.clock.install(time=0))
    played.tab.clock.pause_at(3_600_000)
    played.button("Play").click()
    played.tab.clock.run_for(1500)
    played.tab.evaluate("leave()")
    played.tab.clock.run_for(60_000)
    assert played.tab.evaluate("model.get('index')") == 1
    assert played.tab.evaluate("Object.values(model.heard).flat().length") == 0
    played.tab.evaluate("document.body.dataset.theme = 'dark'")
    assert played.host.evaluate("(host) => host.style.colorScheme") == ""


# Several, anywhere, with any names


def bare_page(*parts, body=""):
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title><body {body}><main>'
        f"{''.join(parts)}</main></body></html>"
    )


@pytest.fixture
def placed(visit, tmp_path):
    """A page of one's own around the player."""

    def placed(*parts, body="", **settings):
        path = tmp_path / "page.html"
        path.write_text(bare_page(*parts, body=body), encoding="utf-8")
        return visit(path, **settings)

    return placed


def test_two_on_one_page_do_not_touch_each_other(placed):
    tab = placed(fragment(made("fan_out")), fragment(made("bce_one")))
    assert tab.locator("[data-graphgrad=player]").count() == 2
    one, other = Played(tab, 0), Played(tab, 1)
    one.button("Next").click()
    other.button("Last").click()
    other.button("Overview").click()
    assert (one.at, other.at) == (1, len(made("bce_one").steps) - 1)
    assert one.button("Overview").get_attribute("aria-pressed") == "false"
    one.stage.press("ArrowRight")
    assert (one.at, other.at) == (2, len(made("bce_one").steps) - 1)
    assert one.host.evaluate("(host) => host.shadowRoot.querySelectorAll('.player').length") == 1


def test_without_scripts_there_is_the_picture(opened):
    played = opened("fan_out", java_script_enabled=False)
    image = played.tab.get_by_role("img", name=played.run.title)
    assert image.is_visible()
    assert image.bounding_box()["width"] > 200


HOSTILE = ["script", "end of svg", "image", "attribute", "entity", "comment", "control characters", "right to left",
           "emoji", "escapes", "html label", "long", "nothing to show"]  # fmt: skip


ANY_NAME = pytest.mark.parametrize(
    "name", [*(NAMES[kind][0] for kind in HOSTILE), "</script><script>alert(1)</script>"]
)


@ANY_NAME
def test_names_are_text(visit, name, tmp_path):
    run = gg.player(graph(name), update={"out": 0.1} if name == "out" else 0.1)
    tab = visit(run.save(tmp_path / "run.html"))
    played = Played(tab)
    assert tab.evaluate("document.title").replace("\n", " ").strip() != ""
    seen = played.walk(*range(len(run.steps)))
    for step, now in zip(run.steps, seen, strict=True):
        assert (now["words"], now["equation"]) == (step.words, step.numbers)
        assert now["heard"] == f"{step.words} {step.numbers}".strip()
    assert seen[-1]["texts"][:-1] == [
        text for text in picture_texts(svg(run.view, run.layout, run.theme)) if text != "not yet known"
    ]
    tags = played.host.evaluate("(host) => [...host.shadowRoot.querySelectorAll('*')].map((one) => one.localName)")
    known = {"style", "div", "p", "ol", "li", "span", "button", "input", "select", "option", "form", "label"}
    assert set(tags) <= known | {"svg", "g", "rect", "path", "text", "title"}
    attributes = played.host.evaluate(
        "(host) => [...host.shadowRoot.querySelectorAll('*')].flatMap((one) => one.getAttributeNames())"
    )
    assert not [attribute for attribute in attributes if attribute.startswith("on")]
    assert tab.locator("script").count() == page(made("fan_out")).count("<script")


@ANY_NAME
def test_names_are_text_beside_their_fields(widget, name):
    run = gg.player(graph(name))
    played = widget(run=run)
    assert [leaf.symbol for leaf in run.leaves] == played.host.locator(".leaf span").all_text_contents()
    assert played.tab.locator("script").count() == 2


def test_a_hostile_name_in_the_title(visit, tmp_path):
    name = "</title><script>alert(1)</script>\"'&amp;"
    out = gg.Mul(gg.Parameter(2.0, name="w"), 3.0, name=name)
    run = gg.player(out)
    tab = visit(run.save(tmp_path / "run.html"))
    assert tab.title() == run.title
    assert tab.get_by_role("group", name=run.title, exact=True).count() == 1
    assert tab.locator("script").count() == page(made("fan_out")).count("<script")


# For everyone, everywhere


def violations(tab):
    """What axe has to say."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize(
    ("settings", "indices"),
    [
        ({"color_scheme": "light"}, (0, 25, 51)),
        ({"color_scheme": "dark"}, (25,)),
        ({"viewport": {"width": 360, "height": 740}}, (51,)),
    ],
    ids=["light", "dark", "360"],
)
def test_axe_finds_nothing(opened, settings, indices):
    played = opened("bce_one", **settings)
    assert len(played.run.steps) == 52
    for index in indices:
        played.slider.fill(str(index))
        assert violations(played.tab) == []
    ask(played, 39)
    answer(played, "1e9")
    assert violations(played.tab) == []
    played.slider.fill("0")
    assert played.verdict.text_content() == NOT_ASKED
    assert violations(played.tab) == []


def test_axe_finds_nothing_in_a_warning_or_a_refusal(opened, widget):
    played = opened("not_finite")
    played.slider.fill("3")
    assert violations(played.tab) == []
    played = widget(locale="en")
    played.tab.evaluate("document.documentElement.lang = 'en'; document.title = 'A page'")
    message = {"refused": key_of(played, "b"), "why": "no"}
    played.tab.evaluate("(message) => model.fire('msg:custom', message)", message)
    own = [
        found
        for found in violations(played.tab)
        if found[0] not in ("landmark-one-main", "region", "page-has-heading-one")
    ]
    assert own == []  # the page around it has no main and no heading


@pytest.mark.parametrize(("motion", "behaviors"), [("reduce", {"instant"}), ("no-preference", {"instant", "smooth"})])
def test_nothing_moves_for_those_who_do_not_want_it(opened, motion, behaviors):
    record = """
        window.behaviors = [];
        const scrollTo = Element.prototype.scrollTo;
        Element.prototype.scrollTo = function (options) {
            window.behaviors.push(options.behavior);
            return scrollTo.call(this, options);
        };"""
    played = opened("fan_out", reduced_motion=motion, before=lambda tab: tab.add_init_script(record))
    assert played.tab.evaluate("[...new Set(behaviors)]") == ["instant"]
    played.walk(*range(len(played.run.steps)))
    assert set(played.tab.evaluate("behaviors")) == behaviors
    moving = played.host.evaluate("""(host) => [...host.shadowRoot.querySelectorAll("*")].filter((one) => {
        const style = getComputedStyle(one);
        return style.transitionDuration !== "0s" || style.animationName !== "none";
    }).length""")
    assert moving == 0


def test_colour_is_never_alone(opened):
    played = opened("distinct")
    index = step_of(played.run, "s = x + w = 1.7 + 2.3 = 4")
    played.slider.fill(str(index))
    ring = played.box(played.run.cues[index].box).locator(".gg-ring")
    style = "(one) => [getComputedStyle(one).display, parseFloat(getComputedStyle(one).strokeWidth)]"
    assert ring.evaluate(style) == ["inline", 1.6]
    assert played.seen()["widths"].count("3px") == 2
    weight, border = played.current.evaluate(
        "(one) => [getComputedStyle(one).fontWeight, getComputedStyle(one).borderLeftColor]"
    )
    assert (weight, border != "rgba(0, 0, 0, 0)") == ("700", True)
    ask(played, index)
    predict = played.button("Predict")
    assert predict.evaluate("(one) => getComputedStyle(one, '::before').content") == '"✓ " / ""'


@pytest.mark.parametrize("name", ["bce_one", "matrices", "staircase", "large"])
def test_the_page_is_not_wider_than_the_window(opened, name):
    played = opened(name)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    count = len(played.run.steps)
    for width, index in product((360, 800, 1280), (0, count // 2, count - 1)):
        played.tab.set_viewport_size({"width": width, "height": 800})
        now = played.walk(index)[0]
        assert played.tab.evaluate(wide) == 0
        assert now["scrolled"] == [0, 0]
        assert played.run.cues[index].box in now["inView"]


def test_all_steps_are_in_view_on_a_telephone(opened):
    played = opened("bce_one", viewport={"width": 360, "height": 740})
    for now, cue in zip(played.walk(*range(len(played.run.steps))), played.run.cues, strict=True):
        assert cue.box in now["inView"], now["index"]


def test_targets_are_large_enough_for_a_finger(opened):
    played = opened("bce_one", viewport={"width": 360, "height": 740}, has_touch=True)
    for target in played.host.locator(".bar button, .bar select, .bar input").all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 40
    for entry in played.order.get_by_role("button").all()[:5]:
        assert entry.bounding_box()["height"] >= 40
    played.button("Next").tap()
    assert played.at == 1


@pytest.mark.parametrize("width", [700, 720, 760, 800, 900])
def test_the_bar_is_one_line(opened, width):
    played = opened("large", viewport={"width": width, "height": 740})
    played.button("Last").click()
    for pressed in ("Predict", "Overview"):
        played.button(pressed).click()
    boxes = [part.bounding_box() for part in played.host.locator(".bar > *").all()]
    middles = [box["y"] + box["height"] / 2 for box in boxes]
    assert max(middles) - min(middles) < 2


def test_fit_shows_all_of_the_picture(opened):
    played = opened("bce_one", viewport={"width": 800, "height": 700})
    spare = "(one) => [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight]"
    played.slider.fill("30")
    assert max(played.stage.evaluate(spare)) > 0
    played.button("Overview").click()
    assert played.stage.evaluate(spare) == [0, 0]
    assert played.button("Overview").get_attribute("aria-pressed") == "true"
    played.button("Overview").click()
    assert max(played.stage.evaluate(spare)) > 0
    assert played.run.cues[30].box in played.seen()["inView"]


# Light and dark

PAPER = "(host) => getComputedStyle(host.shadowRoot.querySelector('.player')).backgroundColor"
PICTURE = "(host) => getComputedStyle(host.shadowRoot.querySelector('.stage > svg > rect')).fill"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 23, 29)"


def test_the_page_is_as_the_system_is(opened):
    for scheme, paper in (("light", LIGHT), ("dark", DARK)):
        played = opened("fan_out", color_scheme=scheme)
        assert played.host.evaluate(PAPER) == paper
        assert played.tab.evaluate("getComputedStyle(document.body).backgroundColor") == paper
        assert (played.host.evaluate(PICTURE) == LIGHT) == (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_theme_that_was_asked_for_stays(opened, visit, tmp_path, scheme):
    assert opened("second", color_scheme=scheme).host.evaluate(PAPER) == DARK
    path = gg.player(fan_out(), theme="light").save(tmp_path / "light.html")
    assert Played(visit(path, color_scheme=scheme)).host.evaluate(PAPER) == LIGHT


@pytest.mark.parametrize(
    "body", ['data-jp-theme-light="false"', 'class="vscode-dark"', 'class="vscode-high-contrast"', 'data-theme="dark"']
)
def test_a_notebook_that_is_dark(placed, body):
    played = Played(placed(fragment(made("fan_out")), body=body))
    assert played.host.evaluate(PAPER) == DARK
    assert played.host.evaluate(PICTURE) != LIGHT
    played.tab.evaluate("""() => {
        document.body.className = "";
        document.body.dataset.jpThemeLight = "true";
        document.body.dataset.theme = "light";
    }""")
    played.tab.wait_for_function("document.querySelector('[data-graphgrad]').style.colorScheme === ''")
    assert played.host.evaluate(PAPER) == LIGHT
