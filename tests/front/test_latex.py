"""What every `.latex()` writes compiles in pdflatex and in lualatex, is there to be seen, and fits a slide.

It is in this folder because the examples are the command's.
"""

import shlex
from functools import cache
from pathlib import Path

import pytest
from chalkgrad.__main__ import main
from chalkgrad.command import commands, examples
from chalkgrad.command.latex import LATEX
from chalkgrad.engine import (
    Value,
    affine,
    chain_rule,
    cost,
    derivative_expression,
    four_ways,
    gradcheck,
    hessian,
    jacobian,
    logsumexp,
    nudge,
    total,
)
from chalkgrad.engine.formulas.trees import Argument, Call, Constant
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.tex import document
from latex import LUALATEX, PDFLATEX, XELATEX, log_of, problems

NAMES = (
    *(
        "x",
        "x1",
        "θ2",
        "x₁₂",
        "w12_2",
        "h1.w12",
        "x2w2",
        "x²",
        "net₁₂",
        "my loss",
        "θx",
        "Αο",
        "ε",
        "ϝ",
        "ℓ",
        "∂e/∂a",
        "a·b → c",
    ),
    *("é", "naïve", "ß1", "ő", "w_1^2", "50%", "a&b", "#1", "$x$", "~", "\\x{}", "x'", 'say "x"', "`", "a\nb", "x−1", "\x00"),
    *("ש", "ש1", "משקל", "כלל השרשרת", "מחיר_a", "שָׁלוֹם", "и", "漢字", "🙂", "\ufdfa", "\ud800"),
)
X, Y = Argument("x"), Argument("y")
INNER = (
    X,
    Call("add", X, Y),
    Call("neg", X),
    Call("div", X, Y),
    Call("pow", X, Constant(2.0)),
    Call("floor", X),
    Call("exp", X),
)


def of_operations():
    """Every operation of the table, applied to every form, its derivatives, and itself applied to itself, in one line."""
    for name, rule in RULES.items():
        write, letters = LaTeX(), {"v": "v", "x": "x1", "y": "θ2", "z": "משקל"}
        if not rule.lists:
            rest = [Argument(letter) for letter in rule.arguments[1:]]
            itself = Call(name, X, *rest)
            written = [write.formula(Call(name, inner, *rest), letters) for inner in (*INNER, itself)]
            written += [write.formula(tree, letters) for tree in rule.shown]
            yield f"{name}, applied", document(r" \quad ".join(written))
    xs, w = [Value(float(i), f"x{i}") for i in range(9)], [Value(1.0, f"w{i}") for i in range(9)]
    for y in (total(xs), affine(w, xs, 0.5), logsumexp(xs)):
        yield f"{y.op.name}, applied", document(LaTeX().expression(y) + r" \quad " + LaTeX().reason(y, 5))


def of_example(name):
    """What an example has, from its first output."""
    example = examples.load(name)
    parsed = examples.build(example)
    root = parsed.roots[0]
    root.backward()
    inputs = [node for node in root.tape() if node.op is None and not node.constant]
    several = max(inputs, key=lambda x: chain_rule(root, x, limit=1).count)
    shown = {
        "tape": root.tape(),
        "updates": root.tape().table(every_update=True, by="node"),
        "bars": root.tape().table(notation="bar", tangent=inputs[0]),
        "chain": chain_rule(root, several),
        "factored": chain_rule(root, several).factored(),
        "steps": root.steps(),
        "step": root.steps()[-1],
        "forward": root.steps(forward=True),
        "nudge": nudge(root, several),
        "cost": cost(root),
        "jacobian": jacobian([*parsed.roots], inputs),
        "derivative": derivative_expression(root, several),
        "by nodes": derivative_expression(root, several, in_terms_of="nodes"),
    }
    for what, one in shown.items():
        yield f"{what} of {name}", one.latex()


def of_names():
    """Names of all kinds: by themselves, under a bar, in a table and in the chain rule."""
    for name in NAMES:
        yield f"the name {name!a}", document(rf"{LaTeX().called(name)} = {LaTeX().marked(name, 'bar')}")
    price, count = Value(2.0, "מחיר"), Value(3.0, "כמות")
    root = price * count
    root = root * root
    root.label = "ש"
    yield "chain in Hebrew", chain_rule(root, price).latex()
    yield "tape in Hebrew", root.tape().latex()
    yield "Jacobian in Hebrew", jacobian([root], [price, count]).latex()
    yield "steps in Hebrew", root.steps().latex()


def of_tables():
    """What needs no example."""
    yield "four ways", four_ways(lambda x, y: x * x * y + y + 2, 3, 4).latex()
    yield "gradcheck", gradcheck(lambda x, y: x * x * y + y + 2, 3.0, 4.0).latex()
    x, y = Value(3.0, "x"), Value(4.0, "y")
    z = x * x * y
    yield "nudges", nudge(z, x, [0.1, 0.01]).latex()
    yield "tangents", z.tape().tangents(x).latex()
    yield "tangents by leaf", z.tape().tangents().latex()
    yield "hessian", hessian(z, [x, y]).latex()
    yield "step by node", z.steps(by="node")[-1].latex()
    yield "step of the forward pass", z.steps(forward=True)[2].latex()
    many = [Value(i / 7, f"x{i}") for i in range(20)]
    yield "large Hessian", hessian(total([a * a * many[0] for a in many]), many).latex()
    deep = many[0]
    for _ in range(100):
        deep = (deep * deep).tanh()
    yield "deep tape", deep.tape().latex()
    yield "deep chain", chain_rule(deep, many[0]).latex()
    yield "deep factored", chain_rule(deep, many[0]).factored().latex()
    yield "deep steps", deep.steps().latex()


@cache
def formulas():
    found = {**dict(of_names()), **dict(of_tables())}
    for name in examples.names():
        found.update(of_example(name))
    return found


@PDFLATEX
def test_everything_compiles_and_fits_a_slide(tmp_path):
    every = formulas() | dict(of_operations())
    assert problems(every, "pdflatex", tmp_path, anywide=", applied", off=(0.89, 1.4), of="{aligned}") == []


@LUALATEX
def test_names_and_operations_compile_in_lualatex(tmp_path):
    few = {**dict(of_names()), **dict(of_tables()), **dict(of_operations()), **dict(of_example("colah"))}
    assert problems(few, "lualatex", tmp_path, anywide=", applied", room=1.2) == []  # the font that has Hebrew is a broad one


@XELATEX
def test_names_compile_in_xelatex_without_a_vanished_letter(tmp_path):
    assert problems(dict(of_names()), "xelatex", tmp_path, room=1.2) == []


@XELATEX
def test_a_hebrew_name_stands_from_right_to_left_in_xelatex(tmp_path):
    name = document(LaTeX().called("שלום"))
    said = log_of(
        "\\documentclass{article}\\usepackage{amsmath,fontspec}\\setmainfont{DejaVu Sans}\\begin{document}\n"
        f"\\setbox0\\hbox{{${name}$}}\\showoutput\\showboxdepth=99 \\showboxbreadth=99 \\showbox0\n\\end{{document}}\n",
        "xelatex",
        tmp_path,
    )
    assert "\\beginR" in said.partition("> \\box0=")[2]


@LUALATEX
def test_a_hebrew_name_stands_from_right_to_left_in_lualatex(tmp_path):
    name = document(LaTeX().called("שלום"))
    said = log_of(
        "\\documentclass{article}\\usepackage{amsmath,fontspec}\\setmainfont{DejaVu Sans}\\begin{document}\n"
        f"\\setbox0\\hbox{{${name}$}}\\showoutput\\showboxdepth=99 \\showboxbreadth=99 \\showbox0\n\\end{{document}}\n",
        "lualatex",
        tmp_path,
    )
    letters = [line.split()[-1] for line in said.partition("> \\box0=")[2].splitlines() if "DejaVu" in line]
    assert letters[:4] in (list("שלום"), list("םולש"))
    assert "TRT" in said.partition("> \\box0=")[2]


def test_the_command_prints_what_python_prints(capsys):
    for arguments, one in (
        (["colah", "--chain", "b"], lambda e, b: chain_rule(e, b)),
        (["colah", "--factored", "b"], lambda e, b: chain_rule(e, b).factored()),
        (["colah"], lambda e, b: e.tape()),
        (["colah", "--updates"], lambda e, b: e.tape().table(every_update=True)),
        (["colah", "--steps"], lambda e, b: e.steps()),
        (["colah", "--forward"], lambda e, b: e.steps(forward=True)),
        (["colah", "--derivative", "b"], derivative_expression),
        (["colah", "--cost"], lambda e, b: cost(e)),
    ):
        names = examples.build(examples.load("colah")).names
        names["e"].backward()
        assert main(["latex", *arguments]) == 0
        assert capsys.readouterr().out == one(names["e"], names["b"]).latex() + "\n"


def test_the_command_writes_a_file_and_takes_other_values(capsys, tmp_path):
    file = tmp_path / "chain.tex"
    assert main(["latex", "L = a*b", "a=2", "b=-3", "--chain", "a", "--digits", "2", "-o", str(file)]) == 0
    assert capsys.readouterr().out == f"wrote {file}\n"
    assert file.read_text("ascii").splitlines()[2] == r"\frac{\partial L}{\partial a} &= b = -3"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "what is to be written? For instance: chalkgrad latex"),
        (["colah", "--chain", "bb"], "there is no bb here: did you mean b?"),
        (["colah", "--tape", "--steps"], "--tape and --steps are two formulas: choose one of them"),
        (["colah", "--columns", "v,grad"], "there is no column 'grad'; there are 'v', 'expression', 'value', "),
        (["colah", "--chain", "b", "--columns", "v"], "--columns is for a table, --tape or --updates, and --chain is none"),
        (["colah", "--limit", "few"], "--limit is a number of rows, such as 12, or all, not few"),
        (["colah", "--digits", "0"], "--digits: a number has from 1 to 17 of them, not 0"),
        (["paths", "--chain", "x1"], "there are several outputs, y1, y2 and y3; choose one: --root y1"),
        (["colah", "--chian", "b"], "there is no option --chian: did you mean --chain?"),
        (["colah", "--notation", "dots"], "--notation is ∂, functions, d or bar, not dots"),
    ],
)
def test_a_mistake_at_the_command_is_answered_with_a_sentence(arguments, said, capsys):
    assert main(["latex", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"chalkgrad: {said}")


PAGE = Path(__file__).parents[2] / "docs" / "latex.md"


@pytest.mark.parametrize("text", [LATEX, PAGE.read_text("utf-8")], ids=["help", "page"])
def test_every_example_of_the_help_and_of_the_page_runs(text, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commanded = [line.strip() for line in text.splitlines() if line.strip().startswith("chalkgrad latex ") and "[" not in line]
    lines = [shlex.split(line)[1:] for line in commanded]
    assert len(lines) >= 3
    assert [commands.run(line) for line in lines] == [0] * len(lines)


def test_a_total_derivative_has_a_d_everywhere_in_that_notation(capsys):
    for kind in (["--jacobian"], ["--derivative", "x"], ["--chain", "x"]):
        assert commands.run(["latex", "u = x**2; z = u*x", "x=3", "--notation", "d", *kind]) == 0
        assert r"\frac{\mathrm{d} z}{\mathrm{d} x} " in capsys.readouterr().out


def test_what_is_left_out_of_a_table_is_said(capsys):
    assert commands.run(["latex", "paths", "--root", "y1", "--tape"]) == 0
    assert "% for a slide, without: local derivatives (" in capsys.readouterr().out
    assert commands.run(["latex", "paths", "--root", "y1", "--updates"]) == 0
    assert r"\text{\dots{} 21 rows more \dots{}}" in capsys.readouterr().out
    assert commands.run(["latex", "u = x**2; z = u*x; w = z*z", "x=3", "--updates", "--notation", "bar"]) == 0
    assert r"\vdots" not in capsys.readouterr().out  # a single row is not left out
