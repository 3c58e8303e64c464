"""Programs as machine code against the eager engine: every operation, every way to lay a graph out, any number of samples."""

import math
import os
import random
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from chalkgrad.engine import (
    NonFiniteError,
    Value,
    affine,
    logsumexp,
    maximum,
    nonfinite,
    operation,
    program,
    relu,
    sin,
    total,
)
from chalkgrad.engine.programs.llvm import compiler, kernels, machine
from chalkgrad.engine.programs.llvm.dense_rows import Matrix, Product, padded, weight_rows
from chalkgrad.engine.programs.llvm.kernel_tables import KernelTables
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from chalkgrad.nn import MLP
from compared import compare, flat, of_operation, points
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from processes import python
from random_programs import programs, run

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")

COUNTS = (1, 3, 8, 9, 17, 33, 70)  # samples: less than a vector, one, several vectors, several tiles and a rest


def eager(root, inputs, numbers):
    """The value of a graph and the gradients by its inputs, as the graph itself computes them."""
    with nonfinite("propagate"):
        for leaf, x in zip(inputs, numbers, strict=True):
            leaf.data, leaf.grad = float(x), None
        root.forward()
        root.backward()
        return root.data, [leaf.grad for leaf in inputs]


def check(root, shared, each, rows, tolerance=1e-12, **options):
    """Asserts that a program agrees with the graph, over a batch, the gradients by `shared` being sums, and for one sample."""
    inputs = [group for group in (shared, each) if group]
    f = program(root, inputs=inputs).compile("llvm", **options)
    numbers = [np.array([leaf.data for leaf in shared]), np.array(rows, dtype=float)]
    values, adjoints = f(*(x for x, group in zip(numbers, (shared, each), strict=True) if group))
    found = [eager(root, [*shared, *each], [*numbers[0], *row]) for row in rows]
    assert values == pytest.approx([value for value, _ in found], rel=tolerance, abs=tolerance)
    slopes = np.array([slopes for _, slopes in found])
    assert adjoints[-1] == pytest.approx(slopes[:, len(shared) :], rel=tolerance, abs=tolerance)
    if shared:
        assert adjoints[0] == pytest.approx(slopes[:, : len(shared)].sum(axis=0), rel=tolerance, abs=tolerance * len(rows))
    arguments = [x for x in (numbers[0], numbers[1][0]) if len(x)]
    value, alone = f(*arguments)
    assert isinstance(value, float)
    assert value == pytest.approx(found[0][0], rel=tolerance, abs=tolerance)
    assert np.concatenate(alone) == pytest.approx(slopes[0], rel=tolerance, abs=tolerance)


def rows(count, width, seed=0):
    draw = random.Random(seed)
    return [[draw.uniform(-2, 2) for _ in range(width)] for _ in range(count)]


def leaves(name, count, seed=1):
    draw = random.Random(seed)
    return [Value(draw.uniform(-1, 1), f"{name}{i}") for i in range(1, count + 1)]


# Every operation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_every_operation_is_within_4_ulp_of_recording_in_lanes_and_alone(name):
    for count, some in points(name).items():
        f = of_operation(name, count).compile("llvm")
        values, (adjoints,) = f(np.array(some))
        compare(name, zip(some, np.column_stack([values, adjoints]).tolist(), strict=True))
        compare(name, [(point, flat(f(point))) for point in some[::7]])


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if len(rule.arguments) == 2 and not rule.lists])
@pytest.mark.parametrize("constant", [2.0, -1.0, 0.5, 0.0, 1.0, 3.0])
@pytest.mark.parametrize("slot", [0, 1])
def test_a_number_among_the_arguments_is_as_in_recording(name, constant, slot):
    x = Value(0.7, "x")
    with nonfinite("propagate"):
        y = FUNCTIONS[name](*((constant, x) if slot == 0 else (x, constant)))
    f = program(y, inputs=[x]).compile("llvm")
    some = [0.3, 2.5, 1.0, 7.0, -3.0, -0.4, 0.0]
    values, (slopes,) = f(some)
    for x0, value, slope in zip(some, values, slopes, strict=True):
        wanted, (wanted_slope,) = eager(y, [x], [x0])
        for ours, theirs in ((value, wanted), (slope, wanted_slope)):
            assert (math.isnan(ours) and math.isnan(theirs)) or ours == pytest.approx(theirs, rel=1e-15, abs=1e-300), (
                x0,
                constant,
            )


def test_an_operation_of_ones_own_is_compiled_from_its_formula():
    h = operation("h", lambda x, y: sin(x * y) * x)
    x, y = leaves("x", 2)
    check(h(x, y) + h(y, 2.0), [], [x, y], rows(9, 2))


def test_large_angles_go_to_the_c_library_lane_by_lane():
    x = Value(1.0, "x")
    f = program(x.sin() + x.tan(), inputs=[x]).compile("llvm")
    angles = [1.0, 1e6, -1e15, 1e22, 1e300, math.inf, 0.5, -2.0, 1e5]
    values, _ = f(angles)
    for angle, value in zip(angles, values, strict=True):
        assert value == pytest.approx(math.sin(angle) + math.tan(angle), rel=1e-14) if angle < math.inf else math.isnan(value)


# Layouts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("expanded", [False, True])
def test_a_network_over_a_batch(count, expanded):
    model = MLP(3, [7, 5, 1], activation="tanh", seed=2, expanded=expanded)
    x = leaves("x", 3)
    check(model(x), model.parameters(), x, rows(count, 3))


@pytest.mark.parametrize("widths", [[1, 1], [2, 3, 1], [4, 4, 1], [6, 1], [9, 2, 1], [13, 5]])
def test_blocks_of_neurons_of_every_size(widths):
    model = MLP(2, widths, activation="sigmoid", seed=3)
    x = leaves("x", 2)
    check(total([y**2 for y in np.atleast_1d(model(x))]), model.parameters(), x, rows(10, 2))


def test_linear_layers_one_after_another():
    model = MLP(2, [3, 3, 3, 1], activation=None, seed=4)
    x = leaves("x", 2)
    check(model(x), model.parameters(), x, rows(5, 2))


def test_what_all_samples_share_is_computed_once_and_its_adjoint_summed():
    w, x = leaves("w", 3), leaves("x", 2)
    norm = sum(a * a for a in w).sqrt()
    gate = (w[0] * norm).sigmoid()
    y = affine([gate, w[1]], x, norm) * norm + total(w) / 3
    check(y, w, x, rows(11, 2))


def test_lists_of_what_varies_and_what_does_not():
    w, x = leaves("w", 3), leaves("x", 3)
    y = affine([w[0], x[0], 2.0], [x[1], w[1], x[2]], w[2]) + total([w[0], x[0], 0.5]) + logsumexp([x[0], w[1], x[2], 1.0])
    check(y * affine(x, w, 0.0) + affine(w, w, x[0]) + affine(x, x, x[1]), w, x, rows(9, 3))


def test_repeated_arguments():
    w, x = leaves("w", 2), leaves("x", 2)
    y = affine([w[0], w[0], w[1]], [x[0], x[1], x[0]], w[0]) + x[0] * x[0] + total([x[1], x[1]]) + maximum(x[0], x[0])
    check(y + affine(w, w, w[0]) + w[1] * w[1], w, x, rows(9, 2))


@pytest.mark.parametrize(
    ("make", "slopes"),
    [
        (lambda x: affine([1.5, 2.5], x, x[0]), [2.5, 2.5]),
        (lambda x: affine(x, x, 1.0), [6.0, 10.0]),
        (lambda x: affine([x[1], 2.0], x, x[1]), [5.0, 6.0]),
    ],
)
def test_an_input_of_a_neuron_that_is_its_bias_or_a_weight_too(make, slopes):
    x = leaves("x", 2)
    p = program(make(x), inputs=[x])
    for target in ("llvm", "python"):
        assert list(p.compile(target)([3.0, 5.0])[1][0]) == slopes
        (rows_of_slopes,) = p.compile(target)([[3.0, 5.0]] * 9)[1]
        assert np.array_equal(rows_of_slopes, [slopes] * 9)


def test_a_chain_that_is_deep_and_one_that_is_shared():
    x, w = Value(0.5, "x"), Value(0.9, "w")
    v, s = x, w
    for _ in range(3000):
        v, s = (v * w + x) * 0.5, s * 0.999 + w * 0.001
    check(v + s, [w], [x], rows(4, 1))


def test_what_does_not_vary_at_all_counts_for_every_sample():
    w, x = leaves("w", 2), leaves("x", 1)
    f = program([w[0] * w[1], x[0] * w[0], w[1] * 1.0, Value(3.0)], inputs=[w, x]).compile("llvm")
    values, adjoints = f([2.0, 3.0], [[1.0], [4.0], [5.0]])
    assert [v.tolist() for v in values] == [[6, 6, 6], [2, 8, 10], [3, 3, 3], [3, 3, 3]]
    assert [(a.tolist(), b.tolist()) for a, b in adjoints] == [
        ([9, 6], [[0], [0], [0]]),
        ([10, 0], [[2], [2], [2]]),
        ([0, 3], [[0], [0], [0]]),
        ([0, 0], [[0], [0], [0]]),
    ]


def test_several_roots_have_a_sweep_each():
    model = MLP(3, [6, 4], activation="tanh", seed=5)
    x = leaves("x", 3)
    theta = model.parameters()
    roots = [*model(x), model(x)[0]]
    f = program(roots, inputs=[theta, x]).compile("llvm")
    some = rows(9, 3)
    values, adjoints = f([p.data for p in theta], some)
    for k, root in enumerate(roots):
        found = [eager(root, [*theta, *x], [*(p.data for p in theta), *row]) for row in some]
        slopes = np.array([s for _, s in found])
        assert values[k] == pytest.approx([v for v, _ in found])
        assert adjoints[k][0] == pytest.approx(slopes[:, : len(theta)].sum(axis=0))
        assert adjoints[k][1] == pytest.approx(slopes[:, len(theta) :])


def test_single_values_and_frozen_ones():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    b = Value(1.0, "b", constant=True)
    f = program(relu(w * x + b), inputs=[w, x, b]).compile("llvm")
    assert f(2, 3, 4) == (10.0, (3.0, 2.0, 0.0))
    values, (dw, dx, db) = f(2, [3, 5], 4)
    assert (values.tolist(), dw, dx.tolist(), db) == ([10, 14], 8.0, [2, 2], 0.0)
    assert program(w * x, inputs=[x, w], wrt=[w]).compile("llvm")(3, 2) == (6.0, (3.0,))
    assert program(w * x, inputs=[x, w]).compile("llvm", adjoints=False)(3, 2) == 6.0
    assert program(x, inputs=[x]).compile("llvm")(3) == (3.0, (1.0,))


@settings(max_examples=60, deadline=None)
@given(programs(), st.integers(1, 40))
def test_random_graphs(described, count):
    data, instructions = described
    with nonfinite("propagate"):
        inputs = [Value(x, f"x{i}") for i, x in enumerate(data)]
        nodes, done = run(inputs, instructions)
        assume(done)
        some = [[x + 0.01 * k for x in data] for k in range(count)]
        found = [eager(nodes[-1], inputs, row) for row in some]
        used = [node for node in nodes[-1].tape() if not node.parents]
        assume(all(leaf in used for leaf in inputs[:1]))
        values, (slopes,) = program(nodes[-1], inputs=[inputs]).compile("llvm")(some)
    for k, (value, wanted) in enumerate(found):
        if math.isfinite(value) and all(map(math.isfinite, wanted)):
            assert values[k] == pytest.approx(value, rel=1e-9, abs=1e-9)
            assert slopes[k] == pytest.approx(wanted, rel=1e-6, abs=1e-6 * (1 + max(map(abs, wanted))))


# Arrays and threads --------------------------------------------------------------------------------------------------


def test_arrays_of_any_layout_and_kind():
    w, x = leaves("w", 2), leaves("x", 2)
    f = program(affine(w, x, 0.0).tanh(), inputs=[w, x]).compile("llvm")
    some = np.array(rows(37, 2))
    wanted = f(w_numbers := [0.3, -0.2], some)
    wide = np.zeros((74, 4))
    wide[::2, 1:3] = some
    packed = np.zeros(37, dtype=[("a", "<i4"), ("x", "<f8", 2)])
    packed["x"] = some
    for same in (np.asfortranarray(some), wide[::2, 1:3], some[::-1][::-1], packed["x"], some.tolist(), some.astype(">f8")):
        values, (dw, dx) = f(w_numbers, same)
        assert values.tobytes() == wanted[0].tobytes()
        assert dw.tobytes() == wanted[1][0].tobytes()
        assert dx.tobytes() == wanted[1][1].tobytes()
    some.flags.writeable = False
    assert f(tuple(w_numbers), some)[0].tobytes() == wanted[0].tobytes()


def test_an_array_that_must_be_copied_is_read_anew_at_each_call():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    f = program(w * x, inputs=[w, x]).compile("llvm")
    packed = np.zeros(5, dtype=[("a", "<i4"), ("x", "<f8")])
    column = packed["x"]
    shifted = np.frombuffer(bytearray(44), dtype="u1")[4:].view("<f8")
    for some in (column, shifted):
        for x0 in (1.0, 3.0):
            some[:] = x0
            assert f(2.0, some)[0].tolist() == [2 * x0] * 5
    assert f(2.0, np.broadcast_to(np.float64(3.0), 5))[0].tolist() == [6.0] * 5


def test_results_are_the_callers_own():
    w, x = Value(2.0, "w"), Value(3.0, "x")
    f = program(w * x, inputs=[w, x]).compile("llvm")
    batch = np.array([1.0, 2.0, 3.0])
    first = f(2.0, batch)
    batch[:] = 5.0  # the same array, with other numbers
    second = f(3.0, batch)
    assert first[0].tolist() == [2, 4, 6]
    assert first[1][1].tolist() == [2, 2, 2]
    assert second[0].tolist() == [15, 15, 15]
    assert second[1][0] == 15.0


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_bits_for_the_same_number_of_threads(threads, monkeypatch):
    monkeypatch.setattr(machine, "WORK", 100)
    model = MLP(2, [8, 8, 1], activation="tanh", seed=6)
    x = leaves("x", 2)
    theta = [p.data for p in model.parameters()]
    p = program(model(x), inputs=[model.parameters(), x])
    some = np.array(rows(500, 2))
    f, g = (p.compile("llvm", threads=threads) for _ in range(2))
    values, (dtheta, dx) = f(theta, some)
    for again in (f, g, f):
        other, (dother, dxother) = again(theta, some)
        assert (other.tobytes(), dother.tobytes(), dxother.tobytes()) == (values.tobytes(), dtheta.tobytes(), dx.tobytes())
    alone, (dalone, _) = p.compile("llvm", threads=1)(theta, some)
    assert alone.tobytes() == values.tobytes()
    assert dalone == pytest.approx(dtheta, rel=1e-12)


def test_a_function_may_be_called_from_several_threads():
    model = MLP(2, [8, 1], seed=7)
    x = leaves("x", 2)
    theta = np.array([p.data for p in model.parameters()])
    f = program(model(x), inputs=[model.parameters(), x]).compile("llvm")
    batches = [np.array(rows(64 + k, 2, seed=k)) for k in range(6)]
    wanted = [f(theta, batch)[1][0] for batch in batches]
    wrong = []

    def work(k):
        for _ in range(50):
            if f(theta, batches[k])[1][0].tobytes() != wanted[k].tobytes():
                wrong.append(k)

    workers = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_the_first_call_may_come_from_several_threads():
    shown = python(
        """
        import sys, threading
        from chalkgrad.engine import Value, program
        sys.setswitchinterval(1e-6)
        x = Value(1.0, "x")
        programs = [program((x * k + 1).tanh() * x, inputs=[x]) for k in range(8)]
        start, right = threading.Barrier(8), []

        def work(p):
            start.wait()
            right.append(abs(p.compile("llvm")(0.5)[1][0] - p.compile()(0.5)[1][0]) < 1e-14)

        workers = [threading.Thread(target=work, args=(p,)) for p in programs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(sum(right))
        """
    )
    assert shown.strip() == "8"


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("where", ["_job", "_connect"])
def test_a_call_that_is_broken_off_leaves_nothing_behind(error, where, monkeypatch):
    monkeypatch.setattr(machine, "WORK", 100)
    w, x = Value(2.0, "w"), Value(3.0, "x")
    f = program((w * x).sin(), inputs=[w, x]).compile("llvm", threads=2)
    some = np.linspace(-1, 1, 500)
    wanted = f(0.5, some)
    for calls in range(1, 4):
        left = iter(range(calls))
        method = getattr(machine.Routine, where)

        def broken(self, number, *rest, left=left, method=method):
            result = method(self, number, *rest)
            if not next(left, 0) and threading.current_thread() is threading.main_thread():
                raise error
            return result

        with monkeypatch.context() as patch:
            patch.setattr(machine.Routine, where, broken)
            for _ in range(2):
                with pytest.raises(error):
                    f(0.5, some if where == "_job" else np.concatenate([some, some]))
        values, (dw, dx) = f(0.5, some)
        assert values.tobytes() == wanted[0].tobytes()
        assert dw == wanted[1][0]
        assert dx.tobytes() == wanted[1][1].tobytes()


def test_the_number_of_threads_is_the_callers_where_the_system_does_not_tell_its_cores(monkeypatch):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    x = Value(3.0, "x")
    p = program(x * x, inputs=[x])
    assert p.compile("llvm", threads=3).threads == 3
    assert p.compile("llvm").threads == (os.cpu_count() or 1)


def test_the_lanes_beyond_the_last_sample_leave_no_trace():
    w, x = Value(1.0, "w"), Value(1.0, "x")
    f = program((w * x).sqrt(), inputs=[w, x]).compile("llvm")
    values, (dw, dx) = f(1.0, [4.0, 9.0, 0.0])  # the last sample, which those lanes repeat, has an infinite slope
    assert values.tolist() == [2, 3, 0]
    assert dx.tolist() == [0.25, pytest.approx(1 / 6), math.inf]
    assert math.isnan(dw)  # 0 · ∞, as IEEE 754 has it
    values, (dw, dx) = f(0.0, [4.0, 9.0, 1.0])
    assert (dw, values.tolist()) == (math.inf, [0, 0, 0])
    many = np.linspace(0.0, 1.0, 5001)
    values, (dw, dx) = f(0.5, many[::-1])
    assert values == pytest.approx(np.sqrt(0.5 * many[::-1]))
    assert math.isnan(dw)
    assert dx[:-1] == pytest.approx(0.5 * np.sqrt(0.5 / many[:0:-1]))
    assert dx[-1] == math.inf


def test_adjoints_whose_squares_are_too_large_give_no_warning():
    w, x = Value(1.0, "w"), Value(1.0, "x")
    assert program(w * x, inputs=[w, x], wrt=[w]).compile("llvm")(2.0, [1e200, 1e200])[1] == (2e200,)


def test_wrong_arguments_get_a_sentence():
    w, x = leaves("w", 2), Value(3.0, "x")
    f = program(w[0] * x + w[1], inputs=[w, x]).compile("llvm")
    for arguments, error, words in [
        (([1, 2],), TypeError, "takes 2 arguments (w, x) and was given 1"),
        (([1, 2, 3], 1), ValueError, "w is 2 numbers, or n rows of 2"),
        (([[1, 2]], [1, 2]), ValueError, "w has 1, and x has 2"),
        (([1, 2], []), ValueError, "a batch needs at least one sample, and x has none"),
        (([1, 2], "three"), TypeError, "x needs a real number, not the str 'three'"),
        (([[1, 2], [3]], 1), ValueError, "w is given row by row, with 2 numbers in each, and row 1 (counting from 0) is of 1"),
        (([1, 2], "3"), TypeError, "x needs a real number, not the str '3'"),
        (([1, 2], None), TypeError, "x needs a real number, not None"),
        (([1, 2], [None, 1.0]), TypeError, "x in row 0 needs a real number, not None"),
        (([1, 2], np.array([1j])), TypeError, "x in row 0 needs a real number, not the complex 1j"),
        (([1, 10**400], 1), NonFiniteError, "w2 needs a number up to 1.798e308"),
        (({1, 2}, 1), TypeError, "w needs a list or an array of 2 numbers, not the set {1, 2}"),
    ]:
        with pytest.raises(error, match=re.escape(words)):
            f(*arguments)
    for threads in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="threads is a whole number from 1"):
            program(x * x).compile("llvm", threads=threads)


# Code ----------------------------------------------------------------------------------------------------------------


def test_the_code_is_as_large_as_the_number_of_different_operations():
    def text(width):
        model = MLP(2, [width, width, 1], activation="tanh", seed=8)
        x = leaves("x", 2)
        p = program(model(x), inputs=[model.parameters(), x])
        return p.source("llvm", batch=[x])

    small, large = text(64), text(256)  # both fill the largest blocks
    assert len(large) < len(small) * 1.05
    assert "; for each tile: tanh" in small
    assert "fmuladd" in small


def test_a_kernel_is_compiled_once_for_all_programs():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    program((x * y).tanh(), inputs=[x, y]).compile("llvm")(1.0, 2.0)
    count = compiler.host().count
    program((y * x).tanh() * y, inputs=[y, x]).compile("llvm")(1.0, 2.0)
    assert compiler.host().count == count


def test_a_processor_with_narrow_vectors_computes_the_same(monkeypatch):
    model = MLP(3, [6, 5, 1], activation="gelu", seed=9)
    x = leaves("x", 3)
    for shape in (
        kernels.TileShape(2, 2, 6),
        kernels.TileShape(4, 2, 6),
        kernels.TileShape(8, 4, 6),
        kernels.TileShape(4, 1, 2),
    ):
        monkeypatch.setattr(compiler.host(), "shape", shape)
        check(model(x), model.parameters(), x, rows(21, 3))


# Tables --------------------------------------------------------------------------------------------------------------


def tables(root, inputs, batched, wrt=None):
    """The rows of a program as (kernel, row), those for each tile and those after, with 4 lanes in 2 rows."""
    made = KernelTables(program(root, inputs=inputs, wrt=wrt).batching(batched), kernels.TileShape(4, 2, 6))
    return [[(kernel, row) for kernel, rows in phase.runs for row in rows] for phase in (made.each, made.after)]


def test_the_page_on_machine_code_has_the_rows_of_its_program():
    w, x = leaves("w", 7), leaves("x", 2)
    y = affine(w[:2], x, w[2]).tanh() * affine(w[3:5], x, w[5]) * w[6]
    page = (Path(__file__).parents[4] / "docs" / "machine-code.md").read_text("utf-8")
    written = re.findall(r"`(\d+(?: \d+)+)`", page)
    each, after = tables(y, [w, x], (False, True))
    assert written == [" ".join(map(str, row)) for _, row in each + after]


def test_an_input_that_has_an_adjoint_already_is_added_to():
    w, x = leaves("w", 2), leaves("x", 2)
    for root, starts in [
        (affine(w, x, 0.5), [""]),
        (affine(w, x, 0.5) * x[0], ["V"]),
        (affine(w, [x[0], x[0]], 0.5), ["", "V"]),
    ]:
        each, _ = tables(root, [w, x], (False, True))
        dense = [kernel.start for kernel, _ in each if isinstance(kernel, kernels.Dense)]
        assert dense == ["S", *starts]


# For a layer of 7 neurons with 3 inputs and the adjoints wanted (w1: the first weight of each neuron): whether weights are
# swept, how many products sweep inputs, how many rows of Reverse hand adjoints on from the neurons, how many rows collect sums
# of weights. Three inputs leave a lane of a panel for the bias, if all biases are wanted.
LAYERS = {
    "w b x": (True, 2, 0, 14),
    "w x": (True, 2, 0, 7),
    "w b": (True, 0, 0, 14),
    "x b": (False, 2, 7, 0),
    "w": (True, 0, 0, 7),
    "x": (False, 2, 0, 0),
    "b": (False, 0, 7, 0),
    "w1": (True, 0, 0, 7),
    "w1 w3": (True, 0, 0, 14),
    "x1": (False, 1, 0, 0),
    "x1 x3": (False, 1, 0, 0),
    "w x1": (True, 1, 0, 7),
    "w b1 x3": (True, 1, 1, 7),
    "b1": (False, 0, 1, 0),
}


@pytest.mark.parametrize("wanted", LAYERS)
@pytest.mark.parametrize("activation", [None, relu])
def test_whatever_is_wanted_of_a_layer_is_swept_layer_by_layer(wanted, activation):
    ws, bs, x = [leaves(f"w{k}_", 3, k) for k in range(7)], leaves("b", 7), leaves("x", 3)
    sums = [affine(w, x, b) for w, b in zip(ws, bs, strict=True)]
    root = total([(activation(u) if activation else u) * (k + 1) for k, u in enumerate(sums)])
    groups = {"w": [w for own in ws for w in own], "w1": [w[0] for w in ws], "w3": [w[2] for w in ws], "b": bs, "b1": bs[:1]}
    groups |= {"x": x, "x1": x[:1], "x3": x[2:]}
    inputs, wrt = [groups["w"], bs, x], [groups[name] for name in wanted.split()]
    weights, products, edges, collected = LAYERS[wanted]
    each, after = tables(root, inputs, (False, False, True), wrt=wrt)
    assert sum(isinstance(kernel, kernels.DenseWeights) for kernel, _ in each) == weights
    swept = [kernel for kernel, _ in each if isinstance(kernel, kernels.Dense) and kernel.start != "S"]
    assert len(swept) == products
    assert sum(isinstance(kernel, kernels.CollectWeights) for kernel, _ in after) == collected
    neurons = 1 if wanted == "b1" else 7
    to_neurons = neurons * (3 if activation else 2)  # from the total, through the factor, and through the activation
    assert sum(isinstance(kernel, kernels.Reverse) for kernel, _ in each) == to_neurons + edges
    some = rows(19, 3)
    numbers = [np.array([leaf.data for leaf in group]) for group in inputs[:2]]
    _, found = program(root, inputs=inputs, wrt=wrt).compile("llvm")(*numbers, some)
    leaf_inputs = [*inputs[0], *bs, *x]
    slopes = np.array([eager(root, leaf_inputs, [*numbers[0], *numbers[1], *row])[1] for row in some])
    for name, adjoints in zip(wanted.split(), found, strict=True):
        own = slopes[:, [leaf_inputs.index(leaf) for leaf in groups[name]]]
        assert adjoints == pytest.approx(own if name[0] == "x" else own.sum(axis=0), rel=1e-12, abs=1e-12)


def test_adjoints_of_shared_weights_are_those_of_a_layer_too():
    w, x = leaves("w", 4), leaves("x", 1)
    root = affine(w[:2], w[2:], 0.5) * x[0]
    _, after = tables(root, [w, x], (False, True))
    assert [type(kernel).__name__ for kernel, _ in after] == ["Collect", "DenseWeights", "CollectWeights", "Dense"]
    check(root, w, x, rows(9, 1))


@pytest.mark.parametrize(
    ("shape", "tile", "count"),
    [
        ((4, 2, 6), 100, 8),
        ((8, 4, 6), 100, 2),
        ((2, 1, 6), 0, 32),
        ((4, 2, 6), 3 * 10**4, 3),
        ((4, 2, 6), 10**7, 2),
        ((8, 4, 6), 10**7, 2),
    ],
)
def test_a_long_tape_has_few_tiles_at_a_time(shape, tile, count):
    x = Value(1.0, "x")
    made = KernelTables(program(x * x, inputs=[x]).batching((True,)), kernels.TileShape(*shape))
    made.places.tile.size = tile
    assert made.tiles == count


# Layers --------------------------------------------------------------------------------------------------------------


def matrices(layer):
    """Values of a matrix, with its numbers."""
    return [[Value(float(a)) for a in row] for row in layer]


SIZES = [
    (1, 1, 1),
    (1, 70, 9),
    (70, 1, 17),
    (3, 5, 7),
    (8, 6, 8),
    (9, 7, 65),
    (33, 13, 70),
    (70, 70, 70),
    (5, 69, 33),
    (16, 16, 130),
]
SIZES += [tuple(random.Random(k).choices(range(1, 71), k=3)) for k in range(8)]


@pytest.mark.parametrize(("inputs", "neurons", "samples"), SIZES)
def test_a_layer_of_any_size_is_as_by_hand_in_matrices(inputs, neurons, samples):
    draw = np.random.default_rng(inputs + 100 * neurons)
    w, v, b = draw.normal(size=(neurons, inputs)), draw.normal(size=neurons), draw.normal(size=neurons)
    points = draw.normal(size=(samples, inputs))
    weights, (outer, biases), x = matrices(w), matrices([v, b]), matrices([points[0]])[0]
    y = affine(outer, [relu(affine(row, x, c)) for row, c in zip(weights, biases, strict=True)], 0.5)
    flat_weights = [weight for row in weights for weight in row]
    f = program(y * y, inputs=[flat_weights, biases, outer, x]).compile("llvm", threads=1)
    values, (dw, db, dv, dx) = f(w.ravel(), b, v, points)
    u = points @ w.T + b
    z = np.maximum(u, 0.0)
    out = z @ v + 0.5
    du = 2 * out[:, None] * v * (u > 0)
    for found, wanted in [(values, out**2), (dw, (du.T @ points).ravel()), (db, du.sum(0)), (dv, 2 * out @ z), (dx, du @ w)]:
        assert found == pytest.approx(wanted, rel=1e-11, abs=1e-13 * samples * neurons * abs(wanted).max())


def test_weights_at_any_places():
    w, v, x = leaves("w", 12), leaves("v", 3), leaves("x", 3)
    shuffled = random.Random(3).sample(w, 12)
    for own in (
        [shuffled[:3], shuffled[3:6], shuffled[6:9]],
        [w[::4], w[1::4], w[2::4]],  # by columns
        [w[2::-1], w[5:2:-1], w[8:5:-1]],
        [w[:3], w[1:4], w[2:5]],
        [w[:3], w[:3], w[3:6]],
        [[w[0], w[0], w[0]], w[1:4], [w[1], w[5], w[1]]],
        [[w[0], 2.0, w[1]], [2.0, 2.0, 0.0], [w[0] * w[1], w[2], w[3].exp()]],
    ):
        neurons = [affine(row, x, b) for row, b in zip(own, (w[9], 0.25, w[10]), strict=True)]
        # The same weights a second time, in another layer.
        again = [affine(row, [u.tanh() for u in neurons], w[11]) for row in own]
        check(affine(v, again, x[0]) * affine(v, x, 1.0), [*w, *v], x, rows(11, 3))


def test_a_recurrent_network_with_the_same_weights_at_each_step():
    u, w, b, x = leaves("u", 25, 2), leaves("w", 10, 3), leaves("b", 5), leaves("x", 6)
    h = [Value(0.1) for _ in range(5)]
    for t in range(3):
        own = x[2 * t : 2 * t + 2]
        h = [affine([*u[5 * i : 5 * i + 5], *w[2 * i : 2 * i + 2]], [*h, *own], b[i]).tanh() for i in range(5)]
    check(total([a * a for a in h]), [*u, *w, *b], x, rows(18, 6))


def test_windows_of_an_image_with_the_same_filters():
    filters, x = [leaves(f"f{k}_", 4, k) for k in range(3)], leaves("x", 12)
    windows = [[x[4 * i + j], x[4 * i + j + 1], x[4 * i + j + 4], x[4 * i + j + 5]] for i in range(2) for j in range(3)]
    features = [relu(affine(own, window, own[0])) for window in windows for own in filters]
    check(affine(leaves("v", len(features)), features, 0.0) ** 2, [f for own in filters for f in own], x, rows(13, 12))


def test_frozen_leaves_of_a_layer_have_gradient_0():
    w, b, x = matrices([[0.3, -0.2, 0.5]] * 8), leaves("b", 8), leaves("x", 3)
    for leaf in (w[0][1], w[5][0], b[3], x[1]):
        leaf.constant = True
    root = total([affine(row, x, c).tanh() for row, c in zip(w, b, strict=True)])
    _, (dw, db, dx) = program(root, inputs=[[a for row in w for a in row], b, x]).compile("llvm")(
        [0.1] * 24, [0.0] * 8, rows(9, 3)
    )
    assert np.flatnonzero(dw == 0).tolist() == [1, 15]
    assert np.flatnonzero(db == 0).tolist() == [3]
    assert (dx == 0).all(axis=0).tolist() == [False, True, False]


def test_a_layer_in_the_last_of_many_tiles_and_over_threads(monkeypatch):
    monkeypatch.setattr(machine, "WORK", 100)
    model, x = MLP(5, [9, 3], seed=4), leaves("x", 5)
    root = total([y * y for y in model(x)])
    p, theta = program(root, inputs=[model.parameters(), x]), [a.data for a in model.parameters()]
    some = np.array(rows(8 * 35 + 3, 5))
    parts = [p.compile("llvm", threads=1)(theta, part) for part in np.split(some, [64, 70, 200])]
    for threads in (1, 2, 3):
        values, (dtheta, dx) = p.compile("llvm", threads=threads)(theta, some)
        assert values == pytest.approx(np.concatenate([v for v, _ in parts]), rel=1e-13)
        assert dtheta == pytest.approx(sum(d for _, (d, _) in parts), rel=1e-11, abs=1e-12)
        assert dx == pytest.approx(np.concatenate([d for _, (_, d) in parts]), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("shape", [kernels.TileShape(4, 2, 6), kernels.TileShape(2, 2, 6), kernels.TileShape(8, 4, 6)])
@pytest.mark.parametrize(("inputs", "neurons", "samples"), [(1, 1, 1), (5, 7, 3), (19, 13, 70), (40, 6, 64)])
def test_a_layer_that_is_given_by_places_alone(shape, inputs, neurons, samples):
    draw = np.random.default_rng(1)
    tiles = -(-samples // shape.samples)
    x, w = draw.normal(size=(inputs, tiles * shape.samples)), draw.normal(size=(neurons, inputs + 2))
    adjoints = draw.normal(size=(neurons, tiles * shape.samples))
    places = [shape.samples * i for i in draw.permutation(inputs + 2 * neurons)]  # anywhere in the tile
    inside, out, back = places[:inputs], places[inputs : inputs + neurons], places[inputs + neurons :]
    shared = np.concatenate([[0.0], w.ravel(), draw.normal(size=neurons)])
    product = Product(Matrix(2, inputs + 2, 1), inside, out, [len(shared) - neurons + i for i in range(neurons)], "S")
    phase = [*product.rows(shape), *weight_rows(back, inside, 8, shape)]
    step = shape.samples * len(places)
    memory = np.zeros(tiles * step + tiles * shape.samples * shape.panel * shape.lanes)
    sums = np.ones(8 + neurons * padded(inputs, shape))
    parts = memory[: tiles * step].reshape(tiles, len(places), shape.samples)
    for numbers, where in ((x, inside), (adjoints, back)):
        parts[:, [place // shape.samples for place in where]] = numbers.reshape(len(where), tiles, -1).swapaxes(0, 1)
    context = np.array([0, samples, 0, tiles, step, memory.ctypes.data + tiles * step * 8, 1, 0], dtype=np.int64)
    code = compiler.compiled([(kernel, shape) for kernel, _ in phase])
    lists = [np.array(row, dtype=np.int32) for _, row in phase]
    calls = np.array([[code[kernel, shape], 1, row.ctypes.data] for (kernel, _), row in zip(phase, lists, strict=True)])
    pointers = [array.ctypes.data for array in (calls, memory, shared, sums, context)]
    whole = tiles * shape.samples
    job = np.array([pointers[0], len(calls), *pointers[1:], 0, whole, whole, shape.samples], dtype=np.int64)
    compiler.driver()(1, job.ctypes.data)
    weights = (
        shared[2 : 2 + neurons * (inputs + 2)].reshape(neurons, -1)[:, :inputs] if neurons > 1 else shared[None, 2 : 2 + inputs]
    )
    found = parts[:, [place // shape.samples for place in out]].swapaxes(0, 1).reshape(neurons, -1)
    assert found == pytest.approx(weights @ x + shared[-neurons:, None], rel=1e-12, abs=1e-12)
    found = sums[8:].reshape(neurons, -1)[:, :inputs]
    assert found == pytest.approx(1 + adjoints @ x.T, rel=1e-12, abs=1e-12)  # added to what was there
