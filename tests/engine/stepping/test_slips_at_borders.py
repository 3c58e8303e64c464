"""Where slips begin and end: at how many uses, at which of several edges, on how large a graph, of how many digits."""

import math

import pytest
from chalkgrad.engine import Value, affine, logsumexp, sigmoid, tanh, total
from chalkgrad.engine.stepping.asked import LARGEST
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients


def slips_of(root, value, answer):
    return root.check({value: answer}).slips.get(value.label, ())


T, S = math.tanh(0.7), math.tanh(1.4)  # of the sum below
MADE_ONCE = {  # of tanh(x) + 3·tanh(2x) at 0.7, whose derivative is (1 - T²) + 6·(1 - S²): the slip made at one tanh alone
    "no slope": (1 + 6 * (1 - S * S), 1 - T * T + 6),
    "slope at output": (1 - math.tanh(T) ** 2 + 6 * (1 - S * S), 1 - T * T + 6 * (1 - math.tanh(S) ** 2)),
    "formula of input": (1 - 0.7**2 + 6 * (1 - S * S), 1 - T * T + 6 * (1 - 1.4**2)),
    "value for slope": (T + 6 * (1 - S * S), 1 - T * T + 6 * S),
}


@pytest.mark.parametrize(("slip", "answer"), [(slip, answer) for slip, answers in MADE_ONCE.items() for answer in answers])
def test_a_slip_in_a_function_may_be_made_once(slip, answer):
    x = Value(0.7, "x")
    assert slip in slips_of(tanh(x) + 3 * tanh(2 * x), x, answer)


@pytest.mark.parametrize("answer", [4.3 - 2.3, -4.3 + 2.3])
def test_one_minus_of_two_may_be_lost(answer):
    x = Value(0.7, "x")
    assert "minus lost" in slips_of((3 - x) * (5 - x), x, answer)


@pytest.mark.parametrize("answer", [2.0**2 + 4 * 2.0**3, 3 * 2.0**2 + 2.0**3])
def test_one_exponent_of_two_may_be_lost(answer):
    x = Value(2.0, "x")
    assert "no exponent" in slips_of(x**3 + x**4, x, answer)


def test_slips_that_are_a_programs_are_not_looked_for_on_paper():
    """Rates, orders of a program, a second sweep, digits and finite steps: nobody has them who computes by hand."""
    of_programs = {
        "updated", "step of descent", "after descent", "inverted", "reciprocal", "leaves first", "stale inner", "finite step",
        "rounded",
    }  # fmt: skip
    assert {slip.name for slip in SLIPS if not slip.on_paper} == of_programs


@pytest.mark.parametrize("slip", ["updated", "step of descent", "after descent"])
def test_descent_is_likely_from_eight_nodes_on(slip):
    x, w = Value(0.7, "x"), Value(2.0, "w")
    seven = (w * x + 1.0) ** 2 * x * x
    eight = tanh(seven)
    assert [len(Sweep(root).tape) for root in (seven, eight)] == [7, 8]
    weights = [
        {found.weight for found in Gradients(Sweep(root)).wrong(w) if found.slip.name == slip} for root in (seven, eight)
    ]
    assert weights[0] == {0.0}
    assert min(weights[1]) > 0.0


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.01])
def test_what_a_step_of_descent_makes_of_a_gradient(rate):
    w = Value(2.0, "w")
    L = (w * 1.5 - 1.0) ** 2 + 0.0 * w  # ∂L/∂w = 2·2·1.5 = 6
    assert "step of descent" in slips_of(L, w, -rate * 6)
    assert "after descent" in slips_of(L, w, 2 - rate * 6)


def test_of_two_uses_twice_is_said_and_of_more_that_each_counts_for_all():
    x = Value(3.0, "x")
    assert "times uses" not in slips_of(x * 5 + x * 2, x, 14.0)
    assert "times uses" in slips_of(x * 5 + x * 2 + x * 4, x, 33.0)
    assert "times uses" not in slips_of(x * 5 + x * 2 + x * 4, x, 11 / 3)


def test_the_product_of_paths_takes_two():
    x = Value(3.0, "x")
    assert "product of paths" in slips_of(x * 5 + x * 2, x, 10.0)
    names = [found.slip.name for found in Gradients(Sweep(tanh(x))).wrong(x) if found.key != "once"]
    assert names.count("product of paths") == 1  # the sweep; its own number would be the right one


def test_of_a_value_with_one_use_no_path_is_missing():
    x = Value(0.7, "x")
    found = [one for one in Gradients(Sweep(3 * tanh(x))).wrong(x) if one.slip.name in {"one path", "missing path"}]
    assert found == []


def test_what_comes_along_a_path_without_a_slope_is_a_path_and_not_halfway():
    """∂L/∂e = 3 is all that comes through e, for ∂e/∂a is 1."""
    a = Value(2.0, "a")
    d = a + 1
    e = d + 2
    L = 3 * e + 5 * a
    for node, label in ((d, "d"), (e, "e"), (L, "L")):
        node.label = label
    verdict = L.check(a=3)
    assert "one path" in verdict.slips["a"]
    assert "alone" not in str(verdict)
    said = str((5 * affine([7], [3 * a], a)).check(a=5))
    assert "alone" not in said


@pytest.mark.parametrize("i", range(4))
@pytest.mark.parametrize("asked", "wx")
def test_of_a_long_list_the_other_factor_of_the_product_is_thought_of(i, asked):
    """Of Σ w·x the derivative by x0 is w0: who takes that for the derivative by w0 has the own value of w0."""
    w = [Value(x, f"w{i}") for i, x in enumerate((2.0, 3.0, 5.0, 7.0))]
    x = [Value(x, f"x{i}") for i, x in enumerate((11.0, 13.0, 17.0, 19.0))]
    value = (w if asked == "w" else x)[i]
    assert {"other factor", "own factor"} <= {*slips_of(10 * affine(w, x), value, 10 * value.data)}


def test_a_chain_that_ends_halfway_is_half_as_likely():
    """A second slip, to begin or to end at that value, has to be made with it."""
    a = Value(2.0, "a")
    L = a * 3 * 5 * 7
    for slip, halfway in (("upstream alone", 7.0), ("local alone", 15.0)):
        weights = {one.number: one.weight for one in Gradients(Sweep(L)).wrong(a) if one.slip.name == slip}
        assert weights[halfway] == 5 / 2


def test_of_six_arguments_each_derivative_is_thought_of_and_of_seven_the_near_ones():
    scores = [Value(0.1 * i * i, f"z{i}") for i in range(7)]
    for count, wanted in ((6, 5), (7, 4)):  # of seven: those beside it, and three to the left and to the right
        L = 10 * logsumexp(scores[:count])
        found = [one for one in Gradients(Sweep(L)).wrong(scores[3]) if one.slip.name == "other factor"]
        assert len(found) == wanted
        shares = [10 * math.exp(z.data - logsumexp([y.data for y in scores[:count]])) for z in scores[:count]]
        others = [i for i in range(count) if i != 3] if count == 6 else [0, 2, 4, 6]
        assert sorted(one.number for one in found) == pytest.approx(sorted(shares[i] for i in others))


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_a_sweep_whose_numbers_are_rounded_is_named(digits):
    def rounded(x):
        return float(f"{x:.{digits - 1}e}")

    x = Value(0.7345, "x")
    L = sigmoid(tanh(x) * 3.0) ** 2
    t = math.tanh(0.7345)
    p = 1 / (1 + math.exp(-3 * t))
    above = 1.0
    for partial in (2 * p, p * (1 - p), 3.0, 1 - t * t):
        above = rounded(above * rounded(partial))
    assert "rounded" in slips_of(L, x, above)


@pytest.mark.parametrize(("more", "named"), [(2000 - 1023, True), (2001 - 1023, False)])
def test_a_recursion_of_two_thousand_visits_is_tried_and_no_longer_one(more, named):
    """Ten doublings are 1,023 visits, and each operation above them is one more."""
    x = Value(1.0, "x")
    y = x
    for _ in range(10):
        y = y + y
    for _ in range(more):
        y = -y
    grads, waiting, visits = {y: 1.0}, [y], 0
    while waiting:
        node = waiting.pop()
        visits += bool(node.parents)
        for parent, partial in zip(node.parents, node.partials, strict=True):
            grads[parent] = grads.get(parent, 0.0) + grads[node] * partial
        waiting += reversed(node.parents)
    assert visits == more + 1023
    found = [one.number for one in Gradients(Sweep(y)).wrong(x) if one.slip.name == "recursion"]
    assert found == ([grads[x]] if named else [])


def test_paths_that_part_above_one_use_are_told_by_where_they_part():
    x = Value(0.5, "x")
    b = 3 * x
    c, d = 2 * b, 5 * b
    e = c * c + d
    for node, label in ((b, "b"), (c, "c"), (d, "d"), (e, "e")):
        node.label = label
    assert "the path through d" in str(e.check(x=15.0))  # 3·5; along each of the others 3·2·3
    assert "missed the path through d" in str(e.check(x=36.0))


def test_one_of_two_samples_is_told_as_such():
    w, b = Value(0.5, "w"), Value(0.0, "b")
    L = sum((w * x + b - 2 * x) ** 2 for x in (1, 2))
    L.label = "L"
    assert "only sample 1 of the 2 that b is in" in str(L.check(b=-3))
    assert "only sample 2 of the 2 that b is in" in str(L.check(b=-6))


def test_of_a_large_graph_what_stands_at_a_value_is_read():
    """Two uses of x bring 3 and 1: the product is 3, the mean 2."""
    x, z = Value(2.0, "x"), Value(1.0, "z")
    for _ in range(LARGEST):
        z = z * 1.0
    L = 3 * x + z + x
    assert "product of paths" in slips_of(L, x, 3.0)
    assert "mean of paths" in slips_of(L, x, 2.0)


@pytest.mark.parametrize("h", [1.0, 0.1, 0.01, 0.001, 1e-4])
def test_a_slope_over_a_finite_step_is_named(h):
    x = Value(1.5, "x")
    assert "finite step" in slips_of(x**3, x, ((1.5 + h) ** 3 - 1.5**3) / h)


def test_the_sign_is_that_of_the_whole_gradient():
    x = Value(3.0, "x")
    assert "sign" in slips_of(x * 5 + x * 2, x, -7.0)
    assert "sign" not in slips_of(x * 5 + x * 2, x, -5.0)


def test_sums_of_several_lengths_are_other_keys():
    """Who takes the sum over three for the mean, and that over five for a second value, has made two slips."""
    a, b = Value(1.0, "a"), Value(2.0, "b")
    L = sum(a * i for i in (1.0, 2.0, 3.0)) * sum(b * i for i in (1.0, 2.0, 3.0, 4.0, 5.0))
    for value in (a, b):
        keys = {found.key for found in Gradients(Sweep(L)).wrong(value) if found.slip.name == "by count"}
        assert keys == {"3", "5"}


@pytest.mark.parametrize(("uses", "tried"), [(3000, True), (3001, False)])
def test_each_of_three_thousand_uses_is_tried_by_itself_and_of_more_none(uses, tried):
    x = Value(2.0, "x")
    L = total([x] * (uses - 1)) + x
    found = [one for one in Gradients(Sweep(L)).wrong(x) if one.slip.name == "one path" and one.number == 1.0]
    assert bool(found) is tried
    alone = [one for one in Gradients(Sweep(L)).wrong(x) if one.slip.name == "added"]
    assert (len(alone) > 1) is tried
