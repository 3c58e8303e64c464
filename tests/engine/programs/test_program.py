"""Programs in Python, JavaScript and NumPy against the eager engine, which is their oracle: test_rules.py checks it."""

import copy
import gc
import json
import keyword
import math
import pickle
import re
import sys
import weakref

import numpy as np
import pytest
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    Value,
    affine,
    atan2,
    choose,
    exp,
    logsumexp,
    no_grad,
    nonfinite,
    operation,
    program,
    total,
)
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import backward, order
from chalkgrad.nn import MLP
from compared import INF, NAN, SPECIAL, compare, flat, of_operation, points, swept
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from javascript import NODE, printed
from oracle import applied
from random_programs import programs, run

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")

# From Python 3.12 on sum() corrects the rounding of its terms, and a line of + does not.
SUMS_CORRECTED = sys.version_info >= (3, 12)


# Every operation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_python_computes_what_recording_does_to_the_bit_and_fails_where_it_fails(name):
    for count, some in points(name).items():
        f = of_operation(name, count).compile()
        for point in some:
            with nonfinite("propagate"):
                assert repr(flat(f(point))) == repr(swept(lambda leaves: applied(name, leaves), point))
            if not all(map(math.isfinite, point)):
                with pytest.raises(ValueError, match=r"x\d needs a finite number, not (nan|-?inf)"):
                    f(point)
                continue
            try:
                expected = swept(lambda leaves: applied(name, leaves), point)
            except (DomainError, NonFiniteError) as error:
                with pytest.raises(type(error)):
                    f(point)
            else:
                found = flat(f(point))
                if found != expected and SUMS_CORRECTED and RULES[name].lists and count > 2:
                    compare(name, [(point, found)])
                else:
                    assert found == expected, point


@pytest.mark.parametrize("name", RULES)
def test_numpy_is_within_4_ulp_of_recording_for_numbers_and_for_batches(name):
    for count, some in points(name).items():
        f = of_operation(name, count).compile("numpy")
        values, (adjoints,) = f(np.array(some))
        compare(name, zip(some, np.column_stack([values, adjoints]).tolist(), strict=True))
        compare(name, [(point, flat(f(point))) for point in some[::3]])


@NODE
def test_javascript_is_within_4_ulp_of_recording(tmp_path):
    parts, tried = ["const found = [];"], []
    for name in RULES:
        for count, some in points(name).items():
            text = of_operation(name, count).source("javascript")
            numbers = json.dumps(some)  # Infinity and NaN are written as in JavaScript
            parts.append(
                f"{{\n{text}\nfor (const p of {numbers}) {{ const [v, [g]] = program(p); found.push([v, ...g]); }}\n}}"
            )
            tried += [(name, point) for point in some]
    parts.append("console.log(JSON.stringify(found.map(numbers => numbers.map(String))));")
    for (name, point), result in zip(tried, printed(tmp_path, "\n".join(parts)), strict=True):
        compare(name, [(point, map(float, result))])


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if len(rule.arguments) == 2 and not rule.lists])
@pytest.mark.parametrize("constant", [2.0, -1.0, 0.5, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("slot", [0, 1])
def test_a_number_among_the_arguments_is_as_in_recording(name, constant, slot):
    def make(leaves):
        return applied(name, [constant, *leaves] if slot == 0 else [*leaves, constant])

    try:
        leaf = Value(0.5, "x")
        p = program(make([leaf]), inputs=[leaf])
    except (DomainError, NonFiniteError):
        return
    f, g = p.compile(), p.compile("numpy")
    for x in SPECIAL[:1] + SPECIAL[5:]:
        try:
            expected = swept(make, [x])
        except (DomainError, NonFiniteError) as error:
            with pytest.raises(type(error)):
                f(x)
        else:
            assert [f(x)[0], *f(x)[1]] == expected
            for ours, exact in zip([g(x)[0], *g([x])[1][0]], expected, strict=True):
                assert abs(ours - exact) <= 4 * math.ulp(exact)


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if len(rule.arguments) == 2 and not rule.lists])
@pytest.mark.parametrize("constant", [0.0, 0.5, 1000.0, INF, -INF, NAN])
@pytest.mark.parametrize("slot", [0, 1])
def test_a_number_that_is_not_finite_or_a_divisor_of_0_propagates(name, constant, slot):
    def make(leaves):
        return applied(name, [constant, *leaves] if slot == 0 else [*leaves, constant])

    with nonfinite("propagate"):
        leaf = Value(0.5, "x")
        p = program(make([leaf]), inputs=[leaf])
        f, g = p.compile(), p.compile("numpy")
        of_batch = np.column_stack(g(SPECIAL)[:1] + g(SPECIAL)[1])
        for x, row in zip(SPECIAL, of_batch.tolist(), strict=True):
            expected = swept(make, [x])
            assert repr([f(x)[0], *f(x)[1]]) == repr(expected)
            for found in (row, [g(x)[0], *g(x)[1]]):
                for ours, exact in zip(found, expected, strict=True):
                    close = abs(ours - exact) <= 4 * math.ulp(exact) if math.isfinite(exact) else ours == exact
                    assert close or (ours != ours and exact != exact), (x, found, expected)
        assert isinstance(p.source("javascript"), str)


# Graphs --------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=150)
@given(programs())
def test_a_random_graph_gives_the_bits_of_recording_in_python_and_is_close_in_numpy(instructions):
    data, _ = instructions
    leaves = [Value(x, f"x{i}") for i, x in enumerate(data)]
    nodes, done = run(leaves, instructions[1])
    assume(done)
    root = nodes[-1]
    used = [leaf for leaf in leaves if leaf in set(root.tape())]
    p = program(root, inputs=used)
    numbers = [leaf.data for leaf in used]
    try:
        root.backward()
    except NonFiniteError:
        with pytest.raises(NonFiniteError, match=r"^the backward pass from .* is not finite|add up to more than a float"):
            p.compile()(*numbers)
        return
    expected = [leaf.grad for leaf in used]
    value, adjoints = p.compile()(*numbers)
    assert SUMS_CORRECTED or (value, list(adjoints)) == (root.data, expected)
    assert p.compile(adjoints=False)(*numbers) == value
    value, adjoints = p.compile("numpy")(*numbers)
    scale = 1 + max(abs(x.grad * x.data) + abs(x.grad) for x in root.tape())
    assume(scale < 1e12)
    assert math.isclose(value, root.data, rel_tol=1e-9, abs_tol=1e-9 * scale)
    for ours, exact in zip(adjoints, expected, strict=True):
        assert math.isclose(ours, exact, rel_tol=1e-9, abs_tol=1e-9 * scale)


def network(activation="tanh", **options):
    """A per-sample loss, and its inputs: parameters, features, target."""
    model = MLP(2, [4, 3, 1], activation=activation, seed=1, **options)
    theta = model.parameters()
    x, y = [Value(0.3, "x1"), Value(-0.8, "x2")], Value(1.0, "y")
    return (model(x) - y) ** 2 + 1e-4 * total([p * p for p in theta]), theta, x, y


SAMPLES = [[0.3, -0.8], [1.5, 0.2], [-0.7, 0.9], [0.0, 0.0], [2.0, -3.0]]
TARGETS_OF_SAMPLES = [1.0, -1.0, 0.5, 0.0, 2.0]


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus", "identity"])
def test_a_network_over_a_batch_is_the_sum_of_its_samples(activation):
    loss, theta, x, y = network(activation)
    losses, total_grad, x_grads = [], [0.0] * len(theta), []
    for row, target in zip(SAMPLES, TARGETS_OF_SAMPLES, strict=True):
        for leaf, number in zip([*x, y], [*row, target], strict=True):
            leaf.data = number
        loss.forward()
        loss.zero_grad()
        loss.backward()
        losses.append(loss.data)
        x_grads.append([leaf.grad for leaf in x])
        total_grad = [a + leaf.grad for a, leaf in zip(total_grad, theta, strict=True)]
    p = program(loss, inputs=[theta, x, y], wrt=[theta, x])
    numbers = [leaf.data for leaf in theta]
    for target in ("python", "numpy"):
        f = p.compile(target)
        values, (by_theta, by_x) = f(numbers, SAMPLES, TARGETS_OF_SAMPLES)
        assert list(values) == pytest.approx(losses, rel=1e-13)
        assert list(by_theta) == pytest.approx(total_grad, rel=1e-12, abs=1e-14)
        assert np.array(by_x) == pytest.approx(np.array(x_grads), rel=1e-12, abs=1e-14)
        if target == "python" and not SUMS_CORRECTED:
            assert values == losses
            assert by_x == x_grads
        for i, (row, y_of) in enumerate(zip(SAMPLES, TARGETS_OF_SAMPLES, strict=True)):
            value, (_, own) = f(numbers, row, y_of)
            assert value == pytest.approx(losses[i], rel=1e-13)
            assert list(own) == pytest.approx(x_grads[i], rel=1e-12, abs=1e-14)
        # the parameters may be what differs from sample to sample
        values, (by_theta, by_x) = f([numbers] * 2, SAMPLES[1], TARGETS_OF_SAMPLES[1])
        assert list(values) == pytest.approx([losses[1]] * 2, rel=1e-13)
        assert np.shape(by_theta) == (2, len(theta))
        assert list(by_x) == pytest.approx([2 * g for g in x_grads[1]], rel=1e-12)


def test_a_network_node_for_node_has_the_same_adjoints():
    (loss, theta, x, y), (other, others, x2, y2) = network(), network(expanded=True)
    numbers = [leaf.data for leaf in theta]
    ours = program(loss, inputs=[theta, x, y]).compile()(numbers, SAMPLES, TARGETS_OF_SAMPLES)
    expanded = program(other, inputs=[others, x2, y2]).compile()(numbers, SAMPLES, TARGETS_OF_SAMPLES)
    assert ours[0] == pytest.approx(expanded[0], rel=1e-12)
    assert ours[1][0] == pytest.approx(expanded[1][0], rel=1e-12)


@NODE
def test_javascript_goes_through_a_batch_as_python_does(tmp_path):
    loss, theta, x, y = network("gelu")
    p = program([loss, theta[0], x[0]], inputs=[theta, x, y], wrt=[theta, x])
    arguments = [[leaf.data for leaf in theta], SAMPLES, TARGETS_OF_SAMPLES]
    call = f"console.log(JSON.stringify(program({', '.join(map(json.dumps, arguments))})));"
    values, adjoints = printed(tmp_path, p.source("javascript", batch=[*x, y]) + "\n" + call)
    expected, slopes = p.compile()(*arguments)
    assert np.array(values) == pytest.approx(np.array(expected), rel=1e-12)
    for ours, exact in zip(adjoints, slopes, strict=True):
        assert ours[0] == pytest.approx(exact[0], rel=1e-11, abs=1e-15)
        assert np.array(ours[1]) == pytest.approx(np.array(exact[1]), rel=1e-11, abs=1e-15)


# Roots, inputs, batches ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["python", "numpy"])
def test_several_roots_have_a_sweep_each(target):
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y1, y2 = a * b + a, (a / b).exp()
    f = program([y1, y2, a, y1], inputs=[a, b]).compile(target)
    values, adjoints = f(2.0, 3.0)
    e = math.exp(2 / 3)
    assert values == (8.0, pytest.approx(e), 2.0, 8.0)
    assert adjoints == ((4.0, 2.0), (pytest.approx(e / 3), pytest.approx(-2 * e / 9)), (1.0, 0.0), (4.0, 2.0))
    values, adjoints = f([2.0, 5.0], 3.0)
    assert [list(v) for v in values] == [
        [8.0, 20.0],
        [pytest.approx(e), pytest.approx(math.exp(5 / 3))],
        [2.0, 5.0],
        [8.0, 20.0],
    ]
    assert list(adjoints[0][0]) == [4.0, 4.0]
    assert adjoints[0][1] == 7.0
    assert list(adjoints[2][0]) == [1.0, 1.0]
    assert adjoints[2][1] == 0.0


@settings(deadline=None, max_examples=60)
@given(programs(), st.integers(0, 15))
def test_the_second_of_two_roots_has_the_bits_of_its_own_sweep(instructions, which):
    leaves = [Value(x, f"x{i}") for i, x in enumerate(instructions[0])]
    nodes, done = run(leaves, instructions[1])
    assume(done)
    roots = [nodes[-1], nodes[which % len(nodes)]]
    inside = {leaf for root in roots for leaf in root.tape()}
    used = [leaf for leaf in leaves if leaf in inside]
    expected = []
    for root in roots:
        for leaf in leaves:
            leaf.grad = None
        try:
            backward(order([root]), root, propagate=False)
        except NonFiniteError:
            assume(False)
        expected.append(tuple(leaf.grad for leaf in used))
    assert SUMS_CORRECTED or program(roots, inputs=used).compile()(*(leaf.data for leaf in used))[1] == tuple(expected)


def test_each_root_adds_contributions_in_the_order_of_its_own_sweep():
    x = Value(1.0, "x")
    a, b, c = x * 0.1, x * 0.2, x * 0.3
    roots = [c + b + a, a + b + c]
    _, adjoints = program(roots, inputs=[x]).compile()(1.0)
    assert adjoints == ((0.1 + 0.2 + 0.3,), (0.3 + 0.2 + 0.1,))
    assert adjoints[0] != adjoints[1]


@pytest.mark.parametrize("target", ["python", "numpy"])
def test_a_root_that_all_samples_share_counts_once_for_each(target):
    a, x = Value(2.0, "a"), Value(3.0, "x")
    p = program([a * a, a, a + x, Value(7.0)], inputs=[a, x])
    values, adjoints = p.compile(target)(3.0, [1.0, 2.0, 3.0])
    assert [list(v) for v in values] == [[9.0] * 3, [3.0] * 3, [4.0, 5.0, 6.0], [7.0] * 3]
    assert [by_a for by_a, _ in adjoints] == [18.0, 3.0, 3.0, 0.0]
    assert [list(by_x) for _, by_x in adjoints] == [[0.0] * 3, [0.0] * 3, [1.0] * 3, [0.0] * 3]


@pytest.mark.parametrize("target", ["python", "numpy"])
def test_local_derivatives_of_every_kind_are_summed_over_the_batch(target):
    w, x = Value(2.0, "w"), Value(3.0, "x")
    root = w * x - w + w * 3.0 + (w / 4.0 + x) * w - w**2 * x + logsumexp([w, x, w * w, 0.5]) + affine([w, x], [w, w], x)
    f = program(root, inputs=[w, x]).compile(target)
    xs = [1.5, -2.0, 0.25, 7.0]
    single = [f(1.25, x) for x in xs]
    values, (by_w, by_x) = f(1.25, xs)
    assert list(values) == pytest.approx([value for value, _ in single], rel=1e-14)
    assert by_w == pytest.approx(math.fsum(slopes[0] for _, slopes in single), rel=1e-13)
    assert list(by_x) == pytest.approx([slopes[1] for _, slopes in single], rel=1e-14)
    values, (by_w, by_x) = f(xs, xs)
    singles = [f(x, x) for x in xs]
    assert list(by_w) == pytest.approx([slopes[0] for _, slopes in singles], rel=1e-14)


@pytest.mark.parametrize("target", ["python", "numpy"])
def test_a_frozen_leaf_is_an_input_with_adjoint_0_and_what_is_no_input_a_number(target):
    a, b, c = Value(2.0, "a"), Value(3.0, "b", constant=True), Value(5.0, "c")
    f = program(a * b * c, inputs=[a, b]).compile(target)
    assert f(2, 4) == (40.0, (20.0, 0.0))
    assert [list(x) for x in f([2, 3], [4, 4])[1]] == [[20.0, 20.0], [0.0, 0.0]]
    f = program(a * b * c, inputs=[a, b], wrt=[b]).compile(target)
    assert f(2, 4) == (40.0, (0.0,))


def test_results_are_floats_lists_and_arrays_of_their_own():
    a, x = Value(2.0, "a"), [Value(1.0, "x1"), Value(2.0, "x2")]
    p = program(a * x[0] + x[1], inputs=[a, x])
    value, (by_a, by_x) = p.compile()(np.float32(2), np.array([3, 4]))
    assert [type(v) for v in (value, by_a, *by_x)] == [float] * 4
    value, (by_a, by_x) = p.compile("numpy")(2, [3, 4])
    assert type(value) is type(by_a) is float
    assert by_x.tolist() == [2.0, 1.0]
    value, (by_a, by_x) = p.compile("numpy")([2, 2], [[3, 4], [5, 6]])
    assert (value.tolist(), by_a.tolist(), by_x.tolist()) == ([10.0, 16.0], [3.0, 5.0], [[2.0, 1.0], [2.0, 1.0]])
    both = program(a + x[0], inputs=[a, x[0]]).compile("numpy")([1.0, 2.0], [1.0, 2.0])[1]
    both[0][0] = 99.0
    assert both[1][0] == 1.0
    given = np.array([1.0, 2.0])
    same = program(a, inputs=[a]).compile("numpy")(given)[0]
    same[0] = 99.0
    assert given[0] == 1.0


# Text ----------------------------------------------------------------------------------------------------------------


def test_the_python_and_the_javascript_of_a_small_program():
    w, x, b = [Value(1.0, "w1"), Value(2.0, "w2")], [Value(3.0, "x1"), Value(4.0, "x2")], Value(0.5, "b")
    u = affine(w, x, b)
    u.label = "u"
    L = (1 - u).relu() * 2.0  # as it is written on the blackboard
    p = program(L, inputs=[w, b, x], wrt=[w, b])
    assert (
        p.source()
        == """\
from math import isfinite


def program(w, b, x):
    w1, w2 = w
    x1, x2 = x
    # forward pass
    u = w1 * x1 + w2 * x2 + b
    v7 = 1.0 - u
    v8 = 0.0 if v7 <= 0.0 else v7
    L = v8 * 2.0
    if not isfinite(v7):
        raise OverflowError("a value is too large for a float")
    # backward pass
    L_grad = 1.0
    v8_grad = L_grad * 2.0
    v7_grad = v8_grad * (1.0 if v7 > 0.0 else 0.0)
    u_grad = -v7_grad
    w1_grad = u_grad * x1
    w2_grad = u_grad * x2
    b_grad = u_grad
    return L, ([w1_grad, w2_grad], b_grad)"""
    )
    assert (
        p.source("javascript", batch=x)
        == """\
function program(w, b, x) {
    const [w1, w2] = w;
    const L_batch = [];
    let w1_grad = 0.0;
    let w2_grad = 0.0;
    let b_grad = 0.0;
    for (let i = 0; i < x.length; i++) {
        const [x1, x2] = x[i];
        // forward pass
        const u = w1 * x1 + w2 * x2 + b;
        const v7 = 1.0 - u;
        const v8 = v7 <= 0.0 ? 0.0 : v7;
        const L = v8 * 2.0;
        L_batch.push(L);
        // backward pass
        let L_grad = 1.0;
        let v8_grad = L_grad * 2.0;
        let v7_grad = v8_grad * (v7 > 0.0 ? 1.0 : 0.0);
        let u_grad = -v7_grad;
        w1_grad += u_grad * x1;
        w2_grad += u_grad * x2;
        b_grad += u_grad;
    }
    return [L_batch, [[w1_grad, w2_grad], b_grad]];
}"""
    )
    assert (
        p.source("numpy", batch=x, form="scalar")
        == """\
import numpy as np


def program(w, b, x):
    w1, w2 = w
    x1, x2 = x.T
    # forward pass
    u = w1 * x1 + w2 * x2 + b
    v7 = 1.0 - u
    v8 = np.where(v7 <= 0.0, 0.0, v7)
    L = v8 * 2.0
    # backward pass
    L_grad = np.ones_like(L)
    v8_grad = L_grad * 2.0
    v7_grad = v8_grad * np.where(v7 > 0.0, 1.0, 0.0)
    u_grad = -v7_grad
    w1_grad = u_grad @ x1
    w2_grad = u_grad @ x2
    b_grad = u_grad.sum()
    return L, (np.array([w1_grad, w2_grad]), b_grad)"""
    )
    assert p.source(adjoints=False).splitlines()[-1] == "    return L"


def test_the_text_runs_as_it_stands():
    loss, theta, x, y = network("gelu")
    p = program(loss, inputs=[theta, x, y])
    for target, batch in (("python", ()), ("numpy", ()), ("python", [*x, y]), ("numpy", [*x, y])):
        scope = {}
        exec(p.source(target, batch=batch), scope)
        arguments = [[leaf.data for leaf in theta], SAMPLES if batch else SAMPLES[0], [1.0] * 5 if batch else 1.0]
        expected = p.compile(target)(*arguments)
        value, adjoints = scope["program"](*(map(np.array, arguments) if target == "numpy" else arguments))
        assert np.array(value) == pytest.approx(np.array(expected[0]))
        assert list(adjoints[0]) == pytest.approx(list(expected[1][0]))


def test_a_derivative_that_is_computed_otherwise_than_on_a_blackboard_says_what_it_is():
    x, y = Value(0.5, "x"), Value(2.0, "y")
    text = program(x.tanh() / y * (x + 1), inputs=[x, y]).source()
    assert [line.strip() for line in text.splitlines() if "# ∂" in line] == ["# ∂v4/∂y = -v2/y²", "# ∂v2/∂x = 1 - v2²"]


def test_what_value_and_local_derivatives_have_in_common_is_computed_once():
    xs = [Value(float(i), f"x{i}") for i in range(3)]
    text = program(logsumexp(xs), inputs=[xs]).source()
    computed = [line for line in text.splitlines() if "#" not in line]
    assert "".join(computed).count("exp(") == 3
    assert text.count("max(") == text.count("log(") == 1
    x = Value(0.5, "x")
    assert program(x.exp(), inputs=[x]).source().count("exp(") == 1
    assert program(x.gelu(), inputs=[x]).source().count("erfc(") == 1


NASTY = ["lambda", "x1*w1", "משקל", "σ", "a", "a", "a_grad", "math", "np", "L'", "🙂", "", "exp", "let", "2nd", "x1_w1"]
NASTY += ["program", "ﬁ", "None", "undefined", "__debug__", "x\ny", "float", "ª", "Math", "isfinite", "i", "a_batch", "t"]
NASTY += ["%(x)s", "{}", "a_2", "a_exp", "v3_max", "OverflowError", "await", "match", "e\u0301"]


@pytest.mark.parametrize("target", ["python", "numpy"])
def test_nasty_labels_become_names(target):
    leaves = [Value(0.1 * (i + 1), label) for i, label in enumerate(NASTY)]
    root = logsumexp([(leaf * leaf).sigmoid() for leaf in leaves])
    root.label = "return"
    p = program(root, inputs=[leaves])
    numbers = [leaf.data for leaf in leaves]
    value, (adjoints,) = p.compile(target)(numbers)
    root.backward()
    assert value == pytest.approx(root.data, rel=1e-14)
    assert list(adjoints) == pytest.approx([leaf.grad for leaf in leaves], rel=1e-13)
    values, _ = p.compile(target)([numbers] * 2)
    assert list(values) == pytest.approx([root.data] * 2, rel=1e-14)
    text = p.source(target, form="scalar")
    assert "משקל" in text
    assert "σ * σ" in text
    assert "lambda_ * lambda_" in text
    separate = program(root, inputs=leaves)
    assert separate.compile(target)(*numbers)[0] == pytest.approx(root.data, rel=1e-14)
    parameters = re.findall(r"\w+", separate.source(target).partition("def program(")[2].partition(")")[0])
    assert len(set(parameters)) == len(NASTY)
    assert not any(map(keyword.iskeyword, parameters))


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("single", [True, False])
def test_a_name_longer_than_a_line_is_a_name_too(width, single):
    xs = [Value(0.5, f"{'x' * 120}{i}") for i in range(width)]
    p = program(total([x * x for x in xs]), inputs=xs if single else [xs])
    rows = [[1.0, 2.0][:width], [3.0, 4.0][:width]]
    arguments = list(zip(*rows, strict=True)) if single else [rows]
    for target in ("python", "numpy"):
        values, slopes = p.compile(target)(*arguments)
        assert list(values) == [math.fsum(x * x for x in row) for row in rows]
        assert np.array_equal(slopes if single else slopes[0], 2 * np.array(arguments if single else rows))


def test_a_name_made_unique_does_not_take_another_label():
    leaves = [Value(1.0, label) for label in ("x*w", "x_w", "x_w_2", "x", "x_grad")]
    text = program(total(leaves), inputs=leaves).source()
    assert text.startswith("def program(x_w, x_w_3, x_w_2, x, x_grad):")
    assert "return v6, (x_w_grad, x_w_3_grad, x_w_2_grad, x_grad_2, x_grad_grad)" in text


@NODE
def test_nasty_labels_become_names_in_javascript_too(tmp_path):
    leaves = [Value(0.1 * (i + 1), label) for i, label in enumerate(NASTY)]
    root = logsumexp([(leaf * leaf).sigmoid() for leaf in leaves])
    p = program(root, inputs=leaves)
    calls = f"const xs = {json.dumps([leaf.data for leaf in leaves])};\nconsole.log(program(...xs)[0]);"
    assert printed(tmp_path, p.source("javascript") + "\n" + calls) == pytest.approx(root.data, rel=1e-14)


def test_long_sums_and_maxima_are_split_in_the_order_of_recording():
    xs = [Value(math.sin(i), f"x{i}") for i in range(10_000)]
    ws = [Value(math.cos(i), f"w{i}") for i in range(10_000)]
    root = affine(ws, xs, 0.5).tanh() + logsumexp(xs[:500]) + total(xs) * 1e-3
    p = program(root, inputs=[ws, xs])
    value, (by_w, by_x) = p.compile()([w.data for w in ws], [x.data for x in xs])
    root.backward()
    if not SUMS_CORRECTED:
        assert value == root.data
        assert (by_w, by_x) == ([w.grad for w in ws], [x.grad for x in xs])
    assert max(map(len, p.source().splitlines())) < 1000
    value, (by_w, _) = p.compile("numpy")([w.data for w in ws], [x.data for x in xs])
    assert value == pytest.approx(root.data, rel=1e-11)
    assert by_w == pytest.approx(np.array([w.grad for w in ws]), rel=1e-10, abs=1e-14)


def test_twenty_thousand_instructions_run_and_the_text_is_linear_in_their_number():
    def lines(count):
        x, w = Value(0.5, "x"), Value(0.999, "w")
        v = x
        for i in range(count // 4):
            v = (v * w + x - 0.001 * i / count).sin()
        p = program(v, inputs=[x, w])
        text = p.source()
        if count == 20_000:
            v.backward()
            assert len(p.instructions) >= count * 0.99
            assert p.compile()(0.5, 0.999) == (v.data, (x.grad, w.grad))
        return text.count("\n")

    assert lines(20_000) < 4.2 * lines(5_000)


def test_a_traceback_shows_the_text():
    x = Value(2.0, "x")
    f = program((-x).exp(), inputs=[x]).compile()
    f(1.0)
    (function,) = f._made.values()
    import inspect
    import linecache

    assert inspect.getsource(function).startswith("def program(x):")
    name = function.__code__.co_filename
    assert linecache.getlines(name)
    del f, function
    import gc

    gc.collect()
    assert not linecache.getlines(name)
    linecache.checkcache()


# What goes wrong -----------------------------------------------------------------------------------------------------


def error_of(function, *arguments):
    with pytest.raises((ArithmeticError, ValueError, TypeError)) as caught:
        function(*arguments)
    return type(caught.value), str(caught.value)


def test_outside_a_domain_python_says_what_recording_says():
    x = Value(2.0, "x")
    f = program((x - 1).log() + 1 / x, inputs=[x]).compile()
    says = "log(-2) at -2: log needs x > 0"
    kind, sentence = error_of(f, -1.0)
    expected = error_of(lambda: (Value(-1.0, "x") - 1).log())
    assert (kind, sentence) == expected
    assert kind is DomainError, says
    kind, sentence = error_of(f, [3.0, 4.0, -1.0, 5.0])
    assert kind is DomainError
    assert sentence == "row 2 of the batch (counting from 0): " + expected[1]


def unfold(make, x=2.0):
    leaf = Value(x, "x")
    return program(make(leaf), inputs=[leaf])


ABSORBED = {
    "a product in a quotient": (lambda x: 1 / (x * x), 1e200),
    "a sum in relu": (lambda x: (-(x + x)).relu(), 1e308),
    "a product in exp": (lambda x: (-(x * x)).exp(), 1e200),
    "a product in tanh": (lambda x: (x * x).tanh(), 1e200),
    "a quotient in atan": (lambda x: (x / 1e-300).atan(), 1e100),
    "a difference in sigmoid": (lambda x: (x - -x).sigmoid(), 1e308),
    "hypot in erf": (lambda x: RULES and applied("hypot", [x, x]).erf(), 1.7e308),
    "affine in heaviside": (lambda x: affine([x, x], [x, x], 0.0).heaviside(), 1e200),
    "total in a power of 0": (lambda x: total([x, x]) ** 0, 1e308),
    "a product in a maximum": (lambda x: applied("maximum", [-(x * x), x]), 1e200),
    "a product in a product with 0": (lambda x: (x * x) * 0.0, 1e200),
    "two infinities that meet": (lambda x: (x * x).tanh() - (-(x * x)).tanh(), 1e200),
    "an exponential, which raises": (lambda x: 1 / x.exp(), 1000.0),
}


@pytest.mark.parametrize("adjoints", [True, False])
@pytest.mark.parametrize("case", ABSORBED)
def test_an_infinity_that_leaves_no_trace_in_the_result_is_found(case, adjoints):
    make, x = ABSORBED[case]
    f = unfold(make).compile(adjoints=adjoints)
    expected = error_of(lambda: make(Value(x, "x")))
    assert error_of(f, x) == expected
    assert error_of(f, [1.0, x])[1] == "row 1 of the batch (counting from 0): " + expected[1]
    f(2.0)


def test_large_values_whose_sum_is_no_float_are_no_error():
    x = Value(2.0, "x")
    p = program((x * 1.0).tanh() + (x * 2.0).tanh() + (x * 1.5).tanh(), inputs=[x])
    assert "isfinite(" in p.source()
    assert p.compile()(8e307) == (3.0, (0.0,))
    assert p.compile()([8e307, 8e307]) == ([3.0, 3.0], ([0.0, 0.0],))


def test_an_infinite_derivative_is_refused_where_it_is_wanted():
    x, y = Value(1.0, "x"), Value(1.0, "y")
    p = program(x.sqrt() * y, inputs=[x, y])
    assert p.compile(adjoints=False)(0.0, 2.0) == 0.0
    recorded = (Value(0.0, "x").sqrt() * Value(2.0, "y")).backward
    assert error_of(p.compile(), 0.0, 2.0) == error_of(recorded)
    assert program(x.sqrt() * y, inputs=[x, y], wrt=[y]).compile()(0.0, 2.0) == (0.0, (0.0,))
    assert error_of(p.compile(), 0.0, 2.0)[0] is NonFiniteError
    value, (by_x, by_y) = p.compile("numpy")(0.0, 2.0)
    assert (value, by_x, by_y) == (0.0, INF, 0.0)


def test_adjoints_that_are_finite_for_each_sample_may_not_be_so_in_sum():
    x, w = Value(2.0, "x"), Value(1.0, "w")
    f = program(w * x, inputs=[w, x]).compile()
    assert f(1e-10, [1.7e308]) == ([1e-10 * 1.7e308], (1.7e308, [1e-10]))
    kind, sentence = error_of(f, 1e-10, [1.7e308, 1.7e308])
    assert kind is NonFiniteError
    assert sentence == "the gradients by w add up, over the batch, to more than a float can hold, 1.798e308"


def test_numpy_divides_by_a_computed_zero_as_ieee_has_it():
    a, b, x = Value(2.0, "a"), Value(3.0, "b"), Value(1.0, "x")
    f = program(x / (a + b) + (a * b) ** 0.5, inputs=[a, b, x]).compile("numpy")
    value, (by_a, _, by_x) = f(1.0, -1.0, 2.0)
    assert value != value
    assert by_a != by_a
    assert by_x == INF
    _, (_, _, by_x) = f(1.0, -1.0, [2.0, -2.0])
    assert by_x.tolist() == [INF, INF]
    assert program(x / (a + b), inputs=[a, b, x]).compile("numpy")(1.0, -1.0, [2.0, -2.0])[0].tolist() == [INF, -INF]


def test_operations_of_ones_own_run_in_every_target():
    logistic = operation("logistic", lambda x, k: 1 / (1 + exp(-k * x)))
    bump = operation("bump", lambda x: choose((x > -1) & (x < 1), exp(-1 / (1 - x * x)), 0))
    x, k = Value(0.3, "x"), Value(2.0, "k")
    p = program(logistic(x, k) * bump(x / 2), inputs=[x, k])
    for point in ((0.3, 2.0), (-1.0, 3.0), (2.0, 1.0), (5.0, 1.0)):
        expected = swept(lambda leaves: logistic(*leaves) * bump(leaves[0] / 2), point)
        value, slopes = p.compile()(*point)
        assert [value, *slopes] == expected
        value, slopes = p.compile("numpy")(*point)
        assert [value, *slopes] == pytest.approx(expected, rel=1e-14)
    with pytest.raises(NonFiniteError, match="local derivative does not exist"):
        p.compile()(-900.0, 1.0)
    constant = operation("constant", lambda x: 3)
    values, (slopes,) = program(constant(x), inputs=[x]).compile("numpy")([1.0, 2.0])
    assert (values.tolist(), slopes.tolist()) == ([3.0, 3.0], [0.0, 0.0])
    assert "?" in p.source("javascript") or "if (" in p.source("javascript")


def test_numbers_that_recording_refuses_are_refused_by_name():
    x, y = Value(1.0, "x"), [Value(2.0, "y1"), Value(3.0, "y2")]
    f = program(x * y[0] + y[1], inputs=[x, y]).compile()
    assert f(True, (2, 10**3)) == (1002.0, (2.0, [1.0, 1.0]))
    with pytest.raises(ValueError, match=r"^x needs a finite number, not nan"):
        f(NAN, [1, 2])
    with pytest.raises(ValueError, match=r"^y2 needs a finite number, not inf"):
        f(1, [1.0, INF])
    with pytest.raises(ValueError, match=r"^y1 in row 1 needs a finite number, not nan"):
        f(1, [[1.0, 2.0], [NAN, 1.0]])
    with pytest.raises(ValueError, match=r"^x in row 2 needs a finite number, not nan"):
        f([1.0, 1.0, NAN], [1, 2])
    with pytest.raises(TypeError, match=r"^x needs a real number, not the str '1'"):
        f("1", [1, 2])
    with pytest.raises(TypeError, match=r"^y1 needs a plain number, and this is already a Value"):
        f(1, y)
    with pytest.raises(NonFiniteError, match=r"^y2 needs a number up to 1.798e308"):
        f(1, [1, 10**400])
    with nonfinite("propagate"):
        value, (by_x, by_y) = f(INF, [0.0, 1.0])
        assert (value != value, by_x, by_y) == (True, 0.0, [INF, 1.0])


@pytest.mark.parametrize("target", ["python", "numpy"])
def test_shapes_that_do_not_fit_are_refused_with_a_sentence(target):
    x, y = Value(1.0, "x"), [Value(2.0, "y1"), Value(3.0, "y2")]
    f = program(x * y[0] + y[1], inputs=[x, y]).compile(target)
    with pytest.raises(TypeError, match=r"^this program takes 2 arguments \(x, y\) and was given 1$"):
        f(1.0)
    with pytest.raises(ValueError, match=r"^y is 2 numbers, or n rows of 2 for a batch of n samples, .* shape \(3,\)$"):
        f(1.0, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"shape \(1, 3\)$"):
        f(1.0, [[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"^a batch has one row for each sample: x has 2, and y has 3$"):
        f([1.0, 2.0], [[1.0, 2.0]] * 3)
    with pytest.raises(ValueError, match=r"row 1 \(counting from 0\) is of 1$"):
        f(1.0, [[1.0, 2.0], [1.0]])
    with pytest.raises(ValueError, match=r"row 1 \(counting from 0\) is 3\.0$"):
        f(1.0, [[1.0, 2.0], 3.0])
    with pytest.raises(ValueError, match="at least one sample"):
        f([], [1.0, 2.0])
    with pytest.raises(ValueError, match="y has none"):
        f(1.0, np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"was given a single number$"):
        f(1.0, 2.0)
    with pytest.raises(TypeError, match=r"^this program takes 1 argument \(x\) and was given 2$"):
        program(x * x, inputs=[x]).compile(target)(1.0, 2.0)
    with pytest.raises(ValueError, match="shape"):
        f([[1.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(1, 1, 2\)$"):
        f(1.0, [[[1.0, 2.0]]])


@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
def test_what_is_no_list_of_numbers_is_refused_by_name(target):
    x, y = Value(1.0, "x"), [Value(2.0, "y1"), Value(3.0, "y2")]
    f = program(x * y[0] + y[1], inputs=[x, y]).compile(target)
    for wrong in ({1.0, 2.0}, (i for i in (1.0, 2.0)), "12", None, 3j):
        with pytest.raises(TypeError, match=r"^y needs a list or an array of 2 numbers, not "):
            f(1.0, wrong)
    with pytest.raises(TypeError, match=r"^x in row 1 needs a real number, not the str 'b'"):
        f([1.0, "b"], [1.0, 2.0])


@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
def test_what_can_be_an_array_is_read_as_one(target):
    class Table:
        """As pandas has them: no list, but `__array__`."""

        def __init__(self, rows):
            self.rows = rows

        def __array__(self, dtype=None, copy=None):
            return np.array(self.rows, dtype=dtype)

    x, y = Value(1.0, "x"), [Value(2.0, "y1"), Value(3.0, "y2")]
    f = program(x * y[0] + y[1], inputs=[x, y]).compile(target)
    assert list(f(2.0, Table([[1, 2], [3, 4]]))[0]) == [4.0, 10.0]
    with pytest.raises(TypeError, match=r"^y2 in row 1 needs a real number, not None"):
        f(2.0, Table([[1.0, 2.0], [3.0, None]]))


def test_an_operation_of_ones_own_is_forgotten_with_its_programs():
    def rule_of_a_program():
        x = Value(1.0, "x")
        y = operation("h", lambda x: x * exp(x))(x)
        p = program(y, inputs=[x])
        p.compile()(2.0)
        p.source("numpy")
        return weakref.ref(y.op)

    rule = rule_of_a_program()
    gc.collect()
    assert rule() is None


@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
def test_a_compiled_function_can_be_pickled_and_copied(target):
    x, w = Value(1.0, "x"), Value(3.0, "w")
    f = program((x * w).tanh(), inputs=[w, x]).compile(target)
    expected = f(0.5, [1.0, 2.0])
    for twin in (copy.copy(f), copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        found = twin(0.5, [1.0, 2.0])
        assert list(found[0]) == list(expected[0])
        assert found[1][0] == expected[1][0]
        assert repr(twin) == repr(f)


def test_inputs_adjoints_and_batches_that_cannot_be_are_refused_with_a_sentence():
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    e = a * b
    with pytest.raises(ValueError, match=r"^<Value e = a·b = 6, grad not computed> is computed, and inputs are leaves$"):
        program(e.tanh(), inputs=[e])
    with pytest.raises(
        ValueError, match=r"^gradients are wanted with respect to the list of a, b, which is not among the inputs"
    ):
        program(e, inputs=[a, b], wrt=[[a, b]])
    with pytest.raises(ValueError, match=r"^c is not an input of this program, but a constant, so it has no rows$"):
        program(e * c, inputs=[a, b]).source(batch=[a, c])


def test_adjoints_are_computed_under_no_grad_too():
    x = Value(1.0, "x")
    falling = operation("falling", lambda x: 1 / (1 + exp(x)), lambda x: choose(x > 0, -5, -1 / (2 + exp(x) + exp(-x))))
    f = program(falling(x), inputs=[x]).compile()
    with no_grad():
        assert f(1000.0) == (0.0, (-5.0,))  # exp() raises there, so this is a recording


# Other libraries -----------------------------------------------------------------------------------------------------


def everything():
    """A function of all that a library must have names for, its inputs, and numbers for a batch."""
    w, x, b = [Value(0.3 * i, f"w{i}") for i in range(3)], [Value(i - 0.5, f"x{i}") for i in range(3)], Value(0.7, "b")
    u = affine(w, x, b)
    small = u.tanh() * 0.5
    root = u.sigmoid() * w[0] ** 2 + logsumexp([u, x[0], 0.5]) + (abs(b).sqrt() / w[1]).atan() + u**b
    inside = dict.fromkeys(("log", "log2", "log10", "sqrt"), abs(small) + 0.1) | {"acosh": abs(small) + 1.1}
    for name, rule in RULES.items():
        if len(rule.arguments) == 1 and not rule.lists:
            root = root + applied(name, [inside.get(name, small)]) * x[1]
        elif not rule.lists and name != "pow":
            root = root + applied(name, [u, 0.3]) + applied(name, [x[0], u])
    rows = [[0.5 * i + 0.2, 0.9 - 0.3 * i, 0.1 * i + 0.05] for i in range(4)]
    return program(root, inputs=[w, x, b]), [np.array([0.4, 0.3, 0.6]), np.array(rows), np.array(0.7)]


def assert_same(ours, expected):
    assert np.asarray(ours[0]) == pytest.approx(expected[0], rel=1e-12)
    for mine, exact in zip(ours[1], expected[1], strict=True):
        assert np.asarray(mine) == pytest.approx(exact, rel=1e-11, abs=1e-14)


def test_another_librarys_arrays_give_the_same_and_it_may_differentiate_the_program():
    import autograd
    import autograd.numpy

    p, arguments = everything()
    expected = p.compile("numpy")(*arguments)
    assert_same(p.compile()(*arguments), expected)
    assert_same(p.function(autograd.numpy)(*arguments), expected)
    single = [arguments[0], arguments[1][2], arguments[2]]
    assert_same(p.function(autograd.numpy)(*single), p.compile("numpy")(*single))
    value = p.function(autograd.numpy, adjoints=False)
    differentiated = autograd.grad(lambda *xs: value(*xs).sum(), (0, 1, 2))(*arguments)
    for ours, exact in zip(differentiated, expected[1], strict=True):
        assert ours == pytest.approx(exact, rel=1e-11)


@pytest.mark.torch
def test_torch_runs_and_differentiates_the_program():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
    p, arguments = everything()
    tensors = [torch.tensor(x, dtype=torch.float64) for x in arguments]
    expected = p.compile("numpy")(*arguments)
    assert_same(p.function(torch)(*tensors), expected)
    tensors[0].requires_grad_()
    p.function(torch, adjoints=False)(*tensors).sum().backward()
    assert tensors[0].grad.numpy() == pytest.approx(expected[1][0], rel=1e-11)


def test_jax_compiles_the_program():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    p, arguments = everything()
    assert_same(jax.jit(p.function(jax.numpy))(*map(jax.numpy.asarray, arguments)), p.compile("numpy")(*arguments))


def test_another_library_is_given_its_own_arrays():
    x, k = Value(0.5, "x"), Value(2.0, "k")
    f = program(x.leaky_relu() * k, inputs=[k, x]).function(np)
    value, (by_k, by_x) = f(np.array([2, 3]), np.array([-1.0, 1.0]))  # whole numbers first
    assert (value.tolist(), by_k.tolist(), by_x.tolist()) == ([-0.02, 3.0], [-0.01, 1.0], [0.02, 3.0])
    with pytest.raises(TypeError, match=r"^a program over numpy takes arrays of its floats, and was given none$"):
        f(2, -1.0)
    assert program(x * k, inputs=[]).function(np)() == (1.0, ())


def test_a_library_without_a_function_is_told_so():
    class Poor:
        __name__ = "poor"
        float64 = float

        @staticmethod
        def ones_like(x):
            return np.ones_like(x)

    x = Value(0.5, "x")
    with pytest.raises(AttributeError, match=r"^this program needs the function tanh, which poor does not have$"):
        program(x.tanh(), inputs=[x]).function(Poor())(np.float64(0.5))


def test_a_library_whose_functions_refuse_numbers_is_given_arrays():
    class Strict:  # as PyTorch is
        __name__ = "strict"

        def __getattr__(self, name):
            if name in ("asarray", "where", "full_like"):
                return getattr(np, name)

            def called(*arguments):
                if any(isinstance(x, float) for x in arguments):
                    raise TypeError("an argument must be an array, not float")
                return getattr(np, name)(*arguments)

            return called

    x = Value(0.5, "x")
    p = program(atan2(x, 0.3) + x % 0.3, inputs=[x])
    expected = p.compile("numpy")(np.array([0.5]))
    assert_same(p.function(Strict())(np.array([0.5])), expected)
    with pytest.raises(TypeError, match=r"^wrong$"):  # an error of the library's own is passed on
        program(x.tanh(), inputs=[x]).function(Wrong())(np.array([0.5]))


class Wrong:
    __name__ = "wrong"

    def __getattr__(self, name):
        def called(*arguments):
            raise TypeError("wrong")

        return called


def test_numpy_that_is_missing_is_asked_for_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    x = Value(0.5, "x")
    with pytest.raises(ImportError, match=r'pip install "chalkgrad\[fast\]"'):
        program(x * x, inputs=[x]).compile("numpy")


def test_a_repr_lists_the_first_of_many_inputs():
    xs = [Value(1.0, f"x{i}") for i in range(40)]
    found = program(total(xs))
    assert "from x0, x1, x2, x3, x4, x5 and 34 more: 1 operation;" in repr(found)
    assert "program(x0, x1, x2, x3, x4, x5 and 34 more)" in repr(found.compile())
    with pytest.raises(TypeError, match=r"this program takes 40 arguments \(x0, x1, x2, x3, x4, x5 and 34 more\)"):
        found.compile()(1.0)


@pytest.mark.parametrize("adjoints", [True, False])
def test_of_several_roots_samples_that_overflow_on_the_way_are_computed_anew(adjoints):
    """x + x - x fits, though x + x does not: such a sample is recorded, and its numbers take their places in all results."""
    x, w, b = Value(1.0, "x"), Value(2.0, "w"), [Value(1.0, "b1"), Value(3.0, "b2")]
    roots = [total([x, x, x * -1.0]) * 1e-300 + w * b[0], w * w * b[1] + x * 1e-300]
    rows = [1.0, 1.7e308, -5.0]
    found = program(roots, inputs=[x, w, b]).compile("python", adjoints=adjoints)(rows, 2.0, [1.0, 3.0])
    values, slopes = found if adjoints else (found, ())
    for value, constant in zip(values, (2.0, 12.0), strict=True):
        assert value == pytest.approx([row * 1e-300 + constant for row in rows], rel=1e-15)
    # By x for each sample, by w and b for all three together.
    expected = [([1e-300] * 3, 3.0, [6.0, 0.0]), ([1e-300] * 3, 36.0, [0.0, 12.0])]
    assert [tuple(slope) for slope in slopes] == (expected if adjoints else [])


def test_of_several_roots_the_error_of_a_sample_names_its_row():
    x, w = Value(1.0, "x"), Value(2.0, "w")
    f = program([x.log() * w, x * w], inputs=[x, w]).compile("python")
    with pytest.raises(ValueError, match=r"^row 1 of the batch \(counting from 0\): log"):
        f([1.0, -2.0, 3.0], 2.0)
