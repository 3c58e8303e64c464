"""What an engine is asked: the graphs of each level, their numbers, and the random ones."""

import hashlib
import math

import pytest
from chalkgrad.classroom.grading.judging.diagnosis import POLICIES
from chalkgrad.classroom.grading.judging.engines_with_a_slip import RIGHT, gradients
from chalkgrad.classroom.grading.judging.levels import (
    OPTIONAL,
    engine_tests,
    functions,
    is_binary,
    operation_tests,
    policies,
    random_graphs,
)
from chalkgrad.classroom.grading.program import Number, Program, built, without_unused, written
from chalkgrad.engine import Value

OPERATIONS = ["+", "-", "*", "/", "**", "neg", *functions()]
PARTS = frozenset(
    (op, form)
    for op in ("+", "-", "*", "/", "**", "tanh", "exp", "relu")
    for form in (("values", "left", "right") if is_binary(op) else ("values",))
    if (op, form) not in OPTIONAL
)


def all_tests():
    return [*engine_tests(), *(test for op in OPERATIONS for test in operation_tests(op))]


def test_the_right_numbers_are_those_of_central_differences():
    def value(program, moved, step):
        at = {name: x + step * (name == moved) for name, x in program.leaves}
        return built((Program(tuple(at.items()), program.lines),)).values[program.root].data

    for program in random_graphs(PARTS)[:60]:
        right = program.right()
        for name, _ in program.leaves:
            h = 1e-5
            slope = (value(program, name, h) - value(program, name, -h)) / (2 * h)
            assert right[name].grad == pytest.approx(slope, rel=1e-4, abs=1e-5), str(program)


def test_every_question_has_finite_answers():
    for test in all_tests():
        for case in test.cases:
            for program in case.question.programs:
                for number in program.right().values():
                    assert number.data is not None, (test.name, str(program))
                    assert number.grad is not None, (test.name, str(program))


def test_numbers_that_are_not_finite_are_none():
    assert Program((("a", 0.0),), (("y", "sqrt", ("a",)),)).right()["a"] == Number(0.0, None)


@pytest.mark.parametrize("operation", ["+", "-", "*", "/", "**", "neg", "tanh", "exp", "sigmoid", "sin"])
def test_no_two_numbers_of_a_graph_are_the_same(operation):
    """Else an engine that takes equal values for one node would fail here, too."""
    tests = [*operation_tests(operation)] + ([*engine_tests()] if operation in "+*" else [])
    for test in tests:
        for case in test.cases:
            if test.level in (2, 6) or case.instead or (test.level == 4 and not is_binary(operation)):
                continue
            values = [x.data for x in built(case.question.programs).values.values()]
            lines = [line for program in case.question.programs for line in program.lines]
            values += [float(x) for _, op, arguments in lines for x in arguments if not isinstance(x, str) and op != "**"]
            if 0 in values:  # a + 0 is a
                continue
            assert len({*values}) == len(values), (test.name, [*map(str, case.question.programs)])


def test_every_operation_is_asked_on_both_sides_with_whole_and_other_numbers():
    for operation in "+-*/":
        asked = [case.question.programs[0] for test in operation_tests(operation) if test.level == 2 for case in test.cases]
        numbers = [x for program in asked for _, _, arguments in program.lines for x in arguments if not isinstance(x, str)]
        leaves = [x for program in asked for _, x in program.leaves]
        assert {type(x) for x in numbers} == {int, float}
        assert {type(x) for x in leaves} == {int, float}
        assert min(leaves) < 0
        titles = {written(*program.lines[0][1:])[0].isdigit() for program in asked}
        assert titles == {True, False}


def cases_of(operation, level):
    return [case for test in operation_tests(operation) if test.level == level for case in test.cases]


def leaves_of(cases):
    return [x for case in cases for program in case.question.programs for _, x in program.leaves]


@pytest.mark.parametrize("operation", ["+", "-", "*", "/", "**", "neg", "tanh", "exp", "sigmoid", "sin"])
def test_operands_that_are_0_are_asked_for_values_and_gradients(operation):
    assert 0 in leaves_of(cases_of(operation, 2))
    assert 0 in leaves_of(cases_of(operation, 3))


@pytest.mark.parametrize("operation", ["relu", "abs", "sqrt", "log", "floor", "selu", "cbrt"])
def test_no_gradient_is_asked_for_where_there_is_none(operation):
    assert 0 not in leaves_of(cases_of(operation, 3))


@pytest.mark.parametrize("operation", functions())
def test_large_arguments_are_asked_for_where_there_are_values(operation):
    largest = max(map(abs, leaves_of(cases_of(operation, 2))))
    inside = {"asin", "acos", "atanh", "asin_slope"}
    assert largest > 7 or operation in inside


def test_negative_and_fractional_exponents_are_asked_for_gradients():
    lines = [case.question.programs[0].lines[0] for case in cases_of("**", 3)]
    exponents = {y for _, op, (_, y) in lines if op == "**" and not isinstance(y, str)}
    assert exponents >= {-1, 0.5, 2, 3}


def test_a_value_is_used_five_times():
    uses = []
    for test in engine_tests():
        for case in test.cases:
            for program in case.question.programs:
                names = [x for _, _, arguments in program.lines for x in arguments]
                uses.append(max(map(names.count, names)))
    assert max(uses) >= 5


def test_sums_in_place_are_sums():
    program = Program((("a", 2.0), ("b", 5.0)), (("c", "+=", ("a", "b")), ("L", "*=", ("c", "a"))))
    assert program.right() == Program(program.leaves, (("c", "+", ("a", "b")), ("L", "*", ("c", "a")))).right()
    names = {"a": 2.0, "b": 5.0}
    exec(str(program).partition("  at ")[0], names)
    assert (names["a"], names["L"]) == (2.0, 14.0)


def test_upstream_is_1_and_5_and_minus_3():
    for upstream, test in zip((1.0, 5.0, -3.0), [test for test in operation_tests("tanh") if test.level == 3], strict=True):
        for case in test.cases:
            numbers = case.question.programs[0].right()
            assert numbers["y"].grad == upstream


def test_sums_stand_for_products_and_products_for_sums():
    for test in engine_tests():
        instead = {case.instead: {op for op, _ in case.parts} for case in test.cases}
        assert instead.get("*", {"+"}) == {"+"}
        assert instead.get("+", {"*"}) == {"*"}


def test_backward_twice_has_three_answers():
    (twice,) = [test for test in policies(["+", "*"]) if test.key == "twice"]
    question = twice.cases[0].question
    assert question.passes == (0, 0)
    answers = {policy: gradients(RIGHT, built(question.programs), question.passes, policy)["a"] for policy in POLICIES}
    assert answers == {"afresh": 24.0, "kept": 30.0, "zeroed": 12.0}


def test_a_chain_is_long():
    (chain,) = [test for test in policies(["+"]) if test.key == "depth"]
    assert len(chain.cases[0].question.programs[0].lines) == 3000


def test_random_graphs_are_the_same_each_time():
    """The same bytes, over hash seeds and on every Python."""
    graphs = random_graphs(PARTS)
    text = "\n".join(map(str, graphs))
    assert len(graphs) == 200
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "afd947bded898c82"


def test_random_graphs_use_all_they_may_and_nothing_else():
    graphs = random_graphs(PARTS)
    assert {op for graph in graphs for op in graph.uses} == {op for op, _ in PARTS}
    assert max(len(graph.lines) for graph in graphs) >= 7
    assert random_graphs(frozenset()) == ()
    assert {op for graph in random_graphs(frozenset({("tanh", "values")}), 5) for op in graph.uses} == {"tanh"}


def test_random_graphs_lose_no_digits():
    for graph in random_graphs(PARTS):
        for name, size in graph.scale().items():
            right = graph.right()[name].grad
            assert right is not None
            assert math.isfinite(size)
            assert size >= abs(right) * (1 - 1e-12)


def test_a_scale_is_the_sum_of_the_sizes_of_all_terms():
    program = Program((("a", 3.0), ("b", 3.5)), (("u", "*", ("a", 2)), ("v", "*", ("a", "b")), ("L", "-", ("u", "v"))))
    assert program.right()["a"].grad == -1.5
    assert program.scale()["a"] == 5.5


def test_without_what_is_not_used():
    program = Program((("a", 1.0), ("b", 2.0)), (("c", "+", ("a", "b")), ("d", "exp", ("b",))))
    assert without_unused(program) == Program((("b", 2.0),), (("d", "exp", ("b",)),))


def test_programs_are_written_as_python_has_them():
    program = Program((("a", 2.5), ("n", -1)), (("y", "-", (2, "a")), ("z", "**", (-2, "n")), ("L", "tanh", ("y",))))
    text, _, leaves = str(program).partition("  at ")
    assert (text, leaves) == ("y = 2 - a; z = (-2) ** n; L = tanh(y)", "a = 2.5, n = -1")
    names = {"a": Value(2.5), "n": -1, "tanh": Value.tanh}
    exec(text, names)
    assert names["L"].data == math.tanh(-0.5)
