"""The command line, and the expressions that are typed at it: whatever is typed, it ends with a sentence.

A command line is a list of words: those of the documentation, of every command, changed at random. What happens to it is what
happens on a student's machine: streams that are closed, pipes that are cut, full disks, folders that are not theirs, Ctrl-C.
"""

from __future__ import annotations

import contextlib
import functools
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.proof import running
from bench.proof.cases import WRONG, counted, each
from bench.proof.figure import Figure

PROMISE = "Whatever is typed at the command line, it ends with a status and a sentence, and never with half a file"

# Expressions --------------------------------------------------------------------------------------------------------------

EXPRESSIONS = [
    *("(a*b + c)*f", "e = a*b; d = e + c; L = d*f", "sqrt(a) + tan(b)", "affine([a, b], [c, 2], 1)"),
    *("total([a, b, c])", "logsumexp(a, b, c)", "leaky_relu(x, 0.1)", "x**2**3", "-x**2", "1e308*10"),
    *("2·a − b  # comment", "maximum(a, minimum(b, 0))", "y = a\nz = y*b\n", "((((a))))", "a if b else c"),
    *("lambda x: x", "[a, b]", "a[0]", "a.b", "9**9**9**9", "2**-1074", "1_000", "0x1f", "1j", "'a'", "f'{a}'"),
    *("a@b", "a:=2", "__import__('os')", "(a", "a)", "a==b", "not a", "a;;b", "a = b = c", "a += 1", "exp(710)"),
    *("1/0", "0**0", "0**-1", "(-8)**(1/3)", "1e400", "1e-400", ".", "1.e5", "hypot(a, b)", "\ud800", "a\x00b"),
    *("a\rb", "if", "None", "True", "()", "f()", "a b", "2a", "a(2)", "*a", "**a", "a**", "~a", "$a", "`a`", "\\"),
    *("a\\\nb", "#", "𝔞+𝐚", "ﬁ", "ǅ", "İ+i̇", "ſ", "K", "½", "٣ + 3", "𝟙", "a‍b", "a\u2028b", "\ufeffa", "😀", "א*ב"),
    *("x̂*ŷ", "ℓ + µ + μ", "ｘ + 𝑥"),
]
PIECES = [
    *"ab cxyz0123456789.+-*/()[]{},;=_^%!<>&|~@#$?:'\"\\\n\t\r\x00\x0b\x0c\x1b\x85·×÷−–²√∞∂σλµμℓΩåא٣½①𝐚😀",
    *("\u200b", "\u200d", "\u200e", "\u202e", "\u2066", "\u2028", "\u0301", "\ud800", "\ufeff", "\u00a0", "**", "//"),
    *("==", ":=", "e308", "1e", "exp(", "log(", "total(", "[[", "]]", "9**", "((((", "))))", "-" * 20, "+-" * 10),
    *("a*" * 30, "None", "lambda", "if ", " for ", "await ", "9" * 400, "0." + "0" * 400 + "1", "x" * 300),
]
LONG = [
    *("(" * 5000, "-" * 9000 + "a", "a" + "+a" * 4900, "a**" * 3300 + "a", "exp(" * 99 + "a" + ")" * 99, "9" * 9999),
    *("a" * 9999, "0." + "1" * 9000, "a" + "\u0301" * 9990, ";" * 9999, "a;" * 4999, "\n" * 9999),
    *("total(" + "a," * 4000 + "a)", "[" * 9999, "1e" + "9" * 3000, "not " * 2400 + "a", "a" + ".b" * 4900),
    *("lambda:" * 1400 + "a", "a if a else " * 800 + "a", "f(" * 3300, "1" + "*1e308" * 1500, "0x" + "f" * 9000),
    *("1" * 4301, "{" * 4000, "a" + "[0]" * 3300, "'" * 9999, "\\\n" * 4000 + "a"),
]
AT_ONCE = 100  # expressions of one seed


def mutated(draw: random.Random, text: str, pieces: Sequence[str] = PIECES) -> str:
    """Returns a text with some pieces put in, taken out or taken twice."""
    for _ in range(draw.choice([0, 1, 1, 2, 3, 5, 10])):
        at, what = draw.randrange(len(text) + 1), draw.random()
        if what < 0.55:
            text = text[:at] + draw.choice(pieces) + text[at:]
        elif what < 0.8:
            text = text[:at] + text[at + draw.randint(1, 4) :]
        elif text:
            other = draw.randrange(len(text))
            text = text[:at] + text[min(at, other) : max(at, other)] + text[at:]
    return text


def expressions(seed: int) -> Counter[str]:
    """Reads many expressions of one seed, each in one of four ways."""
    from chalkgrad.expressions.functions import functions

    draw, seen = random.Random(f"expressions {seed}"), Counter[str]()
    names = sorted(functions())
    if seed < len(LONG):
        for way in ("read", "names", "value", "define"):
            seen += expression(LONG[seed], way, draw)
    for _ in range(AT_ONCE):
        text = draw.choice(EXPRESSIONS)
        if draw.random() < 0.3:
            text = draw.choice([" + ", "*", ";", "\n", "**", ", "]).join([text, draw.choice(EXPRESSIONS)])
        if draw.random() < 0.2:
            text = f"{draw.choice(names)}({text})"
        seen += expression(
            mutated(draw, text, [*PIECES, *names]), draw.choice(["read", "read", "names", "value", "define"]), draw
        )
    return seen


def expression(text: str, way: str, draw: random.Random) -> Counter[str]:
    """Reads one expression; anything but a result or an ExpressionError with a sentence is wrong."""
    from chalkgrad.expressions.caret import ExpressionError
    from chalkgrad.expressions.expression import define, names_in, parse, read_values

    values = {name: draw.choice([2.0, -3.0, 0.5, 0.0, 1e300]) for name in sorted(set(re.findall(r"[^\W\d]\w*", text)))}
    try:
        match way:
            case "read":
                parse(text, values if draw.random() < 0.5 else {name: values.get(name, 2.0) for name in names_in(text)})
            case "names":
                names_in(text)
            case "value":
                read_values([text, f"a={text}"])
            case _:
                define("h", ["a", "b"], text)
    except ExpressionError as error:
        if len(str(error).split()) > 1:
            return Counter(refused=1)
        return Counter({f"{WRONG}{way} {text!r}: no sentence: {error}": 1})
    except Exception as error:
        return Counter({f"{WRONG}{way} {text[:200]!r}: {type(error).__name__}: {str(error)[:100]}": 1})
    return Counter(accepted=1)


# Command lines ------------------------------------------------------------------------------------------------------------

GRAPH = [
    ["colah"],
    ["(a*b + c)*f", "a=2", "b=-3", "c=10", "f=-2"],
    ["e = a*b; d = e + c; L = d*f", "a=2", "b=-3", "c=10", "f=-2"],
]
GRAPH += [
    ["sigmoid(w*x + b)", "w=0.5", "x=2", "b=-1"],
    ["mazur"],
    ["paths"],
    ["cs231n_add_mul"],
    ["log(a) + b/c", "a=1", "b=2", "c=3"],
]
QUICK = ["--epochs", "2", "--compiled", "python"]
LINES: list[list[str]] = [
    *([command, *graph] for command in ("draw", "play", "latex", "step", "frames") for graph in GRAPH),
    *(["draw", *GRAPH[1], "-o", name] for name in ("L.svg", "L.png", "L.pdf", "L.dot", "L.tex", "L.html", "-")),
    ["draw", *GRAPH[3], "--skin", "circuit", "--theme", "dark", "--direction", "TB", "--notation", "bar", "--digits", "3"],
    ["draw", *GRAPH[2], "--path", "a", "--show", "data,grad", "--caption", "the product"],
    ["draw", "colah", "--slide", "--step", "2", "--renderer", "layered"],
    ["draw", "colah", "--collapse", "auto", "--limit", "3", "--wrap", "--width", "400", "--format", "png"],
    ["play", "colah", "--note", "3: ask", "--language", "en,he", "--skin", "edges", "-o", "c.html"],
    ["frames", "colah", "-o", "slides", "--by", "node", "--forward", "--format", "tex"],
    ["step", "colah", "--mistake", "recursion", "--rate", "0.5"],
    *(["latex", "colah", way] for way in ("--tape", "--updates", "--steps", "--forward", "--jacobian", "--hessian", "--cost")),
    *(["latex", "colah", way, "b", "-o", "b.tex", "--limit", "4"] for way in ("--chain", "--factored", "--derivative")),
    *(["train", task, *QUICK, "--save", "m.json", "--plot", "p.svg"] for task in ("xor", "moons", "sine", "iris")),
    ["train", "data.csv", "--target", "c", *QUICK, "--widths", "3", "--save", "m.json", "--json"],
    [
        "train",
        "data.csv",
        "more.csv",
        "--columns",
        "a,b",
        "--missing",
        "mean",
        "--separator",
        "comma",
        "--classes",
        "no",
        *QUICK,
    ],
    [
        "train",
        "blobs",
        *QUICK,
        "--checkpoint",
        "run.json",
        "--activation",
        "relu",
        "--rate",
        "0.1",
        "--batch",
        "8",
        "--seed",
        "3",
    ],
    ["train"],
    ["sheet", "colah", "--key", "-o", "week3", "--versions", "2"],
    ["sheet", "z = w*x + b; L = (z - t)**2", "w=-4..4 except 0", "x=1,2,3", "t=last", "--ask", "table,chain", "--key"],
    ["sheet", "week3.toml", "--for", "students.csv", "--key", "-o", "week3", "--as", "html,json,tex,moodle"],
    *(["sheet", name, "--versions", "1", "--language", "he"] for name in ("trace", "needed", "row13", "choice")),
    ["mark", "answers.csv", "--key-file", "course.key", "--sheets", "sheets", "--follow", "half", "-o", "marks"],
    ["mark", "--template", "answers.csv", "--sheets", "sheets"],
    ["grade", "engine.py", "--needs", "+ *", "--hints", "3", "--html", "feedback.html"],
    ["grade", "engine.py", "--json", "--seed", "3", "--class", "Scalar", "--map", "data=value"],
    ["grade", "--moodle", "handed_in", "-o", "feedback.zip", "--named", "engine.py", "--jobs", "1"],
    ["lecture", "--rows", "14", "-o", "lecture", "--address", "https://example.org/"],
    *(["examples", *more] for more in ([], ["colah"], ["--json"], ["zero_grad", "--json"])),
    *(["completion", shell] for shell in ("bash", "zsh", "fish")),
    *([], ["--help"], ["--version"], ["draw", "--help"], ["--language", "he", "examples"]),
]
WORDS = [
    *("", " ", "-", "--", "-o", "--o", "--help", "--language", "he", "xx", "0", "-1", "1e9", "99999999999999999999"),
    *("nan", "inf", "-inf", "a=2", "a=", "=2", "a=b", "a==2", "a=1/0", "a=1e999", "colah", "colha", "draw", "all"),
    *("none", "..", ".", "nowhere/x.svg", "here", "data.csv", "broken.csv", "m.json", "engine.py", "week3.toml"),
    *("broken.toml", "course.key", "broken.key", "-o=", "--epochs=0", "x" * 300, "x" * 300 + ".svg", "é", "א"),
    *("\x1b[31m", "\x00", "\ud800", "a\nb", "\u202e", "😀", "$HOME", "`id`", "%s", "{0}", "{x", ".svg", "a.svg.exe"),
    *("con", "a.PNG", "--limit=0", "--digits=99", "--width=0", "--width=-5", "--scale=0", "--root=q", "--seed=x"),
]
FILES = {
    "data.csv": "a,b,c\n" + "".join(f"{i},{i * i % 7},{i % 3 + i / 4}\n" for i in range(24)),
    "more.csv": "a,b,c\n1,?,3\n4,5,6\n",
    "broken.csv": 'a,b\n"1,2\n3\n',
    "students.csv": "id,name\ns1,One\ns2,Two\n",
    "week3.toml": 'title = "Week 3"\n\n[[exercise]]\ngraph = "c = a + b; L = c*d"\nask = ["table"]\n',
    "broken.toml": "[sheet\ntitle = 3\n",
    "broken.key": "# a key\nzz\n",
    "answers.csv": "code,1.a.value\nA,3\nB,x\n",
    "handed_in/One_1_assignsubmission_file_/engine.py": "class Value:\n    def __init__(self, x):\n        self.data = x\n",
    "engine.py": """class Value:
    def __init__(self, data, ways=()):
        self.data, self.grad, self.ways = data, 0.0, ways
    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))
    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))
    def backward(self, grad=1.0):
        self.grad += grad
        for parent, partial in self.ways:
            parent.backward(grad * partial)
""",
}
TYPED = [
    "",
    "q\n",
    "n\nb\n?\n3\nh\nq\n",
    "n\n" * 40,
    "?\nx\n\x1b[A\nq",
    "goto 99\ng 2\nt\nm\n=\n\x00\n",
    "? 1/0\n? a*b\n1e999\nq\n",
]


def prepared(within: Path) -> None:
    """Puts the files into a folder that command lines name."""
    for name, text in FILES.items():
        path = within / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@functools.cache
def options_of(command: str) -> list[str]:
    from chalkgrad.command.commands import PARSERS

    return [name for name in PARSERS[command]().options() if name.startswith("-")] if command in PARSERS else ["--language"]


def harmless(word: str) -> bool:
    """Whether a word names no file outside of the folder that a command runs in, nor work of an hour."""
    return not (re.search(r"(^|=)\s*[/~]|\.\.\s*/", word) or "\x00" in word)


def command_line(draw: random.Random) -> list[str]:
    """Returns a command line of the documentation with some words changed."""
    line = list(draw.choice(LINES))
    for _ in range(draw.choice([0, 0, 0, 1, 1, 1, 2, 3, 4])):
        at, what = draw.randrange(len(line) + 1), draw.random()
        options = options_of(line[0]) if line else ["--language"]
        if what < 0.25:
            line[at:at] = [draw.choice(WORDS)]
        elif what < 0.45:
            line[at:at] = [draw.choice(options), *([draw.choice(WORDS)] if draw.random() < 0.7 else [])]
        elif what < 0.6:
            del line[at : at + 1]
        elif what < 0.7 and len(line) > 2:
            line[at:at] = [draw.choice(line[1:])]
        elif what < 0.8 and line:
            line[at % len(line)] = draw.choice(WORDS)
        elif line:
            at %= len(line)
            line[at] = mutated(draw, line[at])
    line = [word for word in line if harmless(word)]
    if line[:1] == ["train"]:  # whatever else is said, the training is to be short
        line = ["train", *(word for word in line[1:] if word not in ("all", "digits", "approximation", "polynomial"))]
        line += [] if len(line) == 1 or any(word.startswith("--epochs") for word in line) else QUICK[:2]
    return line


def one_line(seed: int) -> Counter[str]:
    """Runs one command line."""
    draw = random.Random(f"command line {seed}")
    line, typed = command_line(draw), draw.choice(TYPED)
    with running.folder() as within:
        prepared(within)
        ended = running.forked(line, within, typed)
        for name in ("broken.csv", "broken.toml"):
            (within / name).unlink(missing_ok=True)
        wrong = running.wrong_with(ended, within)
        if ended.status == 1 and line[0] != "grade":
            wrong = wrong or f"status 1: {ended.error[-200:]}"
    seen = Counter({f"status {ended.status}": 1})
    if wrong:
        seen[f"{WRONG}{line!r}, typed {typed!r}: {wrong}"] += 1
    return seen


# What happens to a command ------------------------------------------------------------------------------------------------

USUAL: list[list[str]] = [
    ["draw", "colah"],
    ["draw", "colah", "-o", "-"],
    ["draw", "colah", "-o", "c.png"],
    ["play", "colah"],
    ["frames", "colah"],
    ["latex", "colah", "--tape"],
    ["step", "colah"],
    ["train", "xor", *QUICK, "--save", "m.json", "--plot", "p.svg"],
    ["train", "moons", *QUICK, "--json"],
    ["sheet", "colah", "--key", "--versions", "1", "--as", "html,json,tex,moodle"],
    ["mark", "--template", "answers2.csv", "--key-file", "broken.key"],
    ["grade", "engine.py", "--html", "f.html"],
    ["lecture", "--rows", "14"],
    ["demo"],
    ["examples"],
    ["completion", "bash"],
    ["--help"],
    ["nonsense"],
]
STREAMS = {
    "standard input closed": "<&-",
    "standard output closed": ">&-",
    "standard error closed": "2>&-",
    "all streams closed": "<&- >&- 2>&-",
    "a pipe that is cut": "2>&1 | head -c 20",
    "a pipe that nobody reads": "| true",
    "a full disk behind standard output": ">/dev/full",
    "a full disk behind standard error": "2>/dev/full",
}
SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "no HOME": {"HOME": None, "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None, "MPLCONFIGDIR": None},
    "a HOME that there is not": {"HOME": "/nonexistent", "MPLCONFIGDIR": None},
    "the locale C": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "ASCII streams": {"PYTHONIOENCODING": "ascii"},
    "no PATH": {"PATH": ""},
}
READ_ONLY = "a folder that is read-only"


def one_condition(case: tuple[str, int]) -> Counter[str]:
    """Runs one of the usual commands where something is amiss."""
    condition, number = case
    line = USUAL[number]
    with running.folder() as within, contextlib.ExitStack() as undone:
        if condition == READ_ONLY:
            undone.enter_context(running.nowhere_to_write(within))
        else:
            prepared(within)
            (within / "broken.csv").unlink()
        ended = running.anew(line, within, STREAMS.get(condition, ""), SURROUNDINGS.get(condition, {}))
        if "pipe" in condition:  # its status is that of the last command behind it
            ended = ended._replace(status=0)
        if "error closed" in condition or "standard error" in condition or condition.startswith("all"):
            ended = ended._replace(error="chalkgrad: it cannot say" + ended.error)
        wrong = running.wrong_with(ended, within)
    return Counter({f"{WRONG}{condition}: {line}: {wrong}": 1}) if wrong else Counter({condition: 1})


WRITERS = [
    line
    for line in USUAL
    if line[0] in ("draw", "play", "frames", "train", "sheet", "grade", "lecture", "demo") and "-" not in line
]


def one_full_disk(seed: int) -> Counter[str]:
    """Runs a command whose files may have so many bytes, and no more."""
    draw = random.Random(f"full disk {seed}")
    line, most = (
        draw.choice([*WRITERS, ["latex", "colah", "--tape", "-o", "t.tex"]]),
        draw.choice([0, 1, 100, 4000, 10**4, 10**5]),
    )
    most += draw.randrange(100)

    def before() -> None:
        import resource

        sys.dont_write_bytecode = True  # else the interpreter leaves half of a module's bytecode, which it cannot read again
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    with running.folder() as within:
        prepared(within)
        (within / "broken.csv").unlink()
        (within / "m.json").write_text('{"the old": "file"}', "utf-8")
        ended = running.forked(line, within, "", before)
        # What standard output and standard error say go to files here, whose size is bounded, too.
        wrong = running.wrong_in(within) or ("a traceback" if "Traceback" in ended.error + ended.out else "")
        if not wrong and ended.status not in (0, 1, 2):
            wrong = f"status {ended.status}"
        if not wrong and not (within / "m.json").exists():
            wrong = "the old file is gone"
    return (
        Counter({f"{WRONG}{line} with at most {most} bytes a file: {wrong}": 1})
        if wrong
        else Counter({f"status {ended.status}": 1})
    )


def one_model(seed: int) -> Counter[str]:
    """Trains where the disk is full after so many bytes: the model is in the file that was named, or where the command says."""
    draw = random.Random(f"model {seed}")
    size = draw.choice([4096, 8192, 12288, 16384, 65536])
    line = ["train", "moons", "--widths", draw.choice(["16,16", "8"]), *QUICK, "--save", "m.json"]
    line += draw.choice([[], ["--plot", "p.svg"], ["--checkpoint", "c.json"], ["--plot", "p.png", "--checkpoint", "c.json"]])
    old = '{"the old": "file"}'
    with running.folder() as within, running.nowhere_to_write(within, size):
        if draw.random() < 0.7:
            (within / "m.json").write_text(old, "utf-8")
        if draw.random() < 0.5:
            (within / "other").write_bytes(bytes(max(0, size - 4096 * draw.choice([1, 2]))))
        ended = running.forked(line, within)
        wrong = running.wrong_with(ended, within, (0, 2)) or not_kept(ended, within)
    return Counter({f"{WRONG}{line}, a disk of {size}: {wrong}": 1}) if wrong else Counter({f"status {ended.status}": 1})


def not_kept(ended: running.Ended, within: Path) -> str:
    """Returns what is wrong with where a trained model is; "" if it can be read again, or was not trained."""
    from chalkgrad.nn import MLP

    kept = re.search(r"^the trained network is kept in (.*)$", ended.error, re.MULTILINE)
    if kept is None and ended.status == 2 and "epochs" not in ended.out:
        return ""  # refused before the training
    path = Path(kept[1]) if kept else within / "m.json"
    try:
        MLP.load(path)
    except (ValueError, OSError) as error:
        return f"the model is lost: {error}; {ended.error[-200:]}"
    finally:
        if kept:
            path.unlink(missing_ok=True)
    return ""


# Ctrl-C -------------------------------------------------------------------------------------------------------------------

INTERRUPTED = [
    ["draw", "colah"],
    ["draw", "colah", "-o", "c.png"],
    ["play", "colah"],
    ["frames", "colah", "--format", "tex"],
    ["train", "moons", "--epochs", "40", "--compiled", "python", "--save", "m.json", "--checkpoint", "c.json"],
    ["train", "xor", *QUICK, "--plot", "p.svg"],
    ["sheet", "colah", "--key", "--as", "html,json"],
    ["grade", "engine.py", "--html", "f.html"],
    ["lecture", "--rows", "14"],
    ["examples", "--json"],
]


def one_interruption(case: tuple[int, int, float]) -> Counter[str]:
    """Presses Ctrl-C at some time of a command's usual run."""
    seed, number, usual = case
    draw, line = random.Random(f"interruption {seed}"), INTERRUPTED[number]
    after = draw.uniform(0.0, 1.05 * usual)
    with running.folder() as within:
        prepared(within)
        (within / "broken.csv").unlink()
        (within / "m.json").write_text('{"the old": "file"}', "utf-8")
        ended = running.anew(line, within, interrupted_after=after)
        if ended.status == -signal.SIGINT or of_the_interpreter(ended.error):
            return Counter({"the interpreter's own": 1})
        wrong = running.wrong_with(ended, within)
        if not wrong and ended.status == 130 and not (ended.error + ended.out).strip():
            wrong = f"no sentence: {ended.error!r}"
    return Counter({f"{WRONG}{line} after {after:.3f} s: {wrong}": 1}) if wrong else Counter({f"status {ended.status}": 1})


def of_the_interpreter(error: str) -> bool:
    """Whether a traceback has no line of ours: the interpreter had not come to the command, or had left it."""
    return (
        "Traceback" in error
        and "KeyboardInterrupt" in error
        and "chalkgrad/" not in error
        and not re.search(r'File "[^"]*/(front|engine|nn|viz)/(?!__init__\.py|__main__\.py", line \d+, in <module>)', error)
    )


def usual_times() -> list[float]:
    """Returns how long each of the commands takes that Ctrl-C will be pressed in."""
    taken = []
    for line in INTERRUPTED:
        with running.folder() as within:
            prepared(within)
            start = time.monotonic()
            running.anew(line, within)
            taken.append(time.monotonic() - start)
    return taken


# Figures ------------------------------------------------------------------------------------------------------------------


def warmed() -> None:
    """Imports what commands import, so that a fork has it already."""
    for line in (
        ["draw", "a*b", "a=1", "b=2"],
        ["train", "xor", *QUICK, "--plot", "p.svg"],
        ["sheet", "colah"],
        ["play", "colah"],
    ):
        with running.folder() as within:
            running.forked(line, within)
    import chalkgrad.classroom.printing.html
    import chalkgrad.command.commands
    import chalkgrad.nn.training
    import chalkgrad.viz.page.play
    import chalkgrad.viz.plots.plots  # noqa: F401 (imported here, so that no fork imports it anew)


def figures(quick: bool) -> Iterator[Figure]:
    seeds = 15 if quick else 1000
    seen, wrong = counted(each(expressions, range(seeds), "expressions", quick))
    yield _figure("mutated expressions, read in four ways", seen, wrong, "a result, or a sentence", ("accepted", "refused"))
    warmed()
    seen, wrong = counted(each(one_line, range(40 if quick else 2000), "command lines", quick))
    yield _figure("mutated command lines", seen, wrong, "exit 0, 1 (grade), 2, with a sentence", sorted(seen))
    conditions = [(name, number) for name in (*STREAMS, *SURROUNDINGS, READ_ONLY) for number in range(len(USUAL))]
    if quick:
        conditions = random.Random(1).sample(conditions, 8)
    seen, wrong = counted(each(one_condition, conditions, "conditions", quick))
    yield _figure(
        "streams closed or cut, read-only folder, no HOME, locale C", seen, wrong, "a sentence; files whole", sorted(seen)
    )
    seen, wrong = counted(each(one_full_disk, range(15 if quick else 400), "full disks", quick))
    yield _figure("files that end at a size", seen, wrong, "a whole file or none", sorted(seen))
    if os.getuid() == 0:
        seen, wrong = counted(each(one_model, range(4 if quick else 100), "models", quick))
        yield _figure("models trained where the disk is full", seen, wrong, "0 lost", sorted(seen))
    times = [0.4] * len(INTERRUPTED) if quick else usual_times()
    interruptions = [(seed, seed % len(INTERRUPTED), times[seed % len(INTERRUPTED)]) for seed in range(8 if quick else 300)]
    seen, wrong = counted(each(one_interruption, interruptions, "Ctrl-C", quick))
    figure = _figure("Ctrl-C at random times", seen, wrong, "exit 130 or 0, with a sentence; files whole", sorted(seen))
    least = 0 if quick else len(interruptions) // 4  # with fewer it came too late, or was not heard
    yield figure._replace(met=figure.met and seen["status 130"] >= least)


def _figure(what: str, seen: Counter[str], wrong: tuple[str, ...], goal: str, shown: Sequence[str]) -> Figure:
    count = sum(seen.values())
    parts = ", ".join(f"{name} {seen[name]:,}" for name in shown if name != WRONG and len(shown) < 9)
    return Figure(what, f"{count:,}: {seen[WRONG]} wrong" + f" ({parts})" * bool(parts), goal, not wrong, details=wrong)


CASES: dict[str, Callable[..., Counter[str]]] = {
    "expressions": expressions,
    "line": one_line,
    "disk": one_full_disk,
    "model": one_model,
}  # to do one again: python -c "from bench.proof import commands; print(commands.CASES['line'](17))"
