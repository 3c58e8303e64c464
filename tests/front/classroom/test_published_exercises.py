"""Exercises that others have published with answers, asked in our forms: every number to the last digit that they print."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp, sqrt
from typing import Any

import pytest
from chalkgrad import nudge
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms import FORMS
from chalkgrad.classroom.paper import Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.expressions.expression import parse


def posed_of(text: str, values: Mapping[str, float], of: str = "", **more: Any) -> Posed:
    """Returns a graph as an exercise poses it; `of` has the leaves that are asked for, all if it is empty."""
    parsed = parse(text, values)
    leaves = of.split() or [name for name, value in parsed.names.items() if not value.parents]
    return Posed(parsed.root, parsed.names, tuple(leaves), Chance(b"0" * 32, "published"), **more)


def answers(question: Question) -> dict[str, Any]:
    """Returns the answers of a question by their boxes' names, without the question's number."""
    return {box.name.partition(".")[2]: box.answer for box in question.boxes}


def numbers(posed: Posed, inner: str = "all") -> dict[str, Any]:
    """Returns the answers of the form that asks for single numbers."""
    return answers(FORMS["numbers"].question(replace(posed, options={"inner": inner}), 1))


def as_printed(found: Mapping[str, float], printed: Mapping[str, str]) -> None:
    """Compares answers with numbers as they were printed: they are right in as many decimals as those have."""
    shown = {name: f"{found[name]:.{len(text.partition('.')[2])}f}" for name, text in printed.items()}
    assert {name: float(text) for name, text in shown.items()} == {name: float(text) for name, text in printed.items()}


def test_cs230_product_of_a_sum() -> None:
    posed = posed_of("q = x + y; f = q*z", {"x": -2, "y": 5, "z": -4})
    printed = {"q.value": "3", "f.value": "-12", "q.gradient": "-4", "x.gradient": "-4", "y.gradient": "-4", "z.gradient": "3"}
    as_printed(numbers(posed), printed)


def test_dsc140b_relu_network_with_a_gradient_given() -> None:
    # W_ij leads from unit i to unit j; what comes from above is (-3, 1).
    text = "a1 = relu(z1); a2 = relu(z2); u1 = W11*a1 + W21*a2; u2 = W12*a1 + W22*a2; H = -3*u1 + u2"
    posed = posed_of(text, {"z1": 3, "z2": -2, "W11": 5, "W12": 1, "W21": 1, "W22": 2})
    found = numbers(posed, "gradients")
    as_printed(found, {"u1.gradient": "-3", "u2.gradient": "1"})
    as_printed(found, {"a1.gradient": "-14", "a2.gradient": "-1", "z1.gradient": "-14", "z2.gradient": "0"})
    as_printed(found, {"W11.gradient": "-9", "W21.gradient": "0"})


def test_cs107_trace_with_two_tangents() -> None:
    text = "v1 = sin(x); v2 = cos(y); v4 = v1 - v2; v5 = v4**2; v6 = -v5; f = exp(v6)"
    posed = posed_of(text, {"x": 1.5707963267948966, "y": 1.0471975511965976})
    found = numbers(posed)
    as_printed(found, {"v4.value": "0.500000000000", "v5.value": "0.250000000000", "x.gradient": "0.000000000000"})
    slope = -sqrt(3) / 2 * exp(-1 / 4)  # as it is printed
    assert found["y.gradient"] == pytest.approx(slope, rel=1e-12)
    # The published table goes forwards, with a tangent for each input.
    tangents = [posed.gradients.tangents(posed.names[name])[posed.root] for name in "xy"]
    assert tangents == pytest.approx([0.0, slope], rel=1e-12, abs=1e-12)


def test_ml_specialisation_squared_error_and_a_nudge() -> None:
    posed = posed_of("c = w*x; a = c + b; d = a - y; J = 0.5*d**2", {"w": 2, "x": -2, "b": 8, "y": 2}, of="w")
    printed = {"c.value": "-4", "a.value": "4", "d.value": "2", "J.value": "2", "w.gradient": "-4"}
    as_printed(numbers(posed), printed)
    nudged = parse("J = 0.5*(w*x + b - y)**2", {"w": 2.001, "x": -2, "b": 8, "y": 2}).root.data
    as_printed({"J": nudged}, {"J": "1.996"})
    assert "1.996" in str(nudge(posed.root, posed.names["w"], 0.001))


def test_thuyin_square_of_a_line() -> None:
    posed = posed_of("u = w*x + b; y = u**2", {"w": 2, "x": 3, "b": 1}, of="w")
    as_printed(numbers(posed), {"u.value": "7", "y.value": "49", "w.gradient": "42"})


def test_midterm_with_a_step_of_ascent() -> None:
    posed = posed_of("f = a*b + exp(b + c) - 7*(c + d)", {"a": 1, "b": -2, "c": 2, "d": 1}, rate=-0.1)
    found = numbers(posed, "all")
    printed = {"f.value": "-22", "a.gradient": "-2", "b.gradient": "2", "c.gradient": "-6", "d.gradient": "-7"}
    as_printed(found, printed)
    stepped = answers(FORMS["step"].question(posed, 1))
    as_printed(stepped, {"a.new": "0.8", "b.new": "-1.8", "c.new": "1.4", "d.new": "0.3"})


def test_cognoria_and_its_wrong_result() -> None:
    posed = posed_of("c = a*b; d = a + b; e = c + d", {"a": 2, "b": -3})
    as_printed(numbers(posed), {"a.gradient": "-2", "b.gradient": "3"})
    # It prints what = for += gives, too, where d passes its gradient on last: the form has that number among its slips.
    boxes = {box.name: box for box in FORMS["numbers"].question(posed, 1).boxes}
    for name in "ab":
        assert 1.0 in [slip.number for slip in boxes[f"1.{name}.gradient"].slips]
        assert "one path" in [found.slip.name for found in posed.gradients.wrong(posed.names[name]) if found.number == 1.0]


def test_ml_roadmap_tanh_neuron() -> None:
    text = "z = w1*x1 + w2*x2 + b; out = tanh(z)"
    posed = posed_of(text, {"w1": 0.5, "w2": -0.3, "b": 0.1, "x1": 2, "x2": 3}, of="w1 w2 b")
    printed = {"z.value": "0.2", "out.value": "0.197375", "w1.gradient": "1.922", "w2.gradient": "2.883", "b.gradient": "0.961"}
    as_printed(numbers(posed), printed)


def test_karpathy_elementary_functions() -> None:
    posed = posed_of("f = -a**3 + sin(3*b) - 1/c + b**2.5 - sqrt(a)", {"a": 2, "b": 3, "c": 4})
    as_printed(numbers(posed), {"a.gradient": "-12.353553", "b.gradient": "10.256990", "c.gradient": "0.0625"})


def test_karpathy_softmax_and_cross_entropy() -> None:
    text = "s = exp(z1) + exp(z2) + exp(z3) + exp(z4); L = log(s) - z4"
    posed = posed_of(text, {"z1": 0, "z2": 3, "z3": -2, "z4": 1}, decimals=10)
    printed = {"L.value": "2.1755153626", "z1.gradient": "0.0417725705", "z2.gradient": "0.8390245075"}
    as_printed(numbers(posed), {**printed, "z3.gradient": "0.0056533027", "z4.gradient": "-0.8864503806"})


def test_unicamp_both_tables() -> None:
    posed = posed_of("u = x*w; z = relu(u)", {"x": 1, "w": 2})
    found = answers(FORMS["table"].question(posed, 1))
    given = [posed.names[name].data for name in "xw"]
    assert [*given, found["u.value"], found["z.value"]] == [1, 2, 2, 2]
    assert [found[f"{name}.gradient"] for name in "zuxw"] == [1, 1, 2, 1]


def test_cs231n_two_layers_against_numpy() -> None:
    """Its answers were not recomputed by others: the oracle is NumPy with matrices. The label 2 counts from 0."""
    np = pytest.importorskip("numpy")
    x, w1 = np.array([16.0, -6.0]), np.array([[0.18, 0.04], [0.1, 0.22]])
    w2, label = np.array([[0.19, -0.1, 0.1], [-0.02, -0.01, 0.04]]), 2
    before = x @ w1
    hidden = np.maximum(before, 0.0)
    scores = hidden @ w2
    p = np.exp(scores) / np.exp(scores).sum()
    by_scores = p - np.eye(3)[label]
    by_hidden = w2 @ by_scores
    expected = {f"W2_{i}{j}.gradient": np.outer(hidden, by_scores)[i, j] for i in range(2) for j in range(3)}
    by_before = by_hidden * (before > 0)
    expected |= {f"W1_{i}{j}.gradient": np.outer(x, by_before)[i, j] for i in range(2) for j in range(2)}
    expected |= {f"X{i}.gradient": (w1 @ by_before)[i] for i in range(2)} | {"L.value": -np.log(p[label])}

    lines = [f"h{j} = relu(X0*W1_0{j} + X1*W1_1{j})" for j in range(2)]
    lines += [f"s{j} = h0*W2_0{j} + h1*W2_1{j}" for j in range(3)]
    lines += ["L = log(exp(s0) + exp(s1) + exp(s2)) - s2"]
    values = {f"X{i}": x[i] for i in range(2)} | {f"W1_{i}{j}": w1[i, j] for i in range(2) for j in range(2)}
    values |= {f"W2_{i}{j}": w2[i, j] for i in range(2) for j in range(3)}
    found = numbers(posed_of("; ".join(lines), {name: float(x) for name, x in values.items()}, decimals=12))
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-12, abs=1e-15)
    # The second hidden unit is dead: all that leads to it alone is 0.
    assert (
        [found[f"W1_{i}1.gradient"] for i in range(2)] == [0.0, 0.0] == [float(expected[f"W2_1{j}.gradient"]) for j in (0, 1)]
    )
