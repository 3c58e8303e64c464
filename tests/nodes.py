"""Nodes of the table's operations, made from numbers."""

from chalkgrad.engine import Value
from chalkgrad.engine.recording import functions


def applied(rule, numbers, kind=Value):
    """Returns an operation of the table on flat numbers, as its examples have them: the arguments, and the result."""
    arguments = [kind(x) for x in numbers]
    scalars = len(rule.arguments) - rule.lists
    length = (len(arguments) - scalars) // rule.lists if rule.lists else 0
    lists = [arguments[i * length : (i + 1) * length] for i in range(rule.lists)]
    return arguments, getattr(functions, rule.name)(*lists, *arguments[len(lists) * length :])
