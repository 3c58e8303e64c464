"""The matrices of weights that are found in a network: each lights its wires on the page."""

import sys

import pytest
from chalkgrad.engine.words.language import speaking
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP
from chalkgrad.viz import play
from chalkgrad.viz.page.models import outputs_of
from chalkgrad.viz.page.net import Net
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.units import labelled
from unit_graphs import GRAPHS

WIDTHS = (2, 3, 3, 1)


def network(seed=0):
    return MLP(WIDTHS[0], WIDTHS[1:], "tanh", seed=seed)


def net_of(roots):
    with manner(typeset=True):
        roots = labelled(roots)
        return Net(Script(roots[0], roots[1:]))


def test_each_layer_of_a_network_is_a_matrix_with_its_wires():
    net = net_of(outputs_of(network(), [0.5, -1.0]))
    found = net.matrices()
    assert [name for name, _ in found] == ["W₁ (3×2)", "W₂ (3×3)", "W₃ (1×3)"]
    for layer, (_, wires) in enumerate(found, 1):
        assert wires == [i for i, (unit, *_) in enumerate(net.wires) if net.units[unit][0].startswith(f"layer{layer}.")]
        parts = [net.names[net.weight_node(i)] for i in wires]
        m, n = WIDTHS[layer], WIDTHS[layer - 1]
        assert [name.rpartition(",")[2] for name in parts] == ["₁₂₃"[j] for _ in range(m) for j in range(n)]


@pytest.mark.parametrize("name", ["network", "hand made", "skipping"])
def test_units_that_are_wired_one_by_one_are_no_matrix(name):
    assert net_of(GRAPHS[name]()).matrices() == []


def test_without_numpy_no_matrix_is_told(monkeypatch):
    net = net_of(outputs_of(network(), [0.5, -1.0]))
    monkeypatch.setitem(sys.modules, "chalkgrad.engine.programs.plan.grouping", None)  # what imports NumPy
    assert net.matrices() == []


LIT = """() => [...document.querySelectorAll(".look .wide .link")]
  .filter((link) => getComputedStyle(link.querySelector(".beam")).visibility === "visible")
  .map((link) => Number(link.dataset.wire)).sort((a, b) => a - b)"""


def test_a_matrix_that_is_pointed_at_or_pressed_lights_its_wires(opened, tmp_path):
    path = tmp_path / "page.html"
    play(network(), path, x=[0.5, -1.0])
    player = opened(path, "#f0&panel=table")
    buttons = player.tab.locator("#matrices button")
    assert buttons.all_text_contents() == ["W₁ (3×2)", "W₂ (3×3)", "W₃ (1×3)"]
    wires = [list(range(6)), list(range(6, 15)), list(range(15, 18))]
    assert player.tab.evaluate(LIT) == []
    buttons.nth(0).hover()
    assert player.tab.evaluate(LIT.replace(".wide", ".beside")) == wires[0]
    buttons.nth(1).click()
    player.press("t")
    assert player.tab.evaluate(LIT) == wires[1]
    assert player.tab.locator('#matrices [aria-pressed="true"]').text_content() == "W₂ (3×3)"
    player.press("ArrowRight")
    assert player.tab.evaluate(LIT) == wires[1]
    player.press("t")
    buttons.nth(1).click()
    player.press("t")
    assert player.tab.evaluate(LIT) == []


def test_what_is_said_of_them_is_in_hebrew_too(opened, tmp_path):
    path = tmp_path / "page.html"
    with speaking("he"):
        play(network(), path, x=[0.5, -1.0])
    player = opened(path, "#f0&panel=table")
    assert player.tab.get_attribute("#matrices", "aria-label").startswith("מטריצות")
    assert player.tab.locator("#matrices button").first.text_content() == "W₁ (3×2)"


def test_a_graph_without_a_network_has_no_such_list(opened):
    assert opened("colah", "#3&panel=table").tab.locator("#matrices").is_hidden()
