"""The tape as a program: straight-line code for the value and the adjoints, in Python, JavaScript, NumPy, LLVM.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b + a
>>> p = program(e, inputs=[a, b])
>>> f = p.compile("python")
>>> f(5, 7)                                     # the value a·b + a, and the adjoints b + 1 and a
(40.0, (8.0, 5.0))

The tape is read once: what depends on the inputs becomes instructions, everything else a number. Each target (targets.py)
writes the instructions from the one table of formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, overload

from chalkgrad.engine.basics.collector import uncollected
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.programs.groups import Leaves, listed_inputs, listed_roots, unused
from chalkgrad.engine.recording.decisions import Decided, note_comparisons
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.stepping.mirrors import refuse_unknown
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.lists import listed
from chalkgrad.engine.words.names import NodeNames

if TYPE_CHECKING:
    from chalkgrad.engine.programs.plan.matrix_table import Matrices

V = TypeVar("V")  # the value that a program computes of numbers: a float, or for several roots a tuple
A = TypeVar("A")  # its adjoints: a tuple with one for each input, or for several roots a tuple of these
R = TypeVar("R")  # the result of a compiled one: value and adjoints, or the value alone


class Instruction(NamedTuple):
    """One operation that depends on the inputs: the number of the node it makes, and its arguments."""

    node: int
    rule: Rule
    arguments: tuple[int | float, ...]  # an int is the number of a node, a float a constant

    @property
    def length(self) -> int:
        """The number of elements in each list argument."""
        return self.rule.length(len(self.arguments))

    def formula_of(self, position: int) -> int:
        """Returns which of the rule's local derivatives belongs to an argument (the elements of a list share one)."""
        return self.rule.argument_at(len(self.arguments), position)[0]


class Batching:
    """Which instructions run once, and which for each sample, where some of the inputs are batches.

    The adjoint of a node that is the same for all samples is the sum over the samples.

    Attributes:
        batched: for each of the program's inputs, whether it has one row for each sample
        adjoints: whether they are wanted, or the value alone
        varying: the nodes that differ from sample to sample
        shared: the instructions that are the same for all samples
        each: those that are not
    """

    def __init__(self, program: Program[Any, Any], batched: tuple[bool, ...], adjoints: bool = True) -> None:
        self.program, self.batched, self.adjoints = program, batched, adjoints
        varying = {i for group, rows in zip(program.inputs, batched, strict=True) if rows for i in group.members}
        self.shared: list[Instruction] = []
        self.each: list[Instruction] = []
        for instruction in program.instructions:
            if _depends(instruction, varying):
                varying.add(instruction.node)
                self.each.append(instruction)
            else:
                self.shared.append(instruction)
        self.varying = frozenset(varying)


def _depends(instruction: Instruction, nodes: set[int]) -> bool:
    """Returns whether an argument is one of these nodes."""
    arguments = instruction.arguments
    if nodes.isdisjoint(arguments):
        return False
    return any(x in nodes for x in arguments if x.__class__ is int)  # the constant 2.0 equals 2, but is not a node


class Program(Generic[V, A]):
    """A tape as instructions; see `program`.

    Nodes are numbered as on the tape; inputs that nothing was computed from come last.

    Attributes:
        roots: the numbers of the nodes whose values are wanted
        single_root: whether a Value was given, not a list of them
        inputs: the arguments, in order
        wrt: those whose gradients are wanted
        wanted: the leaves among these that take a gradient
        instructions: what depends on the inputs, parents first
        constants: the value of each root that does not depend on the inputs
        names: a name for every node, made when it is asked for
    """

    def __init__(self, roots: Any, inputs: Any, wrt: Any) -> None:
        given, seen = listed_roots(roots), set[Value]()
        nodes = order(given, seen)
        refuse_unknown(nodes, "a program")
        inputs, tape = listed_inputs(inputs, nodes), len(nodes)
        nodes += unused(inputs, seen)
        del seen
        self._unused = range(tape, len(nodes))
        numbers = dict(zip(nodes, range(len(nodes)), strict=True))
        self.count = len(nodes)
        self.names = NodeNames(nodes, numbers)
        self.single_root, self.roots = isinstance(roots, Value), tuple([numbers[root] for root in given])
        self.leaves = Leaves(numbers, self.names, self.roots[0])
        self.inputs = self.leaves.groups(inputs, "inputs")
        inside = self.leaves.different(self.inputs)
        known = list(zip(inputs, self.inputs, strict=True))
        self.wrt = self.inputs if wrt is None else self.leaves.groups(wrt, "wrt", known)
        self.leaves.refuse_foreign(self.wrt, self.inputs)
        note_comparisons()
        marked = [i for i in inside if nodes[i]._rule is not None]
        self._refuse_decided(nodes, marked)
        wanted = frozenset(chain.from_iterable([group.members for group in self.wrt]))
        self.wanted = wanted.difference([i for i in marked if nodes[i].constant])
        leaves = [node for node in nodes if node._x is None]
        active = inside.copy()
        with uncollected():
            self.instructions = _instructions(nodes, numbers, active, len(inside) == len(leaves))
        self.constants = {i: nodes[i]._data for i in self.roots if i not in active}
        self.leaves.keep(leaves)
        if len(active) < len(nodes):
            refuse_stale([node for i, node in enumerate(nodes) if i not in active])

    @property
    def labels(self) -> list[str]:
        """The label of every node, or else the caller's variable for it, or ""."""
        return self.names.labels

    def _refuse_decided(self, nodes: Sequence[Value], marked: Iterable[int]) -> None:
        """Raises ValueError if Python's `if` depended on an input, because the tape has only the side that was taken."""
        for i in sorted(marked):
            mark = nodes[i]._rule
            comparison = mark.about(nodes) if isinstance(mark, Decided) else ""
            if comparison:
                name = self.names[i]
                raise ValueError(
                    f"{comparison} was decided by Python while this was recorded, and depends on the input {name}: the tape "
                    "has only the side that was taken. Write the choice as an operation (relu, maximum, or one of your own "
                    f"with choose(x > 0, this, that)), or compare plain numbers ({name}.data) if it is meant once and for all"
                )

    @cached_property
    def useful(self) -> frozenset[int]:
        """The nodes that depend on a leaf whose gradient is wanted."""
        useful = set(self.wanted)
        if len(useful) == sum([len(group.members) for group in self.inputs]):  # every instruction depends on an input
            return frozenset(useful.union([node for node, _, _ in self.instructions]))
        for node, _, arguments in self.instructions:
            if not useful.isdisjoint(arguments):
                for x in arguments:
                    if x in useful and x.__class__ is int:  # as in _depends
                        useful.add(node)
                        break
        return frozenset(useful)

    def swept(self, root: int) -> frozenset[int]:
        """Returns the nodes that get a gradient in the sweep from a root: those between it and a wanted leaf."""
        if len(set(self.roots)) == 1:  # everything on the tape is between the leaves and the only root
            return self.useful.difference(self._unused)
        reached = {root}
        for node, _, arguments in reversed(self.instructions):
            if node in reached:
                reached.update([x for x in arguments if x.__class__ is int])
        return frozenset(reached & self.useful)

    # What users call --------------------------------------------------------------------------------------------------

    def source(
        self,
        target: str = "python",
        *,
        batch: Sequence[Any] = (),
        adjoints: bool = True,
        form: Literal["matrices", "scalar"] = "matrices",
    ) -> str:
        """Returns the program as text: the forward pass, then the backward pass, one line for each operation.

        In NumPy the matrices in the graph are found, and there is one line for each: `u1 = W1 @ x + b1`.

        Args:
            target: "python", "javascript", "numpy" or "llvm"
            batch: those of the inputs that have one row for each sample, as they were given to `program`
            adjoints: False for the value alone
            form: "scalar" for a line for each node in NumPy, too, as it is where NumPy, which finds matrices, is not installed

        Raises ValueError for an unknown target or form.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> print(program(a * b, inputs=[a, b]).source())
        def program(a, b):
            # forward pass
            v3 = a * b
            # backward pass
            v3_grad = 1.0
            a_grad = v3_grad * b
            b_grad = v3_grad * a
            return v3, (a_grad, b_grad)
        """
        from chalkgrad.engine.programs import targets

        return targets.source(self, target, batch, adjoints, form)

    @overload
    def compile(
        self, target: str = ..., *, adjoints: Literal[True] = ..., threads: int | None = ...
    ) -> CompiledProgram[tuple[V, A]]: ...
    @overload
    def compile(self, target: str = ..., *, adjoints: Literal[False], threads: int | None = ...) -> CompiledProgram[V]: ...
    @overload
    def compile(self, target: str = ..., *, adjoints: bool, threads: int | None = ...) -> CompiledProgram[Any]: ...
    def compile(self, target: str = "python", *, adjoints: bool = True, threads: int | None = None) -> CompiledProgram[Any]:
        """Returns a function from the inputs to the value and its gradients, `value, adjoints = f(*inputs)`.

        There is one argument for each of the inputs: a number for a Value, k numbers for a list of k Values. With an
        array of n numbers (n rows of k) instead the function goes through a batch of n samples: the value is then an
        array of n, a gradient by what has n rows is an array of that shape, and one by what all samples share is the
        sum over the batch. For several roots `value` is a tuple, and `adjoints` one tuple for each root.

        Args:
            target: "python" (the standard library; raises outside a domain as recording does), "numpy" or "llvm"
                (arrays of float64; IEEE results outside a domain), which need the extra chalkgrad[fast]
            adjoints: False for a function that returns the value alone
            threads: for "llvm", over how many threads a large batch is spread; None for one on each core

        Raises ValueError for an unknown target, ImportError with the command that installs what a target lacks.

        >>> x, w = Value(2.0, "x"), Value(-3.0, "w")
        >>> f = program((w * x).tanh(), inputs=[w, x], wrt=[w]).compile()
        >>> f(0.0, [1.0, 2.0, 3.0])                     # a batch of three: ∂/∂w is summed over it
        ([0.0, 0.0, 0.0], (6.0,))
        """
        from chalkgrad.engine.programs import targets

        return targets.compiled(self, target, adjoints, threads)

    def function(self, namespace: Any, *, adjoints: bool = True) -> CompiledProgram[Any]:
        """Returns the function of `compile` over another array library with NumPy's names: jax.numpy, torch, cupy.

        It is made of that library's operations alone, so the library may jit, shard, map or differentiate it. Over sympy it
        takes and returns expressions; its `symbols` are symbols to call it with.

        >>> import numpy
        >>> x = Value(2.0, "x")
        >>> float(program(x * x, inputs=[x]).function(numpy)(numpy.float64(3.0))[0])
        9.0
        """
        from chalkgrad.engine.programs import targets

        return targets.over(self, namespace, adjoints)

    def matrices(self, batch: Sequence[Any] = ()) -> Matrices:
        """Returns the matrices that were found in the graph: a table of their names, shapes, Values and lines.

        They are those of `source("numpy", batch=batch)`. `print` it; `found["W1"].names[1][2]` is the name of an entry;
        `latex()` has them as a lecture writes them.

        Raises ImportError with the command that installs NumPy, which finds them.

        >>> w, x = [[Value(1.0, f"w{i}{j}") for j in (1, 2)] for i in (1, 2)], [Value(2.0, "x1"), Value(3.0, "x2")]
        >>> program([row[0] * x[0] + row[1] * x[1] for row in w], inputs=[w[0] + w[1], x]).matrices()
        your 4 weights are W1 (2×2)
         name │ shape │ Values    │ line
        ──────┼───────┼───────────┼─────────────
         W1   │ 2×2   │ w11 … w22 │ u1 = W1 @ x
         x    │ 2     │ x1, x2    │ u1 = W1 @ x
         u1   │ 2     │ v7, v12   │ u1 = W1 @ x
        """
        from chalkgrad.engine.programs.plan.matrix_table import matrices

        return matrices(self, batch)

    def batching(self, batched: tuple[bool, ...], adjoints: bool = True) -> Batching:
        """Returns what runs once and what runs for each sample, where these of the inputs are batches."""
        return Batching(self, batched, adjoints)

    def replay(self, leaves: Mapping[int, Value]) -> tuple[Value, ...]:
        """Records one sample again, to get the error that recording it gives; returns the roots."""
        values = dict(leaves)
        for node, rule, arguments in self.instructions:
            made = record(rule, [values[x] if isinstance(x, int) else x for x in arguments])
            made.label = self.labels[node]
            values[node] = made
        return tuple(values[i] if i in values else Value(self.constants[i], self.labels[i]) for i in self.roots)

    def batched(self, batch: Sequence[Any]) -> tuple[bool, ...]:
        """Returns which of the inputs are batches, from a list of them as they were given to `program`."""
        rows = {i for group in self.leaves.groups(batch, "batch") for i in group.members}
        constants = sorted(rows.difference(*[group.members for group in self.inputs]))
        if constants:
            raise ValueError(f"{self.names[constants[0]]} is not an input of this program, but a constant, so it has no rows")
        return tuple(not rows.isdisjoint(group.members) for group in self.inputs)

    def batch(self, shapes: Sequence[tuple[int, ...]]) -> tuple[tuple[bool, ...], int | None]:
        """Returns which arguments of these shapes are batches, and of how many samples; None if none is.

        Raises TypeError for the wrong number of arguments, ValueError for shapes that do not fit.
        """
        if len(shapes) != len(self.inputs):
            names, n = _few([group.name for group in self.inputs]), len(self.inputs)
            raise TypeError(f"this program takes {n} argument{'s' * (n != 1)} ({names}) and was given {len(shapes)}")
        batched, samples, first = [], None, ""
        for group, shape in zip(self.inputs, shapes, strict=True):
            own: tuple[int, ...] = () if group.single else (len(group.members),)
            rows = len(shape) == len(own) + 1
            if shape[rows:] != own or len(shape) > len(own) + 1:
                wanted = "a number, or n numbers" if group.single else f"{own[0]} numbers, or n rows of {own[0]}"
                found = f"an array of shape {shape}" if shape else "a single number"
                raise ValueError(f"{group.name} is {wanted} for a batch of n samples, and was given {found}")
            if rows and samples is not None and shape[0] != samples:
                raise ValueError(f"a batch has one row for each sample: {first} has {samples}, and {group.name} has {shape[0]}")
            if rows:
                samples, first = shape[0], group.name
            batched.append(rows)
        if samples == 0:
            raise ValueError(f"a batch needs at least one sample, and {first} has none")
        return tuple(batched), samples

    def __str__(self) -> str:
        from chalkgrad.engine.programs import targets

        return printable(targets.shown(self))

    def __repr__(self) -> str:
        inputs, roots = _few([group.name for group in self.inputs]), _few([self.names[i] for i in self.roots])
        said = f"<Program of {roots} from {inputs}: {amount(len(self.instructions), 'operation')}; print it for the source>"
        return printable(said)


_MOST_NAMES = 6  # that are listed of many inputs or roots


def _few(names: Sequence[str]) -> str:
    return listed(names, _MOST_NAMES)


class CompiledProgram(Generic[R]):
    """A program as a function, `value, adjoints = f(*inputs)`; see Program.compile.

    Attributes:
        program: the program
        target: "python", "numpy" or "llvm"
        adjoints: whether it returns adjoints, or the value alone
    """

    def __init__(self, program: Program[Any, Any], target: str, adjoints: bool) -> None:
        self.program, self.target, self.adjoints = program, target, adjoints

    @overload
    def __call__(self, *arguments: float) -> R: ...
    @overload
    def __call__(self, *arguments: Any) -> Any: ...
    def __call__(self, *arguments: Any) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        inputs = _few([group.name for group in self.program.inputs])
        count = amount(len(self.program.instructions), "operation")
        return printable(f"<compiled program({inputs}): {count} in {self.target}>")


def _instructions(
    nodes: Sequence[Value], numbers: Mapping[Value, int], active: set[int], without_constants: bool
) -> list[Instruction]:
    """Reads the operations that depend on the inputs off the tape; other values become constants of theirs.

    Args:
        nodes: the tape
        numbers: the number of each node
        active: the inputs' leaves; the nodes that depend on them are added
        without_constants: whether all leaves are inputs
    """
    instructions: list[Instruction] = []
    append, make, number_of = instructions.append, tuple.__new__, numbers.__getitem__
    for node, i in numbers.items():
        x, y = node._x, node._y
        if x is None:
            continue
        arguments: tuple[Any, ...]
        if y is not None:
            arguments = number_of(x), number_of(y)  # type: ignore[arg-type] # the first of two is not a tuple
        else:
            arguments = tuple(map(number_of, x)) if x.__class__ is tuple else (number_of(x),)  # type: ignore[arg-type] # as said
        if not without_constants:
            if active.isdisjoint(arguments):
                continue
            active.add(i)
            if not active.issuperset(arguments):
                arguments = tuple([j if j in active else nodes[j]._data for j in arguments])
        rule = node._rule
        if rule.__class__ is tuple:  # which has a number for each constant argument, and None where the next parent stands
            rule, *template = rule
            if len(template) == 2:
                arguments = (arguments[0], template[1]) if template[0] is None else (template[0], arguments[0])
            else:
                following = iter(arguments)
                arguments = tuple([next(following) if x is None else x for x in template])
        append(make(Instruction, (i, rule, arguments)))
    if without_constants:
        active.update([instruction[0] for instruction in instructions])
    return instructions


@overload
def program(
    roots: Value, inputs: Iterable[Any] | None = ..., wrt: Iterable[Any] | None = ...
) -> Program[float, tuple[float, ...]]: ...
@overload
def program(
    roots: Sequence[Value], inputs: Iterable[Any] | None = ..., wrt: Iterable[Any] | None = ...
) -> Program[tuple[float, ...], tuple[tuple[float, ...], ...]]: ...
@short_traceback
def program(
    roots: Value | Sequence[Value], inputs: Iterable[Any] | None = None, wrt: Iterable[Any] | None = None
) -> Program[Any, Any]:
    """Returns the tape of one or several roots as a program: `print` shows it, `compile()` makes a function of it.

    Where sums of products make matrices, and NumPy is installed, print shows the lines with these, and `matrices()` what they
    are; else, as `source()` does, a line for each operation in Python.

    What Python's `if` decided while recording is not on the tape; record under `with recording():` to be told where a
    decision depends on the inputs.

    Args:
        roots: the Value to be computed, or a list of them
        inputs: the leaves that vary, each an argument of the function; a list among them, such as `model.parameters()`,
            is one argument of as many numbers. Everything else is a constant. Left out: every leaf that takes a gradient.
        wrt: those of the inputs whose gradients are wanted, in the same form; left out, all. A frozen leaf's is 0.

    Raises TypeError and ValueError for inputs that are not leaves of the tape or were compared under `recording()`,
    StaleGraphError where a constant part of the graph is out of date.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = a + b, b + 1
    >>> print(program(c * d))
    def program(a, b):
        # forward pass
        c = a + b
        d = b + 1.0
        v5 = c * d
        # backward pass
        v5_grad = 1.0
        c_grad = v5_grad * d
        d_grad = v5_grad * c
        b_grad = d_grad
        a_grad = c_grad
        b_grad += c_grad
        return v5, (a_grad, b_grad)
    >>> W = [[Value(1.0, f"w{i}{j}") for j in (1, 2)] for i in (1, 2)]
    >>> x = [Value(2.0, "x1"), Value(3.0, "x2")]
    >>> u = [row[0] * x[0] + row[1] * x[1] for row in W]
    >>> print(program(u[0] * u[1], inputs=[W[0] + W[1], x]))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def program(ws, x):
        # forward pass
        W1 = ws.reshape(2, 2)
        u1 = W1 @ x
        ...
    """
    return Program(roots, inputs, wrt)
