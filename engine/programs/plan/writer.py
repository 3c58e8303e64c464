"""A plan as source in NumPy, or in a library with its names: the forward pass, then the backward pass, a line for each array.

>>> from chalkgrad.engine import Value, affine, program
>>> from chalkgrad.engine.programs.plan.grouping import plan_of
>>> W = [[Value(0.1, f"w{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
>>> x = [Value(1.0, "x1"), Value(2.0, "x2")]
>>> u = [affine(row, x, 0.0) for row in W]
>>> p = program(sum(each * each for each in u), inputs=[[w for row in W for w in row], x])
>>> print(ArraySource(plan_of(p, (False, False)), p, (False, False)).write(imports=False))
def program(ws, x):
    # forward pass
    W1 = ws.reshape(3, 2)
    u1 = W1 @ x
    v1 = u1 @ u1
    # backward pass
    # ∂v1/∂v1 = 1
    u1_grad = 2.0 * u1
    ws_grad = (u1_grad[:, None] * x).reshape(6)
    x_grad = u1_grad @ W1
    return v1, (ws_grad, x_grad)
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from chalkgrad.engine.formulas.notation import ATOM, PRODUCT, SIGNED, SUM
from chalkgrad.engine.formulas.trees import Argument, Fold, Formula, children, evaluate
from chalkgrad.engine.programs.languages import wrapped
from chalkgrad.engine.programs.plan.array_lines import LANGUAGE, ArrayLines, in_parentheses, is_made, times
from chalkgrad.engine.programs.plan.formers import Former, cheaper
from chalkgrad.engine.programs.plan.gathering import ArrayGradient, Gatherer, Given
from chalkgrad.engine.programs.plan.lifetimes import released
from chalkgrad.engine.programs.plan.naming import ArrayNames
from chalkgrad.engine.programs.plan.operands import Operands
from chalkgrad.engine.programs.plan.products import NUMBER, atom, bare, product
from chalkgrad.engine.programs.plan.reads import axes_of, is_array, viewed
from chalkgrad.engine.programs.plan.steps import (
    Array,
    Constants,
    Elementwise,
    Form,
    Join,
    MatrixPlan,
    Operand,
    Product,
    Take,
    View,
    contiguous,
    operands_of,
)
from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.programs.text import helpers, identifier, mentioned
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.emit import Written, expand, indented
from chalkgrad.engine.words import expressions as words


class ArraySource:
    """Writes a plan."""

    def __init__(
        self,
        plan: MatrixPlan,
        program: Program[Any, Any],
        batched: Sequence[bool],
        adjoints: bool = True,
        functional: bool = False,
    ) -> None:
        self.plan, self.program, self.batched, self.adjoints = plan, program, batched, adjoints
        names = ArrayNames(plan, program)
        some = next((name for name, rows in zip(names.parameters, batched, strict=True) if rows), "")
        self.page = ArrayLines(names, functional, some)
        self.operands = Operands(plan, ())
        self.roots = list(dict.fromkeys(program.roots))
        self._noted: set[str] = set()
        self._known: dict[int, tuple[Formula, Formula]] = {}  # formulas as arrays compute them
        self._partials: dict[Elementwise, list[Any]] = {}
        self._useful = self._useful_arrays()

    @property
    def constants(self) -> dict[str, Any]:
        """The arrays that the source needs, by name."""
        return self.page.constants

    def _useful_arrays(self) -> set[Array]:
        """Returns the arrays that depend on a leaf whose gradient is wanted."""
        wanted = np.zeros(len(self.plan.place), dtype=bool)
        wanted[list(self.program.wanted)] = True
        useful = {array for array in self.plan.inputs if wanted[array.nodes].any()} if self.adjoints else set()
        for step in self.plan.steps:
            if any(isinstance(x, (View, Take)) and x.array in useful for x in operands_of(step)):
                useful.add(step.made)
        return useful

    @property
    def width(self) -> int:
        """How many numbers a sample has in the arrays of the forward pass."""
        return sum([array.size for array in self.plan.arrays if array.varies])

    def products(self) -> list[Array]:
        """Returns the arrays that are sums of products: W @ z + b."""
        return [step.made for step in self.plan.steps if isinstance(step, Product)]

    # The whole ---------------------------------------------------------------------------------------------------------

    def write(self, imports: bool = True) -> str:
        self._unpack()
        self.page.lines.append("# forward pass")
        for step in self.plan.steps:
            if isinstance(step, Product):
                self._product(step)
            elif isinstance(step, Join):
                self._join(step)
            else:
                self._elementwise(step)
        returned = self._values()
        if self.adjoints:
            gradients = {root: self._backward(root) for root in self.roots}
            tuples = [gradients[root] for root in self.program.roots]
            shown = tuples[0] if self.program.single_root else LANGUAGE.many(tuples)
            self.page.lines += LANGUAGE.result(returned, shown)
        else:
            self.page.lines += LANGUAGE.result(returned)
        lines = [*self.page.converted, *self.page.lines]
        body = indented(released(lines) if self.page.functional else lines)
        text = "\n".join([*LANGUAGE.head(self.page.names.parameters), *body])
        text = "\n".join([*helpers(LANGUAGE, text), text])
        if not imports:
            return text
        given = self.page.array_lines()
        return "\n".join([*LANGUAGE.imports("np."), *given, *([""] * 2 if given else []), text])

    def _unpack(self) -> None:
        """Puts inputs of one number together."""
        done: set[Array] = set()
        for group, array in zip(self.program.inputs, self.plan.inputs, strict=True):
            if group.single and array.shape != () and array not in done:
                done.add(array)
                parts = [name for name, each in zip(self.page.names.parameters, self.plan.inputs, strict=True) if each is array]
                self.page.lines += wrapped(f"{array.name} = np.stack((", parts, "), -1)")

    def _values(self) -> str:
        values = []
        for root in self.program.roots:
            constant = self.program.constants.get(root)
            if constant is not None:
                text, varies = LANGUAGE.number(constant), False
            else:
                array, offset = self._at(root)
                text, varies = str(viewed(array.name, array, View(array, offset, (), ()))), array.varies
            if self.page.some and not varies:
                text += f" + np.zeros({self.page.some}.shape[0])"
            values.append(text)
        return values[0] if self.program.single_root else LANGUAGE.many(values)

    def _at(self, node: int) -> tuple[Array, int]:
        """Returns the array that a node is in, and its offset there."""
        place = int(self.plan.place[node])
        number = self.operands.array_at(place)
        return self.plan.arrays[number], place - self.plan.starts[number]

    # Forward -----------------------------------------------------------------------------------------------------------

    def _elementwise(self, step: Elementwise) -> None:
        made, form = step.made, step.form
        sources = [self.page.read(x, made.shape) for x in step.operands]
        names = dict(zip(form.arguments, sources, strict=True))
        # Derivatives that are wanted are written with the value, so that parts that they share are computed once.
        wanted = [i for i, x in enumerate(step.operands) if isinstance(x, (View, Take)) and x.array in self._useful]
        names["v"] = f"{made.name}[..., None]" if form.folds else made.name
        trees = [self._cheaper_of(tree) for tree in (form.value, *[form.partials[i] for i in wanted])]
        about = sources[0] if len(sources) == 1 and sources[0].isidentifier() else made.name
        fresh = self.page.names.fresh  # not by way of self, which keeps the writer: dropped plans would wait for the collector
        writer = Former(lambda part: fresh.new(f"{about}_{part}"), names, trees, self.page.functional)
        if isinstance(trees[0], Fold) and isinstance(trees[0].body, Argument):
            written = Written(f"{atom(sources[0])}.{trees[0].kind}(-1)", ATOM)
            text = written.text
        else:
            written = writer.write(trees[0])
            text = _without_axis(written) if form.folds else written.text
        text = self._full(step, text, written.binds)
        self.page.lines += [*writer.lines, f"{made.name} = {text}"]
        if not form.folds:
            writer.known[trees[0], None] = made.name
        writer.lines = []
        self._partials[step] = [writer, dict(zip(wanted, trees[1:], strict=True)), sources]

    def _cheaper_of(self, tree: Formula) -> Formula:
        found = self._known.get(id(tree))
        if found is None:  # the formula is kept, so that its id is
            found = self._known[id(tree)] = tree, cheaper(expand(tree, LANGUAGE.primitives))
        return found[1]

    def _full(self, step: Elementwise, text: str, binds: float) -> str:
        """Adds zeros, if what is read does not have all axes of what is made; a number becomes an array without axes."""
        made = step.made
        read = {*mentioned(step.form.value)}
        if not made.varies and not any(
            isinstance(x, (View, Take)) for name, x in zip(step.form.arguments, step.operands, strict=True) if name in read
        ):
            return f"np.full({self.page.shape(made, made.shape)}, {text})"
        if self._covers(step, read):
            return text
        text = text if binds >= PRODUCT or " " not in text else f"({text})"
        return f"{text} + np.zeros({self.page.shape(made, made.shape)})"

    def _covers(self, step: Elementwise, read: Container[str]) -> bool:
        """Returns whether the arguments that are read have all axes, those of what is made, or that of a fold's lists."""
        made, form = step.made, step.form
        if "v" in read and not form.folds:
            return True
        shape = step.operands[0].shape if form.folds else made.shape
        spans = [False] * len(shape)
        varies = not made.varies
        for name, x in zip(form.arguments, step.operands, strict=True):
            if name in read and not (isinstance(x, Constants) and x.shape == ()):
                varies |= isinstance(x, (View, Take)) and x.array.varies
                steps = x.strides if isinstance(x, View) else x.shape  # lengths, which are never 0
                spans = [a or bool(s) for a, s in zip(spans, steps, strict=True)]
        return varies and all(spans)

    def _join(self, step: Join) -> None:
        parts = []
        for piece in step.pieces:
            if isinstance(piece, Constants):
                source = self.page.constant("k", np.atleast_1d(piece.values))
            else:
                source = self.page.read(piece, ())
                source = source if axes_of(piece) else f"{atom(source)}[..., None]"
            varies = isinstance(piece, (View, Take)) and piece.array.varies
            if step.made.varies and not varies:
                given = f"{atom(source)}[None]"  # a gradient of autograd's broadcast_to has as many axes as what is given
                source = f"np.broadcast_to({given}, {self.page.shape(step.made, (prod(piece.shape),))})"
            parts.append(source)
        self.page.lines += wrapped(f"{step.made.name} = np.concatenate((", parts, "), -1)")

    def _product(self, step: Product) -> None:
        made, number = step.made, self.page.names.layers.get(step, 0)
        rows_name = columns_name = ""
        if number:
            if isinstance(step.rows, (View, Take)) and not is_array(step.rows):
                rows_name = self.page.names.of_view(step.rows, "w", number, matrix=len(step.subscripts[0]) == 2)
            if isinstance(step.columns, (View, Take)) and not is_array(step.columns):
                columns_name = self.page.names.of_view(step.columns, "x" if number == 1 else "z", number - 1)
        rows = self.page.read(step.rows, (), rows_name)
        columns = self.page.read(step.columns, (), columns_name)
        x, y, out = self._subscripts(step)
        if "n" not in x + y:  # other terms alone vary
            out = out.replace("n", "")
        text, *_ = product(x, y, out, rows, columns)
        subtracted = f" - {text}" if re.fullmatch(r"[^-+]*", bare(text)) else f" - ({text})"
        text = "" if step.negative else text
        for sign, terms in ((" + ", step.plus), (" - ", step.minus)):
            if step.negative and sign == " - ":
                text += subtracted
            for term in terms:
                name = ""
                if (
                    number
                    and sign == " + "
                    and isinstance(term, View)
                    and term.array in self.plan.inputs
                    and not is_array(term)
                ):
                    name = self.page.names.of_view(term, "b", number)
                text += sign + self.page.read(term, made.shape, name)
        if step.constant is not None:
            text += f" + {self.page.read(step.constant, made.shape)}"
        self.page.lines.append(f"{made.name} = {_led(text)}")

    def _subscripts(self, step: Product) -> tuple[str, str, str]:
        """Returns the axes of a product; those of the samples are called n."""

        def batch(x: Operand) -> str:
            return "n" if isinstance(x, (View, Take)) and x.array.varies else ""

        x, y, out = step.subscripts
        return batch(step.rows) + x, batch(step.columns) + y, "n" * step.made.varies + out

    # Backward ----------------------------------------------------------------------------------------------------------

    def _backward(self, root: int) -> str:
        """Writes the backward pass from a root; returns the source of the gradients by wrt."""
        several = len(self.roots) > 1
        self.page.lines.append("# backward pass" + (f" from {self.program.names[root]}" if several else ""))
        suffix = f"_grad_{identifier(self.program.names[root])}" if several else "_grad"
        self._gatherer = Gatherer(self.page, suffix)
        given: dict[Array, list[Given]] = {}
        gradients: dict[Array, ArrayGradient] = {}
        constant = root in self.program.constants
        if not constant:
            array, offset = self._at(root)
            if array in self._useful:
                self.page.lines.append(f"# ∂{array.name}/∂{array.name} = 1") if not array.shape else None
                seed = self._seed(array, offset)
                given[array] = [Given(View(array, 0, array.shape, contiguous(array.shape)), seed, narrow=seed == "1.0")]
        for step in reversed(self.plan.steps):
            if step.made not in given:
                continue
            gradient = self._gatherer.gathered(step.made, given.pop(step.made))
            if isinstance(step, Product):
                found = self._from_product(step, gradient)
            elif isinstance(step, Join):
                found = self._from_join(step, gradient)
            else:
                found = self._from_elementwise(step, gradient)
            for each in found:
                given.setdefault(each.operand.array, []).append(each)
        for array in dict.fromkeys(self.plan.inputs):
            if array in given:
                gradients[array] = self._gatherer.gathered(array, given[array])
        parts = [self._wanted(group, gradients) for group in self.program.wrt]
        return LANGUAGE.many(parts)

    def _seed(self, array: Array, offset: int) -> str:
        count = f" * {self.page.some}.shape[0]" if self.page.some and not array.varies else ""
        if array.shape == ():
            return f"np.ones_like({array.name}){count}" if count else "1.0"
        one = np.zeros(array.shape)
        one.flat[offset] = 1.0
        return f"np.zeros_like({array.name}) + {self.page.constant('k', one)}{count}"

    def _wanted(self, group: Any, gradients: Mapping[Array, ArrayGradient]) -> str:
        """Returns the source of the gradient by one of wrt; 0 for what is frozen."""
        array, _ = self._at(group.members[0])
        offsets = self.plan.place[list(group.members)] - self.plan.starts[self.plan.arrays.index(array)]
        if array not in gradients:
            return f"np.zeros({self.page.shape(array, () if group.single else (len(offsets),))})"
        source = self._gatherer.broadcast(array, gradients[array])
        if self.page.functional and not source.endswith(self._gatherer.suffix):  # it may be an argument
            source = f"1.0 * {atom(source)}"
        if group.single:
            source = str(viewed(source, array, View(array, int(offsets[0]), (), ())))
        elif not (len(offsets) == array.size and (offsets == np.arange(array.size)).all()):
            index = self.page.constant("i", offsets)
            source = f"{atom(source)}[..., {index}]" if self.page.functional else f"{source}.take({index}, -1)"
        wanted = np.array([i in self.program.wanted for i in group.members])
        if wanted.all():
            return f"np.array({source})" if source in self.page.constants else source  # which the caller may write into
        mask = "False" if group.single else self.page.constant("wanted", wanted)
        return f"np.where({mask}, {source}, 0.0)" if not group.single else f"np.zeros_like({source})"

    def _from_elementwise(self, step: Elementwise, gradient: ArrayGradient) -> list[Given]:
        writer, trees, sources = self._partials[step]
        found = []
        for i, tree in trees.items():
            operand = step.operands[i]
            assert isinstance(operand, (View, Take))
            masked = None if gradient.number else writer.mask(tree)
            partial = self._as_number(step, tree) or masked or writer.write(tree)
            if step.form.shown[i] != step.form.partials[i]:
                self._note(step, i, sources)
            self.page.lines += writer.lines
            writer.lines = []
            found.append(self._handed(step, operand, gradient, partial, {*_outside(tree)}))
        return found

    def _as_number(self, step: Elementwise, tree: Formula) -> Written | None:
        """Returns a derivative that is made of numbers alone as the number that it is, which may have no axes, nor methods."""
        numbers = {
            name: x.values
            for name, x in zip(step.form.arguments, step.operands, strict=True)
            if isinstance(x, Constants) and x.shape == ()
        }
        if not {*mentioned(tree)} <= numbers.keys():
            return None
        return Written(LANGUAGE.number(evaluate(tree, numbers, ON_FLOATS)), SIGNED)

    def _note(self, step: Elementwise, i: int, sources: Sequence[str]) -> None:
        """Writes the local derivative as a blackboard has it above the line that computes it in another way."""
        names = {x: (source, ATOM) for x, source in zip(step.form.arguments, sources, strict=True)}
        written = words.formula(step.form.shown[i], names | {"v": (step.made.name, ATOM)})
        note = f"# {words.quotient(step.made.name, sources[i])} = {written}"
        if note not in self._noted and sources[i] != step.made.name:  # each of several roots has a backward pass
            self._noted.add(note)
            self.page.lines.append(note)

    def _handed(
        self, step: Elementwise, operand: View | Take, gradient: ArrayGradient, partial: Written, read: Container[str]
    ) -> Given:
        """Returns the gradient of a step times a local derivative, added up where the operand was repeated.

        Args:
            read: the arguments that the local derivative is made of
        """
        made, folds = step.made, step.form.folds
        shape = operand.shape
        axes = [k for k, s in enumerate(operand.strides) if not s] if isinstance(operand, View) else []
        batch = made.varies and not operand.array.varies
        number, factor = gradient.number, float(partial.text) if NUMBER.fullmatch(partial.text) else None
        covers = self._covers(step, read)
        if batch and covers and factor is None and not (shape or folds or gradient.narrow):
            return Given(operand, f"{gradient.source} @ {partial.at(ATOM)}")
        if (axes or batch) and gradient.narrow and not covers:
            gradient = ArrayGradient(self._gatherer.broadcast(made, gradient))
            number = None
        narrow = (gradient.narrow or folds) and not covers
        source = f"{atom(gradient.source)}[..., None]" if folds and number is None else gradient.source
        if factor is not None and number is not None:
            text = repr(number * factor)
        elif factor is not None:
            text = times(factor, Written(source, ATOM))
        elif number is not None:
            text = times(number, partial)
        else:
            text = f"{source} * {partial.at(SIGNED)}"
        if axes or batch:
            lead = int(made.varies)
            every = [*([0] if batch else []), *[k + lead for k in axes]]
            text = f"{in_parentheses(text)}.sum({every[0] if len(every) == 1 else tuple(every)})"
        return Given(operand, text, fresh=is_made(text), narrow=narrow or bool(NUMBER.fullmatch(text)))

    def _from_join(self, step: Join, whole: ArrayGradient) -> list[Given]:
        found = []
        gradient = self._gatherer.broadcast(step.made, whole)
        start = 0
        for piece in step.pieces:
            n = prod(piece.shape)
            if isinstance(piece, (View, Take)) and piece.array in self._useful:
                index = f"{start}:{start + n}" if axes_of(piece) else str(start)
                text = f"{gradient}[{':, ' * step.made.varies}{index}]"
                if step.made.varies and not piece.array.varies:
                    text += ".sum(0)"
                found.append(Given(piece, text, fresh=False))
            start += n
        return found

    def _from_product(self, step: Product, gradient: ArrayGradient) -> list[Given]:
        found = []
        x, y, out = self._subscripts(step)
        if gradient.narrow and gradient.number is None:
            gradient = ArrayGradient(self._gatherer.broadcast(step.made, gradient))
        factors = [(step.columns, step.rows, y, x), (step.rows, step.columns, x, y)]
        factor = -1.0 if step.negative else 1.0
        if step.rows == step.columns and x == y:  # squares
            factors, factor = factors[:1], 2.0 * factor
        factors = [each for each in factors if isinstance(each[0], (View, Take)) and each[0].array in self._useful]
        own = ""
        for operand, other, axes, others in factors:
            source = self.page.read(other, ())
            assert isinstance(operand, (View, Take))
            if gradient.number is not None:
                uniform = _uniform(gradient.number * factor, out, others, axes, source)
                if uniform is not None:
                    found.append(Given(operand, uniform[0], fresh=is_made(uniform[0]), narrow=uniform[1]))
                    continue
                gradient = ArrayGradient(self._gatherer.broadcast(step.made, gradient))
            if not own:
                own = gradient.source
                if factor != 1.0:
                    own = times(factor, Written(own, ATOM))
                    if len(factors) > 1:
                        name = self.page.names.fresh.new(f"{gradient.source}_minus")
                        self.page.lines.append(f"{name} = {own}")
                        own = name
            text, left, right = product(out, others, axes, own, source)
            found.append(Given(operand, text, (left, right)))
        for sign, terms in ((1.0, step.plus), (-1.0, step.minus)):
            for term in terms:
                if isinstance(term, (View, Take)) and term.array in self._useful:
                    made = Elementwise(step.made, _PLAIN, [term])
                    found.append(self._handed(made, term, gradient, Written(repr(sign), SIGNED), ()))
        return found


_PLAIN = Form(Argument("x"), (), ("x",), ())


def _outside(tree: Formula) -> Iterator[str]:
    """Yields the arguments that a formula mentions outside its folds, which have one element."""
    if isinstance(tree, Argument):
        yield tree.name
    for child in () if isinstance(tree, Fold) else children(tree):
        yield from _outside(child)


def _uniform(number: float, out: str, others: str, axes: str, source: str) -> tuple[str, bool] | None:
    """Returns a product in which one factor is the same number everywhere, and whether it is narrow; None if it is not simple.

    Args:
        out: the axes of that factor
        others, source: the axes and the source of the other
        axes: those of the result
    """
    summed = [axis for axis in out if axis not in axes]
    rest = "".join([axis for axis in others if axis not in summed])
    if not all(axis in others for axis in summed) or not axes.endswith(rest):
        return None
    if summed:
        at = tuple([others.index(axis) for axis in summed])
        source = f"{atom(source)}.sum({at[0] if len(at) == 1 else at})"
    return times(number, Written(source, ATOM if atom(source) == source else SUM)), rest != axes


def _led(text: str) -> str:
    """Returns a sum without the sign in front of what comes first."""
    if text.startswith(" - "):
        return "-" + text[3:]
    return text.removeprefix(" + ")


def _without_axis(written: Written) -> str:
    return f"{atom(written.text)}[..., 0]"
