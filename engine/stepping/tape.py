"""The Wengert list as an object: every node of a graph once, parents before consumers, to look at and to print.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> [node.data for node in e.tape()]
[2.0, -3.0, -6.0]

Read backwards with adjoints it is the reverse sweep (sweep.py; edge by edge in steps.py); replayed after a leaf has changed
it is `forward`; printed it is the evaluation trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

from chalkgrad.engine.basics.absent import absent
from chalkgrad.engine.basics.stale import stale_nodes
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import hidden, short_traceback
from chalkgrad.engine.stepping.grads import Grads
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import Names, in_type, names_of, value_of
from chalkgrad.engine.words.slides import Limit

if TYPE_CHECKING:  # what the methods return, each a line that imports inside
    from chalkgrad.engine.derivatives.tangents import Tangents, TangentsByDirection, TangentsByLeaf
    from chalkgrad.engine.stepping.answers import Verdict
    from chalkgrad.engine.stepping.blanks import Asked
    from chalkgrad.engine.stepping.forward import ForwardPass
    from chalkgrad.engine.stepping.mistakes import Mistake, MistakenSteps
    from chalkgrad.engine.stepping.steps import NodeStep, Step, Steps
    from chalkgrad.engine.stepping.trace import Table


_INSTEAD = {
    **{name: f"table().{name}() writes it" for name in ("markdown", "html")},
    **dict.fromkeys(("show", "print"), "print(tape) shows the evaluation trace, table() shows it with options"),
    **dict.fromkeys(("backward", "zero_grad"), "its root has it: L.tape().roots[0] is L"),
    **dict.fromkeys(("draw", "plot"), "draw(L) draws the graph, after: from chalkgrad.viz import draw"),
}


class Tape(Sequence[Value]):
    """The nodes that one or several roots are computed from, each once, parents first.

    Every sweep finds this order anew, by walking the graph of one forward pass. `forward()` goes along it with other numbers;
    an expression that runs again makes a new graph.

    A sequence of Values. `print(tape)` shows the evaluation trace: name, expression, value, local derivatives with their
    reasons, and the gradient if a sweep has computed it. `table()` shows it with options, and in LaTeX, Markdown or HTML.

    >>> from chalkgrad.engine import Value
    >>> x = Value(3.0, "x")
    >>> y = x * x
    >>> y.backward()
    >>> print(y.tape())
     v │ expression │ value │ local derivatives                            │ gradient
    ───┼────────────┼───────┼──────────────────────────────────────────────┼───────────
     x │            │ 3     │                                              │ 3 + 3 = 6
     y │ x·x        │ 9     │ ∂y/∂x (1st x) = x = 3, ∂y/∂x (2nd x) = x = 3 │ 1
    """

    def __init__(self, roots: Sequence[Value]) -> None:
        self.roots = tuple(roots)
        if not roots or not all(hasattr(root, "parents") for root in roots):
            given = ", ".join(type(root).__name__ for root in roots) or "nothing"
            raise TypeError(f"a tape is that of one or more Values, as in tape(y1, y2), and was asked for of {given}")
        self.nodes = tuple(order(roots))

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.nodes[index]

    def __len__(self) -> int:
        return len(self.nodes)

    if not TYPE_CHECKING:  # to a type checker an unknown name stays an error

        def __getattr__(self, name: str) -> Any:
            if hasattr(type(self), name):  # a property, which has failed
                return object.__getattribute__(self, name)
            raise hidden(absent("Tape", name, () if name.startswith("_") else dir(type(self)), _INSTEAD))

    def __iter__(self) -> Iterator[Value]:
        return iter(self.nodes)

    @cached_property
    def _names(self) -> Names:
        return names_of(self.nodes)

    @property
    def names(self) -> Mapping[Value, str]:
        """A name for every node: its label, else the caller's variable, else v1, v2, …"""
        return in_type(self._names)

    @property
    def stale(self) -> list[Value]:
        """The nodes whose value is out of date because a leaf has changed; forward() recomputes them."""
        return stale_nodes(self.nodes)

    def contributions(self, nodes: Iterable[Value], by: str = "edge") -> dict[Value, list[float]]:
        """Returns the terms of each node's gradient: one per edge, in the order of the sweep; its seed for a root.

        With by="node", one term per consumer: the edges of a repeated parent are summed.

        >>> a, b = Value(2.0, "a"), Value(1.0, "b")
        >>> e = (a + b) * (b + 1)
        >>> e.backward()
        >>> e.tape().contributions([b])[b]
        [3.0, 2.0]
        """
        grads = Grads(self.nodes, self.roots)
        terms: dict[Value, list[float]] = {node: [] for node in nodes}
        for root in grads.roots.values():
            if root in terms:
                terms[root].append(grads.seed(root))
        for node in reversed(self.nodes):
            here: set[Value] = set()
            for slot, parent in enumerate(node.parents):
                carried = grads.carried(node, slot) if parent in terms else None
                if carried is not None and parent in here and by == "node":
                    terms[parent][-1] += carried
                elif carried is not None:
                    terms[parent].append(carried)
                    here.add(parent)
        return terms

    @overload
    def tangents(self) -> TangentsByLeaf: ...
    @overload
    def tangents(self, x: Value | str | Sequence[Value | str], direction: Sequence[float] | None = ...) -> Tangents: ...
    @overload
    def tangents(self, x: Sequence[Value | str], direction: Sequence[Sequence[float]]) -> TangentsByDirection: ...
    def tangents(
        self,
        x: Value | str | Sequence[Value | str] | None = None,
        direction: Sequence[float] | Sequence[Sequence[float]] | None = None,
    ) -> Tangents | TangentsByDirection | TangentsByLeaf:
        """Returns the tangent of every node v by node: forward mode. `print` shows it beside the values.

        For one x, whose own tangent is 1, it is ∂v/∂x; for several, whose tangents are the numbers in `direction`, it is the
        rate at which v changes if they change along it; of several directions, in a list, these are returned as a table.
        Without an x, returns them for every leaf, by leaf; printed they stand side by side. No grad is changed.

        Raises ValueError for an x that is not on the tape or is a constant, StaleGraphError where a value has changed
        since, NonFiniteError at the first tangent that is not finite.

        >>> from chalkgrad.engine import Value
        >>> x, y = Value(3.0, "x"), Value(2.0, "y")
        >>> z = x * x + y
        >>> tape = z.tape()
        >>> [tape.tangents(x)[v] for v in (x, y, z)]
        [1.0, 0.0, 6.0]
        >>> tape.tangents([x, y], [1.0, 10.0])[z]
        16.0
        >>> print(tape.tangents([x, y], [[1, 0], [0, 1], [-1, 6], [6, 1]]))
         (ẋ, ẏ)  │ ż  │ ż for each unit of length
        ─────────┼────┼───────────────────────────
         (1, 0)  │ 6  │ 6
         (0, 1)  │ 1  │ 1
         (-1, 6) │ 0  │ 0
         (6, 1)  │ 37 │ 6.083
        z moves most along the gradient (6, 1): by 6.083 for each unit of length; across it not at all, against it by -6.083
        >>> print(tape.tangents())
         v  │ expression │ value │ ∂v/∂x │ ∂v/∂y │ ∂z/∂v
        ────┼────────────┼───────┼───────┼───────┼───────
         x  │            │ 3     │ 1     │ 0     │ 6
         v2 │ x·x        │ 9     │ 6     │ 0     │ 1
         y  │            │ 2     │ 0     │ 1     │ 1
         z  │ v2 + y     │ 11    │ 6     │ 1     │ 1
        2 passes in forward mode, a column for each leaf: each goes through the graph again
        the last row is the gradient of z
        ∂z/∂v takes 1 backward pass, and has the gradient beside the leaves

        Source: Griewank & Walther, Evaluating Derivatives, section 1.2; Baydin et al. (2018), table 2.
        """
        from chalkgrad.engine.derivatives.tangents import TangentsByLeaf, tangents_of

        if x is not None:
            return tangents_of(self, x, direction)
        if direction is not None:
            raise TypeError("a direction is one of several values: tangents([a, b], [1, 0])")
        return TangentsByLeaf(self)

    @overload
    def steps(
        self,
        by: Literal["edge"] = ...,
        wrt: Value | Sequence[Value | str] = ...,
        *,
        upstream: float = ...,
        notation: str | None = ...,
    ) -> Steps: ...
    @overload
    def steps(
        self,
        by: Literal["node"],
        wrt: Value | Sequence[Value | str] = ...,
        *,
        upstream: float = ...,
        notation: str | None = ...,
    ) -> Steps[NodeStep | Step]: ...
    @overload
    def steps(self, *, forward: Literal[True], notation: str | None = ...) -> ForwardPass: ...
    @overload
    def steps(self, *, mistake: Mistake, rate: float = ..., notation: str | None = ...) -> MistakenSteps: ...
    def steps(self, *options: Any, **named: Any) -> Steps[Any] | ForwardPass | MistakenSteps:
        """Returns the backward pass from the tape's root step by step; the options are those of `Value.steps`.

        Raises ValueError if the tape has several roots.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> len(tape(a * b).steps())
        3
        """
        root: Any = _only_root(self, "steps go back from one root")
        steps: Steps[Any] | ForwardPass | MistakenSteps = root.steps(*options, **named)
        return steps

    def check(self, *answers: Any, **named: Any) -> Verdict:
        """Returns a verdict on gradients by name, as `Value.check` does; without any, on those of the engine that was read.

        Raises ValueError if the tape has several roots, TypeError if there is nothing to check.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> bool(tape(a * b).check(a=-3, b=2))
        True
        """
        root: Any = _only_root(self, "gradients are those of one root")
        if answers or named:
            verdict: Verdict = root.check(*answers, **named)
            return verdict
        from chalkgrad.engine.stepping.answers import check_engine

        return check_engine(root)

    def __repr__(self) -> str:
        edges = sum(len(node.parents) for node in self.nodes)
        roots = ", ".join(self.names[root] for root in self.roots)
        shown = section("shown as")
        counts = {
            noun: shown.form(noun, count).format(count=count) for noun, count in (("values", len(self)), ("edges", edges))
        }
        return printable(shown["tape"].format(roots=roots, **counts))

    def __str__(self) -> str:
        return str(self.table())

    def text(self, limit: int | None = None) -> str:
        """Returns the evaluation trace as a table in text; with a limit, at most about that many rows.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> tape(a * b).text().splitlines()[-1]
        ' v3 │ a·b        │ -6    │ ∂v3/∂a = b = -3, ∂v3/∂b = a = 2 │'
        """
        return self.table(limit=limit).text()

    def table(
        self,
        *,
        tangent: Value | str | None = None,
        notation: str | None = None,
        digits: int = 4,
        every_update: bool = False,
        by: str = "edge",
        position: int | None = None,
        limit: int | None = 200,
        upstream: float | None = None,
        terms: int | None = 4,
        blanks: Asked | None = None,
    ) -> Table:
        """Returns the evaluation trace as a table with options: print it, or take its `latex()`, `markdown()`, `html()`.

        On a terminal print fits the table: it breaks cells, or folds them where that takes too many lines, and of more than 40
        rows it shows the first and the last, if no limit is given. `print(table.text())` shows all of it.

        Args:
            tangent: a value, or its name, for the column ∂v/∂tangent of a pass in forward mode from it (Baydin et al., table 2)
            notation: "∂", unless another was chosen around it; "functions" for ∂h5/∂z2 of single units, too; "d" for dL/dv;
                "bar" for adjoints v̄ and tangents v̇ (Griewank & Walther)
            digits: significant digits, 4; with 17 every number is written in full
            every_update: a row for each += of the backward pass, instead of one for each value
            by: "node" sums what a node adds to a parent that it has several times, as in x·x
            position: shows the gradients after this number of edges of the backward pass; None, the current ones
            limit: the largest number of rows, the first and the last ones; None for all
            upstream: the seed of the sweep for `position` and `every_update`, 1, if the root goes on into something else
            terms: the largest sum that is written with all its terms; None for any, with all local derivatives too
            blanks: what is left out, to be filled in: "values" (those of leaves stay), "locals" (derivatives),
                "contributions" (the terms of a gradient), "gradients", one or several of them, or "all"; or a mapping from
                values, or their names, to what is left out of each. Boxes of a kind are as wide as its widest answer;
                {"values": 4} says how wide, in characters. What would tell an answer is left out, too: of ∂e/∂c = d = 3 the
                number for d, and a gradient that is computed with it.

        Where a grad holds more than the gradient, it is told beside it: what was there before a sweep, or that it was set by
        hand. Of a grad that another root's sweep has made, that sweep is told, if the root is a variable of the caller.

        Raises ValueError for any other option, and the errors of a sweep if one is needed.

        >>> from chalkgrad.engine import Value
        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> print(y.tape().table(every_update=True, by="node", notation="bar"))
         step │ through │ local derivative                             │ gradient │ +=                          │ so far
        ──────┼─────────┼──────────────────────────────────────────────┼──────────┼─────────────────────────────┼────────
         seed │         │                                              │ ȳ        │                             │ 1
         1/1  │ y = x·x │ ∂y/∂x (1st x) = x = 3, ∂y/∂x (2nd x) = x = 3 │ x̄        │ ȳ · ∂y/∂x = 1 · (3 + 3) = 6 │ 6
        >>> print(y.tape().table(blanks=["values", "gradients"]))
         v │ expression │ value │ local derivatives                            │ gradient
        ───┼────────────┼───────┼──────────────────────────────────────────────┼──────────
         x │            │ 3     │                                              │ ____
         y │ x·x        │ ____  │ ∂y/∂x (1st x) = x = 3, ∂y/∂x (2nd x) = x = 3 │ ____
        """
        from chalkgrad.engine.stepping.trace import Options, Table

        along = value_of(tangent, self.names) if isinstance(tangent, str) else tangent
        return Table(self, Options(along, notation, digits, every_update, by, position, limit, upstream, terms, blanks))

    def latex(self, limit: Limit = "slide", columns: Sequence[str] | None = None, **options: Any) -> str:
        r"""Returns the evaluation trace in LaTeX, a formula that goes between \[ and \], for documents with amsmath.

        As many rows are written as fit a slide, the first and the last; with a `limit` about so many, with None all. Where a
        slide is too narrow, columns are left out; `columns` has the headings of those to write. The other options are those of
        `table`.

        >>> from chalkgrad.engine import Value
        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> print(y.tape().latex(columns=["v", "expression", "value"]))
        % needs \usepackage{amsmath}
        \begin{array}{lll}
        v & \text{expression} & \text{value} \\
        \hline
        x &  & 3 \\
        y & x \cdot x & 9
        \end{array}
        """
        return self.table(**options).latex(limit, columns)

    def _repr_html_(self) -> str:
        return self.table().html()


@short_traceback
def tape(
    *roots: Any, data: str | None = None, grad: str | None = None, parents: str | None = None, op: str | None = None
) -> Tape:
    """Returns the Wengert list of several roots at once.

    The roots may be those of another engine, such as a student's own: anything with `data`, `grad` and `_prev`, as micrograd
    has them. Then the tape has Values that mirror its nodes, and shows its gradients beside the right ones. `data`, `grad`,
    `parents` and `op` name the attributes that it has instead, such as grad="derivative", parents="history.inputs".

    Raises TypeError for objects that are neither, ValueError for a graph with a cycle.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0, "x")
    >>> len(tape(x + 1, x * x))
    3
    >>> class Node:
    ...     def __init__(self, data, parents=(), op=""):
    ...         self.data, self.grad, self._prev, self._op = data, 0.0, set(parents), op
    >>> a, b = Node(2.0), Node(-3.0)
    >>> e = Node(-6.0, (a, b), "*")
    >>> e.grad, a.grad, b.grad = 1.0, -3.0, -2.0
    >>> print(tape(e))
     v │ expression │ value │ local derivatives             │ gradient │ grad in your engine
    ───┼────────────┼───────┼───────────────────────────────┼──────────┼─────────────────────
     a │            │ 2     │                               │ -3       │ -3
     b │            │ -3    │                               │ 2        │ -2, wrong
     e │ a·b        │ -6    │ ∂e/∂a = b = -3, ∂e/∂b = a = 2 │ 1        │ 1
    b: the size is right, the sign is not: -2 instead of 2
    >>> tape(e).check()
    e: right, ∂e/∂e = 1
    b: the size is right, the sign is not: -2 instead of 2
    a: right, ∂e/∂a = -3
    """
    return Tape(values_of(roots, data=data, grad=grad, parents=parents, op=op))


def _only_root(tape: Tape, why: str) -> Value:
    if len(tape.roots) > 1:
        raise ValueError(
            f"{why}, and this tape has {len(tape.roots)}: take the tape of one of them, or of their sum, weighted by "
            "upstream gradients"
        )
    return tape.roots[0]


def values_of(
    roots: Sequence[Any], data: str | None = None, grad: str | None = None, parents: str | None = None, op: str | None = None
) -> Sequence[Value]:
    """Returns Values as they are, and for the nodes of another engine Values that mirror them; see `tape`."""
    named = {"data": data, "grad": grad, "parents": parents, "op": op}
    if not roots or any(isinstance(root, Value) for root in roots):
        for option, name in named.items():
            if name is not None and roots:
                raise TypeError(f"{option}={name!r} is for nodes of another engine, and these are Values: leave it out")
        return roots
    from chalkgrad.engine.stepping.other_engines import can_be_read, read_graph

    return read_graph(*roots, **named) if any(named.values()) or all(map(can_be_read, roots)) else roots
