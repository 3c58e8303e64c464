"""The graph of another engine, such as a student's own, read as Values that keep what that engine has for each node.

>>> class Node:
...     def __init__(self, data, parents=(), op=""):
...         self.data, self.grad, self._prev, self._op = data, 0.0, set(parents), op
>>> a, b = Node(2.0), Node(-3.0)
>>> e = Node(-6.0, (a, b), "*")
>>> e.grad, a.grad, b.grad = 1.0, -3.0, 3.0                   # the last is wrong
>>> (mirror,) = read_graph(e)
>>> [(node.grad, node.theirs.grad, node.theirs.wrong) for node in mirror.parents]
[(-3.0, -3.0, False), (2.0, 3.0, True)]

A mirror is recorded by the table's operations, so that it is stepped, printed and drawn as any other Value. Which operation a
node is, and in which order its parents are its arguments, is told by its name and its value: a set of parents keeps neither the
order nor repeats. What these two leave open stays unknown: such a node's local derivatives are `NotKnown`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import permutations
from typing import Any, NamedTuple

from chalkgrad.engine.basics.modes import nonfinite
from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.formulas.rule import from_trees
from chalkgrad.engine.formulas.trees import Constant
from chalkgrad.engine.recording.record import compute, link
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.stepping.mirrors import Candidate, Mirror, Remark, Theirs, alike, other_data
from chalkgrad.engine.sweep import backward, order
from chalkgrad.engine.words.caller import variables_of_caller

# What engines call the attributes that are read, the usual name first. A dot leads to an attribute of an attribute.
ATTRIBUTES = {
    "data": ("data", "value", "val", "item"),
    "grad": ("grad", "derivative", "gradient", "adjoint"),
    "parents": (
        "_prev",
        "prev",
        "_children",
        "history.inputs",
        "_parents",
        "parents",
        "_inputs",
        "inputs",
        "children",
        "creators",
        "args",
    ),
    "op": ("_op", "op", "operation", "history.last_fn", "creation_op"),
}

# What engines call operations, beside the table's own names, in small letters and without underscores.
_SIGNS: dict[str, tuple[str, ...]] = {
    "**": ("pow",),
    "+": ("add", "total"),
    "-": ("sub", "neg"),
    "*": ("mul",),
    "/": ("div",),
    "//": ("floordiv",),
    "%": ("mod",),
    "^": ("pow",),
}
_SIGNS |= {"·": ("mul",), "×": ("mul",), "÷": ("div",), "−": ("sub", "neg")}
_WORDS = {
    "add": ("plus", "radd", "addition"),
    "sub": ("minus", "rsub", "subtract", "subtraction", "difference"),
    "mul": ("mult", "multiply", "multiplication", "times", "rmul", "prod", "product"),
    "div": ("divide", "division", "truediv", "rtruediv", "rdiv", "quotient"),
    "pow": ("power", "rpow"),
    "neg": ("negate", "negative", "negation"),
    "abs": ("absolute",),
    "log": ("ln",),
    "sqrt": ("squareroot",),
    "sigmoid": ("logistic", "sig", "σ"),
    "maximum": ("max",),
    "minimum": ("min",),
}
_NAMED: dict[str, tuple[str, ...]] = {name.replace("_", ""): (name,) for name in RULES if name != "affine"}
_NAMED |= {word: (name,) for name, words in _WORDS.items() for word in words} | {"sum": ("add", "total")} | _SIGNS
_WITH_NUMBER = {"square": ("pow", 2.0), "squared": ("pow", 2.0), "sqr": ("pow", 2.0), "cube": ("pow", 3.0)}
_WITH_NUMBER |= {"inv": ("pow", -1.0), "inverse": ("pow", -1.0), "reciprocal": ("pow", -1.0)}
_ENDINGS = ("backward0", "backward1", "backward", "function", "node", "op")

_SYMMETRIC = ("add", "mul", "maximum", "minimum", "hypot", "total", "logsumexp")
_EXPONENTS = (2.0, 3.0, -1.0, 0.5, -2.0, -0.5, 4.0, 5.0, 6.0, -3.0, 1.5, 1 / 3, 0.0, 1.0)
_SLOPES = (0.01, 0.1, 0.2, 0.3, 1.0)  # alpha of a leaky relu and its like

# The operations that a node without a name may be; of several with one derivative the first is taken.
_ARITHMETIC = ("add", "sub", "mul", "div", "pow", "neg")
_FUNCTIONS = ("relu", "tanh", "exp", "log", "sigmoid", "sqrt", "abs", "sin", "cos", "maximum", "minimum", "softplus", "total")


class Number(NamedTuple):
    """The number in the name of an operation, such as **2, and whether it comes before the sign, as in 1/."""

    value: float
    first: bool


def read_graph(
    *roots: Any, data: str | None = None, grad: str | None = None, parents: str | None = None, op: str | None = None
) -> tuple[Mirror, ...]:
    """Returns a mirror of each root of another engine's graph, with right gradients if there is one root.

    `data`, `grad`, `parents` and `op` name the attributes to read; for those left out the names that are in use elsewhere
    are tried, micrograd's first (ATTRIBUTES). The graph is read as it is now, at any depth.

    Raises TypeError for an object without such attributes and for numbers that are not scalars, ValueError for a graph that
    has a cycle.
    """
    reader = _Reader(roots[0], {"data": data, "grad": grad, "parents": parents, "op": op})
    with nonfinite("propagate"):  # their numbers may be infinite, and are shown so
        mirrors = reader.mirrors(roots)
    if len(roots) == 1:
        _judge(mirrors[0], reader.tolerance)
    return mirrors


def can_be_read(x: object) -> bool:
    """Whether an object has a gradient or parents, as nodes of engines have; many others have `data`, and our own more."""
    if type(x).__module__.partition(".")[0] == "chalkgrad":
        return False
    return any(_get(x, path) is not _MISSING for path in (*ATTRIBUTES["grad"], *ATTRIBUTES["parents"][:4]))


# Reading -------------------------------------------------------------------------------------------------------------

_MISSING = object()


def _get(x: object, path: str) -> Any:
    try:
        for name in path.split(".") if "." in path else (path,):
            x = getattr(x, name)
    except Exception:  # a property may raise anything, as minitorch's parents does for a leaf
        return _MISSING
    return x


class _Reader:
    """Reads the graphs of one engine: it knows the names of the attributes, and what was read so far."""

    def __init__(self, root: object, given: Mapping[str, str | None]) -> None:
        self.kind = type(root)
        module = self.kind.__module__
        self.called = f"the {self.kind.__name__} of {module}" if module != "__main__" else f"your {self.kind.__name__}"
        self.paths: dict[str, str] = {}
        for what, path in given.items():
            found = [p for p in ([path] if path else ATTRIBUTES[what]) if _get(root, p) is not _MISSING]
            if what != "op" and not path:  # a class may be the name of an operation, but a method is not a number
                found = [p for p in found if not callable(_get(root, p))]
            self.paths[what] = found[0] if found else ""
        missing = [what for what in ("data", "grad", "parents") if not self.paths[what]]
        if missing:
            raise TypeError(self._lacking(missing, given))
        self.tolerance = 1e-9  # of their values; 1e-5 where numbers have half the digits
        self.variables: dict[int, str] = {}  # the caller's, by the id of the node that they hold
        self.places: dict[int, int] = {}  # the order of these
        self.read: dict[int, Mirror] = {}

    def _lacking(self, missing: Sequence[str], given: Mapping[str, str | None]) -> str:
        """Returns the message for an object that lacks attributes, with what to type instead."""
        named = [f"{what}={path!r}" for what, path in given.items() if path and what in missing]
        if named:
            return f"{self.called} has no attribute {named[0].partition('=')[2]}, which was given as {' and '.join(named)}"
        what_for = {"data": "its number", "grad": "its gradient", "parents": "the nodes that it was computed from"}
        lacks = " and ".join(f"{ATTRIBUTES[what][0]} ({what_for[what]})" for what in missing)
        hint = ", ".join(f"{what}={'…'!r}" for what in missing)
        return (
            "a graph is drawn and stepped through for chalkgrad's Values, and for nodes of another engine; "
            f"{self.called} lacks {lacks}; if it has them under other names, give these: tape(x, {hint})"
        )

    def mirrors(self, roots: Sequence[object]) -> tuple[Mirror, ...]:
        """Returns the mirrors of the roots, after those of everything that they were computed from."""
        nodes = self.in_order(roots)
        self.variables = variables_of_caller(node for node, _, _ in nodes)
        self.places = {key: place for place, key in enumerate(self.variables)}
        for node, parents, ordered in nodes:
            self.read[id(node)] = self.mirror(node, parents if ordered else self.arranged(node, parents), ordered)
        return tuple(self.read[id(root)] for root in roots)

    def in_order(self, roots: Sequence[object]) -> list[tuple[object, Sequence[Any], bool]]:
        """Returns every node of the graph after its parents, with these and whether they are in the order of arguments."""
        found: list[tuple[object, Sequence[Any], bool]] = []
        done: set[int] = set()
        open_: dict[int, tuple[Sequence[Any], bool]] = {}  # the parents of the nodes on the way down to the one looked at
        waiting = [*reversed(roots)]
        while waiting:
            node = waiting[-1]
            key = id(node)
            if key in done:
                waiting.pop()
                continue
            if key not in open_:
                open_[key] = parents, _ = self.parents(node)
                left = [parent for parent in parents if id(parent) not in done and not _is_number(parent)]
                for parent in left:
                    if id(parent) in open_:
                        raise ValueError(
                            f"this graph has a cycle: {self.described(parent)} is computed from {self.described(node)}, "
                            "which is computed from it; a node's parents must be there before it"
                        )
                if left:
                    waiting += reversed(left)
                    continue
            waiting.pop()
            found.append((node, *open_.pop(key)))
            done.add(key)
        return found

    def parents(self, node: object) -> tuple[Sequence[Any], bool]:
        """Returns the parents of a node, and whether they come in the order of arguments, repeats kept."""
        if not isinstance(node, self.kind) and _get(node, self.paths["data"]) is _MISSING:
            raise TypeError(f"among the parents in this graph is {kind_of(node)}, which is not a node of it")
        found = _get(node, self.paths["parents"])
        if found is _MISSING or found is None:
            return (), True
        if isinstance(found, (set, frozenset)):
            return [*found], False
        if isinstance(found, (list, tuple)):
            return [x for x in found if x is not None], True
        if isinstance(found, Mapping):
            return [*found.values()], True
        return [found], True

    def arranged(self, node: object, parents: Sequence[Any]) -> list[Any]:
        """Returns a set of parents in an order that does not change from run to run, x + x with x twice if that is known."""
        left, right = _sides(node)
        if len(parents) == 1 and all(x is left and x is right for x in parents):
            return [left, left]
        last = len(self.places)

        def key(x: object) -> Any:
            data = x if _is_number(x) else _get(x, self.paths["data"])
            side = 0 if x is left else 1 if x is right else 2
            return side, self.places.get(id(x), last), data if isinstance(data, (int, float)) else 0.0

        return sorted(parents, key=key)

    def mirror(self, node: object, parents: Sequence[Any], ordered: bool) -> Mirror:
        """Returns the mirror of a node whose parents have been read."""
        theirs = Theirs(self.number(node), self.grad(node))
        label = self.name(node)
        arguments = [to_float(x, "a parent") if _is_number(x) else self.read[id(x)] for x in parents]
        if not any(isinstance(x, Mirror) for x in arguments):
            leaf = Mirror(theirs.data, label)
            leaf.theirs = theirs
            return leaf
        text = self.operation(node)
        found, key, blanks = recognise(text, arguments, ordered, theirs.data, self.tolerance)
        numbers = [x.data if isinstance(x, Mirror) else x for x in arguments]
        if found is None:
            unknown: list[Any] = [Constant(NotKnown())] * len(arguments)
            rule = from_trees(text if text.isidentifier() else "?", unknown[0], unknown, unknown)
            value = theirs.data
            partials: tuple[float, ...] = tuple(NotKnown() for x in arguments if isinstance(x, Mirror))
        else:
            rule, arguments = found.rule, [*found.arguments]
            numbers = [x.data if isinstance(x, Mirror) else x for x in arguments]
            value, partials = compute(rule, numbers, [not isinstance(x, Mirror) for x in arguments], arguments)
        made = Mirror(value, label)
        template = [None if isinstance(x, Mirror) else x for x in arguments]
        made._rule = rule if template.count(None) == len(template) else (rule, *template)
        link(made, [x for x in arguments if isinstance(x, Mirror)], partials)
        made.theirs = theirs
        if key:
            theirs.remark = Remark(key, blanks)
        return made

    def number(self, node: object) -> float:
        """Returns a node's value; raises TypeError for one that is not a scalar."""
        x = _get(node, self.paths["data"])
        try:
            number = to_float(x)
        except TypeError:
            raise TypeError(
                f"chalkgrad reads graphs of scalars, and the {self.paths['data']} of {self.described(node)} is {kind_of(x)}"
            ) from None
        if getattr(getattr(x, "dtype", None), "itemsize", 8) < 8:
            self.tolerance = 1e-5
        return number

    def grad(self, node: object) -> float | None:
        """Returns a node's gradient, or None if it has none, or none that is a number."""
        x = _get(node, self.paths["grad"])
        for _ in range(2):  # a gradient may be a node of the engine
            try:
                return to_float(x)
            except TypeError:
                x = _get(x, self.paths["data"])
        return None

    def operation(self, node: object) -> str:
        """Returns the name of a node's operation: a text, or the name of a class or function."""
        if not self.paths["op"]:  # its class may be named after it
            name = type(node).__name__
            return name if operation_named(name)[0] else ""
        x = _get(node, self.paths["op"])
        if isinstance(x, str):
            return x
        named = x is not None and x is not _MISSING
        return str(getattr(x, "__name__", None) or getattr(x, "name", None) or type(x).__name__) if named else ""

    def name(self, node: object) -> str:
        """Returns a node's label, else the caller's variable that holds it, else nothing."""
        label = getattr(node, "label", "")
        return label if label and isinstance(label, str) else self.variables.get(id(node), "")

    def described(self, node: object) -> str:
        """Returns a node's name for a message."""
        return self.name(node) or variables_of_caller([node]).get(id(node), "a node")


def _is_number(x: object) -> bool:
    return isinstance(x, (int, float)) or (hasattr(x, "dtype") and not getattr(x, "ndim", 0) and not hasattr(x, "grad"))


def _sides(node: object) -> tuple[object, object]:
    """Returns what stood on the left and on the right of the sign: micrograd's `_backward` closes over `self` and `other`.

    They decide how a·b is written, and that x + x has x twice; which of a and b is subtracted from the other they do not.
    """
    function = getattr(node, "_backward", None)
    try:  # it may be something else than a function, or one without a closure
        cells = dict(zip(function.__code__.co_freevars, function.__closure__, strict=True))  # type: ignore[union-attr] # as said
        return cells["self"].cell_contents, cells["other"].cell_contents
    except (AttributeError, KeyError, TypeError, ValueError):
        return _MISSING, _MISSING


# Which operation it was ----------------------------------------------------------------------------------------------

Recognised = tuple[Candidate | None, str, dict[str, Any]]  # the operation, if it is known; the key of a remark, and its blanks


def recognise(text: str, arguments: Sequence[Mirror | float], ordered: bool, value: float, tolerance: float) -> Recognised:
    """Returns the operation that made this value of these arguments, and what is to be said of that.

    It is the one that `text` names if that gives the value; so too if nothing else does, as then the value is wrong.
    """
    names, number = operation_named(text)
    all_of_them = _any_operation(arguments, ordered, number, names or _ARITHMETIC + _FUNCTIONS)
    fitting = [c for c in all_of_them if _gives(c, value, tolerance)]
    if ordered and names and fitting and len(fitting[0].arguments) == len(arguments):
        fitting = fitting[:1]  # the arguments are in this order, unless another one alone gives the value
    if not fitting and names and ordered:
        hidden = (c for name in names for c in _with_hidden_number(RULES[name], arguments, value))
        fitting = [c for c in hidden if _gives(c, value, tolerance)]
    if fitting:
        different = _by_slopes(fitting) if len(fitting) > 1 else []
        if len(different) > 1:
            return None, "ambiguous", {"value": value, "candidates": [found[0] for found in different]}
        if names and not (ordered and _is_reversed(fitting[0], arguments)):
            return fitting[0], "", {}
        small_numbers = not any(x * 8 % 1 for x in (value, *map(_their_number, arguments)))  # these agree by coincidence
        if names or not text or not small_numbers:
            return fitting[0], "read off", {"value": value, "candidates": fitting[:1]}
    certain = [c for c in all_of_them if _is_certain(c, arguments, ordered, number)] if names else []
    if certain:
        blanks = {"theirs": value, "right": _value(certain[0]), "candidates": certain[:1]}
        others = _by_slopes([c for c in _any_operation(arguments, ordered, number) if _gives(c, value, tolerance)])
        if len(others) == 1:  # its name may be that of the method that was copied
            return certain[0], "misnamed", blanks | {"other": others[0][:1]}
        return certain[0], "computed", blanks
    if names and all_of_them:
        return None, "hidden", {"operation": text, "value": value, "candidates": all_of_them[:2]}
    return None, "unknown" if text else "unnamed", {"operation": text, "value": value}


@cache
def operation_named(text: str) -> tuple[tuple[str, ...], Number | None]:
    """Returns the names of the operations that a text may stand for, and the number in it.

    >>> operation_named("ReLU"), operation_named("MulBackward0"), operation_named("swirl")
    ((('relu',), None), (('mul',), None), ((), None))
    >>> operation_named("**2"), operation_named("1/")
    ((('pow',), Number(value=2.0, first=False)), (('div',), Number(value=1.0, first=True)))
    """
    word = text.strip().lower().strip("_").replace("_", "").replace(" ", "")
    for ending in ("", *_ENDINGS):
        short = word.removesuffix(ending)
        if short in _NAMED:
            return _NAMED[short], None
        if short in _WITH_NUMBER:
            name, value = _WITH_NUMBER[short]
            return (name,), Number(value, False)
    for sign in _SIGNS:
        for rest, first in ((word.removeprefix(sign), False), (word.removesuffix(sign), True)):
            number = _number_in(rest, first)
            if rest != word and number is not None:
                return _SIGNS[sign], number
    head, bracket, rest = word.partition("(")
    if not bracket:
        head = word.rstrip("0123456789.-")
        rest = word[len(head) :]
    return _NAMED.get(head, ()), _number_in(rest.removesuffix(")").rpartition(",")[2], False)


def _number_in(text: str, first: bool) -> Number | None:
    try:
        return Number(float(text.strip("()")), first)
    except ValueError:
        return None


def _arrangements(rule: Rule, arguments: Sequence[Mirror | float], ordered: bool, number: Number | None) -> Iterator[Candidate]:
    """Yields the ways in which the arguments may have been those of an operation, the likeliest first."""
    places, count = len(rule.arguments), len(arguments)
    if rule.lists:
        if rule.name != "total" or count > 2:  # of two, add is meant
            yield Candidate(rule, tuple(arguments))
    elif count == places:
        for arranged in permutations(arguments) if count == 2 and rule.name not in _SYMMETRIC else [arguments]:
            yield Candidate(rule, tuple(arranged))
    elif count == 1 and places == 2 and number is not None:
        yield Candidate(rule, (number.value, arguments[0]) if number.first else (arguments[0], number.value))
    elif count == 1 and places == 2:
        if not ordered and not rule.defaults:
            yield Candidate(rule, (arguments[0], arguments[0]))
        for value in _EXPONENTS if rule.name == "pow" else _SLOPES if rule.defaults else ():
            yield Candidate(rule, (arguments[0], value))


def _any_operation(
    arguments: Sequence[Mirror | float],
    ordered: bool,
    number: Number | None,
    names: Sequence[str] = _ARITHMETIC + _FUNCTIONS,
) -> list[Candidate]:
    """Returns what these operations may have made of the arguments."""
    return [c for name in names for c in _arrangements(RULES[name], arguments, ordered, number)]


def _with_hidden_number(rule: Rule, arguments: Sequence[Mirror | float], value: float) -> Iterator[Candidate]:
    """Yields x + c and c·x, if the number c was left out of the parents: it follows from the value."""
    if len(arguments) == 1:
        x = _their_number(arguments[0])
        if rule.name == "add":
            yield Candidate(rule, (arguments[0], value - x))
        elif rule.name == "mul" and x:
            yield Candidate(rule, (arguments[0], value / x))


def _is_certain(candidate: Candidate, arguments: Sequence[Mirror | float], ordered: bool, number: Number | None) -> bool:
    """Whether the name alone tells that the node is this operation on these arguments, in spite of its value."""
    if number is not None and len(arguments) == 1:
        return True
    if len(candidate.arguments) != len(arguments):
        return False
    return ordered or len(arguments) == 1 or (len(arguments) == 2 and candidate.rule.name in _SYMMETRIC)


def _is_reversed(candidate: Candidate, arguments: Sequence[Mirror | float]) -> bool:
    return len(candidate.arguments) == len(arguments) and candidate.arguments[0] is not arguments[0]


def _their_number(x: Mirror | float) -> float:
    return x.theirs.data if isinstance(x, Mirror) else x


def _computed(candidate: Candidate) -> tuple[float, tuple[float, ...]]:
    """Returns the value and the local derivatives that an operation has on their numbers."""
    rule, arguments = candidate
    return compute(rule, [*map(_their_number, arguments)], [not isinstance(x, Mirror) for x in arguments], arguments)


def _value(candidate: Candidate) -> float:
    return _computed(candidate)[0]


def _gives(candidate: Candidate, value: float, tolerance: float) -> bool:
    """Whether an operation gives this value, but for rounding: where terms cancel, of the terms."""
    largest = max(1.0, *(abs(_their_number(x)) for x in candidate.arguments)) if candidate.rule.name != "pow" else 1.0
    return alike(value, _value(candidate), tolerance, 1e-6 * tolerance * largest)


def _by_slopes(candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Returns the candidates in groups that have the same derivatives by each argument."""
    groups: list[tuple[dict[int, float], list[Candidate]]] = []
    for candidate in candidates:
        slopes: dict[int, float] = {}
        parents = [x for x in candidate.arguments if isinstance(x, Mirror)]
        for parent, partial in zip(parents, _computed(candidate)[1], strict=True):
            slopes[id(parent)] = slopes.get(id(parent), 0.0) + partial
        for known, group in groups:
            if known.keys() == slopes.keys() and all(alike(slopes[key], known[key], 1e-6, 1e-12) for key in known):
                group.append(candidate)
                break
        else:
            groups.append((slopes, [candidate]))
    return [group for _, group in groups]


# Their gradients beside the right ones -------------------------------------------------------------------------------


def _judge(root: Mirror, tolerance: float) -> None:
    """Gives the mirrors the right gradients, and marks which of theirs are wrong."""
    nodes: list[Any] = order([root])
    try:
        backward(nodes, root, propagate=False)
    except NonFiniteError:  # a derivative is not known, or is infinite
        backward(nodes, root, propagate=True)
    if changed := _changed_leaves(nodes):
        for node in nodes:
            node.theirs.remark = None
        root.theirs.remark = Remark("changed", {"leaves": changed})
        return  # nobody knows the values that their gradients were computed from
    scales = _scales(nodes)
    for node in nodes:
        grad = node.theirs.grad
        node.theirs.right = node.grad
        if grad is not None and not isinstance(node.grad, NotKnown):
            node.theirs.wrong = not alike(grad, node.grad, 1e3 * tolerance, 1e-3 * tolerance * scales[node])
    inner = [node for node in nodes if node.parents and node is not root and node.theirs.grad is not None]
    leaves = [node for node in nodes if not node.parents]
    if (
        not any(node.theirs.grad for node in inner)
        and any(x.theirs.grad for x in leaves)
        and not any(x.theirs.wrong for x in leaves)
    ):
        for node in inner:  # this engine keeps the gradients of leaves alone
            node.theirs.grad, node.theirs.wrong = None, False


def _changed_leaves(nodes: Sequence[Any]) -> list[Mirror]:
    """Returns leaves that seem to have other values than when the graph was computed, such as parameters after an update.

    Then what is computed from them directly contradicts them, whatever the operation; a wrong operation does so everywhere.
    """
    wrong = [node for node in nodes if node.theirs.remark and node.theirs.remark.key in ("computed", "misnamed")]
    leaves = [[parent for parent in node.parents if not parent.parents] for node in wrong]
    if len({node.op for node in wrong}) < 2 or not all(leaves):
        return []
    return [*dict.fromkeys(leaf for some in leaves for leaf in some)]


def _scales(nodes: Sequence[Any]) -> dict[Any, float]:
    """Returns by node how large the terms are that its gradient is made of, which bounds its rounding error.

    A local derivative has an error even where it is near 0, such as 1 - t² of a saturated tanh.
    """
    scales = dict.fromkeys(nodes, 0.0)
    scales[nodes[-1]] = 1.0
    for node in reversed(nodes):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            size = scales[node] * (abs(partial) + 1e-4)
            if size - size == 0.0:
                scales[parent] += size
    return scales


def their_partials(node: Mirror) -> tuple[float, ...]:
    """Returns a node's local derivatives at the values that the other engine has for its arguments."""
    rule = node.op
    if rule is None or all(other_data(parent) is None for parent in node.parents):
        return node.partials
    if any(isinstance(partial, NotKnown) for partial in node.partials):
        return node.partials
    with nonfinite("propagate"):
        return _computed(Candidate(rule, node.arguments))[1]  # type: ignore[arg-type] # their Values are mirrors


def followed_adjoints(root: Mirror) -> dict[Any, float]:
    """Returns the gradients that are right for the values of the other engine, some of which may be wrong."""
    nodes: list[Any] = order([root])
    links = {node: [*zip(node.parents, their_partials(node), strict=True)] for node in nodes}
    return adjoints_along(links, {root: 1.0})
