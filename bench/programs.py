"""Measures chalkgrad's compiled programs beside NumPy, PyTorch, JAX, CasADi, micrograd and the processor's peak. Run it with

    .venv/bin/pip install -e ".[bench]" && .venv/bin/python bench/programs.py

It prints a table, and writes it to docs/programs.md, with a plot in docs/pictures; `--quick` measures less and only prints.

Every contender runs in a process of its own, one at a time, on one core; the contenders take turns, times are of the processor,
and ratios are of medians over all turns, so that a noisy machine disturbs all of them alike. Before anything is timed, all of
them start from the same parameters and the same data, and their losses and gradients (and parameters after three steps, where
there are steps) have to agree to 1e-12 of the largest entry. Everything is float64. Nothing here is a test: figures are printed
beside the goals, met or not.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import itertools
import json
import math
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from networks import (
    Contender,
    chalkgrad_network,
    chalkgrad_over,
    environment,
    first_gradient,
    import_target,
    irregular_graph,
    jax_by_hand,
    kernel,
    loss_and_gradient,
    numpy_by_hand,
    once,
    parameters_of,
    planning,
    torch_by_hand,
)

DOCS = Path(__file__).resolve().parent.parent / "docs"
REPORT, PLOT = DOCS / "programs.md", DOCS / "pictures" / "programs.svg"
BEGIN, END = "<!-- bench/programs.py writes from here -->", "<!-- to here -->"
INSTALL = 'pip install -e ".[bench]"'

TARGETS = ("python", "numpy", "llvm")
DEMO, DIGITS = [2, 16, 16, 1], [64, 32, 10]
RATE, L2 = 0.05, 1e-4
BATCH = 32  # of digits
DIGITS_784 = [784, 128, 10]
# Networks and batches, and the goals: the NumPy target's time over NumPy's by hand, with relu and with tanh (None: there is no
# goal), and how many times as fast as the fastest of PyTorch and JAX machine code is to be.
NETWORKS: list[tuple[list[int], int, float, float | None, float]] = [
    (DEMO, 100, 1.2, 1.5, 3.5),
    (DEMO, 10_000, 0.7, 0.8, 4),
    (DIGITS, BATCH, 1.3, 1.5, 2.5),
    (DIGITS, 1437, 1.0, 1.1, 1.7),
    (DIGITS_784, 128, 1.1, None, 0.95),
]
# Multiply-adds a sample in the demo's MLP: forward, the weights' gradients, the adjoints of the two hidden layers.
MULTIPLY_ADDS = 304 + 304 + 272
CHECKED = 1e-12
LONGEST = 60  # seconds that one compilation may take


# The same work for everybody ---------------------------------------------------------------------------------------------


def demo_data(n: int) -> tuple[list[list[float]], list[float]]:
    """Returns points of the plane, and labels -1 or 1."""
    generator = random.Random(n)
    rows = [[generator.gauss(0, 1), generator.gauss(0, 1)] for _ in range(n)]
    return rows, [generator.choice([-1.0, 1.0]) for _ in range(n)]


def digits_data() -> tuple[list[list[float]], list[int]]:
    """Returns a batch of random rows of 64 numbers, and their classes."""
    generator = random.Random(64)
    rows = [[generator.gauss(0, 1) for _ in range(64)] for _ in range(BATCH)]
    return rows, [generator.randrange(10) for _ in range(BATCH)]


def three_steps(step: Callable[[], tuple[Any, Any]], parameters: Callable[[], Any]) -> Callable[[], dict[str, list[float]]]:
    """Returns evidence of a training step that returns its loss and gradient."""

    def evidence() -> dict[str, list[float]]:
        loss, gradient = step()
        first = {"loss": [float(loss)], "gradient": [float(g) for g in gradient]}
        step(), step()
        return {**first, "parameters": [float(p) for p in parameters()]}

    return evidence


# micrograd ---------------------------------------------------------------------------------------------------------------


def micrograd_demo() -> Contender:
    from micrograd.engine import Value
    from micrograd.nn import MLP

    rows, labels = demo_data(100)
    model = MLP(2, DEMO[1:])
    parameters = model.parameters()
    for p, x in zip(parameters, parameters_of(DEMO), strict=True):
        p.data = x

    def step() -> tuple[float, list[float]]:
        inputs = [list(map(Value, row)) for row in rows]
        scores = list(map(model, inputs))
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + L2 * sum(p * p for p in parameters)
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.data, parameters

    def seen() -> tuple[float, list[float]]:
        loss, parameters = step()
        return loss, [p.grad for p in parameters]

    return Contender(step, three_steps(seen, lambda: [p.data for p in parameters]))


# chalkgrad ---------------------------------------------------------------------------------------------------------------


def chalkgrad_options(target: str) -> dict[str, Any]:
    return {"threads": 1} if target == "llvm" else {}


def arrays(target: str, *data: Any) -> list[Any]:
    """Returns the data as the target takes them: lists for Python, arrays for the others."""
    if target == "python":
        return list(data)
    import numpy

    return [numpy.array(x, dtype=float) for x in data]


def demo_program(n: int) -> Any:
    """Returns the demo's loss for one sample, so that the sum over a batch of n is the demo's loss."""
    from chalkgrad.engine import Value, program
    from chalkgrad.nn import MLP

    model = MLP(2, DEMO[1:], seed=0)
    theta = model.parameters()
    x, y = [Value(0.5, "x1"), Value(-0.5, "x2")], Value(1.0, "y")
    loss = ((1 + -y * model(x)).relu() + L2 * sum(p * p for p in theta)) / n
    return program(loss, inputs=[theta, x, y], wrt=[theta])


def digits_program() -> Any:
    """Returns softmax cross-entropy of one sample, whose class is given one-hot."""
    from chalkgrad.engine import Value, affine, logsumexp, program
    from chalkgrad.nn import MLP

    model = MLP(64, DIGITS[1:], seed=0)
    theta = model.parameters()
    x, t = [Value(0.01 * i, f"x{i}") for i in range(1, 65)], [Value(float(i == 1), f"t{i}") for i in range(1, 11)]
    scores = model(x)
    return program(logsumexp(scores) - affine(t, scores, 0.0), inputs=[theta, x, t], wrt=[theta])


def one_hot(labels: Sequence[int]) -> list[list[float]]:
    return [[float(i == label) for i in range(10)] for label in labels]


def chalkgrad_demo(target: str, n: int) -> Contender:
    """Returns the demo step by a target: losses, gradient, update."""
    function = demo_program(n).compile(target, **chalkgrad_options(target))
    theta, rows, labels = arrays(target, parameters_of(DEMO), *demo_data(n))

    def in_lists() -> tuple[float, list[float]]:
        nonlocal theta
        values, (gradient,) = function(theta, rows, labels)
        theta = [p - RATE * g for p, g in zip(theta, gradient, strict=True)]
        return sum(values), gradient

    def in_arrays() -> tuple[float, Any]:
        nonlocal theta
        values, (gradient,) = function(theta, rows, labels)
        theta -= RATE * gradient
        return values.sum(), gradient

    step = in_lists if target == "python" else in_arrays
    return Contender(step, three_steps(step, lambda: theta))


def chalkgrad_evaluation(target: str, n: int) -> Contender:
    """Returns the demo's loss and its gradient, without an update."""
    function = demo_program(n).compile(target, **chalkgrad_options(target))
    theta, rows, labels = arrays(target, parameters_of(DEMO), *demo_data(n))

    def step() -> tuple[Any, Any]:
        values, (gradient,) = function(theta, rows, labels)
        return sum(values) if target == "python" else values.sum(), gradient

    return Contender(step, lambda: loss_and_gradient(*step()))


def chalkgrad_call(target: str, which: str, adjoints: bool) -> Contender:
    """Returns one call of the demo's or the digits' function, with the adjoints or for the values alone."""
    if which == "demo":
        recorded, data, widths = demo_program(100), demo_data(100), DEMO
    else:
        rows, labels = digits_data()
        recorded, data, widths = digits_program(), (rows, one_hot(labels)), DIGITS
    function = recorded.compile(target, adjoints=adjoints, **chalkgrad_options(target))
    inputs = arrays(target, parameters_of(widths), *data)

    def evidence() -> dict[str, list[float]]:
        result = function(*inputs)
        return {"values": [float(v) for v in (result[0] if adjoints else result)]}

    return Contender(lambda: function(*inputs), evidence)


# CasADi ------------------------------------------------------------------------------------------------------------------


def casadi_loss(casadi: Any, symbols: Any, n: int, scale: float, penalty: float) -> Any:
    """Returns the loss of n samples and its gradient as a function of parameters, points (2 by n) and labels."""
    theta, x, y = symbols.sym("theta", 337), symbols.sym("x", 2, n), symbols.sym("y", 1, n)
    z, start = x, 0
    for inputs, width in itertools.pairwise(DEMO):
        both = casadi.reshape(theta[start : start + width * (inputs + 1)], inputs + 1, width).T
        z = both[:, :inputs] @ z + casadi.repmat(both[:, inputs], 1, n)
        z = casadi.fmax(z, 0) if width != DEMO[-1] else z
        start += width * (inputs + 1)
    loss = scale * casadi.sum2(casadi.fmax(1 - y * z, 0)) + penalty * casadi.dot(theta, theta)
    return casadi.Function("loss", [theta, x, y], [loss, casadi.gradient(loss, theta)])


def casadi_function(casadi: Any, way: str) -> Any:
    """Returns the demo's loss: scalars (SX) for the whole batch, scalars for one sample that is mapped, or matrices (MX)."""
    if way != "map":
        return casadi_loss(casadi, {"SX": casadi.SX, "MX": casadi.MX}[way], 100, 0.01, L2)
    sample = casadi_loss(casadi, casadi.SX, 1, 0.01, 0.0)
    theta, x, y = casadi.MX.sym("theta", 337), casadi.MX.sym("x", 2, 100), casadi.MX.sym("y", 1, 100)
    loss, gradient = sample.map("mapped", "serial", 100, [0], [1])(theta, x, y)
    return casadi.Function(
        "loss", [theta, x, y], [casadi.sum2(loss) + L2 * casadi.dot(theta, theta), gradient + 2 * L2 * theta]
    )


def casadi_call(function: Any) -> Callable[[], tuple[Any, Any]]:
    """Returns a call of CasADi's function on buffers, the cheapest it has."""
    import numpy

    rows, labels = demo_data(100)
    inputs = [numpy.array(parameters_of(DEMO)), numpy.array(rows).ravel(), numpy.array(labels)]  # x by columns
    loss, gradient = numpy.zeros(1), numpy.zeros(337)
    buffer, evaluate = function.buffer()
    for i, x in enumerate(inputs):
        buffer.set_arg(i, memoryview(x))
    for i, x in enumerate((loss, gradient)):
        buffer.set_res(i, memoryview(x))

    def call(_keep: Any = (function, buffer, inputs)) -> tuple[Any, Any]:
        evaluate()
        return loss[0], gradient

    return call


def casadi_demo(way: str, flags: Sequence[str] | None) -> Contender:
    """Returns the loss and its gradient, by CasADi's virtual machine or, with flags for a C compiler, as compiled C."""
    import casadi

    function = casadi_function(casadi, way)
    if flags is not None:
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise RuntimeError("there is no C compiler")
        generator = casadi.CodeGenerator("loss.c")
        generator.add(function)
        with tempfile.TemporaryDirectory() as folder:
            code, library = Path(folder, "loss.c"), Path(folder, "loss.so")
            code.write_text(generator.dump())
            command = [compiler, "-shared", "-fPIC", *flags, str(code), "-o", str(library), "-lm"]
            subprocess.run(command, check=True, timeout=LONGEST)
            function = casadi.external("loss", str(library))
    call = casadi_call(function)
    return Contender(call, lambda: loss_and_gradient(*call()))


# From nothing to the first gradient, and compile times: once in a process --------------------------------------------------


def casadi_first(way: str) -> Contender:
    import casadi
    import numpy  # noqa: F401  (imports do not count)

    return once(lambda: casadi_call(casadi_function(casadi, way))())


def chalkgrad_first(target: str) -> Contender:
    import_target(target)
    data = arrays(target, parameters_of(DEMO), *demo_data(100))

    def first() -> tuple[Any, Any]:
        values, (gradient,) = demo_program(100).compile(target, **chalkgrad_options(target))(*data)
        return sum(values), gradient

    return once(first)


def chalkgrad_compile(target: str, shape: str, nodes: int) -> Contender:
    """Returns what it takes to make a program of ``nodes`` nodes, compile it, and call it once for one sample."""
    from chalkgrad.engine import program

    import_target(target)
    loss, theta, x = {"MLP": wide_network, "irregular": irregular_graph}[shape](nodes)
    numbers = [[p.data for p in theta], [[v.data for v in x]]]
    loss.backward()
    expected, count = [loss.data, *(p.grad for p in theta)], len(loss.tape())
    inputs = arrays(target, *numbers)
    gc.collect()
    start = time.process_time()
    function = program(loss, inputs=[theta, x], wrt=[theta]).compile(target, **chalkgrad_options(target))
    (value,), (gradient,) = function(*inputs)
    seconds = time.process_time() - start
    error = max(abs(p - q) for p, q in zip(expected, [value, *gradient], strict=True))
    if not error <= 1e-9 * max(map(abs, expected)):
        raise ArithmeticError(f"value and gradient differ from those of the recorded graph by {error}")
    return Contender(lambda: None, lambda: {"nodes": [count], "seconds": [seconds]})


def wide_network(nodes: int) -> tuple[Any, list[Any], list[Any]]:
    """Returns an MLP 2-n-n-1 expanded node for node: some 3n² nodes."""
    from chalkgrad.engine import Value
    from chalkgrad.nn import MLP

    width = max(2, round((math.sqrt(36 + 12 * nodes) - 12) / 6))
    model = MLP(2, [width, width, 1], activation="tanh", expanded=True, seed=0)
    x = [Value(0.5, "x1"), Value(-0.25, "x2")]
    return model(x), model.parameters(), x


# The processor's peak ----------------------------------------------------------------------------------------------------

PEAK = """
declare {vector} @llvm.fma.v{width}f64({vector}, {vector}, {vector})
define double @peak(i64 %n, double %a, double %b) "min-legal-vector-width"="{bits}" "prefer-vector-width"="{bits}" {{
entry:
  %a0 = insertelement {vector} undef, double %a, i32 0
  %av = shufflevector {vector} %a0, {vector} undef, <{width} x i32> zeroinitializer
  %b0 = insertelement {vector} undef, double %b, i32 0
  %bv = shufflevector {vector} %b0, {vector} undef, <{width} x i32> zeroinitializer
{starts}
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %i1, %loop ]
{phis}
{fmas}
  %i1 = add i64 %i, 1
  %more = icmp ult i64 %i1, %n
  br i1 %more, label %loop, label %done
done:
{sums}
  %result = extractelement {vector} %s{last}, i32 0
  ret double %result
}}
"""


def multiply_add_peak(width: int, chains: int) -> Contender:
    """Returns a loop of independent chains of multiply-adds, all in registers; one step is a million rounds of a chain."""
    import ctypes

    import llvmlite.binding as llvm

    vector = f"<{width} x double>"
    each = range(chains)
    text = PEAK.format(
        vector=vector,
        width=width,
        bits=64 * width,
        starts="\n".join(
            f"  %c{j} = fmul {vector} %av, <{', '.join(f'double {j + k / 8 + 1}' for k in range(width))}>" for j in each
        ),
        phis="\n".join(f"  %x{j} = phi {vector} [ %c{j}, %entry ], [ %y{j}, %loop ]" for j in each),
        fmas="\n".join(
            f"  %y{j} = call {vector} @llvm.fma.v{width}f64({vector} %x{j}, {vector} %av, {vector} %bv)" for j in each
        ),
        sums="\n".join(f"  %s{j} = fadd {vector} {f'%s{j - 1}' if j else 'zeroinitializer'}, %y{j}" for j in each),
        last=chains - 1,
    )
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.finalize_object()
    peak = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64, ctypes.c_double, ctypes.c_double)(
        engine.get_function_address("peak")
    )
    rounds = 100_000

    def step(_keep: Any = engine) -> float:
        return peak(rounds, 0.999, 0.001)

    return Contender(step, lambda: {"multiply-adds": [float(width * chains * rounds)]})


# Processes ---------------------------------------------------------------------------------------------------------------

TASKS: dict[str, Callable[..., Contender]] = {
    f.__name__: f
    for f in (
        micrograd_demo,
        chalkgrad_demo,
        chalkgrad_evaluation,
        chalkgrad_call,
        chalkgrad_first,
        chalkgrad_compile,
        chalkgrad_network,
        chalkgrad_over,
        first_gradient,
        planning,
        numpy_by_hand,
        torch_by_hand,
        jax_by_hand,
        casadi_demo,
        casadi_first,
        multiply_add_peak,
    )
}


def serve() -> None:
    """Serves as a contender's process: reads tasks from its input, a line each, and answers with a line each."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    if hasattr(os, "sched_setaffinity"):  # a library that makes a thread for each core makes one
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.dup2(2, 1)  # whatever a library prints goes among the complaints
    contenders: dict[str, Contender] = {}
    for line in sys.stdin:
        request = json.loads(line)
        name = request["name"]
        try:
            if "task" in request:
                contenders[name] = TASKS[request["task"]](**request["options"])
                answer = contenders[name].evidence()
            else:
                answer = {"times": clock(contenders[name].step, **request["clock"])}
        except ModuleNotFoundError as error:
            package, _, module = (error.name or "").partition(".")
            answer = {"error": str(error)} if package == "chalkgrad" and module else {"missing": package, "error": str(error)}
        except Exception as error:  # a target that is not there, or fails: to be reported, beside everything else
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"}
        answers.write(json.dumps(answer) + "\n")


def clock(step: Callable[[], Any], seconds: float, least: int) -> list[float]:
    """Returns the times of steps for ``seconds``, after half as long for the processor to get up to speed.

    Short steps are timed several together, because the clock of the processor takes a microsecond itself.
    """
    now = time.process_time
    start, count = now(), 0
    while not count or now() < start + seconds / 2:
        step()
        count += 1
    together = max(1, round(1e-3 * count / (now() - start)))
    times: list[float] = []
    end = now() + seconds
    while len(times) < least or now() < end:
        start = now()
        for _ in range(together):
            step()
        times.append((now() - start) / together)
    return times


class Process:
    """A contender's process, and the questions put to it."""

    def __init__(self) -> None:
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed on leaving)
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            env=environment(),
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            return json.loads(line)
        self._complaints.seek(0)
        last = self._complaints.read().strip().splitlines()[-1:]
        return {"error": " ".join([f"the process ended with code {self._process.wait()}", *last])}

    def ask_once(self, timeout: float, **request: Any) -> dict[str, Any]:
        """Returns the answer to one question, by a process that may take until the ``timeout`` and ends with it."""
        try:
            line, _ = self._process.communicate(json.dumps(request) + "\n", timeout=timeout)
        except subprocess.TimeoutExpired:
            self.__exit__()
            return {"error": f"more than {timeout:.0f} s", "late": True}
        return json.loads(line) if line else {"error": f"the process ended with code {self._process.returncode}"}

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream is not None and not stream.closed:
                with suppress(BrokenPipeError):
                    stream.close()


class Processes(dict[str, Process]):
    """Processes by name, each started when it is asked for."""

    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack

    def __missing__(self, name: str) -> Process:
        made = self[name] = self._stack.enter_context(Process())
        return made


# Results -----------------------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """A row of the table; `ratio` and `goal` are numbers for the plot, which has the bars that have a `bar`."""

    what: str
    measured: str
    goal: str
    met: bool
    bar: str = ""
    ratio: float = math.nan
    least: float = math.nan


@dataclass
class Bench:
    """What has been measured so far.

    Attributes:
        turns: how often each contender has its turn
        seconds: how long a turn lasts
        quick: whether less is measured
        results: the rows of the table
        compiled: for a shape and a target, pairs of nodes and seconds
        absent: the packages that are not installed
        failures: for a reason, what could not be measured because of it
        medians: seconds a step, for every contender that was measured
    """

    turns: int
    seconds: float
    quick: bool
    results: list[Result] = field(default_factory=list)
    compiled: dict[tuple[str, str], list[tuple[float, float]]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    failures: dict[str, list[str]] = field(default_factory=dict)
    medians: dict[str, float] = field(default_factory=dict)

    def row(self, what: str, measured: str, goal: str, met: bool, **bar: Any) -> None:
        self.results.append(Result(what, measured, goal, met, **bar))
        print(f"{what:<88} {measured:>32}   goal {goal:<18} {'met' if met else 'NOT met'}", flush=True)

    def failed(self, name: str, answer: dict[str, Any]) -> None:
        if "missing" in answer:
            self.absent.add(answer["missing"])
        elif name not in self.failures.setdefault(answer["error"], []):
            self.failures[answer["error"]].append(name)

    def against(self, what: str, other: str, mine: str, goal: float, bar: str = "") -> None:
        """Adds a row for how many times as long the other takes."""
        if other in self.medians and mine in self.medians:
            ratio = self.medians[other] / self.medians[mine]
            times = f"{digits(ratio)}x ({span(self.medians[other])} / {span(self.medians[mine])})"
        else:
            ratio, times = math.nan, "not measured"
        self.row(what, times, f">= {goal:,g}x", ratio >= goal, bar=bar, ratio=ratio, least=goal)

    def within(self, what: str, mine: str, other: str, goal: float, bar: str = "") -> None:
        """Adds a row for how many times the time of the other is taken."""
        if other in self.medians and mine in self.medians:
            ratio = self.medians[mine] / self.medians[other]
            times = f"{digits(ratio)}x ({span(self.medians[mine])} / {span(self.medians[other])})"
        else:
            ratio, times = math.nan, "not measured"
        self.row(what, times, f"<= {goal:g}x", ratio <= goal, bar=bar, ratio=1 / ratio, least=1 / goal)

    def measure(self, contenders: dict[str, tuple[str, str, dict[str, Any]]], processes: Processes | None = None) -> None:
        """Measures contenders that take turns: for each name, which process it runs in, its task and the options.

        Raises SystemExit where they do not compute the same thing.
        """
        with ExitStack() as stack:
            if processes is None:
                processes = Processes(stack)
            evidence: dict[str, dict[str, list[float]]] = {}
            for name, (process, task, options) in contenders.items():
                answer = processes[process].ask(name=name, task=task, options=options)
                if "error" in answer:
                    self.failed(name, answer)
                else:
                    evidence[name] = answer
            compare(evidence, CHECKED)
            times: dict[str, list[float]] = {name: [] for name in evidence}
            for _ in range(self.turns):
                for name in evidence:
                    ask = {"seconds": self.seconds, "least": 1 if self.quick else 2}
                    answer = processes[contenders[name][0]].ask(name=name, clock=ask)
                    if "error" in answer:
                        self.failed(name, answer)
                    times[name] += answer.get("times", [])
        self.medians.update({name: statistics.median(seen) for name, seen in times.items() if seen})

    def measure_once(self, tasks: dict[str, tuple[str, dict[str, Any]]]) -> None:
        """Measures what can be timed but once in a process: for each name its task and the options."""
        times: dict[str, list[float]] = {}
        evidence: dict[str, dict[str, list[float]]] = {}
        for _ in range(1 if self.quick else self.turns):
            for name, (task, options) in tasks.items():
                with Process() as process:
                    answer = process.ask_once(LONGEST, name=name, task=task, options=options)
                if "error" not in answer:
                    times.setdefault(name, []).extend(answer["seconds"])
                    evidence[name] = answer
                else:
                    self.failed(name, answer)
        compare(evidence, CHECKED)
        self.medians.update({name: statistics.median(seen) for name, seen in times.items()})

    def best(self, name: str, *ways: str) -> str:
        """Takes the fastest of several ways under one name, and says which it was."""
        measured = [way for way in ways if way in self.medians]
        if not measured:
            return ""
        way = min(measured, key=self.medians.__getitem__)
        self.medians[name] = self.medians[way]
        return way


def compare(evidence: dict[str, dict[str, list[float]]], tolerance: float) -> None:
    """Ends the program where contenders differ by more than the tolerance, as a share of the largest entry."""
    firsts: dict[str, str] = {}
    for second, those in evidence.items():
        for key in those.keys() - {"seconds", "multiply-adds"}:
            first = firsts.setdefault(key, second)
            these = evidence[first][key]
            largest = max(map(abs, these))
            errors = [abs(x - y) for x, y in zip(these, those[key], strict=True)]
            if not all(error <= tolerance * largest for error in errors):
                share = max(errors) / largest
                sys.exit(
                    f"{first} and {second} do not compute the same thing: their {key} differ by {share:.1e} of the largest"
                )


def span(seconds: float) -> str:
    """Returns a time to three digits.

    >>> span(0.01234)
    '12.3 ms'
    """
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * scale >= 1 or unit == "µs":
            return f"{digits(seconds * scale)} {unit}"
    raise AssertionError


def digits(x: float) -> str:
    """Returns a positive number to three digits, the thousands with commas."""
    return f"{x:.2f}" if x < 10 else f"{x:.1f}" if x < 100 else f"{x:,.0f}"


# The figures -------------------------------------------------------------------------------------------------------------


def training_steps(bench: Bench) -> None:
    mine = {f"chalkgrad {t}, 100": (f"chalkgrad {t}", "chalkgrad_demo", {"target": t, "n": 100}) for t in TARGETS}
    bench.measure({"micrograd": ("micrograd", "micrograd_demo", {}), **mine})
    for target, goal in zip(TARGETS, (150, 300, 20_000), strict=True):
        bench.against(
            f"demo step, batch 100: micrograd / {target}",
            "micrograd",
            f"chalkgrad {target}, 100",
            goal,
            bar=f"micrograd's demo step, {target}",
        )


def networks(bench: Bench) -> None:
    """Measures loss and gradient: by programs, and by hand in NumPy, PyTorch and JAX."""
    with ExitStack() as stack:
        processes = Processes(stack)
        for widths, batch, _, _, _ in NETWORKS:
            bench.measure(of_network(bench, widths, batch), processes)
        for widths, batch, _, goal, _ in NETWORKS:
            if goal is not None:
                options = {"widths": widths, "batch": batch, "activation": "tanh"}
                name = named(widths, batch)
                contenders = {
                    f"tanh by hand, {name}": ("numpy", "numpy_by_hand", options),
                    f"tanh numpy, {name}": ("chalkgrad numpy", "chalkgrad_network", {**options, "target": "numpy"}),
                }
                bench.measure(contenders, processes)
    for activation in ("relu", "tanh"):
        for widths, batch, relu, tanh, _ in NETWORKS:
            goal, name = relu if activation == "relu" else tanh, named(widths, batch)
            if goal is not None:
                what, start = f"{activation}, {name}: numpy / NumPy by hand", "tanh " * (activation == "tanh")
                bench.within(
                    what, f"{start}numpy, {name}", f"{start}by hand, {name}", goal, bar=f"NumPy by hand, {activation}, {name}"
                )
    for widths, batch, _, _, fast in NETWORKS:
        name = named(widths, batch)
        ways = [f"{way}, {name}" for way in (*TORCH_WAYS, *JAX_WAYS)]
        fastest = bench.best(f"fastest, {name}", *ways).removesuffix(f", {name}")
        missing = "" if bench.quick or f"{COMPILED}, {name}" in bench.medians else ", without torch.compile"
        what = f"relu, {name}: the fastest of PyTorch and JAX ({fastest or '?'}{missing}) / llvm"
        bench.against(what, f"fastest, {name}", f"llvm, {name}", fast, bar=f"PyTorch or JAX, {name}")
    for library, by_hand, words in (("jax", JAX_WAYS, "jax.jit"), ("torch", TORCH_WAYS[:2], "torch")):
        for widths, batch, _, _, _ in NETWORKS:
            name = named(widths, batch)
            way = bench.best(f"{library} by hand, {name}", *(f"{way}, {name}" for way in by_hand)).removesuffix(f", {name}")
            what = f"relu, {name}: {words} over p.function / by hand ({way or '?'})"
            bench.within(what, f"{library} over, {name}", f"{library} by hand, {name}", 1.1)


COMPILED = "torch.compile"
TORCH_WAYS, JAX_WAYS = ("torch, leaves", "torch, flat", COMPILED), ("jax.jit, leaves", "jax.jit, flat")


def named(widths: Sequence[int], batch: int) -> str:
    return f"{'-'.join(map(str, widths))} at {batch:,}"


def of_network(bench: Bench, widths: Sequence[int], batch: int) -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Returns the contenders for a network with relu."""
    options, name = {"widths": widths, "batch": batch}, named(widths, batch)
    contenders: dict[str, tuple[str, str, dict[str, Any]]] = {
        "by hand": ("numpy", "numpy_by_hand", {"activation": "relu"}),
        "numpy": ("chalkgrad numpy", "chalkgrad_network", {"target": "numpy"}),
        "llvm": ("chalkgrad llvm", "chalkgrad_network", {"target": "llvm"}),
        "torch, leaves": ("torch", "torch_by_hand", {"way": "leaves"}),
        "jax.jit, leaves": ("jax", "jax_by_hand", {"way": "leaves"}),
        "torch over": ("chalkgrad torch", "chalkgrad_over", {"library": "torch"}),
        "jax over": ("chalkgrad jax", "chalkgrad_over", {"library": "jax"}),
    }
    if not bench.quick:
        contenders["torch, flat"] = "torch", "torch_by_hand", {"way": "flat"}
        contenders["jax.jit, flat"] = "jax", "jax_by_hand", {"way": "flat"}
        contenders[COMPILED] = COMPILED, "torch_by_hand", {"way": "leaves", "compiled": True}
    return {f"{way}, {name}": (process, task, {**options, **own}) for way, (process, task, own) in contenders.items()}


def first_of_network(bench: Bench) -> None:
    """Measures the way from the recorded loss to the first gradient."""
    options = {"widths": DIGITS_784, "batch": 128}
    bench.measure_once({f"to first {way}": ("first_gradient", {**options, "way": way}) for way in FIRST})
    by_hand = bench.medians.get("to first jax by hand", math.nan)
    for way, goal in (("numpy", 0.3), ("llvm", 0.6), ("jax", by_hand + 0.3)):
        seconds = bench.medians.get(f"to first {way}", math.nan)
        said, allowed = "not measured" if math.isnan(seconds) else span(seconds), f"<= {goal:.2g} s"
        if way == "jax":
            said, allowed = f"{said} (by hand {span(by_hand)})" if by_hand == by_hand else said, "<= by hand + 0.3 s"
        bench.row(f"recorded loss to first gradient, {named(DIGITS_784, 128)}: {way}", said, allowed, seconds <= goal)


FIRST = ("numpy", "llvm", "jax", "jax by hand")


def ways_of_writing(bench: Bench) -> None:
    """Measures the same network by affine, node by node, and in a student's own loops."""
    widths = DIGITS if bench.quick else DIGITS_784
    options, name = {"widths": widths, "batch": BATCH}, named(widths, BATCH)
    for target in ("numpy", "llvm"):
        contenders = {
            f"{written} {target}, {name}": (
                f"{written} {target}",
                "chalkgrad_network",
                {**options, "target": target, "written": written},
            )
            for written in ("affine", "expanded", "loops")
        }
        # The parameters are the same; so the results are, however the network was written.
        bench.measure(contenders)
        for written, words in (("expanded", "expanded=True"), ("loops", "a student's loops")):
            what = f"{name}, {words} / affine, {target}"
            bench.within(what, f"{written} {target}, {name}", f"affine {target}, {name}", 1.1)


# Graphs to plan: what it is, of which sizes for three decades up to a million, what is counted, and microseconds for each.
PLANNED = {
    "affine": ("affine 784-n-10", (12, 126, 1257), "leaf", 1),
    "expanded": ("expanded=True 784-n-10", (6, 63, 629), "operation", 5),
    "irregular": ("irregular, stepping aside", (10_000, 100_000, 1_000_000), "operation", 3),
}


def planning_times(bench: Bench) -> None:
    """Measures how long it takes to find matrices and write them, by the size of the graph."""
    for graph, (words, sizes, unit, goal) in PLANNED.items():
        points: list[tuple[float, float]] = []
        read, late = math.nan, ""
        for size in (sizes[0], sizes[1] // 3) if bench.quick else sizes:
            seconds: list[float] = []
            while not seconds or (not bench.quick and len(seconds) < 3 and seconds[0] < 0.5):
                with Process() as process:
                    answer = process.ask_once(3 * LONGEST, name="plan", task="planning", options={"graph": graph, "size": size})
                if "error" in answer:
                    late = f"; {size:,}: {answer['error']}"
                    if not answer.get("late"):
                        bench.failed(f"planning, {words}, {size:,}", answer)
                    break
                seconds += answer["seconds"]
                count = answer["count"][0]
                read = answer["before"][0] / count
            if seconds:
                points.append((count, statistics.median(seconds)))
            if late:
                break
        what, allowed = f"plan and writing, {words}: a{'n' * (unit[0] in 'aeiou')} {unit}", f"<= {goal} µs"
        if not points:
            bench.row(what, "not measured", allowed, False)
            continue
        count, last = points[-1]
        each = last / count
        bench.row(what, f"{span(each)} ({span(last)} for {count:,}; program() {span(read)})", allowed, each <= goal * 1e-6)
        exponent = growth(points[-2:])
        bench.row("the same: seconds grow as its size to the", f"{exponent:.2f}{late}", "<= 1.1", exponent <= 1.1 and not late)


def peak_share(bench: Bench) -> None:
    """Measures the share of the multiply-adds that this core could do in the time of one call."""
    shapes = [(width, chains) for width in (4, 8) for chains in (12, 16)]
    names = {f"peak {w} wide, {c} chains": (w, c) for w, c in shapes}
    bench.measure(
        {
            "loss and gradient, 10000": ("chalkgrad", "chalkgrad_evaluation", {"target": "llvm", "n": 10_000}),
            **{name: ("peak", "multiply_add_peak", {"width": w, "chains": c}) for name, (w, c) in names.items()},
        }
    )
    rates = [2 * w * c * 100_000 / bench.medians[name] for name, (w, c) in names.items() if name in bench.medians]
    mine = bench.medians.get("loss and gradient, 10000")
    what = "multiply-add peak of a core: share used by llvm, batch 10,000"
    if not rates or mine is None:
        bench.row(what, "not measured", ">= 50 %", False)
        return
    rate = 2 * MULTIPLY_ADDS * 10_000 / mine
    share = rate / max(rates)
    bench.row(what, f"{share:.0%} ({rate / 1e9:.1f} / {max(rates) / 1e9:.1f} Gflop/s)", ">= 50 %", share >= 0.5)


def against_casadi(bench: Bench) -> None:
    optimised = ["-O3", "-march=native"]
    ways: dict[str, tuple[str, list[str] | None]] = {f"CasADi {way}": (way, None) for way in ("SX", "map", "MX")}
    for way in ("map", "MX"):
        ways[f"CasADi {way} as C"] = (way, optimised)
        ways[f"CasADi {way} as C, -ffast-math"] = (way, [*optimised, "-ffast-math"])
    contenders = {name: ("casadi", "casadi_demo", {"way": way, "flags": flags}) for name, (way, flags) in ways.items()}
    mine = {f"evaluation, {t}": (f"chalkgrad {t}", "chalkgrad_evaluation", {"target": t, "n": 100}) for t in TARGETS}
    bench.measure({**contenders, **mine})
    bench.against(
        "loss and gradient, batch 100: CasADi SX / llvm",
        "CasADi SX",
        "evaluation, llvm",
        10,
        bar="CasADi SX, gradient",
    )
    best = bench.best("CasADi", *ways)
    bench.against(
        f"the same against the fastest of CasADi's ways ({best.removeprefix('CasADi ') or '?'})",
        "CasADi",
        "evaluation, llvm",
        10,
        bar="CasADi's fastest, gradient",
    )
    first_gradients(bench)


def first_gradients(bench: Bench) -> None:
    tasks: dict[str, tuple[str, dict[str, Any]]]
    tasks = {f"first CasADi {way}": ("casadi_first", {"way": way}) for way in ("SX", "map", "MX")}
    tasks |= {f"first {target}": ("chalkgrad_first", {"target": target}) for target in TARGETS}
    bench.measure_once(tasks)
    mine = bench.best("first", *(f"first {target}" for target in TARGETS))
    target = mine.removeprefix("first ") or "?"
    bench.against(f"to the first gradient: CasADi SX / {target}", "first CasADi SX", "first", 2, bar="CasADi SX, to the first")
    way = bench.best("first CasADi", *(name for name in tasks if "CasADi" in name)).removeprefix("first CasADi ") or "?"
    bench.against(
        f"the same against the fastest of CasADi's ways ({way})",
        "first CasADi",
        "first",
        2,
        bar="CasADi's fastest, to the first",
    )


def gradient_costs(bench: Bench) -> None:
    """Measures what a gradient costs, in evaluations of the value."""
    for which, words in (("demo", "demo, batch 100"), ("digits", f"digits, batch {BATCH}")):
        contenders = {
            f"{which} {t}{' gradient' * adjoints}": (
                f"chalkgrad {t}",
                "chalkgrad_call",
                {"target": t, "which": which, "adjoints": adjoints},
            )
            for t in TARGETS
            for adjoints in (False, True)
        }
        bench.measure(contenders)
        for t in TARGETS:
            value, gradient = bench.medians.get(f"{which} {t}"), bench.medians.get(f"{which} {t} gradient")
            if value is None or gradient is None:
                ratio, times = math.nan, "not measured"
            else:
                ratio = gradient / value
                times = f"{ratio:.2f}x ({span(gradient)} / {span(value)})"
            bench.row(f"with the gradient / the value alone, {words}, {t}", times, "<= 4x", ratio <= 4)


def compile_times(bench: Bench) -> None:
    """Measures how compile time grows with the number of nodes."""
    sizes = [300, 3000] if bench.quick else [100, 1000, 10_000, 30_000, 100_000]
    for shape in ("MLP", "irregular"):
        for target in TARGETS:
            points = bench.compiled.setdefault((shape, target), [])
            last = ""
            for size in sizes:
                if len(points) > 1 and points[-1][1] * (size / points[-1][0]) > LONGEST * 1.5:
                    break
                options = {"target": target, "shape": shape, "nodes": size}
                answer: dict[str, Any] = {}
                seconds: list[float] = []
                while not seconds or (not bench.quick and len(seconds) < 3 and seconds[0] < 0.5):
                    with Process() as process:
                        answer = process.ask_once(LONGEST, name="compile", task="chalkgrad_compile", options=options)
                    if "error" in answer:
                        break
                    seconds += answer["seconds"]
                if "error" in answer:
                    last = f", {size:,} nodes: {answer['error']}"
                    if not answer.get("late"):
                        bench.failed(f"compile time, {shape}, {target}, {size:,} nodes", answer)
                    break
                points.append((answer["nodes"][0], statistics.median(seconds)))
            exponent = growth([point for point in points if point[0] > points[-1][0] / 12])  # over the last decade
            what = f"compile time, {shape}, {target}: seconds grow as nodes to the"
            if math.isnan(exponent):
                bench.row(what, f"not measured{last}" if "more than" in last else "not measured", "<= 1.15", False)
                continue
            ends = f"{exponent:.2f} ({span(points[-1][1])} for {points[-1][0]:,}{' nodes' * (not last)}{last})"
            bench.row(what, ends, "<= 1.15", exponent <= 1.15 and not last)


def growth(points: Sequence[tuple[float, float]]) -> float:
    """Returns the slope of the line through the logarithms, by least squares."""
    if len(points) < 2:
        return math.nan
    x, y = ([math.log(point[i]) for point in points] for i in (0, 1))
    return statistics.linear_regression(x, y).slope


# What is written ---------------------------------------------------------------------------------------------------------

NOTES = f"""# Compiled programs, measured

`python bench/programs.py` measures the targets of `program(…).compile(…)`, and jax and torch over `program(…).function(…)`,
beside the same by hand in NumPy, PyTorch and JAX, beside micrograd and CasADi; it writes the table below, and the plot.
Needed is `{INSTALL}`; a name of a figure (`networks`, `planning_times`, …) measures and prints that one alone.

![Speed-ups on a logarithmic axis, and compile time against the number of nodes](pictures/programs.svg)

{BEGIN}
{END}
"""


def machine() -> str:
    """Returns one sentence on what the figures were measured with."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    versions = []
    for package in ("numpy", "llvmlite", "micrograd", "torch", "jax", "casadi"):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {package}")
    blas = kernel()
    load = f"{os.getloadavg()[1]:.0f}" if hasattr(os, "getloadavg") else "some"
    return (
        f"{model}, {platform.machine()}, {os.cpu_count()} cores of a shared machine under a load of {load}; "
        f"Python {platform.python_version()}, {', '.join(versions)}{f'; OpenBLAS with its kernel {blas}' if blas else ''}."
    )


def missing(bench: Bench) -> list[str]:
    """Returns what could not be measured, and why."""
    return [f"{', '.join(names)} ({reason})" for reason, names in bench.failures.items()]


def write_report(bench: Bench) -> None:
    """Puts the table between its two markers, and leaves everything around it as it is."""
    lines = [machine(), "", "| what | measured | goal | |", "|---|---|---|---|"]
    lines += [f"| {r.what} | {r.measured} | {r.goal} | {'met' if r.met else '**not met**'} |" for r in bench.results]
    if bench.failures:
        lines += ["", "Not measured: " + "; ".join(missing(bench)) + "."]
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else NOTES
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    REPORT.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


def write_plot(bench: Bench) -> None:
    """Draws two panels: the speed-ups as bars, with a tick at each goal, and compile time against nodes."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"font.size": 14, "axes.spines.top": False, "axes.spines.right": False})
    from chalkgrad.viz.plots.axes import logarithmic
    from chalkgrad.viz.plots.figures import save_figure
    from matplotlib import pyplot

    blue, orange, green, ink = "#0072B2", "#E69F00", "#009E73", "#222222"
    bars = [result for result in bench.results if result.bar and not math.isnan(result.ratio)]
    size = 16, max(7.5, 0.42 * len(bars) + 1.5)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=size, width_ratios=[1.15, 1], layout="constrained")
    for place, result in enumerate(reversed(bars)):
        left.barh(place, result.ratio - 1, left=1, height=0.62, color=blue if result.met else orange)
        left.plot([result.least] * 2, [place - 0.42, place + 0.42], color=ink, linewidth=3)
        left.text(max(result.ratio, result.least) * 1.25, place, f"{digits(result.ratio)}×", va="center")
    left.set_yticks(range(len(bars)), [result.bar for result in reversed(bars)])
    logarithmic(left, "x")
    left.set_xlim(min([result.ratio / 1.5 for result in bars] + [1]), 20 * max([result.ratio for result in bars] + [10]))
    left.set_xlabel("times as fast (upright stroke: the goal)")
    left.set_title("chalkgrad's programs beside others")

    styles = {"python": (blue, "o"), "numpy": (orange, "s"), "llvm": (green, "^")}
    for (shape, target), points in bench.compiled.items():
        if points:
            colour, marker = styles[target]
            dashes = "-" if shape == "MLP" else "--"
            label = f"{target}, {'MLP node for node' if shape == 'MLP' else 'irregular chain'}"
            right.plot(*zip(*points, strict=True), dashes, color=colour, marker=marker, markersize=8, linewidth=2, label=label)
    right.plot([1e2, 1e5], [2e-3, 2.0], ":", color=ink, linewidth=2, label="slope 1")
    logarithmic(right, "x")
    logarithmic(right, "y")
    right.set_xlabel("nodes")
    right.set_ylabel("seconds to compile and call once")
    right.set_title("Compile time against size")
    right.legend(frameon=False)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    save_figure(figure, PLOT)


FIGURES: tuple[Callable[[Bench], None], ...] = (
    networks,
    ways_of_writing,
    first_of_network,
    planning_times,
    training_steps,
    against_casadi,
    peak_share,
    gradient_costs,
    compile_times,
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures chalkgrad's compiled programs.", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions; prints, and writes nothing")
    parser.add_argument(
        "only", nargs="*", metavar="FIGURE", help=f"some of {', '.join(f.__name__ for f in FIGURES)}; only prints"
    )
    arguments = parser.parse_args()
    quick, only = arguments.quick, set(arguments.only)
    if unknown := only - {f.__name__ for f in FIGURES}:
        parser.error(f"there is no figure {', '.join(sorted(unknown))}")
    print(machine() + "\n", flush=True)
    bench = Bench(turns=2, seconds=0.03, quick=True) if quick else Bench(turns=5, seconds=0.1, quick=False)
    for figure in FIGURES:
        if not only or figure.__name__ in only:
            figure(bench)
    print("\nMedians: " + ", ".join(f"{name}: {span(seconds)}" for name, seconds in bench.medians.items()))
    for (shape, target), points in bench.compiled.items():
        print(f"Compile time, {shape}, {target}: " + ", ".join(f"{span(seconds)} for {nodes:,}" for nodes, seconds in points))
    if bench.failures:
        print("\nNot measured:\n" + "\n".join(f"  {failure}" for failure in missing(bench)))
    if bench.absent:
        print(f"\nNot installed here: {', '.join(sorted(bench.absent))}. To measure everything: {INSTALL}")
    if not quick and not only:
        write_report(bench)
        try:
            write_plot(bench)
        except ModuleNotFoundError as error:
            print(f"\nThere is no plot without {error.name}: {INSTALL}")


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["--serve"] else main()
