"""Random graphs over the operations of the table, for Hypothesis."""

from chalkgrad.engine import DomainError, NonFiniteError
from chalkgrad.engine.recording import functions
from chalkgrad.engine.rules import RULES
from hypothesis import strategies as st

FAILURES = (DomainError, NonFiniteError)
ARGUMENTS = {name: {"total": 3, "logsumexp": 3, "affine": 5}.get(name, len(rule.arguments)) for name, rule in RULES.items()}
# Without kinks and jumps, and without those that grow too fast for differences to say anything
SMOOTH = ["add", "sub", "mul", "neg", "pos", "sin", "cos", "atan", "tanh", "erf", "erfc", "sigmoid", "tanh_half", "softplus",
          "gelu", "silu", "total", "affine", "logsumexp", "identity"]  # fmt: skip
numbers = st.floats(-4, 4).map(lambda x: round(x, 3))
# An argument is a node made so far, as an index, or a number; the first is always a node.
arguments = st.tuples(st.integers(0, 99), *[st.one_of(st.integers(0, 99), st.integers(0, 99), numbers)] * 4)


def programs(names=tuple(RULES)):
    """Returns leaves' data, and instructions (operation, arguments)."""
    instructions = st.lists(st.tuples(st.sampled_from(names), arguments), min_size=1, max_size=12)
    return st.tuples(st.lists(numbers, min_size=1, max_size=4), instructions)


def apply(name, xs):
    f = getattr(functions, name)
    if name == "affine":
        return f(xs[:2], xs[2:4], xs[4])
    return f(xs) if RULES[name].lists else f(*xs)


def run(leaves, instructions):
    """Returns all values, of the kind that the leaves have, and the instructions that could be carried out."""
    nodes, done = list(leaves), []
    for name, chosen in instructions:
        xs = [nodes[x % len(nodes)] if isinstance(x, int) else x for x in chosen[: ARGUMENTS[name]]]
        try:
            nodes.append(apply(name, xs))
        except FAILURES:
            continue
        done.append((name, [x % len(nodes[:-1]) if isinstance(x, int) else x for x in chosen]))
    return nodes, done
