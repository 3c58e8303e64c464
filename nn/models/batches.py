"""A network's pass for a batch in matrices: each sample is a column, as on the sheets of most courses.

>>> from chalkgrad.nn import MLP, mean_squared_error
>>> model = MLP(2, [2, 1], "tanh", seed=0)
>>> model.theta = [1, -1, 0, 0.5, 2, -1, 3, 1, 0.5]
>>> trace = model.trace([[1.0, 0.5], [0.0, 1.0], [2.0, 1.5]])
>>> print(trace)
 ℓ │ matrix             │ shape │ numbers
───┼────────────────────┼───────┼─────────────────────────
 0 │ Z₀ = Xᵀ            │ 2×3   │   1  0    2
   │                    │       │ 0.5  1  1.5
   │                    │       │
 1 │ W₁                 │ 2×2   │   1  -1
   │                    │       │ 0.5   2
   │ b₁                 │ 2×1   │  0
   │                    │       │ -1
   │ U₁ = W₁·Z₀ + b₁·1ᵀ │ 2×3   │ 0.5  -1  0.5
   │                    │       │ 0.5   1    3
   │ Z₁ = tanh(U₁)      │ 2×3   │ 0.4621  -0.7616  0.4621
   │                    │       │ 0.4621   0.7616  0.9951
   │                    │       │
 2 │ W₂                 │ 1×2   │ 3  1
   │ b₂                 │ 1×1   │ 0.5
   │ U₂ = W₂·Z₁ + b₂·1ᵀ │ 1×3   │ 2.348  -1.023  2.881
   │ Z₂ = U₂            │ 1×3   │ 2.348  -1.023  2.881
The columns are the samples, 3 of them.
>>> L = mean_squared_error.over(trace.output, [2.0, -1.0, 3.0])
>>> print(trace.backward(L))
 ℓ │ factor                │ shape │ numbers
───┼───────────────────────┼───────┼────────────────────────────────
 2 │ ∂L/∂Z₂                │ 1×3   │ 0.2323  -0.01546  -0.07906
   │ φ₂'(U₂)               │ 1×3   │ 1  1  1
   │ δ₂ = ∂L/∂Z₂ ∘ φ₂'(U₂) │ 1×3   │ 0.2323  -0.01546  -0.07906
   │ ∂L/∂W₂ = δ₂·Z₁ᵀ       │ 1×2   │ 0.08259  0.01691
   │ ∂L/∂b₂ = δ₂·1         │ 1×1   │ 0.1378
   │ ∂L/∂Z₁ = W₂ᵀ·δ₂       │ 2×3   │ 0.6969  -0.04638   -0.2372
   │                       │       │ 0.2323  -0.01546  -0.07906
   │                       │       │
 1 │ ∂L/∂Z₁                │ 2×3   │ 0.6969  -0.04638   -0.2372
   │                       │       │ 0.2323  -0.01546  -0.07906
   │ φ₁'(U₁)               │ 2×3   │ 0.7864  0.41997    0.7864
   │                       │       │ 0.7864  0.41997  0.009866
   │ δ₁ = ∂L/∂Z₁ ∘ φ₁'(U₁) │ 2×3   │ 0.5481   -0.01948      -0.1865
   │                       │       │ 0.1827  -0.006492  -0.00078003
   │ ∂L/∂W₁ = δ₁·Z₀ᵀ       │ 2×2   │  0.175  -0.02523
   │                       │       │ 0.1811   0.08369
   │ ∂L/∂b₁ = δ₁·1         │ 2×1   │ 0.3421
   │                       │       │ 0.1754
   │ ∂L/∂Z₀ = W₁ᵀ·δ₁       │ 2×3   │  0.6395  -0.02272  -0.1869
   │                       │       │ -0.1827  0.006492    0.185
The columns are the samples, 3 of them.
Where L is a mean over m = 3, sheets write dZ for m·δ: their dW = dZ·Aᵀ/m is δ·Zᵀ.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from operator import mul

from chalkgrad.engine import Value, tape
from chalkgrad.engine.basics.terminal import fitted, printable
from chalkgrad.engine.stepping.answers import Verdict
from chalkgrad.engine.words.expressions import total
from chalkgrad.engine.words.names import own_name
from chalkgrad.engine.words.tex import document, in_notebook
from chalkgrad.nn.models.formulas import Equation, applied, matrix_of, on_slides
from chalkgrad.nn.models.matrices import (
    MATRICES,
    FromOne,
    Trace,
    adjoints_of_outputs,
    compared,
    descending,
    forward_in_symbols,
    index,
    layer_indices,
    layers_of,
    slope,
    total_of,
)
from chalkgrad.nn.models.show import FEW, blocks, matrix, on_two_screens, table

Numbers = list[list[float]]
Cell = tuple[str, Numbers]


class BatchTrace:
    """One recorded pass of m samples through an MLP: Z_0 = Xᵀ, U_ℓ = W_ℓ Z_{ℓ-1} + b_ℓ 1ᵀ, Z_ℓ = φ_ℓ(U_ℓ).

    `print(trace)` shows all matrices, `latex()` writes them. What a sheet calls A_ℓ and Z_ℓ are Z_ℓ and U_ℓ here.

    Attributes:
        samples: the Trace of each of the m samples
        z: z[0], z[1], …, z[L], lists of n_0, n_1, …, n_L rows of m Values
        u: u[1], …, u[L], lists of n_1, …, n_L rows of m Values
        output: what calling the model returns, for each sample: for `loss.over(trace.output, y)`
    """

    def __init__(self, samples: Sequence[Trace]) -> None:
        self.samples = list(samples)
        self.model, self.layers = self.samples[0].model, self.samples[0].layers
        self.z = [_columns([trace.z[i] for trace in self.samples]) for i in range(len(self.layers) + 1)]
        self.u = FromOne("u", [_columns([trace.u[i] for trace in self.samples]) for i in range(1, len(self.layers) + 1)])
        self.output = [trace.output for trace in self.samples]

    def backward(self, loss: Value) -> BatchForm:
        """Returns the gradients of a loss computed from `output` in matrix form; no grad is changed. See BatchForm."""
        return BatchForm(self, loss)

    def __str__(self) -> str:
        return on_two_screens(lambda few: fitted_below(*self._parts(few)))

    def text(self) -> str:
        """The pass as a table in text, however wide it is."""
        return "\n".join(self._parts(FEW))

    def _parts(self, few: int) -> list[str]:
        groups: list[tuple[int, list[Cell]]] = [(0, [(f"Z{index(0)} = Xᵀ", _numbers(self.z[0]))])]
        for i, (weights, b, activation) in enumerate(self.layers, 1):
            this, before = index(i), index(i - 1)
            function = f"U{this}" if activation == "linear" else f"{activation}(U{this})"
            cells: list[Cell] = [(f"W{this}", _numbers(weights)), (f"b{this}", [[v.data] for v in b])]
            cells.append((f"U{this} = W{this}·Z{before} + b{this}·1ᵀ", _numbers(self.u[i])))
            cells.append((f"Z{this} = {function}", _numbers(self.z[i])))
            groups.append((i, cells))
        m = len(self.samples)
        lines = [_grouped(MATRICES["matrix"], groups, few), printable(MATRICES.form("columns", m).format(count=m))]
        outputs = [z for trace in self.samples for z in trace.z[-1]]
        return [*lines, *([printable(MATRICES["stale"])] if tape(*outputs).stale else [])]

    def __repr__(self) -> str:
        return str(self)

    def latex(self, layer: int | None = None, numbers: bool = True) -> str:
        """Returns the pass in LaTeX, between \\[ and \\], for documents with the package amsmath: U_ℓ, Z_ℓ in matrices.

        Of all layers it is for paper, and as a rule higher than a slide, which takes one: `layer`, counted from 1, says which.
        With `numbers=False` the symbols are alone, of no layer in particular if none is given. Raises ValueError for a layer
        that there is not.
        """
        return document(self._formula(layer, numbers))

    def _formula(self, layer: int | None, numbers: bool) -> str:
        which = layers_of(layer, len(self.layers))
        if not numbers:
            return on_slides(lambda few: forward_in_symbols(layer, [phi for _, _, phi in self.layers], batch=True))
        return on_slides(lambda few: self._equations(which, few, beginning=layer is None), whole=layer is None)

    def _equations(self, which: Sequence[int], few: int, beginning: bool) -> list[Equation]:
        equations: list[Equation] = [["Z_{0}", r"X^{\top}", matrix_of(_numbers(self.z[0]), few)]] if beginning else []
        for i in which:
            weights, b, activation = self.layers[i - 1]
            bias = rf"{matrix_of([[v.data] for v in b], few)} \mathbf{{1}}^{{\top}}"
            affine = f"{matrix_of(_numbers(weights), few)} {matrix_of(_numbers(self.z[i - 1]), few)} + {bias}"
            symbols = rf"W_{{{i}}} Z_{{{i - 1}}} + b_{{{i}}} \mathbf{{1}}^{{\top}}"
            equations.append([f"U_{{{i}}}", symbols, affine, matrix_of(_numbers(self.u[i]), few)])
            equations.append(
                [f"Z_{{{i}}}", applied(activation, f"U_{{{i}}}", rf"\varphi_{{{i}}}"), matrix_of(_numbers(self.z[i]), few)]
            )
        return equations

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula(None, True))


class BatchForm:
    """Back-propagation of a batch in matrices, of the shapes of what they are the derivatives by; columns are samples.

    ∂L/∂Z_L comes from the part of the graph after the outputs, and then, for ℓ = L, …, 1,

        δ_ℓ = ∂L/∂Z_ℓ ∘ φ_ℓ'(U_ℓ),   ∂L/∂W_ℓ = δ_ℓ Z_{ℓ-1}ᵀ,   ∂L/∂b_ℓ = δ_ℓ 1,   ∂L/∂Z_{ℓ-1} = W_ℓᵀ δ_ℓ.

    1 being a column of m ones. Sheets that have L as a mean write dZ_ℓ for m·δ_ℓ, and dW_ℓ = dZ_ℓ A_{ℓ-1}ᵀ/m, which is the
    same. `latex()` writes the factors, `check()` compares with the backward pass. That of one sample has derivatives as rows.

    Attributes, matrices being lists of rows of floats:
        trace, loss: what it was made of
        dL_dz: dL_dz[0], …, dL_dz[L], the matrices ∂L/∂Z_ℓ, n_ℓ×m
        slopes: slopes[1], …, slopes[L], the matrices φ_ℓ'(U_ℓ), n_ℓ×m
        delta: delta[1], …, delta[L], the matrices δ_ℓ = ∂L/∂U_ℓ, n_ℓ×m
        dL_dW: dL_dW[1], …, dL_dW[L], the matrices ∂L/∂W_ℓ, n_ℓ×n_{ℓ-1}
        dL_db: dL_db[1], …, dL_db[L], the lists ∂L/∂b_ℓ of n_ℓ numbers

    Raises ValueError for a loss that was not computed from the trace's outputs, StaleGraphError if a value has changed since.
    """

    def __init__(self, trace: BatchTrace, loss: Value) -> None:
        after_outputs = adjoints_of_outputs(loss, list(chain.from_iterable(trace.z[-1])))
        self.trace, self.loss, self._name = trace, loss, own_name(loss) or "L"
        self._weights = [_numbers(weights) for weights, _, _ in trace.layers]
        self._z = [_numbers(z) for z in trace.z]
        layers = len(trace.layers)
        self.dL_dz: list[Numbers] = [[]] * layers + [[[after_outputs.get(z, 0.0) for z in row] for row in trace.z[-1]]]
        slopes, deltas, products = [], [], []
        for i in range(layers, 0, -1):
            units = zip(trace.z[i], trace.u[i], strict=True)
            slopes.append([[slope(z, u) for z, u in zip(zs, us, strict=True)] for zs, us in units])
            delta = [list(map(mul, one, other)) for one, other in zip(self.dL_dz[i], slopes[-1], strict=True)]
            deltas.append(delta)
            products.append([[sum(map(mul, d, z)) for z in self._z[i - 1]] for d in delta])
            columns = list(zip(*delta, strict=True))
            self.dL_dz[i - 1] = [[sum(map(mul, w, d)) for d in columns] for w in zip(*self._weights[i - 1], strict=True)]
        self.slopes = FromOne("slopes", slopes[::-1])
        self.delta = FromOne("delta", deltas[::-1])
        self.dL_dW = FromOne("dL_dW", products[::-1])
        self.dL_db = FromOne("dL_db", [list(map(sum, delta)) for delta in self.delta])

    def check(self) -> Verdict:
        """Compares every entry with the backward pass through the scalars; returns a Verdict, true if they agree."""
        trace = self.trace
        pairs: list[tuple[Value, float]] = []
        for i in range(len(trace.layers) + 1):
            for values, row in zip(trace.z[i], self.dL_dz[i], strict=True):
                pairs += zip(values, row, strict=True)
            if i:
                weights, biases, _ = trace.layers[i - 1]
                for parameters, row in zip(weights, self.dL_dW[i], strict=True):
                    pairs += zip(parameters, row, strict=True)
                pairs += zip(biases, self.dL_db[i], strict=True)
                for us, ds, zs in zip(trace.u[i], self.delta[i], trace.z[i], strict=True):
                    pairs += [(u, d) for u, d, z in zip(us, ds, zs, strict=True) if u is not z]
        seeds = dict(zip(chain.from_iterable(trace.z[-1]), chain.from_iterable(self.dL_dz[-1]), strict=True))
        return compared(pairs, self.loss, self._name, list(chain.from_iterable(trace.z[0])), seeds, trace.model)

    # Shown -----------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return on_two_screens(lambda few: fitted_below(*self._parts(few)))

    def text(self) -> str:
        """The factors as a table in text, however wide it is."""
        return "\n".join(self._parts(FEW))

    def _parts(self, few: int) -> list[str]:
        groups: list[tuple[int, list[Cell]]] = []
        for i in range(len(self.trace.layers), 0, -1):
            this, before = index(i), index(i - 1)
            by_z, by_before = total(self._name, f"Z{this}"), total(self._name, f"Z{before}")
            cells: list[Cell] = [
                (by_z, self.dL_dz[i]),
                (f"φ{this}'(U{this})", self.slopes[i]),
                (f"δ{this} = {by_z} ∘ φ{this}'(U{this})", self.delta[i]),
                (f"{total(self._name, f'W{this}')} = δ{this}·Z{before}ᵀ", self.dL_dW[i]),
                (f"{total(self._name, f'b{this}')} = δ{this}·1", [[d] for d in self.dL_db[i]]),
                (f"{by_before} = W{this}ᵀ·δ{this}", self.dL_dz[i - 1]),
            ]
            groups.append((i, cells))
        m = len(self.trace.samples)
        below = f"{MATRICES.form('columns', m).format(count=m)}\n{MATRICES['of a mean'].format(count=m)}"
        return [_grouped(MATRICES["factor"], groups, few), printable(below)]

    def __repr__(self) -> str:
        return str(self)

    def latex(self, layer: int | None = None, numbers: bool = True) -> str:
        """Returns the factors in LaTeX, between \\[ and \\], for documents with the package amsmath.

        Of all layers it is for paper, and as a rule higher than a slide, which takes one: `layer`, counted from 1, says which.
        Where a slide has no room, numbers that stand above are symbols below, and large matrices show their corners. With
        `numbers=False` the symbols are alone, of no layer in particular if none is given. Raises ValueError for a layer that
        there is not.
        """
        return document(self._formula(layer, numbers))

    def _formula(self, layer: int | None, numbers: bool) -> str:
        which = layers_of(layer, len(self.trace.layers))
        if not numbers:
            return on_slides(lambda few: self._symbols(layer))
        if layer is None:
            return on_slides(lambda few: [x for i in reversed(which) for x in self._equations(i, few)], whole=True)
        return on_slides(partial(self._equations, layer), partial(self._briefly, layer), partial(self._most_briefly, layer))

    def _symbols(self, layer: int | None) -> list[Equation]:
        i, before = layer_indices(layer)
        delta = rf"\delta_{{{i}}}"
        equations: list[Equation] = [
            [delta, rf"{self._by('Z', i)} \circ \varphi_{{{i}}}'(U_{{{i}}})"],
            [self._by("W", i), rf"{delta} Z_{{{before}}}^{{\top}}"],
            [self._by("b", i), rf"{delta} \mathbf{{1}}"],
            [self._by("Z", before), rf"W_{{{i}}}^{{\top}} {delta}"],
        ]
        return equations if layer else [*equations, descending(len(self.trace.layers))]

    def _equations(self, i: int, few: int, digits: int = 4) -> list[Equation]:
        of = partial(matrix_of, few=few, digits=digits)
        by_delta, by_weights, by_b, by_before = self._symbols(i)
        delta, z, weights = of(self.delta[i]), of(self._z[i - 1]), of(self._weights[i - 1])
        return [
            [*by_delta, rf"{of(self.dL_dz[i])} \circ {of(self.slopes[i])}", delta],
            [*by_weights, rf"{delta} {z}^{{\top}}", of(self.dL_dW[i])],
            [*by_b, of([[d] for d in self.dL_db[i]])],
            [*by_before, rf"{weights}^{{\top}} {delta}", of(self.dL_dz[i - 1])],
        ]

    def _briefly(self, i: int, few: int, digits: int = 4) -> list[Equation]:
        """The equations of a layer without the numbers that stand above, and with a column as a row."""
        of = partial(matrix_of, few=few, digits=digits)
        by_delta, by_weights, by_b, by_before = self._equations(i, few, digits)
        name = by_delta[0]
        return [
            by_delta,
            [*by_weights[:2], rf"{name} {of(self._z[i - 1])}^{{\top}}", by_weights[-1]],
            [*by_b[:2], rf"{of([self.dL_db[i]])}^{{\top}}"],
            [*by_before[:2], rf"{of(self._weights[i - 1])}^{{\top}} {name}", by_before[-1]],
        ]

    def _most_briefly(self, i: int, few: int) -> list[Equation]:
        """The same without the symbols of what stands there in numbers, and these shorter."""
        by_delta, by_weights, by_b, by_before = self._briefly(i, few, digits=3)
        slopes = rf"{self._by('Z', i)} \circ {matrix_of(self.slopes[i], few, digits=3)}"
        return [
            [by_delta[0], slopes, by_delta[-1]],
            [by_weights[0], *by_weights[2:]],
            by_b,
            [by_before[0], *by_before[2:]],
        ]

    def _by(self, letter: str, i: int | str) -> str:
        return total_of(self._name, letter, i)

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula(None, True))


def _columns(samples: Sequence[Sequence[Value]]) -> list[list[Value]]:
    """Returns the rows of the matrix whose columns are these."""
    return list(map(list, zip(*samples, strict=True)))


def _numbers(rows: Sequence[Sequence[Value]]) -> Numbers:
    return [[v.data for v in row] for row in rows]


def fitted_below(text: str, *below: str) -> str:
    """Returns a table with what stands below it, in lines that fit the terminal."""
    return "\n".join([text, *map(fitted, below)])


def _grouped(heading: str, groups: Sequence[tuple[int, Sequence[Cell]]], few: int) -> str:
    """Returns the table of matrices, layer by layer, of large ones so few rows and columns."""
    rows: list[list[str]] = []
    for layer, cells in groups:
        rows += [[""] * 4] * bool(rows)
        for k, (symbols, numbers) in enumerate(cells):
            shape = f"{len(numbers)}×{len(numbers[0])}"
            rows += blocks([str(layer) if k == 0 else ""], [symbols], [shape], matrix(numbers, few))
    return table(("ℓ", heading, MATRICES["shape"], MATRICES["numbers"]), rows)
