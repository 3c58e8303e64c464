"""The forms that ask for thought, each against plain floats: what its boxes have for answers, and what it refuses."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms import FORMS
from chalkgrad.classroom.forms.choice import distractors
from chalkgrad.classroom.forms.dead import kind_of_rule
from chalkgrad.classroom.forms.trace import commutes
from chalkgrad.classroom.paper import Box, Choices, Formula, Fraction, Graph, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.language import speaking
from chalkgrad.expressions.expression import parse
from chalkgrad.nn import MLP

THINKING = ("wrong cell", "wrong line", "choice", "sign", "needed", "residual", "dead", "shapes", "trace")
TWO_PATHS = "c = a + b; d = b + 1; e = c*d"
ROW_14 = "z1 = θ1*x; z2 = z1 + θ2; z3 = θ3*z2; y = z3 + θ4"
TWO_UNITS = "u1 = w1*x; h1 = relu(u1); u2 = w2*x; h2 = relu(u2); s1 = v1*h1; s2 = v2*h2; y = s1 + s2"


def posed_of(text: str, values: Mapping[str, float], of: str = "", seed: str = "A", **options: Any) -> Posed:
    parsed = parse(text, values)
    leaves = of.split() or [name for name, value in parsed.names.items() if not value.parents]
    return Posed(parsed.root, parsed.names, tuple(leaves), Chance(b"0" * 32, seed), options=options)


def asked(form: str, posed: Posed) -> Question:
    assert FORMS[form].refusal(posed) == ""
    assert FORMS[form].suits(posed)
    return FORMS[form].question(posed, 7)


def text_of(line: Line) -> str:
    """Returns what a line shows, boxes left empty."""
    shown = []
    for piece in line:
        assert not isinstance(piece, Fraction)
        shown.append(piece if isinstance(piece, str) else piece.plain if isinstance(piece, Formula) else "□")
    return "".join(shown)


def block_of(question: Question, kind: type[Any], which: int = 0) -> Any:
    return [block for block in question.blocks if isinstance(block, kind)][which]


def boxes_of(question: Question) -> dict[str, Box]:
    return {box.name.removeprefix("7."): box for box in question.boxes}


def difference(f: Callable[[Mapping[str, float]], float], at: Mapping[str, float], name: str, h: float = 1e-5) -> float:
    return (f({**at, name: at[name] + h}) - f({**at, name: at[name] - h})) / (2 * h)


# Find the wrong cell, or line ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [f"{i}" for i in range(12)])
def test_only_the_wrong_cell_does_not_follow_from_the_others(seed: str) -> None:
    a, b = -4.0, 2.0
    c, d = a + b, b + 1
    question = asked("wrong cell", posed_of(TWO_PATHS, {"a": a, "b": b}, seed=seed))
    grid, box = block_of(question, Grid), boxes_of(question)
    shown = {}
    for row in grid.rows:
        for letter, of, by, number in re.findall(r"(?:(\w)\) )?∂(\w)/∂(\w) = (-?[\d.]+)", " ".join(map(text_of, row[2:]))):
            # ∂e/∂c is a gradient and a local derivative: the row tells.
            shown[of, by, text_of(row[0]).startswith(of) and of != by] = letter, float(number)
    x = {key: number for key, (_, number) in shown.items()}
    follows = {
        ("c", "a", True): 1.0,
        ("c", "b", True): 1.0,
        ("d", "b", True): 1.0,
        ("e", "c", True): d,
        ("e", "d", True): c,
        ("e", "e", False): 1.0,
        ("e", "c", False): x["e", "e", False] * x["e", "c", True],
        ("e", "d", False): x["e", "e", False] * x["e", "d", True],
        ("e", "a", False): x["e", "c", False] * x["c", "a", True],
        ("e", "b", False): x["e", "c", False] * x["c", "b", True] + x["e", "d", False] * x["d", "b", True],
    }
    assert x.keys() == follows.keys()
    wrong = [key for key in follows if x[key] != follows[key]]
    assert len(wrong) == 1
    assert shown[wrong[0]][0] == box["cell"].answer
    right = {("e", "a"): d, ("e", "b"): c + d, ("e", "c"): d, ("e", "d"): c} | {("c", "a"): 1, ("c", "b"): 1, ("d", "b"): 1}
    assert box["number"].answer == right[wrong[0][:2]]
    assert box["cell"].options == tuple(letter for letter, _ in sorted(shown.values()) if letter)
    assert box["number"].kind == "number"  # whichever kind of cell it is: the frame does not tell


def test_wrong_cells_are_of_several_kinds() -> None:
    answers = set()
    for seed in range(12):
        question = asked("wrong cell", posed_of(TWO_PATHS, {"a": -4, "b": 2}, seed=f"{seed}"))
        answers.add(boxes_of(question)["cell"].answer)
    assert len(answers) > 3


def gradients_by(lines: Sequence[str], values: Mapping[str, float], root: str) -> dict[str, float]:
    """Runs lines such as `b.grad += c.grad · d`, all grads from 0 and the root's from 1."""
    grads = dict.fromkeys(values, 0.0) | {root: 1.0}
    for line in lines:
        target, sign, added = re.fullmatch(r"(\w+)\.grad (\+?=) (.*)", line).groups()
        number = eval(re.sub(r"(\w+)\.grad", r"grads['\1']", added).replace("·", "*"), {"grads": grads, **values})
        grads[target] = number + (grads[target] if sign == "+=" else 0.0)
    return grads


@pytest.mark.parametrize("seed", [f"{i}" for i in range(12)])
def test_the_wrong_line_is_the_one_that_differs_and_has_the_mistake_that_is_named(seed: str) -> None:
    a, b, c = 2.0, -3.0, 1.0
    values = {"a": a, "b": b, "c": c, "p": a * b, "q": a * b - c, "f": (a * b - c) * a}
    question = asked("wrong line", posed_of("p = a*b; q = p - c; f = q*a", {"a": a, "b": b, "c": c}, seed=seed))
    box, options = boxes_of(question), dict(block_of(question, Choices).options)
    program = {text_of(number): text_of(line).replace(" · ", "·") for number, line in block_of(question, Grid).rows}
    right = {"a": 2 * a * b - c, "b": a * a, "c": -a, "p": a, "q": a, "f": 1.0}
    assert gradients_by([*program.values()], values, "f") != right
    known = ["q.grad += f.grad·a", "a.grad += f.grad·q", "p.grad += q.grad·1", "c.grad += q.grad·(-1)"]
    known += ["a.grad += p.grad·b", "b.grad += p.grad·a"]
    wrong = [number for number, line in program.items() if line not in known]
    assert wrong == [box["line"].answer]
    assert box["line"].options == tuple(f"{i}" for i in range(1, 7))
    line, said = program[wrong[0]], text_of(options[str(box["mistake"].answer)])
    target, sign, added = re.fullmatch(r"(\w)\.grad (\+?=) (.*)", line).groups()
    factor = added.partition("·")[2]
    expected = {
        "= for +=": sign == "=",
        "along a path": " + " in added,
        "the gradient from above": "grad" not in added,
        "the derivative of a product": factor == target and sign == "+=",
        "the minus": line == "c.grad += q.grad·1",
    }
    assert [true for begun, true in expected.items() if said.startswith(begun)] == [True]
    assert sum(expected.values()) == 1
    # Nothing but the mistakes themselves: no option says which line is meant.
    assert len({text_of(option) for option in options.values()}) == 4
    assert not [option for option in options.values() if ".grad" in text_of(option)]
    (note,) = question.notes
    assert gradients_by([*{**program, wrong[0]: text_of(note).partition(": ")[2]}.values()], values, "f") == right


# Choices, signs, what is needed --------------------------------------------------------------------------------------


def test_options_are_the_right_gradient_and_what_slips_give() -> None:
    x, y = 2.0, -2.0
    orders = set()
    for seed in range(4):
        posed = posed_of("u = x*y; v = u + y; f = u*v", {"x": x, "y": y}, seed=f"{seed}")
        question = asked("choice", posed)
        right = {"x": y * (x * y + y) + x * y * y, "y": x * (x * y + y) + x * y * (x + 1)}
        for name, choices in zip(right, [block for block in question.blocks if isinstance(block, Choices)], strict=True):
            numbers = {letter: float(text_of(line)) for letter, line in choices.options}
            assert numbers[choices.box.answer] == right[name]
            assert len({*numbers.values()}) == len(numbers) == 4
            assert {slip.letter: slip.number for slip in choices.box.slips} == {
                letter: x for letter, x in numbers.items() if letter != choices.box.answer
            }
            # With its double, its half and its negative beside it, the right one would be told by looking.
            assert sum(x in (2 * right[name], right[name] / 2, -right[name]) for x in numbers.values()) <= 1
            orders.add(choices.box.answer)
    assert len(orders) > 1


def test_signs_and_the_largest() -> None:
    question = asked("sign", posed_of("p = a*b; s = p - c; f = 3*s", {"a": 4, "b": -2, "c": -1}))
    answers = {name: box.answer for name, box in boxes_of(question).items()}
    assert answers == {"a.sign": "-", "b.sign": "+", "c.sign": "-", "largest": "b"}  # -6, 12, -3
    assert boxes_of(question)["a.sign"].options == ("+", "-", "0")
    shown = " ".join(text_of(cell) for row in block_of(question, Grid).rows for cell in row)
    assert not re.search(r"\d", shown)


@pytest.mark.parametrize(("a", "b"), [(3, 2), (4, -4)])
def test_signs_want_one_largest_gradient_and_signs_that_differ(a: float, b: float) -> None:
    assert not FORMS["sign"].suits(posed_of("p = a*b; f = p + c", {"a": a, "b": b, "c": 1}))


@pytest.mark.parametrize(("t", "suits"), [(-6, True), (-16, False), (9, True), (-14, False)])
def test_signs_can_be_told_without_the_forward_pass(t: float, suits: bool) -> None:
    # w·x + b is about -5·3: beside it -16 and -14 say nothing of the sign of t - y, and -6 and 9 do.
    posed = posed_of("m = w*x; y = m + b; r = t - y; L = r**2", {"w": -5, "x": 3, "b": -0.5, "t": t}, "w x b")
    near = {"w": -5.0, "x": 3.0, "b": -0.5}
    signs = set()
    for name in near:
        for times in (0.8, 1.25):
            at = {**near, name: times * near[name]}
            signs.add(t - (at["w"] * at["x"] + at["b"]) > 0)
    assert (len(signs) == 1) is suits
    assert FORMS["sign"].suits(posed) is suits


def test_every_slip_may_be_an_option() -> None:
    drawn, there = set(), set()
    for seed in range(30):
        posed = posed_of("u = x*y; v = u + y; f = u*v", {"x": 2, "y": -2}, seed=f"{seed}")
        there |= {slip.name for slip in distractors(posed, posed.names["x"])}
        drawn |= {slip.name for slip in boxes_of(asked("choice", posed))["x.choice"].slips}
    assert len(there) > 3
    assert drawn == there


NEEDED = {
    "θ1": {"z1.θ1.local", "z2.z1.local", "z3.z2.local", "y.z3.local"},
    "θ2": {"z2.θ2.local", "z3.z2.local", "y.z3.local"},
    "θ3": {"z3.θ3.local", "y.z3.local"},
    "θ4": {"y.θ4.local"},
}


def needed_in(posed: Posed) -> dict[str, str]:
    """Returns what is asked about in the question on what is needed, with the answers."""
    question = asked("needed", posed)
    rows = block_of(question, Grid).rows
    found = {text_of(symbol): box.answer for symbol, (box,) in rows}
    assert [box.name for box in question.boxes] == [f"7.cell{i}" for i in range(1, len(rows) + 1)]
    return found


@pytest.mark.parametrize("wrt", NEEDED)
def test_row_14_needs_what_is_on_the_way(wrt: str) -> None:
    values = {"t1": 2, "x": 3, "t2": 1, "t3": -1, "t4": 2}
    text = ROW_14.replace("θ", "t")
    found: dict[str, str] = {}
    for seed in range(60):
        some = needed_in(posed_of(text, values, seed=f"{seed}", wrt=wrt.replace("θ", "t")))
        # As many that are needed as that are not: one answer for all is right for half of them.
        assert [*some.values()].count("yes") == [*some.values()].count("no") == min(3, len(NEEDED[wrt]))
        found |= some
    yes = {f"∂{of}/∂{by}" for of, by in (name.split(".")[:2] for name in NEEDED[wrt])}
    plain = {typed(name): answer for name, answer in found.items()}
    assert {name.replace("t", "θ") for name, answer in plain.items() if answer == "yes"} == yes
    assert len(plain) == 8


def typed(symbol: str) -> str:
    """Returns a symbol with indices in the line, without the bar for what is held."""
    return symbol.partition("|")[0].translate(str.maketrans("₁₂₃₄", "1234"))


@pytest.mark.parametrize(
    ("text", "cells", "needed"),
    [
        # ∂y/∂a = ∂y/∂w · ∂w/∂u · ∂u/∂a = d · 1 · b; ∂y/∂h reads h where h = tanh(s).
        ("u = a*b; v = b*c; w = u + v; y = w*d", "values", {"b", "d"}),
        ("s = a + b; h = tanh(s); y = h*c", ["values", "gradients"], {"h", "c", "∂y/∂s", "∂y/∂h"}),
    ],
)
def test_needed_values_are_those_that_the_local_derivatives_read(text: str, cells: object, needed: set[str]) -> None:
    found: dict[str, str] = {}
    for seed in range(12):
        given = {"a": 1.0, "b": 2.0, "c": 3.0, **({"d": 4.0} if "d" in text else {})}
        posed = posed_of(text, given, seed=f"{seed}", wrt="a", cells=cells)
        found |= needed_in(posed)
    assert {name for name, answer in found.items() if answer == "yes"} == needed


def test_leaves_whose_gradients_need_few_cells_are_not_asked_for() -> None:
    """So all versions have as many cells; ∂y/∂θ₃ needs two and ∂y/∂θ₄ one."""
    values = {"θ1": 2, "x": 3, "θ2": 1, "θ3": -1, "θ4": 2}
    asked_for = {text_of(asked("needed", posed_of(ROW_14, values, seed=f"{i}")).given)[-2:] for i in range(20)}
    assert asked_for == {"θ₁", "θ₂", "∂x"}


# Residuals -----------------------------------------------------------------------------------------------------------


def softmax_loss(z: Mapping[str, float], target: str) -> float:
    return math.log(sum(map(math.exp, z.values()))) - z[target]


@pytest.mark.parametrize("seed", ["A", "B", "C", "D"])
def test_residuals_of_softmax_against_differences(seed: str) -> None:
    question = asked("residual", posed_of(TWO_PATHS, {"a": 1, "b": 2}, seed=seed, widths=[2, 3]))
    given = text_of(question.given)
    x, p = ([float(number) for number in found.split(",")] for found in re.findall(r"= \(([^)]*)\)", given))
    (target,) = re.findall(r"class is (\d)", given)
    assert sum(p) == pytest.approx(1.0)
    z = {f"z{i}": math.log(q) for i, q in enumerate(p, 1)}
    slopes = {name: difference(lambda at: softmax_loss(at, f"z{target}"), z, name) for name in z}
    expected = {f"{name}.gradient": slope for name, slope in slopes.items()}
    expected |= {f"w{i}_{j}.gradient": slopes[f"z{i}"] * x[j - 1] for i in (1, 2, 3) for j in (1, 2)}
    boxes = boxes_of(question)
    assert {name: box.answer for name, box in boxes.items()} == pytest.approx(expected, abs=1e-9)
    follows = boxes["w2_1.gradient"].follows
    assert follows is not None
    assert follows.needs == ("7.z2.gradient",)
    assert follows.compute({"7.z2.gradient": 0.5}) == 0.5 * x[0]


@pytest.mark.parametrize("seed", ["A", "B", "C", "D"])
def test_residuals_of_the_logistic_loss_against_differences(seed: str) -> None:
    question = asked("residual", posed_of(TWO_PATHS, {"a": 1, "b": 2}, seed=seed, widths=[2, 1]))
    given = text_of(question.given)
    x1, x2, p, y = (float(number) for number in re.findall(r"(?:x₁|x₂|σ\(z\)|y) = (-?[\d.]+)", given))

    def loss(at: Mapping[str, float]) -> float:
        z = at["z"] + at["w1"] * x1 + at["w2"] * x2 + at["b"]
        return -y * math.log(1 / (1 + math.exp(-z))) - (1 - y) * math.log(1 / (1 + math.exp(z)))

    at = {"z": math.log(p / (1 - p)), "w1": 0.0, "w2": 0.0, "b": 0.0}
    expected = {f"{name}.gradient": difference(loss, at, name) for name in at}
    assert {name: box.answer for name, box in boxes_of(question).items()} == pytest.approx(expected, abs=1e-8)
    slips = {slip.name: slip.number for slip in boxes_of(question)["z.gradient"].slips}
    assert slips["sign"] == pytest.approx(y - p)
    assert slips["diagonal"] == pytest.approx(p * (1 - p))


# Dead units ----------------------------------------------------------------------------------------------------------


def two_units(at: Mapping[str, float]) -> float:
    return at["v1"] * max(at["w1"] * at["x"], 0.0) + at["v2"] * max(at["w2"] * at["x"], 0.0)


@pytest.mark.parametrize(("w1", "w2"), [(-2, 3), (2, -3)])
def test_a_dead_unit_cuts_off_what_goes_into_it_and_what_it_is_multiplied_by(w1: float, w2: float) -> None:
    at = {"w1": w1, "w2": w2, "x": 2.0, "v1": 2.0, "v2": -1.0}
    question = asked("dead", posed_of(TWO_UNITS, at))
    boxes = boxes_of(question)
    expected = {f"{name}.zero": "yes" if abs(difference(two_units, at, name)) < 1e-9 else "no" for name in at}
    expected |= {"h1.silent": "yes" if w1 < 0 else "no", "h2.silent": "yes" if w2 < 0 else "no"}
    assert {name: box.answer for name, box in boxes.items() if name != "change"} == expected
    choices = block_of(question, Choices)
    dead = "u₁" if w1 < 0 else "u₂"
    assert text_of(dict(choices.options)[boxes["change"].answer]) == f"{dead} would have to be above 0"


@pytest.mark.parametrize(("w1", "w2"), [(2, 3), (-2, -3), (0, 3)])
def test_one_unit_is_to_be_dead_and_one_alive_and_none_at_its_kink(w1: float, w2: float) -> None:
    assert not FORMS["dead"].suits(posed_of(TWO_UNITS, {"w1": w1, "w2": w2, "x": 2, "v1": 2, "v2": -1}))


def test_a_saturated_unit_passes_nothing_back_in_two_decimals() -> None:
    parsed = parse("h1 = tanh(u); h2 = tanh(v); y = h1 + h2", {"u": 5, "v": 0.5})
    posed = Posed(parsed.root, parsed.names, ("u", "v"), Chance(b"0" * 32), decimals=2)
    question = asked("dead", posed)
    answers = {name: box.answer for name, box in boxes_of(question).items()}
    assert (answers["h1.silent"], answers["h2.silent"], answers["u.zero"], answers["v.zero"]) == ("yes", "no", "yes", "no")
    options = dict(block_of(question, Choices).options)
    assert text_of(options[answers["change"]]) == "u would have to be nearer to 0"
    # At u = 5 the slope is 0.0002: 0 to two decimals alone, and a larger gradient from above would bring something through.
    assert block_of(question, Grid).headings[1] == "yes or no, to two decimals"
    assert not [option for option in options.values() if "from above" in text_of(option)]


def test_units_that_can_be_dead_and_those_that_can_be_saturated() -> None:
    assert {name for name, rule in RULES.items() if kind_of_rule(rule) == "dead"} == {"relu"}
    saturated = {name for name, rule in RULES.items() if kind_of_rule(rule) == "saturated"}
    assert {"tanh", "sigmoid", "tanh_half", "erf"} <= saturated
    assert saturated.isdisjoint({"exp", "sin", "abs", "softplus", "sqrt", "log", "gaussian"})


# Shapes --------------------------------------------------------------------------------------------------------------


def test_shapes_against_the_parameters_of_a_network() -> None:
    question = asked("shapes", posed_of(TWO_PATHS, {"a": 1, "b": 2}, widths=[3, 4, 2]))
    boxes = boxes_of(question)
    assert boxes["parameters"].answer == len(MLP(3, [4, 2]).parameters())
    assert [boxes[f"{name}.shape"].answer for name in ("W1", "W2")] == ["4×3", "2×4"]
    assert [boxes[f"{name}.gradient"].answer for name in ("W1", "W2")] == ["4×3", "2×4"]
    assert [boxes[f"{name}.length"].answer for name in ("b1", "z1", "b2", "z2")] == [4, 4, 2, 2]
    assert boxes["products"].answer == 4 * 3 + 2 * 4
    follows = boxes["parameters"].follows
    assert follows is not None
    assert follows.compute(dict.fromkeys(follows.needs, 10.0)) == 20.0
    assert {slip.name: slip.number for slip in boxes["1.parameters"].slips} == {
        "no biases": 12,
        "bias for each input": 15,
        "one bias": 13,
    }


# A trace -------------------------------------------------------------------------------------------------------------


def test_every_accepted_expression_has_the_value_and_the_local_derivatives() -> None:
    values = {"a": 2.0, "b": -4.0, "c": 1.5}
    text = "p = a*b; s = p + c; d = s - 2; q = d**2; k = q/a; y = k - b"
    posed = posed_of(text, values)
    question = asked("trace", posed)
    at = {name: value.data for name, value in posed.names.items()}
    locals_of = {
        "p": {"a": -4.0, "b": 2.0},
        "s": {"p": 1.0, "c": 1.0},
        "d": {"s": 1.0},
        "q": {"d": 2 * (2.0 * -4 + 1.5 - 2)},
        "k": {"q": 0.5, "a": -((2.0 * -4 + 1.5 - 2) ** 2) / 4},
        "y": {"k": 1.0, "b": -1.0},
    }
    for name, box in boxes_of(question).items():
        node = name.removesuffix(".expression")
        for spelled in (str(box.answer), *box.accepted):
            code = re.sub("[·^²]", lambda sign: {"·": "*", "^": "**", "²": "**2"}[sign[0]], spelled)

            def value(inputs: Mapping[str, float], code: str = code) -> float:
                return float(eval(code, dict(inputs)))

            assert value(at) == at[node], spelled
            slopes = {by: difference(value, at, by) for by in locals_of[node]}
            assert slopes == pytest.approx(locals_of[node], abs=1e-7), spelled
    assert {"a·b", "b·a", "a*b"} <= {"a·b", *boxes_of(question)["p.expression"].accepted}
    assert len({box.width for box in question.boxes}) == 1


def test_a_trace_shows_numbers_without_the_names_of_the_arguments() -> None:
    question = asked("trace", posed_of("p = a*b; s = p - c; f = s*a", {"a": 2, "b": -4, "c": 3}))
    rows = [[text_of(cell) for cell in row] for row in block_of(question, Grid).rows]
    assert ["s = □", "-11", "1,  -1"] in rows
    assert ["f = □", "-22", "2,  -11"] in rows
    assert text_of(question.given) == "operations that occur: … - …   …·…"


@pytest.mark.parametrize(
    ("c", "suits"),
    [(3, True), (2, False), (-8, False)],  # with c = 2 it may be p - c or p - a; with c = p it may be c·a
)
def test_a_trace_tells_operations_and_arguments_apart_or_does_not_suit(c: float, suits: bool) -> None:
    assert FORMS["trace"].suits(posed_of("p = a*b; s = p - c; f = s*a", {"a": 2, "b": -4, "c": c})) is suits


@pytest.mark.parametrize("operation", ["relu", "abs"])
def test_what_may_be_equal_to_its_argument_is_refused(operation: str) -> None:
    posed = posed_of(f"u = x*y; h = {operation}(u); f = h*y", {"x": 3, "y": 2})
    assert "h may be equal to u" in FORMS["trace"].refusal(posed)


def test_operations_whose_arguments_change_places() -> None:
    found = {name for name, rule in RULES.items() if commutes(rule)}
    assert {"add", "mul", "maximum", "minimum", "hypot"} <= found
    assert found.isdisjoint({"sub", "div", "pow", "atan2", "neg", "relu"})


# All of them ---------------------------------------------------------------------------------------------------------

REFUSED = {
    "wrong cell": (posed_of("e = 2*a", {"a": 1}), "4 to 20"),
    "wrong line": (posed_of("e = 2*a", {"a": 1}), "3 to 12"),
    "choice": (posed_of("s = a + b; t = c*d; u = s*e; y = u + t", dict.fromkeys("abcde", 2)), "at most 4"),
    "sign": (posed_of("e = 2*a", {"a": 1}), "2 to 8"),
    "needed": (posed_of("u = 2*a; e = u + 1", {"a": 1}), "needs all"),
    "residual": (posed_of("e = 2*a", {"a": 1}, widths=[9]), "at most 5 outputs"),
    "dead": (posed_of("h = relu(a); e = h*b", {"a": 1, "b": 2}), "two or more"),
    "shapes": (posed_of("e = 2*a", {"a": 1}, widths=[3]), "1 to 5 layers"),
    "trace": (posed_of("e = total([a, b, c])", {"a": 1, "b": 2, "c": 3}), "cannot be read off"),
}


@pytest.mark.parametrize("form", THINKING)
def test_what_does_not_suit_is_refused_in_a_sentence(form: str) -> None:
    posed, said = REFUSED[form]
    assert said in FORMS[form].refusal(posed)


@pytest.mark.parametrize(
    ("form", "options", "said"),
    [
        ("needed", {"wrt": "q"}, "'q' is not a name"),
        ("needed", {"wrt": ["a"]}, "['a'] is not a name"),
        ("needed", {"cells": ["edges"]}, "not 'edges'"),
        ("needed", {"cells": 3}, "not 3"),
        ("needed", {"cells": [["locals"]]}, "not ['locals']"),
        ("residual", {"widths": 3}, "whole numbers from 1 on"),
        ("residual", {"widths": [2, "x"]}, "whole numbers from 1 on"),
        ("residual", {"widths": [0]}, "whole numbers from 1 on"),
        ("shapes", {"widths": "3, 4"}, "whole numbers"),
        ("shapes", {"widths": [3, None]}, "whole numbers"),
        ("shapes", {"widths": [3, 1.5]}, "whole numbers"),
    ],
)
def test_options_of_a_wrong_kind_are_refused_in_a_sentence(form: str, options: dict[str, Any], said: str) -> None:
    assert said in FORMS[form].refusal(posed_of(TWO_PATHS, {"a": 1, "b": 2}, **options))


def example_of(form: str, seed: str = "A") -> Posed:
    if form == "dead":
        return posed_of(TWO_UNITS, {"w1": -2, "w2": 3, "x": 2, "v1": 2, "v2": -1}, seed=seed)
    if FORMS[form].model:
        return posed_of(TWO_PATHS, {"a": 1, "b": 2}, seed=seed, widths=[2, 3])
    return posed_of("p = a*b; q = p - a; f = 2*q", {"a": 3, "b": -1}, seed=seed)


@pytest.mark.parametrize("form", THINKING)
def test_the_same_chance_makes_the_same_question(form: str) -> None:
    posed = example_of(form)
    first, second = asked(form, posed), asked(form, posed)
    assert [(box.name, box.answer) for box in first.boxes] == [(box.name, box.answer) for box in second.boxes]
    assert len({box.name for box in first.boxes}) == len(first.boxes)
    assert all(box.name.startswith("7.") for box in first.boxes)
    assert first.minutes > 0


@pytest.mark.parametrize("form", THINKING)
def test_hebrew_questions_have_hebrew_words_and_the_same_numbers(form: str) -> None:
    english = asked(form, example_of(form))
    with speaking("he"):
        hebrew = asked(form, example_of(form))
    hebrew_letters = re.compile("[א-ת]")
    assert hebrew_letters.search(hebrew.title)
    assert hebrew_letters.search(hebrew.hint)
    paragraphs = [block.pieces for block in hebrew.blocks if isinstance(block, Paragraph)]
    words = [piece for pieces in paragraphs for piece in pieces if isinstance(piece, str)]
    words += [heading for block in hebrew.blocks if isinstance(block, Grid) for heading in block.headings]
    assert not [text for text in words if re.search("[a-z]{3}", text)]
    numbers = [[box.answer for box in question.boxes if isinstance(box.answer, float)] for question in (english, hebrew)]
    assert numbers[0] == numbers[1]
    assert not any(isinstance(block, Graph) for block in hebrew.blocks)
