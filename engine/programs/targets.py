"""What a program can be made into: text in four languages, and functions.

`Program.source`, `.compile` and `.function` are these functions. NumPy and llvmlite are imported when they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from chalkgrad.engine.programs import text as texts
from chalkgrad.engine.programs.compiled import TextProgram
from chalkgrad.engine.programs.planned import arrays_of
from chalkgrad.engine.programs.program import CompiledProgram, Program

TARGETS = ("python", "javascript", "numpy", "llvm")


FORMS = ("matrices", "scalar")


def source(program: Program[Any, Any], target: str, batch: Sequence[Any], adjoints: bool, form: str) -> str:
    """Returns a program as text; see Program.source."""
    batched = program.batched(batch)
    if form not in FORMS:
        raise ValueError(f"a program is written in the form {' or '.join(map(repr, FORMS))}, not {form!r}")
    if _known(target) == "numpy" and form == "matrices":
        with suppress(ImportError):  # without NumPy, which finds the arrays, there is a line for each node
            written = arrays_of(program, batched, adjoints)
            if written is not None:
                return str(written.write())
    batching = program.batching(batched, adjoints)
    if target == "llvm":
        from chalkgrad.engine.programs.llvm import machine

        return machine.text(batching)
    return texts.text(batching, target)


def shown(program: Program[Any, Any]) -> str:
    """Returns a program as print shows it: with its matrices, if it has any and NumPy is there to find them.

    The dot product of Values that are inputs by themselves, not in lists, is easier to read without.
    """
    try:
        written = arrays_of(program, (False,) * len(program.inputs))
    except ImportError:
        written = None
    lists = not all(group.single for group in program.inputs)
    if written is not None and any(made.shape or lists for made in written.products()):
        return str(written.write())
    return texts.text(program.batching((False,) * len(program.inputs)), "python")


def compiled(program: Program[Any, Any], target: str, adjoints: bool, threads: int | None) -> CompiledProgram[Any]:
    """Returns a program as a function; see Program.compile."""
    if _known(target) == "javascript":
        raise ValueError('JavaScript runs in a page or in Node: take the text, p.source("javascript")')
    if target == "llvm":
        from chalkgrad.engine.programs.llvm import machine

        return machine.MachineProgram(program, adjoints, threads)
    if threads is not None:
        raise ValueError(f'threads are for the target "llvm"; "{target}" runs on one')
    return TextProgram(program, target, adjoints)


def over(program: Program[Any, Any], namespace: Any, adjoints: bool) -> CompiledProgram[Any]:
    """Returns a program as a function over another array library, or over SymPy's symbols; see Program.function."""
    if getattr(namespace, "__name__", "") == "sympy":
        from chalkgrad.engine.programs.symbols import SymbolicProgram

        return SymbolicProgram(program, namespace, adjoints)
    return TextProgram(program, "numpy", adjoints, namespace)


def _known(target: str) -> str:
    if target not in TARGETS:
        raise ValueError(f"a program can be made for {', '.join(map(repr, TARGETS[:-1]))} and 'llvm', not for {target!r}")
    return target
