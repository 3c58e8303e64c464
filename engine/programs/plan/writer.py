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
from collections.abc import Callable, Container, Generator, Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np
from chalkgrad.engine.formulas import accurate
from chalkgrad.engine.formulas.notation import ATOM, POWER, PRODUCT, SIGNED, SUM
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Fold, Formula, children, rebuilt, walked
from chalkgrad.engine.programs.languages import LANGUAGES, wrapped
from chalkgrad.engine.programs.plan.lifetimes import released
from chalkgrad.engine.programs.plan.naming import ArrayNames
from chalkgrad.engine.programs.plan.operands import Operands
from chalkgrad.engine.programs.plan.products import atom, bare, product
from chalkgrad.engine.programs.plan.reads import dense, viewed
from chalkgrad.engine.programs.plan.steps import (
    Array,
    Elementwise,
    Form,
    Join,
    MatrixPlan,
    Numbers,
    Operand,
    Product,
    Take,
    View,
    contiguous,
)
from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.programs.text import helpers, identifier, mentioned
from chalkgrad.engine.recording.emit import TERMS_PER_LINE, SourceWriter, Written, expand, indented
from chalkgrad.engine.words import expressions as words

LANGUAGE = LANGUAGES["numpy"]
_NUMBER = re.compile(r"-?\d[\d.]*(e[-+]?\d+)?")
_TOLD = frozenset({"exp", "expm1", "log", "log1p", "sqrt", "abs", "sin", "cos", "tanh", "sinh", "cosh"})  # they name a part


class Given(NamedTuple):
    """What a step hands on to an operand: the source, and its factors if it is a product of matrices.

    `fresh` says that nothing else is that array, `narrow` that it has to be broadcast to have all axes.
    """

    operand: View | Take
    source: str
    factors: tuple[str, str] = ("", "")
    fresh: bool = True
    narrow: bool = False


class Gradient(NamedTuple):
    """The gradient of an array: the source, a variable or a number; `narrow` as in Given."""

    source: str
    narrow: bool = False

    @property
    def number(self) -> float | None:
        """The number that it is everywhere, if it is written as one."""
        return float(self.source) if _NUMBER.fullmatch(self.source) else None


class _Former(SourceWriter):
    """Writes formulas over arrays; a fold reduces the last axis, and keeps it with one element."""

    def __init__(
        self, name: Callable[[str], str], names: Mapping[str, str], formulas: Sequence[Formula], functional: bool
    ) -> None:
        super().__init__(LANGUAGE, names, formulas)
        self.fresh_name, self.functional = name, functional

    def write(self, tree: Formula, element: int | None = None) -> Written:
        square = tree if isinstance(tree, Call) and tree.name == "pow" and tree.arguments[1] == Constant(2.0) else None
        if square is not None and (tree, element) not in self.known:
            written = Written(f"{self.write(square.arguments[0]).at(ATOM)}**2", POWER)
            return self.keep(tree, element, written) if self.uses.get(tree, 0) > 1 else written
        return super().write(tree, element)

    def new_name(self, tree: Formula) -> str:
        if isinstance(tree, Fold):
            return self.fresh_name(tree.kind)
        if isinstance(tree, Call) and tree.name in _TOLD:
            return self.fresh_name(tree.name)
        return self.fresh_name("shift" if _finite_or(tree) else "part")

    def _choice(self, tree: Choice, element: int | None) -> Written:
        left, right = tree.test.sides
        if tree.test.sign == "<=" and tree.then == right and tree.otherwise == left and isinstance(right, Constant):
            assert isinstance(left, Formula)
            return Written(f"np.maximum({self.write(left).text}, {self.write(right).text})", ATOM)
        if _finite_or(tree):
            x = self.write(tree.then).text
            return self.keep(tree, None, Written(f"np.where(np.isfinite({x}), {x}, {self.write(tree.otherwise).text})", ATOM))
        return super()._choice(tree, element)

    def fold(self, tree: Fold) -> Written:
        body, kind = self.write(tree.body), tree.kind
        if self.functional:
            return self.keep(tree, None, Written(f"np.{kind}({body.text}, -1, keepdims=True)", ATOM))
        return self.keep(tree, None, Written(f"{atom(body.text)}.{kind}(-1, keepdims=True)", ATOM))


class ArraySource:
    """Writes a plan.

    Attributes:
        constants: the arrays that the source needs, by name
        functional: whether no array may be written into
    """

    def __init__(
        self,
        plan: MatrixPlan,
        program: Program[Any, Any],
        batched: Sequence[bool],
        adjoints: bool = True,
        functional: bool = False,
    ) -> None:
        self.plan, self.program, self.batched = plan, program, batched
        self.adjoints, self.functional = adjoints, functional
        self.names = ArrayNames(plan, program)
        self.operands = Operands(plan, np.zeros(0))
        self.constants: dict[str, Any] = {}
        self.lines: list[str] = []
        self._converted: list[str] = []
        self.roots = list(dict.fromkeys(program.roots))
        self._views: dict[Any, str] = {}
        self._noted: set[str] = set()
        self._known: dict[int, tuple[Formula, Formula]] = {}  # formulas as arrays compute them
        self._numbers: dict[tuple[bytes, tuple[int, ...]], str] = {}
        self._partials: dict[Elementwise, list[Any]] = {}
        self._useful = self._useful_arrays()
        self._some = next((name for name, rows in zip(self.names.parameters, batched, strict=True) if rows), "")

    def _useful_arrays(self) -> set[Array]:
        """Returns the arrays that depend on a leaf whose gradient is wanted."""
        wanted = np.zeros(len(self.plan.place), dtype=bool)
        wanted[list(self.program.wanted)] = True
        useful = {array for array in self.plan.inputs if wanted[array.nodes].any()} if self.adjoints else set()
        for step in self.plan.steps:
            if any(isinstance(x, (View, Take)) and x.array in useful for x in operands(step)):
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
        self.lines.append("# forward pass")
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
            self.lines += LANGUAGE.result(returned, shown)
        else:
            self.lines += LANGUAGE.result(returned)
        lines = [*self._converted, *self.lines]
        body = indented(released(lines) if self.functional else lines)
        text = "\n".join([*LANGUAGE.head(self.names.parameters), *body])
        text = "\n".join([*helpers(LANGUAGE, text), text])
        if not imports:
            return text
        given = [line for name, x in self.constants.items() for line in _array_lines(name, x)]
        return "\n".join([*LANGUAGE.imports("np."), *given, *([""] * 2 if given else []), text])

    def _unpack(self) -> None:
        """Puts inputs of one number together."""
        done: set[Array] = set()
        for group, array in zip(self.program.inputs, self.plan.inputs, strict=True):
            if group.single and array.shape != () and array not in done:
                done.add(array)
                parts = [name for name, each in zip(self.names.parameters, self.plan.inputs, strict=True) if each is array]
                self.lines += wrapped(f"{array.name} = np.stack((", parts, "), -1)")

    def _values(self) -> str:
        values = []
        for root in self.program.roots:
            constant = self.program.constants.get(root)
            if constant is not None:
                text, varies = LANGUAGE.number(constant), False
            else:
                array, offset = self._at(root)
                text, varies = str(viewed(array.name, array, View(array, offset, (), ()))), array.varies
            if self._some and not varies:
                text += f" + np.zeros({self._some}.shape[0])"
            values.append(text)
        return values[0] if self.program.single_root else LANGUAGE.many(values)

    def _at(self, node: int) -> tuple[Array, int]:
        """Returns the array that a node is in, and its offset there."""
        place = int(self.plan.place[node])
        number = self.operands.array_at(place)
        return self.plan.arrays[number], place - self.plan.starts[number]

    # What is read ------------------------------------------------------------------------------------------------------

    def constant(self, name: str, values: Any) -> str:
        """Returns the variable of an array of constants."""
        key = values.tobytes(), values.shape
        if key not in self._numbers:
            own = self._numbers[key] = self.names.fresh.new(name)
            if self.functional:  # it becomes an array of the library's in each call: in one that jax traces it may not be kept
                given = self.names.fresh.new(f"{own}_given")
                self.constants[given] = values
                self._converted.append(f"{own} = np.constant({given})")
            else:
                self.constants[own] = values
        return self._numbers[key]

    def read(self, operand: Operand, shape: tuple[int, ...], name: str = "", keep: bool = True) -> str:
        """Returns the source of an operand for a step of this shape: it broadcasts against that.

        With a name it is put into a variable of that name, if it is not one already.
        """
        if isinstance(operand, Numbers):
            values = operand.values
            return LANGUAGE.number(values) if values.__class__ is float else self.constant("k", values)
        key = operand.array, _key(operand)
        source = self._views.get(key)
        if source is None:
            source = self._source(operand)
            if not source.isidentifier() and (name or isinstance(operand, Take) or "reshape" in source):
                own = name or self.names.fresh.new(f"{operand.array.name}_part")
                self.lines.append(f"{own} = {source}")
                source = own
            self._views[key] = source
        return self._spread(source, operand, len(shape)) if keep else source

    def _source(self, operand: View | Take) -> str:
        if isinstance(operand, View):
            found = viewed(operand.array.name, operand.array, operand)
            if found is not None:
                return found
        return self._taken(operand.array.name, operand.array, _offsets(operand))

    def _taken(self, source: str, array: Array, offsets: Any) -> str:
        if len(array.shape) == 2:
            source = f"{source}.reshape({'-1, ' * array.varies}{array.size})"
        elif not array.shape:
            source = f"{source}[..., None]"
        index = self.constant("i", offsets)
        return f"{source}[..., {index}]" if self.functional else f"{source}.take({index}, -1)"

    def _spread(self, source: str, operand: View | Take, axes: int) -> str:
        """Gives what is read axes of length 1 where it is repeated, as far as broadcasting needs them."""
        if not isinstance(operand, View) or not axes:
            return source
        missing = [not s for s in operand.strides]
        if not any(missing):
            return source
        if operand.array.varies:
            if all(missing):
                return f"{atom(source)}[{', '.join([':', *['None'] * axes])}]"
            return f"{atom(source)}[:, {', '.join(['None' if m else ':' for m in missing])}]"
        first = missing.index(False) if False in missing else axes
        rest = missing[first:]
        return f"{atom(source)}[{', '.join(['None' if m else ':' for m in rest])}]" if any(rest) else source

    # Forward -----------------------------------------------------------------------------------------------------------

    def _elementwise(self, step: Elementwise) -> None:
        made, form = step.made, step.form
        shape = made.shape if not form.folds else step.operands[0].shape
        sources = [self.read(x, shape) for x in step.operands]
        names = dict(zip(form.arguments, sources, strict=True))
        # Derivatives that are wanted are written with the value, so that parts that they share are computed once.
        wanted = [i for i, x in enumerate(step.operands) if isinstance(x, (View, Take)) and x.array in self._useful]
        names["v"] = f"{made.name}[..., None]" if form.folds else made.name
        trees = [self._cheaper_of(tree) for tree in (form.value, *[form.partials[i] for i in wanted])]
        if form.value == _TANH:
            trees[1:] = [_TANH_SLOPE] * len(wanted)
        about = sources[0] if len(sources) == 1 and sources[0].isidentifier() else made.name
        writer = _Former(lambda part: self.names.fresh.new(f"{about}_{part}"), names, trees, self.functional)
        if isinstance(trees[0], Fold) and isinstance(trees[0].body, Argument):
            written = Written(f"{atom(sources[0])}.{trees[0].kind}(-1)", ATOM)
            text = written.text
        else:
            written = writer.write(trees[0])
            text = _without_axis(written) if form.folds else written.text
        text = self._full(step, text, written.binds)
        self.lines += [*writer.lines, f"{made.name} = {text}"]
        if not form.folds:
            writer.known[trees[0], None] = made.name
        writer.lines = []
        self._partials[step] = [writer, dict(zip(wanted, trees[1:], strict=True)), sources]

    def _cheaper_of(self, tree: Formula) -> Formula:
        found = self._known.get(id(tree))
        if found is None:  # the formula is kept, so that its id is
            found = self._known[id(tree)] = tree, _cheaper(expand(tree, LANGUAGE.primitives))
        return found[1]

    def _full(self, step: Elementwise, text: str, binds: float) -> str:
        """Adds zeros, if what is read does not have all axes of what is made."""
        made = step.made
        if self._covers(step, {*mentioned(step.form.value)}):
            return text
        text = text if binds >= PRODUCT or " " not in text else f"({text})"
        return f"{text} + np.zeros({self._shape(made, made.shape)})"

    def _covers(self, step: Elementwise, read: Container[str]) -> bool:
        """Returns whether the arguments that are read have all axes, those of what is made, or that of a fold's lists."""
        made, form = step.made, step.form
        if "v" in read and not form.folds:
            return True
        shape = step.operands[0].shape if form.folds else made.shape
        spans = [n == 1 for n in shape]
        varies = not made.varies
        for name, x in zip(form.arguments, step.operands, strict=True):
            if name in read and not (isinstance(x, Numbers) and x.shape == ()):
                varies |= isinstance(x, (View, Take)) and x.array.varies
                strides = x.strides if isinstance(x, View) else [1] * len(x.shape)
                spans = [a or bool(s) for a, s in zip(spans, strides, strict=False)] if shape else spans
        return varies and all(spans)

    def _shape(self, array: Array, shape: tuple[int, ...]) -> str:
        """Returns the source of a shape, with the number of samples where the array varies."""
        parts = [f"{self._some}.shape[0]"] * array.varies + list(map(str, shape))
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"

    def _join(self, step: Join) -> None:
        parts = []
        for piece in step.pieces:
            source = self.read(piece, (), keep=False)
            if isinstance(piece, Numbers) and piece.shape == ():
                source = self.constant("k", np.full(_length(step, piece), piece.values))
            elif isinstance(piece, Numbers):
                pass
            elif not _axes(piece):
                source = f"{atom(source)}[..., None]"
            varies = isinstance(piece, (View, Take)) and piece.array.varies
            if step.made.varies and not varies:
                source = f"np.broadcast_to({source}, {self._shape(step.made, (_length(step, piece),))})"
            parts.append(source)
        self.lines += wrapped(f"{step.made.name} = np.concatenate((", parts, "), -1)")

    def _product(self, step: Product) -> None:
        made, number = step.made, self.names.layers.get(step, 0)
        rows_name = columns_name = ""
        if number:
            if isinstance(step.rows, (View, Take)) and not _is_array(step.rows):
                rows_name = self.names.of_view(step.rows, "w", number, matrix=len(step.subscripts[0]) == 2)
            if isinstance(step.columns, (View, Take)) and not _is_array(step.columns):
                columns_name = self.names.of_view(step.columns, "x" if number == 1 else "z", number - 1)
        rows = self.read(step.rows, (), rows_name, keep=False)
        columns = self.read(step.columns, (), columns_name, keep=False)
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
                    and not _is_array(term)
                ):
                    name = self.names.of_view(term, "b", number)
                text += sign + self.read(term, made.shape, name)
        if step.constant is not None:
            text += f" + {self.read(step.constant, made.shape)}"
        self.lines.append(f"{made.name} = {_led(text)}")

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
        self.lines.append("# backward pass" + (f" from {self.program.names[root]}" if several else ""))
        self.suffix = f"_grad_{identifier(self.program.names[root])}" if several else "_grad"
        given: dict[Array, list[Given]] = {}
        gradients: dict[Array, Gradient] = {}
        constant = root in self.program.constants
        if not constant:
            array, offset = self._at(root)
            if array in self._useful:
                self.lines.append(f"# ∂{array.name}/∂{array.name} = 1") if not array.shape else None
                seed = self._seed(array, offset)
                given[array] = [Given(View(array, 0, array.shape, contiguous(array.shape)), seed, narrow=seed == "1.0")]
        for step in reversed(self.plan.steps):
            if step.made not in given:
                continue
            gradient = self._gathered(step.made, given.pop(step.made))
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
                gradients[array] = self._gathered(array, given[array])
        parts = [self._wanted(group, gradients) for group in self.program.wrt]
        return LANGUAGE.many(parts)

    def _seed(self, array: Array, offset: int) -> str:
        count = f" * {self._some}.shape[0]" if self._some and not array.varies else ""
        if array.shape == ():
            return f"np.ones_like({array.name}){count}" if count else "1.0"
        one = np.zeros(array.shape)
        one.flat[offset] = 1.0
        return f"np.zeros_like({array.name}) + {self.constant('k', one)}{count}"

    def _wanted(self, group: Any, gradients: Mapping[Array, Gradient]) -> str:
        """Returns the source of the gradient by one of wrt; 0 for what is frozen."""
        array, _ = self._at(group.members[0])
        offsets = self.plan.place[list(group.members)] - self.plan.starts[self.plan.arrays.index(array)]
        if array not in gradients:
            return f"np.zeros({self._shape(array, () if group.single else (len(offsets),))})"
        source = self._broadcast(array, gradients[array])
        if self.functional and not source.endswith(self.suffix):  # it may be an argument
            source = f"1.0 * {atom(source)}"
        if group.single:
            source = str(viewed(source, array, View(array, int(offsets[0]), (), ())))
        elif not (len(offsets) == array.size and (offsets == np.arange(array.size)).all()):
            index = self.constant("i", offsets)
            source = f"{atom(source)}[..., {index}]" if self.functional else f"{source}.take({index}, -1)"
        wanted = np.array([i in self.program.wanted for i in group.members])
        if wanted.all():
            return f"np.array({source})" if source in self.constants else source  # which the caller may write into
        mask = "False" if group.single else self.constant("wanted", wanted)
        return f"np.where({mask}, {source}, 0.0)" if not group.single else f"np.zeros_like({source})"

    def _broadcast(self, array: Array, gradient: Gradient) -> str:
        """Returns the source of a gradient that has all axes of its array."""
        if not gradient.narrow:
            return gradient.source
        name = self.names.fresh.new(array.name + self.suffix)
        self.lines.append(f"{name} = {self._spread_out(gradient.source, array, array.shape)}")
        return name

    def _from_elementwise(self, step: Elementwise, gradient: Gradient) -> list[Given]:
        writer, trees, sources = self._partials[step]
        found = []
        for i, tree in trees.items():
            operand = step.operands[i]
            assert isinstance(operand, (View, Take))
            partial = (None if gradient.number else self._masked(writer, tree)) or writer.write(tree)
            if step.form.shown[i] != step.form.partials[i]:
                self._note(step, i, sources)
            self.lines += writer.lines
            writer.lines = []
            found.append(self._handed(step, operand, gradient, partial, {*_outside(tree)}))
        return found

    def _masked(self, writer: _Former, tree: Formula) -> Written | None:
        """Returns a test, if the derivative is 1 where it holds and else 0: a product with it has the same result."""
        if not (isinstance(tree, Choice) and tree.then == Constant(1.0) and tree.otherwise == Constant(0.0)):
            return None
        left, right = tree.test.sides
        if self.functional and tree.test.sign == ">" and right == Constant(0.0) and isinstance(left, Formula):
            return Written(f"np.step({writer.write(left).text})", ATOM)  # numbers: of a test PyTorch makes them slowly
        return Written(writer.test(tree.test, None), 0)

    def _note(self, step: Elementwise, i: int, sources: Sequence[str]) -> None:
        """Writes the local derivative as a blackboard has it above the line that computes it in another way."""
        names = {x: (source, ATOM) for x, source in zip(step.form.arguments, sources, strict=True)}
        written = words.formula(step.form.shown[i], names | {"v": (step.made.name, ATOM)})
        note = f"# {words.quotient(step.made.name, sources[i])} = {written}"
        if note not in self._noted and sources[i] != step.made.name:  # each of several roots has a backward pass
            self._noted.add(note)
            self.lines.append(note)

    def _handed(
        self, step: Elementwise, operand: View | Take, gradient: Gradient, partial: Written, read: Container[str]
    ) -> Given:
        """Returns the gradient of a step times a local derivative, added up where the operand was repeated.

        Args:
            read: the arguments that the local derivative is made of
        """
        made, folds = step.made, step.form.folds
        shape = operand.shape
        axes = [k for k, s in enumerate(operand.strides) if not s and shape[k] > 1] if isinstance(operand, View) else []
        batch = made.varies and not operand.array.varies
        number, factor = gradient.number, float(partial.text) if _NUMBER.fullmatch(partial.text) else None
        covers = self._covers(step, read)
        if batch and covers and factor is None and not (shape or folds or gradient.narrow):
            return Given(operand, f"{gradient.source} @ {partial.at(ATOM)}")
        if (axes or batch) and gradient.narrow and not covers:
            gradient = Gradient(self._broadcast(made, gradient))
            number = None
        narrow = (gradient.narrow or folds) and not covers
        source = f"{atom(gradient.source)}[..., None]" if folds and number is None else gradient.source
        if factor is not None and number is not None:
            text = repr(number * factor)
        elif factor is not None:
            text = _times(factor, Written(source, ATOM))
        elif number is not None:
            text = _times(number, partial)
        else:
            text = f"{source} * {partial.at(SIGNED)}"
        if axes or batch:
            lead = int(made.varies)
            every = [*([0] if batch else []), *[k + lead for k in axes]]
            text = f"{_in_parentheses(text)}.sum({every[0] if len(every) == 1 else tuple(every)})"
        return Given(operand, text, fresh=_is_made(text), narrow=narrow or bool(_NUMBER.fullmatch(text)))

    def _from_join(self, step: Join, whole: Gradient) -> list[Given]:
        found = []
        gradient = self._broadcast(step.made, whole)
        start = 0
        for piece in step.pieces:
            n = _length(step, piece)
            if isinstance(piece, (View, Take)) and piece.array in self._useful:
                index = f"{start}:{start + n}" if _axes(piece) else str(start)
                text = f"{gradient}[{':, ' * step.made.varies}{index}]"
                if step.made.varies and not piece.array.varies:
                    text += ".sum(0)"
                found.append(Given(piece, text, fresh=False))
            start += n
        return found

    def _from_product(self, step: Product, gradient: Gradient) -> list[Given]:
        found = []
        x, y, out = self._subscripts(step)
        if gradient.narrow and gradient.number is None:
            gradient = Gradient(self._broadcast(step.made, gradient))
        factors = [(step.columns, step.rows, y, x), (step.rows, step.columns, x, y)]
        factor = -1.0 if step.negative else 1.0
        if step.rows == step.columns and x == y:  # squares
            factors, factor = factors[:1], 2.0 * factor
        factors = [each for each in factors if isinstance(each[0], (View, Take)) and each[0].array in self._useful]
        own = ""
        for operand, other, axes, others in factors:
            source = self.read(other, (), keep=False)
            assert isinstance(operand, (View, Take))
            if gradient.number is not None:
                uniform = _uniform(gradient.number * factor, out, others, axes, source)
                if uniform is not None:
                    found.append(Given(operand, uniform[0], fresh=_is_made(uniform[0]), narrow=uniform[1]))
                    continue
                gradient = Gradient(self._broadcast(step.made, gradient))
            if not own:
                own = gradient.source
                if factor != 1.0:
                    own = _times(factor, Written(own, ATOM))
                    if len(factors) > 1:
                        name = self.names.fresh.new(f"{gradient.source}_minus")
                        self.lines.append(f"{name} = {own}")
                        own = name
            text, left, right = product(out, others, axes, own, source)
            found.append(Given(operand, text, (left, right)))
        for sign, terms in ((1.0, step.plus), (-1.0, step.minus)):
            for term in terms:
                if isinstance(term, (View, Take)) and term.array in self._useful:
                    made = Elementwise(step.made, _PLAIN, [term])
                    found.append(self._handed(made, term, gradient, Written(repr(sign), SIGNED), ()))
        return found

    # Gradients put together --------------------------------------------------------------------------------------------

    def _gathered(self, array: Array, given: Sequence[Given]) -> Gradient:
        """Writes the sum of what an array was given; returns it, or what was given if that is a variable or a number."""
        given = [self._added_up(each) for each in given]
        wholes = [each for each in given if _is_filled(each.operand)]
        parts = [each for each in given if not _is_filled(each.operand)]
        sources = [self._shaped(array, each) for each in wholes]
        narrow = all(each.narrow for each in wholes)
        if not wholes and all(_NUMBER.fullmatch(each.source) for each in parts) and len({each.source for each in parts}) == 1:
            count = np.bincount(np.concatenate([_offsets(each.operand).ravel() for each in parts]), minlength=array.size)
            if (count == count[0]).all():
                return Gradient(repr(float(parts[0].source) * int(count[0])), True)
        if not parts:
            if all(map(_NUMBER.fullmatch, sources)):
                return Gradient(repr(sum(map(float, sources))), True)
            if len(sources) == 1 and sources[0].isidentifier():
                return Gradient(sources[0], narrow)
        if narrow and parts and wholes:
            sources = [self._spread_out(_sum(sources), array, array.shape)]
        if parts:
            parts = [self._widened(each) for each in parts]
        if not parts or self.functional:
            if parts:
                sources += self._put_together(array, parts)
            name = self.names.fresh.new(array.name + self.suffix)
            self._add_up(name, sources)
            return Gradient(name, narrow and not parts)
        name = self.names.fresh.new(array.name + self.suffix)
        offsets = [_offsets(each.operand).ravel() for each in parts]
        if wholes:
            fresh = len(sources) > 1 or (_is_made(sources[0]) if narrow else wholes[0].fresh)
            self._add_up(name, sources if fresh else [f"np.array({sources[0]})"])
            touched = np.ones(array.size, dtype=bool)
        else:
            count = np.bincount(np.concatenate(offsets), minlength=array.size)
            self.lines.append(f"{name} = np.{'empty' if (count == 1).all() else 'zeros'}_like({array.name})")
            touched = np.zeros(array.size, dtype=bool)
        # Larger parts first: they are written without a sum.
        order = sorted(range(len(parts)), key=lambda k: -len(offsets[k]))
        for k in order:
            self._write_into(array, name, parts[k], bool(touched[offsets[k]].any()))
            touched[offsets[k]] = True
        return Gradient(name)

    def _added_up(self, each: Given) -> Given:
        """Returns what a single number was given for each of the places in which it is read as one number."""
        operand = each.operand
        if operand.array.shape or not isinstance(operand, Take):
            return each
        source = self._spread_out(each.source, operand.array, operand.shape) if each.narrow else each.source
        lead = int(operand.array.varies)
        axes = tuple(range(lead, lead + len(operand.shape)))
        return Given(View(operand.array, 0, (), ()), f"{atom(source)}.sum({axes[0] if len(axes) == 1 else axes})")

    def _widened(self, each: Given) -> Given:
        """Returns what a step hands on with all axes, unless it is written into a view, which broadcasts."""
        operand = each.operand
        into = not self.functional and isinstance(operand, View) and viewed("", operand.array, operand) is not None
        if not each.narrow or into:
            return each
        shape = dense(operand)[0] if isinstance(operand, View) else operand.shape
        return each._replace(source=self._spread_out(each.source, operand.array, shape), narrow=False, fresh=False)

    def _spread_out(self, source: str, array: Array, shape: tuple[int, ...]) -> str:
        if _NUMBER.fullmatch(source):
            return f"np.full({self._shape(array, shape)}, {source})"
        return f"np.broadcast_to({source}, {self._shape(array, shape)})"

    def _add_up(self, name: str, sources: Sequence[str]) -> None:
        """Writes a sum, the terms of many on several lines: Python cannot read a line of thousands."""
        for start in range(0, len(sources), TERMS_PER_LINE):
            terms = sources[start : start + TERMS_PER_LINE]
            self.lines.append(f"{name} = {_sum([name, *terms] if start else terms)}")

    def _shaped(self, array: Array, each: Given) -> str:
        assert isinstance(each.operand, View)
        shape, _ = dense(each.operand)
        own = tuple([n for n in array.shape if n > 1]) if shape != array.shape else array.shape
        if shape == own == array.shape or (array.shape == () and not shape) or _NUMBER.fullmatch(each.source):
            return each.source
        source = self._spread_out(each.source, array, shape) if each.narrow else each.source
        lead = "-1, " if array.varies else ""
        axes = ", ".join(map(str, array.shape))
        return f"{atom(source)}.reshape({lead}{axes})"

    def _write_into(self, array: Array, name: str, each: Given, again: bool) -> None:
        operand = each.operand
        target = viewed(name, array, operand) if isinstance(operand, View) else None
        if target is not None:
            left, right = each.factors
            direct = left and not again and len(dense(operand)[0]) == 2 and not target.endswith(".T")  # type: ignore[arg-type]
            if direct or "reshape" in target or not target.endswith("]"):
                own = self._views.get((operand.array, _key(operand)), "")
                view = self.names.fresh.new(own + self.suffix if own.isidentifier() else f"{name}_part")
                self.lines.append(f"{view} = {target}")
                target = view
            if direct:
                self.lines.append(f"np.matmul({left}, {right}, out={target})")
                return
            whole = target if target.endswith("]") else f"{target}[...]"
            self.lines.append(f"{target} += {each.source}" if again else f"{whole} = {each.source}")
            return
        offsets = _offsets(operand)
        source = each.source
        flat = name if len(array.shape) < 2 else f"{name}.reshape({'-1, ' * array.varies}{array.size})"
        if offsets.ndim > 1:
            source = f"{atom(source)}.reshape({'-1, ' * array.varies}{offsets.size})"
        offsets = offsets.ravel()
        unique, counts = np.unique(offsets, return_counts=True)
        if len(unique) < len(offsets):  # repeated: what belongs together is added up, in a fixed order
            order = np.argsort(offsets, kind="stable")
            starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
            taken = f"{atom(source)}.take({self.constant('i', order)}, -1)"
            source = f"np.add.reduceat({taken}, {self.constant('i', starts)}, -1)"
            offsets = unique
        self.lines.append(f"{flat}[..., {self.constant('i', offsets)}] {'+=' if again else '='} {source}")

    # Without writing into arrays ---------------------------------------------------------------------------------------

    def _put_together(self, array: Array, parts: Sequence[Given]) -> list[str]:
        """Returns the source of arrays whose sum is that of the parts: each is made of parts side by side.

        What goes to the same elements is added up first.
        """
        same: dict[Any, list[Given]] = {}
        for each in parts:
            same.setdefault(_key(each.operand), []).append(each)
        parts = [members[0] if len(members) == 1 else self._as_one(array, members) for members in same.values()]
        layers: list[tuple[Any, list[Given]]] = []
        for each in parts:
            offsets = _offsets(each.operand).ravel()
            for taken, members in layers:
                if len(np.unique(offsets)) == len(offsets) and not taken[offsets].any():
                    taken[offsets] = True
                    members.append(each)
                    break
            else:
                taken = np.zeros(array.size, dtype=bool)
                taken[offsets] = True
                layers.append((taken, [each]))
        return [self._side_by_side(array, taken, members) for taken, members in layers]

    def _as_one(self, array: Array, members: Sequence[Given]) -> Given:
        """Adds up what several steps gave the same elements."""
        name = self.names.fresh.new(f"{array.name}{self.suffix}_part")
        self._add_up(name, [each.source for each in members])
        return Given(members[0].operand, name, fresh=False)

    def _side_by_side(self, array: Array, taken: Any, members: Sequence[Given]) -> str:
        windows = _windows(array, members)
        if windows is not None:
            return self._windowed(array, windows)
        # In the order in which they come, and then every element from where it is; repeated ones from several places.
        offsets = np.concatenate([_offsets(each.operand).ravel() for each in members])
        sources = [self._flat(array, each) for each in members]
        where, counts = _inverse(offsets, array.size)
        if not taken.all() or counts.min() != counts.max():
            sources.append(f"np.zeros({self._shape(array, (1,))})")
        joined = sources[0] if len(sources) == 1 else f"np.concatenate(({', '.join(sources)}), -1)"
        text = f"{atom(joined)}[..., {self.constant('i', where)}]"
        if where.ndim > 1:
            text += ".sum(-1)"
        return self._reshaped(array, text)

    def _flat(self, array: Array, each: Given) -> str:
        shape = dense(each.operand)[0] if isinstance(each.operand, View) else each.operand.shape
        if len(shape) == 1:
            return each.source
        return f"{atom(each.source)}.reshape({'-1, ' * array.varies}{prod(shape)})"

    def _reshaped(self, array: Array, text: str) -> str:
        if not array.shape:
            return f"{atom(text)}[..., 0]"
        if len(array.shape) < 2:
            return text
        return f"{text}.reshape({'-1, ' * array.varies}{', '.join(map(str, array.shape))})"

    def _windowed(self, array: Array, windows: Sequence[tuple[int, int, int, list[tuple[int, int, Given]]]]) -> str:
        """Concatenates blocks that lie row by row side by side, and then these one after another."""
        ahead = "-1, " if array.varies else ""
        pieces: list[str] = []
        end = 0
        for start, rows, row, blocks in windows:
            if start > end:
                pieces.append(f"np.zeros({self._shape(array, (start - end,))})")
            end = start + rows * row
            columns: list[str] = []
            column = 0
            for at, width, each in blocks:
                if at > column:
                    columns.append(f"np.zeros({self._shape(array, (rows, at - column))})")
                column = at + width
                shape, strides = dense(each.operand)  # type: ignore[arg-type] # windows are of views
                source = each.source
                if len(shape) == 2 and strides[0] < strides[1]:
                    source = f"{atom(source)}.swapaxes(-1, -2)"
                elif len(shape) < 2:
                    source = f"{atom(source)}.reshape({ahead}{rows}, {width})"
                columns.append(source)
            if column < row:
                columns.append(f"np.zeros({self._shape(array, (rows, row - column))})")
            block = columns[0] if len(columns) == 1 else f"np.concatenate(({', '.join(columns)}), -1)"
            if rows == 1 and len(columns) == 1 and len(dense(blocks[0][2].operand)[0]) == 1:  # type: ignore[arg-type]
                pieces.append(blocks[0][2].source)
            else:
                pieces.append(f"{atom(block)}.reshape({ahead}{rows * row})")
        if end < array.size:
            pieces.append(f"np.zeros({self._shape(array, (array.size - end,))})")
        text = pieces[0] if len(pieces) == 1 else f"np.concatenate(({', '.join(pieces)}), -1)"
        return self._reshaped(array, atom(text))


_TANH = Call("tanh", Argument("x"))
_TANH_SLOPE = accurate.tanh_slope(Argument("v"), Argument("x"))
_PLAIN = Form(Constant(0.0), (), ("x",), ())


def operands(step: Any) -> list[Operand]:
    """Returns all operands of a step."""
    if isinstance(step, Product):
        constant = [] if step.constant is None else [step.constant]
        return [step.rows, step.columns, *step.plus, *step.minus, *constant]
    return list(step.pieces if isinstance(step, Join) else step.operands)


def _outside(tree: Formula) -> Iterator[str]:
    """Yields the arguments that a formula mentions outside its folds, which have one element."""
    if isinstance(tree, Argument):
        yield tree.name
    for child in () if isinstance(tree, Fold) else children(tree):
        yield from _outside(child)


def _finite_or(tree: Formula) -> bool:
    """Returns whether a formula is a part where that is finite, and else a number."""
    if not (isinstance(tree, Choice) and isinstance(tree.otherwise, Constant) and tree.test.sign == "=="):
        return False
    return tree.test.sides == (tree.then - tree.then, Constant(0.0))


def _times(factor: float, written: Written) -> str:
    """Returns a number times what is written."""
    if abs(factor) == 1.0:
        return written.text if factor > 0 else f"-{written.at(ATOM)}"
    return f"{factor!r} * {written.at(SIGNED)}"


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
    return _times(number, Written(source, ATOM if atom(source) == source else SUM)), rest != axes


def _led(text: str) -> str:
    """Returns a sum without the sign in front of what comes first."""
    if text.startswith(" - "):
        return "-" + text[3:]
    return text.removeprefix(" + ")


def _sum(sources: Sequence[str]) -> str:
    """Returns the sum of terms, those with a minus last."""
    terms = [f"({x})" if len(sources) > 1 and re.search(r" [-+] ", bare(x)) else x for x in sources]
    terms.sort(key=lambda term: term.startswith("-"))
    return terms[0] + "".join([f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:]])


def _is_made(text: str) -> bool:
    """Returns whether an expression computes an array, and does not only name one, or a part of one."""
    shown = bare(text)
    computed = shown.startswith("np.") and shown != "np.broadcast_to"
    return computed or shown.endswith((".sum", ".take")) or not re.fullmatch(r"[\w.]+", shown)


def _cheaper(tree: Formula) -> Formula:
    """Returns a formula of which arrays compute less: both sides of a choice are computed, so that they had better agree.

    On the side of x ≥ 0 x is |x|, on the other -|x|; where that leaves fewer exponentials it is written so.
    """

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if isinstance(part, (Argument, Constant)):
            return part
        made = yield from rebuilt(part)
        if not isinstance(made, Choice) or made.test.sign not in (">", ">=") or made.test.sides[1] != Constant(0.0):
            return made
        x = made.test.sides[0]
        assert isinstance(x, Formula)
        size = Call("abs", x)
        then, otherwise = _replaced(made.then, x, size), _replaced(made.otherwise, x, -size)
        if len(_exponentials(then) | _exponentials(otherwise)) >= len(_exponentials(made.then) | _exponentials(made.otherwise)):
            return made
        return then if then == otherwise else Choice(made.test, then, otherwise)

    return walked(visit, tree)


def _replaced(tree: Formula, old: Formula, new: Formula) -> Formula:
    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if part == old:
            return new
        if isinstance(part, (Argument, Constant)):
            return part
        return (yield from rebuilt(part))

    return walked(visit, tree)


def _exponentials(tree: Formula) -> set[Formula]:
    own = {tree} if isinstance(tree, Call) and tree.name in ("exp", "expm1") else set()
    return own.union(*map(_exponentials, children(tree)))


def _in_parentheses(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def _without_axis(written: Written) -> str:
    return f"{atom(written.text)}[..., 0]"


def _is_array(operand: View | Take) -> bool:
    return isinstance(operand, View) and operand.whole and dense(operand)[0] == operand.array.shape


def _is_filled(operand: View | Take) -> bool:
    """Returns whether a gradient by an operand, added up where that is repeated, is one by the whole array."""
    if isinstance(operand, Take):
        return False
    shape, strides = dense(operand)
    return operand.offset == 0 and prod(shape) == operand.array.size and strides == contiguous(shape)


def _axes(operand: Operand) -> int:
    return len(dense(operand)[0]) if isinstance(operand, View) else len(operand.shape)


def _length(step: Join, piece: Operand) -> int:
    return prod(piece.shape)


def _key(operand: View | Take) -> Any:
    if isinstance(operand, View):
        return operand.offset, *dense(operand)
    return operand.offsets.tobytes(), operand.offsets.shape


def _offsets(operand: View | Take) -> Any:
    """Returns the offsets that an operand reads, without those that are repeated along an axis."""
    if isinstance(operand, Take):
        return operand.offsets
    shape, strides = dense(operand)
    found = np.full(shape, operand.offset)
    for axis, (n, stride) in enumerate(zip(shape, strides, strict=True)):
        found = found + (np.arange(n) * stride).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    return found


def _inverse(offsets: Any, size: int) -> tuple[Any, Any]:
    """Returns for each element where it is among the offsets, an index or a row that ends in len(offsets); and counts."""
    counts = np.bincount(offsets, minlength=size)
    most = int(counts.max())
    order = np.argsort(offsets, kind="stable")
    where = np.full((size, most), len(offsets))
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    column = np.arange(len(offsets)) - np.repeat(starts, counts)
    where[offsets[order], column] = order
    return (where[:, 0] if most == 1 else where), counts


def _windows(array: Array, members: Sequence[Given]) -> list[tuple[int, int, int, list[tuple[int, int, Given]]]] | None:
    """Returns views as blocks of columns in windows of whole rows: start, rows, length of a row, blocks; else None."""
    blocks: list[tuple[int, int, int, int, Given]] = []  # rows, row, offset, width
    for each in members:
        if not isinstance(each.operand, View):
            return None
        shape, strides = dense(each.operand)
        if not shape:
            blocks.append((1, 1, each.operand.offset, 1, each))
        elif len(shape) == 1:
            n, s = shape[0], strides[0]
            blocks.append((1, n, each.operand.offset, n, each) if s == 1 else (n, s, each.operand.offset, 1, each))
        else:
            (n0, n1), (s0, s1) = (shape, strides) if strides[0] > strides[1] else (shape[::-1], strides[::-1])
            if s1 != 1:
                return None
            blocks.append((n0, s0, each.operand.offset, n1, each))
    found: dict[tuple[int, int], list[tuple[int, int, Given]]] = {}
    for rows, row, offset, width, each in sorted(blocks, key=lambda block: block[2]):
        found.setdefault((rows, row), []).append((offset, width, each))
    windows = []
    for (rows, row), inside in found.items():
        while inside:
            start = min(inside[0][0], array.size - rows * row)
            if start < 0:
                return None
            same = [block for block in inside if block[0] - start + block[1] <= row]
            if not same:
                return None
            inside = [block for block in inside if block not in same]
            windows.append((start, rows, row, [(offset - start, width, each) for offset, width, each in same]))
    windows.sort(key=lambda window: window[0])
    for one, other in pairwise(windows):
        if one[0] + one[1] * one[2] > other[0]:
            return None
    return windows


def _array_lines(name: str, values: Any) -> list[str]:
    """Returns the lines that make an array of constants."""
    flat = [repr(x) for x in values.ravel().tolist()]
    shape = f".reshape({', '.join(map(str, values.shape))})" if values.ndim > 1 else ""
    return wrapped(f"{name} = np.array([", flat, f"]){shape}")
