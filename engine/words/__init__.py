"""What is said: names, numbers, expressions and reasons, in every medium and language.

This is the room's face for nn, viz and the command line; files of the engine import from the file they mean.

>>> from chalkgrad.engine import Value, words
>>> x = Value(2.0, "x")
>>> words.number(2 / 3), words.expression(x * x), words.LaTeX().expression(x * x)
('0.6667', 'x·x', 'x \\\\cdot x')
"""

from chalkgrad.engine.words.caller import variables_of_caller
from chalkgrad.engine.words.expressions import (
    TEMPLATES,
    call_at,
    called,
    described,
    expression,
    factor,
    filled,
    formula,
    grad_not_computed,
    grad_text,
    latex_name,
    local,
    number,
    operand,
    operation_name,
    ordinal,
    quotient,
    reason,
    signed,
    terms,
    total,
)
from chalkgrad.engine.words.failures import outside_domain, too_large
from chalkgrad.engine.words.names import label_of, names_of, own_name
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer, printer_for
from chalkgrad.engine.words.tables import Tabular, aligned, ends

__all__ = [
    "TEMPLATES",
    "LaTeX",
    "Plain",
    "Printer",
    "Tabular",
    "aligned",
    "call_at",
    "called",
    "described",
    "ends",
    "expression",
    "factor",
    "filled",
    "formula",
    "grad_not_computed",
    "grad_text",
    "label_of",
    "latex_name",
    "local",
    "names_of",
    "number",
    "operand",
    "operation_name",
    "ordinal",
    "outside_domain",
    "own_name",
    "printer_for",
    "quotient",
    "reason",
    "signed",
    "terms",
    "too_large",
    "total",
    "variables_of_caller",
]
