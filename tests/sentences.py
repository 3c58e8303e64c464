"""Finds the sentences in a file of Python: texts of two or more words that are neither docstrings nor parts of errors.

>>> list(sentences('def f():\\n    "The docstring is one."\\n    return "This is another one."\\n'))
[(3, 'This is another one.')]
>>> list(sentences('def f(x):\\n    hint = "try another one"\\n    raise ValueError(f"this is wrong: {hint}")\\n'))
[]
"""

import ast
import re
from collections import defaultdict

SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")
ERROR = re.compile(r"(Error|Warning|\bwarn)$")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = ast.Module | ast.ClassDef | Function


def sentences(source):
    """Yields the line and the text of each sentence that `source` writes itself."""
    tree = ast.parse(source)
    left_out = _docstrings(tree) | _errors(tree)
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    for node in texts:
        if SENTENCE.search(node.value) and node not in left_out:
            yield node.lineno, node.value


def _docstrings(tree):
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, Documented)]
    return {body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)}


def _errors(tree):
    """Returns all nodes that are parts of errors: what is raised, and what is written for that alone.

    The latter are variables, parameters and functions that nothing else uses; so one may follow from another.
    """
    inside = set()
    calls = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls[_name(node.func)].append(node)
        bases = [node.func] if isinstance(node, ast.Call) else node.bases if isinstance(node, ast.ClassDef) else []
        if isinstance(node, ast.Raise) or any(ERROR.search(_name(base)) for base in bases):
            inside.update(ast.walk(node))
    parts = list(_parts(tree, calls))
    before = -1
    while before != len(inside):
        before = len(inside)
        for uses, written in parts:
            if inside.issuperset(uses):
                inside.update(ast.walk(written))
    return inside


def _parts(tree, calls):
    """Yields each function, each value of a variable, and each argument, after the nodes in which it is used."""
    everywhere = _uses(tree)
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        if function.name in everywhere:
            yield everywhere[function.name], function
        here = _uses(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and all(isinstance(to, ast.Name) and to.id in here for to in node.targets):
                yield [use for to in node.targets for use in here[to.id]], node
        names = [parameter.arg for parameter in (*function.args.posonlyargs, *function.args.args)]
        for call in calls[function.name]:
            for name, argument in zip(names, call.args, strict=False):
                if name in here:
                    yield here[name], argument


def _uses(tree):
    """Returns by their names the nodes in which variables and methods are read."""
    found = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            found[_name(node)].append(node)
    return found


def _name(node):
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
