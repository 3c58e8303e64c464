"""How many digits a number is shown with: four, and more where four would say what is not so."""

import random

import pytest
from chalkgrad.engine import DomainError, StaleGraphError, Value, acos, chain_rule, log
from chalkgrad.engine.checking.nudge import nudge
from chalkgrad.engine.words.decimals import constant, decimal, digits_apart, signed
from chalkgrad.engine.words.printer import LaTeX, Plain


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (2.0001, "2.0001"),
        (-2.0001, "-2.0001"),
        (1.99999, "1.99999"),
        (1.000001, "1.000001"),
        (0.99999, "0.99999"),
        (100.001, "100.001"),
        (20000.1, "20000.1"),
        (1000001.0, "1000001"),
        (0.25003, "0.25003"),
        (1.00001e-6, "1.00001e-6"),
        (999999.6, "999999.6"),
        (0.1 + 0.2, "0.3"),
        (1 - 1e-12, "1"),
        (6.00000000001, "6"),
        (-1.50000038, "-1.5"),
        (2**0.5 / 2, "0.7071"),
        (2 / 3, "0.6667"),
        (3.1399, "3.14"),
        (24704081.6, "2.47e7"),
        (12345.6, "12346"),
        (2.0, "2"),
        (1e-300, "1e-300"),
        (5e-324, "4.941e-324"),
    ],
)
def test_a_number_beside_a_round_one_is_not_shown_as_that(x, text):
    assert decimal(x) == text
    assert signed(abs(x)) == f"+{text.lstrip('-')}"
    assert Plain().number(x) == text


def test_what_is_shown_with_one_or_two_digits_is_that_number_but_for_rounding_errors():
    chance = random.Random(11)
    for _ in range(20_000):
        x = round(chance.uniform(-10, 10), chance.randint(0, 2)) * (
            1 + chance.choice([0, 1, -1]) * 10.0 ** -chance.randint(3, 14)
        )
        shown = decimal(x)
        if len(shown.replace("-", "").replace(".", "").partition("e")[0].strip("0")) <= 2:
            assert float(shown) == pytest.approx(x, rel=6e-7)
        assert float(shown) == pytest.approx(x, rel=5e-4)


def test_constants_in_expressions_are_written_in_full():
    a = Value(2.0, "a")
    written = {"a·1.0000001": a * 1.0000001, "a + 3.14159": a + 3.14159, "a^2.00001": a**2.00001, "a·0.3333": a * (1 / 3)}
    for text, node in written.items():
        assert Plain().expression(node) == text
    assert LaTeX().expression(a * 1234.5678) == r"a \cdot 1234.5678"
    assert Plain().reason(a * 1.234567, 0).endswith(" = 1.234567")
    assert (a**2.00001)._op == "**2.00001"
    assert [constant(x) for x in (0.1 + 0.2, 1.23456789, -7.0)] == ["0.3", "1.23456789", "-7"]


def test_a_nudge_by_hand_is_seen():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    product = a * b
    product.label = "L"
    a.data += 0.0001
    assert repr(a) == "<Value a = 2.0001, grad not computed>"
    with pytest.raises(StaleGraphError, match=r"^a is now 2\.0001, but L = a·b was computed before it changed"):
        product.backward()
    a.data = 2.25 + 0.0001
    with pytest.raises(StaleGraphError, match=r"^a is now 2\.2501, but"):
        product.backward()


def test_many_factors_close_to_one_do_not_look_like_ones():
    x = y = Value(1.0, "x")
    for _ in range(1000):
        y = y * 1.00001
    assert chain_rule(y, x).text().endswith("= 1.00001 · 1.00001 · … · 1.00001 · 1.00001 = 1.01")


@pytest.mark.parametrize("x", [1.0000001, 1.00000000001, -1.0000000000000002])
def test_an_argument_just_outside_a_domain_is_told_from_its_border(x):
    with pytest.raises(DomainError) as nameless:
        acos(Value(x))
    assert str(nameless.value).startswith(f"acos({x!r}): acos needs")
    with pytest.raises(DomainError) as named:
        acos(Value(x, "t"))
    assert f"with t = {x!r}: acos needs" in str(named.value)
    with pytest.raises(DomainError, match=r"^log\(-0\.3333\): log needs x > 0"):
        log(Value(-1 / 3))


def test_numbers_of_one_sentence_that_look_equal_take_the_digits_that_tell_them_apart():
    assert digits_apart(3.14159, 3.14161) == 6
    assert digits_apart(3.14159, 2.0) == 4
    assert digits_apart(3.0, 3.0) == 4
    assert digits_apart(1 / 3, 1 / 3 + 1e-16) == 4


def test_an_update_that_four_digits_hide_is_seen_in_its_step():
    p, q = Value(1.0, "p"), Value(1e-4, "q")
    e = p * q + p * 3.14159
    said = [str(step) for step in e.steps() if "p.grad +=" in str(step)]
    assert "0 → 3.142 " in said[0]
    assert "3.14159 → 3.14169" in said[1] or "3.1416 → 3.1417" in said[1]


def test_a_nudge_shows_both_numbers_with_the_digits_of_their_change():
    x = Value(3.14159, "x")
    text = str(nudge(x * 1.0, x, 1e-7))
    before, after = text.split("\n")[0].split(" moves ")[0].removeprefix("x: ").split(" → ")
    assert float(after) - float(before) == pytest.approx(1e-7, rel=1e-3)
