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
from chalkgrad.engine.programs.llvm import compiler, kernels, machine, reverse_rows
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


@pytest.mark.parametrize("widths", [[1, 1], [2, 3, 1], [4, 4, 1], [6, 1], [9, 2, 1]])
def test_blocks_of_neurons_of_every_size(widths):
    model = MLP(2, widths, activation="sigmoid", seed=3)
    x = leaves("x", 2)
    check(model(x) ** 2, model.parameters(), x, rows(10, 2))


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

    small, large = text(8), text(64)
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
    for shape in (kernels.TileShape(2, 4, 4), kernels.TileShape(4, 4, 2), kernels.TileShape(8, 4, 4)):
        monkeypatch.setattr(compiler.host(), "shape", shape)
        check(model(x), model.parameters(), x, rows(21, 3))


# Tables --------------------------------------------------------------------------------------------------------------


def tables(root, inputs, batched, wrt=None):
    """The rows of a program as (kernel, row), those for each tile and those after, with 4 lanes in 2 rows."""
    made = KernelTables(program(root, inputs=inputs, wrt=wrt).plan(batched), kernels.TileShape(4, 2, 4))
    return [[(kernel, row) for kernel, rows in phase.runs for row in rows] for phase in (made.each, made.after)]


def test_the_page_on_machine_code_has_the_rows_of_its_program():
    w, b, x = leaves("w", 2), Value(0.1, "b"), leaves("x", 2)
    y = affine(w, x, b).tanh() * w[0]
    page = (Path(__file__).parents[4] / "docs" / "machine-code.md").read_text("utf-8")
    written = re.findall(r"`(\d+(?: \d+)+)`", page)
    each, after = tables(y, [[*w, b], x], (False, True))
    assert written == [" ".join(map(str, row)) for _, row in each + after]


def test_an_input_that_has_an_adjoint_already_is_added_to():
    w, x = leaves("w", 2), leaves("x", 2)
    for root, mode in [(affine(w, x, 0.5), "first"), (affine(w, x, 0.5) * x[0], "add"), (affine(w, [x[0], x[0]], 0.5), "add")]:
        each, _ = tables(root, [w, x], (False, True))
        assert [kernel.inputs for kernel, _ in each if isinstance(kernel, kernels.DenseReverse)] == [mode]


def test_adjoints_by_what_is_shared_begin_as_0_where_shared_neurons_are_swept():
    w, x = leaves("w", 4), leaves("x", 1)
    root = affine(w[:2], w[2:], 0.5) * x[0]
    _, after = tables(root, [w, x], (False, True))
    names = [type(kernel).__name__ for kernel, _ in after]
    assert names[0] == "Collect"
    assert names.count("Fill") == 2  # the two weights; the inputs begin with the row
    check(root, w, x, rows(9, 1))
