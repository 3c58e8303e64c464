"""The kinds of questions, a file for each, found by name in `FORMS`.

>>> {"table", "graph", "chain", "numbers", "step"} <= {*FORMS}
True
"""

from chalkgrad.classroom.forms.chain import Chain
from chalkgrad.classroom.forms.form import FORMS, Form, register
from chalkgrad.classroom.forms.graph import GraphForm
from chalkgrad.classroom.forms.numbers import Numbers
from chalkgrad.classroom.forms.step import Step
from chalkgrad.classroom.forms.table import Table

__all__ = ["FORMS", "Form", "register"]

register(Table())
register(GraphForm())
register(Chain())
register(Numbers())
register(Step())
