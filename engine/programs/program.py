"""The third reading of the tape: a straight-line program for the value and the adjoints, in Python, JavaScript, NumPy, LLVM.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b + a
>>> p = program(e, inputs=[a, b])
>>> f = p.compile("python")
>>> f(5, 7)                                     # the value a·b + a, and the adjoints b + 1 and a
(40.0, (8.0, 5.0))

The tape is read once: what depends on the inputs becomes instructions, everything else a number. Each target writes the
instructions from the one table of formulas (source.py, machine.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.engine.recording.decisions import Decided, note_comparisons
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.sweep import order, refuse_stale
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.names import label_of, lists_of_caller, names_of, variables_of_caller

if TYPE_CHECKING:
    from chalkgrad.engine.rules import Rule

TARGETS = ("python", "javascript", "numpy", "llvm")


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
        """Which of the rule's local derivatives belongs to an argument (the elements of a list share one)."""
        return self.rule.argument_at(len(self.arguments), position)[0]


class Group(NamedTuple):
    """One argument of the compiled function: a Value, or a list of them."""

    name: str
    members: tuple[int, ...]  # the numbers of its leaves
    single: bool  # a Value by itself, not a list


class Plan:
    """What runs how often: a batch goes through the varying instructions once for each sample, through the others once.

    The adjoint of a node that is the same for all samples is the sum over the samples.

    Attributes:
        batched: for each of the program's inputs, whether it has one row for each sample
        adjoints: whether they are wanted, or the value alone
        varying: the nodes that differ from sample to sample
        shared: the instructions that are the same for all samples
        each: those that are not
    """

    def __init__(self, program: Program, batched: tuple[bool, ...], adjoints: bool = True) -> None:
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
    """Whether an argument is one of these nodes (a constant 2.0 is not node 2)."""
    return any(x in nodes for x in instruction.arguments if x.__class__ is int)


class Program:
    """A tape as instructions; see `program`.

    Attributes:
        roots: the numbers of the nodes whose values are wanted
        inputs: the arguments, in order
        wrt: those whose adjoints are wanted
        instructions: what depends on the inputs, parents first
        constants: the value of each root that does not depend on the inputs
        names: a name for every node
    """

    def __init__(self, roots: Any, inputs: Any, wrt: Any) -> None:
        self.single_root = isinstance(roots, Value)
        given = [roots] if isinstance(roots, Value) else list(roots) if isinstance(roots, Iterable) else []
        if not given or not all(isinstance(root, Value) for root in given):
            raise TypeError(f"a program computes a Value or a list of them, such as program(L, inputs=[a, b]), not {roots!r}")
        nodes = order(given)
        number = {node: i for i, node in enumerate(nodes)}
        self.roots = tuple(number[root] for root in given)
        inputs = _listed(nodes, inputs)
        for leaf in _unused(inputs, number):
            number[leaf] = len(nodes)
            nodes.append(leaf)
        names = names_of(nodes)
        self.names = list(names.values())
        variables = variables_of_caller()
        self.labels = [label_of(node) or variables.get(id(node), "") for node in nodes]
        self.leaves = {node: i for node, i in number.items() if not node.parents}
        self.inputs = self._groups(inputs, "inputs")
        inside = {i for group in self.inputs for i in group.members}
        if len(inside) < sum(len(group.members) for group in self.inputs):
            twice = sorted(i for i in inside if sum(group.members.count(i) for group in self.inputs) > 1)
            raise ValueError(f"the inputs of a program are different leaves, and {self.names[twice[0]]} is among them twice")
        self.wrt = self.inputs if wrt is None else self._groups(wrt, "wrt")
        for group in self.wrt:
            if not any(set(group.members) <= set(argument.members) for argument in self.inputs):
                name = group.name if group.single else f"the list of {', '.join([self.names[i] for i in group.members])}"
                raise ValueError(
                    f"adjoints are wanted with respect to {name}, which is not among the inputs: each of wrt is one of "
                    "inputs, or a part of one"
                )
        self._refuse_decided(nodes, inside)
        self._read(nodes, number, inside)
        self.wanted = frozenset(i for group in self.wrt for i in group.members if not nodes[i].constant)

    def _refuse_decided(self, nodes: Sequence[Value], inside: set[int]) -> None:
        note_comparisons()
        for i in sorted(inside):
            mark = nodes[i]._rule
            comparison = mark.about(nodes) if isinstance(mark, Decided) else ""
            if comparison:
                name = self.names[i]
                raise ValueError(
                    f"{comparison} was decided by Python while this was recorded, and depends on the input {name}: the tape "
                    "has only the side that was taken. Write the choice as an operation (relu, maximum, or one of your own "
                    f"with choose(x > 0, this, that)), or compare plain numbers ({name}.data) if it is meant once and for all"
                )

    def _read(self, nodes: Sequence[Value], number: Mapping[Value, int], inside: set[int]) -> None:
        active = set(inside)
        self.instructions: list[Instruction] = []
        for i, node in enumerate(nodes):
            parents = [number[parent] for parent in node.parents]
            if active.isdisjoint(parents):
                continue
            active.add(i)
            arguments: list[int | float] = []
            following = iter(parents)
            for x in node.template:
                j = next(following) if x is None else None
                arguments.append(x if x is not None else j if j in active else nodes[j]._data)  # type: ignore[index] # a parent's
            assert node.op is not None
            self.instructions.append(Instruction(i, node.op, tuple(arguments)))
        self.constants: dict[int, float] = {i: nodes[i]._data for i in self.roots if i not in active}
        refuse_stale([nodes[i] for i in range(len(nodes)) if i not in active] or nodes[:1])

    @cached_property
    def useful(self) -> frozenset[int]:
        """The nodes that depend on what adjoints are wanted with respect to."""
        useful = set(self.wanted)
        for instruction in self.instructions:
            if _depends(instruction, useful):
                useful.add(instruction.node)
        return frozenset(useful)

    def swept(self, root: int) -> frozenset[int]:
        """The nodes that get an adjoint in the sweep from a root: those between it and what is wanted."""
        reached = {root}
        for instruction in reversed(self.instructions):
            if instruction.node in reached:
                reached.update(x for x in instruction.arguments if isinstance(x, int))
        return frozenset(reached & self.useful)

    # What users call --------------------------------------------------------------------------------------------------

    def source(self, target: str = "python", *, batch: Sequence[Any] = (), adjoints: bool = True) -> str:
        """Returns the program as text: the forward sweep, then the reverse sweep, one line for each operation.

        Args:
            target: "python", "javascript", "numpy" (the same lines over arrays) or "llvm"
            batch: those of the inputs that have one row for each sample, as they were given to `program`
            adjoints: False for the value alone

        Raises ValueError for an unknown target.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> print(program(a * b, inputs=[a, b]).source())
        def program(a, b):
            # forward sweep
            v3 = a * b
            # reverse sweep
            v3_grad = 1.0
            a_grad = v3_grad * b
            b_grad = v3_grad * a
            return v3, (a_grad, b_grad)
        """
        plan = self.plan(self._batched(batch), adjoints)
        if self._target(target) == "llvm":
            from chalkgrad.engine.programs.llvm import machine

            return machine.source(plan)
        from chalkgrad.engine.programs import text as source

        return source.text(plan, target)

    def compile(self, target: str = "python", *, adjoints: bool = True, threads: int | None = None) -> Callable[..., Any]:
        """Returns a function from the inputs to the value and its adjoints, `value, adjoints = f(*inputs)`.

        There is one argument for each of the inputs: a number for a Value, k numbers for a list of k Values. With an
        array of n numbers (n rows of k) instead the function goes through a batch of n samples: the value is then an
        array of n, an adjoint by what has n rows is an array of that shape, and one by what all samples share is the
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
        if self._target(target) == "javascript":
            raise ValueError('JavaScript runs in a page or in Node: take the text, p.source("javascript")')
        if target == "llvm":
            from chalkgrad.engine.programs.llvm import machine

            return machine.Compiled(self, adjoints, threads)
        if threads is not None:
            raise ValueError(f'threads are for the target "llvm"; "{target}" runs on one')
        from chalkgrad.engine.programs import compiled

        return compiled.Compiled(self, target, adjoints)

    def function(self, namespace: Any, *, adjoints: bool = True) -> Callable[..., Any]:
        """Returns the function of `compile` over another array library with NumPy's names: jax.numpy, torch, cupy.

        It is made of that library's operations alone, so the library may jit, shard, map or differentiate it.

        >>> import numpy
        >>> x = Value(2.0, "x")
        >>> float(program(x * x, inputs=[x]).function(numpy)(numpy.float64(3.0))[0])
        9.0
        """
        from chalkgrad.engine.programs import compiled

        return compiled.Compiled(self, "numpy", adjoints, namespace)

    def plan(self, batched: tuple[bool, ...], adjoints: bool = True) -> Plan:
        """What runs once and what runs for each sample, where these of the inputs are batches."""
        return Plan(self, batched, adjoints)

    def replay(self, leaves: Mapping[int, Value]) -> tuple[Value, ...]:
        """Records one sample again, to get the error that recording it gives; returns the roots."""
        values = dict(leaves)
        for node, rule, arguments in self.instructions:
            made = record(rule, [values[x] if isinstance(x, int) else x for x in arguments])
            made.label = self.labels[node]
            values[node] = made
        return tuple(values[i] if i in values else Value(self.constants[i], self.labels[i]) for i in self.roots)

    def _target(self, target: str) -> str:
        if target not in TARGETS:
            raise ValueError(f"a program can be made for {', '.join(map(repr, TARGETS[:-1]))} and 'llvm', not for {target!r}")
        return target

    def _groups(self, entries: Any, what: str) -> tuple[Group, ...]:
        """Values and lists of them as numbers of leaves; refuses what is no leaf of the tape."""
        if isinstance(entries, Value) or not isinstance(entries, Iterable):
            raise TypeError(f"{what} is a list of leaves, or of lists of leaves, such as {what}=[w, x], not {entries!r}")
        lists = lists_of_caller()
        groups: list[Group] = []
        for entry in entries:
            single = isinstance(entry, Value)
            leaves = [entry] if single else list(entry) if isinstance(entry, Iterable) else []
            if not leaves or not all(isinstance(leaf, Value) for leaf in leaves):
                raise TypeError(f"each of {what} is a Value or a list of Values, and one is {entry!r}")
            for leaf in leaves:
                if leaf.parents:
                    raise ValueError(f"{leaf!r} is computed, and {what} are leaves")
                if leaf not in self.leaves:
                    raise ValueError(
                        f"{leaf!r} is among the {what}, but {self.names[self.roots[0]]} was not computed from it: numbers "
                        "given to a model become leaves of their own, so give it the Values that are to be the inputs"
                    )
            members = tuple(self.leaves[leaf] for leaf in leaves)
            name = self.names[members[0]] if single else lists.get(id(entry)) or _stem([self.names[i] for i in members])
            groups.append(Group(name, members, single))
        return tuple(groups)

    def _batched(self, batch: Sequence[Any]) -> tuple[bool, ...]:
        rows = {i for group in self._groups(batch, "batch") for i in group.members}
        constants = sorted(rows.difference(*[group.members for group in self.inputs]))
        if constants:
            raise ValueError(f"{self.names[constants[0]]} is no input of this program, but a constant, so it has no rows")
        return tuple(not rows.isdisjoint(group.members) for group in self.inputs)

    def batch(self, shapes: Sequence[tuple[int, ...]]) -> tuple[tuple[bool, ...], int | None]:
        """For arguments of these shapes, which of them are batches, and of how many samples; None where none is.

        Raises TypeError for the wrong number of arguments, ValueError for shapes that do not fit.
        """
        if len(shapes) != len(self.inputs):
            names, n = ", ".join(group.name for group in self.inputs), len(self.inputs)
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
        return self.source()

    def __repr__(self) -> str:
        inputs = ", ".join(group.name for group in self.inputs)
        roots = ", ".join(self.names[i] for i in self.roots)
        return f"<Program of {roots} from {inputs}: {len(self.instructions)} operations; print it for the source>"


def _listed(nodes: Sequence[Value], inputs: Any) -> Any:
    """The inputs as a list; all leaves that take a gradient where none are given."""
    if inputs is None:
        return [node for node in nodes if not node.parents and not node.constant]
    return list(inputs) if isinstance(inputs, Iterable) and not isinstance(inputs, Value) else inputs


def _unused(inputs: Any, tape: Mapping[Value, int]) -> list[Value]:
    """The leaves in lists of which something is used, but not they: parameters that do not matter have adjoint 0."""
    lists = [entry for entry in inputs if isinstance(entry, (list, tuple))] if isinstance(inputs, list) else []
    return [
        leaf
        for entry in lists
        if any(leaf in tape for leaf in entry if isinstance(leaf, Value))
        for leaf in entry
        if isinstance(leaf, Value) and leaf not in tape and not leaf.parents
    ]


def _stem(names: Sequence[str]) -> str:
    """What a list of values is called whose variable is not known: the letters that their names begin with, or `inputs`."""
    stems = {re.match(r"[^\W\d_]*", name).group() for name in names}  # type: ignore[union-attr] # it matches the empty text
    stem = stems.pop() if len(stems) == 1 else ""
    return stem + "s" if stem else "inputs"


def program(roots: Value | Sequence[Value], inputs: Iterable[Any] | None = None, wrt: Iterable[Any] | None = None) -> Program:
    """Returns the tape of one or several roots as a program: `source()` shows it, `compile()` makes a function of it.

    What Python's `if` decided while recording is not on the tape; record under `with recording():` to be told where a
    decision depends on the inputs.

    Args:
        roots: the Value to be computed, or a list of them
        inputs: the leaves that vary, each an argument of the function; a list among them, such as `model.parameters()`,
            is one argument of as many numbers. Everything else is a constant. Left out: every leaf that takes a gradient.
        wrt: those of the inputs whose adjoints are wanted, in the same form; left out, all. A frozen leaf's is 0.

    Raises TypeError and ValueError for what is no leaf of the tape or was compared under `recording()`, StaleGraphError
    where a constant part of the graph is out of date.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = a + b, b + 1
    >>> print(program(c * d))
    def program(a, b):
        # forward sweep
        c = a + b
        d = b + 1.0
        v5 = c * d
        # reverse sweep
        v5_grad = 1.0
        c_grad = v5_grad * d
        d_grad = v5_grad * c
        b_grad = d_grad
        a_grad = c_grad
        b_grad += c_grad
        return v5, (a_grad, b_grad)
    """
    return Program(roots, inputs, wrt)
