"""The same picture as a ``graphviz.Digraph``: what it says, in plain labels."""

import json
import subprocess

import graphgrad as gg
import graphviz
import pytest
from drawing_examples import EXAMPLES, drawn, needs_dot, nested


def test_it_is_a_digraph_that_can_be_restyled():
    drawing = drawn(nested())
    graph = drawing.digraph
    assert isinstance(graph, graphviz.Digraph)
    before = graph.source
    graph.attr("node", fontname="Times")
    assert "fontname=Times" in graph.source
    assert "fontname=Times" not in before


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_its_direction_is_that_of_the_picture(direction):
    drawing = drawn(EXAMPLES["square"](), direction=direction)
    assert f"rankdir={direction}" in drawing.digraph.source
    auto = drawn(EXAMPLES["square"]())
    assert f"rankdir={auto._layout.direction}" in auto.digraph.source


@pytest.mark.parametrize("example", EXAMPLES)
def test_it_says_what_the_picture_says(example):
    needs_dot()
    drawing = drawn(EXAMPLES[example]())
    said = drawing._view
    source = drawing.digraph.source.encode()
    read = json.loads(subprocess.run(["dot", "-Tjson0"], input=source, capture_output=True, check=True).stdout)
    things = {thing["name"]: thing for thing in read["objects"]}
    for box in said.boxes:
        if box.kind != "chip":
            assert things[box.key]["label"].replace("\\n", "\n").replace("&amp;", "&") == box.text
    assert [things[f"cluster_{c.key}"]["label"] for c in said.clusters] == [c.label for c in said.clusters]
    labels = sorted(edge["label"].replace("\\n", "\n") for edge in read["edges"] if edge.get("label"))
    assert labels == sorted(box.text for box in said.boxes if box.kind == "chip")
    assert len(read["edges"]) == len(said.edges) + sum(edge.chip is not None for edge in said.edges)
    assert [things[f"note{k}"]["label"] for k in range(len(said.notes))] == list(said.notes)


def test_a_box_lies_in_the_cluster_of_its_scope():
    needs_dot()
    with gg.scope("outer"):
        h = gg.Mul(gg.Parameter(1.0, name="w"), 2, name="h")
    source = drawn(gg.Exp(h, name="L")).digraph.source.encode()
    read = json.loads(subprocess.run(["dot", "-Tjson0"], input=source, capture_output=True, check=True).stdout)
    (cluster,) = (thing for thing in read["objects"] if thing["name"].startswith("cluster_"))
    inside = [read["objects"][k]["label"] for k in cluster["nodes"]]
    assert [label.split("\\n")[0] for label in inside] == ["w parameter", "h = w·2"]
