"""What help() shows of the classes that a student meets is in the words of the pages: backward pass and gradient."""

import inspect
import re

import pytest
from chalkgrad.engine import Value
from chalkgrad.engine.derivatives.tangents import Tangents
from chalkgrad.engine.explaining.chain import Expansion, Factored
from chalkgrad.engine.programs.program import CompiledProgram, Program
from chalkgrad.engine.stepping.forward import ForwardPass, ForwardStep
from chalkgrad.engine.stepping.marked import MarkedTable
from chalkgrad.engine.stepping.mistakes import MistakenStep, MistakenSteps
from chalkgrad.engine.stepping.steps import NodeStep, Pending, PendingAdjoints, Step, Steps
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.stepping.trace import Table
from chalkgrad.nn.models.batches import BatchForm, BatchTrace
from chalkgrad.nn.models.matrices import MatrixForm, Trace

SHOWN = [Value, Steps, Step, NodeStep, Pending, PendingAdjoints, ForwardPass, ForwardStep, MistakenSteps, MistakenStep]
SHOWN += [Tape, Table, MarkedTable, Tangents, Program, CompiledProgram, Expansion, Factored]
SHOWN += [Trace, MatrixForm, BatchTrace, BatchForm]


@pytest.mark.parametrize("cls", SHOWN, ids=lambda cls: cls.__name__)
def test_help_says_backward_pass_and_gradient(cls):
    texts = [cls.__doc__, *(member.__doc__ for name, member in inspect.getmembers(cls) if not name.startswith("_"))]
    for text in filter(None, texts):
        prose = re.sub(
            r'`[^`]*`|^ *adjoints?:|"bar" for adjoints|returns adjoints', "", text, flags=re.M
        )  # names, Griewank's bars
        assert not re.search(r"\badjoints?\b|(reverse|forward) sweep", prose), text
