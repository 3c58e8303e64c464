"""The promise of the table: an operation takes its entry, its line in the oracle and one command, tried on a copy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from chalkgrad.engine.words import write_operators
from processes import python

ROOT = Path(__file__).parents[2]
ENTRY = """    Rule("elliott", lambda x: x / (1 + abs(x)), [lambda v, x: 1 / (1 + abs(x)) / (1 + abs(x))],
         named("elliott"), shown=[lambda v, x: 1 / (1 + abs(x)) ** 2], says="x/(1 + |x|)", inside=[(2,), (-3,), (0,)]),
"""
ORACLE = '    "elliott": lambda x: x / (1 + abs(x)),\n'


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project under its umbrella, to which elliott has been added."""
    root = tmp_path_factory.mktemp("copy")
    package = root / "chalkgrad"
    leave_out = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "front", package, ignore=leave_out)
    for folder in ("engine", "nn", "viz"):
        shutil.copytree(ROOT / folder, package / folder, ignore=leave_out)
    shutil.copytree(ROOT / "tests", root / "tests", ignore=leave_out)
    shutil.copy(ROOT / "pyproject.toml", root)
    insert(package / "engine" / "rules.py", ENTRY, before='    Rule("heaviside"')
    insert(root / "tests" / "oracle.py", ORACLE, before='    "heaviside": lambda')
    python(
        "import runpy; runpy.run_module('chalkgrad.engine.words.write_operators', run_name='__main__')", PYTHONPATH=str(root)
    )
    return root


def insert(file, text, before):
    contents = file.read_text("utf-8")
    assert contents.count(before) == 1
    file.write_text(contents.replace(before, text + before), "utf-8")


def run(copy, script):
    return python(script, PYTHONPATH=str(copy)).strip()


def test_the_committed_files_are_what_the_table_gives():
    for file, text in write_operators.texts().items():
        assert file.read_text("utf-8") == text, f"run python -m chalkgrad.engine.words.write_operators: {file.name} is old"


def test_the_command_runs_after_an_entry_was_renamed(copy, tmp_path):
    again = shutil.copytree(copy / "chalkgrad", tmp_path / "chalkgrad").parent
    table = again / "chalkgrad" / "engine" / "rules.py"
    table.write_text(table.read_text("utf-8").replace('"elliott"', '"soft_sign"'), "utf-8")
    run_module = "import runpy; runpy.run_module('chalkgrad.engine.words.write_operators', run_name='__main__')"
    python(run_module, PYTHONPATH=str(again))
    assert run(again, "from chalkgrad import soft_sign; print(soft_sign(1.0))") == "0.5"


def test_the_oracle_proves_it(copy):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/engine/test_rules.py", "-k", "elliott"]
    environment = {"PYTHONPATH": str(copy), "PATH": "", "HOME": str(copy)}
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_it_is_imported_and_a_method(copy):
    shown = run(
        copy,
        """
        from chalkgrad import elliott, Value
        from chalkgrad.engine import *
        x = Value(-3.0, "x")
        print(elliott(1.0), x.elliott(), elliott(x).partials, elliott.__doc__.splitlines()[0])
        """,
    )
    assert shown == "0.5 <Value elliott(x) = -0.75, grad not computed> (0.0625,) Returns x/(1 + |x|)."


def test_the_command_line_draws_it(copy, tmp_path):
    shown = run(
        copy,
        f"""
        from chalkgrad.__main__ import main
        main(["draw", "elliott(x)", "x=2", "-o", {str(tmp_path / "elliott.svg")!r}])
        """,
    )
    assert "elliott.svg" in shown
    assert "elliott" in (tmp_path / "elliott.svg").read_text("utf-8")


def test_it_is_an_activation(copy):
    shown = run(
        copy,
        """
        from chalkgrad.nn import MLP
        model = MLP(1, [2, 1], activation="elliott", seed=0)
        print(model, [node.op.name for node in model([1.0]).tape() if node.op])
        """,
    )
    assert (
        shown == "MLP 1 → 2 → 1, elliott, last layer linear, 7 parameters ['affine', 'elliott', 'affine', 'elliott', 'affine']"
    )


def test_its_reason_is_given_in_text_and_latex(copy):
    shown = run(
        copy,
        """
        from chalkgrad import Value
        x = Value(2.0, "x")
        y = x.elliott()
        print(y.steps()[1])
        print(y.tape().table().latex())
        """,
    )
    assert "∂y/∂x = 1/(1 + |x|)² = 0.1111" in shown
    assert r"\frac{1}{\left(1 + \left|x\right|\right)^{2}}" in shown or r"\frac{1}{(1 + \left|x\right|)^{2}}" in shown


@pytest.mark.parametrize("target", ["python", "javascript", "numpy", "llvm"])
def test_every_target_computes_it(copy, target):
    shown = run(
        copy,
        f"""
        from chalkgrad import Value, program
        x = Value(2.0, "x")
        p = program(x.elliott(), inputs=[x])
        print(p.source({target!r}))
        if {target != "javascript"}:  # which runs in a page
            value, (slope,) = p.compile({target!r})(-3.0)
            print(float(value), float(slope))
        """,
    )
    if target == "javascript":
        assert "1.0 + Math.abs(x)" in shown
    else:
        assert shown.splitlines()[-1] == "-0.75 0.0625"


def test_other_array_libraries_compute_it(copy):
    shown = run(
        copy,
        """
        import numpy
        from chalkgrad import Value, program
        x = Value(2.0, "x")
        value, (slope,) = program(x.elliott(), inputs=[x]).function(numpy)(numpy.float64(-3.0))
        print(float(value), float(slope))
        """,
    )
    assert shown == "-0.75 0.0625"


def test_it_has_a_second_derivative(copy):
    shown = run(
        copy,
        """
        from chalkgrad import Value, gradient, hessian
        x = Value(-3.0, "x")
        y = x.elliott()
        print(gradient(gradient(y, x, create_graph=True), x), hessian(y, [x])[0][0])
        """,
    )
    assert shown == f"{2 / 4**3} {2 / 4**3}"
