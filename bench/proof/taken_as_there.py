"""What the documents take as there: an engine that somebody wrote, a class's table, its answers, a worksheet."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from bench.proof import borrowed  # noqa: F401 (tests/ is a place to import from, from here on)

import fenced  # isort: skip
from one_bug_engines import SOURCE  # isort: skip

__all__ = ["ADAPTED", "BEFORE", "SOURCE", "with_files"]

ADAPTED = """

class Array:
    def __init__(self, number):
        self.number = number

    def item(self):
        return self.number


class Holder:
    def __init__(self, number):
        self.array = Array(number)


class Variable:
    def __init__(self, number, requires_grad=False):
        self.value = number if isinstance(number, Value) else Value(number)

    @property
    def array(self):
        return Array(self.value.data)

    @property
    def adjoint(self):
        return Holder(self.value.grad)

    def _with(name):
        def operation(self, *others):
            others = [other.value if isinstance(other, Variable) else other for other in others]
            return Variable(getattr(self.value, name)(*others))
        return operation

    for name in ("add", "sub", "mul", "truediv", "pow", "neg", "radd", "rsub", "rmul", "rtruediv"):
        locals()[f"__{name}__"] = _with(f"__{name}__")


class Tanh:
    @staticmethod
    def apply(x):
        return Variable(x.value.tanh())


def run_backward(root):
    root.value.backward()
"""


def _rows(head: str, row: Callable[[int], str], count: int = 80) -> str:
    return "\n".join([head, *map(row, range(1, count + 1))]) + "\n"


def _renamed() -> str:
    """Returns the engine once more as the class Scalar, with other names for its numbers."""
    names = {"Value": "Scalar", "data": "value", "grad": "derivative"}
    start, end = SOURCE.index("class Value"), SOURCE.index("class Neuron")
    return re.sub(r"\b(Value|data|grad)\b", lambda name: names[name[0]], SOURCE[start:end])


def _titanic(i: int) -> str:
    age = "" if i % 9 == 4 else str(20 + i % 50)
    return f'{i},{i % 2},3,"Braund, Mr. {i}",{("male", "female")[i % 2]},{age},1,0,A/5 {100 * i},7.25,,S'


def _measured(i: int) -> str:
    return f"{i},{i % 7},{('red', 'blue')[i % 2]},{'ab'[i % 2]}"


def _moodle(folder: Path) -> str:
    codes = [line.split(",")[0] for line in (folder / "week3" / "roster.csv").read_text("utf-8").splitlines()[1:]]
    rows = [f'N,{i},"Week 3 {code}","part 1: 5; part 2: 6"' for i, code in enumerate(codes)]
    return "\n".join(["Surname,ID number,Question 1,Response 1", *rows]) + "\n"


def _toml(folder: Path) -> str:
    (block,) = (block for block in fenced.parts(fenced.HOME / "docs" / "homework.md")[0] if block.tag == "toml")
    return block.text


# The files that pages and the help take as there, which they say somebody has.
FILES: dict[str, Callable[[Path], str]] = {
    "my_engine.py": lambda folder: SOURCE,
    "students.csv": lambda folder: _rows("id,name", lambda i: f"s{i},Student {i}", 12),
    "data.csv": lambda folder: _rows("id,height,colour,column", _measured),
    "titanic.csv": lambda folder: _rows(
        "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked", _titanic
    ),
    "moodle.csv": _moodle,
    "week3.toml": _toml,
}
SHEETS = "chalkgrad sheet colah --for students.csv --as html,json --key -o week3"
TEMPLATE = "chalkgrad mark --template answers.csv --sheets week3"
# What somebody has done before, where a page, or a help, goes on from there.
BEFORE = {"docs/homework-marking.md": SHEETS, "mark": f"{SHEETS}; {TEMPLATE}"}


def with_files(folder: Path, script: str) -> None:
    """Makes the files in a folder that a script takes as there."""
    for name, content in FILES.items():
        if name in script and not (folder / name).exists() and f"-o {name}" not in script:
            (folder / name).write_text(content(folder), "utf-8")
    if "--class Scalar" in script:
        (folder / "my_engine.py").write_text("import math\n\n\n" + _renamed(), "utf-8")
    if "submissions.zip" in script and not (folder / "submissions.zip").exists():
        with zipfile.ZipFile(folder / "submissions.zip", "w") as archive:
            for number, name in enumerate(("Ada One", "Bob Two")):
                archive.writestr(f"{name}_{11 + number}_assignsubmission_file_/my_engine.py", SOURCE)
