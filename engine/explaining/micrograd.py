"""A graph in micrograd's terms, for code that walks micrograd's: + and * of two, ** and ReLU of one, numbers as leaves.

>>> x, y = Value(3.0, "x"), Value(4.0, "y")
>>> def code(node):
...     if node._op == "":
...         return f"{node.data:g}"
...     return "(" + f" {node._op} ".join(map(code, node._children)) + ")"
>>> code(micrograd_graph(x - 2 * y))
'(3 + ((4 * 2) * -1))'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.recording.computers import computer
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import operation_name


class MicrogradNode:
    """A node as micrograd has it, to be read: `data`, `grad`, `_op`, and `_prev`, the set of what it was computed from.

    `_children`, or `parents`, has them in the order of the arguments, repeats kept. `_backward()` adds what this node's
    edges carry to their grads, and `backward()` computes every grad anew.
    """

    def __init__(
        self, data: float, children: Iterable[MicrogradNode] = (), op: str = "", partials: Sequence[float] = (), label: str = ""
    ) -> None:
        self.data, self.grad, self.label = data, 0.0, label
        self.parents, self.partials = tuple(children), tuple(partials)
        self._prev, self._op = set(self.parents), op

    @property
    def _children(self) -> tuple[MicrogradNode, ...]:
        return self.parents

    def _backward(self) -> None:
        for parent, partial in zip(self.parents, self.partials, strict=True):
            parent.grad += partial * self.grad

    def backward(self, upstream: float = 1.0) -> None:
        """Computes the grad of every node that this one was computed from, and of itself; all of them begin at 0."""
        nodes = _parents_first(self)
        for node in nodes:
            node.grad = 0.0
        self.grad = upstream
        for node in reversed(nodes):
            node._backward()

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


def micrograd_graph(v: Value) -> MicrogradNode:
    """Returns the graph that v was computed by as micrograd would have built it, for walkers and compilers written for it.

    Each product and each sum is a node of two, and plain numbers are leaves: x - y is x + y * -1, x / y is x * y**-1, a
    neuron's sum begins with its bias, ((b + w1 * x1) + w2 * x2), a total with its first term. What micrograd does not have,
    such as sigmoid, is one node with the operation's name. Numbers are computed anew, in this order. Grads are those that
    the Values have, once v has one, and else 0, until `backward()` of what is returned.

    Raises TypeError unless v is a Value, StaleGraphError if a leaf has changed since v was computed: forward() comes first.

    >>> from chalkgrad.engine import relu
    >>> x, y = Value(2.0, "x"), Value(-3.0, "y")
    >>> z = relu(x / y + 1)
    >>> z.backward()
    >>> node = micrograd_graph(z)
    >>> node
    Value(data=0.33333333333333337, grad=1.0)
    >>> while node._children:
    ...     print(node._op, [child.data for child in node._children])
    ...     node = node._children[0]
    ReLU [0.33333333333333337]
    + [-0.6666666666666666, 1.0]
    * [2.0, -0.3333333333333333]
    >>> node
    Value(data=2.0, grad=-0.3333333333333333)
    """
    if not isinstance(v, Value):
        raise TypeError(f"micrograd_graph takes the Value whose graph is to be walked, as in micrograd_graph(loss), not {v!r}")
    made: dict[Value, MicrogradNode] = {}
    nodes = order([v])
    refuse_stale(nodes)  # or the numbers, computed here, would be new and the grads old
    for node in nodes:
        rule = node.op
        if rule is None:
            made[node] = MicrogradNode(node.data, label=node.label)
            continue
        arguments = [made[x] if isinstance(x, Value) else x for x in node.arguments]
        build = _BUILT.get(rule.name) if RULES.get(rule.name) is rule else None
        built = build(*arguments) if build else None
        made[node] = _node(built) if built is not None else _one_node(rule, arguments)
        made[node].label = made[node].label or node.label
    root = made[v]
    if v.has_grad:
        root.backward(v.grad)
        for node, twin in reversed(made.items()):  # +x and a total of one term are their only parent, whose grad is the whole
            twin.grad = float(node.grad)
    return root


# A number stays a number until it meets a node, as in micrograd's operators, where -2 is computed before it becomes a leaf.
Operand = MicrogradNode | float


def _node(x: Operand) -> MicrogradNode:
    return x if isinstance(x, MicrogradNode) else MicrogradNode(x)


def _added(x: Operand, y: Operand) -> Operand:
    if not isinstance(x, MicrogradNode):
        if not isinstance(y, MicrogradNode):
            return x + y
        x, y = y, x  # __radd__
    y = _node(y)
    return MicrogradNode(x.data + y.data, (x, y), "+", (1.0, 1.0))


def _multiplied(x: Operand, y: Operand) -> Operand:
    if not isinstance(x, MicrogradNode):
        if not isinstance(y, MicrogradNode):
            return x * y
        x, y = y, x  # __rmul__
    y = _node(y)
    return MicrogradNode(x.data * y.data, (x, y), "*", (y.data, x.data))


def _negative(x: Operand) -> Operand:
    return _multiplied(x, -1.0)


def _power(x: Operand, k: Operand) -> Operand | None:
    """x**k for a number k; None for what micrograd refuses, a power with a node above."""
    if isinstance(k, MicrogradNode):
        return None
    if not isinstance(x, MicrogradNode):
        return float(x**k)
    value, partials = computer(RULES["pow"], (False, True), propagate=True)(x.data, k)
    return MicrogradNode(value, (x,), "**" + repr(k).removesuffix(".0"), partials)


def _quotient(x: Operand, y: Operand) -> Operand:
    inverse = _power(y, -1.0)
    assert inverse is not None
    return _multiplied(x, inverse)


def _affine(*arguments: Operand) -> Operand:
    """sum((w * x for …), b), which begins with b."""
    n, total = len(arguments) // 2, arguments[-1]
    for w, x in zip(arguments[:n], arguments[n:-1], strict=True):
        total = _added(total, _multiplied(w, x))
    return total


def _total(first: Operand, *others: Operand) -> Operand:
    for term in others:
        first = _added(first, term)
    return first


_BUILT: dict[str, Callable[..., Any]] = {
    "add": _added,
    "sub": lambda x, y: _added(x, _negative(y)),
    "mul": _multiplied,
    "div": _quotient,
    "neg": _negative,
    "pos": lambda x: x,
    "pow": _power,
    "total": _total,
    "affine": _affine,
}


def _one_node(rule: Rule, arguments: Iterable[Operand]) -> MicrogradNode:
    children = [_node(x) for x in arguments]
    value, partials = computer(rule, propagate=True)(*[child.data for child in children])
    return MicrogradNode(value, children, operation_name(rule), partials)


def _parents_first(root: MicrogradNode) -> list[MicrogradNode]:
    """Returns every node after those that it was computed from, by a stack instead of recursion."""
    done: dict[MicrogradNode, None] = {}
    stack = [root]
    while stack:
        waiting = [child for child in stack[-1].parents if child not in done]
        if waiting:
            stack += waiting
        else:
            done[stack.pop()] = None
    return list(done)
