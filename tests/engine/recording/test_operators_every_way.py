"""Each generated recorder, for all kinds of arguments, records what `record` does, which goes through the table's entry."""

import itertools

import pytest
from chalkgrad.engine import Value, no_grad
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES

NAMES = [name for name, rule in RULES.items() if len(rule.arguments) <= 2 and not rule.lists]
WITH_OUTSIDE = [name for name in NAMES if RULES[name].outside]


class Scalar(Value):
    """A student's own kind of Value."""


KINDS = (Value, Scalar, float, int)


def ways(name, point):
    """Yields the arguments of an operation, each as all kinds that it may be, but not all of them as numbers."""
    for kinds in itertools.product(KINDS, repeat=len(point)):
        if Value in kinds or Scalar in kinds:
            whole = all(x == int(x) for x, kind in zip(point, kinds, strict=True) if kind is int)
            if whole:
                yield [kind(x) for kind, x in zip(kinds, point, strict=True)]


def recorded(node):
    return node.data, repr(node.partials), node.parents, node.template, node.op  # a local derivative may be NaN


@pytest.mark.parametrize("name", NAMES)
def test_a_recorder_records_what_the_entry_says(name):
    for point in RULES[name].inside:
        for arguments in ways(name, [*point, *RULES[name].defaults][: len(RULES[name].arguments)]):
            node = FUNCTIONS[name](*arguments)
            assert recorded(node) == recorded(record(RULES[name], arguments)), arguments
            with no_grad():
                alone = FUNCTIONS[name](*arguments)
            assert (alone.data, alone.parents) == (node.data, ()), arguments


@pytest.mark.parametrize("name", WITH_OUTSIDE)
def test_outside_its_domain_a_recorder_says_what_the_entry_does(name):
    for point in RULES[name].outside:
        for arguments in ways(name, point):
            with pytest.raises((ValueError, ArithmeticError)) as here:
                FUNCTIONS[name](*arguments)
            with pytest.raises((ValueError, ArithmeticError)) as there:
                record(RULES[name], arguments)
            assert (here.type, str(here.value)) == (there.type, str(there.value)), arguments


@pytest.mark.parametrize("name", [name for name in NAMES if len(RULES[name].arguments) == 2])
def test_a_whole_number_that_no_float_reaches_is_refused_on_either_side(name):
    for arguments in ((Value(2.0), 10**400), (10**400, Value(2.0))):
        with pytest.raises((ValueError, ArithmeticError), match="the largest float"):
            FUNCTIONS[name](*arguments)
