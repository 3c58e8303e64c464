"""Networks as contenders of bench/programs.py: loss and gradient by programs, and by hand in NumPy, PyTorch and JAX.

Everybody gets the same parameters, neuron by neuron in one flat array, and returns the loss and the gradient by them. Times are
of the processor, and everything runs on one core.
"""

from __future__ import annotations

import gc
import importlib
import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

Widths = Sequence[int]
ONE_THREAD = {
    **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")},
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
}

# Set on some machines for older builds of OpenBLAS, they make NumPy's own take a kernel, or blocks, that are slow there.
FOR_OLDER_BUILDS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
KERNEL = """
import ctypes, pathlib, numpy
beside = pathlib.Path(numpy.__file__).parent
for file in [*beside.parent.glob("numpy.libs/*openblas*"), *beside.glob(".dylibs/*openblas*")]:
    library = ctypes.CDLL(str(file))
    for name in ("scipy_openblas_get_corename64_", "scipy_openblas_get_corename", "openblas_get_corename64_"):
        if hasattr(library, name):
            corename = getattr(library, name)
            corename.restype = ctypes.c_char_p
            print(corename().decode())
"""


def environment() -> dict[str, str]:
    """Returns the environment of a contender's process."""
    left_out = ("PYTHONDONTWRITEBYTECODE", *FOR_OLDER_BUILDS)
    return {name: value for name, value in os.environ.items() if name not in left_out} | ONE_THREAD


def kernel() -> str:
    """Returns the kernel that NumPy's OpenBLAS computes with in a contender's process, or "" where it does not say."""
    done = subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, env=environment())
    return done.stdout.strip()


class Contender(NamedTuple):
    """What is timed, and how to see that it computes what the others do.

    Attributes:
        step: does the work once
        evidence: returns lists of numbers that must be the same for all contenders; called once, before the first step
    """

    step: Callable[[], Any]
    evidence: Callable[[], dict[str, list[float]]] = dict


# The same work for everybody ---------------------------------------------------------------------------------------------


def parameters_of(widths: Widths) -> list[float]:
    """Returns initial parameters, neuron by neuron: the weights, then the bias."""
    generator = random.Random(1337)
    return [generator.uniform(-1, 1) / n**0.5 for n, m in itertools.pairwise(widths) for _ in range(m * (n + 1))]


def layers_in(theta: Any, widths: Widths) -> Iterator[tuple[Any, Any]]:
    """Yields the weights (a row for each neuron) and biases of every layer, as views of an array of all parameters."""
    start = 0
    for n, m in itertools.pairwise(widths):
        both = theta[start : start + m * (n + 1)].reshape(m, n + 1)
        yield both[:, :n], both[:, n]
        start += m * (n + 1)


def numbers_of(widths: Widths, batch: int) -> tuple[Any, Any, Any]:
    """Returns parameters, inputs, and what is to come out: a number, or a class, one-hot."""
    import numpy

    generator = numpy.random.default_rng(batch)
    x, t = generator.normal(size=(batch, widths[0])), generator.normal(size=(batch, widths[-1]))
    if widths[-1] > 1:
        t = numpy.eye(widths[-1])[generator.integers(widths[-1], size=batch)]
    return numpy.array(parameters_of(widths)), x, t


def loss_and_gradient(loss: Any, gradient: Any) -> dict[str, list[float]]:
    return {"loss": [float(loss)], "gradient": gradient.tolist() if hasattr(gradient, "tolist") else list(map(float, gradient))}


def once(first: Callable[[], tuple[Any, Any]]) -> Contender:
    """Returns a contender that can be timed but once, so the evidence is taken from that time."""
    start = time.process_time()
    result = first()
    seconds = time.process_time() - start
    return Contender(lambda: seconds, lambda: {**loss_and_gradient(*result), "seconds": [seconds]})


# By hand -----------------------------------------------------------------------------------------------------------------


def numpy_by_hand(widths: Widths, batch: int, activation: str) -> Contender:
    """Returns what is written by hand in NumPy: matrices are views of the flat parameters and of the flat gradient."""
    import numpy

    theta, x, t = numbers_of(widths, batch)

    def both() -> tuple[Any, Any]:
        layers = list(layers_in(theta, widths))
        gradient = numpy.empty_like(theta)
        z = [x]
        for weights, bias in layers[:-1]:
            u = z[-1] @ weights.T + bias
            z.append(numpy.maximum(u, 0.0) if activation == "relu" else numpy.tanh(u))
        scores = z[-1] @ layers[-1][0].T + layers[-1][1]
        if widths[-1] == 1:
            residual = scores - t
            losses, delta = (residual * residual)[:, 0], 2.0 * residual
        else:
            most = scores.max(1, keepdims=True)
            powers = numpy.exp(scores - most)
            total = powers.sum(1, keepdims=True)
            losses, delta = (most + numpy.log(total))[:, 0] - (t * scores).sum(1), powers / total - t
        for i, (weights, bias) in reversed(list(enumerate(layers_in(gradient, widths)))):
            numpy.matmul(delta.T, z[i], out=weights)
            delta.sum(0, out=bias)
            if i:
                delta = delta @ layers[i][0]
                delta *= z[i] > 0 if activation == "relu" else 1 - z[i] * z[i]
        return losses, gradient

    def evidence() -> dict[str, list[float]]:
        losses, gradient = both()
        return loss_and_gradient(losses.sum(), gradient)

    return Contender(both, evidence)


def torch_by_hand(widths: Widths, batch: int, way: str, compiled: bool = False) -> Contender:
    """Returns PyTorch's, with relu; parameters are a tensor for each matrix ("leaves") or one that all view ("flat")."""
    import torch

    torch.set_num_threads(1)
    functional = torch.nn.functional
    theta, x, t = map(torch.from_numpy, numbers_of(widths, batch))
    labels = t.argmax(1) if widths[-1] > 1 else t
    leaves = [theta.requires_grad_()]
    if way == "leaves":
        leaves = [p.detach().clone().requires_grad_() for layer in layers_in(theta, widths) for p in layer]

    def loss_of(*given: Any) -> Any:
        layers = list(layers_in(given[0], widths) if way == "flat" else zip(given[::2], given[1::2], strict=True))
        z = x
        for weights, bias in layers[:-1]:
            z = functional.linear(z, weights, bias).relu()
        scores = functional.linear(z, *layers[-1])
        if widths[-1] == 1:
            return functional.mse_loss(scores, labels, reduction="sum")
        return functional.cross_entropy(scores, labels, reduction="sum")

    loss_from = torch.compile(loss_of, dynamic=False) if compiled else loss_of

    def both() -> tuple[Any, Any]:
        loss = loss_from(*leaves)
        return loss, torch.autograd.grad(loss, leaves)

    def evidence() -> dict[str, list[float]]:
        loss, gradients = both()
        return loss_and_gradient(loss, gradients[0] if way == "flat" else in_rows(torch, gradients))

    return Contender(both, evidence)


def in_rows(library: Any, arrays: Sequence[Any]) -> Any:
    """Returns weights and biases of all layers, neuron by neuron in one array."""
    pairs = zip(arrays[::2], arrays[1::2], strict=True)
    return library.concatenate([library.concatenate([w, b[:, None]], 1).reshape(-1) for w, b in pairs])


def jax_by_hand(widths: Widths, batch: int, way: str) -> Contender:
    """Returns `jax.jit(jax.value_and_grad(…))` with relu, of an array for each matrix ("leaves") or one for all ("flat")."""
    import jax

    function, given = jax_function(widths, batch, way)
    both = jax.jit(function)

    def evidence() -> dict[str, list[float]]:
        loss, gradients = both(*given)
        return loss_and_gradient(loss, gradients if way == "flat" else in_rows(jax.numpy, gradients))

    return Contender(lambda: jax.block_until_ready(both(*given)), evidence)


def jax_function(widths: Widths, batch: int, way: str) -> tuple[Callable[..., Any], list[Any]]:
    """Returns the function of value and gradient by jax, and what it is called with."""
    import jax

    theta, x, t = map(jax.numpy.asarray, numbers_of(widths, batch))
    parameters = theta if way == "flat" else [p for layer in layers_in(theta, widths) for p in layer]

    def loss_of(parameters: Any, x: Any, t: Any) -> Any:
        layers = list(layers_in(parameters, widths) if way == "flat" else zip(parameters[::2], parameters[1::2], strict=True))
        z = x
        for weights, bias in layers[:-1]:
            z = jax.nn.relu(z @ weights.T + bias)
        scores = z @ layers[-1][0].T + layers[-1][1]
        if widths[-1] == 1:
            return ((scores - t) ** 2).sum()
        return (jax.nn.logsumexp(scores, 1) - (t * scores).sum(1)).sum()

    return jax.value_and_grad(loss_of), [parameters, x, t]


# By chalkgrad ------------------------------------------------------------------------------------------------------------


def recorded(widths: Widths, activation: str = "relu", written: str = "affine") -> tuple[Any, list[Any]]:
    """Returns the loss of one sample, and the inputs of its program: parameters, input, and what is to come out.

    Args:
        written: how the network is: "affine", "expanded", or the loops of a student
    """
    from chalkgrad.engine import Value, affine, logsumexp
    from chalkgrad.nn import MLP

    x = [Value(0.01 * i, f"x{i}") for i in range(1, widths[0] + 1)]
    t = [Value(float(i == 1), f"t{i}") for i in range(1, widths[-1] + 1)]
    if written == "loops":
        theta = [Value(0.01 * (i % 7 - 3), f"p{i}") for i in range(len(parameters_of(widths)))]
        scores = by_loops(theta, x, widths, activation)
    else:
        model = MLP(widths[0], list(widths[1:]), activation=activation, expanded=written == "expanded", seed=0)
        theta, scores = model.parameters(), model(x)
    if widths[-1] == 1:
        return ((scores[0] if written == "loops" else scores) - t[0]) ** 2, [theta, x, t]
    return logsumexp(scores) - affine(t, scores, 0.0), [theta, x, t]


def by_loops(theta: list[Any], x: list[Any], widths: Widths, activation: str) -> list[Any]:
    """Returns the network as a student writes it, a number at a time."""
    given, z = iter(theta), x
    for layer, (n, m) in enumerate(itertools.pairwise(widths)):
        outputs = []
        for _ in range(m):
            weights, u = [next(given) for _ in range(n)], next(given)
            for i in range(n):
                u = u + weights[i] * z[i]
            outputs.append(u if layer == len(widths) - 2 else getattr(u, activation)())
        z = outputs
    return z


def chalkgrad_network(widths: Widths, batch: int, target: str, activation: str = "relu", written: str = "affine") -> Contender:
    from chalkgrad.engine import program

    loss, inputs = recorded(widths, activation, written)
    function = program(loss, inputs=inputs, wrt=inputs[:1]).compile(target, **({"threads": 1} if target == "llvm" else {}))
    given = numbers_of(widths, batch)

    def evidence() -> dict[str, list[float]]:
        losses, (gradient,) = function(*given)
        return loss_and_gradient(losses.sum(), gradient)

    return Contender(lambda: function(*given), evidence)


def chalkgrad_over(widths: Widths, batch: int, library: str) -> Contender:
    """Returns `program(…).function(…)` over jax.numpy, under jax.jit, or over torch."""
    from chalkgrad.engine import program

    loss, inputs = recorded(widths)
    recorded_program = program(loss, inputs=inputs, wrt=inputs[:1])
    if library == "torch":
        import torch

        torch.set_num_threads(1)
        function, given = recorded_program.function(torch), list(map(torch.from_numpy, numbers_of(widths, batch)))
        ready: Callable[[Any], Any] = lambda result: result  # noqa: E731 - beside the others' ways of waiting
    else:
        import jax

        function = jax.jit(recorded_program.function(jax.numpy))
        given, ready = list(map(jax.numpy.asarray, numbers_of(widths, batch))), jax.block_until_ready

    def evidence() -> dict[str, list[float]]:
        losses, (gradient,) = function(*given)
        return loss_and_gradient(losses.sum(), gradient)

    return Contender(lambda: ready(function(*given)), evidence)


# From the recorded loss to the first gradient, and planning: once in a process -------------------------------------------


def import_target(target: str) -> None:
    """Imports what a target needs, because imports do not count."""
    modules = ["chalkgrad.nn", f"chalkgrad.engine.programs.{'llvm.machine' if target == 'llvm' else 'compiled'}"]
    if target != "python":
        modules += ["chalkgrad.engine.programs.plan.grouping", "chalkgrad.engine.programs.plan.writer"]
    for module in modules:
        importlib.import_module(module)


def first_gradient(widths: Widths, batch: int, way: str) -> Contender:
    """Goes from the recorded loss to the gradient of a batch: by a target, by JAX over the program, or by JAX by hand."""
    from chalkgrad.engine import program

    import_target("llvm" if way == "llvm" else "numpy")
    if way.startswith("jax"):
        import jax

        jax.jit(lambda x: x + 1)(jax.numpy.zeros(1)).block_until_ready()  # starts it, which does not count
    if way == "jax by hand":
        function, given = jax_function(widths, batch, "flat")
        return once(lambda: jax.block_until_ready(jax.jit(function)(*given)))
    loss, inputs = recorded(widths)
    given = list(numbers_of(widths, batch))
    if way == "jax":
        given = list(map(jax.numpy.asarray, given))
    gc.collect()

    def first() -> tuple[Any, Any]:
        made = program(loss, inputs=inputs, wrt=inputs[:1])
        if way == "jax":
            losses, (gradient,) = jax.block_until_ready(jax.jit(made.function(jax.numpy))(*given))
        else:
            losses, (gradient,) = made.compile(way, **({"threads": 1} if way == "llvm" else {}))(*given)
        return losses.sum(), gradient

    return once(first)


def planning(graph: str, size: int) -> Contender:
    """Finds a graph's matrices and writes their source, where there are any; `program` before it is timed by itself."""
    from chalkgrad.engine import program
    from chalkgrad.engine.programs.planned import arrays_of

    import_target("numpy")
    if graph == "irregular":
        loss, *inputs = irregular_graph(size)
    else:
        loss, inputs = recorded([784, size, 10], written=graph)
    batched = (False,) + (True,) * (len(inputs) - 1)
    gc.collect()
    start = time.process_time()
    made = program(loss, inputs=inputs, wrt=inputs[:1])
    read = time.process_time()
    source = arrays_of(made, batched)
    if source is not None:
        source.write(imports=False)
    seconds = time.process_time() - read
    if (source is None) != (graph == "irregular"):
        raise ArithmeticError(f"{'no' if source is None else 'some'} matrices were found in what is {graph}")
    count = len(inputs[0]) if graph == "affine" else len(made.instructions)
    return Contender(lambda: None, lambda: {"count": [count], "seconds": [seconds], "before": [read - start]})


def irregular_graph(nodes: int) -> tuple[Any, list[Any], list[Any]]:
    """Returns a chain, each link a random operation on the last link and a random earlier one; all numbers stay near 1."""
    from chalkgrad.engine import Value

    generator = random.Random(nodes)
    theta = [Value(generator.uniform(-1, 1), f"p{i}") for i in range(1, 9)]
    x = [Value(0.5, "x1"), Value(-0.25, "x2")]
    seen = theta + x
    v = sum(seen[1:], seen[0]).tanh()
    for _ in range(nodes - 2 * len(seen)):
        w = generator.choice(seen)
        choices = [lambda v, w: v.tanh(), lambda v, w: v.sin(), lambda v, w: v.sigmoid()]
        if abs(v.data) < 3:
            choices += [lambda v, w: v + w, lambda v, w: v - w, lambda v, w: v * w, lambda v, w: v.softplus()]
            choices += [lambda v, w: v**2]
        if abs(v.data) < 1:
            choices += [lambda v, w: v.exp()]
        if v.data > 0.2:
            choices += [lambda v, w: v.sqrt(), lambda v, w: v.log()]
        if abs(w.data) > 0.4 and abs(v.data) < 2:
            choices += [lambda v, w: v / w]
        v = generator.choice(choices)(v, w)
        seen.append(v)
    return v, theta, x
