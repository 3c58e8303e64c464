"""A lecturer's sentence for each step of the reverse sweep: the reason, both factors, the accumulation, what is to come.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> print(sentence(e.steps()[1]))
1/2   e = a·b   ∂e/∂a = b = -3
      a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import columns, printable
from chalkgrad.engine.stepping.forward import ForwardStep
from chalkgrad.engine.stepping.mirrors import Mirror, grad_in_engine, theirs_of
from chalkgrad.engine.stepping.mistakes import MISTAKES, MistakenStep, MistakenSteps
from chalkgrad.engine.stepping.steps import NodeStep, PendingAdjoints, Step, Steps, Sweep
from chalkgrad.engine.sweep import before_in
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import FULL, constant, digits_apart
from chalkgrad.engine.words.expressions import TEMPLATES, expression, factor, number, operand, quotient, reason, terms
from chalkgrad.engine.words.fused import with_class
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import value_of
from chalkgrad.engine.words.placeholders import alike, either, finite

WHAT_MISTAKES_ARE = section("mistakes")
MISTAKEN = section("mistaken")
ASKING = section("asking")
OTHER_ENGINES = section("other engines")


def in_two_lines(first: str, second: str) -> str:
    """Returns the template of a sentence of two lines, the second aligned under the first."""
    return f"{first}\n{{margin}}{second}"


@say.register(Step)
def sentence(step: Step, digits: int = 4) -> str:
    """Returns a lecturer's sentence for this step of the reverse sweep, in two lines; the seed takes one."""
    seed = TEMPLATES["seed" if step.sweep.upstream == 1.0 else "seed from upstream"]
    template = seed if step.node is None else in_two_lines(TEMPLATES["step"], TEMPLATES["update"])
    return template.format_map(blanks(step, digits))


def blanks(step: Step, digits: int = 4) -> dict[str, str]:
    """Returns the texts for the blanks of the templates at this step."""
    sweep, node = step.sweep, step.node
    names, count = sweep.names, len(sweep.edges)
    margin = len(position(count, count))
    root = operand(sweep.of)
    if node is None:
        blanks_of_seed = {"of": root, "upstream": number(sweep.upstream, digits), "pad": " " * max(2, margin - 4)}
        return {"root": operand(names[sweep.root])} | blanks_of_seed
    written = sweep.expression(node, digits)
    apart = digits_apart(step.before, step.after, digits=digits)
    return {
        "root": root,
        "margin": " " * margin,
        "position": position(step.index, count),
        "name": names[node],
        "expression": written,
        "pad": " " * (max(0, min(40, sweep.width) - columns(f"{names[node]} = {written}")) + 3),
        "reason": with_class(
            reason(node, step.slot, names, repeats=step.repeats, digits=digits), node, step.slot, sweep.consumers
        ),
        "node": operand(names[node]),
        "parent": operand(names[step.parent]),
        "adjoint": factor(step.adjoint, digits),
        "partial": factor(step.partial, digits),
        "contribution": number(step.contribution, digits),
        "before": number(step.before, apart),
        "after": number(step.after, apart),
        "status": _status(step, names, root, apart),
    }


@say.register(NodeStep)
def node_sentence(step: NodeStep, digits: int = 4) -> str:
    """Returns the sentences for all edges of a node: the reason and the update of each parent, repeated parents summed."""
    sweep = step.sweep
    names, root = sweep.names, operand(sweep.of)
    margin = len(position(step.of, step.of))
    node = step.node
    assert node is not None  # the seed is a Step
    lines = [f"{position(step.index, step.of)}{names[node]} = {sweep.expression(node, digits)}"]
    for parent, (partial, contribution) in step.updates.items():
        edges = [edge for edge in step.steps if edge.parent is parent]
        why = reason(node, edges[0].slot, names, repeats=(1, 1), digits=digits)
        if len(edges) > 1:
            parts = " + ".join(factor(edge.partial, digits) for edge in edges)
            why = f"{quotient(names[node], names[parent])} = {parts} = {number(partial, digits)}"
        last = edges[-1]
        apart = digits_apart(edges[0].before, last.after, digits=digits)
        merged = {
            "partial": factor(partial, digits),
            "contribution": number(contribution, digits),
            "before": number(edges[0].before, apart),
            "after": number(last.after, apart),
            "status": _status(last, names, root, apart, merged=True),
        }
        lines += [" " * margin + why, " " * margin + TEMPLATES["update"].format_map(blanks(last, digits) | merged)]
    return "\n".join(lines)


@say.register(ForwardStep)
def forward_sentence(step: ForwardStep, digits: int = 4) -> str:
    """Returns how a value was computed, in names and in numbers, and its local derivatives: `e = a·b = 2 · (-3) = -6`."""
    margin, reasons = position(len(step.tape), len(step.tape)), ", ".join(forward_reasons(step, digits))
    said = position(step.index + 1, len(step.tape)) + forward_equation(step, digits) + number(step.node.data, digits)
    return f"{said}\n{' ' * len(margin)}{reasons}" if step.node.parents else said


def position(index: int, count: int) -> str:
    """Returns the position of a sentence among the others: `3/5   `."""
    return f"{index}/{count}".ljust(max(6, len(f"{count}/{count}") + 2))


def forward_equation(step: ForwardStep, digits: int = 4) -> str:
    """Returns the equation before the value, in names and in numbers: `e = a·b = 2 · (-3) = `."""
    node, names = step.node, step.tape.names
    if not node.parents:
        return f"{names[node]} = "
    numbers = {parent: factor(parent.data, digits) for parent in node.parents}
    written, in_numbers = (expression(node, known, digits=digits) for known in (names, numbers))
    in_numbers = in_numbers.replace("·", " · ")
    result, shown = number(node.data, digits), [node.data, *(parent.data for parent in node.parents)]
    middle = either(alike(in_numbers, result, *shown), lambda: "", lambda: f"{in_numbers} = ")
    middle = either(alike(written, in_numbers, *shown), lambda: "", lambda: middle)
    return f"{names[node]} = " + either(alike(written, result, *shown), lambda: middle, lambda: f"{written} = {middle}")


def forward_reasons(step: ForwardStep, digits: int = 4) -> list[str]:
    """Returns the local derivatives that a step of the forward pass names: the first six, then … for the rest."""
    node, names = step.node, step.tape.names
    slots = [slot for slot in range(min(len(node.parents), 6)) if not node.parents[slot].constant]
    reasons = [reason(node, slot, names, digits=digits) for slot in slots]
    return reasons + ["…"] * (len(node.parents) > 6)


class Verdict(str):
    """The reply to an answer; true if the answer was right. Its repr has no quotes."""

    right: bool

    def __new__(cls, right: bool, text: str) -> Verdict:
        verdict = super().__new__(cls, text)
        verdict.right = right
        return verdict

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return printable(str(self))


def question(step: Step) -> str:
    """Returns the question before a step: what its edge adds."""
    return in_two_lines(ASKING["question"], ASKING["asked"]).format_map(blanks(step))


def ask(steps: Steps, answer: float | None) -> Verdict:
    """Returns the question for the next edge, or, given an answer, the verdict; a right answer takes the step."""
    done = steps.edges_done
    if done == len(steps.sweep.edges):
        return Verdict(True, ASKING["nothing left"])
    step = Step(steps.sweep, done + 1)
    if answer is None:
        return Verdict(False, question(step))
    reply = verdict(step, answer)
    if reply:
        steps._move(done + 1)
    return reply


def verdict(step: Step, answer: float) -> Verdict:
    """Returns whether an answer is what the step adds, rounded or not; for a wrong one, the slip that explains it."""
    words = {**blanks(step), "answer": constant(answer)}
    if agrees(answer, step.contribution):
        return Verdict(True, ASKING["right"].format_map(words))
    fitting = ((slip, more) for wrong, slip, more in slips(step) if wrong is None or agrees(answer, wrong))
    slip, more = next(fitting)
    return Verdict(False, ASKING["wrong"].format(why=ASKING[slip].format_map({**words, **more})))


def agrees(answer: float, exact: float) -> bool:
    """Returns whether an answer is the exact number, or that number rounded to as many digits as the answer has."""
    if abs(answer - exact) <= 1e-9 * abs(exact):
        return True
    digits = len(f"{abs(answer):.12g}".replace(".", "").partition("e")[0].strip("0"))
    return digits >= 2 and float(f"{exact:.{digits - 1}e}") == float(f"{answer:.12g}")


def slips(step: Step) -> Iterator[tuple[float | None, str, dict[str, str]]]:
    """Yields the known wrong answers, in the order in which they are tried: the number, the template, and its own blanks.

    The last, without a number, is for answers that no slip explains.
    """
    node, names = step.node, step.sweep.names
    assert node is not None
    yield -step.contribution, "sign", {}
    above = operand(names[node])
    whole = f"∂{operand(step.sweep.of)}/∂{above} · "
    head = either(alike(number(step.adjoint), "1", step.adjoint), lambda: "", lambda: whole) + f"∂{above}/∂"
    for parent, partial in zip(node.parents, node.partials, strict=True):
        if parent is not step.parent:
            words = {"other": head + operand(names[parent]), "asked": head + operand(names[step.parent])}
            yield step.adjoint * partial, "other partial", words
    yield step.adjoint, "only the adjoint", {}
    yield step.partial, "only the partial", {}
    yield step.after, "the total", {}
    yield step.adjoint + step.partial, "added", {}
    yield None, "unexplained", {}


def check(root: Value, answers: Mapping[Any, float] | None, named: Mapping[str, float]) -> Verdict:
    """Returns the verdict on final gradients by name: for each whether it is right, or which path explains a wrong answer.

    The names are in a mapping, which may have Values in their place, and among the keywords. Of a graph of another engine the
    verdict is on that engine's gradients, if none are given. Raises ValueError for a name that is not on the tape, TypeError
    for what is not a mapping, and for an answer that is not a number.
    """
    if not answers and not named and theirs_of(root):
        return check_engine(root)
    sweep = Sweep(root)
    noting_lost(sweep.tape.nodes)
    if answers is not None and not isinstance(answers, Mapping):
        raise TypeError(f"check takes gradients by name, as in {_example(sweep)}, not {kind_of(answers)}")
    given = {**(answers or {}), **named}
    if not given:
        return Verdict(False, ASKING["check nothing"].format(example=_example(sweep)))
    lines, right = [], True
    for name, answer in given.items():
        node = value_of(name, sweep.names)
        answer = to_float(answer, f"check({sweep.names[node]}=…)")
        words = {
            "root": operand(sweep.names[sweep.root]),
            "name": operand(sweep.names[node]),
            "answer": constant(answer),
        }
        if agrees(answer, sweep.adjoints[node]):
            lines.append(ASKING["check right"].format(**words, value=number(sweep.adjoints[node])))
        else:
            right = False
            lines.append(_explain_wrong(sweep, node, answer, words))
    return Verdict(right, "\n".join(lines))


def check_engine(root: Value) -> Verdict:
    """Returns the verdict on the gradients of another engine, whose graph was read: a line for each node.

    Raises TypeError for a root of chalkgrad's own.
    """
    from chalkgrad.engine.stepping.diagnosis import verdict_on_engine  # rarely needed

    if not isinstance(root, Mirror) or not theirs_of(root):
        raise TypeError("check takes gradients by name, such as check(a=2): those of your own engine are read by tape(root)")
    right, lines = verdict_on_engine(root)
    return Verdict(right, "\n".join(lines))


def _example(sweep: Sweep) -> str:
    """What to write for an answer: `e.check(a=…, b=…)`."""
    names = [sweep.names[node] for node in sweep.tape if node._x is None and not node.constant][:2] or [sweep.names[sweep.root]]
    plain = all(name.isidentifier() for name in names)
    answers = ", ".join(f"{name}=…" if plain else f"{name!r}: …" for name in names)
    return f"{sweep.names[sweep.root]}.check({answers if plain else '{' + answers + '}'})"


def _explain_wrong(sweep: Sweep, node: Value, answer: float, words: Mapping[str, str]) -> str:
    through: dict[Value, float] = {}
    for i in sweep.arrivals.get(node, []):
        consumer = sweep.edges[i][0]
        through[consumer] = through.get(consumer, 0.0) + sweep.contribution(i)
    total, before = sweep.adjoints[node], before_in(node)
    if before and agrees(answer, before + total):
        return ASKING["check two sweeps" if before == total else "check before"].format(**words, before=number(before))
    for consumer, contribution in through.items() if len(through) > 1 else ():
        for template, wrong in (("check path", contribution), ("check missing", total - contribution)):
            if agrees(answer, wrong):
                return ASKING[template].format(**words, nodes=sweep.names[consumer])
    root = sweep.root
    seed = root._grad - before_in(root) if root._grad is not None and root._swept < 0 else 1.0
    if seed != 1.0 and agrees(answer, seed * total):
        return ASKING["check upstream"].format(**words, seed=number(seed))
    kinds = {"check sign": -total, "check two sweeps": 2 * total}
    return ASKING[next((kind for kind, wrong in kinds.items() if agrees(answer, wrong)), "check wrong")].format(**words)


@say.register(MistakenStep)
def mistake_sentence(step: MistakenStep) -> str:
    """Returns the sentence for a step of a sweep done wrong: what it does, and whether the gradient is right so far."""
    return in_two_lines(TEMPLATES["step"], MISTAKEN["update"]).format_map(mistaken_blanks(step))


def mistaken_blanks(step: MistakenStep) -> dict[str, str]:
    """Returns the texts for the blanks of the templates at this step of a sweep done wrong."""
    run, apart = step.run, digits_apart(step.before, step.after, step.right)
    after, right = number(step.after, apart), number(step.right, apart)
    right_blanks = blanks(step.same_edge)
    return right_blanks | {
        "position": position(step.index, len(run)),
        "sign": "=" if run.mistake == "overwrite" else "+=",
        "adjoint": factor(step.adjoint),
        "contribution": number(step.adjoint * step.partial),
        "before": number(step.before, apart),
        "after": after,
        "remark": either(
            alike(after, right, step.after, step.right),
            lambda: MISTAKEN["as it should"],
            lambda: MISTAKEN["wrong"].format(right=right),
        ),
    }


@say.register(MistakenSteps)
def mistake_report(run: MistakenSteps) -> str:
    """Returns a report: the mistake, the first step at which the sweeps differ, the wrong gradients beside the right ones."""
    what, smallest = WHAT_MISTAKES_ARE[run.mistake], MISTAKES[run.mistake]
    lines = [f"{run.mistake}: {what}"]
    if run.parts_at is None:
        return "\n".join([*lines, harmless(run)])
    lines += [MISTAKEN["parts"].format(position=f"{run.parts_at}/{len(run)}"), mistake_sentence(run[run.parts_at - 1])]
    lines += [line for line, wrong, right in wrong_gradients(run) if number(wrong, FULL) != number(right, FULL)]
    if run.mistake == "order":  # the question that is asked most
        lines.append(MISTAKEN["why order"].format(smallest=smallest))
    return "\n".join(lines)


def harmless(run: MistakenSteps) -> str:
    """Returns the sentence for a mistake that does not matter on this graph."""
    return MISTAKEN["harmless"].format(smallest=MISTAKES[run.mistake])


def wrong_gradients(run: MistakenSteps) -> Iterator[tuple[str, float, float]]:
    """Yields for each value the sentence for a wrong gradient, the gradient of the wrong sweep, and the right one."""
    for node, right in run.right.items():
        wrong = run.wrong.get(node, 0.0)
        apart = digits_apart(wrong, right)
        line = MISTAKEN["gradient"].format(name=run.sweep.names[node], wrong=number(wrong, apart), right=number(right, apart))
        yield line, wrong, right


def _status(step: Step, names: Mapping[Value, str], root: str, digits: int, merged: bool = False) -> str:
    """Says whether the adjoint is complete, or how much of it, and which nodes contribute the rest; `merged` counts nodes."""
    if merged:
        come, rest = step.by_node
        number_, of, through, contributions = len(come), len(come) + len(rest), [*rest], [*come.values()]
    else:
        number_, of, through, contributions = step.number, step.of, [*dict.fromkeys(step.through)], [*step.contributions]
    if of == 1:
        status = TEMPLATES["complete"]
    elif through:
        status = TEMPLATES["to come"].format(number=number_, of=of, nodes=_listed(through, names))
    else:
        status = TEMPLATES["sum"].format(
            number=number_,
            of=of,
            root=root,
            parent=operand(names[step.parent]),
            terms=terms(contributions, digits),
            after=number(step.after, digits),
        )
    theirs = theirs_of(step.parent)
    if theirs is not None and number_ == of and step.sweep.upstream == 1.0:  # the graph of another engine
        if isinstance(step.after, NotKnown):
            status = OTHER_ENGINES["not known status"]
        if theirs.grad is not None:
            status = OTHER_ENGINES["status"].format(status=status, grad=grad_in_engine(step.parent, digits))
    if isinstance(step.after, NotKnown):
        return status
    return either(finite(step.after), lambda: status, lambda: TEMPLATES["stops"])


def _listed(nodes: Sequence[Value], names: Mapping[Value, str]) -> str:
    text = ", ".join(names[node] for node in nodes[:4])
    return text if len(nodes) <= 4 else TEMPLATES["and more"].format(shown=text, more=len(nodes) - 4)


def pending_sentence(name: str, arrived: int, of: int, through: Sequence[Value], names: Mapping[Value, str]) -> str:
    """Returns the line for an adjoint that is not complete: `b: 1 of 2, still to come: through c`."""
    return f"{name}: {TEMPLATES['to come'].format(number=arrived, of=of, nodes=_listed(through, names))}"


@say.register(PendingAdjoints)
def pending_report(pending: PendingAdjoints) -> str:
    """Returns a line for each adjoint that is not complete."""
    names = pending.names
    lines = [pending_sentence(names[value], p.arrived, p.of, p.through, names) for value, p in pending.items()]
    return "\n".join(lines) or TEMPLATES["all complete"]
