"""Programs over symbols: the value and the adjoints as expressions of SymPy, which differentiates the value itself.

>>> import sympy
>>> from chalkgrad.engine import Value, program
>>> x, w = Value(0.5, "x"), Value(2.0, "w")
>>> f = program((w * x).tanh(), inputs=[w, x]).function(sympy)
>>> w, x = f.symbols
>>> y, (by_w, by_x) = f(w, x)
>>> y, by_w, by_w == sympy.diff(y, w)
(tanh(w*x), x*(1 - tanh(w*x)**2), True)

Values and local derivatives are those of the blackboard: `Rule.shown`, not what is computed so that no digit is lost.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, Test, walked
from chalkgrad.engine.programs.program import CompiledProgram, Program
from chalkgrad.engine.rules import RULES, Rule


class SymbolicProgram(CompiledProgram[Any]):
    """A program as a function of SymPy's expressions; see Program.function.

    Attributes:
        symbols: for each of the inputs a real symbol of its name, or a list of them, to call the function with
    """

    def __init__(self, program: Program[Any, Any], sympy: Any, adjoints: bool) -> None:
        super().__init__(program, "sympy", adjoints)
        self._sympy = sympy
        self._formulas = _Formulas(sympy)
        self._taken: set[str] = set()
        self.symbols = tuple(
            [
                self._symbol(group.members[0]) if group.single else list(map(self._symbol, group.members))
                for group in program.inputs
            ]
        )

    def _symbol(self, node: int) -> Any:
        name = own = self.program.names[node]
        count = 1
        while name in self._taken:  # two symbols of one name would be one
            count += 1
            name = f"{own}_{count}"
        self._taken.add(name)
        return self._sympy.Symbol(name, real=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (self.program, self.adjoints)

    def __call__(self, *arguments: Any) -> Any:
        program, formulas = self.program, self._formulas
        nodes = self._read(arguments)

        def given(x: float) -> Any:
            return nodes[x] if isinstance(x, int) else formulas.number(x)

        for node, rule, parents in program.instructions:
            nodes[node] = formulas.value(rule, list(map(given, parents)))
        for root, x in program.constants.items():
            nodes[root] = formulas.number(x)
        values = tuple([nodes[root] for root in program.roots])
        if not self.adjoints:
            return values[0] if program.single_root else values
        adjoints = tuple([self._adjoints(root, nodes, given) for root in program.roots])
        return (values[0], adjoints[0]) if program.single_root else (values, adjoints)

    def _read(self, arguments: Sequence[Any]) -> dict[int, Any]:
        """Returns the arguments as expressions, by the numbers of the leaves."""
        program, groups = self.program, self.program.inputs
        if len(arguments) != len(groups):
            program.batch([()] * len(arguments))
        nodes: dict[int, Any] = {}
        for group, given in zip(groups, arguments, strict=True):
            listed = [given] if group.single else list(given) if hasattr(given, "__getitem__") else None
            if listed is None or len(listed) != len(group.members):
                found = repr(given) if listed is None else f"{len(listed)}"
                raise ValueError(f"{group.name} is a list of {len(group.members)} expressions, and was given {found}")
            for node, x in zip(group.members, listed, strict=True):
                try:
                    nodes[node] = self._sympy.sympify(x, strict=True)
                except self._sympy.SympifyError:
                    nodes[node] = None
                if not isinstance(nodes[node], self._sympy.Expr):  # an array of NumPy's is one of SymPy's
                    raise TypeError(
                        f"{program.names[node]} is a symbol, an expression of SymPy or a number, not {x!r}: f.symbols has a "
                        "symbol for each input, and a batch is for arrays"
                    )
        return nodes

    def _adjoints(self, root: int, nodes: Mapping[int, Any], given: Callable[[float], Any]) -> tuple[Any, ...]:
        """Returns ∂root/∂x for all that is wanted, by the reverse sweep."""
        sums = self._sympy.Add
        swept = self.program.swept(root)
        contributions: dict[int, list[Any]] = {root: [self._sympy.Integer(1)]}
        for node, rule, parents in reversed(self.program.instructions):
            if node not in swept or node not in contributions:
                continue
            adjoint = sums(*contributions[node])
            arguments = list(map(given, parents))
            for position, parent in enumerate(parents):
                if isinstance(parent, int) and parent in swept:
                    partial = self._formulas.partial(rule, arguments, position, nodes[node])
                    contributions.setdefault(parent, []).append(adjoint * partial)
        wanted = self.program.wanted

        def adjoint_of(leaf: int) -> Any:
            return sums(*contributions.get(leaf, [])) if leaf in wanted else self._sympy.Integer(0)

        return tuple(
            [
                adjoint_of(group.members[0]) if group.single else list(map(adjoint_of, group.members))
                for group in self.program.wrt
            ]
        )


def _made_again(program: Program[Any, Any], adjoints: bool) -> SymbolicProgram:
    return SymbolicProgram(program, importlib.import_module("sympy"), adjoints)  # a pickle holds no module


class _Formulas:
    """The table's formulas over SymPy."""

    def __init__(self, sympy: Any) -> None:
        self.sympy = sympy
        self.operations = _operations(sympy)

    def number(self, x: float) -> Any:
        """Returns a number: a whole one as an Integer, so that x² is x**2; any other with all its digits."""
        if x == math.pi:
            return self.sympy.pi
        if x == x and abs(x) <= 2**53 and x == int(x):
            return self.sympy.Integer(int(x))
        return self.sympy.Float(x)

    def value(self, rule: Rule, arguments: Sequence[Any]) -> Any:
        """Returns an operation's value."""
        if RULES.get(rule.name) is rule and rule.name in self.operations:
            return self.operations[rule.name](*arguments)
        return self.evaluated(rule.value, dict(zip(rule.arguments, arguments, strict=True)))

    def partial(self, rule: Rule, arguments: Sequence[Any], position: int, value: Any) -> Any:
        """Returns the local derivative by the argument in a position."""
        count = len(arguments)
        which, element = rule.argument_at(count, position)
        bound = {x: arguments[rule.position_of(count, i, element)] for i, x in enumerate(rule.arguments)}
        return self.evaluated(rule.shown[which], {**bound, "v": value})

    def evaluated(self, tree: Formula, values: Mapping[str, Any]) -> Any:
        """Returns a formula without lists, whose choices become Piecewise unless numbers decide them."""
        sympy = self.sympy
        comparisons = {"<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "==": sympy.Eq}
        comparisons |= {"and": sympy.And, "or": sympy.Or}

        def visit(part: Formula) -> Generator[Formula, Any, Any]:
            if isinstance(part, Argument):
                return values[part.name]
            if isinstance(part, Constant):
                return self.number(part.value)
            if isinstance(part, Test):
                left = yield part.sides[0]
                right = yield part.sides[1]
                return comparisons[part.sign](left, right)
            if isinstance(part, Choice):
                test = yield part.test
                if test in (sympy.true, sympy.false):
                    return (yield part.then if test == sympy.true else part.otherwise)
                then = yield part.then
                otherwise = yield part.otherwise
                further = otherwise.args if isinstance(otherwise, sympy.Piecewise) else [(otherwise, True)]
                return sympy.Piecewise((then, test), *further)
            assert isinstance(part, Call)
            arguments = []
            for argument in part.arguments:
                arguments.append((yield argument))
            return self.value(RULES[part.name], arguments)

        return walked(visit, tree)


def _operations(sympy: Any) -> dict[str, Callable[..., Any]]:
    """Returns the table's operations as SymPy has them, or as a blackboard writes them.

    What is not here is its formula, with Piecewise for its choices.
    """
    exp, log, sqrt, erf, half = sympy.exp, sympy.log, sympy.sqrt, sympy.erf, sympy.Rational(1, 2)

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + exp(-x))

    def softplus(x: Any) -> Any:
        return log(1 + exp(x))

    def affine(*flat: Any) -> Any:
        n = len(flat) // 2
        return sympy.Add(*[w * x for w, x in zip(flat[:n], flat[n : 2 * n], strict=True)], flat[-1])

    same = "exp log sqrt sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh floor sign erf erfc"
    return {
        **{name: getattr(sympy, name) for name in same.split()},
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y,
        "pow": lambda x, y: x**y,
        "neg": lambda x: -x,
        "pos": lambda x: x,
        "abs": sympy.Abs,
        "ceil": sympy.ceiling,
        "mod": sympy.Mod,
        "floordiv": lambda x, y: sympy.floor(x / y),
        "expm1": lambda x: exp(x) - 1,
        "log1p": lambda x: log(1 + x),
        "exp2": lambda x: sympy.Integer(2) ** x,
        "log2": lambda x: log(x, 2),
        "log10": lambda x: log(x, 10),
        "cbrt": lambda x: sympy.real_root(x, 3),
        "asin_slope": lambda x: 1 / sqrt(1 - x**2),
        "atan_slope": lambda x: 1 / (1 + x**2),
        "degrees": lambda x: 180 * x / sympy.pi,
        "radians": lambda x: sympy.pi * x / 180,
        "hypot": lambda x, y: sqrt(x**2 + y**2),
        "maximum": sympy.Max,
        "minimum": sympy.Min,
        "total": sympy.Add,
        "affine": affine,
        "logsumexp": lambda *xs: log(sympy.Add(*map(exp, xs))),
        "gaussian": lambda x: exp(-(x**2)),
        "sigmoid": sigmoid,
        "sigmoid_slope": lambda x: exp(-x) / (1 + exp(-x)) ** 2,
        "softplus": softplus,
        "gelu": lambda x: x * half * (1 + erf(x / sqrt(2))),
        "silu": lambda x: x * sigmoid(x),
        "mish": lambda x: x * sympy.tanh(softplus(x)),
        "heaviside": lambda x: sympy.Heaviside(x, 0),
    }
