"""The network's diagram as a look of the page: its two drawings, the lenses of its units, and what is told of them."""

from typing import Any

from chalkgrad.viz.page.diagram import HALF, HEIGHT, REMARK, VALUE, WIDTH, Drawing, Net, bias_text, drawn, weight_text
from chalkgrad.viz.page.drawn import whole
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.unit_lens import LABEL, SCALE, UnitLenses
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.shapes import VALUE as IN_GATES

SMALLEST = min(VALUE, REMARK, LABEL * SCALE, IN_GATES * SCALE)  # of all numbers, in the drawing's units


def look(script: Script, picture: Picture) -> tuple[str, dict[str, Any]]:
    """Returns the SVG, and what the script is told: see player/diagram.js."""
    net = Net(script)
    wide, beside = Drawing(net, WIDTH, labelled=True), Drawing(net, HALF)
    lenses = UnitLenses(net, picture, script)
    lines = [
        '<g class="wide">',
        *drawn(wide),
        "</g>",
        *lenses.drawn(),
        '<g class="lens beside" data-lens="-2">',
        *drawn(beside),
        "</g>",
    ]
    told = {
        "name": "diagram",
        "labels": {e: [said] for e, said in lenses.labels.items() if said},
        "weights": [weight_text(net, wire) for wire in range(len(net.wires))],
        "biases": [bias_text(net, unit) for unit in range(len(net.units))],
        "columns": [net.column["unit", unit] for unit in range(len(net.units))],
        "digits": {
            name: [3 if drawing.places["unit", k].kind in ("pill", "mark") else 4 for k in range(len(net.units))]
            for name, drawing in (("wide", wide), ("beside", beside))
        },
        "opened": lenses.told,
    }
    return whole(picture, WIDTH, HEIGHT, lines), told
