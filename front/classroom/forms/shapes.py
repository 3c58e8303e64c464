"""Shapes and numbers of parameters of a network, from the widths of its layers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from chalkgrad.classroom.forms.form import WORDS, Form
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
        """Refuses what is no list of widths."""
        widths = posed.options.get("widths")
        if not isinstance(widths, (list, tuple)) or not 2 <= len(widths) <= MOST_LAYERS + 1 or min(map(int, widths)) < 1:
            return (
                f"shapes are asked of 1 to {MOST_LAYERS} layers: widths = [3, 4, 2] has whole numbers, that of the input first"
            )
        return ""

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a row for each layer, and two totals, which follow from the student's own rows."""
        widths = [int(width) for width in posed.options["widths"]]
        rows: list[tuple[Line, ...]] = []
        counts: list[Box] = []
        products: list[Box] = []
        for layer, (n_in, n_out) in enumerate(pairwise(widths), 1):
            w, b, z = (f"{letter}{layer}" for letter in "Wbz")
            shape = _shape(f"{number}.{w}.shape", n_out, n_in, w)
            slope = _shape(f"{number}.{w}.gradient", n_out, n_in, f"∂L/∂{set_in_type(w)}")
            length = _count(f"{number}.{b}.length", n_out, b, [])
            output = _count(f"{number}.{z}.length", n_out, z, [])
            of_layer = WORDS["of layer"].format(layer=layer)
            counts.append(
                _count(
                    f"{number}.{layer}.parameters",
                    n_out * n_in + n_out,
                    f"{WORDS['column parameters']}, {of_layer}",
                    [(n_out * n_in, "no biases"), (n_out * n_in + n_in, "bias for each input"), (n_out * n_in + 1, "one bias")],
                )
            )
            products.append(_count(f"{number}.{layer}.products", n_out * n_in, f"{WORDS['column products']}, {of_layer}", []))
            rows.append(((str(layer),), (shape,), (length,), (output,), (slope,), (counts[-1],), (products[-1],)))
        headings = (
            WORDS["column layer"],
            WORDS["column shape of W"],
            WORDS["column shape of b"],
            WORDS["column shape of z"],
            WORDS["column shape of ∂L/∂W"],
            WORDS["column parameters"],
            WORDS["column products"],
        )
        total = _total(f"{number}.parameters", counts, WORDS["parameters in total"])
        all_products = _total(f"{number}.products", products, WORDS["products in total"])
        pieces = ", ".join(map(str, widths[1:]))
        given: Line = (
            WORDS["inputs"],
            " ",
            Formula(str(widths[0])),
            ", ",
            WORDS["widths"],
            " ",
            Formula(pieces, pieces),
            ",  ",
            RECURSION,
        )
        return Question(
            self.name,
            WORDS["shapes"],
            WORDS["shapes, hint"],
            (
                Grid(headings, tuple(rows)),
                Paragraph((WORDS["parameters in total"], ": ", total)),
                Paragraph((WORDS["products in total"], ": ", all_products)),
            ),
            minutes=1 + 1.5 * len(counts),
            notes=((WORDS["a gradient has the shape of its matrix"],),),
            given=given,
        )


RECURSION = Formula("zₗ = φ(Wₗ·zₗ₋₁ + bₗ)", r"z_\ell = \varphi(W_\ell z_{\ell-1} + b_\ell)")


def _shape(name: str, rows: int, columns: int, asked: str) -> Box:
    """A box for rows × columns, written in any of the ways that are usual."""
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


def _total(name: str, parts: list[Box], asked: str) -> Box:
    names = tuple(box.name for box in parts)

    def compute(numbers: Mapping[str, float]) -> float:
        return sum([numbers[part] for part in names])

    answer = sum([float(box.answer) for box in parts])
    return Box(name, "number", answer, asked, follows=Follows(names, compute))
