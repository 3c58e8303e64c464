"""Mutants: copies of a source file with one thing changed, made systematically from its syntax tree.

>>> source = "def larger(x, y):\\n    return x if x > y else y\\n"
>>> for mutant in mutants_of("larger.py", source):
...     print(mutant)
larger.py, larger: x > y → x >= y
larger.py, larger: x > y → x <= y
larger.py, larger: return x if x > y else y → pass

What is changed: operators, comparisons (at their border, and the other way round), `and` and `or`, numbers, True and False, the
condition of an `if`, the sides of `choose`; a statement that does something (a call, `raise`, `return`, an assignment to an
attribute or an element, `+=`, `continue`, `break`) is dropped. Words, annotations, imports, what type checkers alone read, the
examples of the table of operations, and how often a slip was met in discussions are not code, and stay.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

OTHER_OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
TABLES = {"Rule", "Slip"}  # whose entries are scopes, by the name that they begin with
DATA = {"inside", "outside"}  # the examples of an entry, which the tests take from there
SKIPPED = (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.arg)


class Mutant(NamedTuple):
    """One changed copy; `file`, `scope`, `before`, `after` and `nth` tell it from all others, wherever its line moves to."""

    file: str
    scope: str
    before: str
    after: str
    nth: int  # among those of its scope that read alike
    line: int
    end: int  # the last line of what was changed
    tree: ast.Module

    @property
    def key(self) -> str:
        return f"{self.file}, {self.scope}: {self.before} → {self.after}" + (f", number {self.nth}" if self.nth > 1 else "")

    def __str__(self) -> str:
        return self.key


def mutants_of(file: str, source: str) -> Iterator[Mutant]:
    """Yields all mutants of a file's text, in the order of its lines."""
    tree = ast.parse(source)
    alike: Counter[tuple[str, str, str]] = Counter()
    for path, scope in _places(tree, (), ""):
        node = _at(tree, path)
        for changed in _changes(node):
            before, after = _said(node), _said(changed)
            alike[scope, before, after] += 1
            whole = _replaced(tree, path, changed)
            yield Mutant(
                file,
                scope or "the module",
                before,
                after,
                alike[scope, before, after],
                node.lineno,
                node.end_lineno or 0,
                whole,
            )


Path = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, path: Path, scope: str) -> Iterator[tuple[Path, str]]:
    """Yields the paths of all nodes that may be changed, inner ones first, with the names of what they stand in."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        scope = f"{scope}.{node.name}" if scope else node.name
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TABLES:
        scope = f'{node.func.id} "{node.args[0].value}"' if isinstance(node.args[0], ast.Constant) else scope
    elif isinstance(node, (ast.Assign, ast.AnnAssign)) and not scope:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        scope = ast.unparse(target)
    elif isinstance(node, ast.If) and _said(node.test) == "TYPE_CHECKING":
        return
    for field, child in ast.iter_fields(node):
        if field in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for i, inner in enumerate(child) if isinstance(child, list) else [(None, child)]:
            if not isinstance(inner, ast.AST) or isinstance(inner, SKIPPED):
                continue
            if isinstance(inner, ast.keyword) and inner.arg in DATA:
                continue
            if scope.startswith("Slip ") and field == "args" and i == 1:  # how often it was met
                continue
            yield from _places(inner, (*path, (field, i)), scope)
    if isinstance(node, (ast.expr, ast.stmt)):
        yield path, scope


def _changes(node: ast.AST) -> Iterator[Any]:
    """Yields what stands in the place of a node, in the mutants of it."""
    match node:
        case ast.BinOp() | ast.BoolOp():
            for other in OTHER_OPERATORS.get(type(node.op), ()):
                yield _with(node, op=other())
        case ast.Compare(ops=[op]):
            for other in OTHER_OPERATORS[type(op)]:
                yield _with(node, ops=[other()])
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield node.operand
        case ast.Constant(value=bool()):
            yield _with(node, value=not node.value)
        case ast.Constant(value=int() | float()):
            yield _with(node, value=node.value + 1 if abs(node.value) < 1e15 else node.value / 2)
        case ast.Call(func=ast.Name(id="choose"), args=[test, this, that]):
            yield _with(node, args=[test, that, this])
            yield this
            yield that
        case ast.If(test=ast.Compare(ops=[_]) | ast.UnaryOp(op=ast.Not())) | ast.IfExp(test=ast.Compare(ops=[_])):
            pass  # to turn the comparison round is the same
        case ast.If() | ast.IfExp():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()
        case ast.Return() if node.value is not None:
            yield ast.Pass()
        case ast.AugAssign():
            yield ast.Pass()
        case ast.Assign() if any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            yield ast.Pass()


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    """Returns a shallow copy of a node with some fields changed."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _said(node: ast.AST) -> str:
    """Returns a node's code in one line; of an `if` only the condition."""
    if isinstance(node, ast.If):
        return f"if {ast.unparse(ast.fix_missing_locations(_with(node.test)))}"
    return " ".join(ast.unparse(node).split())


def _at(tree: ast.AST, path: Path) -> Any:
    node: Any = tree
    for field, i in path:
        node = getattr(node, field) if i is None else getattr(node, field)[i]
    return node


def _replaced(tree: ast.AST, path: Path, changed: Any) -> Any:
    """Returns a tree that shares all with this one but what leads to the changed node."""
    if not path:
        return changed
    (field, i), rest = path[0], path[1:]
    child = getattr(tree, field)
    if i is None:
        return _with(tree, **{field: _replaced(child, rest, changed)})
    return _with(tree, **{field: [*child[:i], _replaced(child[i], rest, changed), *child[i + 1 :]]})
