"""What a class has answered, as data on which slips are made: a file with a line of JSON for each answer.

It is written only where `check(log="…")` asks for it. No name is in it, neither of a person nor of a value: the graph is told
by the operations of its tape, its values as v1, v2, …

>>> from chalkgrad.engine import Value
>>> from tempfile import TemporaryDirectory
>>> from pathlib import Path
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> e = (a + b) * (b + 1)
>>> with TemporaryDirectory() as folder:
...     _ = e.check(b=5.1, log=Path(folder, "answers.jsonl"))
...     print(Path(folder, "answers.jsonl").read_text(), end="")
{"graph": ["2", "1", "v1 + v2", "v2 + 1", "v3·v4"], "asked": "v2", "answer": 5.1, "right": 5.0, "slips": ["finite step"]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike

from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import expression, number

TOLD = 60  # nodes of a graph; of a larger one only their number is told


def write(log: str | PathLike[str], sweep: Sweep, answers: Mapping[Value, float], wrong: Mapping[str, tuple[str, ...]]) -> None:
    """Appends a line for each answer. Raises OSError if the file cannot be written."""
    names = {node: f"v{i}" for i, node in enumerate(sweep.tape, 1)}
    nodes = sweep.tape.nodes
    graph = [expression(node, names) or number(node._data) for node in nodes] if len(nodes) <= TOLD else len(nodes)
    lines = [
        {
            "graph": graph,
            "asked": names[node],
            "answer": answer,
            "right": sweep.adjoints[node],
            "slips": wrong.get(sweep.names[node]),
        }
        for node, answer in answers.items()
    ]
    with open(log, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
