"""The plans of some forty graphs, line by line: a change to how plans are written is seen here, and judged by who reads it.

    .venv/bin/python tests/engine/programs/plan/test_plans_as_written.py

writes the file anew. That a plan computes the right numbers is asked elsewhere; here, that it is no worse than it was: as few
arrays, as few copies, the same names.
"""

from contextlib import contextmanager
from pathlib import Path

from chalkgrad.engine import program
from chalkgrad.engine.programs.planned import arrays_of
from chalkgrad.engine.words import caller
from test_forms import CASES
from test_random_graphs_of_matrices import Graph

FILE = Path(__file__).with_name("plans_as_written.txt")
SAME = tuple(name for name in CASES if name.startswith("relu ") and name != "relu subtracted")  # all are the same layer
WITHOUT_GRADIENTS = ("by_affine", "attention", "several_roots")
WITHOUT_WRITING = ("attention", "convolution", "one_input_for_all", "recurrent", "same_twice", "samples_of_leaves")
SEEDS = range(12)


def plans():
    """Yields the name of each graph, and its plan for one sample and for several, or of random graphs for several alone."""
    for name, make in CASES.items():
        if name not in SAME:
            case = make()
            p, rows = with_rows(case)
            yield name, p.source("numpy")
            if rows:
                yield f"{name}, samples", p.source("numpy", batch=rows)
            found = p.matrices(batch=rows)
            yield f"{name}, matrices", f"{found}\n{found.latex()}"
            if name in WITHOUT_GRADIENTS:
                yield f"{name}, value", p.source("numpy", batch=rows, adjoints=False)
            if name in WITHOUT_WRITING:
                yield f"{name}, without writing", arrays_of(p, p.batched(rows), functional=True).write()
    for seed in SEEDS:
        p, rows = with_rows(Graph(seed).made())
        yield f"random {seed}", p.source("numpy", batch=rows)
        found = arrays_of(p, p.batched(rows), functional=True)
        if found:  # it may step aside
            yield f"random {seed}, without writing", found.write()


def with_rows(case):
    """Returns the program of a case, and those of its inputs that have a row for each sample."""
    p = program(case.root, inputs=case.inputs, wrt=case.wrt)
    return p, [group for group, has_rows in zip(case.inputs, case.rows, strict=True) if has_rows]


@contextmanager
def no_variables():
    """Lets nothing be called after a variable, for whoever runs this has others."""
    before, caller._namespaces = caller._namespaces, lambda: iter(())
    try:
        yield
    finally:
        caller._namespaces = before


def kept():
    found, name = {}, ""
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:]
            found[name] = []
        else:
            found[name].append(line)
    return {name: "\n".join(lines).strip("\n") for name, lines in found.items()}


def test_plans_are_as_they_were_written():
    there = kept()
    with no_variables():
        now = dict(plans())
    assert now.keys() == there.keys()
    for name, text in now.items():
        assert text.strip("\n") == there[name], f"{name}: if this is meant, python {__file__} writes it down"


if __name__ == "__main__":
    with no_variables():
        FILE.write_text("".join(f"## {name}\n{text}\n\n" for name, text in plans()), "utf-8")
