"""Which nodes a plan computes together, in which order and of what; and when it steps aside."""

import math

import numpy as np
import pytest
from arrays_of_plans import elements
from chalkgrad.engine import Value, affine, hypot, log, logsumexp, maximum, program, relu, sqrt, tanh, total
from chalkgrad.engine.formulas.trees import evaluate
from chalkgrad.engine.programs.plan import grouping
from chalkgrad.engine.programs.plan.grouping import IrregularError, plan_of
from chalkgrad.engine.programs.plan.operands import Operands
from chalkgrad.engine.programs.plan.reading import read
from chalkgrad.engine.programs.plan.steps import Constants, Elementwise, Join, Product, View, operands_of
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import order
from test_random_graphs_of_matrices import Graph

ON_NUMBERS = {**FUNCTIONS, "sum": math.fsum, "max": max}


def leaves(letter, n, first=1):
    return [Value(0.3 + 0.17 * k + 0.01 * (k * k % 7), f"{letter}{k}") for k in range(first, first + n)]


def flat(rows):
    return [x for row in rows for x in row]


def said_formula(tree):
    return str(tree).replace(str(RULES["logsumexp"].value), "logsumexp(x)").replace("Fold('sum', x)", "sum(x)")


class Run:
    """A plan's numbers, element by element, of one sample: those that the nodes of the graph have."""

    def __init__(self, plan, data):
        self.found = {id(array): data[array.nodes.ravel()] for array in plan.inputs}
        for step in plan.steps:
            numbers = self._product(step) if isinstance(step, Product) else self._others(step)
            self.found[id(step.made)] = np.asarray(numbers, dtype=float).ravel()

    def read(self, operand):
        if isinstance(operand, Constants):
            return np.asarray(operand.values)
        return self.found[id(operand.array)][elements(operand)]

    def _product(self, step):
        rows, columns, result = step.subscripts
        made = np.einsum(f"{rows},{columns}->{result}", self.read(step.rows), self.read(step.columns))
        made = -made if step.negative else made
        for sign, terms in ((1, step.plus), (-1, step.minus)):
            made = made + sum(sign * self.read(x) for x in terms)
        assert made.shape == step.made.shape
        return made if step.constant is None else made + self.read(step.constant)

    def _others(self, step):
        operands = [self.read(x) for x in operands_of(step)]
        if isinstance(step, Join):
            return np.concatenate([x.ravel() for x in operands])
        made = []
        for at in np.ndindex(step.made.shape):
            made.append(evaluate(step.form.value, *self.arguments(step, operands, at)))
        return made

    @staticmethod
    def arguments(step, operands, at):
        if step.form.folds:
            return {}, ON_NUMBERS, dict(zip(step.form.arguments, [x[at].tolist() for x in operands], strict=True))
        each = [np.broadcast_to(x, step.made.shape)[at].item() for x in operands]
        return dict(zip(step.form.arguments, each, strict=True)), ON_NUMBERS


class Said:
    """A plan's steps in words: what is computed is called by its nodes' names, and so is what is read of it."""

    def __init__(self, plan, names):
        self.labels = {id(array): [names[i] for i in array.nodes.ravel()] for array in plan.inputs}
        self.steps = []
        for step in plan.steps:
            if isinstance(step, Join):
                labels = flat([self.elements(x).ravel() for x in step.pieces])
                self.labels[id(step.made)] = labels
                assert step.made.shape == (len(labels),)
                assert (step.made.nodes == -1).all()
                continue
            labels = [names.get(i, f"v{i}") for i in step.made.nodes.ravel()]  # a part of a sum has a number of its own
            self.labels[id(step.made)] = labels
            self.steps.append(f"{self.text(np.array(labels).reshape(step.made.shape))} = {self.of(step)}")

    def elements(self, operand):
        if isinstance(operand, Constants):
            return np.array([f"{x:g}" for x in np.ravel(operand.values)]).reshape(operand.shape)
        return np.array(self.labels[id(operand.array)])[elements(operand)]

    def text(self, names):
        return "; ".join(map(" ".join, names)) if names.ndim == 2 else " ".join(names.ravel())

    def operand(self, operand):
        text = self.text(self.elements(operand))
        if isinstance(operand, Constants):
            return f"<{text}>"
        return f"[{text}]" if isinstance(operand, View) else f"take[{text}]"

    def of(self, step):
        if isinstance(step, Elementwise):
            return " ".join([said_formula(step.form.value), *map(self.operand, step.operands)])
        rows, columns, result = step.subscripts
        text = (
            f"{'-' if step.negative else ''}{rows},{columns}->{result} {self.operand(step.rows)} {self.operand(step.columns)}"
        )
        text += "".join(f" + {self.operand(x)}" for x in step.plus) + "".join(f" - {self.operand(x)}" for x in step.minus)
        return text + (f" + {self.operand(step.constant)}" if step.constant else "")


def planned(roots, inputs, rows=None, adjoints=False):
    """Returns a plan and the nodes of its graph."""
    p = program(roots, inputs=inputs)
    nodes = order(roots if isinstance(roots, list) else [roots])
    nodes += [x for group in inputs for x in (group if isinstance(group, list) else [group]) if x not in nodes]
    plan = plan_of(p, rows or (False,) * len(inputs), adjoints)
    check(plan, nodes)
    return plan, nodes


def check(plan, nodes):
    """Asserts that each node of a plan has a place, and the number of the graph."""
    data = np.array([node.data for node in nodes])
    run = Run(plan, data)
    assert plan.arrays[: len({*map(id, plan.inputs)})] == [*{id(array): array for array in plan.inputs}.values()]
    for array, start in zip(plan.arrays, plan.starts, strict=True):
        numbers = np.asarray(array.nodes).ravel()
        assert numbers.size == array.size
        if not (numbers == -1).any():
            assert plan.place[numbers].tolist() == [*range(start, start + array.size)]
            own = numbers < len(nodes)
            np.testing.assert_allclose(run.found[id(array)][own], data[numbers[own]], rtol=1e-12, atol=1e-12)
    return run


def steps(roots, inputs, rows=None, adjoints=False, **names):
    """Returns what a plan's steps are, with names for some nodes; others are called by their numbers.

    Beside what is asked for there is a reduction, so that the plan does not step aside if all else stands alone.
    """
    beside = leaves("beside", 13)
    other = logsumexp(beside)
    plan, nodes = planned([*roots, other], [*inputs, beside], (*(rows or [False] * len(inputs)), False), adjoints)
    return [text for text in said(plan, nodes, **names) if "beside" not in text]


def said(plan, nodes, **names):
    """Returns what the steps of a plan are."""
    called = {node: f"{name}{i}" for name, group in names.items() for i, node in enumerate(group, 1)}
    return Said(plan, {i: called.get(node, node.label or f"v{i}") for i, node in enumerate(nodes)}).steps


X, Y, Z = leaves("x", 4), leaves("y", 3), leaves("z", 12)
S = Value(0.7, "s")
A, B, C = leaves("a", 6), leaves("b", 6), leaves("c", 6)
W, V = [leaves("w", 3, 1), leaves("w", 3, 4)], [leaves("v", 3, k) for k in (1, 4, 7, 10)]


def dot(one, other):
    return sum(x * y for x, y in zip(one, other, strict=True))


def lines(text):
    return [line.strip() for line in text.strip().splitlines()]


def test_inputs_of_one_number_share_an_array():
    """Those that have a row for each sample one, and the others one; a list has its own, also of one element."""
    a, b, c, d, e = leaves("a", 5)
    one, several = [Value(0.5, "one")], leaves("several", 2)
    root = tanh(logsumexp([a, b, c, d, e, *one, *several]))
    plan, nodes = planned(root, [a, several, b, c, one, d, e], (False, True, True, False, False, False, True))
    assert [[nodes[i].label for i in array.nodes.ravel()] for array in plan.arrays[:4]] == [
        ["a1", "a3", "a4"],
        ["several1", "several2"],
        ["a2", "a5"],
        ["one"],
    ]
    assert [plan.arrays.index(array) for array in plan.inputs] == [0, 1, 2, 0, 3, 0, 2]
    assert [(array.shape, array.varies) for array in plan.arrays[:4]] == [
        ((3,), False),
        ((2,), True),
        ((2,), True),
        ((1,), False),
    ]
    plan, _ = planned(logsumexp([a, *several]), [a, several], (True, False))
    assert [(array.shape, array.varies) for array in plan.arrays] == [((), True), ((2,), False), ((3,), True), ((), True)]


def test_each_input_is_with_rows_or_without():
    p = program(logsumexp(X), inputs=[X])
    for rows in ((), (False, True)):
        with pytest.raises(ValueError, match="zip"):
            plan_of(p, rows)


def test_numbers_of_operations_tell_them_apart():
    e = [
        X[0] ** 2,
        X[1] ** 2,
        X[0] ** 3,
        X[2] ** 3,
        X[3] ** 2,
        maximum(X[0], 0.5),
        maximum(X[1], 0.5),
        2.0 ** X[0],
        2.0 ** X[1],
    ]
    assert steps(e, [X], e=e) == lines("""
        e1 = pow(x, 2.0) [x1]
        e2 = pow(x, 2.0) [x2]
        e5 = pow(x, 2.0) [x4]
        e3 e4 = pow(x, 3.0) [x1 x3]
        e6 e7 = Choice(Test('>=', x, 0.5), x, Choice(Test('>', 0.5, x), 0.5, add(x, 0.5))) [x1 x2]
        e8 e9 = pow(2.0, y) [x1 x2]
    """)


def test_operations_go_in_the_order_of_their_operands_and_are_cut_where_the_array_changes():
    t = [tanh(x) for x in (X[2], X[0], Y[1], Y[0], X[1])]
    assert steps([total(t)], [X, Y], t=t)[:2] == ["t2 t5 t1 = tanh(x) [x1 x2 x3]", "t4 t3 = tanh(x) [y1 y2]"]
    h = [hypot(X[1], Y[0]), hypot(X[0], X[1]), hypot(X[2], Y[1]), hypot(X[1], X[2]), hypot(X[3], Y[2])]
    assert steps(h, [X, Y], h=h) == lines("""
        h2 h4 = hypot(x, y) [x1 x2] [x2 x3]
        h1 h3 h5 = hypot(x, y) [x2 x3 x4] [y1 y2 y3]
    """)
    h = [hypot(Z[k], S) for k in (2, 1, 0)]
    assert steps(h, [Z, S], h=h) == ["h3 h2 h1 = hypot(x, y) [z1 z2 z3] [s s s]"]


def test_eight_operations_are_a_step_whatever_they_read():
    h = [tanh(Z[k]) for k in (0, 1, 3, 4, 6, 7, 9, 10)]
    assert steps(h, [Z], h=h) == ["h1 h2 h3 h4 h5 h6 h7 h8 = tanh(x) take[z1 z2 z4 z5 z7 z8 z10 z11]"]
    s = tanh(S)
    assert steps([*h, s], [Z, S], h=h, s=[s])[1:] == ["s1 = tanh(x) [s]"]
    assert steps(h[:7], [Z], h=h) == [f"h{k} = tanh(x) [z{i}]" for k, i in enumerate((1, 2, 4, 5, 7, 8, 10), 1)]
    h = [hypot(Z[k], Z[9 - k]) for k in (0, 1, 3, 4, 6, 7, 9, 8)]
    assert steps(h, [Z], h=h) == [
        "h1 h2 h3 h4 h5 h6 h8 h7 = hypot(x, y) take[z1 z2 z4 z5 z7 z8 z9 z10] take[z10 z9 z7 z6 z4 z3 z2 z1]"
    ]


def test_what_is_left_of_several_arrays_is_a_step_if_it_is_eight_operations():
    h = [tanh(each[k]) for each in (A, B, C) for k in (0, 1, 3)]
    assert steps(h, [A, B, C], h=h) == ["h1 h2 h3 h4 h5 h6 h7 h8 h9 = tanh(x) [a1 a2 a4 b1 b2 b4 c1 c2 c4]"]
    alone = [f"h{k} = tanh(x) [{label}]" for k, label in enumerate(("a1", "a2", "a4", "b1", "b2", "b4"), 1)]
    assert steps(h[:7], [A, B, C], h=h) == [*alone, "h7 = tanh(x) [c1]"]
    assert steps(h[:8], [A, B, C], h=h) == ["h7 h8 = tanh(x) [c1 c2]", *alone]
    h = [*[tanh(each[k]) for each in (A, B) for k in (0, 1, 3)], tanh(C[0]), tanh(S)]
    assert steps(h, [A, B, C, S], h=h) == ["h1 h2 h3 h4 h5 h6 h7 h8 = tanh(x) [a1 a2 a4 b1 b2 b4 c1 s]"]


def test_elements_have_the_shape_of_the_matrix_they_go_through():
    u = [dot(w, v) for v in V for w in W]
    t = [tanh(each) for each in u]
    h = [hypot(*each) for each in zip(t, Z, strict=False)]
    g = [hypot(*each) for each in zip(Z, h, strict=False)]
    f = [tanh(each) for each in g[1:7]]
    assert steps([*g, *f], [flat(W), flat(V), Z[:8]], u=u, t=t, h=h, g=g, f=f)[1:] == lines("""
        t1 t2; t3 t4; t5 t6; t7 t8 = tanh(x) [u1 u2; u3 u4; u5 u6; u7 u8]
        h1 h2; h3 h4; h5 h6; h7 h8 = hypot(x, y) [t1 t2; t3 t4; t5 t6; t7 t8] [z1 z2; z3 z4; z5 z6; z7 z8]
        g1 g2; g3 g4; g5 g6; g7 g8 = hypot(x, y) [z1 z2; z3 z4; z5 z6; z7 z8] [h1 h2; h3 h4; h5 h6; h7 h8]
        f1 f2 f3 f4 f5 f6 = tanh(x) [g2 g3 g4 g5 g6 g7]
    """)


def test_nodes_of_one_level_and_kind_are_together():
    """Those that differ from sample to sample are apart from the others."""
    t = [tanh(x) for x in X[:3]]
    h = [hypot(t[1], X[0]), hypot(t[2], X[1]), hypot(X[2], t[0]), hypot(X[0], X[1])]
    r = [tanh(x) for x in h]
    assert steps(r, [X[:3]], t=t, h=h, r=r) == lines("""
        t1 t2 t3 = tanh(x) [x1 x2 x3]
        h4 = hypot(x, y) [x1] [x2]
        h1 h2 = hypot(x, y) [t2 t3] [x1 x2]
        h3 = hypot(x, y) [x3] [t1]
        r4 = tanh(x) [h4]
        r1 r2 = tanh(x) [h1 h2]
        r3 = tanh(x) [h3]
    """)
    mixed = [tanh(x) for x in (*X[:2], *Y[:2])]
    assert steps(mixed, [X[:2], Y[:2]], (False, True), m=mixed) == ["m1 m2 = tanh(x) [x1 x2]", "m3 m4 = tanh(x) [y1 y2]"]
    h = [hypot(X[0], Y[0]), hypot(X[1], X[2]), hypot(X[2], X[3])]
    deep = [tanh(each) for each in h]
    assert steps(deep, [X, Y[:1]], (False, True), h=h, d=deep) == lines("""
        h1 = hypot(x, y) [x1] [y1]
        h2 h3 = hypot(x, y) [x2 x3] [x3 x4]
        d1 = tanh(x) [h1]
        d2 d3 = tanh(x) [h2 h3]
    """)


def test_what_roots_reach_is_together_if_the_same_roots_do():
    t, deep = [tanh(x) for x in X], [tanh(x) for x in Y]
    roots = [logsumexp(t), logsumexp([*t[:2], *deep]), logsumexp([t[3], deep[0]])]
    named = {"t": t, "d": deep}
    assert steps(roots, [X, Y], **named)[:2] == ["t1 t2 t3 t4 = tanh(x) [x1 x2 x3 x4]", "d1 d2 d3 = tanh(x) [y1 y2 y3]"]
    apart = [
        "t1 t2 = tanh(x) [x1 x2]",
        "t3 = tanh(x) [x3]",
        "t4 = tanh(x) [x4]",
        "d1 = tanh(x) [y1]",
        "d2 d3 = tanh(x) [y2 y3]",
    ]
    assert sorted(steps(roots, [X, Y], adjoints=True, **named)[:5]) == sorted(apart)
    assert sorted(steps(roots[:2], [X, Y], adjoints=True, **named)[:3]) == [
        "d1 d2 d3 = tanh(x) [y1 y2 y3]",
        "t1 t2 = tanh(x) [x1 x2]",
        "t3 t4 = tanh(x) [x3 x4]",
    ]
    t = [tanh(x) for x in Z[:6]]
    roots = [logsumexp(t[:4]), logsumexp(t[2:])]
    assert steps(roots, [Z[:6]], t=t)[0] == "t1 t2 t3 t4 t5 t6 = tanh(x) [z1 z2 z3 z4 z5 z6]"
    assert sorted(steps(roots, [Z[:6]], adjoints=True, t=t)[:3]) == [
        "t1 t2 = tanh(x) [z1 z2]",
        "t3 t4 = tanh(x) [z3 z4]",
        "t5 t6 = tanh(x) [z5 z6]",
    ]
    t = [tanh(x) for x in X]
    p = program([*t, logsumexp(t)], inputs=[X])
    plans = [plan_of(p, (False,), *adjoints) for adjoints in ((), (True,), (False,))]
    shapes = [[step.made.shape for step in plan.steps if not isinstance(step, Join)] for plan in plans]
    assert shapes == [[()] * 5, [()] * 5, [(4,), ()]]  # unless one says that there are none, they have adjoints


def test_a_root_that_does_not_depend_on_the_inputs_changes_nothing():
    for constant in (Value(3.0), tanh(Value(2.0))):
        t = [tanh(x) for x in X]
        plan = plan_of(program([logsumexp(t), constant], inputs=[X]), (False,))
        assert [step.made.shape for step in plan.steps] == [(4,), ()]
        u = [tanh(x) for x in X]
        plan = plan_of(program([logsumexp(u), logsumexp(u[:2]), constant], inputs=[X]), (False,))
        assert [step.made.shape for step in plan.steps[:2]] == [(2,), (2,)]


# Sums ----------------------------------------------------------------------------------------------------------------


def test_short_sums_are_formulas():
    u = [x * y - z for x, y, z in zip(X, Y, Z, strict=False)]
    v = [x - y for x, y in zip(X, Y, strict=False)]
    w = [x * x - y * y for x, y in zip(X, Y, strict=False)]
    n = [-x for x in X]
    m = [-x - y for x, y in zip(X, Y, strict=False)]
    c = [0.5 * k - x for k, x in enumerate(X[:3], 1)]
    assert steps([*u, *v, *w, *n, *m, *c], [X, Y, Z[:3]], u=u, v=v, w=w, n=n, m=m, c=c) == lines("""
        u1 u2 u3 = sub(mul(a0, a1), a2) [x1 x2 x3] [y1 y2 y3] [z1 z2 z3]
        v1 v2 v3 = sub(a0, a1) [x1 x2 x3] [y1 y2 y3]
        w1 w2 w3 = sub(mul(a0, a1), mul(a2, a3)) [x1 x2 x3] [x1 x2 x3] [y1 y2 y3] [y1 y2 y3]
        n1 n2 n3 n4 = neg(a0) [x1 x2 x3 x4]
        m1 m2 m3 = sub(neg(a0), a1) [x1 x2 x3] [y1 y2 y3]
        c1 c2 c3 = sub(a1, a0) [x1 x2 x3] <0.5 1 1.5>
    """)
    s = [x + y + 1.0 for x, y in zip(X, Y, strict=False)]
    t = [x + y + z for x, y, z in zip(X, Y, Z, strict=False)]
    o = [x + y * z + 2.0 for x, y, z in zip(X, Y, Z, strict=False)]
    assert steps([*s, *t, *o], [X[:3], Y, Z[:3]], s=s, t=t, o=o) == lines("""
        s1 s2 s3 = add(add(a0, a1), a2) [x1 x2 x3] [y1 y2 y3] <1>
        t1 t2 t3 = sum(x) [x1 y1 z1; x2 y2 z2; x3 y3 z3]
        o1 o2 o3 = add(add(mul(a0, a1), a2), a3) [y1 y2 y3] [z1 z2 z3] [x1 x2 x3] <2>
    """)


def test_what_is_subtracted_stands_last():
    """So a formula begins with a minus only if all is subtracted."""
    assert [str(grouping._sum_form(*each).value) for each in [(1, 1, 2, 1, True), (0, 2, 0, 1, False), (0, 1, 0, 0, True)]] == [
        "sub(sub(add(add(add(mul(a0, a1), a4), a5), a7), mul(a2, a3)), a6)",
        "sub(sub(neg(mul(a0, a1)), mul(a2, a3)), a4)",
        "sub(a2, mul(a0, a1))",
    ]


def test_totals_are_reductions_of_what_lies_side_by_side():
    z = Z

    def totals(*lists):
        roots = [total([z[k] for k in each]) for each in lists]
        return steps(roots, [z], r=roots)

    assert totals([2, 0, 1], [3, 5, 4], range(6, 12)) == [
        "r1 r2 = sum(x) [z1 z2 z3; z4 z5 z6]",
        "r3 = sum(x) [z7 z8 z9 z10 z11 z12]",
    ]
    assert totals([2, 0, 3], [3, 5, 4], range(6, 12))[0] == "r1 r2 = add(add(a0, a1), a2) [z3 z4] [z1 z6] [z4 z5]"
    assert totals([2, 0, 1, 3], [3, 6, 5, 4], range(6, 12))[0] == "r1 r2 = sum(x) [z1 z2 z3 z4; z4 z5 z6 z7]"
    assert totals([2, 0, 1, 4], [3, 6, 5, 4], range(6, 12))[0].startswith("r1 r2 = add(add(add(a0, a1), a2), a3) [z3 z4] ")
    assert totals([2, 0, 1], range(12))[0] == "r1 = sum(x) [z1 z2 z3]"
    assert totals([2, 2, 2], range(12))[0] == "r1 = add(add(a0, a1), a2) [z3] [z3] [z3]"
    assert totals([2, 0, 1, 7, 6], range(12))[0] == "r1 = sum(x) take[z1 z2 z3 z7 z8]"
    assert totals([2, 0, 1, 7, 6], [8, 9, 10, 11, 7]) == ["r1 = sum(x) take[z1 z2 z3 z7 z8]", "r2 = sum(x) [z8 z9 z10 z11 z12]"]
    r = [total([z[2], z[0], X[0]]), logsumexp(z), logsumexp(X)]
    assert steps(r, [z, X], r=r)[0] == "r1 = sum(x) [z1 z3 x1]"
    r = [X[0] + X[1], X[2] + X[3]]
    assert steps(r, [X], r=r) == ["r1 r2 = add(a0, a1) [x1 x3] [x2 x4]"]


def test_lists_are_reduced_in_their_order_by_their_first_elements():
    z = Z[:10]

    def of(*lists):
        roots = [logsumexp([z[k] for k in each]) for each in lists]
        return [text for text in steps([*roots, total(z)], [z], r=roots) if text.startswith("r")]

    assert of((2, 0), (1, 3)) == ["r2 = logsumexp(x) [z2 z4]", "r1 = logsumexp(x) take[z3 z1]"]
    assert of((1, 2), (0, 3)) == ["r2 = logsumexp(x) [z1 z4]", "r1 = logsumexp(x) [z2 z3]"]
    assert of((2, 3), (0, 1)) == ["r2 r1 = logsumexp(x) [z1 z2; z3 z4]"]
    assert of((0, 0, 0)) == ["r1 = logsumexp(x) take[z1 z1 z1]"]
    assert of((3, 4, 5)) == ["r1 = logsumexp(x) [z4 z5 z6]"]
    lists = [(k, k * k % 9) for k in (3, 2, 1, 6, 5, 4, 7, 8)]
    pairs = "z2 z2; z3 z5; z4 z1; z5 z8; z6 z8; z7 z1; z8 z5; z9 z2"
    assert of(*lists) == [f"r3 r2 r1 r6 r5 r4 r7 r8 = logsumexp(x) take[{pairs}]"]
    assert of(*lists[:7]) == [
        f"r{i} = logsumexp(x) {text}"
        for i, text in (
            (3, "take[z2 z2]"),
            (2, "[z3 z5]"),
            (1, "take[z4 z1]"),
            (6, "[z5 z8]"),
            (5, "[z6 z8]"),
            (4, "take[z7 z1]"),
            (7, "take[z8 z5]"),
        )
    ]


def test_lists_with_numbers_and_lists_of_one_element():
    r = [logsumexp([X[0], 1.0]), logsumexp([X[1], -0.5])]
    assert steps(r, [X[:2]], r=r) == ["r1 = logsumexp(x) take[x1 1]", "r2 = logsumexp(x) take[x2 -0.5]"]
    r = [logsumexp([X[k]]) for k in (1, 0)]
    (text,) = steps(r, [X[:2]], r=r)
    assert "sum" not in text
    assert text.startswith("r2 r1 = ")
    assert text.endswith(" [x1 x2]")
    r = [logsumexp([X[1]])]
    assert steps(r, [X[1:2]], r=r)[0].endswith(" [x2]")


def test_a_reduction_of_several_lists_would_step_aside():
    with pytest.raises(IrregularError):
        grouping._reduction(RULES["affine"])


# Products ------------------------------------------------------------------------------------------------------------


def test_rows_that_meet_the_same_columns_are_a_matrix():
    u = [dot(w, V[0]) for w in W]
    assert steps(u, [flat(W), V[0]], u=u) == ["u1 u2 = rk,k->r [w1 w2 w3; w4 w5 w6] [v1 v2 v3]"]
    u = [dot(w, v) for v in V for w in W]
    matrices = "[w1 w2 w3; w4 w5 w6] [v1 v2 v3; v4 v5 v6; v7 v8 v9; v10 v11 v12]"
    assert steps(u, [flat(W), flat(V)], u=u) == [f"u1 u2; u3 u4; u5 u6; u7 u8 = rk,ck->cr {matrices}"]
    u = [dot(w, v) for v in V[::-1] for w in W[::-1]]
    assert steps(u, [flat(W), flat(V)], u=u) == [f"u8 u7; u6 u5; u4 u3; u2 u1 = rk,ck->cr {matrices}"]
    u = [dot(w, v) for w in W for v in V]
    assert steps(u, [flat(W), flat(V)], u=u) == [f"u1 u2 u3 u4; u5 u6 u7 u8 = rk,ck->rc {matrices}"]
    u = [dot(W[0], v) for v in V]
    assert steps(u, [W[0], flat(V)], u=u) == ["u1 u2 u3 u4 = k,ck->c [w1 w2 w3] [v1 v2 v3; v4 v5 v6; v7 v8 v9; v10 v11 v12]"]
    u = [dot(W[0], W[1])]
    assert steps(u, [flat(W)], u=u) == ["u1 = k,k-> [w1 w2 w3] [w4 w5 w6]"]
    u = [dot(W[0], V[0]), dot(W[1], V[0]), dot(W[0], V[1])]
    assert steps(u, [flat(W), flat(V[:2])], u=u) == [
        "u1 u2 = rk,k->r [w1 w2 w3; w4 w5 w6] [v1 v2 v3]",
        "u3 = k,k-> [w1 w2 w3] [v4 v5 v6]",
    ]


@pytest.mark.parametrize(
    ("order_of", "across"),
    [
        ("00 01 10 11", False),
        ("00 10 01 11", True),
        ("01 00 10 11", False),  # as far from each other: the first node is between
        ("10 00 01 11", False),
        ("00 02 01 10 11 12", False),
        ("00 10 20 01 11 21", True),
        ("00 20 10 01 11 21", True),
        ("00 01 02 10 11 12", False),
        ("11 00 10 01", True),
        ("11 00 01 10", False),
    ],
)
def test_a_grid_goes_in_the_order_of_the_graph(order_of, across):
    """Through its rows, or across, whichever is nearer: the numbers are column and row."""
    cells = [tuple(map(int, each)) for each in order_of.split()]
    w, v = leaves("w", 9), leaves("v", 9)
    u = [affine(w[3 * r : 3 * r + 3], v[3 * c : 3 * c + 3], 0.0) for c, r in cells]
    named = {node: f"{c}{r}" for (c, r), node in zip(cells, u, strict=True)}
    inputs = [w[: 3 * max(r for _, r in cells) + 3], v[: 3 * max(c for c, _ in cells) + 3]]
    plan, nodes = planned(u, inputs)
    (step,) = plan.steps
    found = [[named[nodes[i]] for i in row] for row in step.made.nodes.tolist()]
    columns, rows = sorted({c for c, _ in cells}), sorted({r for _, r in cells})
    assert step.subscripts == ("rk", "ck", "rc" if across else "cr")
    assert found == ([[f"{c}{r}" for c in columns] for r in rows] if across else [[f"{c}{r}" for r in rows] for c in columns])


def test_products_that_share_nothing_go_in_pairs():
    u = [dot(W[0], V[0]), dot(W[1], V[1])]
    assert steps(u, [flat(W), flat(V[:2])], u=u) == ["u1 u2 = mk,mk->m [w1 w2 w3; w4 w5 w6] [v1 v2 v3; v4 v5 v6]"]
    u = [dot(W[1], V[0]), dot(W[0], V[1])]
    assert steps(u, [flat(W), flat(V[:2])], u=u) == ["u2 u1 = mk,mk->m [w1 w2 w3; w4 w5 w6] take[v4 v5 v6; v1 v2 v3]"]
    for count in (2, 3):  # two products each are formulas
        u = [dot(Z[2 * k : 2 * k + 2], A[2 * k : 2 * k + 2]) for k in range(count)]
        z = " ".join(f"z{2 * k + 1}" for k in range(count)), " ".join(f"z{2 * k + 2}" for k in range(count))
        a, others = (each.replace("z", "a") for each in z)
        assert steps(u, [Z[: 2 * count], A[: 2 * count]], u=u) == [
            f"{' '.join(f'u{k + 1}' for k in range(count))} = add(mul(a0, a1), mul(a2, a3)) [{z[0]}] [{a}] [{z[1]}] [{others}]"
        ]
    u = [dot(Z[:2], A[:2])]
    assert steps(u, [Z[:2], A[:2]], u=u) == ["u1 = k,k-> [z1 z2] [a1 a2]"]


def test_rows_go_in_the_order_of_their_first_weights():
    z = Z[:8]
    u = [dot((z[1], z[4], z[7]), X[:3]), dot((z[0], z[5], z[6]), X[:3])]
    assert steps(u, [z, X[:3]], u=u) == ["u2 u1 = rk,k->r take[z1 z6 z7; z2 z5 z8] [x1 x2 x3]"]
    u = [dot((z[1], z[4], z[7]), A[:3]), dot((z[0], z[5], z[6]), A[3:])]
    assert steps(u, [z, A], u=u) == ["u2 u1 = mk,mk->m take[z1 z6 z7; z2 z5 z8] take[a4 a5 a6; a1 a2 a3]"]
    u = [dot(w, x) for x in ((z[1], z[2], z[3]), (z[0], z[4], z[5])) for w in W]
    assert steps(u, [flat(W), z[:6]], u=u) == ["u3 u4; u1 u2 = rk,ck->cr [w1 w2 w3; w4 w5 w6] take[z1 z5 z6; z2 z3 z4]"]


def test_what_is_added_to_products_and_taken_from_them():
    u = [-dot(w, V[0]) for w in W]
    assert steps(u, [flat(W), V[0]], u=u) == ["u1 u2 = -rk,k->r [w1 w2 w3; w4 w5 w6] [v1 v2 v3]"]
    u = [-dot(W[0], V[0]) - Y[0], dot(W[1], V[0])]
    assert steps(u, [flat(W), V[0], Y[:1]], u=u) == [
        "u1 = -k,k-> [w1 w2 w3] [v1 v2 v3] - [y1]",
        "u2 = k,k-> [w4 w5 w6] [v1 v2 v3]",
    ]
    u = [dot(w, V[0]) + 0.5 * i - 1 for i, w in enumerate(W)]
    assert steps(u, [flat(W), V[0]], u=u) == ["u1 u2 = rk,k->r [w1 w2 w3; w4 w5 w6] [v1 v2 v3] + <-1 -0.5>"]
    u = [dot(w, V[0]) + Y[1 - i] - Z[i] + Y[2] - Z[2] for i, w in enumerate(W)]
    assert steps(u, [flat(W), V[0], Y, Z[:3]], u=u) == [
        "u1 u2 = rk,k->r [w1 w2 w3; w4 w5 w6] [v1 v2 v3] + take[y2 y1] + [y3 y3] - [z1 z2] - [z3 z3]"
    ]
    u = [dot(W[0], V[0]) + Y[1] + Y[0] + Y[2] - X[0]]
    assert steps(u, [W[0], V[0], Y, X[:1]], u=u) == ["u1 = k,k-> [w1 w2 w3] [v1 v2 v3] + [y1] + [y2] + [y3] - [x1]"]


def test_columns_are_what_comes_later():
    """Computed after given, given in the order of the inputs, and constants after all that is given."""
    t = [tanh(x) for x in X]
    r = [tanh(x) for x in t]
    constants = [0.5, 0.25, 0.75, 1.5]

    def of(left, right, inputs):
        u = [dot(left, right)]
        return steps(u, inputs, u=u, t=t, r=r)[-1]

    for one, other in ((t, constants), (constants, t)):
        assert of(one, other, [X]) == "u1 = k,k-> <0.5 0.25 0.75 1.5> [t1 t2 t3 t4]"
    for one, other in ((X, constants), (constants, X)):
        assert of(one, other, [X]) == "u1 = k,k-> [x1 x2 x3 x4] <0.5 0.25 0.75 1.5>"
    for one, other in ((r, t), (t, r)):
        assert of(one, other, [X]) == "u1 = k,k-> [t1 t2 t3 t4] [r1 r2 r3 r4]"
    for one, other in ((t, X), (X, t)):
        assert of(one, other, [X]) == "u1 = k,k-> [x1 x2 x3 x4] [t1 t2 t3 t4]"
    for one, other in ((C, B), (B, C)):
        assert of(one, other, [A, B, C][1:]) == "u1 = k,k-> [b1 b2 b3 b4 b5 b6] [c1 c2 c3 c4 c5 c6]"
    u = [dot([0.5, 0.25, 0.75], x[:3]) for x in (A, B, C)]
    plan, nodes = planned(u, [x[:3] for x in (A, B, C)])
    assert said(plan, nodes, u=u) == ["u1 u2 u3 = rk,k->r [a1 a2 a3; b1 b2 b3; c1 c2 c3] <0.5 0.25 0.75>"]


def test_of_one_array_the_columns_are_what_is_used_more():
    p = leaves("p", 10)
    u = [dot([X[0], X[1], X[2]], [X[3], X[3], X[0]])]
    assert steps(u, [X], u=u) == ["u1 = k,k-> take[x3 x1 x2] take[x1 x4 x4]"]
    u = [X[3] * X[1] + X[3] * X[2] + X[0] * X[2]]
    assert steps(u, [X], u=u) == ["u1 = k,k-> take[x1 x4 x2] take[x3 x3 x4]"]
    u = [p[1] * p[2] + p[3] * p[0]]  # if neither is, as they are written
    assert steps(u, [p[:4]], u=u) == ["u1 = k,k-> take[p4 p2] [p1 p3]"]
    u = [dot(w, v) for v in (p[1:3], p[:2]) for w in (p[4:6], p[6:8], p[8:])]
    assert steps(u, [p], u=u) == ["u4 u5 u6; u1 u2 u3 = rk,ck->cr [p5 p6; p7 p8; p9 p10] [p1 p2; p2 p3]"]
    u = [X[2] * X[0] + X[1] * X[0]]  # rows as they come, where all meet one column
    assert steps(u, [X[:3]], u=u) == ["u1 = k,k-> take[x3 x2] take[x1 x1]"]


def test_products_go_in_the_order_of_their_columns_and_if_these_are_numbers_of_their_rows():
    u = [X[2] * 0.5 + X[1] * 0.25]
    assert steps(u, [X[1:3]], u=u) == ["u1 = k,k-> [x2 x3] <0.25 0.5>"]
    u = [dot(w, x) for x in ([0.5, 0.25, 2.0], [0.1, 0.25, 0.5]) for w in W]
    assert steps(u, [flat(W)], u=u) == ["u1 u2; u3 u4 = rk,ck->cr [w1 w2 w3; w4 w5 w6] <0.5 0.25 2; 0.1 0.25 0.5>"]
    u = [dot(w, x) for x in ([0.5, 0.25, 2.0], [0.75, 0.25, 0.5], [0.1, 0.5, 0.25])[::-1] for w in W]
    numbers = "<0.1 0.5 0.25; 0.75 0.25 0.5; 0.5 0.25 2>"
    assert steps(u, [flat(W)], u=u) == [f"u1 u2; u3 u4; u5 u6 = rk,ck->cr [w1 w2 w3; w4 w5 w6] {numbers}"]


# Numbers and derivatives -----------------------------------------------------------------------------------------------


def test_a_plan_has_the_numbers_of_the_graph():
    """And each array differs from sample to sample if its nodes depend on an input that does."""
    for seed in range(60):
        case = Graph(seed).made()
        nodes = order(case.root if isinstance(case.root, list) else [case.root])
        groups = [group if isinstance(group, list) else [group] for group in case.inputs]
        varying = {x for group, rows in zip(groups, case.rows, strict=True) if rows for x in group}
        nodes += [x for x in dict.fromkeys(flat(groups)) if x not in set(nodes)]
        for node in nodes:
            if not varying.isdisjoint(node.parents):
                varying.add(node)
        try:
            plan = plan_of(program(case.root, inputs=case.inputs), case.rows)
        except IrregularError:
            continue
        check(plan, nodes)
        for array in plan.arrays:
            own = [nodes[i] for i in np.ravel(array.nodes) if 0 <= i < len(nodes)]
            assert {node in varying for node in own} <= {array.varies}, seed


def derivatives(step, operands, at, trees):
    """Yields a step's derivatives at one element of what it makes: as its form has them, and as differences."""
    values, functions, *lists = Run.arguments(step, operands, at)
    given = lists[0] if lists else {name: [x] for name, x in values.items()}

    def value_of(new):
        if lists:
            return evaluate(step.form.value, {}, functions, new)
        return evaluate(step.form.value, {name: x for name, (x,) in new.items()}, functions)

    v = value_of(given)
    for name, tree in zip(step.form.arguments, trees, strict=True):
        for k, x in enumerate(given[name]):
            there = [value_of({**given, name: [*given[name][:k], x + h, *given[name][k + 1 :]]}) for h in (1e-5, -1e-5)]
            found = evaluate(tree, {**(values or {name: x}), "v": v}, functions, *lists)
            yield found, (there[0] - there[1]) / 2e-5


def test_the_derivatives_of_each_form_are_those_of_its_formula():
    x, y = X[:3], Y
    pairs = list(zip(x, y, strict=True))
    roots = [hypot(a, b) for a, b in pairs] + [a / b for a, b in pairs] + [a / 3.0 for a in x] + [2.0 / a for a in x]
    roots += [a**2 for a in x] + [a**b for a, b in pairs] + [2.0**a for a in x] + [maximum(a, 0.1) for a in x]
    roots += [logsumexp([a, b]) for a, b in pairs] + [logsumexp([a]) for a in x] + [sqrt(a) for a in x] + [log(a) for a in x]
    roots += [relu(a) for a in x] + [total([*x, *y]), logsumexp(flat(pairs))]
    roots += [a * b - b * b + 2.0 - a for a, b in pairs] + [-a for a in x] + [3.0 - a * b + b for a, b in pairs]
    plan, nodes = planned(roots, [x, y])
    run = check(plan, nodes)
    several = [step for step in plan.steps if isinstance(step, Elementwise)]
    assert len(several) == 18
    for step in several:
        operands = [run.read(operand) for operand in step.operands]
        for at in np.ndindex(step.made.shape):
            for trees in (step.form.partials, step.form.shown):
                for found, expected in derivatives(step, operands, at, trees):
                    assert math.isclose(found, expected, rel_tol=1e-7, abs_tol=1e-9), (step.form, at)


# Stepping aside ------------------------------------------------------------------------------------------------------


def is_planned(roots, inputs, items=None):
    """Returns whether a graph of so many sums and operations is planned for its values."""
    p = program(roots, inputs=inputs)
    assert items is None or len(read(p).items) == items
    try:
        return bool(plan_of(p, (False,) * len(inputs), adjoints=False).steps)
    except IrregularError:
        return False


def test_numbers_alone_are_no_arrays():
    assert not is_planned([tanh(X[0]), X[1] * X[0]], [X[:2]])
    assert is_planned([tanh(X[0]), logsumexp(X)], [X])
    assert is_planned([tanh(x) for x in X], [X])
    assert is_planned([tanh(X[0]), dot(X[:2], X[2:])], [X])
    assert is_planned([dot(X[:2], X[2:])], [X])


def graph(alone=0, together=0, sums=0, *, width=8, products=8, sign=1, left=0):
    """Returns the roots and the inputs of a graph, and how many operations and sums it has.

    So many operations stand alone, one after another; others are in groups of a width; then there are long sums of products,
    each of the one before; and a group of two and as many as are left of it, which stand alone.
    """
    x, w, z, s = leaves("x", 8), leaves("w", 8), leaves("z", 9), leaves("s", 2)
    last = x[0]
    for _ in range(alone):
        last = tanh(last)
    roots = [last] if alone else []
    row = x[:width]
    for _ in range(together // width):
        row = [hypot(each, 0.5) for each in row]
    roots += row if together else []
    last = x[0]
    for _ in range(sums):
        last = affine(w[:products], [last] * products, 0.0)
        last = last if sign > 0 else -last
    roots += [last] if sums else []
    roots += [sqrt(each) for each in (*z[: left - 1], z[left], *s)] if left else []
    nodes = set(order(roots))
    inputs = [each for each in (x, w, z, s) if not nodes.isdisjoint(each)]
    return roots, inputs, alone + together + sums + (left + 2 if left else 0)


@pytest.mark.parametrize(
    ("numbers", "options", "enough"),
    [
        ((52, 48), {}, True),  # a hundred: few enough
        ((53, 48), {}, False),
        ((56, 56), {}, True),
        ((57, 56), {}, False),
        ((0, 104), {}, True),
        ((0, 105), {"width": 7}, False),
        ((51, 0, 51), {}, True),
        ((52, 0, 51), {}, False),
        ((51, 0, 51), {"products": 7}, False),
        ((51, 0, 51), {"sign": -1}, True),
        ((60, 32, 28), {}, True),
        ((61, 32, 28), {}, False),
    ],
)
def test_of_more_than_a_hundred_operations_half_are_together_or_long_sums(numbers, options, enough):
    assert is_planned(*graph(*numbers, **options)) is enough


@pytest.mark.parametrize(
    ("alone", "count", "few"), [(100, 199, True), (101, 202, True), (101, 201, False), (101, 210, True), (110, 201, False)]
)
def test_more_than_a_hundred_that_stand_alone_are_half_of_all_at_the_most(alone, count, few):
    """Seven of them are what is left of a group."""
    assert is_planned(*graph(alone - 7, 0, count - alone - 2, left=7)[:2], count) is few


@pytest.mark.parametrize(("count", "few"), [(1000, True), (1001, False)])
def test_as_many_elements_may_be_read_one_by_one_as_half_of_the_arguments_and_a_thousand_more(count, few):
    x = [Value(0.5, f"x{k}") for k in range(count + 1)]
    some = [x[0], *x[2:]]  # not in steps
    assert is_planned([hypot(a, b) for a, b in zip(some, reversed(some), strict=True)], [x]) is few


def test_a_deep_graph_is_not_read():
    """A layer of one neuron, again and again: its sums are long, but half of its operations stand alone."""
    w = leaves("w", 8)

    def deep(count):
        last = S
        for _ in range(count):
            last = tanh(affine(w, [last] * 8, 0.0))
        return last

    assert is_planned([deep(499)], [w, S], 998)
    assert not is_planned([deep(500)], [w, S], 1000)


def test_the_more_is_planned_the_more_pieces_may_be_put_together(monkeypatch):
    """A hundred, one for three operations that are planned, and one for fifty of all."""
    limits = []

    class Noted(Operands):
        most_pieces = property(lambda self: math.inf, lambda self, most: limits.append(most))

    monkeypatch.setattr(grouping, "Operands", Noted)
    w, x, y = [leaves("w", 2, 1), leaves("w", 2, 3)], leaves("x", 2), leaves("y", 3)
    t = [tanh(dot(row, x)) for row in w] + [sqrt(each) for each in y]
    p = program(logsumexp(t), inputs=[flat(w), x, y])
    plan_of(p, (False,) * 3)
    operations, items = len(p.instructions), len(read(p).items)
    assert (operations, items) == (12, 8)
    assert limits[0] == math.inf  # before anything is planned
    expected = [100 + operations * done / items / 3 + operations / 50 for done in (2, 5, 7, 8)]
    assert limits[1:] == pytest.approx(expected, rel=1e-12)
