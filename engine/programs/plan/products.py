"""Products of arrays as source: W @ z, X @ W.T, or einsum where matrices cannot say it.

>>> product("rk", "k", "r", "W", "z"), product("rk", "nk", "nr", "W", "X"), product("nr", "nk", "rk", "d", "X")
(('W @ z', 'W', 'z'), ('X @ W.T', 'X', 'W.T'), ('d.T @ X', 'd.T', 'X'))
>>> product("mk", "mk", "m", "A", "B")
('np.einsum("mk,mk->m", A, B)', '', '')
"""

from __future__ import annotations

import re

NUMBER = re.compile(r"-?\d[\d.]*(e[-+]?\d+)?")


def product(x: str, y: str, out: str, left: str, right: str) -> tuple[str, str, str]:
    """Returns the source of a product by its subscripts, and the two factors if it is a product of matrices, else "".

    Args:
        x, y, out: the axes of the factors and of the result
        left, right: the source of the factors
    """
    summed = [axis for axis in x if axis in y and axis not in out]
    shared = [axis for axis in x if axis in y and axis in out]
    x, left = _summed_alone(x, y, out, left)
    y, right = _summed_alone(y, x, out, right)
    if not summed:
        return _outer(x, y, out, left, right), "", ""
    if len(summed) == 1 and not shared:
        if len(x) <= 2 and len(y) <= 2 and sorted(out) == sorted({*x, *y} - {*summed}):
            return _matrices(x, y, out, summed[0], left, right)
        found = _stacked(x, y, out, summed[0], left, right)
        if found:
            return found, "", ""
    if x[:1] == y[:1] == out[:1] == "n" and shared == ["n"] and len(summed) == 1 and len(x) == len(y) == 3:
        return _sample_by_sample(x, y, out, summed[0], left, right), "", ""
    return _tensors(x, y, out, summed, left, right), "", ""


def _summed_alone(x: str, y: str, out: str, source: str) -> tuple[str, str]:
    """Returns a factor summed over axes that neither the other one nor the result has, and its axes."""
    at = tuple([k for k, axis in enumerate(x) if axis not in y + out])
    if not at:
        return x, source
    return "".join([axis for axis in x if axis in y + out]), f"{atom(source)}.sum({at[0] if len(at) == 1 else at})"


def _sample_by_sample(x: str, y: str, out: str, axis: str, left: str, right: str) -> str:
    """A stack of matrices times a stack of matrices."""
    if out[1] not in x:
        x, y, left, right = y, x, right, left
    left = atom(left) if x[2] == axis else _turned(left)
    return f"{left} @ {atom(right) if y[1] == axis else _turned(right)}"


def _tensors(x: str, y: str, out: str, summed: list[str], left: str, right: str) -> str:
    """A sum over several axes."""
    if out and out[0] not in x:
        x, y, left, right = y, x, right, left
    if "".join([axis for axis in x + y if axis not in summed]) != out:
        return f'np.einsum("{x},{y}->{out}", {left}, {right})'
    axes = tuple(map(x.index, summed)), tuple(map(y.index, summed))
    return f"np.tensordot({left}, {right}, {axes})"


def _turned(source: str) -> str:
    turn = ".swapaxes(-1, -2)"
    return source.removesuffix(turn) if source.endswith(turn) else atom(source) + turn


def _matrices(x: str, y: str, out: str, axis: str, left: str, right: str) -> tuple[str, str, str]:
    if len(out) == 2:
        if out[0] not in x:
            x, y, left, right = y, x, right, left
    elif len(out) == 1 and len(x) == 1 and len(y) == 2:  # a row goes to the right of a matrix that ends with its axis
        if y[1] == axis:
            x, y, left, right = y, x, right, left
    elif len(out) == 1 and len(x) == 2 and x[0] == axis:  # and to the left of one that begins with it
        x, y, left, right = y, x, right, left
    left = left if x[-1] == axis else f"{atom(left)}.T"
    right = right if y[0] == axis else f"{atom(right)}.T"
    left, right = atom(left), atom(right)
    return f"{left} @ {right}", left, right


def _stacked(x: str, y: str, out: str, axis: str, left: str, right: str) -> str:
    """A stack of matrices, one for each sample, times one matrix or row, or the other way round; "" for anything else."""
    if len(y) == 3:
        x, y, left, right = y, x, right, left
    other, rest = y.replace(axis, ""), x[1:].replace(axis, "")
    left = atom(left) if x[2] == axis else f"{atom(left)}.swapaxes(-1, -2)"
    if out == "n" + rest + other:
        return f"{left} @ {atom(right) if y[0] == axis else atom(right) + '.T'}"
    if out == "n" + other + rest:
        return f"{atom(right) if y[1] == axis else atom(right) + '.T'} @ {_turned(left)}"
    return ""


def _outer(x: str, y: str, out: str, left: str, right: str) -> str:
    """A product without a sum: each factor with an axis of length 1 where only the other has one."""
    sources = []
    for axes, source in ((x, left), (y, right)):
        order = [axis for axis in out if axis in axes]
        if list(axes) != order:
            return f'np.einsum("{x},{y}->{out}", {left}, {right})'
        missing = [axis not in axes for axis in out]
        first = missing.index(False) if False in missing else len(missing)
        index = ", ".join(["None" if m else ":" for m in missing[first:]])
        leading = "n" in out and "n" in axes
        if leading:
            index = ", ".join(["None" if m else ":" for m in missing])
        sources.append(f"{atom(source)}[{index}]" if "None" in index else atom(source))
    return " * ".join(sources)


def atom(source: str) -> str:
    """Returns source that an attribute or an index may follow.

    >>> atom("W1"), atom("-d"), atom("a[:, None]"), atom("f(a + b).T")
    ('W1', '(-d)', 'a[:, None]', 'f(a + b).T')
    """
    return source if re.fullmatch(r"[\w.]+", bare(source)) else f"({source})"


def bare(source: str) -> str:
    """Returns source without what stands in brackets.

    >>> bare("np.maximum(W1 @ (x + y), 0.0)[:, 0] + b1")
    'np.maximum + b1'
    """
    while True:
        inner = re.sub(r"\([^()\[\]]*\)|\[[^()\[\]]*\]", "", source)
        if inner == source:
            return source
        source = inner
