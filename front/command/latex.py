r"""The command `chalkgrad latex`: it prints a formula or a table of an expression or an example, to stand between \[ and \].

>>> latex(["e = a*b", "a=2", "b=-3", "--chain", "a"])
% needs \usepackage{amsmath}
\begin{aligned}
\frac{\partial e}{\partial a} &= b = -3
\end{aligned}
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from chalkgrad.command.console import Parser, UserError, named, say
from chalkgrad.command.graphs import SAID, parsed_arguments, parser_of_expression, read_expression, single, value_named
from chalkgrad.command.pictures import obstacles
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.manner import NOTATIONS, manner

if TYPE_CHECKING:
    from chalkgrad.expressions.expression import Parsed

__all__ = ["LATEX", "latex", "parser_of_latex"]

LATEX: Final = r"""usage: chalkgrad latex EXPRESSION name=value … [--chain NAME | --tape | …] [options]
       chalkgrad latex EXAMPLE [name=value …] [--chain NAME | --tape | …] [options]

Prints LaTeX: one formula, or one table, that goes between \[ and \] in a document with \usepackage{amsmath}. It fits a 16:9
frame of Beamer with a title: of what is longer the first and the last lines are printed, and how many there are. Expressions
and values are written as for chalkgrad draw. Names in Hebrew need lualatex or xelatex, and a font that has them.

  chalkgrad latex "L = (a*b + c)*f" a=2 b=-3 c=10 f=-2 --chain a -o chain.tex
  chalkgrad latex colah --tape
  chalkgrad latex "x**2*y" x=3 y=4 --derivative x

  \documentclass{beamer}            % what takes the first of them
  \usepackage{amsmath}
  \begin{document}
  \begin{frame}{The chain rule}
    \[ \input{chain} \]
  \end{frame}
  \end{document}

what to print, one of these:
  --tape             the evaluation trace with the gradients, a row for each value (if none of these is given)
  --updates          a row for each += of the backward pass
  --chain NAME       the chain rule for the derivative by NAME: all paths, and their sum
  --factored NAME    the same with common factors taken out
  --steps            an equation for each step of the backward pass
  --forward          an equation for each step of the forward pass
  --derivative NAME  the derivative by NAME as an expression of the inputs
  --jacobian         the derivatives of all outputs by all inputs, a matrix
  --hessian          the second derivatives by all inputs, a matrix
  --cost             what the gradient costs: by the backward pass, by forward mode, by finite differences

  -o FILE            where it goes (without -o: standard output)
  --root NAME        what is differentiated, if there are several outputs
  --digits N         how many significant digits (4)
  --notation WAY     ∂; functions, as lectures write local derivatives; d for totals; bar, a bar over the name
  --limit N          how many rows, paths or equations are printed; all for all (without it: what fits a slide)
  --columns A,B      the columns of the table, by their headings: v, expression, value, …
"""

_KINDS: Final = ("tape", "updates", "steps", "forward", "jacobian", "hessian", "cost")
_KINDS_BY_NAME: Final = ("chain", "factored", "derivative")
MOST_PATHS = 1000
_TABLES: Final = ("tape", "updates")


def parser_of_latex() -> Parser:
    """Returns the parser of `chalkgrad latex`."""
    parser = parser_of_expression("latex")
    for kind in _KINDS:
        parser.add_argument(f"--{kind}", action="store_true")
    for kind in _KINDS_BY_NAME:
        parser.add_argument(f"--{kind}")
    parser.add_argument("-o", dest="file")
    parser.add_argument("--digits", type=int, default=4)
    parser.add_argument("--notation", choices=NOTATIONS, default="∂")
    parser.add_argument("--limit")
    parser.add_argument("--columns")
    return parser


def latex(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad latex`."""
    parser = parser_of_latex()
    options = parsed_arguments(parser, arguments)
    kind = _kind(options)
    limit = _limit(options.limit)
    if options.digits not in range(1, 18):
        parser.error(f"--digits: a number has from 1 to 17 of them, not {options.digits}")
    if options.columns is not None and kind not in _TABLES:
        raise UserError(f"--columns is for a table, --tape or --updates, and --{kind} is none")
    parsed, name = read_expression(options, "written")
    with manner(notation=options.notation):
        try:
            formula = _formula(kind, parsed, options, limit)
        except (ValueError, ArithmeticError) as error:  # a value that does not take part, a gradient that is not finite
            raise UserError(str(error)) from None
    file = named(options.file, f"{name}.tex", "-o", output=True).strip()
    if options.file is None or file == "-":
        say(formula)
        return
    with obstacles(file):
        write_whole(file, f"{formula}\n".encode("ascii"), "the formula")
    say(SAID["wrote"].format(file=file))


def _kind(options: argparse.Namespace) -> str:
    """Returns what is to be printed, the tape if nothing is said."""
    asked = [kind for kind in (*_KINDS, *_KINDS_BY_NAME) if getattr(options, kind)]
    if len(asked) > 1:
        raise UserError(f"--{asked[0]} and --{asked[1]} are two formulas: choose one of them")
    return asked[0] if asked else "tape"


def _limit(word: str | None) -> Any:
    if word is None:
        return "slide"
    if word == "all":
        return None
    if not word.isdigit() or int(word) < 1:
        raise UserError(f"--limit is a number of rows, such as 12, or all, not {word}")
    return int(word)


def _columns(words: str | None) -> list[str] | None:
    return None if words is None else [word.strip() for word in words.split(",")]


def _formula(kind: str, parsed: Parsed, options: argparse.Namespace, limit: Any) -> str:
    """Returns the LaTeX."""
    from chalkgrad.engine import chain_rule, cost, derivative_expression, hessian, jacobian, tape

    inputs = [node for node in tape(*parsed.roots) if node.op is None and not node.constant]
    if kind == "jacobian":
        return jacobian(list(parsed.roots), inputs).latex(options.digits, limit)
    if kind == "tape" and len(parsed.roots) > 1:  # of several outputs there are no gradients
        return tape(*parsed.roots).latex(limit, _columns(options.columns), digits=options.digits, notation=options.notation)
    root = single(parsed)
    if kind in _TABLES:
        root.backward()
        how = {"digits": options.digits, "notation": options.notation, "every_update": kind == "updates"}
        return root.tape().latex(limit, _columns(options.columns), **how)
    if kind in _KINDS_BY_NAME:
        x = value_named(parsed, getattr(options, kind))
        if kind == "derivative":
            return derivative_expression(root, x).latex(limit, options.digits)
        paths = chain_rule(root, x, limit=1).count if limit is None else 0
        if paths > MOST_PATHS:
            raise UserError(f"--limit all: there are {paths:,} paths; --factored {x.label} takes out what they have in common")
        expansion = chain_rule(root, x, limit=8 if limit == "slide" else limit or max(1, paths))
        return expansion.latex(limit, options.digits) if kind == "chain" else expansion.factored().latex(limit)
    if kind == "hessian":
        return hessian(root, inputs).latex(options.digits, limit)
    if kind == "cost":
        return cost(root).latex()
    steps = root.steps() if kind == "steps" else root.steps(forward=True)
    return steps.latex(limit, options.digits)
