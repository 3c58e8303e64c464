"""Plans that are put together by hand, step by step, are written as source with their numbers, and as one would write it."""

import random
from collections.abc import Callable
from math import prod
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from arrays_of_plans import FunctionalNumPy, elements
from chalkgrad.engine.formulas.trees import Argument, Call, Constant, Fold
from chalkgrad.engine.programs.groups import LeafGroup
from chalkgrad.engine.programs.plan.operands import add
from chalkgrad.engine.programs.plan.steps import (
    Array,
    Constants,
    Elementwise,
    Form,
    Join,
    MatrixPlan,
    Product,
    Take,
    View,
    contiguous,
)
from chalkgrad.engine.programs.plan.writer import ArraySource
from chalkgrad.engine.rules import RULES

SAMPLES = 2


# Formulas, and what they are in NumPy ----------------------------------------------------------------------------------


class Kind(NamedTuple):
    """A form; its value and the list of its derivatives, computed from numbers."""

    form: Form
    value: Callable[..., Any]
    partials: Callable[..., Any]


def of_rule(name, value, partials):
    rule = RULES[name]
    return Kind(Form(rule.value, rule.on_arrays, rule.arguments, rule.shown), value, partials)


X, Y, Z, V = map(Argument, "xyzv")
ONE, TWO = Constant(1.0), Constant(2.0)


def form(value, *partials, folds=False):
    return Form(value, partials, tuple("xyz"[: len(partials)]), partials, folds)


def exp(x):
    return Call("exp", x)


EXP = of_rule("exp", np.exp, lambda x: [np.exp(x)])
OF_ITSELF = Kind(form(exp(X), exp(X)), *EXP[1:])
MUL = of_rule("mul", lambda x, y: x * y, lambda x, y: [y, x])
SUB = of_rule("sub", lambda x, y: x - y, lambda x, y: [1.0, -1.0])
NEGATED = Kind(form(-(X * Y), -Y, -X), lambda x, y: -x * y, lambda x, y: [-y, -x])
ADDED = Kind(form(X + Y + Z, ONE, ONE, ONE), lambda x, y, z: x + y + z, lambda *_: [1.0] * 3)
KINDS = [
    EXP,
    OF_ITSELF,
    MUL,
    SUB,
    NEGATED,
    of_rule("tanh", np.tanh, lambda x: [1 - np.tanh(x) ** 2]),
    of_rule("relu", lambda x: max(x, 0.0), lambda x: [float(x > 0)]),
    of_rule("sigmoid", lambda x: 1 / (1 + np.exp(-x)), lambda x: [np.exp(-x) / (1 + np.exp(-x)) ** 2]),
    of_rule("maximum", max, lambda x, y: [float(x > y), float(y > x)] if x != y else [0.5, 0.5]),
    Kind(form(Constant(-2.0) * X, Constant(-2.0)), lambda x: -2 * x, lambda x: [-2.0]),
    Kind(form(X, ONE), lambda x: x, lambda x: [1.0]),
    Kind(form(X + Y * Z, ONE, Z, Y), lambda x, y, z: x + y * z, lambda x, y, z: [1.0, z, y]),
    Kind(form(TWO + X, ONE), lambda x: 2 + x, lambda x: [1.0]),
    Kind(form(ONE, Constant(0.0), Constant(0.0)), lambda x, y: 1.0, lambda x, y: [0.0, 0.0]),
    Kind(form(X * (Y - Y) + Y, Y - Y, X - X + ONE), lambda x, y: y, lambda x, y: [0.0, 1.0]),
]
SUM = Kind(form(Fold("sum", X), ONE, folds=True), np.sum, np.ones_like)
LOG_SUM = form(Call("log", Fold("sum", exp(X))), exp(X - V), folds=True)
SQUARES = form(Fold("sum", X * X), TWO * X, folds=True)
BY_VALUE = form(Call("tanh", Fold("sum", X)), ONE - V * V, folds=True)
FOLDS = [
    SUM,
    Kind(LOG_SUM, lambda x: np.log(np.exp(x).sum()), lambda x: np.exp(x) / np.exp(x).sum()),
    Kind(SQUARES, lambda x: (x * x).sum(), lambda x: 2 * x),
    Kind(BY_VALUE, lambda x: np.tanh(x.sum()), lambda x: np.full(x.shape, 1 - np.tanh(x.sum()) ** 2)),
]
PRODUCTS = [
    ("k", "k", ""),
    ("rk", "k", "r"),
    ("k", "ck", "c"),
    ("rk", "ck", "rc"),
    ("rk", "ck", "cr"),
    ("mk", "mk", "m"),
]


# Plans -----------------------------------------------------------------------------------------------------------------


class Plan:
    """A plan that grows, and a program for it that says no more than a writer asks."""

    def __init__(self):
        self.plan = MatrixPlan([], place=np.full(4000, -1))
        self.labels: list[str] = []
        self.groups: list[LeafGroup] = []
        self.batched: list[bool] = []
        self.kinds: dict[Any, Kind] = {}

    def nodes(self, shape, labels=()):
        first, n = len(self.labels), prod(shape)
        self.labels += [*labels] or [""] * n
        return np.arange(first, first + n).reshape(shape)

    def array(self, shape, varies, labels=()):
        made = Array("", shape, self.nodes(shape, labels), varies)
        add(self.plan, made)
        return made

    def input(self, name, n, varies=False):
        """Adds a list of leaves."""
        made = self.array((n,), varies, [f"{name}{i}" for i in range(1, n + 1)])
        self.plan.inputs.append(made)
        self.groups.append(LeafGroup(name, tuple(made.nodes.tolist()), False))
        self.batched.append(varies)
        return made

    def numbers(self, names, varies=False):
        """Adds inputs of one number each, which share an array."""
        made = self.array((len(names),) if len(names) > 1 else (), varies, names)
        for name, node in zip(names, made.nodes.flat, strict=True):
            self.plan.inputs.append(made)
            self.groups.append(LeafGroup(name, (int(node),), True))
            self.batched.append(varies)
        return made

    def step(self, make, shape, operands, labels=()):
        made = self.array(shape, any(isinstance(x, (View, Take)) and x.array.varies for x in operands), labels)
        step = make(made)
        self.plan.steps.append(step)
        return step

    def elementwise(self, kind, shape, *operands, labels=()):
        step = self.step(lambda made: Elementwise(made, kind.form, operands), shape, operands, labels)
        self.kinds[step] = kind
        return step.made

    def product(self, subscripts, rows, columns, negative=False, plus=(), minus=(), constant=None, labels=()):
        x, y, out = subscripts
        sizes = {**dict(zip(x, rows.shape, strict=True)), **dict(zip(y, columns.shape, strict=True))}
        shape = tuple(sizes[axis] for axis in out)
        operands = [rows, columns, *plus, *minus]
        return self.step(
            lambda made: Product(made, subscripts, rows, columns, negative, plus, minus, constant), shape, operands, labels
        ).made

    def join(self, *pieces):
        n = sum(prod(piece.shape) for piece in pieces)
        varies = any(isinstance(x, (View, Take)) and x.array.varies for x in pieces)
        made = Array("", (n,), np.full(n, -1), varies)
        add(self.plan, made)
        self.plan.steps.append(Join(made, pieces))
        return made

    def program(self, roots, constants=(), wrt=None, frozen=()):
        """Returns the program whose roots are elements of arrays, or of `constants`."""
        nodes = [root if isinstance(root, int) else int(root[0].nodes.flat[root[1]]) for root in roots]
        wrt = self.groups if wrt is None else wrt
        return SimpleNamespace(
            inputs=self.groups,
            wrt=wrt,
            roots=nodes,
            single_root=len(nodes) == 1,
            constants=dict(constants),
            names=[label or f"v{i}" for i, label in enumerate(self.labels)],
            labels=self.labels,
            wanted=frozenset(i for group in wrt for i in group.members) - {*frozen},
        )

    def text(self, program, **options):
        return ArraySource(self.plan, program, self.batched, **options).write(imports=False)


def whole(array):
    return View(array, 0, array.shape, contiguous(array.shape))


# The oracle ------------------------------------------------------------------------------------------------------------


def read(values, x, shape):
    """An operand's numbers, in a shape."""
    if isinstance(x, Constants):
        return np.broadcast_to(x.values, shape)
    return values[x.array][elements(x)]


def terms_of(step):
    """The operands of a product's other terms with their signs."""
    return [*[(x, 1.0) for x in step.plus], *[(x, -1.0) for x in step.minus]]


def forward(plan, values, kinds):
    """Adds to the values of the inputs, flat arrays, those of all others."""
    for step in plan.steps:
        shape = step.made.shape
        if isinstance(step, Join):
            made = np.concatenate([np.atleast_1d(read(values, x, x.shape)) for x in step.pieces])
        elif isinstance(step, Product):
            x, y, out = step.subscripts
            sides = read(values, step.rows, step.rows.shape), read(values, step.columns, step.columns.shape)
            made = np.einsum(f"{x},{y}->{out}", *sides) * (-1 if step.negative else 1)
            made = made + sum(sign * read(values, term, shape) for term, sign in terms_of(step))
            made = made + (0 if step.constant is None else read(values, step.constant, shape))
        elif step.form.folds:
            numbers = read(values, step.operands[0], step.operands[0].shape)
            made = np.array([kinds[step].value(row) for row in numbers.reshape(-1, numbers.shape[-1])])
        else:
            given = [np.ravel(read(values, x, shape)) for x in step.operands]
            made = np.array([kinds[step].value(*each) for each in zip(*given, strict=True)])
        values[step.made] = np.ravel(made)


def backward(plan, values, kinds, root):
    """Returns the gradient of every array, flat, of an element of one."""
    grads = {array: np.zeros(array.size) for array in plan.arrays}
    if root is not None:
        grads[root[0]][root[1]] = 1.0

    def hand(x, contribution):
        if not isinstance(x, Constants):
            np.add.at(grads[x.array], elements(x).ravel(), np.ravel(contribution))

    for step in reversed(plan.steps):
        shape = step.made.shape
        grad = grads[step.made].reshape(shape)
        if isinstance(step, Join):
            start = 0
            for x in step.pieces:
                n = prod(x.shape)
                hand(x, grad[start : start + n])
                start += n
        elif isinstance(step, Product):
            x, y, out = step.subscripts
            rows, columns = read(values, step.rows, step.rows.shape), read(values, step.columns, step.columns.shape)
            sign = -1.0 if step.negative else 1.0
            hand(step.rows, sign * np.einsum(f"{out},{y}->{x}", grad, columns))
            hand(step.columns, sign * np.einsum(f"{out},{x}->{y}", grad, rows))
            for term, own in terms_of(step):
                hand(term, own * grad)
        elif step.form.folds:
            numbers = read(values, step.operands[0], step.operands[0].shape)
            each = [kinds[step].partials(row) for row in numbers.reshape(-1, numbers.shape[-1])]
            hand(step.operands[0], grad[..., None] * np.array(each).reshape(numbers.shape))
        else:
            given = [np.ravel(read(values, x, shape)) for x in step.operands]
            for i, x in enumerate(step.operands):
                hand(x, np.ravel(grad) * np.array([kinds[step].partials(*each)[i] for each in zip(*given, strict=True)]))
    return grads


def at(plan, node):
    """The array that has a node, and its offset there."""
    return next((array, int(np.flatnonzero(array.nodes.ravel() == node)[0])) for array in plan.arrays if node in array.nodes)


def expected(own, program, given):
    """The values of the roots and the gradients by wrt, from each sample by itself."""
    plan, some = own.plan, any(own.batched)
    values, gradients = [], []
    for sample in range(SAMPLES if some else 1):
        known = {}
        for array, group, rows, x in zip(plan.inputs, own.groups, own.batched, given, strict=True):
            row = x[sample] if rows else x
            known.setdefault(array, np.zeros(array.size))
            for node, number in zip(group.members, np.ravel(row), strict=True):
                known[array][np.flatnonzero(array.nodes.ravel() == node)] = number
        forward(plan, known, own.kinds)
        values.append([program.constants.get(root) if root in program.constants else known[at(plan, root)[0]][at(plan, root)[1]]
                       for root in program.roots])  # fmt: skip
        of_roots = []
        for root in program.roots:
            grads = backward(plan, known, own.kinds, None if root in program.constants else at(plan, root))
            flat = {int(node): grad for array in plan.arrays for node, grad in zip(array.nodes.flat, grads[array], strict=True)}
            wanted = [np.array([flat[i] if i in program.wanted else 0.0 for i in group.members]) for group in program.wrt]
            of_roots.append([x[0] if group.single else x for x, group in zip(wanted, program.wrt, strict=True)])
        gradients.append(of_roots)
    varying = {i for group, rows in zip(own.groups, own.batched, strict=True) if rows for i in group.members}
    returned = [np.array(each) if some else each[0] for each in zip(*values, strict=True)]
    by_root = []
    for number in range(len(program.roots)):
        each = [np.array([sample[number][k] for sample in gradients]) for k in range(len(program.wrt))]
        by_root.append([x if group.members[0] in varying else x.sum(0) for x, group in zip(each, program.wrt, strict=True)])
    return returned, by_root


def as_tuple(x, single):
    return (x,) if single else x


def check(own, program, given, told=None, adjoints=True, functional=False):
    """Runs the source of a plan against the oracle; returns the source."""
    source = ArraySource(own.plan, program, own.batched, adjoints, functional)
    text = source.write(imports=False)
    scope = {"np": FunctionalNumPy(), **source.constants}
    exec(text, scope)
    before = [np.array(x) for x in given]
    found = scope["program"](*given)
    told = f"{told}\n{text}\n{source.constants}"
    for x, y in zip(given, before, strict=True):
        assert np.array_equal(x, y), told
    values, gradients = expected(own, program, given)
    returned = as_tuple(found[0] if adjoints else found, program.single_root)
    for x, y in zip(returned, values, strict=True):
        assert np.shape(x) == np.shape(y), told
        np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-11, err_msg=told)
    if adjoints:
        of_roots = as_tuple(found[1], program.single_root)
        for by_root, wanted in zip(of_roots, gradients, strict=True):
            for x, y in zip(by_root, wanted, strict=True):
                assert np.shape(x) == np.shape(y), told
                np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-11, err_msg=told)
                assert not any(x is constant for constant in source.constants.values()), told  # the caller may write into it
    return text


# Random plans ----------------------------------------------------------------------------------------------------------


class Grown(Plan):
    """A plan of random steps."""

    def __init__(self, seed):
        super().__init__()
        self.random, self.rng = random.Random(seed), np.random.default_rng(seed)
        some = self.random.random() < 0.6
        for k in range(self.random.randint(1, 3)):
            self.input(f"{'abc'[k]}", self.random.choice([1, 2, 4, 6]), some and self.random.random() < 0.5)
        if self.random.random() < 0.5:
            self.numbers([f"s{i}" for i in range(self.random.randint(1, 3))], some and self.random.random() < 0.5)
        for _ in range(self.random.randint(1, 6)):
            self.random.choice(
                [self.some_elements] * 4 + [self.some_list, self.some_list, self.some_join] + [self.some_product] * 4
            )()

    def pick(self):
        return self.random.choice(self.plan.arrays[-3:] if self.random.random() < 0.7 else self.plan.arrays)

    def numbers_of(self, shape):
        if self.random.random() < 0.5 or not shape:
            return Constants(float(self.random.choice([1.0, -0.5, 2.0])))
        return Constants(self.rng.normal(size=shape))

    def operand(self, shape, repeats=True, constants=0.2):
        """A view, places or numbers in a shape."""
        kind = self.random.random()
        if kind < constants:
            found = self.numbers_of(shape)
            return found if repeats or found.shape else Constants(np.full(shape, found.values))
        array = self.pick()
        if kind < 0.75 and array.shape == shape and shape:
            return whole(array)
        for _ in range(20 if kind < 0.9 else 0):
            strides = [self.random.choice([0, 1, 1, *shape[-1:], 2] if repeats else [1, 1, *shape[-1:], 2]) for _ in shape]
            view = View(array, self.random.choice([0, 0, self.random.randrange(array.size)]), shape, tuple(strides))
            where = elements(view)
            alone = where[tuple(slice(None) if s else 0 for s in strides)]
            if where.max() < array.size and len(np.unique(alone)) == alone.size:
                return view
        if not shape:
            return View(array, self.random.randrange(array.size), (), ())
        return Take(array, np.array([self.random.randrange(array.size) for _ in range(prod(shape))]).reshape(shape))

    def some_elements(self):
        kind = self.random.choice(KINDS)
        shape = self.random.choice([(), (2,), (4,), (4,), (2, 3), (3, 2)])
        operands = [self.operand(shape) for _ in kind.form.arguments]
        if all(isinstance(x, Constants) for x in operands):
            return
        self.elementwise(kind, shape, *operands)

    def some_list(self):
        shape = self.random.choice([(), (), (2,), (3,)])
        operand = self.operand((*shape, self.random.choice([2, 3])), False, 0.0)
        self.elementwise(self.random.choice(FOLDS), shape, operand)

    def some_join(self):
        pieces = []
        for _ in range(self.random.randint(2, 4)):
            array, kind = self.pick(), self.random.random()
            if kind < 0.15:
                pieces.append(Constants(0.5))
            elif kind < 0.3:
                pieces.append(Constants(np.array([0.5, -1.5])))
            elif kind < 0.5:
                pieces.append(View(array, self.random.randrange(array.size), (1,), (0,)))
            else:
                n = self.random.randint(1, array.size)
                pieces.append(View(array, self.random.randint(0, array.size - n), (n,), contiguous((n,))))
        if not all(isinstance(x, Constants) for x in pieces):
            self.join(*pieces)

    def some_product(self):
        subscripts = x, y, out = self.random.choice(PRODUCTS)
        sizes = {"k": self.random.choice([2, 3]), "r": self.random.choice([2, 3]), "c": 2, "m": 3}
        rows = self.operand(tuple(sizes[axis] for axis in x), False)
        columns = self.operand(tuple(sizes[axis] for axis in y), False)
        if x == y and self.random.random() < 0.3:
            columns = rows
        if isinstance(rows, Constants) and isinstance(columns, Constants):
            return
        shape = tuple(sizes[axis] for axis in out)
        plus, minus = ([self.operand(shape, True, 0.0) for _ in range(self.random.choice([0, 0, 1, 2]))] for _ in "+-")
        constant = self.numbers_of(shape) if self.random.random() < 0.3 else None
        self.product(subscripts, rows, columns, self.random.random() < 0.3, plus, minus, constant)

    def asked(self):
        """Returns the program of one or two roots, by all inputs or by some of their leaves, of which some may be frozen."""
        computed = [array for array in self.plan.arrays if array.nodes.flat[0] >= 0]
        made = [array for array in computed if array not in self.plan.inputs] or computed
        roots, constants = [], {}
        for _ in range(self.random.choice([1, 1, 2])):
            array = self.random.choice(made[-2:] if self.random.random() < 0.8 else computed)
            roots.append((array, self.random.randrange(array.size)))
        if self.random.random() < 0.15:
            number = int(self.nodes(())[()])
            roots.insert(self.random.randint(0, 1), number)
            constants[number] = self.random.choice([0.5, -2.0])
        wrt = None
        if self.random.random() < 0.4:
            wrt = []
            for group in self.random.sample(self.groups, self.random.randint(1, len(self.groups))):
                part = self.random.sample(group.members, self.random.randint(1, len(group.members)))
                single = group.single or (len(part) == 1 and self.random.random() < 0.5)
                wrt.append(group if self.random.random() < 0.5 else LeafGroup("", tuple(part), single))
        leaves = [i for group in self.groups for i in group.members]
        frozen = [i for i in leaves if self.random.random() < 0.5] if self.random.random() < 0.2 else []
        if self.random.random() < 0.1:
            frozen = [*self.groups[0].members, *frozen]
        return self.program(roots, constants, wrt, frozen)

    def given(self):
        lead = {True: (SAMPLES,), False: ()}
        sizes = [() if group.single else (len(group.members),) for group in self.groups]
        return [self.rng.normal(size=lead[rows] + size) for rows, size in zip(self.batched, sizes, strict=True)]


@pytest.mark.parametrize("functional", [False, True])
def test_the_source_of_a_random_plan_has_the_numbers_of_its_steps(functional):
    for seed in range(200):
        own = Grown(seed)
        program, given = own.asked(), own.given()
        check(own, program, given, seed, adjoints=seed % 5 > 0, functional=functional)


# As one would write them -------------------------------------------------------------------------------------------------


def summed(kind, *others):
    """A formula of each of three leaves, and perhaps of others, and the sum of all."""
    own = Plan()
    a = own.input("a", 3)
    made = own.elementwise(kind, (3,), whole(a), *others)
    return own, (own.elementwise(SUM, (), whole(made)), 0)


def of_two_elements(kind):
    """What is the same three times, because it is read of two elements."""
    own = Plan()
    a = own.input("a", 3)
    return own, (own.elementwise(kind, (3,), View(a, 0, (3,), (0,)), View(a, 1, (3,), (0,))), 0)


def layers():
    """Three layers that read a matrix and a list as they are, or parts of them, the list as rows, as columns and as biases."""
    own = Plan()
    w, b = own.input("w", 6), own.input("b", 3)
    W = View(w, 0, (2, 3), (3, 1))
    u = [
        own.product(("k", "ck", "c"), whole(b), W, plus=[View(b, 0, (2,), (1,))]),
        own.product(("rk", "k", "r"), W, whole(b), plus=[View(b, 1, (2,), (1,))]),
        own.product(("rk", "k", "r"), View(w, 0, (2, 2), (2, 1)), View(b, 0, (2,), (2,))),
    ]
    return own, (own.elementwise(ADDED, (2,), *map(whole, u)), 1)


TEXTS = {
    "a derivative that is the value is the array of it": (
        lambda: summed(EXP),
        """\
v1 = np.exp(a)
v2 = v1.sum(-1)
# backward pass
# ∂v2/∂v2 = 1
return v2, (v1,)""",
    ),
    "and what is known to be the value is, too": (
        lambda: summed(OF_ITSELF),
        """\
a_exp = np.exp(a)
v1 = a_exp
v2 = v1.sum(-1)
# backward pass
# ∂v2/∂v2 = 1
return v2, (v1,)""",
    ),
    "a derivative of numbers is a number": (
        lambda: summed(NEGATED, Constants(-0.5)),
        """\
v1 = -(a * -0.5)
v2 = v1.sum(-1)
# backward pass
# ∂v2/∂v2 = 1
a_grad = np.full((3,), 0.5)
return v2, (a_grad,)""",
    ),
    "a product stands in a sum without parentheses": (
        lambda: of_two_elements(MUL),
        """\
v1 = a[0] * a[1] + np.zeros((3,))
# backward pass
v1_grad = np.zeros_like(v1) + k
a_grad = np.zeros_like(a)
a_grad[0] = (v1_grad * a[1]).sum(0)
a_grad[1] = (v1_grad * a[0]).sum(0)
return v1[0], (a_grad,)""",
    ),
    "and a difference with them": (
        lambda: of_two_elements(SUB),
        """\
v1 = (a[0] - a[1]) + np.zeros((3,))
# backward pass
v1_grad = np.zeros_like(v1) + k
a_grad = np.zeros_like(a)
a_grad[0] = v1_grad.sum(0)
a_grad[1] = (-v1_grad).sum(0)
return v1[0], (a_grad,)""",
    ),
    "what is read as it is takes no name": (
        layers,
        """\
w0 = w.reshape(2, 3)
b1 = b[0:2]
u1 = w0 @ b + b1
b2 = b[1:3]
u2 = w0 @ b + b2
W3 = w[0:4].reshape(2, 2)
b_part1 = b[0:3:2]
u3 = W3 @ b_part1
z1 = u1 + u2 + u3
# backward pass
z1_grad = np.zeros_like(z1) + k
w_grad = (z1_grad[:, None] * b).reshape(6) + (z1_grad[:, None] * b).reshape(6)
W3_grad = w_grad[0:4].reshape(2, 2)
W3_grad += z1_grad[:, None] * b_part1
b_grad = z1_grad @ w0 + z1_grad @ w0
b_grad[0:3:2] += z1_grad @ W3
b_grad[1:3] += z1_grad
b_grad[0:2] += z1_grad
return z1[1], (w_grad, b_grad)""",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_plans_are_written_as_one_would(name):
    make, text = TEXTS[name]
    own, root = make()
    rng = np.random.default_rng(3)
    found = check(own, own.program([root]), [rng.normal(size=len(group.members)) for group in own.groups], name)
    first, second, *lines = found.splitlines()
    assert (first[:12], second) == ("def program(", "    # forward pass")
    assert "\n".join(lines) == "\n".join(["    " + line for line in text.splitlines()])


# What a source says of itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("varies", "line"), [(False, "v1 = np.full((3,), 1.0)"), (True, "v1 = 1.0 + np.zeros((a.shape[0], 3))")]
)
def test_what_is_the_same_number_whatever_is_read_is_an_array_with_all_axes(varies, line):
    own = Plan()
    a = own.input("a", 3, varies)
    made = own.elementwise(Kind(form(ONE, ONE - ONE), lambda x: 1.0, lambda x: [0.0]), (3,), whole(a))
    program = own.program([(own.elementwise(MUL, (3,), whole(made), whole(a)), 1)])
    text = check(own, program, [np.array([[2.0, 3.0, 4.0], [5.0, 6.0, 7.0]])[: 1 + varies].squeeze()])
    assert line in text.replace("    ", "").splitlines()


def scaled():
    """Two samples of two numbers, times constants, and the sum of each."""
    own = Plan()
    x, c = own.input("x", 2, True), own.input("c", 2)
    u = own.product(("rk", "k", "r"), Constants(np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])), whole(x))
    v = own.elementwise(SUM, (), View(c, 0, (2,), (1,)))
    made = own.elementwise(
        Kind(form(X + Y, ONE, ONE), lambda x, y: x + y, lambda *_: [1.0, 1.0]), (3,), whole(u), View(v, 0, (3,), (0,))
    )
    total = own.elementwise(SUM, (), whole(made))
    return own, own.program([(total, 0)]), u


def test_a_source_with_its_imports_needs_nothing_else_and_writes_into_its_own_arrays():
    own, program, _ = scaled()
    source = ArraySource(own.plan, program, own.batched)
    text = source.write()
    assert text.startswith(
        "import numpy as np\n\n\nk = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).reshape(3, 2)\n\n\ndef program("
    )
    assert not source.page.functional
    scope: dict[str, Any] = {}
    exec(text, scope)
    value, (x_grad, c_grad) = scope["program"](np.array([[1.0, 10.0], [0.0, 1.0]]), np.array([100.0, 0.5]))
    assert value.tolist() == [9 + 120 + 301.5, 12 + 301.5]
    assert x_grad.tolist() == [[9.0, 12.0]] * 2
    assert c_grad.tolist() == [6.0, 6.0]


def test_a_source_without_gradients_returns_the_value_alone():
    own, program, _ = scaled()
    text = ArraySource(own.plan, program, own.batched, adjoints=False).write(imports=False)
    assert text.startswith("def program(x, c):\n")
    assert text.endswith("    v2 = z1.sum(-1)\n    return v2")


def test_a_source_tells_its_sums_of_products_and_how_many_numbers_a_sample_has():
    own, program, u = scaled()
    source = ArraySource(own.plan, program, own.batched)
    assert source.products() == [u]
    assert source.width == 2 + 3 + 3 + 1
    source.write()
    assert [x.tolist() for x in source.constants.values()] == [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]
