"""The chain rule to write out: a product for each path from the root to a leaf, in symbols and in numbers, and their sum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalkgrad.classroom.forms.cells import Cell, Cells, gradient_of, local_of
from chalkgrad.classroom.forms.form import WORDS, Form, line, minutes_of, several
from chalkgrad.classroom.forms.on_graphs import leaves, sums, upstream_given
from chalkgrad.classroom.paper import Box, Follows, Formula, Fraction, Paragraph, Piece, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.basics.terminal import spelled
from chalkgrad.engine.explaining.chain import chain_rule
from chalkgrad.engine.explaining.links import Path
from chalkgrad.engine.words.expressions import latex_name, operand, total
from chalkgrad.engine.words.manner import manner, set_in_type

MOST_PATHS, MOST_FACTORS, MOST_IN_ALL = 6, 6, 20  # paths, factors of one, factors of all
IN_A_LINE = 4  # factors; of more the numbers stand in lines of their own, and so many fractions or numbers in each of these:
MOST_FRACTIONS, MOST_NUMBERS = 8, 6
PARTIAL, DOT, PLUS, EQUALS = Formula("∂", r"\partial"), Formula(" · ", r"\cdot"), Formula(" + "), Formula(" = ")


class Chain(Form):
    """∂e/∂b written out for the leaf to which most paths lead, or for those that `leaf` names.

    The paths may be written in any order: the boxes of one leaf's paths are a group, and each path is one of its lines.
    """

    name = "chain"
    grades = "leaves"
    options = ("leaf",)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns for each leaf an equation of fractions, numbers and the sum."""
        chosen = self._leaves(posed)
        cells = Cells(posed, number, [gradient_of(leaf) for leaf in chosen])
        blocks = tuple(block for leaf in chosen for block in self._written(cells, leaf))
        hint = line(WORDS["chain hint"], leaf=cells.symbols.name(chosen[0]), root=cells.symbols.name(posed.root))
        said = "".join(piece if isinstance(piece, str) else piece.plain for piece in hint if isinstance(piece, (str, Formula)))
        tolerance = Formula(f"{posed.tolerance:.12g}")
        notes = (line(WORDS["chain points"], tolerance=tolerance), (WORDS["any order"],), *sums(cells))
        if len(chosen) > 1:
            said = WORDS["chain hint, several"]
        return Question("chain", WORDS["chain title"], said, blocks, minutes_of(blocks), notes, upstream_given(posed))

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs with too many paths, or too long ones, to write out by hand."""
        for leaf in self._leaves(posed):
            counted = chain_rule(posed.root, leaf)
            with manner(typeset=True):
                asked = total(posed.sweep.names[posed.root], posed.sweep.names[leaf])
                name = operand(posed.sweep.names[leaf])
            if leaf is posed.root:
                return f"{name} is computed from nothing: the chain rule needs an operation"
            if counted.count > MOST_PATHS:
                return f"{counted.count:,} paths lead to {name}: the chain rule is written out for {MOST_PATHS} at most"
            lengths = [len(path) for path in counted]
            longest, factors = max(lengths, default=0), sum(lengths)
            if longest > MOST_FACTORS:
                return f"a path of {asked} has {longest} factors: the chain rule is written out for {MOST_FACTORS} at most"
            if factors > MOST_IN_ALL:
                return f"the paths of {asked} have {factors} factors: the chain rule is written out for {MOST_IN_ALL} at most"
        return ""

    def _leaves(self, posed: Posed) -> list[Value]:
        asked = posed.options.get("leaf")
        if asked is None:
            return [max(leaves(posed), key=lambda leaf: posed.gradients.path_counts[leaf])]
        names = several(asked)
        unknown = [name for name in names if name not in posed.of]
        if unknown or not names:
            raise ValueError(f"leaf is among {', '.join(posed.of)}, not {(unknown or [names])[0]!r}")
        return [posed.names[str(name)] for name in names]

    def _written(self, cells: Cells, leaf: Value) -> list[Paragraph]:
        """Returns the equation of one leaf: fractions, numbers, their sum; in several lines if it is long."""
        posed, symbols = cells.posed, cells.symbols
        group = f"{cells.number}.{_group(posed, leaf)}"
        paths = [*chain_rule(posed.root, leaf)]
        width = max([cells.width, *(len(posed.written(link.partial)) for path in paths for link in path)])
        lines = [_Line(cells, path, f"{group}{i}", i, width) for i, path in enumerate(paths, 1)]
        given = posed.upstream != 1.0
        fractions = [joined([*([symbols.gradient(posed.root)] if given else ()), *line.fractions], DOT) for line in lines]
        numbers = [joined([*([symbols.factor(posed.upstream)] if given else ()), *line.values], DOT) for line in lines]
        products = [[box.name for box in line.values] for line in lines]

        def summed(own: Mapping[str, float]) -> float:
            return sum([math.prod([posed.upstream, *(own[name] for name in product)]) for product in products]) + 0.0

        needs = tuple(name for product in products for name in product)
        result = replace(cells[gradient_of(leaf)], follows=Follows(needs, summed), width=width)
        with manner(typeset=True):
            whole = Fraction((_d(symbols.of),), (_d(posed.sweep.names[leaf]),))
        rows = [*_rows([*fractions], MOST_FRACTIONS), *_rows([*numbers], MOST_NUMBERS)]
        if len(needs) <= IN_A_LINE and len(rows) == 2:
            rows = [[whole, EQUALS, *rows[0], EQUALS, *rows[1], EQUALS, result]]
        else:
            count = len(_rows([*fractions], MOST_FRACTIONS))
            rows[0] = [whole, EQUALS, *rows[0]]
            rows[count] = [EQUALS, *rows[count]]
            rows[-1] = [*rows[-1], EQUALS, result]
        return [Paragraph(tuple(row), formula=True) for row in rows]


def factors_of(posed: Posed, question: Question) -> dict[str, Cell]:
    """Returns the local derivatives that the number boxes of a chain rule ask, by what follows the question's number."""
    found: dict[str, Cell] = {}
    written = {box.group.partition(".")[2]: None for box in question.boxes if box.group}
    for leaf in leaves(posed):
        if (group := _group(posed, leaf)) in written:
            for i, path in enumerate(chain_rule(posed.root, leaf), 1):
                found |= {f"{group}{i}.factor{k}.value": local_of(link.node, link.slot) for k, link in enumerate(path, 1)}
    return found


def _group(posed: Posed, leaf: Value) -> str:
    return f"{posed.sweep.names[leaf]}.path"


class _Line:
    """A path's boxes: for each factor the two of its fraction, and its number."""

    def __init__(self, cells: Cells, path: Path, name: str, place: int, width: int) -> None:
        names, group = cells.posed.sweep.names, name.removesuffix(str(place))
        self.fractions: list[Piece] = []
        self.values: list[Box] = []
        for k, link in enumerate(path, 1):
            over, under = (
                Box(
                    f"{name}.factor{k}.{part}",
                    "text",
                    set_in_type(names[node]),
                    WORDS[f"factor {part}"].format(path=place, factor=k),
                    points=0.5,
                    accepted=_spellings(names[node]),
                    group=group,
                    width=max(map(len, names.values())),
                )
                for part, node in (("over", link.node), ("under", link.parent))
            )
            self.fractions.append(Fraction((PARTIAL, over), (PARTIAL, under)))
            box, asked = cells[local_of(link.node, link.slot)], WORDS["factor number"].format(path=place, factor=k)
            # What it is of would tell what stands in the fraction; the values that it follows from are not asked here.
            box = replace(box, name=f"{name}.factor{k}.value", asked=asked, follows=None, group=group, width=width)
            self.values.append(box)


def joined(pieces: Sequence[Piece | Sequence[Piece]], sign: Formula) -> list[Piece]:
    """Returns pieces with a sign between them."""
    found: list[Piece] = []
    for piece in pieces:
        found += [sign] if found else []
        found += [piece] if isinstance(piece, (str, Formula, Fraction, Box)) else piece
    return found


def _rows(paths: Sequence[Sequence[Piece]], most: int) -> list[list[Piece]]:
    """Returns the paths with plus signs between them, in rows that have at most ``most`` factors, or one path."""
    rows: list[list[Piece]] = []
    count = most
    for path in paths:
        factors = sum(1 for piece in path if piece is not DOT)
        if count + factors > most:
            rows.append([PLUS, *path] if rows else [*path])
            count = factors
        else:
            rows[-1] += [PLUS, *path]
            count += factors
    return rows


def _d(name: str) -> Formula:
    latex = latex_name(name)
    return Formula(f"∂{operand(name)}", rf"\partial {latex}")


def _spellings(name: str) -> tuple[str, ...]:
    """Returns other ways to type a name that is set in type: θ1 and theta1 for θ₁."""
    ascii_ = "".join(c if c.isascii() else spelled(c) for c in name)
    shown = set_in_type(name)
    return tuple(dict.fromkeys(other for other in (name, ascii_) if other != shown))
