"""Shapes and numbers of parameters of a network, from the widths of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from chalkgrad.classroom.forms.form import WORDS, Form, minutes_of
from chalkgrad.classroom.forms.residual import widths_in
from chalkgrad.classroom.paper import Box, Follows, Formula, Grid, Line, Paragraph, Question, Slip
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine.words.manner import set_in_type

MOST_LAYERS = 5


class Shapes(Form):
    """Of `widths`, that of the input first: shapes of W, b, z and ∂L/∂W in each layer, parameters and products, totals."""

    name = "shapes"
    grades = "none"
    model = True

    def refusal(self, posed: Posed) -> str:
        """Refuses what is not a list of widths."""
        widths = widths_in(posed.options.get("widths"), 2)
        if widths is None or len(widths) > MOST_LAYERS + 1:
            return (
                f"shapes are asked of 1 to {MOST_LAYERS} layers: widths = [3, 4, 2] has whole numbers, that of the input first"
            )
        return ""

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a row for each layer, and two totals, which follow from the student's own rows."""
        widths = widths_in(posed.options["widths"], 2)
        assert widths is not None  # else it is refused
        layers = [_layer(number, layer, *pair) for layer, pair in enumerate(pairwise(widths), 1)]
        rows: list[tuple[Line, ...]] = [((f"{layer}",), *((box,) for box in boxes)) for layer, boxes in enumerate(layers, 1)]
        *_, counts, products = zip(*layers, strict=True)
        total = _total(f"{number}.parameters", counts, WORDS["parameters in total"])
        all_products = _total(f"{number}.products", products, WORDS["products in total"])
        blocks = (
            Grid(tuple(WORDS[f"column {heading}"] for heading in HEADINGS), tuple(rows)),
            Paragraph((WORDS["parameters in total"], ": ", total)),
            Paragraph((WORDS["products in total"], ": ", all_products)),
        )
        return Question(
            self.name,
            WORDS["shapes"],
            WORDS["shapes, hint"],
            blocks,
            minutes=minutes_of(blocks, 0.5),
            notes=((WORDS["a gradient has the shape of its matrix"],),),
            given=_given(widths),
        )


HEADINGS = ("layer", "shape of W", "shape of b", "shape of z", "shape of ∂L/∂W", "parameters", "products")


def _layer(number: int, layer: int, n_in: int, n_out: int) -> list[Box]:
    """Returns the boxes of a layer, in the order of the headings."""
    w, b, z = (f"{letter}{layer}" for letter in "Wbz")
    of_layer = WORDS["of layer"].format(layer=layer)
    slips = [(n_out * n_in, "no biases"), (n_out * n_in + n_in, "bias for each input"), (n_out * n_in + 1, "one bias")]
    parameters, products = (f"{WORDS[f'column {heading}']}, {of_layer}" for heading in HEADINGS[-2:])
    return [
        _shape(f"{number}.{w}.shape", n_out, n_in, w),
        _count(f"{number}.{b}.length", n_out, b, []),
        _count(f"{number}.{z}.length", n_out, z, []),
        _shape(f"{number}.{w}.gradient", n_out, n_in, f"∂L/∂{set_in_type(w)}"),
        _count(f"{number}.{layer}.parameters", n_out * n_in + n_out, parameters, slips),
        _count(f"{number}.{layer}.products", n_out * n_in, products, []),
    ]


def _given(widths: Sequence[int]) -> Line:
    others = ", ".join(map(str, widths[1:]))
    sizes: Line = (WORDS["inputs"], " ", Formula(f"{widths[0]}"), ", ", WORDS["widths"], " ", Formula(others))
    return (*sizes, ",  ", RECURSION)


RECURSION = Formula("zₗ = φ(Wₗ·zₗ₋₁ + bₗ)", r"z_\ell = \varphi(W_\ell z_{\ell-1} + b_\ell)")


def _shape(name: str, rows: int, columns: int, asked: str) -> Box:
    """Returns a box for rows × columns, written in any of the ways that are usual."""
    accepted = tuple(
        dict.fromkeys(
            pattern.format(rows, columns)
            for pattern in ("{}x{}", "{}X{}", "{}*{}", "({}, {})", "({},{})", "{},{}", "{} × {}", "{} x {}")
        )
    )
    return Box(name, "text", f"{rows}×{columns}", WORDS["shape of"].format(name=set_in_type(asked)), accepted=accepted, width=5)


def _count(name: str, answer: int, asked: str, tried: list[tuple[int, str]]) -> Box:
    slips: dict[int, Slip] = {}
    for wrong, slip in tried:
        if wrong != answer and wrong not in slips:
            slips[wrong] = Slip(float(wrong), slip, WORDS[slip])
    return Box(name, "number", float(answer), set_in_type(asked), slips=tuple(slips.values()), width=3)


def _total(name: str, parts: Sequence[Box], asked: str) -> Box:
    names = tuple(box.name for box in parts)

    def compute(numbers: Mapping[str, float]) -> float:
        return sum([numbers[part] for part in names])

    answer = sum([float(box.answer) for box in parts])
    return Box(name, "number", answer, asked, follows=Follows(names, compute))
