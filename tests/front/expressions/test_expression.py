"""The parser of expressions: what it reads, what it refuses and with which words, and that nothing else comes out."""

import math
import unicodedata

import pytest
from chalkgrad.engine import Value
from chalkgrad.expressions.caret import ExpressionError
from chalkgrad.expressions.expression import define, parse, read_values
from chalkgrad.expressions.functions import functions
from chalkgrad.expressions.scan import DEEPEST, LONGEST
from hypothesis import example, given, settings
from hypothesis import strategies as st

# expression, values, the root's data
COMPUTED = [
    ("a*b + c", {"a": 2, "b": -3, "c": 10}, 4.0),
    ("-a*b", {"a": 2, "b": -3}, 6.0),
    ("--a", {"a": 2}, 2.0),
    ("+a - -a", {"a": 2}, 4.0),
    ("-a**2", {"a": 3}, -9.0),
    ("2**-a", {"a": 1}, 0.5),
    ("a**b**c", {"a": 2, "b": 3, "c": 2}, 512.0),
    ("a - b - c", {"a": 1, "b": 2, "c": 3}, -4.0),
    ("a % b + 7 // b * 10 + -a % 3", {"a": 5.5, "b": 2}, 1.5 + 30.0 + 0.5),
    ("a/b/c", {"a": 12, "b": 3, "c": 2}, 2.0),
    ("(a + b) * (a + b)", {"a": 1, "b": 2}, 9.0),
    ("1_000*a + .5 + 2. + 1e-3", {"a": 1}, 1002.501),
    ("maximum(a, b) + minimum(a, b)", {"a": 1, "b": 2}, 3.0),
    ("total(a, b, 3)", {"a": 1, "b": 2}, 6.0),
    ("total([a, b, 3])", {"a": 1, "b": 2}, 6.0),
    ("total(a)", {"a": 1}, 1.0),
    ("affine([w1, w2], [x1, 2], b)", {"w1": 3, "w2": 5, "x1": 7, "b": 1}, 32.0),
    ("logsumexp([a, a])", {"a": 0}, math.log(2)),
    ("leaky_relu(a)", {"a": -1}, -0.01),
    ("leaky_relu(a, 0.1)", {"a": -1}, -0.1),
    ("abs(a)", {"a": -1}, 1.0),
    ("  a\n+ b", {"a": 1, "b": 2}, None),  # two statements
    ("(a\n  + b)", {"a": 1, "b": 2}, 3.0),
    ("e = a*b; d = e + c; L = d*f", {"a": 2, "b": -3, "c": 10, "f": -2}, -8.0),
    ("\n  e = a*b  # a product\r\n\n  L = e + a;\n", {"a": 2, "b": -3}, -4.0),
    ("x = 3; y = x**2", {}, 9.0),
    ("x = -1/2; y = x*4", {}, -2.0),
    ("a", {"a": 5}, 5.0),
    ("7", {}, 7.0),
    ("2·a − 3×b ÷ 4", {"a": 2, "b": 4}, 1.0),
    ("exp(f) + e", {"f": 0, "e": 1}, 2.0),
    ("σ*θ_1 + משקל", {"σ": 2, "θ_1": 3, "משקל": 1}, 7.0),
    ("ｅｘｐ(x)", {"x": 0}, 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "data"), COMPUTED)
def test_an_expression_has_the_value_it_has_on_paper(text, values, data):
    result = parse(text, values)
    if data is None:
        assert len(result.roots) == 2
    else:
        assert result.root.data == pytest.approx(data, rel=1e-15)


# expression, values, message, the text before the caret
REFUSED = [
    # characters
    ("", {}, "the expression is empty; one is, for example, (a*b + c)*f", None),
    (" \n;".replace(";", ""), {}, "the expression is empty; one is, for example, (a*b + c)*f", None),
    ("x^2", {"x": 1}, "write ** for a power, as in x**2", "x"),
    ("2a", {"a": 1}, "2a has no operator: for a product write 2*a", "2"),
    ("2(a + b)", {}, "2(…) has no operator: for a product write 2*(…)", "2"),
    ("(a)(b)", {}, "(…)(…) has no operator: for a product write (…)*(…)", "(a)"),
    ("a b", {}, "a b has no operator: for a product write a*b", "a "),
    ("1 2", {}, "two numbers side by side, 1 and 2", "1 "),
    ("x²", {}, "write **2 for a square", "x"),
    ("a == b", {}, "a comparison has no derivative; maximum, minimum, relu and heaviside choose by size", "a "),
    ("a < b", {}, "a comparison has no derivative; maximum, minimum, relu and heaviside choose by size", "a "),
    ("a // 0", {"a": 1}, "// needs a divisor other than 0", "a "),
    ("mod(a, b)", {}, "there is no function mod here: write a % b", ""),
    ("a %", {}, "something is missing after %", "a "),
    ("a //", {}, "something is missing after //", "a "),
    ("'a'", {}, "text in quotes has no place in an expression: write the name alone", ""),
    ("a.data", {}, "a point stands inside a number only: there are no attributes here, write x1 rather than x.1", "a"),
    ("x[0]", {}, "x[…] has no meaning here: a Value has no parts; give each its own name, as in x1, x2", "x"),
    ("lambda*2", {}, "lambda is a reserved word of Python: choose another name such as lam or λ", ""),
    ("a if b else c", {}, "if is a reserved word of Python: choose another name", "a "),
    ("__import__('os')", {}, "text in quotes has no place in an expression: write the name alone", "__import__("),
    ("1e999*a", {}, "this number is too large: the largest double is about 1.8e308", ""),
    ("9" * 400, {}, "this number is too large: the largest double is about 1.8e308", ""),
    ("a\0b", {}, "the character U+0000 (a control character) has no place in an expression", "a"),
    ("a + \ud800", {}, "a byte that is not text in this terminal's encoding has no place in an expression", "a + "),
    ("{a}", {}, "write round parentheses instead of {", ""),
    ("a*(b + c", {}, "this ( is never closed", "a*"),
    ("a)*b", {}, "this ) closes nothing", "a"),
    ("total([a)", {}, "this ) meets a [ that is still open", "total([a"),
    ("a" * (LONGEST + 1), {}, "the expression has 10,001 characters; 10,000 is the limit", None),
    ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), {}, "more than 100 nested parentheses", None),
    # grammar
    ("a +", {}, "something is missing after +", "a "),
    ("a + * b", {}, "something is missing after +", "a "),
    ("a **", {}, "something is missing after **", "a "),
    ("e = ", {}, "something is missing after =", "e "),
    ("* a", {}, "something is missing before *", ""),
    ("()", {}, "something is missing between the parentheses", ""),
    ("= 3", {}, "something is missing here", ""),
    ("a; ;b", {}, "something is missing here", "a; "),
    ("f(a,,b)", {}, "something is missing after ,", "f(a"),
    ("0123", {}, "0123 cannot stand here", ""),
    ("a, b", {}, "a comma separates arguments, a ; statements, and decimals have a point: 0.5", "a"),
    ("[a]", {}, "[…] is an argument of affine, total and logsumexp only", ""),
    ("tanh([a])", {}, "[…] is an argument of affine, total and logsumexp only", "tanh("),
    ("a = b = c", {}, "one name stands before =, once, as in e = a*b", ""),
    ("a + b = c", {}, "only a name stands before =, in a statement of its own, as in e = a*b", None),
    ("e += a", {}, "a name is given once, with =; for e += x write a new one: e2 = e + x", ""),
    # names
    ("(a*b + c)*f", {"a": 2, "b": -3, "f": -2}, "give c a value: c=…", "(a*b + "),
    ("(a*b + c)*f", {"a": 2}, "give b, c and f values: b=… c=… f=…", "(a*"),
    ("+".join(f"x{i}" for i in range(400)), {}, "x19 and 380 more values: x0=… ", ""),
    ("θ*x", {"x": 1, "t": 3}, "give θ a value: θ=… (t is not used)", ""),
    ("a", {"a": 1, "z": 3}, "z has a value but is not in the expression: leave z=… out", None),
    ("e = a*b; e = e + c", {}, "e is given twice; a name stands for one Value, so choose another", "e = a*b; "),
    ("d = e + c; e = a*b", {}, "e is used before it is given: the statement e = … comes first", "d = "),
    ("e = a*b; L = e", {"a": 1, "b": 1, "e": 1}, "e has a value, e=…, and is given here too: leave one out", ""),
    ("tanh*2", {}, "tanh is a function: write tanh(…), or choose another name for a value", ""),
    ("exp = a", {}, "exp is the name of a function: choose another", ""),
    # calls
    ("ln(a)", {}, "there is no function ln here: write log(x)", ""),
    ("1 + max(a, b)", {}, "there is no function max here: write maximum(a, b)", "1 + "),
    ("σ(a)", {}, "there is no function σ here: write sigmoid(x)", ""),
    ("step(a)", {}, "there is no function step here: write heaviside(x)", ""),
    ("tahn(a)", {}, "there is no function tahn: did you mean tan or tanh?", ""),
    ("ReLU(a)", {}, "there is no function ReLU: did you mean relu?", ""),
    ("softmax(a, b)", {}, "there is no function softmax here: write exp(a)/total(exp(a), exp(b))", ""),
    ("eval(a)", {}, "there is no function eval; there are abs, acos, acosh, affine, ", ""),
    ("f(a + b)", {"f": 1, "a": 1}, "f is a value, not a function: for a product write f*(…)", ""),
    ("e = a; e(a)", {}, "e is a value, not a function: for a product write e*(…)", "e = a; "),
    ("tanh(a, b)", {}, "tanh takes 1 argument, not 2", ""),
    ("tanh()", {}, "tanh takes 1 argument, not none", ""),
    ("leaky_relu(a, b, c)", {}, "leaky_relu takes 1 or 2 arguments, not 3", ""),
    ("maximum(a, b, c)", {}, "maximum takes 2 arguments, not 3; nest it: maximum(a, maximum(b, c))", ""),
    ("total()", {}, "total takes at least one term, not none", ""),
    ("total([])", {}, "total takes at least one term", ""),
    ("affine([a], [b, c], d)", {}, "affine takes lists of equal length, not empty", ""),
    ("affine(a, b, c)", {}, "affine takes its terms in brackets: affine([w1, w2], [x1, x2], b)", ""),
    ("leaky_relu(a, slope=2)", {}, "write the arguments of leaky_relu without names, as in leaky_relu(x, 0.1)", ""),
    ("total(*a)", {}, "something is missing before *", "total("),
    # numbers
    ("1 + log(a)", {"a": -1}, "log", "1 + "),
    ("(a + 1) / (b - b)", {"a": 1, "b": 1}, "divisor", "(a + 1) "),
    ("(-8)**(1/3)", {}, "base", "(-8)"),
    ("1/0", {}, "divisor", "1"),
    ("exp(a)", {"a": 1000}, "too large", ""),
    ("e = 1e200*a; y = e*e", {"a": 1}, "too large", "e = 1e200*a; y = e"),
    ("θθ + sqrt(ℓ)", {"θθ": 1, "ℓ": -1}, "sqrt", "θθ + "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values", "message", "before"), REFUSED)
def test_a_wrong_expression_is_refused_with_a_sentence_and_a_place(text, values, message, before):
    with pytest.raises(ExpressionError) as caught:
        parse(text, values)
    error = caught.value
    assert message in error.message
    assert "\n" not in error.message
    if before is not None:
        assert text[: error.position] == before
        assert str(error).splitlines()[2] == "  " + " " * len(before[before.rfind("\n") + 1 :]) + "^"


def test_each_function_of_the_engine_can_be_called():
    for name, function in functions().items():
        values = {"a": 1.5 if name == "acosh" else 0.5, "b": 0.25, "c": 1}
        arguments = "[a], [b], c" if name == "affine" else ", ".join(list(values)[: function.least])
        used = {key: value for key, value in values.items() if key in arguments}
        assert parse(f"{name}({arguments})", used).root.parents


def test_leaves_and_named_parts_are_values_under_the_names_that_were_typed():
    result = parse("e = a*b; d = e + c; L = d*f", {"f": -2, "c": 10, "b": -3, "a": 2})
    assert list(result.names) == ["a", "b", "e", "c", "d", "f", "L"]
    assert all(isinstance(value, Value) and value.label == name for name, value in result.names.items())
    assert result.roots == (result.names["L"],)
    result.root.backward()
    assert [result.names[name].grad for name in "abcf"] == [6.0, -4.0, -2.0, 4.0]


def test_a_name_used_twice_is_one_value():
    result = parse("a*a", {"a": 3})
    assert result.root.parents == (result.names["a"],) * 2


@pytest.mark.parametrize(
    ("text", "values", "labels"),
    [
        ("a*b", {"a": 1, "b": 2}, ["y"]),
        ("a*b; a + b", {"a": 1, "b": 2}, ["y1", "y2"]),
        ("(y - t)**2", {"y": 1, "t": 2}, ["y1"]),
        ("y = a*b; z = a + b", {"a": 1, "b": 2}, ["y", "z"]),
        ("e = a*b; e + a", {"a": 1, "b": 2}, ["y"]),
        ("a", {"a": 1}, ["a"]),
        ("e = a*a; d = e", {"a": 1}, ["e"]),
    ],
)
def test_unnamed_roots_are_called_y(text, values, labels):
    assert [root.label for root in parse(text, values).roots] == labels


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        ("ℓ + 1", "ℓ", "ℓ"),
        ("ℓ + 1", "ℓ", "l"),  # what Python makes of it
        ("µ + 1", "µ", "μ"),  # the micro sign, and the Greek letter
        ("é + 1", "é", unicodedata.normalize("NFD", "é")),
        (unicodedata.normalize("NFD", "é + 1"), "é", "é"),
        ("ﬁ + 1", "ﬁ", "ﬁ"),
    ],
)
def test_names_that_python_normalises_keep_the_spelling_of_the_student(text, name, given):
    result = parse(text, {given: 3})
    assert result.root.data == 4.0
    assert list(result.names) == [name, "y"]
    assert result.names[name].label == name


def test_names_that_python_would_confuse_stay_apart():
    result = parse("ℓ - l", {"ℓ": 3, "l": 1})
    assert result.root.data == 2.0


@pytest.mark.parametrize(
    ("text", "count"),
    [(" + ".join(f"x{i}" for i in range(500)), 500), ("+".join(["x0"] * 2000), 1)],
)
def test_sums_of_many_terms_are_read(text, count):
    result = parse(text, {f"x{i}": 1 for i in range(count)})
    assert result.root.data == text.count("x")
    result.root.backward()
    assert result.names["x0"].grad == text.count("x") / count


@pytest.mark.parametrize(
    "text", ["+".join("a" * 5000), "-" * 9999 + "a", "**".join("a" * 3300), "tanh(" * 100 + "a" + ")" * 100]
)
def test_no_chain_is_too_long_for_a_sentence(text):
    try:
        assert parse(text, {"a": 1}).root.data is not None
    except ExpressionError as error:
        assert "give parts of it names" in error.message  # noqa: PT017 (either outcome is right)


def test_constants_are_numbers_without_a_gradient():
    result = parse("(y - t)**2", {"y": 3}, constants={"t": 1})
    assert list(result.names) == ["y", "y1"]
    assert result.root.data == 4.0


def test_an_operation_is_one_node_with_derivatives_from_its_formula():
    h = define("h", ["z", "θ"], "tanh(z*θ) + 1")
    root = parse("h(x, w)", {"x": 0, "w": 2}, more={"h": h}).root
    assert root.data == 1.0
    assert len(root.parents) == 2
    assert root.partials == (2.0, 0.0)


def test_an_operation_takes_as_many_arguments_as_its_formula_has():
    names = [f"x{i}" for i in range(1, 9)]
    h = define("h", names, " + ".join(f"{i}*{name}" for i, name in enumerate(names, 1)))
    root = parse(f"h({', '.join(names)})", dict.fromkeys(names, 1), more={"h": h}).root
    assert root.data == 36.0
    assert root.partials == (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)


def test_units_place_the_values_of_a_statement():
    result = parse("u = a*b; y = tanh(u)", {"a": 1, "b": 2}, units={"u": "neuron"})
    assert [result.names[name].place for name in ("a", "u", "y")] == ["", "neuron", ""]


# Values ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "name", "number"),
    [("a=2", "a", 2.0), ("a=-3", "a", -3.0), ("a=1e-3", "a", 1e-3), ("a=1/3", "a", 1 / 3), ("a=−2", "a", -2.0),
     ("θ= 2**0.5 ", "θ", 2**0.5), ("ℓ=+3", "ℓ", 3.0), ("a=exp(0)", "a", 1.0)],
)  # fmt: skip
def test_values_are_numbers_and_simple_expressions(word, name, number):
    assert read_values([word]) == {name: number}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["c"], "c is no value: values are written name=number, and the whole expression in quotes"),
        (["a="], "a has no number after ="),
        (["a=x"], "x is not a number; a value is written as in x=2, x=-3, x=1e-3 or x=1/3"),
        (["a=nan"], "nan is not a number; a value is written as in x=2, x=-3, x=1e-3 or x=1/3"),
        (["a=1", "a=2"], "a has two values"),
        (["a=1/0"], "divisor"),
        (["a=1e400"], "this number is too large: the largest double is about 1.8e308"),
        (["a=0,5"], "a comma separates arguments, a ; statements, and decimals have a point: 0.5"),
        (["2a=3"], "2a has no operator: for a product write 2*a"),
        (["a+b=3"], "only a name stands before =, in a statement of its own, as in e = a*b"),
        (["tanh=3"], "tanh is the name of a function: choose another"),
        (["a==3"], "a comparison has no derivative; maximum, minimum, relu and heaviside choose by size"),
        (["=3"], "something is missing here"),
    ],
)
def test_what_is_no_value_is_refused(words, message):
    with pytest.raises(ExpressionError) as caught:
        read_values(words)
    assert message in caught.value.message


# The caret ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "position", "shown", "caret"),
    [
        ("x^2", 1, "  x^2", "   ^"),
        ("a = 1\nb = 2x", 11, "  b = 2x", "       ^"),
        ("漢*x^2", 3, "  漢*x^2", "      ^"),  # a wide character takes two columns
        ("e\u0301*x^2", 4, "  e\u0301*x^2", "     ^"),  # a combining one none
        ("a\tb", 2, "  a b", "    ^"),
        ("ab", 2, "  ab", "    ^"),
    ],
)
def test_the_caret_stands_under_the_place(text, position, shown, caret):
    assert str(ExpressionError("m", text, position)) == f"m\n{shown}\n{caret}"


@pytest.mark.parametrize("position", [0, 3, 500, 997, 999])
@pytest.mark.parametrize("wide", ["a", "漢"])
def test_of_a_long_line_a_window_around_the_place_is_shown(position, wide):
    text = wide * position + "^" + wide * (1000 - position)
    _, line, caret = str(ExpressionError("m", text, position)).splitlines()
    columns = [index for index, character in enumerate("".join(2 * c if c == "漢" else c for c in line)) if character == "^"]
    assert columns == [caret.index("^")]
    assert len(line) < 90


# Whatever is typed ----------------------------------------------------------------------------------------------------

OPERATORS = [*"()[]+-*/=;,.^#:'\"\\@{}~²·−!", "**", ":=", "==", "...", "->", " ", "\n", "\t", "\r", "\f", "\0"]
WORDS = ["a", "b", "x1", "θ", "ℓ", "é", "tanh", "log", "total", "affine", "maximum", "lambda", "if", "not", "yield"]
NUMBERS = ["0", "1", "2.5", "1e3", "1e999", "0x1", "1j", "1_0"]
PIECES = st.sampled_from(OPERATORS + WORDS + NUMBERS)
TEXTS = st.text(max_size=40) | st.lists(PIECES, max_size=25).map("".join) | st.lists(PIECES, max_size=25).map(" ".join)


@given(TEXTS)
@example("a\rb")
@example("\ufeffa")
@example("a = \\\n b")
@example("f'{a}'")
@example("(yield)")
@example("(a:=1)")
@example("*a, b")
@example("a\x0cb")
@example("0_")
@example("a;" * 3000)
@settings(max_examples=1500, deadline=None)
def test_random_text_is_read_or_refused_and_never_anything_else(text):
    try:
        result = parse(text, dict.fromkeys(["a", "b", "x1", "θ", "ℓ"], 0.5))
    except ExpressionError as error:
        assert str(error).replace("\n", "").isprintable()  # noqa: PT017 (either outcome is right)
    else:
        assert result.roots


@given(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=12))
@settings(max_examples=500, deadline=None)
def test_random_values_are_read_or_refused_and_never_anything_else(name, number):
    try:
        read_values([f"{name}={number}", f"{number}"])
    except ExpressionError as error:
        assert str(error)  # noqa: PT017 (either outcome is right)


@pytest.mark.parametrize(
    ("text", "values", "missing"),
    [("𝔞+𝐚", {"a": 1}, "𝐚"), ("ｘ + 𝑥", {"x": 1}, "𝑥"), ("µ*μ*𝜇", {"µ": 1, "μ": 2}, "𝜇")],
)
def test_of_several_names_that_look_like_the_one_given_the_others_lack_a_value(text, values, missing):
    with pytest.raises(ExpressionError) as caught:
        parse(text, values)
    assert caught.value.message == f"give {missing} a value: {missing}=…"
    assert text[caught.value.position] == missing


@pytest.mark.parametrize(
    ("formula", "message", "position"),
    [
        ("(-8)**(1/3)", "(-8)^0.3333: ** of a negative base needs", 4),
        ("a + log(-1)", "log(-1): log needs x > 0", 4),
        ("1/0 + a", "1/0: / needs a divisor other than 0", 1),
        ("exp(1000)*a", "exp(1000): the result is too large for a float", 0),
    ],
)
def test_a_mistake_in_a_defined_function_is_one_of_its_formula(formula, message, position):
    with pytest.raises(ExpressionError) as caught:
        define("h", ["a"], formula)
    assert caught.value.message.startswith(message)
    assert (caught.value.text, caught.value.position) == (formula, position)


def test_the_functions_are_found_without_an_error_for_each_operator(monkeypatch):
    """Such an error looks for the closest of all names, for which each value that is read would wait."""
    monkeypatch.setattr("chalkgrad.engine.basics.later.absent", lambda *_: pytest.fail("an error was made"))
    assert {"tanh", "maximum", "total"} <= functions().keys()
