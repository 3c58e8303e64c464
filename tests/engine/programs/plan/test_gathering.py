"""Gradients that steps hand on are added up at their elements: random views and places, in NumPy and without writing."""

import random
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
from arrays_of_plans import FunctionalNumPy
from chalkgrad.engine.programs.plan.array_lines import ArrayLines, offsets_of
from chalkgrad.engine.programs.plan.gathering import Gatherer, Given
from chalkgrad.engine.programs.plan.steps import Array, Take, View
from chalkgrad.engine.programs.text import UniqueNames

SAMPLES = 2
SHAPES = [(), (1,), (6,), (12,), (2, 3), (3, 4), (4, 1)]


class Gathered:
    """An array of the plan and what it is given, and what comes of it."""

    def __init__(self, seed, functional):
        self.random, self.functional = random.Random(seed), functional
        shape = self.random.choice(SHAPES)
        self.array = Array("a", shape, np.arange(prod(shape)), self.random.random() < 0.5)
        self.lead = (SAMPLES,) * self.array.varies
        self.rng = np.random.default_rng(seed)
        self.numbers = {"np": FunctionalNumPy(), "S": np.zeros((SAMPLES, 1)), "a": self.rng.normal(size=self.lead + shape)}
        self.sum = np.zeros((*self.lead, self.array.size))
        self.kept = {}
        self.given = [self.one(i) for i in range(self.random.randint(1, 5))]

    def operand(self):
        """A view without repeated elements, or places, which may be repeated."""
        size, kind = self.array.size, self.random.random()
        if kind < 0.25:
            axes = self.random.choice([(3,), (2, 2), (size,)])
            return Take(self.array, np.array([self.random.randrange(size) for _ in range(prod(axes))]).reshape(axes))
        if kind < 0.55:
            return View(self.array, 0, self.array.shape, strides(self.array.shape))
        while True:
            shape = tuple(self.random.randint(1, 4) for _ in range(self.random.choice([0, 1, 2, 2])))
            view = View(
                self.array, self.random.randrange(size), shape, tuple(self.random.randint(0, 4) * (n > 1) for n in shape)
            )
            where = offsets_of(view)
            if where.max() < size and len(np.unique(where)) == where.size:
                return view

    def one(self, i):
        operand = self.operand()
        where = offsets_of(operand)
        name, kind = f"g{i}", self.random.random()
        if kind < 0.15:
            value = float(self.random.choice([1.0, 2.0]))
            full = np.full(self.lead + where.shape, value)
            given = Given(operand, repr(value), narrow=True)
        elif kind < 0.3 and self.lead:
            self.numbers[name] = self.rng.normal(size=(1, *where.shape))
            full = np.broadcast_to(self.numbers[name], self.lead + where.shape)
            given = Given(operand, name, fresh=False, narrow=True)
        elif kind < 0.6 and where.ndim == 2 and not self.lead:
            left, right = self.rng.normal(size=(where.shape[0], 3)), self.rng.normal(size=(3, where.shape[1]))
            self.numbers |= {f"{name}_left": left, f"{name}_right": right}
            full = left @ right
            given = Given(operand, f"{name}_left @ {name}_right", (f"{name}_left", f"{name}_right"))
        else:
            self.numbers[name] = full = self.rng.normal(size=self.lead + where.shape)
            given = Given(operand, name, fresh=self.random.random() < 0.5)
        if not given.fresh:
            self.kept[name] = self.numbers[name].copy()
        for at in np.ndindex(self.lead):
            np.add.at(self.sum[at], where.ravel(), full[at].ravel())
        return given

    def run(self):
        """Returns the gradient that the lines compute, and the lines."""
        page = ArrayLines(SimpleNamespace(fresh=UniqueNames()), self.functional, "S")
        gatherer = Gatherer(page, "_grad")
        gradient = gatherer.gathered(self.array, self.given)
        source = gatherer.broadcast(self.array, gradient)
        lines = [*page.converted, *page.lines]
        numbers = self.numbers | page.constants
        exec("\n".join(lines), numbers)
        return eval(source, numbers), gradient, lines


def strides(shape):
    return tuple(0 if n == 1 else prod(shape[k + 1 :]) for k, n in enumerate(shape))


@pytest.mark.parametrize("functional", [False, True])
def test_what_an_array_is_given_is_added_up_at_its_elements(functional):
    for seed in range(800):
        case = Gathered(seed, functional)
        found, gradient, lines = case.run()
        wanted = case.sum.reshape(case.lead + case.array.shape)
        told = seed, [(each.operand, each.source) for each in case.given], lines
        assert found.shape == wanted.shape, told
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13, err_msg=str(told))
        assert gradient.number is None or (wanted == gradient.number).all(), told
        for name, before in case.kept.items():  # what is somebody else's array, too, is not written into
            assert np.array_equal(case.numbers[name], before), told
        if functional:
            assert not any("+=" in line or "] =" in line or "out=" in line for line in lines), told


def gathered(shape, *given, functional=True):
    """Returns the gradient of an array and its lines; each is given at a view's offset, shape and strides, or at places."""
    array = Array("a", shape, np.arange(prod(shape)), False)
    page = ArrayLines(SimpleNamespace(fresh=UniqueNames()), functional, "S")
    operands = [Take(array, np.array(at)) if isinstance(at, list) else View(array, *at) for at, _ in given]
    all_given = [
        Given(operand, source, narrow=source[0].isdigit()) for operand, (_, source) in zip(operands, given, strict=True)
    ]
    return Gatherer(page, "_grad").gathered(array, all_given), page.lines


@pytest.mark.parametrize("functional", [False, True])
@pytest.mark.parametrize(
    ("shape", "given", "number"),
    [
        ((4,), [((0, (2,), (2,)), "2.0"), ((1, (2,), (2,)), "2.0")], 2.0),
        ((4,), [([3, 2, 1, 0, 0, 1, 2, 3], "3.0")], 6.0),
        ((1,), [([0], "3.0")], 3.0),
        ((4,), [([0, 1, 2], "3.0")], None),
        ((4,), [((0, (2,), (2,)), "2.0"), ((1, (2,), (2,)), "1.0")], None),
    ],
)
def test_one_number_for_all_elements_stays_a_number(shape, given, number, functional):
    gradient, lines = gathered(shape, *given, functional=functional)
    assert gradient.number == number
    assert gradient.narrow == (number is not None)
    assert bool(lines) == (number is None)


@pytest.mark.parametrize(
    ("shape", "given", "source"),
    [
        ((2, 3), [((0, (3, 2), (1, 3)), "g")], "g.swapaxes(-1, -2).reshape(6).reshape(2, 3)"),
        ((2, 3), [((0, (2, 2), (1, 3)), "g")],
         "np.concatenate((g.swapaxes(-1, -2), np.zeros((2, 1))), -1).reshape(6).reshape(2, 3)"),
        ((9,), [((0, (3,), (1,)), "x"), ((6, (3,), (1,)), "y"), ((3, (2,), (1,)), "z")],
         "np.concatenate((x, z, np.zeros((1,)), y), -1)"),
    ],
)  # fmt: skip
def test_views_side_by_side_are_concatenated_in_their_order(shape, given, source):
    assert gathered(shape, *given)[1] == [f"a_grad = {source}"]
