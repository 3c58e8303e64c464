"""What slips make of one edge: a number from the gradient above and the local derivative, where their product belongs.

>>> ON_EDGE["local alone"](5.0, 3.0), ON_EDGE["added"](5.0, 3.0)
(3.0, 8.0)

A name here is that of the slip wherever it is told: of a number on paper, of another engine's graph, of a program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

ON_EDGE: Mapping[str, Callable[[float, float], float]] = {
    "local alone": lambda above, slope: slope,
    "upstream alone": lambda above, slope: above,
    "nothing": lambda above, slope: 0.0,
    "sign": lambda above, slope: -(above * slope),
    "added": lambda above, slope: above + slope,
    "divided": lambda above, slope: above / slope if slope else 0.0,
    "squared": lambda above, slope: above * slope * slope,
    "upstream squared": lambda above, slope: above * above * slope,
    "twice": lambda above, slope: 2 * (above * slope),
    "half": lambda above, slope: above * slope / 2,
    "rectified": lambda above, slope: abs(above * slope),
}
