"""Which numbers can be done by hand, and the wrong answers that slips give."""

from fractions import Fraction

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.numbers import PARTS, by_name, exact
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.words.language import speaking
from chalkgrad.expressions.expression import parse


def posed_of(text, values, **options):
    parsed = parse(text, values)
    return Posed(parsed.root, parsed.names, tuple(values), Chance(b"0" * 32), **options)


@pytest.mark.parametrize("kind", ["integers", "halves", "thirds", "quarters"])
def test_a_kind_has_the_multiples_of_its_part_and_no_others(kind):
    parts = {"integers": 1, "halves": 2, "thirds": 3, "quarters": 4}[kind]
    numbers = by_name(kind)
    for twelfths in range(-100, 101):
        x = Fraction(twelfths, 12)
        assert numbers.hold(float(x)) == ((x * parts).denominator == 1), x


@pytest.mark.parametrize("kind", PARTS)
def test_no_number_is_too_large_or_not_finite(kind):
    for small, most in ((False, 60), (True, 10)):
        numbers = by_name(kind, small)
        assert numbers.hold(float(most))
        assert numbers.hold(-float(most))
        assert not any(map(numbers.hold, (most + 1.0, -most - 1.0, float("inf"), float("nan"))))


def test_two_decimals_leave_digits():
    numbers = by_name("decimals")
    assert [numbers.hold(x) for x in (0.0, 0.2689, 0.04, -0.001)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("x", "text"), [(1 / 3, "1/3"), (-7 / 3, "-7/3"), (2.0, "2"), (-0.5, "-0.5"), (0.25, "0.25"), (0.0, "0")]
)
def test_thirds_are_written_as_fractions(x, text):
    assert exact(x) == text
    assert posed_of("a + b", {"a": 1, "b": 2}).written(x) == text


GRAPHS = {
    "two paths": ("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2}),
    "neuron": ("n = w*x + b; h = relu(n); L = (h - t)**2", {"w": 2, "x": 3, "b": -2, "t": 5}),
    "division": ("s = a + b; f = s/c", {"a": 3, "b": 1, "c": -2}),
    "sigmoid": ("z = w*x; y = sigmoid(z)", {"w": 1, "x": 2}),
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("language", ["en", "he"])
def test_slips_differ_from_the_right_answer_and_from_each_other_and_are_said(name, language):
    text, values = GRAPHS[name]
    posed = posed_of(text, values, decimals=2 if name == "sigmoid" else None)
    known = {slip.name for slip in SLIPS}
    with speaking(language):
        for node in posed.names.values():
            slips = posed.slips(node)
            written = [posed.written(posed.sweep.adjoints[node]), *(posed.written(slip.number) for slip in slips)]
            assert len({*written}) == len(written)
            assert {slip.name for slip in slips} <= known
            assert all(slip.said and "{" not in slip.said for slip in slips)


def test_the_slips_of_two_paths_are_those_one_expects():
    posed = posed_of(*GRAPHS["two paths"])
    said = {slip.number: (slip.name, slip.said) for slip in posed.slips(posed.names["b"])}
    assert said[-2.0] == ("one path", "you counted only the path through d")  # ∂e/∂d · ∂d/∂b = c = -2
    assert said[3.0][0] == "one path"  # ∂e/∂c · ∂c/∂b = d = 3, which is the last to come, too
    assert said[-1.0][0] == "sign"
    assert 1.0 not in said  # the right one


def test_an_upstream_gradient_is_what_the_backward_pass_begins_with():
    posed = posed_of("c = a*b", {"a": 2, "b": 5}, upstream=-3.0)
    assert posed.sweep.adjoints[posed.names["a"]] == -15.0
    assert -15.0 not in {slip.number for slip in posed.slips(posed.names["a"])}


def test_slips_that_nobody_makes_on_paper_are_not_named_and_rare_ones_do_not_stand_on_the_key():
    posed = posed_of(*GRAPHS["two paths"])
    rare = {slip.name: slip.rare for slip in posed.slips(posed.names["b"])}
    assert not {"finite step", "after descent", "updated", "rounded"} & rare.keys()
    assert rare["zero"]
    assert not any(rare[name] for name in ("sign", "one path", "added"))
