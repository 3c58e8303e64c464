"""Worked examples by name: each can be loaded, built, overridden, shown, and typed as an expression."""

import pytest
from chalkgrad import examples
from chalkgrad.expressions.caret import ExpressionError
from chalkgrad.expressions.expression import parse


@pytest.mark.parametrize("name", examples.names())
def test_an_example_has_what_a_reader_needs(name):
    example = examples.load(name)
    assert example.title
    assert example.source
    assert examples.show(example).isprintable() or "\t" not in examples.show(example)
    assert example.name in examples.show(example)
    assert example.name.isidentifier()


@pytest.mark.parametrize("name", examples.names())
def test_the_roots_are_the_outputs(name):
    example = examples.load(name)
    result = examples.build(example)
    assert result.roots == tuple(result.names[output] for output in example.outputs)
    assert {*example.inputs, *(step for step, _ in example.steps)} == set(result.names)


@pytest.mark.parametrize("name", [name for name in examples.names() if not examples.load(name).operations])
def test_its_statements_are_an_expression_of_the_command_line(name):
    example = examples.load(name)
    result = parse(example.statements(), {**example.inputs, **example.constants})
    assert [root.data for root in result.roots] == [root.data for root in examples.build(example).roots]


def test_other_numbers_take_the_place_of_its_own():
    example = examples.load("colah")
    assert examples.build(example, {"b": 3}).root.data == 20.0
    assert examples.build(example).root.data == 6.0
    assert examples.build(examples.load("mazur"), {"t1": 0.5}).names["E_o1"].data < 0.1


def test_a_name_that_is_no_input_is_refused():
    with pytest.raises(ExpressionError, match="z has a value but is not in the expression"):
        examples.build(examples.load("colah"), {"z": 3})


def test_units_of_a_figure_place_its_values():
    names = examples.build(examples.load("network")).names
    assert (names["u3"].place, names["z3"].place, names["x1"].place) == ("h3", "h3", "")
