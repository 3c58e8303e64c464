"""The plan over jax and PyTorch computes what it computes over NumPy, for every form of test_forms.py."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from chalkgrad.engine import Value, program, relu, tanh
from chalkgrad.engine.programs.planned import arrays_of
from test_forms import CASES, Case, assert_close, by_affine, network, numbers_for

os.environ.setdefault("JAX_PLATFORMS", "cpu")


@pytest.fixture(scope="module")
def jax() -> Any:
    import jax

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(scope="module")
def jitted(jax: Any) -> Callable[[Any, Any], Any]:
    """Compiles by jax.jit, and what has the same text once: the ten loops for a layer are one program."""
    made: dict[Any, Any] = {}

    def compiled(p: Any, given: Any) -> Any:
        source = arrays_of(p, p.batch([x.shape for x in given])[0], functional=True)
        text = source.write()
        if text not in made:
            quickly = {"xla_backend_optimization_level": 0}
            made[text] = jax.jit(p.function(jax.numpy), compiler_options=quickly)
        return made[text]

    return compiled


def made(name: str, batch: bool) -> tuple[Case, Any, list[Any]]:
    case = CASES[name]()
    return case, program(case.root, inputs=case.inputs, wrt=case.wrt), numbers_for(case, batch)


def shapes(result: Any) -> Any:
    return tuple(map(shapes, result)) if isinstance(result, tuple) else np.shape(result)


def assert_same(found: Any, expected: Any) -> None:
    assert shapes(found) == shapes(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert_close(ours, theirs)


EVERY_FORM = pytest.mark.parametrize("name", CASES)
BOTH = pytest.mark.parametrize("batch", [False, True], ids=["one sample", "batch"])


@BOTH
@EVERY_FORM
def test_jax_compiles_every_form(name: str, batch: bool, jitted: Any) -> None:
    _, p, given = made(name, batch)
    assert_same(jitted(p, given)(*given), p.compile("numpy")(*given))


@pytest.mark.torch
@BOTH
@EVERY_FORM
def test_torch_runs_every_form(name: str, batch: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
    _, p, given = made(name, batch)
    tensors = [torch.asarray(x) for x in given]
    kept = [x.clone() for x in tensors]
    found = p.function(torch)(*tensors)
    assert_same(found, p.compile("numpy")(*given))
    assert all(map(torch.equal, tensors, kept))


@pytest.mark.torch
def test_torch_differentiates_the_value_and_the_adjoints() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
    p, given = small()
    theta, *data = [torch.asarray(x) for x in given]
    theta.requires_grad_()
    _, (by_theta, _, _) = p.function(torch)(theta, *data)
    (exact,) = torch.autograd.grad(p.function(torch, adjoints=False)(theta, *data).sum(), theta)
    assert_close(by_theta.detach(), exact)
    (twice,) = torch.autograd.grad((by_theta**2).sum(), theta)
    (again,) = torch.autograd.grad(
        (torch.autograd.grad(p.function(torch, adjoints=False)(theta, *data).sum(), theta, create_graph=True)[0] ** 2).sum(),
        theta,
    )
    assert_close(twice, again)


def small(activation: Any = tanh) -> tuple[Any, list[Any]]:
    case = network(by_affine, activation, (2, 3, 1))
    return program(case.root, inputs=case.inputs), numbers_for(case, True)


@pytest.mark.parametrize("name", ["relu by_affine", "frozen"])
def test_jax_runs_it_step_by_step(name: str, jax: Any) -> None:
    _, p, given = made(name, True)
    assert_same(p.function(jax.numpy)(*map(jax.numpy.asarray, given)), p.compile("numpy")(*given))


def test_jax_maps_over_samples(jax: Any) -> None:
    p, (theta, x, t) = small()
    values, (by_theta, by_x, _) = jax.jit(jax.vmap(p.function(jax.numpy), (None, 0, 0)))(theta, x, t)
    expected = p.compile("numpy")(theta, x, t)
    assert_close(values, expected[0])
    assert_close(by_theta.sum(0), expected[1][0])  # a gradient for each sample
    assert_close(by_x, expected[1][1])


def test_jax_differentiates_the_value(jax: Any) -> None:
    p, given = small()
    value = p.function(jax.numpy, adjoints=False)
    found = jax.grad(lambda *xs: value(*xs).sum(), (0, 1, 2))(*given)
    assert_close(found, p.compile("numpy")(*given)[1])


def test_one_function_is_compiled_for_several_shapes_and_called_outside_between_them(jax: Any) -> None:
    p, (theta, x, t) = small()
    f = p.function(jax.numpy)
    with jax.checking_leaks():
        for rows in (slice(0, 5), slice(0, 3), 0):
            assert_same(jax.jit(lambda *xs: f(*xs))(theta, x[rows], t[rows]), p.compile("numpy")(theta, x[rows], t[rows]))
            assert_same(f(*map(jax.numpy.asarray, (theta, x, t))), p.compile("numpy")(theta, x, t))


def test_constants_are_made_anew_in_each_trace(jax: Any) -> None:
    _, p, given = made("constant_samples", False)
    f, expected = p.function(jax.numpy), p.compile("numpy")(*given)
    with jax.checking_leaks():
        for _ in range(2):
            assert_same(jax.jit(lambda *xs: f(*xs))(*given), expected)


@pytest.mark.parametrize("name", ["relu by_affine", "constant_samples", "several_roots"])
def test_float32_stays_float32(name: str, jax: Any) -> None:
    _, p, given = made(name, True)
    found = jax.jit(p.function(jax.numpy))(*[jax.numpy.asarray(x, dtype="float32") for x in given])
    assert {str(x.dtype) for x in jax.tree.leaves(found)} == {"float32"}
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(p.compile("numpy")(*given)), strict=True):
        assert ours == pytest.approx(np.asarray(theirs), rel=1e-4, abs=1e-4)


# Where relu has its kink, and where there is no number ------------------------------------------------------------------


def corners() -> tuple[Any, list[Any], list[Any]]:
    """Inputs with NaN, an infinity and 0, and what NumPy makes of them; the gradient by x alone, for XLA has 0·NaN = 0."""
    x, w = [Value(0.5, "x1"), Value(0.5, "x2")], Value(1.0, "w")
    u = [relu(a * w) for a in (*x, *x, *x, *x)]
    p = program(sum(u), inputs=[w, x], wrt=[x])
    given = [np.array(1.0), np.array([[np.nan, 1.0], [np.inf, -1.0], [-3.0, 2.0], [0.0, 0.0], [-1.0, 3.0]])]
    value, (by_x,) = p.compile("numpy")(*given)
    assert np.isnan(value).tolist() == [True, False, False, False, False]
    return p, given, [value, by_x]


def assert_same_corners(found: Any, expected: Any) -> None:
    value, (by_x,) = found
    for ours, theirs in zip((value, by_x), expected, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), theirs)


def test_relu_keeps_nan_and_infinities_in_jax(jax: Any) -> None:
    p, given, expected = corners()
    assert_same_corners(jax.jit(p.function(jax.numpy))(*given), expected)


@pytest.mark.torch
def test_relu_keeps_nan_and_infinities_in_torch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
    p, given, expected = corners()
    assert_same_corners(p.function(torch)(*map(torch.asarray, given)), expected)


def test_the_gradient_by_a_single_input_that_many_numbers_meet_is_a_single_number(jax: Any) -> None:
    x, w = [Value(0.5, f"x{i}") for i in range(1, 9)], Value(0.7, "w")
    p = program(sum(tanh(a * w) for a in x), inputs=[w, x])
    given = [np.array(0.7), np.linspace(-1, 1, 24).reshape(3, 8)]
    for arguments in (given, [given[0], given[1][0]]):
        assert_same(p.function(jax.numpy)(*map(jax.numpy.asarray, arguments)), p.compile("numpy")(*arguments))


def test_jax_differentiates_relu_at_its_kink_as_the_table_does(jax: Any) -> None:
    p, _, _ = corners()
    value = p.function(jax.numpy, adjoints=False)
    at = np.array(1.0), np.array([0.0, 2.0])
    assert jax.grad(value, 1)(*at).tolist() == p.compile("numpy")(*at)[1][0].tolist() == [0.0, 4.0]


@pytest.mark.torch
def test_torch_differentiates_relu_at_its_kink_as_the_table_does() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
    p, _, _ = corners()
    x = torch.tensor([0.0, 2.0], dtype=torch.float64, requires_grad=True)
    p.function(torch, adjoints=False)(torch.tensor(1.0, dtype=torch.float64), x).backward()
    assert x.grad.tolist() == [0.0, 4.0]


@pytest.mark.torch
@pytest.mark.parametrize("name", ["relu by_affine", "only_shared", "several_roots"])
def test_torch_takes_many_samples_in_pieces(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
    case, p, given = made(name, True)
    given = [
        np.concatenate([x * (1 + 1e-4 * k) for k in range(2000)]) if rows else x
        for x, rows in zip(given, case.rows, strict=True)
    ]
    found = p.function(torch)(*map(torch.asarray, given))
    assert_same(found, p.compile("numpy")(*given))
