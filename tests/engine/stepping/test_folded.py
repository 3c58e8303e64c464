"""Whatever could be long is folded, and says how to unfold it: sums in sentences, and pending adjoints."""

import pytest
from chalkgrad.engine import Value, affine, total


def neuron(inputs):
    """w1·x1 + … + wn·xn + b."""
    weights = [Value(1.0 + i, f"w{i + 1}") for i in range(inputs)]
    values = [Value(2.0 + i, f"x{i + 1}") for i in range(inputs)]
    out = affine(weights, values, Value(1.0, "b"))
    out.label = "n"
    return out


def equations(steps):
    return [str(step).split(" n = ", 1)[1].split("   ")[0] for step in steps[1:]]


def test_a_sum_of_up_to_four_terms_is_written_in_full():
    assert set(equations(neuron(4).steps())) == {"w1·x1 + w2·x2 + w3·x3 + w4·x4 + b"}


def test_of_a_longer_sum_a_sentence_has_the_ends_and_the_term_that_it_is_about():
    out = neuron(16)
    of_weights, of_inputs, of_bias = (equations(out.steps())[part] for part in (slice(16), slice(16, 32), slice(32, 33)))
    ends = "w1·x1 + w2·x2 + … + w16·x16 + b"
    assert of_bias == [ends]
    assert of_weights == of_inputs  # ∂n/∂w5 and ∂n/∂x5 are about one term
    for k, written in enumerate(of_weights, 1):
        assert f"w{k}·x{k}" in written.split(" + ")
        assert written == ends if k in (1, 2, 16) else written.count("·") <= 4
    assert of_weights[4] == "w1·x1 + … + w5·x5 + … + w16·x16 + b"


def test_long_names_leave_room_for_one_term():
    weights = [Value(1.0, f"layer3.neuron1.w{i + 1}") for i in range(16)]
    out = affine(weights, [Value(2.0, f"layer2.neuron{i + 1}") for i in range(16)], 1.0)
    out.label = "n"
    assert equations(out.steps())[4] == "… + layer3.neuron1.w5·layer2.neuron5 + … + 1"
    assert equations(out.steps())[0] == "layer3.neuron1.w1·layer2.neuron1 + … + 1"


def test_plain_numbers_among_the_terms_are_counted():
    out = total([Value(1.0, "a"), 2.0, 3.0, 4.0, 5.0, Value(6.0, "f"), 7.0])
    out.label = "n"
    assert equations(out.steps()) == ["a + 2 + … + 7", "a + … + f + 7"]


def test_a_value_by_itself_has_the_ends_of_a_sum():
    assert repr(neuron(16)).startswith("<Value n = w1·x1 + w2·x2 + … + w16·x16 + b = ")


# What is pending -----------------------------------------------------------------------------------------------------


def chain(length):
    """x + 1 + 1 + …: of every value one contribution is to come."""
    x = y = Value(1.0, "x")
    for i in range(length):
        y = y + 1
        y.label = f"y{i}"
    return y, x


def test_of_many_pending_adjoints_those_are_told_of_that_the_next_steps_add_to():
    y, _ = chain(100)
    steps = y.steps()
    steps.step(50)
    lines = repr(steps.pending).splitlines()
    assert lines[0] == "y48: 0 of 1, still to come: through y49"
    assert lines[20:] == ['… and 30 more: print(steps.pending.text()) for all, steps.pending["y28"] for one']


def test_what_the_fold_says_unfolds_it():
    y, x = chain(100)
    steps = y.steps()
    assert len(steps.pending.text().splitlines()) == len(steps.pending) == 100
    assert steps.pending["y28"] == steps.pending[y.steps().sweep.tape[29]] == (0, 1, steps.pending["y28"].through)
    assert list(steps.pending)[-1] is x
    steps.run()
    with pytest.raises(KeyError, match="the gradient of x is complete"):
        steps.pending["x"]
    with pytest.raises(ValueError, match="there is no z here"):
        steps.pending["z"]


def test_a_pending_adjoint_shows_the_first_of_many_that_are_to_come():
    x = Value(2.0, "x")
    steps = sum((x * i for i in range(100)), Value(0.0, "s")).steps()
    assert len(steps.pending["x"].through) == 100
    assert repr(steps.pending["x"]).count("<Value") == 4
