"""What is said of answers to values and local derivatives: right at every rounding, each slip in its own words."""

import math

import pytest
from chalkgrad.engine import Value, affine
from chalkgrad.engine.basics.typed import number_typed
from chalkgrad.engine.stepping import answers
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.steps import Step
from chalkgrad.expressions import examples

ROOTS = {name: examples.build(examples.load(name)).roots for name in examples.names()}


def asked_of(name):
    """Every question on an example's values and local derivatives: what is asked, the right number, the slips, the name."""
    for root in ROOTS[name]:
        for step in ForwardPass(root):
            if step.node.parents:
                yield answers.value_asked, step, step.node.data, answers.value_slips, step.tape.names[step.node]
        for step in root.steps()[1:]:
            yield answers.local_asked, step, step.partial, answers.local_slips, step.sweep.names[step.parent]


@pytest.mark.parametrize("name", ROOTS)
def test_the_right_number_is_right_in_full_and_in_any_number_of_digits(name):
    for asked, step, exact, _, _ in asked_of(name):
        assert answers.judged(asked(step), exact)
        for digits in range(2, 13):
            assert answers.agrees(number_typed(f"{exact:.{digits - 1}e}"), exact), (exact, digits)
        for places in range(1, 13):  # those that leave two digits at the least
            if exact and places + math.floor(math.log10(abs(exact))) > 0:
                assert answers.agrees(number_typed(f"{exact:.{places}f}"), exact), (exact, places)


@pytest.mark.parametrize("name", ["colah", "karpathy_tanh_neuron", "mlp", "xor", "paths", "cs231n_sigmoid_neuron"])
def test_every_slip_has_its_sentence_unless_two_others_come_first(name):
    named = set()
    for asked, step, exact, slips, of in asked_of(name):
        known = [(wrong, key, kin) for wrong, key, _, kin in slips(step) if wrong is not None]
        for wrong, key, kin in known:
            if answers.agrees(wrong, exact):
                continue
            said = answers.judged(asked(step), wrong)
            kins = list(dict.fromkeys(kin for other, _, kin in known if answers.agrees(wrong, other)))[:2]
            first = {next(key for other, key, one in known if one == kin and answers.agrees(wrong, other)) for kin in kins}
            assert set(said.slips[of]) == first
            assert not said
            assert "{" not in said
            named |= first
    assert {"sign"} < named


def steps_of(root):
    return {(step.sweep.names[step.node], step.sweep.names[step.parent]): step for step in root.steps()[1:]}


def values_of(root):
    return {step.tape.names[step.node]: step for step in ForwardPass(root)}


def labelled(**values):
    for name, value in values.items():
        value.label = name


def graph():
    """L = tanh(p - q), with p = a·b and q = b/2 + 1."""
    a, b = Value(2.0, "a"), Value(-0.6, "b")
    p = a * b
    h = b / 2
    q = h + 1
    d = p - q
    root = d.tanh()
    labelled(p=p, h=h, q=q, d=d, L=root)
    return root


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("p", 1.2, "no: perhaps the size is right, the sign is not"),
        ("p", "1.4", "no: perhaps 1.4 is a + b; p is a·b"),
        ("d", -0.5, "no: -0.5 is p + q; d is p - q"),
        ("d", 1.9, "no: the size is right, the sign is not; or 1.9 is q - p, in the other order; d is p - q"),
        ("d", -1.2, "no: -1.2 is p alone; d is p - q"),
        ("h", -1.2, "no: -1.2 is b·2; h is b/2"),
        ("L", -1.9, "no: -1.9 is d itself; L is tanh(d)"),
        ("L", -1, "no: -1 is right to one digit: give two or more"),
        ("L", "-0.95", "no: -0.95 is cut off, not rounded: its last digit is another one"),
        ("L", 17, "no: 17 is not tanh(d)"),
        ("q", "h + 1", "right: q = h + 1 = (-0.3) + 1 = 0.7"),
    ],
)
def test_a_wrong_value_is_told_by_what_led_to_it(name, answer, said):
    step = values_of(graph())[name]
    asked = answers.value_asked(step)
    given = answers.number_in(answer, "answer", asked.names)
    assert str(answers.judged(asked, given)).replace("perhaps ", "") == said.replace("perhaps ", "")


@pytest.mark.parametrize(
    ("edge", "answer", "said"),
    [
        ("pa", 2, "no: 2 is ∂p/∂b; asked is ∂p/∂a"),
        ("pa", "b", "right: ∂p/∂a = b = -0.6"),
        ("pa", 1, "no: 1 is the derivative of a + b; p is a·b"),
        ("pa", 0, "no: 0 would mean that p does not change when a does"),
        ("dq", 1, "no: you lost a minus: ∂d/∂q; or 1 is ∂d/∂p; asked is ∂d/∂q"),
        ("Ld", "1 - L^2", "right: ∂L/∂d = 1 - L² = 0.08561"),
        ("Ld", "1 - tanh(d)²", "right: ∂L/∂d = 1 - L² = 0.08561"),
        ("Ld", 1, "no: you left out a derivative: ∂L/∂d; or 1 is ∂L/∂L, which comes from above; asked is ∂L/∂d"),
        ("pa", 0.08561, "no: 0.08561 is ∂L/∂p, which comes from above; asked is ∂p/∂a"),
        ("pa", -0.05137, "no: -0.05137 is ∂L/∂p · ∂p/∂a; asked is ∂p/∂a alone"),
        ("pa", 17, "no: 17 is not ∂p/∂a, with p = a·b"),
    ],
)
def test_a_wrong_local_derivative_is_told_by_what_led_to_it_and_not_what_is_right(edge, answer, said):
    step = steps_of(graph())[tuple(edge)]
    asked = answers.local_asked(step)
    given = answers.number_in(answer, "answer", asked.names)
    assert str(answers.judged(asked, given)).replace("perhaps ", "") == said


def test_a_term_that_is_left_out_of_a_long_sum_is_named():
    w, x, v, y, b = (Value(value, name) for name, value in {"w": 2.0, "x": 3.0, "v": -1.0, "y": 0.5, "b": 0.25}.items())
    z = affine([w, v], [x, y], b)
    z.label = "z"
    step = values_of(z)["z"]
    assert str(answers.judged(answers.value_asked(step), 5.5)) == "no: 5.5 is w·x + v·y + b without b"
    assert str(answers.judged(answers.value_asked(step), -0.25)) == "no: -0.25 is w·x + v·y + b without w·x"


def test_the_very_product_is_praised_however_it_is_typed():
    root = ROOTS["colah"][0]
    steps = root.steps()
    for typed in ("1*2", "2·1", "d·1", "e.grad * d", "∂e/∂e·d"):
        steps.reset()
        assert str(steps.ask(typed)).startswith(f"right, the very product {typed}: c.grad += ∂e/∂e · ∂e/∂c = 1 · 2 = 2")
    for typed in ("2", "4·0.5", "1 + 1", "d", "2/1", 2):
        steps.reset()
        assert str(steps.ask(typed)).startswith("right: c.grad")


def test_what_is_not_known_yet_is_no_answer():
    forward = ROOTS["colah"][0].steps(forward=True)
    for typed in ("c", "e/d", "d + 1"):
        with pytest.raises(ValueError, match="is not a number"):
            forward.ask(typed)
    assert forward.ask("a + b")
    assert forward.position == forward.tape.index(forward.tape[2])
    assert str(forward.ask()) == "4/5   d = b + 1 = 1 + 1 = ?"
    assert forward.ask("2.00")
    assert forward.ask("c·d")
    assert forward.done
    assert str(forward.ask()) == "the forward pass is complete: there is nothing left to predict"


def test_a_local_derivative_takes_no_step():
    steps = ROOTS["colah"][0].steps()
    assert str(steps.ask(local=True)) == "1/5   e = c·d   What is the local derivative by c?\n      ∂e/∂c = ?"
    assert steps.ask("d", local=True)
    assert steps.position == 0
    assert isinstance(steps.current, Step)


@pytest.mark.parametrize("typed", ["0.50", "0.500", ".5", "0,50", "0.5"])
def test_the_zeros_that_are_typed_count_as_digits(typed):
    assert answers.agrees(number_typed(typed), 0.4999)


@pytest.mark.parametrize(("typed", "exact"), [("1.00", 0.9961), ("-1.00", -0.9961), ("10.0", 9.96), ("0.100", 0.0996)])
def test_a_number_that_is_rounded_up_to_a_power_of_ten_keeps_its_places(typed, exact):
    assert answers.agrees(number_typed(typed), exact)


@pytest.mark.parametrize(("typed", "exact"), [("1.00", 1.004), ("1.00", 0.993), ("1.0", 0.96), ("0.280", 0.2789)])
def test_other_zeros_are_digits(typed, exact):
    assert answers.agrees(number_typed(typed), exact) == (typed == "1.00" and exact > 1)


def test_more_digits_than_are_right_are_wrong():
    assert not answers.agrees(number_typed("0.5000"), 0.4999)


NAMES = {"d": 3.0, "x1": 2.0, "x₁₂": 5.0, "w[0]": 4.0, "x1*w1": 7.0, "a b": 9.0}


@pytest.mark.parametrize(
    ("text", "number"),
    [("d·2", 6.0), ("x₁", 2.0), ("x12", 5.0), ("w[0]/2", 2.0), ("x1*w1", 7.0), ("x1*d", 6.0), ("a b + 1", 10.0), ("-d²", -9.0)],
)
def test_names_stand_for_their_numbers_the_longest_first(text, number):
    assert number_typed(text, NAMES) == number


@pytest.mark.parametrize("text", ["d d", "2d", "dd", "d.x", "d(2)", "sqrt 4", "x1w1", "e"])
def test_what_only_looks_like_a_name_is_refused(text):
    with pytest.raises(ValueError, match="is not a number"):
        number_typed(text, NAMES, {"sqrt": lambda x: x**0.5})
