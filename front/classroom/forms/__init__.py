"""The kinds of questions, a file for each, found by name in `FORMS`.

>>> {"table", "graph", "chain", "numbers", "step"} <= {*FORMS}
True
"""

from chalkgrad.classroom.forms.chain import Chain
from chalkgrad.classroom.forms.choice import Choice
from chalkgrad.classroom.forms.dead import Dead
from chalkgrad.classroom.forms.form import FORMS, Form, register
from chalkgrad.classroom.forms.graph import GraphForm
from chalkgrad.classroom.forms.needed import Needed
from chalkgrad.classroom.forms.numbers import Numbers
from chalkgrad.classroom.forms.residual import Residual
from chalkgrad.classroom.forms.shapes import Shapes
from chalkgrad.classroom.forms.sign import Sign
from chalkgrad.classroom.forms.step import Step
from chalkgrad.classroom.forms.table import Table
from chalkgrad.classroom.forms.trace import Trace
from chalkgrad.classroom.forms.wrong_cell import WrongCell
from chalkgrad.classroom.forms.wrong_line import WrongLine

__all__ = ["FORMS", "Form", "register"]

register(Table())
register(GraphForm())
register(Chain())
register(Numbers())
register(Step())
register(WrongCell())
register(WrongLine())
register(Choice())
register(Sign())
register(Needed())
register(Residual())
register(Dead())
register(Shapes())
register(Trace())
