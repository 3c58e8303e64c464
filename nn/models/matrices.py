"""A network's pass in matrices, as on the blackboard: forward the trace, backward the matrix form of the chain rule.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [2, 1], "tanh", seed=0)
>>> model.theta = [1, -1, 0, 0.5, 2, -1, 3, 1, 0.5]
>>> trace = model.trace([1.0, 0.5])
>>> print(trace)
 ℓ │ z[ℓ-1] │ W[ℓ]    │ b[ℓ] │ u[ℓ]  │ φ[ℓ]   │ z[ℓ]
───┼────────┼─────────┼──────┼───────┼────────┼────────
 1 │   1    │   1  -1 │  0   │ 0.5   │ tanh   │ 0.4621
   │ 0.5    │ 0.5   2 │ -1   │ 0.5   │        │ 0.4621
   │        │         │      │       │        │
 2 │ 0.4621 │ 3  1    │ 0.5  │ 2.348 │ linear │ 2.348
   │ 0.4621 │         │      │       │        │
>>> form = trace.backward(trace.output)
>>> print(form)
 ℓ │ factor                  │ shape │ numbers
───┼─────────────────────────┼───────┼──────────────────────
 2 │ ∂L/∂z₂                  │ 1×1   │ 1
   │ ∂z₂/∂u₂ = diag(φ₂'(u₂)) │ 1×1   │ diag(1)
   │ δ₂ = ∂L/∂z₂ · ∂z₂/∂u₂   │ 1×1   │ 1
   │ ∂u₂/∂W₂ = z₁ᵀ           │ 1×2   │ 0.4621  0.4621
   │ ∂L/∂W₂ = δ₂ᵀ · z₁ᵀ      │ 1×2   │ 0.4621  0.4621
   │ ∂L/∂b₂ = δ₂             │ 1×1   │ 1
   │ ∂u₂/∂z₁ = W₂            │ 1×2   │ 3  1
   │ ∂L/∂z₁ = δ₂ · W₂        │ 1×2   │ 3  1
   │                         │       │
 1 │ ∂L/∂z₁                  │ 1×2   │ 3  1
   │ ∂z₁/∂u₁ = diag(φ₁'(u₁)) │ 2×2   │ diag(0.7864, 0.7864)
   │ δ₁ = ∂L/∂z₁ · ∂z₁/∂u₁   │ 1×2   │ 2.359  0.7864
   │ ∂u₁/∂W₁ = z₀ᵀ           │ 1×2   │ 1  0.5
   │ ∂L/∂W₁ = δ₁ᵀ · z₀ᵀ      │ 2×2   │  2.359    1.18
   │                         │       │ 0.7864  0.3932
   │ ∂L/∂b₁ = δ₁             │ 1×2   │ 2.359  0.7864
   │ ∂u₁/∂z₀ = W₁            │ 2×2   │   1  -1
   │                         │       │ 0.5   2
   │ ∂L/∂z₀ = δ₁ · W₁        │ 1×2   │ 2.753  -0.7864
∂L/∂z₁[1] = δ₂[1]·W₂[1,1]: the weights from unit 1, a column of W₂; as columns this is W₂ᵀδ₂
          = 1·3 = 3; W₂⁻¹ would ask which z₁ gives u₂
>>> form.check()
matrix form and backward pass agree: of 16 derivatives the largest difference is 0, and the largest derivative 3
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import mul
from typing import Any, TypeVar, cast, overload

from chalkgrad.engine import Value, tape
from chalkgrad.engine.basics.digits import TO_LOWERED
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.terminal import columns, fitted, printable
from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.stepping.answers import Verdict
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.sweep import order
from chalkgrad.engine.words.expressions import factor, number, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import own_name
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.tex import document, in_notebook
from chalkgrad.nn.models.formulas import Equation, applied, matrix_of, numbers_in_latex, on_slides
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.show import FEW, blocks, column, matrix, on_two_screens, picked, stacked, table
from chalkgrad.nn.models.types import Output

T = TypeVar("T")
Row = list[float]

LayerParameters = tuple[Sequence[Sequence[Value]], Sequence[Value], str]

MATRICES = section("matrices")

TOLERANCE = 1e-12  # of the largest derivative: products are added in another order than in the sweep


class FromOne(Sequence[T]):
    """A list that counts from 1, as layers do: [1] is the first element, and [0] is an IndexError."""

    def __init__(self, name: str, content: Sequence[T]) -> None:
        self._name, self._content = name, list(content)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: Any) -> Any:
        count = len(self._content)
        if isinstance(index, slice):
            return [self._content[i - 1] for i in range(count + 1)[index] if i]
        if index == 0 or not -count <= index <= count:
            raise IndexError(f"layers are counted from 1: {self._name}[1] to {self._name}[{count}]; there is no [{index}]")
        return self._content[index - 1 if index > 0 else index]

    def __len__(self) -> int:
        return len(self._content)

    def __iter__(self) -> Iterator[T]:
        return iter(self._content)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{i}: {x!r}" for i, x in enumerate(self._content, 1)) + "}"


class Trace:
    """One recorded pass through an MLP with layers of n_0, n_1, …, n_L: z_0 = x, u_ℓ = W_ℓ z_{ℓ-1} + b_ℓ, z_ℓ = φ_ℓ(u_ℓ).

    `print(trace)` shows it as a table, `latex()` writes it with matrices.

    Attributes:
        model: the MLP
        layers: W_ℓ, b_ℓ and the name of φ_ℓ, layer by layer
        z: z[0] = x, z[1], …, z[L], lists of n_0, n_1, …, n_L Values
        u: u[1], …, u[L], lists of n_1, …, n_L Values; those of a linear layer are the Values of z
    """

    def __init__(
        self, model: Module, layers: Sequence[LayerParameters], u: Sequence[list[Value]], z: Sequence[list[Value]]
    ) -> None:
        self.model, self.layers, self.z, self.u = model, list(layers), list(z), FromOne("u", u)

    @property
    def output(self) -> Output:
        """What calling the model returns: the list z[L], or its element if there is only one."""
        return cast(Output, self.z[-1][0] if len(self.z[-1]) == 1 else self.z[-1])

    def backward(self, loss: Value) -> MatrixForm:
        """Returns the gradients of a loss computed from `output` in matrix form; no grad is changed. See MatrixForm."""
        return MatrixForm(self, loss)

    def __str__(self) -> str:
        return on_two_screens(lambda few: self._table(few, stacked) + fitted(self._stale()))

    def text(self) -> str:
        """The pass as a table in text, however wide it is."""
        return self._table(FEW, table) + self._stale()

    def _table(self, few: int, written: Callable[[Sequence[str], Sequence[Sequence[str]]], str]) -> str:
        rows: list[list[str]] = []
        for i, (weights, b, activation) in enumerate(self.layers, 1):
            before, numbers = column(_floats_of(self.z[i - 1]), few), matrix([_floats_of(row) for row in weights], few)
            cells = [before, numbers, column(_floats_of(b), few)]
            cells += [column(_floats_of(self.u[i]), few), [activation], column(_floats_of(self.z[i]), few)]
            rows += [[""] * 7] * (i > 1) + blocks([str(i)], *cells)
        return written(("ℓ", "z[ℓ-1]", "W[ℓ]", "b[ℓ]", "u[ℓ]", "φ[ℓ]", "z[ℓ]"), rows)

    def _stale(self) -> str:
        return printable(f"\n{MATRICES['stale']}") if tape(*self.z[-1]).stale else ""

    def __repr__(self) -> str:
        return str(self)

    def latex(self, layer: int | None = None, numbers: bool = True) -> str:
        """Returns the pass in LaTeX, between \\[ and \\], for documents with the package amsmath: u_ℓ, z_ℓ in matrices.

        Of all layers it is for paper, and as a rule higher than a slide, which takes one: `layer`, counted from 1, says which.
        With `numbers=False` the symbols are alone, of no layer in particular if none is given. Raises ValueError for a layer
        that there is not.

        >>> from chalkgrad.nn import MLP
        >>> print(MLP(2, [3, 1], "tanh", seed=0).trace([1.0, 0.5]).latex(layer=2, numbers=False))
        % needs \\usepackage{amsmath}
        \\begin{aligned}
        u_{2} &= W_{2} z_{1} + b_{2} \\\\
        z_{2} &= u_{2}
        \\end{aligned}
        """
        return document(self._formula(layer, numbers))

    def _formula(self, layer: int | None, numbers: bool) -> str:
        which = layers_of(layer, len(self.layers))
        if not numbers:
            return on_slides(lambda few: forward_in_symbols(layer, [phi for _, _, phi in self.layers]))
        return on_slides(lambda few: self._equations(which, few, beginning=layer is None), whole=layer is None)

    def _equations(self, which: Sequence[int], few: int, beginning: bool) -> list[Equation]:
        def column(values: Sequence[Value]) -> str:
            return matrix_of([[v.data] for v in values], few)

        equations: list[Equation] = [["z_{0}", "x", column(self.z[0])]] if beginning else []
        for i in which:
            weights, b, activation = self.layers[i - 1]
            affine = f"{matrix_of([_floats_of(row) for row in weights], few)} {column(self.z[i - 1])} + {column(b)}"
            equations.append([f"u_{{{i}}}", f"W_{{{i}}} z_{{{i - 1}}} + b_{{{i}}}", affine, column(self.u[i])])
            phi = [] if activation == "linear" else [rf"\varphi_{{{i}}}(u_{{{i}}})"]
            named = applied(activation, f"u_{{{i}}}", rf"\varphi_{{{i}}}")
            equations.append([f"z_{{{i}}}", *dict.fromkeys([*phi, named]), column(self.z[i])])
        return equations

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula(None, True))


class MatrixForm:
    """Back-propagation of one sample in matrices, put together from the local derivatives in its graph.

    ∂L/∂z_L comes from the part of the graph after the outputs, and then, for ℓ = L, …, 1,

        δ_ℓ = ∂L/∂z_ℓ · diag(φ_ℓ'(u_ℓ)),   ∂L/∂W_ℓ = δ_ℓᵀ z_{ℓ-1}ᵀ,   ∂L/∂b_ℓ = δ_ℓ,   ∂L/∂z_{ℓ-1} = δ_ℓ W_ℓ.

    `print` shows every factor with its shape and numbers, and one entry spelled out; `latex()` writes the factors, `check()`
    compares with the backward pass.

    Attributes, rows being lists of floats and matrices lists of rows:
        trace, loss: what it was made of
        dL_dz: dL_dz[0], …, dL_dz[L], the rows ∂L/∂z_ℓ, 1×n_ℓ
        slopes: slopes[1], …, slopes[L], the diagonals φ_ℓ'(u_ℓ) of the n_ℓ×n_ℓ Jacobians ∂z_ℓ/∂u_ℓ
        delta: delta[1], …, delta[L], the rows δ_ℓ = ∂L/∂u_ℓ, 1×n_ℓ
        dL_dW: dL_dW[1], …, dL_dW[L], the matrices ∂L/∂W_ℓ, n_ℓ×n_{ℓ-1}
        dL_db: dL_db[1], …, dL_db[L], the rows ∂L/∂b_ℓ, 1×n_ℓ

    Raises ValueError for a loss that was not computed from the trace's outputs, StaleGraphError if a value has changed since.

    >>> from chalkgrad.nn import MLP
    >>> trace = MLP(2, [2, 1], "tanh", seed=0).trace([1.0, 0.5])
    >>> form = trace.backward((trace.output - 1) ** 2)
    >>> len(form.delta[1]), len(form.dL_dW[1]), len(form.dL_dW[1][0]), len(form.dL_dz[0])
    (2, 2, 2, 2)
    """

    def __init__(self, trace: Trace, loss: Value) -> None:
        outputs = trace.z[-1]
        after_outputs = adjoints_of_outputs(loss, outputs)
        self.trace, self.loss, self._name = trace, loss, own_name(loss) or "L"
        # W_ℓ and z_{ℓ-1} of each layer, as they are now
        self._values = [
            ([_floats_of(row) for row in weights], _floats_of(z))
            for (weights, _, _), z in zip(trace.layers, trace.z, strict=False)
        ]
        layers = len(trace.u)
        self.dL_dz: list[Row] = [[]] * layers + [[after_outputs.get(output, 0.0) for output in outputs]]
        slopes: list[Row] = []
        deltas: list[Row] = []
        products: list[list[Row]] = []
        for i in range(layers, 0, -1):
            dz, (weights, z) = self.dL_dz[i], self._values[i - 1]
            slopes.append([slope(zj, uj) for zj, uj in zip(trace.z[i], trace.u[i], strict=True)])
            delta = list(map(mul, dz, slopes[-1]))
            deltas.append(delta)
            products.append([[d * x for x in z] for d in delta])
            self.dL_dz[i - 1] = [sum(map(mul, delta, column)) for column in zip(*weights, strict=True)]
        self.slopes = FromOne("slopes", slopes[::-1])
        self.delta = FromOne("delta", deltas[::-1])
        self.dL_dW = FromOne("dL_dW", products[::-1])
        self.dL_db = FromOne("dL_db", [list(delta) for delta in self.delta])

    def check(self) -> Verdict:
        """Compares every entry with the backward pass through the scalars; returns a Verdict, true if they agree to rounding.

        A Value in several places, such as a weight that two layers share, is compared with the sum of its entries.
        """
        trace = self.trace
        pairs: list[tuple[Value, float]] = []
        for i in range(len(trace.u) + 1):
            pairs += zip(trace.z[i], self.dL_dz[i], strict=True)
            if i:
                weights, biases, _ = trace.layers[i - 1]
                for parameters, row in zip(weights, self.dL_dW[i], strict=True):
                    pairs += zip(parameters, row, strict=True)
                pairs += zip(biases, self.dL_db[i], strict=True)
                pairs += [(u, d) for u, d, z in zip(trace.u[i], self.delta[i], trace.z[i], strict=True) if u is not z]
        outputs = dict(zip(trace.z[-1], self.dL_dz[-1], strict=True))
        return compared(pairs, self.loss, self._name, trace.z[0], outputs, trace.model)

    # Shown -----------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return on_two_screens(lambda few: f"{self._table(few)}\n{fitted(printable(self.one_entry()))}")

    def text(self) -> str:
        """The factors as a table in text, however wide it is, and one entry spelled out."""
        return f"{self._table(FEW)}\n{printable(self.one_entry())}"

    def _table(self, few: int) -> str:
        name = self._name
        rows: list[list[str]] = []
        for i in range(len(self.trace.u), 0, -1):
            weights, z = self._values[i - 1]
            n, m = len(weights), len(z)
            slopes = ", ".join("…" if j is None else number(self.slopes[i][j]) for j in picked(n, few))
            this, before = index(i), index(i - 1)
            lines = [
                (total(name, f"z{this}"), (1, n), matrix([self.dL_dz[i]], few)),
                (f"∂z{this}/∂u{this} = diag(φ{this}'(u{this}))", (n, n), [f"diag({slopes})"]),
                (f"δ{this} = {total(name, f'z{this}')} · ∂z{this}/∂u{this}", (1, n), matrix([self.delta[i]], few)),
                (f"∂u{this}/∂W{this} = z{before}ᵀ", (1, m), matrix([z], few)),
                (f"{total(name, f'W{this}')} = δ{this}ᵀ · z{before}ᵀ", (n, m), matrix(self.dL_dW[i], few)),
                (f"{total(name, f'b{this}')} = δ{this}", (1, n), matrix([self.dL_db[i]], few)),
                (f"∂u{this}/∂z{before} = W{this}", (n, m), matrix(weights, few)),
                (f"{total(name, f'z{before}')} = δ{this} · W{this}", (1, m), matrix([self.dL_dz[i - 1]], few)),
            ]
            rows += [[""] * 4] * bool(rows)
            for k, (symbols, (height, width), numbers) in enumerate(lines):
                rows += blocks([str(i) if k == 0 else ""], [symbols], [f"{height}×{width}"], numbers)
        return table(("ℓ", MATRICES["factor"], MATRICES["shape"], MATRICES["numbers"]), rows)

    def __repr__(self) -> str:
        return str(self)

    def one_entry(self) -> str:
        """Returns one entry of ∂L/∂z_{ℓ-1} = δ_ℓ W_ℓ spelled out: where the column of W_ℓ, and hence W_ℓᵀ, comes from.

        The layer is the last one with several units that has a layer before it, else the last one.

        >>> from chalkgrad.nn import MLP
        >>> model = MLP(1, [2, 2], None)
        >>> model.theta = [1.0, 0.0, 1.0, 0.0, 3.0, 4.0, 0.0, 5.0, 6.0, 0.0]
        >>> trace = model.trace([1.0])
        >>> print(trace.backward(trace.output[0] - 2 * trace.output[1]).one_entry())
        ∂L/∂z₁[1] = δ₂[1]·W₂[1,1] + δ₂[2]·W₂[2,1]: the weights from unit 1, a column of W₂; as columns this is W₂ᵀδ₂
                  = 1·3 + (-2)·5 = -7; W₂⁻¹ would ask which z₁ gives u₂
        """
        layers = range(len(self.trace.u), 0, -1)
        i = next((i for i in layers if i > 1 and len(self.delta[i]) > 1), len(self.trace.u))
        (weights, _), delta, this, before = self._values[i - 1], self.delta[i], index(i), index(i - 1)
        units, unit = picked(len(delta)), 1
        products = ["…" if j is None else f"δ{this}[{j + 1}]·W{this}[{j + 1},{unit}]" for j in units]
        numbers = ["…" if j is None else f"{factor(delta[j])}·{factor(weights[j][unit - 1])}" for j in units]
        entry, blanks = f"{total(self._name, f'z{before}')}[{unit}]", {"weights": f"W{this}", "unit": unit}
        symbols = MATRICES["from a unit" if i > 1 else "from an input"].format(
            entry=entry, products=" + ".join(products), delta=f"δ{this}", **blanks
        )
        in_numbers = MATRICES["entry in numbers"].format(
            indent=" " * columns(entry),
            products=" + ".join(numbers),
            result=number(self.dL_dz[i - 1][unit - 1]),
            before=f"z{before}",
            u=f"u{this}",
            **blanks,
        )
        return f"{symbols}\n{in_numbers}"

    def latex(self, layer: int | None = None, numbers: bool = True) -> str:
        """Returns the factors in LaTeX, between \\[ and \\], for documents with the package amsmath.

        Of all layers it is for paper, and as a rule higher than a slide, which takes one: `layer`, counted from 1, says which.
        Where a slide has no room, numbers that stand above are symbols below, and large matrices show their corners. With
        `numbers=False` the symbols are alone, of no layer in particular if none is given. Raises ValueError for a layer that
        there is not.

        >>> from chalkgrad.nn import MLP
        >>> trace = MLP(2, [3, 1], "tanh", seed=0).trace([1.0, 0.5])
        >>> L = (trace.output - 1) ** 2
        >>> print(trace.backward(L).latex(layer=2, numbers=False).splitlines()[4])
        \\delta_{2} &= \\frac{\\partial L}{\\partial z_{2}} \\cdot \\frac{\\partial z_{2}}{\\partial u_{2}} \\\\
        """
        return document(self._formula(layer, numbers))

    def _formula(self, layer: int | None, numbers: bool) -> str:
        which = layers_of(layer, len(self.trace.layers))
        if not numbers:
            return on_slides(lambda few: self._symbols(layer))
        if layer is None:
            return on_slides(lambda few: [x for i in reversed(which) for x in self._equations(i, few)], whole=True)
        return on_slides(*(partial(self._of_one, layer, brief=brief) for brief in (False, True)))

    def _symbols(self, layer: int | None) -> list[Equation]:
        i, before = layer_indices(layer)
        delta, jacobian = rf"\delta_{{{i}}}", f"{partial_of(f'z_{{{i}}}', f'u_{{{i}}}')}"
        by_z, by_weights = self._by("z", i), partial_of(f"u_{{{i}}}", f"W_{{{i}}}")
        equations: list[Equation] = [
            [self._by("W", i), rf"{by_z} \cdot {jacobian} \cdot {by_weights}", rf"{delta}^{{\top}} z_{{{before}}}^{{\top}}"],
            [jacobian, rf"\mathrm{{diag}}(\varphi_{{{i}}}'(u_{{{i}}})), \qquad {by_weights} = z_{{{before}}}^{{\top}}"],
            [delta, rf"{by_z} \cdot {jacobian}"],
            [self._by("b", i), delta],
            [self._by("z", before), f"{delta} W_{{{i}}}"],
        ]
        return equations if layer else [*equations, descending(len(self.trace.layers))]

    def _equations(self, i: int, few: int) -> list[Equation]:
        """The equations of a layer among the others."""
        by_b, by_weights, by_before = self._of_one(i, few)
        row = by_b[-1]
        return [
            by_b[1:],
            by_weights,
            [by_b[0], by_b[1], row],
            [*by_before[:2], f"{row} {self._weights_of(i, few)}", by_before[-1]],
        ]

    def _of_one(self, i: int, few: int, brief: bool = False) -> list[Equation]:
        """The equations of a layer by itself, as low as a slide is; if `brief`, without numbers that stand above."""
        (_, z), slopes = self._values[i - 1], self.slopes[i]
        delta, jacobian = rf"\delta_{{{i}}}", rf"\mathrm{{diag}}(\varphi_{{{i}}}'(u_{{{i}}}))"
        if len(slopes) > 2:  # as a matrix it would be as high as wide, and a slide has no room for that
            diagonal = rf"\mathrm{{diag}}({', '.join(numbers_in_latex(slopes, few))})"
        else:
            diagonal = matrix_of([[x if j == k else 0.0 for k in range(len(slopes))] for j, x in enumerate(slopes)], few)
        column = rf"{delta}^{{\top}}" if brief else matrix_of([[d] for d in self.delta[i]], few)
        product, row = f"{matrix_of([self.dL_dz[i]], few)} {diagonal}", matrix_of([self.delta[i]], few)
        outer, back = f"{column} {matrix_of([z], few)}", f"{delta} {self._weights_of(i, few)}"
        return [
            [self._by("b", i), delta, rf"{self._by('z', i)} \cdot {jacobian}", product, row],
            [self._by("W", i), rf"{delta}^{{\top}} z_{{{i - 1}}}^{{\top}}", outer, matrix_of(self.dL_dW[i], few)],
            [self._by("z", i - 1), f"{delta} W_{{{i}}}", back, matrix_of([self.dL_dz[i - 1]], few)],
        ]

    def _weights_of(self, i: int, few: int) -> str:
        return matrix_of(self._values[i - 1][0], few)

    def _by(self, letter: str, i: int | str) -> str:
        return total_of(self._name, letter, i)

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula(None, True))


def layers_of(layer: int | None, count: int) -> list[int]:
    """Returns the layers of a formula, all of them or one; raises ValueError, which says which there are, for another one."""
    if layer is None:
        return [*range(1, count + 1)]
    if isinstance(layer, bool) or not isinstance(layer, int) or not 1 <= layer <= count:
        known = "there is only layer 1" if count == 1 else f"the layers are 1 to {count}, counted from 1"
        raise ValueError(f"{known}; there is no layer {layer!r}")
    return [layer]


def layer_indices(layer: int | None) -> tuple[str, str]:
    """Returns the index of a layer, and of the one before it: those of any layer if none is given."""
    return (r"\ell", r"\ell - 1") if layer is None else (str(layer), str(layer - 1))


def descending(count: int) -> Equation:
    """Returns what the index of a backward pass runs through."""
    return [r"\ell", r", \, ".join(map(str, range(count, 0, -1))) if count < 4 else rf"{count}, \, \dots, \, 1"]


def forward_in_symbols(layer: int | None, activations: Sequence[str], batch: bool = False) -> list[Equation]:
    """Returns u_ℓ and z_ℓ of one layer without numbers, or of any."""
    (i, before), (u, z) = layer_indices(layer), ("U", "Z") if batch else ("u", "z")
    ones = r" \mathbf{1}^{\top}" if batch else ""
    affine: Equation = [f"{u}_{{{i}}}", f"W_{{{i}}} {z}_{{{before}}} + b_{{{i}}}{ones}"]
    if layer is not None:
        activation = activations[layer - 1]
        phi = [] if activation == "linear" else [rf"\varphi_{{{i}}}({u}_{{{i}}})"]
        return [affine, [f"{z}_{{{i}}}", *dict.fromkeys([*phi, applied(activation, f"{u}_{{{i}}}", rf"\varphi_{{{i}}}")])]]
    count = len(activations)
    through = "1" if count == 1 else r"1, \, 2" if count == 2 else rf"1, \, \dots, \, {count}"
    start = r"X^{\top}" if batch else "x"
    return [[f"{z}_{{0}}", start], affine, [f"{z}_{{{i}}}", rf"\varphi_{{{i}}}({u}_{{{i}}})"], [r"\ell", through]]


def partial_of(of: str, by: str) -> str:
    """Returns ∂of/∂by, of what is in LaTeX already."""
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def total_of(of: str, letter: str, i: int | str) -> str:
    r"""Returns the derivative of a value by the letter of a layer in LaTeX, in the notation of the manner.

    >>> print(total_of("L", "W", 2), total_of("L", "z", r"\ell"))
    \frac{\partial L}{\partial W_{2}} \frac{\partial L}{\partial z_{\ell}}
    """
    before, _, after = LaTeX().total(of, f"{letter}0").rpartition("0")
    return f"{before}{i}{after}"


def compared(
    pairs: Iterable[tuple[Value, float]],
    loss: Value,
    name: str,
    inputs: Collection[Value],
    outputs: Mapping[Value, float],
    model: Module,
) -> Verdict:
    """Compares the derivatives of values, from matrices, with the backward pass. `outputs` have those that matrices begin with.

    If the loss depends on some of the values in other ways than through the outputs, because it has a penalty on the weights or
    other samples, or because inputs are computed from each other, only the part of the sweep from the outputs to the inputs can
    be compared, and the verdict says so.
    """
    entries: dict[Value, float] = {}
    for value, derivative in pairs:
        entries[value] = entries.get(value, 0.0) + derivative
    others = {*order([loss], set(outputs)), *(parent for node in order(inputs) for parent in node.parents)}
    also = [value for value in entries if value in others]
    expected = adjoints_between(outputs, inputs) if also else Sweep(loss).adjoints
    difference = max(abs(derivative - expected.get(value, 0.0)) for value, derivative in entries.items())
    scale = max(map(abs, entries.values()))
    agree = difference <= TOLERANCE * scale
    template = MATRICES["agree" if agree else "differ"]
    text = template.format(count=len(entries), difference=number(difference), largest=number(scale))
    if also:
        names = {parameter: name for name, parameter in model.named_parameters()}
        which = names.get(also[0]) or own_name(also[0]) or MATRICES["hidden"]
        if len(also) > 1:
            which = MATRICES["and more"].format(name=which, count=len(also) - 1)
        text = MATRICES["other ways"].format(text=text, loss=name, values=which)
    return Verdict(agree, text)


def adjoints_of_outputs(loss: Value, outputs: Sequence[Value]) -> dict[Value, float]:
    """Returns the adjoints of a trace's outputs, from the part of the graph after them; no grad is changed.

    Raises TypeError if the loss is not a Value, ValueError if it was not computed from the outputs, StaleGraphError if a value
    has changed since.
    """
    if not isinstance(loss, Value):
        raise TypeError(f"the matrix form is that of a scalar loss, a Value computed from trace.output, not {loss!r}")
    refuse_stale(order([loss]))
    adjoints = adjoints_between({loss: 1.0}, outputs)
    if adjoints.keys().isdisjoint(outputs):
        name = own_name(loss) or "this value"
        raise ValueError(f"{name} was not computed from this trace: compute the loss from trace.output")
    return adjoints


def adjoints_between(seeds: Mapping[Value, float], ends: Collection[Value]) -> dict[Value, float]:
    """Returns the adjoints that a reverse sweep from `seeds`, which stops at `ends`, would compute; no grad is changed."""
    return adjoints_along({node: [*zip(node.parents, node.partials, strict=True)] for node in order(seeds, set(ends))}, seeds)


def slope(z: Value, u: Value) -> float:
    """Returns φ'(u) of z = φ(u) from the recorded local derivatives; φ may be several operations, or none."""
    if z.parents == (u,):
        return z.partials[0]
    return 1.0 if z is u else adjoints_between({z: 1.0}, [u]).get(u, 0.0)


def index(i: int) -> str:
    return str(i).translate(TO_LOWERED)


def _floats_of(values: Sequence[Value]) -> Row:
    return [v.data for v in values]
