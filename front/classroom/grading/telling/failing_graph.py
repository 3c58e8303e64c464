"""The smallest failing graph with the student's numbers beside the right ones: as rows, and as a picture.

>>> from chalkgrad.classroom.grading.program import Number, Program
>>> graph = Program((("a", 3.0),), (("L", "+", ("a", "a")),))
>>> theirs = {"L": Number(6.0, 1.0), "a": Number(3.0, 1.0)}
>>> failure = Failure(graph, graph.right(), theirs, "a", wrong_grads=("a",))
>>> for row in rows_of(failure):
...     print(row)
Row(name='L', value='6', your_value='', gradient='1', yours='1', remark='')
Row(name='a', value='3', your_value='', gradient='2', yours='1', remark='wrong; here the two part')
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from chalkgrad.classroom.grading.program import Number
from chalkgrad.classroom.grading.report import Failure, Finding, Report
from chalkgrad.engine.stepping.mirrors import Mirror, alike
from chalkgrad.engine.words.decimals import decimal, digits_apart
from chalkgrad.engine.words.language import section

WORDS = section("feedback")
MOST: Final = 12  # nodes of a graph that are shown one by one


class Row(NamedTuple):
    """A node of a failing graph, in texts.

    `your_value` is "" where it is the right one, `yours` where an error was raised.
    """

    name: str
    value: str
    your_value: str
    gradient: str
    yours: str
    remark: str


class Group(NamedTuple):
    """Tests that fail for one reason; the first has the smallest graph."""

    finding: Finding
    others: tuple[Finding, ...]


def groups(report: Report) -> list[Group]:
    """Returns what failed: tests with one cause together, which is one slip in the same words, or one error in one line."""
    found: dict[tuple[object, ...], list[Finding]] = {}
    for i, finding in enumerate(report.findings):
        if finding.outcome == "failed":
            key: tuple[object, ...] = (finding.slip, *finding.hints[1:2]) if finding.slip else (finding.said or i,)
            if finding.failure is not None and finding.failure.line:
                key = finding.failure.error, finding.failure.line
            found.setdefault(key, []).append(finding)
    return [Group(first, tuple(others)) for first, *others in found.values()]


def theirs_in(failure: Failure) -> dict[str, Number]:
    """Returns the student's numbers; where an error was raised no gradients are among them, because no backward pass ended."""
    if not failure.error:
        return failure.theirs
    return {name: Number(x.data, None) for name, x in failure.theirs.items()}


def rows_of(failure: Failure) -> list[Row]:
    """Returns the nodes of a graph in the order of the backward pass; of a large one those that are wrong."""
    program = failure.program
    names = [*(line[0] for line in reversed(program.lines)), *(name for name, _ in program.leaves)]
    rows = [_row(name, failure) for name in names if name in failure.right]
    if len(rows) > MOST:
        rows = [row for row in rows if row.remark][:MOST] or rows[:MOST]
    return rows


def _row(name: str, failure: Failure) -> Row:
    right, theirs = failure.right[name], failure.theirs.get(name)
    if theirs is None:
        return Row(name, _shown(right.data), "", _shown(right.grad), "" if failure.error else WORDS["none"], "")
    wrong_value, wrong_grad = name in failure.wrong_data, name in failure.wrong_grads
    value, your_value = _pair(right.data, theirs.data, wrong_value)
    gradient, yours = _pair(right.grad, theirs.grad, wrong_grad)
    remark = WORDS["parts" if name == failure.parts_at else "wrong"] if wrong_grad or wrong_value else ""
    return Row(name, value, your_value if wrong_value else "", gradient, "" if failure.error else yours, remark)


def _pair(right: float | None, theirs: float | None, wrong: bool) -> tuple[str, str]:
    """Returns two numbers, with as many digits as tell them apart where theirs is wrong."""
    if right is None or theirs is None or not wrong:
        return _shown(right), _shown(theirs if right is None or theirs is None else right)
    digits = digits_apart(right, theirs)
    return decimal(right, digits), decimal(theirs, digits)


def _shown(x: float | None) -> str:
    return WORDS["none"] if x is None else decimal(x)


# The picture -------------------------------------------------------------------------------------------------------------


class _Node:
    """A node of the student's engine, as far as it is known outside: what `read_graph` reads."""

    def __init__(self, label: str, op: str, parents: Sequence[_Node | float], data: float, grad: float | None) -> None:
        self.label, self._op, self._prev, self.data, self.grad = label, op, tuple(parents), data, grad


def mirrored(failure: Failure) -> Mirror | None:
    """Returns the graph as Values that keep the student's numbers; None if it cannot be shown, as where numbers are missing."""
    from chalkgrad.engine.stepping.other_engines import read_graph

    program = failure.program
    names = [*(name for name, _ in program.leaves), *(line[0] for line in program.lines)]
    if failure.error or not program.lines or len(names) > 2 * MOST:
        return None
    nodes: dict[str, _Node] = {}
    lines = {line[0]: line for line in program.lines}
    for name in names:
        right, theirs = failure.right.get(name), failure.theirs.get(name)
        if right is None or right.data is None or theirs is None:
            return None
        _, op, arguments = lines.get(name, (name, "", ()))
        parents = [nodes[x] if isinstance(x, str) else float(x) for x in arguments]
        nodes[name] = _Node(name, op, parents, right.data, theirs.grad)
    (mirror,) = read_graph(nodes[program.root], data="data", grad="grad", parents="_prev", op="_op")
    drawn = {node.label: node for node in mirror.tape()}
    for name in names:
        node, right, theirs = drawn.get(name), failure.right[name], failure.theirs[name]
        if not isinstance(node, Mirror) or right.grad is None or not alike(node.grad, right.grad, 1e-9, 1e-9):
            return None  # there were other passes than one from the root
        if theirs.data is not None:
            node.theirs.data = theirs.data
    return mirror


def picture(failure: Failure) -> str:
    """Returns the picture as SVG, "" if there is none: values and gradients, and no local derivative, which is to be found."""
    from chalkgrad.viz import draw
    from chalkgrad.viz.layout.renderer import RendererMissing, RenderingFailed

    mirror = mirrored(failure)
    if mirror is None:
        return ""
    try:
        return draw(mirror, show=("data", "grad")).svg
    except (RendererMissing, RenderingFailed, ValueError):
        return ""


def in_words(failure: Failure) -> str:
    """Returns what the picture shows, for those who cannot see it."""
    rows = " ".join(
        WORDS["picture row"].format(name=row.name, right=row.gradient, theirs=row.yours)
        for row in rows_of(failure)
        if failure.theirs.get(row.name)
    )
    return WORDS["picture"].format(program=failure.program, rows=rows).strip()
