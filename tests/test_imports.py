"""The rooms of the house: which may import which, what the engine needs, and what the table offers to the outside."""

import ast
import importlib.util
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from chalkgrad import engine
from chalkgrad.engine.recording import functions
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value
from processes import python

ROOMS = ["chalkgrad.engine", "chalkgrad.nn", "chalkgrad.viz", "chalkgrad"]  # each may import those before it
# Python's own signs; by name in functions.py alone
OPERATORS = {"add", "sub", "mul", "div", "mod", "floordiv", "pow", "neg", "pos", "abs"}


def room_of(module):
    """The room a module belongs to, from its dotted name."""
    first_two = ".".join(module.split(".")[:2])
    return first_two if first_two in ROOMS else module.split(".")[0]


SOURCES = [
    pytest.param(room, file, id=f"{room}.{file.stem}")
    for room in ROOMS
    for file in sorted(Path(importlib.util.find_spec(room).origin).parent.rglob("*.py"))
]
COMPILER = {
    "array_lines.py",
    "compiler.py",
    "dense_rows.py",
    "formers.py",
    "forward_rows.py",
    "gathering.py",
    "grouping.py",
    "kernel_tables.py",
    "kernels.py",
    "machine.py",
    "operands.py",
    "places.py",
    "reverse_rows.py",
    "runs.py",
    "vectors.py",
    "writer.py",
}
ENGINE = [source for source in SOURCES if source.values[0] == "chalkgrad.engine"]


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def statements(file):
    """Every import statement, with whether it stands inside a function."""
    found, left = [], [(ast.parse(file.read_text("utf-8")), False)]
    while left:
        node, inside = left.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append((node, inside))
        elif not isinstance(node, ast.expr):  # an import is a statement
            left += [(child, inside or isinstance(node, FUNCTIONS)) for child in ast.iter_child_nodes(node)]
    return found


def imports(file, top_level_only=False):
    """The (module, names, level) of every import statement, those inside functions and `if TYPE_CHECKING:` included."""
    found = []
    for node, inside in statements(file):
        if top_level_only and inside:
            continue
        if isinstance(node, ast.Import):
            found += [(alias.name, (), 0) for alias in node.names]
        else:
            found.append((node.module or "", tuple(alias.name for alias in node.names), node.level))
    return found


@pytest.mark.parametrize(("room", "file"), SOURCES)
def test_a_room_imports_only_rooms_before_it(room, file):
    wanted = {
        room_of(f"{module}.{name}") if module == "chalkgrad" else room_of(module)  # from chalkgrad import nn is nn's
        for module, names, _ in imports(file)
        for name in names or [""]
        if module.split(".")[0] == "chalkgrad"
    }
    assert {other for other in wanted if ROOMS.index(other) > ROOMS.index(room)} == set()


# The engine's rooms from left to right: each imports only those before it, deferred imports and imports for types counted.
# Rooms in one line stand side by side and do not import each other.
ORDER = [
    {"errors"},
    {"basics"},
    {"formulas"},
    {"rules"},
    {"sweep"},
    {"value"},
    {"recording"},
    {"words"},
    {"stepping"},
    {"derivatives", "explaining", "programs"},
    {"checking"},
]

# What may point to the right all the same, by (file, what it imports): the types of the operators that are made for Value,
# and the methods for users, each a line that imports inside, with the types that they return.
METHODS = {
    ("engine.value", "engine.recording.operators"),  # + and exp(), for type checkers
    ("engine.value", "engine.recording.recompute"),  # forward
    ("engine.value", "engine.recording.copying"),  # copy.deepcopy and pickle
    ("engine.value", "engine.words.expressions"),  # name
    ("engine.value", "engine.stepping.tape"),  # tape
    ("engine.value", "engine.stepping.passes"),  # steps
    ("engine.value", "engine.stepping.steps"),  # the types of what steps returns
    ("engine.value", "engine.stepping.forward"),
    ("engine.value", "engine.stepping.mistakes"),
    ("engine.value", "engine.stepping.answers"),  # check
    ("engine.stepping.tape", "engine.stepping.trace"),  # table
    ("engine.stepping.tape", "engine.stepping.blanks"),  # the type of what it leaves out
    ("engine.stepping.tape", "engine.stepping.steps"),  # the types of what steps and check return
    ("engine.stepping.tape", "engine.stepping.forward"),
    ("engine.stepping.tape", "engine.stepping.mistakes"),
    ("engine.stepping.tape", "engine.stepping.answers"),
    ("engine.stepping.tape", "engine.derivatives.tangents"),  # tangents
    ("engine.stepping.steps", "engine.stepping.answers"),  # ask
    ("engine.stepping.steps", "engine.stepping.marked"),  # table
    ("engine.stepping.forward", "engine.stepping.answers"),
    ("engine.stepping.forward", "engine.stepping.marked"),
    ("engine.stepping.steps", "engine.stepping.equations"),  # latex
    ("engine.stepping.forward", "engine.stepping.equations"),
    ("engine.programs.program", "engine.programs.targets"),  # source, compile, function
    ("engine.programs.program", "engine.programs.plan.matrix_table"),  # matrices
    ("engine.programs.targets", "engine.programs.llvm.machine"),  # compile("llvm"), of which nothing is loaded before
    ("engine.programs.planned", "engine.programs.plan.grouping"),  # the same of arrays, which are found with NumPy
    ("engine.programs.planned", "engine.programs.plan.writer"),
}


def module_of(file, room):
    """The dotted name of a file, without the umbrella's."""
    parts = file.relative_to(Path(importlib.util.find_spec(room).origin).parent).with_suffix("").parts
    return ".".join([*room.split(".")[1:], *(part for part in parts if part != "__init__")])


MODULES = {module_of(file, room): file for room, file in (source.values for source in SOURCES)}


@cache
def arrows():
    """Every import of the house by the house, as (from, to)."""
    found = set()
    for name, file in MODULES.items():
        for module, names, _ in imports(file):
            if module.split(".")[0] != "chalkgrad":
                continue
            files = {f"{module}.{imported}".removeprefix("chalkgrad.") for imported in names} & set(MODULES)
            for other in files or {module.removeprefix("chalkgrad").removeprefix(".")} & set(MODULES):
                if other not in ("", name):
                    found.add((name, other))
    return found


def place(module):
    """Where a module of the engine stands among its rooms; None for the engine's own `__init__` and other folders."""
    parts = module.split(".")
    if parts[0] != "engine" or len(parts) == 1:
        return None
    return next(i for i, rooms in enumerate(ORDER) if parts[1] in rooms)


def test_the_engine_imports_only_from_the_left():
    wrong = set()
    for name, other in arrows() - METHODS:
        here, there = place(name), place(other)
        same_room = name.split(".")[:2] == other.split(".")[:2]
        if here is not None and there is not None and there >= here and not same_room:
            wrong.add((name, other))
    assert wrong == set()


def test_no_files_and_no_folders_import_each_other_in_a_circle():
    for level in (lambda module: module, folder):
        follows = {}
        for name, other in arrows() - METHODS:
            if level(name) != level(other):
                follows.setdefault(level(name), set()).add(level(other))
        assert circles(follows) == []


def folder(module):
    """The folder of a module; files on the own level of a top folder, and of grading, count by themselves."""
    above = module.rpartition(".")[0]
    return module if above in ("", "engine", "nn", "viz", "classroom", "classroom.grading") else above


GRADING = "classroom.grading."
APART = {  # each knows these alone of its neighbours, so that a student's engine is judged wherever it ran
    "judging": {"program", "questions", "report"},
    "running": {"program", "questions"},
    "telling": {"program", "report"},
}


@pytest.mark.parametrize("room", APART)
def test_the_judge_the_runner_and_what_is_told_stand_apart(room):
    known = {
        other.removeprefix(GRADING)
        for name, other in arrows()
        if name.startswith(GRADING + room) and other.startswith(GRADING) and not other.startswith(GRADING + room)
    }
    assert known == APART[room]


def circles(follows):
    """What is left of a graph when everything that depends on nothing left is taken away, again and again."""
    left = {name: set(others) for name, others in follows.items()}
    while free := {name for others in left.values() for name in others} - set(left):
        left = {name: others - free for name, others in left.items()}
        left = {name: others for name, others in left.items() if others}
    return sorted(left)


def test_every_exception_is_needed():
    assert arrows() >= METHODS


@pytest.mark.parametrize(("room", "file"), SOURCES)
def test_imports_are_absolute(room, file):
    assert [module for module, _, level in imports(file) if level] == []


@pytest.mark.parametrize(("room", "file"), ENGINE)
def test_the_engine_imports_the_standard_library_alone_except_inside_functions(room, file):
    allowed = sys.stdlib_module_names | {"chalkgrad"}
    if file.name in COMPILER:  # imported when a program is compiled or written for arrays, and by nothing else
        allowed |= {"numpy", "llvmlite"}
    if file.name == "steps.py":  # for type checkers alone, which bring it; in Python 3.11 a TypeVar has no default
        allowed |= {"typing_extensions"}
    assert {module for module, _, _ in imports(file, top_level_only=True) if module.split(".")[0] not in allowed} == set()
    lazily = {module.split(".")[0] for module, _, _ in imports(file)} - allowed
    assert lazily <= {"numpy", "llvmlite"}


def test_the_compiler_is_imported_inside_functions_only():
    names = {Path(file).stem for file in COMPILER}
    for _, file in (source.values for source in SOURCES):
        if file.name not in COMPILER:
            for module, imported, _ in imports(file, top_level_only=True):
                assert names.isdisjoint({module.rpartition(".")[2], *imported}), file


def test_importing_the_engine_loads_nothing_outside_the_standard_library():
    shown = python(
        """
        import sys
        before = set(sys.modules)
        import chalkgrad.engine
        known = sys.stdlib_module_names | {"chalkgrad"}
        print(sorted({name.partition(".")[0] for name in set(sys.modules) - before} - known))
        print("chalkgrad.viz" in sys.modules, "chalkgrad.nn" in sys.modules)
        """
    )
    assert shown.splitlines() == ["[]", "False False"]


def test_a_file_of_the_users_called_engine_does_not_shadow_ours(tmp_path):
    for name in ("engine.py", "nn.py", "viz.py", "value.py", "sweep.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong file')")
    shown = python("from chalkgrad.engine import Value; print(Value(2.0).data)", PYTHONPATH=str(tmp_path))
    assert shown.strip() == "2.0"


def test_the_front_door_has_what_the_engine_has():
    import chalkgrad

    assert set(engine.__all__) <= set(dir(chalkgrad))
    assert all(getattr(chalkgrad, name) is getattr(engine, name) for name in engine.__all__)


@pytest.mark.parametrize("name", engine.__all__)
def test_every_public_name_has_a_docstring_of_its_own(name):
    documented = getattr(engine, name)
    assert documented.__doc__
    assert documented.__doc__ != type(documented).__doc__


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_operation_has_an_example_inside_its_domain_and_outside_if_it_has_an_outside(rule):
    assert rule.inside
    assert rule.outside or rule.domain is None


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_operation_is_a_function_with_a_docstring(rule):
    function = getattr(functions, rule.name)
    assert function.__name__ == rule.name
    assert function.__doc__.startswith(f"Returns {rule.says}.")
    if rule.name not in OPERATORS:
        assert getattr(engine, rule.name) is function
        assert rule.name in engine.__all__


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_operation_of_one_argument_is_a_method_too(rule):
    needed = len(rule.arguments) - len(rule.defaults)
    if needed == 1 and not rule.lists and rule.name not in OPERATORS:
        x = Value(rule.inside[0][0])
        assert getattr(x, rule.name)().data == getattr(functions, rule.name)(x.data)
    else:
        assert not hasattr(Value, rule.name)


def test_a_misspelt_operation_is_an_attribute_error():
    with pytest.raises(AttributeError, match="tanhh"):
        Value(1.0).tanhh()


def test_every_folder_with_python_in_it_is_named_in_pyproject():
    root = Path(engine.__file__).parents[1]
    named = set(tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"])
    umbrella = {"front": "chalkgrad", "engine": "chalkgrad.engine", "nn": "chalkgrad.nn", "viz": "chalkgrad.viz"}
    umbrella["docs/lecture"] = "chalkgrad.lecture.pages"
    found = {
        ".".join([package, *file.parent.relative_to(root / top).parts])
        for top, package in umbrella.items()
        for file in (root / top).rglob("*.py")
    }
    assert named == found


def test_what_a_student_reads_stays_short():
    core = sorted(Path(engine.__file__).parent.glob("*.py"))
    assert [file.stem for file in core] == ["__init__", "errors", "rules", "sweep", "value"]
    assert sum(len(file.read_text("utf-8").splitlines()) for file in core) <= 900
