"""A program read as sums and products has its numbers, whatever the loop that wrote it, and no more nodes than are needed."""

import random
import re
from itertools import pairwise

import numpy as np
import pytest
from chalkgrad.engine import Value, affine, hypot, logsumexp, program, tanh, total
from chalkgrad.engine.programs.plan.reading import FEW, MANY, Operation, is_regular, read
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import order


def grown(seed):
    """Returns a random graph of sums, products and a few other operations, some of its values labelled."""
    r = random.Random(seed)
    values = [Value(r.uniform(-1, 1), f"x{i}") for i in range(4)]

    def one():
        return r.choice(values[-5:] if r.random() < 0.7 else values)

    def any_of():
        return r.choice([0.0, 1.0, -0.5, r.random()]) if r.random() < 0.2 else one()

    for _ in range(r.randint(3, 25)):
        kind = r.randrange(10)
        if kind < 3:
            made = one() + any_of() if r.random() < 0.5 else any_of() + one()
        elif kind < 5:
            made = one() - any_of() if r.random() < 0.5 else any_of() - one()
        elif kind == 5:
            made = -one() if r.random() < 0.7 else +one()
        elif kind == 6:
            made = one() * any_of()
        elif kind == 7:
            n = r.randint(1, 4)
            made = affine([one(), *(any_of() for _ in range(n - 1))], [any_of() for _ in range(n)], any_of())
        elif kind == 8:
            made = total([one(), *(any_of() for _ in range(r.randint(0, 6)))])
        else:
            made = tanh(one()) if r.random() < 0.5 else logsumexp([one(), any_of()])
        if r.random() < 0.2:
            made.label = f"z{len(values)}"
        values.append(made)
    if r.random() < 0.3:
        return [values[-1], r.choice(values[4:])]
    return [values[-1] + values[-2]]


def numbers_of(reading, nodes):
    """Returns the numbers of all that was read, from the leaves' data; each sum with Σ|terms|."""
    recorded = {i: node.data for i, node in enumerate(nodes)}
    known = {i: node.data for i, node in enumerate(nodes) if not node.parents}
    known |= {-1 - k: x for k, x in enumerate(reading.constants)}
    sizes = {}
    for item in reading.items:
        if isinstance(item, Operation):
            arguments = [known[x] if x.__class__ is int else x for x in item.arguments]
            function = FUNCTIONS[item.rule.name]
            known[item.node] = function(arguments) if item.rule.lists else function(*arguments)
            sizes[item.node] = abs(known[item.node])
        else:
            terms = [known[x] * known[y] for x, y in zip(item.left, item.right, strict=True)]
            terms += [-known[x] * known[y] for x, y in zip(item.minus_left, item.minus_right, strict=True)]
            terms += [known[x] for x in item.plus] + [-known[x] for x in item.minus]
            terms += [] if item.constant is None else [item.constant]
            known[item.node] = sum(terms)
            sizes[item.node] = sum(map(abs, terms)) + sum(sizes.get(x, 0.0) for x in item.operands())
    return known, sizes, recorded


def leaves_of(roots):
    return [node for node in order(roots) if not node.parents]


@pytest.mark.parametrize("part", range(4))
def test_what_is_read_has_the_numbers_of_the_graph(part):
    for seed in range(part * 150, part * 150 + 150):
        roots = grown(seed)
        p = program(roots, inputs=leaves_of(roots))
        reading = read(p)
        known, sizes, recorded = numbers_of(reading, order(roots))
        for node, size in sizes.items():
            if node < reading.nodes:
                assert abs(known[node] - recorded[node]) <= 1e-14 * (size + 1), (seed, node, [*map(str, reading.items)])
        assert {*p.roots} <= known.keys()
        numbered = [item.node for item in reading.items if item.node >= reading.nodes]
        assert numbered == [*range(reading.nodes, reading.numbered)], seed


@pytest.mark.parametrize("part", range(2))
def test_a_sum_is_one_kind_of_array_operation(part):
    """A matrix product of one sign, or single products, with few other terms; or a total."""
    for seed in range(part * 200, part * 200 + 200):
        roots = grown(seed)
        for item in read(program(roots, inputs=leaves_of(roots))).items:
            if isinstance(item, Operation):
                continue
            told = seed, str(item)
            assert not item.minus_left or len(item.left) <= 1, told
            assert not item.left or len(item.minus_left) <= 1, told
            assert len(item.minus) <= FEW or not (item.left or item.minus_left or item.plus or item.constant is not None), told
            alone = not (item.left or item.minus_left or item.minus or item.constant is not None)
            assert len(item.plus) <= FEW or alone, told


def said(*roots):
    """Returns the items with the labels of their values."""
    labels = [node.label or "…" for node in order(roots)]
    labels += [f"part{i}" for i in range(len(labels))]
    items = read(program([*roots], inputs=leaves_of(roots))).items
    return [re.sub(r"\bv(\d+)", lambda found: labels[int(found[1])], str(item)) for item in items]


W, X, Y, B = (Value(2.0, name) for name in "wxyb")


@pytest.mark.parametrize(
    ("root", "items"),
    [
        (B + W * X, ["b + w·x"]),
        (W + 0.0, ["w"]),
        (-(W * X), [" - w·x"]),
        ((-W) * X, [" - w·x"]),
        ((-W) * (-X), ["w·x"]),
        ((-W) * X + W, ["w - w·x"]),
        (W * X * Y, ["w·x", "…·y"]),
        (tanh(W * X) + W * X, ["w·x", "tanh(…)", "… + w·x"]),
        (W * X - X * Y, ["w·x - x·y"]),
        (W * X - X * Y + B - 2.0, ["-2.0 + b + w·x - x·y"]),
        (W * X + X * Y - Y * B, ["w·x + x·y", "part0 - y·b"]),
        (W * X - X * Y - Y * B, ["x·y + y·b", "w·x - part0"]),
        (W * X + X * Y - Y * B - B * W, ["y·b + b·w", "w·x + x·y - part0"]),
        (W * X + X * Y + B * B + 1.0 + W + X + Y + B + W, ["w + x + y + b + w", "1.0 + part0 + w·x + x·y + b·b"]),
        (W * X - (X + Y + B + W + W), ["x + y + b + w + w", "w·x - part0"]),
        (affine([W, 3.0], [X, Y], 0.5), ["0.5 + w·x + v-1·y"]),
        (W - (X + Y), ["w - x - y"]),
        (total([W, X, Y, B, W, X]), ["w + x + y + b + w + x"]),
        (total([W, X, Y, B, W]) + 1.0, ["w + x + y + b + w", "1.0 + part0"]),
        (logsumexp([W, 1.5]), ["logsumexp(w, v-1)"]),
        (W * X + X * Y + W + X + Y + B, ["w + x + y + b + w·x + x·y"]),
        (W * X + X * Y - W - X - Y - B, ["w·x + x·y - w - x - y - b"]),
        (W * X + X * Y - W - X - Y - B - W, ["w + x + y + b + w", "w·x + x·y - part0"]),
        (W * X - X * Y - Y * B + W + X + Y + B, ["x·y + y·b", "w + x + y + b + w·x - part0"]),
        (W * X - X * Y - Y * B + W + X + Y + B + W, ["x·y + y·b", "w + x + y + b + w", "part1 + w·x - part0"]),
        (W * X + X * Y - X * B - Y * B + W + X + Y, ["x·b + y·b", "w + x + y + w·x + x·y - part0"]),
        (W * X + X * Y - X * B - Y * B + W + X + Y + B, ["x·b + y·b", "w·x + x·y", "w + x + y + b + part1", "part2 - part0"]),
        (W * X + X * Y - X * B + W + X + Y, ["w·x + x·y", "w + x + y + part0 - x·b"]),
        (W + X + Y + B - (Y + W + X + B), ["w + x + y + b - y - w - x - b"]),
    ],
    ids=lambda x: " | ".join(x) if isinstance(x, list) else "",
)
def test_sums_are_read_as_one_would_write_them(root, items):
    assert said(root) == items


def test_a_long_chain_of_differences_stays_linear():
    """Each difference turns round what it subtracts: of a long sum as a whole, or the work would be quadratic."""
    x = Value(1.0, "x")
    y = x * 2.0
    for i in range(300):
        y = (x * float(i)) - y
    reading = read(program(y, inputs=[x]))
    assert sum(len(item.left) + len(item.minus_left) + len(item.plus) + len(item.minus) for item in reading.items) < 2000
    assert len(reading.items) > 1


@pytest.mark.parametrize(("count", "parts"), [(63, 1), (64, 0)])
def test_a_sum_of_64_terms_is_subtracted_as_a_whole(count, parts):
    """Of a shorter one each term is turned round, and a part of the sum that results stands for them."""
    x = [Value(1.0, f"x{i}") for i in range(count)]
    reading = read(program(W - total(x), inputs=[W, x]))
    assert reading.numbered - reading.nodes == parts
    assert [len(item.plus) for item in reading.items] == [count, 1]


def test_a_labelled_sum_of_products_to_which_terms_are_added_stays_a_node():
    w = [Value(1.0, f"w{i}") for i in range(3)]
    x = [Value(2.0, f"x{i}") for i in range(3)]
    t = Value(3.0, "t")
    for label, expected in (("y", 2), ("", 1)):
        y = sum(a * b for a, b in zip(w, x, strict=True))
        y.label = label
        assert len(said(y - t)) == len(said(t - y)) == len(said(y + t)) == len(said(t + y)) == expected, label
        assert len(said(y + t * t)) == len(said(t * t + y)) == len(said(y + (t + t * t))) == 1, label
    for one, expected in ((w[0] * x[0], 1), (w[0] * x[0] + t, 1), (w[0] * x[0] + w[1] * x[1], 2)):
        one.label = "p"
        assert len(said(one + x[2])) == expected  # one product is not a sum of products


def test_the_same_bits_are_one_constant_and_0_is_not_minus_0():
    x = Value(1.0, "x")
    reading = read(program(logsumexp([x, 0.0, -0.0, 2.5, 2.5, 0.0]), inputs=[x]))
    assert np.array_equal(np.signbit(reading.constants), [False, True, False])
    assert reading.constants == [0.0, 0.0, 2.5]
    (only,) = reading.items
    assert only.arguments == (0, -1, -2, -3, -3, -1)


def chain(f, count):
    deep = W
    for _ in range(count):
        deep = f(deep)
    return program(deep, inputs=leaves_of([deep]))


def test_a_program_is_regular_if_most_of_its_operations_are_made_in_numbers():
    assert is_regular(chain(tanh, 999))  # a small one always is
    assert not is_regular(chain(tanh, 1000))
    assert not is_regular(chain(lambda v: hypot(v, X), MANY))  # as deep as the deepest of its arguments
    assert not is_regular(chain(lambda v: hypot(X, v), MANY))
    assert not is_regular(chain(lambda v: v**0.5, MANY))

    def layers(width, depth):
        made = x = [Value(0.1, f"x{i}") for i in range(width)]
        for _ in range(depth):
            made = [tanh(v * 0.5) for v in made]
        return program(total(made), inputs=[x])

    assert is_regular(layers(8, MANY // 16 + 1))
    assert not is_regular(layers(7, MANY // 14 + 1))


def test_half_of_the_operations_are_enough():
    for more, regular in ((0, True), (1, False)):
        wide = [tanh(x) for x in [W, X] * (MANY // 4)]
        deep = wide[0]
        for _ in range(MANY // 2 - 1 + more):
            deep = tanh(deep)
        assert is_regular(program(total([*wide, deep]), inputs=[W, X])) is regular


def test_a_sum_is_on_the_level_of_its_terms_however_long():
    x = [Value(0.1, f"x{i}") for i in range(8)]
    loop = tanh(x[0])
    for a, b in pairwise(x * (MANY // 4)):
        loop = loop + a * b
    assert is_regular(program(loop, inputs=x))


def test_the_operands_of_an_operation_are_nodes():
    assert [*Operation(3, RULES["pow"], (1, 2.0)).operands()] == [1]
    assert [*Operation(3, RULES["logsumexp"], (1, -2, 0)).operands()] == [1, -2, 0]
