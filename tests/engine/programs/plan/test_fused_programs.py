"""A program whose sums are affine operations has the numbers that it had, in fewer operations."""

import pytest
from chalkgrad.engine import Value, affine, program, tanh, total
from chalkgrad.engine.programs.plan.fused import fused
from chalkgrad.engine.programs.plan.reading import MANY
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.sweep import order
from test_reading_of_programs import grown, leaves_of


def computed(p, nodes):
    """Returns the numbers of all nodes by the program's instructions, and how often each is written."""
    known = {i: node.data for i, node in enumerate(nodes) if not node.parents}
    for node, rule, arguments in p.instructions:
        assert node not in known
        numbers = [known[x] if x.__class__ is int else x for x in arguments]
        f = FUNCTIONS[rule.name]
        if rule.name == "affine":
            half = len(numbers) // 2
            known[node] = f(numbers[:half], numbers[half:-1], numbers[-1])
        else:
            known[node] = f(numbers) if rule.lists else f(*numbers)
    return known


@pytest.mark.parametrize("part", range(4))
def test_a_fused_program_has_the_numbers_of_its_graph(part):
    fewer = 0
    for seed in range(part * 150, part * 150 + 150):
        roots = grown(seed)
        nodes = order(roots)
        p = program(roots, inputs=leaves_of(roots))
        found = fused(p)
        if found is p:
            continue
        fewer += 1
        assert len(found.instructions) <= 0.8 * len(p.instructions)
        known, size = computed(found, nodes), sum(abs(node.data) for node in nodes)
        for i, node in enumerate(nodes):
            if i in known:
                assert abs(known[i] - node.data) <= 1e-14 * (1 + size), (seed, i, found.instructions)
        assert {*found.roots} <= known.keys()
        assert max(known) < found.count
    assert fewer > 10


def names(root):
    return [instruction.rule.name for instruction in fused(program(root, inputs=leaves_of([root]))).instructions]


W, X, Y, B = (Value(2.0, name) for name in "wxyb")


@pytest.mark.parametrize(
    ("root", "rules"),
    [
        (W * X + Y * B + 1.0, ["affine"]),
        (tanh(0.0 + W * X + Y * B), ["affine", "tanh"]),
        (-(W * X + Y * B), ["affine", "neg"]),
        (-(-(-(W * X))), ["mul", "neg"]),  # noqa: B002
        (W + X + Y + B + W, ["total"]),
        (W + X - (Y + B + W), ["add", "total", "sub"]),
        (-W - X - Y - B, ["total", "neg"]),
        (W * X + Y * B + W + X + Y, ["total", "affine"]),
        (W * X + Y * B - (X * Y + B * W + 2.0), ["affine", "affine", "sub"]),
        (+(+(+(+W))), ["pos"]),  # noqa: B002
        (W * X + Y * B - X, ["affine", "sub"]),
        (affine([W, 3.0], [X, Y], 0.5) * 2.0, ["affine", "mul"]),
        (W * X, ["mul"]),
        (total([W, X, Y]), ["total"]),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_there_are_as_many_operations_as_kinds_of_terms(root, rules):
    assert names(root) == rules


def test_four_operations_of_five_are_fewer_and_five_of_six_are_not():
    u = tanh(tanh(tanh(W * X + Y)))
    assert names(u) == ["affine", "tanh", "tanh", "tanh"]
    assert names(tanh(u)) == ["mul", "add", "tanh", "tanh", "tanh", "tanh"]


def test_what_would_not_become_shorter_and_what_is_irregular_stays_as_it_is():
    p = program(tanh(W * X) * Y, inputs=[W, X, Y])
    assert fused(p) is p
    deep = W
    for _ in range(MANY):
        deep = tanh(deep * X + Y)
    p = program(deep, inputs=[W, X, Y])
    assert fused(p) is p
